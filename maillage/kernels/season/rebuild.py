"""Anneal a plan: ruin a part of it, build it anew, keep what is not much worse."""

from typing import Any

import numpy as np
from numba import njit

from maillage.kernels.season.graph import bare
from maillage.kernels.season.ruin import (
    TINY,
    Own,
    charge,
    draw,
    has_room,
    insert,
    missing,
    opening,
    refresh,
    remove,
)

ONE = 2.0**-31
#: Copies that one ruin takes from, and loans that it takes out.
COPIES, LOANS = 4, 10


@njit(cache=True, nogil=True)
def anneal(
    part: Any,
    state: Any,
    best: Any,
    most: float,
    dice: Any,
    rounds: int,
    hot: float,
    cold: float,
) -> float:
    """Ruin and rebuild so many times; the best plan is kept in ``best``.

    ``best`` is (loans, kept, length) as in ``State``, ``most`` its value. ``hot`` and ``cold`` are what a
    worse plan may lose, about, at the outset and in the end. Gives the best value.
    """
    width, many = state.loan.shape[1], len(state.at)
    own = Own(
        np.empty(COPIES, np.int32),
        np.empty((COPIES, width), np.int32),
        np.empty((COPIES, width), np.uint8),
        np.empty(COPIES, np.int32),
        np.empty(COPIES),
        np.zeros(width, np.bool_),
        np.empty((width + 1, 2), np.int32),
        np.zeros(many, np.int64),
        np.empty(many, np.int32),
        np.empty(many),
        np.empty(many, np.int64),
    )
    now = state.worth.sum()
    for turn in range(rounds):
        heat = hot * (cold / hot) ** (turn / rounds)
        copies, count = ruined(part, state, own, dice, turn + 1)
        if count > 1:
            own.order[:count] = np.argsort(own.key[:count], kind="mergesort")
        now += rebuilt(part, state, own, dice, copies, count, heat)
        if now > most + TINY:
            most = now
            best[0][:] = state.loan
            best[1][:] = state.kept
            best[2][:] = state.length
    return most


