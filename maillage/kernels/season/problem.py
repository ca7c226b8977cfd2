"""What a season is made of, what a plan of it is: frozen arrays that check themselves.

Time is counted in ticks (a day in the application, a tenth of a minute in the public
instances); a loan holds its copy over ``[start, start + duration)``. Money, value and
the cost of transport are in one unit, so that they can be added.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Wear that no season reaches: the copy needs no maintenance.
NO_WEAR_LIMIT = 10**9


def no_ints() -> Ints:
    return np.zeros(0, np.int64)


def no_floats() -> Floats:
    return np.zeros(0, np.float64)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A season to plan: copies, requests, what is fixed and what is scarce.

    A *group* is one resource; its copies are interchangeable but for their depot, their
    wear and what is fixed on them. An *option* says that a group would satisfy a request,
    what that is worth, and (through its windows) on which ticks the loan may start; a
    request may have several options with one group, worth different values in different
    windows, and is served by one option at most.

    One copy does its loans one after the other. From a loan of ``i`` to the next of
    ``j`` it needs ``changeover + travel[place i, place j]`` ticks, or, when it is
    maintained between the two, ``travel[place i, depot] + maintenance +
    travel[depot, place j] + changeover``. From its depot to its first loan it needs
    ``travel[depot, place]`` from tick 0 on; the way home may end after the horizon. The
    durations of the loans between two maintenances add up to ``wear_limit`` at most,
    ``copy_wear`` being what it has behind it at tick 0. Maintenance may be done at any
    time, fresh or worn. Transport costs ``km_cost`` for each km of each leg: depot to
    host, host to host, host to depot to host with maintenance, host to depot.

    Fixed loans (and pauses, which are fixed loans at the depot without wear) are done
    by their copy at their ticks, whatever happens. No time or wear is asked between two
    of them that follow each other, for they are facts; between a fixed loan and any
    other, the rules hold, and the km of all legs are paid. A fixed loan that names a
    request serves it and brings ``fixed_value``.

    Attributes
    ----------
    horizon : ticks of the season; every loan ends at ``horizon`` at the latest
    changeover : (K,) ticks to take down and set up between two loans, >= 0
    km_cost : (K,) cost of a km, >= 0
    wear_limit : (K,) ticks of loan allowed between two maintenances, > 0
    maintenance : (K,) ticks that a maintenance takes, >= 0
    group_key : (K,) identity of each group, unique, whatever its rank
    copy_group : (C,) group of each copy
    copy_depot : (C,) location of the depot of each copy
    copy_wear : (C,) ticks of loan since the last maintenance, >= 0
    place : (R,) location of the host of each request
    host : (R,) host of each request
    duration : (R,) ticks of each loan, > 0
    request_key : (R,) identity of each request, unique, whatever its rank
    option_request, option_group : (N,) who would be served by what
    option_value : (N,) what that is worth, finite, >= 0
    window_option : (W,) option of each window
    window_first, window_last : (W,) first and last tick on which the loan may start
    km : (L, L) km from location to location, finite, >= 0, need not be symmetric
    travel : (L, L) ticks from location to location, >= 0, need not be symmetric
    host_limit : (H,) most loans of each host, fixed ones that name a request included
    km_budget : most km in all, inf for no limit
    limit_row, limit_request : (E,) coefficients of further linear limits: the row, the
        request that counts when it is served
    limit_weight : (E,) by how much it counts, >= 0
    limit_capacity : (M,) most of each row, >= 0
    fixed_copy, fixed_place, fixed_start, fixed_end : (F,) loans that stay
    fixed_request : (F,) the request that each serves, -1 for none
    fixed_value : (F,) what each brings
    fixed_wear : (F,) ticks of wear that each adds
    fixed_renews : (F,) whether the copy leaves it maintained

    Raises
    ------
    ValueError
        Naming the array that is wrong, and why.
    """

    horizon: int
    changeover: Ints
    km_cost: Floats
    wear_limit: Ints
    maintenance: Ints
    group_key: Ints
    copy_group: Ints
    copy_depot: Ints
    copy_wear: Ints
    place: Ints
    host: Ints
    duration: Ints
    request_key: Ints
    option_request: Ints
    option_group: Ints
    option_value: Floats
    window_option: Ints
    window_first: Ints
    window_last: Ints
    km: Floats
    travel: Ints
    host_limit: Ints
    km_budget: float = np.inf
    limit_row: Ints = field(default_factory=no_ints)
    limit_request: Ints = field(default_factory=no_ints)
    limit_weight: Floats = field(default_factory=no_floats)
    limit_capacity: Floats = field(default_factory=no_floats)
    fixed_copy: Ints = field(default_factory=no_ints)
    fixed_place: Ints = field(default_factory=no_ints)
    fixed_start: Ints = field(default_factory=no_ints)
    fixed_end: Ints = field(default_factory=no_ints)
    fixed_request: Ints = field(default_factory=no_ints)
    fixed_value: Floats = field(default_factory=no_floats)
    fixed_wear: Ints = field(default_factory=no_ints)
    fixed_renews: NDArray[np.bool_] = field(
        default_factory=lambda: np.zeros(0, np.bool_)
    )

    def __post_init__(self) -> None:
        check(self)

    @property
    def groups(self) -> int:
        return len(self.group_key)

    @property
    def copies(self) -> int:
        return len(self.copy_group)

    @property
    def requests(self) -> int:
        return len(self.request_key)

    @property
    def options(self) -> int:
        return len(self.option_request)


