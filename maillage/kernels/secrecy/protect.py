"""Choose what to hide so that nothing unsafe can be told from what is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from maillage.kernels.secrecy.attack import NEAR, Also
from maillage.kernels.secrecy.guard import Cut, Guard
from maillage.kernels.secrecy.master import Master
from maillage.kernels.secrecy.problem import (
    MARGIN,
    Flags,
    Floats,
    Ints,
    Problem,
    Reason,
    SecrecyError,
    judge,
    targets,
)

#: Patterns that are tried to hide less.
ROUNDS = 40
#: A pattern, and for each measure the worlds that prove it safe.
Proof = tuple[Flags, list[tuple[Ints, list[Flags]]]]


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What is hidden.

    hidden : (m,) cells that are hidden; reason : (m,) a ``Reason`` each, for the
    publisher only; cost : sum of the weights of the hidden cells; bound : no safe
    pattern costs less; solved : linear programmes that were solved.
    """

    hidden: Flags
    reason: Ints
    cost: float
    bound: float
    solved: int


def protect(problem: Problem, *, effort: int = 1000) -> Pattern:
    """Hide unsafe cells, and as few others as can be found so that they stay unknown.

    Whatever ``effort`` is (linear programmes solved to hide less, and to prove how few
    must be), the pattern is safe: in the end each attacker of each target is answered by
    a possible world. The same problem has the same pattern.

    Raises
    ------
    SecrecyError
        ``published_unsafe`` if what was published already discloses something.
    """
    plan = Plan(problem)
    plan.settle()
    plan.reveal(effort // 4)
    bound = improve(plan, effort=effort)
    if not plan.is_proven:
        plan.settle()  # never needed but for a fault of ours
    return plan.pattern(bound)


def improve(plan: "Plan", *, effort: int) -> float:
    """Leave the plan at the best pattern found; say what no safe one is below.

    Fischetti and Salazar: choose the cheapest pattern under what is known of all safe
    ones, try it, learn what it lacks. What it lacks is hidden too, which may be a better
    pattern than the best so far.
    """
    best, cost = plan.proof(), plan.cost
    least = float(plan.weight[plan.primary | plan.before].sum())
    if plan.solved > effort or cost <= least + 1e-9:
        return least  # no time to do better, or nothing was hidden but what must be
    master = Master(plan.weight, must=plan.primary | plan.before, never=plan.never)
    master.add(plan.cuts)
    for _ in range(ROUNDS):
        tried = master.choose()
        if plan.solved > effort or master.bound >= cost - 1e-6:
            break
        plan.turn(tried)
        plan.cuts = []
        plan.settle()
        if not plan.cuts and master.is_exact and (plan.hidden == tried).all():
            return min(plan.cost, master.bound)
        if plan.cost < cost + 1:
            plan.reveal(effort // 10)
        if plan.cost < cost - 1e-9:
            best, cost = plan.proof(), plan.cost
        if not plan.cuts:
            break
        master.add(plan.cuts)
    plan.recall(best)
    return min(cost, master.bound)


class Plan:
    """A pattern in the making."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        cells = sparse.csr_matrix(problem.cells, dtype=np.float64)
        cells.data[:] = 1.0
        cells.sort_indices()
        count = cells.shape[0]
        self.cells = cells
        none = np.zeros(count, np.bool_)
        self.fixed = none if problem.published is None else problem.published.copy()
        before = none if problem.hidden is None else problem.hidden
        self.weight = np.ones(count) if problem.weight is None else problem.weight
        self.judged = judge(problem, cells)
        self.is_empty = self.judged.units == 0
        self.tells = (
            np.ones((problem.measures, count), np.bool_)
            if problem.publishes is None
            else problem.publishes
        )
        self.dominated = (self.judged.is_dominated & self.tells).any(axis=0)
        known = none if problem.known is None else problem.known
        self.known = known
        self.primary = (self.judged.is_few | self.dominated) & ~known
        if (self.primary & self.fixed).any():
            raise SecrecyError("published_unsafe", "an unsafe cell was published")
        if not problem.hides_empty:
            before = before & ~self.is_empty
        self.before = before & ~known
        self.hidden: Flags = self.primary | self.before
        self.never = self.fixed | known
        if not problem.hides_empty:
            self.never = self.never | self.is_empty
        self.limit = 0
        self.cuts: list[Cut] = []
        self.cause: dict[int, tuple[Guard, int]] = {}
        self.sets, self.set_row = self.sensitive()
        self.guards = [
            self.guard(measure)
            for measure in range(-1 if problem.has_counts else 0, problem.measures)
        ]
        if problem.has_counts and problem.stands_for is not None:
            self.guards.append(self.guard(-1, is_weighted=True))
        start = np.flatnonzero(self.hidden)
        for guard in self.guards:
            guard.hide(start)

    def sensitive(self) -> tuple[sparse.csr_matrix, Ints]:
        """Atoms, then cells of several atoms, that may be unsafe; (s,) rows, -1 atoms."""
        atoms = self.cells.shape[1]
        size = np.diff(self.cells.indptr)
        rows = np.flatnonzero(self.primary & (size > 1))
        eye = sparse.identity(atoms, format="csr")
        sets = sparse.csr_matrix(sparse.vstack([eye, self.cells[rows]], format="csr"))
        return sets, np.r_[np.full(atoms, -1), rows].astype(np.int64)

    def guard(self, measure: int, *, is_weighted: bool = False) -> Guard:
        """The guard of one measure; -1 is the number of units.

        Whoever joins weighted counts to the number of units is answered in real numbers,
        whoever does not in whole ones.
        """
        problem, atoms = self.problem, self.cells.shape[1]
        units = np.bincount(problem.atom, minlength=atoms)
        judged = judge(problem, self.sets)
        aims = targets(problem, judged, self.sets, measure=measure)
        if is_weighted:  # a whole unit, where there may be no more than that
            aims = [replace(aim, amount=aim.amount / MARGIN) for aim in aims]
        # An attacker knows who exists, but not who answered what: an atom without
        # units may have some, as far as the number of units goes.
        may_move = units > 0
        if measure < 0:
            is_void = np.asarray(self.cells[self.is_empty].sum(axis=0)).ravel() > 0
            may_move = ~is_void | problem.hides_empty
            value: Floats = units.astype(np.float64)
        else:
            value = np.zeros(atoms)
            np.add.at(value, problem.atom, problem.values[measure])
        kept = np.flatnonzero(may_move)
        none = np.zeros(len(self.cells.indptr) - 1, np.bool_)
        matrix = sparse.csr_matrix(self.cells[:, kept])
        total = np.asarray(matrix @ value[kept]).ravel()
        has_one = measure < 0 and not problem.hides_empty
        floor = np.minimum(1.0 - total, 0.0) if has_one else -total
        singles = np.flatnonzero(units[kept] == 1) if measure >= 0 else kept[:0]
        sets = sparse.csr_matrix(self.sets[:, kept])
        low = high = None
        if measure >= 0 and problem.least is not None:
            low = np.minimum(problem.least[measure, kept] - value[kept], 0.0)
        if measure >= 0 and problem.most is not None:
            high = np.maximum(problem.most[measure, kept] - value[kept], 0.0)
        return Guard(
            low=low,
            high=high,
            also=self.weighted(matrix, kept) if is_weighted else None,
            matrix=matrix,
            value=value[kept],
            floor=floor,
            sets=sets,
            rows=self.set_row,
            targets=aims,
            singles=singles,
            weight=self.weight,
            fixed=self.never,
            silent=none if measure < 0 else ~self.tells[measure] | self.known,
            is_whole=measure < 0 and not is_weighted,
        )

    def weighted(self, matrix: sparse.csr_matrix, kept: Ints) -> Also | None:
        """What shown cells tell of their number by weighted counts."""
        problem = self.problem
        if problem.stands_for is None or problem.rounding is None:
            return None
        if not np.isfinite(problem.rounding).any():
            return None
        size = np.diff(matrix.indptr)  # one atom alone tells nothing more by its weight
        found, cells, ends = [], [], []
        for each, rounding in zip(problem.stands_for, problem.rounding, strict=True):
            told = np.isfinite(rounding).all(axis=1) & (size > 1) & ~self.known
            rank = np.flatnonzero(told)
            found.append(matrix[rank] @ sparse.diags(each[kept]))
            cells.append(rank)
            ends.append(rounding[rank])
        low, high = np.concatenate(ends).T
        return Also(
            sparse.csr_matrix(sparse.vstack(found, format="csr")),
            np.concatenate(cells).astype(np.int64),
            np.minimum(low + 5 * NEAR, 0.0),
            np.maximum(high - 5 * NEAR, 0.0),
        )

    def hide(self, cells: Ints) -> None:
        self.hidden[cells] = True
        for guard in self.guards:
            guard.hide(cells)

    @property
    def cost(self) -> float:
        return float(self.weight[self.hidden].sum())

    @property
    def solved(self) -> int:
        return sum(guard.solved for guard in self.guards)

    def turn(self, hidden: Flags) -> None:
        """Go on from another pattern."""
        shown = np.flatnonzero(self.hidden & ~hidden)
        self.hidden = hidden.copy()
        now = np.flatnonzero(hidden)
        for guard in self.guards:
            guard.show(shown)
            guard.spoil(shown)
            guard.hide(now)

    @property
    def is_proven(self) -> bool:
        """Whether every attacker of every target is answered by a possible world."""
        return all(guard.stands(self.hidden) for guard in self.guards)

    def proof(self) -> Proof:
        return self.hidden.copy(), [guard.proof() for guard in self.guards]

    def recall(self, proof: Proof) -> None:
        self.turn(proof[0])
        for guard, worlds in zip(self.guards, proof[1], strict=True):
            guard.recall(worlds)

    def settle(self) -> None:
        """Hide until every target is safe from every attacker."""
        for guard in self.guards:
            guard.sweep()
            for target in range(len(guard.set)):
                while len(waiting := guard.waiting(target)):
                    self.serve(guard, target, waiting)

    def serve(self, guard: Guard, target: int, attackers: Ints) -> None:
        """Answer some attackers of a target, all at once if one world does."""
        if guard.reach(target, attackers):
            return
        if len(attackers) > 1:
            # Most others are answered by the world that anybody is answered with.
            part = 1 if attackers[0] == 0 else len(attackers) // 2
            self.serve(guard, target, attackers[:part])
            return
        if (cut := guard.cut(target, attackers)) is not None:
            self.cuts.append(cut)
        found = guard.missing(target, attackers)
        if found is None:
            raise SecrecyError(
                "published_unsafe", "what was published already discloses a unit"
            )
        fresh = found[~self.hidden[found]]
        self.hide(fresh)
        self.cause |= dict.fromkeys(fresh.tolist(), (guard, target))
        if not guard.reach(target, attackers):
            self.give_way(guard, target, attackers)

    def give_way(self, guard: Guard, target: int, attackers: Ints) -> None:
        """Hide all that may be: the numbers of the solver stood in the way."""
        self.hide(np.flatnonzero(~(self.never | self.hidden)))
        if not guard.reach(target, attackers):
            raise SecrecyError(
                "published_unsafe", "what was published already discloses a unit"
            )

    def reveal(self, effort: int) -> None:
        """Show again what need not be hidden, the dearest first."""
        extra = np.flatnonzero(self.hidden & ~self.primary & ~self.before)
        total = self.judged.units
        order = np.lexsort((extra, -total[extra], -self.weight[extra]))
        self.limit = self.solved + effort
        for cell in extra[order].tolist():
            if self.solved > self.limit:
                return
            self.try_without(cell)

    def try_without(self, cell: int) -> bool:
        """Show a cell if every attacker still fails; else hide it again."""
        one = np.array([cell])
        self.hidden[cell] = False
        for guard in self.guards:
            guard.show(one)
        kept = [guard.witness.copy() for guard in self.guards]
        for guard in self.guards:
            guard.spoil(one)
        # Whom it was hidden for will most likely miss it.
        guard, target = self.cause.get(cell, (self.guards[0], -1))
        if (target < 0 or self.stands(guard, [target])) and all(
            self.stands(guard, range(len(guard.set))) for guard in self.guards
        ):
            return True
        for guard, witness in zip(self.guards, kept, strict=True):
            guard.witness = np.where(guard.witness < 0, witness, guard.witness)
            guard.is_open[:] = True
            guard.hide(one)
        self.hidden[cell] = True
        return False

    def stands(self, guard: Guard, some: Iterable[int]) -> bool:
        """Find a world for each attacker of some targets, without hiding anything."""
        for target in some:
            while len(waiting := guard.waiting(target)):
                if self.solved > 2 * self.limit:
                    return False  # one cell must not take all the effort
                if not guard.reach(target, waiting) and not all(
                    guard.reach(target, attacker) for attacker in waiting[:, None]
                ):
                    return False
        return True

    def pattern(self, bound: float) -> Pattern:
        judged = self.judged
        reason = np.full(len(self.hidden), Reason.SHOWN, np.int64)
        reason[self.hidden] = Reason.COMPLEMENTARY
        reason[self.before] = Reason.BEFORE
        reason[self.dominated] = Reason.DOMINANCE
        reason[judged.is_few] = Reason.TOO_FEW
        reason[self.is_empty & ~self.hidden] = Reason.EMPTY
        return Pattern(
            hidden=self.hidden,
            reason=reason,
            cost=self.cost,
            bound=bound,
            solved=self.solved,
        )
