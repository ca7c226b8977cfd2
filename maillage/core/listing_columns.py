"""Columns of every public entry, kept in memory and brought up to date by the stamp.

A shelf never changes: a change makes a new one, so that a page that is being made
goes on with what it began with.
"""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from django.apps import apps
from django.conf import settings
from numpy.typing import NDArray

from maillage.core.entries import entries_version
from maillage.core.keeping import Keeper
from maillage.core.models import Entry
from maillage.kernels import postings

Column = NDArray[Any]

#: Facets of which a thing has one value at most; others are bit masks.
SINGLE = frozenset({"category", "family", "department", "epci", "commune", "owner"})
PLACES = ("department", "epci", "commune")
KEY = 48  # letters of a name that its place in the alphabet depends on
FRESH = 4000  # rows kept in the small segment before both are joined
CHUNK = 5000


class Row(NamedTuple):
    """What is read of each entry."""

    pk: int
    version: int
    is_public: bool
    kind: str
    object_id: int
    name: str
    owner_name: str
    lon: float | None
    lat: float | None
    is_example: bool
    is_verified: bool
    facets: dict[str, list[str]]
    facts: dict[str, Any]
    changed_at: dt.datetime
    name_terms: str
    body_terms: str


@dataclass(frozen=True)
class Shelf:
    """What is known of the entries at one version of the stamp.

    columns : by name, one line for each entry: pk, object_id, kind, alive, lon, lat…
        ``mask:x`` are the bits of a facet, (n, words); ``code:x`` the number of the
        one value of a single facet; ``fact:x`` a number, NaN where unknown.
    order : (n,) lines in the order of the alphabet; ``rank`` is its inverse.
    values : numbers of the values of each facet.
    labels : what the values of facets without vocabulary are called.
    positions : (lon, lat) of communes.
    lines : the line of each entry, by its key in the database.
    segments : the words of all entries, and those of lines changed since (``fresh``).
    memory : what readers have worked out from this shelf and may need again.
    origin : the same object for all shelves that were renewed from one first reading.
    """

    version: int = 0
    size: int = 0
    columns: Mapping[str, Column] = field(default_factory=dict)
    order: Column = field(default_factory=lambda: np.empty(0, np.int32))
    rank: Column = field(default_factory=lambda: np.empty(0, np.int32))
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    lines: Mapping[int, int] = field(default_factory=dict)
    segments: tuple[postings.Segment, postings.Segment] = (
        postings.EMPTY,
        postings.EMPTY,
    )
    fresh: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict, compare=False)
    origin: object = field(default_factory=object, compare=False)

    def column(self, name: str, *, blank: Any) -> Column:
        """A column, or one of blanks when no entry has had it."""
        found = self.columns.get(name)
        return np.full(self.size, blank) if found is None else found

    @property
    def is_fresh(self) -> Column:
        """Lines whose words are in the small segment."""
        return self.column("fresh", blank=False)


def sort_key(name: str) -> bytes:
    """Where a name stands in the alphabet: accents and capitals do not count."""
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").casefold())
    return plain.encode("ascii", "ignore").lstrip(b" '\"-")[:KEY]


