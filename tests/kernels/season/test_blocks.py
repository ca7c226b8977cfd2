"""Blocks are apart where they may be, and bounds hold whatever eases them."""

import numpy as np
import pytest

from benchmarks.season_checker import verify
from maillage.kernels.season.block import blocks_of, rows_of
from maillage.kernels.season.families import season_of
from maillage.kernels.season.plan import plan
from maillage.kernels.season.pricing import EXACT, NARROW, Prices, ask
from maillage.kernels.season.prove import every
from tests.kernels.season.brute import draw
from tests.kernels.season.small import floats, ints, season


def never():
    return False


def two_groups(**changes):
    """Two resources with one copy each; requests 0 and 1 want one, 2 the other."""
    return season(
        **{
            "changeover": ints(1, 1),
            "km_cost": floats(1, 1),
            "wear_limit": ints(1000, 1000),
            "maintenance": ints(5, 5),
            "group_key": ints(7, 8),
            "copy_group": ints(0, 1),
            "option_group": ints(0, 0, 1),
        }
        | changes
    )


def test_families_that_share_no_request_are_blocks_of_their_own():
    apart = season_of(two_groups())
    tied = season_of(
        two_groups(
            option_request=ints(0, 1, 2, 0),
            option_group=ints(0, 0, 1, 1),
            option_value=floats(100, 100, 100, 90),
            window_option=ints(0, 1, 2, 3),
            window_first=ints(0, 0, 0, 0),
            window_last=ints(80, 80, 80, 80),
        )
    )

    assert sorted(map(sorted, blocks_of(apart))) == [[0], [1]]
    assert list(map(sorted, blocks_of(tied))) == [[0, 1]]


def test_a_row_that_two_blocks_take_from_is_of_neither():
    shared = season_of(two_groups(host=ints(0, 1, 0), host_limit=ints(1, 1)))
    own = season_of(two_groups(host=ints(0, 0, 1), host_limit=ints(1, 1)))

    assert [len(rows) for rows in rows_of(shared, blocks_of(shared))] == [0, 0]
    assert sorted(len(rows) for rows in rows_of(own, blocks_of(own))) == [0, 1]


def test_a_quota_that_two_blocks_share_is_kept_and_priced():
    problem = two_groups(
        host=ints(0, 1, 0),
        host_limit=ints(1, 1),
        option_value=floats(300, 100, 200),
    )

    found = plan(problem, seed=1, stop=never)

    verify(problem, found)
    assert sorted(found.stops.request.tolist()) == [0, 1]
    assert found.value == pytest.approx(found.bound, abs=1e-4)


def test_a_budget_that_many_blocks_share_is_kept():
    problem = two_groups(km_budget=45.0, option_value=floats(300, 100, 200))

    found = plan(problem, seed=1, stop=never)

    verify(problem, found)
    assert found.km <= 45
    assert found.value == pytest.approx(460)
    assert found.bound >= found.value - 1e-9


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("level", [NARROW, EXACT])
def test_no_ease_hides_a_tour(seed, level):
    """Whatever is paid at the outset for requests, no tour beats the bound."""
    here = season_of(draw(seed))
    tours = every(here)
    assert tours is not None
    rng = np.random.default_rng(seed)
    prices = Prices(request=rng.uniform(0, 60, here.problem.requests))
    for family in here.families:
        if not family.loans:
            continue
        best = max(
            (
                one.value - prices.request[list(one.requests)].sum()
                for one in tours
                if one.family == family.rank
            ),
            default=0.0,
        )
        ease = rng.uniform(0, 50, 64 * family.graph.memory.shape[1])
        for _ in range(4):  # eases move from one time to the next
            answer = ask(
                family,
                prices,
                threshold=0.0,
                level=level,
                labels=10_000,
                columns=4,
                ease=ease,
            )
            assert answer.most >= best - 1e-6
            assert (ease >= 0).all()
            assert all(one.value > 0 for one in answer.tours)
