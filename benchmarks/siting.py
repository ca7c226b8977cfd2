"""Choose sites: value, bound and time on OR-Library, and scenarios on a region.

    python -m maillage bench siting --pmed FOLDER --json

The p-median and the p-centre of pmed1 to pmed40, beside the published optima; the files
are read from ``--pmed``, else from ``MAILLAGE_BENCH_PMED``, else from
``../shared/bench/pmed``; where there is no such folder, the few that the tests hold are
run, and the output says so. CP-SAT of OR-Tools and HiGHS alone get some of them, in the
same run, for the same time. Then a region of 3,782 communes: what a scenario costs on the map.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from django.conf import settings

from benchmarks import figures, pmed
from maillage.kernels.siting.centre import centre
from maillage.kernels.siting.core import core_of
from maillage.kernels.siting.covering import covering
from maillage.kernels.siting.exact import finish
from maillage.kernels.siting.median import median
from maillage.kernels.siting.problem import Floats, Siting, from_table
from maillage.kernels.siting.what_if import stand, what_if
from maillage.kernels.travel import car_minutes

BESIDE = settings.ROOT.parent / "shared/bench/pmed"
OURS = settings.ROOT / "tests/kernels/siting/pmed"
#: Goals: percent above the published optimum, seconds for one, ms for a scenario.
GOAL_PERCENT, GOAL_SECONDS, GOAL_MS = 0.1, 10.0, 200.0
#: What a search is given, so that it ends under the goal.
SECONDS = 9.0
COMMUNES, CANDIDATES, OPEN = 3782, 400, 500
REACH_MINUTES, COVER_MINUTES, NEW = 60.0, 20.0, 20


def add_options(parser: argparse._ArgumentGroup) -> None:
    """What the command line asks; ``run`` gets it as a dictionary."""
    parser.add_argument("--pmed", type=Path, help="folder with pmed1.txt to pmed40.txt")
    parser.add_argument(
        "--pmed-only", default="", help="which ones, as 1,6,36; else all that are there"
    )
    parser.add_argument(
        "--pmed-rival", default="1,6,12", help="for the rivals too; 0 for none"
    )
    parser.add_argument("--siting-seconds", type=float, default=SECONDS)


def files(options: dict[str, Any]) -> dict[int, Path]:
    """The instances to run, by number."""
    folder = options["pmed"] or os.environ.get("MAILLAGE_BENCH_PMED") or BESIDE
    folder = Path(folder) if Path(folder).is_dir() else OURS
    only = {int(word) for word in options["pmed_only"].split(",") if word}
    ranks = [rank for rank in range(1, 41) if not only or rank in only]
    paths = {rank: folder / f"pmed{rank}.txt" for rank in ranks}
    return {rank: path for rank, path in paths.items() if path.exists()}


def one(rank: int, path: Path, *, seconds: float) -> dict[str, Any]:
    """The p-median and the p-centre of an instance, read from the file in full."""
    table, new = pmed.read(path)
    start, worked = time.perf_counter(), time.process_time()
    found = median(from_table(table), new, seconds=seconds, clock=monotonic)
    took, work = time.perf_counter() - start, time.process_time() - worked
    paid = float(table[:, found.open].min(axis=1).sum())
    if paid != found.value or len(set(found.open.tolist())) != new:
        raise SystemExit(f"pmed{rank}: the sites do not cost what is said")
    start = time.perf_counter()
    radius = centre(from_table(table), new, seconds=seconds, clock=monotonic)
    best = pmed.MEDIAN[rank - 1]
    return {
        "name": f"pmed{rank}",
        "demands": len(table),
        "new": new,
        "value": found.value,
        "published": best,
        "percent_over": 100 * (found.value / best - 1),
        "bound": found.bound,
        "gap_percent": 100 * found.gap,
        "seconds": took,
        "cpu_seconds": work,
        "radius": radius.value,
        "radius_published": pmed.CENTRE[rank - 1],
        "radius_bound": radius.bound,
        "radius_seconds": time.perf_counter() - start,
    }


def region(*, seed: int = 1) -> tuple[Floats, Floats]:
    """(COMMUNES, OPEN) minutes in a region drawn at random, and people."""
    random = np.random.default_rng(seed)
    towns = random.random((60, 2)) * 180  # km
    at = towns[random.integers(60, size=COMMUNES)]
    at = at + random.normal(0, 15, (COMMUNES, 2))
    people = np.ceil(np.exp(random.normal(6.3, 1.1, COMMUNES)))
    sites = at[random.permutation(COMMUNES)[:OPEN]]
    km = np.linalg.norm(at[:, None] - sites[None], axis=2)
    return car_minutes(km), people


def scenarios(*, runs: int = 60) -> dict[str, float]:
    """Milliseconds of each move on the map, 95th percentile."""
    table, people = region()
    new = table[:, 0] + 3.0
    today = stand(table[:, 1:], weight=people)
    calls: dict[str, Callable[[], object]] = {
        "stand": lambda: stand(table[:, 1:], weight=people),
        "add": lambda: what_if(today, add=new),
        "remove": lambda: what_if(today, remove=[7]),
        "move": lambda: what_if(today, add=new, remove=[7]),
        "remove ten": lambda: what_if(today, remove=range(10)),
    }
    found = {}
    for name, call in calls.items():
        took = []
        for _ in range(runs):
            start = time.perf_counter()
            call()
            took.append(1000 * (time.perf_counter() - start))
        found[name] = float(np.percentile(took, 95))
    return found


def of_region(*, seconds: float) -> list[dict[str, Any]]:
    """Where to open NEW sites of CANDIDATES in the region."""
    table, people = region(seed=2)
    table = np.where(
        table[:, :CANDIDATES] > REACH_MINUTES, np.inf, table[:, :CANDIDATES]
    )
    sites = from_table(table, weight=people, penalty=2 * REACH_MINUTES)
    asked: dict[str, Callable[[], Siting]] = {
        "p-median": lambda: median(sites, NEW, seconds=seconds, clock=monotonic),
        "covering": lambda: covering(
            sites, NEW, within=COVER_MINUTES, seconds=seconds, clock=monotonic
        ),
        "p-centre": lambda: centre(sites, NEW, seconds=seconds, clock=monotonic),
    }
    found = []
    for name, ask in asked.items():
        start = time.perf_counter()
        answer = ask()
        found.append(
            {
                "name": name,
                "value": answer.value,
                "bound": answer.bound,
                "gap_percent": 100 * answer.gap,
                "seconds": time.perf_counter() - start,
            }
        )
    return found


def cp_sat(path: Path, *, seconds: float) -> dict[str, Any]:
    """What the rival finds, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.siting_rival"],
        input=json.dumps({"path": str(path), "seconds": seconds}),
        cwd=settings.ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def highs(path: Path, *, seconds: float) -> dict[str, Any]:
    """HiGHS alone, on the tight programme, with nothing known beforehand."""
    core = core_of(from_table(pmed.read(path)[0]), pmed.read(path)[1])
    start = time.perf_counter()
    answer = finish(core, np.zeros(len(core.cap), np.bool_), seconds=seconds)
    opened = answer.open_sites
    return {
        "highs_value": None if opened is None else core.value(opened),
        "highs_bound": answer.bound,
        "highs_seconds": time.perf_counter() - start,
    }


