from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from hypothesis.extra.numpy import arrays

from maillage.kernels.equity import (
    distribution,
    gini,
    lorenz,
    lowest,
    palma,
    quantiles,
    share_under,
    theil,
)

N = 8
# Values that occur twice are common: many communes reach nothing at all.
values = arrays(float, N, elements=st.one_of(st.integers(0, 6), st.floats(0.01, 50)))
people = arrays(float, N, elements=st.integers(0, 12)).filter(lambda p: p.sum() > 0)
lived = arrays(float, N, elements=st.integers(1, 12))
labels = arrays(int, N, elements=st.integers(0, 3))


def one_by_one(value, population):
    """Each inhabitant written down, worst served first."""
    return np.sort(np.repeat(value, population.astype(int)))


@given(values, people)
def test_gini_is_the_mean_difference_of_two_people_over_twice_the_mean(value, count):
    each = one_by_one(value, count)
    mean = each.mean()
    difference = np.abs(each[:, None] - each).mean()

    expected = difference / (2 * mean) if mean else 0
    assert gini(value, count) == pytest.approx(expected, abs=1e-9)


@given(values, people)
def test_theil_is_its_formula_over_people(value, count):
    ratio = one_by_one(value, count)
    ratio = ratio / (ratio.mean() or 1)
    expected = sum(r * np.log(r) for r in ratio if r > 0) / len(ratio)

    assert theil(value, count).total == pytest.approx(expected, abs=1e-9)


@given(values, people, labels, labels)
def test_the_parts_of_theil_sum_to_it(value, count, first, second):
    for groups in ([], [first], [first, second], [first, first]):
        found = theil(value, count, *groups)
        parts = found.between + found.between_inside + found.within

        assert parts == pytest.approx(found.total, abs=1e-9)
        assert found.group_between.sum() == pytest.approx(found.between, abs=1e-9)
        rest = found.between_inside + found.within
        assert found.group_within.sum() == pytest.approx(rest, abs=1e-9)
        assert min(found.between, found.between_inside, found.within) >= 0
        assert (found.group_within >= 0).all()
    assert found.between_inside == pytest.approx(0, abs=1e-9)  # the same groups again


@given(values, lived, labels)
def test_between_is_theil_of_group_means_and_within_of_each_group(value, count, group):
    found = theil(value, count, group)
    which = [group == label for label in np.unique(group)]
    size = np.array([count[members].sum() for members in which])
    have = np.array([(value * count)[members].sum() for members in which])
    inside = [theil(value[members], count[members]).total for members in which]

    assert found.labels.tolist() == np.unique(group).tolist()
    assert theil(have / size, size).total == pytest.approx(found.between, abs=1e-9)
    if have.sum():
        expected = have / have.sum() * inside
        np.testing.assert_allclose(found.group_within, expected, atol=1e-9)


@given(values, lived, labels, labels)
def test_two_groupings_are_split_as_their_crossing(value, count, first, second):
    both = theil(value, count, first, second)
    crossed = theil(value, count, first * 10 + second)

    assert both.within == pytest.approx(crossed.within, abs=1e-9)
    outside = both.between + both.between_inside
    assert outside == pytest.approx(crossed.between, abs=1e-9)
    assert both.between == pytest.approx(theil(value, count, first).between, abs=1e-9)


def test_labels_may_be_words():
    found = theil([1.0, 1, 3], [2, 2, 2], ["rural", "rural", "urbain"])

    assert found.labels.tolist() == ["rural", "urbain"]
    assert found.within == pytest.approx(0)
    assert found.group_between[0] < 0 < found.group_between[1]


FIGURES = [gini, palma, lambda *spread: theil(*spread).total]


