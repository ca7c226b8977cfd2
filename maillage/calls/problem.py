"""Rows of reviews and envelopes as arrays for kernels, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maillage.calls.models import (
    Application,
    Criterion,
    EnvelopeLine,
    EnvelopeMinimum,
    EnvelopePlan,
    Review,
    Reviewer,
)
from maillage.calls.review_choices import Lock, PartKind, Weighing
from maillage.kernels.adjustment import Adjusted, adjust
from maillage.kernels.assignment import Panel
from maillage.kernels.envelope import Envelope

#: Points of match: knowing each theme of a project counts most, the place a little.
THEME_POINTS, PLACE_POINTS = 10, 2
#: Points that one dossier more costs, for each that a reader has already.
BALANCE = 3
#: Worth of a full score: hundredths of a point of 100.
UNIT = 100


def percent_of(
    values: Mapping[int, int | None], criteria: Sequence[Criterion]
) -> float | None:
    """A review out of 100, by the weights of criteria; None while one has no score."""
    if any(values.get(one.pk) is None for one in criteria) or not criteria:
        return None
    got = sum(one.weight * (values[one.pk] or 0) for one in criteria)
    return 100 * got / sum(one.weight * one.max_score for one in criteria)


@dataclass(frozen=True)
class Marks:
    """Submitted reviews of a call out of 100, and what the kernel makes of them."""

    applications: list[int]
    reviewers: list[int]
    pairs: list[tuple[int, int, float]]
    adjusted: Adjusted


def gather_marks(
    applications: Sequence[int], found: Sequence[tuple[int, int, float]]
) -> Marks:
    """``found``: application, reviewer and score of each review."""
    reviewers = sorted({reviewer for _pk, reviewer, _score in found})
    row = {pk: rank for rank, pk in enumerate(applications)}
    column = {pk: rank for rank, pk in enumerate(reviewers)}
    kept = [one for one in found if one[0] in row]
    adjusted = adjust(
        np.array([row[pk] for pk, _reviewer, _score in kept], np.int64),
        np.array([column[reviewer] for _pk, reviewer, _score in kept], np.int64),
        np.array([score for _pk, _reviewer, score in kept], np.float64),
        applications=len(row),
        reviewers=len(column),
    )
    return Marks(list(applications), reviewers, kept, adjusted)


def match_points(application: Application, reviewer: Reviewer) -> int:
    known = set(reviewer.themes) & set(application.themes)
    near = set(reviewer.departments) & set(application.departments)
    return THEME_POINTS * len(known) + PLACE_POINTS * bool(near)


def gather_panel(
    applications: Sequence[Application],
    reviewers: Sequence[Reviewer],
    *,
    conflicts: Mapping[int, Mapping[int, str]],
    kept: Sequence[Review],
    each: int,
) -> Panel:
    """``conflicts``: by reviewer, reasons by application."""
    n, m = len(applications), len(reviewers)
    row = {one.pk: rank for rank, one in enumerate(applications)}
    column = {one.pk: rank for rank, one in enumerate(reviewers)}
    match, forbidden = np.zeros((n, m), np.int64), np.zeros((n, m), np.bool_)
    stays = np.zeros((n, m), np.bool_)
    for pk, at in column.items():
        for against in conflicts.get(pk, {}):
            if against in row:
                forbidden[row[against], at] = True
    for review in kept:
        if review.application_id in row and review.reviewer_id in column:
            stays[row[review.application_id], column[review.reviewer_id]] = True
    for i, one in enumerate(applications):
        for j, person in enumerate(reviewers):
            match[i, j] = match_points(one, person)
    stays &= ~forbidden
    most = np.array([one.most for one in reviewers], np.int64)
    return Panel(
        match=match,
        forbidden=forbidden,
        kept=stays,
        need=np.full(n, each, np.int64),
        most=np.maximum(most, stays.sum(axis=0)) if m else most,
        balance=BALANCE,
    )


def gather_envelope(
    plan: EnvelopePlan,
    lines: Sequence[EnvelopeLine],
    minimums: Sequence[EnvelopeMinimum],
    scores: Mapping[int, float],
) -> Envelope:
    """``scores``: out of 100 by application; without one, it is worth nothing.

    A line below the least score is refused unless people granted it.
    """
    amount = np.array([one.cents for one in lines], np.int64)
    score = np.array([scores.get(one.application_id, 0.0) for one in lines])
    lock = np.array([one.lock for one in lines], np.int64)
    too_low = (score < plan.least_percent) & (lock == Lock.FREE)
    part = [[is_part(one, line.application) for line in lines] for one in minimums]
    return Envelope(
        amount=amount,
        worth=worth_of(plan.weighing, score, amount),
        budget=plan.budget_cents,
        part=np.array(part, np.bool_).reshape(len(minimums), len(lines)),
        minimum=np.array(
            [-(-plan.budget_cents * one.percent // 100) for one in minimums], np.int64
        ),
        lock=np.where(too_low, Lock.REFUSED, lock),
    )


def worth_of(
    weighing: str, score: NDArray[np.float64], amount: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Whole numbers: hundredths of a point, or of a point a thousand euros, or one."""
    points: NDArray[np.int64] = np.rint(np.maximum(score, 0) * UNIT).astype(np.int64)
    if weighing == Weighing.COUNT:
        # One more project is worth more than any scores; equal numbers, the scores.
        points = points + one_more(len(points))
    elif weighing == Weighing.MONEY:
        points = points * (amount // 100) // 1000
    return points


def one_more(lines: int) -> int:
    """What one more project is worth where their number counts first."""
    return UNIT * 100 * (lines + 1)


def is_part(minimum: EnvelopeMinimum, application: Application) -> bool:
    if minimum.kind == PartKind.RURAL:
        return application.is_rural
    if minimum.kind == PartKind.THEME:
        return minimum.code in application.themes
    return minimum.code in application.departments
