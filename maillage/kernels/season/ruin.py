"""Take some loans out of a plan and put others in, again and again: compiled.

A plan is, for each copy, its loans in order, each as early as may be, some with
maintenance before. For each loan are known the latest tick at which it may start for
the rest to hold, and the wear before it and of what follows up to the next maintenance:
so one look says whether another loan fits between two.

Notes
-----
Christiaens and Vanden Berghe (2020), "Slack induction by string removals for vehicle
routing problems", Transportation Science 54(2), 417-433. Here requests may be left out,
and what is taken out is near in time or near on the map.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season.graph import NEVER, Reals, Words, bare

#: One place in so many is overlooked.
BLINK = 100
TINY = 1e-7
#: A tick after all.
FAR = 2**30


class Part(NamedTuple):
    """Some families, flat. Loans are those of each family in turn, facts last."""

    change: Words  # (F,) by family
    maintenance: Words
    limit: Words
    worn: Words
    depot: Words
    cost: Reals
    shortest: Words  # duration of its shortest loan
    loan_from: Words  # (F + 1,) loans of each family, free ones first
    copy_from: Words  # (F + 1,)
    copy_family: Words  # (C,)
    family: Words  # (n,) by loan
    request: Words  # (n,) rank in the part, -1 for a fact
    place: Words
    duration: Words
    wears: Words
    renews: NDArray[np.uint8]
    value: Reals
    window_at: Words  # (n + 1,)
    first: Words  # (w,)
    last: Words
    option_from: Words  # (Q + 1,) loans of each request
    option: Words
    take_from: Words  # (Q + 1,) what each takes of the rows
    take_row: Words
    take: Reals
    km_row: int  # -1 where km are not limited
    km: Reals  # (L, L)
    travel: Words


class State(NamedTuple):
    """A plan: a row for each copy, room for as many loans as it may do."""

    loan: Words  # (C, W)
    kept: NDArray[np.uint8]  # (C, W) whether maintenance comes before
    start: Words
    latest: Words
    before: Words  # wear before it
    rest: Words  # wear from it on up to the next maintenance
    length: Words  # (C,)
    worth: Reals  # (C,)
    far: Reals  # (C,) km
    at: Words  # (Q,) the copy that serves a request, or -1
    left: Reals  # (rows,)


class Own(NamedTuple):
    """What ruins write on."""

    picked: Words  # (COPIES,)
    old_loan: Words  # (COPIES, W) of the copies picked, before the ruin
    old_kept: NDArray[np.uint8]
    old_length: Words  # (COPIES,)
    old_worth: Reals  # (COPIES,)
    gone: NDArray[np.bool_]  # (W,) places of the loans to take out
    gaps: Words  # (W + 1, 2)
    mark: NDArray[np.int64]  # (Q,) the last turn in which a request was listed
    absent: Words  # (Q,)
    key: Reals  # (Q,)
    order: NDArray[np.int64]  # (Q,)


@bare
def draw(dice: Any, sides: int) -> int:
    """Throw dice (splitmix64)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return int(z >> np.uint64(33)) % sides


@bare
def soonest(part: Any, loan: int, tick: int) -> Any:
    for w in range(part.window_at[loan], part.window_at[loan + 1]):
        if part.last[w] >= tick:
            return max(tick, part.first[w])
    return NEVER


@bare
def ticks(part: Any, f: int, i: int, j: int, kept: int) -> Any:
    """Ticks from the end of a loan, -1 for the depot at the outset, to the next."""
    depot, there = part.depot[f], part.place[j]
    if kept:
        total = part.maintenance[f] + part.travel[depot, there]
        if i >= 0:
            total += part.travel[part.place[i], depot] + part.change[f]
        return total
    if part.request[j] < 0 and (i < 0 or part.request[i] < 0):
        return 0
    if i < 0:
        return part.travel[depot, there]
    return part.travel[part.place[i], there] + part.change[f]


