"""Coverage, the worst-off and the money: the choices that nothing beats in all three.

Epsilon-constraint: for each level of the worst-off and each budget, the choice that
covers most, and of those the cheapest. Haimes, Lasdon and Wismer (1971), IEEE
Transactions on Systems, Man, and Cybernetics 1, 296-297, doi:10.1109/TSMC.1971.4308298.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from maillage.kernels.siting.centre import centre
from maillage.kernels.siting.core import Core, cheapest_fixed, compact
from maillage.kernels.siting.every import every_choice
from maillage.kernels.siting.exact import Programme, programme_of, solve, with_row
from maillage.kernels.siting.median import choose
from maillage.kernels.siting.problem import (
    Bools,
    Floats,
    Ints,
    Sites,
    SitingError,
    check_new,
    nearest,
)
from maillage.kernels.siting.reduce import below
from maillage.kernels.siting.timer import Clock, Timer, timer_of

#: All choices are tried where that is so many looks at a demand at most.
MOST_LOOKS = 300_000_000
MOST_CHOICES = 200_000
#: Levels of the worst-off, and budgets, where not all are tried.
LEVELS, BUDGETS = 5, 6


@dataclass(frozen=True, kw_only=True)
class Point:
    """A choice on the front.

    Attributes
    ----------
    open : candidates to open besides the fixed ones, ascending
    covered : weight within reach of an open site
    share : that, of all the weight
    worst : largest cost of a demand; isolated and weightless demands do not count; inf
        where one that could be reached is not
    worst_tenth : mean cost of the tenth of the weight that has the most to pay, with the
        penalty of those who reach none
    level : the worst-off is measured in levels: the one that ``worst`` lies under
    spent : what opening costs
    """

    open: Ints
    covered: float
    share: float
    worst: float
    worst_tenth: float
    level: float
    spent: float


@dataclass(frozen=True, kw_only=True)
class Front:
    """The points, the most covered first.

    Attributes
    ----------
    is_complete : no choice that is unbeaten is missing, but for equals
    is_proven : it is sure that nothing beats a point in covered, level and spent
    """

    points: tuple[Point, ...]
    is_complete: bool
    is_proven: bool


#: A point, None where there is no choice; and whether that is proven.
Found = tuple[Point | None, bool]


def front(
    sites: Sites,
    most: int,
    *,
    within: float,
    levels: ArrayLike | None = None,
    clock: Clock,
    seconds: float = 60.0,
    seed: int = 1,
) -> Front:
    """Choices of ``most`` candidates at most that none beats in coverage, worst-off and cost.

    All choices are tried where there are few: the front is complete. Elsewhere the
    worst-off is measured in levels and, where opening costs differ, money in budgets:
    points are unbeaten once all is proven, but there may be others between.

    Parameters
    ----------
    sites : the question; ``opening`` is what each candidate costs
    most : how many to open at most, besides the fixed ones
    within : a demand is covered when an open site costs it this at most, >= 0
    levels : levels of the worst-off, where not all choices are tried
    clock, seconds, seed : as in ``median``

    Raises
    ------
    SitingError
        ``too_many``, ``too_few``, ``limit``
    """
    check_new(sites, most)
    if not (np.isfinite(within) and within >= 0):
        raise SitingError("limit", "within must be finite and not below zero")
    timer = timer_of(seconds, clock)
    given = None if levels is None else checked_levels(levels)
    free = np.flatnonzero(sites.free)
    least = 0 if len(sites.fixed) else 1
    choices = sum(comb(len(free), new) for new in range(least, most + 1))
    if choices <= MOST_CHOICES and choices * sites.demands <= MOST_LOOKS:
        found = [
            point_of(sites, free[chosen], within=within, level=None)
            for chosen in every_choice(sites, least, most, within=within)
        ]
        return Front(points=unbeaten(found), is_complete=True, is_proven=True)
    asked = levels_of(sites, most, given, timer=timer.part(0.1))
    search = at_counts if np.ptp(sites.opening[free]) == 0 else at_budgets
    sought = list(
        search(sites, least, most, asked, within=within, timer=timer, seed=seed)
    )
    return Front(
        points=unbeaten([point for point, _ in sought if point is not None]),
        is_complete=False,
        is_proven=all(is_proven for _, is_proven in sought),
    )


def checked_levels(levels: ArrayLike) -> Floats:
    asked = np.asarray(levels, np.float64).ravel()
    if np.isnan(asked).any() or (asked < 0).any():
        raise SitingError("limit", "a level must be a number, not below zero")
    return asked


def levels_of(
    sites: Sites, most: int, levels: Floats | None, *, timer: Timer
) -> Floats:
    """Those that are asked, or from the tightest that can be held on; with inf, for none.

    Descending, so that time that runs out leaves the tight ones.
    """
    if levels is None:
        tightest = centre(
            sites, most, clock=timer.clock, seconds=max(timer.left, 1e-6)
        ).value
        top = float(sites.cost.max(initial=0.0))
        levels = np.linspace(min(tightest, top), top, LEVELS)
    return np.unique(np.append(levels, np.inf))[::-1]


def at_counts(
    sites: Sites,
    least: int,
    most: int,
    levels: Floats,
    *,
    within: float,
    timer: Timer,
    seed: int,
) -> Iterator[Found]:
    """All sites cost the same: the best choice of each number and level."""
    asked = [(new, level) for level in levels for new in range(least, most + 1)]
    for rank, (new, level) in enumerate(asked):
        left = timer.left
        if left <= 0:
            yield None, False
            return
        core = core_at(sites, new, within=within, level=level)
        if core.floor >= unmet(sites):
            yield None, True
            continue
        best = choose(
            core, timer=timer.part(1 / (len(asked) - rank)), seed=seed, is_covering=True
        )
        opened = np.sort(core.candidate[best.open_sites])
        point = point_of(sites, opened, within=within, level=level)
        is_met = best.value < unmet(sites)
        is_proven = best.bound > below(core, best.value if is_met else unmet(sites))
        yield (point if is_met else None), is_proven


def at_budgets(
    sites: Sites,
    least: int,
    most: int,
    levels: Floats,
    *,
    within: float,
    timer: Timer,
    seed: int,
) -> Iterator[Found]:
    """Sites cost more or less: the best choice of each budget and level, by HiGHS."""
    prices = np.sort(sites.opening[sites.free])
    budgets = np.linspace(prices[:least].sum(), prices[-most:].sum(), BUDGETS)
    asked = [(budget, level) for level in levels for budget in budgets]
    for rank, (budget, level) in enumerate(asked):
        left = timer.left
        if left <= 0:
            yield None, False
            return
        core = core_at(sites, most, within=within, level=level)
        if core.floor >= unmet(sites):
            yield None, True
            continue
        chosen, is_proven = cheapest_best(
            core,
            core.cap >= unmet(sites),
            sites.opening[core.candidate],
            least=least,
            budget=budget,
            seconds=left / (len(asked) - rank),
        )
        if chosen is None or core.value(chosen) >= unmet(sites):
            yield None, is_proven
            continue
        opened = np.sort(core.candidate[chosen])
        yield point_of(sites, opened, within=within, level=level), is_proven


def cheapest_best(
    core: Core,
    must: Bools,
    prices: Floats,
    *,
    least: int,
    budget: float,
    seconds: float,
) -> tuple[Ints | None, bool]:
    """Cover most for the budget, then as much for less; and whether that is proven."""
    m, slack = len(prices), 1e-9 * max(1.0, budget)
    base = programme_of(core, must)
    low, high = base.low.copy(), base.high.copy()
    low[-1], high[-1] = least, core.new
    first = Programme(
        cost=base.cost, upper=base.upper, is_whole=base.is_whole, matrix=base.matrix,
        low=low, high=high,
    )  # fmt: skip
    money = np.concatenate([prices, np.zeros(len(base.cost) - m)])
    first = with_row(first, money, low=-np.inf, high=budget + slack)
    point, bound, is_infeasible = solve(first, seconds=seconds / 2)
    if point is None:
        return None, is_infeasible
    uncovered = float(first.cost @ point)
    near = 1e-6 * max(1.0, uncovered)
    then = with_row(first, first.cost, low=-np.inf, high=uncovered + near / 10)
    then = Programme(
        cost=money, upper=then.upper, is_whole=then.is_whole, matrix=then.matrix,
        low=then.low, high=then.high,
    )  # fmt: skip
    cheap, least_money, _ = solve(then, seconds=seconds / 2)
    best = point if cheap is None else cheap
    is_proven = uncovered - bound <= near and money @ best - least_money <= 1e-6 * max(
        1.0, budget
    )
    return np.flatnonzero(best[:m] > 0.5).astype(np.int64), bool(is_proven)


def unmet(sites: Sites) -> float:
    """What a demand beyond the level pays on top: more than all weights together."""
    return float(np.ceil(sites.weight.sum())) + 1.0


def core_at(sites: Sites, new: int, *, within: float, level: float) -> Core:
    """Covered demands pay nothing, others their weight, and those beyond the level all.

    Isolated and weightless demands may lie beyond it.
    """
    row, weight = sites.row, sites.weight
    rank = np.cumsum(sites.free) - 1
    pays = np.where(sites.cost <= within, 0.0, weight[row])
    fixed = cheapest_fixed(sites)
    counts = (weight > 0) & ~sites.isolated & (fixed > level)
    cap = np.where(fixed <= within, 0.0, weight) + counts * unmet(sites)
    is_kept = sites.free[sites.site] & (sites.cost <= level) & (pays < cap[row])
    return compact(
        new=new,
        candidate=np.flatnonzero(sites.free).astype(np.int64),
        row=row[is_kept],
        site=rank[sites.site[is_kept]].astype(np.int64),
        cost=pays[is_kept],
        cap=cap,
        opening=np.zeros(int(sites.free.sum())),
        base=0.0,
    )


def point_of(
    sites: Sites, opened: Ints, *, within: float, level: float | None
) -> Point:
    assignment, cost = nearest(sites, np.concatenate([sites.fixed, opened]))
    counts = (sites.weight > 0) & ~sites.isolated
    reaches = assignment >= 0
    worst = float(cost[counts & reaches].max(initial=0.0))
    worst = np.inf if (counts & ~reaches).any() else worst
    covered = float(sites.weight[reaches & (cost <= within)].sum())
    return Point(
        open=opened.astype(np.int64),
        covered=covered,
        share=covered / max(float(sites.weight.sum()), 1e-12),
        worst=worst,
        worst_tenth=worst_tenth(cost, sites.weight),
        level=worst if level is None else float(level),
        spent=float(sites.opening[opened].sum()),
    )


def worst_tenth(cost: Floats, weight: Floats) -> float:
    """Mean cost of the tenth of the weight with the most to pay."""
    tenth = float(weight.sum()) / 10
    if tenth == 0:
        return 0.0
    order = np.argsort(-cost, kind="stable")
    before = np.cumsum(weight[order]) - weight[order]
    counted = np.clip(tenth - before, 0.0, weight[order])
    return float((counted[counted > 0] * cost[order][counted > 0]).sum() / tenth)


def unbeaten(points: list[Point]) -> tuple[Point, ...]:
    """Without those that another one equals or beats in everything, the first of equals."""
    points = sorted(points, key=lambda one: (-one.covered, one.level, one.spent))
    kept: list[Point] = []
    for one in points:
        if not any(
            other.covered >= one.covered
            and other.level <= one.level
            and other.spent <= one.spent
            for other in kept
        ):
            kept.append(one)
    return tuple(kept)
