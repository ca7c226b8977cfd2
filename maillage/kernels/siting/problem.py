"""Demands, candidates and what it costs to go from one to the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Pairs that are held in memory at most: 24 bytes each, and as many while they are sorted.
MOST_PAIRS = 50_000_000
#: Served by nobody.
NOBODY = -1


class SitingError(ValueError):
    """What is wrong with a question of siting; ``code`` says it to a program.

    Codes: ``shape``, ``not_finite``, ``negative``, ``no_demand``, ``no_candidate``,
    ``unknown_site``, ``twice``, ``penalty``, ``too_many``, ``too_few``, ``size``,
    ``limit``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Sites:
    """A question of siting; made by ``from_table`` or ``from_pairs``, which check it.

    Attributes
    ----------
    candidates : how many sites there are to choose from, m
    start : (n + 1,) where the pairs of each demand begin
    site : (k,) candidate of each pair; those of a demand from the cheapest on
    cost : (k,) what it costs one unit of the demand to go there, >= 0
    weight : (n,) units of each demand, >= 0
    fixed : (f,) candidates that are open already, ascending
    opening : (m,) what it costs to open each candidate, >= 0
    penalty : cost of a unit that reaches no open site; inf where all reach all
    """

    candidates: int
    start: Ints
    site: Ints
    cost: Floats
    weight: Floats
    fixed: Ints
    opening: Floats
    penalty: float

    @property
    def demands(self) -> int:
        return len(self.weight)

    @property
    def row(self) -> Ints:
        """(k,) demand of each pair."""
        counts = np.diff(self.start)
        return np.repeat(np.arange(self.demands, dtype=np.int64), counts)

    @property
    def isolated(self) -> Bools:
        """(n,) demands that reach no candidate at all."""
        isolated: Bools = np.diff(self.start) == 0
        return isolated

    @property
    def free(self) -> Bools:
        """(m,) candidates that may be opened."""
        free = np.ones(self.candidates, np.bool_)
        free[self.fixed] = False
        return free


