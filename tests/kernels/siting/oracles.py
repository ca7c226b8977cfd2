"""Slow and plain answers to questions of siting, and small questions to ask."""

from itertools import combinations

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from maillage.kernels.siting.problem import from_table


def paid(table, weight, opened, *, penalty=np.inf):
    """(n,) cost of a unit of each demand, and what all pay."""
    cost = table[:, list(opened)].min(axis=1, initial=np.inf)
    cost = np.where(np.isinf(cost), penalty, cost)
    return cost, float(sum(w * c for w, c in zip(weight, cost, strict=True) if w > 0))


def choices(sites, new):
    """Every set of open sites, fixed ones included."""
    free = np.flatnonzero(sites.free).tolist()
    for chosen in combinations(free, new):
        yield [*sites.fixed.tolist(), *chosen]


def least_median(sites, table, new):
    return min(
        paid(table, sites.weight, opened, penalty=sites.penalty)[1]
        + sites.opening[opened].sum()
        for opened in choices(sites, new)
    )


def most_covered(sites, table, new, *, within):
    return max(
        sites.weight[(table[:, opened] <= within).any(axis=1)].sum()
        for opened in choices(sites, new)
    )


def least_radius(sites, table, new, *, is_weighted=False):
    factor = sites.weight if is_weighted else np.ones(len(table))
    counts = (sites.weight > 0) & np.isfinite(table).any(axis=1)
    return min(
        (table[counts][:, opened].min(axis=1) * factor[counts]).max(initial=0.0)
        for opened in choices(sites, new)
    )


def milp_median(table, weight, new):
    """The optimum of the textbook programme: x says who goes where."""
    n, m = table.shape
    cost = np.concatenate([np.zeros(m), (table * weight[:, None]).ravel()])
    served = np.hstack([np.zeros((n, m)), np.kron(np.eye(n), np.ones(m))])
    is_open = np.hstack([-np.tile(np.eye(m), (n, 1)), np.eye(n * m)])
    count = np.append(np.ones(m), np.zeros(n * m))[None]
    found = milp(
        cost,
        constraints=[
            LinearConstraint(served, 1, 1),
            LinearConstraint(is_open, -np.inf, 0),
            LinearConstraint(count, new, new),
        ],
        integrality=np.append(np.ones(m), np.zeros(n * m)),
        bounds=Bounds(0, 1),
    )
    assert found.success
    return float(found.fun)


@st.composite
def questions(draw, *, most=7):
    """(sites, table, new): tables with holes, ties, zero weights, fixed sites."""
    n, m = draw(st.integers(1, most)), draw(st.integers(1, most))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    table = random.integers(0, draw(st.sampled_from([3, 30])), (n, m)).astype(float)
    if draw(st.booleans()):
        table = table + random.random((n, m))
    if draw(st.booleans()):
        table[random.random((n, m)) < 0.4] = np.inf
    fixed = random.permutation(m)[: draw(st.integers(0, m // 2))]
    new = draw(st.integers(0 if len(fixed) else 1, m - len(fixed)))
    sites = from_table(
        table,
        weight=random.integers(0, 4, n).astype(float),
        fixed=fixed,
        opening=random.integers(0, 5, m).astype(float),
        penalty=40.0,
    )
    return sites, table, new
