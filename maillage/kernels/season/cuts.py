"""What tightens the relaxation: subset-row cuts, and longer memories.

Notes
-----
Jepsen, Petersen, Spoorendonk and Pisinger (2008), Operations Research 56(2), 497-511:
of three requests, at most one tour serves two or more. Roberti and Mingozzi (2014),
"Dynamic ng-path relaxation for the delivery man problem", Transportation Science 48(3),
413-424: a cycle in the solution is forbidden by letting the loans in it remember.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from maillage.kernels.season.families import Season
from maillage.kernels.season.problem import Floats, Ints
from maillage.kernels.season.tours import Tour

Triple = tuple[int, int, int]
#: Requests that a loan may remember at most.
MEMORY = 48
#: New cuts that one request may be in, of one round.
EACH = 6
#: By how much a cut must be broken.
BROKEN = 0.04


class Cuts:
    """The cuts of a season, and by family the loans that count in each."""

    def __init__(self, season: Season, families: Iterable[int] | None = None) -> None:
        self.triples: list[Triple] = []
        self.known: set[Triple] = set()
        self.of: list[list[tuple[int, Ints]]] = [[] for _ in season.families]
        self.loans: dict[int, dict[int, list[int]]] = {}
        self.families: dict[int, set[int]] = {}
        ranks = range(len(season.families)) if families is None else families
        for family in (season.families[rank] for rank in ranks):
            loans: dict[int, list[int]] = {}
            for loan, request in enumerate(family.request.tolist()):
                loans.setdefault(request, []).append(loan)
                self.families.setdefault(request, set()).add(family.rank)
            self.loans[family.rank] = loans

    def add(self, triples: Sequence[Triple]) -> None:
        for triple in triples:
            rank = len(self.triples)
            self.triples.append(triple)
            self.known.add(triple)
            a, b, c = (self.families[request] for request in triple)
            for family in sorted((a & b) | (a & c) | (b & c)):
                loans = self.loans[family]
                mine = [loan for request in triple for loan in loans.get(request, ())]
                self.of[family].append((rank, np.array(mine)))


def separate(
    tours: Sequence[Tour], x: Floats, *, known: set[Triple], most: int
) -> list[Triple]:
    """Find triples of requests that a fractional solution serves more than once.

    The most broken first, each request in a few only.
    """
    weight: dict[tuple[int, int], float] = {}
    inside: dict[int, dict[int, float]] = {}
    for column in np.flatnonzero((x > 1e-5) & (x < 1 - 1e-5)).tolist():
        requests = sorted(set(tours[column].requests))
        amount = float(x[column])
        for rank, a in enumerate(requests):
            inside.setdefault(a, {})[column] = amount
            for b in requests[rank + 1 :]:
                weight[a, b] = weight.get((a, b), 0.0) + amount
    near: dict[int, dict[int, float]] = {}
    for (a, b), amount in weight.items():
        if amount < 0.999:
            near.setdefault(a, {})[b] = amount
            near.setdefault(b, {})[a] = amount
    found: list[tuple[float, Triple]] = []
    for (a, b), amount in weight.items():
        if amount >= 0.999:
            continue
        for c in sorted(near[a].keys() | near[b].keys()):
            if c in (a, b):
                continue
            triple = tuple(sorted((a, b, c)))
            total = amount + near[a].get(c, 0.0) + near[b].get(c, 0.0)
            # each triple once: from its first pair that is there
            pairs = [(triple[0], triple[1]), (triple[0], triple[2])]
            if next((p for p in pairs if p in weight), (triple[1], triple[2])) != (
                a,
                b,
            ):
                continue
            if total <= 1 + BROKEN:
                continue
            both = inside[a].keys() & inside[b].keys() & inside[c].keys()
            over = total - 2 * sum(inside[a][column] for column in sorted(both)) - 1
            if over > BROKEN:
                found.append((over, (triple[0], triple[1], triple[2])))
    found.sort(key=lambda one: (-one[0], one[1]))
    often: dict[int, int] = {}
    chosen: list[Triple] = []
    for _, triple in found:
        if triple in known or any(often.get(r, 0) >= EACH for r in triple):
            continue
        chosen.append(triple)
        for request in triple:
            often[request] = often.get(request, 0) + 1
        if len(chosen) >= most:
            break
    return chosen


def lengthen(season: Season, tours: Sequence[Tour], x: Floats) -> int:
    """Forbid the cycles of a solution; say how many there were."""
    cycles = 0
    for column in np.flatnonzero(x > 1e-6).tolist():
        one = tours[column]
        if one.is_elementary:
            continue
        graph = season.families[one.family].graph
        last: dict[int, int] = {}
        loans = [step >> 1 for step in one.steps]
        for at, loan in enumerate(loans):
            bit = int(graph.bit[loan])
            if bit < 0:
                continue
            if bit in last:
                cycles += 1
                for other in loans[last[bit] + 1 : at]:
                    if other < graph.free and remembered(graph.memory[other]) < MEMORY:
                        mark = np.uint64(1) << np.uint64(bit & 63)
                        graph.memory[other, bit >> 6] |= mark
            last[bit] = at
    return cycles


def remembered(words: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> int:
    return sum(int(word).bit_count() for word in words)


def forgotten(season: Season, tours: Sequence[Tour]) -> list[int]:
    """Columns with a cycle that memories now forbid."""
    gone: list[int] = []
    for column, one in enumerate(tours):
        if one.is_elementary:
            continue
        graph = season.families[one.family].graph
        seen = np.zeros(graph.memory.shape[1], np.uint64)
        for step in one.steps:
            loan = step >> 1
            bit = int(graph.bit[loan])
            if bit >= 0 and (int(seen[bit >> 6]) >> (bit & 63)) & 1:
                gone.append(column)
                break
            seen &= graph.memory[loan]
            if bit >= 0:
                seen[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
    return gone
