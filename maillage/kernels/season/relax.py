"""Bound what may follow a loan, by node and time; say what can still be reached."""

from typing import Any

import numpy as np
from numba import njit

from maillage.kernels.season.graph import (
    LOST,
    NEVER,
    bare,
    next_start,
    next_wall,
)
from maillage.kernels.season.tables import Grid, Table

ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def completion(
    graph: Any,
    arcs: Any,
    worth: Any,
    grid: Grid,
    room: Table,
    ease: Any,
    share: float,
    threshold: float,
) -> Any:
    """Bound the value of going on with a loan, by wear and time of arrival.

    Memory is forgotten but for the loan before the last, to which no way leads back. A
    part of what a request brings, its ease, is paid at the outset, whether it is served
    or not, and taken off each time it is served: so serving it again and again pays
    less. Eases are sought by subgradients (Held and Karp, 1971, Mathematical
    Programming 1, 6-25), one step a call. O(m^2 starts units).

    Parameters
    ----------
    worth : (m,) reduced value of each loan
    room : the ``Table`` to fill, for worths less eases
    ease : (64 W,) eases, by bit
    share : length of a step, of what the bound is above the threshold; 0 for none
    threshold : bound at which nothing more is sought

    Returns
    -------
    a bound of an itinerary as a whole, all eases counted; the next eases
    """
    m = len(arcs.loan)
    net = np.empty(m)
    for j in range(m):
        bit = graph.bit[arcs.loan[j]]
        net[j] = worth[j] - (ease[bit] if bit >= 0 else 0.0)
    whole = fill(graph, arcs, net, grid, room) + ease.sum()
    better = ease.copy()
    if share > 0 and whole > threshold:
        often = np.zeros(len(ease), np.int64)
        visits(graph, arcs, grid, room, often)
        norm = 0.0
        for bit in range(len(ease)):
            if often[bit] > 1 or (often[bit] == 0 and ease[bit] > 0):
                norm += (often[bit] - 1.0) ** 2
        if norm > 0:
            size = share * (whole - threshold) / norm
            for bit in range(len(ease)):
                better[bit] = max(0.0, ease[bit] + size * (often[bit] - 1.0))
    return whole, better


