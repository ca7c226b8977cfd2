"""The checker finds each fault: one wrong plan for each rule."""

import re
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.season_checker import verify, verify_stops
from maillage.kernels.season.problem import Alternative, Reason, Refusal
from tests.kernels.season.small import fixed, floats, ints, plan_of, season, stops

FIRST = (0, 0, 0, -1, 1, 1, 11)
SECOND = (0, 1, 1, -1, 2, 13, 23)  # 11 + 1 of travel + 1 of changeover
THIRD = (1, 2, 2, -1, 3, 1, 11)
LATER = (0, 1, 1, -1, 2, 30, 40)


def refuses(match, problem, *rows, maintained=()):
    with pytest.raises(AssertionError, match=re.escape(match)):
        verify_stops(problem, stops(*rows, maintained=maintained))


def test_a_right_plan_is_counted_as_it_is():
    account = verify_stops(season(), stops(FIRST, SECOND, THIRD))

    assert (account.worth, account.km) == (300, 50)  # 10+10+10 and 10+10
    assert account.value == 250
    assert account.served == {0, 1, 2}


def test_maintenance_costs_the_way_over_the_depot():
    account = verify_stops(season(), stops(FIRST, LATER, maintained=(1,)))

    assert account.km == 40


def test_an_empty_plan_is_right():
    assert verify_stops(season(), stops()).value == 0


def test_stops_are_ordered():
    refuses("not ordered", season(), SECOND, FIRST)


@pytest.mark.parametrize(
    ("rank", "value", "words"),
    [
        (0, 2, "no such copy"),
        (1, 3, "no such request"),
        (2, 3, "no such option"),
        (3, 0, "no such fixed loan"),
        (4, 4, "no such place"),
        (4, 2, "another place"),
        (1, 1, "option 0 is of 0"),
        (1, -1, "serves nobody"),
        (2, -1, "takes no option"),
        (6, 12, "does not last 10"),
    ],
)
def test_a_loan_is_what_its_option_says(rank, value, words):
    wrong = list(FIRST)
    wrong[rank] = value
    refuses(words, season(), tuple(wrong))


def test_a_copy_of_another_group_does_not_serve():
    problem = season(
        changeover=ints(1, 1),
        km_cost=floats(1, 1),
        wear_limit=ints(900, 900),
        maintenance=ints(5, 5),
        group_key=ints(7, 8),
        copy_group=ints(0, 1),
    )
    refuses("asks for group 0", problem, (1, 0, 0, -1, 1, 1, 11))


@pytest.mark.parametrize("start", [4, 16, 24, 31])
def test_a_loan_starts_in_a_window(start):
    problem = season(
        window_option=ints(0, 0),
        window_first=ints(5, 25),
        window_last=ints(15, 30),
    )
    for inside in (5, 15, 25, 30):
        verify_stops(problem, stops((0, 0, 0, -1, 1, inside, inside + 10)))
    refuses("outside of the windows", problem, (0, 0, 0, -1, 1, start, start + 10))


def test_a_loan_ends_in_the_season():
    refuses("after the season", season(), (0, 0, 0, -1, 1, 95, 105))


def test_a_request_is_served_once():
    refuses("served 2 times", season(), FIRST, (1, 0, 0, -1, 1, 1, 11))


def test_the_first_loan_is_reached_from_the_depot():
    refuses("from the depot", season(), (0, 0, 0, -1, 1, 0, 10))


def test_maintenance_before_the_first_loan_takes_time():
    verify_stops(season(), stops((0, 0, 0, -1, 1, 6, 16), maintained=(0,)))
    refuses("from the depot", season(), (0, 0, 0, -1, 1, 5, 15), maintained=(0,))


def test_loans_of_a_copy_do_not_overlap():
    refuses("overlaps", season(), FIRST, (0, 1, 1, -1, 2, 10, 20))


def test_travel_and_changeover_take_their_time():
    refuses("begins before 13", season(), FIRST, (0, 1, 1, -1, 2, 12, 22))


