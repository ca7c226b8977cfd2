"""Maximal covering and p-centre against brute force and published radii."""

from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, strategies as st

from benchmarks import pmed
from maillage.kernels.siting.centre import centre
from maillage.kernels.siting.covering import covering
from maillage.kernels.siting.problem import from_pairs, from_table
from tests.kernels.siting.oracles import least_radius, most_covered, questions

FILES = Path(__file__).parent / "pmed"


@given(question=questions(), within=st.sampled_from([0, 2, 10, 100]))
def test_nothing_covers_more(question, within):
    sites, table, new = question
    found = covering(sites, new, within=within, seconds=60, clock=monotonic)
    assert found.value == most_covered(sites, table, new, within=within)
    assert found.bound == pytest.approx(found.value)
    is_covered = (found.cost <= within) & ~found.uncovered
    assert found.value == sites.weight[is_covered].sum()
    assert len(found.open) == new


@pytest.mark.parametrize("rank", [2, 5, 6])
def test_published_radii_just_cover_all(rank):
    table, new = pmed.read(FILES / f"pmed{rank}.txt")
    radius = pmed.CENTRE[rank - 1]
    sites = from_table(table)
    assert covering(
        sites, new, within=radius, seconds=60, clock=monotonic
    ).value == len(table)
    assert covering(
        sites, new, within=radius - 1, seconds=60, clock=monotonic
    ).bound < len(table)


def test_more_sites_cover_more_until_all_are_covered():
    table = np.random.default_rng(1).random((60, 25))
    covered = [
        covering(from_table(table), new, within=0.05, seconds=60, clock=monotonic).value
        for new in range(1, 26)
    ]
    assert (np.diff(covered) >= 0).all()
    assert covered[-1] == (table <= 0.05).any(axis=1).sum()


@pytest.mark.parametrize("rank", [1, 2, 5, 6])
def test_published_radii_are_found_and_proven(rank):
    table, new = pmed.read(FILES / f"pmed{rank}.txt")
    found = centre(from_table(table), new, seconds=60, clock=monotonic)
    assert found.value == found.bound == pmed.CENTRE[rank - 1]
    assert found.cost.max() == found.value
    assert len(found.open) == new


@given(question=questions(), is_weighted=st.booleans())
def test_no_radius_is_smaller(question, is_weighted):
    sites, table, new = question
    found = centre(sites, new, seconds=60, is_weighted=is_weighted, clock=monotonic)
    least = least_radius(sites, table, new, is_weighted=is_weighted)
    assert found.value == pytest.approx(least)
    assert found.bound == pytest.approx(least)
    assert len(found.open) == new


def test_a_centre_that_cannot_reach_all_says_so():
    sites = from_pairs([0, 1], [0, 1], [1, 1], demands=2, candidates=2, penalty=9)
    found = centre(sites, 1, clock=monotonic)
    assert np.isinf(found.value)
    assert np.isinf(found.bound)
    assert centre(sites, 2, clock=monotonic).value == 1


def test_time_that_runs_out_leaves_a_radius_and_a_bound():
    table = pmed.drawn(120, seed=2)
    found = centre(from_table(table), 6, seconds=1e-6, clock=monotonic)
    best = centre(from_table(table), 6, seconds=60, clock=monotonic)
    assert found.bound <= best.bound == best.value <= found.value
    assert found.cost.max() <= found.value
