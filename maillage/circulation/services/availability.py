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
from django.db.models import F, Func, IntegerField
from django.db.models.functions import Coalesce

from maillage.circulation.calendars import (
    DAY,
    Calendar,
    calendars_by_owner,
    school_closures,
)
from maillage.circulation.models import Copy, Hold, LendingRules, Loan
from maillage.circulation.services.holding import KM_A_DAY
from maillage.kernels.freetime import NEVER, first_windows, spells, turn_around
from maillage.kernels.geo import Floats, Ints
from maillage.kernels.travel import road_km

#: How far after the wanted day a window is looked for.
LOOK = 400
#: Room for what comes after the last loan that is looked at.
AFTER = 60
#: A copy that should be back and is not is not promised again before so many days.
LATE = 7
EPOCH = dt.date(1970, 1, 1)


class DayNumber(Func):
    """A date as days since 1970: a number costs a tenth of a date to read."""

    arity = 1
    output_field = IntegerField()  # type: ignore[assignment]  # as the documentation does

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) - 2440587.5 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(%(expressions)s - DATE '1970-01-01')"
        return self.as_sql(compiler, connection, template=template, **extra)


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
        """Days that are looked at, from today on."""
        return max(0, (self.start - self.today).days) + LOOK + self.days + AFTER

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
    return Fleet(*whole.T, lon=table[:, 5], lat=table[:, 6])


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
    owners = np.unique(fleet.owner).tolist()
    rules = {
        row.structure_id: row
        for row in LendingRules.objects.filter(structure__in=owners)
    }
    usual = LendingRules()
    calendars = calendars_by_owner(owners, start=wish.today, end=wish.end)
    masks = {pk: mask_of(calendars[pk], wish=wish) for pk in owners}
    road = np.nan_to_num(km // KM_A_DAY).astype(np.int64)
    before, after = fleet.setup + road, fleet.takedown + road
    keys, kinds = np.unique(
        np.stack([fleet.owner, before, after], axis=1), axis=0, return_inverse=True
    )
    pairs = [
        turn_around(
            *masks[owner], before=early, after=late,
            buffer=rules.get(owner, usual).buffer_days,
        )
        for owner, early, late in keys.tolist()
    ]  # fmt: skip
    notice = {pk: rules.get(pk, usual).notice_days for pk in owners}
    return (
        np.stack([leaves for leaves, _free in pairs]),
        np.stack([free for _leaves, free in pairs]),
        kinds.reshape(-1),
        np.array([notice[pk] for pk in fleet.owner.tolist()]),
    )


def mask_of(calendar: Calendar, *, wish: Wish) -> tuple[Any, Any]:
    """Open days and shipping days of an owner, from today on."""
    weekday = (wish.today.weekday() + np.arange(wish.length)) % 7
    opened = weekday < 5
    closed = np.array(
        [(day - wish.today).days for day in calendar.closed], dtype=np.int64
    )
    opened[closed[(closed >= 0) & (closed < wish.length)]] = False
    ships = opened
    if calendar.shuttle:
        ships = opened & np.isin(weekday, list(calendar.shuttle))
    return opened, ships


def busy_days(fleet: Fleet, *, wish: Wish) -> tuple[Ints, Ints, Ints]:
    """Held intervals from today on, with the line of their copy; two queries."""
    rows = Hold.objects.filter(copy__in=fleet.pk.tolist())
    if len(fleet.pk) > 200:  # a list of numbers that long costs more than it spares
        rows = Hold.objects.all()
    held = list(
        rows.overlapping(wish.today, wish.end)
        .order_by("copy", "starts_on")
        .values_list("copy_id", DayNumber(F("starts_on")), DayNumber(F("ends_on")))
    )
    table = np.array(held, dtype=np.int64).reshape(-1, 3)
    now = (wish.today - EPOCH).days
    lines = np.searchsorted(fleet.pk, table[:, 0])
    lines = np.minimum(lines, len(fleet.pk) - 1)
    mine = fleet.pk[lines] == table[:, 0]
    starts = np.maximum(table[mine, 1] - now, 0)
    ends = table[mine, 2] - now
    return with_late(fleet, starts, ends, lines[mine], today=wish.today)


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
