"""Public instances of team orienteering, read as seasons: a tour is a copy.

Files ``MCTOPMTW-<tours>-<name>.txt`` (multi-constraint team orienteering with multiple
time windows, on Solomon's sets) are read from a folder beside the project and are no
part of it; where they are absent there is nothing to compare. The first line gives
tours, vertices, a budget of fees and the most vertices of each of ten types; the second
the start and end of all tours; then a line a vertex: coordinates, length of the visit,
score, openings of four windows that follow each other and the closing of the last,
whether its first and third window serve the odd tours, fee, types.

Time is counted in tenths; distances are Euclidean, rounded down to a tenth. The start of
a visit must lie in a window; a tour is home when its depot closes.
"""

import csv
from dataclasses import dataclass
from math import ceil, floor, hypot
from pathlib import Path

import numpy as np

from maillage.kernels.season.problem import NO_WEAR_LIMIT, Floats, Ints, Problem, Stops

TICKS = 10
TYPES = 10
HALF = 1e-6  # of a tick, against 0.1 + 0.2
#: Small and large, clustered and spread: what is run unless all are asked for.
SOME = ("1-c104", "2-r105", "3-c108", "4-r112")


@dataclass(frozen=True)
class Public:
    """A file as arrays, vertices in its order; times in its own unit."""

    name: str
    tours: int
    budget: float
    most: Floats  # (10,)
    closing: float
    points: Floats  # (V + 1, 2) the depot first
    visit: Floats  # (V,)
    score: Floats
    openings: Floats  # (V, 5) four openings, then the closing
    is_odd: Ints  # (V,) 1: windows 1 and 3 serve tours 1 and 3
    fee: Floats
    types: Floats  # (V, 10)


def read(path: Path) -> Public:
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    head, depot, *rest = [[float(word) for word in line] for line in lines if line]
    rows = np.array(rest[: int(head[1])], np.float64)
    return Public(
        name=path.stem.removeprefix("MCTOPMTW-"),
        tours=int(head[0]),
        budget=head[2],
        most=np.array(head[3 : 3 + TYPES]),
        closing=depot[-1],
        points=np.vstack([depot[1:3], rows[:, 1:3]]),
        visit=rows[:, 3],
        score=rows[:, 4],
        openings=rows[:, 5:10],
        is_odd=rows[:, 10].astype(np.int64),
        fee=rows[:, 11],
        types=rows[:, 12 : 12 + TYPES],
    )


def problem_of(public: Public) -> Problem:
    """Odd tours are the copies of group 0, even tours those of group 1."""
    count = len(public.score)
    away = np.linalg.norm(public.points[:, None] - public.points[None], axis=2)
    travel = np.floor(away * TICKS + HALF).astype(np.int64)
    horizon = floor(public.closing * TICKS + HALF)
    duration = np.maximum(1, np.ceil(public.visit * TICKS - HALF)).astype(np.int64)
    latest = horizon - duration - travel[1:, 0]  # to be home in time
    option_request: list[int] = []
    option_group: list[int] = []
    windows: list[tuple[int, int, int]] = []
    for vertex in range(count):
        for group in range(min(2, public.tours)):
            shift = int((public.is_odd[vertex] == 1) != (group == 0))
            for window in (shift, shift + 2):
                opens, closes = public.openings[vertex, window : window + 2]
                first = ceil(opens * TICKS - HALF)
                last = min(floor(closes * TICKS + HALF), int(latest[vertex]))
                if first <= last:
                    windows.append((len(option_request), first, last))
            option_request.append(vertex)
            option_group.append(group)
    option, first_tick, last_tick = np.array(windows, np.int64).T
    row, request, weight = limits(public)
    groups = min(2, public.tours)
    return Problem(
        horizon=horizon,
        changeover=np.zeros(groups, np.int64),
        km_cost=np.zeros(groups),
        wear_limit=np.full(groups, NO_WEAR_LIMIT),
        maintenance=np.zeros(groups, np.int64),
        group_key=np.arange(groups),
        copy_group=np.sort(np.arange(public.tours) % 2),
        copy_depot=np.zeros(public.tours, np.int64),
        copy_wear=np.zeros(public.tours, np.int64),
        place=np.arange(1, count + 1),
        host=np.arange(count),
        duration=duration,
        request_key=np.arange(count),
        option_request=np.array(option_request),
        option_group=np.array(option_group),
        option_value=public.score[option_request],
        window_option=option,
        window_first=first_tick,
        window_last=last_tick,
        km=np.zeros_like(away),
        travel=travel,
        host_limit=np.ones(count, np.int64),
        limit_row=row,
        limit_request=request,
        limit_weight=weight,
        limit_capacity=np.concatenate([[public.budget], public.most]),
    )


