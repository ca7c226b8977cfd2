"""Plan seasons: value, proven gap, time and memory, beside greedy and CP-SAT.

    python -m maillage bench season --size 20x300 --seeds 1,2,3 --json

Each plan is made in a process of its own and read by a checker that shares no code with
the planner. CP-SAT of OR-Tools then gets the same season, the same time, all cores, and
the plan of greedy as a hint. Public instances of team orienteering follow, beside the
best values published, where they lie beside the project.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings

from benchmarks import figures, season_public

BESIDE = settings.ROOT.parent / "shared/bench"
#: Seconds for seasons of so many requests at most.
SECONDS = ((300, 30), (1500, 120), (10**9, 600))
PUBLIC_SECONDS = 15.0
ITERATIONS = 60  # of the search that is done twice

COLUMNS = {  # head: field, format
    "seed": ("seed", "d"),
    "value": ("value", ".0f"),
    "bound": ("bound", ".0f"),
    "gap %": ("gap_percent", ".2f"),
    "s": ("seconds", ".1f"),
    "of CPU": ("cpu_seconds", ".1f"),
    "first s": ("first_seconds", ".1f"),
    "first gap %": ("first_gap_percent", ".1f"),
    "at tenth %": ("tenth_gap_percent", ".1f"),
    "MB": ("peak_mb", ".0f"),
    "served": ("served", "d"),
    "greedy": ("greedy", ".0f"),
    "vs greedy": ("vs_greedy", ".3f"),
    "CP-SAT": ("rival_value", ".0f"),
    "its bound": ("rival_bound", ".0f"),
}


def add_options(parser: argparse._ArgumentGroup) -> None:
    """What the command line asks; ``run`` gets it as a dictionary."""
    parser.add_argument("--size", default="20x300", help="groups x requests")
    parser.add_argument("--seeds", default="1,2,3", help="seeds of the seasons")
    parser.add_argument("--seconds", type=float, help="for each plan; else by size")
    parser.add_argument(
        "--instances",
        type=Path,
        help="folder with season_instances.py and mctopmtw; else the one of "
        "MAILLAGE_BENCH_INSTANCES, else ../shared/bench; own seasons without any",
    )
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="give our planner seconds of the processor, on a busy machine",
    )
    parser.add_argument("--no-rival", action="store_true", help="leave CP-SAT out")
    parser.add_argument(
        "--public", default="some", help="some, all, none, or names as 2-r105,4-c101"
    )
    parser.add_argument("--public-seconds", type=float, default=PUBLIC_SECONDS)
    parser.add_argument(
        "--determinism",
        action="store_true",
        help="also plan twice by iterations, and with requests in another order",
    )


def child(module: str, ask: dict[str, Any], *, salt: str = "0") -> dict[str, Any]:
    """What a process of ours prints; its own words go where errors go."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}"],
        input=json.dumps(ask),
        cwd=settings.ROOT,
        env=os.environ | {"PYTHONHASHSEED": salt},
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"benchmarks.{module} failed for seed {ask['seed']}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def default_seconds(requests: int) -> float:
    return float(next(seconds for most, seconds in SECONDS if requests <= most))


def one(ask: dict[str, Any], *, rival: bool, twice: bool) -> dict[str, Any]:
    """All figures of one season."""
    found = {"seed": ask["seed"], **child("season_run", ask)}
    found["gap_percent"] = 100 * found["gap"]
    found["first_gap_percent"] = 100 * found["first_gap"]
    tenth = found["tenth_gap"]
    found["tenth_gap_percent"] = None if tenth is None else 100 * tenth
    hint = found.pop("hint")
    if rival:
        found |= child("season_rival", {**ask, "hint": hint})
    if twice:
        asked = {**ask, "iterations": ITERATIONS}
        first = child("season_run", asked, salt="1")
        then = child("season_run", asked, salt="2")
        found["same_twice"] = first == then
        found["same_shuffled"] = first["digest"] == first["shuffled"]
    return found


def public(options: dict[str, Any]) -> list[dict[str, Any]]:
    """Public instances, each beside the best value published."""
    if options["public"] == "none":
        return []
    best = season_public.published(options["instances"])
    found = []
    for path in season_public.files(options["instances"], which=options["public"]):
        name = path.stem.removeprefix("MCTOPMTW-")
        ask = {"public": str(path), "seed": 1, "seconds": options["public_seconds"]}
        plan = child("season_run", ask)
        del plan["hint"]
        found.append({"name": name, "published": best.get(name), **plan})
    return found


