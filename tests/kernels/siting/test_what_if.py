"""Scenarios against looking at everything again."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from maillage.kernels.siting.problem import SitingError
from maillage.kernels.siting.what_if import stand, what_if


@st.composite
def scenarios(draw):
    n, k, new = (
        draw(st.integers(1, 9)),
        draw(st.integers(0, 6)),
        draw(st.integers(0, 3)),
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    table = random.integers(0, 9, (n, k + new)).astype(float)
    table[random.random((n, k + new)) < 0.3] = np.inf
    gone = random.permutation(k)[: draw(st.integers(0, k))]
    weight = random.integers(0, 5, n).astype(float)
    return table[:, :k], table[:, k:], gone, weight


@given(scenario=scenarios(), penalty=st.sampled_from([10.0, np.inf]))
def test_a_scenario_is_what_a_full_look_says(scenario, penalty):
    table, new, gone, weight = scenario
    change = what_if(
        stand(table, weight=weight, penalty=penalty),
        add=new if new.shape[1] else None,
        remove=gone,
    )
    left = table.copy()
    left[:, gone] = np.inf
    after = np.hstack([left, new])
    cost = np.minimum(after.min(axis=1, initial=np.inf), penalty)
    before = np.minimum(table.min(axis=1, initial=np.inf), penalty)
    np.testing.assert_array_equal(change.cost, cost)
    for demand, site in enumerate(change.site):
        if site < 0:
            assert np.isinf(after[demand]).all()
        else:
            assert after[demand, site] == cost[demand]
    assert change.gaining == weight[cost < before].sum()
    assert change.losing == weight[cost > before].sum()
    assert not np.isnan(change.saved).any()
    if np.isfinite(penalty):
        assert change.total_saved == pytest.approx((weight * (before - cost)).sum())


@given(scenario=scenarios())
def test_taking_back_what_was_added_changes_nothing(scenario):
    table, new, _, weight = scenario
    both = np.hstack([table, new])
    added = stand(both, weight=weight)
    back = what_if(added, remove=np.arange(table.shape[1], both.shape[1]))
    np.testing.assert_array_equal(back.cost, stand(table).cost)


def test_a_move_names_who_gains_and_who_loses():
    today = stand([[1, 9], [9, 1], [5, 5]], weight=[10, 20, 30])
    moved = what_if(today, add=[[4], [9], [2]], remove=[0])
    assert moved.saved.tolist() == [-3, 0, 3]
    assert moved.site.tolist() == [2, 1, 2]
    assert (moved.gaining, moved.losing, moved.total_saved) == (30, 10, 60)


def test_without_a_penalty_reach_is_won_and_lost_beyond_measure():
    today = stand([[1], [np.inf]])
    moved = what_if(today, add=[np.inf, 3], remove=[0])
    assert moved.saved.tolist() == [-np.inf, np.inf]
    assert moved.site.tolist() == [-1, 1]
    assert moved.total_saved == 0


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("shape", lambda: stand([1, 2])),
        ("no_demand", lambda: stand(np.zeros((0, 2)))),
        ("not_finite", lambda: stand([[np.nan]])),
        ("negative", lambda: stand([[-1]])),
        ("penalty", lambda: stand([[5]], penalty=4)),
        ("penalty", lambda: stand([[5]], penalty=np.nan)),
        ("shape", lambda: stand([[1]], weight=[1, 2])),
        ("negative", lambda: stand([[1]], weight=[-1])),
        ("unknown_site", lambda: what_if(stand([[1]]), remove=[1])),
        ("shape", lambda: what_if(stand([[1]]), add=[1, 2])),
        ("not_finite", lambda: what_if(stand([[1]]), add=[np.nan])),
        ("negative", lambda: what_if(stand([[1]]), add=[-1])),
        ("penalty", lambda: what_if(stand([[1]], penalty=2), add=[3])),
    ],
)
def test_bad_questions_are_refused_by_name(code, call):
    with pytest.raises(SitingError) as raised:
        call()
    assert raised.value.code == code
