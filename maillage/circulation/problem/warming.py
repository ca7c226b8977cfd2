"""A season of two loans: planning it compiles the planner, once on each machine.

Compiled code is kept beside its source (in ``__pycache__``), for all processes.
"""

from functools import cache

import numpy as np

from maillage.kernels.season.plan import plan
from maillage.kernels.season.problem import Problem, Stops
from maillage.kernels.season.slots import feasible_starts, placed


def tiny() -> Problem:
    def whole(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(values, np.int64)

    return Problem(
        horizon=90, changeover=whole(2), km_cost=np.array([0.1]),
        wear_limit=whole(30), maintenance=whole(5), group_key=whole(1),
        copy_group=whole(0), copy_depot=whole(0), copy_wear=whole(20),
        place=whole(1, 2, 1), host=whole(0, 1, 0), duration=whole(14, 21, 14),
        request_key=whole(1, 2, 3), option_request=whole(0, 1, 2),
        option_group=whole(0, 0, 0), option_value=np.array([50.0, 60.0, 40.0]),
        window_option=whole(0, 1, 2), window_first=whole(5, 10, 5),
        window_last=whole(20, 40, 12), km=10.0 * (1 - np.eye(3)),
        travel=np.zeros((3, 3), np.int64), host_limit=whole(2, 2),
    )  # fmt: skip


@cache
def warm_up() -> None:
    """Compile what the planner needs, so that its time is all for the plan."""
    plan(tiny(), seed=1, stop=lambda: False, progress=None)


def warm_board() -> None:
    """Compile what the board needs, so that the first loan is taken like the others."""
    problem = tiny()
    stops = Stops(
        copy=np.zeros(0, np.int64), request=np.zeros(0, np.int64),
        option=np.zeros(0, np.int64), fixed=np.zeros(0, np.int64),
        place=np.zeros(0, np.int64), start=np.zeros(0, np.int64),
        end=np.zeros(0, np.int64), maintained=np.zeros(0, np.bool_),
    )  # fmt: skip
    for request in (0, 1):
        slots = feasible_starts(problem, stops, request=request)
        stops = placed(problem, slots, row=0, start=int(slots.first[0]))
    feasible_starts(problem, stops, request=0)
