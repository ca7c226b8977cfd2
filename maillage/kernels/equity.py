"""How a quantity per person is spread over people who live in places.

Every figure treats all inhabitants of a place alike: a place of 300 people counts as
300 people with its value, whole or not, and a place without people counts for nothing.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maillage.kernels.checks import Floats, UnusableError, amounts

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Theil:
    """The index, and the parts of it that sum to it.

    Attributes
    ----------
    total : 0 all equal, ln(people) all to one
    between : what would be left if everybody had the mean of their first group
    between_inside : what the second grouping adds inside the first; 0 without one
    within : what is left inside the groups, the finest ones
    labels : (g,) the first groups, sorted
    group_between : (g,) parts of ``between``, negative for those below the mean
    group_within : (g,) parts of ``between_inside + within``, >= 0
    """

    total: float
    between: float
    between_inside: float
    within: float
    labels: NDArray[Any]
    group_between: Floats
    group_within: Floats


def quantiles(value: ArrayLike, population: ArrayLike, *, at: ArrayLike) -> Floats:
    """The value that a share ``at`` of all people do not exceed, at least.

    Parameters
    ----------
    value : (n,) quantity per person, >= 0
    population : (n,) people, >= 0, not all 0
    at : (q,) shares in [0, 1]; 0 gives the least value that somebody has

    Returns
    -------
    (q,) values that occur: definition 1 of Hyndman and Fan (1996), "Sample quantiles in
    statistical packages", The American Statistician 50(4), 361-365,
    doi:10.1080/00031305.1996.10473566, with each place written once an inhabitant

    Raises
    ------
    UnusableError
        If shapes disagree, something is empty, negative, infinite or NaN, or nobody
        lives anywhere.
    """
    values, people = _spread(value, population)
    shares = amounts(at, name="at")
    if (shares > 1).any():
        raise UnusableError("unordered", "at must hold shares up to 1")
    levels, counts = _levels(values, people)
    reached = np.cumsum(counts)
    # A share that rounding puts a hair beyond a step belongs to that step.
    wanted = shares * reached[-1] * (1 - 1e-12)
    rank = np.minimum(np.searchsorted(reached, wanted), len(levels) - 1)
    found: Floats = levels[rank]
    return found


def distribution(
    value: ArrayLike, population: ArrayLike, *, edges: ArrayLike
) -> Floats:
    """How many people have less than ``edges[0]``, from there to the next…, the rest.

    Parameters
    ----------
    edges : (c,) bounds of classes, increasing; a class holds its lower bound

    Returns
    -------
    (c + 1,) people in each class, whose sum is that of ``population``
    """
    values, people = _spread(value, population)
    bounds = amounts(edges, name="edges")
    if (np.diff(bounds) <= 0).any():
        raise UnusableError("unordered", "edges must increase")
    rank = np.searchsorted(bounds, values, side="right")
    return _sums(rank, people, many=len(bounds) + 1)


def lorenz(value: ArrayLike, population: ArrayLike) -> tuple[Floats, Floats]:
    """The points of the Lorenz curve, from (0, 0) to (1, 1).

    Returns
    -------
    (l + 1,) share of people, worst served first, and (l + 1,) share of all that is
    there that they have; one point for each of the l values that occur. The diagonal
    where there is nothing to spread.
    """
    values, people = _spread(value, population)
    levels, counts = _levels(values, people)
    total = levels @ counts
    have = levels * counts / total if total > 0 else counts / counts.sum()
    return _curve(counts / counts.sum()), _curve(have)


def gini(value: ArrayLike, population: ArrayLike) -> float:
    """How unequally it is spread: 0 all equal, towards 1 all to one.

    Mean difference of two people drawn at random, over twice the mean; computed exactly
    from the sorted values, O(n log n). 0 where there is nothing to spread.

    Notes
    -----
    Lerman and Yitzhaki (1989), "Improving the accuracy of estimates of Gini
    coefficients", Journal of Econometrics 42(1), 43-47.
    """
    people, have = lorenz(value, population)
    area = float(np.diff(people) @ (have[1:] + have[:-1])) / 2
    return min(1.0, max(0.0, 1.0 - 2.0 * area))


def theil(value: ArrayLike, population: ArrayLike, *groups: ArrayLike) -> Theil:
    """The index T of Theil, split exactly between and within groups.

    Parameters
    ----------
    value : (n,) quantity per person, >= 0
    population : (n,) people, >= 0, not all 0
    groups : none, one or two labellings (n,) of the places, by EPCI and by rurality for
        instance. Two need not be nested: the second splits each group of the first, so
        that ``total == between + between_inside + within``; which comes first matters.

    Notes
    -----
    Theil (1967), Economics and Information Theory; decomposition by Shorrocks (1980),
    "The class of additively decomposable inequality measures", Econometrica 48(3),
    613-625, doi:10.2307/1913126. With population shares p and values x of mean m,
    T = sum p (x / m) ln(x / m), 0 ln 0 being 0. T = 0 where there is nothing to spread.
    """
    values, people = _spread(value, population)
    if len(groups) > 2:
        raise UnusableError("misshaped", "groups must be two labellings at most")
    labels, coarse = _codes(groups[0] if groups else np.zeros(len(values)), len(values))
    fine = coarse
    if len(groups) > 1:
        others, second = _codes(groups[1], len(values))
        fine = coarse * len(others) + second
    have, share = values * people, people / people.sum()
    share_of = have / have.sum() if have.sum() > 0 else share
    by_coarse = _Parts.of(share, share_of, coarse)
    by_fine = _Parts.of(share, share_of, fine)
    total = _entropy(share, share_of)
    between = _entropy(by_coarse.people, by_coarse.have)
    inside = _entropy_within(by_fine.people, by_fine.have, by_fine.first(coarse))
    return Theil(
        total=max(0.0, float(total.sum())),
        between=max(0.0, float(between.sum())),
        between_inside=max(0.0, float(inside.sum())),
        within=max(0.0, float(_entropy_within(share, share_of, fine).sum())),
        labels=labels,
        group_between=between,
        group_within=np.maximum(0.0, _entropy_within(share, share_of, coarse)),
    )


def palma(value: ArrayLike, population: ArrayLike) -> float:
    """What the best served tenth has over what the worst served 40 % have.

    A place at the boundary is split: part of its people are on either side. 1/4 if all
    are equal or there is nothing to spread; inf if the worst served 40 % have nothing.

    Notes
    -----
    Palma (2011), "Homogeneous middles vs. heterogeneous tails", Development and Change
    42(1), 87-153, doi:10.1111/j.1467-7660.2011.01694.x; as a ratio by Cobham and
    Sumner (2013).
    """
    people, have = lorenz(value, population)
    low, high = np.interp([0.4, 0.9], people, have)
    return float((1.0 - high) / low) if low > 0 else float("inf")


def share_under(value: ArrayLike, population: ArrayLike, *, threshold: float) -> float:
    """Share of all people who have less than ``threshold``."""
    values, people = _spread(value, population)
    if not threshold >= 0:
        raise UnusableError("negative", "threshold must be a number, 0 or more")
    return float(people[values < threshold].sum() / people.sum())


def lowest(
    value: ArrayLike,
    population: ArrayLike,
    *,
    share: float = 0.1,
    by: Literal["people", "places"] = "people",
) -> Flags:
    """Which places belong to the lowest tenth, or another ``share``.

    The worst served places that together hold ``share`` of all people (or of all
    places), with the one that completes it and all that have no more than it: equals
    are treated alike, so that more than ``share`` may be in.

    Returns
    -------
    (n,) whether each place is in
    """
    values, people = _spread(value, population)
    if by not in ("people", "places"):
        raise UnusableError("misshaped", "by must be people or places")
    if not 0 < share <= 1:
        raise UnusableError("unordered", "share must be above 0 and up to 1")
    weight = people if by == "people" else np.ones(len(values))
    found: Flags = values <= quantiles(values, weight, at=[share])[0]
    return found


def _spread(value: ArrayLike, population: ArrayLike) -> tuple[Floats, Floats]:
    values = amounts(value, name="value")
    people = amounts(population, name="population", shape=values.shape)
    if people.sum() <= 0:
        raise UnusableError("nobody", "population must not be 0 everywhere")
    return values, people


def _levels(values: Floats, people: Floats) -> tuple[Floats, Floats]:
    """The values that somebody has, increasing, and how many people have each."""
    lived = people > 0
    levels, rank = np.unique(values[lived], return_inverse=True)
    return levels, _sums(rank, people[lived])


def _curve(parts: Floats) -> Floats:
    found = np.append(0.0, np.cumsum(parts))
    found[-1] = 1.0
    curve: Floats = np.minimum(found, 1.0)
    return curve


def _sums(group: NDArray[Any], values: Floats, *, many: int = 0) -> Floats:
    """What the members of each group have together."""
    return np.bincount(group, weights=values, minlength=many).astype(np.float64)


def _codes(labels: ArrayLike, n: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The labels that occur, sorted, and which of them each place has."""
    given = np.asarray(labels)
    if given.shape != (n,):
        raise UnusableError("misshaped", "groups must have one label a place")
    try:
        found, codes = np.unique(given, return_inverse=True)
    except TypeError as fault:
        raise UnusableError(
            "misshaped", "groups must have labels of one kind"
        ) from fault
    return found, codes.astype(np.int64)


@dataclass(frozen=True)
class _Parts:
    """Shares of people and of what there is, by group."""

    people: Floats
    have: Floats
    group: NDArray[np.int64]

    @classmethod
    def of(cls, share: Floats, share_of: Floats, group: NDArray[np.int64]) -> "_Parts":
        return cls(_sums(group, share), _sums(group, share_of), group)

    def first(self, coarse: NDArray[np.int64]) -> NDArray[np.int64]:
        """The coarse group of each fine one."""
        found = np.zeros(len(self.people), dtype=np.int64)
        found[self.group] = coarse
        return found


def _entropy(people: Floats, have: Floats) -> Floats:
    """Have times log of have over people, 0 where there is nothing."""
    some = (have > 0) & (people > 0)
    ratio = np.divide(have, people, out=np.ones_like(have), where=some)
    found: Floats = np.where(some, have * np.log(ratio), 0.0)
    return found


def _entropy_within(people: Floats, have: Floats, group: NDArray[np.int64]) -> Floats:
    """The same inside each group: its share of what there is times its own index."""
    parts = _Parts.of(people, have, group)
    total = _sums(group, _entropy(people, have))
    found: Floats = total - _entropy(parts.people, parts.have)
    return found
