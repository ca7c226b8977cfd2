"""What is to be published, what is unsafe in it, and how wide it must stay unknown."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: What is asked beyond a protection interval, so that rounding never eats into it.
MARGIN = 1.001


class SecrecyError(ValueError):
    """Cells that cannot be judged; ``code`` is for programs.

    Codes: ``empty``, ``shape``, ``not_finite``, ``negative``, ``parameter``,
    ``published_and_hidden``, ``published_unsafe``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Reason(IntEnum):
    """Why a cell is hidden; never to be published: it would narrow what is possible."""

    SHOWN = 0
    EMPTY = 1  # no unit: shown as zero
    TOO_FEW = 2
    DOMINANCE = 3
    BEFORE = 4  # it was hidden before, or is to be
    COMPLEMENTARY = 5


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Units in atoms, cells made of atoms, and the rules.

    An *atom* is a set of units that no cell separates; a *cell* is a figure to be
    published for the units of some atoms. A cell that is hidden hides its count and its
    sum of every measure at once.

    Attributes
    ----------
    cells : (m, n) sparse, true where the cell has the atom
    atom : (u,) atom of each unit, 0..n-1
    values : (k, u) what each unit adds to each measure, finite, >= 0; k may be 0
    has_counts : whether the number of units of each cell is published too
    dominance_applies : (k,) whether a large share of the sum is a disclosure; default all
    publishes : (k, m) which measures a cell tells when it is shown; default all
    weight : (m,) cost of hiding each cell, > 0; default 1
    published : (m,) cells already published with their value, which stay shown
    hidden : (m,) cells already published as hidden, which stay hidden
    known : (m,) cells whose number of units everybody knows from elsewhere; they are
        neither judged nor published, and tell no measure
    hides_empty : whether cells without units may be hidden like others, so that a
        hidden cell need not have a unit; for answers, which nobody can guess from a
        directory. What counts must then leave open is one unit more or one less
    stands_for : (q, n) what a unit of each atom counts in each weighted count, known to
        everybody; units that differ in it are in different atoms
    rounding : (q, m, 2) by how much each weighted count of a cell may be less (<= 0) and
        more (>= 0) than it is, as it is published rounded; infinite where not published
    least, most : (k, n) what everybody knows that the sum of each atom is at least and
        at most; nobody is kept from knowing that
    minimum : least number of units of a safe cell, >= 1
    dominance : share of the sum above which the largest unit dominates, in (0, 1)
    spread : width of the protection interval on both sides, as a share of the largest
        unit; default ``1 / dominance - 1``

    Raises
    ------
    SecrecyError
        With a code that says what is wrong.
    """

    cells: sparse.csr_matrix
    atom: Ints
    values: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    has_counts: bool = True
    dominance_applies: Flags | None = None
    publishes: Flags | None = None
    weight: Floats | None = None
    published: Flags | None = None
    hidden: Flags | None = None
    known: Flags | None = None
    hides_empty: bool = False
    stands_for: Floats | None = None
    rounding: Floats | None = None
    least: Floats | None = None
    most: Floats | None = None
    minimum: int = 3
    dominance: float = 0.85
    spread: float | None = None

    def __post_init__(self) -> None:
        check(self)

    @property
    def measures(self) -> int:
        return len(self.values) if self.values.size else 0

    @property
    def interval(self) -> float:
        """The protection interval, as a share of the largest unit."""
        return 1 / self.dominance - 1 if self.spread is None else self.spread


def check(problem: Problem) -> None:
    """Refuse what is not a problem."""
    if problem.cells.ndim != 2 or 0 in problem.cells.shape:
        raise SecrecyError("empty", "there is no cell, or no atom")
    cells, atoms = problem.cells.shape
    units = problem.atom.shape
    if problem.atom.ndim != 1 or (
        problem.values.size and problem.values.shape != (len(problem.values), *units)
    ):
        raise SecrecyError("shape", "atom must be (u,) and values (k, u)")
    for name in ("weight", "published", "hidden", "known"):
        array = getattr(problem, name)
        if array is not None and array.shape != (cells,):
            raise SecrecyError("shape", f"{name} must be ({cells},)")
    applies = problem.dominance_applies
    if applies is not None and applies.shape != (problem.measures,):
        raise SecrecyError("shape", f"dominance_applies must be ({problem.measures},)")
    publishes = problem.publishes
    if publishes is not None and publishes.shape != (problem.measures, cells):
        raise SecrecyError("shape", f"publishes must be (k, {cells})")
    if len(problem.atom) and not 0 <= problem.atom.min() <= problem.atom.max() < atoms:
        raise SecrecyError("shape", f"atom must lie in 0..{atoms - 1}")
    if not np.isfinite(problem.values).all():
        raise SecrecyError("not_finite", "values must be finite numbers")
    if (problem.values < 0).any():
        raise SecrecyError("negative", "values must not be negative")
    weight = problem.weight
    if weight is not None and not (np.isfinite(weight).all() and (weight > 0).all()):
        raise SecrecyError("parameter", "weights must be finite and above zero")
    check_known(problem)
    if problem.minimum < 1 or not 0 < problem.dominance < 1:
        raise SecrecyError("parameter", "minimum must be >= 1, dominance in (0, 1)")
    if not (np.isfinite(problem.interval) and problem.interval > 0):
        raise SecrecyError("parameter", "spread must be finite and above zero")
    if (
        problem.published is not None
        and problem.hidden is not None
        and (problem.published & problem.hidden).any()
    ):
        raise SecrecyError(
            "published_and_hidden", "a cell cannot have been both shown and hidden"
        )


def check_known(problem: Problem) -> None:
    """Refuse what everybody knows if it is not so."""
    cells, atoms = problem.cells.shape
    stands_for, rounding = problem.stands_for, problem.rounding
    if (stands_for is None) != (rounding is None):
        raise SecrecyError("shape", "stands_for comes with rounding")
    if stands_for is not None and rounding is not None:
        kinds = len(stands_for)
        if stands_for.shape != (kinds, atoms) or rounding.shape != (kinds, cells, 2):
            raise SecrecyError(
                "shape", f"stands_for: (q, {atoms}), rounding: (q, m, 2)"
            )
        if not np.isfinite(stands_for).all() or np.isnan(rounding).any():
            raise SecrecyError("not_finite", "weights must be finite numbers")
        if (rounding[..., 0] > 0).any() or (rounding[..., 1] < 0).any():
            raise SecrecyError("parameter", "the truth lies within the rounding")
    for name, sign in (("least", 1), ("most", -1)):
        bound = getattr(problem, name)
        if bound is None:
            continue
        if bound.shape != (problem.measures, atoms):
            raise SecrecyError("shape", f"{name} must be (k, {atoms})")
        for rank, value in enumerate(problem.values):
            whole = np.bincount(problem.atom, value, minlength=atoms)
            there = np.bincount(problem.atom, minlength=atoms) > 0
            over = sign * (bound[rank] - whole) > 1e-9 * np.maximum(1.0, whole)
            if (over & there).any() or np.isnan(bound[rank]).any():
                raise SecrecyError("parameter", f"{name} is not so")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Sets of atoms by the primary rule: (s,) arrays, and (k, s) for measures."""

    units: Ints
    total: Floats
    largest: Floats
    is_few: Flags
    is_dominated: Flags

    @property
    def is_unsafe(self) -> Flags:
        unsafe: Flags = self.is_few | self.is_dominated.any(axis=0)
        return unsafe


