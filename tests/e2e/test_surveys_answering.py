"""Answering in real browsers: alone, two at once, without the site, without JavaScript."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.surveys.models import Answer, AnswerChange, Response
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import PlaceFactory
from tests.factories.surveys import UnitFactory

WIDE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture
def unit():
    today = timezone.localdate()
    unit = UnitFactory(
        wave__opens_on=today, wave__closes_on=today, wave__slug="2025",
        structure__website="https://vieux.example.org",
    )  # fmt: skip
    PlaceFactory(structure=unit.structure)
    ResourceFactory(owner=unit.structure, name="Malle des nuages")
    return unit


@pytest.fixture
def opened(live_server, unit):
    """Open a page of the respondent: ``opened(page, "section", "vous")``."""

    def go(page, name, *more):
        path = reverse(f"surveys:answer_{name}", args=[unit.token, *more])
        page.goto(live_server.url + path)
        if (
            name == "section"
            and page.locator("maillage-answers").get_attribute("data-ready") is None
        ):
            page.wait_for_timeout(300)
        return page

    return go


@pytest.fixture
def loose(new_context):
    """A page whose errors are wanted: it has no network for a while."""
    return new_context().new_page()


def state(page):
    return page.locator("[data-role=state]")


def value(code):
    return Answer.objects.get(question=code).value


def test_each_answer_is_saved_as_one_types(page, opened):
    opened(page, "section", "vous")
    page.get_by_label("Votre nom").fill("Forum des sciences")

    expect(state(page)).to_have_text(re.compile("Enregistré à"))
    assert value("nom") == "Forum des sciences"
    page.reload()
    expect(page.get_by_label("Votre nom")).to_have_value("Forum des sciences")


def test_questions_appear_and_sums_are_made_at_once(page, opened):
    opened(page, "section", "vous")
    expect(page.get_by_label("Bénévoles")).to_be_hidden()
    page.get_by_label("Salariés").fill("0")
    expect(page.get_by_label("Bénévoles")).to_be_visible()
    expect(state(page)).to_have_text(re.compile("Enregistré à"))

    opened(page, "section", "lieux")
    page.get_by_label("Prêts", exact=True).fill("7")
    expect(page.locator("[data-calculated=prets]")).to_have_text("7")
    expect(state(page)).to_have_text(re.compile("Enregistré à"))


def test_what_is_proposed_is_confirmed_with_one_press(page, opened):
    opened(page, "section", "lieux")
    page.locator("[data-confirm=lieux_nombre]").click()

    expect(page.get_by_label("Combien de lieux ?")).to_have_value("1")
    expect(state(page)).to_have_text(re.compile("Enregistré à"))
    assert value("lieux_nombre") == 1


def test_nothing_typed_is_lost_while_the_site_does_not_answer(loose, opened):
    page = loose
    opened(page, "section", "vous")
    page.context.set_offline(True)
    page.get_by_label("Votre nom").fill("Écrit sans réseau")
    expect(state(page)).to_have_text(re.compile("Gardé sur cet appareil"))
    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(page.get_by_label("Votre nom")).to_have_value("Écrit sans réseau")
    assert not Answer.objects.filter(question="nom").exists()

    page.context.set_offline(False)
    expect(state(page)).to_have_text(re.compile("Enregistré à"), timeout=15_000)
    assert value("nom") == "Écrit sans réseau"


def test_a_page_that_was_closed_without_the_site_sends_later(loose, opened):
    page = loose
    opened(page, "section", "vous")
    page.route("**/noter/", lambda route: route.abort())
    page.get_by_label("Votre nom").fill("Gardé ici")
    expect(state(page)).to_have_text(re.compile("Gardé sur cet appareil"))
    context = page.context
    page.close()
    page = context.new_page()

    opened(page, "section", "vous")

    # What leaving sends passes by any route: the site may know it already.
    expect(page.get_by_label("Votre nom")).to_have_value("Gardé ici")
    expect(state(page)).to_have_text(re.compile("Enregistré à"))
    assert value("nom") == "Gardé ici"


def test_two_people_see_each_others_answers(page, opened, new_context, watch):
    other = watch(new_context().new_page())
    opened(page, "section", "vous")
    opened(other, "section", "vous")

    page.get_by_label("Votre nom").fill("Forum")
    expect(state(page)).to_have_text(re.compile("Enregistré à"))

    expect(other.get_by_label("Votre nom")).to_have_value("Forum", timeout=10_000)
    expect(other.locator(".answer-changed")).to_be_visible()


def test_two_answers_to_one_question_are_both_kept(loose, opened, new_context):
    page, other = loose, new_context().new_page()
    opened(page, "section", "vous")
    opened(other, "section", "vous")
    for one in (page, other):  # both type before either has heard of the other
        one.route("**/nouveau/**", lambda route: route.abort())
    page.get_by_label("Votre nom").fill("Forum")
    other.get_by_label("Votre nom").fill("Palais")
    expect(state(page)).to_have_text(re.compile("Enregistré à"))
    expect(state(other)).to_have_text(re.compile("Enregistré à"))

    kept = {value("nom"), *AnswerChange.objects.values_list("value", flat=True)}
    assert kept == {"Forum", "Palais"}
    for one in (page, other):
        one.unroute("**/nouveau/**")
    opened(other, "section", "vous")
    expect(other.get_by_text("Laquelle garder")).to_be_visible()
    other.get_by_role("button", name=re.compile("Garder celle-ci.*Palais")).click()
    expect(other.get_by_text("Laquelle garder")).to_have_count(0)
    assert value("nom") == "Palais"


@pytest.mark.parametrize("kind", ["page", "plain"])
def test_the_whole_sheet_is_answered_with_and_without_javascript(
    request, kind, opened, unit
):
    page = request.getfixturevalue(kind)
    opened(page, "start")
    page.get_by_label("Votre prénom").fill("Camille")
    page.get_by_role("button", name="Commencer").click()
    page.get_by_label("Votre nom").fill("Forum")
    page.get_by_label("Votre site").fill("https://neuf.example.org")
    page.get_by_label("Salariés").fill("trois")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    summary = page.locator(".error-summary")
    summary.get_by_role("link", name="Salariés").click()
    page.get_by_label("Salariés").fill("3")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.get_by_role("button", name="Tout est exact sur cette page").click()
    page.get_by_role("button", name="Ajouter : outil").click()
    page.get_by_label("Nom", exact=True).last.fill("Robot")
    page.get_by_role("button", name="Enregistrer et relire").click()
    page.get_by_label(re.compile("Site web")).check()
    page.get_by_role("button", name="Envoyer ma réponse").click()

    expect(
        page.get_by_role("heading", name="Votre réponse est envoyée")
    ).to_be_visible()
    response = Response.objects.get(unit=unit)
    assert (response.state, response.submitted_by) == ("submitted", "Camille")
    said = set(
        Answer.objects.filter(is_counted=True).values_list("question", flat=True)
    )
    assert said == {"nom", "site", "effectif", "lieux_nombre", "outil_nom"}
    assert response.updates.get().state == "consented"


def check(page, faults):
    assert faults(page) == []
    assert page.evaluate(WIDE)


def test_pages_of_a_respondent_have_no_fault(screen, opened, faults, unit):
    opened(screen, "start")
    check(screen, faults)
    opened(screen, "section", "lieux")
    screen.locator("details").first.evaluate("part => (part.open = true)")
    check(screen, faults)
    opened(screen, "section", "vous")
    screen.get_by_label("Salariés").fill("beaucoup")
    screen.get_by_role("button", name="Enregistrer et continuer").click()
    screen.locator(".error-summary").wait_for()
    check(screen, faults)
    opened(screen, "review")
    check(screen, faults)
    screen.get_by_role("button", name="Envoyer ma réponse").click()
    screen.locator(".error-summary").wait_for()
    check(screen, faults)


def test_pages_of_the_agency_have_no_fault(screen, live_server, sign_in, faults, unit):
    UnitFactory(wave=unit.wave, response__state="submitted", email="",
                response__submitted_at=timezone.now())  # fmt: skip
    sign_in(screen, UserFactory(agency=True))
    names = ["wave_detail", "wave_edit", "wave_population", "wave_list_import",
             "unit_new", "unit_list", "wave_mail", "wave_progress", "wave_weights",
             "response_list"]  # fmt: skip
    paths = [reverse(f"surveys:{name}", args=["2025"]) for name in names]
    paths += [
        reverse("surveys:survey_list"),
        reverse("surveys:wave_population", args=["2025"]) + "?compter=1",
        reverse("surveys:unit_detail", args=["2025", unit.pk]),
        reverse("surveys:response_detail", args=["2025", unit.response.pk]),
    ]
    for path in paths:
        screen.goto(live_server.url + path)
        assert faults(screen) == [], path
        assert screen.evaluate(WIDE), path
