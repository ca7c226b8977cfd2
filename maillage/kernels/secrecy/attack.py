"""What somebody who reads all that is published can tell: linear programmes."""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from maillage.kernels.secrecy.problem import Flags, Floats, Ints

INF = highspy.kHighsInf
#: What rows that are told rounded may be beyond: the solver is that exact.
NEAR = 2e-6


def solver() -> Any:
    """One thread, no word, no clock: the same question has the same answer."""
    highs: Any = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 1)
    highs.setOptionValue("mip_max_nodes", 200)
    highs.setOptionValue("simplex_strategy", 4)  # the last answer stays possible
    highs.setOptionValue("presolve", "off")
    return highs


def add_rows(highs: Any, matrix: sparse.csr_matrix, low: Floats, high: Floats) -> None:
    highs.addRows(
        matrix.shape[0],
        low,
        high,
        matrix.nnz,
        matrix.indptr[:-1].astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
    )


def set_integer(highs: Any, count: int, is_whole: bool) -> None:
    """Ask for whole numbers in the first columns, or no longer."""
    every = np.arange(count, dtype=np.int32)
    kind = np.full(count, 1 if is_whole else 0, np.uint8)
    highs.changeColsIntegrality(count, every, kind)


@dataclass(frozen=True)
class Also:
    """What shown cells tell besides: sums of the columns, weighted and rounded.

    ``rows`` (r, c), ``cell`` (r,) the cell that tells each, ``low`` and ``high`` (r,) how
    far it may be from the truth.
    """

    rows: sparse.csr_matrix
    cell: Ints
    low: Floats
    high: Floats

    def beyond(self, deviation: Floats) -> Ints:
        """The cells of which more would be told than is so."""
        far = self.rows @ deviation
        found: Ints = self.cell[(far < self.low - NEAR) | (far > self.high + NEAR)]
        return found


class Ground:
    """Cells over atoms; a cell of one atom is a bound of its column, not a row.

    ``matrix`` (m, c) has the cells over the atoms that may deviate, ``value`` (c,)
    their true values, ``floor`` (m,) by how much a hidden cell may be lower at most (a
    number <= 0), ``is_silent`` (m,) cells that never tell anything, ``low`` and ``high``
    (c,) how far an atom may be from the truth.
    """

    def __init__(
        self,
        matrix: sparse.csr_matrix,
        value: Floats,
        floor: Floats,
        is_silent: Flags,
        *,
        low: Floats | None = None,
        high: Floats | None = None,
        also: Also | None = None,
    ) -> None:
        self.matrix, self.value, self.floor = matrix, value, floor
        self.high = np.full(len(value), INF) if high is None else high
        if also is None:
            none = np.zeros(0)
            void = sparse.csr_matrix((0, len(value)))
            also = Also(void, np.zeros(0, np.int64), none, none)
        self.also = also
        self.is_silent = is_silent
        size = np.diff(matrix.indptr)
        self.wide = np.flatnonzero((size > 1) & ~is_silent)
        self.row = np.full(len(size), -1, np.int64)  # of each cell, in programmes
        self.row[self.wide] = np.arange(len(self.wide))
        self.column = np.full(len(size), -1, np.int64)  # of cells of one atom
        lone = np.flatnonzero((size == 1) & ~is_silent)
        self.column[lone] = matrix.indices[matrix.indptr[lone]]
        self.rows = sparse.csr_matrix(matrix[self.wide])
        self.low = -value.copy() if low is None else low.copy()
        # A hidden cell of one atom has a unit at least, so far as units are counted.
        np.maximum.at(self.low, self.column[lone], floor[lone])

    def columns_of(self, cells: Ints) -> Ints:
        """The atoms whose cells of one atom are among these."""
        found = self.column[cells]
        return np.unique(found[found >= 0])

    def also_of(self, cells: Ints) -> Ints:
        """The further rows that these cells tell."""
        is_in = np.zeros(len(self.row), np.bool_)
        is_in[cells] = True
        found: Ints = np.flatnonzero(is_in[self.also.cell])
        return found

    def moved(self, deviation: Floats, least: float) -> Flags:
        """(m,) the cells that a reader would see to be other than they are."""
        found: Flags = np.abs(self.matrix @ deviation) > least
        found[self.also.beyond(deviation)] = True
        return found & ~self.is_silent


