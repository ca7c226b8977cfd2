"""From rows to arrays and back: what is gathered, what is worth how much."""

import json

import numpy as np
import pytest

from maillage.circulation.choices import CopyState, HoldKind, LockKind, RequestState
from maillage.circulation.models import Closure, LendingRules
from maillage.circulation.problem.arrays import build, ranges
from maillage.circulation.problem.scores import (
    TERMS,
    canonical,
    complete,
    digest_of,
    hosts_term,
    income_term,
    owners_term,
    public_term,
)
from maillage.circulation.services.holding import hold, span_for
from maillage.circulation.services.scenarios import decide
from maillage.circulation.services.season_gather import gather
from maillage.core.errors import Refused
from maillage.territories.models import SchoolHoliday
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
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import HostFactory, LoanRequestFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return make_season()


@pytest.fixture
def copy():
    return make_copy()


def read(season, **facts):
    return gather(make_scenario(season, **facts), today=TODAY)


@pytest.mark.parametrize(
    ("term", "low", "high"),
    [
        (public_term, 10, 1000),
        (income_term, 0, 40_000),
        (lambda n: hosts_term(months=n, loans=2), 1, 20),
        (lambda n: hosts_term(months=5, loans=10 - n), 1, 9),
        (lambda n: owners_term(300.0 - n), 10, 290),
    ],
)
def test_each_term_grows_and_stays_between_0_and_1(term, low, high):
    assert 0 <= term(low) < term(high) <= 1


def test_the_public_counts_less_and_less():
    assert public_term(200) - public_term(100) > public_term(1100) - public_term(1000)
    assert public_term(10**7) == 1


def test_weights_are_whole_and_within_bounds():
    found = complete({"public": "70", "km": 900, "hosts": "beaucoup", "owners": -4})

    assert (found["public"], found["km"], found["owners"]) == (70, 100, 0)
    assert found["hosts"] == 30


def test_runs_of_days_are_ranges():
    days = np.array([1, 1, 0, 1, 0, 0, 1], bool)

    assert ranges(days) == [(0, 1), (3, 3), (6, 6)]


def test_the_score_of_each_request_can_be_computed_from_what_is_published(season, copy):
    """As an applicant would: from the file alone, with no code of ours."""
    similar = make_copy(ResourceFactory(name="Marées", slug="marees"))
    ask(season, copy.resource, expected_pupils=300, accepts_similar=True)
    ask(season, similar.resource)

    data = json.loads(canonical(read(season).facts.published))

    seen = 0
    for request in data["requests"]:
        for option in request["options"]:
            terms = {**request["terms"], **option["terms"]}
            total = data["scale"]["base"] + sum(
                data["weights"][name] * terms[name] for name in data["scale"]["terms"]
            )
            assert round(option["preference"] * total, 3) == option["score"]
            seen += 1
        root = (min(request["expected"], 1600) / 1600) ** 0.5
        assert request["terms"]["public"] == round(root, 4)
    assert seen == 3
    assert set(data["scale"]["terms"]) == set(TERMS)


def test_the_digest_changes_with_any_published_fact(season, copy):
    request = ask(season, copy.resource)
    before = digest_of(read(season).facts.published)
    assert digest_of(read(season).facts.published) == before

    request.expected_pupils += 1
    request.save()

    assert digest_of(read(season).facts.published) != before


def test_nobody_is_named_in_what_is_published(season, copy):
    request = ask(season, copy.resource)
    text = canonical(read(season).facts.published).decode()

    assert request.reference in text
    assert request.host.name not in text
    assert request.asked_by.email not in text


def test_a_loan_may_only_start_where_its_whole_hold_fits(season, copy):
    """Whatever the kernel puts one after the other can be held as it is."""
    LendingRules.objects.create(
        structure=copy.resource.owner, shuttle_weekdays=[1], buffer_days=2
    )
    Closure.objects.create(
        structure=copy.resource.owner, starts_on=day("2027-01-18"),
        ends_on=day("2027-01-30"),
    )  # fmt: skip
    request = ask(season, copy.resource)

    gathered = build(read(season).facts)
    problem = gathered.problem

    assert len(problem.window_first)
    room = int(problem.changeover[0])
    for first, last in zip(problem.window_first, problem.window_last, strict=True):
        for tick in range(int(first), int(last) + 1):
            start = gathered.facts.day(tick)
            end = gathered.facts.day(tick + request.duration_days)
            span = span_for(copy, host=request.host, start=start, end=end)
            around = (start - span.departs_on).days + (span.free_on - end).days
            assert around <= room + int(problem.travel.max())


