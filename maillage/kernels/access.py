"""Small access of each commune to science culture, who lacks it, how unequal it is."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def gravity_access(
    demand: Floats, supply: Floats, km: Floats, *, scale_km: float, reach_km: float
) -> Floats:
    """Supply within reach, per inhabitant, nearer places counting more.

    Each place is first shared among the people around it, with a weight that falls as
    a Gaussian of the distance; each commune then adds up the shares that it can reach.
    Supply that nobody can reach is dropped, all other supply is handed out entirely:
    ``demand @ result == supply[reached].sum()``.

    Parameters
    ----------
    demand : (n,) inhabitants of each commune, >= 0
    supply : (m,) supply of each place, for instance open days a year, >= 0; m may be 0
    km : (n, m) kilometres from commune to place, >= 0; inf: no way
    scale_km : distance at which the weight has fallen to exp(-1/2), > 0
    reach_km : farther than this nobody goes, > 0

    Returns
    -------
    (n,) supply per inhabitant, in the unit of ``supply`` per person

    Raises
    ------
    ValueError
        If shapes disagree, or a value is negative or not a number.

    Notes
    -----
    Luo and Qi (2009), "An enhanced two-step floating catchment area (E2SFCA) method
    for measuring spatial accessibility to primary care physicians", Health & Place
    15(4), 1100-1107, with the Gaussian decay of Dai (2010), "Black residential
    segregation, disparities in spatial access to health care facilities, and
    late-stage breast cancer diagnosis in metropolitan Detroit", Health & Place 16(5),
    1038-1052, in place of bands. O(n m) time and memory.
    """
    if km.shape != (len(demand), len(supply)):
        raise ValueError("km must have a row per commune and a column per place")
    if not (positive(demand) and positive(supply) and scale_km > 0 and reach_km > 0):
        raise ValueError("demand, supply and distances must not be negative")
    if np.isnan(km).any() or (km < 0).any():
        raise ValueError("km must not be negative")
    weight = np.exp(-0.5 * np.square(np.minimum(km, reach_km) / scale_km))
    weight[km > reach_km] = 0.0
    pull = demand @ weight  # (m,) weighted people around each place
    share = np.divide(supply, pull, out=np.zeros(len(supply)), where=pull > 0)
    access: Floats = weight @ share
    return access


def positive(values: Floats) -> bool:
    return bool(np.isfinite(values).all() and (values >= 0).all())


def deficit(access: Floats, people: Floats) -> Floats:
    """The share of all people who are at least as well served, minus the ties' half.

    Between 0 (the best served) and 1 (the worst served), whatever the unit of
    ``access``; equal access gives equal deficit, and the mean over people is 1/2.

    Parameters
    ----------
    access : (n,) access of each commune, finite, >= 0
    people : (n,) inhabitants of each commune, >= 0
    """
    if access.shape != people.shape or not (positive(access) and positive(people)):
        raise ValueError("access and people must agree and not be negative")
    total = people.sum()
    if total <= 0:
        return np.full(len(access), 0.5)
    levels, rank = np.unique(access, return_inverse=True)
    at = np.bincount(rank, weights=people, minlength=len(levels))
    better = total - np.cumsum(at)
    # Rounding must not make the best served of all less than perfect.
    missing: Floats = np.clip((better + at / 2) / total, 0.0, 1.0)[rank]
    return missing


def gini(values: Floats, people: Floats) -> float:
    """How unequally a quantity per person is spread: 0 all equal, 1 all to one.

    Every inhabitant of a commune has the same ``values``; the unit does not matter.
    0 where there are no people, or nothing to spread.

    Parameters
    ----------
    values : (n,) quantity per person in each commune, finite, >= 0
    people : (n,) inhabitants, >= 0

    Notes
    -----
    One less twice the area under the Lorenz curve: Lerman and Yitzhaki (1989),
    "Improving the accuracy of estimates of Gini coefficients", Journal of
    Econometrics 42(1), 43-47.
    """
    if values.shape != people.shape or not (positive(values) and positive(people)):
        raise ValueError("values and people must agree and not be negative")
    order = np.argsort(values, kind="stable")
    share = people[order] * values[order]
    if share.sum() <= 0:
        return 0.0
    part = np.append(0.0, np.cumsum(share) / share.sum())
    weight = people[order] / people.sum()
    area = float((weight * (part[1:] + part[:-1]) / 2).sum())
    return max(0.0, 1.0 - 2.0 * area)
