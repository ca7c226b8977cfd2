"""A season as the search sees it: families of identical copies, rows of what is scarce."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from maillage.kernels.season.graph import Graph, Reals, measure, slack, table
from maillage.kernels.season.problem import Floats, Ints, Problem
from maillage.kernels.season.twins import needless
from maillage.kernels.season.zones import Zones, nearest, zoned

#: Loans of a family up to which ways between all of them are laid out.
DENSE = 500
#: Entries of the tables of first starts.
TABLE = 8_000_000
#: Cells of time of the bounds.
CELLS = 360
#: Units of wear of the bounds.
UNITS = 30
#: Requests that a loan lets one remember at first, besides itself.

MEMORY = 10


@dataclass(kw_only=True)
class Family:
    """Copies of one group with the same depot and wear and nothing fixed, or one copy.

    Loans are the options that are open, by first start, then what is fixed. A copy
    that takes nothing more does what is fixed; an itinerary counts for what it is
    worth beyond that.
    """

    rank: int
    group: int
    copies: Ints
    option: Ints  # (n,)
    request: Ints  # (n,)
    value: Floats  # (n,)
    fixed: Ints  # (f,)
    graph: Graph
    km_cost: float
    bits: Ints  # requests by bit
    base_km: float = 0.0
    step: int = 1  # ticks of a cell of time
    unit: int = 0  # ticks of a unit of wear, 0 where wear never binds
    slack_km: Reals = field(default_factory=lambda: np.zeros(0))
    near_km: Reals = field(default_factory=lambda: np.zeros(0))
    zones: Zones | None = None  # where it is not dense

    @property
    def count(self) -> int:
        return len(self.copies)

    @property
    def loans(self) -> int:
        """Number of loans that it may take."""
        return len(self.option)

    @property
    def long(self) -> int:
        """How many times more tours to ask for, where tours are long."""
        mean = float(self.graph.duration[: self.loans].mean()) if self.loans else 1.0
        return int(np.clip(self.graph.horizon / mean / 24, 1, 4))

    @property
    def is_dense(self) -> bool:
        return self.loans + len(self.fixed) <= DENSE


@dataclass(frozen=True, kw_only=True)
class Season:
    """A problem, its families and the rows that tie them.

    Rows are requests, then families, hosts, km and further limits. ``room`` is what
    the fixed loans leave of each; a row that cannot bind has no place, -1. What is
    fixed brings ``base_value`` and takes ``base_km``.
    """

    problem: Problem
    families: tuple[Family, ...]
    room: Floats  # (rows,)
    host_row: Ints  # (R,) row of the host of each request
    km_row: int
    weights: csr_matrix  # (R, M) further limits
    limit_row: int  # first of them
    base_value: float
    base_km: float

    @property
    def rows(self) -> int:
        return len(self.room)

    def family_row(self, rank: int) -> int:
        return self.problem.requests + rank

    def common_rows(self, requests: Ints) -> Ints:
        """Rows beside requests and families that tours may take from, rising."""
        hosts = self.host_row[requests]
        limits = self.limit_row + np.unique(self.weights[requests].indices)
        km = [self.km_row] if self.km_row >= 0 else []
        return np.unique(np.concatenate([hosts[hosts >= 0], limits, km])).astype(
            np.int64
        )

    def requests_of(self, families: Iterable[int]) -> Ints:
        """Requests that some families may serve, rising."""
        mine = [self.families[rank].request for rank in families]
        return np.unique(np.concatenate([*mine, np.zeros(0, np.int64)]))

    def prices(self, dual: Floats) -> Floats:
        """(R,) what a loan of each request costs in duals."""
        problem = self.problem
        price = dual[: problem.requests].copy()
        has = self.host_row >= 0
        price[has] += dual[self.host_row[has]]
        if self.weights.nnz:
            limits = dual[self.limit_row : self.limit_row + self.weights.shape[1]]
            price += self.weights @ limits
        return price


def season_of(problem: Problem) -> Season:
    """Sort a problem into families and rows."""
    done = problem.fixed_request[problem.fixed_request >= 0]
    is_open = np.ones(problem.requests, np.bool_)
    is_open[done] = False
    used = np.bincount(problem.host[done], minlength=len(problem.host_limit))
    host_room = np.maximum(problem.host_limit - used, 0)
    is_open &= host_room[problem.host] > 0
    shape = (problem.requests, len(problem.limit_capacity))
    weights = csr_matrix(
        (problem.limit_weight, (problem.limit_request, problem.limit_row)), shape
    )
    weights.sum_duplicates()
    given = np.asarray(weights[done].sum(axis=0)).ravel()
    limit_room = np.maximum(problem.limit_capacity - given, 0.0)
    terms = weights.tocoo()
    over = terms.data > limit_room[terms.col] + 1e-9 * np.maximum(
        1, limit_room[terms.col]
    )
    is_open[terms.row[over]] = False
    is_open &= ~needless(problem, is_open, host_room)
    travel = np.ascontiguousarray(np.minimum(problem.travel, problem.horizon + 1))
    shared = (
        np.ascontiguousarray(problem.km, np.float64),
        travel.astype(np.int32),
    )
    families = tuple(
        family_of(problem, rank, copies, is_open, shared)
        for rank, copies in enumerate(kinds(problem))
    )
    base_km = sum(family.base_km * family.count for family in families)
    cost = sum(family.base_km * family.km_cost * family.count for family in families)
    wanted = np.bincount(problem.host[is_open], minlength=len(host_room))
    binding = np.flatnonzero(wanted > host_room)
    row = problem.requests + len(families)
    host_row = np.full(len(host_room), -1, np.int64)
    host_row[binding] = row + np.arange(len(binding))
    row += len(binding)
    has_budget = np.isfinite(problem.km_budget)
    km_room = [max(problem.km_budget - base_km, 0.0)] if has_budget else []
    room = np.concatenate(
        [
            is_open.astype(np.float64),
            [float(family.count) for family in families],
            host_room[binding].astype(np.float64),
            km_room,
            limit_room,
        ]
    )
    return Season(
        problem=problem,
        families=families,
        room=room,
        host_row=host_row[problem.host] if problem.requests else host_row[:0],
        km_row=row if has_budget else -1,
        weights=weights,
        limit_row=row + has_budget,
        base_value=float(problem.fixed_value.sum()) - cost,
        base_km=base_km,
    )


def kinds(problem: Problem) -> list[Ints]:
    """Put copies together that nothing tells apart, in their order."""
    busy = np.zeros(problem.copies, np.bool_)
    busy[problem.fixed_copy] = True
    by_kind: dict[tuple[int, ...], list[int]] = {}
    for copy in range(problem.copies):
        kind = (
            int(problem.copy_group[copy]),
            int(problem.copy_depot[copy]),
            int(problem.copy_wear[copy]),
            copy + 1 if busy[copy] else 0,
        )
        by_kind.setdefault(kind, []).append(copy)
    return [np.array(copies, np.int64) for copies in by_kind.values()]


def family_of(
    problem: Problem,
    rank: int,
    copies: Ints,
    is_open: np.ndarray[tuple[int], np.dtype[np.bool_]],
    shared: tuple[Reals, np.ndarray[tuple[int, int], np.dtype[np.int32]]],
) -> Family:
    """Lay out the loans of a family, and what a copy does without any of them."""
    group, depot = int(problem.copy_group[copies[0]]), problem.copy_depot[copies[0]]
    limit = int(problem.wear_limit[group])
    fixed = np.flatnonzero(problem.fixed_copy == copies[0])
    mine = np.flatnonzero(problem.option_group == group)
    mine = mine[is_open[problem.option_request[mine]]]
    mine = mine[problem.duration[problem.option_request[mine]] <= limit]
    low, high = (
        np.searchsorted(problem.window_option, mine, side=side)
        for side in ("left", "right")
    )
    mine, low, high = mine[high > low], low[high > low], high[high > low]
    order = np.lexsort((mine, problem.window_first[low]))
    mine, low, high = mine[order], low[order], high[order]
    spans = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
    span = np.concatenate([*spans, np.zeros(0, np.int64)]).astype(np.int64)
    start = problem.fixed_start[fixed]
    first = np.concatenate([problem.window_first[span], start]).astype(np.int32)
    last = np.concatenate([problem.window_last[span], start]).astype(np.int32)
    window_at = np.concatenate(
        [[0], np.cumsum(high - low), len(span) + 1 + np.arange(len(fixed))]
    ).astype(np.int32)
    request = problem.option_request[mine]
    bits, bit = np.unique(request, return_inverse=True)
    duration = np.concatenate(
        [problem.duration[request], problem.fixed_end[fixed] - start]
    )
    many = len(duration)
    following = np.zeros((0, 0), np.int32)
    if many and many * (problem.horizon + 2) <= TABLE:
        following = table(window_at, first, last, problem.horizon)
    graph = Graph(
        place=np.concatenate(
            [problem.place[request], problem.fixed_place[fixed], [depot]]
        ).astype(np.int32),
        duration=duration.astype(np.int32),
        wears=np.concatenate(
            [problem.duration[request], problem.fixed_wear[fixed]]
        ).astype(np.int32),
        renews=np.concatenate(
            [np.zeros(len(mine)), problem.fixed_renews[fixed]]
        ).astype(np.uint8),
        bit=np.concatenate([bit, np.full(len(fixed), -1)]).astype(np.int32),
        memory=np.zeros((many, max(1, (len(bits) + 63) // 64)), np.uint64),
        window_at=window_at,
        first=first,
        last=last,
        following=following,
        walls=start.astype(np.int32),
        free=len(mine),
        horizon=problem.horizon,
        changeover=min(int(problem.changeover[group]), problem.horizon + 1),
        maintenance=min(int(problem.maintenance[group]), problem.horizon + 1),
        wear_limit=min(limit, 10**9),
        worn=min(int(problem.copy_wear[copies[0]]), 10**9),
        km=shared[0],
        travel=shared[1],
    )
    facts = 2 * (len(mine) + np.arange(len(fixed)))
    family = Family(
        rank=rank,
        group=group,
        copies=copies,
        option=mine,
        request=request,
        value=problem.option_value[mine],
        fixed=fixed,
        graph=graph,
        km_cost=float(problem.km_cost[group]),
        bits=bits,
        base_km=float(measure(graph, facts)[0]),
    )
    settle(family)
    return family


def settle(family: Family) -> None:
    """Choose the cells of time, the memory and what may be left out."""
    graph = family.graph
    if not len(graph.duration):
        return
    cells = 2 if family.is_dense else 1
    family.step = max(1, min(int(graph.duration.min()), graph.horizon // (200 * cells)))
    worn = graph.horizon + int(graph.wears[graph.free :].sum())
    if graph.worn + worn > graph.wear_limit:
        unit = int(np.gcd.reduce(graph.wears[: graph.free]))
        family.unit = max(unit, -(-graph.wear_limit // UNITS))
    if family.is_dense:
        family.slack_km = slack(graph)
    else:
        family.near_km = nearest(graph)
        family.zones = zoned(graph, unit=family.unit)
    remember(family)


def remember(family: Family) -> None:
    """Let each loan remember the requests that are most easily done again after it."""
    graph = family.graph
    graph.memory[graph.free :] = ~np.uint64(0)
    if not family.is_dense:
        return
    places = graph.place[:-1]
    ways = graph.travel[np.ix_(places, places)] + graph.changeover
    last = np.array(
        [
            graph.last[graph.window_at[j] : graph.window_at[j + 1]].max()
            for j in range(len(places))
        ]
    )
    first = np.minimum.reduceat(graph.first, graph.window_at[:-1])
    soon = first + graph.duration
    km = graph.km[np.ix_(places, places)]
    for j in range(graph.free):
        again = np.maximum(soon + ways[:, j], first[j]) + graph.duration[j] + ways[j]
        can = again <= last  # it could be done, then j, then itself once more
        can[j] = False
        can[graph.free :] = False
        near = np.flatnonzero(can)
        spent = (km[j, near] + km[near, j]) * family.km_cost
        rate = (family.value[near] - spent) / (
            graph.duration[near] + ways[j, near].clip(1)
        )
        for i in [j, *near[np.argsort(-rate, kind="stable")][:MEMORY].tolist()]:
            bit = int(graph.bit[i])
            graph.memory[j, bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
