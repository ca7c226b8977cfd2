import datetime as dt

import pytest

from maillage.circulation.choices import LockKind, ScenarioState
from maillage.circulation.models import Hold, PlannedLoan
from maillage.circulation.services.board import board_of, stamp_of
from maillage.circulation.services.board_edit import (
    free_request,
    place_request,
    set_aside,
    take_back,
)
from maillage.circulation.services.board_ground import gathered_of, ground_of
from maillage.circulation.services.board_slots import places_for, runs_for
from maillage.circulation.services.holding import span_for
from maillage.core.errors import Refused
from maillage.kernels.season.slots import feasible_starts
from tests.circulation.board_scene import NOW, TODAY, board_scene
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
NOVEMBER = dt.date(2026, 11, 4)
OCTOBER_6 = dt.date(2026, 10, 6)


@pytest.fixture
def scene():
    gathered_of.cache_clear()  # another test may have had the same numbers
    return board_scene()


@pytest.fixture
def agent():
    return UserFactory(role="agency")


def move(scene, agent, request, copy, start, gives_way=()):
    return place_request(
        scene.scenario, request=request, copy=copy, start=start, gives_way=gives_way,
        by=agent, now=NOW, today=TODAY,
    )  # fmt: skip


def places(scene, request):
    return places_for(scene.scenario, request=request, today=TODAY)


def starts(scene, request, *, free=True):
    found = places(scene, request)
    return {
        (run.copy, found.starts_on + dt.timedelta(tick))
        for run in found.runs
        if bool(run.losers) != free
        for tick in range(run.first, run.last + 1)
    }


def test_the_present_place_is_free_and_changes_nothing(scene):
    found = places(scene, scene.lens)
    tick = (OCTOBER_6 - found.starts_on).days
    copy = scene.copies[0].pk
    here = [r for r in found.runs if r.copy == copy and r.first <= tick <= r.last]

    assert [run.losers for run in here] == [()]
    assert here[0].change == pytest.approx(0)
    assert here[0].km == pytest.approx(0)


def test_a_plan_whose_days_are_past_stays_readable_and_still(scene):
    later = dt.date(2026, 12, 10)

    assert places_for(scene.scenario, request=scene.lens, today=later).runs == []
    assert places_for(scene.scenario, request=scene.douai, today=later).runs == []


def test_a_loan_may_go_later_but_not_where_another_stands(scene):
    found = starts(scene, scene.lens)

    assert (scene.copies[0].pk, NOVEMBER) in found
    assert (scene.copies[1].pk, OCTOBER_6) not in found


def test_a_request_without_a_place_names_who_would_lose_theirs(scene):
    found = places(scene, scene.douai)

    assert {run.losers for run in found.runs} == {(scene.lens.pk,), (scene.arras.pk,)}
    assert found.names[scene.lens.pk].startswith("Lens, ")


def test_the_cost_shown_is_the_change_of_the_plan(scene):
    ground = ground_of(scene.scenario, today=TODAY)
    problem = ground.problem

    def worth(stops):
        served = (stops.fixed < 0) & (stops.request >= 0)
        return problem.option_value[stops.option[served]].sum()

    rank = ground.requests[scene.douai.pk]
    run = runs_for(ground, rank)[0]
    lost = problem.option_value[
        ground.stops.option[ground.stops.request == run.losers[0]]
    ]
    slots = feasible_starts(problem, ground.stops, request=run.losers[0])

    brought = problem.option_value[problem.option_request == rank].max()
    assert worth(ground.stops) > 0
    # The loser and the newcomer come from the same depot and go to the same spot.
    assert run.change == pytest.approx(brought - lost.sum(), abs=1e-6)
    assert run.km == pytest.approx(0, abs=1e-6)
    assert len(slots)


def test_a_move_writes_the_loan_and_the_decision(scene, agent):
    change = move(scene, agent, scene.lens, scene.copies[0], NOVEMBER)

    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, NOVEMBER)
    lock = scene.scenario.locks.get()
    assert (lock.kind, lock.starts_on, lock.made_by) == (
        LockKind.PLACED,
        NOVEMBER,
        agent,
    )
    loan = PlannedLoan.objects.get(request=scene.lens)
    assert loan.ends_on - loan.starts_on == dt.timedelta(21)
    assert loan.km > 0
    assert change.copies == {scene.copies[0].pk}
    assert "MIL-1" in change.message


def test_keeping_a_loan_where_it_is_only_decides(scene, agent):
    move(scene, agent, scene.lens, scene.copies[0], OCTOBER_6)

    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, OCTOBER_6)
    assert scene.scenario.locks.count() == 1


def test_a_place_that_is_taken_is_refused(scene, agent):
    with pytest.raises(Refused) as no:
        move(scene, agent, scene.lens, scene.copies[1], OCTOBER_6)

    assert no.value.code == "changed"
    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, OCTOBER_6)
    assert not scene.scenario.locks.exists()


def test_a_place_taken_by_a_hold_meanwhile_is_refused(scene, agent):
    assert (scene.copies[0].pk, NOVEMBER) in starts(scene, scene.lens)
    Hold.objects.create(
        copy=scene.copies[0], kind="own_use", starts_on=dt.date(2026, 11, 12),
        ends_on=dt.date(2026, 11, 14),
    )  # fmt: skip

    with pytest.raises(Refused) as no:
        move(scene, agent, scene.lens, scene.copies[0], NOVEMBER)

    assert no.value.code == "changed"


