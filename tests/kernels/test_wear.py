import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import gamma

from maillage.kernels.wear import (
    KNOCKS,
    PRIOR_KNOCKS,
    exposure,
    posterior,
    remaining_life,
)

AMOUNT = st.floats(0, 5000)


def test_nothing_seen_gives_the_prior_and_the_stated_life():
    law = posterior(np.array([900.0]), np.array([0.0]), np.array([0.0]))

    assert law.tolist() == [[PRIOR_KNOCKS, 900 * PRIOR_KNOCKS / KNOCKS]]
    low, median, high = remaining_life(law, np.array([0.0]))[0]
    assert low < 900 < high
    assert median == pytest.approx(900, rel=0.01)  # a symmetric beta prime: median 1


@given(knocks=st.integers(0, 5), worn=AMOUNT, life=st.floats(100, 2000))
def test_the_posterior_is_the_closed_form(knocks, worn, life):
    """Bayes' rule, computed on a grid, gives the same law."""
    shape, rate = posterior(
        np.array([life]), np.array([float(knocks)]), np.array([worn])
    )[0]
    mean = shape / rate
    grid = np.linspace(1e-9, mean * 12, 40_001)
    prior = gamma.logpdf(grid, PRIOR_KNOCKS, scale=KNOCKS / (PRIOR_KNOCKS * life))
    weight = np.exp((log := prior + knocks * np.log(grid) - grid * worn) - log.max())
    assert (weight * grid).sum() / weight.sum() == pytest.approx(mean, rel=1e-3)


def test_the_interval_covers_what_a_simulation_gives():
    rng = np.random.default_rng(1)
    law = posterior(np.array([600.0]), np.array([2.0]), np.array([300.0]))
    rates = rng.gamma(law[0, 0], 1 / law[0, 1], 200_000)
    days = rng.gamma(KNOCKS - 2, 1 / rates)

    expected = np.quantile(days, [0.1, 0.5, 0.9])
    np.testing.assert_allclose(
        remaining_life(law, np.array([2.0]))[0], expected, rtol=0.02
    )


@given(worn=AMOUNT)
def test_every_knock_shortens_what_is_left(worn):
    knocks = np.arange(KNOCKS + 2)
    n = len(knocks)
    law = posterior(np.full(n, 900.0), knocks, np.full(n, worn))
    left = remaining_life(law, knocks)

    assert (np.diff(left[:, 1]) <= 0).all()
    assert (left[-2:] == 0).all()
    assert (left[:, 0] <= left[:, 1]).all()
    assert (left[:, 1] <= left[:, 2]).all()


@given(counts=arrays(float, (3, 4), elements=AMOUNT), factor=st.floats(0, 10))
def test_wear_is_linear(counts, factor):
    np.testing.assert_allclose(
        exposure(counts * factor), exposure(counts) * factor, rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: exposure(np.array([[-1.0, 0, 0, 0]])),
        lambda: exposure(np.zeros((1, 3))),
        lambda: posterior(np.array([0.0]), np.zeros(1), np.zeros(1)),
        lambda: posterior(np.array([1.0]), np.array([np.nan]), np.zeros(1)),
        lambda: remaining_life(np.ones((1, 2)), np.zeros(1), level=1.0),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ValueError, match="must"):
        call()
