"""Where new places would serve best, proven; and the choices that nothing beats.

Method: docs/methods/siting.md.
"""

import datetime as dt
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.kernels import catchment
from maillage.kernels.siting.centre import centre
from maillage.kernels.siting.covering import covering
from maillage.kernels.siting.median import median
from maillage.kernels.siting.pareto import Front, front
from maillage.kernels.siting.problem import Sites, Siting, from_pairs
from maillage.observatory.problem.supply import Supply
from maillage.observatory.problem.territory import Territory
from maillage.observatory.services.access import Choice, crow_km, gather

#: Communes that could receive a place: those with the most people.
CANDIDATES = 400
#: How far people are looked at, in minutes; beyond, all are as far.
FAR = 90.0
MOST = 8
#: Seconds that a person waits for a proposal, and for a front.
SECONDS = 6.0
FRONT_SECONDS = 12.0
GOALS = ("median", "covering", "centre")


@dataclass(frozen=True)
class Proposal:
    """Communes to open in; ``value`` and ``bound`` are minutes, or people for covering."""

    goal: str
    communes: tuple[int, ...]  # ranks in the territory
    territory: Territory
    value: float
    bound: float
    gap: float

    @property
    def gap_percent(self) -> float:
        return 100.0 * self.gap

    @property
    def names(self) -> list[str]:
        return [self.territory.names[k] for k in self.communes]


@dataclass(frozen=True)
class Ground:
    """The question of siting: candidates first, then the places that are there."""

    territory: Territory
    people: Any
    sites: Sites
    candidates: tuple[int, ...]  # ranks of communes, in the order of candidates


def ground_of(choice: Choice, *, month: dt.date) -> Ground:
    """Communes as demand; the largest ones and the present sites as candidates."""
    return ground_between(*gather(choice, first=month))


def ground_between(territory: Territory, people: Any, supply: Supply) -> Ground:
    order = np.argsort(-territory.people, kind="stable")[:CANDIDATES]
    candidates = np.sort(order)
    there = supply.capacity[0] > 0
    points = np.concatenate([territory.points[candidates], supply.points[there]])
    pairs = catchment.pairs_within(territory.points, points, km=crow_km(FAR)).by_car()
    sites = from_pairs(
        pairs.i,
        pairs.j,
        pairs.cost,
        demands=len(territory),
        candidates=len(points),
        weight=people,
        fixed=np.arange(len(candidates), len(points)),
        penalty=FAR + 1.0,  # the rim of the search is wider by a hair
    )
    return Ground(territory, people, sites, tuple(int(k) for k in candidates))


def propose(choice: Choice, *, goal: str, new: int, month: dt.date) -> Proposal:
    """The best communes for ``new`` places more.

    ``median`` makes the mean way shortest, ``covering`` serves the most people within
    the reach of the choice, ``centre`` makes the longest way shortest. Raises
    :class:`Refused`: ``goal`` or ``number`` for what cannot be asked, ``nobody``.
    """
    if goal not in GOALS:
        raise Refused("goal", _("Choisissez ce qui doit être le meilleur possible."))
    if not 1 <= new <= MOST:
        raise Refused(
            "number", _("De 1 à %(most)d lieux nouveaux à la fois.") % {"most": MOST}
        )
    ground = ground_of(choice, month=month)
    new = min(new, len(ground.candidates))
    found = solved(ground.sites, goal, new, reach=float(choice.reach))
    people = float(ground.people.sum())
    scale = people if goal == "median" else 1.0
    return Proposal(
        goal,
        tuple(ground.candidates[k] for k in found.open.tolist()),
        ground.territory,
        found.value / scale,
        found.bound / scale,
        found.gap,
    )


def solved(sites: Sites, goal: str, new: int, *, reach: float) -> Siting:
    if goal == "median":
        return median(sites, new, seconds=SECONDS, clock=monotonic)
    if goal == "covering":
        return covering(sites, new, within=reach, seconds=SECONDS, clock=monotonic)
    return centre(sites, new, seconds=SECONDS, clock=monotonic)


def unbeaten(choice: Choice, *, most: int, month: dt.date) -> tuple[Front, Ground]:
    """The choices of up to ``most`` places that none beats in all measures at once.

    Measures: people within reach, the longest way, how many places it takes. Raises
    :class:`Refused` as :func:`propose`.
    """
    if not 1 <= most <= MOST:
        raise Refused(
            "number", _("De 1 à %(most)d lieux nouveaux à la fois.") % {"most": MOST}
        )
    ground = ground_of(choice, month=month)
    return front_on(ground, most, reach=float(choice.reach)), ground


def front_on(ground: Ground, most: int, *, reach: float) -> Front:
    """The front when each new place costs the same; a small region has few communes."""
    most = min(most, len(ground.candidates))
    priced = replace(ground.sites, opening=np.ones(ground.sites.candidates))
    return front(priced, most, within=reach, seconds=FRONT_SECONDS, clock=monotonic)
