"""Say why each request that a plan leaves out is refused, and what would be possible.

Reasons are looked for from the outside in, in the order of ``Reason``: the first that
binds in the plan as it stands is given. The budget of km and the further limits are
everybody's, so that nobody in particular stands in the way.
"""

import numpy as np

from maillage.kernels.season import openings as rows
from maillage.kernels.season.openings import standing
from maillage.kernels.season.problem import (
    Alternative,
    Floats,
    Ints,
    Problem,
    Reason,
    Refusal,
    Stops,
)
from maillage.kernels.season.slots import SLACK, Timeline, timeline

#: Reasons that other loans on the copies bring about.
CROWDED = {Reason.TAKEN, Reason.TRAVEL, Reason.WEAR, Reason.WORTH}


def explain(problem: Problem, stops: Stops) -> tuple[Refusal, ...]:
    """Explain each request that is not served, by rank.

    Rivals are the requests whose loans forbid some of the starts that the refused one
    asks for, or those of its host when the host has all that it may have. The alternative is the
    place nearest to its windows where it fits as the plan stands, then the cheapest;
    none when its host or a limit leaves no room at all.
    """
    line = timeline(problem, stops)
    served = set(stops.request[stops.request >= 0].tolist())
    return tuple(
        refusal(line, request)
        for request in range(problem.requests)
        if request not in served
    )


def refusal(line: Timeline, request: int) -> Refusal:
    problem = line.problem
    reason = missing(line, request)
    if reason is not None:
        return Refusal(request=request, reason=reason)
    table, km = line.openings(request, anywhere=True)
    reason = binding(line, request, table, km)
    alternative = None
    if line.host_left[problem.host[request]] > 0 and not line.is_over[request]:
        alternative = nearest(line, table, km)
    return Refusal(
        request=request,
        reason=reason,
        rivals=rivals(line, request, reason),
        alternative=alternative,
    )


def missing(line: Timeline, request: int) -> Reason | None:
    """What is missing before any plan is made."""
    lines = line.lines
    begin, end = int(lines.option_from[request]), int(lines.option_from[request + 1])
    option = lines.option[begin:end]
    group = lines.option_group[option]
    option = option[lines.group_from[group] < lines.group_from[group + 1]]
    if not len(option):
        return Reason.NO_COPY
    if (lines.window_from[option] == lines.window_from[option + 1]).all():
        return Reason.NO_WINDOW
    return None


def binding(line: Timeline, request: int, table: Ints, km: Floats) -> Reason:
    """The first reason that binds, of those that come from the plan."""
    inside = table[:, rows.SHIFT] == 0
    is_free = bool(inside.any())
    if not is_free and not len(line.openings(request, level=rows.FREE)[0]):
        return Reason.TAKEN
    if line.host_left[line.problem.host[request]] <= 0:
        return Reason.HOST_LIMIT
    if not is_free:
        is_timely = len(line.openings(request, level=rows.TIMELY)[0]) > 0
        return Reason.WEAR if is_timely else Reason.TRAVEL
    if not (km[inside] <= line.km_left + slack(line)).any():
        return Reason.KM_BUDGET
    return Reason.LIMIT if line.is_over[request] else Reason.WORTH


def rivals(line: Timeline, request: int, reason: Reason) -> tuple[int, ...]:
    """Requests whose loans stand in the way, by rank."""
    problem, served = line.problem, line.stops.request
    if reason == Reason.HOST_LIMIT:
        held = problem.host[served] == problem.host[request]
    elif reason in CROWDED:
        place, lasts = int(problem.place[request]), int(problem.duration[request])
        held = standing(line.lines, request, place, lasts, reason == Reason.WEAR)
    else:
        return ()
    return tuple(sorted(served[held & (served >= 0)].tolist()))


def slack(line: Timeline) -> float:
    return SLACK * max(1.0, line.km) / 2


def nearest(line: Timeline, table: Ints, km: Floats) -> Alternative | None:
    """The opening nearest to the windows, then the cheapest, whatever the ranks."""
    problem = line.problem
    fits = km <= line.km_left + slack(line)
    table, km = table[fits], km[fits]
    if not len(table):
        return None
    option, copy = table[:, rows.OPTION], table[:, rows.COPY]
    group = problem.copy_group[copy]
    cost = problem.km_cost[group] * km - problem.option_value[option]
    start, shift = table[:, rows.NEAREST], table[:, rows.SHIFT]
    order = np.lexsort(
        (start, copy, problem.group_key[group], np.round(cost, 6), shift)
    )
    best = int(order[0])
    return Alternative(
        option=int(option[best]),
        copy=int(copy[best]),
        start=int(start[best]),
        shift=int(shift[best]),
        cost=float(cost[best]),
    )
