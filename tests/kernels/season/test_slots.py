"""A slot that is applied gives a right plan, with exactly the value it announced."""

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from benchmarks.season_checker import verify_stops
from maillage.kernels.season.problem import Stops
from maillage.kernels.season.slots import feasible_starts, placed, timeline
from tests.kernels.season.small import (
    facts_of,
    fixed,
    floats,
    ints,
    season,
    stops,
    wild,
)

FIRST = (0, 0, 0, -1, 1, 1, 11)


def grown(problem, rng, *, steps=25):
    """A plan that grew by slots taken at random, moves included."""
    done = facts_of(problem)
    for _ in range(steps):
        request = int(rng.integers(0, problem.requests))
        if request in problem.fixed_request:
            continue
        slots = feasible_starts(problem, done, request=request)
        if len(slots):
            row = int(rng.integers(0, len(slots)))
            start = int(rng.integers(slots.first[row], slots.last[row] + 1))
            done = placed(problem, slots, row=row, start=start)
    return done


def free(problem):
    return [r for r in range(problem.requests) if r not in problem.fixed_request]


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_an_applied_slot_is_right_and_changes_the_value_as_it_said(seed):
    problem, rng = wild(seed), np.random.default_rng(seed)
    done = grown(problem, rng)
    before = verify_stops(problem, done)

    for request in free(problem):
        slots = feasible_starts(problem, done, request=request)
        for row in range(len(slots)):
            start = int(rng.choice([slots.first[row], slots.last[row]]))
            after = verify_stops(problem, placed(problem, slots, row=row, start=start))

            assert after.value - before.value == pytest.approx(slots.change[row])
            assert after.served == before.served | {request}
            assert slots.shift[row] == 0


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6))
@example(seed=2150)  # its facts alone go beyond the budget, the plan does not
def test_no_place_is_forgotten(seed):
    """Every start on every copy, with or without maintenance, as the checker sees it."""
    problem, rng = wild(seed), np.random.default_rng(seed)
    done = grown(problem, rng, steps=12)
    request = int(rng.choice(free(problem)))
    slots = feasible_starts(problem, done, request=request)
    value = verify_stops(problem, done).value
    own = np.flatnonzero(problem.option_request == request)

    for option in own.tolist():
        group = problem.option_group[option]
        for copy in np.flatnonzero(problem.copy_group == group).tolist():
            for start in range(0, problem.horizon, 4):
                change = tried(problem, slots.base, request, option, copy, start)
                row = slots.at(copy=copy, start=start, option=option)
                if change is None:
                    assert row is None
                else:
                    assert row is not None
                    assert slots.change[row] == pytest.approx(change - value)


def tried(problem, base, request, option, copy, start):
    """The best value with the loan put there by hand; None when no way is right."""
    end = start + int(problem.duration[request])
    place = int(problem.place[request])
    loan = (copy, request, option, -1, place, start, end)
    names = "copy request option fixed place start end".split()
    rank = int(
        np.sum((base.copy < copy) | ((base.copy == copy) & (base.start < start)))
    )
    columns = {
        name: np.insert(getattr(base, name), rank, value)
        for name, value in zip(names, loan, strict=True)
    }
    is_last = rank == len(base.copy) or base.copy[rank] != copy
    found = []
    for rests, then in product((False, True), (False,) if is_last else (False, True)):
        maintained = np.insert(base.maintained, rank, rests)
        if not is_last:
            maintained[rank + 1] = then
        try:
            found.append(verify_stops(problem, Stops(**columns, maintained=maintained)))
        except AssertionError:
            continue
    return max((account.value for account in found), default=None)


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_slots_outside_of_the_windows_say_how_far(seed):
    problem, rng = wild(seed), np.random.default_rng(seed)
    done = grown(problem, rng, steps=8)
    request = int(rng.choice(free(problem)))

    slots = feasible_starts(problem, done, request=request, anywhere=True)
    inside = feasible_starts(problem, done, request=request)

    assert np.sum(slots.shift == 0) == len(inside)
    for row in range(len(slots)):
        mine = problem.window_option == slots.option[row]
        days = np.arange(slots.first[row], slots.last[row] + 1)[:, None]
        early = problem.window_first[mine] - days
        late = days - problem.window_last[mine]
        away = np.maximum(np.maximum(early, late), 0).min(axis=1)
        assert away.min() == slots.shift[row]
        assert away[slots.nearest[row] - slots.first[row]] == slots.shift[row]
        changed = {"window_option": slots.option[[row]]} | {
            f"window_{name}": np.array([slots.first[row]]) for name in ("first", "last")
        }
        wide = season_like(problem, changed)
        start = int(slots.first[row])
        keeps = [loan for loan in done.option.tolist() if loan >= 0]
        if not keeps:
            verify_stops(wide, placed(problem, slots, row=row, start=start))


def season_like(problem, changed):
    return type(problem)(**(vars(problem) | changed))


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_the_present_place_of_a_loan_is_among_its_slots(seed):
    problem = wild(seed)
    done = grown(problem, np.random.default_rng(seed))

    for rank in np.flatnonzero(done.fixed < 0).tolist():
        slots = feasible_starts(problem, done, request=int(done.request[rank]))
        row = slots.at(
            copy=int(done.copy[rank]),
            start=int(done.start[rank]),
            option=int(done.option[rank]),
        )
        assert row is not None
        assert slots.change[row] >= -1e-6


def test_a_slot_leaves_time_for_the_ways():
    slots = feasible_starts(season(), stops(FIRST), request=1)

    assert list(zip(slots.copy, slots.first, slots.last, strict=True)) == [
        (0, 13, 80),
        (1, 1, 80),
    ]
    np.testing.assert_allclose(slots.change, [90, 80])


def test_maintenance_comes_in_when_wear_asks_for_it():
    slots = feasible_starts(season(wear_limit=ints(15)), stops(FIRST), request=1)

    assert list(slots.maintained) == [True, False]
    assert slots.first[0] == 19  # 11 + 1 + 5 + 1 + 1
    np.testing.assert_allclose(slots.change, [80, 80])


def test_a_host_at_its_limit_has_no_slot_but_may_move_its_loan():
    full = season(host=ints(0, 0, 0), host_limit=ints(1))

    assert len(feasible_starts(full, stops(FIRST), request=1)) == 0
    assert len(feasible_starts(full, stops(FIRST), request=0)) == 2


def test_a_further_limit_closes_slots():
    limits = {
        "limit_row": ints(0, 0),
        "limit_request": ints(0, 1),
        "limit_weight": floats(2, 2),
    }
    problem = season(**limits, limit_capacity=floats(3))

    assert len(feasible_starts(problem, stops(FIRST), request=1)) == 0
    assert len(feasible_starts(problem, stops(FIRST), request=2)) == 2


def test_the_budget_of_km_closes_slots():
    slots = feasible_starts(season(km_budget=35), stops(FIRST), request=1)

    assert list(slots.copy) == [0]


def test_a_fixed_loan_does_not_move():
    problem = season(**fixed((0, 1, 1, 11, 0)))
    with pytest.raises(ValueError, match="fixed"):
        feasible_starts(problem, facts_of(problem), request=0)


def test_a_start_outside_of_its_slot_is_refused():
    slots = feasible_starts(season(), stops(), request=1)
    with pytest.raises(ValueError, match=re.escape("does not hold")):
        placed(season(), slots, row=0, start=0)


def test_the_km_of_a_plan_are_those_of_the_checker():
    done = stops(FIRST, (0, 1, 1, -1, 2, 30, 40), maintained=(1,))

    assert timeline(season(), done).km == verify_stops(season(), done).km == 40
