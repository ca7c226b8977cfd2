"""The pages of seasons: who sees what, what a mistake says, what they cost."""

import csv
import datetime as dt
import io
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook

from maillage.circulation.choices import RequestState, SeasonState
from maillage.circulation.models import Scenario, Season
from maillage.circulation.services.seasons import change_state, numbers
from maillage.core.errors import Refused
from tests.circulation.seasons import (
    NOW,
    ask,
    compute,
    make_copy,
    make_scenario,
    make_season,
)
from tests.factories.accounts import UserFactory
from tests.factories.circulation import ScenarioFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return make_season()


@pytest.fixture
def copy():
    return make_copy()


@pytest.fixture
def agency(client):
    person = UserFactory(agency=True)
    client.force_login(person)
    return person


def at(name, season, *args):
    return reverse(f"circulation:{name}", args=[season.slug, *args])


def weights(**facts):
    names = ("public", "underserved", "hosts", "owners", "income", "km", "stability")
    return {f"weight_{name}": facts.get(name, 50) for name in names}


def test_anybody_sees_which_seasons_are_open_and_members_do_not_plan(client, season):
    page = client.get(reverse("circulation:season_list")).content.decode()
    assert season.name in page
    assert season.get_absolute_url() not in page

    client.force_login(UserFactory())
    assert client.get(season.get_absolute_url()).status_code == 403


def test_a_season_tells_what_is_asked_and_what_there_is(season, copy):
    ask(season, copy.resource, duration_days=30)
    gone = ask(season, copy.resource)
    gone.state = RequestState.WITHDRAWN
    gone.save()

    found = numbers(season)

    assert (found.requests, found.hosts, found.copies) == (1, 1, 1)
    assert found.load == pytest.approx(100 * 30 / season.days)
    assert found.wanted == ((copy.resource.name, copy.resource.slug, 1, 1),)


def test_a_season_goes_on_step_by_step(season, copy):
    request = ask(season, copy.resource)
    by = {"by": None, "now": NOW}
    with pytest.raises(Refused) as no:
        change_state(season, to=SeasonState.CLOSED, **by)
    assert no.value.code == "state"

    change_state(season, to=SeasonState.PLANNING, **by)
    change_state(season, to=SeasonState.OPEN, **by)
    change_state(season, to=SeasonState.PLANNING, **by)
    change_state(season, to=SeasonState.CLOSED, **by)

    request.refresh_from_db()
    assert request.state == RequestState.REFUSED
    assert request.answer
    with pytest.raises(Refused):
        change_state(season, to=SeasonState.OPEN, **by)


def test_the_agency_opens_a_season_and_a_mistake_is_told(client, agency):
    address = reverse("circulation:season_new")
    form = {
        "name": "Saison 2027-2028", "slug": "2027-2028", "starts_on": "2027-09-01",
        "ends_on": "2027-08-01", "asks_until": "2027-06-01", "loans_per_host": 3,
        "seed": 11,
    }  # fmt: skip
    page = client.post(address, form)
    assert page.status_code == 422
    assert "La fin vient après le premier jour." in page.content.decode()

    assert client.post(address, form | {"ends_on": "2028-09-01"}).status_code == 302
    assert Season.objects.get().loans_per_host == 3


def test_a_season_that_was_computed_keeps_its_dates_and_its_seed(
    client, agency, season
):
    ScenarioFactory(season=season)

    client.post(
        at("season_edit", season),
        {"name": "Autre nom", "slug": "autre", "seed": 999, "loans_per_host": 2,
         "asks_until": "2026-12-01", "starts_on": "2030-01-01"},
    )  # fmt: skip

    found = Season.objects.get()
    assert (found.name, found.loans_per_host) == ("Autre nom", 2)
    assert (found.slug, found.seed, found.starts_on) == (
        season.slug, season.seed, season.starts_on,
    )  # fmt: skip


def test_a_scenario_is_weighed_computed_and_shown(
    client, agency, season, copy, django_capture_on_commit_callbacks
):
    ask(season, copy.resource, windows=[("2027-04-01", "2027-06-01")])
    form = weights(public=80) | {"name": "Le public", "effort": 5}

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(at("scenario_new", season), form)

    scenario = Scenario.objects.get()
    assert answer.url == scenario.get_absolute_url()
    assert (scenario.weights["public"], scenario.created_by) == (80, agency)
    page = client.get(answer.url).content.decode()
    assert "Aucun plan ne peut être meilleur" in page
    assert "Toutes les demandes sont servies." in page


def test_presets_and_variants_fill_the_form(client, agency, season, copy):
    page = client.get(at("scenario_new", season) + "?modele=km")
    form = page.context["form"]
    assert form["weight_km"].value() == 100
    assert form["name"].value() == "Moins de kilomètres"
    base = make_scenario(season, weights={"public": 5}, what_if={"broken": [copy.pk]})

    page = client.get(
        at("scenario_new", season) + f"?base={base.pk}&plus={copy.resource.slug}"
    )

    form = page.context["form"]
    assert form["weight_public"].value() == 5
    assert form["broken"].value() == [copy.pk]
    assert form["extra"].value() == copy.resource.slug
    for nonsense in ("?base=abc", "?base=999999", "?modele=zzz&plus=zzz"):
        assert client.get(at("scenario_new", season) + nonsense).status_code == 200


