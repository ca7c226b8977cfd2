"""Plan a few families anew, all else staying: column generation on a part of a season.

Notes
-----
Large neighbourhood search after Shaw (1998), "Using constraint programming and local
search methods to solve vehicle routing problems", CP 1998, 417-431; here each
neighbourhood is solved by column generation and a small integer programme.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from maillage.kernels.season.cuts import Cuts, separate
from maillage.kernels.season.generation import Generation
from maillage.kernels.season.master import Master
from maillage.kernels.season.pricing import GLANCE, NARROW
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.tours import Tour

#: Tours of a family taken over from the whole season.
TAKEN = 150
#: Rounds of column generation, at a glance and narrow; the same after cuts.
ROUNDS, CUT_ROUNDS = (20, 6), (6, 2)
#: Calls of the solver for whole tours.
CALLS = 30
#: Rounds after each tour taken in a dive; a share at which several are.
DIVE_ROUNDS, SURE = 5, 0.9
#: Tours that a part as a whole is chosen from.
CHOICE = 3000
#: Gain, relative to the part, that is not worth looking for.
NAUGHT = 1e-5


@dataclass(frozen=True, kw_only=True)
class Better:
    """New tours for some families, and by how much they are worth more.

    ``is_best`` says that there is nothing better to be had from these alone, as far
    as a narrow search can tell.
    """

    families: tuple[int, ...]
    tours: tuple[Tour, ...]
    gain: float
    work: int = 0
    is_best: bool = False


def improve(
    roster: Roster,
    families: Sequence[int],
    store: Sequence[Sequence[Tour]],
    *,
    effort: int,
    stop: Callable[[], bool],
) -> Better:
    """Look for a better plan of some families.

    ``store`` has for each of them tours to begin with, the most promising first. The
    roster is not changed. ``effort``, from 1 on, allows more cuts and a longer search
    for whole tours.
    """
    season = roster.season
    rest = roster.copy()
    mine = [one for rank in families for one in rest.clear(rank)]
    value = sum(one.value for one in mine)
    barred = rest.barred()
    requests = season.requests_of(families)
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
    nothing = Better(families=tuple(families), tours=(), gain=0.0)
    least = more_than(value)
    for turn in range(2 + effort):
        rounds = CUT_ROUNDS if turn else ROUNDS
        for level, many in zip((GLANCE, NARROW), rounds, strict=True):
            if not part.run(
                stop=stop, level=level, last=level, rounds=many, tolerance=0.0
            ):
                return nothing
        if not master.solve() or master.value <= least:
            break
        triples = separate(master.tours, master.x, known=cuts.known, most=40)
        if not triples or turn == 1 + effort:
            break
        master.add_cuts(triples)
        cuts.add(triples)
    if master.is_stopped or master.value <= least:
        return replace(nothing, work=part.work, is_best=True)
    found = dive(part, rest, stop=stop)
    if found is None or stop():
        return nothing
    given = max(mine, found, key=total)
    chosen = whole_tours(
        master, given, least=more_than(total(given)), calls=CALLS * effort
    )
    if chosen is None:
        return nothing
    return gained(
        families,
        chosen,
        instead=mine,
        work=part.work,
        is_best=master.value <= more_than(total(given)),
    )


def total(tours: Sequence[Tour]) -> float:
    return sum(one.value for one in tours)


def more_than(value: float) -> float:
    """The least that is worth looking for."""
    return value + max(NAUGHT * abs(value), 1e-6)


def gained(
    families: Sequence[int],
    tours: Sequence[Tour],
    *,
    instead: Sequence[Tour],
    work: int = 0,
    is_best: bool = False,
) -> Better:
    """Tell new tours and their gain; no tours where there is none."""
    gain = total(tours) - total(instead)
    return Better(
        families=tuple(families),
        tours=tuple(tours) if gain > 1e-7 else (),
        gain=max(gain, 0.0),
        work=work,
        is_best=is_best,
    )


def whole_tours(
    master: Master, given: Sequence[Tour], *, least: float, calls: int
) -> Sequence[Tour] | None:
    """Choose whole tours worth more than ``least``, or those given; nothing if stopped.

    ``calls`` limits the calls of the solver. The master is of no use afterwards.
    """
    master.add(given)
    if not master.solve():
        return None
    if master.value <= least:
        return given
    columns = [master.known[one.family, one.steps] for one in given]
    better = master.whole(columns, least=least, calls=calls)
    if master.is_stopped:
        return None
    return [master.tours[column] for column in better] if better else given


def dive(
    part: Generation, rest: Roster, *, stop: Callable[[], bool]
) -> list[Tour] | None:
    """Take the tour that the relaxation likes best, generate again, and so on.

    ``rest`` is the plan without the part. Nothing if stopped.
    """
    master = part.master
    plan = rest.copy()
    free, room = part.barred, master.room
    while True:
        taken = False
        for column in np.argsort(-master.x, kind="stable").tolist():
            share = float(master.x[column])
            if share < 1e-6 or (taken and share < SURE):
                break
            if plan.fits(master.tours[column]):
                plan.put(master.tours[column])
                taken = True
        if not taken:
            break
        barred = plan.barred()
        left = plan.left.copy()
        left[: len(barred)][barred] = 0.0
        master.leave(left)
        part.barred = barred
        part.asked.clear()
        if not part.run(
            stop=stop, level=GLANCE, last=GLANCE, rounds=DIVE_ROUNDS, tolerance=0.0
        ):
            break
        if not master.solve():
            break
    part.barred = free
    master.restore(room)
    part.asked.clear()
    if stop() or master.is_stopped:
        return None
    none = np.zeros(rest.season.problem.requests)
    plan.fill(part.families, none, km=0.0)
    return [one for rank in part.families for one in plan.tours[rank]]


def settle(
    roster: Roster,
    part: Generation,
    *,
    effort: int,
    stop: Callable[[], bool],
) -> Better | None:
    """Plan a part anew from its solved relaxation: a dive, then a choice of whole tours.

    Only tours that by their reduced cost may be in a better plan are chosen from.
    Nothing if stopped.
    """
    season, master = roster.season, part.master
    if not master.solve():
        return None
    rest = roster.copy()
    mine = [one for rank in part.families for one in rest.clear(rank)]
    found = dive(part, rest, stop=stop)
    if found is None or not master.solve():
        return None
    given = max(mine, found, key=total)
    spare = master.value - sum(master.worth(one) for one in given)
    cost, barred = master.reduced_costs(), rest.barred()
    keep = [
        master.tours[column]
        for column in np.argsort(-cost, kind="stable")[: CHOICE * effort].tolist()
        if cost[column] > -spare - 1e-6
        and not barred[list(master.tours[column].requests)].any()
        and master.tours[column].is_elementary
    ]
    requests = season.requests_of(part.families)
    choice = Master(season, rest.left, requests=requests, families=part.families)
    choice.watch(stop)
    choice.add_cuts(master.binding_cuts())
    choice.add(keep)
    chosen = whole_tours(
        choice, given, least=more_than(total(given)), calls=CALLS * effort
    )
    return None if chosen is None else gained(part.families, chosen, instead=mine)


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
