"""Files of open data: made once for each state of the site, then sent as they are."""

import datetime as dt
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from maillage.core.entries import entries_version
from maillage.core.models import Entry
from maillage.core.tables.columns import Column
from maillage.core.tables.sending import TYPES as TABLE_TYPES
from maillage.core.tables.writing import (
    csv_lines,
    geojson_lines,
    ods_pieces,
    table_schema,
    write_xlsx,
)
from maillage.interchange.datasets import DATASETS, Dataset
from maillage.territories.models import Commune

TYPES = {
    **TABLE_TYPES,
    "geojson": "application/geo+json",
    "json": "application/json",
}
#: Raised when files of the same data would look different.
FORMAT = 2


def version_of(dataset: Dataset) -> str:
    """A word that changes whenever the file would."""
    if dataset.kind:
        return f"{entries_version()}-{FORMAT}"
    if dataset.code == "communes":
        return f"{perimeter_day()}-{dataset.count()}-{FORMAT}"
    rows = [line.cells for line in dataset.things(None)]
    return f"{hashlib.sha256(repr(rows).encode()).hexdigest()[:12]}-{FORMAT}"


def perimeter_day() -> dt.date | None:
    days = Commune.objects.order_by().values_list("valid_on", flat=True)
    return days.first()


def changed_at(dataset: Dataset) -> dt.datetime | None:
    """When the rows last changed; unknown while there are none."""
    if dataset.kind:
        entries = Entry.objects.filter(kind=dataset.kind).order_by("-version", "-pk")
        return entries.values_list("changed_at", flat=True).first()
    zone = timezone.get_current_timezone()
    if dataset.code == "communes":
        day = perimeter_day()
        return dt.datetime.combine(day, dt.time(), tzinfo=zone) if day else None
    times = [path.stat().st_mtime for path in dataset.files() if path.exists()]
    return dt.datetime.fromtimestamp(max(times), tz=zone) if times else None


def ready_file(dataset: Dataset, *, form: str) -> Path:
    """The file of a whole dataset, made if the site has changed since."""
    folder = Path(settings.VAR) / "exports"
    path = folder / f"{dataset.code}-{version_of(dataset)}.{form}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{secrets.token_hex(8)}.{form}"
        try:
            write_file(draft, dataset, dataset.things(None), form=form)
            old = list(folder.glob(f"{dataset.code}-*.{form}"))
            draft.replace(path)
            for stale in old:
                stale.unlink(missing_ok=True)
        finally:
            draft.unlink(missing_ok=True)
    return path


def write_file(
    path: Path, dataset: Dataset, things: Iterable[Any], *, form: str
) -> None:
    with translation.override("fr"):
        title = str(dataset.title)
        if form == "xlsx":
            write_xlsx(path, things, dataset.columns, title=title)
            return
        if form == "ods":
            with path.open("wb") as book:
                book.writelines(ods_pieces(things, dataset.columns, title=title))
            return
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines_of(dataset, things, form=form))
        file.flush()
        os.fsync(file.fileno())


def lines_of(dataset: Dataset, things: Iterable[Any], *, form: str) -> Iterator[str]:
    """A text file piece by piece: CSV with semicolons or commas, or GeoJSON."""
    if form == "geojson":
        return geojson_lines(things, dataset.columns)
    return csv_lines(things, dataset.columns)


def schema_of(dataset: Dataset) -> str:
    told = table_schema(dataset.code, str(dataset.title), dataset.columns)
    return json.dumps(told, ensure_ascii=False, indent=2)


def dictionary_lines(columns: Sequence[Column]) -> Iterator[str]:
    """The data dictionary itself as a CSV file."""
    return csv_lines(columns, DICTIONARY)


DICTIONARY = (
    Column("code", "code", value=lambda column: column.code),
    Column("libelle", "libellé", value=lambda column: str(column.label)),
    Column("type", "type", value=lambda column: column.type_label),
    Column(
        "obligatoire", "obligatoire", "boolean", value=lambda column: column.is_required
    ),
    Column("unite", "unité", value=lambda column: column.unit),
    Column("vocabulaire", "vocabulaire", value=lambda column: column.vocabulary),
    Column("exemple", "exemple", value=lambda column: column.example),
    Column("description", "description", value=lambda column: str(column.about)),
)


def columns_page(*, made: str) -> str:
    """The data dictionary of every dataset, for the documentation."""
    lines = ["# Colonnes des fichiers", "", made]
    lines += ["Les mêmes à l’import et à l’export ; `/donnees/` les montre aussi.", ""]
    for dataset in DATASETS.values():
        lines += [f"## {dataset.code} — {dataset.title}", "", str(dataset.about), ""]
        lines += [
            "| colonne | libellé | type | précision |",
            "| --- | --- | --- | --- |",
        ]
        lines += [column_row(column) for column in dataset.columns]
        lines.append("")
    return "\n".join(lines)


def column_row(column: Column) -> str:
    more = [str(column.about), column.unit and f"en {column.unit}", column.vocabulary]
    if column.is_required:
        more.insert(0, "obligatoire")
    told = " ; ".join(part for part in more if part).replace("|", "\\|")
    kind = column.type_label.replace("|", "\\|")
    return f"| `{column.code}` | {column.label} | {kind} | {told} |"
