"""The search: a first plan, the bound, better plans, a tighter bound, in turns."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from maillage.kernels.season.cuts import Cuts, forgotten, lengthen, separate
from maillage.kernels.season.families import Season
from maillage.kernels.season.generation import Generation
from maillage.kernels.season.master import Master
from maillage.kernels.season.neighbourhood import Better, accept, dive, improve
from maillage.kernels.season.parts import LARGE, Parts
from maillage.kernels.season.pricing import GLANCE, NARROW
from maillage.kernels.season.problem import Floats, Phase
from maillage.kernels.season.prove import every
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.tours import Tour

Say = Callable[[Phase, float, float, int, int], None]
#: A gap, relative, that counts as none.
CLOSED = 1e-7
#: Rounds between two plans made from the relaxation on the way.
PLAN_EVERY = 15
#: Rounds of cuts at most, and drawn parts without a gain, for each part, to give up.
CUT_ROUNDS, VAIN = 40, 6
#: Relative gap to the relaxation at which it counts as solved.
CONVERGED = 2e-4
#: Gain of some parts, relative, below which the next are looked at more closely.
SMALL, MOST_EFFORT = 5e-4, 8
#: Calls of the solver to settle a small season.
PROVING = 3000
#: Parts planned at a time.
BATCH = 4
#: Rounds on a part by itself, by level; what its tours may lack to be taken over.
WARM, NEAR = (40, 6), 2e-3
#: Exact rounds at a time.
DEEP = 6
#: Tours of a family that parts begin with.
STORED = 400


class Search:
    """The state of a search: the best plan, the relaxation, the bound."""

    def __init__(
        self,
        season: Season,
        *,
        seed: int,
        stop: Callable[[], bool],
        say: Say,
        pool: ThreadPoolExecutor,
    ) -> None:
        self.season = season
        self.stop = stop
        self.say = say
        self.pool = pool
        self.best = Roster(season)
        self.parts = Parts(season, seed=seed)
        self.master = Master(season, season.room)
        self.master.watch(stop)
        self.generation = Generation(
            season=season,
            master=self.master,
            families=range(len(season.families)),
            cuts=Cuts(season),
            pool=pool,
        )
        self.iterations = 0
        self.is_complete = False
        self.effort = 1
        self.most = season.base_value + self.obvious()
        self.scale = abs(season.base_value) + self.obvious()

    def obvious(self) -> float:
        """Bound without any search: each request at its best, for nothing."""
        best = np.zeros(self.season.problem.requests)
        for family in self.season.families:
            np.maximum.at(best, family.request, family.value)
        spare = sum(
            family.base_km * family.km_cost * family.count
            for family in self.season.families
        )
        return float(best.sum()) + spare

    @property
    def bound(self) -> float:
        """The best bound so far, rounded up."""
        proven = min(self.most, self.season.base_value + self.generation.bound)
        return proven + 1e-9 * self.scale

    def is_closed(self) -> bool:
        gap = self.bound - self.best.value
        return gap <= 3e-6 + CLOSED * max(abs(self.bound), 1.0)

    def tell(self, phase: Phase) -> None:
        bound = max(self.bound, self.best.value)
        self.say(phase, self.best.value, bound, self.best.served, self.iterations)

    def run(self) -> None:
        """Search until the gap is closed, nothing is found any more, or told to stop."""
        self.begin()
        if self.stop() or not self.warm() or not self.relax():
            return
        if not self.is_closed() and self.prove():
            return
        store = self.store()
        if not self.sweep(self.parts.all(), store, Phase.DIVE):
            return
        vain = 0
        can_cut = True
        while not self.is_closed():
            if can_cut and self.generation.rounds:
                done = self.tighten()
                if done is None:
                    return
                can_cut = done
                store = self.store()
            value = self.best.value
            for _ in range(max(2, len(self.season.families) // 8)):
                parts = self.parts.draw(BATCH)
                if not self.sweep(parts, store, Phase.IMPROVE):
                    return
                if self.is_closed():
                    break
            if self.best.value < value + SMALL * abs(value):
                self.effort = min(2 * self.effort, MOST_EFFORT)
            vain = 0 if self.best.value > value + 1e-6 else vain + 1
            if not can_cut and vain >= VAIN:
                break
        self.is_complete = True

    def prove(self) -> bool:
        """Solve a small season by all its tours; say whether that settled it."""
        tours = every(self.season)
        if tours is None:
            return False
        master = Master(self.season, self.season.room)
        master.watch(self.stop)
        own = [one for mine in self.best.tours for one in mine]
        master.add([*tours, *own])
        if not master.solve():
            return False
        value = sum(one.value for one in own)
        given = [master.known[one.family, one.steps] for one in own]
        chosen = master.whole(given, least=value, calls=PROVING)
        if master.is_stopped:
            return False
        if chosen:
            plan = Roster(self.season)
            for column in chosen:
                plan.put(master.tours[column])
            if plan.value > self.best.value:
                self.best = plan
        self.most = min(self.most, self.season.base_value + master.proven)
        self.is_complete = self.is_closed()
        return self.is_complete

    def begin(self) -> None:
        """Make a first plan: the best tour of each copy in turn."""
        order = np.argsort(-self.parts.loans, kind="stable")
        none = np.zeros(self.season.problem.requests)
        for rank in order.tolist():
            if self.stop():
                break
            self.best.fill([rank], none, km=0.0)
        self.tell(Phase.GREEDY)
        self.master.add(one for tours in self.best.tours for one in tours)

    def warm(self) -> bool:
        """Solve the relaxation part by part, as if they shared nothing; false if stopped.

        What they are worth together bounds the season, their tours begin its relaxation.
        """
        season = self.season

        def one(part: list[int]) -> tuple[float, list[Tour], list[Tour]]:
            requests = np.unique(
                np.concatenate([season.families[rank].request for rank in part])
            )
            master = Master(season, season.room, requests=requests, families=part)
            master.watch(self.stop)
            master.add(tour for rank in part for tour in self.best.tours[rank])
            generation = Generation(
                season=season, master=master, families=part, cuts=Cuts(season, part)
            )
            for level, rounds in zip((GLANCE, NARROW), WARM, strict=True):
                generation.run(stop=self.stop, level=level, last=level, rounds=rounds)
            if master.is_stopped or not master.tours:
                return generation.bound, [], []
            near = master.reduced_costs() > -NEAR * abs(master.value)
            tours = [master.tours[column] for column in np.flatnonzero(near).tolist()]
            found = dive(generation, Roster(season), stop=self.stop) or []
            return generation.bound, tours, found

        parts = self.parts.all(LARGE)
        total = season.base_value
        plan = Roster(season)
        for at in range(0, len(parts), BATCH):
            done = list(self.pool.map(one, parts[at : at + BATCH]))
            if self.stop():
                return False
            for bound, tours, found in done:
                total += bound
                self.master.add(tours)
                self.iterations += 1
                for tour in found:
                    plan.put_part(tour)
            self.tell(Phase.BOUND)
        self.refill(plan)
        self.most = min(self.most, total)
        if not self.master.solve():
            return False
        self.round()
        self.tell(Phase.BOUND)
        return True

    def relax(self) -> bool:
        """Solve the relaxation, making plans on the way; false if stopped."""

        def seen() -> None:
            self.iterations += 1
            if self.generation.rounds % PLAN_EVERY == 0:
                self.round()
            self.tell(Phase.BOUND)

        done = self.generation.run(
            stop=self.stop, tolerance=CONVERGED, seen=seen, deep=DEEP, level=NARROW
        )
        if done and not self.stop() and self.master.solve():
            self.round()
            self.tell(Phase.BOUND)
        return done and self.generation.bound < np.inf

    def round(self) -> None:
        """Make a plan from the relaxation: its largest tours, then what fits."""
        master = self.master
        if not len(master.x):
            return
        plan = Roster(self.season)
        for column in np.argsort(-master.x, kind="stable").tolist():
            if master.x[column] < 0.02:
                break
            for _ in range(max(1, round(float(master.x[column])))):
                if not plan.fits(master.tours[column]):
                    break
                plan.put(master.tours[column])
        self.refill(plan)

    def refill(self, plan: Roster) -> None:
        """Let the copies left over take what is left; keep the plan if it is best."""
        order = np.argsort(-self.parts.loans, kind="stable").tolist()
        plan.fill(order, np.zeros(self.season.problem.requests), km=0.0)
        if plan.value > self.best.value + 1e-9:
            self.best = plan

    def store(self) -> list[list[Tour]]:
        """By family, the tours that the relaxation thinks most of."""
        cost = self.master.reduced_costs() if self.master.tours else np.zeros(0)
        store: list[list[Tour]] = [[] for _ in self.season.families]
        for column in np.argsort(-cost, kind="stable").tolist():
            one = self.master.tours[column]
            if one.is_elementary and len(store[one.family]) < STORED:
                store[one.family].append(one)
        return store

    def sweep(
        self, parts: list[list[int]], store: list[list[Tour]], phase: Phase
    ) -> bool:
        """Plan parts anew, a few at a time; false if stopped."""

        def one(part: list[int]) -> Better:
            near = [store[rank] for rank in part]
            return improve(self.best, part, near, effort=self.effort, stop=self.stop)

        for at in range(0, len(parts), BATCH):
            some = parts[at : at + BATCH]
            found = list(self.pool.map(one, some))
            if self.stop():
                return False
            for part, better in zip(some, found, strict=True):
                self.iterations += 1
                gained = accept(self.best, better)
                self.parts.note(part, has_gained=gained, is_best=better.is_best)
            self.tell(phase)
        return True

    def tighten(self) -> bool | None:
        """Add cuts and memory, solve again; whether there was any, None if stopped."""
        master, generation = self.master, self.generation
        if not len(master.x) or len(generation.cuts.triples) > 20_000:
            return False
        if generation.is_over and not self.cut():
            return False
        master.add(one for tours in self.best.tours for one in tours)

        def seen() -> None:
            self.iterations += 1
            self.tell(Phase.TIGHTEN)

        if not generation.run(
            stop=self.stop, tolerance=CONVERGED, seen=seen, deep=DEEP, level=NARROW
        ):
            return None
        if not master.solve():
            return None
        self.round()
        self.tell(Phase.TIGHTEN)
        return True

    def cut(self) -> bool:
        """Forbid the cycles and cut off the fractions of the relaxation, if any."""
        master, generation = self.master, self.generation
        cycles = lengthen(self.season, master.tours, master.x)
        triples = separate(
            master.tours,
            master.x,
            known=generation.cuts.known,
            most=20 + 3 * len(self.season.families),
        )
        if cycles:
            master.forbid(forgotten(self.season, master.tours, set()))
            generation.asked.clear()
        master.add_cuts(triples)
        generation.cuts.add(triples)
        return cycles > 0 or len(triples) > 0

    def group_price(self) -> Floats:
        """(K,) what one more copy of each group would bring at most."""
        price = np.zeros(self.season.problem.groups)
        for family, most in zip(
            self.season.families, self.generation.most, strict=False
        ):
            price[family.group] = max(price[family.group], most)
        return price

    def host_price(self) -> Floats:
        """(H,) what one more loan of each host would bring at most."""
        problem = self.season.problem
        price = np.zeros(len(problem.host_limit))
        if self.generation.centre is not None:
            has = self.season.host_row >= 0
            rows = self.season.host_row[has]
            price[problem.host[has]] = self.generation.centre[0][rows]
        return price
