"""p-median: open so many sites that all together pay least."""

from dataclasses import dataclass

import numpy as np

from maillage.kernels.siting.branch import branch
from maillage.kernels.siting.core import Core, core_of
from maillage.kernels.siting.dual import Dual, ascend
from maillage.kernels.siting.exact import finish
from maillage.kernels.siting.local import greedy, improved
from maillage.kernels.siting.problem import (
    Floats,
    Ints,
    Sites,
    Siting,
    check_new,
    nearest,
)
from maillage.kernels.siting.reduce import below, reduced, rounded
from maillage.kernels.siting.timer import Clock, Timer, timer_of

#: Subgradient steps, in rounds between which the sites are improved.
ROUNDS = (300, 300, 600, 1200)
#: Times that the best sites are shaken and improved again.
SHAKES = 30
#: Share of the time that cases get before HiGHS, and pairs that it is asked at most.
HALF, MOST_STEPS = 0.4, 400_000


@dataclass
class Best:
    """The best sites so far, their value and the bound, base included."""

    open_sites: Ints
    value: float
    bound: float

    def offer(self, open_sites: Ints, value: float) -> None:
        if value < self.value:
            self.open_sites, self.value = open_sites, value

    def tighten(self, core: Core, bound: float) -> None:
        """Learn a bound; where nothing better is left under it, the value is proven."""
        self.bound = max(self.bound, min(self.value, rounded(core, bound)))
        if self.bound > below(core, self.value):
            self.bound = self.value


def median(
    sites: Sites,
    new: int,
    *,
    clock: Clock,
    seconds: float = 10.0,
    seed: int = 1,
    exact: bool = True,
) -> Siting:
    """Open ``new`` candidates besides the fixed ones so that all pay least.

    Minimises the sum over demands of weight times the cost of the cheapest open site,
    plus what opening costs.

    Parameters
    ----------
    sites : the question
    new : how many to open, exactly
    clock : seconds since whenever, such as ``time.monotonic``
    seconds : when to stop; the same seed gives the same sites unless they run out
    seed : of the shaking
    exact : whether cases settle what the relaxation leaves open

    Returns
    -------
    sites with their value, and a bound below every value

    Raises
    ------
    SitingError
        ``too_many``, ``too_few``, ``limit``
    """
    check_new(sites, new)
    timer = timer_of(seconds, clock)
    core = core_of(sites, new)
    best = choose(core, timer=timer, seed=seed, exact=exact)
    opened = np.sort(core.candidate[best.open_sites])
    assignment, cost = nearest(sites, np.concatenate([sites.fixed, opened]))
    return Siting(
        open=opened,
        assignment=assignment,
        cost=cost,
        value=best.value,
        bound=min(best.bound, best.value),
    )


def choose(
    core: Core,
    *,
    timer: Timer,
    seed: int,
    exact: bool = True,
    is_covering: bool = False,
) -> Best:
    """The best sites of a core that the time allows, with a bound."""
    best = Best(*improved(core, greedy(core)), bound=core.floor)
    if core.new in (0, len(core.candidate)) or not len(core.cap):
        best.bound = best.value
    if best.bound > below(core, best.value):
        return best
    dual = relaxed(core, best, timer=timer)
    best.tighten(core, dual.bound + core.base)
    if best.bound <= below(core, best.value):
        shaken(core, best, seed=seed, timer=timer)
    if exact and best.bound <= below(core, best.value):
        settle(core, best, dual, timer=timer, is_covering=is_covering)
    return best


def relaxed(core: Core, best: Best, *, timer: Timer) -> Dual:
    """Raise the bound and, in between, improve what the relaxation would open."""
    price = first_price(core, best)
    for steps in ROUNDS:
        enough = below(core, best.value)
        dual = ascend(core, price=price, target=best.value, enough=enough, steps=steps)
        best.offer(*improved(core, dual.chosen))
        if dual.bound + core.base > below(core, best.value) or timer.is_over:
            break
        price = dual.price.copy()
    return dual


def first_price(core: Core, best: Best) -> Floats:
    """Half way between what the two best open sites ask of each demand."""
    is_open = np.zeros(len(core.candidate), np.bool_)
    is_open[best.open_sites] = True
    usable = np.flatnonzero(is_open[core.site])
    row, first, count = np.unique(
        core.row[usable], return_index=True, return_counts=True
    )
    one, two = core.cap.copy(), core.cap.copy()
    one[row] = core.cost[usable[first]]
    two[row[count > 1]] = core.cost[usable[first[count > 1] + 1]]
    price: Floats = (one + two) / 2
    return price


def shaken(core: Core, best: Best, *, seed: int, timer: Timer) -> None:
    """Open some sites at random in the place of others, and improve.

    Hansen and Mladenovic (1997), doi:10.1016/S0966-8349(98)00030-8.
    """
    random = np.random.default_rng(seed)
    strength = 2
    for _ in range(SHAKES):
        if timer.is_over or best.value <= core.floor:
            return
        others = np.setdiff1d(np.arange(len(core.candidate)), best.open_sites)
        size = min(strength, core.new, len(others))
        shaky = best.open_sites.copy()
        shaky[random.permutation(core.new)[:size]] = random.permutation(others)[:size]
        before = best.value
        best.offer(*improved(core, shaky))
        strength = 2 if best.value < before else strength % max(2, core.new // 2) + 1


def settle(
    core: Core, best: Best, dual: Dual, *, timer: Timer, is_covering: bool
) -> None:
    """Prove by cases, or find better; HiGHS takes over where a covering needs long."""
    half = timer.part(HALF if is_covering else 1.0)
    tree = branch(core, dual, open_sites=best.open_sites, value=best.value, timer=half)
    best.offer(tree.open_sites, tree.value)
    best.tighten(core, tree.bound)
    if not is_covering or best.bound > below(core, best.value):
        return
    small = reduced(core, dual, target=best.value)
    left = timer.left
    if small is None or left < 0.1 or len(small.core.site) > MOST_STEPS:
        return
    answer = finish(small.core, small.must, seconds=left)
    if answer.open_sites is not None:
        opened = np.concatenate([small.taken, small.core.candidate[answer.open_sites]])
        best.offer(opened, core.value(opened))
    # What was left out holds nothing better than the best known.
    best.tighten(core, answer.bound)
