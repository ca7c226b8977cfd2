"""The effect of an action on answers given before and after it, with its interval.

Questions are ordinal from 1 to 5 (the mean is compared) or yes/no (the proportion is).
Answers of the same people are paired; those of two groups are not. Nothing is said of
fewer than ten answers.

Sources. Proportions: Newcombe R. G., « Interval estimation for the difference between
independent proportions: comparison of eleven methods », Statistics in Medicine 17
(1998), 873-890, method 10; and « Improved confidence intervals for the difference
between binomial proportions based on paired data », ibid., 2635-2650, method 10. Both
stand on the score interval of Wilson E. B., JASA 22 (1927), 209-212. Means: Student's
interval of paired differences; Welch B. L., Biometrika 34 (1947), 28-35, with the
degrees of freedom of Satterthwaite.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

#: Under this number of answers, or of pairs, nothing is said.
LEAST = 10
LEVEL = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """After minus before; ``low`` and ``high`` bound it with 95 % confidence.

    ``reason`` says what is withheld and why: « few » hides all figures, « constant »
    the interval of a mean of which no answer differs from another. Proportions are from
    0 to 1, means in points of the scale. Numbers of answers are always told.
    """

    before_number: int
    after_number: int
    is_paired: bool
    before: float | None = None
    after: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    @property
    def is_clear(self) -> bool:
        """The interval leaves out « no effect »."""
        return (
            self.low is not None and self.high is not None and self.low * self.high > 0
        )


def wilson(successes: int, number: int, *, level: float = LEVEL) -> tuple[float, float]:
    """The score interval of one proportion.

    Parameters
    ----------
    successes, number : 0 <= successes <= number, number > 0
    """
    z = float(ndtri((1 + level) / 2))
    share = successes / number
    middle = share + z * z / (2 * number)
    spread = z * sqrt(share * (1 - share) / number + (z / (2 * number)) ** 2)
    whole = 1 + z * z / number
    # An end that is 0 or 1 in the formula is so in numbers, too.
    low = 0.0 if successes == 0 else (middle - spread) / whole
    high = 1.0 if successes == number else (middle + spread) / whole
    return low, high


def proportions(before: ArrayLike, after: ArrayLike) -> Effect:
    """Difference of the proportions of two groups, Newcombe's interval.

    Parameters
    ----------
    before, after : (n,) and (m,) answers, 0 or 1
    """
    first, last = answers(before, 0, 1), answers(after, 0, 1)
    if min(len(first), len(last)) < LEAST:
        return Effect(len(first), len(last), is_paired=False, reason="few")
    return of_proportions(first, last, correlation=0.0, is_paired=False)


def paired_proportions(before: ArrayLike, after: ArrayLike) -> Effect:
    """The same for the same people, in the same order.

    Parameters
    ----------
    before, after : (n,) answers, 0 or 1
    """
    first, last = pairs(before, after, 0, 1)
    if len(first) < LEAST:
        return Effect(len(first), len(last), is_paired=True, reason="few")
    both = int((first * last).sum())
    only_first, only_last = int(first.sum()) - both, int(last.sum()) - both
    neither = len(first) - both - only_first - only_last
    return of_proportions(
        first,
        last,
        correlation=phi(both, only_first, only_last, neither),
        is_paired=True,
    )


def phi(both: int, only_first: int, only_last: int, neither: int) -> float:
    """Correlation of a two by two table, drawn towards zero as Newcombe does."""
    number = both + only_first + only_last + neither
    margins = (
        (both + only_first)
        * (only_last + neither)
        * (both + only_last)
        * (only_first + neither)
    )
    if margins == 0:
        return 0.0
    cross = float(both * neither - only_first * only_last)
    if cross > 0:
        cross = max(cross - number / 2, 0.0)
    return cross / sqrt(margins)


def of_proportions(
    first: Floats, last: Floats, *, correlation: float, is_paired: bool
) -> Effect:
    """Square and add the distances from each proportion to its own limits."""
    share, later = float(first.mean()), float(last.mean())
    low_0, high_0 = wilson(int(first.sum()), len(first))
    low_1, high_1 = wilson(int(last.sum()), len(last))
    difference = later - share
    down = spread_of(later - low_1, high_0 - share, correlation)
    up = spread_of(high_1 - later, share - low_0, correlation)
    return Effect(
        len(first),
        len(last),
        is_paired=is_paired,
        before=share,
        after=later,
        difference=difference,
        low=max(difference - down, -1.0),
        high=min(difference + up, 1.0),
    )


def spread_of(one: float, other: float, correlation: float) -> float:
    return sqrt(max(one**2 - 2 * correlation * one * other + other**2, 0.0))


def means(
    before: ArrayLike, after: ArrayLike, *, lowest: float = 1, highest: float = 5
) -> Effect:
    """Difference of the means of two groups, Welch's interval.

    Parameters
    ----------
    before, after : (n,) and (m,) answers on a scale from ``lowest`` to ``highest``
    """
    first = answers(before, lowest, highest)
    last = answers(after, lowest, highest)
    if min(len(first), len(last)) < LEAST:
        return Effect(len(first), len(last), is_paired=False, reason="few")
    parts = first.var(ddof=1) / len(first), last.var(ddof=1) / len(last)
    whole = float(sum(parts))
    freedom = 1.0
    if whole > 0:
        freedom = whole**2 / (
            parts[0] ** 2 / (len(first) - 1) + parts[1] ** 2 / (len(last) - 1)
        )
    return of_means(first, last, error=sqrt(whole), freedom=freedom, is_paired=False)


def paired_means(
    before: ArrayLike, after: ArrayLike, *, lowest: float = 1, highest: float = 5
) -> Effect:
    """Mean of the differences of the same people, in the same order.

    Parameters
    ----------
    before, after : (n,) answers on a scale from ``lowest`` to ``highest``
    """
    first, last = pairs(before, after, lowest, highest)
    if len(first) < LEAST:
        return Effect(len(first), len(last), is_paired=True, reason="few")
    change = last - first
    error = float(change.std(ddof=1)) / sqrt(len(change))
    return of_means(first, last, error=error, freedom=len(change) - 1, is_paired=True)


def of_means(
    first: Floats, last: Floats, *, error: float, freedom: float, is_paired: bool
) -> Effect:
    before, after = float(first.mean()), float(last.mean())
    difference = after - before
    reach = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error
    is_constant = error == 0
    return Effect(
        len(first),
        len(last),
        is_paired=is_paired,
        before=before,
        after=after,
        difference=difference,
        low=None if is_constant else difference - reach,
        high=None if is_constant else difference + reach,
        reason="constant" if is_constant else "",
    )


def answers(values: ArrayLike, lowest: float, highest: float) -> Floats:
    """Answers as numbers. Raises ``ValueError`` for one that is not on the scale."""
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or not ((found >= lowest) & (found <= highest)).all():
        raise ValueError(f"answers must be a list of numbers {lowest} to {highest}")
    return found


def pairs(
    before: ArrayLike, after: ArrayLike, lowest: float, highest: float
) -> tuple[Floats, Floats]:
    first, last = answers(before, lowest, highest), answers(after, lowest, highest)
    if len(first) != len(last):
        raise ValueError("paired answers must be as many before as after")
    return first, last
