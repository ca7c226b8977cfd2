"""What the committee has before it: means, spread, disagreements, severity."""

from dataclasses import dataclass, field

import numpy as np

from maillage.accounts.models import User
from maillage.calls.models import Application, Call, Criterion, Review, Reviewer
from maillage.calls.models.conflicts import conflicting
from maillage.calls.problem import Marks, gather_marks, percent_of
from maillage.calls.review_choices import Opinion

#: Readers this far apart, out of 100, do not agree.
DISAGREE = 30.0


@dataclass
class Row:
    """An application before the committee; scores out of 100, None without a review."""

    application: Application
    reviews: list[Review] = field(default_factory=list)
    percents: list[float] = field(default_factory=list)
    raw: float | None = None
    score: float | None = None
    error: float | None = None
    rank: int = 0
    group: int = -1
    #: The person who looks has an interest in it: nothing is shown.
    is_hidden: bool = False

    @property
    def count(self) -> int:
        return len(self.percents)

    @property
    def spread(self) -> float | None:
        return max(self.percents) - min(self.percents) if self.count > 1 else None

    @property
    def move(self) -> float | None:
        """What the correction for severity changed."""
        if self.score is None or self.raw is None:
            return None
        return self.score - self.raw

    @property
    def opinions(self) -> list[tuple[str, int]]:
        given = [one.opinion for one in self.reviews]
        return [
            (str(one.label), given.count(one)) for one in Opinion if given.count(one)
        ]

    @property
    def is_disagreed(self) -> bool:
        given = {one.opinion for one in self.reviews}
        far = self.spread is not None and self.spread >= DISAGREE
        return far or {Opinion.FOR, Opinion.AGAINST} <= given


@dataclass(frozen=True)
class Habit:
    """A reader: how many reviews count, how far above or below the others."""

    reviewer: Reviewer
    count: int
    effect: float
    group: int


@dataclass(frozen=True)
class Table:
    rows: list[Row]
    habits: list[Habit]
    groups: int
    expected: int
    returned: int
    disagreements: int


def counted_reviews(call: Call) -> list[Review]:
    """Returned ones of eligible applications, without those in a declared conflict."""
    rows = Review.objects.filter(application__call=call)
    rows = rows.submitted().without_conflict()
    return list(
        rows.select_related("reviewer__user", "round")
        .prefetch_related("scores")
        .order_by("application", "pk")
    )


def percent(review: Review, criteria: list[Criterion]) -> float | None:
    return percent_of({one.criterion_id: one.value for one in review.scores.all()}, criteria)  # fmt: skip


def committee_table(call: Call, *, user: User | None = None) -> Table:
    """All eligible applications, the best corrected score first."""
    criteria = list(call.criteria.all())
    applications = list(
        call.applications.all().eligible().select_related("structure", "commune").order_by("title", "pk")
    )  # fmt: skip
    rows = {one.pk: Row(one) for one in applications}
    found: list[tuple[int, int, float]] = []
    readers: dict[int, Reviewer] = {}
    for review in counted_reviews(call):
        value = percent(review, criteria)
        if value is None or review.application_id not in rows:
            continue
        row = rows[review.application_id]
        row.reviews.append(review)
        row.percents.append(value)
        readers[review.reviewer_id] = review.reviewer
        found.append((review.application_id, review.reviewer_id, value))
    marks = gather_marks(list(rows), found)
    fill(list(rows.values()), marks)
    if user is not None:
        hide(rows, user)
    ordered = sorted(rows.values(), key=lambda one: (one.rank == 0, one.rank, one.application.title))  # fmt: skip
    given = Review.objects.filter(application__in=rows).without_conflict()
    return Table(
        ordered,
        habits_of(marks, readers),
        marks.adjusted.groups,
        given.count(),
        len(found),
        sum(one.is_disagreed for one in ordered),
    )


def fill(rows: list[Row], marks: Marks) -> None:
    adjusted = marks.adjusted
    for at, row in enumerate(rows):
        if adjusted.count[at]:
            row.raw, row.score = float(adjusted.raw[at]), float(adjusted.score[at])
            row.rank, row.group = int(adjusted.rank[at]), int(adjusted.group[at])
            if not np.isnan(adjusted.error[at]):
                row.error = float(adjusted.error[at])


def hide(rows: dict[int, Row], user: User) -> None:
    """Who works at the agency has interests as others do."""
    found = conflicting(user.pk).filter(pk__in=rows).values_list("pk", flat=True)
    for pk in found:
        rows[pk] = Row(rows[pk].application, is_hidden=True)


def habits_of(marks: Marks, readers: dict[int, Reviewer]) -> list[Habit]:
    counts = dict.fromkeys(marks.reviewers, 0)
    for _application, reviewer, _score in marks.pairs:
        counts[reviewer] += 1
    found = [
        Habit(readers[pk], counts[pk], float(effect), int(group))
        for pk, effect, group in zip(
            marks.reviewers,
            marks.adjusted.effect,
            marks.adjusted.reviewer_group,
            strict=True,
        )
        if counts[pk]
    ]
    return sorted(found, key=lambda one: one.effect)


def scores_of(call: Call, *, uses_raw: bool) -> dict[int, float]:
    """The score out of 100 of each application that has one."""
    table = committee_table(call)
    found: dict[int, float] = {}
    for row in table.rows:
        score = row.raw if uses_raw else row.score
        if score is not None:
            found[row.application.pk] = score
    return found
