"""Keep the occurrences of an event as a source tells them."""

import datetime as dt
from collections.abc import Iterable

from maillage.agenda.choices import OccurrenceState
from maillage.agenda.models import Event, Occurrence
from maillage.agenda.services.exchange_told import Time
from maillage.agenda.services.occurrences import (
    row_of,
    set_cancelled,
    set_days,
    set_open,
)


def keep_times(event: Event, times: Iterable[Time], *, now: dt.datetime) -> None:
    """Make the occurrences to come those that are told; past ones stay as they were.

    An occurrence that is no longer told is cancelled, not deleted: people may have
    it in their calendars, and those who signed up are told. Sets ``first_on`` and
    ``last_on``; the caller saves the event.
    """
    wanted = {(time.starts_at, time.ends_at): time for time in times}
    for row in list(event.occurrences.all()):
        time = wanted.pop((row.starts_at, row.ends_at), None)
        is_held = time is not None and not time.is_cancelled
        is_cancelled = row.state == OccurrenceState.CANCELLED
        if is_held and is_cancelled:
            set_open(row, now=now)
        elif not is_held and not is_cancelled and row.ends_at > now:
            set_cancelled(row, note="", now=now)
    Occurrence.objects.bulk_create(occurrence(event, time) for time in wanted.values())
    set_days(event)
    getattr(event, "_prefetched_objects_cache", {}).pop("occurrences", None)


def occurrence(event: Event, time: Time) -> Occurrence:
    state = (
        OccurrenceState.CANCELLED if time.is_cancelled else OccurrenceState.SCHEDULED
    )
    return row_of(
        event,
        start=time.starts_at,
        end=time.ends_at,
        is_all_day=time.is_all_day,
        state=state,
    )
