"""Files of a project: cleaned, kept by version, taken away with a trace."""

import datetime as dt
import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.errors import Refused
from maillage.core.uploads import clean_file, shown_name
from maillage.studio.choices import FileAudience
from maillage.studio.models import FileVersion, Project, ProjectFile
from maillage.studio.services.agreeing import write_line

FOLDER = "private/projects"
MOST_FILES, MOST_VERSIONS = 100, 50


def add_file(
    project: Project,
    *,
    title: str,
    file: Any,
    by: User,
    now: dt.datetime,
    to: ProjectFile | None = None,
) -> FileVersion:
    """Keep a file, or a new version of ``to``; the same bytes sent twice are one.

    Refuses with ``file`` (what is wrong with it), ``title`` or ``enough``.
    """
    try:
        clean = clean_file(file)
    except ValidationError as error:
        raise Refused("file", " ".join(error.messages)) from error
    data = clean.read()
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        row = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
        holder = row.files.filter(title=title).first() if to is None else to
        last = holder.versions.first() if holder else None
        if last is not None and last.sha256 == digest:
            return last
        if to is None and holder is not None:
            text = _("Un fichier porte déjà ce titre : ajoutez-lui une version.")
            raise Refused("title", text)
        number = last.number + 1 if last else 1
        if number > MOST_VERSIONS or (to is None and row.files.count() >= MOST_FILES):
            text = _("Cent fichiers de cinquante versions suffisent : retirez-en un.")
            raise Refused("enough", text)
        holder = holder or ProjectFile.objects.create(project=row, title=title)
        stored = default_storage.save(f"{FOLDER}/{clean.name}", ContentFile(data))
        holder.versions.update(is_last=False)
        text = _("Fichier : %(title)s, version %(number)s")
        words = {"title": holder.title, "number": number}
        write_line(row, text % words, by=by, now=now)
        return FileVersion.objects.create(
            file=holder,
            number=number,
            stored=stored,
            name=shown_name(str(file.name), stored),
            size=len(data),
            sha256=digest,
            added_at=now,
            added_by=by,
        )


@transaction.atomic
def set_audience(
    file: ProjectFile, audience: str, *, by: User, now: dt.datetime
) -> ProjectFile:
    """Say anew who may read a file."""
    row = ProjectFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if row.audience != audience:
        row.audience = FileAudience(audience)
        row.save(update_fields=["audience"])
        text = _("%(title)s : lisible par %(who)s")
        words = {"title": row.title, "who": row.get_audience_display()}
        write_line(row.project, text % words, by=by, now=now)
    return row


def may_drop(file: ProjectFile, user: User) -> bool:
    """Who leads, and who brought every version."""
    if Project.objects.all().editable_by(user).filter(pk=file.project_id).exists():
        return True
    authors = {version.added_by_id for version in file.versions.all()}
    return authors == {user.pk}


@transaction.atomic
def drop_file(file: ProjectFile, *, by: User, now: dt.datetime) -> None:
    """Take a file away with its versions; the journal tells. Refuses with ``not_yours``."""
    if not may_drop(file, by):
        text = _("Seule la structure qui conduit peut retirer ce fichier.")
        raise Refused("not_yours", text)
    paths = [path_of(version) for version in file.versions.all()]
    text = _("Fichier retiré : %(title)s") % {"title": file.title}
    write_line(file.project, text, by=by, now=now)
    file.delete()
    transaction.on_commit(partial(forget_paths, paths))


def forget_paths(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def path_of(version: FileVersion) -> Path:
    return Path(settings.MEDIA_ROOT) / version.stored
