"""Plans are right, proven, and the same whoever comes first."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from benchmarks.season_checker import verify, verify_stops
from benchmarks.season_instances import generate
from maillage.kernels.season import families, zones
from maillage.kernels.season.greedy import greedy, stops_value
from maillage.kernels.season.plan import plan
from maillage.kernels.season.problem import NO_WEAR_LIMIT
from maillage.kernels.season.twins import needless
from tests.kernels.season.brute import best_value, draw
from tests.kernels.season.small import fixed, floats, ints, season


def never():
    return False


def after(asked):
    """Stop when asked for the so-manyth time."""
    times = count(1)
    return lambda: next(times) > asked


def planned(problem, *, seed=1, stop=never):
    found = plan(problem, seed=seed, stop=stop)
    verify(problem, found)
    return found


@pytest.mark.parametrize("seed", range(80))
def test_a_tiny_season_is_planned_as_well_as_can_be(seed):
    problem = draw(seed)
    best = best_value(problem)

    found = planned(problem, seed=seed)

    assert found.value == pytest.approx(best, abs=1e-6)
    assert found.bound == pytest.approx(best, abs=1e-4)
    assert found.bound >= best - 1e-9
    assert found.is_complete


@pytest.mark.parametrize("seed", range(80, 110))
@pytest.mark.parametrize("asked", [0, 3])
def test_a_stopped_search_gives_a_plan_and_a_bound(seed, asked):
    problem = draw(seed)

    found = planned(problem, stop=after(asked))

    assert found.value <= best_value(problem) + 1e-6
    assert found.bound >= best_value(problem) - 1e-6


@pytest.mark.parametrize("seed", range(80))
@pytest.mark.parametrize(("asked", "many"), [(30, 100), (10**6, 100), (10**6, 2)])
def test_families_too_large_for_ways_between_all_loans_have_a_bound_that_holds(
    monkeypatch, seed, asked, many
):
    monkeypatch.setattr(families, "DENSE", 1)
    monkeypatch.setattr(zones, "ZONES", many)
    problem = draw(seed)

    found = planned(problem, stop=after(asked))

    assert found.value <= best_value(problem) + 1e-6
    assert found.bound >= best_value(problem) - 1e-6


def alike(seed):
    """A tiny season of one host, and of loans that last alike at one of two places."""
    problem = draw(seed)
    return replace(
        problem,
        host=np.zeros(problem.requests, np.int64),
        host_limit=ints(1 + seed % 2),
        place=np.arange(problem.requests) % 2,
        duration=np.full(problem.requests, problem.duration.min()),
        limit_row=ints(),
        limit_request=ints(),
        limit_weight=floats(),
        window_first=problem.window_first - problem.window_first % 9,
    )


def test_a_host_that_asks_for_much_of_the_same_loses_nothing_by_what_is_left_out():
    left_out = 0
    for seed in range(150, 400):
        problem = alike(seed)
        every = np.ones(problem.requests, np.bool_)
        gone = needless(problem, every, problem.host_limit)
        left_out += gone.sum()
        if not gone[problem.option_request].any():
            continue
        best = best_value(problem)

        found = planned(problem)

        assert found.value == pytest.approx(best, abs=1e-6)
        assert found.bound >= best - 1e-9
    assert left_out > 20


@pytest.mark.parametrize("seed", range(110, 150))
def test_the_careful_officer_never_beats_the_best(seed):
    problem = draw(seed)

    stops = greedy(problem, seed=1)

    verify_stops(problem, stops)
    worth, cost, _ = stops_value(problem, stops)
    assert worth - cost <= best_value(problem) + 1e-6


def shuffled(problem, generator):
    """The same season with its requests, groups and options in another order."""
    request = generator.permutation(problem.requests)
    group = generator.permutation(problem.groups)
    option = generator.permutation(problem.options)
    to_request, to_group, to_option = (np.argsort(o) for o in (request, group, option))
    facts = problem.fixed_request
    return replace(
        problem,
        changeover=problem.changeover[group],
        km_cost=problem.km_cost[group],
        wear_limit=problem.wear_limit[group],
        maintenance=problem.maintenance[group],
        group_key=problem.group_key[group],
        copy_group=to_group[problem.copy_group],
        place=problem.place[request],
        host=problem.host[request],
        duration=problem.duration[request],
        request_key=problem.request_key[request],
        option_request=to_request[problem.option_request[option]],
        option_group=to_group[problem.option_group[option]],
        option_value=problem.option_value[option],
        window_option=to_option[problem.window_option],
        limit_request=to_request[problem.limit_request],
        fixed_request=np.where(facts >= 0, to_request[facts], -1),
    )


def told(problem, found):
    """A plan in words that the order of rows does not change."""
    stops = found.stops
    return [
        (copy, problem.request_key[request] if request >= 0 else -1, place, start, kept)
        for copy, request, place, start, kept in zip(
            stops.copy.tolist(),
            stops.request.tolist(),
            stops.place.tolist(),
            stops.start.tolist(),
            stops.maintained.tolist(),
            strict=True,
        )
    ]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 5))
def test_the_order_of_requests_changes_nothing(seed, order, asked):
    problem = draw(seed)
    other = shuffled(problem, np.random.default_rng(order))

    one = plan(problem, seed=7, stop=after(40 * asked))
    two = plan(other, seed=7, stop=after(40 * asked))

    assert told(problem, one) == told(other, two)
    assert one.bound == two.bound


@pytest.mark.parametrize("asked", [30, 200, 500])
def test_the_same_season_and_seed_give_the_same_plan(asked):
    problem = generate(2, 14, seed=3)

    one = planned(problem, stop=after(asked))
    two = planned(problem, stop=after(asked))

    assert told(problem, one) == told(problem, two)
    assert (one.bound, one.iterations) == (two.bound, two.iterations)
    assert one.group_price.tolist() == two.group_price.tolist()


def test_a_season_beats_the_careful_officer_and_says_how_near_it_is():
    problem = generate(4, 40, seed=3)
    seen = []

    found = plan(problem, seed=1, stop=after(300), progress=seen.append)

    verify(problem, found)
    worth, cost, _ = stops_value(problem, greedy(problem, seed=1))
    assert found.value > worth - cost
    assert found.gap < 0.02
    bounds = [step.bound for step in seen]
    values = [step.value for step in seen]
    assert bounds == sorted(bounds, reverse=True)
    assert values == sorted(values)


def test_a_copy_more_brings_no_more_than_its_price():
    problem = generate(2, 10, seed=5)
    found = planned(problem, stop=after(1000))
    for group in range(problem.groups):
        first = int(np.flatnonzero(problem.copy_group == group)[0])
        rows = np.sort(np.append(np.arange(problem.copies), first))
        more = replace(
            problem,
            copy_group=problem.copy_group[rows],
            copy_depot=problem.copy_depot[rows],
            copy_wear=problem.copy_wear[rows],
        )
        value = planned(more, stop=after(500)).value

        assert value <= found.bound + found.group_price[group] + 1e-3


@pytest.mark.parametrize(
    "changes",
    [
        {"copy_group": ints(), "copy_depot": ints(), "copy_wear": ints()},
        {"window_option": ints(), "window_first": ints(), "window_last": ints()},
        {"km_budget": 0.0},
        {"host_limit": ints(0, 0, 0, 0)},
        {"wear_limit": ints(9)},
        {
            "limit_row": ints(0),
            "limit_request": ints(0),
            "limit_weight": floats(1),
            "limit_capacity": floats(0),
        },
    ],
)
def test_what_leaves_nothing_to_do_is_planned_so(changes):
    found = planned(season(**changes))

    assert found.is_complete
    assert len(found.stops.copy) == (2 if "limit_row" in changes else 0)


def test_no_requests_and_no_options_make_an_empty_plan():
    empty = {
        name: ints()
        for name in (
            "place",
            "host",
            "duration",
            "request_key",
            "option_request",
            "option_group",
            "window_option",
            "window_first",
            "window_last",
        )
    }

    found = planned(season(**empty, option_value=floats()))

    assert (found.value, found.bound < 1e-3, found.gap < 1e-3) == (0, True, True)


def test_facts_everywhere_leave_no_place():
    facts = fixed(
        *[(copy, 1, t, t + 10, -1) for copy in (0, 1) for t in range(0, 100, 10)]
    )

    found = planned(season(**facts, wear_limit=ints(NO_WEAR_LIMIT)))

    assert len(found.stops.copy) == 20
    assert found.is_complete


def test_very_many_requests_for_one_copy_do_not_blow_up():
    many = 2000
    g = np.random.default_rng(1)
    first = g.integers(0, 80, many)
    problem = season(
        copy_group=ints(0),
        copy_depot=ints(0),
        copy_wear=ints(0),
        place=g.integers(1, 4, many),
        host=g.integers(0, 3, many),
        duration=np.full(many, 10),
        request_key=np.arange(many),
        option_request=np.arange(many),
        option_group=np.zeros(many, np.int64),
        option_value=g.uniform(50, 100, many),
        window_option=np.arange(many),
        window_first=first,
        window_last=first + 5,
        host_limit=ints(many, many, many),
    )

    found = planned(problem, stop=after(60))

    assert len(found.stops.copy) >= 6
    assert found.gap < 0.02


def test_ten_thousand_times_the_same_of_twenty_hosts_is_settled():
    many = 10_000
    problem = season(
        copy_group=ints(0),
        copy_depot=ints(0),
        copy_wear=ints(0),
        place=1 + np.arange(many) % 3,
        host=np.arange(many) % 20,
        duration=np.full(many, 7),
        request_key=np.arange(many),
        option_request=np.arange(many),
        option_group=np.zeros(many, np.int64),
        option_value=np.full(many, 100.0),
        window_option=np.arange(many),
        window_first=np.full(many, 10),
        window_last=np.full(many, 70),
        host_limit=np.full(20, 4),
    )

    found = planned(problem, stop=after(400))

    assert found.is_complete
    assert found.bound == pytest.approx(found.value, rel=1e-6)