@bare
def way(part: Any, f: int, i: int, j: int, kept: int) -> Any:
    """Km from a loan, -1 for the depot, to the next, -1 for home."""
    depot = part.depot[f]
    here = part.place[i] if i >= 0 else depot
    there = part.place[j] if j >= 0 else depot
    if kept and i >= 0:
        return part.km[here, depot] + part.km[depot, there]
    return part.km[here, there]


@bare
def refresh(part: Any, state: Any, c: int) -> bool:
    """Work a copy out anew; say whether it can be done."""
    f = part.copy_family[c]
    many = state.length[c]
    tick, wear, km, value, i = 0, part.worn[f], 0.0, 0.0, -1
    for q in range(many):
        j, kept = state.loan[c, q], state.kept[c, q]
        is_fact = part.request[j] < 0
        tick += ticks(part, f, i, j, kept)
        km += way(part, f, i, j, kept)
        if kept:
            wear = 0
        state.before[c, q] = wear
        wear += part.wears[j]
        after_fact = i < 0 or part.request[i] < 0
        if wear > part.limit[f] and not (is_fact and after_fact):
            return False
        start = soonest(part, j, tick)
        if start == NEVER:
            return False
        state.start[c, q] = start
        tick = start + part.duration[j]
        if part.renews[j]:
            wear = 0
        value += part.value[j]
        i = j
    if many:
        km += way(part, f, i, -1, 0)
    late = FAR
    for q in range(many - 1, -1, -1):
        j = state.loan[c, q]
        if q + 1 < many:
            after = state.loan[c, q + 1]
            late -= ticks(part, f, j, after, state.kept[c, q + 1]) + part.duration[j]
        best = state.start[c, q]
        for w in range(part.window_at[j], part.window_at[j + 1]):
            if part.first[w] <= late:
                best = max(best, min(late, part.last[w]))
        state.latest[c, q] = late = best
        state.rest[c, q] = part.wears[j]
        if not part.renews[j] and q + 1 < many and not state.kept[c, q + 1]:
            state.rest[c, q] += state.rest[c, q + 1]
    if part.km_row >= 0:
        state.left[part.km_row] -= km - state.far[c]
    state.far[c] = km
    state.worth[c] = value - km * part.cost[f]
    return True


@bare
def gap(part: Any, state: Any, c: int, q: int) -> Any:
    """From when, and until when, a loan may be at a place of a copy; travel not counted."""
    change = part.change[part.copy_family[c]]
    since, until = 0, FAR
    if q:
        since = state.start[c, q - 1] + part.duration[state.loan[c, q - 1]] + change
    if q < state.length[c]:
        until = state.latest[c, q] - change
    return since, until


@bare
def missing(part: Any, state: Any, own: Any, copies: int, turn: int) -> int:
    """List the requests not served that a gap of the copies picked may hold; how many."""
    gaps, mark, absent = own.gaps, own.mark, own.absent
    count = 0
    for place in range(copies):
        c = own.picked[place]
        f = part.copy_family[c]
        many = 0
        for q in range(state.length[c] + 1):
            since, until = gap(part, state, c, q)
            if until - since >= part.shortest[f]:
                gaps[many, 0], gaps[many, 1] = since, until
                many += 1
        for j in range(part.loan_from[f], part.loan_from[f + 1]):
            r = part.request[j]
            if r < 0 or state.at[r] >= 0 or mark[r] == turn:
                continue
            latest = part.last[part.window_at[j + 1] - 1]
            for k in range(many):
                if gaps[k, 0] > latest:
                    break
                start = soonest(part, j, gaps[k, 0])
                if start != NEVER and start + part.duration[j] <= gaps[k, 1]:
                    mark[r] = turn
                    absent[count] = r
                    count += 1
                    break
    return count


