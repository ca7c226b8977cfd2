"""The linear programme that chooses among itineraries."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import highspy
import numpy as np

from maillage.kernels.season.families import Season
from maillage.kernels.season.problem import Floats, Ints
from maillage.kernels.season.tours import Tour, reduced, use

INF = highspy.kHighsInf
Triple = tuple[int, int, int]
#: Calls of the solver between two looks at whether to stop.
EVERY = 20


def solver() -> Any:
    """One thread, no word, no clock."""
    highs: Any = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 1)
    return highs


class Master:
    """Itineraries to choose from under the rows of a season, relaxed.

    ``room`` (rows,) is what is left of each row; only the rows of ``requests`` and
    ``families`` and the common ones are there, which suits a part of a season.
    """

    def __init__(
        self,
        season: Season,
        room: Floats,
        *,
        requests: Iterable[int] | None = None,
        families: Iterable[int] | None = None,
        common: Ints | None = None,
    ) -> None:
        self.season = season
        count = season.problem.requests
        if requests is None or families is None:
            rows = np.arange(season.rows)
        else:
            if common is None:
                common = np.arange(count + len(season.families), season.rows)
            own = [season.family_row(rank) for rank in families]
            rows = np.concatenate([np.array([*requests, *own], np.int64), common])
        self.full_row = rows
        self.room = room[rows].astype(np.float64)
        self.row = np.full(season.rows, -1, np.int64)
        self.row[rows] = np.arange(len(rows))
        self.price: Floats = np.zeros(season.rows)  # of rows that are not here
        self.tours: list[Tour] = []
        self.known: dict[tuple[int, tuple[int, ...]], int] = {}
        self.cuts: list[Triple] = []
        self.cut_row: list[int] = []
        self.cuts_of: dict[int, list[int]] = {}
        self.value = 0.0
        self.x: Floats = np.zeros(0)
        self.dual: Floats = np.zeros(season.rows)
        self.cut_dual: Floats = np.zeros(0)
        self.highs = solver()
        self.highs.addRows(
            len(rows),
            np.full(len(rows), -INF),
            self.room,
            0,
            np.zeros(len(rows), np.int32),
            np.zeros(0, np.int32),
            np.zeros(0),
        )
        self.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.asked = 0
        self.calls_left = 0
        self.proven = np.inf  # what no whole choice exceeds
        self.is_stopped = False

    def watch(self, stop: Callable[[], bool]) -> None:
        """Ask ``stop`` from inside long solves."""

        def ask(event: highspy.HighsCallbackEvent) -> None:
            self.asked += 1
            if self.asked % EVERY == 0 and stop():
                self.is_stopped = True
            if self.is_stopped:
                event.interrupt()

        def count(event: highspy.HighsCallbackEvent) -> None:
            self.calls_left -= 1
            if not self.is_stopped and stop():
                self.is_stopped = True
            if self.is_stopped or self.calls_left < 0:
                event.interrupt()

        self.highs.cbSimplexInterrupt.subscribe(ask)
        self.highs.cbMipInterrupt.subscribe(count)

    def coefficients(self, found: Tour) -> tuple[list[int], list[float]]:
        rows, all_amounts = use(self.season, found)
        here, amounts = list[int](), list[float]()
        for row, amount in zip(rows, all_amounts, strict=True):
            at = int(self.row[row])
            if at >= 0:
                here.append(at)
                amounts.append(amount)
            elif row < self.season.problem.requests + len(self.season.families):
                raise ValueError("a tour leaves its part of the season")
        hits: dict[int, int] = {}
        for request in found.requests:
            for cut in self.cuts_of.get(request, ()):
                hits[cut] = hits.get(cut, 0) + 1
        for cut, hit in hits.items():
            if hit > 1:
                here.append(self.cut_row[cut])
                amounts.append(float(hit // 2))
        return here, amounts

    def add(self, found: Iterable[Tour]) -> int:
        """Add the itineraries that are new; say how many."""
        at, index, amount, value = [0], list[int](), list[float](), list[float]()
        for one in found:
            key = (one.family, one.steps)
            if key in self.known:
                continue
            self.known[key] = len(self.tours)
            self.tours.append(one)
            rows, amounts = self.coefficients(one)
            index += rows
            amount += amounts
            at.append(len(index))
            value.append(self.worth(one))
        count = len(value)
        if count:
            self.highs.addCols(
                count,
                np.array(value),
                np.zeros(count),
                np.full(count, INF),
                len(index),
                np.array(at[:-1], np.int32),
                np.array(index, np.int32),
                np.array(amount),
            )
        return count

    def worth(self, one: Tour) -> float:
        """Value of a tour, the rows of other parts paid for."""
        if not self.price.any():
            return one.value
        return reduced(self.season, one, self.price)

    def price_of(self, requests: Ints) -> Floats:
        """What requests cost in rows of other parts."""
        return self.season.prices(self.price)[requests]

    def reprice(self, price: Floats) -> bool:
        """Change the prices of the rows that are not here; say whether any did."""
        price = price.copy()
        price[self.full_row] = 0.0
        count = self.season.problem.requests
        rows = self.season.common_rows(self.full_row[self.full_row < count])
        if np.abs(price - self.price)[rows].max(initial=0.0) < 1e-9:
            return False
        self.price = price
        count = len(self.tours)
        self.highs.changeColsCost(
            count,
            np.arange(count, dtype=np.int32),
            np.array([self.worth(one) for one in self.tours]),
        )
        return True

    def add_cuts(self, triples: Sequence[Triple]) -> None:
        """Let each triple of requests be served by one tour that has two of them."""
        for triple in triples:
            cut = len(self.cuts)
            self.cuts.append(triple)
            self.cut_row.append(self.highs.getNumRow())
            for request in triple:
                self.cuts_of.setdefault(request, []).append(cut)
            index, amount = [], []
            inside = set(triple)
            for column, one in enumerate(self.tours):
                hit = sum(request in inside for request in one.requests)
                if hit > 1:
                    index.append(column)
                    amount.append(float(hit // 2))
            self.highs.addRow(
                -INF, 1.0, len(index), np.array(index, np.int32), np.array(amount)
            )
        self.cut_dual = np.append(self.cut_dual, np.zeros(len(triples)))

    def binding_cuts(self) -> list[Triple]:
        """The cuts that have a price in the last solution."""
        return [self.cuts[cut] for cut in np.flatnonzero(self.cut_dual > 1e-7).tolist()]

    def leave(self, room: Floats) -> None:
        """Change what is left of each row of the season, (rows,)."""
        self.restore(np.maximum(room[self.full_row], 0.0))

    def restore(self, room: Floats) -> None:
        """Set what is left of each row of the master, (own rows,)."""
        self.room = room
        count = len(room)
        rows = np.arange(count, dtype=np.int32)
        self.highs.changeRowsBounds(count, rows, np.full(count, -INF), room)

    def forbid(self, columns: Sequence[int]) -> None:
        """Take columns out of the choice for good."""
        for column in columns:
            self.highs.changeColBounds(column, 0.0, 0.0)

    def solve(self, *, is_fresh: bool = False) -> bool:
        """Solve; set ``value``, ``x``, ``dual`` and ``cut_dual``; false if stopped."""
        if not self.tours:
            return True
        self.highs.setOptionValue("simplex_strategy", 1 if is_fresh else 4)
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            if self.is_stopped:
                return False
            self.highs.clearSolver()  # rare: numbers went astray, begin afresh
            self.highs.setOptionValue("simplex_strategy", 1)
            self.highs.run()
            if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return False
        self.read()
        return True

    def read(self) -> None:
        solution = self.highs.getSolution()
        self.value = self.highs.getInfo().objective_function_value
        self.x = np.array(solution.col_value)
        dual = np.maximum(np.array(solution.row_dual), 0.0)
        self.dual = self.price.copy()
        self.dual[self.full_row] = dual[: len(self.full_row)]
        self.cut_dual = dual[self.cut_row] if self.cuts else np.zeros(0)

    def reduced_costs(self) -> Floats:
        """(tours,) of the last solution; at most 0 for a maximum."""
        return np.array(self.highs.getSolution().col_dual)

    def whole(self, given: Sequence[int], *, least: float, calls: int) -> list[int]:
        """Choose whole itineraries worth more than ``least``; their columns, if any.

        ``given`` are columns to begin with; what cannot be in a better choice, by its
        reduced cost, is left out. The search ends after ``calls`` calls of the solver.
        The master is of no use for anything else afterwards.
        """
        count = len(self.tours)
        spare = self.value - least
        out = np.flatnonzero(self.reduced_costs() < -spare - 1e-6)
        out = np.setdiff1d(out, np.array(given, np.int64))
        if len(out):
            zero = np.zeros(len(out))
            self.highs.changeColsBounds(len(out), out.astype(np.int32), zero, zero)
        columns = np.arange(count, dtype=np.int32)
        kind = np.full(count, highspy.HighsVarType.kInteger)
        self.highs.changeColsIntegrality(count, columns, kind)
        start = np.bincount(np.array(given, np.int64), minlength=count)
        self.highs.setSolution(count, columns, start.astype(np.float64))
        self.highs.setOptionValue("mip_rel_gap", 1e-6)
        self.highs.setOptionValue("mip_heuristic_effort", 0.3)
        self.calls_left = calls
        self.highs.run()
        self.proven = max(float(self.highs.getInfo().mip_dual_bound), least)
        x = np.array(self.highs.getSolution().col_value)
        if self.is_stopped or len(x) != count:
            return []
        times = np.rint(x).astype(np.int64)
        if np.abs(x - times).max(initial=0.0) > 1e-5:
            return []
        return np.repeat(columns, times).tolist()
