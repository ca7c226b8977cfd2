"""Seats are filled: nominations, the two answers to them, terms and their ends."""

import calendar
import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.plan.committee_choices import MandateState, Side
from maillage.plan.models import Committee, Mandate, Seat, Validation
from maillage.plan.services.held import hold, need_desk

SOON_MONTHS = 6
#: What a form fills of a mandate.
PERSON = (
    "structure", "body", "position", "person_name", "email", "user", "shows_name", "note",
)  # fmt: skip


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


@transaction.atomic
def propose(
    seat: Seat,
    *,
    values: Mapping[str, Any],
    starts_on: dt.date,
    ends_on: dt.date | None,
    by: Any,
    today: dt.date,
) -> Mandate:
    """Propose a person for a seat; who leads by right sits without being validated.

    Whoever is in the seat now stays until the new mandate is validated. Refuses with
    ``forbidden``, ``closed``, ``waiting``, ``term`` or ``before``.
    """
    need_desk(by)
    seat = hold(seat)
    if not seat.is_active:
        raise Refused("closed", _("Ce siège n’existe plus dans le comité."))
    rows = Mandate.objects.filter(seat=seat)
    if rows.proposed().exists():
        raise Refused("waiting", _("Une nomination attend déjà pour ce siège."))
    college = seat.college
    ends_on = ends_on or add_months(starts_on, college.committee.term_months)
    if ends_on <= starts_on:
        raise Refused("term", _("Le mandat finit après avoir commencé."))
    holder = rows.filter(state=MandateState.SEATED).first()
    if holder and starts_on < holder.starts_on:
        raise Refused("before", _("Le mandat en cours a commencé après cette date."))
    mandate = Mandate(
        seat=seat, starts_on=starts_on, ends_on=ends_on, replaces=holder,
        proposed_by=by, proposed_on=today,
    )  # fmt: skip
    fill(mandate, values, today=today)
    mandate.save()
    if college.by_right:
        take_seat(mandate)
    return mandate


def fill(mandate: Mandate, values: Mapping[str, Any], *, today: dt.date) -> None:
    for name in PERSON:
        if name in values:
            setattr(mandate, name, values[name])
    if not mandate.shows_name:
        mandate.shows_name_since = None
    elif mandate.shows_name_since is None:
        mandate.shows_name_since = today


@transaction.atomic
def record_answer(
    mandate: Mandate,
    *,
    side: str,
    accepts: bool,
    decided_on: dt.date,
    signed_by: str,
    reference: str,
    by: Any,
    now: dt.datetime,
    today: dt.date,
) -> Mandate:
    """Note what the State or the Region answered, by which letter.

    With both in favour the person takes the seat; one against ends the nomination.
    Refuses with ``forbidden``, ``closed``, ``answered``, ``future`` or ``early``.
    """
    need_desk(by)
    mandate = hold(mandate)
    if not mandate.is_open:
        raise Refused("closed", _("Cette nomination n’attend plus de réponse."))
    if mandate.validations.filter(side=side).exists():
        said = _("La réponse est déjà enregistrée : %s.")
        raise Refused("answered", said % Side(side).label)
    if decided_on > today:
        raise Refused("future", _("Choisissez un jour qui n’est pas à venir."))
    if decided_on < mandate.proposed_on:
        said = _("La nomination a été proposée le %s : la réponse vient après.")
        raise Refused("early", said % day_words(mandate.proposed_on))
    Validation.objects.create(
        mandate=mandate, side=side, accepts=accepts, decided_on=decided_on,
        signed_by=signed_by, reference=reference, recorded_by=by, recorded_at=now,
    )  # fmt: skip
    answers = dict(mandate.validations.values_list("side", "accepts"))
    if not accepts:
        mandate.state = MandateState.REFUSED
        mandate.save(update_fields=["state"])
    elif all(answers.get(each) for each in Side.values):
        latest = max(mandate.validations.values_list("decided_on", flat=True))
        take_seat(mandate, not_before=latest)
    return mandate


