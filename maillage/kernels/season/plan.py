"""Plan a season of tours: a good plan, and a proof of how good it is.

``docs/methods/season.md`` tells the method.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from maillage.kernels.season.explain import explain
from maillage.kernels.season.families import season_of
from maillage.kernels.season.greedy import stops_value
from maillage.kernels.season.order import ordered
from maillage.kernels.season.problem import (
    Floats,
    Phase,
    Plan,
    Problem,
    Progress,
    Stops,
)
from maillage.kernels.season.search import Search

#: Threads of the search.
THREADS = 2


class Stopper:
    """Ask whether to stop, from any thread; once yes, always yes."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self.stop = stop
        self.lock = Lock()
        self.is_over = False

    def __call__(self) -> bool:
        with self.lock:
            if not self.is_over:
                self.is_over = bool(self.stop())
            return self.is_over


def plan(
    problem: Problem,
    *,
    seed: int,
    stop: Callable[[], bool],
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Find the plan of greatest value, and bound what any plan is worth.

    The search ends by itself when nothing more is found, or soon after ``stop`` says
    so; ``stop`` is asked often, maybe from another thread, one call at a time. The
    same problem, seed and number of answers of ``stop`` give the same plan, in
    whatever order the rows of the problem come.
    """
    order = ordered(problem, seed=seed)
    season = season_of(order.problem)

    def say(phase: Phase, value: float, bound: float, served: int, done: int) -> None:
        if progress is not None:
            progress(
                Progress(
                    phase=phase,
                    value=value,
                    bound=bound,
                    served=served,
                    iterations=done,
                )
            )

    with ThreadPoolExecutor(THREADS) as pool:
        search = Search(season, seed=seed, stop=Stopper(stop), say=say, pool=pool)
        search.run()
    stops = order.stops(search.best.stops())
    say(
        Phase.EXPLAIN,
        search.best.value,
        search.bound,
        search.best.served,
        search.iterations,
    )
    return told(problem, stops, search, order.group_price(search.group_price()))


def told(problem: Problem, stops: Stops, search: Search, group_price: Floats) -> Plan:
    """Put a plan together, with why requests are not served."""
    worth, cost, km = stops_value(problem, stops)
    return Plan(
        stops=stops,
        value=worth - cost,
        worth=worth,
        transport_cost=cost,
        km=km,
        bound=max(search.bound, worth - cost),
        refusals=explain(problem, stops),
        group_price=group_price,
        host_price=search.host_price(),
        iterations=search.iterations,
        is_complete=search.is_complete,
    )
