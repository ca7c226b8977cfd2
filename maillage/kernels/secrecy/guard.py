"""Watch over one measure: which attackers are known to fail, and what must be hidden."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy import sparse

from maillage.kernels.secrecy.attack import Also, Attack, Ground, Repair
from maillage.kernels.secrecy.problem import MARGIN, Flags, Floats, Ints, Target

#: Deviations below this share of the largest value are none.
NOTHING = 1e-7
ROUNDS = 8


#: Cells and coefficients: the sum over hidden ones must be one at least.
Cut = tuple[Ints, Floats]


class Guard:
    """All targets of one measure against all attackers.

    Attacker 0 knows what is published; attacker 1 + i also knows the atom
    ``singles[i]``, being alone in it. ``witness`` (t, 1 + singles) has the rank of a
    world that this attacker cannot exclude and in which the target deviates enough,
    -1 while none is known.
    """

    def __init__(
        self,
        *,
        matrix: sparse.csr_matrix,
        value: Floats,
        floor: Floats,
        sets: sparse.csr_matrix,
        rows: Ints,
        targets: Sequence[Target],
        singles: Ints,
        weight: Floats,
        fixed: Flags,
        silent: Flags,
        is_whole: bool,
        low: Floats | None = None,
        high: Floats | None = None,
        also: Also | None = None,
    ) -> None:
        amounts = np.array([one.amount for one in targets])
        # Numbers near one suit the solver, whether these are visitors or cents.
        self.unit = 1.0 if is_whole or not len(amounts) else float(np.median(amounts))
        ground = Ground(
            matrix, value / self.unit, floor / self.unit, silent, also=also,
            low=None if low is None else low / self.unit,
            high=None if high is None else high / self.unit,
        )  # fmt: skip
        self.ground = ground
        self.weight, self.fixed = weight, fixed
        self.is_hidden: Flags = np.zeros(len(weight), np.bool_)
        self.sets, self.rows, self.singles = sets, rows, singles
        self.set = np.array([one.set for one in targets], np.int64)
        self.side = np.array([one.side for one in targets], np.int64)
        self.amount = amounts / self.unit
        down = np.asarray(sets @ (ground.value if low is None else -ground.low))
        room = np.where(self.side > 0, (sets @ ground.high)[self.set], down[self.set])
        asked = self.amount * (1.0 if is_whole else MARGIN)
        self.asked = np.maximum(self.amount, np.minimum(asked, room))
        self.is_whole = is_whole
        self.witness = np.full((len(targets), 1 + len(singles)), -1, np.int64)
        self.uses: list[Flags] = []
        inside = np.asarray(sets[:, singles].todense(), np.bool_)
        self.is_own = np.zeros(self.witness.shape, np.bool_)
        if len(targets):
            self.is_own[:, 1:] = inside[self.set]
        self.far: Flags = np.zeros(len(targets), np.bool_)  # targets of the last world
        #: Targets that may have attackers without an answer.
        self.is_open: Flags = np.ones(len(targets), np.bool_)
        self.rng = np.random.default_rng(1)

    @cached_property
    def attack(self) -> Attack:
        """Made when it is first asked, as many a measure has nothing to protect."""
        made = Attack(self.ground)
        made.hide(np.flatnonzero(self.is_hidden))
        return made

    @cached_property
    def repair(self) -> Repair:
        made = Repair(self.ground, self.weight, self.fixed)
        made.hide(np.flatnonzero(self.is_hidden))
        return made

    @property
    def made(self) -> list[Attack | Repair]:
        """The programmes that there are."""
        known = self.__dict__
        return [known[name] for name in ("attack", "repair") if name in known]

    @property
    def solved(self) -> int:
        return sum(one.solved for one in self.made)

    def pending(self) -> Flags:
        """(t, 1 + singles) attackers that are not known to fail."""
        waiting: Flags = (self.witness < 0) & ~self.is_own
        return waiting

    def waiting(self, target: int) -> Ints:
        """The attackers of a target that are not known to fail."""
        open_: Flags = (self.witness[target] < 0) & ~self.is_own[target]
        return np.flatnonzero(open_)

    def columns(self, target: int) -> Ints:
        start, end = self.sets.indptr[self.set[target] : self.set[target] + 2]
        found: Ints = self.sets.indices[start:end].astype(np.int64)
        return found

    def hide(self, cells: Ints) -> None:
        self.is_hidden[cells] = True
        for one in self.made:
            one.hide(cells)

    def show(self, cells: Ints) -> None:
        self.is_hidden[cells] = False
        for one in self.made:
            one.show(cells)

    def spoil(self, cells: Ints) -> None:
        """Drop the worlds in which these cells, now shown, are other than they are."""
        if len(self.uses):
            users: Flags = np.array([bool(uses[cells].any()) for uses in self.uses])
            known = self.witness >= 0
            self.witness[known & users[np.maximum(self.witness, 0)]] = -1
            self.is_open[:] = True

    def proof(self) -> tuple[Ints, list[Flags]]:
        """The worlds that answer all attackers, to come back to."""
        return self.witness.copy(), list(self.uses)

    def recall(self, proof: tuple[Ints, list[Flags]]) -> None:
        self.witness, self.uses = proof[0].copy(), list(proof[1])
        self.is_open[:] = True

    def stands(self, hidden: Flags) -> bool:
        """Whether every attacker has a world, and each agrees with what is shown."""
        used = np.unique(self.witness[~self.is_own])
        if not len(used):
            return True
        return bool(used[0] >= 0) and not any(
            (self.uses[world] & ~hidden).any() for world in used.tolist()
        )

    def note(self, found: Floats) -> Flags:
        """Keep a possible world; say for which attackers (1 + i,) it is one."""
        still: Flags = np.zeros(1 + len(self.singles), np.bool_)
        if self.is_whole:
            whole = np.rint(found)
            if np.abs(found - whole).max(initial=0.0) > 1e-6:
                return still
            found = whole
        reached = np.asarray(self.sets @ found).ravel()[self.set] * self.side
        is_far = reached >= self.amount * (1 - 1e-9) - 1e-9
        is_far &= reached > 0
        far = np.flatnonzero(is_far & self.is_open)
        still[0] = True
        still[1:] = np.abs(found[self.singles]) < NOTHING
        fresh = (self.witness[far] < 0) & still[None, :]
        if fresh.any():
            self.witness[far] = np.where(fresh, len(self.uses), self.witness[far])
            self.uses.append(self.ground.moved(found, NOTHING))
            self.is_open[far] = ((self.witness[far] < 0) & ~self.is_own[far]).any(
                axis=1
            )
        self.far = is_far
        return still

    def sweep(self) -> None:
        """Ask one programme for a world that serves many targets at once."""
        for _ in range(ROUNDS):
            waiting = self.pending()
            if not waiting.any():
                return
            before = int(waiting.sum())
            self.ask_many(waiting)
            if before - int(self.pending().sum()) < max(8, before // 50):
                return

    def ask_many(self, waiting: Flags) -> None:
        attack = self.attack
        some = waiting.any(axis=1)
        up = some & (self.side > 0)
        down = some & (self.side < 0)
        flip = self.rng.random(self.sets.shape[0]) < 0.5
        both = np.zeros(self.sets.shape[0], np.bool_)
        both[np.intersect1d(self.set[up], self.set[down])] = True
        chosen = some & ~(both[self.set] & (flip[self.set] == (self.side > 0)))
        known = self.singles[self.rng.random(len(self.singles)) < 0.5]
        if waiting[:, 0].any():
            known = known[:0]
        cost = np.zeros(len(self.ground.value))
        attack.hold(known)
        for target in np.flatnonzero(chosen).tolist():
            columns = self.columns(target)
            cost[columns] += self.side[target] / self.asked[target]
            row = int(self.rows[self.set[target]])
            if self.side[target] > 0 and not np.isin(columns, known).any():
                attack.cap(columns, row, self.asked[target])
        every = np.arange(len(cost))
        # What has no cap must not run away.
        wild = np.setdiff1d(np.flatnonzero((cost > 0) & (attack.tied == 0)), known)
        high = np.minimum(self.tops(chosen, wild), self.asked.max())
        high = np.minimum(high, self.ground.high[wild])
        attack.bound(wild, self.ground.low[wild], high)
        attack.cost(every, cost)
        self.note(attack.solve())
        attack.cost(every, np.zeros(len(cost)))
        attack.release(every)
        for target in np.flatnonzero(chosen).tolist():
            attack.uncap(self.columns(target), int(self.rows[self.set[target]]))

    def tops(self, chosen: Flags, columns: Ints) -> Floats:
        """How far up each column need go, (columns,)."""
        most = np.full(len(self.ground.value), np.inf)
        for target in np.flatnonzero(chosen & (self.side > 0)).tolist():
            if self.rows[self.set[target]] < 0:
                most[self.columns(target)[0]] = self.asked[target]
        return most[columns]

    def reach(self, target: int, attackers: Ints) -> bool:
        """Look for one world in which a target deviates, whichever of these asks."""
        where = self.columns(target), int(self.rows[self.set[target]])
        side, asked = int(self.side[target]), float(self.asked[target])
        known = self.known(attackers)
        found = self.attack.reach(*where, side, asked, still=known)
        still = self.note(found)
        if self.is_whole and not (still[0] and self.far[target]):
            reached = float(found[where[0]].sum()) * side
            if reached >= self.amount[target] - 1e-6:  # but only with halves of units
                self.attack.integer(True)
                found = self.attack.reach(*where, side, asked, still=known)
                self.attack.integer(False)
                still = self.note(found)
        return bool(self.far[target] and still[attackers].all())

    def cut(self, target: int, attackers: Ints) -> Cut | None:
        """What any safe pattern must obey, read from the last world that fell short.

        The prices prove that the target cannot deviate enough unless cells are hidden
        that now are shown; nothing if their numbers prove nothing.
        """
        ground = self.ground
        price, more = self.attack.prices()
        price[np.abs(price) < 1e-9] = 0.0
        more[np.abs(more) < 1e-9] = 0.0
        aim = np.zeros(len(ground.value))
        aim[self.columns(target)] = float(self.side[target])
        also = ground.also
        spare = np.asarray(price @ ground.matrix + more @ also.rows).ravel() - aim
        spare[self.known(attackers)] = 0.0
        if spare.min(initial=0.0) < -1e-6:
            return None
        asked = self.amount[target]
        rest = asked - float(np.maximum(spare, 0.0) @ -ground.low)
        told = np.flatnonzero(more)
        ends = more[told] * also.low[told], more[told] * also.high[told]
        rest -= float(np.maximum(*ends).sum())
        if rest < 1e-6 * asked:
            return None
        is_free = price > 0
        is_free[also.cell[told]] = True
        cells = np.flatnonzero(is_free | (price != 0))
        share = np.minimum(1.0, np.maximum(price * ground.floor, 0.0)[cells] / rest)
        return cells, np.where(is_free[cells], 1.0, share)

    def missing(self, target: int, attackers: Ints) -> Ints | None:
        """Cells to hide against these attackers together; nothing if none would do."""
        return self.repair.cells(
            self.columns(target),
            int(self.rows[self.set[target]]),
            int(self.side[target]),
            float(self.asked[target]),
            still=self.known(attackers),
            is_whole=self.is_whole,
        )

    def known(self, attackers: Ints) -> Ints:
        return self.singles[attackers[attackers > 0] - 1]
