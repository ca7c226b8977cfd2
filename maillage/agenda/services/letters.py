"""Mails of the agenda to those who signed up."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from maillage.agenda.choices import SignUpState, Status
from maillage.agenda.models import Event, Occurrence, SignUp
from maillage.core.dates import day_words
from maillage.core.mail import write_mails


def when(start: dt.datetime) -> str:
    """« samedi 6 mars 2027 à 14:00 », on the clock of the region."""
    local = timezone.localtime(start)
    return _("%(day)s à %(time)s") % {
        "day": day_words(local.date(), "l j F Y"),
        "time": f"{local:%H:%M}",
    }


def where(event: Event) -> str:
    place = event.place.name if event.place else ""
    parts = [place, event.venue, event.commune_name, event.online_url]
    return ", ".join(part for part in dict.fromkeys(parts) if part)


def link(signup: SignUp) -> str:
    return settings.SITE_URL + reverse("agenda:signup_detail", args=[signup.token])


def seats_words(number: int) -> str:
    return ngettext("%(n)s place", "%(n)s places", number) % {"n": number}


def send(
    signups: Iterable[SignUp], *, subject: str, lines: Iterable[str], now: dt.datetime
) -> None:
    """The same letter to many, each with the link to their own page."""
    body = "\n\n".join(line for line in lines if line)
    own = _("Voir, changer ou annuler votre inscription :")
    write_mails(
        [
            (one.email, subject, f"{_('Bonjour,')}\n\n{body}\n\n{own}\n{link(one)}")
            for one in signups
        ],
        now=now,
    )


def concerned(occurrence: Occurrence) -> list[SignUp]:
    return list(occurrence.signups.exclude(state=SignUpState.CANCELLED))


def received(signup: SignUp, *, now: dt.datetime) -> None:
    """Tell somebody that they have seats, or wait for some."""
    occurrence = signup.occurrence
    event = occurrence.event
    facts = {
        "name": event.name,
        "when": when(occurrence.starts_at),
        "seats": seats_words(signup.seats),
    }
    if signup.state == SignUpState.CONFIRMED:
        subject = _("Inscription : %(name)s") % facts
        text = _("Votre inscription est faite : « %(name)s », %(when)s, %(seats)s.")
    else:
        subject = _("Liste d’attente : %(name)s") % facts
        text = _(
            "Il ne reste pas assez de places : vous êtes en liste d’attente pour "
            "« %(name)s », %(when)s, %(seats)s. Nous vous écrirons dès que des places "
            "se libèrent."
        )
    lines = [text % facts, where(event), event.price_note]
    send([signup], subject=subject, lines=lines, now=now)


def promoted(signup: SignUp, *, now: dt.datetime) -> None:
    occurrence = signup.occurrence
    facts = {
        "name": occurrence.event.name,
        "when": when(occurrence.starts_at),
        "seats": seats_words(signup.seats),
    }
    send(
        [signup],
        subject=_("Une place s’est libérée : %(name)s") % facts,
        lines=[
            _("Bonne nouvelle : vous êtes inscrit à « %(name)s », %(when)s, %(seats)s.")
            % facts,
            _("Si vous ne pouvez plus venir, annulez : d’autres attendent."),
            where(occurrence.event),
        ],
        now=now,
    )


def reminder(signups: Iterable[SignUp], *, now: dt.datetime) -> None:
    for one in signups:
        occurrence = one.occurrence
        facts = {
            "name": occurrence.event.name,
            "when": when(occurrence.starts_at),
            "seats": seats_words(one.seats),
        }
        send(
            [one],
            subject=_("C’est bientôt : %(name)s") % facts,
            lines=[
                _("Nous vous attendons : « %(name)s », %(when)s, %(seats)s.") % facts,
                where(occurrence.event),
                _("Vous ne pouvez plus venir ? Annulez, quelqu’un prendra la place."),
            ],
            now=now,
        )


def moved(occurrence: Occurrence, *, before: dt.datetime, now: dt.datetime) -> None:
    facts = {
        "name": occurrence.event.name,
        "before": when(before),
        "when": when(occurrence.starts_at),
    }
    send(
        concerned(occurrence),
        subject=_("Changement de date : %(name)s") % facts,
        lines=[
            _("« %(name)s », prévu %(before)s, aura lieu %(when)s.") % facts,
            occurrence.note,
            _("Votre inscription est gardée. Si la date ne vous va plus, annulez-la."),
        ],
        now=now,
    )


def occurrence_cancelled(occurrence: Occurrence, *, now: dt.datetime) -> None:
    facts = {"name": occurrence.event.name, "when": when(occurrence.starts_at)}
    send(
        concerned(occurrence),
        subject=_("Annulé : %(name)s") % facts,
        lines=[
            _("« %(name)s », %(when)s, est annulé.") % facts,
            occurrence.note,
            event_page(occurrence.event),
        ],
        now=now,
    )


def status_changed(event: Event, *, now: dt.datetime) -> None:
    """Tell all who signed up for times to come that it is off, put off, or on again."""
    subjects = {
        Status.CANCELLED: _("Annulé : %(name)s"),
        Status.POSTPONED: _("Reporté : %(name)s"),
        Status.SCHEDULED: _("Maintenu : %(name)s"),
    }
    texts = {
        Status.CANCELLED: _("« %(name)s » est annulé."),
        Status.POSTPONED: _("« %(name)s » est reporté ; nous vous dirons à quand."),
        Status.SCHEDULED: _("« %(name)s » aura bien lieu aux dates prévues."),
    }
    status = Status(event.status)
    facts = {"name": event.name}
    rows = SignUp.objects.filter(
        occurrence__event=event, occurrence__ends_at__gt=now
    ).exclude(state=SignUpState.CANCELLED)
    send(
        rows.select_related("occurrence"),
        subject=subjects[status] % facts,
        lines=[texts[status] % facts, event.status_note, event_page(event)],
        now=now,
    )


def event_page(event: Event) -> str:
    return settings.SITE_URL + event.get_absolute_url()
