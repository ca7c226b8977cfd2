"""Which demand reaches which supply, and what the way costs: whole, or block by block."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from maillage.kernels.catchment import globe
from maillage.kernels.checks import Floats, UnusableError, numbers
from maillage.kernels.geo import EARTH_KM
from maillage.kernels.travel import car_minutes

Ranks = NDArray[np.int32]

MOST_RANK = np.iinfo(np.int32).max
#: Pairs in a block: some 100 MB with all that a method makes of them.
BLOCK = 2_000_000


@dataclass(frozen=True)
class Pairs:
    """Places of demand with the places of supply in their reach, sorted by (i, j).

    Attributes
    ----------
    i : (p,) place of demand
    j : (p,) place of supply
    km : (p,) great-circle kilometres
    shape : how many places of demand and of supply there are, in reach or not
    minutes : (p,) minutes from i to j, inf for no way; none if km are what it costs.
        The way back may take another time.

    Raises
    ------
    UnusableError
        If lengths differ, a place is not there, pairs are not in order or twice, or km
        or minutes are negative or NaN.
    """

    i: Ranks
    j: Ranks
    km: Floats
    shape: tuple[int, int]
    minutes: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("i", "j"):
            given = np.asarray(getattr(self, name))
            if given.dtype.kind not in "iu" and given.size:
                raise UnusableError("misshaped", f"{name} must be whole numbers")
            if given.dtype != np.int32 and given.size and given.max() > MOST_RANK:
                raise UnusableError(*FAULTS[1])
            whole = np.ascontiguousarray(given, dtype=np.int32)
            object.__setattr__(self, name, whole)
        object.__setattr__(self, "km", numbers(self.km, name="km"))
        if self.minutes is not None:
            object.__setattr__(self, "minutes", numbers(self.minutes, name="minutes"))
        shapes = {self.i.shape, self.j.shape, self.km.shape, self.cost.shape}
        if len(shapes) > 1 or self.i.ndim != 1:
            raise UnusableError(
                "misshaped", "i, j, km and minutes must have one length"
            )
        if fault := _fault(self.i, self.j, self.km, self.cost, *self.shape):
            raise UnusableError(*FAULTS[fault])

    def __len__(self) -> int:
        return len(self.i)

    @property
    def cost(self) -> Floats:
        """Minutes where they are known, else kilometres."""
        return self.km if self.minutes is None else self.minutes

    def parts(self) -> Iterator["Pairs"]:
        """All pairs in one part: ``Blocks`` has more of them."""
        yield self

    def in_minutes(self, minutes: ArrayLike) -> "Pairs":
        """The same pairs with minutes (p,), as a routing server gives them."""
        return replace(self, minutes=np.asarray(minutes, dtype=float))

    def by_car(self) -> "Pairs":
        """The same pairs with the minutes that ``kernels.travel`` supposes."""
        return replace(self, minutes=car_minutes(self.km))


@dataclass(frozen=True)
class Blocks:
    """Pairs too many to be kept: found again, block by block, each time they are read.

    A block has all pairs of its places of demand; ``rows`` of it say which.
    """

    shape: tuple[int, int]
    count: int
    make: Callable[[], Iterator[Pairs]]

    def __len__(self) -> int:
        return self.count

    def parts(self) -> Iterator[Pairs]:
        return self.make()

    def by_car(self) -> "Blocks":
        """The same pairs with the minutes that ``kernels.travel`` supposes."""
        return replace(self, make=lambda: (part.by_car() for part in self.parts()))


def pairs_within(demand: ArrayLike, supply: ArrayLike, *, km: float) -> Pairs:
    """All pairs at most ``km`` apart along the great circle, sorted by (i, j).

    Exact to some nanometres: a pair is there if and only if its distance is, up to
    rounding, ``km`` or less. Costs O(n + m log m + pairs) on average, 16 bytes a pair.

    Parameters
    ----------
    demand : (n, 2) longitude and latitude of places of demand, degrees, WGS 84
    supply : (m, 2) the same of places of supply
    km : how far, >= 0

    Raises
    ------
    UnusableError
        If there are no points, or they are not on the globe, or ``km`` is negative.
    """
    search = _Search.of(demand, supply, km=km)
    return search.rows(0, search.shape[0])


def pairs_in_blocks(
    demand: ArrayLike, supply: ArrayLike, *, km: float, most: int = BLOCK
) -> Blocks:
    """As ``pairs_within``, in blocks of whole rows with about ``most`` pairs at most.

    A block has one row at least, and so ``m`` pairs at most when ``most`` is less.
    """
    if most < 1:
        raise UnusableError("empty", "a block must hold a pair")
    search = _Search.of(demand, supply, km=km)
    ends = np.cumsum(search.counts)

    def make() -> Iterator[Pairs]:
        first, done = 0, 0
        while first < len(ends):
            last = int(np.searchsorted(ends, done + most, side="right"))
            last = max(last, first + 1)
            yield search.rows(first, last)
            first, done = last, int(ends[last - 1])

    return Blocks(search.shape, int(ends[-1]), make)


@dataclass(frozen=True)
class _Search:
    demand: globe.Spots
    found: globe.Index
    reach: float
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, demand: ArrayLike, supply: ArrayLike, *, km: float) -> "_Search":
        if not km >= 0:
            raise UnusableError("negative", "km must be a number, 0 or more")
        reach = min(float(km) / EARTH_KM, np.pi)
        around = globe.spots(demand, name="demand")
        found = globe.index(globe.spots(supply, name="supply"), reach=reach)
        rows = (0, len(around.lon))
        return cls(around, found, reach, globe.count(around, found, reach, rows))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.demand.lon), len(self.found.order)

    def rows(self, first: int, last: int) -> Pairs:
        total = int(self.counts[first:last].sum())
        rows = (first, last)
        i, j, km = globe.fill(self.demand, self.found, self.reach, rows, total)
        return Pairs(i, j, km, shape=self.shape)


FAULTS = {
    1: ("misshaped", "i and j must be places that are there"),
    2: ("unordered", "pairs must be sorted by (i, j), each once"),
    3: ("negative", "km and minutes must not be negative"),
    4: ("infinite", "km must be finite"),
}


@njit(cache=True, nogil=True)
def _fault(i: Any, j: Any, km: Any, cost: Any, n: Any, m: Any) -> Any:
    for at in range(len(i)):
        if i[at] < 0 or i[at] >= n or j[at] < 0 or j[at] >= m:
            return 1
        if at and (i[at - 1] > i[at] or (i[at - 1] == i[at] and j[at - 1] >= j[at])):
            return 2
        if km[at] < 0 or cost[at] < 0:
            return 3
        if km[at] == np.inf:
            return 4
    return 0
