"""A table as the answer to a request: the one way of all lists that give a file."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from maillage.core.tables.columns import Column
from maillage.core.tables.writing import csv_lines, ods_pieces, write_xlsx

#: The forms of a table, and what each one is called on the wire.
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
#: The same for the pattern of an address.
FORMS = "|".join(TYPES)


def table_file(
    things: Iterable[Any], columns: Sequence[Column], *, name: str, form: str = "csv"
) -> HttpResponse:
    """A list of some thousand lines at most, to be kept under ``name``.

    Raises ``KeyError`` for a form that is not in :data:`TYPES`.
    """
    answer = HttpResponse(content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    if form == "csv":
        answer.writelines(csv_lines(things, columns))
        return answer
    if form == "ods":
        answer.writelines(ods_pieces(things, columns, title=name))
        return answer
    with tempfile.TemporaryDirectory(dir=settings.VAR) as folder:
        path = Path(folder) / "table.xlsx"
        write_xlsx(path, things, columns, title=name)
        answer.write(path.read_bytes())
    return answer