@bare
def opening(part: Any, state: Any, c: int, j: int, dice: Any) -> Any:
    """Where a loan adds most to a copy: gain, place, maintenance before it and after."""
    f = part.copy_family[c]
    many = state.length[c]
    limit = part.limit[f]
    w_low, w_high = part.window_at[j], part.window_at[j + 1] - 1
    earliest, latest = part.first[w_low], part.last[w_high]
    best, at, best_kept, best_next = -np.inf, -1, 0, 0
    for q in range(many + 1):
        since, until = gap(part, state, c, q)
        if since > latest:
            break
        if max(since, earliest) + part.duration[j] > until:
            continue
        if draw(dice, BLINK) == 0:
            continue
        i, tick, worn = -1, 0, part.worn[f]
        if q:
            i = state.loan[c, q - 1]
            tick = state.start[c, q - 1] + part.duration[i]
            worn = 0 if part.renews[i] else state.before[c, q - 1] + part.wears[i]
        after, was = -1, 0
        if q < many:
            after, was = state.loan[c, q], state.kept[c, q]
        old = way(part, f, i, after, was)
        for turn in range(4):
            # as it is; maintained before; maintenance moved before it, or put behind
            kept = 0 if turn == 0 or turn == 3 else 1
            then = was
            if turn == 2:
                if not was:
                    continue
                then = 0
            elif turn == 3:
                if was or q == many:
                    continue
                then = 1
            wear = part.wears[j] + (0 if kept else worn)
            if wear > limit:
                continue
            if after >= 0 and not then and wear + state.rest[c, q] > limit:
                continue
            start = soonest(part, j, tick + ticks(part, f, i, j, kept))
            if start == NEVER:
                continue
            if after >= 0:
                ready = start + part.duration[j] + ticks(part, f, j, after, then)
                if ready > state.latest[c, q]:
                    continue
            km = way(part, f, i, j, kept) + way(part, f, j, after, then)
            gain = part.value[j] - part.cost[f] * (km - old)
            if gain > best:
                best, at, best_kept, best_next = gain, q, kept, then
            break
    return best, at, best_kept, best_next


@bare
def charge(part: Any, state: Any, r: int, sign: float) -> None:
    for k in range(part.take_from[r], part.take_from[r + 1]):
        state.left[part.take_row[k]] += sign * part.take[k]


@bare
def has_room(part: Any, state: Any, r: int) -> bool:
    for k in range(part.take_from[r], part.take_from[r + 1]):
        if part.take[k] > state.left[part.take_row[k]] + 1e-9:
            return False
    return True


@bare
def insert(part: Any, state: Any, c: int, j: int, q: int, kept: int, then: int) -> bool:
    """Put a loan in its place; false, and nothing is changed, if that cannot be."""
    many = state.length[c]
    was = state.kept[c, q] if q < many else 0
    for p in range(many, q, -1):
        state.loan[c, p] = state.loan[c, p - 1]
        state.kept[c, p] = state.kept[c, p - 1]
    state.loan[c, q], state.kept[c, q] = j, kept
    state.length[c] = many + 1
    if q < many:
        state.kept[c, q + 1] = then
    far = state.far[c]
    if refresh(part, state, c):
        over = part.km_row >= 0 and state.left[part.km_row] < -1e-9
        if not over or state.far[c] <= far:
            r = part.request[j]
            state.at[r] = c
            charge(part, state, r, -1.0)
            return True
    state.length[c] = many
    for p in range(q, many):
        state.loan[c, p] = state.loan[c, p + 1]
        state.kept[c, p] = state.kept[c, p + 1]
    if q < many:
        state.kept[c, q] = was
    refresh(part, state, c)
    return False


@bare
def remove(part: Any, state: Any, c: int, gone: Any) -> bool:
    """Take out the loans of a copy that are marked, and maintenance where it may go."""
    many, now, owed = state.length[c], 0, False
    for q in range(many):
        j = state.loan[c, q]
        owed |= state.kept[c, q] > 0 and gone[q]
        if gone[q]:
            r = part.request[j]
            state.at[r] = -1
            charge(part, state, r, 1.0)
            continue
        state.loan[c, now] = j
        state.kept[c, now] = owed or state.kept[c, q]
        owed = False
        now += 1
    state.length[c] = now
    for q in range(now):
        if state.kept[c, q]:
            state.kept[c, q] = 0
            if not refresh(part, state, c):
                state.kept[c, q] = 1
    return bool(refresh(part, state, c))
