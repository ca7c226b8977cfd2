"""A plan is published whole or not at all; afterwards it changes as little as it can."""

import pytest
from django.urls import reverse

from maillage.circulation.choices import HoldKind, LoanState, RequestState
from maillage.circulation.models import Hold, Loan, LoanRequest, Maintenance
from maillage.circulation.services.holding import hold
from maillage.circulation.services.publication import publish
from maillage.circulation.services.season_replan import replan
from maillage.circulation.services.season_results import explain
from maillage.core.errors import Refused
from maillage.core.models import Mail
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

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return make_season()


@pytest.fixture
def copy():
    return make_copy()


@pytest.fixture
def requests(season, copy):
    """One at any time, two for the same weeks."""
    same = [("2027-01-12", "2027-02-02")]
    return [
        ask(season, copy.resource, windows=[("2027-03-01", "2027-06-01")]),
        ask(season, copy.resource, windows=same, expected_pupils=900),
        ask(season, copy.resource, windows=same, expected_pupils=10),
    ]


@pytest.fixture
def agency():
    return UserFactory(agency=True)


def put_out(scenario, agency):
    done = publish(scenario, by=agency, now=NOW, today=TODAY)
    scenario.refresh_from_db()
    return done


def again(published, agency, **facts):
    wanted = {"freed": [], "broken": [], "with_waiting": False} | facts
    row = replan(
        published, name="Bis", weights={**published.weights, "stability": 80}, by=agency,
        now=NOW, **wanted,
    )  # fmt: skip
    return compute(row)


def test_publishing_proposes_every_loan_and_tells_everybody(season, requests, agency):
    scenario = compute(make_scenario(season))

    done = put_out(scenario, agency)

    assert len(done.added) == 2
    for loan in Loan.objects.all():
        assert (loan.state, loan.scenario) == (LoanState.PROPOSED, scenario)
        assert loan.owner_confirmed_at is loan.host_confirmed_at is None
        held = Hold.objects.get(loan=loan)
        assert held.starts_on <= loan.starts_on < loan.ends_on <= held.ends_on
    states = [LoanRequest.objects.get(pk=r.pk).state for r in requests]
    assert states == [RequestState.ACCEPTED, RequestState.ACCEPTED, RequestState.SEASON]
    scenario.refresh_from_db()
    season.refresh_from_db()
    assert (scenario.state, season.state) == ("published", "published")
    told = {mail.to: mail.body for mail in Mail.objects.all()}
    for request in requests:
        assert request.asked_by.email in told
    assert (
        len(told) == Mail.objects.count()
    )  # one mail each, with all that concerns them


def test_a_plan_is_published_once_and_only_when_it_is_computed(
    season, requests, agency
):
    draft = make_scenario(season)
    with pytest.raises(Refused) as no:
        put_out(draft, agency)
    assert no.value.code == "state"
    first, second = compute(draft), compute(make_scenario(season))
    put_out(first, agency)

    with pytest.raises(Refused) as no:
        put_out(second, agency)

    assert no.value.code == "other"
    assert first.name in no.value.message


def test_a_plan_with_an_imagined_copy_is_not_published(season, copy, requests, agency):
    extra = {"extra": {copy.resource.slug: 1}}
    scenario = compute(make_scenario(season, what_if=extra))

    with pytest.raises(Refused) as no:
        put_out(scenario, agency)

    assert no.value.code == "what_if"


def test_when_days_are_taken_meanwhile_nothing_at_all_is_published(
    season, copy, requests, agency
):
    scenario = compute(make_scenario(season))
    clash = served(scenario)[requests[0].pk]
    hold(
        copy, kind=HoldKind.OWN_USE, start=clash.starts_on, end=clash.ends_on, by=None
    )  # fmt: skip

    with pytest.raises(Refused) as no:
        put_out(scenario, agency)

    assert no.value.code == "changed"
    assert requests[0].reference in no.value.message
    assert Loan.objects.count() == Mail.objects.count() == 0
    assert LoanRequest.objects.filter(state=RequestState.SEASON).count() == 3
    scenario.refresh_from_db()
    season.refresh_from_db()
    assert (scenario.state, season.state) == ("done", "open")


