"""Families that want the same requests: their relaxation, their bound, their plan."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from maillage.kernels.season.anneal import MOST, RUIN, annealed, part_of
from maillage.kernels.season.cuts import Cuts, forgotten, lengthen, separate
from maillage.kernels.season.families import Season
from maillage.kernels.season.generation import Generation
from maillage.kernels.season.master import Master
from maillage.kernels.season.neighbourhood import (
    Better,
    gained,
    improve,
    settle,
)
from maillage.kernels.season.parts import Parts
from maillage.kernels.season.pricing import EXACT, NARROW
from maillage.kernels.season.problem import Floats, Ints
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.threads import spread
from maillage.kernels.season.tours import Tour

#: A block of so many copies, and so many loans to choose from, is planned as a whole.
WHOLE = (12, 420)
#: Rounds and work for a first bound, and how near the relaxation at a glance need be.
SKETCH, SKETCHED, ROUGH = 60, 1_500_000, 1e-2
#: Labels and entries of tables made in one turn, and turns to solve the relaxation.
WORK, TURNS = 1_500_000, 4
#: Rounds that a turn may make, whatever they cost.
ROUNDS = 4
#: Rounds of cuts of one turn.
CUTS = 6
#: Relative gap to the relaxation at which it counts as solved.
CONVERGED = 1e-4
#: Fall of the relaxation, relative, below which cuts are of little use.
LITTLE = 1e-4
#: Turns without a gain to give up; most effort of a turn.
VAIN, MOST_EFFORT = 6, 8
#: Tours of a family that parts begin with.
STORED = 400
#: Cuts of a block at most.
MOST_CUTS = 3000
#: Ruins for each loan of a plan; how hot at first, and every other time after that.
RUINS, HOT, WARM = 50, 0.3, 0.1
#: Tasks for a block as a whole; others are parts of it.
SETTLE, POLISH = "settle", "polish"


class Block:
    """Families tied by requests, and by rows that no other family takes from.

    Rows shared with other blocks have a price instead, ``master.price``.
    """

    def __init__(
        self,
        season: Season,
        families: Sequence[int],
        rows: Ints,
        *,
        seed: int,
        stop: Callable[[], bool],
    ) -> None:
        self.season = season
        self.families = list(families)
        self.stop = stop
        self.master = Master(
            season,
            season.room,
            requests=season.requests_of(families),
            families=families,
            common=rows,
        )
        self.master.watch(stop)
        self.generation = Generation(
            season=season,
            master=self.master,
            families=self.families,
            cuts=Cuts(season, families),
        )
        self.obvious = obvious(season, families)
        self.bound = np.inf  # of what its families add, shared rows paid for
        self.most: Floats = np.zeros(0)
        self.centre: tuple[Floats, Floats] | None = None
        self.parts = Parts(season, seed=seed, families=self.families)
        self.is_solved = self.is_done = False
        # the bound of a family that is not dense knows no cuts
        self.can_cut = all(season.families[rank].is_dense for rank in families)
        self.level = NARROW
        self.effort = 1
        self.vain = 0
        self.wait = 1.0
        self.tries = self.polished = 0
        self.turns = TURNS + 1
        self.cost = 0
        copies = sum(season.families[rank].count for rank in families)
        loans = sum(season.families[rank].loans for rank in families)
        self.size = loans
        self.flat = part_of(season, families)
        self.has_long = any(season.families[rank].long > 1 for rank in families)
        self.is_small = copies <= WHOLE[0] and loans <= WHOLE[1]

    def keep(self) -> None:
        """Take what is proven by now for known; a turn that is stopped tells nothing."""
        self.bound = self.generation.bound
        self.most = self.generation.most
        self.centre = self.generation.centre

    @property
    def budget(self) -> int:
        """Effort of one turn."""
        return max(WORK, min(ROUNDS * self.generation.full, ROUNDS * WORK))

    def worth(self, tours: Sequence[Sequence[Tour]]) -> float:
        """What its families add in a plan, shared rows paid for."""
        return sum(
            self.master.worth(one) for rank in self.families for one in tours[rank]
        )

    def reprice(self, price: Floats) -> None:
        """Change the prices of shared rows; what is proven is carried over."""
        before = self.master.price
        if self.master.reprice(price):
            self.is_solved, self.tries = False, 0
            self.turns = 1 if self.turns < TURNS else self.turns - 1
            self.generation.restart(before)
            self.keep()

    def sketch(self, roster: Roster, pool: ThreadPoolExecutor | None) -> bool | None:
        """Solve roughly, for a first bound; nothing if stopped."""
        self.generation.pool = pool
        self.master.add(one for rank in self.families for one in roster.tours[rank])
        if not self.generation.run(
            stop=self.stop, last=NARROW, rough=ROUGH, rounds=SKETCH, work=SKETCHED
        ):
            return None
        if not np.isfinite(self.generation.bound) and not self.generation.run(
            stop=self.stop, level=NARROW, last=NARROW, rounds=1
        ):
            return None
        return True

    def begin(self, roster: Roster, _pool: ThreadPoolExecutor | None) -> Better | None:
        """Anneal the first plan; nothing if stopped."""
        return self.anneal(roster, heat=HOT)

    def anneal(self, roster: Roster, *, heat: float, effort: int = 1) -> Better | None:
        """Ruin and rebuild, ``effort`` times as often; nothing if stopped.

        Large blocks are ruined less often: each time all of their loans are looked at.
        """
        mine = [one for rank in self.families for one in roster.tours[rank]]
        rounds = effort * min(RUINS * self.size, max(1, MOST // self.size))
        tours = annealed(
            roster,
            self.families,
            part=self.flat,
            seed=int(self.parts.generator.integers(2**63)),
            rounds=rounds,
            heat=heat,
            stop=self.stop,
        )
        if tours is None:
            return None
        return gained(self.families, tours, instead=mine, work=rounds * RUIN)

    def work(
        self, roster: Roster, pool: ThreadPoolExecutor | None
    ) -> list[Better] | None:
        """One turn: a tighter bound, or a better plan; nothing if stopped."""
        self.generation.pool = pool
        before = self.generation.work
        self.master.add(one for rank in self.families for one in roster.tours[rank])
        if self.is_solved:
            found = self.better(roster, pool)
        else:
            found = self.relax(roster, pool)
        self.cost = self.generation.work - before
        if found:
            self.cost += sum(one.work for one in found)
        return found

    def better(
        self, roster: Roster, pool: ThreadPoolExecutor | None
    ) -> list[Better] | None:
        """A tighter bound, then a better plan."""
        bound, value = self.generation.bound, self.worth(roster.tours)
        if self.can_cut and not self.tighten():
            return None
        found = self.plan(roster, pool)
        if found is None:
            return None
        gained = sum(one.gain for one in found)
        if gained < 5e-4 * abs(value):
            self.effort = min(2 * self.effort, MOST_EFFORT)
        fell = bound - self.generation.bound
        is_vain = gained + fell < 1e-3 * (bound - value)
        self.vain = self.vain + 1 if is_vain else 0
        self.wait = self.wait * (0.7 if gained + fell < 0.1 * (bound - value) else 1.0)
        self.is_done = not self.can_cut and self.vain >= VAIN
        return found

    def relax(
        self, roster: Roster, pool: ThreadPoolExecutor | None
    ) -> list[Better] | None:
        """Solve the relaxation, or go on with it; then plan."""
        if not self.generation.run(
            stop=self.stop,
            tolerance=CONVERGED,
            level=self.level,
            work=self.budget,
        ):
            return None
        self.level = EXACT
        self.tries += 1
        self.is_solved = self.generation.is_over or self.tries >= self.turns
        return self.plan(roster, pool)

    def tighten(self) -> bool:
        """Some rounds of cuts and longer memories; false if stopped."""
        master, generation = self.master, self.generation
        most = generation.work + self.budget
        for _ in range(CUTS):
            if generation.work >= most:
                return True
            if not master.solve():
                return False
            before = master.value
            # where tours are long the end may be far: cycles go at once
            can = generation.is_over or self.has_long
            if can and not self.cut() and generation.is_over:
                self.can_cut = False
                return True
            if not generation.run(
                stop=self.stop,
                tolerance=CONVERGED,
                level=NARROW,
                work=most - generation.work,
            ):
                return False
            if not master.solve():
                return False
            if generation.is_over and before - master.value < LITTLE * abs(before):
                return True
        return True

    def cut(self) -> bool:
        """Forbid the cycles and cut off the fractions of the relaxation, if any."""
        master, generation = self.master, self.generation
        if len(generation.cuts.triples) > MOST_CUTS:
            return False
        cycles = lengthen(self.season, master.tours, master.x)
        triples = separate(
            master.tours,
            master.x,
            known=generation.cuts.known,
            most=20 + 3 * len(self.families),
        )
        if cycles:
            master.forbid(forgotten(self.season, master.tours))
            generation.asked.clear()
        master.add_cuts(triples)
        generation.cuts.add(triples)
        return cycles > 0 or len(triples) > 0

    def plan(
        self, roster: Roster, pool: ThreadPoolExecutor | None
    ) -> list[Better] | None:
        """Look for better tours of these families, all others staying."""
        store = self.store()
        self.generation.pool = None  # its threads are taken by the parts
        self.polished += 1
        heat = (HOT, WARM)[self.polished % 2]

        def one(task: list[int] | str) -> Better | None:
            if isinstance(task, list):
                near = [store[rank] for rank in task]
                return improve(roster, task, near, effort=self.effort, stop=self.stop)
            if task == POLISH:
                return self.anneal(roster, heat=heat, effort=self.effort)
            return settle(roster, self.generation, effort=self.effort, stop=self.stop)

        parts: list[list[int]] = []
        if len(self.families) > 1:
            parts = self.parts.draw(2 if self.is_small else 4)
        tasks: list[list[int] | str] = [SETTLE] if self.is_small else []
        tasks += [*parts, POLISH]
        done = spread(pool, one, tasks)
        found = [each for each in done if each is not None]
        if self.stop() or len(found) < len(tasks):
            return None
        first = len(tasks) - len(parts) - 1
        for part, each in zip(parts, found[first:], strict=False):
            self.parts.note(part, has_gained=each.gain > 0, is_best=each.is_best)
        return found

    def store(self) -> list[list[Tour]]:
        """By family, the tours that the relaxation thinks most of."""
        cost = self.master.reduced_costs() if self.master.tours else np.zeros(0)
        store: list[list[Tour]] = [[] for _ in self.season.families]
        for column in np.argsort(-cost, kind="stable").tolist():
            one = self.master.tours[column]
            if one.is_elementary and len(store[one.family]) < STORED:
                store[one.family].append(one)
        return store


def obvious(season: Season, ranks: Sequence[int]) -> float:
    """Bound without any search: each request at its best, for nothing."""
    best = np.zeros(season.problem.requests)
    spare = 0.0
    for family in (season.families[rank] for rank in ranks):
        np.maximum.at(best, family.request, family.value)
        spare += family.base_km * family.km_cost * family.count
    return float(best.sum()) + spare


def blocks_of(season: Season) -> list[list[int]]:
    """Sort the families that may take anything into those that share requests."""
    head = list(range(len(season.families)))

    def first(rank: int) -> int:
        while head[rank] != rank:
            head[rank] = head[head[rank]]
            rank = head[rank]
        return rank

    taker: dict[int, int] = {}
    for family in season.families:
        for request in family.request.tolist():
            if request in taker:
                head[first(family.rank)] = first(taker[request])
            else:
                taker[request] = family.rank
    blocks: dict[int, list[int]] = {}
    for family in season.families:
        if family.loans:
            blocks.setdefault(first(family.rank), []).append(family.rank)
    return list(blocks.values())


def rows_of(season: Season, blocks: Sequence[Sequence[int]]) -> list[Ints]:
    """The rows beside requests and families that only one block takes from, by block."""
    mine = [season.common_rows(season.requests_of(ranks)) for ranks in blocks]
    takers = np.bincount(np.concatenate([*mine, np.zeros(0, np.int64)]))
    return [rows[takers[rows] == 1] for rows in mine]
