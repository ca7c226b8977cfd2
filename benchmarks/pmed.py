"""The p-median instances of OR-Library, and random graphs drawn by their rule.

Files ``pmed1.txt`` to ``pmed40.txt``: vertices, edges and p, then an edge a line. Where
an edge is named twice, the last line holds; costs are the shortest ways. The optima are
those of ``pmedopt.txt``; the radii of the p-centre those of Pullan (2008), "A memetic
genetic algorithm for the vertex p-center problem", Evolutionary Computation 16(3),
417-436, doi:10.1162/evco.2008.16.3.417.
"""

from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import floyd_warshall

from maillage.kernels.siting.problem import Floats

MEDIAN = (
    5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255,
    7696, 6634, 4374, 2968, 1729, 8162, 6999, 4809, 2845, 1789,
    9138, 8579, 4619, 2961, 1828, 9917, 8307, 4498, 3033, 1989,
    10086, 9297, 4700, 3013, 10400, 9934, 5057, 11060, 9423, 5128,
)  # fmt: skip
CENTRE = (
    127, 98, 93, 74, 48, 84, 64, 55, 37, 20, 59, 51, 36, 26, 18, 47, 39, 28, 18, 13,
    40, 38, 22, 15, 11, 38, 32, 18, 13, 9, 30, 29, 15, 11, 30, 27, 15, 29, 23, 13,
)  # fmt: skip


def read(path: Path) -> tuple[Floats, int]:
    """(n, n) costs, and how many sites to open."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    (count, _, new), *edges = [tuple(map(int, line)) for line in lines if line]
    edge = np.full((count, count), np.inf)
    for here, there, cost in edges:
        edge[here - 1, there - 1] = edge[there - 1, here - 1] = cost
    return ways(edge), new


def drawn(count: int, *, seed: int) -> Floats:
    """(n, n) costs in a random graph: n² / 50 edges of 1 to 100, and it hangs together."""
    random = np.random.default_rng(seed)
    edge = np.full((count, count), np.inf)
    order = random.permutation(count)
    here = np.concatenate([order[1:], random.integers(count, size=count**2 // 50)])
    there = np.concatenate([order[:-1], random.integers(count, size=count**2 // 50)])
    edge[here, there] = edge[there, here] = random.integers(1, 101, size=len(here))
    return ways(edge)


def ways(edge: Floats) -> Floats:
    np.fill_diagonal(edge, 0)
    shortest: Floats = floyd_warshall(edge)
    return shortest