def test_a_request_withdrawn_meanwhile_stops_the_publication(season, requests, agency):
    scenario = compute(make_scenario(season))
    requests[0].state = RequestState.WITHDRAWN
    requests[0].save()

    with pytest.raises(Refused) as no:
        put_out(scenario, agency)

    assert requests[0].reference in no.value.message
    assert Loan.objects.count() == 0


def test_maintenance_that_the_plan_needs_takes_its_days(season, copy, agency):
    copy.days_between_maintenances, copy.days_out_before = 30, 20
    copy.save()
    ask(season, copy.resource)

    scenario = compute(make_scenario(season))
    put_out(scenario, agency)

    assert scenario.planned_loans.get().maintained_before
    work, loan = Maintenance.objects.get(), Loan.objects.get()
    assert work.ends_on == loan.departs_on
    assert Hold.objects.get(maintenance=work).kind == HoldKind.MAINTENANCE


def test_replanning_with_nothing_new_changes_nothing(season, requests, agency):
    first = compute(make_scenario(season))
    put_out(first, agency)
    before = {loan.pk: (loan.copy_id, loan.starts_on) for loan in Loan.objects.all()}

    second = again(first, agency)

    changes = second.result["changes"]
    assert len(changes["kept"]) == 2
    assert changes["moved"] == changes["dropped"] == changes["added"] == []
    mails = Mail.objects.count()
    put_out(second, agency)
    after = {loan.pk: (loan.copy_id, loan.starts_on) for loan in Loan.objects.all()}
    assert after == before
    assert Mail.objects.count() == mails
    first.refresh_from_db()
    assert first.state == "done"


def test_a_cancelled_loan_makes_room_for_the_one_that_waited(season, requests, agency):
    first = compute(make_scenario(season))
    put_out(first, agency)
    loan = Loan.objects.get(request=requests[1])
    loan.state = LoanState.CANCELLED
    loan.save()
    Hold.objects.filter(loan=loan).delete()

    second = again(first, agency)
    put_out(second, agency)

    assert second.result["changes"]["added"] == [requests[2].pk]
    assert Loan.objects.get(request=requests[2]).state == LoanState.PROPOSED


def test_a_broken_copy_moves_its_loans_to_another_or_lets_them_wait(
    season, copy, requests, agency
):
    first = compute(make_scenario(season))
    put_out(first, agency)
    spare = make_copy(copy.resource)

    second = again(first, agency, broken=[copy.pk])
    put_out(second, agency)

    loans = Loan.objects.all().holding()
    assert {loan.copy for loan in loans} == {spare}
    moved = Loan.objects.get(request=requests[0])
    assert (moved.state, moved.scenario, moved.sequence) == ("proposed", second, 1)
    assert Hold.objects.get(loan=moved).copy == spare


def test_a_confirmed_loan_stays_unless_it_is_freed_by_hand(season, copy, agency):
    small = ask(
        season, copy.resource, windows=[("2027-01-12", "2027-02-02")], expected_pupils=5
    )
    first = compute(make_scenario(season))
    put_out(first, agency)
    Loan.objects.update(state=LoanState.CONFIRMED)
    crowd = ask(
        season, copy.resource, windows=[("2027-01-12", "2027-02-02")],
        expected_pupils=1600, people=5000,
    )  # fmt: skip
    bigger = {"public": 100, "stability": 0}

    kept = replan(first, name="a", freed=[], broken=[], with_waiting=False,
                  weights=bigger, by=agency, now=NOW)  # fmt: skip
    freed = replan(first, name="b", freed=[small.pk], broken=[], with_waiting=False,
                   weights=bigger, by=agency, now=NOW)  # fmt: skip

    assert set(served(compute(kept))) == {small.pk}
    done = compute(freed)
    assert set(served(done)) == {crowd.pk}
    put_out(done, agency)
    assert Loan.objects.get(request=small).state == LoanState.CANCELLED
    small.refresh_from_db()
    assert small.state == RequestState.SEASON


