"""Bound an itinerary of a family that has too many loans for ways between all of them.

Places are put together in *zones*. Time and wear are counted as they are; from zone to
zone a way is as long as between the two of their places that are nearest. A loan may be
done again, as far as its windows allow.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from maillage.kernels.season.graph import (
    LOST,
    NEVER,
    Graph,
    Reals,
    Words,
    bare,
    next_wall,
)

#: Zones at most; ways looked at in one bound at most, as far as zones may be fewer.
ZONES, WAYS = 160, 200_000_000
#: Km of a way that is not there.
FAR = 1e9


class Zones(NamedTuple):
    """Zones of the loans of a family, the depot by itself as the last, and ways between."""

    of: Words  # (n + f,) zone of each loan
    km: Reals  # (Z + 1, Z + 1)
    travel: Words  # (Z + 1, Z + 1)


class Room(NamedTuple):
    """What may still be had, by tick, zone and wear in units."""

    go_on: Reals  # (horizon + 2, Z, units) by a loan that starts at the tick or later
    after: Reals  # (horizon + 2, Z, units) once a loan has ended
    fact: Reals  # (units,) by the next fixed loan


def zoned(graph: Graph, *, unit: int) -> Zones:
    """Put the places of a family together, each with the nearest of some far apart."""
    units = graph.wear_limit // unit + 1 if unit else 1
    most = int(np.sqrt(WAYS / ((graph.horizon + 2) * units)))
    places, at, often = np.unique(
        graph.place[:-1], return_inverse=True, return_counts=True
    )
    count = min(max(2, most), ZONES, len(places))
    both = np.ix_(places, places)
    km, travel = graph.km[both].copy(), graph.travel[both].copy()
    away = km + km.T
    zone = np.zeros(len(places), np.int64)
    near = away[0].copy()
    for rank in range(1, count):
        seed = int(np.argmax(near))
        is_nearer = away[seed] < near
        is_nearer[seed] = True
        zone[is_nearer] = rank
        near = np.minimum(near, away[seed])
        near[seed] = -1.0
    alone = np.flatnonzero(often == 1)  # one loan leads to others only
    km[alone, alone], travel[alone, alone] = FAR, NEVER
    depot = graph.place[-1]
    out = graph.km[depot, places], graph.travel[depot, places]
    home = graph.km[places, depot], graph.travel[places, depot]
    zone_km = np.full((count + 1, count + 1), FAR)
    zone_travel = np.full((count + 1, count + 1), NEVER, np.int32)
    for found, table, there, back in (
        (zone_km, km, out[0], home[0]),
        (zone_travel, travel, out[1], home[1]),
    ):
        np.minimum.at(found, (zone[:, None], zone[None, :]), table)
        np.minimum.at(found[count], zone, there)
        np.minimum.at(found[:, count], zone, back)
    return Zones(of=zone[at].astype(np.int32), km=zone_km, travel=zone_travel)


@njit(cache=True, nogil=True)
def over_zones(graph: Any, zones: Any, worth: Any, rate: float, unit: int) -> float:
    """Bound the reduced value of an itinerary, ``worth`` by loan, ``rate`` of a km."""
    units = graph.wear_limit // unit + 1 if unit else 1
    shape = (graph.horizon + 2, len(zones.km) - 1, units)
    room = Room(np.full(shape, LOST), np.full(shape, LOST), np.full(units, LOST))
    value: float = backwards(graph, zones, worth, rate, unit, room)
    return value


@bare
def backwards(
    graph: Any, zones: Any, worth: Any, rate: float, unit: int, room: Any
) -> float:
    """Fill the room from the end of the season on; the value of an itinerary."""
    _, many, units = room.go_on.shape
    fact = len(graph.walls)  # the next fixed loan
    for tick in range(graph.horizon, -1, -1):
        if fact > 0 and graph.walls[fact - 1] == tick:
            fact -= 1
            meet(graph, zones, graph.free + fact, unit, room)
        else:
            for z in range(many):
                for q in range(units):
                    room.go_on[tick, z, q] = room.go_on[tick + 1, z, q]
        wall = next_wall(graph.walls, tick)
        begin(graph, zones, worth, unit, tick, wall, room)
        for z in range(many):
            follow(graph, zones, rate, tick, wall, graph.free + fact, z, room)
    return outset(graph, zones, rate, unit, room)


@bare
def meet(graph: Any, zones: Any, loan: int, unit: int, room: Any) -> None:
    """A fixed loan has to be done: what may be had by it."""
    units = len(room.fact)
    end = graph.walls[loan - graph.free] + graph.duration[loan]
    adds = graph.wears[loan] // unit if unit else 0
    for q in range(units):
        left = 0 if graph.renews[loan] else min(q + adds, units - 1)
        room.fact[q] = room.after[end, zones.of[loan], left]


@bare
def begin(
    graph: Any, zones: Any, worth: Any, unit: int, tick: int, wall: int, room: Any
) -> None:
    """What may be had by the loans that start at a tick."""
    units = len(room.fact)
    for loan in range(graph.free):
        end = tick + graph.duration[loan]
        if end > wall or end > graph.horizon or worth[loan] <= LOST / 2:
            continue
        is_open = False
        for w in range(graph.window_at[loan], graph.window_at[loan + 1]):
            if graph.first[w] <= tick <= graph.last[w]:
                is_open = True
        if not is_open:
            continue
        z = zones.of[loan]
        adds = graph.wears[loan] // unit if unit else 0
        for q in range(units - adds):
            value = worth[loan] + room.after[end, z, q + adds]
            room.go_on[tick, z, q] = max(room.go_on[tick, z, q], value)


@bare
def follow(
    graph: Any,
    zones: Any,
    rate: float,
    tick: int,
    wall: int,
    fact: int,
    z: int,
    room: Any,
) -> None:
    """What may be had once a loan of a zone has ended: home, the fixed loan, another."""
    _, many, units = room.go_on.shape
    most = min(wall, graph.horizon)
    home = rate * zones.km[z, many]
    best = -home if wall == NEVER else LOST
    ready = tick + graph.changeover + graph.maintenance + zones.travel[z, many]
    for other in range(many):
        start = ready + zones.travel[many, other]
        if start <= most:
            value = room.go_on[start, other, 0] - home - rate * zones.km[many, other]
            best = max(best, value)
    direct = 0.0
    if wall < NEVER:  # in no time, for it may follow another
        there = zones.of[fact]
        best = max(best, room.fact[0] - home - rate * zones.km[many, there])
        direct = rate * zones.km[z, there]
    for q in range(units):
        room.after[tick, z, q] = best
        if wall < NEVER:
            room.after[tick, z, q] = max(best, room.fact[q] - direct)
    for other in range(many):
        start = tick + graph.changeover + zones.travel[z, other]
        if start > most:
            continue
        cost = rate * zones.km[z, other]
        for q in range(units):
            value = room.go_on[start, other, q] - cost
            room.after[tick, z, q] = max(room.after[tick, z, q], value)


@bare
def outset(graph: Any, zones: Any, rate: float, unit: int, room: Any) -> float:
    """The value of an itinerary from the depot on."""
    _, many, units = room.go_on.shape
    wall = next_wall(graph.walls, 0)
    most = min(wall, graph.horizon)
    worn = min(graph.worn // unit, units - 1) if unit else 0
    best = 0.0
    if wall < NEVER:
        way = rate * zones.km[many, zones.of[graph.free]]
        best = max(room.fact[0], room.fact[worn]) - way
    for z in range(many):
        cost = rate * zones.km[many, z]
        start = zones.travel[many, z]
        if start <= most:
            best = max(best, room.go_on[start, z, worn] - cost)
        start += graph.maintenance
        if start <= most:
            best = max(best, room.go_on[start, z, 0] - cost)
    return best


@njit(cache=True, nogil=True)
def nearest(graph: Any) -> Any:
    """Give the km of the shortest way to each loan, from any loan or the depot."""
    n = len(graph.duration)
    near = np.full(n, np.inf)
    for j in range(n):
        for i in range(n + 1):
            if i != j:
                near[j] = min(near[j], graph.km[graph.place[i], graph.place[j]])
    return near
