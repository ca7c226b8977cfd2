"""Where one loan may go in a plan of the season, and what the plan would then be worth.

For the board: the slots that light up while a loan is dragged, with the cost of each;
and for a refused request, its nearest way in.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season import openings as rows
from maillage.kernels.season.openings import (
    Lines,
    openings,
    straight,
    travelled,
    worn,
)
from maillage.kernels.season.problem import Floats, Ints, Problem, Stops
from maillage.kernels.season.windows import merged

Mask = NDArray[np.bool_]

SLACK = 1e-6


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Places for one loan, best or not: a row is a run of ticks on which it may start.

    ``base`` is the plan without the loan; ``before`` and ``after`` are ranks of its
    stops, -1 for the depot and the end of the season. ``shift`` is the distance from
    the option's windows at ``nearest``, where it is least in the row, 0 inside.
    ``change`` is what the value of the plan gains, ``km`` the km that it travels more,
    ``maintained`` and ``next_maintained`` whether a maintenance comes before the loan
    and after it. Rows of one option and copy do not overlap.
    """

    request: int
    base: Stops
    copy: Ints
    option: Ints
    before: Ints
    after: Ints
    first: Ints
    last: Ints
    shift: Ints
    nearest: Ints
    km: Floats
    change: Floats
    maintained: Mask
    next_maintained: Mask

    def __len__(self) -> int:
        return len(self.copy)

    def at(self, *, copy: int, start: int, option: int | None = None) -> int | None:
        """The best row for a start on a copy; none when it does not fit."""
        fits = (self.copy == copy) & (self.first <= start) & (start <= self.last)
        if option is not None:
            fits &= self.option == option
        found = np.flatnonzero(fits)
        if not len(found):
            return None
        inside = self.shift[found] == 0
        order = np.lexsort((self.option[found], -self.change[found], ~inside))
        return int(found[order[0]])


@dataclass(frozen=True)
class Timeline:
    """A plan made ready for many questions about single loans."""

    problem: Problem
    stops: Stops
    lines: Lines

    def openings(
        self, request: int, *, level: int = rows.FULL, anywhere: bool = False
    ) -> tuple[Ints, Floats]:
        problem = self.problem
        table, km = openings(
            self.lines,
            request,
            int(problem.place[request]),
            int(problem.duration[request]),
            level,
            anywhere,
        )
        return table, km

    @cached_property
    def km(self) -> float:
        """Km of the plan."""
        return float(travelled(self.lines))

    @cached_property
    def km_left(self) -> float:
        """Km that the budget leaves; facts may exceed it, others may not add to it.

        Roads need not be the shortest: a loan between two facts may save km, so that a
        plan within the budget may still have the km of its facts to spend.
        """
        budget = self.problem.km_budget
        if np.isinf(budget) or not (self.stops.fixed >= 0).any():
            return budget - self.km
        facts = timeline(self.problem, taken(self.stops, self.stops.fixed >= 0))
        return max(budget, facts.km) - self.km

    @cached_property
    def host_left(self) -> Ints:
        """Loans that each host may still have."""
        problem, request = self.problem, self.stops.request
        hosts = problem.host[request[request >= 0]]
        left = problem.host_limit - np.bincount(
            hosts, minlength=len(problem.host_limit)
        )
        return left.astype(np.int64)

    @cached_property
    def is_over(self) -> Mask:
        """Whether a further limit leaves no room for each request."""
        problem, request = self.problem, self.stops.request
        served = np.zeros(problem.requests, np.bool_)
        served[request[request >= 0]] = True
        weight = problem.limit_weight
        used = np.bincount(
            problem.limit_row,
            weights=weight * served[problem.limit_request],
            minlength=len(problem.limit_capacity),
        )
        slack = SLACK * np.maximum(1.0, problem.limit_capacity) / 2
        left = (problem.limit_capacity - used + slack)[problem.limit_row]
        over = np.zeros(problem.requests, np.bool_)
        over[problem.limit_request[(weight > left) & (weight > 0)]] = True
        return over


