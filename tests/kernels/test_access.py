import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from maillage.kernels.access import deficit, gini, gravity_access

numbers = st.floats(0, 1e5, allow_subnormal=False).map(lambda n: round(n, 3))
COMMUNES, PLACES = 6, 4
people = arrays(float, COMMUNES, elements=numbers)
supply = arrays(float, PLACES, elements=numbers)
km = arrays(float, (COMMUNES, PLACES), elements=st.floats(0, 120))


@given(people, supply, km)
def test_supply_that_somebody_reaches_is_handed_out_entirely(demand, offered, way):
    access = gravity_access(demand, offered, way, scale_km=15, reach_km=45)

    weight = np.where(way <= 45, np.exp(-0.5 * (way / 15) ** 2), 0.0)
    reached = demand @ weight > 0
    np.testing.assert_allclose(demand @ access, offered[reached].sum(), rtol=1e-9)


@given(people, supply, km, st.integers(0, PLACES - 1))
def test_more_supply_leaves_nobody_worse_off(demand, offered, way, place):
    before = gravity_access(demand, offered, way, scale_km=15, reach_km=45)
    offered = offered.copy()
    offered[place] += 10

    after = gravity_access(demand, offered, way, scale_km=15, reach_km=45)

    assert (after >= before - 1e-12).all()


def test_the_nearer_commune_gets_more_and_the_far_one_nothing():
    access = gravity_access(
        np.array([100.0, 100.0, 100.0]), np.array([300.0]),
        np.array([[1.0], [20.0], [60.0]]), scale_km=15, reach_km=45,
    )  # fmt: skip

    assert access[0] > access[1] > access[2] == 0


def test_no_place_at_all_is_no_access():
    nothing = gravity_access(
        np.ones(3), np.zeros(0), np.zeros((3, 0)), scale_km=15, reach_km=45
    )

    assert nothing.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"km": np.zeros((2, 2))},
        {"km": np.full((2, 1), np.nan)},
        {"km": np.full((2, 1), -1.0)},
        {"demand": np.array([1.0, -1.0])},
        {"supply": np.array([np.inf])},
        {"scale_km": 0.0},
    ],
)
def test_what_makes_no_sense_is_an_error(wrong):
    right = {
        "demand": np.ones(2), "supply": np.ones(1), "km": np.ones((2, 1)),
        "scale_km": 15.0, "reach_km": 45.0,
    }  # fmt: skip
    values = right | wrong
    demand, offered, way = (values.pop(name) for name in ("demand", "supply", "km"))

    with pytest.raises(ValueError, match="must"):
        gravity_access(demand, offered, way, **values)


@given(people, people)
def test_the_deficit_is_one_half_on_average_and_falls_with_access(access, inhabitants):
    missing = deficit(access, inhabitants)

    assert ((missing >= 0) & (missing <= 1)).all()
    order = np.argsort(access)
    assert (np.diff(missing[order]) <= 1e-12).all()
    if inhabitants.sum() > 0:
        assert inhabitants @ missing / inhabitants.sum() == pytest.approx(0.5)


@given(people, people, st.floats(0.1, 50))
def test_gini_does_not_depend_on_the_unit_nor_on_how_people_are_cut(
    values, inhabitants, unit
):
    found = gini(values, inhabitants)

    assert 0 <= found <= 1
    assert gini(values * unit, inhabitants) == pytest.approx(found, abs=1e-9)
    twice = gini(np.tile(values, 2), np.tile(inhabitants, 2))
    assert twice == pytest.approx(found, abs=1e-9)


@given(arrays(float, 7, elements=st.floats(0.5, 100)))
def test_gini_is_the_mean_difference_over_twice_the_mean(values):
    """The definition, pair by pair, against the Lorenz curve."""
    weights = np.arange(1.0, 8.0)
    mean = values @ weights / weights.sum()
    pairs = np.abs(values[:, None] - values[None, :]) * np.outer(weights, weights)

    expected = pairs.sum() / weights.sum() ** 2 / (2 * mean)
    assert gini(values, weights) == pytest.approx(expected, abs=1e-9)


def test_all_equal_is_zero_and_all_to_one_is_near_one():
    assert gini(np.full(4, 3.0), np.ones(4)) == pytest.approx(0)
    assert gini(np.array([0.0, 0.0, 0.0, 9.0]), np.array([1e6, 1, 1, 1])) > 0.99
    assert gini(np.zeros(4), np.ones(4)) == 0
