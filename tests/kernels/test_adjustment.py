"""Corrected scores: what a reviewer's habit cannot move, and least squares by hand."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from maillage.kernels.adjustment import adjust

SCORES = st.integers(0, 40).map(lambda half: half / 2)


@st.composite
def panels(draw):
    """Scores given by some of the reviewers to some of the applications."""
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    pairs = [(row, column) for row in range(n) for column in range(m)]
    kept = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=1))
    score = draw(st.lists(SCORES, min_size=len(kept), max_size=len(kept)))
    rows, columns = np.array(kept).T
    return rows, columns, np.array(score), n, m


def of(panel):
    rows, columns, score, n, m = panel
    return adjust(rows, columns, score, applications=n, reviewers=m)


@settings(max_examples=200, deadline=None)
@given(panel=panels(), who=st.integers(0, 4), by=st.integers(-400, 400))
def test_ranks_do_not_move_when_a_reviewer_shifts_all_scores(panel, who, by):
    rows, columns, score, n, m = panel
    moved = score + np.where(columns == who, by / 4, 0.0)
    before, after = of(panel), of((rows, columns, moved, n, m))
    assert after.rank.tolist() == before.rank.tolist()
    seen = before.count > 0
    change = (after.score - before.score)[seen]
    assert np.ptp(change) < 1e-9  # one number for all
    np.testing.assert_allclose(after.error, before.error, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(panel=panels())
def test_corrected_scores_are_the_least_squares_of_the_dense_table(panel):
    rows, columns, score, n, m = panel
    found = of(panel)
    design = np.zeros((len(score), n + m))
    design[np.arange(len(score)), rows] = 1
    design[np.arange(len(score)), n + columns] = 1
    fitted = design @ np.linalg.lstsq(design, score, rcond=None)[0]
    ours = found.score[rows] + found.effect[columns]
    for each in range(found.groups):
        inside = found.group[rows] == each
        shift = (fitted - ours)[inside]
        assert (
            np.ptp(shift) < 1e-8
        )  # groups are placed elsewhere, the shape is the same
    seen = found.count > 0
    assert found.score[seen].mean() == pytest.approx(found.raw[seen].mean())
    for each in range(found.groups):
        inside = found.reviewer_group == each
        assert found.effect[inside].sum() == pytest.approx(0, abs=1e-8)


@given(panel=panels(), seed=st.integers(0, 100))
def test_the_order_of_reviews_plays_no_part(panel, seed):
    rows, columns, score, n, m = panel
    order = np.random.default_rng(seed).permutation(len(score))
    before = of(panel)
    after = of((rows[order], columns[order], score[order], n, m))
    assert after.rank.tolist() == before.rank.tolist()


def test_true_quality_is_found_when_reviewers_only_differ_by_habit():
    random = np.random.default_rng(7)
    quality, habit = random.normal(12, 3, 40), random.normal(0, 2, 12)
    rows = np.repeat(np.arange(40), 3)
    columns = np.concatenate([random.permutation(12)[:3] for _ in range(40)])
    found = adjust(
        rows,
        columns,
        quality[rows] + habit[columns],
        applications=40,
        reviewers=12,
    )
    assert found.groups == 1
    true = quality - quality.mean()
    np.testing.assert_allclose(found.score - found.score.mean(), true, atol=1e-9)
    np.testing.assert_allclose(found.effect, habit - habit.mean(), atol=1e-9)
    assert np.abs(found.raw - found.raw.mean() - true).max() > 1  # raw means mislead


def test_the_textbook_table_of_two_by_two():
    # A: 10 by the first, 14 by the second; B: 12 by the first alone.
    found = adjust(
        np.array([0, 0, 1]),
        np.array([0, 1, 0]),
        np.array([10.0, 14.0, 12.0]),
        applications=2,
        reviewers=2,
    )
    assert found.effect.tolist() == pytest.approx([-2, 2])
    # B is two points above A once both are read by the first.
    assert found.score[1] - found.score[0] == pytest.approx(2)
    assert found.raw.tolist() == [12, 12]
    assert found.rank.tolist() == [2, 1]
    assert np.isnan(found.error).all()  # nothing is left to judge an error from


def test_two_panels_without_a_common_file_are_said_apart_and_of_one_level():
    found = adjust(
        np.array([0, 1, 2, 3]),
        np.array([0, 0, 1, 1]),
        np.array([2.0, 4.0, 16.0, 18.0]),
        applications=4,
        reviewers=2,
    )
    assert found.groups == 2
    assert found.group.tolist() == [0, 0, 1, 1]
    assert found.reviewer_group.tolist() == [0, 1]
    assert found.rank.tolist() == [3, 1, 3, 1]


def test_what_nobody_scored_has_no_score_and_no_rank():
    found = adjust(
        np.array([1]), np.array([2]), np.array([7.0]), applications=3, reviewers=3
    )
    assert found.count.tolist() == [0, 1, 0]
    assert np.isnan(found.score[[0, 2]]).all()
    assert found.score[1] == 7
    assert found.rank.tolist() == [0, 1, 0]
    assert found.group.tolist() == [-1, 0, -1]
    assert np.isnan(found.effect[:2]).all()


def test_nobody_scored_anything_yet():
    none = np.zeros(0, np.int64)
    found = adjust(none, none, np.zeros(0), applications=2, reviewers=1)
    assert found.groups == 0
    assert found.rank.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("rows", "columns", "score"),
    [
        ([0, 1], [0], [1.0, 2.0]),
        ([0], [0], [np.nan]),
        ([5], [0], [1.0]),
        ([0], [-1], [1.0]),
        ([0, 0], [1, 1], [1.0, 2.0]),
    ],
)
def test_scores_that_cannot_be_are_refused(rows, columns, score):
    with pytest.raises(ValueError, match=r"must be|range|twice"):
        adjust(
            np.array(rows),
            np.array(columns),
            np.array(score),
            applications=2,
            reviewers=2,
        )


@settings(max_examples=50, deadline=None)
@given(panel=panels())
def test_errors_vanish_where_reviewers_differ_by_habit_alone(panel):
    rows, columns, _score, n, m = panel
    found = of((rows, columns, rows * 1.0 + columns, n, m))
    assert (found.error[~np.isnan(found.error)] < 1e-6).all()
