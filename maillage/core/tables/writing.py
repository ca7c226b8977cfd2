"""Write things as CSV, XLSX, ODS or GeoJSON, row after row, never all in memory."""

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from stream_write_ods import stream_write_ods

from maillage.core.tables.columns import Column

#: What a formula begins with; some spreadsheets take the wide signs for the plain ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARK = "\ufeff"  # tells spreadsheets that the text is UTF-8
#: What XML cannot carry, whatever a text holds.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST = 32_767  # characters a spreadsheet takes in one cell
Cell = str | int | float | None


def disarmed(cell: Cell) -> Cell:
    """A text that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def cells_of(thing: Any, columns: Sequence[Column]) -> list[Cell]:
    return [disarmed(column.write(column.of(thing))) for column in columns]


def typed_cells(thing: Any, columns: Sequence[Column]) -> list[Cell | dt.date]:
    """The cells of a workbook, where a day is a day."""
    cells: list[Cell | dt.date] = []
    for column in columns:
        value = column.of(thing)
        is_day = type(value) is dt.date
        cells.append(value if is_day else disarmed(column.write(value)))
    return cells


def csv_lines(
    things: Iterable[Any], columns: Sequence[Column], *, separator: str = ";"
) -> Iterator[str]:
    """The lines of a CSV file, its mark and header first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    buffer.write(MARK)
    writer.writerow([column.code for column in columns])
    for thing in things:
        writer.writerow(["" if c is None else c for c in cells_of(thing, columns)])
        if buffer.tell() > 32_768:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def write_xlsx(
    path: Path, things: Iterable[Any], columns: Sequence[Column], *, title: str
) -> None:
    """A workbook with a frozen header; every text is a text, every number a number."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(title[:31])
        head = book.add_format({"bold": True, "bg_color": "#e3efee", "border": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(columns) - 1, 18)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.code, head)
        line = 0
        for line, thing in enumerate(things, 1):
            for place, cell in enumerate(typed_cells(thing, columns)):
                if isinstance(cell, dt.date) and cell.year >= 1900:
                    sheet.write_datetime(line, place, cell, day)
                elif isinstance(cell, str | dt.date):  # XLSX has no day before 1900
                    sheet.write_string(line, place, str(cell)[:LONGEST])
                elif cell is not None:
                    sheet.write_number(line, place, cell)
        sheet.autofilter(0, 0, max(line, 1), len(columns) - 1)


def ods_pieces(
    things: Iterable[Any], columns: Sequence[Column], *, title: str
) -> Iterator[bytes]:
    """An OpenDocument workbook piece by piece, as :func:`write_xlsx` writes one."""
    head = [column.code for column in columns]
    rows = ([plain(c) for c in typed_cells(thing, columns)] for thing in things)
    pieces: Iterator[bytes] = stream_write_ods(
        [(title[:31], head, rows)], encoders=ENCODERS
    )
    return pieces


def plain(cell: Cell | dt.date) -> Cell | dt.date:
    """A cell that XML can carry."""
    if not isinstance(cell, str):
        return cell
    return UNWRITABLE.sub("", cell)[:LONGEST]


#: How each type stands in an ODS file: type, attribute, style, text. The attribute
#: of a text keeps the line ends that its paragraph would lose.
ENCODERS = (
    (dt.date, ("date", "office:date-value", "date", dt.date.isoformat)),
    (int, ("float", "office:value", None, str)),
    (float, ("float", "office:value", None, str)),
    (str, ("string", "office:string-value", None, str)),
    (type(None), (None, None, None, lambda _nothing: None)),
)


def geojson_lines(things: Iterable[Any], columns: Sequence[Column]) -> Iterator[str]:
    """A feature collection (RFC 7946), one feature a line; no place, no geometry."""
    yield '{"type": "FeatureCollection", "features": [\n'
    first = True
    for thing in things:
        feature = json.dumps(feature_of(thing, columns), ensure_ascii=False)
        yield feature if first else f",\n{feature}"
        first = False
    yield "\n]}\n"


def feature_of(thing: Any, columns: Sequence[Column]) -> dict[str, Any]:
    where = thing.position
    point = {"type": "Point", "coordinates": list(where)} if where else None
    properties = {
        column.code: json_value(column, column.of(thing)) for column in columns
    }
    return {"type": "Feature", "geometry": point, "properties": properties}


def json_value(column: Column, value: Any) -> Any:
    """A value as JSON has it: lists and booleans stay what they are."""
    if column.type in {"terms", "references", "boolean", "pairs"}:
        return value
    return column.write(value)


def table_schema(
    code: str, title: str, columns: Sequence[Column], *, key: Sequence[str] = ()
) -> dict[str, Any]:
    """The columns as a Frictionless Table Schema; ``key`` or the first one tells rows."""
    return {
        "name": code,
        "title": title,
        "primaryKey": list(key) if len(key) > 1 else (*key, columns[0].code)[0],
        "missingValues": [""],
        "fields": [field_of(column) for column in columns],
    }


def field_of(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.code,
        "title": str(column.label),
        "description": str(column.about),
        "type": column.schema_type,
    }
    constraints: dict[str, Any] = {}
    if column.is_required:
        constraints["required"] = True
    if column.type in {"term", "choice"}:
        constraints["enum"] = list(dict.fromkeys(column.words.values()))
    if column.max_length:
        constraints["maxLength"] = column.max_length
    if column.type == "boolean":
        field |= {"trueValues": ["oui"], "falseValues": ["non"]}
    if constraints:
        field["constraints"] = constraints
    if column.example:
        field["example"] = column.example
    return field
