"""The plan as it stands while it is searched: tours by family, and what is left."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from maillage.kernels.season.families import Season
from maillage.kernels.season.pricing import GLANCE, Prices, ask
from maillage.kernels.season.problem import Floats, Stops
from maillage.kernels.season.tours import Tour, starts, tour, use

SLACK = 1e-9


class Roster:
    """Tours that fit together; a copy without one does what is fixed on it."""

    def __init__(self, season: Season) -> None:
        self.season = season
        self.tours: list[list[Tour]] = [[] for _ in season.families]
        self.left = season.room.copy()

    @property
    def value(self) -> float:
        """Worth of the plan less its transport, what is fixed included."""
        return self.season.base_value + sum(
            one.value for tours in self.tours for one in tours
        )

    @property
    def served(self) -> int:
        fixed = self.season.problem.fixed_request
        free = sum(len(one.requests) for tours in self.tours for one in tours)
        return free + int((fixed >= 0).sum())

    def copy(self) -> "Roster":
        other = Roster(self.season)
        other.tours = [list(tours) for tours in self.tours]
        other.left = self.left.copy()
        return other

    def fits(self, one: Tour) -> bool:
        if not one.is_elementary:
            return False
        rows, amounts = use(self.season, one)
        room = self.left[rows]
        return bool((np.array(amounts) <= room + SLACK * np.maximum(1, room)).all())

    def take(self, one: Tour, sign: float) -> None:
        """Change what is left by what a tour takes."""
        rows, amounts = use(self.season, one)
        self.left[rows] += sign * np.array(amounts)

    def put(self, one: Tour) -> None:
        self.take(one, -1.0)
        self.tours[one.family].append(one)

    def clear(self, family: int) -> list[Tour]:
        """Take all tours of a family away; give them."""
        gone, self.tours[family] = self.tours[family], []
        for one in gone:
            self.take(one, 1.0)
        return gone

    def barred(self) -> NDArray[np.bool_]:
        """(R,) requests that cannot be served any more, as it stands."""
        season = self.season
        none = self.left[: season.problem.requests] < 0.5
        has = season.host_row >= 0
        none[has] |= self.left[season.host_row[has]] < 0.5
        if season.weights.nnz:
            room = self.left[season.limit_row :]
            terms = season.weights.tocoo()
            over = terms.data > room[terms.col] + SLACK * np.maximum(1, room[terms.col])
            none[terms.row[over]] = True
        return none

    def fill(self, families: Iterable[int], prices: Floats, *, km: float) -> None:
        """Give the copies that are left the best tour each, one after the other.

        ``prices`` (R,) are what others would give for the requests, ``km`` for a km.
        """
        for rank in families:
            family = self.season.families[rank]
            while self.left[self.season.family_row(rank)] > 0.5:
                answer = ask(
                    family,
                    Prices(request=prices, km=km),
                    threshold=0.0,
                    level=GLANCE,
                    labels=30_000,
                    columns=1,
                    barred=self.barred(),
                )
                found = next((one for one in answer.tours if self.put_part(one)), None)
                if found is None:
                    break

    def put_part(self, one: Tour) -> bool:
        """Put a tour, without what does not fit; say whether anything was put."""
        family = self.season.families[one.family]
        part = one
        while not self.fits(part):
            free = [
                at for at, step in enumerate(part.steps) if step >> 1 < family.loans
            ]
            if len(free) < 2:
                return False
            worst = min(
                free,
                key=lambda at: (
                    self.has_room(part, at),
                    family.value[part.steps[at] >> 1],
                    at,
                ),
            )
            part = tour(family, part.steps[:worst] + part.steps[worst + 1 :])
        if part.value <= 0 or starts(family, part) is None:
            return False
        self.put(part)
        return True

    def has_room(self, one: Tour, at: int) -> bool:
        """Say whether a loan of a tour takes from no row that the tour overdraws."""
        family = self.season.families[one.family]
        request = int(family.request[one.steps[at] >> 1])
        if one.requests.count(request) > 1:
            return False
        rows, amounts = use(self.season, one)
        over = {
            row
            for row, amount in zip(rows, amounts, strict=True)
            if amount > self.left[row] + SLACK * max(1.0, self.left[row])
        }
        mine = {int(self.season.host_row[request])}
        weights = self.season.weights
        low, high = weights.indptr[request], weights.indptr[request + 1]
        mine |= {self.season.limit_row + int(col) for col in weights.indices[low:high]}
        return not (over & mine) and self.season.km_row not in over

    def stops(self) -> Stops:
        """The loans of the plan, by copy and start, each as early as may be."""
        rows: list[tuple[int, int, int, int, int, int, int, bool]] = []
        problem = self.season.problem
        for family, tours in zip(self.season.families, self.tours, strict=True):
            facts = [2 * (family.loans + f) for f in range(len(family.fixed))]
            idle = [tour(family, facts)] * (family.count - len(tours))
            for copy, one in zip(family.copies.tolist(), [*tours, *idle], strict=True):
                when = starts(family, one)
                if when is None:
                    raise ValueError("a tour cannot be done")
                for step, start in zip(one.steps, when.tolist(), strict=True):
                    loan = step >> 1
                    end = start + int(family.graph.duration[loan])
                    place = int(family.graph.place[loan])
                    fixed = -1
                    if loan < family.loans:
                        request = int(family.request[loan])
                        option = int(family.option[loan])
                    else:
                        fixed = int(family.fixed[loan - family.loans])
                        request, option = int(problem.fixed_request[fixed]), -1
                    rows.append(
                        (copy, request, option, fixed, place, start, end, step & 1 == 1)
                    )
        rows.sort(key=lambda row: (row[0], row[5]))
        table = np.array([row[:7] for row in rows], np.int64).reshape(len(rows), 7)
        names = "copy request option fixed place start end".split()
        return Stops(
            **{name: table[:, rank].copy() for rank, name in enumerate(names)},
            maintained=np.array([row[7] for row in rows], np.bool_),
        )