@dataclass(frozen=True, kw_only=True)
class Siting:
    """Where to open, who goes where, and how far from the best that is at most.

    Attributes
    ----------
    open : (new,) candidates to open besides the fixed ones, ascending
    assignment : (n,) candidate that serves each demand, fixed ones included, the
        cheapest; -1 for none within reach
    cost : (n,) cost of a unit of each demand; the penalty (or inf) where none serves it
    value : what was asked to be as small, for covering as large, as possible
    bound : no choice has a smaller (for covering: larger) value than this
    """

    open: Ints
    assignment: Ints
    cost: Floats
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the value is from the bound, as a share of the value; 0 is proven best."""
        apart = abs(self.value - self.bound)
        return 0.0 if apart == 0 else apart / max(abs(self.value), 1e-12)

    @property
    def uncovered(self) -> Bools:
        """(n,) demands that no open site serves."""
        uncovered: Bools = self.assignment == NOBODY
        return uncovered


def from_table(
    cost: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    fixed: Sequence[int] | Ints = (),
    opening: ArrayLike | None = None,
    penalty: float | None = None,
) -> Sites:
    """A question of siting from a table of costs.

    Parameters
    ----------
    cost : (n, m) cost of a unit of demand i at candidate j, >= 0; inf where j is out of
        reach; need not be symmetric
    weight : (n,) units of each demand, >= 0; one each when left out
    fixed : candidates that are open already
    opening : (m,) cost of opening each candidate, >= 0; none when left out
    penalty : cost of a unit that reaches no open site, not below any cost in the table;
        asked where the table has inf

    Raises
    ------
    SitingError
    """
    table = np.asarray(cost, np.float64)
    if table.ndim != 2:
        raise SitingError("shape", "cost must be a table: demands by candidates")
    if np.isnan(table).any():
        raise SitingError("not_finite", "a cost is not a number")
    demands, candidates = table.shape
    if not demands or not candidates:
        raise empty(demands)
    if table.size > MOST_PAIRS:
        raise SitingError("size", f"more than {MOST_PAIRS} pairs: name those in reach")
    order = np.argsort(table, axis=1, kind="stable")
    is_near = table < np.inf
    is_first = np.arange(candidates) < is_near.sum(axis=1)[:, None]
    return checked(
        np.concatenate([[0], np.cumsum(is_near.sum(axis=1))]),
        order[is_first],
        np.take_along_axis(table, order, axis=1)[is_first],
        candidates=candidates,
        weight=weight,
        fixed=fixed,
        opening=opening,
        penalty=penalty,
    )


def from_pairs(
    demand: ArrayLike,
    site: ArrayLike,
    cost: ArrayLike,
    *,
    demands: int,
    candidates: int,
    weight: ArrayLike | None = None,
    fixed: Sequence[int] | Ints = (),
    opening: ArrayLike | None = None,
    penalty: float | None = None,
) -> Sites:
    """A question of siting from the pairs within reach; the rest as ``from_table``.

    Parameters
    ----------
    demand, site : (k,) which demand reaches which candidate; a pair once at most
    cost : (k,) cost of a unit, finite, >= 0
    demands, candidates : how many there are of each; a demand without any pair is
        isolated: it pays the penalty wherever sites open
    penalty : asked unless all reach all

    Raises
    ------
    SitingError
    """
    rows, sites = np.asarray(demand, np.int64), np.asarray(site, np.int64)
    costs = np.asarray(cost, np.float64)
    if rows.ndim != 1 or rows.shape != sites.shape or rows.shape != costs.shape:
        raise SitingError("shape", "demand, site and cost must be lists of one length")
    if demands < 1 or candidates < 1:
        raise empty(demands)
    if len(rows) > MOST_PAIRS:
        raise SitingError("size", f"more than {MOST_PAIRS} pairs: shorten the reach")
    check_ranks(rows, demands)
    check_ranks(sites, candidates)
    order = np.lexsort((sites, costs, rows))
    rows, sites, costs = rows[order], sites[order], costs[order]
    key = np.sort(rows * candidates + sites)
    if (key[1:] == key[:-1]).any():
        raise SitingError("twice", "a pair of demand and site is named twice")
    return checked(
        np.searchsorted(rows, np.arange(demands + 1)),
        sites,
        costs,
        candidates=candidates,
        weight=weight,
        fixed=fixed,
        opening=opening,
        penalty=penalty,
    )


def checked(
    start: Ints,
    site: Ints,
    cost: Floats,
    *,
    candidates: int,
    weight: ArrayLike | None,
    fixed: Sequence[int] | Ints,
    opening: ArrayLike | None,
    penalty: float | None,
) -> Sites:
    """The question, once every amount in it is finite and not below zero."""
    demands = len(start) - 1
    check_amounts("cost", cost, len(site))
    weights = np.ones(demands) if weight is None else np.asarray(weight, np.float64)
    openings = (
        np.zeros(candidates) if opening is None else np.asarray(opening, np.float64)
    )
    check_amounts("weight", weights, demands)
    check_amounts("opening", openings, candidates)
    stays = np.asarray(fixed, np.int64).ravel()
    check_ranks(stays, candidates)
    return Sites(
        candidates=candidates,
        start=start.astype(np.int64),
        site=site.astype(np.int64),
        cost=cost,
        weight=weights,
        fixed=np.unique(stays),
        opening=openings,
        penalty=checked_penalty(
            penalty, cost, is_full=len(site) == demands * candidates
        ),
    )


def empty(demands: int) -> SitingError:
    if demands < 1:
        return SitingError("no_demand", "there is no demand")
    return SitingError("no_candidate", "there is no candidate")


def check_ranks(ranks: Ints, count: int) -> None:
    if len(ranks) and (ranks.min() < 0 or ranks.max() >= count):
        raise SitingError("unknown_site", f"a rank lies outside 0 to {count - 1}")


def check_amounts(name: str, amounts: Floats, count: int) -> None:
    """All finite and none below zero."""
    if amounts.shape != (count,):
        raise SitingError("shape", f"{name} must be a list of {count}")
    if not np.isfinite(amounts).all():
        raise SitingError("not_finite", f"{name} holds something that is not a number")
    if (amounts < 0).any():
        raise SitingError("negative", f"{name} holds something below zero")


def checked_penalty(penalty: float | None, cost: Floats, *, is_full: bool) -> float:
    if penalty is None:
        if not is_full:
            raise SitingError("penalty", "some pairs are out of reach: name a penalty")
        return np.inf
    most = float(cost.max(initial=0.0))
    if not np.isfinite(penalty) or penalty < most:
        raise SitingError("penalty", f"the penalty must be finite, {most} at least")
    return float(penalty)


def check_new(sites: Sites, new: int) -> None:
    """There is something to choose, and enough to choose from."""
    free = sites.candidates - len(sites.fixed)
    if new > free:
        raise SitingError("too_many", f"{new} sites of {free} candidates")
    if new < 0 or new + len(sites.fixed) < 1:
        raise SitingError("too_few", "no site would be open")


def nearest(sites: Sites, open_sites: Ints) -> tuple[Ints, Floats]:
    """(n,) the cheapest open site of each demand and its cost; -1 and the penalty for none."""
    is_open = np.zeros(sites.candidates, np.bool_)
    is_open[open_sites] = True
    assignment = np.full(sites.demands, NOBODY, np.int64)
    cost = np.full(sites.demands, sites.penalty)
    usable = np.flatnonzero(is_open[sites.site])
    row, first = np.unique(sites.row[usable], return_index=True)
    assignment[row] = sites.site[usable[first]]
    cost[row] = sites.cost[usable[first]]
    return assignment, cost