def rival(
    paths: dict[int, Path], found: list[dict[str, Any]], options: dict[str, Any]
) -> list[dict[str, Any]]:
    """CP-SAT and HiGHS on some of the same instances, beside ours."""
    ours = {row["name"]: row for row in found}
    asked = [int(word) for word in options["pmed_rival"].split(",") if int(word)]
    answers = []
    for rank in asked:
        if rank in paths:
            row = cp_sat(paths[rank], seconds=options["siting_seconds"])
            mine = ours[f"pmed{rank}"]
            answers.append(
                {"name": mine["name"], "ours": mine["value"]}
                | {"ours_seconds": mine["seconds"], **row}
                | highs(paths[rank], seconds=options["siting_seconds"])
            )
    return answers


def run(*, rows: int, json_file: Path | None, options: dict[str, Any]) -> None:
    """Print tables, or with ``--json`` alone one object and nothing else."""
    quiet = json_file == Path("-")
    seconds = options["siting_seconds"]
    paths = files(options)
    warm()
    found = []
    for rank, path in paths.items():
        found.append(one(rank, path, seconds=seconds))
        if not quiet:
            row = found[-1]
            print(
                f"{row['name']:>7} {row['value']:.0f} ({row['published']}), gap "
                f"{row['gap_percent']:.3f} %, {row['seconds']:.1f} s",
                flush=True,
            )
    result = {
        "machine": figures.machine(),
        "folder": str(next(iter(paths.values())).parent) if paths else "",
        "instances": found,
        "worst_percent": max((row["percent_over"] for row in found), default=None),
        "slowest_seconds": max((row["seconds"] for row in found), default=None),
        "proven": sum(row["gap_percent"] == 0 for row in found),
        "radii_proven": sum(row["radius"] == row["radius_bound"] for row in found),
        "radii_published": sum(
            row["radius"] <= row["radius_published"] for row in found
        ),
        "rival": rival(paths, found, options),
        "region": of_region(seconds=seconds),
        "scenario_p95_ms": scenarios(),
    }
    if quiet:
        print(json.dumps(result))
        return
    text = words(result)
    print(f"\n{text}")
    figures.record("siting", text)
    if json_file:
        json_file.write_text(json.dumps(result, indent=1), encoding="utf-8")


