"""All tours of a small season, so that an integer programme can settle it."""

import numpy as np

from maillage.kernels.season.families import Family, Season
from maillage.kernels.season.graph import NEVER, measure
from maillage.kernels.season.tours import Tour, tour

#: Loans to choose from, and itineraries to look at, at most.
LOANS, LOOKS = 80, 30_000


def every(season: Season) -> list[Tour] | None:
    """Give all tours that no other with the same requests beats in value and km.

    Nothing where there are too many.
    """
    if sum(family.loans for family in season.families) > LOANS:
        return None
    looks = 0
    found: list[Tour] = []
    for family in season.families:
        kept: dict[frozenset[int], list[Tour]] = {}
        stack: list[tuple[int, ...]] = [()]
        while stack:
            steps = stack.pop()
            looks += 1
            if looks > LOOKS:
                return None
            if sum(step >> 1 >= family.loans for step in steps) == len(family.fixed):
                keep(kept, tour(family, steps))
            stack += longer(family, steps)
        found += [one for tours in kept.values() for one in tours if one.steps]
    return found


def longer(family: Family, steps: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The itineraries that go on with one loan more."""
    graph = family.graph
    done = {step >> 1 for step in steps}
    served = {int(family.request[loan]) for loan in done if loan < family.loans}
    facts = sum(loan >= family.loans for loan in done)
    wall = int(graph.walls[facts]) if facts < len(graph.walls) else NEVER
    loans = [
        loan for loan in range(family.loans) if int(family.request[loan]) not in served
    ]
    if wall < NEVER:
        loans.append(family.loans + facts)
    more: list[tuple[int, ...]] = []
    for loan in loans:
        for is_kept in (0, 1):
            new = (*steps, 2 * loan + is_kept)
            start = int(measure(graph, np.array(new, np.int64))[1][-1])
            if start == NEVER:
                continue
            if loan >= family.loans or start + int(graph.duration[loan]) <= wall:
                more.append(new)
    return more


def keep(kept: dict[frozenset[int], list[Tour]], one: Tour) -> None:
    """Keep a tour unless one with the same requests is no worse in value and km."""
    tours = kept.setdefault(frozenset(one.requests), [])
    if any(two.value >= one.value and two.km <= one.km for two in tours):
        return
    tours[:] = [
        two for two in tours if not (one.value >= two.value and one.km <= two.km)
    ]
    tours.append(one)
