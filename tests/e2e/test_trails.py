"""A trail: written with and without JavaScript, read with its map and its stops."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.agenda.models import Trail
from tests.factories.agenda import TrailFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.territories import CommuneFactory


@pytest.fixture
def place():
    return PlaceFactory(
        name="Palais des étoiles", commune=CommuneFactory(lille=True), listed=True,
        lon=3.06, lat=50.63,
    )  # fmt: skip


@pytest.fixture
def trail(place):
    steps = [
        {"key": f"k{n}", "kind": kind, "slug": slug, "title": title, "text": "À voir.",
         "question": "Pourquoi ?", "minutes": 20, "lon": lon, "lat": lat}
        for n, (kind, slug, title, lon, lat) in enumerate(
            (
                ("place", place.slug, "Le palais", None, None),
                ("", "", "Le vieux pont", 3.07, 50.64),
            )
        )
    ]  # fmt: skip
    return TrailFactory(
        name="De pont en étoile", slug="de-pont-en-etoile", owner=place.structure,
        steps=steps, minutes=60, distance_km=1.4, listed=True,
    )  # fmt: skip


def write(page, name):
    """Fill the form: a stop that is a place, a stop of one's own."""
    page.get_by_role("textbox", name="Nom (obligatoire)").fill(name)
    page.get_by_label("Nature").select_option("heritage")
    one = page.get_by_role("group", name="Étape 1", exact=True)
    two = page.get_by_role("group", name="Étape 2", exact=True)
    two.get_by_label("Titre de l’étape").fill("Le vieux pont")
    one.get_by_label("Lieu, événement ou ressource").fill("Palais des étoiles (Lille)")
    one.get_by_label("Durée sur place").fill("40")


def test_a_member_writes_a_trail_and_moves_its_stops(page, live_server, sign_in, place):
    sign_in(page, MembershipFactory(structure=place.structure).user)
    page.goto(f"{live_server.url}/mon-espace/")
    page.get_by_role("link", name="Proposer un parcours").first.click()
    write(page, "De pont en étoile")
    page.get_by_role("button", name="Monter l’étape 2").click()
    expect(page.locator("[name=steps-title]").first).to_have_value("Le vieux pont")
    page.get_by_role("button", name="Ajouter une étape").click()
    page.locator("[name=steps-title]").nth(2).fill("La passerelle")
    page.get_by_role("button", name="Envoyer à l’agence").last.click()

    page.wait_for_url("**/parcours/de-pont-en-etoile/")
    trail = Trail.objects.get()
    assert [stop.title for stop in trail.stops.all()] == [
        "Le vieux pont", "Palais des étoiles", "La passerelle",
    ]  # fmt: skip
    assert trail.stops.get(rank=2).place == place


def test_the_form_works_without_javascript(plain, live_server, sign_in, place):
    sign_in(plain, MembershipFactory(structure=place.structure).user)
    plain.goto(f"{live_server.url}/parcours/proposer/")
    write(plain, "De pont en étoile")
    plain.get_by_role("button", name="Monter l’étape 2").click()
    expect(plain.locator("[name=steps-title]").first).to_have_value("Le vieux pont")
    plain.get_by_role("button", name="Envoyer à l’agence").last.click()

    expect(plain.get_by_role("heading", level=1)).to_have_text("De pont en étoile")
    assert Trail.objects.get().stops.count() == 2


def test_a_family_finds_a_trail_and_its_map(page, live_server, trail):
    page.goto(f"{live_server.url}/agenda/")
    page.get_by_role("navigation", name="Sortir").get_by_text("Parcours").click()
    page.get_by_role("link", name="De pont en étoile").click()

    expect(page.locator("maillage-route canvas")).to_be_visible()
    expect(page.get_by_role("heading", name="Le vieux pont")).to_be_visible()
    with page.expect_download() as sent:
        page.get_by_role("link", name="Emporter (GPX)").click()
    assert sent.value.suggested_filename == "de-pont-en-etoile.gpx"


def test_axe_finds_nothing_on_trails(screen, live_server, sign_in, trail, faults):
    found = {}
    stop = trail.stops.first()

    def look(name, args):
        screen.goto(live_server.url + reverse(f"agenda:{name}", args=args))
        found[name] = faults(screen)
        wide = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, name

    look("trail_list", [])
    look("trail_detail", [trail.slug])
    look("stop_detail", [trail.slug, stop.code])
    sign_in(screen, MembershipFactory(structure=trail.owner).user)
    look("trail_new", [])
    look("trail_edit", [trail.slug])

    assert {name: list_ for name, list_ in found.items() if list_} == {}
