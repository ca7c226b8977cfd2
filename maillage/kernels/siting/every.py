"""Try every choice, where there are few."""

import numpy as np
from numba import njit

from maillage.kernels.siting.core import cheapest_fixed
from maillage.kernels.siting.problem import Bools, Floats, Ints, Sites


def every_choice(sites: Sites, least: int, most: int, *, within: float) -> list[Ints]:
    """Choices of ``least`` to ``most`` free candidates that none beats, as their ranks.

    Compared in the weight covered, the largest cost and what opening costs; of equals
    one stays.
    """
    table = np.full((int(sites.free.sum()), sites.demands), np.inf)
    place = np.cumsum(sites.free) - 1
    usable = sites.free[sites.site]
    table[place[sites.site[usable]], sites.row[usable]] = sites.cost[usable]
    counts = (sites.weight > 0) & ~sites.isolated
    return front_of(
        *_every(
            table, cheapest_fixed(sites), sites.weight, counts,
            sites.opening[sites.free], least, most, within,
        )
    )  # fmt: skip


def front_of(choice: Ints, covered: Floats, worst: Floats, spent: Floats) -> list[Ints]:
    """Rows of ``choice`` (c, most), -1 for none, that no other one beats."""
    order = np.lexsort((spent, worst, -covered))
    kept: list[int] = []
    worst_kept, spent_kept = np.zeros(0), np.zeros(0)
    for rank in order.tolist():
        # All that are kept cover as much at least.
        if not ((worst_kept <= worst[rank]) & (spent_kept <= spent[rank])).any():
            kept.append(rank)
            worst_kept, spent_kept = worst[kept], spent[kept]
    return [choice[rank][choice[rank] >= 0] for rank in kept]


@njit(cache=True, nogil=True)
def _every(
    table: Floats,
    served: Floats,
    weight: Floats,
    counts: Bools,
    opening: Floats,
    least: int,
    most: int,
    within: float,
) -> tuple[Ints, Floats, Floats, Floats]:
    m, n = table.shape
    total = 0
    size = 1
    for new in range(most + 1):
        if new >= least:
            total += size
        size = size * (m - new) // (new + 1)
    choice = np.full((total, most), -1, np.int64)
    covered, worst, spent = np.zeros(total), np.zeros(total), np.zeros(total)
    cost = np.empty((most + 1, n))
    cost[0] = served
    stack = np.full(most + 1, -1, np.int64)
    depth, found, is_new = 0, 0, True
    while depth >= 0:
        if is_new and depth >= least:
            for i in range(n):
                if cost[depth, i] <= within:
                    covered[found] += weight[i]
                if counts[i] and cost[depth, i] > worst[found]:
                    worst[found] = cost[depth, i]
            for k in range(depth):
                choice[found, k] = stack[k]
                spent[found] += opening[stack[k]]
            found += 1
        # The next candidate at this depth, or one step back.
        following = stack[depth] + 1
        if is_new:
            following = stack[depth - 1] + 1 if depth > 0 else 0
        if depth < most and following < m:
            stack[depth] = following
            for i in range(n):
                cost[depth + 1, i] = min(cost[depth, i], table[following, i])
            depth += 1
            is_new = True
        else:
            depth -= 1
            is_new = False
    return choice, covered, worst, spent
