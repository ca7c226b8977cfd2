"""Access of every commune to science culture, and how unequal it is.

Method: docs/methods/catchment.md and docs/methods/equity.md.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from maillage.core.errors import Refused
from maillage.kernels import catchment, equity
from maillage.kernels.travel import MINUTES, car_minutes
from maillage.observatory.problem.supply import Supply, read_supply
from maillage.observatory.problem.territory import (
    Territory,
    read_demand,
    read_territory,
)
from maillage.observatory.routing import minutes_between

Floats = NDArray[np.float64]
#: Access is told for so many people.
PER = 100_000
#: What a person may reach, in minutes; nearer counts more (weights of Luo and Qi 2009).
REACHES = (15, 30, 45)
BANDS = {
    15: ((5, 10, 15), (1.0, 0.68, 0.22)),
    30: ((10, 20, 30), (1.0, 0.68, 0.22)),
    45: ((15, 30, 45), (1.0, 0.68, 0.22)),
}
METHODS = ("two_step", "three_step", "gravity", "raam")
#: A commune is badly served below this part of the regional mean.
LITTLE = 0.5
#: Maps that a process remembers, by what they were computed from.
KEPT = 32
_known: dict[tuple["Choice", str, str], Floats] = {}


@dataclass(frozen=True)
class Choice:
    """Whose access to what: theme, public, kind of supply, who is counted, how.

    ``size`` is ``known`` when a large place counts more, or ``equal``.
    """

    theme: str = ""
    audience: str = ""
    kind: str = "all"
    demand: str = ""
    reach: int = 30
    method: str = "two_step"
    size: str = "known"


@dataclass(frozen=True)
class Access:
    """``access`` (n,): supply for :data:`PER` people; by ``raam`` a cost, less is better."""

    choice: Choice
    territory: Territory
    people: Floats
    access: Floats
    supply: Supply

    @property
    def less_is_better(self) -> bool:
        return self.choice.method == "raam"

    @property
    def at_border(self) -> NDArray[np.bool_]:
        """(n,) communes from where the border is as near as what is looked for.

        What is beyond is not known, nor who comes from there: their figure is less sure.
        """
        return self.territory.border_km <= crow_km(self.choice.reach)


def find_access(choice: Choice, *, month: dt.date) -> Access:
    """Access in a month; computed once for each state of places, loans and people.

    Raises :class:`Refused` (``nobody``) when nobody lives anywhere, or nobody is known
    to the chosen indicator.
    """
    territory, people, supply = gather(choice, first=month)
    access = access_to(choice, territory, people, supply)
    return Access(choice, territory, people, access, supply)


def access_to(
    choice: Choice, territory: Territory, people: Floats, supply: Supply
) -> Floats:
    """Access (n,) in the first month of the supply."""
    key = (choice, settings.OSRM, digest_of(territory, people, supply))
    table = remembered(key, lambda: compute(choice, territory, people, supply))
    return np.asarray(table[0])


def remembered(key: tuple[Choice, str, str], make: Callable[[], Floats]) -> Floats:
    """What was computed from the same things before, else what is computed now."""
    if (found := _known.get(key)) is None:
        while len(_known) >= KEPT:
            _known.pop(next(iter(_known)), None)
        found = _known[key] = make()
    return found


def gather(
    choice: Choice, *, first: dt.date, count: int = 1
) -> tuple[Territory, Floats, Supply]:
    territory = read_territory()
    people = read_demand(territory, choice.demand)
    if not people.sum() > 0:
        raise Refused("nobody", _("Personne à compter : choisissez un autre public."))
    supply = read_supply(
        kind=choice.kind,
        theme=choice.theme,
        audience=choice.audience,
        first=first,
        count=count,
        is_sized=choice.size != "equal",
    )
    return territory, people, supply


def digest_of(territory: Territory, people: Floats, supply: Supply) -> str:
    """The hash of all that access is computed from."""
    told = hashlib.sha256(repr(territory.insee).encode())
    for numbers in (territory.points, people, supply.points, supply.capacity):
        told.update(np.ascontiguousarray(numbers).tobytes())
    return told.hexdigest()


def compute(
    choice: Choice, territory: Territory, people: Floats, supply: Supply
) -> Floats:
    """Access (k, n) for each month of the supply."""
    n = len(territory)
    if not len(supply):
        nothing = np.inf if choice.method == "raam" else 0.0
        return np.full((supply.months, n), nothing)
    steps, weights = BANDS[choice.reach]
    pairs = reachable(territory, supply, minutes=choice.reach)
    if choice.method == "raam":
        rows = [
            catchment.raam(people, offered, pairs, tau=float(choice.reach))
            for offered in supply.capacity
        ]
        return np.array(rows)
    if choice.method == "gravity":
        decay = catchment.gaussian(choice.reach / 2, reach=choice.reach)
        found = catchment.gravity(people, supply.capacity, pairs, decay=decay)
    else:
        by = getattr(catchment, choice.method)
        found = by(people, supply.capacity, pairs, steps=steps, weights=weights)
    return np.asarray(found) * PER


def reachable(
    territory: Territory, supply: Supply, *, minutes: float
) -> catchment.Pairs:
    """Who reaches what within so many minutes: by the routing server, else by car."""
    km = crow_km(minutes)
    pairs = catchment.pairs_within(territory.points, supply.points, km=km)
    told = minutes_between(territory.points, supply.points, pairs.i, pairs.j)
    return pairs.by_car() if told is None else pairs.in_minutes(told)


def crow_km(minutes: float) -> float:
    """How far away, at most, what is reached in so many minutes by car."""
    km = np.linspace(0.0, 250.0, 5001)
    inside = km[car_minutes(km) <= min(minutes, float(MINUTES[-1]))]
    return float(inside[-1]) + 0.05


def equity_of(found: Access) -> dict[str, Any]:
    """The figures of inequality, plain numbers; of a cost, those that make sense.

    ``mean``, ``gini``, ``theil`` with its parts, ``palma`` (None when the worst served
    have nothing), ``under`` (share of people below half of the mean), ``none`` (share
    who reach nothing), ``lorenz`` points, ``classes`` by density.
    """
    people = found.people
    if found.less_is_better:
        reached = np.isfinite(found.access)
        return {
            "none": float(people[~reached].sum() / people.sum()),
            "classes": by_class(found, np.where(reached, found.access, np.nan)),
        }
    value = found.access
    mean = float(value @ people / people.sum())
    split = equity.theil(value, people, found.territory.epci, found.territory.density)
    palma = equity.palma(value, people)
    worst, have = equity.lorenz(value, people)
    return {
        "mean": mean,
        "median": float(equity.quantiles(value, people, at=[0.5])[0]),
        "gini": equity.gini(value, people),
        "theil": split.total,
        "theil_epci": split.between,
        "theil_density": split.between_inside,
        "theil_within": split.within,
        "palma": palma if np.isfinite(palma) else None,
        "under": equity.share_under(value, people, threshold=LITTLE * mean),
        "none": float(people[value <= 0].sum() / people.sum()),
        "lorenz": thinned(worst, have),
        "classes": by_class(found, value),
    }


def thinned(x: Floats, y: Floats, *, most: int = 101) -> list[tuple[float, float]]:
    """A curve with so many points at most: enough to draw it."""
    at = np.unique(np.linspace(0, len(x) - 1, most).astype(int))
    return [(round(float(x[k]), 4), round(float(y[k]), 4)) for k in at]


def by_class(found: Access, value: Floats) -> list[dict[str, Any]]:
    """Mean access in each class of density, with its people; None where unknown."""
    rows = []
    for name in ("dense", "intermediate", "rural", "very_rural"):
        inside = (found.territory.density == name) & np.isfinite(value)
        people = float(found.people[inside].sum())
        mean = float(value[inside] @ found.people[inside] / people) if people else None
        rows.append({"class": name, "people": people, "mean": mean})
    return rows


@dataclass(frozen=True)
class Months:
    """Access (k, n) of twelve months; travelling supply is where it is each month."""

    first: dt.date
    territory: Territory
    people: Floats
    supply: Supply
    access: Floats

    def totals(self) -> list[dict[str, float]]:
        """Month by month: mean access, and the share of people with nothing in reach."""
        total = self.people.sum()
        return [
            {
                "mean": float(value @ self.people / total),
                "none": float(self.people[value <= 0].sum() / total),
            }
            for value in self.access
        ]

    def means(self, codes: NDArray[Any]) -> dict[str, Floats]:
        """Mean access (k,) of the people of each group of communes, by its code."""
        known, group = np.unique(codes, return_inverse=True)
        people = np.bincount(group, self.people, len(known))
        sums = np.array(
            [
                np.bincount(group, self.people * value, len(known))
                for value in self.access
            ]
        )
        return {
            str(code): sums[:, k] / people[k]
            for k, code in enumerate(known)
            if code and people[k] > 0
        }


def usual(means: Mapping[str, Floats]) -> float:
    """The access that half of the groups and months that reach something exceed; 0: none."""
    reached = [value for values in means.values() for value in values.tolist() if value > 0]  # fmt: skip
    return float(np.median(reached)) if reached else 0.0


def find_months(choice: Choice, *, first: dt.date, count: int = 12) -> Months:
    """Access of each of some months; computed once for each state of the supply."""
    territory, people, supply = gather(choice, first=first, count=count)
    key = (choice, settings.OSRM, f"year {digest_of(territory, people, supply)}")
    table = remembered(key, lambda: compute(choice, territory, people, supply))
    return Months(first, territory, people, supply, table)


def white_zones(found: Access, *, share: float = 0.1) -> NDArray[np.bool_]:
    """Communes whose access is in the lowest tenth (of people)."""
    value = found.access
    if found.less_is_better:
        value = 1.0 / np.maximum(value, 1e-9)  # 0 where nothing is in reach
    return equity.lowest(value, found.people, share=share)
