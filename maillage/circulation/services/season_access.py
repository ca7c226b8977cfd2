"""The access of each commune to science culture, before and after a plan."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillage.core import vocab
from maillage.directory.models import Place
from maillage.kernels.access import deficit, gini, gravity_access
from maillage.kernels.travel import road_km
from maillage.territories.models import Commune

Floats = NDArray[np.float64]
#: A place that is always there counts for so many open days a year.
VENUE_DAYS = 250.0
#: Families of places that show science, technique and nature to the public.
FAMILIES = ("sciences", "musee", "patrimoine", "nature")
SCALE_KM = 12.0
REACH_KM = 40.0
#: Who lives this near has something to see.
NEAR_KM = 10.0
#: Longitude, latitude, days of presence.
Supply = tuple[float, float, float]


@dataclass(frozen=True)
class AccessMap:
    """Communes with their people, and what they reach."""

    codes: tuple[str, ...]
    lon: Floats
    lat: Floats
    people: Floats
    venues: tuple[Supply, ...]
    #: Kilometres of every commune to a spot, once a spot: plans have the same ones.
    columns: dict[tuple[float, float], Floats] = field(default_factory=dict)

    def access(self, loans: Iterable[Supply] = ()) -> Floats:
        """Days of presence a year and 1,000 people, places and loans together."""
        rows = [*self.venues, *loans]
        found = gravity_access(
            self.people,
            np.array([row[2] for row in rows], dtype=float),
            self.km(rows),
            scale_km=SCALE_KM,
            reach_km=REACH_KM,
        )
        return found * 1000.0

    def km(self, rows: Iterable[Supply]) -> Floats:
        spots = [(row[0], row[1]) for row in rows]
        if new := sorted({*spots} - self.columns.keys()):
            at = np.array(new, dtype=float)
            table = road_km(self.lon[:, None], self.lat[:, None], at[:, 0], at[:, 1])
            self.columns.update(zip(new, np.asarray(table).T, strict=True))
        if not spots:
            return np.zeros((len(self.codes), 0))
        return np.stack([self.columns[spot] for spot in spots], axis=1)

    def deficits(self, loans: Iterable[Supply]) -> dict[str, float]:
        """How badly served each commune is, from 0 to 1."""
        missing = deficit(self.access(loans), self.people)
        return {
            code: round(float(value), 4)
            for code, value in zip(self.codes, missing, strict=True)
        }

    def gini(self, loans: Iterable[Supply]) -> float:
        return round(gini(self.access(loans), self.people), 4)

    def newly_reached(self, before: Iterable[Supply], after: Iterable[Supply]) -> int:
        """People who had nothing within ``NEAR_KM`` and have a loan there now."""
        had = (self.km([*self.venues, *before]) <= NEAR_KM).any(axis=1)
        has = (self.km(after) <= NEAR_KM).any(axis=1)
        return int(self.people[has & ~had].sum())


def read_access_map() -> AccessMap:
    """All communes of the region, and the published places that count."""
    rows = list(
        Commune.objects.order_by("insee").values_list(
            "insee", "lon", "lat", "population"
        )
    )
    kinds = [
        slug
        for slug, term in vocab.terms("place_kinds").items()
        if term.family in FAMILIES
    ]
    places: Any = Place.objects.published().filter(kind__in=kinds)
    spots = places.select_related("commune").order_by("pk")
    return AccessMap(
        codes=tuple(row[0] for row in rows),
        lon=np.array([row[1] for row in rows], dtype=float),
        lat=np.array([row[2] for row in rows], dtype=float),
        people=np.array([row[3] for row in rows], dtype=float),
        venues=tuple(
            (*place.position, VENUE_DAYS) for place in spots if place.position
        ),
    )