def judge(problem: Problem, sets: sparse.csr_matrix) -> Judged:
    """Apply the primary rule to sets of atoms, (s, n)."""
    atoms = problem.cells.shape[1]
    count = np.bincount(problem.atom, minlength=atoms)
    units = np.asarray(sets @ count, np.int64)
    kinds = problem.measures
    total, largest = np.zeros((kinds, len(units))), np.zeros((kinds, len(units)))
    for rank in range(kinds):
        value = problem.values[rank]
        total[rank] = sets @ np.bincount(problem.atom, value, minlength=atoms)
        most = np.zeros(atoms)
        np.maximum.at(most, problem.atom, value)
        for row, (start, end) in enumerate(
            zip(sets.indptr[:-1], sets.indptr[1:], strict=True)
        ):
            largest[rank, row] = most[sets.indices[start:end]].max(initial=0.0)
    dominated = (largest > problem.dominance * total) & (total > 0)
    if problem.dominance_applies is not None:
        dominated &= problem.dominance_applies[:, None]
    return Judged(
        units=units,
        total=total,
        largest=largest,
        is_few=(units > 0) & (units < problem.minimum),
        is_dominated=dominated,
    )


@dataclass(frozen=True)
class Target:
    """A set of atoms that must look possible with ``amount`` more or less in it.

    ``set`` is a rank among the sets, ``side`` +1 or -1.
    """

    set: int
    side: int
    amount: float


