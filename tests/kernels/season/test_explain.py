"""Each reason in a small season, and what is offered instead."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from benchmarks.season_checker import verify, verify_stops
from maillage.kernels.season.explain import explain
from maillage.kernels.season.problem import Alternative, Reason
from maillage.kernels.season.slots import feasible_starts, placed
from tests.kernels.season.small import (
    facts_of,
    fixed,
    floats,
    ints,
    plan_of,
    season,
    stops,
    wild,
)
from tests.kernels.season.test_slots import grown

FIRST = (0, 0, 0, -1, 1, 1, 11)
BESIDE = (1, 1, 1, -1, 2, 1, 11)


def why(problem, *rows, request=2):
    """The refusal of request 2, the others being served."""
    told = {one.request: one for one in explain(problem, stops(*rows))}
    return told[request]


def narrow(first, last, **changes):
    """The season in which request 2 starts from ``first`` to ``last``."""
    return season(
        window_first=ints(0, 0, first), window_last=ints(80, 80, last), **changes
    )


def test_whoever_is_served_needs_no_reason():
    assert [one.request for one in explain(season(), stops(FIRST))] == [1, 2]


def test_a_request_without_option_has_no_copy():
    problem = season(
        option_request=ints(0, 1),
        option_group=ints(0, 0),
        option_value=floats(100, 100),
        window_option=ints(0, 1),
        window_first=ints(0, 0),
        window_last=ints(80, 80),
    )
    told = why(problem, FIRST, BESIDE)
    assert (told.reason, told.rivals, told.alternative) == (Reason.NO_COPY, (), None)


def test_a_group_without_copies_has_no_copy():
    problem = season(
        changeover=ints(1, 1),
        km_cost=floats(1, 1),
        wear_limit=ints(900, 900),
        maintenance=ints(5, 5),
        group_key=ints(7, 8),
        option_group=ints(0, 0, 1),
    )
    assert why(problem, FIRST, BESIDE).reason == Reason.NO_COPY


def test_windows_that_the_season_does_not_leave_are_no_windows():
    problem = season(
        window_option=ints(0, 1), window_first=ints(0, 0), window_last=ints(80, 80)
    )
    told = why(problem, FIRST, BESIDE)
    assert (told.reason, told.rivals, told.alternative) == (Reason.NO_WINDOW, (), None)


def test_copies_that_are_out_are_taken_and_the_next_days_are_offered():
    told = why(narrow(3, 6), FIRST, BESIDE)

    assert told.reason == Reason.TAKEN
    assert told.rivals == (0, 1)
    assert told.alternative is not None
    # 13: 11, one of travel, one of changeover; 10 km more on either copy
    assert told.alternative == Alternative(
        option=2, copy=0, start=13, shift=7, cost=pytest.approx(-90)
    )


def test_another_group_is_offered_where_it_is_nearer():
    two = season(
        changeover=ints(1, 1),
        km_cost=floats(1, 1),
        wear_limit=ints(900, 900),
        maintenance=ints(5, 5),
        group_key=ints(7, 8),
        copy_group=ints(0, 1),
        option_request=ints(0, 1, 2, 2),
        option_group=ints(0, 0, 0, 1),
        option_value=floats(100, 100, 100, 60),
        window_option=ints(0, 1, 2, 3),
        window_first=ints(0, 0, 3, 30),
        window_last=ints(80, 80, 6, 40),
        host=ints(0, 1, 1),
        host_limit=ints(1, 1),
        **fixed((1, 2, 25, 55, -1)),
    )
    there = (1, -1, -1, 0, 2, 25, 55)
    told = why(two, FIRST, there)

    assert told.reason == Reason.TAKEN
    assert told.rivals == (0,)  # the fixed loan is nobody's request
    assert told.alternative == Alternative(
        option=2, copy=0, start=13, shift=7, cost=pytest.approx(-90)
    )
    far = replace(two, window_last=ints(80, 80, 4, 40), **fixed((1, 2, 24, 39, -1)))
    told = why(far, (0, 0, 0, -1, 1, 1, 11), (1, -1, -1, 0, 2, 24, 39))
    assert told.reason == Reason.TRAVEL  # free from 39, there at 41
    told = why(
        replace(far, window_last=ints(80, 80, 4, 38)),
        (0, 0, 0, -1, 1, 1, 11),
        (1, -1, -1, 0, 2, 24, 39),
    )
    assert told.alternative is not None
    assert (told.alternative.option, told.alternative.shift) == (3, 3)


def test_a_host_that_has_its_loans_gets_no_other():
    problem = season(host=ints(0, 1, 0), host_limit=ints(1, 1))
    told = why(problem, FIRST, BESIDE)

    assert told.reason == Reason.HOST_LIMIT
    assert told.rivals == (0,)
    assert told.alternative is None


def test_a_copy_that_cannot_arrive_in_time_is_a_matter_of_travel():
    told = why(narrow(11, 12), FIRST, BESIDE)

    assert told.reason == Reason.TRAVEL
    assert told.rivals == (0, 1)
    assert told.alternative is not None
    assert (told.alternative.start, told.alternative.shift) == (13, 1)


def test_a_copy_that_is_due_for_maintenance_is_a_matter_of_wear():
    told = why(narrow(13, 18, wear_limit=ints(15)), FIRST, BESIDE)

    assert told.reason == Reason.WEAR
    assert told.alternative is not None
    assert (told.alternative.start, told.alternative.shift) == (19, 1)
    assert told.alternative.cost == pytest.approx(-80)  # home and out again


def test_km_that_are_left_do_not_reach_everybody():
    told = why(season(km_budget=45), FIRST, BESIDE)

    assert told.reason == Reason.KM_BUDGET
    assert (told.rivals, told.alternative) == ((), None)


def test_another_limit_may_be_used_up():
    problem = season(
        limit_row=ints(0, 0),
        limit_request=ints(0, 2),
        limit_weight=floats(2, 2),
        limit_capacity=floats(3),
    )
    told = why(problem, FIRST, BESIDE)

    assert told.reason == Reason.LIMIT
    assert (told.rivals, told.alternative) == ((), None)


def test_what_costs_more_than_it_brings_is_refused_with_its_cost():
    told = why(season(option_value=floats(100, 100, 4)), FIRST, BESIDE)

    assert told.reason == Reason.WORTH
    assert told.rivals == (0, 1)
    assert told.alternative == Alternative(
        option=2, copy=0, start=13, shift=0, cost=pytest.approx(6)
    )


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_an_explanation_holds_in_any_season(seed):
    """The reason agrees with the slots; the alternative does what it says."""
    problem = wild(seed)
    done = grown(problem, np.random.default_rng(seed), steps=15)
    account = verify_stops(problem, done)
    told = explain(problem, done)
    plan = plan_of(
        problem,
        done,
        worth=account.worth,
        km=account.km,
        refusals=told,
        transport_cost=account.transport_cost,
        value=account.value,
    )
    verify(problem, plan)

    for one in told:
        slots = feasible_starts(problem, done, request=one.request)
        assert (one.reason == Reason.WORTH) == (len(slots) > 0)
        other = one.alternative
        assert (other is not None and other.shift == 0) == (len(slots) > 0)
        if other is None:
            continue
        wide = feasible_starts(problem, done, request=one.request, anywhere=True)
        assert other.shift == wide.shift.min()
        least = -wide.change[wide.shift == other.shift].max()
        assert other.cost == pytest.approx(least)
        row = wide.at(copy=other.copy, start=other.start, option=other.option)
        assert row is not None
        if other.shift == 0:
            after = placed(problem, wide, row=row, start=other.start)
            change = verify_stops(problem, after).value - account.value
            assert other.cost == pytest.approx(-change)


def test_facts_alone_are_explained_too():
    problem = wild(3)
    served = set(problem.fixed_request.tolist())
    told = explain(problem, facts_of(problem))

    assert [one.request for one in told] == [
        rank for rank in range(problem.requests) if rank not in served
    ]