def test_copies_are_ticked_by_resource(client, agency, season, copy):
    base = make_scenario(season, what_if={"broken": [copy.pk]})

    page = client.get(at("scenario_new", season) + f"?base={base.pk}")

    html = page.content.decode()
    assert '<select name="broken"' not in html
    box = re.search(rf'<input[^>]*name="broken"[^>]*value="{copy.pk}"[^>]*>', html)
    assert box
    assert "checked" in box[0]
    group = re.search(r'<p class="choice-group"[^>]*>([^<]*)</p>', html)
    assert group
    assert group[1] == copy.resource.name


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight_public": 101}, {"effort": 0}, {"effort": 100_000}, {"name": ""},
        {"km_budget": -1}, {"extra": "zzz"}, {"broken": ["999999"]},
    ],
)  # fmt: skip
def test_a_mistake_in_a_scenario_is_told(client, agency, season, wrong):
    form = weights() | {"name": "Essai", "effort": 5} | wrong

    assert client.post(at("scenario_new", season), form).status_code == 422
    assert Scenario.objects.count() == 0


def test_the_page_of_a_run_updates_its_piece_alone(client, agency, season):
    scenario = ScenarioFactory(
        season=season, state="running", run="x", beat_at=NOW,
        progress={"phase": "bound", "value": 90.0, "bound": 100.0, "served": 3, "seconds": 4},
        trace=[[1, 50, None], [3, 90, 100]],
    )  # fmt: skip
    Scenario.objects.update(beat_at=timezone.now())
    address = scenario.get_absolute_url()

    whole = client.get(address).content.decode()
    piece = client.get(address, headers={"HX-Request": "true"}).content.decode()

    assert "<h1>" in whole
    assert "<h1>" not in piece
    assert piece.count('id="run"') == 1


def test_the_page_of_a_run_opens_whole_when_the_run_is_over(client, agency, season):
    scenario = make_scenario(season)
    scenario.state = "done"
    scenario.save()
    address = scenario.get_absolute_url()

    answer = client.get(address, headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == address
    assert answer.content == b""


def test_locks_are_noted_and_taken_back_on_their_page(client, agency, season, copy):
    request = ask(season, copy.resource)
    scenario = make_scenario(season)
    address = at("scenario_locks", season, scenario.pk)
    page = client.post(address, {"request": request.pk, "kind": "placed"})
    assert page.status_code == 422
    assert "À remplir pour placer la demande." in page.content.decode()

    good = {"request": request.pk, "kind": "placed", "copy": copy.pk}
    client.post(address, good | {"starts_on": "2027-01-12"})

    lock = scenario.locks.get()
    assert request.reference in client.get(address).content.decode()
    client.post(at("lock_delete", season, scenario.pk, lock.pk))
    assert scenario.locks.count() == 0


def test_scenarios_side_by_side_show_what_differs(client, agency, season, copy):
    ask(season, copy.resource, windows=[("2027-01-12", "2027-02-02")])
    ask(season, copy.resource, windows=[("2027-01-12", "2027-02-02")])
    one = compute(make_scenario(season, name="Un"))
    two = compute(
        make_scenario(season, name="Deux", what_if={"extra": {copy.resource.slug: 1}})
    )
    address = at("scenario_compare", season)

    page = client.get(f"{address}?scenario={one.pk}&scenario={two.pk}")

    rows = {row["label"]: row for row in page.context["rows"]}
    assert rows["Demandes servies"]["differs"]
    assert [c["is_best"] for c in rows["Demandes servies"]["cells"]] == [False, True]
    assert b"D\xc3\xa9j\xc3\xa0" not in page.content
    link = client.get(f"{address}?scenario={one.pk}")
    assert link.context["chosen"] == [one, two]
    assert len(client.get(address).context["chosen"]) == 2
    assert client.get(f"{address}?scenario=zzz").status_code == 200


def test_the_tables_are_files(client, agency, season, copy):
    ask(
        season, copy.resource, windows=[("2027-01-12", "2027-02-02")], expected_pupils=9
    )
    ask(season, copy.resource, windows=[("2027-01-12", "2027-02-02")])
    scenario = compute(make_scenario(season))

    loans = client.get(at("scenario_export", season, scenario.pk, "prets", "csv"))
    refusals = client.get(at("scenario_export", season, scenario.pk, "refus", "csv"))
    books = [
        client.get(at("scenario_export", season, scenario.pk, "prets", form))
        for form in ("xlsx", "ods")
    ]

    def rows(answer):
        text = answer.content.decode().removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    assert [row["exemplaire"] for row in rows(loans)] == [copy.label]
    assert [row["motif"] for row in rows(refusals)] == ["déjà pris à ces dates"]
    for book in books:
        sheet = load_workbook(io.BytesIO(book.content)).get_sheet_by_index(0)
        head, row = sheet.to_python()
        assert row[head.index("debut")] == dt.date(2027, 1, 12)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_a_plan_costs_the_same_for_one_loan_or_three(
    client, agency, season, copy, number, django_assert_max_num_queries
):
    for _ in range(number):
        ask(season, copy.resource, windows=[("2027-01-04", "2027-08-01")])
    ask(season, copy.resource, windows=[("2026-01-04", "2026-03-01")])
    scenario = compute(make_scenario(season))

    with django_assert_max_num_queries(12):
        page = client.get(scenario.get_absolute_url())

    assert page.content.decode().count("Médiathèque") >= number


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_a_season_costs_the_same_for_one_scenario_or_three(
    client, agency, season, number, django_assert_max_num_queries
):
    for _ in range(number):
        ScenarioFactory(season=season)

    with django_assert_max_num_queries(11):
        client.get(season.get_absolute_url())
