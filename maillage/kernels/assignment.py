"""Who reviews what: by skills, with an even load, and never in a conflict."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class AssignmentError(ValueError):
    """Wishes that contradict one another.

    ``code``: ``misshaped``, ``negative``, ``kept_conflict`` (a pair is both kept and
    forbidden), ``kept_overload`` (kept pairs alone are more than a reviewer takes).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Applications to review, and those who can.

    Attributes
    ----------
    match : (n, m) how well each reviewer knows each subject, whole numbers >= 0
    forbidden : (n, m) conflicts of interest, and whatever else must not be
    kept : (n, m) pairs that stay: made by hand, or reviewed already
    need : (n,) reviewers wanted for each application, >= 0
    most : (m,) applications that each reviewer takes at most, >= 0
    balance : points of ``match`` that one more application costs, for each that a
        reviewer has already, >= 0
    """

    match: Ints
    forbidden: Bools
    kept: Bools
    need: Ints
    most: Ints
    balance: int

    def __post_init__(self) -> None:
        n, m = len(self.need), len(self.most)
        shapes = {self.match.shape, self.forbidden.shape, self.kept.shape}
        if shapes != {(n, m)}:
            raise AssignmentError("misshaped", f"shapes {shapes} of {n} and {m}")
        for each in (self.match, self.need, self.most, np.array([self.balance])):
            if (each < 0).any():
                raise AssignmentError("negative", "nothing is below zero")
        if (self.kept & self.forbidden).any():
            raise AssignmentError("kept_conflict", "a kept pair is in conflict")
        if (self.kept.sum(axis=0) > self.most).any():
            raise AssignmentError("kept_overload", "kept pairs overload a reviewer")


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Pairs, and what is lacking.

    Attributes
    ----------
    pairs : (n, m) who reviews what
    missing : (n,) reviewers still wanted
    value : points of match, less what the loads cost
    """

    pairs: Bools
    missing: Ints
    value: int


def worth(panel: Panel, pairs: Bools) -> int:
    """Points of match, less ``balance`` times 0 + 1 + 2 + … for each reviewer."""
    load = pairs.sum(axis=0)
    return int(
        panel.match[pairs].sum() - panel.balance * (load * (load - 1) // 2).sum()
    )


def assign(panel: Panel) -> Assignment:
    """As few reviewers missing as can be; then the most worth.

    Parameters
    ----------
    panel : the question

    Returns
    -------
    pairs without a forbidden one, no reviewer above ``most``, no application above
    ``need`` unless kept pairs are. What is missing cannot be found by any other choice.

    Notes
    -----
    A flow of least cost with a convex cost of each reviewer's load: Ahuja, Magnanti and
    Orlin (1993), "Network Flows", chapter 14. One column a pair and one a step of load,
    solved by HiGHS; the matrix is totally unimodular, so it takes no branching.
    """
    n, m = panel.match.shape
    rows, columns = np.nonzero(~panel.forbidden)
    first_step = np.concatenate([[0], np.cumsum(panel.most)]).astype(np.int64)
    steps, pairs = int(first_step[-1]), len(rows)
    if not n or not m or not pairs or not steps:
        nobody = np.zeros((n, m), np.bool_)
        return Assignment(pairs=nobody, missing=panel.need.copy(), value=0)
    owner = np.repeat(np.arange(m), panel.most)
    step = np.arange(steps) - first_step[owner]
    # Nothing that match and balance can gain makes up for one reviewer missing.
    heavy = int(panel.match.max()) + panel.balance * int(panel.most.max()) + 1
    heavy *= int(panel.need.sum()) + int(panel.kept.sum()) + 1
    gain = panel.match[rows, columns]
    cost = np.concatenate([-gain, panel.balance * step, np.full(n, heavy)])
    low = np.concatenate([panel.kept[rows, columns], np.zeros(steps + n)])
    high = np.concatenate([np.ones(pairs + steps), panel.need])
    kept = panel.kept.sum(axis=1)
    found: Any = milp(
        cost.astype(np.float64),
        integrality=np.ones(pairs + steps + n, np.int64),
        bounds=Bounds(low.astype(np.float64), high.astype(np.float64)),
        constraints=LinearConstraint(
            _matrix(rows, columns, owner, n, m),
            np.concatenate([panel.need, np.zeros(m)]),
            np.concatenate([np.maximum(panel.need, kept), np.zeros(m)]),
        ),
        options={"mip_rel_gap": 0.0},
    )
    chosen = np.zeros((n, m), np.bool_)
    chosen[rows, columns] = found.x[:pairs] > 0.5
    missing: Ints = np.maximum(0, panel.need - chosen.sum(axis=1))
    return Assignment(pairs=chosen, missing=missing, value=worth(panel, chosen))


def _matrix(rows: Ints, columns: Ints, owner: Ints, n: int, m: int) -> Any:
    """Each application: pairs + missing; each reviewer: pairs - steps of load = 0."""
    pairs, steps = len(rows), len(owner)
    at = np.concatenate([rows, n + columns, n + owner, np.arange(n)])
    of = np.concatenate(
        [
            np.arange(pairs),
            np.arange(pairs),
            pairs + np.arange(steps),
            pairs + steps + np.arange(n),
        ]
    )
    sign = np.concatenate([np.ones(2 * pairs), -np.ones(steps), np.ones(n)])
    return csr_array((sign, (at, of)), shape=(n + m, pairs + steps + n))