class Reason(StrEnum):
    """Why a request is not served; the first that binds, from the outside in."""

    NO_COPY = "no_copy"  # no group would satisfy it, or none has a copy
    NO_WINDOW = "no_window"  # its windows leave no day in the season
    TAKEN = "taken"  # no copy is free long enough in its windows
    HOST_LIMIT = "host_limit"  # its host has all the loans that it may have
    TRAVEL = "travel"  # a copy is free, but cannot arrive or go on in time
    WEAR = "wear"  # a copy is free, but is due for maintenance
    KM_BUDGET = "km_budget"  # the km left do not reach it
    LIMIT = "limit"  # another limit is used up
    WORTH = (
        "worth"  # it would cost more, in km or in what must give way, than it brings
    )


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """The nearest feasible way to serve a refused request, as the plan stands.

    ``option`` is the option that it stretches or takes; ``shift`` is the distance in
    ticks from its windows (0: inside, and then something else stands against it);
    ``cost`` is by how much the value of the plan changes, positive when it drops.
    """

    option: int
    copy: int
    start: int
    shift: int
    cost: float


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A request that is not served, why, and the loans that stand in its way."""

    request: int
    reason: Reason
    rivals: tuple[int, ...] = ()
    alternative: Alternative | None = None


@dataclass(frozen=True, kw_only=True)
class Stops:
    """The loans of a plan, ordered by copy, then by start.

    copy : (S,) copy; request : (S,) request served, -1 for a fixed loan without one;
    option : (S,) option taken, -1 for a fixed loan; fixed : (S,) rank among the fixed
    loans, -1 for others; place : (S,) location; start, end : (S,) ticks;
    maintained : (S,) whether the copy is maintained at its depot just before.
    """

    copy: Ints
    request: Ints
    option: Ints
    fixed: Ints
    place: Ints
    start: Ints
    end: Ints
    maintained: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan of the season, and the proof of how good it is.

    ``worth`` is what the loans bring, ``transport_cost`` what their km cost, ``value``
    the difference; no plan of the problem has a value above ``bound``. ``gap`` is
    ``(bound - value) / bound``, 0 when both are 0. ``refusals`` has one line for each
    request that is not served, by rank. ``is_complete`` says that the search ended by
    itself; a stopped search gives its best plan so far and the best bound proven so
    far. ``host_price`` (H,) and ``group_price`` (K,) are shadow values: what one more
    loan of a host, or one more copy of a group, would bring at most, from the bound.
    """

    stops: Stops
    value: float
    worth: float
    transport_cost: float
    km: float
    bound: float
    refusals: tuple[Refusal, ...]
    group_price: Floats
    host_price: Floats
    iterations: int
    is_complete: bool

    @property
    def gap(self) -> float:
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


