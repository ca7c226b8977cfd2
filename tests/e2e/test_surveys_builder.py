"""A questionnaire written in a browser, tried, with and without JavaScript."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.surveys.expressions import parse, tree_json
from maillage.surveys.services.questionnaires import (
    create_questionnaire,
    declare_break,
    definition_of,
    freeze,
    new_version,
    replace_definition,
)
from tests.factories.accounts import UserFactory
from tests.surveys.definitions import a_definition

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
TABLE = Path(__file__).parents[1] / "surveys" / "expressions.json"


@pytest.fixture
def draft():
    """A frozen version, and a draft that breaks a series."""
    by = UserFactory(agency=True)
    made = create_questionnaire(name="Essai", by=by, now=NOW)
    version = made.versions.get()
    replace_definition(version, a_definition(), revision=1, by=by, now=NOW)
    freeze(version, by=by, now=NOW)
    draft = new_version(made, by=by, now=NOW)
    declare_break(draft, code="nom", reason="On demande l’usage.", by=by, now=NOW)
    return draft


@pytest.fixture
def at(live_server, draft):
    def address(name, *args, part=""):
        path = reverse(f"surveys:{name}", args=[draft.questionnaire.slug, *args])
        return f"{live_server.url}{path}" + (f"?partie={part}" if part else "")

    return address


def saved(version):
    version.refresh_from_db()
    return definition_of(version)


def test_the_browser_and_the_server_agree_on_every_expression(page, live_server):
    table = json.loads(TABLE.read_text("utf-8"))
    cases = [[text, tree_json(parse(text)), gives] for text, gives in table["cases"]]
    scope = {key: table[key] for key in ("values", "rows", "own", "today")}
    page.goto(live_server.url)
    wrong = page.evaluate(
        """async ([cases, scope]) => {
            const { evaluate } = await import("/static/js/surveys/expressions.js")
            return cases
              .map(([text, tree, gives]) => [text, evaluate(tree, scope), gives])
              .filter(([, found, gives]) => found !== gives)
        }""",
        [cases, scope],
    )
    assert wrong == []
    assert len(cases) > 100


def test_a_question_is_added_written_and_seen_at_once(page, at, draft, sign_in):
    sign_in(page, agency=True)
    page.goto(at("builder", part="nom"))
    page.get_by_text("Ajouter, déplacer").click()
    page.get_by_label("Ajouter après celle-ci").select_option("one")
    page.get_by_role("button", name="Ajouter", exact=True).click()

    page.get_by_label("Intitulé").fill("Quel est votre statut ?")
    lines = page.get_by_label("Un choix par ligne")
    lines.fill("Association\nCommune")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Quel est votre statut ?")
    expect(preview.get_by_text("Commune")).to_be_visible()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("C’est enregistré.")).to_be_visible()

    found = saved(draft)
    code = next(c for c in found.questions() if found.questions()[c].label[0] == "Q")
    choices = found.choices_of(found.question(code))
    assert [one.label for one in choices] == ["Association", "Commune"]


def test_boxes_follow_the_kind_of_question(page, at, sign_in):
    sign_in(page, agency=True)
    page.goto(at("builder", part="nom"))
    expect(page.get_by_label("Un choix par ligne")).to_be_hidden()
    page.get_by_label("Sorte de réponse").select_option("many")
    expect(page.get_by_label("Un choix par ligne")).to_be_visible()
    page.get_by_label("Sorte de réponse").select_option("integer")
    expect(page.get_by_label("Un choix par ligne")).to_be_hidden()
    expect(page.get_by_label("Unité")).to_be_visible()


def test_a_part_is_carried_to_another_place(page, at, draft, sign_in):
    sign_in(page, agency=True)
    page.goto(at("builder", part="nom"))
    carried = page.locator("#branch-avis")
    carried.drag_to(page.locator("#branch-nom"), target_position={"x": 60, "y": 3})
    expect(page.locator(".branches .branches .branch-label").first).to_have_text(
        "Votre avis"
    )
    assert saved(draft).parts[0].parts[0].code == "avis"


def test_two_people_on_one_question_see_what_both_wrote(
    page, new_context, at, sign_in, watch
):
    sign_in(page, agency=True, display_name="Alex")
    other = watch(new_context().new_page())
    sign_in(other, agency=True, display_name="Dominique")
    for one in (page, other):
        one.goto(at("builder", part="nom"))
    other.get_by_label("Intitulé").fill("Le nom de la structure")
    other.get_by_role("button", name="Enregistrer").click()
    expect(other.get_by_text("C’est enregistré.")).to_be_visible()

    page.get_by_label("Intitulé").fill("Votre nom d’usage")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Vous étiez deux sur cette partie")).to_be_visible()
    expect(page.get_by_role("cell", name="Le nom de la structure")).to_be_visible()
    expect(page.get_by_label("Intitulé")).to_have_value("Votre nom d’usage")


def test_conditions_open_questions_as_one_types(page, at, sign_in):
    sign_in(page, agency=True)
    page.goto(at("version_detail", 2))
    staff = page.get_by_label("Combien de salariés ?")
    expect(staff).to_be_hidden()
    page.get_by_label("Musée").check()
    expect(staff).to_be_visible()
    page.get_by_label("Club").check()
    expect(staff).to_be_hidden()

    page.get_by_role("button", name="Page suivante").click()
    expect(page.get_by_label("Visiteurs", exact=True)).to_be_hidden()
    page.get_by_label("Oui").check()
    page.get_by_label("Visiteurs", exact=True).fill("12")
    expect(page.locator("output")).to_have_text("12")


def test_a_questionnaire_is_written_without_javascript(plain, at, draft, sign_in):
    sign_in(plain, agency=True)
    plain.goto(at("builder", part="nom"))
    plain.get_by_text("Ajouter, déplacer").click()
    plain.get_by_label("Ajouter après celle-ci").select_option("integer")
    plain.get_by_role("button", name="Ajouter", exact=True).click()
    plain.get_by_label("Intitulé").fill("Combien de clés ?")
    plain.get_by_label("Au moins").fill("3")
    plain.get_by_text("Quand la poser").click()
    plain.get_by_label("Seulement si la réponse à").select_option("nature")
    plain.get_by_label("Valeur").fill("Musée")
    plain.get_by_role("button", name="Enregistrer").click()
    plain.get_by_role("button", name="Monter").click()

    first = saved(draft).parts[0].parts[0]
    assert (first.label, first.minimum) == ("Combien de clés ?", 3)
    assert first.relevant == "${nature} = 'museum'"
    plain.get_by_role("link", name="Supprimer…").click()
    plain.get_by_role("button", name="Supprimer").click()
    assert first.code not in saved(draft).steps()


def test_conditions_are_tried_without_javascript(plain, at, sign_in):
    sign_in(plain, agency=True)
    plain.goto(at("version_detail", 2))
    plain.get_by_label("Musée").check()
    plain.get_by_role("button", name="Voir ce que ces réponses ouvrent").click()
    expect(plain.get_by_label("Combien de salariés ?")).to_be_visible()


def test_pages_of_questionnaires_have_no_fault(
    screen, at, live_server, sign_in, faults
):
    sign_in(screen, agency=True)
    listed = live_server.url + reverse("surveys:questionnaire_list")
    for address in (
        listed,
        at("questionnaire_detail"),
        at("questionnaire_import"),
        at("version_detail", 2),
        f"{at('version_detail', 2)}?page=expositions&prete=yes",
        at("version_diff", 2),
        at("break_new", 2),
        at("builder"),
        at("builder", part="nature"),
        at("builder", part="expo"),
        at("builder_delete", part="vous"),
    ):
        screen.goto(address)
        for folded in screen.locator("details.builder-fold:visible").all():
            folded.evaluate("one => { one.open = true }")
        assert faults(screen) == [], address
        wide = screen.evaluate(
            "() => document.documentElement.scrollWidth - window.innerWidth"
        )
        assert wide <= 0, address
