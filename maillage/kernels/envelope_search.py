"""The set of lines that is worth most under a budget and minimums, to a proof.

Linear programming prices the constraints; only lines that these prices leave in doubt
are chosen by HiGHS. The core of a knapsack, and fixing lines by bounds: Kellerer,
Pferschy and Pisinger (2004), "Knapsack Problems",
doi:10.1007/978-3-540-24777-7.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from maillage.kernels.envelope_question import (
    GRANTED,
    REFUSED,
    Bools,
    Envelope,
    Floats,
    Ints,
    value_of,
)

#: Rows, the least and the most of each.
Sides = tuple[Floats, Floats, Floats]
#: Of HiGHS, by scipy: the optimum was found, or there is no point at all.
OPTIMAL, INFEASIBLE = 0, 2
#: A sum of whole numbers may be wrong by this in the solver, and no more.
SLACK = 1e-3
#: Sums of floats are wrong by this share of what is summed, and no more.
ROUNDING = 1e-12
#: Lines that are left open at first, and for each constraint as many more.
CORE, CORE_ROW = 30, 4
#: A row that asks for worth has no greater number: the solver's slack is absolute.
FINE = 1e3


def _solve(cost: Floats, rows: Any, low: Floats, high: Floats, *, box: Bounds,
           whole: Ints, seconds: float) -> Any:  # fmt: skip
    return milp(
        cost,
        constraints=LinearConstraint(rows, low, high) if len(low) else (),
        bounds=box,
        integrality=whole,
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )


def _box(envelope: Envelope) -> tuple[Floats, Floats]:
    low = (envelope.lock == GRANTED).astype(np.float64)
    return low, (envelope.lock != REFUSED).astype(np.float64)


def _rows(envelope: Envelope, rank: list[int]) -> tuple[Floats, Floats, Floats]:
    """Of the budget, then of some minimums, in euros so that numbers stay small."""
    rows = np.vstack([envelope.amount, envelope.part[rank] * envelope.amount]) / 100
    low = np.append(-np.inf, envelope.minimum[rank] / 100 - SLACK)
    high = np.append(envelope.budget / 100 + SLACK, np.full(len(rank), np.inf))
    return rows, low, high


@dataclass(frozen=True)
class _Prices:
    """What the best mixed set, with parts of applications, says of each whole one.

    side : (n,) whether that set holds the line; what people decided, where they did
    gap : (n,) a set that does otherwise for a line is worth ``top - gap`` at most
    top : no set is worth more
    """

    side: Bools
    gap: Floats
    top: float

    def open(self, value: int) -> Bools:
        """Lines that sets worth ``value`` or more may hold otherwise than ``side``."""
        kept: Bools = np.isfinite(self.gap)
        if np.isfinite(self.top):
            kept &= self.top - self.gap >= value
        return kept


def _prices(envelope: Envelope, rows: Floats, low: Floats, high: Floats) -> _Prices:
    """Prices of the constraints, by a linear programme; without one, no line is told.

    The bound is the Lagrangian one of these prices, so that it holds whatever the
    solver rounded.
    """
    above = np.isfinite(high)
    told = np.where(above[:, None], rows, -rows)
    most = np.where(above, high, -low)
    bottom, top = _box(envelope)
    worth = envelope.worth.astype(np.float64)
    found = linprog(
        -worth, A_ub=told, b_ub=most, bounds=np.stack([bottom, top], 1), method="highs"
    )
    free, granted = bottom < top, bottom > 0.5
    if found.status != OPTIMAL:
        return _Prices(granted, np.where(free, 0.0, np.inf), np.inf)
    price = np.maximum(0.0, -found.ineqlin.marginals)
    left = worth - price @ told
    side = np.where(free, left > 0, granted)
    parts = np.where(side, left, 0.0)
    error = ROUNDING * (worth.sum() + np.abs(parts).sum() + np.abs(price * most).sum())
    gap = np.where(free, np.abs(left), np.inf)
    return _Prices(side, gap, float(parts.sum() + price @ most + error + SLACK))


def _within(
    envelope: Envelope,
    sides: Sides,
    *,
    kept: Bools,
    side: Bools,
    cost: Floats,
    seconds: float,
) -> tuple[Bools | None, float]:
    """The set of least cost where lines that are not ``kept`` are as in ``side``.

    With it, a lower bound of its cost; None where there is no set, or time ran out.
    """
    rows, low, high = sides
    held = side & ~kept
    used, spent = rows[:, held].sum(axis=1), float(cost[held].sum())
    if not kept.any():
        fits = bool((used >= low).all() and (used <= high).all())
        return (held if fits else None), spent
    bottom, top = _box(envelope)
    found = _solve(
        cost[kept], rows[:, kept], low - used, high - used,
        box=Bounds(bottom[kept], top[kept]), whole=np.ones(int(kept.sum()), np.int64),
        seconds=seconds,
    )  # fmt: skip
    bound = found.fun if found.status == OPTIMAL else found.mip_dual_bound
    least = -np.inf if bound is None else spent + float(bound)
    if found.x is None:
        return None, least
    granted = held.copy()
    granted[np.flatnonzero(kept)[found.x > 0.5]] = True
    return granted, least


def best_set(
    envelope: Envelope,
    *,
    seconds: float,
    short: Ints | None = None,
    ties: bool = True,
) -> tuple[Bools, int] | None:
    """The set worth most and its bound; None where there is none.

    ``short``: (k,) cents that each minimum may miss. ``ties``: of sets that are worth
    as much, the cheapest.
    """
    n = len(envelope.amount)
    if not n:
        is_met = short is not None or not envelope.minimum.any()
        return (np.zeros(0, np.bool_), 0) if is_met else None
    lowered = envelope.minimum if short is None else envelope.minimum - short
    asked = replace(envelope, minimum=np.maximum(0, lowered))
    sides = _rows(asked, list(range(len(asked.minimum))))
    asked, sides, less = _numbered(asked, sides, seconds=seconds)
    prices = _prices(asked, *sides)
    granted, least = _most(asked, sides, prices, seconds=seconds)
    if granted is None:
        return None
    value = int(asked.worth[granted].sum())
    bound = max(value, int(np.floor(min(-least, prices.top) + SLACK)))
    if ties:
        granted = _cheapest(asked, sides, prices, granted, seconds=seconds / 2)
    return granted, less + max(bound, int(asked.worth[granted].sum()))


def _cheapest(
    envelope: Envelope, sides: Sides, prices: "_Prices", granted: Bools, *, seconds: float
) -> Bools:  # fmt: skip
    """Of the sets that are worth as much, the one that spends least.

    Ties of cost are left to the solver, which draws no lots.
    """
    value, worth = int(envelope.worth[granted].sum()), envelope.worth.astype(np.float64)
    rows, low, high = sides
    scale = min(1.0, FINE / max(1.0, float(worth.max())))
    sides = (
        np.vstack([rows, worth * scale]),
        np.append(low, (value - 0.5) * scale),
        np.append(high, np.inf),
    )
    other, _least = _within(
        envelope, sides, kept=prices.open(value), side=prices.side,
        cost=envelope.amount / 100, seconds=seconds,
    )  # fmt: skip
    if other is not None and envelope.worth[other].sum() >= value:
        return other
    return granted


def _numbered(
    envelope: Envelope, sides: Sides, *, seconds: float
) -> tuple[Envelope, Sides, int]:
    """The same question with small worths, where the number of lines counts first.

    Where any set is worth more than any smaller one, the most lines that can be granted
    are found first; then the question is which ones. Also what all sets of that many
    lines are worth less in it than in the question.
    """
    free = envelope.lock != REFUSED
    up = np.sort(envelope.worth[free])
    fewer = np.concatenate([[0], np.cumsum(up[::-1])])[: len(up)]
    if not len(up) or up[0] == up[-1] or (np.cumsum(up) <= fewer).any():
        return envelope, sides, 0
    unit = replace(envelope, worth=np.ones_like(envelope.worth))
    most, least = _most(unit, sides, _prices(unit, *sides), seconds=seconds)
    if most is None or np.floor(-least + SLACK) > most.sum():
        return envelope, sides, 0
    number, base = int(most.sum()), int(up[0])
    rows, low, high = sides
    one = np.ones(len(envelope.worth))
    sides = (
        np.vstack([rows, one, one]),
        np.append(low, [-np.inf, number]),
        np.append(high, [number, np.inf]),
    )
    less = np.maximum(0, envelope.worth - base)
    return replace(envelope, worth=less), sides, base * number


def _most(
    envelope: Envelope, sides: Sides, prices: "_Prices", *, seconds: float
) -> tuple[Bools | None, float]:
    """The set worth most, and a lower bound of minus its worth.

    A set is sought first among the lines that are nearly as good granted as refused;
    then only lines are left open that a set worth as much could hold otherwise.
    """
    worth = envelope.worth.astype(np.float64)
    given: dict[str, Any] = {"side": prices.side, "cost": -worth}
    kept = prices.open(-1)
    core = np.zeros(len(worth), np.bool_)
    near = np.argsort(prices.gap, kind="stable")
    core[near[: CORE + CORE_ROW * len(sides[1])]] = True
    if not (kept & ~core).any():
        return _within(envelope, sides, kept=kept, seconds=seconds, **given)
    first, least = _within(
        envelope, sides, kept=kept & core, seconds=seconds / 2, **given
    )
    value = -1
    if first is not None:
        value = int(envelope.worth[first].sum())
        kept = prices.open(value)
        if not (kept & ~core).any():
            return first, least
    found, least = _within(envelope, sides, kept=kept, seconds=seconds, **given)
    if found is None or envelope.worth[found].sum() <= value:
        found = first
    return found, least


def least_short(envelope: Envelope, *, seconds: float) -> Ints:
    """(k,) cents that the minimums must miss, the least in all."""
    n, k = len(envelope.amount), len(envelope.minimum)
    rows, low, high = _rows(envelope, list(range(k)))
    rows = np.hstack([rows, np.vstack([np.zeros(k), np.eye(k)])])
    bottom, top = _box(envelope)
    box = Bounds(np.append(bottom, np.zeros(k)), np.append(top, np.full(k, np.inf)))
    cost = np.append(np.zeros(n), np.ones(k))
    whole = np.append(np.ones(n, np.int64), np.zeros(k, np.int64))
    found = _solve(cost, rows, low, high, box=box, whole=whole, seconds=seconds)
    granted = envelope.lock == GRANTED if found.x is None else found.x[:n] > 0.5
    return value_of(envelope, granted)[2]


def is_possible(envelope: Envelope, kept: list[int], *, seconds: float) -> bool:
    n = len(envelope.amount)
    if not n or not kept:
        return not kept
    rows, low, high = _rows(envelope, kept)
    box, whole = Bounds(*_box(envelope)), np.ones(n, np.int64)
    cost = np.zeros(n)
    found = _solve(cost, rows, low, high, box=box, whole=whole, seconds=seconds)
    return bool(found.status != INFEASIBLE)
