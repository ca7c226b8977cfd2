"""The search: a first plan, then block by block bounds and better plans, in turns."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

import numpy as np

from maillage.kernels.season.block import Block, blocks_of, rows_of
from maillage.kernels.season.families import Season
from maillage.kernels.season.master import Master
from maillage.kernels.season.neighbourhood import accept, total, whole_tours
from maillage.kernels.season.problem import Floats, Phase
from maillage.kernels.season.prove import every
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.threads import spread

R = TypeVar("R")
Say = Callable[[Phase, float, float, int, int], None]
#: A gap, relative, that counts as none.
CLOSED = 1e-7
#: Blocks worked on at a time.
BATCH = 8
#: Share of the gap from which a block is worked on alone, by all threads.
ALONE = 0.4
#: Times that prices of what blocks share are sought; the least that counts, relative.
PRICINGS, TRIFLE = 2, 1e-7
#: Share of the gap that other prices must promise to close to be tried after that.
WORTH = 0.2
#: Batches between two plans of all blocks together.
APART = 4
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
        self.promise = 0.0  # by how much other prices might lower the bound
        obvious = sum(block.obvious for block in self.blocks)
        self.most = season.base_value + obvious
        self.scale = abs(season.base_value) + obvious

    @property
    def bound(self) -> float:
        """The best bound so far, rounded up."""
        return self.most + 1e-9 * self.scale

    def learn(self) -> None:
        """Keep what the blocks have proven under the prices as they are."""
        for block in self.blocks:
            block.keep()
        proven = self.season.base_value + float(self.price @ self.season.room)
        proven += sum(
            block.bound if self.pricings else min(block.bound, block.obvious)
            for block in self.blocks
        )
        self.most = min(self.most, proven)

    @property
    def gap(self) -> float:
        return self.bound - self.best.value

    def is_closed(self) -> bool:
        return self.gap <= 3e-6 + CLOSED * max(abs(self.bound), 1.0)

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
        """Make a first plan: the best tour of each copy in turn, then annealed."""
        for block in self.blocks:
            if self.stop():
                break
            self.refill(self.best, block.families)
        self.tell(Phase.GREEDY)
        for at in range(0, len(self.blocks), BATCH):
            found = self.each(Block.begin, self.blocks[at : at + BATCH])
            if found is None:
                return
            for better in found:
                accept(self.best, better)
            self.tell(Phase.GREEDY)

    def refill(self, plan: Roster, ranks: Sequence[int]) -> None:
        """Let the copies left over take what is left."""
        families = self.season.families
        order = sorted(ranks, key=lambda rank: (-families[rank].loans, rank))
        plan.fill(order, np.zeros(self.season.problem.requests), km=0.0)

    def sketch(self) -> bool:
        """Bound each block roughly; false if stopped."""
        for at in range(0, len(self.blocks), BATCH):
            if self.each(Block.sketch, self.blocks[at : at + BATCH]) is None:
                return False
            self.tell(Phase.BOUND)
        return True

    def each(
        self,
        work: Callable[[Block, Roster, ThreadPoolExecutor | None], R | None],
        blocks: Sequence[Block],
    ) -> list[R] | None:
        """Let some blocks work at a time, or one with all threads; nothing if stopped."""
        if len(blocks) == 1:
            done = [work(blocks[0], self.best, self.pool)]
        else:
            done = spread(self.pool, lambda one: work(one, self.best, None), blocks)
        found = [one for one in done if one is not None]
        if self.stop() or len(found) < len(blocks):
            return None
        self.learn()
        self.iterations += len(blocks)
        return found

    def take(self, plan: Roster) -> None:
        if plan.value > self.best.value + 1e-9:
            self.best = plan

    def balance(self) -> bool:
        """Plan all blocks together, and price what they share; false if stopped."""
        price = self.priced()
        if price is None:
            return False
        if self.pricings < PRICINGS or self.promise > WORTH * self.gap:
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
            if not block.master.solve():
                return None
            whole.add_cuts(block.master.binding_cuts())
        for master in (block.master for block in self.blocks if block.master.tours):
            near = master.reduced_costs() > -NEAR * abs(master.value)
            whole.add(master.tours[column] for column in np.flatnonzero(near).tolist())
        whole.add(one for mine in self.best.tours for one in mine)
        if not whole.solve():
            return None
        price[shared] = whole.dual[shared]
        price[price < TRIFLE * max(whole.value, 1e-9)] = 0.0
        if not self.price.any():
            return price
        self.promise = self.bound - self.season.base_value - whole.value
        if not self.choose(whole, calls=CHOOSING):
            return None
        return (price + self.price) / 2 if self.pricings < PRICINGS else price

    def choose(self, master: Master, *, calls: int) -> bool:
        """Choose a plan among tours of all families; false if stopped."""
        own = [one for mine in self.best.tours for one in mine]
        chosen = whole_tours(master, own, least=total(own), calls=calls)
        if chosen is None:
            return False
        plan = Roster(self.season)
        for one in chosen:
            if plan.fits(one):
                plan.put(one)
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

    def turn(self, batch: Sequence[Block]) -> bool:
        """Let some blocks work, and take over what they found; false if stopped."""
        found = self.each(Block.work, batch)
        if found is None:
            return False
        for better in chain.from_iterable(found):
            accept(self.best, better)
        for block in self.blocks:
            block.wait = min(block.wait + 0.02, 1.0)
        self.tell(Phase.IMPROVE)
        return True

    def prove(self) -> bool:
        """Solve a small season by all its tours; false if stopped."""
        tours = every(self.season)
        if tours is None:
            return True
        master = Master(self.season, self.season.room)
        master.watch(self.stop)
        master.add(tours)
        if not self.choose(master, calls=PROVING):
            return False
        proven = min(master.value, master.proven)
        self.most = min(self.most, self.season.base_value + proven)
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
