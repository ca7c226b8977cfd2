"""Where one loan of a scenario may go, what that would cost, and who would lose."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maillage.circulation.models import LoanRequest, Scenario
from maillage.circulation.services.board_ground import Ground, ground_of
from maillage.kernels.season.openings import straight
from maillage.kernels.season.problem import Problem, Stops
from maillage.kernels.season.slots import (
    Slots,
    Timeline,
    feasible_starts,
    resting,
    slots_of,
    taken,
    timeline,
)

Mask = NDArray[np.bool_]
#: Loans that give way, looked at for one drag.
MOST_RIVALS = 24


@dataclass(frozen=True)
class Run:
    """Starts in a row on one copy, with the same cost. ``losers`` are requests."""

    copy: int
    first: int
    last: int
    change: float
    km: float
    losers: tuple[int, ...]


def runs_for(ground: Ground, request: int) -> list[Run]:
    """All places for a request: free ones, then those where one other loan gives way.

    A loan gives way when no person has placed or confirmed it and its host is another.
    Nothing is free for a request that is fixed, or whose days are all past.
    """
    problem = ground.problem
    if request in problem.fixed_request or request not in problem.option_request:
        return []
    line, left = timeline(problem, ground.stops), Given(request, 0.0, 0.0)
    here = np.flatnonzero(ground.stops.request == request).tolist()
    if here:
        base, given = without(line, here)
        if not given:  # its neighbours need it between them
            return [run_of(slots, row, left) for slots in [
                feasible_starts(problem, ground.stops, request=request)
            ] for row in range(len(slots))]  # fmt: skip
        line, left = base, given[int(ground.stops.copy[here[0]])]
    found = runs_of(line, request, left)
    is_free = np.zeros((problem.copies, problem.horizon + 1), np.bool_)
    for run in found:
        is_free[run.copy, run.first : run.last + 1] = True
    for ranks in passes(line, request, ground.settled):
        base, given = without(line, ranks)
        for run in runs_of(base, request, left) if given else ():
            if rival := given.get(run.copy):
                dear = replace(
                    run, change=run.change + rival.change, km=run.km + rival.km,
                    losers=(rival.request,),
                )  # fmt: skip
                found += cut(dear, is_free[run.copy])
    return found


def runs_of(line: Timeline, request: int, left: "Given") -> list[Run]:
    """The free places of a plan without the request, and what it gained by leaving."""
    has_room = (
        line.host_left[line.problem.host[request]] > 0 and not line.is_over[request]
    )
    slots = slots_of(line, request, anywhere=False, has_room=bool(has_room))
    return [run_of(slots, row, left) for row in range(len(slots))]


def run_of(slots: Slots, row: int, left: "Given") -> Run:
    return Run(
        copy=int(slots.copy[row]), first=int(slots.first[row]), last=int(slots.last[row]),
        change=float(slots.change[row]) + left.change, km=float(slots.km[row]) + left.km,
        losers=(),
    )  # fmt: skip


def cut(run: Run, is_free: Mask) -> Iterable[Run]:
    """The starts of a run that are not free anyway."""
    days = ~is_free[run.first : run.last + 1]
    edges = np.flatnonzero(np.diff(np.r_[False, days, False].astype(np.int8)))
    for first, end in edges.reshape(-1, 2).tolist():
        yield replace(run, first=run.first + first, last=run.first + end - 1)


def passes(line: Timeline, request: int, settled: frozenset[int]) -> list[list[int]]:
    """Ranks of loans that may give way, at most one a copy at a time.

    One in all at a time when km are scarce: what each sets free counts for itself.
    """
    problem, stops = line.problem, line.stops
    options = np.flatnonzero(problem.option_request == request)
    windows = np.isin(problem.window_option, options)
    if not windows.any():
        return []
    groups = problem.option_group[options]
    first = problem.window_first[windows].min() - problem.changeover[groups].max()
    last = problem.window_last[windows].max() + problem.duration[request]
    last += problem.changeover[groups].max()
    movable = (stops.fixed < 0) & (stops.request >= 0) & (stops.option >= 0)
    movable &= np.isin(problem.copy_group[stops.copy], groups)
    movable &= (stops.start < last) & (stops.end > first)
    movable &= problem.host[stops.request] != problem.host[request]
    movable &= ~np.isin(stops.request, list(settled))
    alone = not np.isinf(problem.km_budget)
    by_copy: dict[int, list[int]] = defaultdict(list)
    found: list[list[int]] = []
    for rank in np.flatnonzero(movable).tolist()[: 4 * MOST_RIVALS]:
        if alone:
            found.append([rank])
        else:
            by_copy[int(stops.copy[rank])].append(rank)
    deepest = max((len(ranks) for ranks in by_copy.values()), default=0)
    for turn in range(deepest):
        found.append([ranks[turn] for ranks in by_copy.values() if turn < len(ranks)])
    return found[:MOST_RIVALS]


@dataclass(frozen=True)
class Given:
    """What the plan gains and travels more when a request is no longer served."""

    request: int
    change: float
    km: float


def without(line: Timeline, ranks: Sequence[int]) -> tuple[Timeline, dict[int, Given]]:
    """The plan without some loans, one a copy at most; by copy, what that changes.

    A loan whose neighbours could not follow each other stays.
    """
    problem, stops = line.problem, line.stops
    gone = list(ranks)
    short, rests = rest_of(problem, stops, gone)
    stuck = [rank for rank in gone if rests.get(rank, False) is None]
    if stuck:
        gone = [rank for rank in gone if rank not in stuck]
        short, rests = rest_of(problem, stops, gone)
    found = {}
    for rank in gone:
        copy, request = int(stops.copy[rank]), int(stops.request[rank])
        km = -saved(line, short, gone, rank, bool(rests.get(rank)))
        cost = float(problem.km_cost[problem.copy_group[copy]])
        lost = float(problem.option_value[stops.option[rank]])
        found[copy] = Given(request, -lost - cost * km, km)
    return short, found


def neighbours(stops: Stops, rank: int) -> tuple[int, int]:
    """Ranks before and after on the same copy, -1 for none."""
    same = stops.copy[rank]
    before = rank - 1 if rank and stops.copy[rank - 1] == same else -1
    after = (
        rank + 1 if rank + 1 < len(stops.copy) and stops.copy[rank + 1] == same else -1
    )
    return before, after


def moved(rank: int, gone: Sequence[int]) -> int:
    """A rank once others are gone."""
    return -1 if rank < 0 else rank - sum(other < rank for other in gone)


def rest_of(
    problem: Problem, stops: Stops, gone: Sequence[int]
) -> tuple[Timeline, dict[int, bool | None]]:
    """The other stops, and whether maintenance now comes between the neighbours."""
    kept = np.ones(len(stops.copy), np.bool_)
    kept[list(gone)] = False
    short = timeline(problem, taken(stops, kept))
    rests: dict[int, bool | None] = {}
    is_new = False
    for rank in gone:
        before, after = neighbours(stops, rank)
        if after < 0:
            continue
        at = moved(after, gone)
        rests[rank] = resting(short, moved(before, gone), at)
        is_new |= bool(rests[rank]) != bool(short.stops.maintained[at])
    if not is_new:
        return short, rests
    for rank, rest in rests.items():
        short.stops.maintained[moved(neighbours(stops, rank)[1], gone)] = bool(rest)
    return timeline(problem, short.stops), rests


def saved(
    line: Timeline, short: Timeline, gone: Sequence[int], rank: int, rests: bool
) -> float:
    """Km that are not travelled when a loan is taken out."""
    stops = line.stops
    before, after = neighbours(stops, rank)
    copy = int(stops.copy[rank])
    then = after >= 0 and bool(stops.maintained[after])
    km = straight(line.lines, copy, before, rank, bool(stops.maintained[rank]))
    km += straight(line.lines, copy, rank, after, then)
    left, right = moved(before, gone), moved(after, gone)
    if left >= 0 or right >= 0:
        km -= straight(short.lines, copy, left, right, rests)
    return float(km)


@dataclass(frozen=True)
class Places:
    """The places of one request with primary keys, and the words that go with them."""

    starts_on: dt.date
    days: int
    runs: list[Run]
    #: Who would lose a place, by request.
    names: dict[int, str]
    labels: dict[int, str]


def places_for(
    scenario: Scenario, *, request: LoanRequest | None, today: dt.date
) -> Places:
    """Where a request may go as the plan stands; none makes the problem ready only.

    Refuses as ``gather``.
    """
    ground = ground_of(scenario, today=today)
    facts = ground.gathered.facts
    rank = ground.requests.get(request.pk) if request else None
    runs = [] if rank is None else runs_for(ground, rank)
    runs = [run for run in runs if ground.copy(run.copy)]
    losers = {loser for run in runs for loser in run.losers}
    rows = LoanRequest.objects.filter(pk__in=[ground.request(one) for one in losers])
    names = {
        row.pk: f"{row.host.commune.name}, {row.host.name}"
        for row in rows.select_related("host__commune")
    }
    shown = [
        replace(
            run, copy=ground.copy(run.copy),
            losers=tuple(ground.request(one) for one in run.losers),
        )
        for run in runs
    ]  # fmt: skip
    labels = {copy.pk: copy.label for copy in facts.copies}
    days = request.duration_days if request else 0
    return Places(facts.starts_on, days, shown, names, labels)
