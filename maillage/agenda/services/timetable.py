"""The times of an event as a cell of a file says them."""

import datetime as dt
import re
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.agenda.choices import OccurrenceState
from maillage.agenda.models import Event, Occurrence
from maillage.agenda.services.occurrences import (
    DAY,
    MOST,
    Time,
    drop,
    new_occurrence,
)
from maillage.core.errors import Refused

DATE = r"(\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4})"
HOUR = r"(\d{1,2})\s*(?:[h:]\s*(\d{2})?)"
ONE = re.compile(
    rf"^{DATE}(?:[T ]\s*{HOUR})?(?:\s*(?:/|-|–|à|au)\s*(?:{DATE}[T ]?)?\s*(?:{HOUR})?)?$",
    re.I,
)


def bad(text: str) -> Refused:
    return Refused(
        "bad_time",
        _(
            "« %(text)s » ne se lit pas : écrivez 2027-03-06T14:00/16:00, ou 2027-03-06 "
            "pour toute la journée, séparés par |."
        )
        % {"text": text[:60]},
    )


def read_times(cell: str) -> list[Time]:
    """The times of a cell, separated by bars. Refuses with ``bad_time``, ``too_many``."""
    found = [read_time(part.strip()) for part in cell.split("|") if part.strip()]
    if len(found) > MOST:
        raise Refused(
            "too_many",
            _("Un événement a au plus %(most)s séances : répartissez-les.")
            % {"most": MOST},
        )
    return found


def read_time(text: str) -> Time:
    match = ONE.match(text)
    if match is None:
        raise bad(text)
    first, hour, minute, last, until, until_minute = match.groups()
    try:
        day = read_date(first)
        end_day = read_date(last) if last else day
        if hour is None:
            if until is not None or end_day < day:
                raise bad(text)
            days = (end_day - day).days + 1
            return Time(dt.datetime.combine(day, dt.time()), days * 24 * 60, True)
        start = dt.datetime.combine(day, dt.time(int(hour), int(minute or 0)))
        end = start
        if until is not None:
            clock = dt.time(int(until), int(until_minute or 0))
            end = dt.datetime.combine(end_day, clock)
        if end < start and not last:
            end += dt.timedelta(1)  # after midnight
    except ValueError as error:
        raise bad(text) from error
    if end < start:
        raise bad(text)
    time = Time(start, int((end - start).total_seconds()) // 60)
    time.check()
    return time


def read_date(text: str) -> dt.date:
    if "/" in text:
        day, month, year = map(int, text.split("/"))
        return dt.date(year, month, day)
    return dt.date.fromisoformat(text)


def in_file(times: list[Time]) -> str:
    """The cell that an export would write of these times."""
    rows = [new_occurrence(Event(), time) for time in times]
    rows.sort(key=lambda row: row.starts_at)
    return "|".join(dict.fromkeys(row.interval for row in rows))


def write_times(event: Any, cell: str) -> None:
    """Make the times of an event those of a cell; what stays keeps its sign-ups.

    A time that the file no longer names goes; with sign-ups it is cancelled, and its
    people are told.
    """
    wanted = {(row.starts_at, row.ends_at): row for row in (
        new_occurrence(event, time) for time in read_times(cell)
    )}  # fmt: skip
    known: set[Any] = set()
    for one in event.occurrences.select_related("event"):
        slot = (one.starts_at, one.ends_at)
        if slot in wanted and one.state != OccurrenceState.CANCELLED:
            known.add(slot)
        elif not one.is_cancelled:
            drop(one, now=timezone.now())
    new = [row for slot, row in wanted.items() if slot not in known]
    Occurrence.objects.bulk_create(new)
    rows = list(event.occurrences.values_list("starts_on", "ends_on"))
    first = min((start for start, _end in rows), default=None)
    last = max((end for _start, end in rows), default=None)
    Event.objects.filter(pk=event.pk).update(
        first_on=first,
        last_on=last - DAY if last else None,
        sequence=event.sequence + 1,
    )
