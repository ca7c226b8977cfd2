"""Results of a survey in a browser: read, choose, code texts, with and without JavaScript."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.surveys.models import Answer
from maillage.surveys.services.results_texts import set_themes
from tests.factories.accounts import UserFactory
from tests.surveys.results import answered_wave, tell


@pytest.fixture
def wave():
    wave = answered_wave(slug="lue")
    tell(wave, questions=["active", "colour", "likes"])
    return wave


def url(live_server, name, *args):
    return live_server.url + reverse(f"surveys:{name}", args=args)


def test_results_are_read_without_javascript(plain, live_server, wave):
    plain.goto(url(live_server, "result_detail", "lue"))
    expect(
        plain.get_by_role("heading", name="Qui a répondu", exact=True)
    ).to_be_visible()
    plain.get_by_label("Pour qui ?").select_option("kind:association")
    plain.get_by_role("button", name="Montrer").click()
    expect(plain.get_by_text("Chiffres de : Association")).to_be_visible()
    plain.get_by_role("link", name="Croiser et cartographier").click()
    plain.get_by_label("Détaillée comment ?").select_option("department")
    plain.get_by_role("button", name="Montrer").click()
    expect(plain.get_by_label("Réponse sur la carte")).to_be_visible()


@pytest.mark.parametrize("name", ["result_detail", "result_cross"])
def test_results_have_no_fault_that_axe_finds(screen, live_server, wave, faults, name):
    screen.goto(url(live_server, name, "lue"))
    expect(screen.get_by_role("heading", level=1)).to_be_visible()
    assert faults(screen) == []
    width = screen.evaluate("document.documentElement.scrollWidth")
    assert width <= screen.viewport_size["width"]


def test_the_agency_codes_texts_with_the_keyboard(
    page, live_server, wave, sign_in, faults
):
    agency = sign_in(page, role="agency")
    set_themes(wave, "wish", lines="Adresse : puits\nAutre", by=agency)
    page.goto(url(live_server, "text_coding", "lue", "wish"))
    first, second = page.get_by_label("Adresse"), page.get_by_label("Autre")
    expect(first).to_be_checked()
    assert faults(page) == []
    page.keyboard.press("2")
    expect(second).to_be_checked()
    page.keyboard.press("1")
    expect(first).not_to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 classées")).to_have_count(0)
    expect(page.get_by_label("Autre")).not_to_be_checked()
    coded = Answer.objects.exclude(themes=[]).get()
    assert coded.themes == ["autre"]


def test_the_agency_prepares_results(page, live_server, sign_in, faults):
    answered_wave(slug="prete", number=40, asked=40)
    sign_in(page, user=UserFactory(agency=True))
    page.goto(url(live_server, "release_new", "prete"))
    assert faults(page) == []
    boxes = page.get_by_role("checkbox")
    for rank in range(2, boxes.count() - 1):
        boxes.nth(rank).uncheck()
    page.get_by_role("button", name="Calculer").click()
    expect(page.get_by_text("Cases publiées")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_text("Les résultats sont publiés")).to_be_visible()
