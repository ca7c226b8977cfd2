"""Every occurrence to come as columns in memory, beside the entries of their events.

A change of an occurrence rewrites the entry of its event (``occurrences.follow``), so
the stamp of the entries says which events to read again: a page costs no query when
nothing has changed, and one small one for the events that have.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillage.agenda.choices import OccurrenceState
from maillage.agenda.models import Event, Occurrence
from maillage.core.keeping import Keeper
from maillage.core.listing_columns import Shelf
from maillage.core.models import Entry

Column = NDArray[Any]

#: Occurrences that ended longer ago are read from the table.
BEHIND = dt.timedelta(days=40)
#: An occurrence of so many days is shown as going on, not again each day.
LONG_DAYS = 3
STATES = {
    OccurrenceState.SCHEDULED: 0,
    OccurrenceState.FULL: 1,
    OccurrenceState.CANCELLED: 2,
}
FIELDS = ("pk", "event", "starts_at", "ends_at", "starts_on", "ends_on",
          "is_all_day", "state")  # fmt: skip
CHUNK = 5000


@dataclass(frozen=True)
class Times:
    """Occurrences in the order of their start, as of one version of the entries.

    columns : (n,) pk, event, start and end (seconds), first and past (ordinals of
        days, half-open), all_day, state, long.
    """

    version: int = -1
    since: int = 0
    origin: object = None
    columns: Mapping[str, Column] = field(default_factory=lambda: empty())

    def __len__(self) -> int:
        return len(self.columns["pk"])


DTYPES: dict[str, Any] = {
    "pk": np.int64, "event": np.int64, "start": np.int64, "end": np.int64,
    "first": np.int32, "past": np.int32, "all_day": bool, "state": np.int8,
}  # fmt: skip


def empty() -> dict[str, Column]:
    columns = {name: np.empty(0, kind) for name, kind in DTYPES.items()}
    return columns | {"long": np.empty(0, bool)}


def columns_of(rows: Iterable[tuple[Any, ...]]) -> dict[str, Column]:
    told = [
        (
            pk, event, int(start.timestamp()), int(end.timestamp()),
            first.toordinal(), past.toordinal(), all_day, STATES[state],
        )
        for pk, event, start, end, first, past, all_day, state in rows
    ]  # fmt: skip
    parts = list(zip(*told, strict=True)) or [()] * len(DTYPES)
    found = {
        name: np.array(part, kind)
        for (name, kind), part in zip(DTYPES.items(), parts, strict=True)
    }
    found["long"] = found["past"] - found["first"] >= LONG_DAYS
    return found


def ordered(columns: Mapping[str, Column]) -> dict[str, Column]:
    order = np.lexsort((columns["pk"], columns["start"]))
    return {name: column[order] for name, column in columns.items()}


def read(*, since: dt.date, events: list[int] | None = None) -> dict[str, Column]:
    """Occurrences of public events, or of some of them, that end after a day."""
    rows = Occurrence.objects.all().shown().filter(ends_on__gt=since).order_by()
    parts = []
    if events is None:
        parts.append(columns_of(rows.values_list(*FIELDS).iterator(chunk_size=CHUNK)))
    for start in range(0, len(events or []), CHUNK):
        some = rows.filter(event__in=(events or [])[start : start + CHUNK])
        parts.append(columns_of(some.values_list(*FIELDS)))
    parts = parts or [empty()]
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def renewed(held: Times | None, key: tuple[Shelf, dt.date]) -> Times:
    """The times with what has changed since; all anew after some days."""
    shelf, today = key
    since, version = (today - BEHIND).toordinal(), shelf.version
    is_other = held is None or held.origin is not shelf.origin
    if held is None or is_other or held.since + BEHIND.days < since:
        columns = ordered(read(since=dt.date.fromordinal(since)))
        return Times(version, since, shelf.origin, columns)
    entries = Entry.objects.all().since(held.version).filter(kind=Event.code)
    events = list(entries.values_list("object_id", flat=True))
    if not events:
        return replace(held, version=version)
    new = ordered(read(since=dt.date.fromordinal(held.since), events=events))
    return replace(held, version=version, columns=merged(held, new, events))


def merged(
    held: Times, new: Mapping[str, Column], events: list[int]
) -> dict[str, Column]:
    """The times with those of some events replaced; both are in order already."""
    known = held.columns["event"]
    numbers = np.array(events, np.int64)
    is_changed = np.zeros(max(int(known.max(initial=0)), int(numbers.max())) + 1, bool)
    is_changed[numbers] = True
    stays = ~is_changed[known]
    start = held.columns["start"][stays]
    places = np.searchsorted(start, new["start"], side="right")
    return {
        name: np.insert(column[stays], places, new[name])
        for name, column in held.columns.items()
    }


def fits(times: Times, key: tuple[Shelf, dt.date]) -> bool:
    """The times are those of the entries on a shelf."""
    shelf, _today = key
    return times.origin is shelf.origin and times.version == shelf.version


KEEPER: Keeper[Times, tuple[Shelf, dt.date]] = Keeper(fits=fits, renew=renewed)


def current_times(shelf: Shelf, *, today: dt.date) -> Times:
    """The times as of the entries that a page reads."""
    return KEEPER.now(lambda: (shelf, today))