class Phase(StrEnum):
    """What the search is doing."""

    GREEDY = "greedy"
    BOUND = "bound"
    DIVE = "dive"
    IMPROVE = "improve"
    TIGHTEN = "tighten"
    EXPLAIN = "explain"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where the search is; ``bound`` is inf until one is proven."""

    phase: Phase
    value: float
    bound: float
    served: int
    iterations: int


Stop = Callable[[], bool]
Watch = Callable[[Progress], None]

#: Arrays by the count that gives their length, with the count that bounds their values.
SHAPES: dict[str, tuple[str, str]] = {
    "changeover": ("groups", ""),
    "km_cost": ("groups", ""),
    "wear_limit": ("groups", ""),
    "maintenance": ("groups", ""),
    "group_key": ("groups", ""),
    "copy_group": ("copies", "groups"),
    "copy_depot": ("copies", "locations"),
    "copy_wear": ("copies", ""),
    "place": ("requests", "locations"),
    "host": ("requests", "hosts"),
    "duration": ("requests", ""),
    "request_key": ("requests", ""),
    "option_request": ("options", "requests"),
    "option_group": ("options", "groups"),
    "option_value": ("options", ""),
    "window_option": ("windows", "options"),
    "window_first": ("windows", ""),
    "window_last": ("windows", ""),
    "limit_row": ("terms", "limits"),
    "limit_request": ("terms", "requests"),
    "limit_weight": ("terms", ""),
    "fixed_copy": ("fixed", "copies"),
    "fixed_place": ("fixed", "locations"),
    "fixed_start": ("fixed", ""),
    "fixed_end": ("fixed", ""),
    "fixed_request": ("fixed", ""),
    "fixed_value": ("fixed", ""),
    "fixed_wear": ("fixed", ""),
    "fixed_renews": ("fixed", ""),
}
NOT_NEGATIVE = (
    "changeover km_cost maintenance copy_wear option_value km travel host_limit "
    "limit_weight limit_capacity fixed_wear fixed_value"
).split()


def check(problem: Problem) -> None:
    """Raise ``ValueError`` with the name of the first array that is wrong."""
    counts = {
        "groups": len(problem.group_key),
        "copies": len(problem.copy_group),
        "requests": len(problem.request_key),
        "options": len(problem.option_request),
        "windows": len(problem.window_option),
        "locations": len(problem.km),
        "hosts": len(problem.host_limit),
        "terms": len(problem.limit_row),
        "limits": len(problem.limit_capacity),
        "fixed": len(problem.fixed_copy),
    }
    if problem.horizon <= 0:
        raise ValueError("horizon must be positive")
    for name, (length, bound) in SHAPES.items():
        array = getattr(problem, name)
        if array.shape != (counts[length],):
            raise ValueError(f"{name} must have shape ({counts[length]},)")
        if bound and len(array) and not 0 <= array.min() <= array.max() < counts[bound]:
            raise ValueError(f"{name} points outside of the {bound}")
    places = counts["locations"]
    for name in ("km", "travel"):
        if getattr(problem, name).shape != (places, places):
            raise ValueError(f"{name} must have shape ({places}, {places})")
    for name in NOT_NEGATIVE:
        array = getattr(problem, name)
        if array.size and not (np.isfinite(array).all() and array.min() >= 0):
            raise ValueError(f"{name} must be finite and not negative")
    for name in ("duration", "wear_limit"):
        array = getattr(problem, name)
        if len(array) and array.min() <= 0:
            raise ValueError(f"{name} must be positive")
    for name in ("group_key", "request_key"):
        array = getattr(problem, name)
        if len(np.unique(array)) != len(array):
            raise ValueError(f"{name} must be unique")
    if np.isnan(problem.km_budget) or problem.km_budget < 0:
        raise ValueError("km_budget must not be negative")
    check_windows(problem)
    check_fixed(problem)


def check_windows(problem: Problem) -> None:
    if len(problem.window_first) == 0:
        return
    if problem.window_first.min() < 0:
        raise ValueError("window_first must not be before the season")
    if (problem.window_last < problem.window_first).any():
        raise ValueError("window_last must not be before window_first")
    owner = problem.option_request[problem.window_option]
    if (problem.window_last + problem.duration[owner] > problem.horizon).any():
        raise ValueError("window_last lets a loan end after the season")


def check_fixed(problem: Problem) -> None:
    request = problem.fixed_request
    if len(request) == 0:
        return
    if request.min() < -1 or request.max() >= problem.requests:
        raise ValueError("fixed_request points outside of the requests")
    if (problem.fixed_end <= problem.fixed_start).any():
        raise ValueError("fixed_end must be after fixed_start")
    if problem.fixed_start.min() < 0 or problem.fixed_end.max() > problem.horizon:
        raise ValueError("fixed loans must lie in the season")
    named = request[request >= 0]
    if len(np.unique(named)) != len(named):
        raise ValueError("fixed_request serves one request twice")
    order = np.lexsort((problem.fixed_start, problem.fixed_copy))
    same = np.diff(problem.fixed_copy[order]) == 0
    late = problem.fixed_end[order][:-1] > problem.fixed_start[order][1:]
    if (same & late).any():
        raise ValueError("fixed loans of one copy overlap")
