"""One plan in a process of its own, measured and verified; ``benchmarks.season`` asks.

    echo '{"size": [20, 300], "seed": 1, "seconds": 30}' | python -m benchmarks.season_run

prints one JSON object. A process of its own, so that the peak of memory is that of one
plan, and because the solver of the planner and that of its rival do not bear each other.
"""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import season_public
from benchmarks.season_checker import verify, verify_stops
from benchmarks.season_instances import from_module, generate
from maillage.kernels.season.greedy import greedy
from maillage.kernels.season.plan import plan
from maillage.kernels.season.problem import Phase, Plan, Problem, Progress


@dataclass
class Clock:
    """Stops a search after some seconds or iterations, and notes how it went.

    Seconds on the wall, or of the processor, all threads together: on a busy machine
    the latter say what the search would do alone, at the worst.
    """

    seconds: float = np.inf
    iterations: float = np.inf
    time: Callable[[], float] = time.perf_counter
    start: float = field(init=False)
    done: int = 0
    path: list[tuple[float, str, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start = self.time()

    @property
    def now(self) -> float:
        return self.time() - self.start

    def stop(self) -> bool:
        return self.now >= self.seconds or self.done >= self.iterations

    def watch(self, progress: Progress) -> None:
        self.done = progress.iterations
        self.path.append((self.now, progress.phase, progress.value, progress.bound))

    def bounded(self) -> list[tuple[float, float]]:
        """When a plan with a bound was there, and its gap; not the obvious bound."""
        return [
            (at, (bound - value) / bound if bound > 0 else 0.0)
            for at, phase, value, bound in self.path
            if np.isfinite(bound) and phase != Phase.GREEDY
        ]


def problem_of(ask: dict[str, Any]) -> Problem:
    if ask.get("public"):
        return season_public.problem_of(season_public.read(Path(ask["public"])))
    groups, requests = ask["size"]
    if ask.get("instances"):
        return from_module(Path(ask["instances"]), groups, requests, seed=ask["seed"])
    return generate(groups, requests, seed=ask["seed"])


def warm_up() -> None:
    """Compile, or read what was compiled: a site does that once, not for each plan."""
    small = generate(4, 30, seed=0)
    clock = Clock(seconds=300, iterations=200)  # the first time it takes a while
    plan(small, seed=0, stop=clock.stop, progress=clock.watch)


def measured(ask: dict[str, Any]) -> dict[str, Any]:
    warm_up()
    problem = problem_of(ask)
    start = time.perf_counter()
    first = greedy(problem, seed=ask["seed"])
    greedy_seconds = time.perf_counter() - start
    simple = verify_stops(problem, first).value
    kind = time.process_time if ask.get("cpu") else time.perf_counter
    clock, cpu = Clock(seconds=ask["seconds"], time=kind), time.process_time()
    made = plan(problem, seed=ask["seed"], stop=clock.stop, progress=clock.watch)
    seconds, cpu = clock.now, time.process_time() - cpu
    account = verify(problem, made)
    if ask.get("public"):
        season_public.verify_file(Path(ask["public"]), problem, made.stops)
    bounded = clock.bounded() or [(seconds, made.gap)]
    early = [gap for at, gap in bounded if at <= ask["seconds"] / 10]
    return {
        "copies": problem.copies,
        "options": problem.options,
        "value": account.value,
        "bound": made.bound,
        "gap": made.gap,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "is_complete": made.is_complete,
        "iterations": made.iterations,
        "served": len(account.served),
        "km": account.km,
        "first_seconds": bounded[0][0],
        "first_gap": bounded[0][1],
        "tenth_gap": early[-1] if early else None,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "greedy": simple,
        "greedy_seconds": greedy_seconds,
        "vs_greedy": account.value / simple if simple > 0 else 1.0,
        "verified": True,
        "hint": np.column_stack(
            [first.copy, first.option, first.start, first.maintained]
        ).tolist(),
    }


def repeated(ask: dict[str, Any]) -> dict[str, Any]:
    """What the same search gives, and gives when requests come in another order."""
    problem = problem_of(ask)
    digests = []
    for asked in (problem, shuffled(problem, seed=ask["seed"])):
        clock = Clock(iterations=ask["iterations"])
        made = plan(asked, seed=ask["seed"], stop=clock.stop, progress=clock.watch)
        verify(asked, made)
        digests.append(digest(asked, made))
    return {"digest": digests[0], "shuffled": digests[1]}


def shuffled(problem: Problem, *, seed: int) -> Problem:
    """The same season, its requests in another order (without fixed loans)."""
    order = np.random.default_rng(seed).permutation(problem.requests)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return replace(
        problem,
        place=problem.place[order],
        host=problem.host[order],
        duration=problem.duration[order],
        request_key=problem.request_key[order],
        option_request=rank[problem.option_request],
        limit_request=rank[problem.limit_request],
    )


def digest(problem: Problem, made: Plan) -> str:
    """Who gets what when, and the bound, whatever the ranks."""
    stops = made.stops
    key = problem.request_key[stops.request]
    rows = [stops.copy, key, stops.start, stops.maintained.astype(np.int64)]
    text = b"".join(np.ascontiguousarray(row, np.int64).tobytes() for row in rows)
    words = f"{made.value:.6f} {made.bound:.6f}".encode()
    return hashlib.sha256(text + words).hexdigest()[:16]


def main() -> None:
    ask = json.load(sys.stdin)
    found = repeated(ask) if ask.get("iterations") else measured(ask)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
