"""Choose grants under a budget, with least amounts for parts of the applications.

A knapsack with covering rows, by integer programming: Kellerer, Pferschy and Pisinger
(2004), "Knapsack Problems", chapter 9, doi:10.1007/978-3-540-24777-7. Which minimums
cannot be met together is found by the deletion filter of Chinneck and Dravnieks (1991),
ORSA Journal on Computing 3(2), 157-168, doi:10.1287/ijoc.3.2.157.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

#: What a person decided about a line: nothing, no, yes.
FREE, REFUSED, GRANTED = -1, 0, 1
#: Beyond this, doubles no longer hold all whole numbers.
MOST = 2**50
#: Of HiGHS, by scipy: the optimum was found, or there is no point at all.
OPTIMAL, INFEASIBLE = 0, 2
#: A sum of whole numbers may be wrong by this in the solver, and no more.
SLACK = 1e-3


class EnvelopeError(ValueError):
    """A question that has no answer, whatever is chosen.

    ``code``: ``misshaped``, ``negative``, ``too_large``, ``unknown_lock`` or
    ``locks_over_budget`` (what people granted costs more than the budget).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What may be granted, and what must be.

    Attributes
    ----------
    amount : (n,) cents of each application, >= 0
    worth : (n,) what granting it is worth, whole numbers >= 0, in any one unit
    budget : cents that all grants together may cost, >= 0
    part : (k, n) which applications each minimum counts; parts may overlap
    minimum : (k,) least cents granted to each part, >= 0
    lock : (n,) FREE, REFUSED or GRANTED: what people decided already
    """

    amount: Ints
    worth: Ints
    budget: int
    part: Bools
    minimum: Ints
    lock: Ints

    def __post_init__(self) -> None:
        n, k = len(self.amount), len(self.minimum)
        shapes = self.worth.shape, self.lock.shape, self.part.shape
        if shapes != ((n,), (n,), (k, n)):
            raise EnvelopeError("misshaped", f"shapes {shapes} of {n} and {k}")
        for each in (self.amount, self.worth, self.minimum, np.array([self.budget])):
            if (each < 0).any():
                raise EnvelopeError("negative", "amounts and worth are not below zero")
            if float(each.sum()) > MOST:
                raise EnvelopeError("too_large", f"sums above {MOST}")
        if not np.isin(self.lock, (FREE, REFUSED, GRANTED)).all():
            raise EnvelopeError("unknown_lock", "locks are FREE, REFUSED or GRANTED")
        if self.amount[self.lock == GRANTED].sum() > self.budget:
            raise EnvelopeError("locks_over_budget", "granted lines exceed the budget")


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A set of grants.

    Attributes
    ----------
    granted : (n,) the set
    value : what it is worth
    bound : no set that misses no more of the minimums is worth more
    spent : cents it costs
    short : (k,) cents that each minimum misses; all zero unless ``clash`` names some
    clash : minimums that cannot be met together; each of them could be without another
    """

    granted: Bools
    value: int
    bound: int
    spent: int
    short: Ints
    clash: tuple[int, ...]

    @property
    def is_proven(self) -> bool:
        return self.bound <= self.value


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What each constraint costs: the worth that is gained when it alone is dropped.

    A cost is at least 0, and a lower estimate where time ran out.

    Attributes
    ----------
    minimum : (k,) of each minimum
    lock : (n,) of what people decided about each line, 0 where they did not
    locks : of all these together
    more_budget : worth gained by a tenth more budget
    """

    minimum: Ints
    lock: Ints
    locks: int
    more_budget: int


def choose(envelope: Envelope, *, seconds: float = 2.0) -> Proposal:
    """The set that is worth most; of equal ones, the cheapest.

    Where minimums cannot be met, they are named, and the set is the one that misses
    least cents of them, summed, and among those the one worth most.

    Parameters
    ----------
    envelope : the question
    seconds : for each of the few programmes to solve; when it is over, what is known

    Returns
    -------
    the set, the same one for the same question, with a bound
    """
    found = _best(envelope, seconds=seconds)
    if found is not None:
        return _proposal(envelope, *found, clash=())
    clash = _clash(envelope, seconds=seconds)
    short = _least_short(envelope, seconds=seconds)
    found = _best(envelope, seconds=seconds, short=short)
    if found is None:  # time was over before the first set: what is locked, alone
        locked = envelope.lock == GRANTED
        found = locked, int(envelope.worth[envelope.lock != REFUSED].sum())
    return _proposal(envelope, *found, clash=clash)


def costs(
    envelope: Envelope, proposal: Proposal, *, seconds: float = 2.0, each: bool = True
) -> Costs:
    """Drop each constraint in turn; ``each``: also each lock, a programme a line."""
    k, n = len(envelope.minimum), len(envelope.amount)
    free = np.full(n, FREE)
    minimum, lock = np.zeros(k, np.int64), np.zeros(n, np.int64)

    def gain(other: Envelope) -> int:
        found = choose(other, seconds=seconds)
        return max(0, found.value - proposal.value)

    # A minimum that the best set without any minimum meets costs nothing.
    loose = replace(envelope, minimum=np.zeros(k, np.int64))
    best = choose(loose, seconds=seconds) if k else proposal
    for rank in range(k) if best.value > proposal.value else ():
        if envelope.minimum[rank] > 0:
            dropped = envelope.minimum.copy()
            dropped[rank] = 0
            minimum[rank] = gain(replace(envelope, minimum=dropped))
    decided = np.flatnonzero(envelope.lock != FREE)
    locks = gain(replace(envelope, lock=free)) if len(decided) else 0
    for line in decided if each and locks else ():
        freed = envelope.lock.copy()
        freed[line] = FREE
        lock[line] = gain(replace(envelope, lock=freed))
    more = replace(envelope, budget=envelope.budget + envelope.budget // 10)
    return Costs(minimum=minimum, lock=lock, locks=locks, more_budget=gain(more))


def value_of(envelope: Envelope, granted: Bools) -> tuple[int, int, Ints]:
    """Worth, cents spent and (k,) cents missing of a set that people made."""
    got = (envelope.part * envelope.amount)[:, granted].sum(axis=1)
    short: Ints = np.maximum(0, envelope.minimum - got)
    return (
        int(envelope.worth[granted].sum()),
        int(envelope.amount[granted].sum()),
        short,
    )


def _proposal(
    envelope: Envelope, granted: Bools, bound: int, *, clash: tuple[int, ...]
) -> Proposal:
    value, spent, short = value_of(envelope, granted)
    return Proposal(
        granted=granted,
        value=value,
        bound=max(bound, value),
        spent=spent,
        short=short,
        clash=clash,
    )


def _solve(cost: Floats, rows: Any, low: Floats, high: Floats, *, box: Bounds,
           whole: Ints, seconds: float) -> Any:  # fmt: skip
    return milp(
        cost,
        constraints=LinearConstraint(rows, low, high) if len(low) else (),
        bounds=box,
        integrality=whole,
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )


def _box(envelope: Envelope) -> tuple[Floats, Floats]:
    low = (envelope.lock == GRANTED).astype(np.float64)
    return low, (envelope.lock != REFUSED).astype(np.float64)


def _rows(envelope: Envelope, rank: list[int]) -> tuple[Floats, Floats, Floats]:
    """Of the budget, then of some minimums, in euros so that numbers stay small."""
    rows = np.vstack([envelope.amount, envelope.part[rank] * envelope.amount]) / 100
    low = np.append(-np.inf, envelope.minimum[rank] / 100 - SLACK)
    high = np.append(envelope.budget / 100 + SLACK, np.full(len(rank), np.inf))
    return rows, low, high


def _best(
    envelope: Envelope, *, seconds: float, short: Ints | None = None
) -> tuple[Bools, int] | None:
    """The set worth most and its bound; None where there is none.

    ``short``: (k,) cents that each minimum may miss.
    """
    n = len(envelope.amount)
    if not n:
        is_met = short is not None or not envelope.minimum.any()
        return (np.zeros(0, np.bool_), 0) if is_met else None
    lowered = envelope.minimum if short is None else envelope.minimum - short
    asked = replace(envelope, minimum=np.maximum(0, lowered))
    rows, low, high = _rows(asked, list(range(len(asked.minimum))))
    box = Bounds(*_box(envelope))
    whole = np.ones(n, np.int64)
    worth = envelope.worth.astype(np.float64)
    first = _solve(-worth, rows, low, high, box=box, whole=whole, seconds=seconds)
    if first.x is None:
        return None
    granted = first.x > 0.5
    value = int(envelope.worth[granted].sum())
    known = first.mip_dual_bound if first.status != OPTIMAL else first.fun
    bound = max(value, int(np.floor(-known + SLACK)))
    # As good, and cheaper; ties of cost are left to the solver, which draws no lots.
    rows, low, high = np.vstack([rows, worth]), np.append(low, value - 0.5), np.append(high, np.inf)  # fmt: skip
    cents = envelope.amount / 100
    second = _solve(cents, rows, low, high, box=box, whole=whole, seconds=seconds / 2)
    if second.x is not None:
        other = second.x > 0.5
        if envelope.worth[other].sum() >= value:
            granted = other
    return granted, max(bound, int(envelope.worth[granted].sum()))


def _least_short(envelope: Envelope, *, seconds: float) -> Ints:
    """(k,) cents that the minimums must miss, the least in all."""
    n, k = len(envelope.amount), len(envelope.minimum)
    rows, low, high = _rows(envelope, list(range(k)))
    rows = np.hstack([rows, np.vstack([np.zeros(k), np.eye(k)])])
    bottom, top = _box(envelope)
    box = Bounds(np.append(bottom, np.zeros(k)), np.append(top, np.full(k, np.inf)))
    cost = np.append(np.zeros(n), np.ones(k))
    whole = np.append(np.ones(n, np.int64), np.zeros(k, np.int64))
    found = _solve(cost, rows, low, high, box=box, whole=whole, seconds=seconds)
    granted = envelope.lock == GRANTED if found.x is None else found.x[:n] > 0.5
    return value_of(envelope, granted)[2]


def _clash(envelope: Envelope, *, seconds: float) -> tuple[int, ...]:
    """Minimums that cannot be met together, none of them too many."""
    kept = [rank for rank in range(len(envelope.minimum)) if envelope.minimum[rank]]
    for rank in list(kept):
        others = [each for each in kept if each != rank]
        if not _is_possible(envelope, others, seconds=seconds):
            kept = others
    return tuple(kept)


def _is_possible(envelope: Envelope, kept: list[int], *, seconds: float) -> bool:
    n = len(envelope.amount)
    if not n or not kept:
        return not kept
    rows, low, high = _rows(envelope, kept)
    box, whole = Bounds(*_box(envelope)), np.ones(n, np.int64)
    cost = np.zeros(n)
    found = _solve(cost, rows, low, high, box=box, whole=whole, seconds=seconds)
    return bool(found.status != INFEASIBLE)
