"""Two steps over a country, block by block, within 4 GiB; ``benchmarks.catchment`` asks.

    python -m benchmarks.catchment_large 1000000 20000

prints one JSON object. The system refuses the process more than 4 GiB of addresses, so
that to finish is the proof.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from maillage.kernels.catchment import pairs_in_blocks, two_step
from maillage.kernels.checks import Floats

GIB = 1024**3
STEPS, WEIGHTS = (10.0, 20.0, 40.0), (1.0, 0.68, 0.22)
#: West, south, east and north of a country of a million square kilometres.
COUNTRY = (-4.8, 42.3, 8.2, 51.1)
TOWNS = 400
TOWN_KM = 8.0
KM_A_DEGREE = 111.2


def inhabited(count: int, *, seed: int) -> tuple[Floats, Floats]:
    """Where people live and how many: three in five near a town."""
    rng = np.random.default_rng(seed)
    west, south, east, north = COUNTRY
    towns = rng.uniform((west, south), (east, north), (TOWNS, 2))
    spots = rng.uniform((west, south), (east, north), (count, 2))
    near = rng.random(count) < 0.6
    around = rng.normal(0.0, TOWN_KM / KM_A_DEGREE, (count, 2))
    spots[near] = (towns[rng.integers(0, TOWNS, count)] + around)[near]
    return spots, np.round(rng.lognormal(5.5, 1.2, count))


def near_people(
    spots: Floats, people: Floats, count: int, *, seed: int
) -> tuple[Floats, Floats]:
    """Places within a few kilometres of people, and their days a year."""
    rng = np.random.default_rng(seed)
    chosen = spots[rng.choice(len(spots), count, p=people / people.sum())]
    return (
        chosen + rng.normal(0.0, 0.02, (count, 2)),
        rng.integers(1, 300, count).astype(float),
    )


def measured(demand: int, supply: int) -> dict[str, float]:
    """Find the pairs and share out, twice over the blocks."""
    spots, people = inhabited(demand, seed=1)
    places, days = near_people(spots, people, supply, seed=2)
    bands: dict[str, Any] = {"steps": STEPS, "weights": WEIGHTS}
    few = pairs_in_blocks(spots[:50], places, km=1)
    two_step(people[:50], days, few, **bands)  # compiled, or read from its cache
    begin, worked = time.perf_counter(), time.process_time()
    blocks = pairs_in_blocks(spots, places, km=STEPS[-1])
    found = two_step(people, days, blocks, **bands)
    seconds, worked = time.perf_counter() - begin, time.process_time() - worked
    handed_out = float(found @ people)
    return {
        "demand": demand,
        "supply": supply,
        "pairs": len(blocks),
        "seconds": seconds,
        "cpu_seconds": worked,
        "cpu_ns_per_pair": 1e9 * worked / len(blocks),
        "peak_mb": peak_mb(),
        "not_handed_out": abs(handed_out - days.sum()) / days.sum(),
    }


def peak_mb() -> float:
    """The most memory of this program, without what its parent had before it."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    for line in lines:
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (4 * GIB, 4 * GIB))
    print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))


if __name__ == "__main__":
    main()
