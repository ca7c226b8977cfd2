"""Access, white zones and siting: by mouse, by keyboard, on a phone, without a script."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.accounts.choices import Role
from maillage.observatory.models import SitingScenario
from maillage.observatory.services import scenarios
from maillage.observatory.services.access import Choice
from maillage.observatory.services.siting import what_if
from maillage.territories.choices import DensityClass
from tests.factories.accounts import UserFactory
from tests.factories.circulation import CopyFactory
from tests.factories.directory import PlaceFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory, EpciFactory

OCTOBER = dt.date(2026, 10, 1)
DRAWN = "[data-state=idle]"


@pytest.fixture
def region():
    """Lille with a museum and a depot, and the far Hirson with nothing."""
    lille = CommuneFactory(lille=True, density_class=DensityClass.DENSE)
    CommuneFactory(
        insee="02381", name="Hirson", lon=4.08, lat=49.92, population=9_000,
        department=DepartmentFactory(code="02", name="Aisne"),
        epci=EpciFactory(siren="240200444", name="Trois Rivières"),
    )  # fmt: skip
    PlaceFactory(name="Muséum", kind="museum", commune=lille, lon=3.06, lat=50.63)
    store = PlaceFactory(
        name="Réserve", kind="library", commune=lille, lon=3.3, lat=50.4
    )
    CopyFactory(depot=store)
    return lille


@pytest.fixture
def scenario(region):
    row = scenarios.create(
        name="Thiérache", question="Où ?", choice=Choice(), month=OCTOBER,
        by=UserFactory(role=Role.AGENCY), now=timezone.now(),
    )  # fmt: skip
    add = {"act": "add", "site": "", "name": "Atelier", "lon": 4.08, "lat": 49.92}
    return scenarios.add_changes(row, [add], revision=1)


def opened(page, live_server, name, *args, query=""):
    page.goto(live_server.url + reverse(f"observatory:{name}", args=args) + query)


def test_access_says_its_finding_and_paints_the_map(
    screen, live_server, region, faults
):
    opened(screen, live_server, "access_map")
    screen.locator(f"maillage-access-map{DRAWN}").wait_for()

    expect(screen.locator(".equity-finding")).to_contain_text(
        "n’ont rien à moins de 30 minutes"
    )
    assert faults(screen) == []


def test_each_month_has_its_small_map_and_its_column(
    screen, live_server, region, faults
):
    opened(screen, live_server, "access_map")
    months = screen.locator(".equity-months")

    expect(months.get_by_role("img")).to_have_count(12)
    months.get_by_text("En chiffres").click()
    expect(months.get_by_role("columnheader")).to_have_count(13)
    assert faults(screen) == []
    assert not screen.evaluate("document.documentElement.scrollWidth > innerWidth")
    months.locator(".chart-panel-title a").last.click()
    expect(months.locator(".chart-panel-title a[aria-current]")).to_have_count(1)
    expect(screen).to_have_url(re.compile("month="))


def test_white_zones_are_listed_and_drawn(screen, live_server, region, faults):
    opened(screen, live_server, "white_zones", query="?commune=02381")
    screen.locator(f"maillage-access-map{DRAWN}").wait_for()

    expect(screen.get_by_role("rowheader", name=re.compile("Hirson"))).to_be_visible()
    expect(
        screen.get_by_role("heading", name="Ce qui pourrait aller à Hirson")
    ).to_be_visible()
    assert faults(screen) == []


def test_another_reach_changes_the_sentence_in_place(page, live_server, region):
    opened(page, live_server, "access_map")
    page.get_by_label("Jusqu’à").select_option("45")

    expect(page.locator(".equity-finding")).to_contain_text("45 minutes")
    expect(page).to_have_url(re.compile("reach=45"))


def test_on_a_phone_the_choice_is_in_a_drawer(new_context, watch, live_server, region):
    page = watch(new_context(viewport={"width": 390, "height": 844}).new_page())
    opened(page, live_server, "access_map")
    expect(page.get_by_label("Thème", exact=True)).to_be_hidden()

    page.get_by_role("button", name="Thème, public, mois…").click()
    page.get_by_label("Offre").select_option("loans")
    page.get_by_role("button", name="Fermer").click()

    expect(page.locator(".equity-finding")).to_contain_text("100,0 % des habitants")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_without_a_script_the_button_shows_what_is_chosen(plain, live_server, region):
    opened(plain, live_server, "access_map")
    plain.get_by_label("Jusqu’à").select_option("15")
    plain.get_by_role("button", name="Montrer").click()

    expect(plain.locator(".equity-finding")).to_contain_text("15 minutes")
    expect(plain.get_by_role("rowheader", name="Trois Rivières").first).to_be_visible()


PAGES = (
    "siting_list",
    "siting_new",
    "siting_detail",
    "siting_front",
    "siting_compare",
    "siting_register",
)


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_siting_have_no_accessibility_fault(
    screen, live_server, sign_in, scenario, faults, name
):
    sign_in(screen, role=Role.AGENCY)
    if name == "siting_register":
        scenarios.decide(
            scenario,
            state="kept",
            reasons="Utile",
            revision=2,
            by=scenario.made_by,
            now=timezone.now(),
        )
    args = [scenario.pk] if name in {"siting_detail", "siting_front"} else []
    opened(screen, live_server, name, *args, query=f"?scenario={scenario.pk}")
    if name in {"siting_detail", "siting_compare"}:
        screen.locator(DRAWN).first.wait_for()

    assert faults(screen) == []


def test_a_dragged_place_changes_the_figures_and_is_kept(
    page, live_server, sign_in, scenario
):
    sign_in(page, role=Role.AGENCY)
    opened(page, live_server, "siting_detail", scenario.pk)
    marker = page.locator(".siting-site.is-new")
    marker.wait_for()
    expect(page.locator("#chiffres")).to_contain_text("9\u202f000 habitants y gagnent")

    box = marker.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=6)
    expect(page.locator("#chiffres")).not_to_contain_text(
        "9\u202f000 habitants y gagnent"
    )
    before = SitingScenario.objects.get().changes
    page.mouse.up()

    page.wait_for_load_state()
    expect(page.locator("input[name=revision]").first).to_have_value("3")
    (after,) = SitingScenario.objects.get().changes
    assert before[0]["lon"] == 4.08
    assert after["act"] == "add"
    assert after["lon"] < 4.0


def test_a_click_on_the_map_adds_what_is_chosen(page, live_server, sign_in, scenario):
    sign_in(page, role=Role.AGENCY)
    opened(page, live_server, "siting_detail", scenario.pk)
    page.locator(".siting-site.is-new").wait_for()
    page.get_by_label("Ce qui est ajouté", exact=True).select_option("depot")

    page.locator("[data-map-frame]").click(position={"x": 120, "y": 160})

    expect(page.get_by_text("Ajouter un dépôt")).to_be_visible()
    row = SitingScenario.objects.get()
    assert [change.get("sort") for change in row.changes] == [None, "depot"]
    outcome = what_if(Choice(), row.changes, month=OCTOBER)
    assert len(outcome.depots_after) == len(outcome.depots_before) + 1


def test_by_keyboard_alone_a_place_is_added_taken_back_and_decided(
    page, live_server, sign_in, scenario
):
    sign_in(page, role=Role.AGENCY)
    opened(page, live_server, "siting_detail", scenario.pk)

    page.get_by_label("Nom de ce qui est ajouté").focus()
    page.keyboard.type("Bus")
    page.get_by_label("Commune où l’ajouter ou le mettre").focus()
    page.keyboard.type("Lille")
    page.get_by_role("button", name="Essayer", exact=True).focus()
    page.keyboard.press("Enter")
    taken = page.get_by_role("button", name="Retirer : Ajouter : Bus")
    expect(taken).to_be_visible()

    taken.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ajouter : Bus")).to_have_count(0)

    page.get_by_label("Raisons du choix").focus()
    page.keyboard.type("Le plus utile")
    page.get_by_role("button", name="Inscrire au registre").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="La décision")).to_be_visible()


def test_without_a_script_a_place_is_moved_by_the_form(
    plain, live_server, sign_in, scenario
):
    sign_in(plain, role=Role.AGENCY)
    opened(plain, live_server, "siting_detail", scenario.pk)

    plain.get_by_label("déplacer", exact=True).check()
    plain.get_by_label("Lieu ou dépôt à déplacer ou fermer").select_option("Muséum")
    plain.get_by_label("Commune où l’ajouter ou le mettre").fill("Hirson")
    plain.get_by_role("button", name="Essayer", exact=True).click()

    expect(plain.get_by_text("Déplacer : Muséum").first).to_be_visible()
    expect(plain.locator("#chiffres")).to_contain_text("236\u202f710 y perdent")


def test_an_observer_reads_and_has_no_button_to_change(
    page, live_server, sign_in, scenario
):
    sign_in(page, role=Role.OBSERVER)
    opened(page, live_server, "siting_detail", scenario.pk)
    page.locator(f"maillage-siting{DRAWN}").wait_for()

    expect(page.get_by_role("button", name="Essayer", exact=True)).to_have_count(0)
    expect(page.locator(".siting-site")).to_have_count(0)
