"""What a family answers bounds all that it could do, however short the search."""

import numpy as np
import pytest

from benchmarks.season_instances import generate
from maillage.kernels.season.families import season_of
from maillage.kernels.season.pricing import EXACT, NARROW, Prices, ask
from maillage.kernels.season.prove import every
from tests.kernels.season.brute import draw


def most(family, price, *, labels, level=EXACT, threshold=0.0, ease=None):
    words = family.graph.memory.shape[1]
    return ask(
        family,
        Prices(request=price),
        threshold=threshold,
        level=level,
        labels=labels,
        columns=4,
        ease=np.zeros(64 * words) if ease is None else ease,
    )


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("labels", [1, 2, 5, 1000])
def test_no_tour_is_worth_more_than_a_family_says(seed, labels):
    season = season_of(draw(seed))
    tours = every(season)
    price = np.random.default_rng(seed).uniform(0, 40, season.problem.requests)
    for family in season.families:
        best = max(
            (
                one.value - price[list(one.requests)].sum()
                for one in tours
                if one.family == family.rank
            ),
            default=0.0,
        )
        ease = np.zeros(64 * family.graph.memory.shape[1])
        for _ in range(3):
            found = most(family, price, labels=labels, ease=ease)

            assert found.most >= best - 1e-9


def test_a_search_that_is_cut_short_is_bounded_closer_than_by_what_may_follow():
    season = season_of(generate(3, 90, seed=2))
    price = np.zeros(season.problem.requests)
    family = max(season.families, key=lambda one: one.loans)
    sure = most(family, price, labels=2_000_000)
    rough = most(family, price, labels=1000, level=NARROW)

    short = most(family, price, labels=1000)

    assert not sure.is_short
    assert short.is_short
    assert sure.most - 1e-6 <= short.most < rough.most
