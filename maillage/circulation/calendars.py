"""Open days: when an owner ships, how many days a turn-around really takes.

A turn-around is counted in open days. A closed day (a week-end, a public holiday, a
closure of the owner) never counts, so that a copy that comes back on Friday and needs a
day of checks is free on Tuesday, not on Saturday.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from maillage.circulation.models import Closure, LendingRules
from maillage.directory.models import Structure
from maillage.territories.models import Holiday, SchoolHoliday

DAY = dt.timedelta(1)
SATURDAY = 5
#: Nobody closes for longer; beyond, a rule that leaves no open day is an error.
MOST_CLOSED = 120
#: The calendar of a loan looks this far on either side of it.
MARGIN = dt.timedelta(MOST_CLOSED)


@dataclass(frozen=True)
class Calendar:
    """The days on which one owner works, and those on which copies leave."""

    closed: frozenset[dt.date] = field(default_factory=frozenset)
    shuttle: frozenset[int] = field(default_factory=frozenset)

    def is_open(self, day: dt.date) -> bool:
        return day.weekday() < SATURDAY and day not in self.closed

    def ships(self, day: dt.date) -> bool:
        """Whether copies leave on this day: an open one, and a shuttle day if any."""
        return self.is_open(day) and (not self.shuttle or day.weekday() in self.shuttle)

    def back(self, day: dt.date, *, open_days: int) -> dt.date:
        """The first of the ``open_days`` open days just before ``day``."""
        for _ in range(open_days):
            day = self._next(day - DAY, -DAY, self.is_open)
        return day

    def forth(self, day: dt.date, *, open_days: int) -> dt.date:
        """The first day after ``open_days`` open days, ``day`` being the first."""
        for _ in range(open_days):
            day = self._next(day, DAY, self.is_open) + DAY
        return day

    def shipping(self, before: dt.date) -> dt.date:
        """The last shipping day on or before a day."""
        return self._next(before, -DAY, self.ships)

    def collecting(self, after: dt.date) -> dt.date:
        """The first shipping day on or after a day: the shuttle takes copies back."""
        return self._next(after, DAY, self.ships)

    def _next(
        self, day: dt.date, step: dt.timedelta, holds: Callable[[dt.date], bool]
    ) -> dt.date:
        for _ in range(MOST_CLOSED):
            if holds(day):
                return day
            day += step
        raise ValueError("no open day for months")


def days_between(start: dt.date, end: dt.date) -> Iterable[dt.date]:
    return (start + dt.timedelta(n) for n in range((end - start).days))


def rules_of(structure: Structure) -> LendingRules:
    """How an owner lends; the defaults where nothing was said."""
    found = LendingRules.objects.filter(structure=structure).first()
    return found or LendingRules(structure=structure)


def calendars_of(
    structures: Iterable[Structure], *, start: dt.date, end: dt.date
) -> dict[int, Calendar]:
    """The calendar of each owner around [start, end), in three queries."""
    pks = [structure.pk for structure in structures]
    first, last = start - MARGIN, end + MARGIN
    holidays = frozenset(
        Holiday.objects.all().between(first, last).values_list("day", flat=True)
    )
    closed: dict[int, set[dt.date]] = {pk: set() for pk in pks}
    around = Closure.objects.filter(
        structure__in=pks, starts_on__lt=last, ends_on__gt=first
    )
    for pk, begins, ends in around.values_list("structure", "starts_on", "ends_on"):
        closed[pk].update(days_between(max(begins, first), min(ends, last)))
    shuttles = dict(
        LendingRules.objects.filter(structure__in=pks).values_list(
            "structure", "shuttle_weekdays"
        )
    )
    return {
        pk: Calendar(holidays | closed[pk], frozenset(shuttles.get(pk) or ()))
        for pk in pks
    }


def calendar_of(structure: Structure, *, start: dt.date, end: dt.date) -> Calendar:
    """The calendar of one owner around [start, end)."""
    return calendars_of([structure], start=start, end=end)[structure.pk]


def school_closures(
    zone: str, *, start: dt.date, end: dt.date
) -> list[tuple[dt.date, dt.date]]:
    """School holidays of a zone that touch [start, end), as half-open periods."""
    rows = SchoolHoliday.objects.all().of_zone(zone).overlapping(start, end)
    return list(rows.values_list("starts_on", "ends_on"))
