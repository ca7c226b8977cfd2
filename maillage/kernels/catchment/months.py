"""Access month by month, when part of the supply travels."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maillage.kernels.catchment.methods import two_step
from maillage.kernels.catchment.pairs import Blocks, Pairs
from maillage.kernels.checks import Floats, UnusableError, amounts, numbers


def by_month(
    fixed: ArrayLike,
    *,
    months: int,
    place: ArrayLike,
    month: ArrayLike,
    capacity: ArrayLike,
) -> Floats:
    """Supply of each month: what stays, and what travels where it is that month.

    A stay over two months is two rows, each with the capacity of its month.

    Parameters
    ----------
    fixed : (m,) capacity of each place in any month, or (k, m) by month, >= 0
    months : k, how many months, counted from 0
    place : (s,) at which place of supply each stay is
    month : (s,) in which month
    capacity : (s,) what it offers there in that month, >= 0

    Returns
    -------
    (k, m) capacity of each place in each month; what is added up is the sum of ``fixed``
    over the months and of ``capacity``

    Raises
    ------
    UnusableError
        If shapes disagree, or a stay is at no place or in no month.
    """
    still = numbers(fixed, name="fixed")
    if still.ndim not in (1, 2):
        raise UnusableError("misshaped", "fixed must be (m,) or (k, m)")
    by_row = (months,) if still.ndim == 2 else ()
    still = amounts(still, name="fixed", shape=(*by_row, still.shape[-1]))
    where, when = _ranks(place, name="place"), _ranks(month, name="month")
    brought = numbers(capacity, name="capacity")
    if brought.size:
        brought = amounts(brought, name="capacity", shape=where.shape)
    if not where.shape == when.shape == brought.shape:
        raise UnusableError(
            "misshaped", "place, month and capacity must have one length"
        )
    if months < 1:
        raise UnusableError("empty", "there must be a month at least")
    m = still.shape[-1]
    if (where < 0).any() or (where >= m).any():
        raise UnusableError("misshaped", "place must be a place of supply")
    if (when < 0).any() or (when >= months).any():
        raise UnusableError("misshaped", "month must be one of the months")
    added = np.bincount(when * m + where, weights=brought, minlength=months * m)
    found: Floats = still + added.reshape(months, m)
    return found


def monthly_access(
    demand: ArrayLike,
    supply: ArrayLike,
    pairs: Pairs | Blocks,
    *,
    steps: ArrayLike,
    weights: ArrayLike,
) -> Floats:
    """``two_step`` for each month at once: supply (k, m) in, access (k, n) out.

    The people around a place are the same in every month: weights and people are
    counted once for all k, and the year is the sum of its months.
    """
    offered = numbers(supply, name="supply")
    if offered.ndim != 2:
        raise UnusableError("misshaped", "supply must have a row a month")
    return two_step(demand, offered, pairs, steps=steps, weights=weights)


def _ranks(values: ArrayLike, *, name: str) -> NDArray[np.int64]:
    given = np.asarray(values)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise UnusableError("misshaped", f"{name} must be a list of whole numbers")
    return given.astype(np.int64)
