import access.fca as pysal
import numpy as np
import pandas as pd
import pytest
from access import weights as pysal_weights
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from maillage.kernels.access import gravity_access
from maillage.kernels.catchment import (
    Pairs,
    bands,
    by_month,
    exponential,
    gaussian,
    gravity,
    monthly_access,
    pairs_in_blocks,
    pairs_within,
    power,
    three_step,
    two_step,
)

STEPS, WEIGHTS = (10.0, 20.0, 30.0), (1.0, 0.68, 0.22)
N, M = 6, 4
numbers = st.one_of(st.just(0.0), st.floats(0.001, 1e5)).map(lambda x: round(x, 3))
people = arrays(float, N, elements=numbers)
capacity = arrays(float, M, elements=numbers)
# There and back take different times: nothing about the table is symmetric.
minutes = arrays(float, (N, M), elements=st.one_of(st.floats(0, 45), st.just(np.inf)))
METHODS = [two_step, three_step]


def joined(cost, reach=np.inf):
    """The pairs of a table of costs (n, m)."""
    i, j = np.nonzero(cost <= reach)
    return Pairs(i, j, np.zeros(len(i)), shape=cost.shape, minutes=cost[i, j])


def weight_of(cost):
    rank = np.searchsorted(STEPS, cost)
    return np.append(WEIGHTS, 0.0)[rank]


@pytest.mark.parametrize("method", METHODS)
@given(people, capacity, minutes)
def test_supply_that_somebody_reaches_is_handed_out_entirely(
    method, demand, supply, cost
):
    found = method(demand, supply, joined(cost), steps=STEPS, weights=WEIGHTS)

    reached = demand @ weight_of(cost) > 0
    assert np.isfinite(found).all()
    np.testing.assert_allclose(demand @ found, supply[reached].sum(), rtol=1e-9)


@given(people, capacity, minutes)
def test_two_steps_are_their_formula(demand, supply, cost):
    """Luo and Qi (2009), place by place."""
    weight = weight_of(cost)
    expected = np.zeros(N)
    for j in range(M):
        pull = sum(demand[i] * weight[i, j] for i in range(N))
        for i in range(N):
            expected[i] += weight[i, j] * supply[j] / pull if pull else 0

    found = two_step(demand, supply, joined(cost), steps=STEPS, weights=WEIGHTS)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@given(people, capacity, minutes)
def test_three_steps_are_their_formula(demand, supply, cost):
    """Wan, Zou and Sternberg (2012), place by place."""
    weight = weight_of(cost)
    total = weight.sum(axis=1, keepdims=True)
    choice = np.divide(weight, total, out=np.zeros((N, M)), where=total > 0)
    pull = demand @ (choice * weight)
    share = np.divide(supply, pull, out=np.zeros(M), where=pull > 0)

    found = three_step(demand, supply, joined(cost), steps=STEPS, weights=WEIGHTS)
    np.testing.assert_allclose(found, (choice * weight) @ share, rtol=1e-9, atol=1e-12)


