"""A season from its scenarios to what an applicant reads, in a browser."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.circulation.models import Copy, Loan
from maillage.circulation.services.publication import publish
from tests.circulation.seasons import (
    ask,
    compute,
    make_copy,
    make_scenario,
    make_season,
)
from tests.factories.accounts import UserFactory


@pytest.fixture
def season():
    """Two requests for the same weeks of next year, one for others."""
    today = timezone.localdate()
    year = today.year + 1
    season = make_season(
        slug="suivante", starts_on=today.replace(year=year, month=1, day=1),
        ends_on=today.replace(year=year, month=12, day=31),
    )  # fmt: skip
    copy = make_copy()
    same = [(f"{year}-03-02", f"{year}-03-23")]
    ask(season, copy.resource, windows=same, expected_pupils=900)
    ask(season, copy.resource, windows=same, expected_pupils=10)
    ask(season, copy.resource, windows=[(f"{year}-05-01", f"{year}-08-01")])
    return season


def done(season):
    return compute(make_scenario(season), today=timezone.localdate())


def published(season):
    scenario = done(season)
    publish(
        scenario, by=UserFactory(agency=True), now=timezone.now(),
        today=timezone.localdate(),
    )  # fmt: skip
    return scenario


def test_the_agency_weighs_computes_and_publishes(page, live_server, season, sign_in):
    sign_in(page, agency=True)
    page.goto(live_server.url + season.get_absolute_url())
    page.get_by_role("link", name="Le plus de public").click()
    public = page.get_by_label("Public touché")
    expect(public).to_have_value("100")
    public.press("ArrowLeft")
    expect(page.locator("output").first).to_have_text("95")

    page.get_by_role("button", name="Lancer le calcul").click()

    expect(page.get_by_text("demandes servies sur 3")).to_be_visible()
    expect(page.get_by_text("déjà pris à ces dates").first).to_be_visible()
    page.get_by_role("link", name="Publier ce plan…").click()
    page.get_by_role("button", name="Publier et prévenir tout le monde").click()
    expect(page.get_by_text("Le plan est publié : 2 prêts proposés")).to_be_visible()
    assert Loan.objects.count() == 2


def test_copies_are_searched_for_and_ticked(page, live_server, season, sign_in):
    copies = list(Copy.objects.select_related("resource").order_by("pk"))
    sign_in(page, agency=True)
    page.goto(live_server.url + reverse("circulation:scenario_new", args=["suivante"]))
    page.get_by_text("Essayer une hypothèse").click()
    page.get_by_role("checkbox", name=copies[0].label).check()

    page.get_by_label("Chercher dans la liste").fill("introuvable partout")

    expect(page.get_by_role("checkbox", name=copies[0].label)).to_be_checked()
    expect(page.locator(".pick-list .choice:visible")).to_have_count(1)
    expect(page.get_by_text("Choisis : 1")).to_be_visible()


def test_it_works_without_javascript_too(plain, live_server, season, sign_in):
    sign_in(plain, agency=True)
    plain.goto(live_server.url + reverse("circulation:scenario_new", args=["suivante"]))
    plain.get_by_label("Nom du scénario").fill("Sans script")

    plain.get_by_role("button", name="Lancer le calcul").click()

    expect(plain.get_by_role("heading", name="Sans script")).to_be_visible()
    expect(plain.get_by_text("demandes servies sur 3")).to_be_visible()


def test_an_applicant_reads_why(page, live_server, season, sign_in):
    scenario = published(season)
    refused = scenario.refusals.get().request
    sign_in(page, refused.asked_by)

    page.goto(live_server.url + reverse("circulation:result_list", args=["suivante"]))
    page.get_by_role("link", name="Pourquoi ?").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("pas trouvé de place")
    expect(page.get_by_text("Public attendu")).to_be_visible()
    expect(page.get_by_text("prend ces dates")).to_be_visible()


def test_pages_of_a_season_have_no_fault(screen, live_server, season, sign_in, faults):
    one, two = done(season), published(season)
    sign_in(screen, agency=True)
    asked = two.refusals.get().request
    pages = [
        reverse("circulation:season_list"),
        season.get_absolute_url(),
        reverse("circulation:scenario_new", args=["suivante"]),
        one.get_absolute_url(),
        reverse("circulation:scenario_locks", args=["suivante", one.pk]),
        reverse("circulation:scenario_publish", args=["suivante", one.pk]),
        reverse("circulation:scenario_replan", args=["suivante", two.pk]),
        reverse("circulation:scenario_compare", args=["suivante"])
        + f"?scenario={one.pk}&scenario={two.pk}",
        reverse("circulation:season_programme", args=["suivante"]),
        reverse("circulation:result_list", args=["suivante"]),
        reverse("circulation:result_detail", args=["suivante", asked.pk]),
    ]

    found = {}
    for address in pages:
        screen.goto(live_server.url + address)
        if wrong := faults(screen):
            found[address] = wrong

    assert found == {}
