"""What a careful officer would do by hand: the best loans first, where they cost least."""

import numpy as np

from maillage.kernels.season.families import Family, Season, season_of
from maillage.kernels.season.graph import NEVER, measure
from maillage.kernels.season.order import ordered
from maillage.kernels.season.problem import Ints, Problem, Stops
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.tours import Tour, tour


def greedy(problem: Problem, *, seed: int) -> Stops:
    """Insert requests by value a day, each where it fits and costs the fewest euros.

    A request goes to the copy and between the loans where it adds most, after
    maintenance if it must, and is left out if it adds nothing; nothing moves once it
    is placed but to a later start inside its windows.
    """
    order = ordered(problem, seed=seed)
    season = season_of(order.problem)
    return order.stops(inserted(season).stops())


def inserted(season: Season) -> Roster:
    """Insert one request after the other into the tours of the copies."""
    problem = season.problem
    places: dict[int, list[tuple[Family, int]]] = {}
    worth = np.zeros(problem.requests)
    for family in season.families:
        for loan, request in enumerate(family.request.tolist()):
            places.setdefault(request, []).append((family, loan))
            worth[request] = max(worth[request], family.value[loan])
    copies: dict[int, list[Tour]] = {
        family.rank: [
            tour(family, 2 * (family.loans + np.arange(len(family.fixed))))
            for _ in range(family.count)
        ]
        for family in season.families
    }
    roster = Roster(season)
    for request in np.argsort(-worth / problem.duration, kind="stable").tolist():
        best: tuple[float, int, int, Tour] | None = None
        for family, loan in places.get(request, ()):
            before: Tour | None = None
            for copy, now in enumerate(copies[family.rank]):
                if now == before:
                    continue  # another copy with the same loans
                before = now
                for one in around(family, now, loan):
                    gain = one.value - now.value
                    if gain > (best[0] if best else 1e-9) and fits(roster, now, one):
                        best = (gain, family.rank, copy, one)
        if best is not None:
            _, rank, copy, one = best
            swap(roster, copies[rank][copy], one)
            copies[rank][copy] = one
    roster.tours = [
        [one for one in copies[family.rank] if one.requests]
        for family in season.families
    ]
    return roster


def around(family: Family, now: Tour, loan: int) -> list[Tour]:
    """The ways to insert a loan into a tour that can be done, maintenance kept."""
    steps = np.array(now.steps, np.int64)
    when: Ints = np.asarray(measure(family.graph, steps)[1])
    graph = family.graph
    ends = when + graph.duration[steps >> 1]
    low = int(graph.first[graph.window_at[loan] : graph.window_at[loan + 1]].min())
    high = int(graph.last[graph.window_at[loan] : graph.window_at[loan + 1]].max())
    found: list[Tour] = []
    for at in range(len(steps) + 1):
        if at and ends[at - 1] > high:
            break
        if at < len(steps) and when[at] < low and steps[at] >> 1 >= family.loans:
            continue
        for is_kept in (0, 1):
            new = np.insert(steps, at, 2 * loan + is_kept)
            if (measure(graph, new)[1] == NEVER).any():
                continue
            found.append(tour(family, new.tolist()))
            break
    return found


def fits(roster: Roster, old: Tour, new: Tour) -> bool:
    """Say whether a tour may stand in the place of another."""
    swap(roster, old, None)
    holds = roster.fits(new)
    swap(roster, None, old)
    return holds


def swap(roster: Roster, old: Tour | None, new: Tour | None) -> None:
    for one, sign in ((old, 1.0), (new, -1.0)):
        if one is not None and one.requests:
            roster.take(one, sign)


def stops_value(problem: Problem, stops: Stops) -> tuple[float, float, float]:
    """Worth of a plan, cost of its transport, and its km."""
    worth = float(problem.fixed_value.sum())
    worth += float(problem.option_value[stops.option[stops.option >= 0]].sum())
    cost = total = 0.0
    for copy in np.unique(stops.copy):
        mine = stops.copy == copy
        depot = problem.copy_depot[copy]
        here, km = depot, 0.0
        for place, is_kept in zip(
            stops.place[mine].tolist(), stops.maintained[mine].tolist(), strict=True
        ):
            if is_kept and here != depot:
                km += float(problem.km[here, depot])
                here = depot
            km += float(problem.km[here, place])
            here = place
        km += float(problem.km[here, depot])
        total += km
        cost += km * float(problem.km_cost[problem.copy_group[copy]])
    return worth, cost, total
