"""The graph of the loans that a copy may do, as compiled code reads it."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Bits = NDArray[np.uint64]
Words = NDArray[np.int32]
Reals = NDArray[np.float64]

#: A tick after all others.
NEVER = 2**30
#: A value below all others.
LOST = -1e300


def bare(function: F) -> F:
    """Compile what makes and returns no arrays.

    Those it is given are not counted: to count the arrays of a tuple at each look costs
    more than all that is done with them.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    compiled: F = njit(**options)(function)
    return compiled


class Graph(NamedTuple):
    """The loans that a copy of a family may do, free ones first, then fixed ones.

    ``following[j, t]`` is the first start of ``j`` not before ``t``, ``NEVER`` if there
    is none; ``walls`` are the starts of fixed loans: no itinerary steps over one.
    """

    place: Words  # (n + f + 1,) the depot at the end
    duration: Words  # (n + f,)
    wears: Words  # (n + f,)
    renews: NDArray[np.uint8]  # (n + f,)
    bit: Words  # (n + f,) rank of its request in the family, -1 for fixed loans
    memory: Bits  # (n + f, W) requests that are still remembered after it
    window_at: Words  # (n + f + 1,) where the windows of each begin
    first: Words  # (w,)
    last: Words  # (w,)
    following: Words  # (n + f, horizon + 2), or (0, 0) where that is too large
    walls: Words  # (f,)
    free: int  # n
    horizon: int
    changeover: int
    maintenance: int
    wear_limit: int
    worn: int  # wear at tick 0
    km: Reals  # (L, L)
    travel: Words  # (L, L)


class Arcs(NamedTuple):
    """The loans taken into account in one search, and the ways between them.

    Rows are loans, and the depot at the end. A way over the depot with maintenance
    takes ``rest[i] + set_out[j]`` ticks and costs ``home[i] + out[j]``.
    """

    loan: Words  # (m,)
    cost: Reals  # (m + 1, m)
    time: Words  # (m + 1, m)
    home: Reals  # (m + 1,) cost of the way home, 0 at the depot
    out: Reals  # (m,)
    rest: Words  # (m + 1,)
    set_out: Words  # (m,)


@bare
def next_start(graph: Any, loan: int, tick: int) -> int:
    """Give the first start of a loan not before a tick, ``NEVER`` if there is none."""
    if len(graph.following):
        known: int = graph.following[loan, tick]
        return known
    found = NEVER
    for w in range(graph.window_at[loan], graph.window_at[loan + 1]):
        if graph.last[w] >= tick:
            found = min(found, max(tick, graph.first[w]))
    return found


@bare
def next_wall(walls: Any, tick: int) -> int:
    """Give the start of the first fixed loan not before a tick, or ``NEVER``."""
    for wall in walls:
        if wall >= tick:
            found: int = wall
            return found
    return NEVER


@njit(cache=True, nogil=True)
def gather(graph: Any, loans: Any, rate: float) -> Any:
    """Lay out the ways between some loans, a km costing ``rate``; an ``Arcs``."""
    m = len(loans)
    depot = graph.place[len(graph.duration)]
    cost = np.empty((m + 1, m))
    time = np.empty((m + 1, m), np.int32)
    home = np.zeros(m + 1)
    out = np.empty(m)
    rest = np.full(m + 1, graph.maintenance, np.int32)
    set_out = np.empty(m, np.int32)
    for a in range(m):
        here = graph.place[loans[a]]
        home[a] = rate * graph.km[here, depot]
        rest[a] += graph.travel[here, depot] + graph.changeover
        out[a] = rate * graph.km[depot, here]
        set_out[a] = graph.travel[depot, here]
        for b in range(m):
            there = graph.place[loans[b]]
            cost[a, b] = rate * graph.km[here, there]
            time[a, b] = graph.travel[here, there] + graph.changeover
        cost[m, a] = out[a]
        time[m, a] = set_out[a]
    return Arcs(loans, cost, time, home, out, rest, set_out)


@njit(cache=True, nogil=True)
def table(window_at: Any, first: Any, last: Any, horizon: int) -> Any:
    """Tabulate the first start of each loan not before each tick."""
    n = len(window_at) - 1
    following = np.full((n, horizon + 2), NEVER, np.int32)
    for j in range(n):
        for w in range(window_at[j], window_at[j + 1]):
            for t in range(last[w] + 1):
                start = max(t, first[w])
                following[j, t] = min(following[j, t], start)
    return following


@njit(cache=True, nogil=True)
def slack(graph: Any) -> Any:
    """Say by how many km a detour over each loan may be shorter than the direct way.

    (n + f,), 0 where km obey the triangle inequality, inf where leaving the loan out
    may make an itinerary late. A loan with a reduced value below minus this is in no
    best itinerary. O((n + f)^3).
    """
    count = len(graph.duration)
    gain = np.zeros(count)
    for j in range(count):
        at = graph.place[j]
        for i in range(count + 1):
            here = graph.place[i]
            to = graph.km[here, at]
            time_to = graph.travel[here, at]
            for k in range(count + 1):
                there = graph.place[k]
                less = graph.km[here, there] - to - graph.km[at, there]
                if less > gain[j]:
                    gain[j] = less
                if (
                    graph.travel[here, there]
                    > time_to + graph.travel[at, there] + graph.duration[j]
                ):
                    gain[j] = np.inf
    return gain


@njit(cache=True, nogil=True)
def measure(graph: Any, steps: Any) -> tuple[float, Any]:
    """Follow an itinerary (loan * 2 + maintained); give its km and its starts.

    A start of ``NEVER`` says that the loan cannot be done there.
    """
    count = len(graph.duration)
    depot = graph.place[count]
    start = np.full(len(steps), NEVER, np.int64)
    km = 0.0
    tick = 0
    wear = graph.worn
    here = depot
    was_fixed = True
    for q in range(len(steps)):
        loan = steps[q] >> 1
        is_kept = (steps[q] & 1) == 1
        there = graph.place[loan]
        is_fixed = loan >= graph.free
        if is_kept:
            if q:
                tick += graph.travel[here, depot] + graph.changeover
                km += graph.km[here, depot]
            tick += graph.maintenance + graph.travel[depot, there]
            km += graph.km[depot, there]
            wear = 0
        else:
            if not (is_fixed and was_fixed):
                tick += graph.travel[here, there]
                if q:
                    tick += graph.changeover
            km += graph.km[here, there]
        wear += graph.wears[loan]
        if wear > graph.wear_limit and not (is_fixed and was_fixed):
            break
        if tick > graph.horizon:
            break
        begin = next_start(graph, loan, tick)
        if begin == NEVER:
            break
        start[q] = begin
        tick = begin + graph.duration[loan]
        if graph.renews[loan]:
            wear = 0
        here = there
        was_fixed = is_fixed
    if len(steps):
        km += graph.km[here, depot]
    return km, start
