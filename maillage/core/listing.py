"""Filter, count, sort and map published things from columns kept in memory."""

import contextlib
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db import DatabaseError, connection

from maillage.core.listing_columns import KEEPER, SINGLE, Column, Shelf, current_shelf
from maillage.core.listing_facets import (
    Facet,
    FacetValue,
    facet_of,
    list_facets,
)
from maillage.core.listing_query import Query, read_query
from maillage.core.models import Entry
from maillage.core.search import Match, match
from maillage.kernels.geo import EARTH_KM, great_circle_km

PAGE = 24


@dataclass(frozen=True)
class Points:
    """Positions of what was found, for a map; (n,) columns and what codes mean."""

    lon: Column
    lat: Column
    pk: Column
    kind: Column
    category: Column
    family: Column
    kinds: list[str]
    categories: list[str]
    families: list[str]

    def __len__(self) -> int:
        return len(self.lon)


class Listing:
    """What a query has found. Nothing more is read until a page is asked for."""

    def __init__(self, shelf: Shelf, query: Query, lines: Column, found: Match) -> None:
        self.shelf = shelf
        self.query = query
        self.correction = found.correction
        self.facets: list[Facet] = []
        self._lines = lines
        self._scores = found.scores
        self._keys: Column | None = None

    @property
    def lines(self) -> Column:
        """The lines of the shelf that were found, in no order."""
        return self._lines

    @property
    def total(self) -> int:
        return len(self._lines)

    def page_count(self, size: int = PAGE) -> int:
        """How many pages there are; one, empty, when nothing is found."""
        return max(1, -(-self.total // size))

    def page(self, number: int, size: int = PAGE) -> list[Entry]:
        """One page of entries, in order; 1 is the first. Costs one query."""
        start = max(0, number - 1) * size
        lines = self.first(start + size)[start:]
        pks = self.shelf.columns["pk"][lines].tolist() if len(lines) else []
        if not pks:
            return []
        found = Entry.objects.defer("name_terms", "body_terms").in_bulk(pks)
        kilometres = self.distances(lines)
        entries = []
        for place, pk in enumerate(pks):
            if pk in found:
                entry = found[pk]
                if kilometres is not None and np.isfinite(kilometres[place]):
                    entry.distance_km = float(kilometres[place])
                entries.append(entry)
        return entries

    def pks(self) -> list[int]:
        """The ids of the things themselves, in order; for a query of one kind."""
        if not self.total:
            return []
        found: list[int] = self.shelf.columns["object_id"][self.ordered()].tolist()
        return found

    def points(self) -> Points:
        """Where all that was found is, in no order; things without place left out."""
        shelf = self.shelf
        lon = shelf.column("lon", blank=np.nan)[self._lines]
        lines = self._lines[~np.isnan(lon)]
        return Points(
            lon=shelf.column("lon", blank=np.nan)[lines],
            lat=shelf.column("lat", blank=np.nan)[lines],
            pk=shelf.column("pk", blank=0)[lines],
            kind=shelf.column("kind", blank=-1)[lines],
            category=shelf.column("code:category", blank=-1)[lines],
            family=shelf.column("code:family", blank=-1)[lines],
            kinds=list(shelf.values.get("kind", ())),
            categories=list(shelf.values.get("category", ())),
            families=list(shelf.values.get("family", ())),
        )

    def distances(self, lines: Column) -> Column | None:
        """Kilometres from where the query is asked to lines; NaN without a place."""
        if self.query.near is None:
            return None
        return kilometres_from(self.shelf, self.query.near, lines)

    def ordered(self) -> Column:
        return self.first(self.total)

    def first(self, count: int) -> Column:
        """The first lines, in order; sorts no more of them than it must."""
        if self._keys is None:
            self._keys = self._order() if self.total else self._lines
        lines, keys = self._lines, self._keys
        if count * 4 < len(keys):
            few = np.argpartition(keys, count)[:count]
            lines, keys = lines[few], keys[few]
        return lines[np.argsort(keys)][:count]

    def _order(self) -> Column:
        """A number for each line to sort by; no two are alike."""
        lines, shelf, sort = self._lines, self.shelf, self.query.sort
        if not sort or (sort == "relevance" and self._scores is None):
            sort = "name" if self.query.near is None else "distance"
            sort = "relevance" if self._scores is not None else sort
        key = shelf.rank[lines].astype(np.int64)
        fact = shelf.columns.get(f"fact:{sort.removeprefix('-')}")
        if sort == "relevance" and self._scores is not None:
            score = np.round(self._scores[lines] * 1000).astype(np.int64)
            key += (1 - 2 * score - shelf.columns["is_verified"][lines]) * shelf.size
        elif sort == "distance" and self.query.near is not None:
            key += sortable(chords(shelf, self.query.near, lines)) * shelf.size
        elif sort == "recent":
            age = -(shelf.columns["changed"][lines] * 1000)
            key += age.astype(np.int64) * shelf.size
        elif fact is not None:
            values = -fact[lines] if sort.startswith("-") else fact[lines]
            key += sortable(values) * shelf.size
        return key


def sortable(values: Column) -> Column:
    """Whole numbers in the order of float32 ones; NaN comes last."""
    bits = np.nan_to_num(values, nan=np.inf).astype(np.float32).view(np.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)


def find(query: Query, *, facets: Sequence[str] = ()) -> Listing:
    """Find public entries; count the named facets.

    A facet counts as if nothing were chosen in it, so that one sees what choosing
    another value would bring. Costs one small query when nothing has changed.
    """
    shelf = current_shelf()
    return find_on(shelf, query, facets=facets)


def find_on(shelf: Shelf, query: Query, *, facets: Sequence[str] = ()) -> Listing:
    base, found = narrowed(shelf, query)
    chosen = {
        name: holding(shelf, name, values)
        for name, values in query.filters.items()
        if values
    }
    everything = base.copy()
    for mask in chosen.values():
        everything &= mask
    lines = np.flatnonzero(everything)
    listing = Listing(shelf, query, lines, found)
    whole = Query(kinds=query.kinds, filters=query.filters, near=query.near)
    is_plain = replace(query, sort="") == whole and query.only is None
    for name in facets:
        others = [mask for other, mask in chosen.items() if other != name]
        counted = lines
        if name in chosen:
            counted = np.flatnonzero(np.logical_and.reduce([base, *others]))
        listing.facets.append(
            facet_of(
                shelf,
                name,
                counted,
                query.filters.get(name, ()),
                query.kinds,
                is_all=is_plain and not others,
            )
        )
    return listing


def narrowed(shelf: Shelf, query: Query) -> tuple[Column, Match]:
    """Lines that all but the facets let through."""
    mask = shelf.column("alive", blank=False).copy()
    if query.kinds:
        mask &= holding(shelf, "kind", query.kinds)
    if query.only is not None and shelf.size:
        numbers = shelf.columns["object_id"]
        mask &= query.only[np.minimum(numbers, len(query.only) - 1)]
    found = match(shelf, query.text, among=mask)
    if found.mask is not None:
        mask = found.mask
    lon, lat = (shelf.column(name, blank=np.nan) for name in ("lon", "lat"))
    if query.bounds:
        west, south, east, north = query.bounds
        mask &= (lat >= south) & (lat <= north)
        across = (lon >= west, lon <= east)
        mask &= across[0] & across[1] if west <= east else across[0] | across[1]
    for name, (least, most) in query.ranges.items():
        fact = shelf.column(f"fact:{name}", blank=np.nan)
        if least is not None:
            mask &= fact >= least
        if most is not None:
            mask &= fact <= most
    if query.near and query.within_km is not None:
        most = 2 * np.sin(min(query.within_km / EARTH_KM, np.pi) / 2)
        mask &= chords(shelf, query.near, slice(None)) <= most**2
    return mask, found


def kilometres_from(shelf: Shelf, point: tuple[float, float], lines: Column) -> Column:
    lon, lat = (shelf.columns[name][lines].astype(float) for name in ("lon", "lat"))
    known = ~np.isnan(lon)
    far = np.full(len(lines), np.nan)
    here = np.array([point[0]]), np.array([point[1]])
    far[known] = great_circle_km(*here, lon[known], lat[known])
    return far


def chords(shelf: Shelf, point: tuple[float, float], lines: Any) -> Column:
    """Squares of the straight lines from a point, on a globe of radius 1.

    They are in the order of the distances, at a tenth of the price.
    """
    if "globe" not in shelf.memory:
        places = (shelf.column(name, blank=np.nan) for name in ("lon", "lat"))
        shelf.memory["globe"] = on_globe(*places).astype(np.float32)
    here = on_globe(*(np.array([degrees]) for degrees in point)).astype(np.float32)
    x, y, z = (shelf.memory["globe"][lines] - here).T
    squares: Column = x * x + y * y + z * z
    return squares


def on_globe(lon: Column, lat: Column) -> Column:
    """(n, 3) points of the globe of radius 1."""
    x, y = np.radians(lon.astype(float)), np.radians(lat.astype(float))
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def holding(shelf: Shelf, name: str, values: Sequence[str]) -> Column:
    """Lines that hold one of the values of a facet."""
    codes = [
        code for v in values if (code := shelf.values.get(name, {}).get(v)) is not None
    ]
    if not codes:
        return np.zeros(shelf.size, bool)
    if name == "kind" or name in SINGLE:
        table = np.zeros(len(shelf.values[name]) + 1, bool)  # -1 is the last: unknown
        table[codes] = True
        return table[shelf.columns["kind" if name == "kind" else f"code:{name}"]]
    mask = np.zeros(shelf.size, bool)
    column = shelf.columns[f"mask:{name}"]
    for word in {code // 64 for code in codes}:
        bits = sum(1 << (code % 64) for code in codes if code // 64 == word)
        mask |= (column[:, word] & np.uint64(bits)) != 0
    return mask


#: What apps keep in memory beside the shelf, to be read before the first page too.
READERS: list[Callable[[Shelf], object]] = []


def forget() -> None:
    """Drop what this process remembers: for tests, and for a restored database."""
    KEEPER.forget()


def warm() -> None:
    """Read the entries before the first page asks for them.

    What is read stays: the collector need not go through millions of objects again
    and again, in the middle of a page.
    """
    with contextlib.suppress(DatabaseError):  # nothing to read before the tables exist
        shelf = current_shelf()
        for reader in READERS:
            reader(shelf)
    connection.close()
    gc.collect()
    gc.freeze()


__all__ = [
    "Entry",
    "Facet",
    "FacetValue",
    "Listing",
    "Points",
    "Query",
    "find",
    "forget",
    "list_facets",
    "read_query",
    "warm",
]
