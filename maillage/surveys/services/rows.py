"""Rows of repeated groups: added, taken away, brought back with their answers."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.surveys.definition import Repeat
from maillage.surveys.models import RepeatRow, Response
from maillage.surveys.services.answering import Writer, hold, need_writable, touch
from maillage.surveys.services.sheets import Filled, fill


@transaction.atomic
def add_row(
    response: Response, group: str, *, writer: Writer, now: dt.datetime, today: dt.date
) -> RepeatRow:
    """Add an empty row to a repeated group. Refuses with ``full`` and as above."""
    row = hold(response)
    need_writable(row, writer=writer, today=today)
    filled = fill(row)
    part = group_part(filled, group)
    if len(filled.kept_rows(group)) >= part.at_most:
        raise Refused("full", _("Pas plus de %d lignes.") % part.at_most)
    number = row.revision + 1
    ranks = [one.rank for one in filled.rows.get(group, [])]
    made: RepeatRow = RepeatRow.objects.create(
        response=row,
        group=group,
        key=secrets.token_hex(5),
        rank=max(ranks, default=0) + 1,
        at_revision=number,
    )
    touch(row, number=number, now=now)
    return made


@transaction.atomic
def set_row(
    response: Response,
    group: str,
    key: str,
    *,
    is_removed: bool,
    writer: Writer,
    now: dt.datetime,
    today: dt.date,
) -> RepeatRow:
    """Take a row away, or back: its answers are kept. Refuses with ``gone``, ``full``."""
    row = hold(response)
    need_writable(row, writer=writer, today=today)
    filled = fill(row)
    part = group_part(filled, group)
    found = next((one for one in filled.rows[group] if one.key == key), None)
    if found is None:
        raise Refused("gone", _("Cette ligne n’existe plus."))
    if not is_removed and len(filled.kept_rows(group)) >= part.at_most:
        raise Refused("full", _("Pas plus de %d lignes.") % part.at_most)
    if found.is_removed != is_removed:
        number = row.revision + 1
        found.is_removed, found.at_revision = is_removed, number
        found.save(update_fields=["is_removed", "at_revision"])
        touch(row, number=number, now=now)
    return found


def group_part(filled: Filled, group: str) -> Repeat:
    step = filled.book.steps.get(group)
    if step is None or not isinstance(step.part, Repeat):
        raise Refused("gone", _("Ce groupe de questions n’existe plus."))
    return step.part