def test_travel_has_a_direction():
    travel = season().travel.copy()
    travel[1, 2] = 3
    refuses("begins before 15", season(travel=travel), FIRST, SECOND)
    there = (0, 1, 1, -1, 2, 1, 11)
    verify_stops(season(travel=travel), stops(there, (0, 0, 0, -1, 1, 13, 23)))


def test_maintenance_between_two_loans_takes_its_time():
    after = (0, 1, 1, -1, 2, 19, 29)  # 11 + 1 + 5 + 1 + 1
    verify_stops(season(), stops(FIRST, after, maintained=(1,)))
    early = (0, 1, 1, -1, 2, 18, 28)
    refuses("begins before 19", season(), FIRST, early, maintained=(1,))


def test_wear_adds_up_to_the_limit():
    verify_stops(season(wear_limit=ints(20)), stops(FIRST, LATER))
    refuses("wear to 20, over 19", season(wear_limit=ints(19)), FIRST, LATER)


def test_maintenance_takes_wear_away():
    problem = season(wear_limit=ints(19), copy_wear=ints(9, 0))
    verify_stops(problem, stops(FIRST, LATER, maintained=(1,)))


def test_wear_from_before_the_season_counts():
    problem = season(wear_limit=ints(19), copy_wear=ints(10, 0))
    refuses("wear to 20, over 19", problem, FIRST)


FACTS = fixed((0, 1, 0, 10, 0), (0, 2, 10, 20, -1), value=50)
FACT_0 = (0, 0, -1, 0, 1, 0, 10)
FACT_1 = (0, -1, -1, 1, 2, 10, 20)


def test_facts_follow_each_other_without_time_or_wear():
    problem = season(wear_limit=ints(5), **FACTS)

    account = verify_stops(problem, stops(FACT_0, FACT_1))

    assert (account.worth, account.km, account.served) == (100, 30, {0})


def test_facts_are_all_there():
    refuses("not each there once", season(**FACTS), FACT_0)
    refuses("not each there once", season(**FACTS))


@pytest.mark.parametrize("rank", [0, 1, 4, 5, 6])
def test_facts_do_not_change(rank):
    moved = list(FACT_0)
    moved[rank] += 1
    rows = sorted([tuple(moved), FACT_1], key=lambda row: (row[0], row[5]))
    refuses("was changed", season(**FACTS), *rows)


def test_facts_take_no_option():
    refuses("takes an option", season(**FACTS), (0, 0, 0, 0, 1, 0, 10), FACT_1)


def test_a_fact_serves_its_request():
    refuses("served 2 times", season(**FACTS), FACT_0, FACT_1, (1, 0, 0, -1, 1, 1, 11))


def test_rules_hold_between_a_fact_and_a_loan():
    problem = season(**FACTS)
    verify_stops(problem, stops(FACT_0, FACT_1, (0, 2, 2, -1, 3, 22, 32)))
    refuses("begins before 22", problem, FACT_0, FACT_1, (0, 2, 2, -1, 3, 21, 31))
    worn = replace(problem, wear_limit=ints(25))
    refuses("wear to 30, over 25", worn, FACT_0, FACT_1, (0, 2, 2, -1, 3, 40, 50))


def test_a_fact_may_leave_its_copy_maintained():
    problem = season(wear_limit=ints(10), **FACTS)
    fresh = replace(problem, fixed_renews=np.array([False, True]))
    after = (0, 2, 2, -1, 3, 40, 50)
    refuses("wear to 30, over 10", problem, FACT_0, FACT_1, after)
    verify_stops(fresh, stops(FACT_0, FACT_1, after))


def test_a_loan_before_a_fact_leaves_it_time():
    problem = season(**fixed((0, 2, 12, 22, -1)))
    refuses("begins before 13", problem, FIRST, (0, -1, -1, 0, 2, 12, 22))


