"""One entry, two uses: an answer that its respondent lets update the directory.

The respondent consents field by field; nothing is written before the agency has accepted
the response, and never over what the record has become since: then both are shown.
"""

import datetime as dt
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core import services
from maillage.core.errors import Refused
from maillage.core.records import need_agency
from maillage.core.values import plain, snapshot
from maillage.directory.models import Structure
from maillage.surveys.choices import ResponseState, UpdateState
from maillage.surveys.definition import QuestionSpec
from maillage.surveys.models import DirectoryUpdate, Response
from maillage.surveys.running import Sheet
from maillage.surveys.services.answering import Writer
from maillage.surveys.services.sheets import Filled


@dataclass(frozen=True)
class Candidate:
    """A field that an answer would change."""

    spec: QuestionSpec
    field: str
    label: str
    before: Any
    after: Any


def as_field(field: str, value: Any) -> Any:
    """An answer as the directory keeps it."""
    return plain(Structure._meta.get_field(field), value)


def candidates(filled: Filled, sheet: Sheet) -> list[Candidate]:
    """The fields that the answers would change; none without a structure."""
    structure = filled.unit.structure
    if structure is None:
        return []
    found = []
    for spec, place in filled.places():
        value = filled.value(place)
        if not spec.updates or not sheet.asks(*place) or value is None:
            continue
        before = snapshot(structure, [spec.updates])[spec.updates]
        after = as_field(spec.updates, value)
        if before != after:
            field: Any = Structure._meta.get_field(spec.updates)
            label = str(field.verbose_name)
            found.append(Candidate(spec, spec.updates, label, before, after))
    return found


def ask_updates(
    filled: Filled,
    sheet: Sheet,
    *,
    consents: Container[str],
    writer: Writer,
    now: dt.datetime,
) -> None:
    """Note what the respondent lets update the directory, and what not."""
    response = filled.response
    response.updates.exclude(state=UpdateState.APPLIED).delete()
    done = set(response.updates.values_list("field", flat=True))
    DirectoryUpdate.objects.bulk_create(
        DirectoryUpdate(
            response=response,
            question=one.spec.code,
            field=one.field,
            before=one.before,
            after=one.after,
            state=(
                UpdateState.CONSENTED if one.field in consents else UpdateState.REFUSED
            ),
            decided_at=now,
            decided_by=writer.name[:120],
        )
        for one in candidates(filled, sheet)
        if one.field not in done
    )


def is_stale(update: DirectoryUpdate, structure: Structure) -> bool:
    """The record has changed since the respondent consented."""
    current = snapshot(structure, [update.field])[update.field]
    return bool(current not in (update.before, update.after))


@transaction.atomic
def apply_update(
    update: DirectoryUpdate, *, by: Any, now: dt.datetime, over: bool = False
) -> DirectoryUpdate:
    """Write a consented answer into the record of its structure.

    Its history says from which survey. Refuses with ``forbidden``, ``state``,
    ``accepted`` when the response is not, ``gone``, ``invalid``, and with ``stale`` when
    the record says something else by now, unless ``over``.
    """
    need_agency(by)
    rows = DirectoryUpdate.objects.select_for_update(of=("self",))
    row = rows.select_related("response__unit__wave", "response__unit__structure").get(
        pk=update.pk
    )
    if row.state != UpdateState.CONSENTED:
        raise Refused("state", _("Cette mise à jour n’attend pas d’être reportée."))
    if row.response.state != ResponseState.ACCEPTED:
        raise Refused("accepted", _("Acceptez d’abord la réponse."))
    structure = row.response.unit.structure
    if structure is None:
        raise Refused("gone", _("La structure n’est plus dans l’annuaire."))
    if is_stale(row, structure) and not over:
        raise Refused(
            "stale",
            _("La fiche a changé depuis la réponse : comparez avant de reporter."),
        )
    note = _("Enquête : %(wave)s") % {"wave": row.response.unit.wave.name}
    try:
        services.change(
            structure,
            values={row.field: row.after},
            version=structure.version,
            by=by,
            now=now,
            note=note,
        )
    except Refused as no:
        if no.code != "nothing":  # somebody has written the same meanwhile
            raise
    row.state, row.decided_at = UpdateState.APPLIED, now
    row.save(update_fields=["state", "decided_at"])
    return row


@transaction.atomic
def leave_update(
    update: DirectoryUpdate, *, by: Any, now: dt.datetime
) -> DirectoryUpdate:
    """Leave the record as it is. Refuses with ``forbidden`` or ``state``."""
    need_agency(by)
    rows = DirectoryUpdate.objects.select_for_update(of=("self",))
    row: DirectoryUpdate = rows.get(pk=update.pk)
    if row.state != UpdateState.CONSENTED:
        raise Refused("state", _("Cette mise à jour n’attend pas d’être reportée."))
    row.state, row.decided_at, row.decided_by = UpdateState.REFUSED, now, str(by)[:120]
    row.save(update_fields=["state", "decided_at", "decided_by"])
    return row


def apply_all(response: Response, *, by: Any, now: dt.datetime) -> tuple[int, int]:
    """Write all that is consented and not stale; returns how many, and how many not."""
    done = left = 0
    for update in response.updates.filter(state=UpdateState.CONSENTED):
        try:
            apply_update(update, by=by, now=now)
        except Refused as no:
            if no.code not in {"stale", "invalid", "gone"}:
                raise
            left += 1
        else:
            done += 1
    return done, left
