"""Small seasons written by hand, and the stops of a plan as rows."""

from typing import Any

import numpy as np

from maillage.kernels.season.problem import NO_WEAR_LIMIT, Plan, Problem, Refusal, Stops

INTS = "copy request option fixed place start end".split()


def ints(*values: int) -> Any:
    return np.array(values, np.int64)


def floats(*values: float) -> Any:
    return np.array(values, np.float64)


def season(**changes: Any) -> Problem:
    """Two copies of one group at depot 0, three hosts at 1, 2 and 3.

    Everything is 10 km and one tick from everything, a km costs 1, there is one tick
    between two loans. Requests 0, 1 and 2 last 10 ticks, are worth 100 each and may
    start from 0 to 80.
    """
    places = 4
    far = 1 - np.eye(places, dtype=np.int64)
    what = {
        "horizon": 100,
        "changeover": ints(1),
        "km_cost": floats(1),
        "wear_limit": ints(NO_WEAR_LIMIT),
        "maintenance": ints(5),
        "group_key": ints(7),
        "copy_group": ints(0, 0),
        "copy_depot": ints(0, 0),
        "copy_wear": ints(0, 0),
        "place": ints(1, 2, 3),
        "host": ints(0, 1, 2),
        "duration": ints(10, 10, 10),
        "request_key": ints(10, 11, 12),
        "option_request": ints(0, 1, 2),
        "option_group": ints(0, 0, 0),
        "option_value": floats(100, 100, 100),
        "window_option": ints(0, 1, 2),
        "window_first": ints(0, 0, 0),
        "window_last": ints(80, 80, 80),
        "km": 10.0 * far,
        "travel": far,
        "host_limit": ints(4, 4, 4),
    }
    return Problem(**(what | changes))


def fixed(
    *rows: tuple[int, int, int, int, int], value: float = 0, wear: int = 10
) -> dict[str, Any]:
    """Fixed loans: copy, place, start, end, request."""
    columns = list(zip(*rows, strict=True))
    names = "copy place start end request".split()
    found = {
        f"fixed_{n}": np.array(c, np.int64) for n, c in zip(names, columns, strict=True)
    }
    count = len(rows)
    return found | {
        "fixed_value": np.full(count, value, np.float64),
        "fixed_wear": np.full(count, wear, np.int64),
        "fixed_renews": np.zeros(count, np.bool_),
    }


def stops(*rows: tuple[int, ...], maintained: tuple[int, ...] = ()) -> Stops:
    """Rows of copy, request, option, fixed, place, start, end; ranks maintained."""
    table = np.array(rows, np.int64).reshape(len(rows), len(INTS))
    rest = np.zeros(len(rows), np.bool_)
    rest[list(maintained)] = True
    columns = {name: table[:, rank].copy() for rank, name in enumerate(INTS)}
    return Stops(**columns, maintained=rest)


def plan_of(
    problem: Problem,
    done: Stops,
    *,
    worth: float,
    km: float,
    bound: float = 1000.0,
    refusals: tuple[Refusal, ...] = (),
    **changes: Any,
) -> Plan:
    """A plan that says so; a km costs 1."""
    what = {
        "stops": done,
        "value": worth - km,
        "worth": worth,
        "transport_cost": km,
        "km": km,
        "bound": bound,
        "refusals": refusals,
        "group_price": np.zeros(problem.groups),
        "host_price": np.zeros(len(problem.host_limit)),
        "iterations": 1,
        "is_complete": True,
    }
    return Plan(**(what | changes))


def facts_of(problem: Problem) -> Stops:
    """The plan that does what is fixed and nothing else."""
    order = np.lexsort((problem.fixed_start, problem.fixed_copy))
    count = len(order)
    return Stops(
        copy=problem.fixed_copy[order],
        request=problem.fixed_request[order],
        option=np.full(count, -1),
        fixed=order,
        place=problem.fixed_place[order],
        start=problem.fixed_start[order],
        end=problem.fixed_end[order],
        maintained=np.zeros(count, np.bool_),
    )


def wild(seed: int, *, requests: int = 14) -> Problem:
    """A small season with everything in it: ways that no map has, wear, facts, limits."""
    rng = np.random.default_rng(seed)
    horizon, places, groups, hosts = 60, 6, 3, 4
    copy_group = np.sort(rng.integers(0, groups, 4))
    duration = rng.integers(1, 9, requests)
    options = rng.choice(requests * groups, 2 * requests)  # some twice, with windows
    owner = rng.integers(0, len(options), 3 * requests)
    lasts = duration[options[owner] % requests]
    first = rng.integers(0, horizon - lasts + 1)
    last = np.minimum(first + rng.integers(0, 25, len(owner)), horizon - lasts)
    return Problem(
        horizon=horizon,
        changeover=rng.integers(0, 3, groups),
        km_cost=rng.choice([0.0, 0.5, 1.0], groups),
        wear_limit=rng.integers(8, 25, groups),
        maintenance=rng.integers(0, 5, groups),
        group_key=rng.permutation(groups),
        copy_group=copy_group,
        copy_depot=rng.integers(0, 2, len(copy_group)),
        copy_wear=rng.integers(0, 10, len(copy_group)),
        place=rng.integers(0, places, requests),
        host=rng.integers(0, hosts, requests),
        duration=duration,
        request_key=rng.permutation(requests),
        option_request=options % requests,
        option_group=options // requests,
        option_value=rng.uniform(0, 60, len(options)),
        window_option=owner,
        window_first=first,
        window_last=last,
        km=np.round(rng.uniform(0, 30, (places, places)), 1),
        travel=rng.integers(0, 4, (places, places)),
        host_limit=rng.integers(1, 5, hosts),
        km_budget=float(rng.choice([150.0, 400.0, np.inf])),
        limit_row=np.repeat([0, 1], requests),
        limit_request=np.tile(np.arange(requests), 2),
        limit_weight=rng.choice([0.0, 1.0, 2.5], 2 * requests),
        limit_capacity=rng.uniform(3, 20, 2),
        **some_facts(rng, requests=requests, copies=len(copy_group), places=places),
    )


def some_facts(
    rng: np.random.Generator, *, requests: int, copies: int, places: int
) -> dict[str, Any]:
    """Fixed loans of a copy, one behind the other, a few of which name a request."""
    rows, names = [], list(rng.permutation(requests)[:3])
    for copy in range(copies):
        tick = int(rng.integers(0, 20))
        for _ in range(int(rng.integers(0, 3))):
            end = tick + int(rng.integers(1, 12))
            name = int(names.pop()) if names and rng.random() < 0.4 else -1
            rows.append((copy, int(rng.integers(0, places)), tick, end, name))
            tick = end + int(rng.choice([0, 0, 3, 15]))
    if not rows:
        return {}
    more = {
        "fixed_value": rng.uniform(0, 40, len(rows)),
        "fixed_wear": rng.integers(0, 20, len(rows)),
        "fixed_renews": rng.random(len(rows)) < 0.2,
    }
    return fixed(*rows) | more