def test_why_tells_the_terms_the_rank_and_the_rivals_without_names(
    season, requests, agency
):
    scenario = compute(make_scenario(season))
    put_out(scenario, agency)

    found = explain(scenario, requests[2], may_name=False)

    assert found.planned is None
    assert found.reason == "déjà pris à ces dates"
    total = found.base + sum(line.points for line in found.lines)
    assert round(found.preference * total, 2) == pytest.approx(found.score, abs=0.02)
    assert (found.rank, found.wanted) == (3, 3)
    before = [line for line in found.rivals if line.is_before]
    assert [line.is_served for line in before] == [True]
    assert all(requests[1].host.name not in line.label for line in found.rivals)
    named = explain(scenario, requests[2], may_name=True)
    assert requests[1].host.name in {line.label for line in named.rivals}


def test_results_are_for_those_whom_they_concern(client, season, requests, agency):
    scenario = compute(make_scenario(season))
    put_out(scenario, agency)
    why = reverse("circulation:result_detail", args=[season.slug, requests[2].pk])
    mine = reverse("circulation:result_list", args=[season.slug])

    client.force_login(requests[1].asked_by)
    assert client.get(why).status_code == 404
    assert requests[2].host.name not in client.get(mine).content.decode()

    client.force_login(requests[2].asked_by)
    page = client.get(why).content.decode()
    assert "Votre demande n’a pas trouvé de place" in page
    assert "Public attendu" in page
    assert str(season.seed) in page
    assert requests[1].host.name not in page
    assert requests[2].reference in client.get(mine).content.decode()

    client.force_login(agency)
    page = client.get(why).content.decode()
    assert "Cette demande n’a pas trouvé de place" in page
    assert "Votre demande" not in page


def test_the_programme_and_the_inputs_are_public_once_published(
    client, season, requests, agency
):
    programme = reverse("circulation:season_programme", args=[season.slug])
    inputs = reverse("circulation:season_inputs", args=[season.slug])
    assert "pas encore publié" in client.get(programme).content.decode()
    assert client.get(inputs).status_code == 404
    scenario = compute(make_scenario(season))
    put_out(scenario, agency)

    page = client.get(programme).content.decode()

    assert requests[0].host.commune.name in page
    assert requests[0].resource.name in page
    assert requests[0].host.name not in page  # a host's name is its own business
    data = client.get(inputs)
    assert data.json()["seed"] == season.seed
    assert data["Content-Disposition"].startswith("attachment")


def test_a_reader_does_not_publish(client, season, requests):
    scenario = compute(make_scenario(season))
    address = reverse("circulation:scenario_publish", args=[season.slug, scenario.pk])
    client.force_login(UserFactory(observer=True))

    assert client.post(address).status_code == 403
    assert Loan.objects.count() == 0


def test_the_page_publishes_or_says_why_not(client, season, copy, requests, agency):
    scenario = compute(make_scenario(season))
    address = reverse("circulation:scenario_publish", args=[season.slug, scenario.pk])
    client.force_login(agency)
    blocked = hold(
        copy, kind=HoldKind.OWN_USE, start=day("2027-01-01"), end=day("2027-07-01"),
        by=None,
    )  # fmt: skip

    page = client.post(address)
    assert page.status_code == 422
    assert "Rien n’a été publié" in page.content.decode()

    blocked.delete()
    assert client.post(address).status_code == 302
    assert Loan.objects.count() == 2


def test_a_second_tab_is_told_that_the_plan_is_published(
    client, season, requests, agency
):
    scenario = compute(make_scenario(season))
    address = reverse("circulation:scenario_publish", args=[season.slug, scenario.pk])
    client.force_login(agency)
    client.post(address)

    answer = client.post(address, follow=True)

    assert answer.redirect_chain == [(season.get_absolute_url(), 302)]
    assert "Ce plan est déjà publié" in answer.content.decode()
    assert Loan.objects.count() == 2
