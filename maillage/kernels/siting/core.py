"""What is left to decide: a table of savings, whatever the question was."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from maillage.kernels.siting.problem import Bools, Floats, Ints, Sites


@dataclass(frozen=True, kw_only=True)
class Core:
    """Open exactly ``new`` of the candidates so that the demands pay the least in all.

    A demand pays what the cheapest open site asks, and never more than its ``cap``: what
    it pays when none of these is open, because a fixed site serves it, because nobody
    does, or because even the dearest candidate asks no more. Only pairs below the cap
    are kept. All costs are multiplied by the weights.

    Attributes
    ----------
    new : sites to open
    candidate : (m,) rank of each candidate in the question that this comes from
    demand : (n,) rank of each demand there
    start, site, cost : pairs by demand, from the cheapest on
    cap : (n,) most that each demand pays, finite
    opening : (m,) cost of opening
    base : what is paid whatever is opened
    is_whole : all values are whole numbers, so that a bound may be rounded up
    """

    new: int
    candidate: Ints
    demand: Ints
    start: Ints
    site: Ints
    cost: Floats
    cap: Floats
    opening: Floats
    base: float
    is_whole: bool

    def value(self, open_sites: Ints) -> float:
        """What all pay when these are open, opening included."""
        is_open = np.zeros(len(self.candidate), np.bool_)
        is_open[open_sites] = True
        paid = _paid(self.start, self.site, self.cost, self.cap, is_open)
        return float(paid + self.opening[open_sites].sum() + self.base)

    @cached_property
    def floor(self) -> float:
        """What all pay even if each has its cheapest site."""
        return float(self.cost[self.start[:-1]].sum() + self.base)

    @cached_property
    def row(self) -> Ints:
        """(k,) demand of each pair."""
        return np.repeat(np.arange(len(self.cap), dtype=np.int64), np.diff(self.start))

    @cached_property
    def columns(self) -> tuple[Ints, Ints, Floats]:
        """The pairs by candidate: where each begins, demands, costs."""
        order = np.argsort(self.site, kind="stable")
        counts = np.bincount(self.site, minlength=len(self.candidate))
        begin = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return begin, self.row[order], self.cost[order]


def core_of(sites: Sites, new: int, *, within: float | None = None) -> Core:
    """The core of a p-median, or of a covering when ``within`` is named.

    A covering is a p-median in which a site within reach costs nothing and one out of
    reach all that the demand weighs.
    """
    is_free = sites.free
    row, weight = sites.row, sites.weight
    if within is None:
        cost = sites.cost * weight[row]
        cap = weight * np.minimum(worst_of(sites), cheapest_fixed(sites))
        opening = sites.opening
    else:
        cost = np.where(sites.cost <= within, 0.0, weight[row])
        cap = weight * (cheapest_fixed(sites) > within)
        opening = np.zeros(sites.candidates)
    rank = np.cumsum(is_free) - 1
    is_kept = is_free[sites.site] & (cost < cap[row])
    return compact(
        new=new,
        candidate=np.flatnonzero(is_free).astype(np.int64),
        row=row[is_kept],
        site=rank[sites.site[is_kept]].astype(np.int64),
        cost=cost[is_kept],
        cap=cap,
        opening=opening[is_free],
        base=float(opening[sites.fixed].sum()),
    )


def compact(
    *,
    new: int,
    candidate: Ints,
    row: Ints,
    site: Ints,
    cost: Floats,
    cap: Floats,
    opening: Floats,
    base: float,
) -> Core:
    """A core without the demands that pay their cap whatever is opened.

    ``row`` is ascending, and ``cost`` ascending in each row.
    """
    count = np.bincount(row, minlength=len(cap))
    demand = np.flatnonzero(count).astype(np.int64)
    base += float(cap[count == 0].sum())
    amounts = np.concatenate([cost, cap, opening, [base]])
    return Core(
        new=new,
        candidate=candidate,
        demand=demand,
        start=np.concatenate([[0], np.cumsum(count[demand])]).astype(np.int64),
        site=site,
        cost=cost,
        cap=cap[demand],
        opening=opening,
        base=base,
        is_whole=bool((amounts == np.rint(amounts)).all() and amounts.sum() < 2**52),
    )


def worst_of(sites: Sites) -> Floats:
    """(n,) most that each demand pays once any site is open: the penalty where it may."""
    worst = np.full(sites.demands, sites.penalty)
    is_full = np.diff(sites.start) == sites.candidates
    worst[is_full] = sites.cost[sites.start[1:][is_full] - 1]
    return worst


def cheapest_fixed(sites: Sites) -> Floats:
    """(n,) cost of the cheapest fixed site, inf for none in reach."""
    cheapest = np.full(sites.demands, np.inf)
    if len(sites.fixed):
        usable = np.flatnonzero(~sites.free[sites.site])
        row, first = np.unique(sites.row[usable], return_index=True)
        cheapest[row] = sites.cost[usable[first]]
    return cheapest


@njit(cache=True, nogil=True)
def _paid(start: Ints, site: Ints, cost: Floats, cap: Floats, is_open: Bools) -> float:
    total = 0.0
    for i in range(len(cap)):
        paid = cap[i]
        for k in range(start[i], start[i + 1]):
            if is_open[site[k]]:
                paid = cost[k]
                break
        total += paid
    return total
