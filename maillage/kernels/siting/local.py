"""Good sites at once: greedy, then swaps by the fast interchange.

Resende and Werneck (2007), "A fast swap-based local search procedure for location
problems", Annals of Operations Research 150, 205-230, doi:10.1007/s10479-006-0154-0.

Arrays of a ``Core`` throughout: demands with their pairs from the cheapest on. State of
a demand: the open site that serves it and the next best one, with what they ask; where
there is none, the site is -1 and it asks the cap.
"""

import numpy as np
from numba import njit

from maillage.kernels.siting.core import Core
from maillage.kernels.siting.problem import Floats, Ints

#: A swap must save this share of the value, or rounding would swap for ever.
LEAST = 1e-11


def greedy(core: Core) -> Ints:
    """(new,) the site that saves most is opened, then the next one."""
    chosen: Ints = _greedy(
        core.start, core.site, core.cost, core.cap, core.opening, core.new
    )
    return chosen


def improved(core: Core, open_sites: Ints) -> tuple[Ints, float]:
    """Swap an open site for a closed one, the best pair each time, until none saves."""
    chosen = open_sites.astype(np.int64).copy()
    if 0 < core.new < len(core.candidate) and len(core.cap):
        _swap(
            core.start, core.site, core.cost, core.cap, core.opening, chosen,
            *core.columns, LEAST,
        )  # fmt: skip
    return chosen, core.value(chosen)


@njit(cache=True, nogil=True)
def _greedy(
    start: Ints, site: Ints, cost: Floats, cap: Floats, opening: Floats, new: int
) -> Ints:
    saving = -opening.copy()
    paid = cap.copy()
    for i in range(len(cap)):
        for k in range(start[i], start[i + 1]):
            saving[site[k]] += cap[i] - cost[k]
    chosen = np.empty(new, np.int64)
    for step in range(new):
        best = int(np.argmax(saving))
        chosen[step] = best
        for i in range(len(cap)):
            here = -1
            for k in range(start[i], start[i + 1]):
                if cost[k] >= paid[i]:
                    break
                if site[k] == best:
                    here = k
                    break
            if here < 0:
                continue
            for k in range(start[i], start[i + 1]):
                if cost[k] >= paid[i]:
                    break
                saving[site[k]] -= paid[i] - max(cost[k], cost[here])
            paid[i] = cost[here]
        saving[best] = -np.inf
    return chosen


@njit(cache=True, nogil=True)
def _two_best(
    i: int, start: Ints, site: Ints, cost: Floats, cap: Floats, slot: Ints
) -> tuple[int, float, int, float]:
    """The two cheapest open sites of a demand, -1 and the cap where there is none."""
    first, first_cost = -1, cap[i]
    for k in range(start[i], start[i + 1]):
        if slot[site[k]] >= 0:
            if first >= 0:
                return first, first_cost, site[k], cost[k]
            first, first_cost = site[k], cost[k]
    return first, first_cost, -1, cap[i]


@njit(cache=True, nogil=True)
def _count_in(
    i: int,
    sign: float,
    start: Ints,
    site: Ints,
    cost: Floats,
    slot: Ints,
    first: Ints,
    first_cost: Floats,
    second_cost: Floats,
    gain: Floats,
    loss: Floats,
    extra: Floats,
) -> None:
    """Add (or take away) what a demand says of each swap."""
    here = slot[first[i]] if first[i] >= 0 else -1
    if here >= 0:
        loss[here] += sign * (second_cost[i] - first_cost[i])
    for k in range(start[i], start[i + 1]):
        if cost[k] >= second_cost[i]:
            break
        if cost[k] < first_cost[i]:
            gain[site[k]] += sign * (first_cost[i] - cost[k])
            if here >= 0:
                extra[site[k], here] += sign * (second_cost[i] - first_cost[i])
        elif here >= 0:
            extra[site[k], here] += sign * (second_cost[i] - cost[k])


@njit(cache=True, nogil=True)
def _swap(
    start: Ints,
    site: Ints,
    cost: Floats,
    cap: Floats,
    opening: Floats,
    chosen: Ints,
    begin: Ints,
    column_row: Ints,
    column_cost: Floats,
    least: float,
) -> int:
    """Swap in place until no swap saves; return how many were made."""
    n, m, p = len(cap), len(opening), len(chosen)
    slot = np.full(m, -1, np.int64)
    for r in range(p):
        slot[chosen[r]] = r
    first, second = np.empty(n, np.int64), np.empty(n, np.int64)
    first_cost, second_cost = np.empty(n), np.empty(n)
    gain, loss, extra = np.zeros(m), np.zeros(p), np.zeros((m, p))
    for i in range(n):
        first[i], first_cost[i], second[i], second_cost[i] = _two_best(
            i, start, site, cost, cap, slot
        )
        _count_in(
            i, 1.0, start, site, cost, slot, first, first_cost, second_cost, gain,
            loss, extra,
        )  # fmt: skip
    scale = first_cost.sum()
    for r in range(p):
        scale += opening[chosen[r]]
    touched = np.zeros(n, np.bool_)
    swaps = 0
    while swaps < 20 * m:
        best, into, out = least * scale, -1, -1
        for u in range(m):
            if slot[u] >= 0:
                continue
            for r in range(p):
                saves = (
                    gain[u] - loss[r] + extra[u, r] - opening[u] + opening[chosen[r]]
                )
                if saves > best:
                    best, into, out = saves, u, r
        if into < 0:
            break
        swaps += 1
        gone = chosen[out]
        for i in range(n):
            touched[i] = first[i] == gone or second[i] == gone
        for k in range(begin[into], begin[into + 1]):
            if column_cost[k] < second_cost[column_row[k]]:
                touched[column_row[k]] = True
        for i in range(n):
            if touched[i]:
                _count_in(
                    i, -1.0, start, site, cost, slot, first, first_cost, second_cost,
                    gain, loss, extra,
                )  # fmt: skip
        slot[gone] = -1
        slot[into] = out
        chosen[out] = into
        for i in range(n):
            if touched[i]:
                first[i], first_cost[i], second[i], second_cost[i] = _two_best(
                    i, start, site, cost, cap, slot
                )
                _count_in(
                    i, 1.0, start, site, cost, slot, first, first_cost, second_cost,
                    gain, loss, extra,
                )  # fmt: skip
    return swaps
