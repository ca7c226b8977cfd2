"""Figures that the portal computes from what is published."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from maillage.core import listing
from maillage.territories.models import Commune, Department, Epci

PER = 10_000  # inhabitants that a rate is given for
CLASSES = 5

LEVELS = {
    "epci": (Epci, "epci_id", "epci", _("Intercommunalité")),
    "department": (Department, "department_id", "department", _("Département")),
}


@dataclass(frozen=True)
class Rate:
    """Places of one territory for 10,000 inhabitants."""

    code: str
    name: str
    places: int
    population: int
    rate: float
    shade: int  # 0 for none, then 1 to CLASSES from few to many


@dataclass(frozen=True)
class Shade:
    """One class of the map: rates in [low, high], and the territories in it."""

    low: float
    high: float
    codes: list[str]


def rates(query: listing.Query, *, level: str) -> list[Rate]:
    """Places that a query finds, for 10,000 inhabitants, in each territory.

    ``level`` is ``epci`` or ``department``. A filter on that level itself does not
    count, so that territories stay comparable. The most first. Classes hold about
    as many territories each (quantiles of the rates above zero).
    """
    model, column, _property, _label = LEVELS[level]
    facet = listing.find(query, facets=[level]).facets
    counts = {v.value: v.count for box in facet for v in box.values}
    people = Commune.objects.values_list(column).annotate(Sum("population"))
    population = {code: total for code, total in people if code}
    names = dict(model._default_manager.values_list("pk", "name"))
    found = {
        code: counts.get(code, 0) * PER / max(population.get(code, 0), 1)
        for code in names
    }
    bounds = class_bounds(list(found.values()))
    rows = [
        Rate(
            code=code,
            name=names[code],
            places=counts.get(code, 0),
            population=population.get(code, 0),
            rate=rate,
            shade=int(np.searchsorted(bounds, rate, side="left")) + 1 if rate else 0,
        )
        for code, rate in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.rate, row.name))


def class_bounds(values: list[float]) -> list[float]:
    """The upper bounds of all classes but the last, from the rates above zero."""
    positive = [value for value in values if value > 0]
    if not positive:
        return [0.0] * (CLASSES - 1)
    steps = np.linspace(0, 1, CLASSES + 1)[1:-1]
    return [float(bound) for bound in np.quantile(positive, steps)]


def shades(rows: list[Rate]) -> list[Shade]:
    """The classes of the map, from few to many; empty ones are kept in place."""
    found = []
    for number in range(1, CLASSES + 1):
        inside = [row for row in rows if row.shade == number]
        low = min((row.rate for row in inside), default=0.0)
        high = max((row.rate for row in inside), default=0.0)
        found.append(Shade(low, high, [row.code for row in inside]))
    return found


def place_names(*, limit: int = 400) -> dict[str, Any]:
    """The largest communes as GeoJSON points, for the names on the map."""
    communes = Commune.objects.all().largest_first()[:limit]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [c.lon, c.lat]},
                "properties": {"name": c.name, "size": name_size(c.population)},
            }
            for c in communes
        ],
    }


def name_size(population: int) -> int:
    """The size of a commune's name, in pixels: 11 to 17."""
    return int(np.clip(np.log10(max(population, 1000)) * 3 + 1, 11, 17))


def totals() -> list[tuple[str, int]]:
    """How many published things of each kind there are."""
    return [
        (kind, listing.find(listing.Query(kinds=(kind,))).total)
        for kind in ("structure", "place", "resource")
    ]
