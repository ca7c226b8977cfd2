"""Where one loan of a scenario may go, what that would cost, and who would lose."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from django.db.models import Count, Max, Sum
from numpy.typing import NDArray

from maillage.circulation.choices import LockKind
from maillage.circulation.models import (
    Closure,
    Copy,
    LendingRules,
    LoanRequest,
    PlannedLoan,
    Scenario,
)
from maillage.circulation.problem.arrays import Gathered, build
from maillage.circulation.services.board import stamp_of_holds
from maillage.circulation.services.season_gather import gather
from maillage.core.entries import entries_version
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
class Ground:
    """A scenario as the kernel sees it: its problem, its plan, and who is who."""

    problem: Problem
    stops: Stops
    gathered: Gathered
    copies: Mapping[int, int]
    requests: Mapping[int, int]
    settled: frozenset[int]

    def copy(self, rank: int) -> int:
        return self.gathered.facts.copies[rank].pk

    def request(self, rank: int) -> int:
        return self.gathered.facts.wishes[rank].pk


@dataclass(frozen=True)
class Run:
    """Starts in a row on one copy, with the same cost. ``losers`` are requests."""

    copy: int
    first: int
    last: int
    change: float
    km: float
    losers: tuple[int, ...]


def inputs_stamp(scenario: Scenario) -> str:
    """What the problem of a scenario depends on, but for what is moved by hand."""
    season = scenario.season
    asked = LoanRequest.objects.filter(season=season)
    counts = asked.aggregate(
        n=Count("windows"), last=Max("windows"), since=Max("answered_at"),
        hosts=Sum("host"), resources=Sum("resource"),
    )  # fmt: skip
    lengths = asked.order_by("state").values_list("state")
    copies = Copy.objects.aggregate(n=Count("pk"), versions=Sum("version"))
    aside = scenario.locks.filter(kind=LockKind.REFUSED).order_by("request")
    seen = [
        scenario.weights, scenario.what_if, season.km_budget, season.starts_on,
        season.ends_on, season.loans_per_host, counts, copies,
        list(lengths.annotate(Count("pk"), Sum("duration_days"))),
        list(aside.values_list("request")), stamp_of_holds(season), entries_version(),
        list(LendingRules.objects.order_by("pk").values_list()),
        list(Closure.objects.order_by("pk").values_list()),
    ]  # fmt: skip
    return repr(seen)


@dataclass(frozen=True)
class Known:
    """A gathered season with its options by request."""

    gathered: Gathered
    index: "Index"


@lru_cache(maxsize=8)
def gathered_of(pk: int, stamp: str, today: dt.date) -> Known:
    """The problem of a scenario, kept while what it was read from stays the same.

    Loans placed by hand are not facts here: a hand may move them again.
    """
    scenario = Scenario.objects.select_related("season").get(pk=pk)
    facts = gather(scenario, today=today).facts
    taken = tuple(one for one in facts.taken if one.wish < 0 or one.is_confirmed)
    gathered = build(replace(facts, taken=taken))
    return Known(gathered, index_of(gathered.problem))


def ground_of(scenario: Scenario, *, today: dt.date) -> Ground:
    """The plan of a scenario as it stands, with the problem that it answers."""
    known = gathered_of(scenario.pk, inputs_stamp(scenario), today)
    gathered = known.gathered
    problem, facts = gathered.problem, gathered.facts
    copies = {copy.pk: rank for rank, copy in enumerate(facts.copies) if copy.pk}
    requests = {wish.pk: rank for rank, wish in enumerate(facts.wishes)}
    rows = PlannedLoan.objects.filter(scenario=scenario).values_list(
        "request", "copy", "starts_on", "maintained_before"
    )
    fixed = set(problem.fixed_request.tolist())
    loans = [
        (copies[copy], requests[request], (start - facts.starts_on).days, rests)
        for request, copy, start, rests in rows
        if copy in copies and request in requests and requests[request] not in fixed
    ]
    locked = scenario.locks.filter(kind=LockKind.PLACED)
    settled = {requests.get(pk, -1) for pk in locked.values_list("request", flat=True)}
    return Ground(
        problem,
        stops_of(known, loans),
        gathered,
        copies,
        requests,
        frozenset(settled),
    )


def stops_of(known: Known, loans: Sequence[tuple[int, int, int, bool]]) -> Stops:
    """The plan in the kernel's order: planned loans, and those that are facts."""
    problem = known.gathered.problem
    count, facts = len(loans), len(problem.fixed_copy)
    table = np.array([row[:3] for row in loans], np.int64).reshape(-1, 3)
    options = [option_of(known, *row[:3]) for row in loans]
    copy = np.concatenate([table[:, 0], problem.fixed_copy])
    start = np.concatenate([table[:, 2], problem.fixed_start])
    request = np.concatenate([table[:, 1], problem.fixed_request])
    end = np.concatenate(
        [table[:, 2] + problem.duration[table[:, 1]], problem.fixed_end]
    )
    place = np.concatenate([problem.place[table[:, 1]], problem.fixed_place])
    order = np.lexsort((start, copy))
    columns = {
        "copy": copy,
        "request": request,
        "option": np.concatenate([np.array(options, np.int64), np.full(facts, -1)]),
        "fixed": np.concatenate([np.full(count, -1), np.arange(facts)]),
        "place": place,
        "start": start,
        "end": end,
        "maintained": np.array([row[3] for row in loans] + [False] * facts, np.bool_),
    }
    return Stops(**{name: column[order] for name, column in columns.items()})


Index = dict[int, list[tuple[int, int, list[tuple[int, int]]]]]


def index_of(problem: Problem) -> Index:
    """By request: its options, the group of each, the windows of each."""
    windows: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = zip(
        problem.window_option, problem.window_first, problem.window_last, strict=True
    )
    for option, first, last in rows:
        windows[int(option)].append((int(first), int(last)))
    found: Index = defaultdict(list)
    groups = problem.option_group.tolist()
    for option, request in enumerate(problem.option_request.tolist()):
        found[request].append((option, groups[option], windows[option]))
    return found


def option_of(known: "Known", copy: int, request: int, start: int) -> int:
    """The option that a loan takes: one whose windows hold it, else the best there is."""
    problem = known.gathered.problem
    group = int(problem.copy_group[copy])

    def rank(row: tuple[int, int, list[tuple[int, int]]]) -> tuple[bool, bool, float]:
        option, its, windows = row
        holds = any(first <= start <= last for first, last in windows)
        return its == group, holds, float(problem.option_value[option])

    best = max(known.index.get(request, []), key=rank, default=None)
    return -1 if best is None else best[0]


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