def test_a_start_outside_of_what_was_asked_is_refused(scene, agent):
    with pytest.raises(Refused):
        move(scene, agent, scene.lens, scene.copies[0], dt.date(2027, 3, 1))


def test_nobody_loses_a_place_unless_they_were_shown(scene, agent):
    with pytest.raises(Refused):
        move(scene, agent, scene.douai, scene.copies[0], OCTOBER_6)

    move(scene, agent, scene.douai, scene.copies[0], OCTOBER_6, [scene.lens.pk])

    assert scene.planned[scene.douai.pk] == (scene.copies[0].pk, OCTOBER_6)
    assert scene.lens.pk not in scene.planned
    refusal = scene.scenario.refusals.get()
    assert (refusal.request, refusal.rivals) == (scene.lens, [scene.douai.pk])


def test_the_one_who_gives_way_must_stand_on_that_copy(scene, agent):
    with pytest.raises(Refused):
        move(scene, agent, scene.douai, scene.copies[0], OCTOBER_6, [scene.arras.pk])


def test_a_loan_placed_by_hand_gives_way_to_nobody(scene, agent):
    move(scene, agent, scene.lens, scene.copies[0], OCTOBER_6)

    assert {run.losers for run in places(scene, scene.douai).runs} == {
        (scene.arras.pk,)
    }
    with pytest.raises(Refused):
        move(scene, agent, scene.douai, scene.copies[0], OCTOBER_6, [scene.lens.pk])


def test_a_loan_placed_by_hand_may_move_again(scene, agent):
    move(scene, agent, scene.lens, scene.copies[0], NOVEMBER)

    move(scene, agent, scene.lens, scene.copies[0], OCTOBER_6)

    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, OCTOBER_6)


def test_setting_aside_frees_the_copy_and_says_why(scene, agent):
    set_aside(scene.scenario, request=scene.lens, by=agent, now=NOW)

    assert scene.lens.pk not in scene.planned
    assert scene.scenario.locks.get().kind == LockKind.REFUSED
    assert scene.scenario.refusals.get(request=scene.lens).reason == "set_aside"
    assert (scene.copies[0].pk, OCTOBER_6) in starts(scene, scene.douai)
    assert places(scene, scene.lens).runs == []


def test_a_confirmed_loan_is_not_set_aside_here(scene, agent):
    PlannedLoan.objects.filter(request=scene.lens).update(was_confirmed=True)

    with pytest.raises(Refused) as no:
        set_aside(scene.scenario, request=scene.lens, by=agent, now=NOW)

    assert no.value.code == "confirmed"


def test_freeing_keeps_the_loan_and_forgets_the_decision(scene, agent):
    move(scene, agent, scene.lens, scene.copies[0], NOVEMBER)

    free_request(scene.scenario, request=scene.lens, now=NOW)

    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, NOVEMBER)
    assert not scene.scenario.locks.exists()


def test_a_request_freed_after_being_set_aside_waits_for_a_place(scene, agent):
    set_aside(scene.scenario, request=scene.douai, by=agent, now=NOW)

    free_request(scene.scenario, request=scene.douai, now=NOW)

    assert scene.scenario.refusals.get(request=scene.douai).reason == "open"


def test_taking_back_restores_loans_decisions_and_refusals(scene, agent):
    before = scene.planned
    change = move(
        scene, agent, scene.douai, scene.copies[0], OCTOBER_6, [scene.lens.pk]
    )

    take_back(scene.scenario, token=change.undo, now=NOW)

    assert scene.planned == before
    assert not scene.scenario.locks.exists()
    assert scene.scenario.refusals.get().request == scene.douai


def test_taking_back_is_refused_once_something_else_has_changed(scene, agent):
    change = move(scene, agent, scene.lens, scene.copies[0], NOVEMBER)
    set_aside(scene.scenario, request=scene.arras, by=agent, now=NOW)

    with pytest.raises(Refused) as no:
        take_back(scene.scenario, token=change.undo, now=NOW)

    assert no.value.code == "changed"
    with pytest.raises(Refused):
        take_back(scene.scenario, token="autre", now=NOW)


@pytest.mark.parametrize("state", [ScenarioState.PUBLISHED, ScenarioState.RUNNING])
def test_a_scenario_that_is_published_or_at_work_does_not_move(scene, agent, state):
    scene.scenario.state, scene.scenario.beat_at = state, NOW
    scene.scenario.save()

    with pytest.raises(Refused):
        move(scene, agent, scene.lens, scene.copies[0], NOVEMBER)


def test_the_stamp_changes_with_each_decision(scene, agent):
    first = stamp_of(scene.scenario)
    set_aside(scene.scenario, request=scene.douai, by=agent, now=NOW)

    assert stamp_of(scene.scenario) != first


def test_a_planned_bar_shows_the_days_that_its_loan_will_hold(scene):
    for bar in board_of(scene.scenario).bars:
        copy = next(copy for copy in scene.copies if copy.pk == bar.copy)
        host = scene.lens.host if bar.request == scene.lens.pk else scene.arras.host
        span = span_for(copy, host=host, start=bar.starts_on, end=bar.ends_on)

        assert (bar.leaves_on, bar.free_on) == (span.departs_on, span.free_on)
