"""Try to read what is hidden, by linear programmes: no code of the kernel.

All questions of one measure are asked of one programme, of which only the goal and what
an insider knows change: HiGHS goes on from its last answer. ``tests/kernels`` compares
its answers with those of SciPy, which begins afresh each time.

The attacker knows every cell that is shown, that no value is negative, that a hidden
cell has a unit, and which cells have none. For sums it also knows which atoms have
units, and may be the only unit of an atom, whose value it then knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

#: More than anything is worth.
FAR = 1e7


@dataclass(frozen=True)
class Published:
    """Cells as sets of atoms, units as (atom, values), and the rules."""

    cells: Sequence[frozenset[int]]
    units: Sequence[tuple[int, tuple[float, ...]]]
    atoms: int
    minimum: int = 3
    dominance: float = 0.85


@dataclass(frozen=True)
class Disclosure:
    """Somebody can tell a sum more tightly than its protection interval."""

    measure: int  # -1 for the number of units
    atoms: frozenset[int]
    insider: int  # the atom that the attacker is alone in, -1 for anybody
    low: float
    high: float
    asked_low: float
    asked_high: float


def disclosures(
    published: Published, hidden: Sequence[bool], *, first_only: bool = False
) -> list[Disclosure]:
    """All that can be told, or the first of it."""
    found: list[Disclosure] = []
    measures = len(published.units[0][1]) if published.units else 0
    for measure in range(-1, measures):
        found += Attacker(published, hidden, measure).all(first_only=first_only)
        if first_only and found:
            break
    return found


class Attacker:
    """One measure, with everything that is known of it."""

    def __init__(
        self, published: Published, hidden: Sequence[bool], measure: int
    ) -> None:
        self.published, self.measure = published, measure
        self.held: list[list[float]] = [[] for _ in range(published.atoms)]
        for atom, values in published.units:
            self.held[atom].append(1.0 if measure < 0 else values[measure])
        self.truth = np.array([sum(held) for held in self.held])
        self.has_unit = np.array([bool(held) for held in self.held])
        self.most = np.full(published.atoms, FAR)
        if measure >= 0:
            self.most[~self.has_unit] = 0.0
        self.worlds: list[Any] = []
        self.programme = self.programme_of(hidden)

    def programme_of(self, hidden: Sequence[bool]) -> Any:
        """What is known, as rows over the atoms."""
        rows, least, most = [], [], []
        for cell, is_hidden in zip(self.published.cells, hidden, strict=True):
            row = np.zeros(self.published.atoms)
            row[list(cell)] = 1.0
            if not is_hidden or self.measure < 0:
                rows.append(row)
                least.append(1.0 if is_hidden else row @ self.truth)
                most.append(np.inf if is_hidden else row @ self.truth)
        highs: Any = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.addVars(len(self.most), np.zeros(len(self.most)), self.most)
        if rows:
            known = sparse.csr_matrix(np.array(rows))
            highs.addRows(
                len(rows), np.array(least), np.array(most), known.nnz,
                known.indptr[:-1].astype(np.int32), known.indices.astype(np.int32),
                known.data,
            )  # fmt: skip
        return highs

    def sets(self) -> list[frozenset[int]]:
        atoms = [frozenset([atom]) for atom in range(self.published.atoms)]
        return list(dict.fromkeys([*atoms, *self.published.cells]))

    def asked(self, atoms: frozenset[int]) -> tuple[float, float] | None:
        """The interval that must stay possible; nothing for a safe set."""
        held = sorted(value for atom in atoms for value in self.held[atom])
        if not held:
            return None
        total, largest = sum(held), held[-1]
        few = len(held) < self.published.minimum
        if self.measure < 0:
            return (total, total + 1) if few else None
        if not few and not (total > 0 and largest > self.published.dominance * total):
            return None
        every = [v for unit in self.published.units for v in [unit[1][self.measure]]]
        share = 1 / self.published.dominance - 1
        if all(v == int(v) for v in every):
            least = 1.0
        else:
            least = share * min(v for v in every if v > 0)
        width = max(share * largest, least)
        return max(0.0, total - width), total + width

    def all(self, *, first_only: bool) -> list[Disclosure]:
        found = []
        alone = [a for a, held in enumerate(self.held) if len(held) == 1]
        for atoms in self.sets():
            asked = self.asked(atoms)
            if asked is None:
                continue
            others = [] if self.measure < 0 else [a for a in alone if a not in atoms]
            if one := self.tell(atoms, asked, others):
                found.append(one)
                if first_only:
                    return found
        return found

    def tell(
        self, atoms: frozenset[int], asked: tuple[float, float], insiders: list[int]
    ) -> Disclosure | None:
        """What anybody, then what each insider can tell of a sum."""
        for side in (1, -1):
            waiting = {-1, *insiders}
            for world in self.worlds:
                self.serve(world, atoms, side, asked, waiting)
            if len(waiting) > 1:  # perhaps one world does for all of them
                _, world = self.extreme(atoms, side, waiting)
                self.serve(world, atoms, side, asked, waiting)
            for insider in sorted(waiting):
                if insider not in waiting:
                    continue
                edge, world = self.extreme(atoms, side, {insider})
                if not self.is_far(edge, side, asked):
                    bounds = (edge, np.inf) if side > 0 else (-np.inf, edge)
                    return Disclosure(self.measure, atoms, insider, *bounds, *asked)
                waiting.discard(insider)
                self.serve(world, atoms, side, asked, waiting)
        return None

    def is_far(self, edge: float, side: int, asked: tuple[float, float]) -> bool:
        slack = 1e-6 * max(1.0, asked[1])
        return edge <= asked[0] + slack if side > 0 else edge >= asked[1] - slack

    def serve(
        self,
        world: Any,
        atoms: frozenset[int],
        side: int,
        asked: tuple[float, float],
        waiting: set[int],
    ) -> None:
        """Take out of ``waiting`` who cannot exclude a world in which the sum is far."""
        if world is None or not self.is_far(world[list(atoms)].sum(), side, asked):
            return
        near = np.abs(world - self.truth) < 1e-9 * np.maximum(1.0, self.truth)
        waiting -= {one for one in waiting if one < 0 or near[one]}

    def extreme(
        self, atoms: frozenset[int], side: int, known: set[int]
    ) -> tuple[float, Any]:
        """The least (side 1) or the largest sum that is possible, and such a world."""
        every = np.arange(self.published.atoms, dtype=np.int32)
        cost = np.zeros(len(every))
        cost[list(atoms)] = side
        own = np.isin(every, [atom for atom in known if atom >= 0])
        highs = self.programme
        highs.changeColsCost(len(every), every, cost)
        low, high = np.where(own, self.truth, 0.0), np.where(own, self.truth, self.most)
        highs.changeColsBounds(len(every), every, low, high)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            highs.clearSolver()
            highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"the attacker is at a loss: {highs.getModelStatus()}")
        world = np.array(highs.getSolution().col_value)
        self.worlds.append(world)
        return float(highs.getInfo().objective_function_value) * side, world
