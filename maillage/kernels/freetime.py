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
    leaves, free, _kinds = turn_arounds(
        np.asarray(is_open)[None], np.asarray(ships)[None], np.array([0]),
        before=np.array([before]), after=np.array([after]), buffer=np.array([buffer]),
    )  # fmt: skip
    return leaves[0], free[0]


def turn_arounds(
    is_open: Mask, ships: Mask, owner: Ints, *, before: Ints, after: Ints, buffer: Ints
) -> tuple[Ints, Ints, Ints]:
    """The ``turn_around`` of many copies, once for those that are alike.

    Parameters
    ----------
    is_open, ships : (o, d) a line for each calendar
    owner : (n,) the line of each copy
    before, after, buffer : (n,) numbers of open days of each copy, >= 0

    Returns
    -------
    leaves, free : (k, d) and (k, d + 1), as ``turn_around`` has them; not to be written
    kinds : (n,) the line of each copy in ``leaves`` and ``free``

    Raises
    ------
    ValueError
        If the shapes disagree, or a number of days is negative.

    Notes
    -----
    O(k d) time. The last answers are kept by value: the calendars of a day are worked
    out once a process.
    """
    if is_open.shape != ships.shape or is_open.ndim != 2:
        raise ValueError("open days and shipping days must be (o, d) alike")
    rows = np.stack([owner, before, after, buffer], axis=1).astype(np.int64)
    if rows.size and rows.min() < 0:
        raise ValueError("numbers of open days must not be negative")
    keys, kinds = np.unique(rows, axis=0, return_inverse=True)
    opened, shipped = np.asarray(is_open, bool), np.asarray(ships, bool)
    leaves, free = _turned(
        opened.shape, opened.tobytes(), shipped.tobytes(), keys.tobytes()
    )
    return leaves, free, kinds.reshape(-1)


@lru_cache(maxsize=16)
def _turned(
    shape: tuple[int, ...], opened: bytes, shipped: bytes, keys: bytes
) -> tuple[Ints, Ints]:
    count = shape[1]
    is_open = np.frombuffer(opened, bool).reshape(shape)
    ships = np.frombuffer(shipped, bool).reshape(shape)
    owner, before, after, buffer = np.frombuffer(keys, np.int64).reshape(-1, 4).T
    days, line = np.arange(count + 1), owner[:, None]
    # Open days before each day; the day of each open day by its rank, then ``count``.
    total = np.zeros((len(is_open), count + 2), np.int64)
    np.cumsum(is_open, axis=1, out=total[:, 1:-1])
    total[:, -1] = total[:, -2]
    beyond = int(max(after.max(initial=0), buffer.max(initial=0)))
    day_of = np.full((len(is_open), count + beyond + 1), count)
    rows, columns = np.nonzero(is_open)
    day_of[rows, total[rows, columns]] = columns
    # The last shipping day up to each day, the first from each day on.
    last = np.maximum.accumulate(np.where(ships, days[:-1], -1), axis=1)
    first = np.full((len(ships), count + 1), count)
    first[:, :-1] = np.where(ships, days[:-1], count)
    first = np.minimum.accumulate(first[:, ::-1], axis=1)[:, ::-1]

    def forth(start: Ints, number: Ints) -> Ints:
        """The day after ``number`` open days, the first counted from ``start``."""
        rank = total[line, start] + number[:, None] - 1
        found = np.where(start > count, count, day_of[line, np.maximum(rank, 0)]) + 1
        return np.where(number[:, None] > 0, found, start)

    rank = total[owner, :-2] - before[:, None]
    ready = np.where(before[:, None] > 0, day_of[line, np.maximum(rank, 0)], days[:-1])
    is_known = (rank >= 0) | (before[:, None] == 0)
    leaves = np.where(is_known, last[line, np.minimum(ready, count - 1)], -1)
    down = forth(np.broadcast_to(days, (len(owner), count + 1)), after)
    home = first[line, np.clip(down - 1, 0, count)] + 1
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
