"""Sending an application: to the second, once, and what was sent is kept."""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.choices import (
    CHECKABLE,
    WITHDRAWABLE,
    ApplicationState,
    CallState,
    Role,
)
from maillage.calls.models import (
    Application,
    PartnerStructure,
    RevisionRequest,
    Submission,
)
from maillage.calls.services.drafts import fill_columns, hold, open_sections
from maillage.calls.services.rules import Fault, definition_of, faults_of
from maillage.calls.services.starting import note
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mails
from maillage.directory.models import Structure


class Incomplete(Refused):
    """What is missing, question by question."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("incomplete", _("Il manque encore quelque chose."))
        self.faults = faults


@transaction.atomic
def submit(application: Application, *, by: User, now: dt.datetime) -> Submission:
    """Send an application or its revision; ``now`` is when the request arrived.

    Refuses with ``sent``, ``closed``, ``early``, ``late`` or, with the list of what is
    missing, ``incomplete``. A refused draft stays as it is.
    """
    row = hold(application)
    need_time(row, now=now)
    fill_columns(row, definition_of(row))
    if faults := faults_of(row):
        raise Incomplete(faults)
    is_first = row.state == ApplicationState.DRAFT
    row.state = ApplicationState.SUBMITTED
    row.submitted_at = row.submitted_at or now
    row.changed_at = now
    row.check_reason, row.checked_at, row.checked_by = "", None, None
    row.save()
    row.revision_requests.filter(ended_at=None).update(ended_at=now)
    sent = freeze(row, by=by, now=now)
    write_partners(row)
    text = _("Candidature déposée") if is_first else _("Version complétée déposée")
    note(row, text, by=by, now=now)
    tell_sent(row, sent, now=now)
    return sent


def need_time(row: Application, *, now: dt.datetime) -> None:
    """Refuses unless it may be sent at this very second."""
    open_sections(row, now=now)
    if row.call.state != CallState.PUBLISHED:
        raise Refused("closed", _("Cet appel ne prend plus de candidature."))
    if row.state == ApplicationState.REVISION:
        return
    if now < row.call.opens_at:
        raise Refused("early", _("Cet appel n’est pas encore ouvert."))
    if now >= row.closes_at:
        raise Refused(
            "late",
            _(
                "L’appel est clos depuis le %(when)s. Votre brouillon est gardé : si un "
                "incident vous a empêché de déposer, écrivez à l’agence."
            )
            % {"when": moment_words(row.closes_at)},
        )


def moment_words(when: dt.datetime) -> str:
    """« 31 janvier 2027 à 12:00:00 », in the site's time."""
    local = localtime(when)
    facts = {"day": day_words(local.date()), "hour": date_format(local, "H:i:s")}
    return _("%(day)s à %(hour)s") % facts


def freeze(row: Application, *, by: User, now: dt.datetime) -> Submission:
    """Keep what is sent, with a digest of its canonical JSON."""
    content = content_of(row)
    return Submission.objects.create(
        application=row,
        number=row.submissions.count() + 1,
        content=content,
        digest=digest_of(content),
        submitted_at=now,
        submitted_by=by,
    )


