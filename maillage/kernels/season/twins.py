"""Leave out requests that no plan needs: their host asks for better ones, enough of them.

A request is *needless* if its host has at least as many others as it may have loans,
each with the same place, lasting no longer, open wherever it is open and worth no less
there. A plan that serves it leaves out one of these, which may take its place. All
this holds with a loan or a copy more, too, so that the prices of these stay true.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maillage.kernels.season.problem import Ints, Problem
from maillage.kernels.season.windows import merged


def needless(
    problem: Problem, is_open: NDArray[np.bool_], host_room: Ints
) -> NDArray[np.bool_]:
    """(R,) requests to leave out, among those that are open."""
    gone = np.zeros(problem.requests, np.bool_)
    is_open = is_open.copy()
    is_open[problem.limit_request] = False  # what counts elsewhere has no equal
    if not is_open.any():
        return gone
    shortest = int(problem.duration[is_open].min())
    many = (problem.copies + 1) * (problem.horizon // shortest)
    most = np.minimum(host_room + 1, many)
    asked = np.bincount(problem.host[is_open], minlength=len(host_room))
    rows = np.flatnonzero(is_open & (asked > most)[problem.host])
    if not len(rows):
        return gone
    by_request = np.argsort(problem.option_request, kind="stable")
    begin = np.searchsorted(
        problem.option_request[by_request], np.arange(problem.requests + 1)
    )
    total = np.bincount(
        problem.option_request, problem.option_value, minlength=problem.requests
    )
    order = rows[
        np.lexsort((rows, problem.duration[rows], -total[rows], problem.host[rows]))
    ]
    window = np.lexsort((problem.window_first, problem.window_option))
    window_at, first, last = merged(
        problem.options,
        problem.window_option[window],
        problem.window_first[window],
        problem.window_last[window],
    )
    mark(
        gone,
        order,
        problem.host,
        problem.place,
        problem.duration,
        most,
        begin,
        by_request,
        problem.option_group,
        problem.option_value,
        window_at,
        first,
        last,
    )
    return gone


@njit(cache=True)
def mark(
    gone: Any,
    order: Any,
    host: Any,
    place: Any,
    duration: Any,
    most: Any,
    begin: Any,
    option: Any,
    group: Any,
    value: Any,
    window_at: Any,
    first: Any,
    last: Any,
) -> None:
    """Mark what has enough betters before it in the order, hosts one after the other."""
    kept = np.empty(len(order), np.int64)
    count, now = 0, -1
    for one in order:
        if host[one] != now:
            count, now = 0, host[one]
        better = 0
        for rank in range(count):
            if better >= most[now]:
                break
            other = kept[rank]
            if place[other] != place[one] or duration[other] > duration[one]:
                continue
            is_better = True
            for a in range(begin[one], begin[one + 1]):
                has = False
                for b in range(begin[other], begin[other + 1]):
                    if (
                        group[option[b]] == group[option[a]]
                        and value[option[b]] >= value[option[a]]
                        and spans(option[b], option[a], window_at, first, last)
                    ):
                        has = True
                        break
                if not has:
                    is_better = False
                    break
            if is_better:
                better += 1
        if better >= most[now]:
            gone[one] = True
        else:
            kept[count] = one
            count += 1


@njit(cache=True)
def spans(wide: int, narrow: int, window_at: Any, first: Any, last: Any) -> bool:
    """Whether one option may start whenever another may; windows do not touch."""
    for a in range(window_at[narrow], window_at[narrow + 1]):
        has = False
        for b in range(window_at[wide], window_at[wide + 1]):
            if first[b] <= first[a] and last[a] <= last[b]:
                has = True
                break
        if not has:
            return False
    return True
