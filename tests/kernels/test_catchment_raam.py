import numpy as np
import pandas as pd
import pytest
from access.raam import raam as pysal_raam
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from maillage.kernels.catchment import Pairs, equilibrium, raam

N, M = 6, 4
people = arrays(float, N, elements=st.integers(0, 5000).map(float))
capacity = arrays(float, M, elements=st.integers(0, 300).map(float))
minutes = arrays(float, (N, M), elements=st.one_of(st.floats(0, 90), st.just(np.inf)))


def joined(cost):
    i, j = np.nonzero(np.isfinite(cost))
    return Pairs(i, j, np.zeros(len(i)), shape=cost.shape, minutes=cost[i, j])


@given(people, capacity, minutes)
def test_everybody_who_reaches_something_goes_somewhere_and_nobody_would_gain(
    demand, supply, cost
):
    found = equilibrium(demand, supply, joined(cost), tolerance=1e-9)

    useful = np.where(supply > 0, cost, np.inf)
    can = np.isfinite(useful).any(axis=1)
    np.testing.assert_allclose(found.load.sum(), demand[can].sum(), rtol=1e-9)
    assert not np.isnan(found.cost).any()
    np.testing.assert_array_equal(np.isfinite(found.cost), can)
    assert found.slack < 1e-6
    rho = demand.sum() / supply.sum() if supply.sum() and demand.sum() else 1.0
    room = np.where(supply > 0, supply * rho, 1.0)
    best = (found.load / room + useful / 60).min(axis=1)
    np.testing.assert_allclose(found.cost[can], best[can])


@given(
    arrays(float, 3, elements=st.floats(100, 5000)),
    arrays(float, 3, elements=st.floats(10, 300)),
    arrays(float, (3, 3), elements=st.floats(0, 90)),
)
def test_it_is_the_least_potential_that_a_general_solver_finds(demand, supply, cost):
    """Beckmann's potential, minimised by SciPy over parts of people."""
    room = supply * demand.sum() / supply.sum()

    def potential(part):
        goes = part.reshape(3, 3) * demand[:, None]
        crowd = (goes.sum(axis=0) ** 2 / room).sum() / 2
        return (crowd + (goes * cost / 60).sum()) / demand.sum()

    whole = {"type": "eq", "fun": lambda part: part.reshape(3, 3).sum(axis=1) - 1}
    exact = minimize(
        potential, np.full(9, 1 / 3), bounds=[(0, 1)] * 9, constraints=[whole],
        options={"ftol": 1e-12, "maxiter": 500},
    )  # fmt: skip
    found = equilibrium(demand, supply, joined(cost), tolerance=1e-10)
    load = (exact.x.reshape(3, 3) * demand[:, None]).sum(axis=0)

    np.testing.assert_allclose(found.load, load, atol=2e-3 * demand.sum())


def test_a_crowd_is_shared_until_it_costs_the_same_by_hand():
    # 100 people, rho 1: x / 50 = (100 - x) / 50 + 30 / 60, so 62.5 go to the near one.
    pairs = joined(np.array([[0.0, 30.0]]))
    found = equilibrium([100], [50, 50], pairs, rho=1, tolerance=1e-12)

    np.testing.assert_allclose(found.load, [62.5, 37.5])
    np.testing.assert_allclose(found.cost, [1.25])
    assert raam([100], [50, 50], pairs, rho=1)[0] == pytest.approx(1.25)


def test_pysal_comes_near_and_is_never_more_settled():
    rng = np.random.default_rng(5)
    demand, supply = rng.integers(500, 9000, 40), rng.integers(5, 60, 12)
    cost = rng.uniform(0, 60, (40, 12))
    pairs = joined(cost)
    theirs = pysal_raam(
        pd.DataFrame({"demand": demand}),
        pd.DataFrame({"supply": supply}),
        pd.DataFrame({"origin": pairs.i, "dest": pairs.j, "cost": pairs.cost}),
        tau=60,
        max_cycles=400,
    )

    found = equilibrium(demand, supply, pairs, tau=60, tolerance=1e-8)
    np.testing.assert_allclose(found.cost, theirs.sort_index(), rtol=0.02)
    paid = theirs.sort_index().to_numpy() @ demand
    assert found.cost @ demand == pytest.approx(paid, rel=0.005)


@given(people, capacity, minutes)
def test_people_who_mind_the_way_less_do_not_pay_more_for_it_than_for_the_crowd(
    demand, supply, cost
):
    """Without a way to mind, one network of places has one crowd everywhere."""
    reach = joined(np.where(np.isfinite(cost), cost, 90.0))
    found = equilibrium(demand, supply, reach, tau=1e12, tolerance=1e-12)

    if demand.sum() and supply.sum():
        np.testing.assert_allclose(found.cost, 1.0, rtol=1e-3)


def test_it_is_the_same_twice():
    rng = np.random.default_rng(6)
    ask = rng.uniform(0, 900, 30), rng.uniform(1, 9, 10)
    pairs = joined(rng.uniform(0, 60, (30, 10)))

    np.testing.assert_array_equal(raam(*ask, pairs), raam(*ask, pairs))


def test_so_few_people_that_they_make_no_crowd_are_served_all_the_same():
    found = equilibrium([1e-30, 5.0], [1, 2], joined(np.array([[1.0, 2], [3, 4]])))

    assert np.isfinite(found.cost).all()
    assert found.load.sum() == pytest.approx(5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tau": 0.0},
        {"tau": np.nan},
        {"rho": -1.0},
        {"tolerance": -1.0},
        {"rounds": 0},
        {"demand": [1.0, -1.0]},
        {"supply": [[1.0, 1.0]]},
        {"supply": [np.nan, 1.0]},
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    values = {"demand": [1.0, 2.0], "supply": [1.0, 1.0]} | wrong
    demand, supply = values.pop("demand"), values.pop("supply")

    with pytest.raises(ValueError, match="must"):
        raam(demand, supply, joined(np.ones((2, 2))), **values)