def test_a_request_that_no_usual_day_suits_brings_its_own_days(season, copy):
    LendingRules.objects.create(structure=copy.resource.owner, shuttle_weekdays=[1])
    # Only one start is possible, on the day after the shuttle's worst.
    request = ask(season, copy.resource, windows=[("2027-01-12", "2027-02-02")])

    scenario = compute(make_scenario(season))

    assert request.pk in served(scenario)


def test_windows_lose_the_school_holidays_but_not_a_long_week_end(season, copy):
    commune = CommuneFactory()
    commune.department.holiday_zone = "B"
    commune.department.save()
    for name, start, end in (
        ("Hiver", "2027-02-06", "2027-02-22"),
        ("Pont", "2027-05-05", "2027-05-10"),
    ):
        SchoolHoliday.objects.create(
            zone="B", school_year="2026-2027", name=name, starts_on=day(start),
            ends_on=day(end),
        )  # fmt: skip
    school = HostFactory(kind="ecole", commune=commune)
    library = HostFactory(commune=commune)
    windows = [("2027-01-20", "2027-03-20"), ("2027-04-28", "2027-05-26")]
    ask(season, copy.resource, host=school, windows=windows, duration_days=14)
    ask(season, copy.resource, host=library, windows=windows, duration_days=14)

    reading = read(season)

    starts = [
        [(str(reading.facts.day(a)), str(reading.facts.day(b))) for a, b in w.windows]
        for w in reading.facts.wishes
    ]
    assert starts[0] == [
        ("2027-01-20", "2027-01-23"), ("2027-02-22", "2027-03-06"),
        ("2027-04-28", "2027-05-12"),
    ]  # fmt: skip
    assert starts[1] == [("2027-01-20", "2027-03-06"), ("2027-04-28", "2027-05-12")]


@pytest.mark.parametrize(
    ("windows", "days"),
    [
        ([("2026-01-04", "2026-03-01")], 21),  # a year too early
        ([("2028-01-04", "2028-03-01")], 21),
        ([("2027-01-04", "2027-01-10")], 21),  # shorter than the loan
        ([("2026-09-02", "2026-10-20")], 21),  # past
        ([("2027-01-04", "2027-03-01")], 366),
    ],
)
def test_impossible_windows_are_a_reason_not_an_accident(season, copy, windows, days):
    bad = ask(season, copy.resource, windows=windows, duration_days=days)
    good = ask(season, copy.resource)

    scenario = compute(make_scenario(season))

    assert scenario.state == "done"
    assert set(served(scenario)) == {good.pk}
    assert scenario.refusals.get().request == bad
    assert scenario.refusals.get().reason in {"no_window", "no_copy"}


def test_a_resource_without_a_copy_is_refused_for_that(season, copy):
    bad = ask(season, ResourceFactory(name="Sans exemplaire", slug="sans"))
    ask(season, copy.resource)

    scenario = compute(make_scenario(season))

    refusal = scenario.refusals.get()
    assert (refusal.request, refusal.reason) == (bad, "no_copy")


def test_a_room_that_is_too_small_is_refused_for_that(season, copy):
    copy.resource.surface_m2 = 200
    copy.resource.save()
    host = HostFactory(host_surface_m2=30)
    ask(season, copy.resource, host=host)
    ask(season, copy.resource)

    scenario = compute(make_scenario(season))

    assert scenario.refusals.get().reason == "room"
    assert len(served(scenario)) == 1


def test_a_similar_resource_will_do_when_the_host_says_so(season, copy):
    other = make_copy(ResourceFactory(name="Marées", slug="marees"))
    windows = [("2027-01-04", "2027-01-27")]
    ask(season, copy.resource, windows=windows, expected_pupils=900)
    flexible = ask(season, copy.resource, windows=windows, accepts_similar=True)
    strict = ask(season, copy.resource, windows=windows)

    scenario = compute(make_scenario(season))

    assert served(scenario)[flexible.pk].copy == other
    assert scenario.refusals.get().request == strict
    assert scenario.result["asked_resource"] == 1


