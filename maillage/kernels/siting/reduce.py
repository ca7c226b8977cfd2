"""Decide what reduced costs decide: a smaller core with the same best choice."""

from dataclasses import dataclass

import numpy as np

from maillage.kernels.siting.core import Core, compact
from maillage.kernels.siting.dual import Dual
from maillage.kernels.siting.problem import Bools, Floats, Ints


@dataclass(frozen=True, kw_only=True)
class Reduced:
    """A core in which some candidates are decided.

    Attributes
    ----------
    core : what is left to decide; its candidates are ranks of the core before
    taken : candidates (of the core before) that every better choice opens
    must : (n',) demands that no better choice leaves at their cap
    """

    core: Core
    taken: Ints
    must: Bools


def below(core: Core, target: float) -> float:
    """A choice is better than the target if its value is at most this."""
    if core.is_whole:
        return target - 1 + 1e-6
    return target - 1e-9 * max(1.0, abs(target))


def rounded(core: Core, bound: float) -> float:
    """The bound of the whole core, rounded up where all values are whole."""
    return float(np.ceil(bound - 1e-6)) if core.is_whole else bound


def reduced(core: Core, dual: Dual, *, target: float) -> Reduced | None:
    """Keep what a better choice than ``target`` may open; None if there is none.

    A candidate that is out of the best choice of the relaxation costs at least the
    difference of reduced costs to bring in, one that is in as much to leave out; a
    demand that goes further than its multiplier costs the difference too.
    """
    room = below(core, target) - core.base - dual.bound
    if room < 0:
        return None
    is_in = np.zeros(len(core.candidate), np.bool_)
    is_in[dual.chosen] = True
    dearest_in = dual.worth[is_in].max(initial=-np.inf)
    cheapest_out = dual.worth[~is_in].min(initial=np.inf)
    is_taken = is_in & (cheapest_out - dual.worth > room)
    is_kept = (is_in | (dual.worth - dearest_in <= room)) & ~is_taken
    taken = np.flatnonzero(is_taken).astype(np.int64)
    return without(core, is_kept, taken, limit=dual.price + room)


def without(core: Core, is_kept: Bools, taken: Ints, *, limit: Floats) -> Reduced:
    """The core over the kept candidates, the taken ones being open.

    ``limit`` (n,) is the most that each demand may pay.
    """
    cap = core.cap.copy()
    is_open = np.zeros(len(core.candidate), np.bool_)
    is_open[taken] = True
    row = core.row
    usable = np.flatnonzero(is_open[core.site])
    served, first = np.unique(row[usable], return_index=True)
    cap[served] = core.cost[usable[first]]
    rank = np.cumsum(is_kept) - 1
    is_near = is_kept[core.site] & (core.cost < cap[row]) & (core.cost <= limit[row])
    small = compact(
        new=core.new - len(taken),
        candidate=np.flatnonzero(is_kept).astype(np.int64),
        row=row[is_near],
        site=rank[core.site[is_near]].astype(np.int64),
        cost=core.cost[is_near],
        cap=cap,
        opening=core.opening[is_kept],
        base=core.base + float(core.opening[taken].sum()),
    )
    return Reduced(core=small, taken=taken, must=(cap > limit)[small.demand])