def merged(shelf: Shelf, rows: Iterable[tuple[Any, ...]], *, version: int = 0) -> Shelf:
    """The shelf with entries written anew, added or withdrawn."""
    lines = dict(shelf.lines)
    values = {name: dict(codes) for name, codes in shelf.values.items()}
    labels = {name: dict(known) for name, known in shelf.labels.items()}
    owners = labels.setdefault("owner", {})
    texts: dict[int, tuple[str, str]] = {}
    builder = postings.Builder()
    parts: list[dict[str, Column]] = []
    targets: list[int] = []
    for some in chunks(rows, CHUNK):
        known = [row for row in some if row.pk in lines or row.is_public]
        version = max([version, *(row.version for row in some)])
        for row in known:
            line = lines.setdefault(row.pk, len(lines))
            targets.append(line)
            # With a search backend, only names are sought here: to suggest and to mend.
            body = row.body_terms if settings.SEARCH_ENGINE == "memory" else ""
            if shelf.size:
                texts[line] = row.name_terms, body
            else:
                builder.add(line, row.name_terms, body)
            if owner := row.facets.get("owner"):
                owners[owner[0]] = row.owner_name
        parts.append(columns_of(known, values))
    size, places = len(lines), np.array(targets, np.int64)
    part = stacked(parts)
    part["fresh"] = np.full(len(targets), shelf.size > 0)
    columns = {
        name: laid(shelf.columns.get(name), part.get(name), places, size)
        for name in shelf.columns.keys() | part.keys()
    }
    order = reordered(shelf.order, columns["key"], places)
    rank = np.empty(size, dtype=np.int32)
    rank[order] = np.arange(size, dtype=np.int32)
    if shelf.size:
        segments, fresh = reindexed(shelf, texts, columns)
    else:
        segments, fresh = (builder.segment(), postings.EMPTY), {}
    return replace(
        shelf,
        version=version,
        size=size,
        columns=columns,
        order=order,
        rank=rank,
        values=values,
        labels=labels,
        lines=lines,
        segments=segments,
        fresh=fresh,
        memory={},
    )


def chunks(rows: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[Any]]:
    """Rows by so many, so that a first reading does not hold all of them at once."""
    some: list[Any] = []
    for row in rows:
        some.append(Row(*row))
        if len(some) == size:
            yield some
            some = []
    yield some


def stacked(parts: Sequence[Mapping[str, Column]]) -> dict[str, Column]:
    """Parts one below the other, blanks where one has not a column of the others."""
    lengths = [len(part["pk"]) for part in parts]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    found: dict[str, Column] = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        known = [part[name] for part in parts if name in part]
        width = [max(part.shape[1] for part in known)] if known[0].ndim == 2 else []
        blank = BLANKS[known[0].dtype.kind]
        found[name] = np.full((starts[-1], *width), blank, known[0].dtype)
        for start, length, part in zip(starts, lengths, parts, strict=False):
            if name in part and width:
                here = part[name]
                found[name][start : start + length, : here.shape[1]] = here
            elif name in part:
                found[name][start : start + length] = part[name]
    return found


def columns_of(
    rows: Sequence[Row], values: dict[str, dict[str, int]]
) -> dict[str, Column]:
    """The columns of some entries; gives numbers to values not met before."""
    kinds = values.setdefault("kind", {})
    columns: dict[str, Column] = {
        "pk": np.array([row.pk for row in rows], np.int64),
        "object_id": np.array([row.object_id for row in rows], np.int64),
        "kind": np.array(
            [kinds.setdefault(row.kind, len(kinds)) for row in rows], np.int8
        ),
        "alive": np.array([row.is_public for row in rows], bool),
        "lon": np.array([row.lon for row in rows], np.float32),
        "lat": np.array([row.lat for row in rows], np.float32),
        "is_example": np.array([row.is_example for row in rows], bool),
        "is_verified": np.array([row.is_verified for row in rows], bool),
        "changed": np.array([row.changed_at.timestamp() for row in rows]),
        "key": np.array([sort_key(row.name) for row in rows], f"S{KEY}"),
        "words": np.array([len(row.name_terms.split()) for row in rows], np.int16),
    }
    facets = [row.facets for row in rows]
    for name in dict.fromkeys(name for found in facets for name in found):
        codes = values.setdefault(name, {})
        if name in SINGLE:
            columns[f"code:{name}"] = numbered(facets, name, codes)
        else:
            columns[f"mask:{name}"] = masked(facets, name, codes)
    facts = [row.facts for row in rows]
    for name in dict.fromkeys(name for found in facts for name in found):
        column = [number(found.get(name)) for found in facts]
        columns[f"fact:{name}"] = np.array(column, np.float32)
    return columns


def number(value: Any) -> float:
    return value if isinstance(value, int | float) else float("nan")


def numbered(
    facets: Iterable[Mapping[str, list[str]]], name: str, codes: dict[str, int]
) -> Column:
    found = [row.get(name) for row in facets]
    return np.array(
        [codes.setdefault(value[0], len(codes)) if value else -1 for value in found],
        np.int32,
    )


