"""The envelope of a call: 500 applications with all constraints, and 15 by every set.

    python -m maillage bench envelope

Beside: the best score a euro until the budget is spent, which knows no minimum; and, for
15 applications, every set. Applications are drawn; seeds are named in the table.
"""

import argparse
import json
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import figures
from maillage.kernels.envelope import FREE, Envelope, choose, costs, value_of

#: Goals: seconds for the choice and what each constraint costs, together.
GOAL_SECONDS = 2.0
SIZES, SEEDS, SMALL = (40, 500), (1, 2, 3, 4, 5), 15
DEPARTMENTS, THEMES = 5, 6


def add_options(parser: argparse._ArgumentGroup) -> None:
    """What the command line asks."""
    parser.add_argument("--envelope-seeds", default=",".join(map(str, SEEDS)))


def drawn(size: int, *, seed: int) -> Envelope:
    """Amounts from 1,000 to 20,000 €, half of which the budget pays; 12 minimums."""
    random = np.random.default_rng(seed)
    amount = random.integers(1_000_00, 20_000_00, size)
    department = random.integers(DEPARTMENTS, size=size)
    theme = random.integers(THEMES, size=size)
    part = np.vstack(
        [
            *(department == each for each in range(DEPARTMENTS)),
            random.random(size) < 0.3,
            *(theme == each for each in range(THEMES)),
        ]
    )
    budget = int(amount.sum()) // 2
    asked = np.minimum((part * amount).sum(axis=1), budget)
    return Envelope(
        amount=amount,
        worth=random.integers(2000, 9500, size),
        budget=budget,
        part=part,
        minimum=asked // 4,
        lock=np.full(size, FREE),
    )


def by_ratio(envelope: Envelope) -> np.ndarray[Any, Any]:
    """The best score a euro first, as long as there is money."""
    granted, left = np.zeros(len(envelope.amount), np.bool_), envelope.budget
    for each in np.argsort(-envelope.worth / np.maximum(envelope.amount, 1)):
        if envelope.amount[each] <= left:
            granted[each] = True
            left -= int(envelope.amount[each])
    return granted


def every_set(envelope: Envelope) -> tuple[int, float]:
    """The best value of all sets that keep every rule, and seconds."""
    start, best = time.perf_counter(), -1
    for chosen in product((False, True), repeat=len(envelope.amount)):
        value, spent, short = value_of(envelope, np.array(chosen))
        if spent <= envelope.budget and not short.any():
            best = max(best, value)
    return best, time.perf_counter() - start


def one(size: int, seed: int) -> dict[str, Any]:
    envelope = drawn(size, seed=seed)
    start = time.perf_counter()
    found = choose(envelope)
    chosen = time.perf_counter() - start
    costs(envelope, found)
    told = time.perf_counter() - start
    value, _spent, short = value_of(envelope, by_ratio(envelope))
    return {
        "size": size,
        "seed": seed,
        "choice_seconds": chosen,
        "all_seconds": told,
        "value": found.value,
        "gap": found.bound - found.value,
        "ratio_value": value,
        "ratio_missed": int((short > 0).sum()),
    }


def run(*, rows: int, json_file: Path | None, options: dict[str, Any]) -> None:
    quiet = json_file == Path("-")
    seeds = [int(word) for word in options["envelope_seeds"].split(",")]
    found = [one(size, seed) for size in SIZES for seed in seeds]
    small = []
    for seed in seeds:
        best, took = every_set(drawn(SMALL, seed=seed))
        ours = choose(drawn(SMALL, seed=seed))
        small.append({"seed": seed, "ours": ours.value, "best": best, "seconds": took})
    result = {"machine": figures.machine(), "calls": found, "small": small}
    if quiet:
        print(json.dumps(result))
        return
    text = words(found, small)
    print(f"\n{text}")
    figures.record("envelope", text)
    if json_file:
        json_file.write_text(json.dumps(result, indent=1), encoding="utf-8")


def words(found: list[dict[str, Any]], small: list[dict[str, Any]]) -> str:
    head = [
        "applications, seed", "choice s", "with all costs s", "value", "gap",
        "by score a euro", "minimums it misses",
    ]  # fmt: skip
    lines = [
        [
            f"{row['size']}, {row['seed']}",
            f"{row['choice_seconds']:.2f}",
            f"{row['all_seconds']:.2f}",
            f"{row['value']:,}",
            f"{row['gap']:,}",
            f"{row['ratio_value']:,}",
            str(row["ratio_missed"]),
        ]
        for row in found
    ]
    same = sum(row["ours"] == row["best"] for row in small)
    slowest = max(row["all_seconds"] for row in found)
    return (
        f"Twelve minimums each; goal {GOAL_SECONDS:.0f} s, slowest {slowest:.2f} s. Every "
        f"set of {SMALL} applications gives the same value in {same} calls of "
        f"{len(small)}.\n\n{figures.table(head, lines)}"
    )
