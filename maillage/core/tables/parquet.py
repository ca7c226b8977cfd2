"""Write things as Parquet, the columnar format of those who compute."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from maillage.core.tables.columns import Column

#: How each type of column is stored; all others are texts, as they are in a CSV file.
TYPES = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "decimal": pa.float64(),
    "cents": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
ROWS = 20_000  # in memory at once


def write_parquet(
    path: Path, things: Iterable[Any], columns: Sequence[Column], *, title: str
) -> None:
    """A file with the columns of the CSV; label and unit are in the metadata of each."""
    schema = schema_of(columns, title=title)
    rows = ([cell_of(column, thing) for column in columns] for thing in things)
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in batches(rows):
            cells = zip(*batch, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(cells, schema, strict=True)]
            file.write_batch(pa.record_batch(arrays, schema=schema))


def batches(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    while batch := list(islice(rows, ROWS)):
        yield batch


def schema_of(columns: Sequence[Column], *, title: str) -> pa.Schema:
    fields = [
        pa.field(
            column.code,
            TYPES.get(column.type, pa.string()),
            metadata={
                "title": str(column.label),
                "unit": column.unit,
                "description": str(column.about),
            },
        )
        for column in columns
    ]
    return pa.schema(fields, metadata={"title": title})


def cell_of(column: Column, thing: Any) -> Any:
    """The value as its type has it: a day is a day, yes is true, a text is a text."""
    value = column.of(thing)
    if column.type == "boolean" or (column.type == "date" and type(value) is dt.date):
        return value
    cell = column.write(value)
    if cell is None:
        return None
    if column.type in {"number", "decimal", "cents"}:
        return float(cell)
    return cell if column.type in TYPES else str(cell)
