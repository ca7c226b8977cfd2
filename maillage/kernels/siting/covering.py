"""Maximal covering: open so many sites that most people have one within reach.

Church and ReVelle (1974), "The maximal covering location problem", Papers of the
Regional Science Association 32, 101-118, doi:10.1007/BF01942293.
"""

import numpy as np

from maillage.kernels.siting.core import core_of
from maillage.kernels.siting.median import choose
from maillage.kernels.siting.problem import (
    NOBODY,
    Sites,
    Siting,
    SitingError,
    check_new,
    nearest,
)
from maillage.kernels.siting.timer import Clock, timer_of


def covering(
    sites: Sites,
    new: int,
    *,
    within: float,
    clock: Clock,
    seconds: float = 10.0,
    seed: int = 1,
) -> Siting:
    """Open ``new`` candidates so that the demand within reach of an open site is largest.

    Solved as a p-median in which a demand pays its weight unless it is covered. What
    opening costs plays no part.

    Parameters
    ----------
    sites : the question
    new : how many to open besides the fixed ones, exactly
    within : a demand is covered when an open site costs it this at most, >= 0
    clock, seconds, seed : as in ``median``

    Returns
    -------
    sites; ``value`` is the weight that is covered, by fixed sites too, ``bound`` the most
    that any choice may cover. ``assignment`` and ``cost`` are those of the cheapest open
    site, within reach or not.

    Raises
    ------
    SitingError
        ``too_many``, ``too_few``, ``limit``
    """
    check_new(sites, new)
    if not (np.isfinite(within) and within >= 0):
        raise SitingError("limit", "within must be finite and not below zero")
    core = core_of(sites, new, within=within)
    best = choose(core, timer=timer_of(seconds, clock), seed=seed, is_covering=True)
    opened = np.sort(core.candidate[best.open_sites])
    assignment, cost = nearest(sites, np.concatenate([sites.fixed, opened]))
    is_covered = (assignment != NOBODY) & (cost <= within)
    value = float(sites.weight[is_covered].sum())
    return Siting(
        open=opened,
        assignment=assignment,
        cost=cost,
        value=value,
        bound=value
        if best.bound == best.value
        else max(value, float(sites.weight.sum()) - best.bound),
    )
