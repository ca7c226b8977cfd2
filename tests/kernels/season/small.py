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
