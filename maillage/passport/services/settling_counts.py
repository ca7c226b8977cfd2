"""What rules of payment give to places for their passages: counted, due, shared out.

Only accepted passages count. One that was flagged when it came in (limit reached, seen
elsewhere, pass revoked…) is counted apart and paid only where the agency says so.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value

from maillage.kernels.shares import split_exactly
from maillage.passport.models import CheckIn, Settlement, SettlementRule
from maillage.passport.services.settling_rules import Counts, Group, Rule

Groups = Mapping[int, Sequence[Group]]


@dataclass(frozen=True)
class Line:
    """What one place gets; ``flagged`` are passages that are not paid."""

    place: int
    counts: Counts
    flagged: Counts
    due_cents: int
    cents: int
    inputs: Mapping[str, Any]
    #: Among ``counts``: what came in after its days had been paid, by that payment.
    late: Mapping[int, Counts] = field(default_factory=dict)

    @property
    def late_visits(self) -> int:
        return sum(one.visits for one in self.late.values())


@dataclass(frozen=True)
class Result:
    """What a rule gives with a budget; lines by the number of their place."""

    rule: Rule
    budget_cents: int
    lines: tuple[Line, ...]

    @cached_property
    def due_cents(self) -> int:
        return sum(line.due_cents for line in self.lines)

    @cached_property
    def paid_cents(self) -> int:
        return sum(line.cents for line in self.lines)

    @property
    def left_cents(self) -> int:
        """What stays with the Region; paid and left are the budget, always."""
        return self.budget_cents - self.paid_cents

    @cached_property
    def counts(self) -> Counts:
        return sum((line.counts for line in self.lines), Counts())

    @cached_property
    def flagged(self) -> Counts:
        return sum((line.flagged for line in self.lines), Counts())

    @cached_property
    def late(self) -> dict[int, Counts]:
        """What came in after its days had been paid, by that payment, the first first."""
        found: dict[int, Counts] = {}
        for line in self.lines:
            for pk, counts in line.late.items():
                found[pk] = found.get(pk, Counts()) + counts
        return dict(sorted(found.items()))

    @cached_property
    def cents(self) -> dict[int, int]:
        """What each place gets, by its number."""
        return {line.place: line.cents for line in self.lines}


def in_days(start: dt.date, end: dt.date) -> QuerySet[CheckIn]:
    """Accepted passages of [start, end)."""
    rows = CheckIn.objects.all().accepted()
    rows = rows.filter(happened_on__gte=start, happened_on__lt=end)
    return rows.filter(month__gte=f"{start:%Y-%m}", month__lte=f"{end:%Y-%m}")


def come_late(start: dt.date, end: dt.date) -> QuerySet[CheckIn]:
    """Accepted passages of days that are paid already, which nothing has counted yet.

    None where [start, end) is paid itself: then it can only be looked at.
    """
    rows = CheckIn.objects.all().accepted().filter(settlement=None)
    paid = list(Settlement.objects.all().decided().values_list("starts_on", "ends_on"))
    if not paid or any(first < end and past > start for first, past in paid):
        return rows.none()
    rows = rows.filter(happened_on__lt=max(past for _first, past in paid))
    return rows.filter(Exists(covering()))


def covering() -> QuerySet[Settlement]:
    """The decided payment of the day of a passage."""
    return Settlement.objects.all().decided().filter(
        starts_on__lte=OuterRef("happened_on"), ends_on__gt=OuterRef("happened_on")
    )  # fmt: skip


def passages(
    rows: QuerySet[CheckIn], *, distances: Iterable[int] = (), may_be_late: bool = False
) -> dict[int, list[Group]]:
    """Passages by place, in one query; late ones by the payment of their day.

    The full price is the one that the benefit says today.
    """
    wanted = sorted({*distances})
    far = {
        f"{name}_{km}": asked
        for km in wanted
        for is_far in (Q(distance_km__gte=km),)
        for name, asked in (
            ("visits", Count("pk", filter=is_far)),
            ("people", Sum("people", filter=is_far, default=0)),
            ("companions", Sum("companions", filter=is_far, default=0)),
        )
    }
    paid_by = Subquery(covering().values("pk")[:1]) if may_be_late else Value(0)
    counted: Any = (
        rows.order_by()
        .annotate(late_of=paid_by)
        .values("place", "benefit__normal_cents", "flag", "late_of")
        .annotate(
            visits=Count("pk"),
            everybody=Sum("people"),
            beside=Sum("companions"),
            paid=Sum("paid_cents"),
            **far,
        )
    )
    found: dict[int, list[Group]] = {}
    for row in counted:
        group = Group(
            Counts(row["visits"], int(row["everybody"]), int(row["beside"])),
            normal_cents=row["benefit__normal_cents"],
            paid_cents=int(row["paid"]),
            is_flagged=bool(row["flag"]),
            late_of=row["late_of"] or 0,
            far={
                km: Counts(
                    *(int(row[f"{name}_{km}"]) for name in ("visits", "people", "companions"))
                )
                for km in wanted
            },
        )  # fmt: skip
        found.setdefault(row["place"], []).append(group)
    return found


def merged(groups: Iterable[Group]) -> list[Group]:
    """Groups of one full price in one, whatever their flags were."""
    found: dict[int | None, Group] = {}
    for row in groups:
        known = found.get(row.normal_cents)
        found[row.normal_cents] = row if known is None else Group(
            known.counts + row.counts,
            normal_cents=row.normal_cents,
            paid_cents=known.paid_cents + row.paid_cents,
            far={km: known.far[km] + row.far[km] for km in row.far},
        )  # fmt: skip
    return list(found.values())


def shared(dues: Sequence[int], *, budget_cents: int, is_capped: bool) -> list[int]:
    """What is paid of each due: the whole budget in proportion, by largest remainders.

    Ties go to the first. Where it is capped and dues fit in the budget, they are paid
    as they are; where nothing is due, nothing is paid.
    """
    whole = sum(dues)
    if not whole:
        return [0] * len(dues)
    if is_capped and whole <= budget_cents:
        return list(dues)
    return split_exactly(budget_cents, dues)


def applied(
    rule: Rule,
    groups: Groups,
    *,
    budget_cents: int | None,
    is_capped: bool = False,
    pays_flagged: bool = False,
) -> Result:
    """What a rule gives to places; without a budget, each is paid what it is due."""
    places = sorted(groups)
    counted, late, dues, inputs = [], [], [], []
    for place in places:
        taken = [row for row in groups[place] if pays_flagged or not row.is_flagged]
        kept = merged(taken)
        late.append(late_counts(taken))
        counted.append(sum((row.counts for row in kept), Counts()))
        inputs.append(rule.inputs(kept))
        dues.append(rule.due(inputs[-1]))
    budget = sum(dues) if budget_cents is None else budget_cents
    paid = shared(dues, budget_cents=budget, is_capped=is_capped)
    lines = tuple(
        Line(
            place=place,
            counts=counted[rank],
            flagged=Counts() if pays_flagged else flagged(groups[place]),
            due_cents=dues[rank],
            cents=paid[rank],
            inputs=inputs[rank],
            late=late[rank],
        )
        for rank, place in enumerate(places)
    )
    return Result(rule, budget, lines)


def late_counts(groups: Iterable[Group]) -> dict[int, Counts]:
    """What came in after its days had been paid, by that payment."""
    found: dict[int, Counts] = {}
    for row in groups:
        if row.late_of:
            found[row.late_of] = found.get(row.late_of, Counts()) + row.counts
    return dict(sorted(found.items()))


def flagged(groups: Iterable[Group]) -> Counts:
    return sum((row.counts for row in groups if row.is_flagged), Counts())


def simulate(
    rules: Sequence[SettlementRule],
    *,
    start: dt.date,
    end: dt.date,
    budget_cents: int | None,
    is_capped: bool,
    pays_flagged: bool,
    rows: QuerySet[CheckIn] | None = None,
) -> list[Result]:
    """Several rules over one period with one budget; passages that came late too.

    Without a budget it is what the first rule costs. ``rows`` are the passages where
    they are known. At most three queries.
    """
    read = [Rule.read(row.kind, row.numbers) for row in rules]
    asked = {km for rule in read for km in rule.distances}
    if rows is None:
        groups = passages(in_days(start, end), distances=asked)
        late = passages(come_late(start, end), distances=asked, may_be_late=True)
        for place, some in late.items():
            groups.setdefault(place, []).extend(some)
    else:
        groups = passages(rows, distances=asked, may_be_late=True)
    found: list[Result] = []
    for rule in read:
        result = applied(
            rule,
            groups,
            budget_cents=budget_cents,
            is_capped=is_capped,
            pays_flagged=pays_flagged,
        )
        budget_cents = result.budget_cents
        found.append(result)
    return found
