"""Blocks are apart where they may be, and bounds hold whatever eases them."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.season_checker import verify
from benchmarks.season_instances import generate
from maillage.kernels.season.anneal import annealed, part_of
from maillage.kernels.season.block import Block, blocks_of, rows_of
from maillage.kernels.season.families import season_of
from maillage.kernels.season.plan import plan
from maillage.kernels.season.pricing import EXACT, NARROW, Prices, ask
from maillage.kernels.season.prove import every
from maillage.kernels.season.roster import Roster
from maillage.kernels.season.tours import starts
from tests.kernels.season.brute import best_value, draw
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


@pytest.mark.parametrize("seed", range(30))
def test_annealed_tours_keep_every_rule_and_lose_nothing(seed):
    made = season_of(draw(seed))
    ranks = [family.rank for family in made.families if family.loans]
    if not ranks:
        return
    roster = Roster(made)
    roster.fill(ranks[:1], np.zeros(made.problem.requests), km=0.0)
    before = roster.value

    def tours():
        return annealed(
            roster,
            ranks,
            part=part_of(made, ranks),
            seed=seed,
            rounds=300,
            heat=0.2,
            stop=never,
        )

    found = tours()
    then = Roster(made)
    for one in found:
        assert then.fits(one)
        assert starts(made.families[one.family], one) is not None
        then.put(one)

    assert then.value >= before - 1e-6
    assert then.value <= best_value(made.problem) + 1e-6
    assert found == tours()


def test_prices_that_change_leave_a_bound_that_holds():
    """What a block has proven is carried over to the prices that come next."""
    problem = generate(6, 60, seed=3)
    problem = replace(problem, host_limit=np.ones_like(problem.host_limit))
    made = season_of(problem)
    ranks = blocks_of(made)
    rows = rows_of(made, ranks)
    block = Block(made, ranks[0], rows[0], seed=1, stop=never)
    roster = Roster(made)
    assert block.sketch(roster, None)
    fresh = Block(made, ranks[0], rows[0], seed=1, stop=never)
    shared = np.setdiff1d(made.common_rows(made.requests_of(ranks[0])), rows[0])
    assert len(shared)
    generator = np.random.default_rng(5)
    for _ in range(4):
        price = np.zeros(made.rows)
        price[shared] = generator.uniform(0, 300, len(shared))
        block.reprice(price)
        fresh.reprice(price)
        assert fresh.generation.run(stop=never)
        assert fresh.master.solve()

        assert np.isfinite(block.bound)
        assert block.bound >= fresh.master.value - 1e-6