def content_of(row: Application) -> dict[str, Any]:
    """All that was asked and answered; what no longer applies is left out."""
    definition = definition_of(row)
    shown = definition.shown(row.answers)
    files = row.attachments.all().present().order_by("added_at", "pk")
    return {
        "number": row.number,
        "call": row.call.title,
        "structure": row.structure.name,
        "form": row.form.number,
        "definition": row.form.definition,
        "answers": {
            key: row.answers[key]
            for key in definition.questions()
            if key in shown and row.answers.get(key) is not None
        },
        "files": [
            {"question": one.question, "name": one.name, "sha256": one.sha256}
            for one in files
            if one.question in shown
        ],
    }


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 of the JSON with sorted keys, no spaces, in UTF-8."""
    text = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def write_partners(row: Application) -> None:
    """Rows of the partners that are named; those with a record are recognised."""
    question = definition_of(row).with_role(Role.PARTNERS)
    lines = row.answers.get(question.id) if question else None
    row.partners.all().delete()
    if not isinstance(lines, list):
        return
    names = [line["name"] for line in lines]
    known = {
        one.name: one for one in Structure.objects.published().filter(name__in=names)
    }
    PartnerStructure.objects.bulk_create(
        PartnerStructure(
            application=row,
            structure=known.get(line["name"]),
            name=line["name"][:200],
            role=line["role"],
            cents=line["cents"],
            rank=rank,
        )
        for rank, line in enumerate(lines)
    )


def emails_of(row: Application) -> list[str]:
    """Those who write it and have an account."""
    return list(
        row.authors.filter(user__is_active=True).values_list("user__email", flat=True)
    )


def tell(row: Application, *, subject: str, text: str, now: dt.datetime) -> None:
    """Write to the authors."""
    page = settings.SITE_URL + reverse("calls:application_detail", args=[row.number])
    mails = [(email, subject, f"{text}\n\n{page}") for email in emails_of(row)]
    write_mails(mails, now=now)


def tell_sent(row: Application, sent: Submission, *, now: dt.datetime) -> None:
    about = {
        "title": str(row),
        "call": row.call.title,
        "number": row.number,
        "when": moment_words(now),
        "version": sent.number,
        "digest": sent.digest,
    }
    tell(
        row,
        subject=_("Candidature %(number)s déposée") % about,
        text=_(
            "« %(title)s » est déposée pour l’appel « %(call)s ».\n\n"
            "Numéro : %(number)s, version %(version)s\n"
            "Reçue le %(when)s\n"
            "Empreinte du contenu (SHA-256) : %(digest)s\n\n"
            "L’accusé de réception se télécharge sur la page de la candidature :"
        )
        % about,
        now=now,
    )


@transaction.atomic
def withdraw(application: Application, *, by: User, now: dt.datetime) -> Application:
    """Take an application back, for good. Refuses with ``decided``."""
    row = hold(application)
    if row.state == ApplicationState.WITHDRAWN:
        return row
    if row.state not in WITHDRAWABLE:
        raise Refused("decided", _("La décision est prise : écrivez à l’agence."))
    row.state = ApplicationState.WITHDRAWN
    row.withdrawn_at = row.changed_at = now
    row.save(update_fields=["state", "withdrawn_at", "changed_at"])
    row.revision_requests.filter(ended_at=None).update(ended_at=now)
    note(row, _("Candidature retirée par ses auteurs"), by=by, now=now)
    subject = _("Candidature %(number)s retirée") % {"number": row.number}
    tell(row, subject=subject, text=_("La candidature est retirée."), now=now)
    return row


# The agency -----------------------------------------------------------------------


@transaction.atomic
def grant_delay(
    application: Application,
    *,
    until: dt.datetime,
    why: str,
    by: User,
    now: dt.datetime,
) -> Application:
    """Let one draft be sent later than the others. Refuses with ``sent`` or ``past``."""
    row = hold(application)
    if row.state != ApplicationState.DRAFT:
        raise Refused("sent", _("Cette candidature est déjà déposée."))
    if until <= now or until <= row.call.closes_at:
        raise Refused("past", _("Choisissez une heure à venir, après la clôture."))
    row.extended_until, row.extended_why = until, why[:300]
    row.save(update_fields=["extended_until", "extended_why"])
    words = {"when": moment_words(until), "why": why}
    note(row, _("Délai accordé jusqu’au %(when)s : %(why)s") % words, by=by, now=now)
    subject = _("Délai accordé pour la candidature %(number)s") % {"number": row.number}
    text = _("Vous pouvez déposer jusqu’au %(when)s.") % words
    tell(row, subject=subject, text=text, now=now)
    return row


@transaction.atomic
def ask_revision(
    application: Application,
    *,
    sections: Sequence[str],
    reason: str,
    until: dt.datetime,
    by: User,
    now: dt.datetime,
) -> RevisionRequest:
    """Open some sections again until an instant. Refuses with ``state`` or ``past``."""
    row = hold(application)
    if row.state not in CHECKABLE:
        raise Refused("state", _("On ne peut rien demander sur cette candidature."))
    if until <= now:
        raise Refused("past", _("Choisissez une date à venir."))
    known = [section.id for section in definition_of(row).sections]
    asked = RevisionRequest.objects.create(
        application=row,
        sections=[key for key in known if key in sections],
        reason=reason,
        until=until,
        asked_by=by,
        asked_at=now,
    )
    row.state = ApplicationState.REVISION
    row.changed_at = now
    row.save(update_fields=["state", "changed_at"])
    words = {"when": moment_words(until), "why": reason, "number": row.number}
    text = _("Complément demandé jusqu’au %(when)s : %(why)s") % words
    note(row, text, by=by, now=now)
    subject = _("Candidature %(number)s : un complément est demandé") % words
    tell(row, subject=subject, text=text, now=now)
    return asked


@transaction.atomic
def close_revision(
    application: Application, *, by: User, now: dt.datetime
) -> Application:
    """Go on with what was sent: the time for more is over, or nothing more is needed.

    Answers are again those of the last version that was sent. Refuses with
    ``state``.
    """
    row = hold(application)
    last = row.submissions.order_by("-number").first()
    if row.state != ApplicationState.REVISION or last is None:
        raise Refused("state", _("Aucun complément n’est attendu."))
    row.answers = dict(last.content["answers"])
    row.state = ApplicationState.SUBMITTED
    row.changed_at = now
    fill_columns(row, definition_of(row))
    row.save()
    row.revision_requests.filter(ended_at=None).update(ended_at=now)
    note(row, _("Complément clos : la version déposée reste"), by=by, now=now)
    return row


@transaction.atomic
def check_application(
    application: Application,
    *,
    is_eligible: bool,
    reason: str,
    by: User,
    now: dt.datetime,
) -> Application:
    """Say that an application may be judged, or why not.

    Refuses with ``state`` or ``reason``: who is turned down is told why.
    """
    row = hold(application)
    if row.state not in CHECKABLE:
        raise Refused("state", _("Cette candidature n’est pas à vérifier."))
    if not is_eligible and not reason.strip():
        raise Refused("reason", _("Dites pourquoi elle n’est pas recevable."))
    to = ApplicationState.ELIGIBLE if is_eligible else ApplicationState.INELIGIBLE
    row.state, row.check_reason = to, reason.strip()
    row.checked_at, row.checked_by = now, by
    row.save(update_fields=["state", "check_reason", "checked_at", "checked_by"])
    words = {"number": row.number, "why": row.check_reason}
    if is_eligible:
        note(row, _("Déclarée recevable"), by=by, now=now)
        subject = _("Candidature %(number)s : recevable") % words
        text = _("Votre candidature est recevable : elle sera examinée.")
    else:
        note(row, _("Déclarée non recevable : %(why)s") % words, by=by, now=now)
        subject = _("Candidature %(number)s : non recevable") % words
        text = _("Votre candidature n’est pas recevable :\n\n%(why)s") % words
    tell(row, subject=subject, text=text, now=now)
    return row
