"""p-median against brute force, the textbook programme and published optima."""

from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, strategies as st

from benchmarks import pmed
from maillage.kernels.siting.median import median
from maillage.kernels.siting.problem import from_pairs, from_table
from tests.kernels.siting.oracles import (
    least_median,
    milp_median,
    paid,
    questions,
)

FILES = Path(__file__).parent / "pmed"


@pytest.mark.parametrize("rank", [1, 2, 5, 6])
def test_published_optima_are_found_and_proven(rank):
    table, new = pmed.read(FILES / f"pmed{rank}.txt")
    found = median(from_table(table), new, seconds=60, clock=monotonic)
    assert found.value == found.bound == pmed.MEDIAN[rank - 1]
    assert len(set(found.open.tolist())) == new


@given(question=questions())
def test_nothing_is_better_than_what_is_found(question):
    sites, table, new = question
    found = median(sites, new, seconds=60, clock=monotonic)
    assert found.value == pytest.approx(least_median(sites, table, new))
    assert found.bound == pytest.approx(found.value)
    assert found.bound <= found.value


@given(question=questions())
def test_the_value_is_what_the_demands_pay(question):
    sites, table, new = question
    found = median(sites, new, seconds=60, clock=monotonic)
    opened = [*sites.fixed, *found.open]
    cost, total = paid(table, sites.weight, opened, penalty=sites.penalty)
    np.testing.assert_array_equal(found.cost, cost)
    assert found.value == pytest.approx(total + sites.opening[opened].sum())
    assert len(found.open) == new
    assert not set(found.open.tolist()) & set(sites.fixed.tolist())
    for demand in np.flatnonzero(~found.uncovered):
        assert found.assignment[demand] in opened
        assert table[demand, found.assignment[demand]] == cost[demand]
    np.testing.assert_array_equal(found.uncovered, np.isinf(table[:, opened]).all(1))


@pytest.mark.parametrize(("count", "new", "seed"), [(25, 3, 1), (30, 6, 2), (35, 9, 3)])
def test_the_textbook_programme_finds_the_same(count, new, seed):
    table = pmed.drawn(count, seed=seed)
    weight = np.random.default_rng(seed).integers(1, 50, count).astype(float)
    found = median(from_table(table, weight=weight), new, seconds=60, clock=monotonic)
    assert found.value == pytest.approx(milp_median(table, weight, new))
    assert found.gap == 0


@pytest.mark.parametrize(("count", "new"), [(200, 5), (300, 30), (400, 10)])
def test_graphs_of_the_published_rule_are_proven(count, new):
    sites = from_table(pmed.drawn(count, seed=7))
    found = median(sites, new, seconds=60, clock=monotonic)
    assert found.gap == 0


def test_one_more_site_never_costs_more():
    table = pmed.drawn(60, seed=4) + np.random.default_rng(4).random((60, 60))
    values = [
        median(from_table(table), new, seconds=60, clock=monotonic).value
        for new in range(1, 12)
    ]
    assert (np.diff(values) < 0).all()


def test_without_a_proof_the_bound_still_holds():
    table = pmed.drawn(150, seed=5)
    quick = median(from_table(table), 5, exact=False, clock=monotonic)
    best = median(from_table(table), 5, seconds=60, clock=monotonic)
    assert 0 < quick.bound <= best.value <= quick.value


def test_time_that_runs_out_leaves_an_answer_and_a_bound():
    table = pmed.drawn(150, seed=5)
    found = median(from_table(table), 5, seconds=1e-6, clock=monotonic)
    assert (
        0
        <= found.bound
        <= median(from_table(table), 5, seconds=60, clock=monotonic).value
    )
    assert len(found.open) == 5


def test_the_clock_of_the_caller_decides_when_to_stop():
    ticks = iter(range(10**9))
    table = np.random.default_rng(8).random((150, 150))
    found = median(from_table(table), 5, seconds=3, clock=lambda: next(ticks))
    assert found.bound < found.value
    assert next(ticks) < 20


def test_the_same_seed_opens_the_same_sites():
    sites = from_table(np.random.default_rng(6).random((80, 80)))
    first, then = (
        median(sites, 8, seconds=60, seed=3, clock=monotonic) for _ in range(2)
    )
    np.testing.assert_array_equal(first.open, then.open)


@given(seed=st.integers(0, 1000), new=st.integers(1, 4))
def test_the_order_of_demands_and_pairs_does_not_count(seed, new):
    random = np.random.default_rng(seed)
    table = random.random((12, 6))
    plain = median(from_table(table), new, seconds=60, clock=monotonic)
    demand, site = np.divmod(random.permutation(72), 6)
    place = random.permutation(12)
    mixed = from_pairs(
        place[demand], site, table[demand, site], demands=12, candidates=6
    )
    found = median(mixed, new, seconds=60, clock=monotonic)
    assert found.value == pytest.approx(plain.value)  # a site more or less may be idle
    assert found.gap == plain.gap == 0


def test_a_dear_site_is_left_closed():
    table = np.array([[0.0, 1.0], [0.0, 1.0]])
    assert median(from_table(table), 1, clock=monotonic).open.tolist() == [0]
    assert median(
        from_table(table, opening=[3, 0]), 1, clock=monotonic
    ).open.tolist() == [1]


def test_an_isolated_demand_pays_the_penalty_and_is_named():
    sites = from_pairs([0, 2], [0, 0], [4, 5], demands=3, candidates=2, penalty=100)
    found = median(sites, 1, clock=monotonic)
    assert found.open.tolist() == [0]
    assert found.uncovered.tolist() == [False, True, False]
    assert sites.isolated.tolist() == [False, True, False]
    assert found.cost.tolist() == [4, 100, 5]
    assert found.value == found.bound == 109
