"""The best plan of a tiny season, by looking at all of them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from maillage.kernels.season.problem import Problem

Column = tuple[frozenset[int], float, float]


def ints(values: Any) -> Any:
    return np.array(values, np.int64)


def draw(seed: int) -> Problem:
    """A tiny season with a bit of everything; roads that may be longer one way."""
    g = np.random.default_rng(seed)
    places, groups, copies = (
        int(g.integers(*span)) for span in ((3, 6), (1, 3), (1, 4))
    )
    requests, horizon = int(g.integers(1, 7)), int(g.integers(20, 50))
    hosts, limits = int(g.integers(1, 4)), int(g.integers(0, 2))
    km = g.integers(1, 30, (places, places)).astype(np.float64)
    travel = g.integers(0, 3, (places, places))
    np.fill_diagonal(km, 0)
    np.fill_diagonal(travel, 0)
    duration = g.integers(1, 9, requests)
    options, windows, terms, facts = [], [], [], []
    for request in range(requests):
        for _ in range(int(g.integers(0, 3))):
            options.append(
                (request, int(g.integers(groups)), float(g.integers(1, 100)))
            )
            for _ in range(int(g.integers(0, 3))):
                first = int(g.integers(0, horizon - duration[request]))
                last = min(first + int(g.integers(0, 12)), horizon - duration[request])
                windows.append((len(options) - 1, first, last))
    terms = [
        (row, request, float(g.integers(0, 4)))
        for row in range(limits)
        for request in range(requests)
        if g.random() < 0.6
    ]
    named: set[int] = set()
    for copy in range(copies):
        tick = 0
        while g.random() < 0.4:
            start = tick + int(g.integers(0, 8))
            tick = start + int(g.integers(1, 7))
            if tick > horizon:
                break
            who = int(g.integers(-1, requests))
            who = -1 if who in named else who
            named.add(who)
            facts.append((copy, start, tick, who))
    option, window = np.array(options).reshape(-1, 3), ints(windows).reshape(-1, 3)
    term, fact = np.array(terms).reshape(-1, 3), ints(facts).reshape(-1, 4)
    many = len(fact)
    return Problem(
        horizon=horizon,
        changeover=g.integers(0, 3, groups),
        km_cost=g.choice([0.0, 0.5, 1.0], groups),
        wear_limit=g.integers(8, 25, groups),
        maintenance=g.integers(0, 4, groups),
        group_key=g.permutation(50)[:groups],
        copy_group=np.sort(g.integers(0, groups, copies)),
        copy_depot=g.integers(0, places, copies),
        copy_wear=g.integers(0, 10, copies),
        place=g.integers(0, places, requests),
        host=g.integers(0, hosts, requests),
        duration=duration,
        request_key=g.permutation(90)[:requests],
        option_request=ints(option[:, 0]),
        option_group=ints(option[:, 1]),
        option_value=option[:, 2].astype(np.float64),
        window_option=window[:, 0],
        window_first=window[:, 1],
        window_last=window[:, 2],
        km=km,
        travel=travel,
        host_limit=g.integers(0, 4, hosts),
        km_budget=float(g.choice([np.inf, 60.0, 150.0])),
        limit_row=ints(term[:, 0]),
        limit_request=ints(term[:, 1]),
        limit_weight=term[:, 2].astype(np.float64),
        limit_capacity=g.integers(2, 9, limits).astype(np.float64),
        fixed_copy=fact[:, 0],
        fixed_place=g.integers(0, places, many),
        fixed_start=fact[:, 1],
        fixed_end=fact[:, 2],
        fixed_request=fact[:, 3],
        fixed_value=g.integers(0, 50, many).astype(np.float64),
        fixed_wear=g.integers(0, 9, many),
        fixed_renews=g.random(many) < 0.3,
    )


def best_value(problem: Problem) -> float:
    """Value of the best plan."""
    named = frozenset(int(r) for r in problem.fixed_request if r >= 0)
    per_copy = [list(columns(problem, copy, named)) for copy in range(problem.copies)]
    per_copy = [undominated(found) for found in per_copy]
    weight = np.zeros((problem.requests, len(problem.limit_capacity)))
    np.add.at(weight, (problem.limit_request, problem.limit_row), problem.limit_weight)
    given = sorted(named)
    hosts = len(problem.host_limit)
    most_host = np.maximum(
        problem.host_limit, np.bincount(problem.host[given], minlength=hosts)
    )
    most = np.maximum(problem.limit_capacity, weight[given].sum(axis=0))
    alone = sum(alone_km(problem, copy) for copy in range(problem.copies))
    budget = max(problem.km_budget, alone)
    best = -np.inf

    def go_on(copy: int, served: frozenset[int], value: float, km: float) -> None:
        nonlocal best
        if copy < problem.copies:
            for requests, more, way in per_copy[copy]:
                if not requests & served:
                    go_on(copy + 1, served | requests, value + more, km + way)
            return
        everyone = sorted(served | named)
        at_host = np.bincount(problem.host[everyone], minlength=hosts)
        use = weight[everyone].sum(axis=0)
        if km <= budget + 1e-9 and (at_host <= most_host).all():
            best = max(best, value) if (use <= most + 1e-9).all() else best

    go_on(0, frozenset(), float(problem.fixed_value.sum()), 0.0)
    return best


def facts_of(problem: Problem, copy: int) -> list[int]:
    mine = [f for f in range(len(problem.fixed_copy)) if problem.fixed_copy[f] == copy]
    return sorted(mine, key=lambda fact: problem.fixed_start[fact])


def alone_km(problem: Problem, copy: int) -> float:
    places = [int(problem.fixed_place[fact]) for fact in facts_of(problem, copy)]
    depot = int(problem.copy_depot[copy])
    return sum(float(problem.km[a, b]) for a, b in pairwise([depot, *places, depot]))


def undominated(found: list[Column]) -> list[Column]:
    return [
        one
        for rank, one in enumerate(found)
        if not any(
            other[0] == one[0]
            and other[1] >= one[1]
            and other[2] <= one[2]
            and (other[1:] != one[1:] or at < rank)
            for at, other in enumerate(found)
        )
    ]


def columns(problem: Problem, copy: int, named: frozenset[int]) -> Iterator[Column]:
    """What one copy may do: the requests, their value less the km, and the km."""
    group, depot = int(problem.copy_group[copy]), int(problem.copy_depot[copy])
    facts = facts_of(problem, copy)
    limit, cost = int(problem.wear_limit[group]), float(problem.km_cost[group])
    rest, turn = int(problem.maintenance[group]), int(problem.changeover[group])
    windows: dict[int, list[tuple[int, int]]] = {}
    for option, first, last in zip(
        problem.window_option, problem.window_first, problem.window_last, strict=True
    ):
        windows.setdefault(int(option), []).append((int(first), int(last)))
    mine = [
        option
        for option in windows
        if problem.option_group[option] == group
        and int(problem.option_request[option]) not in named
    ]
    start_at = (
        0,
        int(problem.copy_wear[copy]),
        depot,
        True,
        0,
        frozenset[int](),
        0.0,
        0.0,
    )
    stack = [start_at]
    while stack:
        tick, worn, here, was_fact, done, served, value, km = stack.pop()
        is_first = not served and done == 0
        if done == len(facts):
            home = km if is_first else km + float(problem.km[here, depot])
            yield served, value - cost * home, home
        wall = int(problem.fixed_start[facts[done]]) if done < len(facts) else 10**9
        nexts = [(True, fact) for fact in facts[done : done + 1]]
        nexts += [
            (False, option)
            for option in mine
            if int(problem.option_request[option]) not in served
        ]
        for is_fact, what in nexts:
            if is_fact:
                place, wears = (
                    int(problem.fixed_place[what]),
                    int(problem.fixed_wear[what]),
                )
                lasts, spans = int(problem.fixed_end[what]) - wall, [(wall, wall)]
            else:
                request = int(problem.option_request[what])
                place, lasts = (
                    int(problem.place[request]),
                    int(problem.duration[request]),
                )
                wears, spans = lasts, windows[what]
            for is_kept in (False, True):
                follows = is_fact and was_fact
                ready, way = tick, float(problem.km[here, place])
                if is_kept:
                    ready += rest + int(problem.travel[depot, place])
                    way = float(problem.km[depot, place])
                    if not is_first:
                        ready += turn + int(problem.travel[here, depot])
                        way += float(problem.km[here, depot])
                elif not follows:
                    ready += int(problem.travel[here, place]) + turn * (not is_first)
                wear = wears if is_kept else worn + wears
                begins = [max(first, ready) for first, last in spans if last >= ready]
                if not begins or (wear > limit and not follows):
                    continue
                end = min(begins) + lasts
                if is_fact:
                    wear = 0 if problem.fixed_renews[what] else wear
                    stack.append(
                        (end, wear, place, True, done + 1, served, value, km + way)
                    )
                elif end <= wall:
                    more = value + float(problem.option_value[what])
                    now = served | {request}
                    stack.append((end, wear, place, False, done, now, more, km + way))
