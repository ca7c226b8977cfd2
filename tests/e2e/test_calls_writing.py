"""A form that saves itself: errors beside their boxes, and two people on one page."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.calls.models import Application
from tests.calls.written import fill
from tests.factories.accounts import UserFactory
from tests.factories.calls import SIRET, ApplicationFactory
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory


@pytest.fixture
def member():
    CommuneFactory(lille=True)
    return MembershipFactory(structure__siret=SIRET)


@pytest.fixture
def draft(member):
    row = ApplicationFactory(structure=member.structure, by=member.user)
    fill(row, by=member.user, now=timezone.now())
    return row


def write(live_server, row, section):
    path = reverse("calls:application_write", args=[row.number])
    return f"{live_server.url}{path}?partie={section}"


def test_what_is_wrong_is_told_beside_its_box_at_once(
    page, live_server, sign_in, member, draft, faults
):
    sign_in(page, member.user)
    page.goto(write(live_server, draft, "structure"))
    box = page.get_by_label("SIRET de la structure")
    box.fill("732829320")

    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_value("732829320")
    told = page.locator("#id_siret_error")
    expect(told).to_contain_text("SIRET")
    expect(box).to_have_accessible_description(re.compile("Ce n’est pas un SIRET"))
    assert faults(page) == []

    box.fill(SIRET)
    expect(told).to_have_count(0)
    expect(box).not_to_have_attribute("aria-invalid", "true")

    page.goto(write(live_server, draft, "money"))
    page.get_by_label("Recettes, Montant (€), ligne 2").fill("un peu")
    group = page.get_by_role("group", name="Budget du projet")
    expect(group.locator(".errorlist")).to_contain_text("un peu")
    told = re.compile(r"\bid_budget_error$")
    expect(group).to_have_attribute("aria-describedby", told)
    assert faults(page) == []
    page.reload()
    expect(group.locator(".errorlist")).to_contain_text("un peu")


def test_what_the_other_author_writes_comes_where_one_has_not_written(
    page, new_context, live_server, sign_in, member, draft
):
    zoe = UserFactory(display_name="Zoé")
    draft.authors.create(user=zoe, added_at=timezone.now())
    sign_in(page, member.user)
    page.goto(write(live_server, draft, "project"))
    other = new_context().new_page()
    sign_in(other, zoe)
    other.goto(write(live_server, draft, "project"))

    other.get_by_label("Titre du projet").fill("Le titre de Zoé")
    expect(other.get_by_text("Enregistré à")).to_be_visible()
    page.get_by_label("Résumé").fill("Mon résumé")

    expect(page.get_by_label("Titre du projet")).to_have_value("Le titre de Zoé")
    expect(page.get_by_text("Changé par Zoé")).to_be_visible()
    expect(page.get_by_label("Résumé")).to_have_value("Mon résumé")
    page.get_by_label("Titre du projet").fill("Un titre à deux")
    page.get_by_role("button", name="Enregistrer et rester ici").click()

    row = Application.objects.get()
    assert row.answers["title"] == "Un titre à deux"
    assert row.answers["summary"] == "Mon résumé"
    assert row.asides == {}
