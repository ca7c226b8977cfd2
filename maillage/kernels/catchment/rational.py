"""Where people would go who mind both the way and the crowd."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from maillage.kernels.catchment.methods import checked
from maillage.kernels.catchment.pairs import Pairs
from maillage.kernels.checks import Floats, UnusableError


@dataclass(frozen=True)
class Equilibrium:
    """Nobody would gain more than ``slack`` on average by going elsewhere.

    Attributes
    ----------
    cost : (n,) crowd and way together, of the best choice; inf: nothing in reach
    load : (m,) people who go to each place of supply
    slack : what a person could still save by going elsewhere, on average
    rounds : how often everybody chose again
    """

    cost: Floats
    load: Floats
    slack: float
    rounds: int


def raam(
    demand: ArrayLike,
    supply: ArrayLike,
    pairs: Pairs,
    *,
    tau: float = 60.0,
    rho: float | None = None,
    tolerance: float = 1e-4,
    rounds: int = 1000,
) -> Floats:
    """Cost of access by the rational agent access model: **less is better**.

    Each person goes where crowd and way together cost least, and everybody's choice
    makes the crowd. The cost of place j for people at i is

        people who go to j / (rho * supply of j)  +  cost of the way from i to j / tau

    At the equilibrium all places that people of i go to cost them the same.

    Parameters
    ----------
    demand : (n,) people, >= 0; where there is nobody, the cost for one who came
    supply : (m,) capacity, >= 0; without capacity, nobody goes there
    pairs : who reaches what, not in blocks
    tau : the way that is minded as much as a place with the usual crowd, > 0, in the
        unit of the cost of ``pairs``
    rho : usual people for one unit of supply, > 0; else all people over all supply
    tolerance : stop when a person could save no more than that, on average
    rounds : stop after so many rounds at the latest

    Returns
    -------
    (n,) cost, 1 being the usual crowd without a way; inf where nothing is in reach

    Raises
    ------
    UnusableError
        If shapes disagree, or something is empty, negative or NaN.

    Notes
    -----
    Saxon and Snow (2020), "A rational agent model for the spatial accessibility of
    primary health care", Annals of the American Association of Geographers 110(1),
    205-222, doi:10.1080/24694452.2019.1629870. They move people in small steps; here
    each place of demand in turn shares its people out in the best way, given the
    others, which lowers the potential of Beckmann, McGuire and Winsten (1956) until
    no one gains; momentum, begun again when the potential rises, makes that quick.
    The costs of the equilibrium are unique; a round takes O(pairs).
    """
    found = equilibrium(
        demand, supply, pairs, tau=tau, rho=rho, tolerance=tolerance, rounds=rounds
    )
    return found.cost


def equilibrium(
    demand: ArrayLike,
    supply: ArrayLike,
    pairs: Pairs,
    *,
    tau: float = 60.0,
    rho: float | None = None,
    tolerance: float = 1e-4,
    rounds: int = 1000,
) -> Equilibrium:
    """As ``raam``, with how many go where and how sure that is."""
    people, offered = checked(demand, supply, pairs)
    if offered.ndim != 1:
        raise UnusableError("misshaped", "supply must be (m,)")
    if not (tau > 0 and (rho is None or rho > 0) and tolerance >= 0 and rounds >= 1):
        raise UnusableError("negative", "tau, rho and rounds must be above 0")
    usual = people.sum() / offered.sum() if offered.sum() > 0 else 0.0
    room = offered * (rho or usual or 1.0)
    way = pairs.cost / tau
    use = np.isfinite(way) & (room[pairs.j] > 0)
    i, j, way = pairs.i[use], pairs.j[use], way[use]
    start = np.searchsorted(i, np.arange(len(people) + 1)).astype(np.int64)
    goes, load = np.zeros(len(i)), np.zeros(len(room))
    before, pace = goes.copy(), 0
    slack, done, last = np.inf, 0, np.inf
    while done < rounds and slack > tolerance:
        _go_on(start, people, goes, before, pace / (pace + 3.0))
        _choose_again(start, j, way, people, room, goes, load)
        cost, saved = _judge(start, j, way, people, room, goes, load)
        crowd = np.divide(load**2, room, out=np.zeros_like(room), where=room > 0)
        potential = float(crowd.sum() / 2 + way @ goes)
        pace, last = (pace + 1 if potential <= last else 0), potential
        slack, done = saved / max(float(people.sum()), 1e-300), done + 1
    return Equilibrium(cost=cost, load=load, slack=float(slack), rounds=done)


@njit(cache=True, nogil=True)
def _go_on(start: Any, people: Any, goes: Any, before: Any, pace: Any) -> Any:
    """Go further the way of the last round: the momentum of Nesterov, kept possible."""
    for row in range(len(people)):
        total = 0.0
        for at in range(start[row], start[row + 1]):
            now = goes[at]
            goes[at] = max(0.0, now + pace * (now - before[at]))
            before[at] = now
            total += goes[at]
        if total > 0:
            for at in range(start[row], start[row + 1]):
                goes[at] *= people[row] / total


@njit(cache=True, nogil=True)
def _choose_again(
    start: Any, j: Any, way: Any, people: Any, room: Any, goes: Any, load: Any
) -> Any:
    """Each place of demand in turn fills the cheapest places up to one cost."""
    load[:] = 0.0  # summed again, so that rounding does not pile up
    for at in range(len(j)):
        load[j[at]] += goes[at]
    for row in range(len(people)):
        first, last = start[row], start[row + 1]
        if first == last or people[row] == 0:
            continue
        base = np.empty(last - first)  # cost of each if nobody from here went there
        for at in range(first, last):
            others = max(0.0, load[j[at]] - goes[at])
            base[at - first] = others / room[j[at]] + way[at]
        level = _level(base, room, j, first, people[row])
        total = 0.0
        for at in range(first, last):
            total += max(0.0, level - base[at - first]) * room[j[at]]
        cheapest = first + np.argmin(base)  # so few people that they make no crowd
        for at in range(first, last):
            if total > 0:
                part = max(0.0, level - base[at - first]) * room[j[at]] / total
            else:
                part = 1.0 if at == cheapest else 0.0
            now = people[row] * part
            load[j[at]] = max(0.0, load[j[at]] + now - goes[at])
            goes[at] = now


@njit(cache=True, nogil=True)
def _level(base: Any, room: Any, j: Any, first: Any, people: Any) -> Any:
    """The cost at which all people of a place of demand are placed.

    Begins with all places and leaves out those that cost more, until none does:
    Michelot (1986), doi:10.1007/BF00938486.
    """
    level, many = np.inf, len(base) + 1
    while True:
        wide, filled, used = 0.0, people, 0
        for rank in range(len(base)):
            if base[rank] < level:
                wide += room[j[first + rank]]
                filled += base[rank] * room[j[first + rank]]
                used += 1
        if used >= many or used == 0:
            return level
        level, many = filled / wide, used


@njit(cache=True, nogil=True)
def _judge(
    start: Any, j: Any, way: Any, people: Any, room: Any, goes: Any, load: Any
) -> Any:
    """The best cost of each place of demand, and what all people could still save."""
    cost = np.full(len(people), np.inf)
    saved = 0.0
    for row in range(len(people)):
        paid = 0.0
        for at in range(start[row], start[row + 1]):
            each = load[j[at]] / room[j[at]] + way[at]
            cost[row] = min(cost[row], each)
            paid += each * goes[at]
        if start[row] < start[row + 1]:
            saved += paid - cost[row] * people[row]
    return cost, max(0.0, saved)
