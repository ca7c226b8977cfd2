"""Reviewers to applications against every choice of small panels."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from maillage.kernels.assignment import AssignmentError, Panel, assign, worth


def panel(match, *, forbidden=None, kept=None, need=1, most=9, balance=1):
    match = np.array(match, np.int64)
    n, m = match.shape
    nothing = np.zeros((n, m), np.bool_)
    return Panel(
        match=match,
        forbidden=nothing if forbidden is None else np.array(forbidden, np.bool_),
        kept=nothing if kept is None else np.array(kept, np.bool_),
        need=np.broadcast_to(np.array(need, np.int64), n).copy(),
        most=np.broadcast_to(np.array(most, np.int64), m).copy(),
        balance=balance,
    )


@st.composite
def questions(draw):
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 4))

    def table(values):
        row = st.lists(values, min_size=m, max_size=m)
        return np.array(draw(st.lists(row, min_size=n, max_size=n)))

    match, forbidden = table(st.integers(0, 9)), table(st.booleans())
    kept = table(st.sampled_from([False, False, False, True])) & ~forbidden
    need = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    most = draw(st.lists(st.integers(0, 3), min_size=m, max_size=m))
    most = np.maximum(most, kept.sum(axis=0))
    return panel(
        match,
        forbidden=forbidden,
        kept=kept,
        need=need,
        most=most,
        balance=draw(st.integers(0, 4)),
    )


def every(question):
    """Every choice that keeps the rules: (missing, worth)."""
    n, m = question.match.shape
    options = []
    for row in range(n):
        kept = frozenset(np.flatnonzero(question.kept[row]))
        most = max(question.need[row], len(kept))
        may = np.flatnonzero(~question.forbidden[row])
        sets = [set(c) for size in range(most + 1) for c in combinations(may, size)]
        options.append([chosen for chosen in sets if kept <= chosen])
    for rows in product(*options):
        pairs = np.zeros((n, m), np.bool_)
        for row, chosen in enumerate(rows):
            pairs[row, list(chosen)] = True
        if (pairs.sum(axis=0) <= question.most).all():
            missing = np.maximum(0, question.need - pairs.sum(axis=1)).sum()
            yield int(missing), worth(question, pairs)


@settings(max_examples=150, deadline=None)
@given(question=questions())
def test_no_choice_misses_less_or_is_worth_more(question):
    found = assign(question)
    assert not (found.pairs & question.forbidden).any()
    assert (found.pairs | ~question.kept).all()
    assert (found.pairs.sum(axis=0) <= question.most).all()
    best = min((missing, -value) for missing, value in every(question))
    assert (int(found.missing.sum()), -found.value) == best


def test_loads_are_even_where_skills_are_equal():
    found = assign(panel(np.full((40, 12), 5), need=3, most=40))
    assert found.pairs.sum(axis=1).tolist() == [3] * 40
    assert found.pairs.sum(axis=0).tolist() == [10] * 12


def test_without_balance_the_one_who_knows_best_takes_all():
    match = [[9, 1], [9, 1], [9, 1]]
    assert assign(panel(match, balance=0)).pairs[:, 0].all()
    assert assign(panel(match, balance=5)).pairs.sum(axis=0).tolist() == [2, 1]


def test_a_conflict_is_never_assigned_even_if_nobody_else_is_left():
    found = assign(panel([[9, 9]], forbidden=[[True, True]], need=2))
    assert not found.pairs.any()
    assert found.missing.tolist() == [2]


def test_who_is_missing_is_said_where_loads_are_too_small():
    found = assign(panel(np.ones((4, 2)), need=2, most=3))
    assert found.missing.sum() == 2
    assert found.pairs.sum() == 6


def test_the_same_panel_gives_the_same_pairs():
    question = panel(np.random.default_rng(2).integers(0, 9, (30, 10)), need=3, most=12)
    assert (assign(question).pairs == assign(question).pairs).all()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"need": np.array([1])}, "misshaped"),
        ({"balance": -1}, "negative"),
        (
            {"kept": np.eye(2, dtype=np.bool_), "forbidden": np.eye(2) > 0},
            "kept_conflict",
        ),
        (
            {"kept": np.ones((2, 2), np.bool_), "most": np.array([1, 2])},
            "kept_overload",
        ),
    ],
)
def test_wishes_that_contradict_are_refused_by_name(change, code):
    with pytest.raises(AssignmentError) as no:
        replace(panel([[1, 2], [3, 4]]), **change)
    assert no.value.code == code
