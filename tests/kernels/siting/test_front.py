"""The front of coverage, worst-off and cost against every choice."""

from itertools import combinations
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from maillage.kernels.siting import pareto
from maillage.kernels.siting.pareto import front, worst_tenth
from maillage.kernels.siting.problem import from_table
from tests.kernels.siting.oracles import questions


def measured(sites, table, chosen, *, within):
    """Weight covered, largest cost, money, of a choice of free candidates."""
    opened = [*sites.fixed.tolist(), *chosen]
    cost = table[:, opened].min(axis=1, initial=np.inf)
    counts = (sites.weight > 0) & np.isfinite(table).any(axis=1)
    return (
        float(sites.weight[cost <= within].sum()),
        float(cost[counts].max(initial=0.0)),
        float(sites.opening[list(chosen)].sum()),
    )


def all_measures(sites, table, most, *, within):
    free = np.flatnonzero(sites.free).tolist()
    least = 0 if len(sites.fixed) else 1
    return {
        measured(sites, table, chosen, within=within)
        for new in range(least, most + 1)
        for chosen in combinations(free, new)
    }


def beats(one, other):
    return (
        one[0] >= other[0]
        and one[1] <= other[1]
        and one[2] <= other[2]
        and one != other
    )


def levelled(measure, levels):
    """The worst-off rounded up to a level."""
    covered, worst, spent = measure
    return covered, min(level for level in [*levels, np.inf] if worst <= level), spent


@given(question=questions(most=6), within=st.sampled_from([1, 5, 15]))
def test_a_small_front_is_complete(question, within):
    sites, table, most = question
    known = all_measures(sites, table, most, within=within)
    best = {one for one in known if not any(beats(other, one) for other in known)}
    found = front(sites, most, within=within, clock=monotonic)
    got = [(point.covered, point.worst, point.spent) for point in found.points]
    assert set(got) == best
    assert len(got) == len(best)
    assert found.is_complete
    assert found.is_proven
    for point in found.points:
        chosen = point.open.tolist()
        assert measured(sites, table, chosen, within=within) in best


@pytest.mark.parametrize("is_dear", [False, True])
@settings(max_examples=25)
@given(question=questions(most=6), within=st.sampled_from([1, 5, 15]))
def test_nothing_beats_a_point_of_a_large_front(is_dear, question, within):
    sites, table, most = question
    if most == 0:
        return
    opening = sites.opening if is_dear else np.ones(sites.candidates)
    sites = from_table(
        table, weight=sites.weight, fixed=sites.fixed, opening=opening, penalty=40
    )
    levels = [2.0, 8.0, 20.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pareto, "MOST_CHOICES", 0)
        found = front(
            sites, most, within=within, levels=levels, seconds=120, clock=monotonic
        )
    known = {
        levelled(one, levels) for one in all_measures(sites, table, most, within=within)
    }
    assert found.is_proven
    assert not found.is_complete
    got = [
        levelled((point.covered, point.worst, point.spent), levels)
        for point in found.points
    ]
    assert got
    for point, one in zip(found.points, got, strict=True):
        assert point.worst <= point.level
        assert not any(beats(other, one) for other in known), one
    if not is_dear:  # each number of sites is asked for: none is missing
        best = {one for one in known if not any(beats(other, one) for other in known)}
        assert set(got) == best


def test_without_levels_the_front_runs_from_none_to_the_tightest():
    random = np.random.default_rng(3)
    sites = from_table(
        random.random((60, 40)), weight=random.integers(1, 9, 60), opening=np.ones(40)
    )
    found = front(sites, 6, within=0.1, seconds=30, clock=monotonic)
    assert len(found.points) > 3
    worst = [point.worst for point in found.points]
    assert min(worst) < max(worst)
    assert [point.covered for point in found.points] == sorted(
        (point.covered for point in found.points), reverse=True
    )


def test_the_worst_tenth_is_a_mean_over_people():
    cost, weight = np.array([10.0, 20.0, 30.0]), np.array([90.0, 5.0, 5.0])
    assert worst_tenth(cost, weight) == 25
    assert worst_tenth(cost, np.array([1.0, 1.0, 98.0])) == 30
    assert worst_tenth(cost, np.zeros(3)) == 0
