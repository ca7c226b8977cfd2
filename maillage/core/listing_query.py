"""What is asked of a list, and how an address says it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from maillage.core.listing_columns import current_shelf
from maillage.core.listing_facets import facets_of, param
from maillage.core.publishing import kinds as all_kinds

MAX_TEXT = 200
MAX_VALUES = 50  # of one facet in one address
MAX_KM = 500.0
MOST = 1e30  # the columns of numbers hold float32
CODE = re.compile(r"[\w.-]{1,120}")
SORTS = ("relevance", "distance", "name", "recent")


@dataclass(frozen=True)
class Query:
    """What a list, a search, a map or the API asks for.

    Values of one facet are alternatives; facets add up. ``near`` is (lon, lat) in
    degrees, ``bounds`` is (west, south, east, north). ``ranges`` bounds the numbers
    of ``Publishable.facts``: (least, most), either may be None. ``sort`` is empty
    for the natural order (relevance of a text, distance from a point, else name),
    ``name``, ``recent``, ``distance``, ``relevance``, or a fact: ``year``, ``-year``.
    """

    kinds: tuple[str, ...] = ()
    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    near: tuple[float, float] | None = None
    within_km: float | None = None
    bounds: tuple[float, float, float, float] | None = None
    sort: str = ""
    ranges: Mapping[str, tuple[float | None, float | None]] = field(
        default_factory=dict
    )
    #: For one kind: whether a thing may be found, by its number; all when None.
    only: Any = field(default=None, compare=False)


def read_query(params: QueryDict, *, kinds: Sequence[str] = ()) -> Query:
    """Read an address: what is unknown or makes no sense is left out, never an error.

    ``q``, ``sort``, ``near=lon,lat`` or ``commune=INSEE`` with ``km``,
    ``bbox=west,south,east,north``, ``<fact>_min`` and ``<fact>_max``, ``kind`` and
    one parameter for each facet (``theme``, ``audience``, ``category``…), repeated
    for alternatives.
    """
    filters: dict[str, tuple[str, ...]] = {}
    for name in ("kind", *facets_of(tuple(kinds))):
        given = [
            *params.getlist(param(name)),
            *(params.getlist(name) if param(name) != name else []),
        ]
        values = tuple(dict.fromkeys(v for v in given if CODE.fullmatch(v)))[
            :MAX_VALUES
        ]
        if name == "kind":
            values = tuple(v for v in values if v in (kinds or all_kinds()))
        if values:
            filters[name] = values
    near = numbers(params.get("near", ""), 2)
    if near and not on_earth(*near):
        near = None
    km = numbers(params.get("km", ""), 1)
    within = min(max(km[0], 0.0), MAX_KM) if km else None
    if within is not None and near is None and (commune := filters.get("commune")):
        near = commune_position(commune[0])
        if near:
            del filters["commune"]
    bounds = numbers(params.get("bbox", ""), 4)
    if bounds and not (on_earth(*bounds[:2]) and on_earth(*bounds[2:])):
        bounds = None
    return Query(
        kinds=tuple(kinds),
        text=" ".join(params.get("q", "").replace("\x00", " ").split())[:MAX_TEXT],
        filters=filters,
        near=(near[0], near[1]) if near else None,
        within_km=within if near else None,
        bounds=(bounds[0], bounds[1], bounds[2], bounds[3]) if bounds else None,
        sort=read_sort(params.get("sort", ""), kinds),
        ranges=read_ranges(params, kinds),
    )


def facts_of(kinds: Sequence[str]) -> list[str]:
    known = all_kinds()
    return list(
        dict.fromkeys(
            fact
            for kind in kinds or known
            if kind in known
            for fact in known[kind].list_facts
        )
    )


def read_sort(value: str, kinds: Sequence[str]) -> str:
    known = value in SORTS or value.removeprefix("-") in facts_of(kinds)
    return value if known else ""


def read_ranges(
    params: QueryDict, kinds: Sequence[str]
) -> dict[str, tuple[float | None, float | None]]:
    found: dict[str, tuple[float | None, float | None]] = {}
    for name in facts_of(kinds):
        least = numbers(params.get(f"{name}_min", ""), 1)
        most = numbers(params.get(f"{name}_max", ""), 1)
        if least or most:
            found[name] = (least[0] if least else None, most[0] if most else None)
    return found


def numbers(text: str, count: int) -> tuple[float, ...] | None:
    """So many numbers separated by commas, none out of bounds, or nothing."""
    parts = text.split(",") if len(text) <= 100 else []
    if len(parts) != count:
        return None
    try:
        found = tuple(float(part) for part in parts)
    except ValueError:
        return None
    return found if all(abs(number) < MOST for number in found) else None


def on_earth(lon: float, lat: float) -> bool:
    return abs(lon) <= 180 and abs(lat) <= 90


def commune_position(insee: str) -> tuple[float, float] | None:
    return current_shelf().positions.get(insee)