@bare
def ruined(part: Any, state: Any, own: Any, dice: Any, turn: int) -> Any:
    """Take loans out of some copies: how many copies, and requests that may come in.

    These are -1 where what is left cannot be done.
    """
    many, tick, r, is_near = choose(part, state, dice, own.picked)
    for k in range(many):
        c = own.picked[k]
        own.old_length[k] = state.length[c]
        own.old_worth[k] = state.worth[c]
        for q in range(state.length[c]):
            own.old_loan[k, q] = state.loan[c, q]
            own.old_kept[k, q] = state.kept[c, q]
    is_sound = True
    size = 1 + draw(dice, LOANS)
    for k in range(many):
        c = own.picked[k]
        for q in range(state.length[c]):
            own.gone[q] = False
        if is_near:
            pick_near(part, state, c, r, 1 + size // many, dice, own.gone)
        else:
            length = 1 + draw(dice, 1 + 2 * size // many)
            pick_string(part, state, c, tick, length, dice, own.gone)
        is_sound = is_sound and remove(part, state, c, own.gone)
    if not is_sound:
        return many, -1
    count = missing(part, state, own, many, turn)
    rank(part, own, count, dice)
    return many, count


@bare
def rebuilt(
    part: Any, state: Any, own: Any, dice: Any, copies: int, count: int, heat: float
) -> float:
    """Insert the requests listed; what the plan is worth more, 0 if it stays as it was."""
    if count > 0:
        fill(part, state, own, count, copies, dice)
    gain = 0.0
    for k in range(copies):
        gain += state.worth[own.picked[k]] - own.old_worth[k]
    if count >= 0 and gain > heat * np.log((draw(dice, 2**31) + 1) * ONE):
        return gain
    for k in range(copies):
        clear(part, state, own.picked[k])
    for k in range(copies):
        c = own.picked[k]
        state.length[c] = own.old_length[k]
        for q in range(state.length[c]):
            state.loan[c, q] = own.old_loan[k, q]
            state.kept[c, q] = own.old_kept[k, q]
        serve(part, state, c)
    return 0.0


@bare
def clear(part: Any, state: Any, c: int) -> None:
    """Free the requests of a copy."""
    for q in range(state.length[c]):
        request = part.request[state.loan[c, q]]
        if request >= 0:
            state.at[request] = -1
            charge(part, state, request, 1.0)


@bare
def serve(part: Any, state: Any, c: int) -> None:
    """Take the requests of a copy that was laid out."""
    for q in range(state.length[c]):
        request = part.request[state.loan[c, q]]
        if request >= 0:
            state.at[request] = c
            charge(part, state, request, -1.0)
    refresh(part, state, c)


@bare
def choose(part: Any, state: Any, dice: Any, picked: Any) -> Any:
    """Choose copies near one another, and a time: how many, when, for which request."""
    r = draw(dice, len(state.at))
    c = state.at[r]
    j = -1
    if c >= 0:
        for q in range(state.length[c]):
            if part.request[state.loan[c, q]] == r:
                j = state.loan[c, q]
                tick = state.start[c, q]
    if c < 0 or draw(dice, 4) == 0:
        j = part.option[
            part.option_from[r]
            + draw(dice, part.option_from[r + 1] - part.option_from[r])
        ]
        w = part.window_at[j] + draw(dice, part.window_at[j + 1] - part.window_at[j])
        tick = part.first[w] + draw(dice, part.last[w] - part.first[w] + 1)
        f = part.family[j]
        c = part.copy_from[f] + draw(dice, part.copy_from[f + 1] - part.copy_from[f])
    picked[0] = c
    many = 1
    want = 1 + draw(dice, COPIES)
    for _ in range(2 * want):
        if many == want:
            break
        f = part.copy_family[picked[draw(dice, many)]]
        j = part.loan_from[f] + draw(dice, part.loan_from[f + 1] - part.loan_from[f])
        r2 = part.request[j]
        if r2 < 0:
            continue
        j = part.option[
            part.option_from[r2]
            + draw(dice, part.option_from[r2 + 1] - part.option_from[r2])
        ]
        f = part.family[j]
        c = part.copy_from[f] + draw(dice, part.copy_from[f + 1] - part.copy_from[f])
        is_new = True
        for k in range(many):
            is_new = is_new and picked[k] != c
        if is_new:
            picked[many] = c
            many += 1
    return many, tick, r, draw(dice, 3) == 0


@bare
def pick_string(
    part: Any, state: Any, c: int, tick: int, size: int, dice: Any, gone: Any
) -> None:
    """Mark loans that follow each other around a tick."""
    many = state.length[c]
    at = 0
    while at < many and state.start[c, at] + part.duration[state.loan[c, at]] <= tick:
        at += 1
    first = max(0, at - draw(dice, size))
    last = min(many, first + size)
    spare = draw(dice, 4) == 0
    for q in range(first, last):
        if part.request[state.loan[c, q]] >= 0:
            gone[q] = not (spare and draw(dice, 3) == 0)


@bare
def pick_near(
    part: Any, state: Any, c: int, r: int, size: int, dice: Any, gone: Any
) -> None:
    """Mark loans near the place of a request."""
    many = state.length[c]
    here = part.place[part.option[part.option_from[r]]]
    for _ in range(min(size, many)):
        best, at = np.inf, -1
        for q in range(many):
            j = state.loan[c, q]
            if gone[q] or part.request[j] < 0:
                continue
            far = part.km[here, part.place[j]] * (0.2 + draw(dice, 1000) / 1000)
            if far < best:
                best, at = far, q
        if at < 0:
            break
        gone[at] = True


@bare
def rank(part: Any, own: Any, count: int, dice: Any) -> None:
    """Put the requests listed in an order by chance."""
    how = draw(dice, 6)
    for k in range(count):
        j = part.option[part.option_from[own.absent[k]]]
        if how == 0:
            key = float(draw(dice, 2**30))
        elif how <= 2:
            key = -part.value[j] / part.duration[j]
        elif how == 3:
            key = -part.value[j]
        elif how == 4:
            key = float(part.first[part.window_at[j]])
        else:
            key = -float(part.last[part.window_at[j + 1] - 1])
        if how:
            key *= 0.85 + 0.3 * draw(dice, 1000) / 1000
        own.key[k] = key
    own.order[0] = 0


@bare
def fill(part: Any, state: Any, own: Any, count: int, copies: int, dice: Any) -> None:
    """Insert requests one after the other, each where it adds most."""
    for k in range(count):
        r = own.absent[own.order[k]]
        if not has_room(part, state, r):
            continue
        best, best_c, best_j, best_q, best_kept, best_then = TINY, -1, 0, 0, 0, 0
        for o in range(part.option_from[r], part.option_from[r + 1]):
            j = part.option[o]
            for place in range(copies):
                c = own.picked[place]
                if part.copy_family[c] != part.family[j]:
                    continue
                gain, q, kept, then = opening(part, state, c, j, dice)
                if gain > best:
                    best, best_c, best_j = gain, c, j
                    best_q, best_kept, best_then = q, kept, then
        if best_c >= 0:
            insert(part, state, best_c, best_j, best_q, best_kept, best_then)
