"""Where a loan would fit: days without school taken out, then the free gaps of copies."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maillage.circulation.calendars import (
    DAY,
    MARGIN,
    Calendar,
    calendars_of,
    school_closures,
)
from maillage.circulation.choices import CopyState
from maillage.circulation.models import Copy, Hold, Host, LendingRules
from maillage.circulation.services.holding import Span, span_of

Window = tuple[dt.date, dt.date]
#: How far after what was asked a next free window is looked for.
NEXT = dt.timedelta(366)


#: Copies of which a loan takes one; a loan in modules takes one of each group.
Group = Sequence[Copy]


@dataclass(frozen=True)
class Slot:
    """Days on which one copy, or one of each module, could be lent."""

    parts: tuple[tuple[Copy, Span], ...]
    #: Days that a copy would wait between this loan and the nearest other one.
    idle: int
    window: int = 0

    @property
    def copies(self) -> list[Copy]:
        return [copy for copy, _span in self.parts]

    @property
    def span(self) -> Span:
        """The days at the host, and the longest way around them."""
        spans = [span for _copy, span in self.parts]
        return Span(
            departs_on=min(span.departs_on for span in spans),
            starts_on=spans[0].starts_on,
            ends_on=spans[0].ends_on,
            free_on=max(span.free_on for span in spans),
            km=max(span.km for span in spans),
        )

    @property
    def value(self) -> str:
        """How a form says it."""
        pks = "-".join(str(copy.pk) for copy in self.copies)
        return f"{pks}:{self.span.starts_on.isoformat()}"


@dataclass(frozen=True)
class Shelf:
    """Copies with all that says when they are free, read once."""

    copies: Sequence[Copy]
    calendars: dict[int, Calendar]
    rules: dict[int, LendingRules]
    holds: dict[int, list[Window]]

    def span(
        self, copy: Copy, *, host: Host, start: dt.date, end: dt.date
    ) -> Span | None:
        """The days of a loan; nothing while its owner is closed for months."""
        owner = copy.resource.owner_id
        try:
            return span_of(
                copy, host=host, start=start, end=end, calendar=self.calendars[owner],
                buffer_days=self.rules[owner].buffer_days,
            )  # fmt: skip
        except ValueError:
            return None

    def notice(self, copy: Copy) -> int:
        return self.rules[copy.resource.owner_id].notice_days


def stock_up(copies: Iterable[Copy], *, start: dt.date, end: dt.date) -> Shelf:
    """Read calendars, rules and holds of copies around [start, end); five queries."""
    found = list(copies)
    owners = {copy.resource.owner_id: copy.resource.owner for copy in found}
    rules = {pk: LendingRules(structure=owner) for pk, owner in owners.items()}
    for row in LendingRules.objects.filter(structure__in=owners):
        rules[row.structure_id] = row
    holds: dict[int, list[Window]] = {copy.pk: [] for copy in found}
    taken = Hold.objects.filter(copy__in=holds).overlapping(
        start - MARGIN, end + MARGIN
    )
    for pk, *days in taken.order_by("starts_on").values_list(
        "copy", "starts_on", "ends_on"
    ):
        holds[pk].append((days[0], days[1]))
    calendars = calendars_of(owners.values(), start=start, end=end)
    return Shelf(found, calendars, rules, holds)


def open_windows(windows: Iterable[Window], *, host: Host) -> list[Window]:
    """The windows in which the host is open: a school is closed in the holidays."""
    asked = sorted(windows)
    if not host.is_school or not asked:
        return asked
    first, last = asked[0][0], max(end for _start, end in asked)
    zone = host.commune.department.holiday_zone
    closed = school_closures(zone, start=first, end=last)
    found = []
    for start, end in asked:
        for shut, opened in closed:
            if shut >= end or opened <= start:
                continue
            if shut > start:
                found.append((start, shut))
            start = max(start, opened)
        if start < end:
            found.append((start, end))
    return found


def teams(shelf: Shelf) -> list[list[Group]]:
    """What a loan may take: any copy of one resource, or one copy of each module."""
    groups: dict[int, list[Copy]] = {}
    for copy in shelf.copies:
        if copy.state == CopyState.IN_SERVICE:
            groups.setdefault(copy.resource_id, []).append(copy)
    if len(groups) == 1:
        return [[[copy]] for group in groups.values() for copy in group]
    return [list(groups.values())] if groups else []


def free_slots(
    shelf: Shelf,
    *,
    host: Host,
    windows: Sequence[Window],
    days: int,
    today: dt.date,
    with_notice: bool = False,
) -> list[Slot]:
    """The first and the last days that fit each free gap of each copy, best first.

    Best: in the window that the host named first, then next to another loan, so that
    few days are lost between both, then early.
    """
    found: list[Slot] = []
    for team in teams(shelf):
        for rank, window in enumerate(windows):
            found += in_window(
                shelf, team, host=host, window=window, days=days, today=today,
                with_notice=with_notice, rank=rank,
            )  # fmt: skip
    return sorted(
        found,
        key=lambda s: (s.window, min(s.idle, 30), s.span.starts_on, s.copies[0].rank),
    )


def in_window(
    shelf: Shelf,
    team: Sequence[Group],
    *,
    host: Host,
    window: Window,
    days: int,
    today: dt.date,
    with_notice: bool = False,
    rank: int = 0,
) -> list[Slot]:
    """The first and the last days of each free gap of a team in one window."""
    length, (day, end) = dt.timedelta(days), window
    gaps: list[list[Slot]] = []
    was_free = False
    while day + length <= end:
        found = pick(
            shelf, team, host=host, start=day, days=days, today=today,
            with_notice=with_notice,
        )  # fmt: skip
        if isinstance(found, dt.date):
            day, was_free = found, False
            continue
        slot = Slot(found, idle_days(shelf, found), rank)
        if was_free:
            gaps[-1][1:] = [slot]
        else:
            gaps.append([slot])
        day, was_free = day + DAY, True
    return [slot for gap in gaps for slot in gap]


def pick(
    shelf: Shelf,
    team: Sequence[Group],
    *,
    host: Host,
    start: dt.date,
    days: int,
    today: dt.date,
    with_notice: bool,
) -> tuple[tuple[Copy, Span], ...] | dt.date:
    """A free copy of each group from ``start`` on, else the next day worth a try."""
    chosen: list[tuple[Copy, Span]] = []
    following = start + DAY
    for group in team:
        soonest = None
        for copy in group:
            leave = today + dt.timedelta(shelf.notice(copy) if with_notice else 0)
            span = shelf.span(
                copy, host=host, start=start, end=start + dt.timedelta(days)
            )
            # A loan that begins before the rival ends would touch it in any case.
            rival = clash(shelf.holds[copy.pk], span) if span else None
            if span and span.departs_on >= leave and not rival:
                chosen.append((copy, span))
                break
            again = max(start + DAY, rival) if rival else start + DAY
            soonest = min(soonest or again, again)
        else:
            following = max(following, soonest or following)
    return tuple(chosen) if len(chosen) == len(team) else following


def clash(holds: Sequence[Window], span: Span) -> dt.date | None:
    """The end of the last hold that a loan would share a day with."""
    free_on = max(span.free_on, span.departs_on + DAY)
    ends = [end for start, end in holds if start < free_on and end > span.departs_on]
    return max(ends, default=None)


def idle_days(shelf: Shelf, parts: Sequence[tuple[Copy, Span]]) -> int:
    """The shortest wait between these days and another hold of the same copies."""
    waits = [
        wait
        for copy, span in parts
        for start, end in shelf.holds[copy.pk]
        for wait in ((span.departs_on - end).days, (start - span.free_on).days)
        if wait >= 0
    ]
    return min(waits, default=999)


def first_free(
    shelf: Shelf,
    *,
    host: Host,
    start: dt.date,
    days: int,
    today: dt.date,
    until: dt.date | None = None,
) -> Slot | None:
    """The first free days from ``start`` on, over all copies, within a year."""
    length, best = dt.timedelta(days), None
    windows = open_windows([(start, max(start, until or start + NEXT))], host=host)
    for team in teams(shelf):
        for first, last in windows:
            day = first
            while day + length <= last and (best is None or day < best.span.starts_on):
                found = pick(
                    shelf, team, host=host, start=day, days=days, today=today,
                    with_notice=True,
                )  # fmt: skip
                if not isinstance(found, dt.date):
                    best = Slot(found, idle_days(shelf, found))
                    break
                day = found
    return best