def test_a_small_case_by_hand():
    cost = np.array([[5.0, 25.0], [15.0, np.inf]])
    found = two_step([100, 50], [67, 11], joined(cost), steps=STEPS, weights=WEIGHTS)

    first = 67 / (100 * 1 + 50 * 0.68)  # 0.5
    second = 11 / (100 * 0.22)  # 0.5
    np.testing.assert_allclose(found, [first + 0.22 * second, 0.68 * first])


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas, in PySAL
@pytest.mark.parametrize("method", ["two", "three"])
@given(
    arrays(float, N, elements=st.floats(1, 1e5)),
    arrays(float, M, elements=st.floats(1, 1e5)),
    arrays(float, (N, M), elements=st.floats(0, 45)),
)
def test_pysal_says_the_same(method, demand, supply, cost):
    ours, theirs = {
        "two": (two_step, pysal.two_stage_fca),
        "three": (three_step, pysal.three_stage_fca),
    }[method]
    pairs = joined(cost, reach=STEPS[-1])
    frames = (
        pd.DataFrame({"geoid": np.arange(N), "demand": demand}),
        pd.DataFrame({"supply": supply}),
        pd.DataFrame({"origin": pairs.i, "dest": pairs.j, "cost": pairs.cost}),
    )
    step = pysal_weights.step_fn(dict(zip(STEPS, WEIGHTS, strict=True)))
    expected = theirs(*frames, max_cost=STEPS[-1], weight_fn=step)

    found = ours(demand, supply, pairs, steps=STEPS, weights=WEIGHTS)
    np.testing.assert_allclose(
        found, expected.reindex(range(N), fill_value=0.0), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("method", METHODS)
@given(people, capacity, minutes, st.integers(0, M - 1))
def test_more_supply_leaves_nobody_worse_off(method, demand, supply, cost, place):
    more = supply.copy()
    more[place] += 10
    pairs = joined(cost)

    before = method(demand, supply, pairs, steps=STEPS, weights=WEIGHTS)
    after = method(demand, more, pairs, steps=STEPS, weights=WEIGHTS)
    assert (after >= before - 1e-9 * before).all()


@given(people, capacity, minutes)
def test_access_to_two_supplies_is_the_sum_of_both(demand, supply, cost):
    """What a scenario that only adds places counts upon."""
    pairs, alone = joined(cost), np.eye(M) * supply
    one_by_one = two_step(demand, alone, pairs, steps=STEPS, weights=WEIGHTS)

    together = two_step(demand, supply, pairs, steps=STEPS, weights=WEIGHTS)
    np.testing.assert_allclose(together, one_by_one.sum(axis=0), rtol=1e-9)


def test_without_choice_three_steps_are_two():
    cost = np.array([[5.0], [25.0], [15.0]])
    both = [
        method([3, 4, 5], [7], joined(cost), steps=STEPS, weights=WEIGHTS)
        for method in METHODS
    ]

    np.testing.assert_allclose(*both)


@given(people, capacity, minutes)
def test_gravity_balanced_by_bands_is_two_steps(demand, supply, cost):
    pairs = joined(cost)
    found = gravity(demand, supply, pairs, decay=bands(STEPS, WEIGHTS))

    expected = two_step(demand, supply, pairs, steps=STEPS, weights=WEIGHTS)
    np.testing.assert_array_equal(found, expected)


@given(people, capacity, minutes)
def test_gravity_with_a_gaussian_is_the_small_access_of_the_season(
    demand, supply, cost
):
    decay = gaussian(12, reach=40)
    found = gravity(demand, supply, joined(cost), decay=decay)

    expected = gravity_access(demand, supply, cost, scale_km=12, reach_km=40)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("decay", "formula"),
    [
        (power(1.5, near=5), lambda c: (np.maximum(c, 5) / 5) ** -1.5),
        (exponential(10, reach=30), lambda c: np.exp(-c / 10) * (c <= 30)),
        (gaussian(10), lambda c: np.exp(-((c / 10) ** 2) / 2)),
    ],
)
@given(people, capacity, minutes)
def test_gravity_not_balanced_is_the_potential_of_hansen(
    decay, formula, demand, supply, cost
):
    found = gravity(demand, supply, joined(cost), decay=decay, balanced=False)

    weight = np.where(np.isinf(cost), 0, formula(np.minimum(cost, 1e6)))
    np.testing.assert_allclose(found, weight @ supply, rtol=1e-9, atol=1e-12)


def test_a_place_without_an_end_to_its_way_is_out_of_reach_of_any_decay():
    cost = np.array([0.0, 7.0, np.inf])
    for decay in (power(2, near=1), exponential(5), gaussian(5), bands([8], [1])):
        weight = decay(cost)
        assert 0 == weight[2] < weight[1] <= weight[0] == 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("most", [1, 50, 10_000])
def test_blocks_give_what_all_pairs_at_once_give(method, most):
    rng = np.random.default_rng(2)
    demand = rng.uniform((1.4, 48.8), (4.3, 51.1), (90, 2))
    supply = rng.uniform((1.4, 48.8), (4.3, 51.1), (40, 2))
    people, days = rng.uniform(0, 9000, 90), rng.uniform(0, 300, (3, 40))
    bands_of = {"steps": (20, 40, 60), "weights": WEIGHTS}
    whole = pairs_within(demand, supply, km=60).by_car()
    blocks = pairs_in_blocks(demand, supply, km=60, most=most).by_car()

    expected = method(people, days, whole, **bands_of)
    assert expected.shape == (3, 90)
    np.testing.assert_allclose(
        method(people, days, blocks, **bands_of), expected, rtol=1e-12
    )
    decay = gaussian(15)
    np.testing.assert_allclose(
        gravity(people, days, blocks, decay=decay, balanced=False),
        gravity(people, days, whole, decay=decay, balanced=False),
        rtol=1e-12,
    )


@pytest.mark.parametrize("method", METHODS)
def test_an_isolated_commune_has_zero_and_empty_ones_make_no_trouble(method):
    cost = np.array([[5.0, np.inf], [np.inf, 5.0], [np.inf, np.inf]])
    bands_of = {"steps": STEPS, "weights": WEIGHTS}

    alone = method([10, 0, 10], [5, 5], joined(cost), **bands_of)
    nobody = method([0, 0, 0], [5, 5], joined(cost), **bands_of)
    nothing = method([10, 10, 10], [0, 0], joined(cost), **bands_of)
    no_way = method([10, 10, 10], [5, 5], joined(cost + np.inf), **bands_of)

    assert alone.tolist() == [0.5, 0, 0]  # the second place has nobody to serve
    assert nobody.tolist() == nothing.tolist() == no_way.tolist() == [0, 0, 0]