def test_hosts_have_a_quota():
    problem = season(host=ints(0, 0, 1), host_limit=ints(1, 1))
    verify_stops(problem, stops(FIRST, THIRD))
    refuses("host 0 has 2 loans, 1 at most", problem, FIRST, SECOND)


def test_facts_count_in_the_quota_and_may_exceed_it():
    problem = season(host=ints(0, 0, 1), host_limit=ints(0, 1), **FACTS)
    verify_stops(problem, stops(FACT_0, FACT_1))
    refuses(
        "host 0 has 2 loans, 1 at most",
        problem,
        FACT_0,
        FACT_1,
        (1, 1, 1, -1, 2, 1, 11),
    )


def test_km_have_a_budget():
    verify_stops(season(km_budget=50.0), stops(FIRST, SECOND, THIRD))
    refuses("50.0 km, 49 at most", season(km_budget=49), FIRST, SECOND, THIRD)


def test_facts_may_exceed_the_budget_and_loans_may_not_add_to_it():
    problem = season(km_budget=0.0, **FACTS)
    verify_stops(problem, stops(FACT_0, FACT_1))
    refuses("km, 30.0 at most", problem, FACT_0, FACT_1, (1, 1, 1, -1, 2, 1, 11))


def test_further_limits_hold():
    limits = {
        "limit_row": ints(0, 0, 0),
        "limit_request": ints(0, 1, 2),
        "limit_weight": floats(2, 3, 4),
    }
    five = season(limit_capacity=floats(5), **limits)
    verify_stops(five, stops(FIRST, SECOND))
    refuses("limit 0: 9.0 of 5.0", five, FIRST, SECOND, THIRD)
    facts = season(limit_capacity=floats(1), **limits, **FACTS)
    verify_stops(facts, stops(FACT_0, FACT_1))
    refuses("limit 0: 6.0 of 2.0", facts, FACT_0, FACT_1, THIRD)


ONE = Refusal(request=1, reason=Reason.WORTH)
TWO = Refusal(request=2, reason=Reason.TAKEN, rivals=(0,))


def test_a_right_report_passes():
    plan = plan_of(
        season(), stops(FIRST), worth=100, km=20, bound=80, refusals=(ONE, TWO)
    )
    assert verify(season(), plan).value == 80


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"worth": 101.0}, "says worth"),
        ({"km": 21.0}, "says km"),
        ({"transport_cost": 19.0}, "says transport_cost"),
        ({"value": 81.0}, "says value"),
        ({"bound": 79.9}, "is no bound"),
        ({"bound": np.nan}, "not a number"),
        ({"group_price": np.zeros(2)}, "group_price has 2"),
        ({"host_price": np.array([0, -1.0, 0])}, "host_price is negative"),
        ({"refusals": (ONE,)}, "refusals are not"),
        ({"refusals": (TWO, ONE)}, "refusals are not"),
        ({"refusals": (ONE, TWO, TWO)}, "refusals are not"),
        ({"refusals": (ONE, replace(TWO, rivals=(1,)))}, "rival that is not served"),
    ],
)
def test_a_wrong_report_is_found(changes, words):
    plan = plan_of(
        season(), stops(FIRST), worth=100, km=20, bound=80, refusals=(ONE, TWO)
    )
    with pytest.raises(AssertionError, match=re.escape(words)):
        verify(season(), replace(plan, **changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"option": 2}, "option of somebody else"),
        ({"start": 85, "shift": 4}, "says shift 4, it is 5"),
        ({"start": 91, "shift": 11}, "out of the season"),
        ({"cost": np.inf}, "without a cost"),
    ],
)
def test_an_alternative_is_of_the_request(changes, words):
    offer = Alternative(option=1, copy=1, start=83, shift=3, cost=-80.0)
    told = replace(ONE, alternative=replace(offer, **changes))
    plan = plan_of(season(), stops(FIRST), worth=100, km=20, refusals=(told, TWO))
    if words:
        with pytest.raises(AssertionError, match=re.escape(words)):
            verify(season(), plan)
    else:
        verify(season(), plan)
