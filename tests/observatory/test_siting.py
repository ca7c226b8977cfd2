"""Scenarios of siting: what they change, together, until they are decided."""

import datetime as dt
import json

import pytest

from maillage.accounts.choices import Role
from maillage.core.errors import Refused
from maillage.observatory.models import SitingScenario
from maillage.observatory.services import scenarios
from maillage.observatory.services.access import Choice
from maillage.observatory.services.proposing import GOALS, propose, unbeaten
from maillage.observatory.services.siting import what_if
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 1)
NOW = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
HIRSON = {"lon": 4.08, "lat": 49.92}


def add(**more):
    return {"act": "add", "site": "", "name": "Nouveau", **HIRSON, **more}


@pytest.fixture
def agency():
    return UserFactory(role=Role.AGENCY)


@pytest.fixture
def scenario(region, agency):
    return scenarios.create(
        name="Thiérache",
        question="Où ?",
        choice=Choice(),
        month=OCTOBER,
        by=agency,
        now=NOW,
    )


def place_key(found):
    return next(site.key for site in found.before.supply.sites if not site.travels)


def test_a_place_more_is_a_gain_for_those_around(region):
    outcome = what_if(Choice(), [add()], month=OCTOBER)
    told = outcome.told()

    assert told["gainers"] == 40_000
    assert told["losers"] == 0
    assert told["after"]["none"] == 0
    # The supply that is handed out rises by the whole new place.
    assert outcome.gain @ outcome.before.people == pytest.approx(100_000)


def test_what_is_moved_away_is_a_loss_for_those_who_had_it(region):
    key = place_key(what_if(Choice(), [], month=OCTOBER))

    moved = what_if(
        Choice(), [{"act": "move", "site": key, **HIRSON}], month=OCTOBER
    ).told()
    closed = what_if(Choice(), [{"act": "close", "site": key}], month=OCTOBER).told()

    assert (moved["gainers"], moved["losers"]) == (40_000, 296_710)
    assert (closed["gainers"], closed["losers"]) == (0, 296_710)
    assert closed["after"]["none"] == 1.0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"act": "close", "site": "place-0"}, "unknown_site"),
        ({"act": "add", "lon": 500, "lat": 1}, "off_map"),
        ({"act": "add", "lon": "nan", "lat": "nan"}, "off_map"),
        ({"act": "add", "lat": 1}, "off_map"),
    ],
)
def test_what_cannot_be_done_is_refused(region, change, code):
    with pytest.raises(Refused) as refusal:
        what_if(Choice(), [change], month=OCTOBER)

    assert refusal.value.code == code


def test_a_scenario_has_a_bounded_number_of_changes(region):
    with pytest.raises(Refused) as refusal:
        what_if(Choice(), [add(site=f"new-{k}") for k in range(41)], month=OCTOBER)

    assert refusal.value.code == "too_many"


def test_a_new_place_that_is_moved_is_added_elsewhere_and_closed_is_gone(scenario):
    scenarios.add_changes(scenario, [add()], revision=1)
    row = scenarios.add_changes(
        scenario,
        [{"act": "move", "site": "new-0", "lon": 3.0, "lat": 50.0}],
        revision=2,
    )
    assert [(c["act"], c["lon"]) for c in row.changes] == [("add", 3.0)]

    row = scenarios.add_changes(
        scenario, [{"act": "close", "site": "new-0"}], revision=3
    )
    assert row.changes == []


def test_two_people_at_once_do_not_write_over_each_other(scenario):
    scenarios.add_changes(scenario, [add()], revision=1)

    with pytest.raises(Refused) as refusal:
        scenarios.add_changes(scenario, [add(name="Autre")], revision=1)

    assert refusal.value.code == "stale"
    scenario.refresh_from_db()
    assert [change["name"] for change in scenario.changes] == ["Nouveau"]


def test_a_decision_keeps_reasons_and_figures_and_ends_the_study(scenario, agency):
    scenarios.add_changes(scenario, [add()], revision=1)
    with pytest.raises(Refused) as silent:
        scenarios.decide(
            scenario, state="kept", reasons=" ", revision=2, by=agency, now=NOW
        )
    row = scenarios.decide(
        scenario, state="kept", reasons="Le plus utile", revision=2, by=agency, now=NOW
    )

    assert silent.value.code == "reasons"
    assert (row.state, row.decided_by, row.results["gainers"]) == (
        "kept",
        agency,
        40_000,
    )
    with pytest.raises(Refused) as late:
        scenarios.add_changes(row, [add()], revision=3)
    assert late.value.code == "decided"


@pytest.mark.parametrize("goal", GOALS)
def test_the_proposal_is_the_best_of_all_and_proven(region, goal):
    found = propose(Choice(), goal=goal, new=1, month=OCTOBER)

    assert found.names == ["Hirson"]
    assert found.gap == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("goal", "new", "code"), [("x", 1, "goal"), ("median", 9, "number")]
)
def test_a_proposal_that_makes_no_sense_is_refused(region, goal, new, code):
    with pytest.raises(Refused) as refusal:
        propose(Choice(), goal=goal, new=new, month=OCTOBER)

    assert refusal.value.code == code


