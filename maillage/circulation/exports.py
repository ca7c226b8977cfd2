"""Copies as rows of a file: the columns of imports, and where each one is."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.circulation.imports import COPY_COLUMNS
from maillage.circulation.models import Copy
from maillage.circulation.whereabouts import Whereabouts, whereabouts
from maillage.core.tables.columns import Column

CHUNK = 1000


def next_start(where: Whereabouts) -> dt.date | None:
    return where.following.starts_on if where.following else None


def of_copy(column: Column) -> Column:
    """The column of a copy, read from where it is."""
    facts = {**vars(column), "value": lambda where: column.of(where.copy)}
    facts.pop("words", None)
    facts.pop("names", None)
    return Column(**facts)


COLUMNS: tuple[Column, ...] = (
    *(of_copy(column) for column in COPY_COLUMNS),
    Column("state", _("état"), value=lambda where: where.copy.get_state_display()),
    Column("where", _("où il est"), value=lambda where: where.text),
    Column("next_loan", _("prochain prêt"), type="date", value=next_start),
)


def export_rows(copies: Any, *, today: dt.date) -> Iterator[Whereabouts]:
    """Copies with where they are, a thousand at a time."""
    rows: Sequence[Copy] = list(copies)
    for start in range(0, len(rows), CHUNK):
        yield from whereabouts(rows[start : start + CHUNK], today=today)
