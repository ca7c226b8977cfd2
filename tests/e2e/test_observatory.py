"""The observatory in a browser: from the first page to a board, an indicator, an alert."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.observatory.models import Alert, AlertRule
from tests.factories.observatory import NOW, IndicatorFactory, ObservationFactory
from tests.factories.territories import CommuneFactory


@pytest.fixture
def figures():
    """A rate with five years in the region, in a department, an EPCI and two communes."""
    lille = CommuneFactory(lille=True)
    other = CommuneFactory(density_class=lille.density_class)
    rate = IndicatorFactory(
        code="taux", name="Taux d’accès", rank=1, aggregation="rate", scale=100,
        weight_name="habitants", unit="% de la population", decimals=1,
    )  # fmt: skip
    places = [("region", "32"), ("department", "59"), ("epci", "200093201"),
              ("commune", lille.insee), ("commune", other.insee)]  # fmt: skip
    for n, (level, code) in enumerate(places):
        for year in range(2020, 2025):
            ObservationFactory(
                indicator=rate, level=level, code=code, period=str(year),
                value=40.0 + n + year - 2020, numerator=40.0 + n, denominator=100.0,
                status="provisional" if year == 2024 else "final",
            )  # fmt: skip
    rate.observations.filter(code=other.insee).update(hidden="few")
    return rate


@pytest.mark.parametrize("look", ["page", "plain"])
def test_a_resident_finds_the_board_of_a_commune(request, look, live_server, figures):
    page = request.getfixturevalue(look)
    page.goto(live_server.url + reverse("observatory:home"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("en chiffres")
    expect(page.locator(".key-value strong").first).to_have_text("44,0")
    page.get_by_label("Une commune, une intercommunalité").fill("Lille")
    page.get_by_role("button", name="Voir", exact=True).click()
    page.get_by_role("link", name="Lille", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Lille")
    expect(page.get_by_text("région", exact=True)).to_be_visible()
    page.get_by_role("link", name="Taux d’accès").click()
    expect(page.locator("figure.chart svg").first).to_be_visible()
    page.get_by_text("En chiffres").first.click()
    expect(page.get_by_role("cell", name="43,0", exact=True).first).to_be_visible()


def test_the_agency_watches_an_indicator_and_answers(
    page, live_server, figures, sign_in
):
    sign_in(page, agency=True)
    page.goto(live_server.url + figures.get_absolute_url())
    page.get_by_role("link", name="Surveiller cet indicateur").click()
    page.get_by_label("Sorte").select_option("threshold")
    page.get_by_label("Niveau").select_option("region")
    page.get_by_label("Alerter au-dessus de").fill("42")
    page.get_by_role("button", name="Enregistrer").click()

    expect(page.get_by_text("au-dessus de 42,0").first).to_be_visible()
    page.get_by_text("Répondre").first.click()
    page.get_by_label("Explication").fill("Nouvelle méthode")
    page.get_by_role("button", name="Noter la réponse").click()
    expect(page.get_by_text("Nouvelle méthode").first).to_be_visible()


def test_the_agency_types_a_figure(page, live_server, figures, sign_in):
    sign_in(page, agency=True)
    page.goto(live_server.url + reverse("observatory:observation_new", args=["taux"]))
    page.get_by_label("Niveau").select_option("commune")
    page.get_by_label("Territoire").fill("Lille")
    page.get_by_label("Période").fill("2025")
    page.get_by_label("Numérateur").fill("30")
    page.get_by_label("Dénominateur").fill("60")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".key-headline strong")).to_have_text("50,0")


def test_the_pages_have_no_barrier_in_either_look(
    screen, live_server, figures, sign_in, faults
):
    rule = AlertRule.objects.create(
        indicator=figures, kind="threshold", level="region", above=1, created_at=NOW
    )
    Alert.objects.create(
        rule=rule, level="region", code="32", period="2024", value=44, expected=1,
        raised_at=NOW, seen_at=NOW,
    )  # fmt: skip
    sign_in(screen, agency=True)
    for name, args in (
        ("home", []), ("indicator_list", []), ("indicator_detail", ["taux"]),
        ("territory_list", []), ("territory_detail", ["commune", "59350"]),
        ("territory_detail", ["region", "32"]), ("alert_list", []),
        ("alert_rule_edit", [rule.pk]), ("indicator_edit", ["taux"]),
        ("observation_new", ["taux"]), ("observation_import", []),
    ):  # fmt: skip
        screen.goto(live_server.url + reverse(f"observatory:{name}", args=args))
        assert faults(screen) == [], name
        wide = screen.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, name


def test_a_reader_goes_from_groups_to_communes(screen, live_server, figures, faults):
    screen.goto(live_server.url + figures.get_absolute_url())
    expect(screen.locator("#around td").first).to_have_text("46,0")
    screen.get_by_label("Niveau").select_option("commune")

    expect(screen.locator("#around").get_by_role("link", name="Lille")).to_be_visible()
    expect(screen.locator("#around .figure-secret").first).to_have_text("secret")
    expect(screen.locator("maillage-indicator-map[data-state=idle]")).to_be_visible()
    assert "niveau=commune" in screen.url
    screen.locator("maillage-indicator-map").scroll_into_view_if_needed()
    assert faults(screen) == []


def test_the_table_of_communes_needs_no_script(plain, live_server, figures):
    plain.goto(live_server.url + figures.get_absolute_url())
    plain.get_by_label("Niveau").select_option("commune")
    plain.get_by_role("button", name="Voir", exact=True).click()

    expect(plain.locator("#around").get_by_role("link", name="Lille")).to_be_visible()
    expect(plain.locator("maillage-indicator-map")).to_be_hidden()
