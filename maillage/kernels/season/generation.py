"""Solve the relaxation by column generation, with a bound at every exact round.

Notes
-----
Lübbecke and Desrosiers (2005), "Selected topics in column generation", Operations
Research 53(6), 1007-1023. Duals are smoothed after Wentges (1997), "Weighted
Dantzig-Wolfe decomposition for linear mixed-integer programming", International
Transactions in Operational Research 4(2), 151-162.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season.cuts import Cuts
from maillage.kernels.season.families import Season
from maillage.kernels.season.master import Master
from maillage.kernels.season.pricing import EXACT, GLANCE, Answer, Prices, ask
from maillage.kernels.season.problem import Floats
from maillage.kernels.season.tours import Tour, use

#: Labels of one search, by level.
LABELS = (60_000, 150_000, 500_000)
#: Rounds without progress, relative, before a deeper level.
LOOK, SLOW = 8, 2e-3
#: How far the smoothed duals are from the new ones.
SMOOTH = 0.6


@dataclass
class Generation:
    """Column generation on a master: of the season, or of a part of it."""

    season: Season
    master: Master
    families: Sequence[int]
    cuts: Cuts
    pool: ThreadPoolExecutor | None = None
    columns: int = 5
    barred: NDArray[np.bool_] | None = None
    bound: float = np.inf
    centre: tuple[Floats, Floats] | None = None  # duals of the best bound
    most: Floats = field(default_factory=lambda: np.zeros(0))  # at the centre
    rounds: int = 0
    work: int = 0

    def prices(self, dual: Floats, cut: Floats) -> Prices:
        km = float(dual[self.season.km_row]) if self.season.km_row >= 0 else 0.0
        return Prices(request=self.season.prices(dual), km=km, cut=cut)

    def ask(self, dual: Floats, cut: Floats, *, level: int) -> list[Answer]:
        """Ask all families, the largest first; answers in the order of ``families``."""
        prices = self.prices(dual, cut)

        def one(rank: int) -> Answer:
            return ask(
                self.season.families[rank],
                prices,
                threshold=float(dual[self.season.family_row(rank)]),
                level=level,
                labels=LABELS[level],
                columns=self.columns,
                cuts=self.cuts,
                barred=self.barred,
            )

        if self.pool is None:
            return [one(rank) for rank in self.families]
        order = sorted(self.families, key=lambda r: (-self.season.families[r].loans, r))
        by_rank = dict(zip(order, self.pool.map(one, order), strict=True))
        return [by_rank[rank] for rank in self.families]

    def lagrangian(self, dual: Floats, cut: Floats, answers: Sequence[Answer]) -> float:
        """Bound that some duals prove, given what the families answer to them."""
        master, season = self.master, self.season
        bare = dual[master.full_row].copy()
        own = master.row[[season.family_row(rank) for rank in self.families]]
        bare[own] = 0.0
        total = float(master.room @ bare) + float(cut.sum())
        for answer, row in zip(answers, own.tolist(), strict=True):
            if master.room[row] > 0:
                total += float(master.room[row]) * max(answer.most, 0.0)
        return total

    def fresh(self, answers: Sequence[Answer]) -> list[Tour]:
        """Itineraries that the duals of the master itself would choose."""
        master, dual = self.master, self.master.dual
        good: list[Tour] = []
        for answer in answers:
            for one in answer.tours:
                rows, amounts = use(self.season, one)
                left = one.value - float(dual[rows] @ np.array(amounts))
                if self.master.cuts:
                    left -= crossed(master, one)
                if left > 1e-6 * max(1.0, abs(one.value)):
                    good.append(one)
        return good

    def run(
        self,
        *,
        stop: Callable[[], bool],
        level: int = GLANCE,
        last: int = EXACT,
        tolerance: float = 1e-4,
        rounds: int = 10_000,
        seen: Callable[[], None] | None = None,
    ) -> bool:
        """Generate until the bound is near, nothing is left, or rounds are used up.

        False if stopped. ``tolerance`` is relative to the value.
        """
        master = self.master
        bound = np.inf
        centre: tuple[Floats, Floats] | None = None
        alpha = SMOOTH
        past: list[float] = []
        for _ in range(rounds):
            self.rounds += 1
            if stop() or not master.solve() or master.is_stopped:
                return False
            if level < last:
                past.append(master.value)
                if len(past) > LOOK and past[-1] - past[-LOOK] < SLOW * abs(past[-1]):
                    level += 1
                    past.clear()
            while True:
                dual, cut = master.dual, master.cut_dual
                is_mixed = centre is not None and level == EXACT and alpha > 0
                if is_mixed and centre is not None:
                    dual = alpha * centre[0] + (1 - alpha) * dual
                    cut = alpha * centre[1] + (1 - alpha) * cut
                if stop():
                    return False
                answers = self.ask(dual, cut, level=level)
                self.work += sum(answer.work for answer in answers)
                if level == EXACT:
                    proven = self.lagrangian(dual, cut, answers)
                    if proven < bound:
                        bound, centre = proven, (dual, cut)
                        if proven < self.bound:
                            self.bound, self.centre = proven, (dual, cut)
                            self.most = np.array([answer.most for answer in answers])
                if master.add(self.fresh(answers)):
                    break
                if level < last:
                    level += 1
                    past.clear()
                    continue
                if is_mixed:
                    alpha = 0.0 if alpha < 0.1 else alpha / 2
                    continue
                return True
            if seen is not None:
                seen()
            if bound - master.value < tolerance * max(abs(master.value), 1e-9):
                return True
        return True


def crossed(master: Master, one: Tour) -> float:
    """What the cuts that a tour enters cost."""
    hits: dict[int, int] = {}
    for request in one.requests:
        for cut in master.cuts_of.get(request, ()):
            hits[cut] = hits.get(cut, 0) + 1
    return sum(float(master.cut_dual[cut]) * (hit // 2) for cut, hit in hits.items())
