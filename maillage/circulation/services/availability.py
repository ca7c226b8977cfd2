"""« Libre dès le … »: the first days on which copies could open at a host.

Everything that the calendars show is counted: loans with their transport and set-up,
maintenance, the owner's notice, closed days, shuttle and checks, and the holidays of a
school. The number of queries does not depend on the number of copies.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import F
from django.db.models.functions import Coalesce

from maillage.circulation.calendars import DAY, SATURDAY, school_closures
from maillage.circulation.models import Closure, Copy, Hold, LendingRules, Loan
from maillage.circulation.services.holding import KM_A_DAY
from maillage.core.packed import EPOCH, DayNumber, Joined
from maillage.kernels.freetime import NEVER, first_windows, spells, turn_arounds
from maillage.kernels.geo import Floats, Ints
from maillage.kernels.travel import road_km
from maillage.territories.models import Holiday

#: How far after the wanted day a window is looked for.
LOOK = 400
#: Room for what comes after the last loan that is looked at.
AFTER = 60
#: Calendars are read for whole stretches of so many days, to be worked out once.
ROUND = 100
#: A copy that should be back and is not is not promised again before so many days.
LATE = 7
#: From so many copies on, all holds are read and those of others left out.
MANY = 200
#: More than the days of a hold, and than the days since 1970 for a century.
PACK = 65_536


@dataclass(frozen=True)
class Wish:
    """What somebody would like to borrow: when, for how long, where."""

    today: dt.date
    start: dt.date
    days: int
    near: tuple[float, float] | None = None
    #: The holidays of this zone are closed days of the host: it is a school.
    school_zone: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 366:
            raise ValueError("a loan lasts from 1 to 366 days")

    @property
    def length(self) -> int:
        """Days that are looked at, from today on: the same for wishes that are alike."""
        needed = max(0, (self.start - self.today).days) + LOOK + self.days + AFTER
        return -(-needed // ROUND) * ROUND

    @property
    def end(self) -> dt.date:
        return self.today + dt.timedelta(self.length)


@dataclass(frozen=True)
class FreeWindow:
    """The first days on which a resource could open, and the copy that would go."""

    resource: int
    copy: int
    departs_on: dt.date
    starts_on: dt.date
    ends_on: dt.date
    km: float | None

    @property
    def last_day(self) -> dt.date:
        return self.ends_on - DAY


@dataclass(frozen=True)
class Fleet:
    """The copies that are looked at, one line each; all arrays are (n,)."""

    pk: Ints
    resource: Ints
    owner: Ints
    setup: Ints
    takedown: Ints
    lon: Floats
    lat: Floats


def fleet_of(copies: Any) -> Fleet:
    """The columns of lendable copies; one query."""
    rows = list(
        copies.lendable()
        .annotate(
            lon=Coalesce("depot__lon", "depot__commune__lon"),
            lat=Coalesce("depot__lat", "depot__commune__lat"),
        )
        .order_by("pk")
        .values_list(
            "pk", "resource_id", "resource__owner_id", "setup_days", "takedown_days",
            "lon", "lat",
        )
    )  # fmt: skip
    table = np.array(rows, dtype=float).reshape(-1, 7)
    whole = table[:, :5].astype(np.int64)
    pk, resource, owner, setup, takedown = whole.T
    lon, lat = table[:, 5], table[:, 6]
    return Fleet(pk, resource, owner, setup, takedown, lon, lat)


def first_free(copies: Any, *, wish: Wish) -> list[FreeWindow]:
    """The first window of each resource, the soonest first, then the nearest."""
    fleet = fleet_of(copies)
    if not len(fleet.pk):
        return []
    km = distances(fleet, wish.near)
    leaves, free, kinds, notice = surroundings(fleet, wish=wish, km=km)
    starts, ends, lines = busy_days(fleet, wish=wish)
    found = first_windows(
        starts, ends, lines, leaves=leaves, free=free, kinds=kinds,
        allowed=first_days(wish), duration=wish.days, earliest=notice,
    )  # fmt: skip
    departs = leaves[kinds, np.maximum(found, 0)]
    far = np.where(np.isnan(km), np.inf, km)
    order = np.lexsort((fleet.pk, far, found))
    order = order[found[order] != NEVER]
    _resources, first = np.unique(fleet.resource[order], return_index=True)
    return [
        FreeWindow(
            resource=int(fleet.resource[line]),
            copy=int(fleet.pk[line]),
            departs_on=wish.today + dt.timedelta(int(departs[line])),
            starts_on=wish.today + dt.timedelta(int(found[line])),
            ends_on=wish.today + dt.timedelta(int(found[line]) + wish.days),
            km=None if np.isnan(km[line]) else float(km[line]),
        )
        for line in order[np.sort(first)]
    ]


def distances(fleet: Fleet, near: tuple[float, float] | None) -> Floats:
    """(n,) kilometres by road from each depot; NaN where one end is not known."""
    km = np.full(len(fleet.pk), np.nan)
    known = ~np.isnan(fleet.lon)
    if near is not None and known.any():
        here = np.array([near[0]]), np.array([near[1]])
        km[known] = road_km(fleet.lon[known], fleet.lat[known], *here)
    return km


def surroundings(
    fleet: Fleet, *, wish: Wish, km: Floats
) -> tuple[Ints, Ints, Ints, Ints]:
    """What leaves when, by kind of calendar; the kind and the notice of each copy."""
    owners, owner_of = np.unique(fleet.owner, return_inverse=True)
    rules = {
        row.structure_id: row
        for row in LendingRules.objects.filter(structure__in=owners.tolist())
    }
    usual = LendingRules()
    lending = [rules.get(pk, usual) for pk in owners.tolist()]
    opened, ships = work_days(owners.tolist(), lending, wish=wish)
    buffer = np.array([each.buffer_days for each in lending])
    notice = np.array([each.notice_days for each in lending])
    road = np.nan_to_num(km // KM_A_DAY).astype(np.int64)
    leaves, free, kinds = turn_arounds(
        opened, ships, owner_of, before=fleet.setup + road,
        after=fleet.takedown + road, buffer=buffer[owner_of],
    )  # fmt: skip
    return leaves, free, kinds, notice[owner_of]


def work_days(
    owners: Sequence[int], lending: Sequence[LendingRules], *, wish: Wish
) -> tuple[Any, Any]:
    """(owners, days) open days and shipping days from today on; two queries.

    As ``calendars.Calendar`` has them, for many owners at once.
    """
    weekday = (wish.today.weekday() + np.arange(wish.length)) % 7
    week = weekday < SATURDAY
    holidays = Holiday.objects.all().between(wish.today, wish.end)
    for day in holidays.values_list("day", flat=True):
        week[(day - wish.today).days] = False
    opened = np.tile(week, (len(owners), 1))
    lines = {pk: line for line, pk in enumerate(owners)}
    closures = Closure.objects.filter(
        structure__in=owners, starts_on__lt=wish.end, ends_on__gt=wish.today
    )
    for pk, start, end in closures.values_list("structure", "starts_on", "ends_on"):
        first = max(0, (start - wish.today).days)
        opened[lines[pk], first : (end - wish.today).days] = False
    comes = np.array(
        [[day in (rules.shuttle_weekdays or range(7)) for day in range(7)]
         for rules in lending]
    )  # fmt: skip
    return opened, opened & comes[:, weekday]


def busy_days(fleet: Fleet, *, wish: Wish) -> tuple[Ints, Ints, Ints]:
    """Held intervals from today on, with the line of their copy; two queries.

    A row comes as one number, copy, first day, length, which sorts as it should; all of
    them as one text, which is read in half the time of rows.
    """
    rows = Hold.objects.filter(copy__in=fleet.pk.tolist())
    if len(fleet.pk) > MANY:  # a list of numbers that long costs more than it spares
        rows = Hold.objects.all()
    start, end = DayNumber(F("starts_on")), DayNumber(F("ends_on"))
    packed = (F("copy_id") * PACK + start) * PACK + (end - start)
    held = rows.overlapping(wish.today, wish.end).aggregate(text=Joined(packed))
    table = np.sort(np.fromstring(held["text"] or "", dtype=np.int64, sep=","))
    copies, first, length = table // PACK**2, table // PACK % PACK, table % PACK
    lines = np.minimum(np.searchsorted(fleet.pk, copies), len(fleet.pk) - 1)
    mine = fleet.pk[lines] == copies
    starts = first[mine] - (wish.today - EPOCH).days
    ends = starts + length[mine]
    return with_late(fleet, np.maximum(starts, 0), ends, lines[mine], today=wish.today)


def with_late(
    fleet: Fleet, starts: Ints, ends: Ints, lines: Ints, *, today: dt.date
) -> tuple[Ints, Ints, Ints]:
    """Add the days that late copies are waited for."""
    late = Loan.objects.all().overdue(today).values_list("copy_id", flat=True)
    where = np.flatnonzero(np.isin(fleet.pk, list(late)))
    if not len(where):
        return starts, ends, lines
    # A hold that begins meanwhile is kept; the two are joined where they touch.
    starts, ends = starts.copy(), ends.copy()
    soon = np.isin(lines, where) & (starts < LATE)
    waited = np.setdiff1d(where, lines[soon])
    starts[soon] = 0
    ends[soon] = np.maximum(ends[soon], LATE)
    starts = np.concatenate([starts, np.zeros(len(waited), np.int64)])
    ends = np.concatenate([ends, np.full(len(waited), LATE)])
    lines = np.concatenate([lines, waited])
    order = np.lexsort((starts, lines))
    return starts[order], ends[order], lines[order]


def first_days(wish: Wish) -> Any:
    """Days on which the host may open, for the whole duration, to its public."""
    opened = np.ones(wish.length, bool)
    if wish.school_zone:
        for start, end in school_closures(
            wish.school_zone, start=wish.today, end=wish.end
        ):
            first = max(0, (start - wish.today).days)
            opened[first : max(0, (end - wish.today).days)] = False
    allowed = spells(opened, duration=wish.days)
    allowed[: max(0, (wish.start - wish.today).days)] = False
    return allowed


def copies_of(resource: Any) -> Any:
    """The copies that lend a resource: its own, and those of its modules."""
    own = Copy.objects.filter(resource=resource)
    modules = Copy.objects.filter(resource__parent=resource)
    return own | modules


def soonest(windows: Iterable[FreeWindow]) -> FreeWindow | None:
    return min(windows, key=lambda one: one.starts_on, default=None)


def usual_days(resource: Any) -> int:
    """How long a resource is lent when nobody has said: three weeks, within its limits."""
    least, most = resource.loan_days_min or 1, resource.loan_days_max or 366
    return int(min(max(21, least), most, 366))


__all__: Sequence[str] = (
    "FreeWindow",
    "Wish",
    "copies_of",
    "first_free",
    "soonest",
    "usual_days",
)
