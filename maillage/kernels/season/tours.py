"""Itineraries of a copy as columns: what each is worth and what it takes."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from maillage.kernels.season.families import Family, Season
from maillage.kernels.season.graph import NEVER, measure
from maillage.kernels.season.problem import Floats, Ints


@dataclass(frozen=True, slots=True)
class Tour:
    """An itinerary of a copy of a family, beyond what is fixed on it.

    ``steps`` are loans * 2 + maintained before, fixed ones included; ``requests`` are
    those of its free loans, in order, a request as often as it is served; ``value`` and
    ``km`` are what it adds to the itinerary that only does what is fixed.
    """

    family: int
    steps: tuple[int, ...]
    value: float
    km: float
    requests: tuple[int, ...]

    @property
    def is_elementary(self) -> bool:
        return len(set(self.requests)) == len(self.requests)


def tour(family: Family, steps: Iterable[int]) -> Tour:
    """Work out an itinerary from its steps, negative ones left out."""
    kept = np.array([step for step in steps if step >= 0], np.int64)
    km = float(measure(family.graph, kept)[0]) - family.base_km
    loans = kept >> 1
    free = loans[loans < family.loans]
    return Tour(
        family=family.rank,
        steps=tuple(kept.tolist()),
        value=float(family.value[free].sum()) - km * family.km_cost,
        km=km,
        requests=tuple(family.request[free].tolist()),
    )


def starts(family: Family, found: Tour) -> Ints | None:
    """When each loan of a tour starts, or nothing if it cannot be done."""
    start = measure(family.graph, np.array(found.steps, np.int64))[1]
    return None if (start == NEVER).any() else np.asarray(start)


def use(season: Season, found: Tour) -> tuple[list[int], list[float]]:
    """Give the rows that a tour takes from, rising, and how much of each."""
    take: dict[int, float] = {}
    for request in found.requests:
        take[request] = take.get(request, 0.0) + 1.0
        row = int(season.host_row[request])
        if row >= 0:
            take[row] = take.get(row, 0.0) + 1.0
        weights = season.weights
        for at in range(weights.indptr[request], weights.indptr[request + 1]):
            row = season.limit_row + int(weights.indices[at])
            take[row] = take.get(row, 0.0) + float(weights.data[at])
    take[season.family_row(found.family)] = 1.0
    if season.km_row >= 0:
        take[season.km_row] = found.km
    rows = sorted(take)
    return rows, [take[row] for row in rows]


def reduced(season: Season, found: Tour, dual: Floats) -> float:
    """Value of a tour less what its rows cost, cuts aside."""
    rows, amounts = use(season, found)
    return found.value - float(dual[rows] @ np.array(amounts))