def warm() -> None:
    """Translate what numba translates, before anything is timed."""
    sites = from_table(pmed.drawn(40, seed=1))
    median(sites, 4, clock=monotonic)
    covering(sites, 4, within=40, clock=monotonic)
    centre(sites, 4, clock=monotonic)


def words(result: dict[str, Any]) -> str:
    """The tables of the page of figures."""
    found = result["instances"]
    parts = []
    if found:
        worst, slowest = result["worst_percent"], result["slowest_seconds"]
        is_met = worst <= GOAL_PERCENT and slowest < GOAL_SECONDS
        parts.append(
            f"{len(found)} instances: {worst:.3f} % above the published optimum at most, "
            f"{slowest:.1f} s at most, {result['proven']} proven best; goal of "
            f"{GOAL_PERCENT} % and {GOAL_SECONDS:.0f} s {'met' if is_met else 'MISSED'}. "
            f"p-centre: {result['radii_published']} radii as published, "
            f"{result['radii_proven']} proven best."
        )
        head = ["instance", "n", "p", "value", "published", "bound", "s", "of CPU"]
        head += ["radius", "published", "bound", "s"]
        parts.append(figures.table(head, [cells(row) for row in found]))
    if result["rival"]:
        head = ["p-median", "ours", "s", "CP-SAT", "bound", "s", "HiGHS", "bound", "s"]
        parts.append(figures.table(head, [beside(row) for row in result["rival"]]))
    head = [f"{NEW} of {CANDIDATES} sites, {COMMUNES} communes", "value", "gap %", "s"]
    lines = [
        [
            row["name"],
            f"{row['value']:.0f}",
            f"{row['gap_percent']:.3f}",
            f"{row['seconds']:.1f}",
        ]
        for row in result["region"]
    ]
    parts.append(figures.table(head, lines))
    head = [f"{COMMUNES} communes, {OPEN} sites", f"p95 ms, goal {GOAL_MS:.0f}"]
    lines = [[name, f"{ms:.1f}"] for name, ms in result["scenario_p95_ms"].items()]
    parts.append(figures.table(head, lines))
    return "\n\n".join(parts)


def cells(row: dict[str, Any]) -> list[str]:
    names = ["demands", "new", "value", "published", "bound"]
    first = [row["name"], *(f"{row[name]:.0f}" for name in names)]
    times = [f"{row['seconds']:.1f}", f"{row['cpu_seconds']:.1f}"]
    radii = ["radius", "radius_published", "radius_bound"]
    last = [f"{row[name]:.0f}" for name in radii]
    return [*first, *times, *last, f"{row['radius_seconds']:.1f}"]


def beside(row: dict[str, Any]) -> list[str]:
    """Ours, then each rival: value, bound, seconds."""
    line = [row["name"], f"{row['ours']:.0f}", f"{row['ours_seconds']:.1f}"]
    for who in ("", "highs_"):
        value, bound = row[f"{who}value"], row[f"{who}bound"]
        line += ["–" if value is None else f"{value:.0f}", f"{bound:.0f}"]
        line.append(f"{row[f'{who}seconds']:.1f}")
    return line
