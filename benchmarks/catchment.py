"""Floating catchments: beside PySAL on the same pairs, then streamed over a country.

    python -m maillage bench catchment --json

prints one object with ``speedup`` and ``max_difference``. PySAL ``access`` and ours get
the same ready pairs of the communes of the region with made-up places; both are warm.
The large ones run in a process of their own that may not hold more than 4 GiB.
"""

import argparse
import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import access.fca
import numpy as np
import pandas as pd
from access import weights as pysal_weights
from django.conf import settings

from benchmarks import figures
from benchmarks.catchment_large import STEPS, WEIGHTS, near_people
from maillage.kernels.catchment import Pairs, pairs_within, three_step, two_step
from maillage.kernels.checks import Floats

COMMUNES = settings.ROOT / "maillage/data/hauts-de-france/communes.csv"
PLACES = 2_000
LARGE = ((3_782, 2_000), (35_000, 20_000), (1_000_000, 20_000))


def add_options(parser: argparse._ArgumentGroup) -> None:
    """What the command line asks; ``run`` gets it as a dictionary."""
    parser.add_argument(
        "--no-large", action="store_true", help="only beside PySAL (catchment)"
    )
    parser.add_argument(
        "--repeat", type=int, default=5, help="how often each is timed (catchment)"
    )


def run(*, rows: int, json_file: Path | None, options: dict[str, Any]) -> None:
    """Print tables, or with ``--json`` alone one object and nothing else."""
    found = beside_pysal(repeat=options["repeat"])
    large = [] if options["no_large"] else [streamed(*size) for size in LARGE]
    found |= {"large": large, "machine": figures.machine()}
    if json_file == Path("-"):
        print(json.dumps(found))
        return
    text = told(found)
    print(text)
    if json_file:
        json_file.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if large:
        figures.record("catchment", text)


def beside_pysal(*, repeat: int) -> dict[str, Any]:
    """The same pairs, the same weights, both programs, one after the other."""
    spots, people = communes()
    places, days = near_people(spots, people, PLACES, seed=1)
    bands: dict[str, Any] = {"steps": STEPS, "weights": WEIGHTS}
    pairs = pairs_within(spots, places, km=STEPS[-1])
    ours: dict[str, Callable[[], Any]] = {
        "two_step": lambda: two_step(people, days, pairs, **bands),
        "three_step": lambda: three_step(people, days, pairs, **bands),
        "pairs": lambda: pairs_within(spots, places, km=STEPS[-1]),
    }
    theirs = pysal(people, days, pairs)
    took, slow = timed(ours, repeat=5 * repeat), timed(theirs, repeat=repeat)
    apart = np.abs(ours["two_step"]() - theirs["two_step"]())
    apart_three = np.abs(ours["three_step"]() - theirs["three_step"]())
    return {
        "demand": len(people),
        "supply": PLACES,
        "pairs": len(pairs),
        "speedup": slow["two_step"] / took["two_step"],
        "max_difference": float(apart.max()),
        "speedup_with_pairs": slow["two_step"] / (took["two_step"] + took["pairs"]),
        "seconds": took["two_step"],
        "pysal_seconds": slow["two_step"],
        "pairs_seconds": took["pairs"],
        "three_step": {
            "speedup": slow["three_step"] / took["three_step"],
            "max_difference": float(apart_three.max()),
            "seconds": took["three_step"],
            "pysal_seconds": slow["three_step"],
        },
    }


def pysal(
    people: Floats, days: Floats, pairs: Pairs
) -> dict[str, Callable[[], Floats]]:
    """What PySAL does with its own frames, made beforehand."""
    demand = pd.DataFrame({"geoid": np.arange(len(people)), "demand": people})
    supply = pd.DataFrame({"supply": days})
    cost = pd.DataFrame({"origin": pairs.i, "dest": pairs.j, "cost": pairs.km})
    step = pysal_weights.step_fn(dict(zip(STEPS, WEIGHTS, strict=True)))

    def call(method: Callable[..., Any]) -> Callable[[], Floats]:
        def answer() -> Floats:
            found = method(demand, supply, cost, max_cost=STEPS[-1], weight_fn=step)
            whole: Floats = found.reindex(demand.index, fill_value=0.0).to_numpy()
            return whole

        return answer

    return {
        "two_step": call(access.fca.two_stage_fca),
        "three_step": call(access.fca.three_stage_fca),
    }


def timed(calls: dict[str, Callable[[], Any]], *, repeat: int) -> dict[str, float]:
    """Median seconds of each call once it is warm, in turns."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(repeat):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            took[name].append(time.perf_counter() - begin)
    return {name: median(times) for name, times in took.items()}


def communes() -> tuple[Floats, Floats]:
    """Interior point and people of each commune of the region."""
    with COMMUNES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    spots = np.array([[float(row["lon"]), float(row["lat"])] for row in rows])
    return spots, np.array([float(row["population"]) for row in rows])


def streamed(demand: int, supply: int) -> dict[str, Any]:
    """Time and memory of ``two_step`` in blocks, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.catchment_large", str(demand), str(supply)],
        cwd=settings.ROOT,
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{demand} x {supply} failed")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def told(found: dict[str, Any]) -> str:
    three = found["three_step"]
    lines = [
        f"{found['demand']:,} communes, {found['supply']:,} places, "
        f"{found['pairs']:,} pairs; the same pairs for both programs.\n",
        figures.table(
            ["the same pairs", "ours, ms", "PySAL, ms", "times", "largest difference"],
            [
                compared("two steps", found),
                compared("three steps", three),
                [
                    "two steps, pairs made by ours",
                    f"{1000 * (found['seconds'] + found['pairs_seconds']):.1f}",
                    f"{1000 * found['pysal_seconds']:.0f}",
                    f"{found['speedup_with_pairs']:.0f}",
                    f"{found['max_difference']:.0e}",
                ],
            ],
        ),
    ]
    if found["large"]:
        head = [
            *("streamed, pairs included", "pairs", "s", "s of CPU"),
            *("ns of CPU a pair", "MB at most"),
        ]
        lines += ["", figures.table(head, [shown(row) for row in found["large"]])]
    return "\n".join(lines)


def compared(name: str, row: dict[str, Any]) -> list[str]:
    return [
        name,
        f"{1000 * row['seconds']:.1f}",
        f"{1000 * row['pysal_seconds']:.0f}",
        f"{row['speedup']:.0f}",
        f"{row['max_difference']:.0e}",
    ]


def shown(row: dict[str, Any]) -> list[str]:
    return [
        f"{row['demand']:,} × {row['supply']:,}",
        f"{row['pairs']:,}",
        f"{row['seconds']:.1f}",
        f"{row['cpu_seconds']:.1f}",
        f"{row['cpu_ns_per_pair']:.0f}",
        f"{row['peak_mb']:.0f}",
    ]
