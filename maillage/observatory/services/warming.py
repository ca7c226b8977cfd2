"""Four made-up communes: counting their access compiles what counts that of a region."""

from functools import cache

import numpy as np

from maillage.observatory.problem.supply import Site, Supply
from maillage.observatory.problem.territory import Territory
from maillage.observatory.services.access import (
    METHODS,
    Access,
    Choice,
    compute,
    equity_of,
    white_zones,
)
from maillage.observatory.services.comparing import shared
from maillage.observatory.services.proposing import (
    GOALS,
    front_on,
    ground_between,
    solved,
)


def tiny() -> tuple[Territory, Supply]:
    names = ("a", "b", "c", "d")
    words = np.array(names, dtype=object).astype(str)
    territory = Territory(
        insee=names,
        names=names,
        points=np.array([(3.0, 50.0), (3.1, 50.1), (3.6, 50.2), (2.4, 49.6)]),
        people=np.array([500.0, 3000.0, 200.0, 900.0]),
        epci=words,
        department=words,
        density=np.array(["rural"] * len(names)),
        epci_names=dict(zip(names, names, strict=True)),
        border_km=np.full(len(names), np.inf),
    )
    sites = tuple(
        Site(f"place-{k}", "a", lon, lat, (1.0, 0.5))
        for k, (lon, lat) in enumerate([(3.0, 50.0), (3.05, 50.05)])
    )
    return territory, Supply(sites, 2)


@cache
def warm_access() -> None:
    """Compile what the pages of access and the map of siting need."""
    territory, supply = tiny()
    people = territory.people
    for method in METHODS:
        choice = Choice(method=method)
        for value in compute(choice, territory, people, supply):
            found = Access(choice, territory, people, value, supply)
            equity_of(found)
            white_zones(found)
    masks = np.ones((2, len(supply)), dtype=bool)
    shared(Choice(), territory, people, supply, masks)


@cache
def warm_siting() -> None:
    """Compile what proposals and the front need."""
    territory, supply = tiny()
    ground = ground_between(territory, territory.people, supply)
    for goal in GOALS:
        for new in (1, 2):
            solved(ground.sites, goal, new, reach=30.0)
    front_on(ground, 2, reach=30.0)