def limits(public: Public) -> tuple[Ints, Ints, Floats]:
    """Row 0 counts fees, rows 1 to 10 the vertices of each type."""
    table = np.vstack([public.fee, public.types.T])
    row, request = np.nonzero(table)
    return row, request, table[row, request]


def verify_file(path: Path, problem: Problem, stops: Stops) -> float:
    """Read the tours against the file itself, in its own words; give their score.

    Shares nothing with ``read`` and ``problem_of`` but that copies of group 0 are odd
    tours and that requests are vertices in the order of the file.
    """
    words = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    words = [line for line in words if line]
    tours, _, budget, *most = words[0]
    home, vertices = words[1], words[2:]
    spent, score, seen = 0.0, 0.0, set[int]()
    types = [0] * TYPES
    itineraries: dict[int, list[tuple[int, float]]] = {}
    for copy, request, start in zip(
        stops.copy.tolist(), stops.request.tolist(), stops.start.tolist(), strict=True
    ):
        itineraries.setdefault(copy, []).append((request, start / TICKS))
    groups = [int(problem.copy_group[copy]) for copy in itineraries]
    must(groups.count(0) <= (int(tours) + 1) // 2, "too many odd tours")
    must(groups.count(1) <= int(tours) // 2, "too many even tours")
    for copy, visits in itineraries.items():
        is_odd = int(problem.copy_group[copy]) == 0
        clock, here = 0.0, home
        for vertex, start in visits:
            line = vertices[vertex]
            must(vertex not in seen, f"vertex {line[0]} is visited twice")
            seen.add(vertex)
            must(start >= clock + way(here, line) - HALF, f"{line[0]} comes too early")
            opens = [float(word) for word in line[5:10]]
            used = (0, 2) if (line[10] == "1") == is_odd else (1, 3)
            inside = any(opens[w] - HALF <= start <= opens[w + 1] + HALF for w in used)
            must(inside, f"{line[0]} is closed at {start}")
            clock, here = start + float(line[3]), line
            score += float(line[4])
            spent += float(line[11])
            for kind in range(TYPES):
                types[kind] += int(line[12 + kind])
        must(clock + way(here, home) <= float(home[-1]) + HALF, "a tour is home late")
    must(spent <= float(budget) + HALF, f"fees of {spent}, the budget is {budget}")
    for kind, count in enumerate(types):
        must(count <= float(most[kind]), f"{count} vertices of type {kind + 1}")
    return score


def way(here: list[str], there: list[str]) -> float:
    """Distance, rounded down to a tenth."""
    straight = hypot(float(here[1]) - float(there[1]), float(here[2]) - float(there[2]))
    return floor(straight * TICKS + HALF) / TICKS


def must(holds: bool, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)


def published(folder: Path) -> dict[str, float]:
    """Best values published, by tours and name."""
    path = folder / "mctopmtw_published.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            f"{row['vehicles']}-{row['instance']}": float(row["published_best"])
            for row in csv.DictReader(file)
        }


def files(folder: Path, *, which: str) -> list[Path]:
    """The files to run: ``some``, ``all``, or names such as ``2-r105,4-c101``."""
    found = sorted((folder / "mctopmtw").glob("MCTOPMTW-*.txt"))
    if which == "all":
        return found
    wanted = SOME if which == "some" else which.split(",")
    return [path for path in found if path.stem.removeprefix("MCTOPMTW-") in wanted]
