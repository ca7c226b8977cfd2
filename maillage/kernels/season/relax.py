"""Bound what may follow a loan, by node and time; say what can still be reached."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maillage.kernels.season.graph import (
    LOST,
    NEVER,
    Reals,
    Words,
    next_start,
    next_wall,
)
from maillage.kernels.season.problem import Ints

ONE = np.uint64(1)


class Table(NamedTuple):
    """Room for the bounds of one family."""

    go_on: Reals  # (units, cells, m)
    other: Reals  # (units, cells, m), not going on with ``then`` directly
    then: Words  # (units, cells, m) bit of what goes on best, -1 for none
    after: Reals  # (m, cells + 1, units), as above, once a loan has ended
    after_other: Reals
    after_then: Words
    ends: NDArray[np.uint8]  # (m, cells + 1) whether a loan may end there
    adds: Ints  # (m,) units of wear of each


class Grid(NamedTuple):
    """Time in cells, wear in units, and the ways between loans in cells, rounded down."""

    step: int  # ticks of a cell, not more than the shortest duration
    unit: int  # ticks of a unit of wear, 0 forgets wear
    direct: Words  # (m + 1, m)
    over: Words  # (m + 1, m) over the depot


@njit(cache=True, nogil=True)
def in_cells(graph: Any, arcs: Any, step: int, unit: int) -> Any:
    """Lay out a ``Grid``. From one fixed loan to the next the direct way takes none."""
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
    return Grid(step, unit, direct, over)


@njit(cache=True, nogil=True)
def completion(
    graph: Any,
    arcs: Any,
    worth: Any,
    grid: Any,
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
    ease : (64 W,) eases, by bit
    share : length of a step, of what the bound is above the threshold; 0 for none
    threshold : bound at which nothing more is sought

    Returns
    -------
    a ``Table`` for worths less eases; a bound of an itinerary as a whole, all eases
    counted; the next eases
    """
    m = len(arcs.loan)
    net = np.empty(m)
    for j in range(m):
        bit = graph.bit[arcs.loan[j]]
        net[j] = worth[j] - (ease[bit] if bit >= 0 else 0.0)
    room = table_of(graph, arcs, grid)
    whole = fill(graph, arcs, net, grid, room) + ease.sum()
    better = ease.copy()
    if share > 0 and whole > threshold:
        often = visits(graph, arcs, grid, room, len(ease))
        norm = 0.0
        for bit in range(len(ease)):
            if often[bit] > 1 or (often[bit] == 0 and ease[bit] > 0):
                norm += (often[bit] - 1.0) ** 2
        if norm > 0:
            size = share * (whole - threshold) / norm
            for bit in range(len(ease)):
                better[bit] = max(0.0, ease[bit] + size * (often[bit] - 1.0))
    return room, whole, better


@njit(cache=True, nogil=True)
def visits(graph: Any, arcs: Any, grid: Any, room: Any, bits: int) -> Any:
    """Count how often the best itinerary of a table serves each request; (bits,)."""
    m = len(arcs.loan)
    step, unit, direct, over = grid
    go_on = room.go_on
    cells, units = go_on.shape[1], go_on.shape[0]
    has_walls = len(graph.walls) > 0
    often = np.zeros(bits, np.int64)
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
            return often
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


@njit(cache=True, nogil=True)
def table_of(graph: Any, arcs: Any, grid: Any) -> Any:
    """Make room for a table of bounds, and note when loans may end."""
    m = len(arcs.loan)
    step, unit = grid.step, grid.unit
    cells = graph.horizon // step + 1
    units = graph.wear_limit // unit + 1 if unit else 1
    ends = np.zeros((m, cells + 1), np.uint8)
    adds = np.zeros(m, np.int64)
    for a in range(m):
        loan = arcs.loan[a]
        if unit:
            adds[a] = graph.wears[loan] // unit
        for w in range(graph.window_at[loan], graph.window_at[loan + 1]):
            low = graph.first[w] + graph.duration[loan]
            high = graph.last[w] + graph.duration[loan]
            for cell in range(low // step, high // step + 1):
                ends[a, cell] = 1
    return Table(
        np.full((units, cells, m), LOST),
        np.full((units, cells, m), LOST),
        np.full((units, cells, m), -1, np.int32),
        np.full((m, cells + 1, units), LOST),
        np.full((m, cells + 1, units), LOST),
        np.full((m, cells + 1, units), -1, np.int32),
        ends,
        adds,
    )


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
    """Fill an empty table backwards; give the value of an itinerary as a whole."""
    m = len(arcs.loan)
    step, unit, direct, over = grid
    go_on, other, then, after, after_other, after_then, ends, adds = room
    mine = np.empty(m + 1, np.int32)
    mine[m] = -2
    for a in range(m):
        bit = graph.bit[arcs.loan[a]]
        mine[a] = bit if bit >= 0 else -3 - a
    has_walls = len(graph.walls) > 0
    units, cells, _ = go_on.shape
    late = np.zeros(m, np.int64)
    for a in range(m):
        loan = arcs.loan[a]
        for w in range(graph.window_at[loan], graph.window_at[loan + 1]):
            late[a] = max(late[a], graph.last[w] // step)
    order = np.argsort(-late, kind="mergesort")
    alive = 0  # loans that may still start, by order
    root = LOST
    for cell in range(cells - 1, -1, -1):
        t = cell * step
        for a in range(m):
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
        wall = next_wall(graph.walls, t + step - 1)
        for i in range(m + 1):
            if i == m:
                if cell > 0:
                    continue
            elif not ends[i, cell]:
                continue
            while alive < m and late[order[alive]] >= cell:
                alive += 1
            me = mine[i]
            home = -arcs.home[i] if wall == NEVER else LOST
            least, second, best_bit = home, home, -1
            for rank in range(alive):  # with maintenance, whatever the wear
                j = order[rank]
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
                best, next_best, bit = least, second, best_bit
                for rank in range(alive):
                    j = order[rank]
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
                        best, next_best, bit = beside(v, mine[j], best, next_best, bit)
                if i < m:
                    after[i, cell, q] = best
                    after_other[i, cell, q] = next_best
                    after_then[i, cell, q] = bit
                elif q == (min(graph.worn // unit, units - 1) if unit else 0):
                    root = best
    return root


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
