"""Prove by cases: a tree in which a candidate is open on one side, closed on the other.

Each case is a smaller core with its own multipliers, begun from those of the case that
it comes from; the case with the least bound is split first. Beasley (1985),
doi:10.1016/0377-2217(85)90040-2.
"""

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from maillage.kernels.siting.core import Core
from maillage.kernels.siting.dual import Dual, ascend
from maillage.kernels.siting.problem import Floats, Ints
from maillage.kernels.siting.reduce import Reduced, below, reduced, without
from maillage.kernels.siting.timer import Timer

#: Subgradient steps in a case, and how long the first one is.
STEPS = 60
SIZE = 0.5


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is left to decide once ``taken`` (candidates of the root) are open."""

    core: Core
    candidate: Ints  # of the root, of each candidate that is left
    taken: Ints
    dual: Dual


@dataclass
class Tree:
    """Cases that may hold something better than the best value known."""

    root: Core
    open_sites: Ints
    value: float
    cases: list[tuple[float, int, Case]]
    count: int = 0

    @property
    def bound(self) -> float:
        """Nothing is better than this."""
        least = self.cases[0][0] if self.cases else np.inf
        return min(least, self.value)

    def offer(self, open_sites: Ints) -> None:
        value = self.root.value(open_sites)
        if value < self.value:
            self.open_sites, self.value = open_sites, value

    def add(self, small: Reduced | None, parent: Case | None, price: Floats) -> None:
        """Bound a case, and keep it if it may hold something better."""
        if small is None:
            return
        core = small.core
        candidate, taken = core.candidate, small.taken
        if parent is not None:
            candidate = parent.candidate[core.candidate]
            taken = np.concatenate([parent.taken, parent.candidate[small.taken]])
        if core.new < 0 or core.new > len(candidate):
            return
        if core.new in (0, len(candidate)) or not len(core.cap):
            cheapest = np.argsort(core.opening, kind="stable")[: core.new]
            self.offer(np.concatenate([taken, candidate[cheapest]]))
            return
        enough = below(self.root, self.value)
        dual = ascend(
            core,
            price=price[core.demand],
            target=self.value,
            enough=enough,
            steps=STEPS,
            size=SIZE,
        )
        bound = dual.bound + core.base
        self.offer(np.concatenate([taken, candidate[dual.chosen]]))
        if bound > below(self.root, self.value):
            return
        self.count += 1
        case = Case(core=core, candidate=candidate, taken=taken, dual=dual)
        heappush(self.cases, (bound, self.count, case))


def branch(
    core: Core, dual: Dual, *, open_sites: Ints, value: float, timer: Timer
) -> Tree:
    """Split cases until nothing better is left, or the time is over."""
    tree = Tree(root=core, open_sites=open_sites, value=value, cases=[])
    tree.add(reduced(core, dual, target=value), None, dual.price)
    while tree.cases and not timer.is_over:
        bound, _, case = heappop(tree.cases)
        if bound > below(core, tree.value):
            return tree
        split(tree, case)
    return tree


def split(tree: Tree, case: Case) -> None:
    """The candidate that the relaxation likes best is open, or it is not."""
    small = reduced(case.core, case.dual, target=tree.value)
    if small is None:
        return
    if len(small.taken) or len(small.core.candidate) < 0.8 * len(case.core.candidate):
        tree.add(small, case, case.dual.price)
        return
    liked = case.dual.chosen[int(np.argmin(case.dual.worth[case.dual.chosen]))]
    is_kept = np.ones(len(case.core.candidate), np.bool_)
    is_kept[liked] = False
    limit = np.full(len(case.core.cap), np.inf)
    for taken in (np.array([liked]), np.zeros(0, np.int64)):
        child = without(case.core, is_kept, taken, limit=limit)
        tree.add(child, case, case.dual.price)
