import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory


@pytest.fixture
def region():
    CommuneFactory(lille=True)
    CommuneFactory(amiens=True)
    StructureFactory(name="Association MITRAM", listed=True)
    return PlaceFactory(name="Palais de l’Univers", kind="planetarium", listed=True)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/recherche/?q=palais",
        "/pres-de-chez-moi/?commune=Lille",
        "/a-propos/",
        "/a-propos/composants/",
        "/accessibilite/",
        "/mentions-legales/",
        "/confidentialite/",
        "/nulle-part/",
    ],
)
def test_public_pages_have_no_fault(screen, live_server, region, faults, address):
    screen.goto(live_server.url + address)

    assert faults(screen) == []


def test_a_word_is_completed_and_chosen_by_keyboard(page, live_server, region):
    page.goto(live_server.url + reverse("portal:home"))
    box = page.locator("#home-search")

    box.press_sequentially("palai")
    expect(page.get_by_role("option", name=re.compile("Palais"))).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")

    expect(page).to_have_url(live_server.url + region.get_absolute_url())


def test_a_marked_suggestion_stays_marked_when_a_later_answer_comes(
    page, live_server, region
):
    page.goto(live_server.url + reverse("portal:home"))
    box = page.locator("#home-search")
    box.press_sequentially("pala")
    option = page.get_by_role("option", name=re.compile("Palais"))
    expect(option).to_be_visible()
    box.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")

    with page.expect_response(lambda answer: answer.url.endswith("q=palai")):
        box.press("i")

    expect(option).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(page).to_have_url(live_server.url + region.get_absolute_url())


def test_a_family_finds_what_is_near_without_javascript(plain, live_server, region):
    plain.goto(live_server.url + reverse("portal:home"))

    plain.locator("#near-commune").fill("Lille")
    plain.get_by_role("button", name="Voir").click()

    expect(plain.get_by_role("heading", name="Près de Lille")).to_be_visible()
    expect(plain.get_by_role("link", name="Palais de l’Univers")).to_be_visible()


def test_a_filter_updates_in_place_and_stays_in_the_address(page, live_server, region):
    PlaceFactory(name="Musée de la mine", themes=["industry"], listed=True)
    page.goto(live_server.url + reverse("portal:search"))
    page.evaluate("() => { window.samePage = true }")

    page.locator("label").filter(has_text="industrie").first.click()

    expect(page).to_have_url(re.compile("theme=industry"))
    expect(page.get_by_role("link", name="Musée de la mine")).to_be_visible()
    expect(page.get_by_role("link", name="Palais de l’Univers")).to_have_count(0)
    assert page.evaluate("() => window.samePage")


def test_the_site_speaks_english_when_asked(page, live_server, region):
    page.goto(live_server.url + reverse("portal:home"))

    page.get_by_role("button", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Explore", exact=False).first).to_be_visible()
