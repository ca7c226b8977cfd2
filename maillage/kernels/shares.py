"""Split amounts of cents so that none is lost."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def split_cents(cents: Ints, parts: Ints) -> Ints:
    """Split amounts in proportion to parts, by the largest remainders.

    Each share is the exact one rounded down or up; what is left goes, a cent each, to
    the largest remainders (Hamilton's method), the first of equals first. An amount
    below zero is split as its opposite, so that a refund undoes a payment.

    Parameters
    ----------
    cents : (n,) amounts
    parts : (k,) parts, >= 0, at least one above

    Returns
    -------
    (n, k) shares; ``result.sum(axis=1) == cents``, always

    Raises
    ------
    ValueError
        If a part is negative, or all are zero.
    """
    amounts, weights = np.asarray(cents, np.int64), np.asarray(parts, np.int64)
    if weights.ndim != 1 or (weights < 0).any() or weights.sum() <= 0:
        raise ValueError("parts must be a list of whole numbers, not all zero")
    size = np.abs(amounts)[:, None]
    # Exact in integers: euros of a whole region times a hundred thousand parts fit.
    floor, rest = np.divmod(size * weights, weights.sum())
    missing = size[:, 0] - floor.sum(axis=1)
    order = np.argsort(-rest, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(weights))[None, :], axis=1)
    shares: Ints = floor + (rank < missing[:, None])
    return shares * np.sign(amounts)[:, None]
