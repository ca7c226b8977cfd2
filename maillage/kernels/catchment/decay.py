"""How much a place counts that is so far away: weights in [0, 1] of a cost."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from maillage.kernels.checks import Floats, UnusableError, amounts

#: Costs (p,) in, weights (p,) out; 0 is out of reach.
Decay = Callable[[Floats], Floats]


def bands(steps: ArrayLike, weights: ArrayLike) -> Decay:
    """One weight for each band of cost: ``weights[b]`` up to and with ``steps[b]``.

    Luo and Qi (2009) take 10, 20 and 30 minutes. Beyond the last step is out of reach.

    Parameters
    ----------
    steps : (k,) upper bounds of the bands, in the unit of the cost, > 0, increasing
    weights : (k,) weight of each band, in [0, 1], not increasing, the first one > 0
    """
    upper = amounts(steps, name="steps")
    weight = amounts(weights, name="weights", shape=upper.shape)
    if upper[0] <= 0 or (np.diff(upper) <= 0).any():
        raise UnusableError("unordered", "steps must be above 0 and increase")
    if weight[0] > 1 or weight[0] <= 0 or (np.diff(weight) > 0).any():
        raise UnusableError("unordered", "weights must go down from 1 or less to 0")

    weight = np.append(weight, 0.0)

    def decay(cost: Floats) -> Floats:
        found: Floats = _banded(cost, upper, weight)
        return found

    return decay


def gaussian(scale: float, *, reach: float = np.inf) -> Decay:
    """``exp(-cost² / 2 scale²)`` up to ``reach``: Dai (2010), without its offset."""
    _positive(scale, reach)
    return lambda cost: _cut(np.exp(-0.5 * np.square(cost / scale)), cost, reach)


def exponential(scale: float, *, reach: float = np.inf) -> Decay:
    """``exp(-cost / scale)`` up to ``reach``."""
    _positive(scale, reach)
    return lambda cost: _cut(np.exp(-cost / scale), cost, reach)


def power(exponent: float, *, near: float, reach: float = np.inf) -> Decay:
    """``(cost / near) ** -exponent`` up to ``reach``, and 1 up to ``near``.

    Hansen (1959) takes such a power; ``near`` keeps the nearest from counting without
    limit.
    """
    _positive(exponent, near, reach)
    return lambda cost: _cut(
        np.power(np.maximum(cost, near) / near, -exponent), cost, reach
    )


def _positive(*values: float) -> None:
    if not all(value > 0 for value in values):
        raise UnusableError("negative", "scales and reach must be above 0")


def _cut(weight: Floats, cost: Floats, reach: float) -> Floats:
    weight[(cost > reach) | np.isinf(cost)] = 0.0
    return weight


@njit(cache=True, nogil=True)
def _banded(cost: Any, steps: Any, weights: Any) -> Any:
    """Count the steps below each cost, without a branch: a jump costs more than all."""
    found = np.empty(len(cost))
    for at in range(len(cost)):
        band = 0
        for step in range(len(steps)):
            band += cost[at] > steps[step]
        found[at] = weights[band]
    return found
