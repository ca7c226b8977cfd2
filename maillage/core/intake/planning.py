"""Say what an imported file would do, without doing it."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from maillage.core.intake.files import Problem, Row, Table
from maillage.core.intake.headers import Layout, Matched, match_header
from maillage.core.intake.schemas import OWN, Finish, Keys, Pending, Reading, Schema
from maillage.core.models import FormerKey
from maillage.core.publishing import Publishable
from maillage.core.tables.columns import BadCell, Column

CREATE, CHANGE, LEAVE, REFUSE = "create", "change", "leave", "refuse"
Progress = Callable[[str, int, int], object]  # what, done, out of


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Difference:
    column: str
    label: str
    before: str
    after: str


@dataclass
class Item:
    """What happens to one row; ``values`` are by attribute of the model."""

    line: int
    key: str
    name: str
    action: str
    values: dict[str, Any] = field(default_factory=dict)
    pk: int | None = None
    version: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass
class Plan:
    """What an import would create, change, leave and refuse, row by row."""

    schema: Schema
    source: str
    items: list[Item]
    problems: list[Problem]
    notes: list[str]
    columns: list[str]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(item.action for item in self.items)
        return {name: found[name] for name in (CREATE, CHANGE, LEAVE, REFUSE)}

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.fatal]

    @property
    def remarks(self) -> list[Problem]:
        return [problem for problem in self.problems if not problem.fatal]

    @property
    def digest(self) -> str:
        """The same for two plans that would write the same things."""
        told = hashlib.sha256()
        for item in self.items:
            if item.action in {CREATE, CHANGE}:
                seen = [(d.column, d.before, d.after) for d in item.differences]
                told.update(json.dumps([item.action, item.pk, item.key, seen]).encode())
        return told.hexdigest()


def make_plan(
    table: Table,
    *,
    schema: Schema,
    source: str,
    layout: Layout | None = None,
    progress: Progress = silent,
) -> Plan:
    """Compare a table with what the site holds.

    Rows are recognised by ``source`` and their key. Refuses with
    ``missing_column`` or ``duplicate_column``.
    """
    matched = match_header(table.header, schema.columns, mapping=layout)
    reader = RowReader(schema, matched, table, layout=layout)
    problems, bad = list(table.problems), {p.line for p in table.problems if p.fatal}
    keys = [reader.key_of(row) for row in table.rows]
    finish = schema.prepare(source, set(keys))
    known = existing(schema.model, keys=set(keys), source=source)
    merged = merged_keys(schema.model, source=source) - known.keys()
    links = related_values(schema, [thing.pk for thing in known.values()])
    writer = Teller(schema, known)
    items: list[Item] = []
    first_line: dict[str, int] = {}
    for number, (row, key) in enumerate(zip(table.rows, keys, strict=True)):
        if number % 1000 == 0:
            progress("check", number, len(table.rows))
        reading = reader.read(row)
        if first_line.setdefault(key, row.line) != row.line:
            told = {"key": key, "line": first_line[key]}
            reading.tell(
                "key", _("La clé « %(key)s » est déjà à la ligne %(line)d.") % told
            )
        finish(reading)
        problems += reading.problems
        item = Item(row.line, key, str(reading.values.get("name", ""))[:200], REFUSE)
        if key in merged:
            item.action = LEAVE
            told_merged = _("Cette fiche a été réunie avec une autre : ligne laissée.")
            problems.append(Problem(row.line, told_merged, fatal=False))
        elif reading.is_good and row.line not in bad:
            decide(item, reading, known.get(key), links=links, writer=writer)
        items.append(item)
    progress("check", len(table.rows), len(table.rows))
    problems.sort(key=lambda problem: (problem.line, problem.column))
    notes = [*table.notes, *told_unknown(matched)]
    return Plan(schema, source, items, problems, notes, sorted(matched.places))


def told_unknown(matched: Matched) -> Iterator[str]:
    for title, near in matched.unknown:
        if near:
            yield _("Colonne inconnue, ignorée : « %(title)s » (« %(near)s » ?).") % {
                "title": title,
                "near": near,
            }
        else:
            yield _("Colonne inconnue, ignorée : « %s ».") % title


class RowReader:
    """Reads the cells of rows with the columns that the header has."""

    def __init__(
        self, schema: Schema, matched: Matched, table: Table, *, layout: Layout | None
    ) -> None:
        self.layout = layout or Layout("", "", schema.kind)
        self.places = dict(matched.places)
        fixed = self.layout.fixed
        present = [
            c for c in schema.columns if c.code in self.places or c.code in fixed
        ]
        self.columns = [c for c in present if c.field]
        self.required = {c.code for c in present if c.is_required}
        self.titles = {code: table.header[n] for code, n in self.places.items()}
        self.seen: dict[tuple[str, str], Any] = {}

    def key_of(self, row: Row) -> str:
        place = self.places.get("key")
        return "" if place is None else row.cells[place][:200]

    def cells(self, row: Row) -> dict[str, str]:
        found = {code: row.cells[place] for code, place in self.places.items()}
        for code, text in self.layout.fixed.items():
            found[code] = found.get(code) or text
        for code, words in self.layout.words.items():
            if code in found:
                found[code] = words.get(found[code], found[code])
        return found

    def read(self, row: Row) -> Reading:
        cells = self.cells(row)
        reading = Reading(row.line, cells, numbers=self.places, titles=self.titles)
        for column in self.columns:
            self._read_cell(reading, column, cells.get(column.code, ""))
        for code in self.required:
            if not cells.get(code):
                reading.tell(code, _("Cette cellule doit être remplie."))
        if len(cells.get("key", "")) > 80:
            reading.tell("key", _("La clé dépasse 80 caractères."))
        return reading

    def _read_cell(self, reading: Reading, column: Column, cell: str) -> None:
        try:
            value = self._value(column, cell)
        except BadCell as bad:
            lenient = column.code in self.layout.lenient
            why = str(bad)
            if lenient:
                why = _("%s Laissé vide.") % why
                reading.values[column.field] = column.empty
            reading.tell(column.code, why, fatal=not lenient)
        else:
            reading.values[column.field] = value

    def _value(self, column: Column, cell: str) -> Any:
        """Read a cell, remembering short words that come back."""
        if column.type not in {"term", "terms", "choice", "boolean"}:
            return column.read(cell)
        known = self.seen.get((column.code, cell))
        if known is None:
            known = self.seen[column.code, cell] = column.read(cell)
        return list(known) if isinstance(known, list) else known


class Teller:
    """Writes values as people read them in a table of differences."""

    def __init__(self, schema: Schema, known: Mapping[str, Publishable]) -> None:
        self.columns = {c.field: c for c in schema.columns if c.field}
        self.model = schema.model
        self.names: dict[tuple[str, int], str] = {}

    def text(self, attribute: str, value: Any) -> str:
        column = self.columns[attribute]
        if isinstance(value, Pending):
            return value.key
        if column.type in {"reference", "references"}:
            numbers = value if isinstance(value, list) else [value]
            return ", ".join(self._name(attribute, n) for n in numbers if n)
        if column.type == "commune":
            return str(value or "")
        written = column.write(value)
        return "" if written is None else str(written)

    def _name(self, attribute: str, pk: int | Pending) -> str:
        if isinstance(pk, Pending):
            return pk.key
        if (attribute, pk) not in self.names:
            field: Any = self.model._meta.get_field(attribute.removesuffix("_id"))
            row = field.related_model._default_manager.filter(pk=pk).first()
            self.names[attribute, pk] = str(row or pk)
        return self.names[attribute, pk]


def decide(
    item: Item,
    reading: Reading,
    thing: Publishable | None,
    *,
    links: Mapping[str, Mapping[int, list[int]]],
    writer: Teller,
) -> None:
    """Fill in what happens to a row that has no error."""
    item.values = reading.values
    if thing is None:
        item.action = CREATE
        return
    item.pk, item.version, item.action = thing.pk, thing.version, LEAVE
    changed = {}
    for attribute, value in reading.values.items():
        if attribute in links:
            before: Any = links[attribute].get(thing.pk, [])
        else:
            before = getattr(thing, attribute)
        if same(before, value):
            continue
        changed[attribute] = value
        column = writer.columns[attribute]
        item.differences.append(
            Difference(
                column.code,
                str(column.label),
                writer.text(attribute, before),
                writer.text(attribute, value),
            )
        )
    item.values = changed
    if changed:
        item.action = CHANGE


def same(before: Any, after: Any) -> bool:
    if isinstance(before, float) and isinstance(after, float):
        return abs(before - after) < 1e-9
    if isinstance(before, str) and isinstance(after, str):
        return before.replace("\r\n", "\n").strip() == after
    if isinstance(before, list) and all(isinstance(one, str) for one in before):
        return sorted(before) == sorted(after)
    return bool(before == after)


def existing(
    model: type[Publishable], *, keys: set[str], source: str
) -> dict[str, Any]:
    """Things that a file speaks of, by its key."""
    rows = model._default_manager.filter(source=source).exclude(source_key="")
    found = {row.source_key: row for row in rows.iterator(chunk_size=5000)}
    found = {key: row for key, row in found.items() if key in keys}
    lost = keys - found.keys()
    if source != OWN or not lost:
        return found
    slugs = Keys(model, source=source).by_slug
    numbers = {slugs[key]: key for key in lost if key in slugs}
    every = model._default_manager.all()
    for start in range(0, len(numbers), 500):
        pks = list(numbers)[start : start + 500]
        found |= {numbers[row.pk]: row for row in every.filter(pk__in=pks)}
    return found


def merged_keys(model: type[Publishable], *, source: str) -> set[str]:
    """Keys of this source whose record was merged into another one."""
    former = FormerKey.objects.filter(kind=model.code, source=source)
    return {*former.values_list("source_key", flat=True)}


def related_values(schema: Schema, pks: list[int]) -> dict[str, dict[int, list[int]]]:
    """Numbers of the many-to-many rows of each thing, by field."""
    found: dict[str, dict[int, list[int]]] = {}
    for name in schema.related:
        field: Any = schema.model._meta.get_field(name)
        through, own, other = links_of(field)
        rows: dict[int, list[int]] = {}
        for start in range(0, len(pks), 500):
            pairs = through._default_manager.filter(
                **{f"{own}__in": pks[start : start + 500]}
            )
            for mine, theirs in pairs.order_by(other).values_list(own, other):
                rows.setdefault(mine, []).append(theirs)
        found[name] = {pk: sorted(numbers, key=str) for pk, numbers in rows.items()}
    return found


def links_of(field: Any) -> tuple[type[models.Model], str, str]:
    """The table of a many-to-many field, and its two columns."""
    through = field.remote_field.through
    return (
        through,
        f"{field.m2m_field_name()}_id",
        f"{field.m2m_reverse_field_name()}_id",
    )


__all__ = [
    "CHANGE",
    "CREATE",
    "LEAVE",
    "REFUSE",
    "Difference",
    "Finish",
    "Item",
    "Plan",
    "make_plan",
]
