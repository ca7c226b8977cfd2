"""When an event happens: dates added one by one or by a rule, moved, cancelled, full."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Min
from django.utils.translation import gettext as _

from maillage.agenda.choices import Booking, OccurrenceState, SignUpState
from maillage.agenda.models import Event, Occurrence, Series
from maillage.agenda.services import letters, seats
from maillage.agenda.services.recurrence import SLOT, bounds, days_of, unroll
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.records import lock

#: Of one event: a page with more is of no use to anybody.
MOST = 800
LONGEST_MINUTES = 366 * 24 * 60
DAY = dt.timedelta(1)


@dataclass(frozen=True)
class Time:
    """One time in local terms: ``starts`` has no zone."""

    starts: dt.datetime
    minutes: int
    is_all_day: bool = False

    def check(self) -> None:
        if not 0 <= self.minutes <= LONGEST_MINUTES:
            raise Refused("too_long", _("Une séance dure au plus un an."))
        if not 2000 <= self.starts.year <= 2100:
            raise Refused("bad_date", _("Cette année n’est pas lisible."))


def held(event: Event, *, by: Any) -> Event:
    """The event, locked, if the person may change it. Refuses with ``forbidden``."""
    allowed = Event.objects.all().editable_by(by)
    if not allowed.filter(pk=event.pk).exists():
        raise Refused("forbidden", _("Cet événement n’est pas le vôtre."))
    return lock(event)


def new_occurrence(event: Event, time: Time, **values: Any) -> Occurrence:
    time.check()
    start, end = bounds(time.starts, time.minutes)
    return row_of(event, start=start, end=end, is_all_day=time.is_all_day, **values)


def row_of(
    event: Event, *, start: dt.datetime, end: dt.datetime, **values: Any
) -> Occurrence:
    """An occurrence between two instants, with the local days that it touches."""
    first, last = days_of(start, end)
    return Occurrence(
        event=event,
        starts_at=start,
        ends_at=end,
        starts_on=first,
        ends_on=last,
        **values,
    )


@transaction.atomic
def add_times(event: Event, times: Iterable[Time], *, by: Any) -> list[Occurrence]:
    """Add occurrences one by one; those that are there already stay as they are.

    Refuses with ``forbidden``, ``too_many``, ``too_long`` or ``bad_date``.
    """
    row = held(event, by=by)
    known = set(row.occurrences.values_list("starts_at", "ends_at"))
    made = [new_occurrence(row, time) for time in times]
    made = [one for one in made if (one.starts_at, one.ends_at) not in known]
    room_for(row, len(made))
    Occurrence.objects.bulk_create(made)
    follow(row)
    return made


@transaction.atomic
def add_series(
    event: Event,
    *,
    time: Time,
    rule: str,
    left_out: Iterable[str] = (),
    by: Any,
) -> tuple[Series, bool]:
    """Repeat an occurrence by a rule; tells whether the rule goes on after the last.

    Refuses with ``forbidden``, ``bad_rule``, ``no_date``, ``too_many`` and those of
    ``Time``.
    """
    row = held(event, by=by)
    time.check()
    out = sorted(set(left_out))
    slots = unroll(time.starts, rule, left_out=out)
    room_for(row, len(slots.times))
    series = Series.objects.create(
        event=row,
        starts=time.starts.strftime(SLOT),
        minutes=time.minutes,
        rule=rule.strip().upper().removeprefix("RRULE:"),
        left_out=out,
    )
    write_slots(series, slots.times, is_all_day=time.is_all_day)
    follow(row)
    return series, slots.is_cut


def room_for(event: Event, more: int) -> None:
    if event.occurrences.count() + more > MOST:
        raise Refused(
            "too_many",
            _("Un événement a au plus %(most)s séances : répartissez-les.")
            % {"most": MOST},
        )


def write_slots(
    series: Series, times: Iterable[dt.datetime], *, is_all_day: bool
) -> None:
    Occurrence.objects.bulk_create(
        new_occurrence(
            series.event,
            Time(local, series.minutes, is_all_day),
            series=series,
            slot=local.strftime(SLOT),
        )
        for local in times
    )


@transaction.atomic
def change_series(
    series: Series,
    *,
    rule: str,
    minutes: int,
    left_out: Iterable[str],
    by: Any,
    now: dt.datetime,
) -> bool:
    """Give a series another rule; what was moved by hand or has sign-ups stays.

    Occurrences that the new rule does not give go; those with sign-ups are cancelled
    and their people told. Tells whether the rule goes on. Refuses as ``add_series``.
    """
    row = held(series.event, by=by)
    starts = dt.datetime.fromisoformat(series.starts)
    out = sorted(set(left_out))
    slots = unroll(starts, rule, left_out=out)
    wanted = {local.strftime(SLOT): local for local in slots.times}
    known = {one.slot: one for one in series.occurrences.all()}
    is_all_day = any(one.is_all_day for one in known.values())
    for slot, one in known.items():
        if slot not in wanted and not one.is_moved:
            drop(one, now=now)
        elif slot in wanted and not one.is_moved:
            start, end = bounds(wanted[slot], minutes)
            place(one, start=start, end=end)
    series.rule, series.minutes, series.left_out = rule, minutes, out
    series.save()
    missing = [local for slot, local in wanted.items() if slot not in known]
    room_for(row, len(missing))
    write_slots(series, missing, is_all_day=is_all_day)
    follow(row)
    return slots.is_cut


@transaction.atomic
def remove_series(series: Series, *, by: Any, now: dt.datetime) -> None:
    """Take a repetition away with its occurrences to come; past ones stay.

    Refuses with ``forbidden``.
    """
    row = held(series.event, by=by)
    for one in series.occurrences.filter(starts_at__gt=now):
        drop(one, now=now)
    series.delete()
    follow(row)


def drop(occurrence: Occurrence, *, now: dt.datetime) -> None:
    """Delete an occurrence; one with sign-ups is cancelled instead, people are told."""
    if occurrence.signups.exclude(state=SignUpState.CANCELLED).exists():
        set_cancelled(occurrence, note="", now=now)
    else:
        occurrence.delete()


@transaction.atomic
def remove_occurrence(occurrence: Occurrence, *, by: Any, now: dt.datetime) -> None:
    """Take one time away; the rule of its series leaves it out from now on.

    Refuses with ``forbidden``, and with ``signed_up`` when people count on it.
    """
    event = held(occurrence.event, by=by)
    row = locked(occurrence)
    if row.signups.exclude(state=SignUpState.CANCELLED).exists():
        raise Refused(
            "signed_up",
            _(
                "Des personnes sont inscrites : annulez la séance, elles seront "
                "prévenues."
            ),
        )
    if row.series and row.slot:
        row.series.left_out = sorted({*row.series.left_out, row.slot})
        row.series.save(update_fields=["left_out"])
    row.delete()
    follow(event)


def locked(occurrence: Occurrence) -> Occurrence:
    """The occurrence as it is now, held. Refuses with ``gone``."""
    rows = Occurrence.objects.select_for_update(of=("self",))
    row = rows.select_related("event", "series").filter(pk=occurrence.pk).first()
    if row is None:
        raise Refused("gone", _("Cette séance n’existe plus."))
    return row


def place(row: Occurrence, *, start: dt.datetime, end: dt.datetime) -> bool:
    """Put an occurrence at other instants; tells whether that changes anything."""
    if (row.starts_at, row.ends_at) == (start, end):
        return False
    row.starts_at, row.ends_at = start, end
    row.starts_on, row.ends_on = days_of(start, end)
    row.sequence += 1
    row.save()
    return True


@transaction.atomic
def move_occurrence(
    occurrence: Occurrence, *, time: Time, note: str, by: Any, now: dt.datetime
) -> Occurrence:
    """Move one time by hand; people who signed up are told.

    Refuses with ``forbidden``, ``gone`` and those of ``Time``.
    """
    event = held(occurrence.event, by=by)
    time.check()
    row = locked(occurrence)
    before = row.starts_at
    row.note, row.is_moved, row.is_all_day = note, True, time.is_all_day
    start, end = bounds(time.starts, time.minutes)
    if place(row, start=start, end=end):
        letters.moved(row, before=before, now=now)
    else:
        row.save()
    follow(event)
    return row


@transaction.atomic
def cancel_occurrence(
    occurrence: Occurrence, *, note: str, by: Any, now: dt.datetime
) -> Occurrence:
    """Call one time off, with a reason; people who signed up are told.

    Refuses with ``forbidden``, ``gone``, ``reason`` or ``cancelled``.
    """
    event = held(occurrence.event, by=by)
    row = locked(occurrence)
    if not note.strip():
        raise Refused("reason", _("Dites pourquoi : les inscrits le liront."))
    if row.state == OccurrenceState.CANCELLED:
        raise Refused("cancelled", _("Cette séance est déjà annulée."))
    set_cancelled(row, note=note, now=now)
    follow(event)
    return row


def set_cancelled(row: Occurrence, *, note: str, now: dt.datetime) -> None:
    row.state, row.note = OccurrenceState.CANCELLED, note or row.note
    row.is_moved = True
    row.sequence += 1
    row.save()
    letters.occurrence_cancelled(row, now=now)


@transaction.atomic
def mark_full(occurrence: Occurrence, *, by: Any) -> Occurrence:
    """Say that no seat is left. Where people sign up here, nobody gets one any more.

    Refuses with ``forbidden``, ``gone`` or ``cancelled``.
    """
    event = held(occurrence.event, by=by)
    row = locked(occurrence)
    if row.state == OccurrenceState.CANCELLED:
        raise Refused("cancelled", _("Cette séance est annulée."))
    row.state = OccurrenceState.FULL
    if event.booking == Booking.HERE:
        row.capacity = seats.taken(row)
    row.save()
    follow(event)
    return row


@transaction.atomic
def reopen(occurrence: Occurrence, *, by: Any, now: dt.datetime) -> Occurrence:
    """Take back « full » or « cancelled »; who waits gets the seats there are.

    Refuses with ``forbidden`` or ``gone``.
    """
    event = held(occurrence.event, by=by)
    row = locked(occurrence)
    set_open(row, now=now)
    follow(event)
    return row


def set_open(row: Occurrence, *, now: dt.datetime) -> None:
    if row.state == OccurrenceState.CANCELLED:
        row.sequence += 1
    row.state, row.note = OccurrenceState.SCHEDULED, ""
    if row.capacity is not None and row.capacity <= seats.taken(row):
        row.capacity = None
    row.save()
    seats.settle(row, now=now)


@transaction.atomic
def set_capacity(
    occurrence: Occurrence, *, capacity: int | None, by: Any, now: dt.datetime
) -> Occurrence:
    """Seats of one time; nobody who has one loses it. Refuses with ``too_small``."""
    event = held(occurrence.event, by=by)
    row = locked(occurrence)
    taken = seats.taken(row)
    if capacity is not None and capacity < taken:
        raise Refused(
            "too_small",
            _("%(n)s places sont déjà prises : on ne peut pas en offrir moins.")
            % {"n": taken},
        )
    row.capacity = capacity
    row.save(update_fields=["capacity"])
    seats.settle(row, now=now)
    follow(event)
    return row


def follow(event: Event) -> None:
    """Keep the first and the last day, the sequence and the public entry."""
    set_days(event)
    Event.objects.filter(pk=event.pk).update(
        first_on=event.first_on, last_on=event.last_on, sequence=F("sequence") + 1
    )
    event.refresh_from_db(fields=["sequence"])
    refresh_entries([event])


def set_days(event: Event) -> None:
    """The first and the last day of what it has; the caller saves them."""
    rows = Occurrence.objects.filter(event=event)
    days = rows.aggregate(first=Min("starts_on"), last=Max("ends_on"))
    event.first_on = days["first"]
    event.last_on = days["last"] - DAY if days["last"] else None
