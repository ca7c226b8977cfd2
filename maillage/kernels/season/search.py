"""The search: a first plan, the bound, better plans, a tighter bound, in turns."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from maillage.kernels.season.cuts import Cuts, forgotten, lengthen, separate
from maillage.kernels.season.families import Season
from maillage.kernels.season.generation import Generation
from maillage.kernels.season.master import Master
from maillage.kernels.season.neighbourhood import Better, accept, improve
from maillage.kernels.season.parts import Parts
from maillage.kernels.season.problem import Floats, Phase
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.tours import Tour

Say = Callable[[Phase, float, float, int, int], None]
#: A gap, relative, that counts as none.
CLOSED = 1e-7
#: Rounds between two plans made from the relaxation on the way.
PLAN_EVERY = 15
#: Rounds of cuts at most, and drawn parts without a gain, for each part, to give up.
CUT_ROUNDS, VAIN = 40, 6
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
        self.most = season.base_value + self.obvious()

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
        return proven + 1e-9 * abs(proven) + 1e-6

    def is_closed(self) -> bool:
        gap = self.bound - self.best.value
        return gap <= 3e-6 + CLOSED * max(abs(self.bound), 1.0)

    def tell(self, phase: Phase) -> None:
        bound = max(self.bound, self.best.value)
        self.say(phase, self.best.value, bound, self.best.served, self.iterations)

    def run(self) -> None:
        """Search until the gap is closed, nothing is found any more, or told to stop."""
        self.begin()
        if self.stop() or not self.relax():
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
                parts = self.parts.draw(2)
                if not self.sweep(parts, store, Phase.IMPROVE):
                    return
                if self.is_closed():
                    break
            vain = 0 if self.best.value > value + 1e-6 else vain + 1
            if not can_cut and vain >= VAIN:
                break
        self.is_complete = True

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

    def relax(self) -> bool:
        """Solve the relaxation, making plans on the way; false if stopped."""

        def seen() -> None:
            self.iterations += 1
            if self.generation.rounds % PLAN_EVERY == 0:
                self.round()
            self.tell(Phase.BOUND)

        done = self.generation.run(stop=self.stop, tolerance=2e-4, seen=seen)
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
        """Plan parts anew, two at a time; false if stopped."""

        def one(part: list[int]) -> Better:
            near = [store[rank] for rank in part]
            return improve(self.best, part, near, stop=self.stop)

        for at in range(0, len(parts), 2):
            some = parts[at : at + 2]
            found = list(self.pool.map(one, some))
            if self.stop():
                return False
            for part, better in zip(some, found, strict=True):
                self.iterations += 1
                gained = accept(self.best, better)
                self.parts.note(part, has_gained=gained)
            self.tell(phase)
        return True

    def tighten(self) -> bool | None:
        """Add cuts and memory, solve again; whether there was any, None if stopped."""
        master, generation = self.master, self.generation
        if not len(master.x) or len(generation.cuts.triples) > 20_000:
            return False
        cycles = lengthen(self.season, master.tours, master.x)
        triples = separate(
            master.tours,
            master.x,
            known=generation.cuts.known,
            most=20 + 3 * len(self.season.families),
        )
        if not cycles and not triples:
            return False
        if cycles:
            master.forbid(forgotten(self.season, master.tours, set()))
        master.add_cuts(triples)
        generation.cuts.add(triples)
        master.add(one for tours in self.best.tours for one in tours)

        def seen() -> None:
            self.iterations += 1
            self.tell(Phase.TIGHTEN)

        if not generation.run(stop=self.stop, tolerance=2e-4, seen=seen):
            return None
        if not master.solve():
            return None
        self.round()
        self.tell(Phase.TIGHTEN)
        return True

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
