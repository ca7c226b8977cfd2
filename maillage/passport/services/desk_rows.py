"""The four statements of every passage, written by hand.

Each is a line of SQL that both databases read alike and that takes them some tens of
microseconds; to have it built anew by the ORM took ten times as long. Names of tables
and columns come from the models.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model, QuerySet

from maillage.passport.models import CheckIn, Use

M = TypeVar("M", bound=Model)
#: A column, and what is done to a value of it one after the other.
Readers = tuple[Any, list[Any]]
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


def columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(one.attname for one in stored(model))


@cache
def plan(model: type[M], names: tuple[str, ...]) -> tuple[str, list[Readers]]:
    """The start of a statement that reads these columns, and what makes values of them."""
    fields = [one for one in model._meta.concrete_fields if one.attname in names]
    found = []
    for one in fields:
        column = one.get_col(model._meta.db_table)
        found.append((column, [
            *connection.ops.get_db_converters(column), *column.get_db_converters(connection),
        ]))  # fmt: skip
    told = ", ".join(str(one.column) for one in fields)
    return f"SELECT {told} FROM {table(model)}", found  # noqa: S608 -- names only


def read(
    model: type[M], names: tuple[str, ...], wanted: str, values: Sequence[Any]
) -> list[M]:
    """Rows of which these columns are read, as ``Model.objects.raw`` would give them."""
    start, readers = plan(model, names)
    with connection.cursor() as cursor:
        cursor.execute(f"{start} {wanted}", values)
        rows = cursor.fetchall()
    kept = {column.target.attname for column, _each in readers}
    found = []
    for row in rows:
        ready = list(row)
        for rank, (column, each) in enumerate(readers):
            for one in each:
                ready[rank] = one(ready[rank], column, connection)
        found.append(model.from_db(connection.alias, kept, ready))
    return found


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
    return read(CheckIn, READ, f"WHERE {wanted}", values)


def uses(tokens: Collection[str]) -> list[Use]:
    """The uses with these tokens, locked in the order of their keys."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    wanted = f"WHERE token IN {marks(tokens)} ORDER BY token{lock}"
    return read(Use, ("id", *columns(Use)), wanted, [*tokens])


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
            cursor.execute(f"INSERT INTO {table(model)} ({', '.join(columns(model))}) VALUES {each}", values)  # fmt: skip  # noqa: S608 -- names and marks only


def save_uses(rows: Collection[Use]) -> None:
    """Write how often; rows that are new are made, in the order of their tokens."""
    ordered = sorted(rows, key=lambda row: row.token)
    if new := [row for row in ordered if row._state.adding]:
        insert(new)
    if kept := [row for row in ordered if not row._state.adding]:
        changed: QuerySet[Use] = Use.objects.all()
        changed.bulk_update(kept, ["times", "last_on"], batch_size=MANY)
