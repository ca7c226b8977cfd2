"""The last word on a small core: an integer programme by HiGHS.

A demand pays step by step: ``z`` of a step is 1 where no open site is as near as that,
and pays what lies between this step and the next. Elloumi (2010), "A tighter
formulation of the p-median problem", Journal of Combinatorial Optimization 19, 69-83,
doi:10.1007/s10878-008-9162-0.
"""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy.sparse import coo_array, vstack

from maillage.kernels.siting.core import Core
from maillage.kernels.siting.problem import Bools, Floats, Ints

INF = highspy.kHighsInf
#: Solved to this difference at most, as a share of the value.
GAP = 1e-9


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the solver found: ``open_sites`` is None where it found nothing.

    The bound is inf where it is sure that there is nothing.
    """

    open_sites: Ints | None
    bound: float


@dataclass(frozen=True, kw_only=True)
class Programme:
    """Minimise ``cost @ x`` with ``low <= matrix @ x <= high`` and ``0 <= x <= upper``."""

    cost: Floats
    upper: Floats
    is_whole: Bools
    matrix: Any  # a sparse array of scipy, which has no types
    low: Floats
    high: Floats


def solver(seconds: float) -> Any:
    """One thread, no word."""
    highs: Any = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 1)
    highs.setOptionValue("mip_rel_gap", GAP)
    highs.setOptionValue("mip_abs_gap", 1e-9)
    highs.setOptionValue("time_limit", max(seconds, 0.01))
    return highs


def solve(
    programme: Programme,
    *,
    seconds: float,
    first_will_do: bool = False,
) -> tuple[Floats | None, float, bool]:
    """The best point, a bound, and whether it is sure that there is no point at all."""
    highs = solver(seconds)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(programme.cost), len(programme.low)
    model.col_cost_ = programme.cost
    model.col_lower_, model.col_upper_ = np.zeros(len(programme.cost)), programme.upper
    model.row_lower_, model.row_upper_ = programme.low, programme.high
    columns = programme.matrix.tocsc()
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = columns.indptr
    model.a_matrix_.index_ = columns.indices
    model.a_matrix_.value_ = columns.data
    kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
    model.integrality_ = [kinds[whole] for whole in programme.is_whole.astype(int)]
    highs.passModel(model)
    if first_will_do:
        highs.setOptionValue("mip_max_improving_sols", 1)
    highs.run()
    info, status = highs.getInfo(), highs.getModelStatus()
    is_infeasible = status == highspy.HighsModelStatus.kInfeasible
    has_point = info.primal_solution_status == highspy.kSolutionStatusFeasible
    point = np.array(highs.getSolution().col_value) if has_point else None
    bound = float(info.mip_dual_bound) if not is_infeasible else np.inf
    return point, bound, is_infeasible


def with_row(
    programme: Programme, row: Floats, *, low: float, high: float
) -> Programme:
    """One more row."""
    return Programme(
        cost=programme.cost,
        upper=programme.upper,
        is_whole=programme.is_whole,
        matrix=vstack([programme.matrix, coo_array(row[None, :])]),
        low=np.append(programme.low, low),
        high=np.append(programme.high, high),
    )


def programme_of(core: Core, must: Bools) -> Programme:
    """Steps of each demand: its distinct costs, then its cap.

    ``must`` (n,) says which demands may not pay their cap.
    """
    m = len(core.candidate)
    row = core.row
    # A step begins where the demand or the cost changes.
    is_new = np.ones(len(row), np.bool_)
    is_new[1:] = (np.diff(row) != 0) | (np.diff(core.cost) != 0)
    first = np.flatnonzero(is_new)
    step = np.cumsum(is_new) - 1
    of, at = row[first], core.cost[first]
    is_last = np.ones(len(of), np.bool_)
    is_last[:-1] = of[1:] != of[:-1]
    is_first = np.ones(len(of), np.bool_)
    is_first[1:] = is_last[:-1]
    following = np.where(is_last, core.cap[of], np.roll(at, -1))
    steps = len(first)
    upper = np.ones(m + steps)
    upper[m:][is_last & must[of]] = 0.0
    chained = np.flatnonzero(~is_first)
    rows = np.concatenate([step, np.arange(steps), chained, np.full(m, steps)])
    cols = np.concatenate(
        [core.site, m + np.arange(steps), m + chained - 1, np.arange(m)]
    )
    ones = np.ones(len(step) + steps), -np.ones(len(chained)), np.ones(m)
    # The first cost of each demand is paid for sure: it is no part of the programme.
    low = np.append(is_first.astype(np.float64), core.new)
    high = np.append(np.full(steps, INF), core.new)
    return Programme(
        cost=np.concatenate([core.opening, following - at]),
        upper=upper,
        is_whole=np.arange(m + steps) < m,
        matrix=coo_array(
            (np.concatenate(ones), (rows, cols)), shape=(steps + 1, m + steps)
        ),
        low=low,
        high=high,
    )


def finish(core: Core, must: Bools, *, seconds: float) -> Answer:
    """Choose in this core; the demands of ``must`` (n,) do not pay their cap."""
    point, bound, _ = solve(programme_of(core, must), seconds=seconds)
    if point is None:
        return Answer(open_sites=None, bound=max(bound, 0.0) + core.floor)
    chosen = np.flatnonzero(point[: len(core.candidate)] > 0.5).astype(np.int64)
    return Answer(open_sites=chosen, bound=max(bound, 0.0) + core.floor)
