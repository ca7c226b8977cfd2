"""Bound what may follow a loan, by node and time; say what can still be reached."""

from typing import Any

import numpy as np
from numba import njit

from maillage.kernels.season.graph import LOST, NEVER, next_start, next_wall

ONE = np.uint64(1)


@njit(cache=True, nogil=True)
def in_cells(graph: Any, arcs: Any, step: int) -> Any:
    """Give the ways between loans in cells of time, rounded down.

    (m + 1, m) the direct way, and the one over the depot. From one fixed loan to the
    next the direct way takes none.
    """
    m = len(arcs.loan)
    direct = np.empty((m + 1, m), np.int32)
    over = np.empty((m + 1, m), np.int32)
    for i in range(m + 1):
        is_fact = i == m or arcs.loan[i] >= graph.free
        for j in range(m):
            direct[i, j] = arcs.time[i, j] // step
            over[i, j] = (arcs.rest[i] + arcs.set_out[j]) // step
            if is_fact and arcs.loan[j] >= graph.free:
                direct[i, j] = 0
    return direct, over


@njit(cache=True, nogil=True)
def completion(
    graph: Any, arcs: Any, worth: Any, step: int, unit: int, direct: Any, over: Any
) -> Any:
    """Bound the value of going on with a loan, by wear and time of arrival.

    Memory is forgotten. O(m^2 starts units).

    Parameters
    ----------
    worth : (m,) reduced value of each loan
    step : ticks of a cell of time, not more than the shortest duration
    unit : ticks of a unit of wear, rounded down; 0 forgets wear
    direct, over : ``in_cells``

    Returns
    -------
    (units, cells, m) value from a loan on, the way to it not counted, where the copy is
    there in the cell or later, worn so much or more; and the value of an itinerary as a
    whole
    """
    m = len(arcs.loan)
    horizon = graph.horizon
    has_walls = len(graph.walls) > 0
    cells = horizon // step + 1
    units = graph.wear_limit // unit + 1 if unit else 1
    go_on = np.full((units, cells, m), LOST)
    after = np.full((m, cells + 1, units), LOST)
    ends = np.zeros((m, cells + 1), np.uint8)
    adds = np.zeros(m, np.int64)
    is_fact = np.zeros(m, np.bool_)
    for a in range(m):
        loan = arcs.loan[a]
        is_fact[a] = loan >= graph.free
        if unit:
            adds[a] = graph.wears[loan] // unit
        for w in range(graph.window_at[loan], graph.window_at[loan + 1]):
            low = graph.first[w] + graph.duration[loan]
            high = graph.last[w] + graph.duration[loan]
            for cell in range(low // step, high // step + 1):
                ends[a, cell] = 1
    root = LOST
    for cell in range(cells - 1, -1, -1):
        t = cell * step
        for a in range(m):
            loan = arcs.loan[a]
            start = next_start(graph, loan, t)
            if start == NEVER:
                continue
            then = (start + graph.duration[loan]) // step
            for q in range(units):
                left = q + adds[a]
                if graph.renews[loan]:
                    left = 0
                elif left >= units:
                    if not is_fact[a]:
                        break
                    left = units - 1
                go_on[q, cell, a] = worth[a] + after[a, then, left]
        wall = next_wall(graph.walls, t + step - 1)
        for i in range(m + 1):
            if i == m:
                if cell > 0:
                    continue
            elif not ends[i, cell]:
                continue
            least = -arcs.home[i] if wall == NEVER else LOST
            for j in range(m):  # with maintenance, whatever the wear
                at = cell + over[i, j]
                if at >= cells or i == j:
                    continue
                v = go_on[0, at, j] - arcs.home[i] - arcs.out[j]
                if v > least and not (
                    has_walls and steps_over(graph, arcs.loan[j], at * step, wall)
                ):
                    least = v
            for q in range(units):
                best = least
                for j in range(m):
                    at = cell + direct[i, j]
                    if at >= cells or i == j:
                        continue
                    v = go_on[q, at, j] - arcs.cost[i, j]
                    if v > best and not (
                        has_walls and steps_over(graph, arcs.loan[j], at * step, wall)
                    ):
                        best = v
                if i < m:
                    after[i, cell, q] = best
                elif q == (min(graph.worn // unit, units - 1) if unit else 0):
                    root = best
    return go_on, root


@njit(cache=True, nogil=True)
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
    m = len(arcs.loan)
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
    return reach, cuts


@njit(cache=True, nogil=True)
def nearest(graph: Any) -> Any:
    """Give the km of the shortest way to each loan, from any loan or the depot."""
    n = len(graph.duration)
    near = np.full(n, np.inf)
    for j in range(n):
        for i in range(n + 1):
            if i != j:
                near[j] = min(near[j], graph.km[graph.place[i], graph.place[j]])
    return near


@njit(cache=True, nogil=True)
def loose(graph: Any, worth: Any, near: Any, rate: float) -> float:
    """Bound an itinerary where there are too many loans for more: time alone.

    Each loan is reached over the shortest way of all, in no time. O((n + f) horizon).
    """
    room = np.zeros(graph.horizon + 1)
    for t in range(graph.horizon - 1, -1, -1):
        room[t] = room[t + 1]
        for j in range(len(graph.duration)):
            if next_start(graph, j, t) == t:
                v = worth[j] - rate * near[j] + room[t + graph.duration[j]]
                room[t] = max(room[t], v)
    return float(room[0])
