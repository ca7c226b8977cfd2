"""What happens, where, for whom: occurrences by day and by filter, from memory."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from django.http import QueryDict

from maillage.agenda.models import Event, Occurrence
from maillage.agenda.services.shelf import STATES, Column, Times, current_times
from maillage.core import listing_columns
from maillage.core.listing import Listing, find_on
from maillage.core.listing_columns import Shelf
from maillage.core.listing_query import Query, read_query
from maillage.core.models import Entry
from maillage.directory.models import Structure

KIND = ("event",)
DAY = dt.timedelta(1)
#: Days ahead that an address may ask for.
FARTHEST = 3 * 366
WHEN = ("today", "tomorrow", "weekend", "week", "month")
#: What a calendar says of an occurrence: its rows are many, and have many columns.
JOINED = ("event__owner", "event__place__commune", "event__commune")
TOLD = (
    "state", "sequence", "is_all_day", "starts_at", "ends_at", "starts_on", "ends_on",
    *(f"event__{name}" for name in (
        "name", "slug", "uid", "sequence", "changed_at", "kind", "status", "status_note",
        "summary", "description", "mode", "venue", "lon", "lat", "themes", "online_url",
        "picture", "owner__name", "place__name", "place__lon", "place__lat",
    )),
    *(f"event__{way}commune__{name}" for way in ("", "place__") for name in ("name", "lon", "lat")),
)  # fmt: skip
STATE_WORDS = {number: str(state) for state, number in STATES.items()}


@dataclass(frozen=True)
class Asked:
    """What an address asks for: ``[start, end)``, without end when None."""

    query: Query
    when: str
    start: dt.date
    end: dt.date | None
    age: int | None = None
    #: Addresses of a place and of an organiser.
    place: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Moment:
    """One occurrence as lists show it; times are seconds, days ordinals."""

    pk: int
    event: int
    start: int
    end: int
    first: int
    past: int
    is_all_day: bool
    state: str
    is_long: bool


def read_day(text: str, *, today: dt.date) -> dt.date | None:
    """A day of an address, if it is one that may be asked for."""
    try:
        day = dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
    return day if abs((day - today).days) <= FARTHEST else None


def weekend_of(today: dt.date) -> tuple[dt.date, dt.date]:
    """Saturday and Sunday of this week, or what is left of them."""
    saturday = today + dt.timedelta((5 - today.weekday()) % 7)
    if today.weekday() == 6:
        return today, today + DAY
    return saturday, saturday + 2 * DAY


def days_of(when: str, today: dt.date) -> tuple[dt.date, dt.date | None]:
    match when:
        case "today":
            return today, today + DAY
        case "tomorrow":
            return today + DAY, today + 2 * DAY
        case "weekend":
            return weekend_of(today)
        case "week":
            return today, today + 7 * DAY
        case "month":
            return today, today + 30 * DAY
        case _other:
            return today, None


def read_asked(params: QueryDict, *, today: dt.date) -> Asked:
    """Read an address; what makes no sense is left out, never an error."""
    query = read_query(params, kinds=KIND)
    when = params.get("when", "")
    when = when if when in WHEN else ""
    start, end = days_of(when, today)
    since = read_day(params.get("from", ""), today=today)
    until = read_day(params.get("to", ""), today=today)
    if not when and (since or until):
        when = "dates"
        start = max(since, today) if since else today
        end = until + DAY if until and until >= start else None
    place, owner = (params.get(name, "")[:120] for name in ("place", "owner"))
    age = read_age(params.get("age", ""))
    return Asked(query, when, start, end, age, place, owner)


def read_age(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 2 else None


class Found:
    """The occurrences that an address asks for; reads one page when asked."""

    def __init__(self, times: Times, listing: Listing, lines: Column) -> None:
        self.times, self.listing = times, listing
        is_long = times.columns["long"][lines]
        #: Lines of the times: those that have a day of their own, those that go on.
        self.lines, self.going = lines[~is_long], lines[is_long]

    @property
    def event_total(self) -> int:
        return self.listing.total

    def moments(self, lines: Column) -> list[Moment]:
        columns = self.times.columns
        parts: Any = (
            columns[name][lines].tolist()
            for name in (
                "pk", "event", "start", "end", "first", "past", "all_day", "state",
                "long",
            )
        )  # fmt: skip
        return [
            Moment(pk, event, start, end, first, past, whole, STATE_WORDS[state], long)
            for pk, event, start, end, first, past, whole, state, long in zip(
                *parts, strict=True
            )
        ]

    def on(self, day: dt.date) -> Column:
        """Lines of occurrences of that day, those that go on left out."""
        number = day.toordinal()
        first, past = (self.times.columns[name][self.lines] for name in ("first", "past"))  # fmt: skip
        return self.lines[(first <= number) & (past > number)]

    def counts(self, start: dt.date, days: int) -> list[int]:
        """How many occurrences each day has, those that go on left out."""
        low = start.toordinal()
        first = self.times.columns["first"][self.lines] - low
        past = self.times.columns["past"][self.lines] - low
        total = np.zeros(days + 1, np.int64)
        np.add.at(total, np.clip(first, 0, days), 1)
        np.subtract.at(total, np.clip(past, 0, days), 1)
        counts: list[int] = np.cumsum(total)[:days].tolist()
        return counts

    def entries(self, moments: Sequence[Moment]) -> Mapping[int, Entry]:
        """The entries of their events, with their distance; one query."""
        numbers = {moment.event for moment in moments}
        rows = Entry.objects.filter(kind=KIND[0], object_id__in=numbers)
        found = {e.object_id: e for e in rows.defer("name_terms", "body_terms")}
        shelf = self.listing.shelf
        known = [e for e in found.values() if e.pk in shelf.lines]
        lines = np.array([shelf.lines[e.pk] for e in known], np.int64)
        km = self.listing.distances(lines) if known else None
        if km is not None:
            for entry, far in zip(known, km.tolist(), strict=True):
                entry.distance_km = far if far == far else None
        return found

    def rows(self, lines: Column) -> list[Occurrence]:
        """The rows of some lines, in their order, as :func:`told` has them."""
        pks = self.times.columns["pk"][lines].tolist()
        known = told(Occurrence.objects.all()).in_bulk(pks)
        return [known[pk] for pk in pks if pk in known]


def told(rows: QuerySet[Occurrence]) -> QuerySet[Occurrence]:
    """Occurrences with all that a calendar says of them, and no more."""
    return rows.select_related(*JOINED).only(*TOLD)


def find_occurrences(
    asked: Asked,
    *,
    now: dt.datetime,
    today: dt.date,
    facets: Sequence[str] = (),
    whole_days: bool = False,
) -> Found:
    """Occurrences of public events in the days asked for, in order of time.

    Those that are over are left out, unless ``whole_days``. One query when nothing has
    changed since the page before.
    """
    shelf = listing_columns.current_shelf()
    times = current_times(shelf, today=today)
    columns = times.columns
    mask = columns["past"] > asked.start.toordinal()
    if asked.end is not None:
        mask &= columns["first"] < asked.end.toordinal()
    if not whole_days:
        mask &= columns["end"] > int(now.timestamp())
    only = table(columns["event"][mask])
    if asked.age is not None:
        only[too_old_or_young(shelf, asked.age, most=len(only))] = False
    if asked.place or asked.owner:
        only &= table_of(numbers_at(asked), most=len(only))
    query = replace(asked.query, only=only)
    listing = find_on(shelf, query, facets=facets)
    kept = table(listing_events(listing))
    events = columns["event"]
    mask &= kept[np.minimum(events, len(kept) - 1)]
    return Found(times, listing, np.flatnonzero(mask))


def listing_events(listing: Listing) -> Column:
    """Numbers of what was found, in no order."""
    found: Column = listing.shelf.column("object_id", blank=0)[listing.lines]
    return found


def numbers_at(asked: Asked) -> Column:
    """Numbers of the public events of a place, and of an organiser."""
    rows = Event.objects.published()
    if asked.place:
        rows = rows.filter(place__slug=asked.place)
    if asked.owner:
        owner = Structure.objects.filter(slug=asked.owner)
        shared = Event.co_organisers.through.objects.filter(structure__in=owner)
        rows = rows.filter(Q(owner__in=owner) | Q(pk__in=shared.values("event")))
    return np.array(rows.values_list("pk", flat=True), np.int64)


def table_of(numbers: Column, *, most: int) -> Any:
    known = np.zeros(most, bool)
    known[numbers[numbers < most]] = True
    return known


def too_old_or_young(shelf: Shelf, age: int, *, most: int) -> Column:
    """Numbers of the events that say that they are not for this age."""
    least = shelf.column("fact:min_age", blank=np.nan)
    oldest = shelf.column("fact:max_age", blank=np.nan)
    is_out = (least > age) | (oldest < age)  # an age that is not told is any age
    numbers = shelf.column("object_id", blank=0)
    is_event = shelf.column("kind", blank=-1) == shelf.values.get("kind", {}).get("event", -2)  # fmt: skip
    found: Column = numbers[is_out & is_event]
    return found[found < most]


def table(numbers: Column) -> Any:
    """Whether a number is among some; the last stands for all larger ones."""
    known = np.zeros((int(numbers.max()) if len(numbers) else 0) + 2, bool)
    known[numbers] = True
    known[-1] = False
    return known
