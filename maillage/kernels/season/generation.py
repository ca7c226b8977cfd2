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
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season.cuts import Cuts
from maillage.kernels.season.families import Season
from maillage.kernels.season.master import Master
from maillage.kernels.season.pricing import EXACT, GLANCE, NARROW, Answer, Prices, ask
from maillage.kernels.season.problem import Floats
from maillage.kernels.season.tours import Tour, use

#: Labels of one search, by level.
LABELS = (100_000, 300_000, 300_000)
#: Labels of an exact search at last.
MOST_LABELS = 600_000
#: Rounds without progress, relative, before a deeper level.
LOOK, SLOW = 6, 3e-3
#: Rounds that ask only the families that had something new, between full ones.
PARTIAL = 4
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
    columns: int = 8
    barred: NDArray[np.bool_] | None = None
    bound: float = np.inf
    centre: tuple[Floats, Floats] | None = None  # duals of the best bound
    most: Floats = field(default_factory=lambda: np.zeros(0))  # at the centre
    rounds: int = 0
    work: int = 0
    labels: list[int] = field(default_factory=lambda: list(LABELS))
    is_over: bool = False
    short: set[int] = field(default_factory=set)
    asked: dict[int, tuple[tuple[object, ...], Answer]] = field(default_factory=dict)

    def prices(self, dual: Floats, cut: Floats) -> Prices:
        km = float(dual[self.season.km_row]) if self.season.km_row >= 0 else 0.0
        return Prices(request=self.season.prices(dual), km=km, cut=cut)

    def ask(
        self, dual: Floats, cut: Floats, *, level: int, ranks: Sequence[int]
    ) -> list[Answer]:
        """Ask families, the largest first; answers in the order of ``ranks``."""
        prices = self.prices(dual, cut)

        def one(rank: int) -> Answer:
            narrow = level == EXACT and rank in self.short
            answer = answered(rank, NARROW if narrow else level)
            if narrow:
                return replace(answer, is_short=True)
            if level == EXACT and answer.is_short:
                return replace(answered(rank, NARROW), is_short=True)
            return answer

        def answered(rank: int, level: int) -> Answer:
            family = self.season.families[rank]
            threshold = float(dual[self.season.family_row(rank)])
            own = [number for number, _ in self.cuts.of[rank]]
            key = (
                level,
                self.labels[level],
                round(threshold, 9),
                round(prices.km, 12),
                np.round(prices.request[family.request], 9).tobytes(),
                np.round(cut[own], 9).tobytes(),
                len(own),
            )
            before = self.asked.get(rank)
            if before is not None and before[0] == key:
                return before[1]
            answer = ask(
                family,
                prices,
                threshold=threshold,
                level=level,
                labels=self.labels[level],
                columns=self.columns * family.long,
                cuts=self.cuts,
                barred=self.barred,
            )
            self.asked[rank] = key, replace(answer, tours=(), work=0)
            return answer

        if self.pool is None:
            return [one(rank) for rank in ranks]
        order = sorted(ranks, key=lambda r: (-self.season.families[r].loans, r))
        by_rank = dict(zip(order, self.pool.map(one, order), strict=True))
        if level == EXACT:
            self.short |= {rank for rank in order if by_rank[rank].is_short}
        return [by_rank[rank] for rank in ranks]

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

    def deepen(self, answers: Sequence[Answer]) -> bool:
        """Let exact searches that were cut short make more labels, if they may."""
        is_short = any(answer.is_short for answer in answers)
        if not is_short or self.labels[EXACT] >= MOST_LABELS:
            return False
        self.labels[EXACT] *= 2
        self.short.clear()
        return True

    def prove(
        self, centre: tuple[Floats, Floats] | None, *, stop: Callable[[], bool]
    ) -> bool:
        """Ask all families thoroughly, for a better bound; false if stopped."""
        dual, cut = self.master.dual, self.master.cut_dual
        if centre is not None and len(centre[1]) == len(cut):
            dual = (dual + centre[0]) / 2
            cut = (cut + centre[1]) / 2
        usual, self.labels[EXACT] = self.labels[EXACT], MOST_LABELS
        self.short.clear()
        answers = self.ask(dual, cut, level=EXACT, ranks=self.families)
        self.labels[EXACT] = usual
        self.work += sum(answer.work for answer in answers)
        self.take(self.lagrangian(dual, cut, answers), (dual, cut), answers)
        self.master.add(self.fresh(answers))
        return not stop()

    def take(
        self, proven: float, centre: tuple[Floats, Floats], answers: Sequence[Answer]
    ) -> None:
        """Keep a bound if it is the best."""
        if proven < self.bound:
            self.bound, self.centre = proven, centre
            self.most = np.array([answer.most for answer in answers])

    def run(
        self,
        *,
        stop: Callable[[], bool],
        level: int = GLANCE,
        last: int = EXACT,
        tolerance: float = 1e-4,
        rounds: int = 10_000,
        deep: int = 10_000,
        seen: Callable[[], None] | None = None,
    ) -> bool:
        """Generate until the bound is near, nothing is left, or rounds are used up.

        False if stopped. ``tolerance`` is relative to the value, ``deep`` counts exact
        rounds; ``is_over`` says afterwards that there was no need for more.
        """
        master = self.master
        bound = np.inf
        centre: tuple[Floats, Floats] | None = None
        alpha = SMOOTH
        past: list[float] = []
        hot: Sequence[int] = []
        since = 0
        self.is_over = False
        for _ in range(rounds):
            self.rounds += 1
            deep -= level == EXACT
            if deep < 0:
                return self.prove(centre, stop=stop)
            if stop() or not master.solve() or master.is_stopped:
                return False
            if level < last:
                past.append(master.value)
                if len(past) > LOOK and past[-1] - past[-LOOK] < SLOW * abs(past[-1]):
                    level += 1
                    past.clear()
            while True:
                is_full = not hot or since >= PARTIAL
                dual, cut = master.dual, master.cut_dual
                is_mixed = (
                    is_full and centre is not None and level == EXACT and alpha > 0
                )
                if is_mixed and centre is not None:
                    dual = alpha * centre[0] + (1 - alpha) * dual
                    cut = alpha * centre[1] + (1 - alpha) * cut
                if stop():
                    return False
                ranks = self.families if is_full else hot
                answers = self.ask(dual, cut, level=level, ranks=ranks)
                self.work += sum(answer.work for answer in answers)
                if level > GLANCE and is_full:
                    proven = self.lagrangian(dual, cut, answers)
                    if proven < bound:
                        bound, centre = proven, (dual, cut)
                    self.take(proven, (dual, cut), answers)
                fresh = self.fresh(answers)
                hot = sorted({one.family for one in fresh})
                since = 0 if is_full else since + 1
                if master.add(fresh):
                    break
                hot = []
                if not is_full:
                    continue
                if level < last:
                    level += 1
                    past.clear()
                    continue
                if is_mixed:
                    alpha = 0.0 if alpha < 0.1 else alpha / 2
                    continue
                if level < EXACT or not self.deepen(answers):
                    self.is_over = True
                    return True
            if seen is not None:
                seen()
            if bound - master.value < tolerance * max(abs(master.value), 1e-9):
                self.is_over = True
                return True
        return True


def crossed(master: Master, one: Tour) -> float:
    """What the cuts that a tour enters cost."""
    hits: dict[int, int] = {}
    for request in one.requests:
        for cut in master.cuts_of.get(request, ()):
            hits[cut] = hits.get(cut, 0) + 1
    return sum(float(master.cut_dual[cut]) * (hit // 2) for cut, hit in hits.items())
