"""Signing up on the site: seats, waiting list, reminders, who came, forgetting."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from maillage.agenda.choices import Booking, OccurrenceState, SignUpState, Status
from maillage.agenda.models import Event, Occurrence, SignUp
from maillage.agenda.services import letters, seats
from maillage.agenda.services.occurrences import held, locked
from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.models import Entry
from maillage.core.values import remember

#: Seats of one sign-up; a class is larger than a family.
MOST_SEATS, MOST_SEATS_SCHOOL = 12, 80
REMIND_BEFORE = dt.timedelta(days=2)
#: How long after the occurrence names and addresses are kept.
KEPT = dt.timedelta(days=30)
BATCH = 200


@dataclass(frozen=True)
class Person:
    """Who signs up, as they wrote it."""

    name: str
    email: str
    phone: str = ""
    note: str = ""
    is_school: bool = False


def check_open(occurrence: Occurrence, *, now: dt.datetime) -> None:
    """Refuses with ``not_here``, ``cancelled`` or ``past``."""
    event = occurrence.event
    if event.booking != Booking.HERE or event.state != State.PUBLISHED:
        raise Refused("not_here", _("On ne s’inscrit pas à cet événement sur ce site."))
    if occurrence.is_cancelled or event.status != Status.SCHEDULED:
        raise Refused("cancelled", _("Cette séance n’a pas lieu à cette date."))
    if occurrence.starts_at <= now:
        raise Refused("past", _("Cette séance a commencé : on ne s’inscrit plus."))


def check_seats(number: int, *, is_school: bool, occurrence: Occurrence) -> None:
    """Refuses with ``too_many``."""
    most = MOST_SEATS_SCHOOL if is_school else MOST_SEATS
    if occurrence.event.capacity:  # more than the room holds would wait for ever
        most = min(most, occurrence.event.capacity)
    if not 1 <= number <= most:
        raise Refused(
            "too_many",
            _("Demandez de 1 à %(most)s places ; pour plus, écrivez à l’organisateur.")
            % {"most": most},
        )


@transaction.atomic
def sign_up(
    occurrence: Occurrence,
    *,
    person: Person,
    number: int,
    by: Any,
    now: dt.datetime,
) -> SignUp:
    """Keep seats for somebody, or a rank in the waiting list, and write to them.

    The same address twice for one time is one sign-up: the second changes nothing, and
    the first letter is sent again. Refuses with ``not_here``, ``cancelled``, ``past``,
    ``too_many`` or ``gone``.
    """
    row = locked(occurrence)
    check_open(row, now=now)
    check_seats(number, is_school=person.is_school, occurrence=row)
    known = row.signups.exclude(state=SignUpState.CANCELLED)
    twin = known.filter(email__iexact=person.email).first()
    if twin is not None:
        letters.received(twin, now=now)
        return twin
    free = seats.left(row)
    has_room = row.state != OccurrenceState.FULL and (free is None or number <= free)
    signup = SignUp.objects.create(
        occurrence=row,
        name=person.name,
        email=person.email,
        phone=person.phone,
        seats=number,
        note=person.note,
        is_school=person.is_school,
        state=SignUpState.CONFIRMED if has_room else SignUpState.WAITING,
        token=secrets.token_urlsafe(24),
        user=by if by is not None and by.is_authenticated else None,
        asked_at=now,
    )
    letters.received(signup, now=now)
    after(row, now=now)
    return signup


def after(row: Occurrence, *, now: dt.datetime) -> None:
    """Settle the seats; lists learn of it when it became full, or is no longer."""
    if seats.settle(row, now=now):
        refresh_entries([row.event])


def own(signup: SignUp, *, now: dt.datetime) -> tuple[SignUp, Occurrence]:
    """A sign-up and its occurrence, locked. Refuses with ``gone`` or ``past``."""
    occurrence = locked(signup.occurrence)
    row = SignUp.objects.filter(pk=signup.pk).first()
    if row is None or row.state == SignUpState.CANCELLED:
        raise Refused("gone", _("Cette inscription est annulée."))
    if occurrence.ends_at <= now:
        raise Refused("past", _("Cette séance est passée."))
    row.occurrence = occurrence
    return row, occurrence


@transaction.atomic
def change_signup(
    signup: SignUp, *, number: int, phone: str, note: str, now: dt.datetime
) -> SignUp:
    """Take more or fewer seats; more only while there are.

    Refuses with ``gone``, ``past``, ``too_many`` or ``no_room``: what one had stays.
    """
    row, occurrence = own(signup, now=now)
    check_seats(number, is_school=row.is_school, occurrence=occurrence)
    free = seats.left(occurrence)
    more = number - row.seats
    is_held = row.state == SignUpState.CONFIRMED
    if is_held and more > 0 and free is not None and more > free:
        raise Refused(
            "no_room", _("Il ne reste pas assez de places : gardez les vôtres.")
        )
    row.seats, row.phone, row.note = number, phone, note
    row.save(update_fields=["seats", "phone", "note"])
    after(occurrence, now=now)
    row.refresh_from_db(fields=["state"])
    return row


@transaction.atomic
def cancel_signup(signup: SignUp, *, now: dt.datetime) -> SignUp:
    """Give the seats back; who waits gets them. Refuses with ``gone`` or ``past``."""
    row, occurrence = own(signup, now=now)
    row.state = SignUpState.CANCELLED
    row.save(update_fields=["state"])
    after(occurrence, now=now)
    return row


@transaction.atomic
def note_came(signup: SignUp, *, came: int | None, by: Any) -> SignUp:
    """Note how many of a sign-up came. Refuses with ``forbidden``."""
    held(signup.occurrence.event, by=by)
    signup.came = came
    signup.save(update_fields=["came"])
    return signup


@transaction.atomic
def report(
    occurrence: Occurrence,
    *,
    attendance: int | None,
    school_attendance: int | None,
    by: Any,
    now: dt.datetime,
) -> Occurrence:
    """Say how many came, and how many of them with a school.

    Refuses with ``forbidden``, ``too_early`` or ``schools``.
    """
    held(occurrence.event, by=by)
    row = locked(occurrence)
    if row.starts_at > now:
        raise Refused("too_early", _("La séance n’a pas encore eu lieu."))
    if school_attendance is not None and (
        attendance is None or school_attendance > attendance
    ):
        raise Refused("schools", _("Les scolaires font partie du public accueilli."))
    row.attendance, row.school_attendance = attendance, school_attendance
    row.reported_at = now if attendance is not None else None
    row.save(update_fields=["attendance", "school_attendance", "reported_at"])
    return row


@transaction.atomic
def set_status(
    event: Event, *, status: str, note: str, by: Any, now: dt.datetime
) -> Event:
    """Cancel, postpone or resume an event; people who signed up are told why.

    Refuses with ``forbidden``, ``reason`` or ``nothing``.
    """
    row = held(event, by=by)
    if status == row.status:
        raise Refused("nothing", _("Rien n’a changé."))
    if status != Status.SCHEDULED and not note.strip():
        raise Refused("reason", _("Dites pourquoi : le public et les inscrits le liront."))  # fmt: skip
    row.status = status
    row.status_note = "" if status == Status.SCHEDULED else note.strip()
    row.sequence += 1
    row.version += 1
    remember(row, by=by, why=note[:100])
    row.save()
    letters.status_changed(row, now=now)
    refresh_entries([row])
    return row


# Now and then ---------------------------------------------------------------------


def remind(*, now: dt.datetime) -> int:
    """Write to those whose occurrence is in two days; once each. Returns how many."""
    due = (
        SignUp.objects.all()
        .holding()
        .filter(
            reminded_at=None,
            occurrence__starts_at__gt=now,
            occurrence__starts_at__lte=now + REMIND_BEFORE,
            occurrence__event__status=Status.SCHEDULED,
            occurrence__event__state=State.PUBLISHED,
        )
        .exclude(occurrence__state=OccurrenceState.CANCELLED)
        # Whoever signed up a moment ago has just had a letter.
        .exclude(asked_at__gt=now - dt.timedelta(hours=20))
    )
    sent = 0
    while pks := list(due.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            rows = SignUp.objects.select_for_update(of=("self",)).filter(
                pk__in=pks, reminded_at=None
            )
            batch = list(rows.select_related(*EVERYTHING))
            rows.update(reminded_at=now)
            letters.reminder(batch, now=now)
            sent += len(batch)
    return sent


EVERYTHING = (
    "occurrence__event__place__commune",
    "occurrence__event__commune",
)


@transaction.atomic
def forget(*, now: dt.datetime) -> int:
    """Erase sign-ups a month after their occurrence; what is counted stays a number.

    Where nobody reported, the sum of those noted as come is kept.
    """
    old = SignUp.objects.filter(occurrence__ends_at__lt=now - KEPT)
    noted: dict[int, list[tuple[int, bool]]] = {}
    rows = old.exclude(came=None).filter(occurrence__attendance=None)
    for pk, came, is_school in rows.values_list("occurrence", "came", "is_school"):
        noted.setdefault(pk, []).append((came or 0, is_school))
    for pk, counts in noted.items():
        Occurrence.objects.filter(pk=pk).update(
            attendance=sum(came for came, _school in counts),
            school_attendance=sum(came for came, school in counts if school),
            reported_at=now,
        )
    return old.delete()[1].get("agenda.SignUp", 0)


def leave_over(*, today: dt.date) -> int:
    """Take events that are over out of the lists; their pages stay."""
    from_entries = Event.objects.filter(last_on__lt=today, state=State.PUBLISHED)
    over = list(from_entries.filter(pk__in=public_entries()))
    for start in range(0, len(over), BATCH):
        refresh_entries(over[start : start + BATCH])
    return len(over)


def public_entries() -> Any:
    return Entry.objects.all().public().filter(kind=Event.code).values("object_id")


# A person's own data --------------------------------------------------------------


def signups_of(user: Any) -> Any:
    """Sign-ups of an account, and those made with its address without signing in."""
    return SignUp.objects.filter(Q(user=user) | Q(email__iexact=user.email))


def person_data(user: Any) -> list[dict[str, Any]]:
    """What is kept of a person's sign-ups."""
    return list(
        signups_of(user).values(
            "occurrence__event__name", "occurrence__starts_at", "name", "email",
            "phone", "seats", "note", "is_school", "state", "asked_at", "came",
        )
    )  # fmt: skip


@transaction.atomic
def forget_person(user: Any, *, now: dt.datetime) -> None:
    """Give back the seats to come and erase the sign-ups of a person."""
    mine = signups_of(user)
    coming = mine.filter(occurrence__ends_at__gt=now)
    for signup in coming.exclude(state=SignUpState.CANCELLED).select_related(
        "occurrence"
    ):
        cancel_signup(signup, now=now)
    mine.delete()
