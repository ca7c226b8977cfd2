"""A call's budget, its minimums and what people decided: the question of an envelope."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

#: What a person decided about a line: nothing, no, yes.
FREE, REFUSED, GRANTED = -1, 0, 1
#: Beyond this, doubles no longer hold all whole numbers.
MOST = 2**50


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


def value_of(envelope: Envelope, granted: Bools) -> tuple[int, int, Ints]:
    """Worth, cents spent and (k,) cents missing of a set that people made."""
    got = (envelope.part * envelope.amount)[:, granted].sum(axis=1)
    short: Ints = np.maximum(0, envelope.minimum - got)
    return (
        int(envelope.worth[granted].sum()),
        int(envelope.amount[granted].sum()),
        short,
    )
