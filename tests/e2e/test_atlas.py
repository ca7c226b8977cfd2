"""Structures and places in a real browser, with JavaScript and without."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.core import listing
from maillage.directory.models import Place
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory


@pytest.fixture
def atlas():
    listing.forget()
    lille = CommuneFactory(lille=True)
    structure = StructureFactory(
        name="Les Amis du Moulin",
        slug="les-amis-du-moulin",
        chain_roles=["formats", "diffusion"],
        know_how=["scenography"],
        verified_on=None,
        listed=True,
    )
    mill = PlaceFactory(
        name="Le Moulin",
        slug="le-moulin",
        kind="mill",
        structure=structure,
        commune=lille,
        can_host=True,
        host_surface_m2=80,
        access={"entree_plain_pied": True, "labels": ["th"]},
        opening="- mardi",
        listed=True,
    )
    PlaceFactory(
        name="La Bibliothèque",
        slug="la-bibliotheque",
        kind="library",
        structure=None,
        commune=CommuneFactory(amiens=True),
        listed=True,
    )
    yield mill
    listing.forget()


def address(live_server, view, *args):
    return f"{live_server.url}{reverse(f'directory:{view}', args=args)}"


@pytest.mark.parametrize(
    ("view", "args"),
    [
        ("structure_list", []),
        ("place_list", []),
        ("structure_detail", ["les-amis-du-moulin"]),
        ("place_detail", ["le-moulin"]),
        ("place_detail", ["la-bibliotheque"]),
        ("place_edit", ["le-moulin"]),
        ("structure_new", []),
    ],
)
def test_no_page_has_a_fault_of_accessibility(
    screen, live_server, atlas, sign_in, faults, view, args
):
    sign_in(screen)
    screen.goto(address(live_server, view, *args))
    assert faults(screen) == []
    width = screen.evaluate("document.documentElement.scrollWidth")
    assert width <= screen.viewport_size["width"]


def test_filters_renew_the_list_and_the_address(page, live_server, atlas):
    page.goto(address(live_server, "place_list"))
    expect(page.locator("#result-count")).to_have_text("2 résultats")
    page.locator("#filters").get_by_text("patrimoine technique").click()
    expect(page.locator("#result-count")).to_have_text("1 résultat")
    assert "family=patrimoine" in page.url
    page.reload()
    expect(page.get_by_role("heading", name="Le Moulin")).to_be_visible()
    page.get_by_role("link", name="patrimoine technique").click()
    expect(page.locator("#result-count")).to_have_text("2 résultats")


def test_filters_work_without_javascript(plain, live_server, atlas):
    plain.goto(address(live_server, "place_list"))
    plain.locator("#filters").get_by_text("patrimoine technique").click()
    plain.get_by_role("button", name="Appliquer").click()
    expect(plain.locator("#result-count")).to_have_text("1 résultat")
    plain.get_by_label("Autour de").fill("Amiens")
    plain.get_by_role("button", name="Voir", exact=True).click()
    expect(plain.locator("#result-count")).to_have_text("0 résultat")


def test_a_commune_is_chosen_with_the_keyboard(page, live_server, atlas):
    page.goto(address(live_server, "place_list"))
    box = page.get_by_label("Autour de")
    box.press_sequentially("lil", delay=30)
    expect(page.get_by_role("option", name="Lille (Nord)")).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("Lille (Nord)")
    box.press("Enter")
    expect(page.locator("#result-count")).to_have_text("1 résultat")
    assert "commune=59350" in page.url


def test_a_place_is_proposed_in_spite_of_a_mistake_and_a_namesake(
    page, live_server, atlas, sign_in
):
    sign_in(page)
    page.goto(address(live_server, "place_new"))
    page.get_by_label("Nom (obligatoire)").fill("LE MOULIN")
    page.get_by_label("Nature (obligatoire)").select_option("mill")
    page.get_by_label("Commune (obligatoire)").fill("Lile")
    page.get_by_label("Tarifs").fill("Trois euros")
    page.get_by_role("button", name="Envoyer à l’agence").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator(".error-summary")).to_contain_text("Lille (59350)")
    expect(page.get_by_label("Tarifs")).to_have_value("Trois euros")

    page.get_by_label("Commune (obligatoire)").fill("59000 Lille")
    page.get_by_role("button", name="Envoyer à l’agence").click()
    expect(page.get_by_role("link", name="C’est la même")).to_be_visible()
    page.get_by_role("button", name="créer quand même").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("LE MOULIN")
    expect(page.locator("main")).to_contain_text("L’agence va vérifier")
    assert Place.objects.count() == 3


def test_a_member_changes_a_place_without_javascript(
    plain, live_server, atlas, sign_in
):
    sign_in(plain, MembershipFactory(structure=atlas.structure).user)
    plain.goto(address(live_server, "place_edit", "le-moulin"))
    plain.get_by_label("Toilettes adaptées").select_option("true")
    plain.get_by_role("button", name="Enregistrer").click()
    expect(plain.locator("main")).to_contain_text("enregistré et visible")
    expect(plain.locator("main")).to_contain_text("Toilettes adaptées")
    atlas.refresh_from_db()
    assert atlas.access["sanitaires_adaptes"] is True


def test_the_way_from_a_place_to_its_structure_and_its_filters(
    page, live_server, atlas
):
    page.goto(address(live_server, "place_detail", "le-moulin"))
    page.get_by_role("link", name="Les Amis du Moulin").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Les Amis du Moulin")
    expect(page.locator(".chain .covered")).to_have_count(2)
    expect(page.get_by_role("link", name="La revendiquer")).to_be_visible()
    page.get_by_role("link", name="scénographie").click()
    expect(page.locator("#result-count")).to_have_text("1 résultat")
