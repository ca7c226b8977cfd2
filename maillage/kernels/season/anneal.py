"""Better tours for some families by annealing, all else staying."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season.families import Season
from maillage.kernels.season.graph import Graph, Reals, Words
from maillage.kernels.season.rebuild import anneal
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.ruin import Part, State, refresh
from maillage.kernels.season.tours import Tour, tour

#: A ruin looks at every loan of the families. Looks between two looks at whether to
#: stop, and in all at most; what a ruin counts as, in labels.
CHUNK, MOST, RUIN = 1_000_000, 10_000_000, 100
#: What a worse plan may lose in the end, of what it may at the outset.
COOLED = 0.05


def spans(counts: Any) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def joined(arrays: Sequence[Any], kind: Any = np.int32) -> Any:
    return np.concatenate([*arrays, np.zeros(0, kind)]).astype(kind)


def part_of(season: Season, ranks: Sequence[int]) -> Part:
    """Lay families out flat."""
    families = [season.families[rank] for rank in ranks]
    graphs = [family.graph for family in families]
    requests = season.requests_of(ranks)
    rank_of = np.full(season.problem.requests, -1, np.int64)
    rank_of[requests] = np.arange(len(requests))
    facts = [np.full(len(family.fixed), -1) for family in families]
    none = [np.zeros(len(family.fixed)) for family in families]
    request = joined(
        [
            part
            for family, fact in zip(families, facts, strict=True)
            for part in (rank_of[family.request], fact)
        ]
    )
    option = np.argsort(request, kind="stable")
    option = option[request[option] >= 0]
    takes = [taken(season, one) for one in requests.tolist()]
    many = [len(graph.duration) for graph in graphs]
    copies = [family.count for family in families]
    of = np.arange(len(families))
    place_of, km, travel = near_at_hand(graphs)
    return Part(
        change=np.array([graph.changeover for graph in graphs], np.int32),
        maintenance=np.array([graph.maintenance for graph in graphs], np.int32),
        limit=np.array([graph.wear_limit for graph in graphs], np.int32),
        worn=np.array([graph.worn for graph in graphs], np.int32),
        depot=place_of[[graph.place[-1] for graph in graphs]],
        cost=np.array([family.km_cost for family in families]),
        shortest=np.array([graph.duration.min() for graph in graphs], np.int32),
        loan_from=spans(many),
        copy_from=spans(copies),
        copy_family=np.repeat(of, copies).astype(np.int32),
        family=np.repeat(of, many).astype(np.int32),
        request=request,
        place=joined([place_of[graph.place[:-1]] for graph in graphs]),
        duration=joined([graph.duration for graph in graphs]),
        wears=joined([graph.wears for graph in graphs]),
        renews=joined([graph.renews for graph in graphs], np.uint8),
        value=joined(
            [
                part
                for family, zero in zip(families, none, strict=True)
                for part in (family.value, zero)
            ],
            np.float64,
        ),
        window_at=spans(joined([np.diff(graph.window_at) for graph in graphs])),
        first=joined([graph.first for graph in graphs]),
        last=joined([graph.last for graph in graphs]),
        option_from=spans(
            np.bincount(request[option], minlength=len(requests)).tolist()
        ),
        option=option.astype(np.int32),
        take_from=spans([len(rows) for rows, _ in takes]),
        take_row=joined([rows for rows, _ in takes]),
        take=joined([amounts for _, amounts in takes], np.float64),
        km_row=season.km_row,
        km=km,
        travel=travel,
    )


def near_at_hand(graphs: Sequence[Graph]) -> tuple[Words, Reals, Words]:
    """New numbers of places, and the ways between those of some families alone.

    Small tables stay close to the processor. Where most places are needed they stay as
    they are.
    """
    km, travel = graphs[0].km, graphs[0].travel
    places = np.unique(np.concatenate([graph.place for graph in graphs]))
    if 2 * len(places) > len(km):
        return np.arange(len(km), dtype=np.int32), km, travel
    place_of = np.full(len(km), -1, np.int32)
    place_of[places] = np.arange(len(places))
    both = np.ix_(places, places)
    return place_of, np.ascontiguousarray(km[both]), np.ascontiguousarray(travel[both])


def taken(season: Season, request: int) -> tuple[list[int], list[float]]:
    """The rows that a loan of a request takes from, and how much; not km."""
    weights, host = season.weights, int(season.host_row[request])
    low, high = weights.indptr[request], weights.indptr[request + 1]
    rows = [season.limit_row + int(row) for row in weights.indices[low:high]]
    amounts = weights.data[low:high].tolist()
    if host >= 0:
        rows.append(host)
        amounts.append(1.0)
    return [*rows, request], [*amounts, 1.0]


def state_of(part: Part, roster: Roster, ranks: Sequence[int]) -> State:
    """The tours of some families, as they stand."""
    shape = len(part.copy_family), int(np.diff(part.loan_from).max()) + 1
    state = State(
        loan=np.zeros(shape, np.int32),
        kept=np.zeros(shape, np.uint8),
        start=np.zeros(shape, np.int32),
        latest=np.zeros(shape, np.int32),
        before=np.zeros(shape, np.int32),
        rest=np.zeros(shape, np.int32),
        length=np.zeros(shape[0], np.int32),
        worth=np.zeros(shape[0]),
        far=np.zeros(shape[0]),
        at=np.full(len(part.option_from) - 1, -1, np.int32),
        left=roster.left.copy(),
    )
    for f, rank in enumerate(ranks):
        family = roster.season.families[rank]
        idle = tuple(2 * (family.loans + fact) for fact in range(len(family.fixed)))
        tours = [one.steps for one in roster.tours[rank]]
        tours += [idle] * (family.count - len(tours))
        for c, steps in enumerate(tours, int(part.copy_from[f])):
            state.length[c] = len(steps)
            for q, step in enumerate(steps):
                j = int(part.loan_from[f]) + (step >> 1)
                state.loan[c, q], state.kept[c, q] = j, step & 1
                if part.request[j] >= 0:
                    state.at[part.request[j]] = c
            refresh(part, state, c)
    state.left[:] = roster.left
    return state


def annealed(
    roster: Roster,
    ranks: Sequence[int],
    *,
    part: Part,
    seed: int,
    rounds: int,
    heat: float,
    stop: Callable[[], bool],
) -> list[Tour] | None:
    """The best tours of some families that ``rounds`` ruins find; nothing if stopped.

    ``heat`` is what a worse plan may lose at the outset, about, of what a loan of the
    families is worth on the average.
    """
    state = state_of(part, roster, ranks)
    hot = heat * float(part.value[part.request >= 0].mean())
    best = state.loan.copy(), state.kept.copy(), state.length.copy()
    most = float(state.worth.sum())
    dice = np.array([seed], np.uint64)
    chunk = max(1, CHUNK // len(part.request))
    for done in range(0, rounds, chunk):
        if stop():
            return None
        many = min(chunk, rounds - done)
        first, last = (hot * COOLED ** (at / rounds) for at in (done, done + many))
        most = anneal(part, state, best, most, dice, many, first, last)
    found = []
    for c, f in enumerate(part.copy_family.tolist()):
        family = roster.season.families[ranks[f]]
        loans, kept = best[0][c, : best[2][c]], best[1][c, : best[2][c]]
        one = tour(family, (2 * (loans - part.loan_from[f]) + kept).tolist())
        if one.requests:
            found.append(one)
    return found
