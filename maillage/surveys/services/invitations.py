"""Letters to those asked: invitations with a personal link, reminders, never twice.

Each letter is written in the transaction that notes it: a double click, or a job that is
killed in the middle, writes to nobody twice, and starting again writes to the rest.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mail
from maillage.core.records import need_agency
from maillage.surveys.choices import ResponseState, WaveState
from maillage.surveys.models import Answer, AnswerChange, Response, Unit, Wave
from maillage.surveys.services.bounces import need_address, note_refused
from maillage.surveys.services.population import new_token

INVITATION, REMINDER = "invitation", "reminder"
BATCH = 50
#: Nobody gets two letters of a wave within this time.
PAUSE = dt.timedelta(3)
#: How long after its last day a wave keeps the addresses of those it asked.
KEPT = dt.timedelta(365)
LINK = "{lien}"
MARK = re.compile(r"\{[a-z]+\}")
#: What a text may say, and what stands there in the end.
PLACEHOLDERS = {
    "{nom}": gettext_lazy("le nom de la structure"),
    LINK: gettext_lazy("son lien personnel (obligatoire)"),
    "{enquete}": gettext_lazy("le nom de l’enquête"),
    "{annee}": gettext_lazy("l’année sur laquelle elle porte"),
    "{fin}": gettext_lazy("le dernier jour pour répondre"),
    "{agence}": gettext_lazy("le nom de l’agence"),
}
WAITING = (ResponseState.WAITING, ResponseState.STARTED)


def first_text(kind: str) -> str:
    """What a letter says until the agency writes its own."""
    if kind == REMINDER:
        return _(
            "Bonjour,\n\nVous n’avez pas encore envoyé votre réponse à « {enquete} » "
            "pour {nom}. Ce que vous avez déjà écrit est gardé : vous pouvez reprendre "
            "où vous en étiez, jusqu’au {fin}.\n\n{lien}\n\nMerci,\n{agence}"
        )
    return _(
        "Bonjour,\n\n{agence} mène l’enquête « {enquete} » sur l’année {annee}. Elle "
        "interroge {nom}. Une partie des réponses est déjà remplie avec ce que la "
        "plateforme sait : il suffit de confirmer ou de corriger.\n\nVotre lien "
        "personnel, sans compte ni mot de passe :\n{lien}\n\nVous pouvez répondre en "
        "plusieurs fois et à plusieurs, jusqu’au {fin}.\n\nMerci,\n{agence}"
    )


def text_of(wave: Wave, kind: str) -> str:
    return (wave.reminder if kind == REMINDER else wave.invitation) or first_text(kind)


def subject_of(wave: Wave, kind: str) -> str:
    words = {"wave": wave.name, "day": day_words(wave.closes_on)}
    if kind == REMINDER:
        return _("Rappel : %(wave)s, jusqu’au %(day)s") % words
    return _("Votre réponse à l’enquête « %(wave)s »") % words


def address(unit: Unit) -> str:
    """The whole personal link."""
    return settings.SITE_URL + reverse("surveys:answer_start", args=[unit.token])


def letter(wave: Wave, unit: Unit, text: str) -> str:
    """The body of a letter; words are replaced, nothing is evaluated."""
    values = {
        "{nom}": unit.name,
        LINK: address(unit),
        "{enquete}": wave.name,
        "{annee}": str(wave.year),
        "{fin}": day_words(wave.closes_on, "l j F Y"),
        "{agence}": region()["agency"]["name"],
    }
    # In one pass: a name that holds a placeholder stays as it is.
    return MARK.sub(lambda found: values.get(found[0], found[0]), text)


def check_text(text: str) -> None:
    """Refuses with ``link`` or ``placeholder``."""
    if text and LINK not in text:
        raise Refused(
            "link", _("Écrivez {lien} là où doit se trouver le lien personnel.")
        )
    rest = text
    for name in PLACEHOLDERS:
        rest = rest.replace(name, "")
    if "{" in rest or "}" in rest:
        start = max(rest.find("{"), 0)
        raise Refused(
            "placeholder",
            _("« %(text)s » n’est pas un mot que nous savons remplacer.")
            % {"text": rest[start : start + 20]},
        )


def due(wave: Wave, kind: str, *, now: dt.datetime) -> QuerySet[Unit]:
    """Whom a letter would go to: those who have an address and have not answered."""
    rows = Unit.objects.filter(wave=wave, response__state__in=WAITING)
    rows = rows.exclude(email="").filter(bounced_at=None)
    if kind == INVITATION:
        return rows.filter(invited_at=None)
    before = now - PAUSE
    return rows.filter(
        Q(reminded_at=None) | Q(reminded_at__lte=before), invited_at__lte=before
    )


def without_address(wave: Wave) -> QuerySet[Unit]:
    """Those who wait and cannot be written to: to phone, or to give an address."""
    return Unit.objects.filter(wave=wave, email="", response__state__in=WAITING)


def need_open(wave: Wave, *, today: dt.date) -> None:
    if not wave.takes_answers(today=today):
        raise Refused(
            "closed",
            _(
                "Les courriers partent quand l’édition est ouverte, entre ses deux dates."
            ),
        )


def send(wave: Wave, *, kind: str, by: Any, now: dt.datetime, today: dt.date) -> int:
    """Write to all who are due; returns how many letters.

    Refuses with ``forbidden``, ``closed``, ``link`` or ``placeholder``.
    """
    need_agency(by)
    return write_letters(wave, kind=kind, now=now, today=today)


def write_letters(wave: Wave, *, kind: str, now: dt.datetime, today: dt.date) -> int:
    """Write letters in small transactions, until nobody is due."""
    wave = Wave.objects.select_related("version__questionnaire").get(pk=wave.pk)
    need_open(wave, today=today)
    check_text(text_of(wave, kind))
    pks = list(due(wave, kind, now=now).order_by("pk").values_list("pk", flat=True))
    return sum(
        write_batch(wave, pks[start : start + BATCH], kind=kind, now=now)
        for start in range(0, len(pks), BATCH)
    )


@transaction.atomic
def write_batch(wave: Wave, pks: Iterable[int], *, kind: str, now: dt.datetime) -> int:
    """Write to those of a few who are still due, and note it."""
    held = list(
        due(wave, kind, now=now)
        .filter(pk__in=pks)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    for unit in held:
        if kind == INVITATION:
            unit.invited_at = now
        else:
            unit.reminded_at, unit.reminders = now, unit.reminders + 1
        write_mail(
            unit.email,
            subject=subject_of(wave, kind),
            body=letter(wave, unit, text_of(wave, kind)),
            now=now,
        )
    Unit.objects.bulk_update(held, ["invited_at", "reminded_at", "reminders"])
    return len(held)


@transaction.atomic
def invite_one(unit: Unit, *, by: Any, now: dt.datetime, today: dt.date) -> Unit:
    """Write to one of those asked, with the link that it has now.

    Refuses with ``forbidden``, ``closed``, ``address``, ``bounced``, ``answered`` or
    ``early``.
    """
    need_agency(by)
    rows = Unit.objects.select_for_update(of=("self",))
    row = rows.select_related("wave", "response").get(pk=unit.pk)
    need_open(row.wave, today=today)
    need_address(row)
    if row.response.state not in WAITING:
        raise Refused("answered", _("Cette réponse n’est plus attendue."))
    last = max(filter(None, [row.invited_at, row.reminded_at]), default=None)
    if last and now - last < dt.timedelta(minutes=1):
        raise Refused("early", _("Ce courrier vient de partir."))
    kind = REMINDER if row.invited_at else INVITATION
    if kind == INVITATION:
        row.invited_at = now
    else:
        row.reminded_at, row.reminders = now, row.reminders + 1
    row.save(update_fields=["invited_at", "reminded_at", "reminders"])
    body = letter(row.wave, row, text_of(row.wave, kind))
    write_mail(row.email, subject=subject_of(row.wave, kind), body=body, now=now)
    return row


@dataclass(frozen=True)
class Reminded:
    """What one run has done."""

    waves: int = 0
    letters: int = 0


def remind_due(*, today: dt.date, now: dt.datetime) -> Reminded:
    """Follow the rule of each open wave: remind so many days before it closes, once.

    What was refused is noted before: nobody is reminded where nothing arrives.
    """
    note_refused(now=now)
    rows = Wave.objects.all().answerable(today=today)
    waves = letters = 0
    for wave in rows.filter(reminded_on=None, remind_days_before__isnull=False):
        days = wave.remind_days_before or 0
        if today < wave.closes_on - dt.timedelta(days):
            continue
        waves += 1
        letters += write_letters(wave, kind=REMINDER, now=now, today=today)
        # Noted last: a run that is killed goes on where it stopped.
        Wave.objects.filter(pk=wave.pk).update(reminded_on=today)
    return Reminded(waves, letters)


def forget_addresses(*, today: dt.date, now: dt.datetime) -> int:
    """Erase addresses, links and names of people a year after the last day.

    Answers stay, as those of a structure. Returns how many waves were cleaned.
    """
    rows = Wave.objects.filter(forgotten_at=None, closes_on__lt=today - KEPT)
    rows = rows.filter(state__in=[WaveState.CLOSED, WaveState.PUBLISHED])
    return sum(forget_wave(wave, now=now) for wave in rows)


@transaction.atomic
def forget_wave(wave: Wave, *, now: dt.datetime) -> int:
    if not Wave.objects.filter(pk=wave.pk, forgotten_at=None).update(forgotten_at=now):
        return 0
    units = list(Unit.objects.filter(wave=wave))
    for unit in units:
        unit.email, unit.token = "", new_token()
        unit.bounced_at, unit.bounced_why = None, ""
    fields = ["email", "token", "bounced_at", "bounced_why"]
    Unit.objects.bulk_update(units, fields, batch_size=200)
    Response.objects.filter(unit__wave=wave).update(submitted_by="", checked_by="")
    answers = Answer.objects.filter(response__unit__wave=wave)
    AnswerChange.objects.filter(answer__in=answers.values("pk")).update(changed_by="")
    answers.update(changed_by="")
    return 1
