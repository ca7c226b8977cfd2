"""Turn the workbook on standard input into JSON lines; run as its own process.

A workbook of a few kilobytes may ask for gigabytes: the process has a limit of
memory and of time, and its death is an answer like another. Formulas are never
computed: their stored result is read.
"""

import datetime as dt
import io
import json
import resource
import sys
from typing import Any

import python_calamine


def main(memory: int, seconds: int, most_rows: int, most_columns: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    book = python_calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    names = visible(book)
    for name in names:
        sheet = book.get_sheet_by_name(name)
        if not sheet.height:
            continue
        if sheet.total_height > 2 * most_rows:
            return say({"refused": "rows"})
        if sheet.total_width > 2 * most_columns:
            return say({"refused": "columns"})
        say({"sheet": name, "others": len(names) > 1})
        return write(sheet)
    return say({"refused": "empty"})


def visible(book: Any) -> list[str]:
    shown = python_calamine.SheetVisibleEnum.Visible
    work = python_calamine.SheetTypeEnum.WorkSheet
    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible == shown and sheet.typ == work
    ]


def write(sheet: Any) -> None:
    for line, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
        texts = [text_of(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            say([line, texts])


def text_of(cell: object) -> str:
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def say(thing: object) -> None:
    sys.stdout.write(json.dumps(thing))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
