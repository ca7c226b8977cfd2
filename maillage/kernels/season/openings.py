"""Find where one more loan fits into a plan: compiled, over flat arrays.

Between a loan and the next of a copy (or its depot, or the end of the season) a further
loan may come with a maintenance before it, after it, both or none. Each of the four
needs its time, its km and its wear; where several fit, the one with the fewest km is
taken, then the one with the least maintenance.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maillage.kernels.season.problem import Floats, Ints

#: Ticks beyond every season, wear that nothing reaches.
FAR = 1 << 60

#: How much of the rules holds: the copy is there; it arrives and goes on in time,
#: whatever its wear; everything.
FREE, TIMELY, FULL = 0, 1, 2

#: Columns of a row.
(
    OPTION,
    COPY,
    BEFORE,
    AFTER,
    FIRST,
    LAST,
    MAINTAINED,
    NEXT_MAINTAINED,
    SHIFT,
    NEAREST,
) = range(10)
WIDTH = 10


class Lines(NamedTuple):
    """A problem and the loans of a plan, as the compiled code reads them.

    The loans of copy c are ``loan_from[c]:loan_from[c + 1]``, by start; its group's
    copies ``group_copy[group_from[g]:group_from[g + 1]]``; the options of a request and
    the windows of an option likewise, windows merged and in order. ``wear_after`` is
    what a copy has behind it after a loan; ``room`` the most that it may have before it
    when a free loan precedes and no maintenance, ``fact_room`` the same when a fact or
    the depot precedes.
    """

    horizon: int
    changeover: Ints
    km_cost: Floats
    wear_limit: Ints
    maintenance: Ints
    copy_group: Ints
    copy_depot: Ints
    copy_wear: Ints
    km: Floats
    travel: Ints
    option_from: Ints
    option: Ints
    option_group: Ints
    group_from: Ints
    group_copy: Ints
    window_from: Ints
    window_first: Ints
    window_last: Ints
    loan_from: Ints
    request: Ints
    place: Ints
    start: Ints
    end: Ints
    wear: Ints
    is_fact: NDArray[np.bool_]
    renews: NDArray[np.bool_]
    maintained: NDArray[np.bool_]
    wear_after: Ints
    room: Ints
    fact_room: Ints


@njit(cache=True)
def worn(lines: Any) -> Any:
    """Wear after each loan, and the most that each allows before it."""
    after, room = lines.wear_after, lines.room
    for copy in range(len(lines.copy_group)):
        limit = lines.wear_limit[lines.copy_group[copy]]
        wear = lines.copy_wear[copy]
        for row in range(lines.loan_from[copy], lines.loan_from[copy + 1]):
            if lines.maintained[row]:
                wear = 0
            wear += lines.wear[row]
            if lines.renews[row]:
                wear = 0
            after[row] = wear
        allowed = FAR  # what the next loan allows, after what precedes it in the plan
        for row in range(lines.loan_from[copy + 1] - 1, lines.loan_from[copy] - 1, -1):
            follow = FAR if lines.renews[row] else allowed - lines.wear[row]
            room[row] = min(limit - lines.wear[row], follow)
            lines.fact_room[row] = follow if lines.is_fact[row] else room[row]
            is_first = row == lines.loan_from[copy]
            after_fact = is_first or lines.is_fact[row - 1]
            allowed = lines.fact_room[row] if after_fact else room[row]
            if lines.maintained[row]:
                allowed = FAR


@njit(cache=True)
def straight(lines: Any, copy: Any, before: Any, after: Any, maintained: Any) -> Any:
    """Km from a loan (-1: the depot) to the next (-1: home)."""
    depot = lines.copy_depot[copy]
    if before < 0 and after < 0:
        return 0.0
    here = depot if before < 0 else lines.place[before]
    there = depot if after < 0 else lines.place[after]
    return way(lines, depot, here, there, maintained and before >= 0)


@njit(cache=True)
def way(lines: Any, depot: Any, here: Any, there: Any, maintained: Any) -> Any:
    if maintained:
        return lines.km[here, depot] + lines.km[depot, there]
    return lines.km[here, there]


@njit(cache=True)
def travelled(lines: Any) -> Any:
    """Km of all legs."""
    total = 0.0
    for copy in range(len(lines.copy_group)):
        begin, stop = lines.loan_from[copy], lines.loan_from[copy + 1]
        for gap in range(begin, stop + 1):
            before = gap - 1 if gap > begin else -1
            after = gap if gap < stop else -1
            rests = after >= 0 and lines.maintained[after]
            total += straight(lines, copy, before, after, rests)
    return total


@njit(cache=True)
def ticks(
    lines: Any, group: Any, depot: Any, here: Any, there: Any, maintained: Any
) -> Any:
    """Ticks from the end of a loan to the start of the next."""
    wait = lines.changeover[group]
    if maintained:
        wait += lines.travel[here, depot] + lines.maintenance[group]
        return wait + lines.travel[depot, there]
    return wait + lines.travel[here, there]


@njit(cache=True)
def earliest(
    lines: Any, copy: Any, before: Any, place: Any, maintained: Any, level: Any
) -> Any:
    """First tick of a loan at ``place`` after the loan ``before`` (-1: the depot)."""
    if level == FREE:
        return 0 if before < 0 else lines.end[before]
    group, depot = lines.copy_group[copy], lines.copy_depot[copy]
    if before < 0:
        out = lines.travel[depot, place]
        return out + lines.maintenance[group] if maintained else out
    here = lines.place[before]
    return lines.end[before] + ticks(lines, group, depot, here, place, maintained)


@njit(cache=True)
def latest(
    lines: Any,
    copy: Any,
    after: Any,
    place: Any,
    duration: Any,
    maintained: Any,
    level: Any,
) -> Any:
    """Last tick of a loan at ``place`` before the loan ``after`` (-1: none)."""
    if after < 0:
        return lines.horizon - duration
    if level == FREE:
        return lines.start[after] - duration
    group, depot = lines.copy_group[copy], lines.copy_depot[copy]
    wait = ticks(lines, group, depot, place, lines.place[after], maintained)
    return lines.start[after] - wait - duration


@njit(cache=True)
def distance(lines: Any, option: Any, start: Any) -> Any:
    """Ticks from a start to the nearest window of an option."""
    least = FAR
    for row in range(lines.window_from[option], lines.window_from[option + 1]):
        first, last = lines.window_first[row], lines.window_last[row]
        least = min(least, max(first - start, start - last, 0))
    return least


@njit(cache=True)
def ways(
    lines: Any,
    copy: Any,
    before: Any,
    after: Any,
    place: Any,
    duration: Any,
    level: Any,
) -> Any:
    """First and last tick and km added with each of the four ways; last -1: none."""
    limit = lines.wear_limit[lines.copy_group[copy]]
    depot = lines.copy_depot[copy]
    first, last = np.zeros(4, np.int64), np.full(4, -1, np.int64)
    added = np.zeros(4)
    worn_before = lines.copy_wear[copy] if before < 0 else lines.wear_after[before]
    here = depot if before < 0 else lines.place[before]
    there = depot if after < 0 else lines.place[after]
    old = straight(lines, copy, before, after, after >= 0 and lines.maintained[after])
    for each in range(4 if level > FREE else 1):
        rests, then_rests = (each & 1) == 1, (each & 2) == 2
        if then_rests and after < 0:
            continue
        if level == FULL:
            wear = duration + (0 if rests else worn_before)
            if wear > limit:
                continue
            if after >= 0 and (0 if then_rests else wear) > lines.room[after]:
                continue
        first[each] = earliest(lines, copy, before, place, rests, level)
        last[each] = latest(lines, copy, after, place, duration, then_rests, level)
        there_km = way(lines, depot, here, place, rests and before >= 0)
        added[each] = there_km + way(lines, depot, place, there, then_rests) - old
    return first, last, added


@njit(cache=True)
def best_way(first: Any, last: Any, added: Any, tick: Any) -> Any:
    best = -1
    for each in range(4):
        if first[each] <= tick <= last[each] and (
            best < 0 or added[each] < added[best] - 1e-9
        ):
            best = each
    return best


@njit(cache=True)
def sort(values: Any) -> Any:
    """Put a handful of numbers in order."""
    for rank in range(1, len(values)):
        value, spot = values[rank], rank
        while spot > 0 and values[spot - 1] > value:
            values[spot] = values[spot - 1]
            spot -= 1
        values[spot] = value


@njit(cache=True)
def grown(table: Any, km: Any, count: Any) -> Any:
    if count < len(km):
        return table, km
    wide, far = np.empty((2 * count, WIDTH), np.int64), np.empty(2 * count)
    for row in range(count):  # assigning slices takes seconds to compile
        far[row] = km[row]
        for column in range(WIDTH):
            wide[row, column] = table[row, column]
    return wide, far


@njit(cache=True)
def cut(
    lines: Any,
    table: Any,
    km: Any,
    count: Any,
    row: Any,
    begins: Any,
    ends: Any,
    added: Any,
    anywhere: Any,
) -> Any:
    """Add an opening to the rows found: cut by the windows, and between them."""
    option = row[OPTION]
    outside = 0
    high = lines.window_from[option + 1]
    for window in range(lines.window_from[option], high + 1):
        for inside in range(2):
            if (inside == 1 and window == high) or (inside == 0 and not anywhere):
                continue
            if inside:
                first, last = lines.window_first[window], lines.window_last[window]
            else:
                first, last = outside, lines.horizon
                if window < high:
                    last = lines.window_first[window] - 1
            first, last = max(first, begins), min(last, ends)
            if first > last:
                continue
            row[FIRST], row[LAST], row[NEAREST] = first, last, first
            row[SHIFT] = 0 if inside else distance(lines, option, first)
            if not inside and distance(lines, option, last) < row[SHIFT]:
                row[SHIFT], row[NEAREST] = distance(lines, option, last), last
            table, km = grown(table, km, count)
            for column in range(WIDTH):
                table[count, column] = row[column]
            km[count] = added
            count += 1
        if window < high:
            outside = lines.window_last[window] + 1
    return table, km, count


@njit(cache=True)
def openings(
    lines: Any, request: Any, place: Any, duration: Any, level: Any, anywhere: Any
) -> Any:
    """Every place for a loan: rows of ``WIDTH`` numbers, and the km that each adds.

    Rows are in the order of options, copies and ticks. Inside of the windows
    ``SHIFT`` is 0; with ``anywhere`` there are rows outside of them too, for options
    that have a window.
    """
    table, km, count = np.empty((64, WIDTH), np.int64), np.empty(64), 0
    cuts, row = np.empty(8, np.int64), np.empty(WIDTH, np.int64)
    for rank in range(lines.option_from[request], lines.option_from[request + 1]):
        option = lines.option[rank]
        if lines.window_from[option] == lines.window_from[option + 1]:
            continue
        row[OPTION] = option
        group = lines.option_group[option]
        for own in range(lines.group_from[group], lines.group_from[group + 1]):
            copy = lines.group_copy[own]
            begin, stop = lines.loan_from[copy], lines.loan_from[copy + 1]
            row[COPY] = copy
            for gap in range(begin, stop + 1):
                before = gap - 1 if gap > begin else -1
                after = gap if gap < stop else -1
                opens = 0 if before < 0 else lines.end[before]
                closes = lines.horizon if after < 0 else lines.start[after]
                if closes - opens < duration:
                    continue
                row[BEFORE], row[AFTER] = before, after
                first, last, added = ways(
                    lines, copy, before, after, place, duration, level
                )
                for each in range(4):
                    cuts[2 * each], cuts[2 * each + 1] = first[each], last[each] + 1
                sort(cuts)
                begins, way_now = 0, -1
                for piece in range(8):
                    best = best_way(first, last, added, cuts[piece])
                    if best == way_now:
                        continue
                    if way_now >= 0 and cuts[piece] > begins:
                        row[MAINTAINED], row[NEXT_MAINTAINED] = (
                            way_now & 1,
                            way_now >> 1,
                        )
                        table, km, count = cut(
                            lines,
                            table,
                            km,
                            count,
                            row,
                            begins,
                            cuts[piece] - 1,
                            added[way_now],
                            anywhere,
                        )
                    begins, way_now = cuts[piece], best
    return table[:count], km[:count]


@njit(cache=True)
def standing(lines: Any, request: Any, home: Any, duration: Any, rests: Any) -> Any:
    """Which loans forbid a start that the windows allow: (S,) booleans.

    With the way from them and to them, over maintenance where ``rests``.
    """
    held = np.zeros(len(lines.start), np.bool_)
    for rank in range(lines.option_from[request], lines.option_from[request + 1]):
        option = lines.option[rank]
        group = lines.option_group[option]
        low, high = lines.window_from[option], lines.window_from[option + 1]
        for own in range(lines.group_from[group], lines.group_from[group + 1]):
            copy = lines.group_copy[own]
            for row in range(lines.loan_from[copy], lines.loan_from[copy + 1]):
                free = earliest(lines, copy, row, home, rests, FULL)
                until = latest(lines, copy, row, home, duration, rests, FULL)
                for window in range(low, high):
                    first, last = lines.window_first[window], lines.window_last[window]
                    if until < last and free > first:
                        held[row] = True
    return held
