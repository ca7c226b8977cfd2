"""Split amounts of cents so that none is lost."""

from collections.abc import Sequence

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


def split_exactly(cents: int, parts: Sequence[int]) -> list[int]:
    """Split one amount as :func:`split_cents` does, in numbers of any size.

    A public budget times the visits of a region does not fit in 64 bits.

    Parameters
    ----------
    cents : the amount, >= 0
    parts : k parts, >= 0, at least one above

    Returns
    -------
    k shares; ``sum(result) == cents``, and each is its exact share rounded down or up

    Raises
    ------
    ValueError
        If the amount or a part is negative, or all parts are zero.
    """
    whole = sum(parts)
    if cents < 0 or whole <= 0 or min(parts) < 0:
        raise ValueError("parts must be whole numbers from zero on, not all zero")
    pairs = [divmod(cents * part, whole) for part in parts]
    shares = [share for share, _rest in pairs]
    order = sorted(range(len(pairs)), key=lambda rank: -pairs[rank][1])  # stable
    for rank in order[: cents - sum(shares)]:
        shares[rank] += 1
    return shares
