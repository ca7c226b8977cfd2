"""Verify a plan of the season without a line of the planner.

Plain Python, one rule after the other, slow and obvious on purpose: tests and
benchmarks read a plan with it, so that a fault of the planner cannot hide behind
itself. ``verify`` raises ``AssertionError`` with the rule that is broken.

Where facts break a limit by themselves (fixed loans beyond the quota of a host, the
budget of km or another limit), the plan may stay where they are, not go further.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import isclose, isfinite, isnan

from maillage.kernels.season.problem import Plan, Problem, Reason, Stops

SLACK = 1e-6


@dataclass(frozen=True)
class Stop:
    """One loan of a plan, as Python numbers."""

    copy: int
    request: int
    option: int
    fixed: int
    place: int
    start: int
    end: int
    maintained: bool

    def __str__(self) -> str:
        what = f"fixed loan {self.fixed}" if self.fixed >= 0 else f"loan {self.request}"
        return f"{what} of copy {self.copy} at {self.start}"


@dataclass(frozen=True)
class Account:
    """What a plan brings and costs, recomputed."""

    worth: float
    transport_cost: float
    km: float
    served: frozenset[int]

    @property
    def value(self) -> float:
        return self.worth - self.transport_cost


def rule(holds: object, sentence: str) -> None:
    """Raise, even where ``python -O`` would drop an ``assert``."""
    if not holds:
        raise AssertionError(sentence)


def close(given: float, found: float) -> bool:
    return isclose(given, found, rel_tol=SLACK, abs_tol=SLACK)


def verify(problem: Problem, plan: Plan) -> Account:
    """Recompute all that a plan says of itself; give what was found."""
    account = verify_stops(problem, plan.stops)
    for name in ("worth", "transport_cost", "km", "value"):
        given, found = float(getattr(plan, name)), float(getattr(account, name))
        rule(close(given, found), f"the plan says {name} {given}, it is {found}")
    rule(not isnan(plan.bound), "the bound is not a number")
    room = SLACK * max(1.0, abs(account.value))
    rule(plan.bound >= account.value - room, f"{plan.bound} is no bound")
    if isfinite(plan.bound) and plan.bound > 0:
        gap = (plan.bound - account.value) / plan.bound
        rule(close(plan.gap, gap), f"the plan says gap {plan.gap}, it is {gap}")
    for name, count in (
        ("group_price", problem.groups),
        ("host_price", hosts(problem)),
    ):
        prices = [float(price) for price in getattr(plan, name)]
        rule(len(prices) == count, f"{name} has {len(prices)} values, not {count}")
        rule(all(isfinite(p) and p >= -SLACK for p in prices), f"{name} is negative")
    verify_refusals(problem, plan, account.served)
    return account


def hosts(problem: Problem) -> int:
    return len(problem.host_limit)


def verify_stops(problem: Problem, stops: Stops) -> Account:
    """Verify the loans alone: every rule of ``Problem``; give what they bring."""
    loans = read(stops)
    for one, then in pairwise(loans):
        rule(
            (one.copy, one.start) < (then.copy, then.start),
            f"stops are not ordered by copy and start: {one}, then {then}",
        )
    places, options, facts = len(problem.km), problem.options, len(problem.fixed_copy)
    for loan in loans:
        rule(0 <= loan.copy < problem.copies, f"{loan}: there is no such copy")
        rule(0 <= loan.place < places, f"{loan}: there is no such place")
        rule(-1 <= loan.request < problem.requests, f"{loan}: no such request")
        rule(-1 <= loan.option < options, f"{loan}: there is no such option")
        rule(-1 <= loan.fixed < facts, f"{loan}: there is no such fixed loan")
    windows = windows_of(problem)
    for loan in loans:
        if loan.fixed >= 0:
            verify_fact(problem, loan)
        else:
            verify_loan(problem, loan, windows.get(loan.option, []))
    facts_done = sorted(loan.fixed for loan in loans if loan.fixed >= 0)
    rule(facts_done == list(range(facts)), "the fixed loans are not each there once")
    times = Counter(loan.request for loan in loans if loan.request >= 0)
    for request, many in times.items():
        rule(many == 1, f"request {request} is served {many} times")
    by_copy: dict[int, list[Stop]] = {}
    for loan in loans:
        by_copy.setdefault(loan.copy, []).append(loan)
    for itinerary in by_copy.values():
        verify_time(problem, itinerary)
        verify_wear(problem, itinerary)
    account = account_of(problem, loans, by_copy)
    verify_limits(problem, loans, account)
    return account


def read(stops: Stops) -> list[Stop]:
    names = "copy request option fixed place start end".split()
    columns = [getattr(stops, name).tolist() for name in names]
    columns.append([bool(value) for value in stops.maintained.tolist()])
    rule(len({len(column) for column in columns}) == 1, "stops differ in length")
    return [Stop(*row) for row in zip(*columns, strict=True)]


def windows_of(problem: Problem) -> dict[int, list[tuple[int, int]]]:
    """The windows of each option, in order."""
    windows: dict[int, list[tuple[int, int]]] = {}
    for option, first, last in zip(
        problem.window_option.tolist(),
        problem.window_first.tolist(),
        problem.window_last.tolist(),
        strict=True,
    ):
        windows.setdefault(option, []).append((first, last))
    return {option: sorted(found) for option, found in windows.items()}


def verify_fact(problem: Problem, loan: Stop) -> None:
    rank = loan.fixed
    asked = (
        int(problem.fixed_copy[rank]),
        int(problem.fixed_place[rank]),
        int(problem.fixed_start[rank]),
        int(problem.fixed_end[rank]),
        int(problem.fixed_request[rank]),
    )
    given = (loan.copy, loan.place, loan.start, loan.end, loan.request)
    rule(given == asked, f"{loan} was changed: {given} instead of {asked}")
    rule(loan.option == -1, f"{loan} takes an option, it is fixed")


def verify_loan(problem: Problem, loan: Stop, windows: list[tuple[int, int]]) -> None:
    rule(loan.request >= 0, f"{loan} serves nobody")
    rule(loan.option >= 0, f"{loan} takes no option")
    request = int(problem.option_request[loan.option])
    rule(request == loan.request, f"{loan}: option {loan.option} is of {request}")
    group = int(problem.option_group[loan.option])
    own = int(problem.copy_group[loan.copy])
    rule(group == own, f"{loan}: its option asks for group {group}, this is {own}")
    rule(loan.place == int(problem.place[request]), f"{loan} is at another place")
    lasts = int(problem.duration[request])
    rule(loan.end - loan.start == lasts, f"{loan} does not last {lasts}")
    rule(loan.end <= problem.horizon, f"{loan} ends after the season")
    is_inside = any(first <= loan.start <= last for first, last in windows)
    rule(is_inside, f"{loan} starts outside of the windows of option {loan.option}")


def verify_time(problem: Problem, itinerary: list[Stop]) -> None:
    """Each loan is reached in time from the one before, or from the depot."""
    copy = itinerary[0].copy
    depot, group = int(problem.copy_depot[copy]), int(problem.copy_group[copy])
    rest, changeover = int(problem.maintenance[group]), int(problem.changeover[group])
    first = itinerary[0]
    if first.fixed < 0 or first.maintained:
        ready = rest * first.maintained + int(problem.travel[depot, first.place])
        rule(first.start >= ready, f"{first} cannot be reached from the depot")
    for one, then in pairwise(itinerary):
        rule(then.start >= one.end, f"{then} overlaps {one}")
        if one.fixed >= 0 and then.fixed >= 0 and not then.maintained:
            continue
        if then.maintained:
            way = int(problem.travel[one.place, depot]) + rest
            way += int(problem.travel[depot, then.place])
        else:
            way = int(problem.travel[one.place, then.place])
        ready = one.end + way + changeover
        rule(then.start >= ready, f"{then} begins before {ready}, after {one}")


def verify_wear(problem: Problem, itinerary: list[Stop]) -> None:
    """No loan brings its copy over the limit, facts after facts aside."""
    copy = itinerary[0].copy
    limit = int(problem.wear_limit[problem.copy_group[copy]])
    wear, after_fact = int(problem.copy_wear[copy]), True
    for loan in itinerary:
        is_fact = loan.fixed >= 0
        if loan.maintained:
            wear = 0
        wear += (
            int(problem.fixed_wear[loan.fixed]) if is_fact else loan.end - loan.start
        )
        if not (is_fact and after_fact):
            rule(wear <= limit, f"{loan} brings wear to {wear}, over {limit}")
        if is_fact and problem.fixed_renews[loan.fixed]:
            wear = 0
        after_fact = is_fact


def travelled(problem: Problem, itinerary: list[Stop]) -> float:
    """Km of all legs of a copy, from its depot and back to it."""
    depot = int(problem.copy_depot[itinerary[0].copy])
    km = problem.km
    total = float(km[depot, itinerary[0].place])
    for one, then in pairwise(itinerary):
        if then.maintained:
            total += float(km[one.place, depot]) + float(km[depot, then.place])
        else:
            total += float(km[one.place, then.place])
    return total + float(km[itinerary[-1].place, depot])


def account_of(
    problem: Problem, loans: list[Stop], by_copy: dict[int, list[Stop]]
) -> Account:
    worth = sum(
        float(problem.fixed_value[loan.fixed])
        if loan.fixed >= 0
        else float(problem.option_value[loan.option])
        for loan in loans
    )
    cost = total = 0.0
    for copy, itinerary in by_copy.items():
        km = travelled(problem, itinerary)
        total += km
        cost += km * float(problem.km_cost[problem.copy_group[copy]])
    served = frozenset(loan.request for loan in loans if loan.request >= 0)
    return Account(worth=worth, transport_cost=cost, km=total, served=served)


def verify_limits(problem: Problem, loans: list[Stop], account: Account) -> None:
    """Quotas of hosts, budget of km, further limits; facts alone may exceed them."""
    facts = [loan for loan in loans if loan.fixed >= 0]
    fixed = {loan.request for loan in facts if loan.request >= 0}
    many = Counter(int(problem.host[request]) for request in account.served)
    least = Counter(int(problem.host[request]) for request in fixed)
    for host, count in many.items():
        most = max(int(problem.host_limit[host]), least[host])
        rule(count <= most, f"host {host} has {count} loans, {most} at most")
    if account.km > problem.km_budget + SLACK * max(1.0, problem.km_budget):
        by_copy: dict[int, list[Stop]] = {}
        for loan in facts:
            by_copy.setdefault(loan.copy, []).append(loan)
        alone = sum(travelled(problem, each) for each in by_copy.values())
        most_km = max(alone, problem.km_budget)
        rule(
            account.km <= most_km + SLACK * max(1.0, most_km),
            f"{account.km} km, {most_km} at most",
        )
    use = [0.0] * len(problem.limit_capacity)
    given = [0.0] * len(use)
    for row, request, weight in zip(
        problem.limit_row.tolist(),
        problem.limit_request.tolist(),
        problem.limit_weight.tolist(),
        strict=True,
    ):
        use[row] += weight * (request in account.served)
        given[row] += weight * (request in fixed)
    for row, amount in enumerate(use):
        capacity = max(float(problem.limit_capacity[row]), given[row])
        room = SLACK * max(1.0, capacity)
        rule(amount <= capacity + room, f"limit {row}: {amount} of {capacity}")


def verify_refusals(problem: Problem, plan: Plan, served: frozenset[int]) -> None:
    told = [refusal.request for refusal in plan.refusals]
    missing = [rank for rank in range(problem.requests) if rank not in served]
    rule(told == missing, "refusals are not the requests that are not served, by rank")
    windows = windows_of(problem)
    for refusal in plan.refusals:
        who = f"refusal of request {refusal.request}"
        rule(isinstance(refusal.reason, Reason), f"{who} has no reason")
        rule(set(refusal.rivals) <= served, f"{who} has a rival that is not served")
        other = refusal.alternative
        if other is None:
            continue
        rule(
            int(problem.option_request[other.option]) == refusal.request,
            f"{who} offers the option of somebody else",
        )
        rule(
            int(problem.option_group[other.option])
            == int(problem.copy_group[other.copy]),
            f"{who} offers a copy of another group",
        )
        end = other.start + int(problem.duration[refusal.request])
        rule(other.start >= 0 and end <= problem.horizon, f"{who} is out of the season")
        shift = distance(windows.get(other.option, []), other.start)
        rule(other.shift == shift, f"{who} says shift {other.shift}, it is {shift}")
        rule(isfinite(other.cost), f"{who} offers a place without a cost")


def distance(windows: list[tuple[int, int]], start: int) -> int:
    """Distance to the nearest window, looking at each: they may overlap."""
    if not windows:
        return 0
    return min(max(first - start, start - last, 0) for first, last in windows)