def test_a_request_on_a_theme_takes_any_of_it(season, copy):
    request = ask(season, None, theme="physics")

    assert served(compute(make_scenario(season)))[request.pk].copy == copy


@pytest.mark.parametrize("state", [CopyState.BROKEN, CopyState.RETIRED, CopyState.LOST])
def test_copies_out_of_service_are_not_planned(season, copy, state):
    second = make_copy(copy.resource)
    copy.state = state
    copy.save()
    request = ask(season, copy.resource)

    assert served(compute(make_scenario(season)))[request.pk].copy == second


def test_what_is_held_already_stays_free_of_the_plan(season, copy):
    hold(
        copy, kind=HoldKind.OWN_USE, start=day("2027-01-04"), end=day("2027-02-01"),
        by=None,
    )  # fmt: skip
    request = ask(season, copy.resource)

    one = served(compute(make_scenario(season)))[request.pk]

    span = span_for(copy, host=request.host, start=one.starts_on, end=one.ends_on)
    assert span.departs_on >= day("2027-02-01")


def test_a_decision_by_hand_is_kept_and_a_contradictory_one_refused(season, copy):
    first, second, third = (ask(season, copy.resource) for _ in range(3))
    scenario = make_scenario(season)
    put = {"copy": copy, "by": None, "now": NOW, "kind": LockKind.PLACED}
    decide(scenario, request=second, starts_on=day("2027-01-12"), **put)
    decide(scenario, request=third, kind=LockKind.REFUSED, by=None, now=NOW)

    done = compute(scenario)

    assert served(done)[second.pk].starts_on == day("2027-01-12")
    assert done.refusals.get(request=third).reason == "set_aside"
    decide(scenario, request=first, starts_on=day("2027-01-20"), **put)
    broken = compute(scenario)
    assert broken.state == "broken"
    assert second.reference in broken.error
    assert first.reference in broken.error or "EX" in broken.error


def test_more_decisions_than_a_host_may_have_are_refused(season, copy):
    season.loans_per_host = 1
    season.save()
    host = HostFactory()
    one, two = (ask(season, copy.resource, host=host) for _ in range(2))
    scenario = make_scenario(season)
    for request, start in ((one, "2027-01-12"), (two, "2027-02-16")):
        decide(
            scenario, request=request, kind=LockKind.PLACED, copy=copy,
            starts_on=day(start), by=None, now=NOW,
        )  # fmt: skip

    with pytest.raises(Refused) as no:
        gather(scenario, today=TODAY)

    assert no.value.code == "locks"


def test_an_empty_season_says_so(season, copy):
    with pytest.raises(Refused) as no:
        read(season)
    assert no.value.code == "no_request"
    copy.state = CopyState.LOST
    copy.save()
    ask(season, copy.resource)
    with pytest.raises(Refused) as no:
        read(season)
    assert no.value.code == "no_copy"


def test_hosts_and_owners_have_their_limits(season, copy):
    make_copy(copy.resource)
    LendingRules.objects.create(structure=copy.resource.owner, loans_per_host=1)
    host = HostFactory()
    windows = [("2027-01-04", "2027-06-01")]
    for _ in range(3):
        ask(season, copy.resource, host=host, windows=windows)

    scenario = compute(make_scenario(season))

    assert len(served(scenario)) == 1
    assert {one.reason for one in scenario.refusals.all()} <= {"limit", "host_limit"}


def test_waiting_requests_are_planned_only_when_asked_for(season, copy):
    ask(season, copy.resource, windows=[("2027-04-01", "2027-05-15")])
    late = LoanRequestFactory(
        resource=copy.resource, state=RequestState.WAITING,
        windows=[(day("2027-01-04"), day("2027-03-01"))],
    )  # fmt: skip

    assert late.pk not in served(compute(make_scenario(season)))
    scenario = make_scenario(season, what_if={"with_waiting": True})
    assert late.pk in served(compute(scenario))
