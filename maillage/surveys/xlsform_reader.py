"""Turn the sheets of an XLSForm on standard input into JSON lines; run by itself.

As ``core.intake.sheet_reader``: limits of memory and of time, and formulas are never
computed, only their stored results are read.
"""

import io
import json
import resource
import sys
from typing import Any

import python_calamine

SHEETS = ("survey", "choices", "settings")


def main(memory: int, seconds: int, most_rows: int, most_columns: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    book = python_calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    named = {name.strip().lower(): name for name in reversed(book.sheet_names)}
    say({"sheets": book.sheet_names[:50]})
    for name in SHEETS:
        if name in named:
            sheet = book.get_sheet_by_name(named[name])
            if sheet.total_height > most_rows or sheet.total_width > most_columns:
                return say({"refused": name})
            write(name, sheet)
    return None


def write(name: str, sheet: Any) -> None:
    for start, _end in sheet.merged_cell_ranges or ():
        say([name, "merged", start[0] + 1, start[1]])
    if not sheet.height:
        return
    for line, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
        texts = [text_of(cell) for cell in cells]
        if any(texts):
            say([name, "row", line, texts])


def text_of(cell: object) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell).strip()


def say(thing: object) -> None:
    sys.stdout.write(json.dumps(thing))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