def masked(
    facets: Sequence[Mapping[str, list[str]]], name: str, codes: dict[str, int]
) -> Column:
    numbers = [
        [codes.setdefault(value, len(codes)) for value in row.get(name, ())]
        for row in facets
    ]
    words = max(1, -(-len(codes) // 64))
    lines = np.repeat(np.arange(len(facets)), [len(found) for found in numbers])
    bits = np.array([bit for found in numbers for bit in found], np.int64)
    columns = np.zeros((len(facets), words), np.uint64)
    one = np.left_shift(np.uint64(1), (bits % 64).astype(np.uint64))
    np.bitwise_or.at(columns, (lines, bits // 64), one)
    return columns


BLANKS = {"f": np.nan, "u": 0, "i": -1, "b": False, "S": b""}


def laid(old: Column | None, new: Column | None, targets: Column, size: int) -> Column:
    """A column of ``size`` lines: the old ones, and the new ones at ``targets``."""
    parts = [part for part in (old, new) if part is not None]
    blank = BLANKS[parts[0].dtype.kind]
    width = [max(part.shape[1] for part in parts)] if parts[0].ndim == 2 else []
    column = np.full((size, *width), blank, dtype=parts[-1].dtype)
    lines = np.arange(len(old)) if old is not None else targets[:0]
    for held, part in ((lines, old), (targets, new)):
        column[held] = blank
        if part is not None and width:
            column[held, : part.shape[1]] = part
        elif part is not None:
            column[held] = part
    return column


def reordered(order: Column, keys: Column, targets: Column) -> Column:
    """The alphabet again, after the names of some lines have changed."""
    moved = np.zeros(len(keys), bool)
    moved[targets] = True
    still = order[~moved[order]]
    new = targets[np.argsort(keys[targets], kind="stable")]
    places = np.searchsorted(keys[still], keys[new], side="right")
    return np.insert(still, places, new).astype(np.int32)


def reindexed(
    shelf: Shelf,
    texts: Mapping[int, tuple[str, str]],
    columns: dict[str, Column],
) -> tuple[tuple[postings.Segment, postings.Segment], Mapping[int, tuple[str, str]]]:
    """Index the words of changed lines: apart, then with all others once they are many."""
    fresh = {**shelf.fresh, **texts}
    builder = postings.Builder()
    for line, text in sorted(fresh.items()):
        builder.add(line, *text)
    small = builder.segment()
    if len(fresh) <= FRESH:
        return (shelf.segments[0], small), fresh
    is_fresh = columns["fresh"]
    one = postings.join([(shelf.segments[0], ~is_fresh), (small, is_fresh)])
    columns["fresh"] = np.zeros_like(is_fresh)
    return (one, postings.EMPTY), {}


def territories() -> dict[str, Any]:
    """Names of the territories and where communes are, from the app above this one."""
    labels = {}
    for name in PLACES:
        model: Any = apps.get_model("territories", name)
        labels[name] = dict(model._default_manager.values_list("pk", "name"))
    rows = model._default_manager.values_list("pk", "lon", "lat")
    return {"labels": labels, "positions": {pk: (lon, lat) for pk, lon, lat in rows}}


def renewed(held: Shelf | None, version: int) -> Shelf:
    """The shelf with what has changed; all anew if the stamp went back."""
    if held is None or held.version > version or not held.size:
        held = Shelf(**territories())
    rows = Entry.objects.since(held.version).order_by("pk").values_list(*Row._fields)
    shelf = merged(held, rows.iterator(chunk_size=CHUNK), version=version)
    if all(
        shelf.values.get(name, {}).keys() <= shelf.labels[name].keys()
        for name in PLACES
    ):
        return shelf
    new = territories()
    new["labels"] = {**shelf.labels, **new["labels"]}
    return replace(shelf, **new, memory={})


KEEPER: Keeper[Shelf, int] = Keeper(
    fits=lambda held, version: held.version == version, renew=renewed
)


def current_shelf() -> Shelf:
    """The shelf as the database is; one query when nothing has changed."""
    return KEEPER.now(entries_version)
