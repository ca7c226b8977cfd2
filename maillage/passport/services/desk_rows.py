"""The four statements of every passage, written by hand.

Each is a line of SQL that both databases read alike and that takes them some tens of
microseconds; to have it built anew by the ORM took ten times as long. Names of tables
and columns come from the models.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model, QuerySet

from maillage.passport.models import CheckIn, Use

#: What a door is told again, where it was, and whose.
READ = ("id", "nonce", "outcome", "reason", "flag", "place_id", "pseudonym", "happened_at")  # fmt: skip
#: Rows of one statement: SQLite takes 32,766 values.
MANY = 500


@cache
def table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


@cache
def stored(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    """The columns that a new row has a value for."""
    return tuple(one for one in model._meta.concrete_fields if not one.primary_key)


def columns(model: type[Model]) -> str:
    return ", ".join(str(one.column) for one in stored(model))


def marks(values: Collection[object]) -> str:
    return f"({', '.join(['%s'] * len(values))})"


def passages(
    nonces: Collection[str],
    *,
    months: Collection[str],
    names: Collection[str],
    between: tuple[dt.datetime, dt.datetime],
) -> list[CheckIn]:
    """Those with these numbers, and those of these pseudonyms between two instants."""
    wanted, values = f"nonce IN {marks(nonces)}", list[Any](nonces)
    if names:
        wanted += f" OR (month IN {marks(months)} AND pseudonym IN {marks(names)}"
        wanted += " AND happened_at BETWEEN %s AND %s)"
        moments = map(connection.ops.adapt_datetimefield_value, between)
        values += [*months, *names, *moments]
    asked = f"SELECT {', '.join(READ)} FROM {table(CheckIn)} WHERE {wanted}"  # noqa: S608 -- names and marks only
    return list(CheckIn.objects.raw(asked, values))


def uses(tokens: Collection[str]) -> list[Use]:
    """The uses with these tokens, locked in the order of their keys."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    asked = (
        f"SELECT id, {columns(Use)} FROM {table(Use)} WHERE token IN {marks(tokens)}"  # noqa: S608 -- names and marks only
    )
    return list(Use.objects.raw(f"{asked} ORDER BY token{lock}", [*tokens]))


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model in their order; their keys are not told."""
    model = type(rows[0])
    fields = stored(model)
    for start in range(0, len(rows), MANY):
        part = rows[start : start + MANY]
        values = [
            one.get_db_prep_save(getattr(row, one.attname), connection)
            for row in part
            for one in fields
        ]
        each = ", ".join([marks(fields)] * len(part))
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table(model)} ({columns(model)}) VALUES {each}", values)  # fmt: skip  # noqa: S608 -- names and marks only


def save_uses(rows: Collection[Use]) -> None:
    """Write how often; rows that are new are made, in the order of their tokens."""
    ordered = sorted(rows, key=lambda row: row.token)
    if new := [row for row in ordered if row._state.adding]:
        insert(new)
    if kept := [row for row in ordered if not row._state.adding]:
        changed: QuerySet[Use] = Use.objects.all()
        changed.bulk_update(kept, ["times", "last_on"], batch_size=MANY)
