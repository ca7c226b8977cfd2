"""When is a thing first free? Windows between busy intervals, for many things at once.

Days are whole numbers from 0, the origin of the caller; periods are half-open. A loan
that opens on day ``s`` for ``duration`` days keeps its copy over
``[leaves[s], free[s + duration])``: what surrounds it (transport, set-up, take-down,
checks) depends on the day, because closed days never count.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.geo import Ints

Mask = NDArray[np.bool_]
#: No window before the end of the days that were given.
NEVER = -1


def turn_around(
    is_open: Mask, ships: Mask, *, before: int, after: int, buffer: int
) -> tuple[Ints, Ints]:
    """On which day a copy leaves for each first day, and is free after each end.

    It leaves on the last shipping day from which ``before`` open days are left; after
    the end, ``after`` open days of work, then the first shipping day takes it home,
    then ``buffer`` open days of checks. Both answers never decrease with the day.

    Parameters
    ----------
    is_open : (d,) whether each day counts
    ships : (d,) whether copies leave and come back on each day
    before, after, buffer : numbers of open days, >= 0

    Returns
    -------
    leaves : (d,) day of departure for a first public day; -1 where it is before day 0
    free : (d + 1,) first free day for an end; d + 1 where it is not before day d

    Raises
    ------
    ValueError
        If the shapes disagree, or a number of days is negative.
    """
    if is_open.shape != ships.shape or is_open.ndim != 1:
        raise ValueError("open days and shipping days must be (d,) alike")
    if min(before, after, buffer) < 0:
        raise ValueError("numbers of open days must not be negative")
    key = np.asarray(is_open, bool).tobytes(), np.asarray(ships, bool).tobytes()
    return _turned(*key, before, after, buffer)


@lru_cache(maxsize=4096)
def _turned(
    opened: bytes, shipped: bytes, before: int, after: int, buffer: int
) -> tuple[Ints, Ints]:
    """``turn_around`` by value: the same calendar is worked out once a process."""
    count = len(opened)
    days = np.arange(count + 1)
    open_days = np.flatnonzero(np.frombuffer(opened, bool))
    ship_days = np.flatnonzero(np.frombuffer(shipped, bool))

    def forth(first: Ints, number: int) -> Ints:
        """The day after ``number`` open days, the first counted from ``first``."""
        if number == 0:
            return first
        rank = np.searchsorted(open_days, first) + number - 1
        found = np.full(first.shape, count + 1)
        known = (rank < len(open_days)) & (first <= count)
        found[known] = open_days[rank[known]] + 1
        return found

    ready = days[:-1]
    if before:
        rank = np.searchsorted(open_days, ready) - before
        ready = np.where(rank >= 0, np.append(open_days, -1)[np.maximum(rank, -1)], -1)
    rank = np.searchsorted(ship_days, ready, side="right") - 1
    leaves = np.where(
        (rank >= 0) & (ready >= 0), np.append(ship_days, -1)[np.maximum(rank, -1)], -1
    )
    down = forth(days, after)
    rank = np.searchsorted(ship_days, np.maximum(down - 1, 0))
    home = np.append(ship_days, count)[np.minimum(rank, len(ship_days))] + 1
    # A copy that nobody took down on day 0 was to be fetched before the first day.
    back = np.where(down > count, count + 1, np.maximum(home, days))
    free = np.minimum(forth(back, buffer), count + 1)
    for answer in (leaves, free):
        answer.setflags(write=False)
    return leaves, free


def first_windows(
    starts: Ints,
    ends: Ints,
    copies: Ints,
    *,
    leaves: Ints,
    free: Ints,
    kinds: Ints,
    allowed: Mask,
    duration: int,
    earliest: Ints,
) -> Ints:
    """The first day on which each copy can open to the public; -1 where there is none.

    A copy is looked at gap by gap: within the days between two busy intervals the
    first day that leaves late enough is also the one that is over soonest, so that
    one try a gap is exact.

    Parameters
    ----------
    starts, ends : (m,) busy intervals, of one copy by increasing start, disjoint
    copies : (m,) whose they are, in 0..n-1, not decreasing
    leaves : (k, d) departure for a first day; -1: not possible (see ``turn_around``)
    free : (k, d + 1) first free day for an end; more than d: not possible
    kinds : (n,) which line of ``leaves`` and ``free`` holds for each copy
    allowed : (d,) days on which the public part may begin
    duration : public days, >= 1
    earliest : (n,) the first day on which each copy may leave, >= 0

    Returns
    -------
    (n,) first public day of each copy, or -1

    Raises
    ------
    ValueError
        If shapes disagree, ``duration`` is not positive or an interval is empty.

    Notes
    -----
    O((m + n) log d) time.
    """
    count, horizon = len(kinds), len(allowed)
    if not len(starts) == len(ends) == len(copies) or len(earliest) != count:
        raise ValueError("one start, end and copy an interval, one earliest day a copy")
    if leaves.shape[1:] != (horizon,) or free.shape[1:] != (horizon + 1,):
        raise ValueError("leaves must be (k, d), free (k, d + 1), allowed (d,)")
    if duration < 1 or np.any(ends <= starts):
        raise ValueError("a duration and a busy interval last a day at least")
    if not count or not horizon:
        return np.full(count, NEVER)
    # Gaps: before the first interval of each copy, and after each interval.
    gap_of = np.concatenate([np.arange(count), copies])
    opens = np.concatenate([earliest, np.maximum(ends, earliest[copies])])
    closes = np.full(len(gap_of), horizon)
    heads = np.searchsorted(copies, np.arange(count))
    busy = heads < np.searchsorted(copies, np.arange(count), side="right")
    closes[:count][busy] = starts[heads[busy]]
    if len(starts):
        follows = np.append(copies[1:] == copies[:-1], False)
        closes[count:][follows] = starts[1:][follows[:-1]]
    # The first day that leaves on or after the gap opens, then the first allowed one.
    first = np.searchsorted(_lifted(leaves), _lift(kinds[gap_of], opens, horizon))
    first = first - kinds[gap_of] * horizon
    first = _next(allowed)[np.clip(first, 0, horizon)]
    last = np.minimum(first + duration, horizon)
    ends_in_time = free[kinds[gap_of], last] <= closes
    good = (first < horizon) & (first + duration <= horizon) & ends_in_time
    # A day that leaves before its gap opens is none: ``leaves`` says -1 there.
    best = np.full(count, horizon)
    np.minimum.at(best, gap_of[good], first[good])
    found: Ints = np.where(best < horizon, best, NEVER)
    return found


def _lift(kinds: Ints, days: Ints, horizon: int) -> Ints:
    """One number for a kind and a day, in the order of kinds, then of days."""
    lifted: Ints = kinds * (horizon + 2) + np.minimum(days, horizon + 1) + 1
    return lifted


def _lifted(leaves: Ints) -> Ints:
    """All lines of ``leaves`` as one sorted line."""
    kinds = np.arange(len(leaves))[:, None]
    return _lift(kinds, leaves, leaves.shape[1]).ravel()


def _next(allowed: Mask) -> Ints:
    """(d + 1,) the first allowed day from each day on; d where there is none."""
    horizon = len(allowed)
    marked = np.where(np.append(allowed, True), np.arange(horizon + 1), horizon)
    following: Ints = np.minimum.accumulate(marked[::-1])[::-1]
    return following


def spells(mask: Mask, *, duration: int) -> Mask:
    """Days from which ``duration`` days in a row hold.

    Parameters
    ----------
    mask : (d,) whether each day holds
    duration : days, >= 1

    Returns
    -------
    (d,) whether the day and the ``duration - 1`` after it hold; days beyond do not
    """
    total = np.concatenate([[0], np.cumsum(mask)])
    whole = np.zeros(len(mask), bool)
    last = len(mask) - duration + 1
    if last > 0:
        whole[:last] = total[duration:] - total[:last] == duration
    return whole
