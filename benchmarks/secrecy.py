"""Hide tables and attack them: what can be told, beside simpler ways of hiding.

    python -m maillage bench secrecy --json

Random tables of every shape are protected, then attacked by linear programmes that share
no code with the kernel. The same attacker reads them with nothing hidden but the unsafe
cells, and with a simple way, cell after cell until nothing leaks. A table of
50 x 40 with totals is timed.
"""

import argparse
import json
import multiprocessing
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import figures
from benchmarks.secrecy_attacker import Published, disclosures
from benchmarks.secrecy_tables import Instance, random_tables, rectangle
from maillage.kernels.secrecy.problem import Reason
from maillage.kernels.secrecy.protect import Pattern, protect

LARGE = ((1, 2_000), (2, 8_000), (3, 20_000))  # seed, units
GOAL_SECONDS = 5.0
#: One in so many tables is also protected by hand; it meets every shape.
COMPARED = 21
Found = dict[str, Any]


def add_options(parser: argparse._ArgumentGroup) -> None:
    """What the command line asks; ``run`` gets it as a dictionary."""
    parser.add_argument("--tables", type=int, default=10_000, help="random tables")
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--processes", type=int, default=2)


def run(*, rows: int, json_file: Path | None, options: dict[str, Any]) -> None:
    """Print one object, or a table of it."""
    first, count = options["first"], options["tables"]
    began = time.perf_counter()
    with multiprocessing.Pool(options["processes"]) as pool:
        seeds = range(first, first + count)
        found = list(pool.imap_unordered(one, seeds, chunksize=20))
    total = {name: sum(each[name] for each in found) for name in found[0]}
    large = [fifty_by_forty(seed, units) for seed, units in LARGE]
    result: Found = {
        "tables": count,
        "disclosed": total["disclosed"],
        "seconds": max(each["seconds"] for each in large),
        **{name: value for name, value in total.items() if name != "disclosed"},
        "minutes": round((time.perf_counter() - began) / 60, 1),
        "large": large,
    }
    if json_file is not None:
        text = json.dumps(result, indent=1)
        if json_file == Path("-"):
            print(text)
            return
        json_file.write_text(text + "\n", encoding="utf-8")
    show(result)


def one(seed: int) -> Found:
    """Protect and attack one set of tables; numbers that can be added up."""
    made = random_tables(seed)
    began = time.process_time()
    pattern = protect(made.problem)
    took = time.process_time() - began
    unsafe = np.isin(pattern.reason, (Reason.TOO_FEW, Reason.DOMINANCE))
    is_compared = seed % COMPARED == 0  # to attack after each cell takes long
    simple = by_hand(made, unsafe.tolist()) if is_compared else []
    told = disclosures(made.published, pattern.hidden.tolist(), first_only=True)
    bare = disclosures(made.published, unsafe.tolist(), first_only=True)
    return {
        "cells": len(unsafe),
        "unsafe": int(unsafe.sum()),
        "hidden": int(pattern.hidden.sum()),
        "bound": pattern.bound,
        "is_optimal": int(pattern.cost <= pattern.bound + 1e-6),
        "disclosed": int(bool(told)),
        "disclosed_unsafe_only": int(bool(bare)),
        "compared": int(is_compared),
        "hidden_compared": int(pattern.hidden.sum()) if is_compared else 0,
        "hidden_by_hand": sum(simple),
        "kernel_cpu_seconds": took,
    }


def by_hand(made: Instance, unsafe: list[bool]) -> list[bool]:
    """Hide every cell from which the attacker tells something, until it cannot.

    What a careful person does with a list of what leaks: blank all cells that touch it.
    """
    hidden = list(unsafe)
    published: Published = made.published
    while told := disclosures(published, hidden, first_only=True):
        before = sum(hidden)
        touching = [
            rank
            for rank, cell in enumerate(published.cells)
            if not hidden[rank] and cell & told[0].atoms
        ]
        # The smallest first; then all others, when none is left that touches.
        rest = touching or [rank for rank, gone in enumerate(hidden) if not gone]
        least = min(rest, key=lambda rank: (len(published.cells[rank]), rank))
        hidden[least] = True
        if sum(hidden) == before:
            break
    return hidden


def fifty_by_forty(seed: int, units: int) -> Found:
    """A table with totals and one measure; counted, too."""
    draw = np.random.default_rng(seed)
    values = np.rint(draw.lognormal(6, 1.5, (1, units)))
    made = rectangle(draw, 50, 40, units, values)
    began, worked = time.perf_counter(), time.process_time()
    pattern: Pattern = protect(made.problem)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    unsafe = np.isin(pattern.reason, (Reason.TOO_FEW, Reason.DOMINANCE))
    return {
        "units": units,
        "cells": len(unsafe),
        "unsafe": int(unsafe.sum()),
        "hidden": int(pattern.hidden.sum()),
        "bound": pattern.bound,
        "seconds": round(took, 2),
        "cpu_seconds": round(worked, 2),
    }


def show(result: Found) -> None:
    cells = [
        ["tables attacked", f"{result['tables']}"],
        ["disclosed by what the kernel shows", f"{result['disclosed']}"],
        ["disclosed, unsafe cells hidden only", f"{result['disclosed_unsafe_only']}"],
        ["cells", f"{result['cells']}"],
        ["unsafe", f"{result['unsafe']}"],
        ["hidden by the kernel", f"{result['hidden']}"],
        ["proven least", f"{result['bound']:.0f}"],
        ["tables proven optimal", f"{result['is_optimal']}"],
        [
            f"of {result['compared']} of them: hidden by the kernel / by hand",
            f"{result['hidden_compared']} / {result['hidden_by_hand']}",
        ],
    ]
    cells += [
        [
            f"50 × 40, {each['units']} units: unsafe / hidden / at least / seconds",
            f"{each['unsafe']} / {each['hidden']} / {each['bound']:.0f} / {each['seconds']}",
        ]
        for each in result["large"]
    ]
    for name, value in cells:
        print(f"{name:70} {value}")
    met = result["disclosed"] == 0 and result["seconds"] < GOAL_SECONDS
    print(f"goal: nothing disclosed, 50 × 40 under 5 s: {'met' if met else 'MISSED'}")
    figures.record("secrecy", figures.table(["secrecy", ""], cells))
