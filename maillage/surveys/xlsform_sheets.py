"""The sheets of an XLSForm as rows of named cells, read within bounds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name

from maillage.core.errors import Refused
from maillage.core.intake.files import clean
from maillage.core.intake.sheets import in_a_cage, weigh

READER = Path(__file__).with_name("xlsform_reader.py")
MAX_BYTES = 5_000_000
MAX_INFLATED = 40_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_MEMORY = 1_000_000_000
MAX_SECONDS = 20
#: Names that XLSForm takes for the same column.
ALIASES = {
    "caption": "label",
    "command": "type",
    "tag": "name",
    "relevance": "relevant",
    "bind::relevant": "relevant",
    "bind::required": "required",
    "bind::constraint": "constraint",
    "bind::calculate": "calculation",
    "calculate": "calculation",
    "constraining message": "constraint_message",
    "bind::jr:constraintmsg": "constraint_message",
    "control::appearance": "appearance",
    "body::appearance": "appearance",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "control::jr:count": "repeat_count",
    "read_only": "readonly",
    "bind::readonly": "readonly",
    "list name": "list_name",
    "title": "form_title",
    "set form title": "form_title",
    "id_string": "form_id",
    "set form id": "form_id",
    "default language": "default_language",
}


@dataclass(frozen=True)
class Trouble:
    """Something that cannot be read, where a person can find it."""

    sheet: str
    line: int
    column: str
    message: str


@dataclass(frozen=True)
class Line:
    """A row: its cells by the name of their column, « label::en » for a language."""

    sheet: str
    number: int
    cells: dict[str, str]
    letters: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def trouble(self, name: str, message: str) -> Trouble:
        letter = self.letters.get(name, "")
        column = f"{letter} ({name})" if letter else ""
        return Trouble(self.sheet, self.number, column, message)


@dataclass
class Sheet:
    name: str
    columns: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)


def read_sheets(data: bytes) -> dict[str, Sheet]:
    """The sheets ``survey``, ``choices`` and ``settings``.

    Refuses with ``too_large``, ``bomb``, ``not_a_table``, ``too_many_rows`` or
    ``no_survey``.
    """
    if len(data) > MAX_BYTES:
        message = _("Ce fichier dépasse %d Mo : ce n’est pas un questionnaire.")
        raise Refused("too_large", message % (MAX_BYTES // 1_000_000))
    weigh(data, most=MAX_INFLATED)
    lines = in_a_cage(
        READER, data, memory=MAX_MEMORY, seconds=MAX_SECONDS, rows=MAX_ROWS,
        columns=MAX_COLUMNS,
    )  # fmt: skip
    told = [json.loads(line) for line in lines]
    sheets = {name: Sheet(name) for name in ("survey", "choices", "settings")}
    headers: dict[str, list[str]] = {}
    for one in told:
        if isinstance(one, dict):
            refuse(one)
            continue
        name, sort, line, cells = one
        if sort == "merged":
            sheets[name].merged.append(line)
        elif name not in headers:
            headers[name] = [normal(cell) for cell in cells]
            sheets[name].columns = headers[name]
        else:
            sheets[name].lines.append(as_line(name, line, headers[name], cells))
    if "survey" not in headers:
        names: list[str] = next((one["sheets"] for one in told if "sheets" in one), [])
        message = _("Il manque la feuille « survey ». Le classeur contient : %s.")
        raise Refused("no_survey", message % ", ".join(map(str, names)))
    return sheets


def refuse(told: dict[str, Any]) -> None:
    if "refused" in told:
        message = _(
            "La feuille « %(sheet)s » dépasse %(rows)d lignes ou %(columns)d colonnes : "
            "ce n’est pas un questionnaire."
        )
        words = {"sheet": told["refused"], "rows": MAX_ROWS, "columns": MAX_COLUMNS}
        raise Refused("too_many_rows", message % words)


def normal(header: str) -> str:
    """A name of column as we call it; the language of « label::English (en) » stays."""
    name, mark, language = header.strip().partition("::")
    if mark and name.strip().lower() in {"bind", "body", "control"}:
        name, mark, language = header.strip(), "", ""
    plain = " ".join(name.strip().lower().split())
    plain = ALIASES.get(plain, plain)
    if plain.replace(" ", "_") in {"constraint_message", "guidance_hint", "list_name"}:
        plain = plain.replace(" ", "_")
    return f"{plain}::{language.strip()}" if mark else plain


def as_line(name: str, number: int, headers: list[str], cells: list[str]) -> Line:
    texts = [cell if cell.isprintable() else clean(cell) for cell in cells]
    pairs = [(head, cell) for head, cell in zip(headers, texts, strict=False) if head]
    letters = {
        head: str(xl_col_to_name(place)) for place, head in enumerate(headers) if head
    }
    return Line(name, number, {head: cell for head, cell in pairs if cell}, letters)
