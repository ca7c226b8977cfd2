"""The search: a first plan, then block by block bounds and better plans, in turns."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from maillage.kernels.season.block import Block, blocks_of, rows_of
from maillage.kernels.season.families import Season
from maillage.kernels.season.master import Master
from maillage.kernels.season.neighbourhood import accept
from maillage.kernels.season.problem import Floats, Phase
from maillage.kernels.season.prove import every
from maillage.kernels.season.roster import Roster

Say = Callable[[Phase, float, float, int, int], None]
#: A gap, relative, that counts as none.
CLOSED = 1e-7
#: Blocks worked on at a time.
BATCH = 4
#: Share of the gap from which a block is worked on alone, by all threads.
ALONE = 0.4
#: Times that prices of what blocks share are sought, and relative change that matters.
PRICINGS, MATTERS = 2, 1e-4
#: Batches between two plans of all blocks together.
APART = 12
#: Work of a turn below which it makes no difference.
COST = 300_000
#: What tours may lack, relative, to count when prices are sought.
NEAR = 2e-3
#: Calls of the solver to settle a small season.
PROVING = 3000
#: The same to choose among the tours of all blocks.
CHOOSING = 60


class Search:
    """The state of a search: the best plan, the blocks, the bound."""

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
        ranks = blocks_of(season)
        self.blocks = [
            Block(season, mine, rows, seed=seed, stop=stop)
            for mine, rows in zip(ranks, rows_of(season, ranks), strict=True)
        ]
        self.blocks.sort(key=lambda block: (-block.size, block.families))
        self.price: Floats = np.zeros(season.rows)
        self.iterations = self.pricings = 0
        self.is_complete = False
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
        proven = self.season.base_value + float(self.price @ self.season.room)
        proven += sum(block.bound for block in self.blocks)
        self.most = min(self.most, proven)
        return self.most + 1e-9 * self.scale

    def is_closed(self) -> bool:
        gap = self.bound - self.best.value
        return gap <= 3e-6 + CLOSED * max(abs(self.bound), 1.0)

    def tell(self, phase: Phase) -> None:
        bound = max(self.bound, self.best.value)
        self.say(phase, self.best.value, bound, self.best.served, self.iterations)

    def run(self) -> None:
        """Search until the gap is closed, nothing is found any more, or told to stop."""
        self.begin()
        if self.stop() or not self.sketch():
            return
        turns = 0
        while not self.is_closed():
            is_due = turns % APART == 0 or self.pricings < PRICINGS
            is_due = is_due and all(map(self.is_ready, self.blocks))
            if is_due and not self.balance():
                return
            turns += 1
            batch = self.pressing()
            if not batch:
                break
            if not self.turn(batch):
                return
        if not self.is_closed() and not self.prove():
            return
        self.is_complete = True

    def begin(self) -> None:
        """Make a first plan: the best tour of each copy in turn."""
        for block in self.blocks:
            if self.stop():
                break
            self.refill(self.best, block.families)
        self.tell(Phase.GREEDY)

    def refill(self, plan: Roster, ranks: Sequence[int]) -> None:
        """Let the copies left over take what is left."""
        families = self.season.families
        order = sorted(ranks, key=lambda rank: (-families[rank].loans, rank))
        plan.fill(order, np.zeros(self.season.problem.requests), km=0.0)

    def sketch(self) -> bool:
        """Solve each block roughly; put their plans together. False if stopped."""
        plan = Roster(self.season)
        for at in range(0, len(self.blocks), BATCH):
            some = self.blocks[at : at + BATCH]
            pool = self.pool if len(some) == 1 else None
            for block in some:
                block.generation.pool = pool
            run = map if len(some) == 1 else self.pool.map
            found = list(run(lambda block: block.sketch(self.best), some))
            if self.stop() or None in found:
                return False
            for block in some:
                block.keep()
            for better in found:
                self.iterations += 1
                for tour in better.tours if better is not None else ():
                    plan.put_part(tour)
            merged = plan.copy()
            for block in self.blocks[at + BATCH :]:
                for rank in block.families:
                    for tour in self.best.tours[rank]:
                        merged.put_part(tour)
            self.take(merged)
            self.tell(Phase.BOUND)
        self.refill(plan, range(len(self.season.families)))
        self.take(plan)
        self.tell(Phase.BOUND)
        return True

    def take(self, plan: Roster) -> None:
        if plan.value > self.best.value + 1e-9:
            self.best = plan

    def balance(self) -> bool:
        """Plan all blocks together, and price what they share; false if stopped."""
        self.most = min(self.most, self.bound)
        price = self.priced()
        if price is None:
            return False
        if self.pricings < PRICINGS:
            self.pricings += 1
            self.price = price
            for block in self.blocks:
                block.reprice(price)
        return True

    def is_ready(self, block: Block) -> bool:
        """Whether a block has been looked at under these prices, or needs not be."""
        gap = block.bound - block.worth(self.best.tours)
        return (
            not self.pricings or block.tries > 0 or gap <= CLOSED * abs(self.best.value)
        )

    def priced(self) -> Floats | None:
        """(rows,) duals of the rows that blocks share; nothing if stopped."""
        season = self.season
        price = np.zeros(season.rows)
        is_shared = np.arange(season.rows) >= season.problem.requests + len(
            season.families
        )
        for block in self.blocks:
            is_shared[block.master.full_row] = False
        shared = np.flatnonzero(is_shared)
        if not len(shared) and len(self.blocks) < 2:
            return price
        whole = Master(season, season.room)
        whole.watch(self.stop)
        for block in self.blocks:
            master = block.master
            if not master.solve():
                return None
            active = np.flatnonzero(master.cut_dual > 1e-7).tolist()
            whole.add_cuts([master.cuts[cut] for cut in active])
        for block in self.blocks:
            master = block.master
            if not master.tours:
                continue
            near = master.reduced_costs() > -NEAR * abs(master.value)
            whole.add(master.tours[column] for column in np.flatnonzero(near).tolist())
            whole.add(one for rank in block.families for one in self.best.tours[rank])
        if not whole.solve():
            return None
        price[shared] = whole.dual[shared]
        if self.price.any() and not self.choose(whole):
            return None
        if self.price.any():
            price = (price + self.price) / 2
        price[price < MATTERS * 1e-3 * max(whole.value, 1e-9)] = 0.0
        return price

    def choose(self, whole: Master) -> bool:
        """Choose among the tours of all blocks together; false if stopped."""
        given = [
            whole.known[one.family, one.steps]
            for mine in self.best.tours
            for one in mine
        ]
        value = sum(one.value for mine in self.best.tours for one in mine)
        if whole.value <= value:
            return True
        chosen = whole.whole(given, least=value, calls=CHOOSING)
        if whole.is_stopped:
            return False
        plan = Roster(self.season)
        for column in chosen:
            if plan.fits(whole.tours[column]):
                plan.put(whole.tours[column])
        self.refill(plan, range(len(self.season.families)))
        self.take(plan)
        return True

    def pressing(self) -> list[Block]:
        """The blocks with most to gain, for what was gained there lately."""
        gaps = np.array(
            [
                max(block.bound - block.worth(self.best.tours), 0.0)
                for block in self.blocks
            ]
        )
        least = 0.25 * CLOSED * abs(self.bound) / max(len(self.blocks), 1)
        pull = [
            gap * block.wait / (block.cost + COST)
            for gap, block in zip(gaps.tolist(), self.blocks, strict=True)
        ]
        order = [
            rank
            for rank in np.argsort(-np.array(pull), kind="stable").tolist()
            if gaps[rank] > least and not self.blocks[rank].is_done
        ]
        if order and gaps[order[0]] > ALONE * gaps.sum():
            order = order[:1]
        return [self.blocks[rank] for rank in order[:BATCH]]

    def turn(self, batch: Sequence[Block], phase: Phase | None = None) -> bool:
        """Let some blocks work at a time; false if stopped."""
        if len(batch) == 1:
            found = [batch[0].work(self.best, self.pool)]
        else:
            found = list(
                self.pool.map(lambda block: block.work(self.best, None), batch)
            )
        if self.stop() or None in found:
            return False
        for block in batch:
            block.keep()
        for some in found:
            self.iterations += 1
            for better in some or ():
                accept(self.best, better)
        for block in self.blocks:
            block.wait = min(block.wait + 0.02, 1.0)
        self.tell(phase or Phase.IMPROVE)
        return True

    def prove(self) -> bool:
        """Solve a small season by all its tours; false if stopped."""
        tours = every(self.season)
        if tours is None:
            return True
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
            self.take(plan)
        self.most = min(self.most, self.season.base_value + master.proven)
        return True

    def group_price(self) -> Floats:
        """(K,) what one more copy of each group would bring at most."""
        price = np.zeros(self.season.problem.groups)
        for block in self.blocks:
            pairs = zip(block.families, block.most.tolist(), strict=False)
            for rank, most in pairs:
                group = self.season.families[rank].group
                price[group] = max(price[group], most)
        return price

    def host_price(self) -> Floats:
        """(H,) what one more loan of each host would bring at most."""
        problem = self.season.problem
        row = self.price.copy()
        for block in self.blocks:
            if block.centre is not None:
                mine = block.master.full_row
                row[mine] = block.centre[0][mine]
        price = np.zeros(len(problem.host_limit))
        has = self.season.host_row >= 0
        price[problem.host[has]] = row[self.season.host_row[has]]
        return price