def text_of(rows: list[dict[str, Any]]) -> str:
    """A table of the seasons, only with the columns that are there."""
    shown = {head: how for head, how in COLUMNS.items() if how[0] in rows[0]}
    lines = [list(shown)]
    lines += [
        [
            "-" if row[name] is None else format(row[name], spec)
            for name, spec in shown.values()
        ]
        for row in rows
    ]
    widths = [max(len(line[rank]) for line in lines) for rank in range(len(shown))]
    return "\n".join(
        "  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True))
        for line in lines
    )


def public_text(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'instance':>9} {'ours':>6} {'bound':>8} {'published':>9} {'s':>6}"]
    for row in rows:
        best = f"{row['published']:.0f}" if row["published"] else "?"
        lines.append(
            f"{row['name']:>9} {row['value']:6.0f} {row['bound']:8.1f} {best:>9} "
            f"{row['seconds']:6.1f}"
        )
    known = [row["value"] / row["published"] for row in rows if row["published"]]
    if known:
        mean = sum(known) / len(known)
        lines.append(f"mean ratio to the best published: {mean:.4f}")
    return "\n".join(lines)


def run(*, rows: int, json_file: Path | None, options: dict[str, Any]) -> None:
    """Print tables, or with ``--json`` alone one object and nothing else."""
    quiet = json_file == Path("-")
    known = os.environ.get("MAILLAGE_BENCH_INSTANCES") or BESIDE
    options = {**options, "instances": Path(options["instances"] or known)}
    size = [int(word) for word in options["size"].lower().split("x")]
    seconds = options["seconds"] or default_seconds(size[1])
    module = Path(options["instances"]) / "season_instances.py"
    ask = {
        "size": size,
        "seconds": seconds,
        "instances": str(module) if module.exists() else "",
        "cpu": options["cpu"],
    }
    which = str(module) if module.exists() else "benchmarks/season_instances.py"
    seeds = [int(word) for word in options["seeds"].split(",")]
    found = []
    for seed in seeds:
        found.append(
            one(
                {**ask, "seed": seed},
                rival=not options["no_rival"],
                twice=options["determinism"],
            )
        )
        if not quiet:
            print(f"seed {seed}: gap {found[-1]['gap_percent']:.2f} %", flush=True)
    result = {
        "size": options["size"],
        "seconds": seconds,
        "instances": which,
        "machine": figures.machine(),
        "clock": "processor" if options["cpu"] else "wall",
        "gap": median(row["gap"] for row in found),
        "gap_percent": median(row["gap_percent"] for row in found),
        "vs_greedy": median(row["vs_greedy"] for row in found),
        "peak_mb": max(row["peak_mb"] for row in found),
        "seasons": found,
        "public": public(options),
    }
    if quiet:
        print(json.dumps(result))
        return
    show(result, found)
    keep(result, found)
    if json_file:
        json_file.write_text(json.dumps(result, indent=1), encoding="utf-8")


def keep(result: dict[str, Any], found: list[dict[str, Any]]) -> None:
    """Write the table into the page of figures, where the size has a place."""
    name = f"season --size {result['size']}"
    if f"bench:{name} " not in figures.PAGE.read_text(encoding="utf-8"):
        return
    shown = [head for head, (field, _as) in COLUMNS.items() if field in found[0]]
    rows = [
        [
            format(row[field], how) if row.get(field) is not None else "–"
            for field, how in (COLUMNS[head] for head in shown)
        ]
        for row in found
    ]
    told = (
        f"{result['seconds']:.0f} s of the {result['clock']} each; medians: gap "
        f"{result['gap_percent']:.2f} %, {result['vs_greedy']:.3f} times greedy.\n\n"
    )
    figures.record(name, told + figures.table(shown, rows))


def show(result: dict[str, Any], found: list[dict[str, Any]]) -> None:
    print(f"\n{result['size']}, {result['seconds']:.0f} s each, {result['instances']}")
    print(f"{result['machine']}; seconds of the {result['clock']}")
    print("every plan verified by benchmarks/season_checker.py")
    print(text_of(found))
    print(
        f"medians: gap {result['gap_percent']:.3f} %, "
        f"{result['vs_greedy']:.3f} times greedy"
    )
    for row in found:
        if "same_twice" in row:
            same = "the same" if row["same_twice"] else "DIFFERENT"
            also = "the same" if row["same_shuffled"] else "DIFFERENT"
            print(f"seed {row['seed']}: twice {same}, in another order {also}")
    if result["public"]:
        print("\nTeam orienteering, multi-constraint, multiple windows; verified twice")
        print(public_text(result["public"]))
    else:
        print("\nNo public instance was run.")