def test_the_front_holds_nothing_that_another_point_beats(region):
    found, _ground = unbeaten(Choice(), most=2, month=OCTOBER)

    points = [(p.covered, -p.worst, -p.spent) for p in found.points]
    assert found.is_proven
    assert len(points) >= 2
    for one in points:
        beaten = [
            o
            for o in points
            if o != one and all(a >= b for a, b in zip(o, one, strict=True))
        ]
        assert beaten == []


def test_the_agency_studies_on_the_page_from_question_to_decision(
    client, region, agency
):
    client.force_login(agency)
    answer = client.post(
        "/observer/implantations/nouveau/",
        {"name": "Thiérache", "question": "Où ?", "month": "2026-10", "reach": "30"},
    )
    scenario = SitingScenario.objects.get()
    page = scenario.get_absolute_url()
    assert answer["Location"] == page

    client.post(
        f"{page}changer/",
        {"act": "add", "commune": "Hirson", "name": "Atelier", "revision": 1},
    )
    shown = client.get(page).content.decode().replace("\xa0", " ")
    assert "Ajouter : Atelier" in shown
    assert "40\u202f000 habitants y gagnent" in shown

    client.post(f"{page}retirer/0/", {"revision": 2})
    proposed = client.post(
        f"{page}proposer/",
        {"new": 1, "goal": "covering", "revision": 3},
        follow=True,  # an ordinary page: to load it again does not ask again
    )
    assert "aucun autre choix ne fait mieux" in proposed.content.decode()

    client.post(f"{page}decider/", {"state": "kept", "reasons": "Utile", "revision": 4})
    decided = client.get(page).content.decode()
    assert "Utile" in decided
    assert "Essayer un changement" not in decided


def test_mistakes_are_told_beside_their_boxes_and_nothing_is_lost(
    client, scenario, agency
):
    client.force_login(agency)
    page = scenario.get_absolute_url()

    unknown = client.post(
        f"{page}changer/",
        {"act": "add", "commune": "Zzz", "name": "Mon lieu", "revision": 1},
    )
    nowhere = client.post(f"{page}changer/", {"act": "move", "revision": 1})
    stale = client.post(
        f"{page}changer/",
        {"act": "add", "commune": "Hirson", "name": "Gardé", "revision": 7},
    )
    silent = client.post(
        f"{page}decider/", {"state": "kept", "reasons": "", "revision": 1}
    )

    assert [a.status_code for a in (unknown, nowhere, stale, silent)] == [422] * 4
    assert "Mon lieu" in unknown.content.decode()
    assert "Choisissez le lieu." in nowhere.content.decode()
    assert "Quelqu’un d’autre" in stale.content.decode()
    assert "Gardé" in stale.content.decode()
    scenario.refresh_from_db()
    assert (scenario.changes, scenario.state) == ([], "draft")


def test_the_map_tries_without_keeping(client, scenario, agency):
    client.force_login(agency)
    page = scenario.get_absolute_url()

    told = client.post(
        f"{page}essai/",
        json.dumps({"changes": [add()]}),
        content_type="application/json",
    )
    bad = [
        client.post(f"{page}essai/", body, content_type="application/json")
        for body in ("{", "[]", '{"changes": 3}', '{"changes": [{"act": "burn"}]}')
    ]

    assert "40\u202f000 habitants y gagnent" in told.json()["html"]
    assert "02381" in told.json()["values"]
    assert [answer.status_code for answer in bad] == [422] * 4
    scenario.refresh_from_db()
    assert scenario.changes == []


def test_scenarios_stand_side_by_side_and_a_point_of_the_front_becomes_one(
    client, scenario, agency
):
    client.force_login(agency)
    front = client.get(
        f"{scenario.get_absolute_url()}meilleurs-choix/?new=1"
    ).content.decode()
    assert "Prouvé" in front

    client.post(f"{scenario.get_absolute_url()}reprendre/", {"communes": "02381 99999"})
    made = SitingScenario.objects.exclude(pk=scenario.pk).get()
    assert [change["name"] for change in made.changes] == ["Nouveau lieu à Hirson"]

    page = client.get(
        f"/observer/implantations/comparer/?scenario={scenario.pk}&scenario={made.pk}&scenario=x"
    )
    assert page.content.decode().count("→") >= 8
    assert b"Cochez" in client.get("/observer/implantations/comparer/").content


def test_a_place_that_has_left_the_directory_is_told(client, scenario, agency):
    client.force_login(agency)
    scenario.changes = [{"act": "close", "site": "place-0"}]
    scenario.save()

    shown = client.get(scenario.get_absolute_url())

    assert shown.status_code == 200
    assert "n’existe plus" in shown.content.decode()


def test_the_front_of_a_scenario_that_counts_nobody_any_more_says_so(
    client, scenario, agency
):
    client.force_login(agency)
    scenario.choice |= {"demand": "gone"}
    scenario.save()

    front = client.get(f"{scenario.get_absolute_url()}meilleurs-choix/")

    assert front.status_code == 422
    assert "Personne à compter" in front.content.decode()
