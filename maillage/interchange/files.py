"""Files of open data: made once for each state of the site, then sent as they are."""

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from maillage.core.context import region
from maillage.core.tables.columns import Column
from maillage.core.tables.parquet import write_parquet
from maillage.core.tables.sending import TYPES as TABLE_TYPES
from maillage.core.tables.writing import (
    csv_lines,
    geojson_lines,
    ods_pieces,
    table_schema,
    write_xlsx,
)
from maillage.interchange.datasets import DATASETS, Dataset

TYPES = {
    **TABLE_TYPES,
    "geojson": "application/geo+json",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}
#: Raised when files of the same data would look different.
FORMAT = 2


def version_of(dataset: Dataset) -> str:
    """A word that changes whenever the file would."""
    return f"{dataset.word}-{FORMAT}"


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
        if form == "parquet":
            write_parquet(path, things, dataset.columns, title=title)
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


def schema_table(dataset: Dataset) -> dict[str, Any]:
    """Its Table Schema."""
    title = str(dataset.title)
    return table_schema(dataset.code, title, dataset.columns, key=dataset.key)


def schema_of(dataset: Dataset) -> str:
    told = schema_table(dataset)
    return json.dumps(told, ensure_ascii=False, indent=2)


@dataclass(frozen=True)
class Described:
    """A dataset as search engines read it (schema.org, Dataset)."""

    dataset: Dataset
    is_public: ClassVar[bool] = True

    def schema_org(self) -> dict[str, Any]:
        card = region()
        site = settings.SITE_URL
        code = self.dataset.code
        return {
            "@type": "Dataset",
            "name": str(self.dataset.title),
            "description": str(self.dataset.about),
            "url": site + reverse("interchange:dataset_detail", args=[code]),
            "license": card["data"]["licence_url"],
            "creator": {
                "@type": "Organization",
                "name": card["agency"]["name"],
                "url": card["agency"]["website"],
            },
            "distribution": [
                {
                    "@type": "DataDownload",
                    "encodingFormat": TYPES[form].partition(";")[0],
                    "contentUrl": site
                    + reverse("interchange:dataset_file", args=[code, form]),
                }
                for form in self.dataset.formats
            ],
        }


def package_of(datasets: Iterable[Dataset]) -> str:
    """All tables with their schemas, as a Frictionless Data Package."""
    card = region()
    told = {
        "name": card["slug"],
        "title": card["site_name"],
        "homepage": settings.SITE_URL,
        "licenses": [
            {"title": card["data"]["licence"], "path": card["data"]["licence_url"]}
        ],
        "resources": [table_resource(dataset) for dataset in datasets],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def table_resource(dataset: Dataset) -> dict[str, Any]:
    address = reverse("interchange:dataset_file", args=[dataset.code, "csv"])
    return {
        "name": dataset.code,
        "title": str(dataset.title),
        "description": str(dataset.about),
        "path": settings.SITE_URL + address,
        "profile": "tabular-data-resource",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
        "dialect": {"delimiter": ";", "lineTerminator": "\r\n"},
        "schema": schema_table(dataset),
    }


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
