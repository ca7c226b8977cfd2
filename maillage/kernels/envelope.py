"""Choose grants under a budget, with least amounts for parts of the applications.

A knapsack with covering rows, by integer programming: Kellerer, Pferschy and Pisinger
(2004), "Knapsack Problems", chapter 9, doi:10.1007/978-3-540-24777-7. Which minimums
cannot be met together is found by the deletion filter of Chinneck and Dravnieks (1991),
ORSA Journal on Computing 3(2), 157-168, doi:10.1287/ijoc.3.2.157.
"""

from dataclasses import dataclass, replace

import numpy as np

from maillage.kernels.envelope_question import (
    FREE,
    GRANTED,
    REFUSED,
    Bools,
    Envelope,
    EnvelopeError,
    Ints,
    value_of,
)
from maillage.kernels.envelope_search import best_set, is_possible, least_short

__all__ = [
    "FREE",
    "GRANTED",
    "REFUSED",
    "Costs",
    "Envelope",
    "EnvelopeError",
    "Proposal",
    "choose",
    "costs",
    "value_of",
]


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
    found = best_set(envelope, seconds=seconds)
    if found is not None:
        return _proposal(envelope, *found, clash=())
    clash = _clash(envelope, seconds=seconds)
    short = least_short(envelope, seconds=seconds)
    found = best_set(envelope, seconds=seconds, short=short)
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
        return max(0, _worth(other, seconds=seconds) - proposal.value)

    # A minimum that the best set without any minimum meets costs nothing.
    loose = replace(envelope, minimum=np.zeros(k, np.int64))
    best = _worth(loose, seconds=seconds) if k else proposal.value
    for rank in range(k) if best > proposal.value else ():
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


def _worth(envelope: Envelope, *, seconds: float) -> int:
    """What the set of ``choose`` is worth, without saying which one or why."""
    found = best_set(envelope, seconds=seconds, ties=False)
    if found is None:
        short = least_short(envelope, seconds=seconds)
        found = best_set(envelope, seconds=seconds, short=short, ties=False)
    granted = envelope.lock == GRANTED if found is None else found[0]
    return int(envelope.worth[granted].sum())


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


def _clash(envelope: Envelope, *, seconds: float) -> tuple[int, ...]:
    """Minimums that cannot be met together, none of them too many."""
    kept = [rank for rank in range(len(envelope.minimum)) if envelope.minimum[rank]]
    for rank in list(kept):
        others = [each for each in kept if each != rank]
        if not is_possible(envelope, others, seconds=seconds):
            kept = others
    return tuple(kept)
