"""The history of a record, as a person reads it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.changes import FieldChange, readable
from maillage.core.choices import State
from maillage.core.values import past_snapshot


@dataclass(frozen=True)
class Version:
    """One step of the history: who, when, why, and what it changed."""

    past: Any
    who: str
    title: str
    changes: list[FieldChange]
    is_current: bool


def versions(thing: Any, rows: list[Any], *, older: Any) -> list[Version]:
    """The steps of some rows of the history, the latest first.

    ``older`` is the row before them, if any. Steps in which nothing that people see
    has changed are left out.
    """
    found = []
    latest = thing.history.order_by("-history_id").values_list("pk", flat=True).first()
    snapshots = [past_snapshot(thing, row) for row in rows]
    befores: list[Any] = [*rows[1:], older]
    for place, (row, before) in enumerate(zip(rows, befores, strict=True)):
        if place + 1 < len(rows):
            values = snapshots[place + 1]
        else:
            values = past_snapshot(thing, before) if before else {}
        changes = readable(type(thing), values, snapshots[place])
        title = title_of(row, before)
        if changes or title:
            found.append(
                Version(
                    past=row,
                    who=str(row.history_user) if row.history_user else "",
                    title=title or _("Modification"),
                    changes=changes if before else [],
                    is_current=row.pk == latest,
                )
            )
    return found


def title_of(row: Any, before: Any) -> str:
    """What happened besides the values; empty if nothing did."""
    if row.history_change_reason:
        return str(row.history_change_reason)
    if before is None:
        return _("Création")
    if row.state != before.state:
        return _("État : %(state)s") % {"state": State(row.state).label}
    if row.verified_on != before.verified_on:
        return _("Confirmée à jour")
    return ""