@bare
def visits(graph: Any, arcs: Any, grid: Any, room: Any, often: Any) -> None:
    """Count how often the best itinerary of a table serves each request, by bit."""
    m = len(arcs.loan)
    step, unit, direct, over = grid
    go_on = room.go_on
    cells, units = go_on.shape[1], go_on.shape[0]
    has_walls = len(graph.walls) > 0
    i, cell = m, 0
    me, before = -2, -2
    q = min(graph.worn // unit, units - 1) if unit else 0
    while True:
        wall = next_wall(graph.walls, cell * step + step - 1)
        best = -arcs.home[i] if wall == NEVER else LOST
        best_j, best_at, best_q = -1, 0, 0
        for j in range(m):
            bit = graph.bit[arcs.loan[j]]
            if i == j or (bit >= 0 and bit in (me, before)):
                continue
            for way in range(2):
                at = cell + (over[i, j] if way else direct[i, j])
                if at >= cells:
                    continue
                left = 0 if way else q
                cost = arcs.home[i] + arcs.out[j] if way else arcs.cost[i, j]
                v = go_on[left, at, j]
                if room.then[left, at, j] == me:
                    v = room.other[left, at, j]
                v -= cost
                if v > best and not (
                    has_walls and steps_over(graph, arcs.loan[j], at * step, wall)
                ):
                    best, best_j, best_at, best_q = v, j, at, left
        if best_j < 0:
            return
        loan = arcs.loan[best_j]
        bit = graph.bit[loan] if graph.bit[loan] >= 0 else -3
        if bit >= 0:
            often[bit] += 1
        start = next_start(graph, loan, best_at * step)
        cell = (start + graph.duration[loan]) // step
        q = best_q
        if unit:
            q = 0 if graph.renews[loan] else min(q + room.adds[best_j], units - 1)
        i = best_j
        before, me = me, bit


@njit(cache=True, nogil=True, inline="always")
def beside(v: float, mine: int, best: float, other: float, bit: int) -> Any:
    """Keep the best value, its bit, and the best of another bit; ``v`` beats the latter."""
    if mine == bit:
        return max(best, v), other, bit
    if v > best:
        return v, best, mine
    return best, v, bit


@njit(cache=True, nogil=True)
def fill(graph: Any, arcs: Any, worth: Any, grid: Any, room: Any) -> float:
    """Fill a table backwards; give the value of an itinerary as a whole."""
    m = len(arcs.loan)
    mine = np.empty(m + 1, np.int32)
    mine[m] = -2
    late = np.zeros(m, np.int64)
    near = np.full(m + 1, np.inf)  # cost of the nearest way on
    for i in range(m + 1):
        for j in range(m):
            near[i] = min(near[i], arcs.cost[i, j] if i != j else np.inf)
    for a in range(m):
        loan = arcs.loan[a]
        bit = graph.bit[loan]
        mine[a] = bit if bit >= 0 else -3 - a
        for w in range(graph.window_at[loan], graph.window_at[loan + 1]):
            late[a] = max(late[a], graph.last[w] // grid.step)
    order = np.argsort(-late, kind="mergesort")
    best = np.empty((len(room.go_on), m), np.int32)
    root: float = backwards(
        graph, arcs, worth, grid, room, mine, late, near, order, best
    )
    return root


@bare
def backwards(
    graph: Any,
    arcs: Any,
    worth: Any,
    grid: Any,
    room: Any,
    mine: Any,
    late: Any,
    near: Any,
    order: Any,
    best: Any,
) -> float:
    """Do what ``fill`` says, the loans that start last first in ``order``.

    ``best`` (units, m) has the loans that may still start, the best to go on with first:
    none brings more when it is reached later. Where loans are fixed that need not be so.
    """
    m = len(arcs.loan)
    step, unit, direct, over = grid
    go_on, other, then, after, after_other, after_then, ends, adds = room
    has_walls = len(graph.walls) > 0
    units, cells, _ = go_on.shape
    alive = 0  # loans that may still start, by order
    root = LOST
    for cell in range(cells - 1, -1, -1):
        t = cell * step
        while alive < m and late[order[alive]] >= cell:
            for q in range(units):
                best[q, alive] = order[alive]
            alive += 1
        for rank in range(alive):
            a = order[rank]
            loan = arcs.loan[a]
            start = next_start(graph, loan, t)
            if start == NEVER:
                continue
            end = (start + graph.duration[loan]) // step
            for q in range(units):
                left = q + adds[a]
                if graph.renews[loan]:
                    left = 0
                elif left >= units:
                    if loan < graph.free:
                        break
                    left = units - 1
                go_on[q, cell, a] = worth[a] + after[a, end, left]
                other[q, cell, a] = worth[a] + after_other[a, end, left]
                then[q, cell, a] = after_then[a, end, left]
        if not has_walls:
            in_order(go_on, cell, best, alive)
        wall = next_wall(graph.walls, t + step - 1)
        for i in range(m + 1):
            if i == m:
                if cell > 0:
                    continue
            elif not ends[i, cell]:
                continue
            me = mine[i]
            home = -arcs.home[i] if wall == NEVER else LOST
            least, second, best_bit = home, home, -1
            for rank in range(alive):  # with maintenance, whatever the wear
                j = best[0, rank]
                if go_on[0, cell, j] - arcs.home[i] <= second and not has_walls:
                    break
                at = cell + over[i, j]
                if at >= cells or mine[j] == me:
                    continue
                cost = arcs.home[i] + arcs.out[j]
                if go_on[0, at, j] - cost <= second:
                    continue
                v = go_on[0, at, j] if then[0, at, j] != me else other[0, at, j]
                v -= cost
                if v > second and not (
                    has_walls and steps_over(graph, arcs.loan[j], at * step, wall)
                ):
                    least, second, best_bit = beside(
                        v, mine[j], least, second, best_bit
                    )
            for q in range(units):
                most, next_best, bit = least, second, best_bit
                for rank in range(alive):
                    j = best[q, rank]
                    if go_on[q, cell, j] - near[i] <= next_best and not has_walls:
                        break
                    at = cell + direct[i, j]
                    if at >= cells or mine[j] == me:
                        continue
                    cost = arcs.cost[i, j]
                    if go_on[q, at, j] - cost <= next_best:
                        continue
                    v = go_on[q, at, j] if then[q, at, j] != me else other[q, at, j]
                    v -= cost
                    if v > next_best and not (
                        has_walls and steps_over(graph, arcs.loan[j], at * step, wall)
                    ):
                        most, next_best, bit = beside(v, mine[j], most, next_best, bit)
                if i < m:
                    after[i, cell, q] = most
                    after_other[i, cell, q] = next_best
                    after_then[i, cell, q] = bit
                elif q == (min(graph.worn // unit, units - 1) if unit else 0):
                    root = most
    return root


@bare
def in_order(go_on: Any, cell: int, best: Any, alive: int) -> None:
    """Put loans in order again, the best first; they were so a cell later."""
    for q in range(len(best)):
        for rank in range(1, alive):
            j = best[q, rank]
            at = rank
            while at > 0 and go_on[q, cell, best[q, at - 1]] < go_on[q, cell, j]:
                best[q, at] = best[q, at - 1]
                at -= 1
            best[q, at] = j


@bare
def steps_over(graph: Any, loan: int, tick: int, wall: int) -> bool:
    """Say whether a loan from a tick on would run into the next fixed one."""
    start = next_start(graph, loan, tick)
    if loan >= graph.free:
        return start > wall
    return bool(start + graph.duration[loan] > wall)


@njit(cache=True, nogil=True)
def reachable(graph: Any, arcs: Any, step: int, cells: int, cut_bits: Any) -> Any:
    """Say which requests, and which cuts, may still come, by cell of time.

    (cells, W) and (cells,) bits, generous.
    """
    words = graph.memory.shape[1]
    reach = np.zeros((cells, words), np.uint64)
    cuts = np.zeros(cells, np.uint64)
    reach_back(graph, arcs, step, reach, cuts, cut_bits)
    return reach, cuts


@bare
def reach_back(
    graph: Any, arcs: Any, step: int, reach: Any, cuts: Any, cut_bits: Any
) -> None:
    m = len(arcs.loan)
    cells, words = reach.shape
    for j in range(m):
        loan = arcs.loan[j]
        near = arcs.set_out[j] + arcs.rest[m]
        for i in range(m):
            near = min(near, arcs.time[i, j], arcs.rest[i] + arcs.set_out[j])
        late = -1
        for w in range(graph.window_at[loan], graph.window_at[loan + 1]):
            late = max(late, graph.last[w])
        cell = (late - near) // step
        if late < near:
            continue
        bit = graph.bit[loan]
        if bit >= 0:
            reach[cell, bit >> 6] |= ONE << np.uint64(bit & 63)
        cuts[cell] |= cut_bits[j]
    for cell in range(cells - 2, -1, -1):
        for a in range(words):
            reach[cell, a] |= reach[cell + 1, a]
        cuts[cell] |= cuts[cell + 1]
