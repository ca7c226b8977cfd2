"""Floating catchments: two steps, three steps, and the gravity that they come from.

All take demand (n,), supply (m,) or (k, m) for k kinds or months at once, and the pairs
within reach, whole or in blocks. They are linear in supply, and supply that somebody
can reach is handed out entirely: ``access @ demand == supply[reached].sum()``.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from maillage.kernels.catchment.decay import Decay, bands
from maillage.kernels.catchment.pairs import Blocks, Pairs
from maillage.kernels.checks import Floats, UnusableError, amounts, numbers

#: Fewer people than this, weighted, are nobody: their share could not be written down.
NOBODY = 1e-150


def two_step(
    demand: ArrayLike,
    supply: ArrayLike,
    pairs: Pairs | Blocks,
    *,
    steps: ArrayLike,
    weights: ArrayLike,
) -> Floats:
    """Supply within reach, per inhabitant, by the enhanced two-step method.

    Each place of supply is first shared among the people around it, the nearer
    counting more; each place of demand then adds up the shares that it can reach.
    Supply that nobody can reach is dropped, all other supply is handed out entirely.

    Parameters
    ----------
    demand : (n,) people at each place of demand, >= 0
    supply : (m,) capacity of each place of supply, >= 0; or (k, m)
    pairs : who reaches what; their ``cost`` is minutes where known, else km
    steps : (b,) upper bounds of the bands of cost, increasing
    weights : (b,) weight of each band, in [0, 1], not increasing

    Returns
    -------
    (n,) or (k, n) supply per inhabitant; 0 where nothing is in reach, never NaN

    Raises
    ------
    UnusableError
        If shapes disagree, something is empty, negative, infinite or NaN, or ``steps``
        do not increase.

    Notes
    -----
    Luo and Qi (2009), "An enhanced two-step floating catchment area (E2SFCA) method
    for measuring spatial accessibility to primary care physicians", Health & Place
    15(4), 1100-1107, doi:10.1016/j.healthplace.2009.06.002. O(pairs) time; memory for
    ``n``, ``m`` and one block.
    """
    return _shared_out(demand, supply, pairs, decay=bands(steps, weights))


def three_step(
    demand: ArrayLike,
    supply: ArrayLike,
    pairs: Pairs | Blocks,
    *,
    steps: ArrayLike,
    weights: ArrayLike,
) -> Floats:
    """Supply within reach, per inhabitant, when people choose among what they reach.

    As ``two_step``, but who has several places at hand asks less of each: the part of
    people that a place can expect is its weight over the weights of all that they
    reach. It overstates demand less where supply is dense.

    Notes
    -----
    Wan, Zou and Sternberg (2012), "A three-step floating catchment area method for
    analyzing spatial access to health services", International Journal of Geographical
    Information Science 26(6), 1073-1089, doi:10.1080/13658816.2011.624987. The weights
    of choice are those of distance, as there.
    """
    decay = bands(steps, weights)
    return _shared_out(demand, supply, pairs, decay=decay, chooses=True)


def gravity(
    demand: ArrayLike,
    supply: ArrayLike,
    pairs: Pairs | Blocks,
    *,
    decay: Decay,
    balanced: bool = True,
) -> Floats:
    """Supply around each place of demand, the nearer counting more.

    Balanced, supply is divided among the people around it (Joseph and Bantock 1982,
    doi:10.1016/0277-9536(82)90428-2): ``two_step`` with a decay of any form. Not
    balanced, it is Hansen's potential (1959, doi:10.1080/01944365908978307): supply
    within reach as if nobody else used it, in the unit of ``supply``; nothing is
    conserved then.
    """
    if balanced:
        return _shared_out(demand, supply, pairs, decay=decay)
    _, offered = checked(demand, supply, pairs)
    return _reached(np.atleast_2d(offered), pairs, decay).reshape(
        *offered.shape[:-1], pairs.shape[0]
    )


def checked(
    demand: ArrayLike, supply: ArrayLike, pairs: Pairs | Blocks
) -> tuple[Floats, Floats]:
    """Demand (n,) and supply (m,) or (k, m), fit for ``pairs``."""
    n, m = pairs.shape
    people = amounts(demand, name="demand", shape=(n,))
    offered = numbers(supply, name="supply")
    if offered.ndim not in (1, 2):
        raise UnusableError("misshaped", "supply must be (m,) or (k, m)")
    return people, amounts(offered, name="supply", shape=(*offered.shape[:-1], m))


def _shared_out(
    demand: ArrayLike,
    supply: ArrayLike,
    pairs: Pairs | Blocks,
    *,
    decay: Decay,
    chooses: bool = False,
) -> Floats:
    people, offered = checked(demand, supply, pairs)
    if isinstance(pairs, Pairs):  # weights once for both steps
        known = list(_weighted(pairs, decay, chooses=chooses))
    else:
        known = None
    pull = np.zeros(pairs.shape[1])  # weighted people around each place
    for part, weight in known or _weighted(pairs, decay, chooses=chooses):
        _add_pull(part.i, part.j, weight, people, pull)
    rows = np.atleast_2d(offered)
    share = np.divide(rows, pull, out=np.zeros_like(rows), where=pull > NOBODY)
    share = np.ascontiguousarray(share.T)  # (m, k)
    access = np.zeros((pairs.shape[0], len(rows)))
    for part, weight in known or _weighted(pairs, decay, chooses=chooses):
        _add_access(part.i, part.j, weight, share, access)
    return np.ascontiguousarray(access.T).reshape(*offered.shape[:-1], len(people))


def _reached(rows: Floats, pairs: Pairs | Blocks, decay: Decay) -> Floats:
    found = np.zeros((pairs.shape[0], len(rows)))
    columns = np.ascontiguousarray(rows.T)
    for part, weight in _weighted(pairs, decay):
        _add_access(part.i, part.j, weight, columns, found)
    return np.ascontiguousarray(found.T)


def _weighted(
    pairs: Pairs | Blocks, decay: Decay, *, chooses: bool = False
) -> Iterator[tuple[Pairs, Floats]]:
    for part in pairs.parts():
        weight = decay(part.cost)
        if chooses:
            weight = _chosen(part.i, weight)
        yield part, weight


@njit(cache=True, nogil=True)
def _chosen(i: Any, weight: Any) -> Any:
    """Weights times their part of all weights of the same place of demand."""
    found = np.zeros(len(weight))
    first = 0
    for at in range(len(i)):
        if at + 1 < len(i) and i[at + 1] == i[at]:
            continue
        total = 0.0
        for row in range(first, at + 1):
            total += weight[row]
        if total > 0:
            for row in range(first, at + 1):
                found[row] = weight[row] * (weight[row] / total)
        first = at + 1
    return found


@njit(cache=True, nogil=True)
def _add_pull(i: Any, j: Any, weight: Any, people: Any, pull: Any) -> Any:
    for at in range(len(i)):
        pull[j[at]] += people[i[at]] * weight[at]


@njit(cache=True, nogil=True)
def _add_access(i: Any, j: Any, weight: Any, share: Any, access: Any) -> Any:
    """Add to ``access`` (n, k) what each reaches of ``share`` (m, k)."""
    kinds = share.shape[1]
    at = 0
    while at < len(i):
        row = i[at]
        if kinds == 1:
            total = 0.0
            while at < len(i) and i[at] == row:
                total += weight[at] * share[j[at], 0]
                at += 1
            access[row, 0] += total
            continue
        for kind in range(kinds):
            access[row, kind] += weight[at] * share[j[at], kind]
        at += 1
