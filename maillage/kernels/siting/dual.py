"""A bound that no choice of sites can beat: Lagrangian relaxation.

That each demand is served once is priced by a multiplier, what the demand would pay at
most; each candidate is then worth the sum of what the demands would pay above its cost,
and the best choice takes the most worthy ones. Beasley (1985), "A note on solving large
p-median problems", European Journal of Operational Research 21, 270-273,
doi:10.1016/0377-2217(85)90040-2.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from maillage.kernels.siting.core import Core
from maillage.kernels.siting.problem import Floats, Ints

#: Steps without a better bound before steps are halved.
PATIENCE = 20
#: Share of the last direction in the next: Camerini, Fratta and Maffioli (1975).
MOMENTUM = 0.4


@dataclass(frozen=True, kw_only=True)
class Dual:
    """The best multipliers found.

    Attributes
    ----------
    bound : without ``base``, not rounded
    price : (n,) multipliers, at most the cap
    worth : (m,) reduced cost of opening each candidate
    chosen : (new,) the candidates of least reduced cost
    """

    bound: float
    price: Floats
    worth: Floats
    chosen: Ints


def ascend(
    core: Core,
    *,
    price: Floats,
    target: float,
    enough: float,
    steps: int,
    size: float = 1.5,
) -> Dual:
    """Raise the bound by subgradient steps until it is above ``enough``.

    ``target`` is the best value known, which steers the length of the steps.
    """
    bound, best, worth, chosen = _ascend(
        core.start, core.site, core.cost, core.cap, core.opening, core.new,
        np.minimum(price, core.cap), target - core.base, enough - core.base, steps, size,
        PATIENCE, MOMENTUM,
    )  # fmt: skip
    return Dual(bound=bound, price=best, worth=worth, chosen=chosen)


@njit(cache=True, nogil=True)
def _least(worth: Floats, new: int) -> Ints:
    order = np.argsort(worth)
    return order[:new].astype(np.int64)


@njit(cache=True, nogil=True)
def _ascend(
    start: Ints,
    site: Ints,
    cost: Floats,
    cap: Floats,
    opening: Floats,
    new: int,
    price: Floats,
    target: float,
    enough: float,
    steps: int,
    size: float,
    patience: int,
    momentum: float,
) -> tuple[float, Floats, Floats, Ints]:
    n, m = len(cap), len(opening)
    best_bound = -np.inf
    best_price, best_worth = price.copy(), opening.copy()
    best_chosen = np.arange(new)
    worth, direction, served = np.empty(m), np.zeros(n), np.empty(n)
    is_open = np.zeros(m, np.bool_)
    waited = 0
    for _ in range(steps):
        worth[:] = opening
        for i in range(n):
            for k in range(start[i], start[i + 1]):
                if cost[k] >= price[i]:
                    break
                worth[site[k]] += cost[k] - price[i]
        chosen = _least(worth, new)
        bound = price.sum() + worth[chosen].sum()
        if bound > best_bound + 1e-7 * max(1.0, abs(bound)):
            waited = 0
        else:
            waited += 1
        if bound > best_bound:
            best_bound = bound
            best_price[:] = price
            best_worth[:] = worth
            best_chosen = chosen
        if waited >= patience:
            size /= 2
            waited = 0
            price[:] = best_price
            if size < 1e-4:
                break
        if best_bound > enough:
            break
        is_open[:] = False
        for r in range(new):
            is_open[chosen[r]] = True
        norm = 0.0
        for i in range(n):
            count = 0
            for k in range(start[i], start[i + 1]):
                if cost[k] >= price[i]:
                    break
                count += is_open[site[k]]
            slope = 1.0 - count
            if slope > 0 and price[i] >= cap[i]:
                slope = 0.0
            served[i] = slope
            norm += slope * slope
        if norm == 0:
            break
        step = size * (target - bound) / norm
        for i in range(n):
            direction[i] = served[i] + momentum * direction[i]
            price[i] = min(cap[i], price[i] + step * direction[i])
            if price[i] < 0:
                price[i] = 0.0
    return best_bound, best_price, best_worth, best_chosen
