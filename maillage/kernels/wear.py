"""How worn a thing is, and how long it will last: a gamma-Poisson model."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betaprime

Floats = NDArray[np.float64]

#: Equal days of wear of a day out, a set-up, a visitor and a kilometre, in that order:
#: a set-up wears like three days on the floor, two hundred visitors or a hundred
#: kilometres like one more. Priors of Maillage, to be replaced by what a fleet shows.
WEIGHTS = np.array([1.0, 3.0, 1 / 200, 1 / 100])
#: Knocks that a component takes before it has to be replaced.
KNOCKS = 6.0
#: Knocks that the prior is worth: one whole life of the component, well observed.
PRIOR_KNOCKS = 6.0


def exposure(counts: Floats, *, weights: Floats = WEIGHTS) -> Floats:
    """Days of wear of things by what they went through.

    Parameters
    ----------
    counts : (n, 4) days out, set-ups, visitors, km, each >= 0
    weights : (4,) days of wear of one of each, >= 0

    Returns
    -------
    (n,) days of wear; linear in ``counts``, zero for none

    Raises
    ------
    ValueError
        If a count or a weight is negative or not finite, or shapes disagree.
    """
    counts, weights = np.asarray(counts, float), np.asarray(weights, float)
    if counts.ndim != 2 or counts.shape[1:] != weights.shape:
        raise ValueError("counts must be (n, k) and weights (k,)")
    for array in (counts, weights):
        if not np.isfinite(array).all() or (array < 0).any():
            raise ValueError("counts and weights must be finite and not negative")
    days: Floats = counts @ weights
    return days


def posterior(life_days: Floats, knocks: Floats, worn_days: Floats) -> Floats:
    """What is believed of the rate of knocks: shape and rate of a gamma law.

    Knocks come as a Poisson process with an unknown rate a day of wear. Before anything
    is seen, the rate has a gamma law of shape ``PRIOR_KNOCKS`` whose mean brings
    ``KNOCKS`` knocks over the stated life; seen knocks add to the shape, days of wear
    to the rate (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6: the gamma
    law is conjugate to Poisson counts with exposure).

    Parameters
    ----------
    life_days : (n,) stated life in days of wear, > 0
    knocks : (n,) knocks seen, >= 0
    worn_days : (n,) days of wear over which they were seen, >= 0

    Returns
    -------
    (n, 2) shape and rate; no data gives the prior

    Raises
    ------
    ValueError
        If a life is not positive, or a count is negative or not finite.
    """
    life, seen, worn = (np.asarray(a, float) for a in (life_days, knocks, worn_days))
    if not np.isfinite(life).all() or (life <= 0).any():
        raise ValueError("life_days must be positive")
    for array in (seen, worn):
        if not np.isfinite(array).all() or (array < 0).any():
            raise ValueError("knocks and worn_days must be finite and not negative")
    law: Floats = np.stack(
        [PRIOR_KNOCKS + seen, PRIOR_KNOCKS * life / KNOCKS + worn], axis=-1
    )
    return law


def remaining_life(law: Floats, knocks: Floats, *, level: float = 0.8) -> Floats:
    """Days of wear left, as an interval and a median.

    A component is worn out by its ``KNOCKS``-th knock. The days until ``r`` more knocks,
    the rate having a gamma law of shape ``a`` and rate ``b``, follow ``b`` times a beta
    prime law of parameters ``r`` and ``a`` (a gamma mixture of gamma laws: Johnson, Kotz
    and Balakrishnan, Continuous Univariate Distributions, vol. 2, chapter 27).

    Parameters
    ----------
    law : (n, 2) shape and rate, as ``posterior`` gives them
    knocks : (n,) knocks seen, >= 0
    level : probability of the interval, in (0, 1)

    Returns
    -------
    (n, 3) low, median, high; zero for what has had all its knocks. Falls with every
    knock, everything else equal.

    Raises
    ------
    ValueError
        If ``level`` is not a probability.
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    law, seen = np.asarray(law, float), np.asarray(knocks, float)
    left = np.maximum(KNOCKS - seen, 0.0)
    tail = (1 - level) / 2
    points = np.array([tail, 0.5, 1 - tail])
    safe = np.maximum(left, 1e-9)[:, None]  # the law needs a positive parameter
    days = law[:, 1:] * betaprime.ppf(points, safe, law[:, :1])
    found: Floats = np.where(left[:, None] > 0, days, 0.0)
    return found