def take_seat(mandate: Mandate, *, not_before: dt.date | None = None) -> None:
    """Sit down; who sat there leaves on that day, or left when the term was over.

    A mandate that was validated late starts the day of the last letter.
    """
    start = max(mandate.starts_on, not_before) if not_before else mandate.starts_on
    if start >= mandate.ends_on:
        raise Refused("term", _("Le mandat serait fini avant d’être validé : proposez une autre fin."))  # fmt: skip
    held = Mandate.objects.filter(seat=mandate.seat_id, state=MandateState.SEATED)
    for former in held.select_for_update(of=("self",)):
        is_over = former.ends_on <= start
        former.state = MandateState.ENDED if is_over else MandateState.REPLACED
        former.ends_on = min(former.ends_on, start)
        former.save(update_fields=["state", "ends_on"])
        mandate.replaces = former
    mandate.state, mandate.starts_on = MandateState.SEATED, start
    mandate.save(update_fields=["state", "starts_on", "replaces"])


@transaction.atomic
def withdraw(mandate: Mandate, *, by: Any) -> Mandate:
    """Take a nomination back. Refuses with ``forbidden`` or ``closed``."""
    need_desk(by)
    mandate = hold(mandate)
    if not mandate.is_open:
        raise Refused("closed", _("Cette nomination n’attend plus de réponse."))
    mandate.state = MandateState.WITHDRAWN
    mandate.save(update_fields=["state"])
    return mandate


@transaction.atomic
def end_mandate(mandate: Mandate, *, on: dt.date, why: str, by: Any) -> Mandate:
    """Note a resignation, or another reason to leave, from ``on`` on.

    Refuses with ``forbidden``, ``closed`` or ``days``.
    """
    need_desk(by)
    mandate = hold(mandate)
    if mandate.state != MandateState.SEATED:
        raise Refused("closed", _("Ce mandat n’est pas en cours."))
    if not mandate.starts_on <= on <= mandate.ends_on:
        raise Refused("days", _("La démission est un jour du mandat."))
    is_over = on == mandate.ends_on
    mandate.state = MandateState.ENDED if is_over else MandateState.RESIGNED
    mandate.ends_on, mandate.end_note = on, why
    mandate.save(update_fields=["state", "ends_on", "end_note"])
    return mandate


@transaction.atomic
def change_person(
    mandate: Mandate, *, values: Mapping[str, Any], by: Any, today: dt.date
) -> Mandate:
    """Correct what is known of the person; seat and days stay. ``forbidden``."""
    need_desk(by)
    mandate = hold(mandate)
    fill(mandate, values, today=today)
    mandate.save()
    return mandate


def ending_soon(committee: Committee, *, today: dt.date) -> Any:
    """Mandates to renew: past their end, or within six months of it."""
    until = add_months(today, SOON_MONTHS)
    rows = Mandate.objects.all().of_committee(committee)
    return rows.ending(day=today, until=until).select_related("seat__college", "structure")  # fmt: skip


def voting(committee: Committee, *, day: dt.date) -> Any:
    """Mandates that vote on a day."""
    rows = Mandate.objects.all().of_committee(committee).sitting_on(day)
    return rows.filter(seat__has_vote=True)


def person_data(user: Any) -> list[dict[str, Any]]:
    """What is kept of a person's mandates, for their own file."""
    rows = Mandate.objects.filter(user=user.pk).in_order()
    return [
        {
            "committee": row.seat.college.committee.name, "seat": row.seat.label,
            "name": row.person_name, "position": row.position, "email": row.email,
            "name_is_public": row.shows_name, "state": row.state,
            "from": row.starts_on.isoformat(), "until": row.ends_on.isoformat(),
        }
        for row in rows.select_related("seat__college__committee")
    ]  # fmt: skip


def forget_person(user: Any) -> None:
    """Let go of somebody who leaves: the record of the committee stays, no address."""
    mine = Mandate.objects.filter(user=user.pk)
    mine.update(user=None, email="", shows_name=False, shows_name_since=None)
