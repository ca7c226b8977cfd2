"""p-centre: open so many sites that the worst-off has the least far to go.

A bisection over the distinct costs: is there a choice of so many sites that reaches all
within this? Minieka (1970), "The m-center problem", SIAM Review 12, 138-139,
doi:10.1137/1012016; Daskin (2013), "Network and Discrete Location", chapter 5.
"""

from dataclasses import dataclass

import numpy as np

from maillage.kernels.siting.branch import branch
from maillage.kernels.siting.core import Core, cheapest_fixed, compact
from maillage.kernels.siting.dual import Dual, ascend
from maillage.kernels.siting.exact import finish
from maillage.kernels.siting.local import greedy, improved
from maillage.kernels.siting.median import Best, shaken
from maillage.kernels.siting.problem import (
    Floats,
    Ints,
    Sites,
    Siting,
    check_new,
    nearest,
)
from maillage.kernels.siting.reduce import Reduced, reduced
from maillage.kernels.siting.timer import Clock, Timer, timer_of

#: A bound above this leaves one demand out: they are counted, so it is one or none.
ENOUGH = 1e-6
#: Subgradient steps of the relaxation.
STEPS = 800
#: Pairs up to which HiGHS goes first, and beyond which it is not asked.
FEW, MANY = 15_000, 60_000
#: HiGHS is not begun for less.
LEAST_SECONDS = 0.2
#: Of the shaking.
SEED = 1


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Who must be reached, over the free candidates: pairs by demand, cheapest first.

    ``cost`` is multiplied by the weight where weights count; ``served`` (n,) is what the
    cheapest fixed site asks, inf for none.
    """

    demands: int
    candidate: Ints
    row: Ints
    site: Ints
    cost: Floats
    served: Floats

    def within(self, radius: float, new: int) -> Core:
        """A covering of those that no fixed site reaches: one each, unless reached."""
        is_near = (self.cost <= radius) & (self.served[self.row] > radius)
        return compact(
            new=new,
            candidate=self.candidate,
            row=self.row[is_near],
            site=self.site[is_near],
            cost=np.zeros(int(is_near.sum())),
            cap=(self.served > radius).astype(np.float64),
            opening=np.zeros(len(self.candidate)),
            base=0.0,
        )


def centre(
    sites: Sites,
    new: int,
    *,
    clock: Clock,
    seconds: float = 10.0,
    is_weighted: bool = False,
) -> Siting:
    """Open ``new`` candidates so that the largest cost of a demand is least.

    Demands without weight, and isolated ones, do not count.

    Parameters
    ----------
    sites : the question
    new : how many to open besides the fixed ones, exactly
    clock, seconds : as in ``median``
    is_weighted : the cost of a demand is multiplied by its weight

    Returns
    -------
    sites; ``value`` is the largest cost, inf where no choice that was found reaches all,
    ``bound`` a cost that no choice goes below. ``cost`` is not multiplied by weights.

    Raises
    ------
    SitingError
        ``too_many``, ``too_few``, ``limit``
    """
    check_new(sites, new)
    timer = timer_of(seconds, clock)
    reach = reach_of(sites, is_weighted=is_weighted)
    opened, value, bound = bisect(reach, new, timer=timer)
    opened = np.sort(reach.candidate[opened])
    assignment, cost = nearest(sites, np.concatenate([sites.fixed, opened]))
    return Siting(
        open=opened, assignment=assignment, cost=cost, value=value, bound=bound
    )


def reach_of(sites: Sites, *, is_weighted: bool) -> Reach:
    counts = (sites.weight > 0) & ~sites.isolated
    rank = np.cumsum(counts) - 1
    place = np.cumsum(sites.free) - 1
    factor = sites.weight if is_weighted else np.ones(sites.demands)
    is_kept = counts[sites.row] & sites.free[sites.site]
    row = sites.row[is_kept]
    return Reach(
        demands=int(counts.sum()),
        candidate=np.flatnonzero(sites.free).astype(np.int64),
        row=rank[row].astype(np.int64),
        site=place[sites.site[is_kept]].astype(np.int64),
        cost=sites.cost[is_kept] * factor[row],
        served=cheapest_fixed(sites)[counts] * factor[counts],
    )


def bisect(reach: Reach, new: int, *, timer: Timer) -> tuple[Ints, float, float]:
    """Candidates to open, the largest cost then, and a bound.

    First the radii that a quick search reaches, then those that the relaxation rules
    out, then a proof of what lies between.
    """
    if not reach.demands:
        return np.arange(new), 0.0, 0.0
    radii = np.unique(np.concatenate([reach.cost, reach.served]))
    radii = radii[np.isfinite(radii)]
    # The cheapest way of each demand: nobody gets below the dearest of these.
    least = reach.served.copy()
    np.minimum.at(least, reach.row, reach.cost)
    low, high, opened = int(np.searchsorted(radii, least.max())), len(radii), None
    for try_one in (searched, ruled_out, proven):
        bottom, top = low, high
        while bottom < top and (not timer.is_over or try_one is searched):
            middle = (bottom + top) // 2
            can, found = try_one(reach.within(radii[middle], new), timer)
            if can is False:
                low = max(low, middle + 1)
            if found is not None:
                opened, high = found, min(high, middle)
            if can is None and try_one is proven:
                break
            # Where nothing is sure, the search goes up, the relaxation goes down.
            goes_down = found is not None or (can is None and try_one is ruled_out)
            bottom, top = (bottom, middle) if goes_down else (middle + 1, top)
    value = radii[high] if opened is not None else np.inf
    bound = radii[low] if low < len(radii) else np.inf
    return np.arange(new) if opened is None else opened, float(value), float(bound)


#: Whether so many sites reach all (None: not sure), and which do.
Verdict = tuple[bool | None, Ints | None]


def searched(core: Core, timer: Timer) -> Verdict:
    """What greedy, swaps and shaking find."""
    if core.floor > 0:
        return False, None
    best = Best(*improved(core, greedy(core)), bound=0.0)
    if 0 < core.new < len(core.candidate):
        shaken(core, best, seed=SEED, timer=timer)
    return (True, best.open_sites) if best.value == 0 else (None, None)


def relaxed(core: Core) -> Dual:
    """Seek multipliers by which one demand at least is left out."""
    price = core.cap / max(1.0, float(np.diff(core.columns[0]).max(initial=1)))
    return ascend(core, price=price, target=1.0, enough=ENOUGH, steps=STEPS)


def ruled_out(core: Core, timer: Timer) -> Verdict:
    """What the relaxation says."""
    if core.floor > 0:
        return False, None
    if not len(core.cap):
        return True, np.arange(core.new)
    return (False if relaxed(core).bound > ENOUGH else None), None


def proven(core: Core, timer: Timer) -> Verdict:
    """What HiGHS and a tree of cases say: the first gets half of the time.

    HiGHS is the better one on few pairs, the tree on many.
    """
    if core.floor > 0:
        return False, None
    if not len(core.cap):
        return True, np.arange(core.new)
    dual = relaxed(core)
    small = reduced(core, dual, target=1.0)
    if small is None:
        return False, None
    half = timer.part(0.5)
    if len(small.core.site) > MANY:
        return by_cases(core, dual, timer)
    if len(small.core.site) <= FEW:
        can, found = by_programme(core, small, half)
        return by_cases(core, dual, timer) if can is None else (can, found)
    can, found = by_cases(core, dual, half)
    return by_programme(core, small, timer) if can is None else (can, found)


def by_cases(core: Core, dual: Dual, timer: Timer) -> Verdict:
    nobody = np.zeros(0, np.int64)
    tree = branch(core, dual, open_sites=nobody, value=1.0, timer=timer)
    if tree.value < 1:
        return True, tree.open_sites
    return (None if tree.cases else False), None


def by_programme(core: Core, small: Reduced, timer: Timer) -> Verdict:
    left = timer.left
    if left < LEAST_SECONDS:
        return None, None
    answer = finish(small.core, small.must, seconds=left)
    if answer.open_sites is not None:
        opened = np.concatenate([small.taken, small.core.candidate[answer.open_sites]])
        if core.value(opened) == 0:
            return True, opened
    return (False if answer.bound > ENOUGH else None), None
