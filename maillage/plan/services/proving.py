"""Link evidence to actions: rows of the platform, files, pages; propose some."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.plan.evidence import DOCUMENT, Found, kinds
from maillage.plan.models import Action, Evidence
from maillage.plan.services.actions import may_own

MOST = 500
#: Proposals that a page shows.
FIRST = 12


def found_by(code: str, pk: int, user: Any) -> Found | None:
    """The row that a person may link, if there is one."""
    kind = kinds().get(code)
    return next(iter(kind.get([pk], user)), None) if kind else None


def need_owner(action: Action, *, by: Any) -> None:
    if not may_own(action.owner, by=by):
        raise Refused("forbidden", _("Vous ne pouvez pas modifier cette action."))


@transaction.atomic
def link(action: Action, *, kind: str, pk: int, by: Any) -> Evidence:
    """Link a row of the platform. Refuses with ``forbidden``, ``unknown``, ``twice``."""
    need_owner(action, by=by)
    found = found_by(kind, pk, by)
    if found is None:
        raise Refused("unknown", _("Cette fiche n’existe pas, ou n’est pas publique."))
    if action.evidence.count() >= MOST:
        raise Refused("many", _("Cette action a déjà %d preuves.") % MOST)
    try:
        with transaction.atomic():
            return Evidence.objects.create(
                action=action,
                kind=kind,
                object_id=pk,
                label=found.label[:240],
                url=found.url,
                happened_on=found.day,
                added_by=by,
            )
    except IntegrityError as error:
        raise Refused("twice", _("C’est déjà une preuve de cette action.")) from error


@transaction.atomic
def add_document(
    action: Action,
    *,
    label: str,
    day: dt.date,
    url: str = "",
    file: Any = None,
    by: Any,
) -> Evidence:
    """A file that was cleaned, or the address of a page. Refuses with ``forbidden``."""
    need_owner(action, by=by)
    if not url and file is None:
        raise Refused("empty", _("Donnez un fichier ou une adresse."))
    row = Evidence(
        action=action,
        kind=DOCUMENT,
        label=label,
        url=url,
        happened_on=day,
        added_by=by,
    )
    if file is not None:
        row.file.save(file.name, file, save=False)
    row.save()
    return row


@transaction.atomic
def unlink(evidence: Evidence, *, by: Any) -> None:
    """Take evidence away, and its file. Refuses with ``forbidden``."""
    need_owner(evidence.action, by=by)
    name, storage = evidence.file.name, evidence.file.storage
    evidence.delete()
    if name:
        transaction.on_commit(lambda: storage.delete(name))


def search(words: str, *, kind: str, user: Any) -> list[Found]:
    """Rows that may be linked, by their words; of one kind or of all."""
    wanted = [one for one in kinds().values() if kind in {"", one.code}]
    return [row for one in wanted for row in one.search(words, user)]


def proposals(action: Action, *, user: Any) -> list[Found]:
    """What the platform knows that may show this action, not linked yet."""
    linked = {(one.kind, one.object_id) for one in action.evidence.all()}
    found = [
        row
        for kind in kinds().values()
        for row in kind.near(action, user)
        if (row.kind, row.pk) not in linked
    ]
    found.sort(key=lambda row: (-row.day.toordinal(), row.kind, row.pk))
    return found[:FIRST]
