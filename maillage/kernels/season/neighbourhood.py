"""Plan a few families anew, all else staying: column generation on a part of a season.

Notes
-----
Large neighbourhood search after Shaw (1998), "Using constraint programming and local
search methods to solve vehicle routing problems", CP 1998, 417-431; here each
neighbourhood is solved by column generation and a small integer programme.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from maillage.kernels.season.cuts import Cuts, separate
from maillage.kernels.season.generation import Generation
from maillage.kernels.season.master import Master
from maillage.kernels.season.pricing import NARROW
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.tours import Tour

#: Tours of a family taken over from the whole season.
TAKEN = 150
#: Rounds of column generation, rounds of cuts, calls of the solver for whole tours.
ROUNDS, CUT_ROUNDS, CALLS = 30, 3, 40
#: Gain, relative to the part, that is not worth looking for.
NAUGHT = 1e-5


@dataclass(frozen=True, kw_only=True)
class Better:
    """New tours for some families, and by how much they are worth more."""

    families: tuple[int, ...]
    tours: tuple[Tour, ...]
    gain: float
    made: tuple[Tour, ...]
    work: int


def improve(
    roster: Roster,
    families: Sequence[int],
    store: Sequence[Sequence[Tour]],
    *,
    stop: Callable[[], bool],
) -> Better:
    """Look for a better plan of some families.

    ``store`` has for each of them tours to begin with, the most promising first. The
    roster is not changed.
    """
    season = roster.season
    rest = roster.copy()
    mine = [one for rank in families for one in rest.clear(rank)]
    value = sum(one.value for one in mine)
    barred = rest.barred()
    requests = np.unique(
        np.concatenate([season.families[rank].request for rank in families])
    )
    requests = requests[~barred[requests]]
    master = Master(season, rest.left, requests=requests, families=families)
    master.watch(stop)
    master.add(mine)
    allowed = ~barred
    for tours in store:
        fits = (one for one in tours if allowed[list(one.requests)].all())
        master.add(one for one, _ in zip(fits, range(TAKEN), strict=False))
    cuts = Cuts(season, families)
    part = Generation(
        season=season,
        master=master,
        families=families,
        cuts=cuts,
        barred=barred,
        columns=8,
    )
    nothing = Better(families=tuple(families), tours=(), gain=0.0, made=(), work=0)
    least = value + max(NAUGHT * abs(value), 1e-6)
    for cut_round in range(CUT_ROUNDS + 1):
        if not part.run(stop=stop, last=NARROW, rounds=ROUNDS, tolerance=0.0):
            return nothing
        if not master.solve() or master.value <= least:
            break
        if cut_round == CUT_ROUNDS:
            break
        triples = separate(master.tours, master.x, known=cuts.known, most=40)
        if not triples:
            break
        master.add_cuts(triples)
        cuts.add(triples)
    made = tuple(one for one in master.tours if one.is_elementary)
    if master.is_stopped or master.value <= least:
        return Better(
            families=tuple(families), tours=(), gain=0.0, made=made, work=part.work
        )
    given = [master.known[one.family, one.steps] for one in mine]
    chosen = [
        master.tours[column] for column in master.whole(given, least=least, calls=CALLS)
    ]
    gain = sum(one.value for one in chosen) - value
    return Better(
        families=tuple(families),
        tours=tuple(chosen) if gain > 1e-7 else (),
        gain=max(gain, 0.0),
        made=made,
        work=part.work,
    )


def accept(roster: Roster, better: Better) -> bool:
    """Take new tours over, if they still fit; say whether they did."""
    if not better.tours:
        return False
    tried = roster.copy()
    for rank in better.families:
        tried.clear(rank)
    for one in better.tours:
        if not tried.fits(one):
            return False
        tried.put(one)
    if tried.value <= roster.value:
        return False
    roster.tours, roster.left = tried.tours, tried.left
    return True
