"""Filter, count, sort and map published things from columns kept in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maillage.core.models import Entry


@dataclass(frozen=True)
class Query:
    """What a list, a search, a map or the API asks for.

    Values of one facet are alternatives; facets add up. ``near`` is (lon, lat) in
    degrees, ``bounds`` is (west, south, east, north).
    """

    kinds: tuple[str, ...] = ()
    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    near: tuple[float, float] | None = None
    within_km: float | None = None
    bounds: tuple[float, float, float, float] | None = None
    sort: str = ""


@dataclass(frozen=True)
class FacetValue:
    value: str
    label: str
    count: int
    is_selected: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    values: list[FacetValue]


__all__ = ["Entry", "Facet", "FacetValue", "Query"]
