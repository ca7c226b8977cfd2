import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.circulation.models import Copy
from tests.factories.circulation import ComponentFactory, CopyFactory, LoanFactory
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory

PAGES = {
    "copy_list": [],
    "copy_detail": ["NUA001-1"],
    "copy_edit": ["NUA001-1"],
    "copy_state": ["NUA001-1"],
    "component_list": ["NUA001-1"],
    "label_sheets": ["NUA001-1"],
    "copy_import": [],
    "copy_new": ["nuages"],
    "lending_rules": ["forum"],
    "resource_calendar": ["nuages"],
    "free_windows": [],
}


@pytest.fixture
def copy():
    CommuneFactory(lille=True)
    copy = CopyFactory(
        label="NUA001-1", resource__name="Nuages", resource__slug="nuages",
        resource__owner__slug="forum",
    )  # fmt: skip
    crate = ComponentFactory(copy=copy, kind="crate", label="NUA001-1-C1")
    ComponentFactory(copy=copy, crate=crate)
    LoanFactory(copy=copy, host__name="Médiathèque de Lens")
    return copy


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner).user


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_copies_have_no_fault(
    screen, live_server, sign_in, owner, faults, name
):
    sign_in(screen, owner)
    screen.goto(live_server.url + reverse(f"circulation:{name}", args=PAGES[name]))

    assert faults(screen) == []
    wide = (
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert screen.evaluate(wide)


@pytest.mark.parametrize("view", ["", "&vue=saison"])
def test_calendars_have_no_fault(screen, live_server, sign_in, owner, faults, view):
    sign_in(screen, owner)
    for address in ("/exemplaires/NUA001-1/", "/ressources/nuages/calendrier/"):
        screen.goto(f"{live_server.url}{address}?mois=2026-10{view}")

        assert faults(screen) == []


def test_months_turn_in_place_by_keyboard(page, live_server, copy):
    page.goto(f"{live_server.url}/ressources/nuages/calendrier/?mois=2026-10")
    page.evaluate("() => { window.samePage = true }")

    page.get_by_role("link", name=re.compile("^Novembre 2026")).press("Enter")

    expect(page.get_by_role("table", name="Novembre 2026")).to_be_visible()
    expect(page).to_have_url(re.compile("mois=2026-11"))
    assert page.evaluate("() => window.samePage")


def test_crates_are_listed_without_javascript(plain, live_server, sign_in, owner, copy):
    sign_in(plain, owner)
    plain.goto(
        live_server.url + reverse("circulation:component_list", args=["NUA001-1"])
    )

    plain.locator("[name=n0-name]").fill("Panneau des nimbus")
    plain.get_by_role("button", name="Enregistrer").click()

    expect(plain.get_by_text("La liste est enregistrée.")).to_be_visible()
    assert copy.components.filter(name="Panneau des nimbus").exists()


def test_what_is_free_soon_leads_to_a_request(page, live_server, copy):
    page.goto(live_server.url + reverse("circulation:free_windows"))

    page.get_by_label("Durée (jours)").fill("10")
    page.get_by_label("Durée (jours)").press("Enter")
    expect(page.get_by_text("libre 10 jours de suite")).to_be_visible()
    page.get_by_role("link", name=re.compile("Demander ces dates")).first.click()

    expect(page).to_have_url(re.compile("/emprunter/.*debut="))


def test_a_copy_is_added_with_its_proposed_label(
    page, live_server, sign_in, owner, copy
):
    sign_in(page, owner)
    page.goto(live_server.url + reverse("circulation:copy_new", args=["nuages"]))

    page.get_by_label("Dépôt").select_option(index=1)
    page.get_by_role("button", name="Enregistrer").click()

    expect(page.get_by_text("L’exemplaire est enregistré.")).to_be_visible()
    assert Copy.objects.count() == 2