def timeline(problem: Problem, stops: Stops) -> Timeline:
    """Lay out a plan, copy by copy."""
    is_fact = stops.fixed >= 0
    wear = stops.end - stops.start
    wear[is_fact] = problem.fixed_wear[stops.fixed[is_fact]]
    renews = np.zeros(len(is_fact), np.bool_)
    renews[is_fact] = problem.fixed_renews[stops.fixed[is_fact]]
    order = np.lexsort((problem.window_first, problem.window_option))
    window_from, window_first, window_last = merged(
        problem.options,
        plain(problem.window_option[order]),
        plain(problem.window_first[order]),
        plain(problem.window_last[order]),
    )
    option = np.argsort(problem.option_request, kind="stable")
    copy = np.argsort(problem.copy_group, kind="stable")
    lines = Lines(
        horizon=int(problem.horizon),
        changeover=plain(problem.changeover),
        km_cost=np.ascontiguousarray(problem.km_cost, np.float64),
        wear_limit=plain(problem.wear_limit),
        maintenance=plain(problem.maintenance),
        copy_group=plain(problem.copy_group),
        copy_depot=plain(problem.copy_depot),
        copy_wear=plain(problem.copy_wear),
        km=np.ascontiguousarray(problem.km, np.float64),
        travel=plain(problem.travel),
        option_from=offsets(problem.option_request, problem.requests),
        option=plain(option),
        option_group=plain(problem.option_group),
        group_from=offsets(problem.copy_group, problem.groups),
        group_copy=plain(copy),
        window_from=window_from,
        window_first=window_first,
        window_last=window_last,
        loan_from=offsets(stops.copy, problem.copies),
        request=plain(stops.request),
        place=plain(stops.place),
        start=plain(stops.start),
        end=plain(stops.end),
        wear=plain(wear),
        is_fact=is_fact,
        renews=renews,
        maintained=np.ascontiguousarray(stops.maintained),
        wear_after=np.zeros(len(wear), np.int64),
        room=np.zeros(len(wear), np.int64),
        fact_room=np.zeros(len(wear), np.int64),
    )
    worn(lines)
    return Timeline(problem, stops, lines)


def plain(values: Ints) -> Ints:
    return np.ascontiguousarray(values, np.int64)


