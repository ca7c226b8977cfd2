"""What ``core.disclosure`` is asked: units, tables, and the cells that these make."""

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

#: The code of a dimension that is added up.
TOTAL: Final = "*"
#: The dimension that says in which editions of published figures a unit is.
EDITION: Final = "edition of figures"
#: Which units a cell has: its (dimension, code) pairs, and the values they must have.
Identity = tuple[frozenset[tuple[str, str]], frozenset[str]]

#: What is added up: a value (or 1), a weight (or 1), and whether dominance counts.
Sum = tuple[str, str, bool]


class BadTable(ValueError):  # noqa: N818 -- reads as a sentence in a traceback
    """A table or a unit that cannot be read; ``code`` is for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Ask:
    """One number for each cell; made by ``count``, ``total`` or ``mean``."""

    name: str
    kind: str
    value: str = ""
    per: str = ""
    weight: str = ""
    #: The dimension over which a share is taken.
    within: str = ""
    #: A weighted count or share is published with so many decimals: weights are known,
    #: and all decimals of it would tell whom it is made of.
    digits: int = 0
    #: Whether everybody knows the weight, as the plan of a survey has it.
    is_known: bool = True
    #: Whether one large unit is a disclosure: not for answers on a scale.
    dominance: bool = True

    @property
    def needs(self) -> frozenset[str]:
        """Values that a unit must have to be counted."""
        return frozenset({self.value, self.per, self.weight} - {""})

    @property
    def is_rounded(self) -> bool:
        is_count = self.kind in {"count", "share"}
        return bool(self.weight) and is_count and self.is_known

    def rounded(self, value: float | None) -> float | None:
        """The number as it is published."""
        if value is None or not self.is_rounded:
            return value
        return round(value, self.digits) if self.digits else float(round(value))

    def around(self, value: float, base: float) -> tuple[float, float]:
        """Least and largest weighted count that is published like this one."""
        half = 0.5 * 10.0**-self.digits
        if self.kind == "count":
            shown = self.rounded(value) or 0.0
            return shown - half, shown + half
        shown = self.rounded(value / base) or 0.0 if base else 0.0
        return (shown - half) * base, (shown + half) * base

    @property
    def sums(self) -> Iterator[Sum]:
        """What is added up for it."""
        if self.kind in {"total", "mean", "rate"}:
            yield self.value, self.weight, self.dominance
        if self.kind == "rate":
            yield self.per, self.weight, self.dominance
        if self.weight and not self.is_rounded:
            yield "", self.weight, False


def count(name: str = "count", *, weight: str = "") -> Ask:
    """How many units; with a weight, how many they stand for."""
    return Ask(name, "count", weight=weight)


def total(
    value: str, name: str = "", *, weight: str = "", dominance: bool = True
) -> Ask:
    """The sum of a value that is never negative."""
    return Ask(name or value, "total", value, weight=weight, dominance=dominance)


def mean(
    value: str, name: str = "", *, weight: str = "", dominance: bool = True
) -> Ask:
    """The mean of a value; ``dominance=False`` for answers on a scale."""
    name = name or f"mean_{value}"
    return Ask(name, "mean", value, weight=weight, dominance=dominance)


def rate(value: str, per: str, name: str = "", *, weight: str = "") -> Ask:
    """The sum of a value over that of another: visits per opening day."""
    return Ask(name or f"{value}_per_{per}", "rate", value, per, weight)


def share(
    within: str,
    name: str = "share",
    *,
    weight: str = "",
    digits: int = 3,
    is_known: bool = True,
) -> Ask:
    """The share of a cell in the same cell with ``within`` added up, 0 to 1.

    With a weight that everybody knows it is published with so many ``digits``; what only
    the unit knows, as how many rows it filled in, is no such weight.
    """
    return Ask(
        name, "share", weight=weight, within=within, digits=digits, is_known=is_known
    )


@dataclass(frozen=True)
class Table:
    """A table to publish: its dimensions, and what is asked of each cell.

    ``codes`` says which codes of a dimension are rows, in this order; without it, those
    that units have. Totals over each dimension are always there.
    """

    name: str
    by: Sequence[str]
    asks: Sequence[Ask] = field(default_factory=lambda: (count(),))
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Only the units of this edition are in it.
    edition: str = ""

    def __post_init__(self) -> None:
        if len({*self.by}) != len(self.by) or not self.asks:
            raise BadTable(
                "table", f"{self.name}: dimensions differ, and ask something"
            )
        if len({ask.name for ask in self.asks}) != len(self.asks):
            raise BadTable("table", f"{self.name}: two figures have one name")
        for ask in self.asks:
            if ask.kind == "share" and ask.within not in self.by:
                raise BadTable("table", f"{self.name}: no dimension {ask.within}")

    @cached_property
    def needs(self) -> frozenset[str]:
        """Values that a unit must have to be in this table."""
        return frozenset().union(*(ask.needs for ask in self.asks))

    @cached_property
    def names(self) -> frozenset[str]:
        """Its dimensions and values."""
        return frozenset(self.by) | self.needs

    def asked(self, codes: Sequence[str]) -> frozenset[str]:
        """The dimensions and values that tell the units of a row from others."""
        pairs = zip(self.by, codes, strict=True)
        return self.needs | {name for name, code in pairs if code != TOTAL}

    def known_by(
        self, codes: Sequence[str], units: Sequence["Unit"], answers: frozenset[str]
    ) -> list[int]:
        """Ranks of the units of a row, but for what they answered."""
        pairs = [
            (name, code)
            for name, code in zip(self.by, codes, strict=True)
            if name not in answers
        ]
        return [
            rank
            for rank, unit in enumerate(units)
            if self.takes(unit)
            and all(code in unit.among(name, None) for name, code in pairs)
        ]

    def takes(self, unit: "Unit") -> bool:
        return not self.edition or self.edition in unit.among(EDITION, None)

    @cached_property
    def sums(self) -> tuple[Sum, ...]:
        """What is added up for any of its figures."""
        return tuple(dict.fromkeys(one for ask in self.asks for one in ask.sums))

    def cells(self, units: Sequence["Unit"]) -> dict[tuple[str, ...], list[int]]:
        """Ranks of the units of each cell that has any."""
        found: dict[tuple[str, ...], list[int]] = {}
        allowed = {name: frozenset(codes) for name, codes in self.codes.items()}
        needs = self.needs
        for rank, unit in enumerate(units):
            values = unit.values
            if any(values.get(name) is None for name in needs) or not self.takes(unit):
                continue
            sides = [unit.among(name, allowed.get(name)) for name in self.by]
            for codes in itertools.product(*sides):
                if (members := found.get(codes)) is None:
                    found[codes] = [rank]
                else:
                    members.append(rank)
        return found

    def rows(self, cells: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
        """The codes of every row, totals last, empty ones included."""
        seen: list[set[str]] = [set() for _ in self.by]
        for codes in cells:
            for known, code in zip(seen, codes, strict=True):
                known.add(code)
        sides = [
            [*self.codes.get(name, sorted(known - {TOTAL})), TOTAL]
            for name, known in zip(self.by, seen, strict=True)
        ]
        return itertools.product(*sides)


@dataclass(frozen=True)
class Unit:
    """One museum, one respondent, one visit: what must stay unknown.

    ``codes`` says for each dimension the code that it has, or all those that it
    belongs to, at every level; ``values`` what it adds to sums, ``None`` for unknown.
    Everybody knows what a unit stands for: ``weights`` has it by the name of the weight
    for units of which it is not known whether they count (they did not answer all).
    ``bounds`` is what everybody knows of a value: at least, at most.
    """

    key: str
    codes: Mapping[str, str | Collection[str] | None] = field(default_factory=dict)
    values: Mapping[str, float | None] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def stands_for(self, weight: str) -> float | None:
        """What everybody knows that it counts with this weight."""
        found = self.weights.get(weight, self.values.get(weight))
        return None if found is None else round(float(found), 9)

    def bound(self, value: str, weight: str) -> tuple[float, float]:
        """What everybody knows of what it adds to a sum."""
        if value not in self.bounds:
            return 0.0, math.inf
        counts = self.value(weight)
        low, high = self.bounds[value]
        return low * counts, high * counts if counts else 0.0

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def value(self, name: str) -> float:
        """A value, one for no name; refused when negative or not a number."""
        if not name:
            return 1.0
        found = self.values.get(name)
        number = 0.0 if found is None else float(found)
        if not math.isfinite(number) or number < 0:
            raise BadTable("value", f"{self.key}: {name} = {found} cannot be added up")
        return number

    def among(self, name: str, allowed: frozenset[str] | None) -> list[str]:
        """Its codes in a dimension, the total with them."""
        codes = self.codes.get(name)
        if codes is None:
            return [TOTAL]
        if isinstance(codes, str) and codes != TOTAL:
            is_in = allowed is None or codes in allowed
            return [codes, TOTAL] if is_in else [TOTAL]
        mine = {codes} if isinstance(codes, str) else {*codes}
        if TOTAL in mine:
            raise BadTable("code", f"{self.key}: {TOTAL} is the code of totals")
        kept = mine if allowed is None else mine & allowed
        return [*sorted(kept), TOTAL]
