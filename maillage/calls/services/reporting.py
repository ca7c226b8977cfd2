"""Reports of grants: asked, filed, accepted or sent back."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.models import Grant, ReportDue
from maillage.calls.services.deciding import people_of
from maillage.calls.services.granting import grant_note, hold_grant
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mails
from maillage.core.uploads import clean_file

FOLDER = "grant-reports"


@transaction.atomic
def ask_report(
    grant: Grant, *, name: str, due_on: dt.date, by: User, now: dt.datetime
) -> ReportDue:
    """Ask for one more report. Refuses with ``ended``."""
    row = hold_grant(grant)
    made = ReportDue.objects.create(grant=row, name=name, due_on=due_on)
    text = _("%(name)s demandé pour le %(day)s") % {"name": name, "day": day_words(due_on)}  # fmt: skip
    grant_note(row, text, by=by, now=now)
    return made


def file_report(
    report: ReportDue,
    *,
    text: str,
    spent_cents: int,
    people: int | None,
    file: Any,
    by: User,
    now: dt.datetime,
) -> ReportDue:
    """File a report, or a new version of one that was sent back.

    Refuses with ``file``, ``filed``, ``ended`` or ``text``.
    """
    if not text.strip():
        raise Refused("text", _("Dites ce qui a été fait."))
    data = None
    if file is not None:
        try:
            data = clean_file(file)
        except ValidationError as error:
            raise Refused("file", " ".join(error.messages)) from error
    with transaction.atomic():
        grant = hold_grant(report.grant)
        row = ReportDue.objects.select_for_update(of=("self",)).get(pk=report.pk)
        if row.filed_at is not None:
            raise Refused("filed", _("Ce bilan est déjà rendu."))
        row.text, row.spent_cents, row.people = text.strip(), spent_cents, people
        if data is not None:
            stored = ContentFile(data.read())
            row.file = default_storage.save(f"{FOLDER}/{data.name}", stored)
        row.filed_at, row.filed_by, row.return_reason = now, by, ""
        row.save()
        grant_note(grant, _("%(name)s rendu") % {"name": row.name}, by=by, now=now)
    return row


@transaction.atomic
def answer_report(
    report: ReportDue, *, reason: str, by: User, now: dt.datetime
) -> ReportDue:
    """Accept a report, or send it back with what to write. Refuses with ``nothing``."""
    row = ReportDue.objects.select_for_update(of=("self",)).select_related("grant").get(pk=report.pk)  # fmt: skip
    if row.filed_at is None or row.accepted_at is not None:
        raise Refused("nothing", _("Il n’y a pas de bilan à examiner."))
    if reason.strip():
        row.filed_at, row.return_reason = None, reason.strip()[:300]
        text = _("%(name)s à reprendre : %(why)s") % {"name": row.name, "why": reason}
    else:
        row.accepted_at = now
        text = _("%(name)s accepté") % {"name": row.name}
    row.save()
    grant_note(row.grant, text, by=by, now=now)
    people = people_of(row.grant.application)
    write_mails([(one, text, f"{text}\n\n{row.grant.object}") for one in people], now=now)  # fmt: skip
    return row