class Attack:
    """Other values of the atoms of one measure that agree with what is published.

    The columns are deviations from the truth.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        count = len(ground.value)
        lone = np.flatnonzero(ground.column >= 0)
        #: How many shown cells are just this atom.
        self.tied = np.bincount(ground.column[lone], minlength=count)
        self.is_hidden: Flags = ground.is_silent.copy()
        self.highs = solver()
        self.highs.addVars(count, ground.low, ground.high)
        rows = len(ground.wide)
        add_rows(self.highs, ground.rows, np.zeros(rows), np.zeros(rows))
        if len(ground.also.cell):
            add_rows(self.highs, ground.also.rows, ground.also.low, ground.also.high)
        self.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.release(np.arange(count))
        self.solved = 0

    def hide(self, cells: Ints) -> None:
        """Free cells, for good or until ``show``."""
        cells = cells[~self.is_hidden[cells]]
        self.change(cells, is_hidden=True)

    def show(self, cells: Ints) -> None:
        cells = cells[self.is_hidden[cells] & ~self.ground.is_silent[cells]]
        self.change(cells, is_hidden=False)

    def change(self, cells: Ints, *, is_hidden: bool) -> None:
        ground = self.ground
        self.is_hidden[cells] = is_hidden
        wide = cells[ground.row[cells] >= 0]
        low = ground.floor[wide] if is_hidden else np.zeros(len(wide))
        high = np.full(len(wide), INF if is_hidden else 0.0)
        rows = ground.row[wide].astype(np.int32)
        self.highs.changeRowsBounds(len(wide), rows, low, high)
        if len(ground.also.cell):
            more = ground.also_of(cells)
            low, high = ground.also.low[more], ground.also.high[more]
            if is_hidden:
                low, high = np.full(len(more), -INF), np.full(len(more), INF)
            rows = (len(ground.wide) + more).astype(np.int32)
            self.highs.changeRowsBounds(len(more), rows, low, high)
        lone = ground.column[cells]
        np.add.at(self.tied, lone[lone >= 0], -1 if is_hidden else 1)
        self.release(ground.columns_of(cells))

    def cap(self, columns: Ints, cell: int, amount: float) -> None:
        """Let a set deviate upward by so much at most: what is beyond is of no use."""
        if cell >= 0:
            if self.is_hidden[cell] and self.ground.row[cell] >= 0:
                row, floor = int(self.ground.row[cell]), self.ground.floor[cell]
                self.highs.changeRowBounds(row, floor, amount)
        else:
            column = int(columns[0])
            if not self.tied[column]:
                low = self.ground.low[column]
                high = min(amount, float(self.ground.high[column]))
                self.highs.changeColBounds(column, low, high)

    def uncap(self, columns: Ints, cell: int) -> None:
        if cell >= 0:
            self.cap(columns, cell, INF)
        else:
            self.release(columns[:1])

    def hold(self, columns: Ints) -> None:
        """Keep atoms at their value: somebody knows them."""
        self.bound(columns, np.zeros(len(columns)), np.zeros(len(columns)))

    def release(self, columns: Ints) -> None:
        """Let atoms deviate as far as what is shown of them alone lets them."""
        is_tied = self.tied[columns] > 0
        low = np.where(is_tied, 0.0, self.ground.low[columns])
        self.bound(columns, low, np.where(is_tied, 0.0, self.ground.high[columns]))

    def bound(self, columns: Ints, low: Floats, high: Floats) -> None:
        self.highs.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def cost(self, columns: Ints, cost: Floats) -> None:
        self.highs.changeColsCost(len(columns), columns.astype(np.int32), cost)

    def solve(self) -> Floats:
        """The deviations of the best answer, (c,)."""
        self.solved += 1
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self.highs.clearSolver()  # rare: numbers went astray, begin afresh
            self.highs.run()
            if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                # Nothing is proven: more will be hidden.
                return np.zeros(len(self.ground.value))
        return np.array(self.highs.getSolution().col_value)

    def reach(
        self, columns: Ints, cell: int, side: int, amount: float, *, still: Ints
    ) -> Floats:
        """Deviate a set as far as ``amount`` upward (side 1) or downward (-1).

        ``cell`` is the cell that the set is, -1 for the atom ``columns[0]``; ``still``
        are columns that the attacker knows. Gives the deviations (c,).
        """
        self.hold(still)
        if side > 0:
            self.cap(columns, cell, amount)
        self.cost(columns, np.full(len(columns), float(side)))
        found = self.solve()
        self.cost(columns, np.zeros(len(columns)))
        if side > 0:
            self.uncap(columns, cell)
        self.release(still)
        return found

    def prices(self) -> tuple[Floats, Floats]:
        """What each shown cell, (m,), and further row, (r,), costs the last answer."""
        solution = self.highs.getSolution()
        ground = self.ground
        price = np.zeros(len(ground.row))
        dual = np.array(solution.row_dual)
        price[ground.wide] = dual[: len(ground.wide)]
        more = np.where(self.is_hidden[ground.also.cell], 0.0, dual[len(ground.wide) :])
        reduced = np.array(solution.col_dual)
        lone = np.flatnonzero((ground.column >= 0) & ~self.is_hidden)
        # One of the shown cells that are this atom bears its whole price.
        first, at = np.unique(ground.column[lone], return_index=True)
        price[lone[at]] = reduced[first]
        return price, more

    def integer(self, is_whole: bool) -> None:
        set_integer(self.highs, len(self.ground.value), is_whole)


class Repair:
    """The cheapest cells to hide so that a set may deviate as far as it must.

    Columns: deviations of atoms upward, downward, then of cells of several atoms, then
    how far further rows are beyond what may be told.
    """

    def __init__(self, ground: Ground, weight: Floats, fixed: Flags) -> None:
        self.ground, self.weight = ground, weight
        count, rows = len(ground.value), len(ground.wide)
        self.count, self.rows = count, rows
        stuck = np.zeros(count, np.bool_)
        stuck[ground.columns_of(np.flatnonzero(fixed))] = True
        wide = ground.wide
        self.top = np.r_[
            np.where(stuck, 0.0, ground.high),
            np.where(stuck, 0.0, -ground.low),
            np.where(fixed[wide], 0.0, INF),
            np.where(fixed[wide], 0.0, -ground.floor[wide]),
            np.tile(np.where(fixed[ground.also.cell], 0.0, INF), 2),
        ]
        self.highs = solver()
        self.highs.addVars(len(self.top), np.zeros(len(self.top)), self.top)
        eye = sparse.identity(rows, format="csr")
        more = len(ground.also.cell)
        self.more = more
        void = sparse.csr_matrix((rows, 2 * more))
        matrix = sparse.hstack(
            [ground.rows, -ground.rows, -eye, eye, void], format="csr"
        )
        add_rows(self.highs, sparse.csr_matrix(matrix), np.zeros(rows), np.zeros(rows))
        if more:
            eye = sparse.identity(more, format="csr")
            void = sparse.csr_matrix((more, 2 * rows))
            also = ground.also
            matrix = sparse.hstack(
                [also.rows, -also.rows, void, -eye, eye], format="csr"
            )
            add_rows(self.highs, sparse.csr_matrix(matrix), also.low, also.high)
        self.toll = np.zeros(count)  # of each atom, for shown cells that are just it
        lone = np.flatnonzero(ground.column >= 0)
        np.add.at(self.toll, ground.column[lone], weight[lone])
        self.is_hidden: Flags = ground.is_silent.copy()
        self.charge(np.arange(len(weight)))
        self.solved = 0

    def hide(self, cells: Ints) -> None:
        self.turn(cells[~self.is_hidden[cells]], is_hidden=True)

    def show(self, cells: Ints) -> None:
        kept = self.is_hidden[cells] & ~self.ground.is_silent[cells]
        self.turn(cells[kept], is_hidden=False)

    def turn(self, cells: Ints, *, is_hidden: bool) -> None:
        self.is_hidden[cells] = is_hidden
        lone = cells[self.ground.column[cells] >= 0]
        sign = -1 if is_hidden else 1
        np.add.at(self.toll, self.ground.column[lone], sign * self.weight[lone])
        self.charge(cells)

    def charge(self, cells: Ints) -> None:
        atoms = self.ground.columns_of(cells)
        wide = cells[self.ground.row[cells] >= 0]
        rows = 2 * self.count + self.ground.row[wide]
        price = np.where(self.is_hidden[wide], 0.0, self.weight[wide])
        toll = np.maximum(self.toll[atoms], 0.0)
        columns = np.r_[atoms, self.count + atoms, rows, self.rows + rows]
        costs = np.r_[toll, toll, price, price]
        if self.more:
            more = self.ground.also_of(cells)
            own = self.ground.also.cell[more]
            price = np.where(self.is_hidden[own], 0.0, self.weight[own])
            first = 2 * (self.count + self.rows) + more
            columns = np.r_[columns, first, first + self.more]
            costs = np.r_[costs, price, price]
        self.highs.changeColsCost(len(columns), columns.astype(np.int32), costs)

    def bound(self, columns: Ints, low: Floats, high: Floats) -> None:
        self.highs.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def cells(
        self, columns: Ints, cell: int, side: int, amount: float, *, still: Ints,
        is_whole: bool,
    ) -> Ints | None:  # fmt: skip
        """The cells that move, (h,); nothing if no cell may be hidden for it."""
        held = np.r_[still, self.count + still]
        self.bound(held, np.zeros(len(held)), np.zeros(len(held)))
        up = (
            int(columns[0]) if cell < 0 else 2 * self.count + int(self.ground.row[cell])
        )
        down = up + (self.count if cell < 0 else self.rows)
        here, there = (up, down) if side > 0 else (down, up)
        pair = np.array([here, there])
        is_open = amount <= self.top[here] * (1 + 1e-9)
        low = min(amount, self.top[here])
        self.bound(pair, np.array([low, 0.0]), np.array([self.top[here], 0.0]))
        solution = self.solve() if is_open else None
        if is_whole and solution is not None:
            units = solution[: 2 * self.count]
            if np.abs(units - np.rint(units)).max(initial=0.0) > 1e-6:  # rarely
                set_integer(self.highs, 2 * self.count, True)
                solution = self.solve()
                set_integer(self.highs, 2 * self.count, False)
        self.bound(pair, np.zeros(2), self.top[pair])
        self.bound(held, np.zeros(len(held)), self.top[held])
        if solution is None:
            return None
        deviation = solution[: self.count] - solution[self.count : 2 * self.count]
        moved: Ints = np.flatnonzero(self.ground.moved(deviation, 1e-9))
        return moved

    def solve(self) -> Floats | None:
        self.solved += 1
        for _ in range(2):
            self.highs.run()
            if self.highs.getInfo().primal_solution_status == 2:  # feasible
                return np.array(self.highs.getSolution().col_value)
            self.highs.clearSolver()
        return None
