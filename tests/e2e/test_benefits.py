"""A museum says what it gives; a family finds it in the list, on the map, on its pass."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.core import listing
from maillage.passport.models import Benefit
from tests.factories.agenda import EventFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import BenefitFactory, PassFactory


@pytest.fixture(autouse=True)
def _new_shelf():
    listing.forget()


@pytest.fixture
def place():
    return PlaceFactory(name="Muséum de la mer", lon=3.07, lat=50.64, listed=True)


@pytest.fixture
def member(place):
    return MembershipFactory(structure=place.structure).user


def at(live_server, name, *args):
    return live_server.url + reverse(f"passport:benefit_{name}", args=args)


def test_what_a_museum_says_is_on_the_map_and_on_the_pass(
    page, live_server, sign_in, place, member
):
    sign_in(page, member)
    page.goto(live_server.url + place.get_absolute_url())
    page.get_by_role("link", name="Dire ce que ce lieu donne").click()
    page.get_by_role("link", name="Ajouter un avantage").click()
    page.get_by_label("Tarif réduit").check()
    page.get_by_label("Plein tarif").fill("7,50")
    page.get_by_label("Tarif du passeport").fill("3")
    page.get_by_label("6 à 11 ans").check()
    page.get_by_label("12 à 17 ans").check()
    page.get_by_label("un nombre de fois par saison").check()
    page.get_by_role("button", name="Proposer cet avantage").click()
    expect(
        page.get_by_text("Écrivez combien de fois par saison.", exact=True).first
    ).to_be_visible()
    page.get_by_label("Nombre de fois par saison", exact=True).fill("3")
    page.get_by_role("button", name="Proposer cet avantage").click()
    expect(page.get_by_text("L’avantage est proposé.")).to_be_visible()
    row = Benefit.objects.get()
    assert (row.price_cents, row.times) == (300, 3)
    page.context.clear_cookies()

    page.goto(at(live_server, "list"))
    page.locator("#facet-age summary").click()
    page.get_by_label("12 à 17 ans").check()
    expect(page).to_have_url(re.compile("age=12-17"))
    expect(page.locator("#listing")).to_contain_text("3 fois par saison")
    page.locator(".switch").get_by_role("link", name="Carte").click()
    expect(page.locator("maillage-map")).to_have_attribute(
        "data-state", "idle", timeout=60_000
    )
    expect(page.locator("[data-map-list]")).to_contain_text("Muséum de la mer")
    expect(page.locator("[data-map-list]")).to_contain_text("1 lieu dans cette vue")

    page.goto(live_server.url + PassFactory().get_absolute_url())
    expect(page.get_by_text("3 € au lieu de 7,50 €")).to_be_visible()


def test_the_list_is_filtered_without_javascript(plain, live_server, place):
    BenefitFactory(place=place)
    BenefitFactory(place=PlaceFactory(name="Autre", listed=True), gives="priority")
    plain.goto(at(live_server, "list"))
    plain.get_by_label("entrée gratuite").check()
    plain.get_by_role("button", name="Appliquer").click()

    expect(plain.locator("#listing")).to_contain_text("Muséum de la mer")
    expect(plain.locator("#listing")).not_to_contain_text("Autre")


def test_axe_finds_nothing_on_benefits(
    screen, live_server, sign_in, place, member, faults
):
    row = BenefitFactory(place=place, normal_cents=700, label="Sauf les soirs")
    BenefitFactory(place=place, gives="reduced", price_cents=300, kinds=["P", "H"])
    BenefitFactory(place=place, gives="priority", ends_on="2026-01-01")
    event = EventFactory(place=place, owner=place.structure, at="2099-03-06T14:00")
    BenefitFactory(place=place, event=event)
    sign_in(screen, member)
    paths = {
        "list": at(live_server, "list"),
        "nothing": f"{at(live_server, 'list')}?q=introuvable",
        "map": at(live_server, "map"),
        "places": at(live_server, "places"),
        "place": at(live_server, "place", place.slug),
        "new": at(live_server, "new", place.slug),
        "edit": at(live_server, "edit", place.slug, row.pk),
        "import": at(live_server, "import"),
        "page of the place": live_server.url + place.get_absolute_url(),
        "page of the event": live_server.url + event.get_absolute_url(),
    }
    found = {}
    for name, path in paths.items():
        screen.goto(path)
        if name == "map":  # its buttons have their names once it stands
            expect(screen.locator("maillage-map")).to_have_attribute(
                "data-state", "idle", timeout=60_000
            )
        wide = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
        if bad := [*faults(screen), *(["too wide"] if wide else [])]:
            found[name] = bad

    assert found == {}
