"""What changes for whom when a site is added, taken away or moved: at once, on the map.

Arrays in, arrays out, in time proportional to the demands; a site that is added need
not be a candidate of anything: the column of its costs is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from maillage.kernels.siting.problem import (
    NOBODY,
    Floats,
    Ints,
    SitingError,
    check_amounts,
    check_ranks,
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Who is served by what today; made by ``stand``.

    Attributes
    ----------
    table : (n, k) cost of each demand at each open site, inf out of reach
    weight : (n,) units of each demand
    penalty : cost of a demand that reaches no open site, inf or a number
    site, second : (n,) ranks of the cheapest open site and of the next, -1 for none
    cost, second_cost : (n,) what they ask, the penalty for none
    """

    table: Floats
    weight: Floats
    penalty: float
    site: Ints
    second: Ints
    cost: Floats
    second_cost: Floats


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a scenario does to each demand.

    Attributes
    ----------
    cost : (n,) of each demand afterwards
    site : (n,) rank of the site that serves it: sites keep their ranks, added ones come
        after them; -1 for none
    saved : (n,) cost before less cost after: above zero gains, below loses; inf where a
        demand without penalty comes into reach, -inf where it falls out of it
    """

    cost: Floats
    site: Ints
    saved: Floats
    weight: Floats

    @property
    def gaining(self) -> float:
        """Units of demand that have less to pay."""
        return float(self.weight[self.saved > 0].sum())

    @property
    def losing(self) -> float:
        """Units of demand that have more to pay."""
        return float(self.weight[self.saved < 0].sum())

    @property
    def total_saved(self) -> float:
        """Cost saved over all units; below zero where the scenario costs more.

        Demands that come into reach or fall out of it without a penalty are left out.
        """
        counted = np.isfinite(self.saved)
        return float((self.saved[counted] * self.weight[counted]).sum())


def stand(
    table: ArrayLike, *, weight: ArrayLike | None = None, penalty: float = np.inf
) -> Standing:
    """Who is served by what when these sites are open, in time proportional to the table.

    Parameters
    ----------
    table : (n, k) cost of each demand at each open site, >= 0, inf out of reach; k may
        be 0
    weight : (n,) units of each demand, >= 0; one each when left out
    penalty : cost of a demand that reaches none, not below any finite cost

    Raises
    ------
    SitingError
        ``shape``, ``not_finite``, ``negative``, ``no_demand``, ``penalty``
    """
    costs = np.asarray(table, np.float64)
    if costs.ndim != 2:
        raise SitingError("shape", "table must be demands by open sites")
    demands, sites = costs.shape
    if not demands:
        raise SitingError("no_demand", "there is no demand")
    check_column(costs)
    reached = costs[np.isfinite(costs)]
    if np.isnan(penalty) or penalty < reached.max(initial=0.0):
        raise SitingError("penalty", "the penalty is below a cost within reach")
    weights = np.ones(demands) if weight is None else np.asarray(weight, np.float64)
    check_amounts("weight", weights, demands)
    site, cost = cheapest(costs, penalty)
    second, second_cost = np.full(demands, NOBODY), np.full(demands, penalty)
    if sites > 1:
        rest = costs.copy()
        served = np.flatnonzero(site != NOBODY)
        rest[served, site[served]] = np.inf
        second, second_cost = cheapest(rest, penalty)
    return Standing(
        table=costs,
        weight=weights,
        penalty=float(penalty),
        site=site,
        second=second,
        cost=cost,
        second_cost=second_cost,
    )


def what_if(
    standing: Standing,
    *,
    add: ArrayLike | None = None,
    remove: Sequence[int] | Ints = (),
) -> Change:
    """Add sites, take sites away, or both at once, which moves them.

    One site taken away is answered from what was second best; where several go, only the
    demands that lose both are looked at again.

    Parameters
    ----------
    standing : today
    add : (n,) or (n, a) cost of each demand at each new site, inf out of reach
    remove : ranks of open sites that close

    Raises
    ------
    SitingError
        ``shape``, ``not_finite``, ``negative``, ``unknown_site``, ``penalty``
    """
    demands, sites = standing.table.shape
    gone = np.asarray(remove, np.int64).ravel()
    check_ranks(gone, sites)
    cost, site = standing.cost.copy(), standing.site.copy()
    if len(gone):
        goes = np.zeros(sites + 1, np.bool_)  # the last one stands for nobody
        goes[gone] = True
        lost = goes[standing.site]
        cost[lost], site[lost] = standing.second_cost[lost], standing.second[lost]
        both = np.flatnonzero(lost & goes[standing.second])
        if len(both):
            left = np.where(goes[:-1], np.inf, standing.table[both])
            site[both], cost[both] = cheapest(left, standing.penalty)
    if add is not None:
        columns = np.asarray(add, np.float64)
        columns = columns[:, None] if columns.ndim == 1 else columns
        if columns.ndim != 2 or len(columns) != demands:
            raise SitingError("shape", f"add must hold {demands} costs for each site")
        check_column(columns)
        if (np.isfinite(columns) & (columns > standing.penalty)).any():
            raise SitingError("penalty", "a new site costs more than the penalty")
        new_site, new_cost = cheapest(columns, standing.penalty)
        better = (new_cost < cost) | ((site == NOBODY) & (new_site != NOBODY))
        cost[better], site[better] = new_cost[better], sites + new_site[better]
    with np.errstate(invalid="ignore"):
        saved = np.where(cost == standing.cost, 0.0, standing.cost - cost)
    return Change(cost=cost, site=site, saved=saved, weight=standing.weight)


def cheapest(table: Floats, penalty: float) -> tuple[Ints, Floats]:
    """(n,) the column of the least cost and that cost; -1 and the penalty for none."""
    if not table.shape[1]:
        return np.full(len(table), NOBODY), np.full(len(table), penalty)
    site = table.argmin(axis=1).astype(np.int64)
    cost = table[np.arange(len(table)), site]
    is_none = np.isinf(cost)
    return np.where(is_none, NOBODY, site), np.where(is_none, penalty, cost)


def check_column(costs: Floats) -> None:
    if np.isnan(costs).any():
        raise SitingError("not_finite", "a cost is not a number")
    if (costs < 0).any():
        raise SitingError("negative", "a cost is below zero")
