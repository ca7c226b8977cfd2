"""Communes as arrays: who lives where, and who is counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.db.models import Count, Max, Sum
from numpy.typing import NDArray

from maillage.observatory.choices import Aggregation, Level
from maillage.observatory.models import Indicator, Observation
from maillage.observatory.problem.border import border_km
from maillage.territories.models import Commune

Floats = NDArray[np.float64]
#: Sorts of people that a page compares.
MOST = 6
#: Units of indicators that count people, and may be the demand.
PEOPLE = ("habitants", "personnes", "élèves", "jeunes", "enfants")


@dataclass(frozen=True)
class Territory:
    """The communes of the region in the order of their codes; never changed in place."""

    insee: tuple[str, ...]
    names: tuple[str, ...]
    points: Floats  # (n, 2) longitude, latitude in degrees
    people: Floats  # (n,) municipal population
    epci: NDArray[Any]  # (n,) SIREN, empty outside of any
    department: NDArray[Any]  # (n,) code
    density: NDArray[Any]  # (n,) class of density
    epci_names: Mapping[str, str]
    border_km: Floats  # (n,) kilometres to the border of the region, inf: unknown

    def __len__(self) -> int:
        return len(self.insee)


def read_territory() -> Territory:
    """The communes, read once for each state of the perimeter."""
    seen = Commune.objects.aggregate(
        Count("pk"),
        Max("pk"),
        Max("valid_on"),
        Sum("population"),
        Sum("lon"),
        Sum("lat"),
        Max("epci_id"),
    )
    return _territory(tuple(seen.values()))


@lru_cache(maxsize=2)
def _territory(state: tuple[Any, ...]) -> Territory:
    rows = list(
        Commune.objects.order_by("insee").values_list(
            "insee",
            "name",
            "lon",
            "lat",
            "population",
            "epci_id",
            "department_id",
            "density_class",
            "epci__name",
        )
    )
    columns = list(zip(*rows, strict=True)) or [()] * 9
    points = np.array([columns[2], columns[3]], dtype=float).T.reshape(-1, 2)
    return Territory(
        insee=columns[0],
        names=columns[1],
        points=points,
        people=np.array(columns[4], dtype=float),
        epci=np.array([siren or "" for siren in columns[5]], dtype=object).astype(str),
        department=np.array(columns[6], dtype=object).astype(str),
        density=np.array(columns[7], dtype=object).astype(str),
        epci_names={row[5]: row[8] for row in rows if row[5]},
        border_km=border_km(points),
    )


def demand_indicators() -> Any:
    """Indicators that count people by commune: pupils, young people…; not all of them."""
    return Indicator.objects.published().filter(
        aggregation=Aggregation.SUM, finest=Level.COMMUNE, unit__in=PEOPLE
    )


def read_demand(territory: Territory, code: str) -> Floats:
    """Who is counted: all inhabitants, or what an indicator says of its last period."""
    if not code:
        return territory.people
    found = [who for _code, _name, who in read_demands(territory, code)]
    return found[0] if found else np.zeros(len(territory))


def read_demands(territory: Territory, code: str = "") -> list[tuple[str, str, Floats]]:
    """Code, name and people by commune of the indicators that count people.

    Of each its last period; two questions, however many there are.
    """
    asked = demand_indicators().filter(code=code) if code else demand_indicators()
    names = dict(asked.order_by("name").values_list("code", "name")[:MOST])
    rows = Observation.objects.current().filter(
        indicator__code__in=names, level=Level.COMMUNE, value__gt=0
    )
    last: dict[str, str] = {}
    known: dict[str, dict[str, float]] = {}
    for name, period, insee, value, hidden in rows.values_list(
        "indicator__code", "period", "code", "value", "hidden"
    ):
        if period > last.get(name, ""):
            last[name], known[name] = period, {}
        if period == last[name] and not hidden and value is not None:
            known[name][insee] = value
    return [
        (one, name, np.array([known[one].get(insee, 0.0) for insee in territory.insee]))
        for one, name in names.items()
        if known.get(one)
    ]
