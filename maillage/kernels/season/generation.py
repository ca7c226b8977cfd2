"""Solve the relaxation by column generation, with a bound at every exact round.

Notes
-----
Lübbecke and Desrosiers (2005), "Selected topics in column generation", Operations
Research 53(6), 1007-1023.
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
from maillage.kernels.season.threads import spread
from maillage.kernels.season.tours import Tour, reduced, use

#: Labels of one search, by level.
LABELS = (100_000, 300_000, 300_000)
#: Labels of an exact search for a bound, and where nothing else is left to do.
MOST_LABELS, LAST_LABELS = 600_000, 2_400_000
#: A deeper level, if in so many rounds no more than this share of the gap is left.
LOOK, SLOW = 6, 0.8
#: Share of the best duals in those that families are asked under: first, most, least.
SMOOTH, MOST_SMOOTH, LEAST_SMOOTH = 0.6, 0.95, 0.2
#: The same where only the bound counts.
CLOSE = 0.7


@dataclass
class Generation:
    """Column generation on a master: of the season, or of a part of it."""

    season: Season
    master: Master
    families: Sequence[int]
    cuts: Cuts
    pool: ThreadPoolExecutor | None = None
    columns: int = 12
    barred: NDArray[np.bool_] | None = None
    bound: float = np.inf
    centre: tuple[Floats, Floats] | None = None  # duals of the best bound
    most: Floats = field(default_factory=lambda: np.zeros(0))  # at the centre
    rounds: int = 0
    work: int = 0
    full: int = 0  # of the last round
    labels: list[int] = field(default_factory=lambda: list(LABELS))
    is_over: bool = False
    short: set[int] = field(default_factory=set)
    ease: dict[int, Floats] = field(default_factory=dict)
    asked: dict[int, tuple[tuple[object, ...], Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rank in self.families:
            words = self.season.families[rank].graph.memory.shape[1]
            self.ease[rank] = np.zeros(64 * words)

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
                rough = answered(rank, NARROW)
                most = min(rough.most, answer.most)
                return replace(rough, most=most, is_short=True)
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
                ease=self.ease[rank],
            )
            self.asked[rank] = key, replace(answer, tours=(), work=0)
            return answer

        order = sorted(ranks, key=lambda r: (-self.season.families[r].loans, r))
        by_rank = dict(zip(order, spread(self.pool, one, order), strict=True))
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
                left = reduced(self.season, one, dual)
                left -= crossed(master, one, master.cut_dual)
                if left > 1e-6 * max(1.0, abs(one.value)):
                    good.append(one)
        return good

    def deepen(self, answers: Sequence[Answer]) -> bool:
        """Let exact searches that were cut short make more labels, if they may."""
        is_short = any(answer.is_short for answer in answers)
        if not is_short or self.labels[EXACT] >= LAST_LABELS:
            return False
        self.labels[EXACT] *= 2
        self.short.clear()
        return True

    def prove(self, smooth: "Smoothing", *, stop: Callable[[], bool]) -> bool:
        """Ask all families thoroughly, for a better bound; false if stopped."""
        if stop() or not self.master.solve():
            return False
        smooth.share = CLOSE
        dual, cut = smooth.mixed(self.master.dual, self.master.cut_dual)
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

    def outset(self) -> tuple[Floats, Floats]:
        """Duals to begin with: a day of each family at one price, until it is full."""
        season, master = self.season, self.master
        dual = master.price.copy()
        for family in (season.families[rank] for rank in self.families):
            if not family.loans:
                continue
            graph = family.graph
            lasts = graph.duration[: family.loans]
            days = lasts + graph.changeover
            days = days + graph.maintenance * np.minimum(lasts / graph.wear_limit, 1.0)
            worth = family.value - master.price_of(family.request)
            price, left = 0.0, float(family.count * graph.horizon)
            for loan in np.argsort(-worth / days, kind="stable").tolist():
                if left < days[loan] or worth[loan] <= 0:
                    price = max(float(worth[loan] / days[loan]), 0.0)
                    break
                left -= float(days[loan])
            dual[season.family_row(family.rank)] = price * graph.horizon
            np.maximum.at(dual, family.request, worth - price * days)
        return np.maximum(dual, 0.0), np.zeros(len(master.cuts))

    def restart(self, before: Floats) -> None:
        """Begin again: prices outside have changed; what is proven is carried over.

        Requests that cost more outside by now cost as much less inside, and the other
        way round, so no tour looks better than it did.
        """
        self.asked.clear()
        self.is_over = False
        if self.centre is None:
            return
        season, master = self.season, self.master
        dual = self.centre[0].copy()
        if season.km_row >= 0 and master.price[season.km_row] < before[season.km_row]:
            self.bound, self.centre = np.inf, None
            return
        outside = np.ones(len(dual), np.bool_)
        outside[master.full_row] = False
        dual[outside] = master.price[outside]
        mine = season.requests_of(self.families)
        more = season.prices(master.price)[mine] - season.prices(before)[mine]
        now = np.maximum(dual[mine] - more, 0.0)
        self.bound += float(master.room[master.row[mine]] @ (now - dual[mine]))
        dual[mine] = now
        self.centre = dual, self.centre[1]

    def run(
        self,
        *,
        stop: Callable[[], bool],
        level: int = GLANCE,
        last: int = EXACT,
        tolerance: float = 1e-4,
        rough: float = 2e-3,
        rounds: int = 10_000,
        work: int = 10**15,
    ) -> bool:
        """Generate until the bound is near, nothing is left, or the effort is made.

        False if stopped. ``tolerance`` is relative to the value, ``rough`` is that of
        all levels but the last; ``rounds`` and ``work`` limit the effort. ``is_over``
        says afterwards that there was no need for more.
        """
        master = self.master
        smooth = Smoothing(self.centre or self.outset())
        past: list[float] = []
        most = self.work + work
        self.is_over = False
        for _ in range(rounds):
            self.rounds += 1
            if self.work > most:
                return not self.short or self.prove(smooth, stop=stop)
            if stop() or not master.solve() or master.is_stopped:
                return False
            if level < last:
                past.append(smooth.likely - master.value)
                if past[-1] < rough * abs(master.value) or (
                    len(past) > LOOK and past[-1] > SLOW * past[-LOOK]
                ):
                    level += 1
                    smooth.likely = np.inf
                    past.clear()
            smooth.begin()
            while True:
                if stop():
                    return False
                dual, cut = smooth.mixed(master.dual, master.cut_dual)
                answers = self.ask(dual, cut, level=level, ranks=self.families)
                self.full = sum(answer.work for answer in answers)
                self.work += self.full
                if level > GLANCE:
                    proven = self.lagrangian(dual, cut, answers)
                    self.take(proven, (dual, cut), answers)
                likely, slope = self.guess(dual, cut, answers)
                smooth.learn(likely, (dual, cut), slope, master)
                if master.add(self.fresh(answers)):
                    break
                if smooth.share > 0:
                    smooth.less()
                    continue
                if level < last:
                    level += 1
                    smooth.likely = np.inf
                    smooth.begin()
                    past.clear()
                    continue
                if level < EXACT or not self.deepen(answers):
                    self.is_over = True
                    return True
            near = tolerance * max(abs(master.value), 1e-9)
            if level > GLANCE and self.bound - master.value < near:
                self.is_over = True
                return True
        return True

    def guess(
        self, dual: Floats, cut: Floats, answers: Sequence[Answer]
    ) -> tuple[float, Floats]:
        """What duals would prove if the tours found were the best, and its slope by row."""
        master, season = self.master, self.season
        total = float(master.room @ dual[master.full_row]) + float(cut.sum())
        slope = master.room.copy()
        for answer in answers:
            if not answer.tours:
                continue
            one = answer.tours[0]
            rows, amounts = use(season, one)
            left = one.value - float(dual[rows] @ np.array(amounts))
            left -= crossed(master, one, cut)
            if left > 0:
                here = master.row[rows]
                count = float(master.room[master.row[season.family_row(one.family)]])
                total += count * left
                slope[here[here >= 0]] -= count * np.array(amounts)[here >= 0]
        return total, slope


class Smoothing:
    """Duals between those of the master and the best seen, more or less as it pays.

    Notes
    -----
    Pessoa, Sadykov, Uchoa and Vanderbeck (2018), "Automation and combination of
    linear-programming based stabilization techniques in column generation", INFORMS
    Journal on Computing 30(2), 339-360: the share of the best is raised while the
    slope says that going towards the new duals makes the bound worse.
    """

    def __init__(self, centre: tuple[Floats, Floats]) -> None:
        self.likely = np.inf
        self.centre = centre
        self.usual = self.share = SMOOTH

    def begin(self) -> None:
        self.share = self.usual

    def less(self) -> None:
        self.share = 0.0 if self.share < 0.2 else self.share / 2

    def mixed(self, dual: Floats, cut: Floats) -> tuple[Floats, Floats]:
        share = self.share
        other = self.centre[1]
        if len(other) < len(cut):  # cuts were added since
            other = np.concatenate([other, cut[len(other) :]])
        return (
            share * self.centre[0] + (1 - share) * dual,
            share * other + (1 - share) * cut,
        )

    def learn(
        self, likely: float, at: tuple[Floats, Floats], slope: Floats, master: Master
    ) -> None:
        """Note what some duals are worth; change the share for the next time."""
        if 0 < self.share == self.usual:
            way = float(slope @ (master.dual - self.centre[0])[master.full_row])
            if way > 0:
                self.usual = min(self.usual + (1 - self.usual) * 0.1, MOST_SMOOTH)
            else:
                self.usual = max(self.usual / 1.1, LEAST_SMOOTH)
        if likely < self.likely:
            self.likely, self.centre = likely, at


def crossed(master: Master, one: Tour, dual: Floats) -> float:
    """What the cuts that a tour enters cost."""
    hits: dict[int, int] = {}
    for request in one.requests:
        for cut in master.cuts_of.get(request, ()):
            hits[cut] = hits.get(cut, 0) + 1
    return sum(float(dual[cut]) * (hit // 2) for cut, hit in hits.items())
