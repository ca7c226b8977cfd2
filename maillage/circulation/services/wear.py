"""How worn copies are: counters from their loans, years left from the kernel."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from maillage.circulation.choices import OUT, LoanState, MaintenanceState, Severity
from maillage.circulation.models import Component, Copy, Incident, Loan, Maintenance
from maillage.kernels.wear import KNOCKS, exposure, posterior, remaining_life

#: Knocks that an incident counts for.
POINTS = {Severity.MINOR: 1.0, Severity.MAJOR: 2.0, Severity.TOTAL: KNOCKS}
YEAR = 365
#: A thing that hardly goes out does not last for ever.
SLOWEST = 5 / YEAR
HORIZON = dt.timedelta(50 * YEAR)


@dataclass(frozen=True)
class Counts:
    """What a thing went through."""

    days: int = 0
    setups: int = 0
    visitors: int = 0
    km: float = 0.0

    @property
    def row(self) -> list[float]:
        return [self.days, self.setups, self.visitors, self.km]


@dataclass(frozen=True)
class Life:
    """Days of wear left and the days on which that ends: low, median, high."""

    knocks: float
    worn_days: float
    left: tuple[float, float, float]
    ends_on: tuple[dt.date, dt.date, dt.date]

    @property
    def is_over(self) -> bool:
        return self.left[1] == 0

    @property
    def consumed(self) -> float:
        """The share of the life that is behind, 0 to 1, by the median."""
        if self.is_over:
            return 1.0
        whole = self.worn_days + self.left[1]
        return min(1.0, self.worn_days / whole) if whole else 0.0


@dataclass(frozen=True)
class ComponentWear:
    component: Component
    counts: Counts
    life: Life


@dataclass(frozen=True)
class CopyWear:
    """The wear of a copy and of each of its components."""

    copy: Copy
    counts: Counts
    life: Life
    since_maintenance: int
    maintenance_due_on: dt.date | None
    components: list[ComponentWear] = field(default_factory=list)

    @property
    def is_maintenance_due(self) -> bool:
        most = self.copy.days_between_maintenances
        return most is not None and self.since_maintenance >= most


def days_out(loan: Loan, *, since: dt.date, today: dt.date) -> int:
    """Days of a loan between ``since`` and today."""
    return max(0, (min(loan.ends_on, today) - max(loan.starts_on, since)).days)


def counts_of(loans: Iterable[Loan], *, since: dt.date, today: dt.date) -> Counts:
    """Add up loans that began on or after ``since``, and what has run of each."""
    days = setups = visitors = 0
    km = 0.0
    for loan in loans:
        if loan.starts_on < since or loan.starts_on > today:
            continue
        days += days_out(loan, since=since, today=today)
        setups += 1
        visitors += loan.attendance.total if hasattr(loan, "attendance") else 0
        km += loan.km
    return Counts(days, setups, visitors, km)


def lived(copies: Sequence[Copy], *, today: dt.date) -> dict[int, list[Loan]]:
    """The loans that each copy has really done, or is doing."""
    found: dict[int, list[Loan]] = {copy.pk: [] for copy in copies}
    done = Loan.objects.filter(
        copy__in=found, state__in=[*OUT, LoanState.RETURNED], starts_on__lte=today
    )
    for loan in done.select_related("attendance").order_by("starts_on"):
        found[loan.copy_id].append(loan)
    return found


def wear_of(copies: Sequence[Copy], *, today: dt.date) -> list[CopyWear]:
    """The wear of copies, in four queries whatever their number."""
    loans = lived(copies, today=today)
    parts: dict[int, list[Component]] = {copy.pk: [] for copy in copies}
    for component in Component.objects.filter(copy__in=loans, retired_on=None):
        parts[component.copy_id].append(component)
    knocks = knocks_of(loans, parts)
    cared: dict[int, dt.date] = {}
    done = Maintenance.objects.filter(copy__in=loans, state=MaintenanceState.DONE)
    for pk, day in done.order_by("done_on").values_list("copy", "done_on"):
        if day:
            cared[pk] = day
    found = []
    for copy in copies:
        mine = loans[copy.pk]
        found.append(
            one(
                copy, mine, parts[copy.pk], knocks[copy.pk],
                cared=cared.get(copy.pk), today=today,
            )
        )  # fmt: skip
    return found


def knocks_of(
    copies: Iterable[int], parts: dict[int, list[Component]]
) -> dict[int, dict[int | None, float]]:
    """Knocks of each copy, by component (``None``: it is not said which).

    What broke before a component was replaced is of the piece that is gone.
    """
    renewed = {part.pk: part.renewed_on for rows in parts.values() for part in rows}
    found: dict[int, dict[int | None, float]] = {pk: {} for pk in copies}
    for incident in Incident.objects.filter(copy__in=found):
        part = incident.component_id
        day = renewed.get(part) if part else None
        key = None if day and incident.noticed_on < day else part
        hits = found[incident.copy_id]
        hits[key] = hits.get(key, 0.0) + POINTS[Severity(incident.severity)]
    return found


def one(
    copy: Copy,
    loans: list[Loan],
    parts: list[Component],
    knocks: dict[int | None, float],
    *,
    cared: dt.date | None,
    today: dt.date,
) -> CopyWear:
    """The wear of one copy; its components in one call of the kernel."""
    whole = counts_of(loans, since=dt.date.min, today=today)
    whole = Counts(
        whole.days + copy.days_out_before, whole.setups, whole.visitors, whole.km
    )
    rows = [whole] + [
        counts_of(loans, since=part.renewed_on, today=today)
        if part.renewed_on
        else whole
        for part in parts
    ]
    lives = [copy.expected_life_days] + [
        part.expected_life_days or copy.expected_life_days for part in parts
    ]
    # What breaks without saying where wears the copy, not each of its pieces.
    seen = [sum(knocks.values())] + [knocks.get(part.pk, 0.0) for part in parts]
    worn = exposure(np.array([counts.row for counts in rows], float))
    law = posterior(np.array(lives, float), np.array(seen), worn)
    left = remaining_life(law, np.array(seen))
    pace = max(SLOWEST, pace_of(loans, today=today))
    found = [
        Life(
            knocks=hits, worn_days=float(days), left=(row[0], row[1], row[2]),
            ends_on=(
                after(today, row[0] / pace),
                after(today, row[1] / pace),
                after(today, row[2] / pace),
            ),
        )
        for hits, days, row in zip(seen, worn.tolist(), left.tolist(), strict=True)
    ]  # fmt: skip
    since = sum(
        days_out(loan, since=cared or dt.date.min, today=today) for loan in loans
    )
    since += 0 if cared else copy.days_out_before
    return CopyWear(
        copy, whole, found[0], since, due_on(copy, since, loans, today=today),
        [
            ComponentWear(part, counts, life)
            for part, counts, life in zip(parts, rows[1:], found[1:], strict=True)
        ],
    )  # fmt: skip


def pace_of(loans: Iterable[Loan], *, today: dt.date) -> float:
    """Days of wear a day, over the last year."""
    counts = counts_of(loans, since=today - dt.timedelta(YEAR), today=today)
    return float(exposure(np.array([counts.row], float))[0]) / YEAR


def after(today: dt.date, days: float) -> dt.date:
    return today + min(HORIZON, dt.timedelta(days))


def due_on(
    copy: Copy, since: int, loans: list[Loan], *, today: dt.date
) -> dt.date | None:
    """When the next maintenance falls due at the pace of the last year."""
    most = copy.days_between_maintenances
    if not most:
        return None
    year = today - dt.timedelta(YEAR)
    pace = sum(days_out(loan, since=year, today=today) for loan in loans) / YEAR
    if since >= most:
        return today
    return after(today, (most - since) / max(pace, SLOWEST))


def renewal(copies: Sequence[Copy], *, year: int, today: dt.date) -> "Renewal":
    """What is likely to be replaced in a year, and what should be in the fund."""
    lines, fund, provision = [], 0.0, 0.0
    for wear in wear_of(copies, today=today):
        parts = wear.components or [
            ComponentWear(Component(copy=wear.copy), wear.counts, wear.life)
        ]
        for part in parts:
            value = worth(part.component, wear)
            fund += value * part.life.consumed
            ends = part.life.ends_on
            years = max(1.0, (ends[1] - today).days / YEAR)
            provision += value * (1 - part.life.consumed) / years
            if part.life.is_over or ends[1].year <= year:
                lines.append(RenewalLine(wear.copy, part.component, part.life, value))
    lines.sort(key=lambda line: (line.life.ends_on[1], line.copy.label))
    # To the euro: nobody sets cents aside on a guess.
    return Renewal(year, lines, int(round(fund, -2)), int(round(provision, -2)))


def worth(component: Component, wear: CopyWear) -> int:
    """Cents to replace a component; a copy without components is its own."""
    if not wear.components:
        return wear.copy.purchase_value_cents or 0
    return (component.value_cents or 0) * component.quantity


@dataclass(frozen=True)
class RenewalLine:
    copy: Copy
    component: Component
    life: Life
    cents: int

    @property
    def name(self) -> str:
        return self.component.name or str(self.copy)


@dataclass(frozen=True)
class Renewal:
    """``fund_cents`` should be set aside by now; ``provision_cents`` each year."""

    year: int
    lines: list[RenewalLine]
    fund_cents: int
    provision_cents: int

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)


def worn_since_maintenance(copies: Sequence[Copy], *, today: dt.date) -> dict[int, int]:
    """Days of loan of each copy since its last maintenance, for the season plan."""
    return {
        wear.copy.pk: wear.since_maintenance for wear in wear_of(copies, today=today)
    }