def least_amount(problem: Problem, measure: int) -> float:
    """The narrowest interval worth the name: one, where all values are whole."""
    value = problem.values[measure]
    if (value == np.rint(value)).all():
        return 1.0
    return problem.interval * float(value[value > 0].min())


def has_room(problem: Problem, sets: sparse.csr_matrix) -> Flags:
    """Whether sets (s, n) may have more units, with the cells that everybody knows."""
    if problem.known is None or not problem.known.any():
        return np.ones(sets.shape[0], np.bool_)
    atoms = problem.cells.shape[1]
    units = np.bincount(problem.atom, minlength=atoms)
    known = sparse.csr_matrix(problem.cells[np.flatnonzero(problem.known)], dtype=float)
    touched = (sets @ known.T) > 0  # (s, known cells)
    around = ((touched @ known) > 0) @ units
    found: Flags = np.asarray(around > sets @ units).ravel()
    return found


def targets(
    problem: Problem, judged: Judged, sets: sparse.csr_matrix, *, measure: int
) -> list[Target]:
    """What an attacker must not exclude of one measure; -1 is the count of units."""
    found = []
    if measure < 0:
        side = np.where(has_room(problem, sets), 1, -1)
        for rank in np.flatnonzero(judged.is_few).tolist():
            found.append(Target(rank, int(side[rank]), 1.0))
        return found
    least = least_amount(problem, measure)
    room = rooms(problem, judged, sets, measure=measure)
    for rank in np.flatnonzero(judged.is_few | judged.is_dominated[measure]).tolist():
        amount = max(problem.interval * judged.largest[measure, rank], least)
        for way, most in zip((1, -1), room, strict=True):
            if (wanted := min(amount, float(most[rank]))) > 1e-9 * amount:
                found.append(Target(rank, way, wanted))
    return found


def rooms(
    problem: Problem, judged: Judged, sets: sparse.csr_matrix, *, measure: int
) -> tuple[Floats, Floats]:
    """How far up and down everybody may believe the sum of each set (s,) to be."""
    total = judged.total[measure]
    there = np.bincount(problem.atom, minlength=problem.cells.shape[1]) > 0
    up, down = np.full(len(total), np.inf), total.copy()
    if problem.most is not None:
        most = np.where(there, problem.most[measure], 0.0)
        is_open = np.asarray(sets @ np.isinf(most).astype(float)).ravel() > 0
        known = np.asarray(sets @ np.where(np.isinf(most), 0.0, most)).ravel() - total
        up = np.where(is_open, np.inf, known)
    if problem.least is not None:
        down = total - np.asarray(sets @ np.where(there, problem.least[measure], 0.0))
    return np.maximum(up, 0.0), np.maximum(down, 0.0)
