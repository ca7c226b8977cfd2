import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from maillage.kernels.effect import (
    means,
    paired_means,
    paired_proportions,
    phi,
    proportions,
    wilson,
)

YES_NO = st.lists(st.integers(0, 1), min_size=10, max_size=60)
SCALE = st.lists(st.integers(1, 5), min_size=10, max_size=60)
PAIRS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=10, max_size=60
)
PAIRS_YES_NO = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=10, max_size=60
)


def of(successes, number):
    return [1] * successes + [0] * (number - successes)


def of_table(both, only_last, only_first, neither):
    """Pairs (before, after) of a two by two table."""
    first = [1] * both + [0] * only_last + [1] * only_first + [0] * neither
    last = [1] * both + [1] * only_last + [0] * only_first + [0] * neither
    return first, last


@pytest.mark.parametrize(
    ("later", "earlier", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_two_groups_have_the_intervals_that_newcombe_printed(later, earlier, low, high):
    found = proportions(of(*earlier), of(*later))

    assert found.low == pytest.approx(low, abs=6e-5)
    assert found.high == pytest.approx(high, abs=6e-5)


def test_pairs_have_the_interval_that_newcombe_printed():
    found = paired_proportions(*of_table(36, 12, 2, 0))

    assert found.difference == pytest.approx(0.2)
    assert found.low == pytest.approx(0.0569, abs=6e-5)
    assert found.high == pytest.approx(0.3404, abs=6e-5)


@given(answers=YES_NO)
def test_the_interval_of_one_proportion_is_that_of_scipy(answers):
    known = stats.binomtest(sum(answers), len(answers)).proportion_ci(0.95, "wilson")

    assert wilson(sum(answers), len(answers)) == pytest.approx(
        (known.low, known.high), abs=1e-12
    )


# Of two groups of which one says all the same, scipy warns; its interval is right.
@pytest.mark.filterwarnings("ignore:Precision loss")
@given(before=SCALE, after=SCALE)
def test_two_groups_on_a_scale_are_compared_as_scipy_does(before, after):
    found = means(before, after)
    if found.reason == "constant":
        assert len({*before}) == len({*after}) == 1
        return
    known = stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)

    assert (found.low, found.high) == pytest.approx((known.low, known.high))
    assert found.difference == pytest.approx(np.mean(after) - np.mean(before))


@pytest.mark.filterwarnings("ignore:Precision loss")
@given(answers=PAIRS)
def test_pairs_on_a_scale_are_compared_as_scipy_does(answers):
    before, after = zip(*answers, strict=True)
    found = paired_means(before, after)
    if found.reason == "constant":
        assert len({last - first for first, last in answers}) == 1
        return
    known = stats.ttest_rel(after, before).confidence_interval(0.95)

    assert (found.low, found.high) == pytest.approx((known.low, known.high))


@given(before=YES_NO, after=YES_NO)
def test_an_interval_holds_its_difference_and_turns_with_time(before, after):
    found, turned = proportions(before, after), proportions(after, before)

    assert -1 <= found.low <= found.difference <= found.high <= 1
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


@given(answers=PAIRS_YES_NO)
def test_pairs_turn_with_time_and_stay_between_minus_one_and_one(answers):
    before, after = zip(*answers, strict=True)
    found, turned = paired_proportions(before, after), paired_proportions(after, before)

    assert -1 <= found.low <= found.difference <= found.high <= 1
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


@pytest.mark.parametrize("size", range(10))
def test_nothing_is_said_of_fewer_than_ten_answers(size):
    for found in (
        proportions([1] * size, [0, 1] * 20),
        proportions([0, 1] * 20, [1] * size),
        paired_proportions([1] * size, [0] * size),
        means([3] * size, [1, 5] * 20),
        paired_means([1] * size, [5] * size),
    ):
        figures = (found.before, found.after, found.difference, found.low, found.high)
        assert figures == (None,) * 5
        assert (found.reason, found.is_clear) == ("few", False)


def test_ten_answers_are_enough():
    assert proportions(of(5, 10), of(9, 10)).reason == ""
    assert paired_means([1, 2] * 5, [2, 2] * 5).is_clear


def test_answers_that_are_all_the_same_give_no_interval_of_a_mean():
    found = means([3] * 10, [4] * 12)

    assert (found.difference, found.low, found.reason) == (1.0, None, "constant")
    assert not found.is_clear


def test_a_correlation_is_drawn_towards_zero_but_not_beyond():
    assert phi(10, 0, 0, 10) == pytest.approx((100 - 10) / 100)
    assert phi(5, 4, 4, 5) == 0.0
    assert phi(0, 10, 10, 0) == -1.0
    assert phi(10, 0, 0, 0) == 0.0


@pytest.mark.parametrize("wrong", [[0, 6], [float("nan")], [[1, 2]]])
def test_answers_outside_the_scale_are_refused(wrong):
    with pytest.raises(ValueError, match="answers"):
        means(wrong, [1])
    with pytest.raises(ValueError, match="as many"):
        paired_means([1, 2], [1])
