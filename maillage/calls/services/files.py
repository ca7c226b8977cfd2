"""Files of an application: checked by their content, rewritten, read by few."""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.choices import QuestionKind
from maillage.calls.models import Application, Attachment
from maillage.calls.services.drafts import hold, open_sections
from maillage.calls.services.rules import definition_of
from maillage.core.errors import Refused
from maillage.core.uploads import clean_file, shown_name

#: Files that answer one question.
MOST_FILES = 5
FOLDER = "applications"


def attach(
    application: Application,
    question: str,
    *,
    file: Any,
    by: User,
    now: dt.datetime,
) -> Attachment:
    """Add a file to a question.

    Refuses with ``file``, ``sent``, ``late``, ``gone`` or ``enough``.
    """
    try:
        clean = clean_file(file)
    except ValidationError as error:
        raise Refused("file", " ".join(error.messages)) from error
    data = clean.read()
    with transaction.atomic():
        row = hold(application)
        need_question(row, question, now=now)
        present = row.attachments.all().present().filter(question=question)
        digest = hashlib.sha256(data).hexdigest()
        if same := present.filter(sha256=digest).first():
            return same
        if present.count() >= MOST_FILES:
            raise Refused("enough", _("Cinq fichiers par question, au plus."))
        name = default_storage.save(f"{FOLDER}/{clean.name}", ContentFile(data))
        row.changed_at = now
        row.save(update_fields=["changed_at"])
        return Attachment.objects.create(
            application=row,
            question=question,
            file=name,
            name=shown_name(str(file.name), name),
            size=len(data),
            sha256=digest,
            added_at=now,
            added_by=by,
        )


def need_question(row: Application, question: str, *, now: dt.datetime) -> None:
    sections = open_sections(row, now=now)
    definition = definition_of(row)
    spec, place = definition.questions().get(question), definition.section_of(question)
    if spec is None or place is None or spec.kind != QuestionKind.FILE:
        raise Refused("gone", _("Cette question n’est plus posée."))
    if sections is not None and place.id not in sections:
        raise Refused("sent", _("Cette partie n’est pas à revoir."))


@transaction.atomic
def detach(attachment: Attachment, *, now: dt.datetime) -> None:
    """Take a file out of the answers; a version that was sent still holds it."""
    row = hold(attachment.application)
    need_question(row, attachment.question, now=now)
    attachment.removed_at = now
    attachment.save(update_fields=["removed_at"])
    row.changed_at = now
    row.save(update_fields=["changed_at"])


def path_of(attachment: Attachment) -> Path:
    return Path(settings.MEDIA_ROOT) / attachment.file
