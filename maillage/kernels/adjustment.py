"""Scores of applications, corrected for severe and lenient reviewers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Scores nearer than this are equal: what rounding leaves.
EQUAL = 1e-9


@dataclass(frozen=True, kw_only=True)
class Adjusted:
    """Raw and corrected scores; NaN for an application that nobody scored.

    Attributes
    ----------
    count : (n,) reviews of each application
    raw : (n,) mean of its scores
    score : (n,) corrected mean
    error : (n,) standard error of ``score`` beside the others of its group; NaN where
        there is nothing to tell it from
    rank : (n,) 1 for the best corrected score, equals share; 0 for those without
    effect : (m,) how much a reviewer gives above (lenient) or below (severe) the mean of
        their group, NaN without reviews
    group : (n,) group of each application, -1 for those without
    reviewer_group : (m,) the same of reviewers
    groups : how many; reviewers of two groups have no application in common, not even
        through others, so that nothing tells severity from quality between them
    """

    count: Ints
    raw: Floats
    score: Floats
    error: Floats
    rank: Ints
    effect: Floats
    group: Ints
    reviewer_group: Ints
    groups: int


def adjust(
    application: Ints,
    reviewer: Ints,
    score: Floats,
    *,
    applications: int,
    reviewers: int,
) -> Adjusted:
    """Least squares of ``score = quality of the application + habit of the reviewer``.

    Habits of a group sum to zero. Each group is then placed so that the mean quality of
    its applications is the mean of all raw means: groups are taken to be as good as one
    another, which is an assumption, and said. For any constant c, adding c to all scores
    of one reviewer adds one and the same number to all corrected scores, so ranks do not
    move.

    Parameters
    ----------
    application, reviewer : (k,) ranks, a pair once
    score : (k,) finite, in any one unit
    applications, reviewers : n and m

    Returns
    -------
    raw and corrected scores, in the unit of ``score``

    Raises
    ------
    ValueError
        If shapes disagree, a rank is out of range, a pair comes twice, or a score is
        not finite.

    Notes
    -----
    The two-way additive model without interaction of Scheffé (1959), "The Analysis of
    Variance", section 4.2, on an unbalanced table. O(m³ + k m) time.
    """
    _check(application, reviewer, score, applications, reviewers)
    n, m = applications, reviewers
    given = np.zeros((n, m))
    given[application, reviewer] = 1.0
    marks = np.zeros((n, m))
    marks[application, reviewer] = score
    count = given.sum(axis=1)
    seen = count > 0
    raw = np.divide(marks.sum(axis=1), count, out=np.full(n, np.nan), where=seen)

    share = np.divide(given, count[:, None], out=np.zeros((n, m)), where=seen[:, None])
    # Of applications eliminated: the Laplacian of "scored one thing in common".
    laplacian = np.diag(given.sum(axis=0)) - given.T @ share
    aside = (marks - given * np.where(seen, raw, 0.0)[:, None]).sum(axis=0)
    inverse = np.linalg.pinv(laplacian, rcond=1e-10, hermitian=True)
    effect = inverse @ aside
    quality = np.where(seen, raw - share @ effect, np.nan)

    rest = marks - given * (np.nan_to_num(quality)[:, None] + effect)
    group, by, groups = _groups(given)
    middle = float(raw[seen].mean()) if seen.any() else 0.0
    for each in range(groups):
        inside = group == each
        quality[inside] += middle - quality[inside].mean()
    effect = np.where(by >= 0, effect, np.nan)
    freedom = int(len(score) - seen.sum() - (by >= 0).sum() + groups)
    return Adjusted(
        count=count.astype(np.int64),
        raw=raw,
        score=quality,
        error=_errors(given, share, inverse, rest, group, freedom),
        rank=_ranks(quality),
        effect=effect,
        group=group,
        reviewer_group=by,
        groups=groups,
    )


def _check(
    application: Ints, reviewer: Ints, score: Floats, applications: int, reviewers: int
) -> None:
    if not application.shape == reviewer.shape == score.shape == (len(score),):
        raise ValueError("application, reviewer and score must be lists of one length")
    if not np.isfinite(score).all():
        raise ValueError("scores must be finite")
    for ranks, size in ((application, applications), (reviewer, reviewers)):
        if len(ranks) and (ranks.min() < 0 or ranks.max() >= size):
            raise ValueError("a rank is out of range")
    if len(np.unique(application * max(reviewers, 1) + reviewer)) < len(score):
        raise ValueError("a reviewer scored an application twice")


def _groups(given: Floats) -> tuple[Ints, Ints, int]:
    """Applications and reviewers tied by reviews, and how many groups they make."""
    n, m = given.shape
    rows, columns = np.nonzero(given)
    links = coo_array((np.ones(len(rows)), (rows, n + columns)), shape=(n + m, n + m))
    label = connected_components(links, directed=False)[1]
    used = np.concatenate([given.any(axis=1), given.any(axis=0)])
    order = np.full(n + m, -1, np.int64)
    known = np.unique(label[used])
    order[used] = np.searchsorted(known, label[used])
    return order[:n], order[n:], len(known)


def _errors(
    given: Floats,
    share: Floats,
    inverse: Floats,
    rest: Floats,
    group: Ints,
    freedom: int,
) -> Floats:
    """Standard errors within groups, from what the model leaves unexplained."""
    count = given.sum(axis=1)
    if freedom <= 0:
        return np.full(len(given), np.nan)
    variance = float((rest[given > 0] ** 2).sum()) / freedom
    through = np.einsum("ij,jk,ik->i", share, inverse, share)
    return np.where(
        group >= 0, np.sqrt(variance * (1 / np.maximum(count, 1) + through)), np.nan
    )


def _ranks(quality: Floats) -> Ints:
    """1 for the best; those within EQUAL of the one before share its rank."""
    rank = np.zeros(len(quality), np.int64)
    best = np.nan
    shared = 0
    order = np.argsort(-quality, kind="stable")  # NaN last
    for place, each in enumerate(order, start=1):
        if np.isnan(quality[each]):
            break
        if not abs(quality[each] - best) <= EQUAL:
            shared = place
        best = quality[each]
        rank[each] = shared
    return rank
