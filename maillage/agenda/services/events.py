"""Events as a whole: propose with the first dates, copy to another year."""

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.agenda.choices import OccurrenceState, Status
from maillage.agenda.models import Event, Occurrence, Series
from maillage.agenda.services.occurrences import (
    Time,
    add_series,
    add_times,
    follow,
    new_occurrence,
    write_slots,
)
from maillage.agenda.services.recurrence import SLOT, unroll
from maillage.core.errors import Refused
from maillage.core.services import propose_new

UNTIL = re.compile(r"UNTIL=(\d{8})(T\d{6}Z?)?")


@transaction.atomic
def propose_event(
    event: Event,
    *,
    times: Iterable[Time] = (),
    first: Time | None = None,
    rule: str = "",
    left_out: Iterable[str] = (),
    related: Mapping[str, Any] | None = None,
    note: str = "",
    by: Any,
    now: dt.datetime,
) -> tuple[Event, bool]:
    """Save a new event with its first dates; tells whether its rule goes on.

    Refuses as ``propose_new``, ``add_times`` and ``add_series``.
    """
    thing = propose_new(event, by=by, now=now, related=related, note=note)
    if thing.occurrences.exists():  # the same form sent twice
        return thing, False
    is_cut = False
    if rule and first is not None:
        _series, is_cut = add_series(
            thing, time=first, rule=rule, left_out=left_out, by=by
        )
    else:
        add_times(thing, times, by=by)
    return thing, is_cut


@transaction.atomic
def copy_event(event: Event, *, first_day: dt.date, by: Any, now: dt.datetime) -> Event:
    """A new edition: the same words, all dates as many days later, nobody signed up.

    Two editions of one name stay two: each has its address, its dates, its figures.
    Cancelled times are not copied. Refuses with ``no_date`` or ``forbidden``.
    """
    if event.first_on is None:
        raise Refused("no_date", _("Cet événement n’a pas encore de date."))
    if not Event.objects.all().editable_by(by).filter(pk=event.pk).exists():
        raise Refused("forbidden", _("Cet événement n’est pas le vôtre."))
    days = (first_day - event.first_on).days
    if days == 0:
        raise Refused("no_date", _("Choisissez un autre jour que celui de l’original."))
    partners = list(event.co_organisers.all())
    new = Event.objects.get(pk=event.pk)
    new.pk = None
    new._state.adding = True
    new.slug, new.uid, new.sequence, new.version = "", uuid.uuid4(), 0, 1
    new.source = new.source_key = new.source_url = ""
    new.status, new.status_note, new.programme = Status.SCHEDULED, "", None
    new.first_on = new.last_on = new.verified_on = None
    thing = propose_new(new, by=by, now=now, related={"co_organisers": partners})
    if thing.pk == event.pk or thing.occurrences.exists():
        return thing
    copy_dates(event, thing, days=dt.timedelta(days))
    follow(thing)
    return thing


def copy_dates(event: Event, new: Event, *, days: dt.timedelta) -> None:
    for series in event.series.all():
        starts = dt.datetime.fromisoformat(series.starts) + days
        rule = UNTIL.sub(lambda found: f"UNTIL={later(found[1], days)}", series.rule)
        made = Series.objects.create(
            event=new, starts=starts.strftime(SLOT), minutes=series.minutes, rule=rule
        )
        is_all_day = series.occurrences.filter(is_all_day=True).exists()
        write_slots(made, unroll(starts, rule).times, is_all_day=is_all_day)
    single = event.occurrences.filter(series=None)
    Occurrence.objects.bulk_create(
        new_occurrence(new, moved(one, days), capacity=one.capacity)
        for one in single.exclude(state=OccurrenceState.CANCELLED)
    )


def later(text: str, days: dt.timedelta) -> str:
    day = dt.date(int(text[:4]), int(text[4:6]), int(text[6:8])) + days
    return f"{day:%Y%m%d}"


def moved(one: Occurrence, days: dt.timedelta) -> Time:
    """The local time of an occurrence, so many days later: its hour stays."""
    start, end = (
        timezone.localtime(time).replace(tzinfo=None)
        for time in (one.starts_at, one.ends_at)
    )
    minutes = int((end - start).total_seconds()) // 60
    return Time(start + days, max(minutes, 0), is_all_day=one.is_all_day)
