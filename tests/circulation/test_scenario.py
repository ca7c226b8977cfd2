"""Scenarios: computed once for each start, stopped, killed, decided, compared."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.circulation.choices import LockKind, ScenarioState
from maillage.circulation.models import LoanRequest, Scenario
from maillage.circulation.season_pages import curve_of, proof
from maillage.circulation.services import scenarios as verbs
from maillage.circulation.services.scenarios import (
    SILENCE,
    ask_stop,
    decide,
    is_lost,
    solve,
    start,
    throw_away,
    undecide,
)
from maillage.core.errors import Refused
from maillage.kernels.season.problem import Phase, Progress
from tests.circulation.seasons import (
    NOW,
    TODAY,
    ask,
    compute,
    day,
    make_copy,
    make_scenario,
    make_season,
    served,
)
from tests.factories.accounts import UserFactory
from tests.factories.circulation import HostFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return make_season()


@pytest.fixture
def copy():
    return make_copy()


@pytest.fixture
def contested(season, copy):
    """Three requests for the same three weeks: only one can have them."""
    windows = [("2027-01-12", "2027-02-02")]
    return [
        ask(season, copy.resource, windows=windows, expected_pupils=pupils)
        for pupils in (40, 900, 200)
    ]


@pytest.fixture
def agency(client):
    person = UserFactory(agency=True)
    client.force_login(person)
    return person


def url(name, scenario, *args):
    return reverse(
        f"circulation:{name}", args=[scenario.season.slug, scenario.pk, *args]
    )


def test_the_most_useful_request_is_served_and_the_others_told_why(season, contested):
    scenario = compute(make_scenario(season))

    assert set(served(scenario)) == {contested[1].pk}
    result = scenario.result
    assert (result["served"], result["requests"], result["gap"]) == (1, 3, 0)
    for refusal in scenario.refusals.all():
        assert refusal.reason == "taken"
        assert refusal.rivals == [contested[1].pk]
        assert refusal.alternative_starts_on is not None
        assert refusal.alternative_shift_days != 0
    assert scenario.digest
    said = " ".join(proof(result).split())  # French puts its own spaces
    assert said == "Aucun plan ne peut être meilleur : c’est prouvé."


def test_weights_change_who_is_served(season, copy):
    """A village far from everything against a crowd in town."""
    windows = [("2027-01-12", "2027-02-02")]
    town = HostFactory(commune=CommuneFactory(lille=True))
    far = CommuneFactory(lon=4.1, lat=49.1, population=300)
    crowd = ask(season, copy.resource, windows=windows, host=town, expected_pupils=1600)
    village = ask(
        season, copy.resource, windows=windows, host=HostFactory(commune=far),
        expected_pupils=20, expected_public=0,
    )  # fmt: skip
    others = {"hosts": 0, "owners": 0, "income": 0, "km": 0}

    public = make_scenario(season, weights={**others, "public": 100, "underserved": 0})
    equity = make_scenario(season, weights={**others, "public": 0, "underserved": 100})

    assert set(served(compute(public))) == {crowd.pk}
    assert set(served(compute(equity))) == {village.pk}


def test_the_order_of_requests_never_changes_the_outcome(season, copy):
    """The same references, asked in another order and at other hours."""
    windows = [("2027-01-12", "2027-02-05")]
    rows = [ask(season, copy.resource, windows=windows) for _ in range(4)]
    first = served(compute(make_scenario(season)))
    pks = [row.pk for row in rows]

    for shift, pk in enumerate(pks):
        LoanRequest.objects.filter(pk=pk).update(asked_at=NOW - dt.timedelta(shift))
    kept = list(LoanRequest.objects.filter(pk__in=pks).order_by("-pk"))
    windows_of = {row.pk: list(row.windows.all()) for row in kept}
    LoanRequest.objects.filter(pk__in=pks).delete()
    for row in kept:  # written again, the last one first
        row.save(force_insert=True)
        for window in windows_of[row.pk]:
            window.pk = None
            window.save()

    again = served(compute(make_scenario(season)))
    assert {pk: one.starts_on for pk, one in again.items()} == {
        pk: one.starts_on for pk, one in first.items()
    }


def test_a_copy_more_serves_more_but_is_never_published(season, copy, contested):
    extra = {"extra": {copy.resource.slug: 1}}
    scenario = compute(make_scenario(season, what_if=extra))

    assert scenario.result["served"] == 2
    assert len(served(scenario)) + len(scenario.result["extra_loans"]) == 2
    assert scenario.planned_loans.count() == 1


def test_a_broken_copy_and_a_budget_of_no_kilometre_serve_nobody(
    season, copy, contested
):
    make_copy(copy.resource)
    hosts = HostFactory(commune=CommuneFactory(lon=2.0, lat=49.5))
    LoanRequest.objects.update(host=hosts)

    none = compute(make_scenario(season, what_if={"km_budget": 0}))
    one = compute(make_scenario(season, what_if={"broken": [copy.pk]}))

    assert none.result["served"] == 0
    assert {row.reason for row in none.refusals.all()} == {"km_budget"}
    assert one.result["served"] == 1
    assert copy not in {loan.copy for loan in one.planned_loans.all()}


def test_a_budget_of_kilometres_holds_for_what_is_really_driven(season, copy):
    """Two loans in one town, months apart: the copy comes home in between."""
    far = CommuneFactory(lon=3.9, lat=50.0)
    hosts = [HostFactory(commune=far), HostFactory(commune=far)]
    for host, window in zip(
        hosts, [("2027-01-04", "2027-02-01"), ("2027-06-01", "2027-07-01")], strict=True
    ):
        ask(season, copy.resource, windows=[window], host=host)
    whole = compute(make_scenario(season)).result
    assert whole["served"] == 2

    half = compute(make_scenario(season, what_if={"km_budget": int(whole["km"]) - 1}))

    assert half.result["served"] == 1
    assert half.result["km"] < whole["km"]
    assert half.result["bound"] >= half.result["value"]


def test_two_runs_never_compute_one_scenario_and_an_old_one_writes_nothing(
    season, contested
):
    scenario = make_scenario(season)
    old = start(scenario, now=NOW)
    with pytest.raises(Refused) as no:
        start(scenario, now=NOW)
    assert no.value.code == "busy"
    new = start(scenario, now=NOW + SILENCE * 11)  # the first one's worker is dead

    assert solve(scenario.pk, run=old.run, today=TODAY) is None
    assert scenario.planned_loans.count() == 0
    assert solve(scenario.pk, run=new.run, today=TODAY).state == "done"


def test_a_run_that_was_overtaken_while_it_computed_writes_nothing(
    season, contested, monkeypatch
):
    scenario = make_scenario(season)
    row = start(scenario, now=NOW)
    real = verbs.plan

    def overtaken(problem, **how):
        Scenario.objects.filter(pk=row.pk).update(run="another")
        return real(problem, **how)

    monkeypatch.setattr(verbs, "plan", overtaken)
    solve(row.pk, run=row.run, today=TODAY)

    scenario.refresh_from_db()
    assert (scenario.run, scenario.state) == ("another", "running")
    assert scenario.planned_loans.count() == scenario.refusals.count() == 0


def test_a_killed_worker_is_told_and_the_scenario_starts_again(
    client, agency, season, contested, time_machine
):
    scenario = make_scenario(season)
    row = start(scenario, now=NOW)
    Scenario.objects.filter(pk=row.pk).update(state=ScenarioState.RUNNING)
    time_machine.move_to(NOW + dt.timedelta(seconds=30), tick=False)
    page = client.get(url("scenario_detail", scenario)).content.decode()
    assert "Calcul en cours" in page
    assert "interrompu" not in page

    time_machine.move_to(NOW + SILENCE + dt.timedelta(seconds=1), tick=False)

    scenario.refresh_from_db()
    assert is_lost(scenario, now=NOW + SILENCE + dt.timedelta(seconds=1))
    page = client.get(url("scenario_detail", scenario)).content.decode()
    assert "Le calcul a été interrompu" in page
    assert "Rien n’a été publié" in page
    assert "Recalculer" in page
    assert scenario.planned_loans.count() == 0
    assert start(scenario, now=NOW + SILENCE * 2).state == "waiting"


def test_whatever_goes_wrong_leaves_a_reason_and_no_half_result(
    season, contested, monkeypatch
):
    scenario = make_scenario(season)
    compute(scenario)
    assert scenario.planned_loans.count() == 1

    def breaks(*_args, **_how):
        raise ValueError("km must be finite")

    monkeypatch.setattr(verbs, "plan", breaks)
    done = compute(scenario)

    assert done.state == "broken"
    assert "km must be finite" in done.error
    assert scenario.planned_loans.count() == 1  # the plan of the run before


def test_an_accident_of_the_program_is_told_too(season, contested, monkeypatch):
    def breaks(*_args, **_how):
        raise ZeroDivisionError

    monkeypatch.setattr(verbs, "plan", breaks)
    scenario = make_scenario(season)

    with pytest.raises(ZeroDivisionError):
        compute(scenario)

    scenario.refresh_from_db()
    assert (scenario.state, bool(scenario.error)) == ("broken", True)


def test_a_computation_stops_when_asked_and_keeps_its_best(
    season, contested, monkeypatch
):
    scenario = make_scenario(season)
    row = start(scenario, now=NOW)
    real, seen = verbs.plan, []

    def watched(problem, *, seed, stop, progress):
        seen.append(stop())
        ask_stop(scenario)
        run = stop.__self__
        run.asked_at = 0.0  # as if a second had passed
        seen.append(stop())
        progress(
            Progress(
                phase=Phase.GREEDY,
                value=1.0,
                bound=float("inf"),
                served=1,
                iterations=1,
            )
        )
        return real(problem, seed=seed, stop=lambda: False, progress=progress)

    monkeypatch.setattr(verbs, "plan", watched)
    done = solve(row.pk, run=row.run, today=TODAY)

    assert seen == [False, True]
    assert done.state == "stopped"
    assert done.trace[0][2] is None
    assert done.result["served"] == 1


def test_a_computation_that_has_not_begun_is_taken_out_of_the_queue(season, contested):
    scenario = make_scenario(season)
    row = start(scenario, now=NOW)

    assert ask_stop(row) == "cancelled"
    assert solve(row.pk, run=row.run, today=TODAY) is None
    scenario.refresh_from_db()
    assert scenario.state == "draft"
    assert ask_stop(scenario) == ""

    compute(scenario)
    row = start(scenario, now=NOW)
    ask_stop(row)
    row.refresh_from_db()
    assert (row.state, bool(row.result)) == ("stopped", True)


@pytest.mark.parametrize(
    ("state", "seconds", "said"),
    [
        ("running", 10, None),
        ("running", 75, "Pas de nouvelles du calcul depuis 75 s"),
        ("running", 200, "Le calcul a été interrompu"),
        ("waiting", 10, None),
        ("waiting", 200, "En attente depuis 200 s"),
    ],
)
def test_a_computation_without_news_is_told_before_it_is_given_up(
    client, agency, season, state, seconds, said
):
    beat = timezone.now() - dt.timedelta(seconds=seconds)
    scenario = make_scenario(season)
    Scenario.objects.filter(pk=scenario.pk).update(state=state, beat_at=beat)

    page = client.get(scenario.get_absolute_url()).content.decode()

    lines = ("Pas de nouvelles", "a été interrompu", "En attente depuis")
    assert [line in page for line in lines] == [
        bool(said and line in said) for line in lines
    ]
    assert said is None or said in page


def test_decisions_replace_each_other_and_are_taken_back(season, copy, contested):
    scenario = make_scenario(season)
    by = {"request": contested[0], "by": None, "now": NOW}
    decide(scenario, kind=LockKind.REFUSED, **by)
    decide(scenario, kind=LockKind.PLACED, copy=copy, starts_on=day("2027-01-12"), **by)
    assert scenario.locks.get().copy == copy
    for wrong, code in (
        ({"kind": LockKind.PLACED}, "where"),
        (
            {"kind": LockKind.PLACED, "copy": copy, "starts_on": day("2028-01-12")},
            "season",
        ),
    ):
        with pytest.raises(Refused) as no:
            decide(scenario, **wrong, **by)
        assert no.value.code == code

    assert set(served(compute(scenario))) == {contested[0].pk}
    undecide(scenario, request=contested[0], now=NOW)
    assert set(served(compute(scenario))) == {contested[1].pk}


def test_a_published_scenario_does_not_change(season, copy, contested):
    scenario = make_scenario(season)
    Scenario.objects.filter(pk=scenario.pk).update(state=ScenarioState.PUBLISHED)

    for verb in (
        lambda: start(scenario, now=NOW),
        lambda: throw_away(scenario, now=NOW),
        lambda: undecide(scenario, request=contested[0], now=NOW),
    ):
        with pytest.raises(Refused) as no:
            verb()
        assert no.value.code == "published"


def test_ten_thousand_requests_for_one_copy_end_with_a_plan(season, copy, monkeypatch):
    """As arrays: one copy, 10,000 requests of 20 hosts; proven in a few seconds."""
    one = ask(season, copy.resource)
    reading = verbs.gather(make_scenario(season), today=TODAY)
    wish = reading.facts.wishes[0]
    many = tuple(
        verbs.replace(wish, key=n, host=n % 20, pk=one.pk, duration=7)
        for n in range(10_000)
    )
    facts = verbs.replace(
        reading.facts, wishes=many, host_limits=dict.fromkeys(range(20), 4)
    )
    calls = []

    def soon():
        calls.append(1)
        return len(calls) > 400

    _gathered, found, answer = verbs.plan_until_it_holds(
        facts, seed=1, stop=soon, tell=lambda told: None
    )

    assert 1 <= len(answer.placed) <= 20
    assert len(answer.placed) + len(answer.turned) == 10_000
    assert found.is_complete
    assert found.bound == pytest.approx(found.value, rel=1e-6)
    assert found.value > 0


def test_a_curve_needs_two_points_and_stays_in_its_frame():
    assert curve_of([[0, 10, None]]) is None

    curve = curve_of([[0.5, 10, None], [1, 12, 20], [4, 13, 13.1]])

    numbers = [
        float(n)
        for pair in f"{curve.value} {curve.bound}".split()
        for n in pair.split(",")
    ]
    assert all(0 <= n <= 600 for n in numbers)
    assert len(curve.bound.split()) == 2


def test_a_plan_that_was_changed_by_hand_says_so(client, season, contested):
    scenario = compute(make_scenario(season))
    client.force_login(UserFactory(role="agency"))
    address = scenario.get_absolute_url()
    warning = "déplacés à la main depuis le calcul"
    assert warning not in client.get(address).content.decode()

    now = scenario.ended_at + dt.timedelta(minutes=1)
    decide(
        scenario, request=contested[1], kind=LockKind.REFUSED, by=None, now=now
    )  # fmt: skip
    assert warning in client.get(address).content.decode()
