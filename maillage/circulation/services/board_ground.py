"""A scenario as the kernel sees it, kept while nothing that it was read from changes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from django.db.models import Count, F, IntegerField, Max, Sum
from django.db.models.functions import Cast

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
from maillage.core.packed import EPOCH, DayNumber, Joined, Numbers
from maillage.kernels.season.problem import Problem, Stops


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


@dataclass(frozen=True, eq=False)
class Known:
    """A gathered season with its options by request, and who is who."""

    gathered: Gathered
    index: "Index"
    copies: Mapping[int, int]
    requests: Mapping[int, int]


@lru_cache(maxsize=8)
def gathered_of(pk: int, stamp: str, today: dt.date) -> Known:
    """The problem of a scenario, kept while what it was read from stays the same.

    Loans placed by hand are not facts here: a hand may move them again.
    """
    scenario = Scenario.objects.select_related("season").get(pk=pk)
    facts = gather(scenario, today=today).facts
    taken = tuple(one for one in facts.taken if one.wish < 0 or one.is_confirmed)
    gathered = build(replace(facts, taken=taken))
    return Known(
        gathered,
        index_of(gathered.problem),
        {copy.pk: rank for rank, copy in enumerate(facts.copies) if copy.pk},
        {wish.pk: rank for rank, wish in enumerate(facts.wishes)},
    )


def ground_of(scenario: Scenario, *, today: dt.date) -> Ground:
    """The plan of a scenario as it stands, with the problem that it answers."""
    known = gathered_of(scenario.pk, inputs_stamp(scenario), today)
    locked = scenario.locks.filter(kind=LockKind.PLACED)
    settled = {
        known.requests.get(pk, -1) for pk in locked.values_list("request", flat=True)
    }
    return Ground(
        known.gathered.problem,
        stops_of(known, plan_text(scenario)),
        known.gathered,
        known.copies,
        known.requests,
        frozenset(settled),
    )


def plan_text(scenario: Scenario) -> str:
    """The planned loans as one text of numbers, in any order: see ``stops_of``."""
    loan = Numbers(
        F("request"), F("copy"), DayNumber(F("starts_on")),
        Cast("maintained_before", IntegerField()),
    )  # fmt: skip
    found = PlannedLoan.objects.filter(scenario=scenario).aggregate(text=Joined(loan))
    return found["text"] or ""


@lru_cache(maxsize=8)
def stops_of(known: Known, text: str) -> Stops:
    """The plan in the kernel's order: planned loans, and those that are facts.

    Kept for the next loan that is taken: nobody writes into it.
    """
    problem = known.gathered.problem
    loans = loans_of(known, text)
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


def loans_of(known: Known, text: str) -> list[tuple[int, int, int, bool]]:
    """Copy, request, first day and whether it rests before, of loans that may move."""
    copies, requests = known.copies, known.requests
    fixed = set(known.gathered.problem.fixed_request.tolist())
    first = (known.gathered.facts.starts_on - EPOCH).days
    rows = np.fromstring(text, dtype=np.int64, sep=",").reshape(-1, 4).tolist()
    return [
        (copies[copy], requests[request], start - first, bool(rests))
        for request, copy, start, rests in rows
        if copy in copies and request in requests and requests[request] not in fixed
    ]


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