@given(arrays(float, (5, M), elements=numbers), people, minutes)
def test_all_months_at_once_are_each_month_alone(supply, demand, cost):
    pairs, bands_of = joined(cost), {"steps": STEPS, "weights": WEIGHTS}
    found = monthly_access(demand, supply, pairs, **bands_of)

    alone = [two_step(demand, month, pairs, **bands_of) for month in supply]
    np.testing.assert_allclose(found, alone, rtol=1e-12)
    year = two_step(demand, supply.sum(axis=0), pairs, **bands_of)
    np.testing.assert_allclose(found.sum(axis=0), year, rtol=1e-9, atol=1e-12)


def test_an_exhibition_counts_where_it_is_that_month():
    cost = np.array([[0.0, 99.0], [99.0, 0.0]])
    supply = by_month(
        [20, 0], months=3, place=[1, 1, 0], month=[1, 1, 2], capacity=[5, 2, 4]
    )
    found = monthly_access([10, 7], supply, joined(cost), steps=STEPS, weights=WEIGHTS)

    assert supply.tolist() == [[20, 0], [20, 7], [24, 0]]
    np.testing.assert_allclose(found, [[2, 0], [2, 1], [2.4, 0]])


def test_what_stays_may_be_open_in_some_months_only_and_nothing_may_travel():
    supply = by_month([[1, 2], [0, 2]], months=2, place=[], month=[], capacity=[])

    assert supply.tolist() == [[1, 2], [0, 2]]


@given(capacity, st.lists(st.tuples(st.integers(0, M - 1), st.integers(0, 3), numbers)))
def test_no_supply_is_lost_over_the_months(fixed, stays):
    place, month, brought = zip(*stays, strict=True) if stays else ([], [], [])
    found = by_month(fixed, months=4, place=place, month=month, capacity=brought)

    np.testing.assert_allclose(found.sum(), 4 * fixed.sum() + sum(brought), rtol=1e-9)


GOOD = {"demand": [1, 2], "supply": [3], "steps": [10, 20], "weights": [1, 0.5]}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"demand": [1, -2]}, "negative"),
        ({"demand": [1, np.nan]}, "not_a_number"),
        ({"demand": [1, np.inf]}, "infinite"),
        ({"demand": [1, 2, 3]}, "misshaped"),
        ({"demand": []}, "misshaped"),
        ({"demand": ["many", "few"]}, "misshaped"),
        ({"supply": []}, "misshaped"),
        ({"supply": [-1]}, "negative"),
        ({"supply": [np.nan]}, "not_a_number"),
        ({"supply": 3}, "misshaped"),
        ({"supply": np.zeros((0, 1))}, "empty"),
        ({"supply": np.zeros((1, 1, 1))}, "misshaped"),
        ({"steps": []}, "empty"),
        ({"steps": [20, 10]}, "unordered"),
        ({"steps": [0, 10]}, "unordered"),
        ({"steps": [10, np.nan]}, "not_a_number"),
        ({"weights": [1]}, "misshaped"),
        ({"weights": [0.5, 1]}, "unordered"),
        ({"weights": [2, 1]}, "unordered"),
        ({"weights": [0, 0]}, "unordered"),
        ({"weights": [1, -1]}, "negative"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_what_makes_no_sense_is_refused_with_a_code(method, wrong, code):
    pairs = joined(np.array([[5.0], [15.0]]))
    values = GOOD | wrong

    with pytest.raises(ValueError, match="must") as no:
        method(values.pop("demand"), values.pop("supply"), pairs, **values)
    assert no.value.code == code


@pytest.mark.parametrize(
    "call",
    [
        lambda: gaussian(0),
        lambda: exponential(5, reach=-1),
        lambda: power(2, near=0),
        lambda: gaussian(np.nan),
        lambda: by_month(1, months=2, place=[], month=[], capacity=[]),
        lambda: by_month([1], months=0, place=[], month=[], capacity=[]),
        lambda: by_month([1], months=2, place=[1], month=[0], capacity=[1]),
        lambda: by_month([1], months=2, place=[0], month=[2], capacity=[1]),
        lambda: by_month([1], months=2, place=[0], month=[0], capacity=[-1]),
        lambda: by_month([1], months=2, place=[0, 0], month=[0], capacity=[1]),
        lambda: by_month([1], months=2, place=[0.5], month=[0], capacity=[1]),
        lambda: by_month([[1]], months=2, place=[], month=[], capacity=[]),
        lambda: monthly_access(
            [1], [1], joined(np.ones((1, 1))), steps=[1], weights=[1]
        ),
    ],
)
def test_decays_and_months_that_make_no_sense_are_refused(call):
    with pytest.raises(ValueError, match="must"):
        call()
