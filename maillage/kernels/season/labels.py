"""Find the best itineraries of one copy: labels on the graph of its possible loans.

Compiled. A label is a partial itinerary that ends with a loan: its end, its wear, its
value, the requests that it remembers (ng-routes) and the subset-row cuts that it has
entered an odd number of times. Labels are settled in the order of their ends, so that
whatever could dominate a label is already there when its turn comes.

Notes
-----
Baldacci, Mingozzi and Roberti (2011), "New route relaxation and pricing strategies for
the vehicle routing problem", Operations Research 59(5), 1269-1283 (ng-routes, completion
bounds). Jepsen, Petersen, Spoorendonk and Pisinger (2008), "Subset-row inequalities
applied to the vehicle-routing problem with time windows", Operations Research 56(2),
497-511 (dominance with cuts).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from maillage.kernels.season.dominance import (
    covers,
    gains,
    in_turn,
    penalty,
    remaining,
    room,
    trace,
)
from maillage.kernels.season.graph import (
    LOST,
    NEVER,
    Reals,
    Words,
    bare,
    next_start,
    next_wall,
)
from maillage.kernels.season.problem import Ints
from maillage.kernels.season.relax import reachable

ONE = np.uint64(1)
NONE = np.uint64(0)
#: Settled labels that a new one is compared with before its turn.
GLANCE = 12
#: Comparisons of a search at most, for each label that it may make.
COMPARED = 40


class Desk(NamedTuple):
    """What a search has by now: by end, by loan, by both."""

    bucket: Words  # (horizon + 2,) the last label made that ends there
    head: Words  # (m,) the best settled label
    top: Words  # (m, horizon + 2) the best label
    crowd: Ints  # (m,) labels that went on from the tick ``crowd_at``
    crowd_at: Ints
    best: Reals  # (m,) value of the best itinerary that ends with it
    best_at: Words


@njit(cache=True, nogil=True)
def search(
    graph: Any,
    arcs: Any,
    worth: Any,
    go_on: Any,
    grid: Any,
    threshold: float,
    exact: bool,
    width: int,
    most: int,
    columns: int,
    cut_bits: Any,
    cut_duals: Any,
    ease: Any,
) -> Any:
    """Settle labels in the order of their ends; give the best itineraries.

    Parameters
    ----------
    arcs : the m loans taken into account, and the ways between them
    worth : (m,) reduced value of each
    go_on : what may be had from a loan on, ``completion``, on its ``grid``
    threshold : value that an itinerary must exceed to count
    exact : ng-routes, exact; or remember every request and dominate without memory
    width : labels of a loan that go on from one tick at most
    most : labels at most
    columns : itineraries wanted
    cut_bits, cut_duals : (m,) the cuts of each loan; (cuts,) their prices, >= 0
    ease : (64 W,) what ``go_on`` leaves out for each request still to come

    Returns
    -------
    best value, or ``LOST``; (c, length) steps, loan * 2 + maintained, -1 behind the
    end; labels made, and an eighth of those compared; whether it stopped before the end; a bound from serving each
    request once
    """
    m = len(arcs.loan)
    words = graph.memory.shape[1]
    horizon = graph.horizon
    reach, cut_reach = reachable(
        graph, arcs, grid.step, go_on.go_on.shape[1] + 1, cut_bits
    )
    gain = gains(graph, arcs, worth)
    once = remaining(reach, 0, reach, -1, gain)  # each request once
    if once <= threshold:
        most = 0
    labels = room(most, words)
    desk = Desk(
        np.full(horizon + 2, -1, np.int32),
        np.full(m, -1, np.int32),
        np.full((m, horizon + 2), -1, np.int32),
        np.zeros(m, np.int64),
        np.full(m, -1, np.int64),
        np.full(m, LOST),
        np.full(m, -1, np.int32),
    )
    wear_room = graph.wear_limit - horizon  # wear that can bind no more at tick 0
    for f in range(len(graph.walls)):
        wear_room -= graph.wears[graph.free + f]
    made = 0
    compared = 0
    is_short = False
    start = np.full(1, -1, np.int32)
    for tick in range(-1, horizon + 1):
        if tick >= 0 and desk.bucket[tick] < 0:
            continue
        turn = start if tick < 0 else in_turn(labels, desk.bucket[tick])
        made, looked, is_short = settled(
            graph,
            arcs,
            worth,
            go_on,
            grid,
            threshold,
            exact,
            width,
            most,
            cut_bits,
            cut_duals,
            ease,
            gain,
            reach,
            cut_reach,
            labels,
            desk,
            wear_room,
            tick,
            turn,
            made,
        )
        compared += looked
        if is_short or compared > COMPARED * most:
            is_short = True
            break
    best, best_at = desk.best, desk.best_at
    steps = trace(arcs, labels, best, best_at, threshold, columns)
    found = best.max() if m else LOST
    return found, steps, made + compared // 8, is_short and most > 0, once


@bare
def settled(
    graph: Any,
    arcs: Any,
    worth: Any,
    go_on: Any,
    grid: Any,
    threshold: float,
    exact: bool,
    width: int,
    most: int,
    cut_bits: Any,
    cut_duals: Any,
    ease: Any,
    gain: Any,
    reach: Any,
    cut_reach: Any,
    labels: Any,
    desk: Any,
    wear_room: int,
    tick: int,
    turn: Any,
    made: int,
) -> Any:
    """Settle the labels that end at a tick: labels made by now, compared, whether short."""
    step, unit, direct, over = grid
    bucket, head, top, crowd, crowd_at, best, best_at = desk
    m, words = len(arcs.loan), reach.shape[1]
    cells, horizon = go_on.go_on.shape[1], graph.horizon
    has_walls = len(graph.walls) > 0
    compared = 0
    t = max(tick, 0)
    wall = next_wall(graph.walls, t)
    for label in turn:
        if label < 0:
            i = m
            worn, value, odd = graph.worn, 0.0, NONE
        else:
            i = labels.node[label]
            if labels.is_kept[label] & 2:
                continue  # a better one of its kind was made since
            worn, value, odd = (
                labels.wear[label],
                labels.value[label],
                labels.odd[label],
            )
            before = -1
            other = head[i]
            is_covered = False
            while other >= 0 and labels.value[other] >= value - 1e-9:
                compared += 1
                if not (
                    has_walls and next_wall(graph.walls, labels.end[other]) != wall
                ) and covers(labels, other, label, exact, cut_duals):
                    is_covered = True
                    break
                before = other
                other = labels.below[other]
            if (
                is_covered
                or value + remaining(reach, t // step, labels.seen, label, gain)
                <= threshold
            ):
                continue
            if crowd_at[i] != tick:
                crowd_at[i] = tick
                crowd[i] = 0
            if crowd[i] >= width:
                continue
            crowd[i] += 1
            labels.below[label] = other
            if before < 0:
                head[i] = label
            else:
                labels.below[before] = label
        # what may still be had of the eases counts for all that follows
        hope = value + remaining(reach, t // step, labels.seen, label, ease)
        from_fixed = label < 0 or arcs.loan[i] >= graph.free
        here = t // step
        q = min(worn // unit, len(go_on.go_on) - 1) if unit else 0
        # heuristically, maintain only what has done half of what it may
        may_rest = exact or 2 * worn >= graph.wear_limit
        me = graph.bit[arcs.loan[i]] if i < m else -2
        for j in range(m):
            at = here + direct[i, j]
            goes = (
                at < cells
                and hope + go_on.go_on[q, at, j] - arcs.cost[i, j] > threshold
                and hope
                + follow(go_on, q, at, j, me, labels.seen, label)
                - arcs.cost[i, j]
                > threshold
            )
            at = here + over[i, j]
            if (
                not goes
                and not (
                    may_rest
                    and at < cells
                    and hope
                    + follow(go_on, 0, at, j, me, labels.seen, label)
                    - arcs.home[i]
                    - arcs.out[j]
                    > threshold
                )
            ) or j == i:
                continue
            loan = arcs.loan[j]
            bit = graph.bit[loan]
            if (
                bit >= 0
                and label >= 0
                and (labels.seen[label, bit >> 6] >> np.uint64(bit & 63)) & ONE
            ):
                continue
            is_fixed = loan >= graph.free
            is_fact = is_fixed and from_fixed
            hit = odd & cut_bits[j]
            so_far = value + worth[j]
            if hit:
                so_far -= penalty(hit, cut_duals)
            for way in range(2 if may_rest else 1):
                if way == 0:
                    if not goes:
                        continue
                    w = worn + graph.wears[loan]
                    v = so_far - arcs.cost[i, j]
                    x = t if is_fact else t + arcs.time[i, j]
                else:
                    x = t + arcs.rest[i] + arcs.set_out[j]
                    v = so_far - arcs.home[i] - arcs.out[j]
                    w = graph.wears[loan]
                    if (
                        (worn == 0 or worn <= wear_room + t)
                        and arcs.cost[i, j] <= arcs.home[i] + arcs.out[j]
                        and (is_fact or t + arcs.time[i, j] <= x)
                    ):
                        continue  # no better than the direct way
                if x > horizon or (w > graph.wear_limit and not is_fact):
                    continue
                s = next_start(graph, loan, x)
                if s == NEVER:
                    continue
                end = s + graph.duration[loan]
                if is_fixed:
                    if s != wall:
                        continue
                elif end > wall:
                    continue
                left = 0 if way else q
                more = hope - value - worth[j]
                if (
                    v + more + follow(go_on, left, x // step, j, me, labels.seen, label)
                    <= threshold
                ):
                    continue
                cell = end // step
                if made >= most:
                    return made, compared, True
                if graph.renews[loan] or w <= wear_room + end:
                    w = 0
                for a in range(words):
                    now = NONE
                    if label >= 0:
                        now = labels.seen[label, a]
                        if exact:
                            now &= graph.memory[loan, a]
                    if bit >= 0 and (bit >> 6) == a:
                        now |= ONE << np.uint64(bit & 63)
                    labels.seen[made, a] = now & reach[cell, a]
                labels.odd[made] = (odd ^ cut_bits[j]) & cut_reach[cell]
                labels.wear[made] = w
                labels.value[made] = v
                # a quick look at the best of its kind, and at the best settled
                rival = top[j, end]
                if rival >= 0:
                    if labels.value[rival] >= v:
                        if not exact or covers(labels, rival, made, exact, cut_duals):
                            continue
                    else:
                        if not exact or covers(labels, made, rival, exact, cut_duals):
                            labels.is_kept[rival] |= 2
                        top[j, end] = made
                else:
                    top[j, end] = made
                is_covered = False
                if not has_walls:
                    other = head[j]
                    looked = 0
                    while (
                        other >= 0
                        and looked < GLANCE
                        and labels.value[other] >= v - 1e-9
                    ):
                        looked += 1
                        if covers(labels, other, made, exact, cut_duals):
                            is_covered = True
                            break
                        other = labels.below[other]
                if is_covered:
                    if top[j, end] == made:
                        top[j, end] = rival
                    continue
                labels.node[made] = j
                labels.end[made] = end
                labels.parent[made] = label
                labels.is_kept[made] = way
                labels.behind[made] = bucket[end]
                bucket[end] = made
                if not has_walls or next_wall(graph.walls, end) == NEVER:
                    total = v - arcs.home[j]
                    if total > best[j]:
                        best[j] = total
                        best_at[j] = made
                made += 1
    return made, compared, False


@bare
def follow(
    go_on: Any, q: int, at: int, j: int, me: int, seen: Any, label: int
) -> float:
    """What going on with a loan brings at most, not followed by what was served."""
    then = go_on.then[q, at, j]
    if then >= 0 and (
        then == me
        or (label >= 0 and (seen[label, then >> 6] >> np.uint64(then & 63)) & ONE)
    ):
        other: float = go_on.other[q, at, j]
        return other
    best: float = go_on.go_on[q, at, j]
    return best
