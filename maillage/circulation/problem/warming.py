"""A season of two loans: planning it compiles the planner, once on each machine."""

from functools import cache

import numpy as np

from maillage.kernels.season.plan import plan
from maillage.kernels.season.problem import Problem


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
