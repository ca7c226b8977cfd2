"""Rules of payment: what a place is due for its passages, in whole cents.

A rule is applied to a few numbers of a place, its inputs; they are kept beside what was
decided, so that anybody who has them finds the same amount.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from maillage.passport.choices import SettlementKind

#: What is counted: everybody who came in, those the pass stands for, or its scans.
PERSON, HOLDER, PASSAGE = "person", "holder", "passage"
#: Of which price: the full one, or what the place did not take of it.
FULL, LOST = "full", "lost"
#: The numbers that a rule of each kind has.
NUMBERS: dict[str, tuple[str, ...]] = {
    SettlementKind.FLAT: ("cents", "per"),
    SettlementKind.PRICE_SHARE: ("share", "of", "unpriced_cents"),
    SettlementKind.EQUITY: ("cents", "per", "bonus_cents", "km"),
}


@dataclass(frozen=True)
class Counts:
    """Passages, everybody who came in by them, and those of these beside the pass."""

    visits: int = 0
    people: int = 0
    companions: int = 0

    def of(self, per: str) -> int:
        if per == PASSAGE:
            return self.visits
        return self.people - (self.companions if per == HOLDER else 0)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.visits + other.visits,
            self.people + other.people,
            self.companions + other.companions,
        )


@dataclass(frozen=True)
class Group:
    """Passages of one place with one full price; ``far`` by the distance asked for."""

    counts: Counts
    normal_cents: int | None = None
    paid_cents: int = 0
    is_flagged: bool = False
    #: The payment that was decided before they came in; 0 for passages of its own days.
    late_of: int = 0
    far: Mapping[int, Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A rule with its numbers; those that its kind has not are not looked at."""

    kind: str
    cents: int = 0
    per: str = PERSON
    share: int = 0
    of: str = FULL
    unpriced_cents: int = 0
    bonus_cents: int = 0
    km: int = 0

    @classmethod
    def read(cls, kind: str, numbers: Mapping[str, Any]) -> Self:
        known = NUMBERS[kind]
        return cls(kind, **{name: numbers[name] for name in known if name in numbers})

    @property
    def numbers(self) -> dict[str, int | str]:
        """As they are kept: those of its kind."""
        mine = asdict(self)
        return {name: mine[name] for name in NUMBERS[self.kind]}

    @property
    def distances(self) -> tuple[int, ...]:
        return (self.km,) if self.kind == SettlementKind.EQUITY else ()

    def inputs(self, groups: Iterable[Group]) -> dict[str, Any]:
        """What the rule needs to know of a place; the same names for every place."""
        rows = list(groups)
        if self.kind == SettlementKind.PRICE_SHARE:
            prices = [
                [row.normal_cents, row.counts.people, row.paid_cents] for row in rows
            ]
            return {"prices": sorted(prices, key=lambda row: (row[0] is None, row))}
        found = {"units": sum(row.counts.of(self.per) for row in rows)}
        if self.kind == SettlementKind.EQUITY:
            far = [row.far.get(self.km, Counts()) for row in rows]
            found["far"] = sum(one.of(self.per) for one in far)
        return found

    def base(self, price: list[Any]) -> int:
        """The prices of a group added up: its full price, people, what they paid."""
        normal, people, paid = price
        if normal is None:
            return self.unpriced_cents * int(people)
        full = int(normal) * int(people)
        return max(full - int(paid), 0) if self.of == LOST else full

    def due(self, inputs: Mapping[str, Any]) -> int:
        """Cents for these inputs; a share is rounded once, half a cent up."""
        if self.kind == SettlementKind.PRICE_SHARE:
            whole = sum(self.base(price) for price in inputs["prices"])
            return (2 * whole * self.share + 100) // 200
        bonus = self.bonus_cents * int(inputs.get("far", 0))
        return self.cents * int(inputs["units"]) + bonus