def offsets(owner: Ints, count: int) -> Ints:
    """Where the rows of each owner begin, once they are in order."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))])


def taken(stops: Stops, kept: Mask) -> Stops:
    """Some of the stops."""
    return Stops(**{name: getattr(stops, name)[kept] for name in Stops.__annotations__})


def feasible_starts(
    problem: Problem, stops: Stops, *, request: int, anywhere: bool = False
) -> Slots:
    """All places that a plan has for one loan, served until now or not.

    A served request is first taken out of the plan; its present place is then among
    the slots, with a change of 0 or better. With ``anywhere`` starts outside of the
    windows count too, for options that have a window. Whoever applies a slot gets a
    plan that keeps every rule (but that of windows, outside of them), and exactly the
    value that is announced.

    Raises
    ------
    ValueError
        If a fixed loan serves the request.
    """
    here = np.flatnonzero(stops.request == request)
    if len(here) and stops.fixed[here[0]] >= 0:
        raise ValueError("the loan is fixed")
    line = timeline(problem, stops)
    if not len(here):
        has_room = (
            line.host_left[problem.host[request]] > 0 and not line.is_over[request]
        )
        return slots_of(line, request, anywhere=anywhere, has_room=has_room)
    return moves(line, request, int(here[0]), anywhere=anywhere)


def moves(line: Timeline, request: int, here: int, *, anywhere: bool) -> Slots:
    """Places for a loan that is at rank ``here`` now."""
    problem, stops = line.problem, line.stops
    copy = int(stops.copy[here])
    is_first = here == 0 or int(stops.copy[here - 1]) != copy
    is_last = here + 1 == len(stops.copy) or int(stops.copy[here + 1]) != copy
    base = taken(stops, np.arange(len(stops.copy)) != here)
    before, after = -1 if is_first else here - 1, -1 if is_last else here
    rests = None if is_last else resting(timeline(problem, base), before, after)
    if rests is not None:
        base.maintained[after] = rests
    short = timeline(problem, base)
    saved = straight(line.lines, copy, before, here, bool(stops.maintained[here]))
    behind = -1 if is_last else here + 1
    then = not is_last and bool(stops.maintained[behind])
    saved += straight(line.lines, copy, here, behind, then)
    saved -= straight(short.lines, copy, before, after, bool(rests))
    cost = float(problem.km_cost[problem.copy_group[copy]])
    lost = float(problem.option_value[stops.option[here]])
    slots = slots_of(short, request, anywhere=anywhere, released=cost * saved - lost)
    if is_last or rests is not None:
        return slots
    # The loans around cannot follow each other: this one stays between them.
    same = (slots.copy == copy) & (slots.before == before) & (slots.after == after)
    return chosen(slots, same)


def resting(line: Timeline, before: int, after: int) -> bool | None:
    """Whether maintenance comes between two loans that become neighbours.

    The way with fewer km; None when they cannot follow each other at all.
    """
    lines = line.lines
    copy, place = int(line.stops.copy[after]), int(lines.place[after])
    after_fact = before < 0 or bool(lines.is_fact[before])
    are_facts = after_fact and bool(lines.is_fact[after])
    behind = int(lines.copy_wear[copy] if before < 0 else lines.wear_after[before])
    room = int((lines.fact_room if after_fact else lines.room)[after])
    best: tuple[float, bool] | None = None
    for rests in (False, True):
        ready = rows.earliest(lines, copy, before, place, rests, rows.FULL)
        if ready > lines.start[after] and (rests or not are_facts):
            continue
        if (0 if rests else behind) > room:
            continue
        km = float(straight(lines, copy, before, after, rests))
        if best is None or km < best[0] - SLACK:
            best = (km, rests)
    return None if best is None else best[1]


def slots_of(
    line: Timeline,
    request: int,
    *,
    anywhere: bool,
    has_room: bool = True,
    released: float = 0.0,
) -> Slots:
    """The openings for a request as slots; ``released`` is what its old place gives."""
    problem = line.problem
    table, km = line.openings(request, anywhere=anywhere)
    if not has_room:
        table, km = table[:0], km[:0]
    fits = km <= line.km_left + SLACK * max(1.0, line.km) / 2
    table, km = table[fits], km[fits]
    option, copy = table[:, rows.OPTION], table[:, rows.COPY]
    cost = problem.km_cost[problem.copy_group[copy]] * km
    return Slots(
        request=request,
        base=line.stops,
        copy=copy,
        option=option,
        before=table[:, rows.BEFORE],
        after=table[:, rows.AFTER],
        first=table[:, rows.FIRST],
        last=table[:, rows.LAST],
        shift=table[:, rows.SHIFT],
        nearest=table[:, rows.NEAREST],
        km=km,
        change=problem.option_value[option] - cost + released,
        maintained=table[:, rows.MAINTAINED] > 0,
        next_maintained=table[:, rows.NEXT_MAINTAINED] > 0,
    )


def chosen(slots: Slots, kept: Mask) -> Slots:
    """Some of the slots."""
    names = [name for name in Slots.__annotations__ if name not in {"request", "base"}]
    return replace(slots, **{name: getattr(slots, name)[kept] for name in names})


def placed(problem: Problem, slots: Slots, *, row: int, start: int) -> Stops:
    """Apply a slot: the stops of the plan with the loan there.

    Raises
    ------
    ValueError
        If the row does not hold that start.
    """
    if not slots.first[row] <= start <= slots.last[row]:
        raise ValueError("the slot does not hold this start")
    base, request = slots.base, slots.request
    copy, after = int(slots.copy[row]), int(slots.after[row])
    rank = after if after >= 0 else int(np.searchsorted(base.copy, copy, side="right"))
    loan = {
        "copy": copy,
        "request": request,
        "option": int(slots.option[row]),
        "fixed": -1,
        "place": int(problem.place[request]),
        "start": start,
        "end": start + int(problem.duration[request]),
        "maintained": bool(slots.maintained[row]),
    }
    columns = {name: np.insert(getattr(base, name), rank, loan[name]) for name in loan}
    if after >= 0:
        columns["maintained"][rank + 1] = slots.next_maintained[row]
    return Stops(**columns)