@pytest.mark.parametrize("figure", FIGURES)
@given(values, people, st.floats(0.01, 1000), st.integers(1, 50))
def test_neither_the_unit_nor_the_number_of_people_matters(
    figure, value, count, unit, times
):
    found = figure(value, count)

    assert figure(value * unit, count) == pytest.approx(found, rel=1e-6, abs=1e-9)
    assert figure(value, count * times) == pytest.approx(found, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("figure", FIGURES)
@given(values, people, st.permutations(range(N)), st.integers(0, N - 1))
def test_neither_the_order_nor_how_places_are_cut_matters(
    figure, value, count, order, cut
):
    found = figure(value, count)
    again = figure(value[order], count[order])
    part = np.append(count, count[cut] / 3)
    part[cut] *= 2 / 3

    assert again == pytest.approx(found, rel=1e-6, abs=1e-9)
    halved = figure(np.append(value, value[cut]), part)
    assert halved == pytest.approx(found, rel=1e-6, abs=1e-9)


@given(values, lived, st.integers(0, N - 1), st.integers(0, N - 1), st.floats(0, 0.5))
def test_giving_from_rich_to_poor_never_makes_it_more_unequal(
    value, count, rich, poor, part
):
    """The principle of transfers, of Pigou and Dalton."""
    assume(value[rich] > value[poor])
    moved = part * (value[rich] - value[poor]) * min(count[rich], count[poor])
    after = value.copy()
    after[rich] -= moved / count[rich]
    after[poor] += moved / count[poor]

    assert gini(after, count) <= gini(value, count) + 1e-9
    assert theil(after, count).total <= theil(value, count).total + 1e-9


@given(people, st.floats(0, 100))
def test_equal_people_have_no_inequality(count, each):
    value = np.full(N, each)

    assert gini(value, count) == pytest.approx(0, abs=1e-12)
    assert theil(value, count).total == pytest.approx(0, abs=1e-12)
    assert palma(value, count) == pytest.approx(0.25)


def test_all_to_one_place_is_the_closed_form():
    # A share p of people has all: Gini 1 - p, Theil ln(1 / p).
    value, count = np.array([0.0, 7.0]), np.array([900, 100])

    assert gini(value, count) == pytest.approx(0.9)
    assert theil(value, count).total == pytest.approx(np.log(10))
    assert palma(value, count) == np.inf


def test_figures_of_a_known_spread():
    """1, 2, 3, 4, 5: Gini 4/15; Theil from its formula; Palma (5 / 2) / (1 + 2)."""
    value, count = np.arange(1.0, 6), np.full(5, 20)

    assert gini(value, count) == pytest.approx(4 / 15)
    assert theil(value, count).total == pytest.approx(0.119688, abs=1e-6)
    assert palma(value, count) == pytest.approx(5 * 10 / (1 * 20 + 2 * 20))


@given(values, people)
def test_palma_splits_people_at_the_boundary(value, count):
    """Each inhabitant ten times, so that tenths of people are whole people."""
    each = one_by_one(value, count * 10)
    n = len(each)
    low, high = each[: n * 4 // 10].sum(), each[n * 9 // 10 :].sum()
    expected = high / low if low else (np.inf if each.sum() else 0.25)

    assert palma(value, count) == pytest.approx(expected, rel=1e-9)


@given(values, people)
def test_the_curve_of_lorenz_bends_down_from_nothing_to_all(value, count):
    x, y = lorenz(value, count)

    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert (np.diff(x) > -1e-12).all()
    assert (np.diff(y) >= -1e-12).all()
    assert (y <= x + 1e-12).all()
    slope = np.diff(y) / np.maximum(np.diff(x), 1e-15)
    assert (np.diff(slope) >= -1e-6).all()


@given(values, people, st.lists(st.fractions(0, 1, max_denominator=50), min_size=1))
def test_quantiles_are_those_of_people_one_by_one(value, count, shares):
    each = one_by_one(value, count)
    expected = [each[max(0, -int(-share * len(each) // 1) - 1)] for share in shares]

    found = quantiles(value, count, at=[float(share) for share in shares])
    assert found.tolist() == expected


def test_a_tenth_that_ends_with_a_place_does_not_take_the_next():
    # In binary 0.1 * 30 is more than 3.
    count = np.array([3.0, 27.0])
    assert Fraction(0.1) * 30 > 3

    assert quantiles([1, 2], count, at=[0.1]).tolist() == [1]
    assert lowest([1, 2], count).tolist() == [True, False]


@given(
    values, people, st.lists(st.integers(0, 50), min_size=1, unique=True).map(sorted)
)
def test_classes_hold_everybody_once(value, count, edges):
    found = distribution(value, count, edges=edges)

    each = one_by_one(value, count)
    bounds = [-np.inf, *edges, np.inf]
    expected = [((each >= low) & (each < high)).sum() for low, high in pairwise(bounds)]
    assert found.tolist() == expected


@given(values, people, st.floats(0, 60))
def test_the_share_under_a_threshold_counts_people(value, count, threshold):
    expected = (one_by_one(value, count) < threshold).mean()

    found = share_under(value, count, threshold=threshold)
    assert found == pytest.approx(expected)


@given(values, people, st.sampled_from([0.1, 0.25, 0.5, 1.0]))
def test_the_lowest_hold_their_share_and_would_not_without_the_last(
    value, count, share
):
    for by, weight in (("people", count), ("places", np.ones(N))):
        inside = lowest(value, count, share=share, by=by)

        assert weight[inside].sum() >= share * weight.sum() * (1 - 1e-9)
        worst = value[inside].max()
        before = weight[value < worst].sum()
        assert before < share * weight.sum()
        assert (inside == (value <= worst)).all()


def test_communes_that_all_reach_nothing_are_all_in_the_lowest_tenth():
    value, count = np.array([0.0, 0, 0, 5]), np.array([10, 10, 10, 10])

    assert lowest(value, count).tolist() == [True, True, True, False]


def test_by_places_a_large_town_counts_once():
    value, count = np.array([1.0, 2, 3, 4]), np.array([1, 1, 1, 97])

    assert lowest(value, count, share=0.5).tolist() == [True] * 4
    assert lowest(value, count, share=0.5, by="places").sum() == 2


ALL = [
    gini,
    palma,
    theil,
    lorenz,
    lowest,
    lambda *spread: quantiles(*spread, at=[0.5]),
    lambda *spread: distribution(*spread, edges=[1]),
    lambda *spread: share_under(*spread, threshold=1),
]


@pytest.mark.parametrize(
    ("value", "count", "code"),
    [
        ([], [], "empty"),
        ([1, 2], [1], "misshaped"),
        ([[1, 2]], [[1, 2]], "misshaped"),
        ([1, np.nan], [1, 1], "not_a_number"),
        ([1, 2], [1, np.nan], "not_a_number"),
        ([1, np.inf], [1, 1], "infinite"),
        ([1, -2], [1, 1], "negative"),
        ([1, 2], [1, -1], "negative"),
        ([1, 2], [0, 0], "nobody"),
        ([1e200, 2], [1, 1], "infinite"),
        (["a", "b"], [1, 1], "misshaped"),
    ],
)
@pytest.mark.parametrize("figure", ALL)
def test_what_makes_no_sense_is_refused_with_a_code(figure, value, count, code):
    with pytest.raises(ValueError, match="must") as no:
        figure(value, count)
    assert no.value.code == code


@pytest.mark.parametrize(
    "call",
    [
        lambda: quantiles([1], [1], at=[1.5]),
        lambda: quantiles([1], [1], at=[]),
        lambda: distribution([1], [1], edges=[2, 1]),
        lambda: share_under([1], [1], threshold=np.nan),
        lambda: lowest([1], [1], share=0),
        lambda: lowest([1], [1], share=1.5),
        lambda: lowest([1], [1], by="regions"),
        lambda: theil([1, 2], [1, 1], [1]),
        lambda: theil([1, 2], [1, 1], np.array(["rural", None], dtype=object)),
        lambda: theil([1], [1], [1], [1], [1]),
    ],
)
def test_questions_that_make_no_sense_are_refused(call):
    with pytest.raises(ValueError, match="must"):
        call()
