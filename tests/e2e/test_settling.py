"""Payments of places: compared, kept, decided; axe looks on."""

import datetime as dt

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.passport.models import Settlement
from maillage.passport.services import settling
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.settling import (
    CheckInFactory,
    SettlementFactory,
    SettlementRuleFactory,
)
from tests.factories.territories import CommuneFactory

NOW = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)
PERIOD = "?starts_on=2026-01-01&last_on=2026-03-31"


@pytest.fixture
def places():
    found = [
        PlaceFactory(name="Musée de la mer", listed=True),
        PlaceFactory(
            name="Jardin des étoiles",
            kind="garden",
            commune=CommuneFactory(amiens=True),
            listed=True,
        ),
    ]
    for place in found:
        CheckInFactory.create_batch(2, place=place, people=3, distance_km=40.0)
    CheckInFactory(place=found[0], flagged=True)
    return found


@pytest.fixture
def done(places):
    draft = SettlementFactory()
    seen = settling.digest_of(draft, settling.computed(draft))
    by = UserFactory(agency=True)
    return settling.decide(draft, seen=seen, by=by, now=NOW, today=NOW.date())


def url(name, *args):
    return reverse(f"passport:{name}", args=args)


def test_axe_finds_nothing_on_payments(
    screen, live_server, sign_in, places, done, faults
):
    sign_in(screen, role="agency")
    bonus = SettlementRuleFactory(equity=True)
    draft = SettlementFactory(name="Projet", rule=bonus)
    rules = f"&rules={done.rule_id}&rules={bonus.pk}"
    for address in (
        url("settlement_list"),
        url("settlement_simulate") + PERIOD + rules,
        url("settlement_simulate") + PERIOD,
        url("settlement_rule_new") + "?regle=price_share",
        url("settlement_rule_edit", done.rule_id),
        url("settlement_detail", draft.pk),
        url("settlement_detail", done.pk),
    ):
        screen.goto(live_server.url + address)
        assert faults(screen) == [], address

    sign_in(screen, MembershipFactory(structure=places[0].structure).user)
    line = url("settlement_line", done.pk, places[0].slug)
    for address in (url("settlement_mine"), line):
        screen.goto(live_server.url + address)
        assert faults(screen) == [], address


def test_the_agency_pays_without_javascript(plain, live_server, sign_in, places):
    sign_in(plain, role="agency")
    rule = SettlementRuleFactory()
    address = url("settlement_simulate") + f"{PERIOD}&rules={rule.pk}"
    plain.goto(live_server.url + address)
    plain.get_by_label("Budget").fill("100,01")
    plain.get_by_role("button", name="Comparer").click()

    plain.get_by_label("Nom du projet").fill("Premier trimestre")
    plain.get_by_role("button", name="Garder comme projet").click()
    expect(plain.get_by_role("heading", name="Premier trimestre")).to_be_visible()
    plain.get_by_role("button", name="Arrêter 100,01").click()

    expect(plain.get_by_text("les lignes sont celles")).to_be_visible()
    with plain.expect_download() as file:
        plain.get_by_role("link", name="CSV", exact=True).click()
    assert file.value.suggested_filename == (
        f"passeport-paiements-{Settlement.objects.get().pk}.csv"
    )


def test_what_came_after_the_decision_is_read_on_both_payments(
    screen, live_server, sign_in, places, done, faults
):
    CheckInFactory.create_batch(2, place=places[0], people=3)
    CheckInFactory(place=places[1], happened_on=dt.date(2026, 5, 20))
    draft = SettlementFactory(
        name="Deuxième trimestre",
        starts_on=dt.date(2026, 4, 1),
        ends_on=dt.date(2026, 7, 1),
    )
    sign_in(screen, role="agency")
    screen.goto(live_server.url + url("settlement_list"))
    expect(screen.get_by_text("2 passages sont arrivés après")).to_be_visible()
    screen.get_by_role("link", name="Deuxième trimestre").click()
    late = screen.get_by_role("table").first
    expect(late.get_by_role("link", name=done.name)).to_be_visible()
    assert faults(screen) == []
    assert not screen.evaluate("document.documentElement.scrollWidth > innerWidth")

    screen.get_by_role("button", name="Arrêter 100").click()
    expect(screen.get_by_text("les lignes sont celles")).to_be_visible()
    assert faults(screen) == []
    screen.goto(live_server.url + url("settlement_detail", done.pk))
    expect(screen.get_by_text("ils sont payés par")).to_be_visible()
    screen.get_by_role("link", name="Voir ce paiement").click()
    expect(screen.get_by_role("heading", name=draft.name)).to_be_visible()
