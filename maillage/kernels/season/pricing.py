"""Ask each family for its best itineraries under given prices."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season.cuts import Cuts
from maillage.kernels.season.families import Family
from maillage.kernels.season.graph import LOST, Bits, gather
from maillage.kernels.season.labels import search
from maillage.kernels.season.problem import Floats
from maillage.kernels.season.relax import completion
from maillage.kernels.season.tables import in_cells, table_of
from maillage.kernels.season.tours import Tour, tour
from maillage.kernels.season.zones import over_zones

#: Loans that a heuristic search of a large family looks at.
SOME = 300
#: Cuts that one search can tell apart.
CUTS = 64
TINY = 1e-7
#: Step of the eases; steps more, and tries, to bound what an exact search did not end.
EASING, STEPS, TRIES = 0.3, 10, 4
#: Levels of a search, and how many labels of a loan go on from one tick in each.
GLANCE, NARROW, EXACT = range(3)
WIDTH = (1, 3, 10**9)


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What a search pays: by request (R,), by km beyond its cost, by cut (cuts,)."""

    request: Floats
    km: float = 0.0
    cut: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a family answers.

    ``most`` bounds the reduced value of all its itineraries, or is the threshold where
    none exceeds it; it is no bound at a glance, and looser than it could be where the
    search was narrow or ``is_short``. ``tours`` exceed the threshold; ``work`` counts
    labels.
    """

    family: int
    most: float
    tours: tuple[Tour, ...]
    work: int
    is_short: bool = False


def ask(
    family: Family,
    prices: Prices,
    *,
    threshold: float,
    level: int,
    labels: int,
    columns: int,
    cuts: Cuts | None = None,
    barred: NDArray[np.bool_] | None = None,
    ease: Floats | None = None,
) -> Answer:
    """Find itineraries of a family worth more than ``threshold`` under prices.

    ``level`` is 0 for a glance, 1 for a narrow search with memory, 2 for an exact one.
    ``barred`` (R,) are requests that must not be served. ``ease`` (64 W,) are the eases
    of ``completion``; those for the next time are written there.
    """
    graph = family.graph
    exact = level == EXACT
    none = Answer(family=family.rank, most=max(threshold, 0.0), tours=(), work=0)
    if not family.loans and not len(family.fixed):
        return none
    worth = family.value - prices.request[family.request]
    if barred is not None:
        worth = np.where(barred[family.request], LOST, worth)
    worth = np.concatenate([worth, np.zeros(len(family.fixed))])
    rate = family.km_cost + prices.km
    beyond = rate * family.base_km
    least = threshold - beyond
    if family.is_dense:
        room = rate * family.slack_km if level and rate > 0 else 0.0
        looks = (worth + room > 1e-9) & (worth > LOST / 2)
        looks[family.loans :] = True
    else:
        if level > GLANCE:
            most = over_zones(graph, family.zones, worth, rate, family.unit) + beyond
            none = Answer(
                family=family.rank, most=max(most, threshold, 0.0), tours=(), work=0
            )
        density = (worth - rate * family.near_km) / graph.duration
        density[family.loans :] = np.inf
        best = np.argsort(-density, kind="stable")[: SOME + len(family.fixed)]
        looks = np.zeros(len(worth), np.bool_)
        looks[best[density[best] > 0]] = True
    loans = np.flatnonzero(looks).astype(np.int32)
    if not len(loans):
        return none
    arcs = gather(graph, loans, rate)
    unit = family.unit if level else 0
    grid = in_cells(graph, arcs, family.step, unit)
    has_memory = level > 0 and family.is_dense
    now = np.zeros(64 * graph.memory.shape[1])
    if has_memory and ease is not None:
        now[:] = ease
    share = EASING if has_memory else 0.0
    go_on = table_of(graph, arcs, grid)
    root, better = completion(graph, arcs, worth[loans], grid, go_on, now, share, least)
    if has_memory and ease is not None:
        ease[:] = better
    work = len(loans) ** 2 * len(go_on.go_on) // 4
    if root <= least:
        if family.is_dense:
            return none
        return Answer(family=family.rank, most=none.most, tours=(), work=work)
    bits, duals = entered(family, prices, cuts)
    found, steps, made, is_short, once = search(
        graph,
        arcs,
        worth[loans],
        go_on,
        grid,
        least + TINY,
        has_memory,
        WIDTH[level],
        labels,
        columns,
        bits[loans],
        duals,
        now,
    )
    most = found if exact and not is_short else min(root, once)
    if exact and is_short and has_memory and ease is not None:

        def eased() -> float:
            """Bound once more, the eases one step on."""
            now[:] = ease
            bound, ease[:] = completion(
                graph, arcs, worth[loans], grid, go_on, now, EASING, least
            )
            return float(bound)

        def tried(more: float) -> tuple[float, int, bool]:
            """Search for what is worth more: the best, labels, whether it was short."""
            best, _, many, is_short, _ = search(
                graph,
                arcs,
                worth[loans],
                go_on,
                grid,
                more,
                True,
                WIDTH[EXACT],
                max(labels // 2, 1),
                0,
                bits[loans],
                duals,
                now,
            )
            return float(best), int(many), bool(is_short)

        most, spent = closer(most, least, eased=eased, tried=tried)
        made += spent + STEPS * (work // 4)
    most = max(most, least) + beyond
    return Answer(
        family=family.rank,
        most=max(most + TINY, 0.0) if family.is_dense else none.most,
        tours=tuple(tour(family, row) for row in steps.tolist()),
        work=work + int(made),
        is_short=bool(is_short),
    )


def closer(
    most: float,
    least: float,
    *,
    eased: Callable[[], float],
    tried: Callable[[float], tuple[float, int, bool]],
) -> tuple[float, int]:
    """Bound an itinerary where an exact search did not end; also the labels made.

    A search for what is worth more than a threshold halfway to the bound makes fewer
    labels: where it ends, it finds the best, or that there is nothing.
    """
    for _ in range(STEPS):
        most = min(most, eased())
    spent = 0
    for _ in range(TRIES):
        if most <= least:
            break
        half = (most + least) / 2
        best, many, is_short = tried(half)
        spent += many
        if is_short:
            least = half
        elif best > half:
            return min(most, best), spent
        else:
            most = half
    return most, spent


def entered(family: Family, prices: Prices, cuts: Cuts | None) -> tuple[Bits, Floats]:
    """(n + f,) which cuts each loan counts in, and their prices, the dearest first.

    What does not fit is left out, which makes itineraries look better, never worse.
    """
    bits = np.zeros(len(family.graph.duration), np.uint64)
    if cuts is None or not cuts.of[family.rank]:
        return bits, np.zeros(0)
    mine = cuts.of[family.rank]
    rank = np.array([cut for cut, _ in mine])
    price = prices.cut[rank]
    order = np.argsort(-price, kind="stable")[:CUTS]
    order = order[price[order] > TINY]
    for bit, at in enumerate(order.tolist()):
        bits[mine[at][1]] |= np.uint64(1) << np.uint64(bit)
    return bits, price[order]
