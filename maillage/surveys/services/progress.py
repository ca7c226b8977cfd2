"""How a wave advances: who was asked, began, answered; by department and by kind."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from maillage.core import vocab
from maillage.surveys.choices import ResponseState
from maillage.surveys.models import Unit, Wave
from maillage.territories.models import Department

WAITING = (ResponseState.WAITING, ResponseState.STARTED)


@dataclass
class Count:
    """One line: a department, a kind, or all."""

    code: str
    label: str
    asked: int = 0
    invited: int = 0
    bounced: int = 0
    started: int = 0
    answered: int = 0
    declined: int = 0
    outside: int = 0

    @property
    def field(self) -> int:
        """Those who should answer."""
        return self.asked - self.outside

    @property
    def waiting(self) -> int:
        return self.field - self.answered - self.declined

    @property
    def rate(self) -> float | None:
        """Answers among those who should; None when there is nobody."""
        return self.answered / self.field if self.field else None

    def add(self, *, state: str, is_invited: bool, is_bounced: bool) -> None:
        self.asked += 1
        self.invited += is_invited
        self.bounced += is_bounced and state in WAITING
        if state == ResponseState.OUTSIDE:
            self.outside += 1
        elif state == ResponseState.DECLINED:
            self.declined += 1
        elif state == ResponseState.STARTED:
            self.started += 1
        elif state != ResponseState.WAITING:
            self.answered += 1


@dataclass
class Advance:
    """Where a wave stands."""

    total: Count
    departments: list[Count] = field(default_factory=list)
    kinds: list[Count] = field(default_factory=list)


def advance(wave: Wave, *, everything: str = "") -> Advance:
    """Count the sheets of a wave; two queries."""
    names = dict(Department.objects.values_list("pk", "name"))
    total = Count("", everything)
    departments: dict[str, Count] = {}
    kinds: dict[str, Count] = {}
    rows = Unit.objects.filter(wave=wave).values_list(
        "department_id", "kind", "response__state", "invited_at", "bounced_at"
    )
    for department, kind, state, invited_at, bounced_at in rows:
        code = department or ""
        lines = (
            total,
            departments.setdefault(code, Count(code, names.get(code, ""))),
            kinds.setdefault(
                kind, Count(kind, vocab.label("structure_kinds", kind) if kind else "")
            ),
        )
        for line in lines:
            line.add(
                state=state,
                is_invited=invited_at is not None,
                is_bounced=bounced_at is not None,
            )
    return Advance(total, in_order(departments.values()), in_order(kinds.values()))


def in_order(lines: Iterable[Count]) -> list[Count]:
    """The largest first; what is unknown comes last."""
    return sorted(lines, key=lambda line: (not line.code, -line.asked, line.label))


def missing(wave: Wave) -> QuerySet[Unit]:
    """Those whose answer is still waited for."""
    rows = Unit.objects.filter(wave=wave, response__state__in=WAITING)
    return rows.select_related("response", "commune", "department", "structure")
