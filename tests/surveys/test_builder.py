"""The builder and the pages of questionnaires: who, mistakes, two at once, without script."""

import datetime as dt
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import load_workbook

from maillage.surveys.conditions import in_words
from maillage.surveys.definition import QuestionSpec, to_json
from maillage.surveys.models import Questionnaire
from maillage.surveys.services.questionnaire_edit import print_of, remove_part
from maillage.surveys.services.questionnaires import (
    create_questionnaire,
    definition_of,
    freeze,
    new_version,
    replace_definition,
)
from maillage.surveys.xlsform_export import write_xlsform
from tests.factories.accounts import UserFactory
from tests.surveys.definitions import a_definition, only, spaced

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def agency(client):
    user = UserFactory(agency=True, display_name="Alex")
    client.force_login(user)
    return user


@pytest.fixture
def draft(agency):
    made = create_questionnaire(name="Essai", by=agency, now=NOW)
    version = made.versions.get()
    return replace_definition(version, a_definition(), revision=1, by=agency, now=NOW)


@pytest.fixture
def frozen(draft, agency):
    freeze(draft, by=agency, now=NOW)
    draft.refresh_from_db()
    return draft


def url(name, *args, **query):
    address = reverse(f"surveys:{name}", args=args)
    pairs = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{address}?{pairs}" if pairs else address


def text(response):
    return spaced(response.content.decode())


def boxes(version, code, /, **changes):
    """What the form of a part sends when nothing but ``changes`` was typed."""
    spec = definition_of(version).steps()[code].part
    names = "code label hint kind unit guidance constraint relevant choices".split()
    held = {name: getattr(spec, name, "") for name in names}
    found = definition_of(version).choice_list(getattr(spec, "choices", "") or "-")
    if found:
        held["list_seen"] = print_of(found)
        lines = [f"{one.label} [{one.code}]" for one in found.choices]
        held["choice_lines"] = "\n".join(lines)
    return held | {"seen": print_of(spec)} | changes


def saved(version):
    version.refresh_from_db()
    return definition_of(version)


# Who


@pytest.mark.parametrize(("role", "status"), [("observer", 200), ("", 403)])
def test_questionnaires_are_read_by_those_who_read_the_agency(
    client, frozen, role, status
):
    client.force_login(UserFactory(role=role) if role else UserFactory())
    slug = frozen.questionnaire.slug
    for address in (
        url("questionnaire_list"),
        url("questionnaire_detail", slug),
        url("version_detail", slug, 1),
        url("version_diff", slug, 1),
        url("version_export", slug, 1, "xlsx"),
    ):
        assert client.get(address).status_code == status


def test_an_observer_changes_nothing(client, draft):
    client.force_login(UserFactory(observer=True))
    slug = draft.questionnaire.slug
    page = text(client.get(url("questionnaire_detail", slug)))
    assert reverse("surveys:builder", args=[slug]) not in page
    assert "Figer" not in page
    assert client.get(url("builder", slug)).status_code == 403
    assert client.post(url("version_freeze", slug, 1)).status_code == 403
    assert client.get(url("version_export", slug, 1, "json")).status_code == 403


# The list and the detail


def test_an_empty_site_says_how_to_begin(client, agency):
    page = text(client.get(url("questionnaire_list")))
    assert "Aucun questionnaire" in page
    assert reverse("surveys:questionnaire_new") in page


def test_a_questionnaire_is_opened_named_and_renamed(client, agency):
    response = client.post(url("questionnaire_new"), {"name": "Lieux", "about": ""})
    made = Questionnaire.objects.get()
    assert response["Location"] == url("builder", made.slug)
    assert client.post(url("questionnaire_new"), {"name": ""}).status_code == 422
    response = client.post(
        url("questionnaire_new"), {"name": "Deux", "about": "", "import": "1"}
    )
    assert response["Location"].endswith("/importer/")
    client.post(url("questionnaire_edit", made.slug), {"name": "Salles", "about": "x"})
    made.refresh_from_db()
    assert (made.name, made.slug) == ("Salles", "lieux")


def test_the_detail_tells_versions_waves_and_series(client, frozen, agency):
    slug = frozen.questionnaire.slug
    second = new_version(frozen.questionnaire, by=agency, now=NOW)
    remove_part(second, "avis", by=agency, now=NOW)
    client.post(url("builder", slug, partie="nom"), boxes(second, "nom", label="Qui ?"))
    page = text(client.get(url("questionnaire_detail", slug)))
    for words in ("Version 2", "figée le", "autre formulation", "non posée"):
        assert words in page
    assert "Qui ?" in text(client.get(url("version_diff", slug, 2)))


def test_a_version_is_prepared_frozen_and_given_up(client, frozen):
    slug = frozen.questionnaire.slug
    client.post(url("version_new", slug))
    assert frozen.questionnaire.versions.count() == 2
    client.post(url("version_freeze", slug, 2))
    page = text(client.get(url("questionnaire_detail", slug)))
    assert "Rien n’a changé depuis la version précédente." in page
    assert "Renoncer" in text(client.get(url("version_delete", slug, 2)))
    client.post(url("version_delete", slug, 2))
    assert frozen.questionnaire.versions.count() == 1


def test_a_draft_with_a_problem_is_sent_back_to_the_builder(client, draft, agency):
    remove_part(draft, "prete", by=agency, now=NOW)
    slug = draft.questionnaire.slug
    response = client.post(url("version_freeze", slug, 1), follow=True)
    assert response.redirect_chain[-1][0] == url("builder", slug)
    assert "« prete » n’existe pas" in text(response)


def test_a_break_is_declared_and_withdrawn(client, frozen):
    slug = frozen.questionnaire.slug
    client.post(url("version_new", slug))
    address = url("break_new", slug, 2)
    assert "Choisir" in text(client.get(address))
    assert client.post(address, {"question": "nom", "reason": ""}).status_code == 422
    client.post(address, {"question": "nom", "reason": "On demande l’usage."})
    page = text(client.get(url("version_diff", slug, 2)))
    assert "On demande l’usage." in page
    declared = frozen.questionnaire.versions.get(number=2).breaks.get()
    client.post(url("break_delete", slug, 2, declared.pk))
    assert not frozen.questionnaire.versions.get(number=2).breaks.exists()


# Trying


def test_a_version_is_tried_without_script(client, draft):
    slug = draft.questionnaire.slug
    page = text(client.get(url("version_detail", slug, 1, nature="museum")))
    part = page[page.index('data-question="effectif"') :][:60]
    assert "hidden" not in part
    page = text(client.get(url("version_detail", slug, 1, nature="club")))
    part = page[page.index('data-question="effectif"') :][:60]
    assert "hidden" in part


def test_answers_of_other_pages_are_carried_along(client, draft):
    slug = draft.questionnaire.slug
    query = {"page": "expositions", "nature": "club", "prete": "yes"}
    query |= {"expo.1.expo_visites": "12"}
    page = text(client.get(url("version_detail", slug, 1), query))
    assert '<input type="hidden" name="nature" value="club">' in page
    assert ">12<" in page  # the total
    assert 'value="12"' in page


def test_a_version_with_wrong_conditions_is_shown_whole(client, draft, agency):
    remove_part(draft, "prete", by=agency, now=NOW)
    spec = definition_of(draft).question("nom")
    broken = only(spec, QuestionSpec("q", "text", "Q", relevant="${nom} >"))
    draft.refresh_from_db()
    replace_definition(draft, broken, revision=draft.revision, by=agency, now=NOW)
    page = text(client.get(url("version_detail", draft.questionnaire.slug, 1)))
    assert "Une condition est à corriger" in page


@pytest.mark.parametrize(
    "query", ["page=absente", "effectif=x", "nature=%00", "themes="]
)
def test_strange_answers_are_no_trouble(client, draft, query):
    address = url("version_detail", draft.questionnaire.slug, 1)
    assert client.get(f"{address}?{query}").status_code == 200


# The builder


def test_without_a_draft_the_builder_says_what_to_do(client, frozen):
    response = client.get(url("builder", frozen.questionnaire.slug), follow=True)
    assert "Aucune version n’est en préparation" in text(response)


def test_every_part_has_its_form_and_its_preview(client, draft):
    slug = draft.questionnaire.slug
    assert "Mot d’accueil" in text(client.get(url("builder", slug)))
    for code in definition_of(draft).steps():
        page = text(client.get(url("builder", slug, partie=code)))
        assert 'aria-current="page"' in page
        assert "preview-paper" in page


@pytest.mark.parametrize("code", sorted(a_definition().steps()))
def test_a_form_that_is_saved_as_it_was_shown_changes_nothing(client, draft, code):
    address = url("builder", draft.questionnaire.slug, partie=code)
    form = client.get(address).context["form"]
    held = {box.name: box.value() for box in form}
    data = {name: value for name, value in held.items() if value or value == 0}
    data = {name: value for name, value in data.items() if value is not False}
    data["seen"] = print_of(definition_of(draft).steps()[code].part)
    response = client.post(address, data)
    assert response.status_code == 302, response.context["form"].errors
    assert saved(draft) == a_definition()


def test_a_question_is_written(client, draft):
    address = url("builder", draft.questionnaire.slug, partie="nom")
    data = boxes(
        draft, "nom", label="Combien ?", kind="integer", minimum="1 000",
        maximum="2,5", unit="m²", code="combien",
    )  # fmt: skip
    response = client.post(address, data)
    assert response.status_code == 422
    assert "Le plus est plus petit que le moins." in text(response)
    response = client.post(address, data | {"maximum": "1000,5"})
    assert response["Location"].endswith("?partie=combien")
    spec = saved(draft).question("combien")
    assert (spec.kind, spec.minimum, spec.maximum) == ("integer", 1000, 1000.5)


def test_choices_are_written_one_a_line_and_keep_their_codes(client, draft):
    address = url("builder", draft.questionnaire.slug, partie="nature")
    lines = "Bibliothèque\nGrand musée [museum]\n\nBibliothèque"
    client.post(address, boxes(draft, "nature", choice_lines=lines))
    choices = saved(draft).choice_list("natures").choices
    assert [(one.code, one.label) for one in choices] == [
        ("bibliotheque", "Bibliothèque"),
        ("museum", "Grand musée"),
        ("bibliotheque_2", "Bibliothèque"),
    ]
    for bad in ("A [a]\nB [a]", "A [a b]", "[a]"):
        response = client.post(address, boxes(draft, "nature", choice_lines=bad))
        assert response.status_code == 422


def test_a_question_takes_another_list_or_a_new_one(client, draft):
    address = url("builder", draft.questionnaire.slug, partie="nature")
    client.post(address, boxes(draft, "nature", choices="themes"))
    assert saved(draft).question("nature").choices == "themes"
    data = boxes(draft, "nature", choices="", choice_lines="Un\nDeux", list_seen="")
    client.post(address, data)
    found = saved(draft)
    assert found.question("nature").choices == "nature"
    assert [one.label for one in found.choice_list("nature").choices] == ["Un", "Deux"]
    assert len(found.choice_list("themes").choices) == 2


@pytest.mark.parametrize(
    ("question", "comparison", "value", "condition"),
    [
        ("nature", "is", "musée", "${nature} = 'museum'"),
        ("nature", "is_not", "club", "${nature} != 'club'"),
        ("themes", "is", "Ciel", "selected(${themes}, 'sky')"),
        ("themes", "is_not", "sky", "not(selected(${themes}, 'sky'))"),
        ("prete", "is", "oui", "${prete} = 'yes'"),
        ("effectif", "more", "2,5", "${effectif} > 2.5"),
        ("effectif", "is", "3", "${effectif} = 3"),
        ("nom", "filled", "", "${nom} != ''"),
        ("nom", "empty", "ignorée", "${nom} = ''"),
        ("", "is", "x", ""),
    ],
)
def test_a_condition_is_three_boxes(
    client, draft, question, comparison, value, condition
):
    address = url("builder", draft.questionnaire.slug, partie="avis")
    three = {"when_question": question, "when_is": comparison, "when_value": value}
    data = boxes(draft, "avis", minimum="1", maximum="5", **three)
    assert client.post(address, data).status_code == 302
    assert saved(draft).question("avis").relevant == condition
    form = client.get(address).context["form"]
    assert (form["when_question"].value() or "") == question
    assert form["relevant"].value() == ""


def test_a_condition_on_a_choice_that_is_not_there_is_told(client, draft):
    address = url("builder", draft.questionnaire.slug, partie="avis")
    three = {"when_question": "nature", "when_is": "is", "when_value": "château"}
    response = client.post(address, boxes(draft, "avis", **three))
    assert response.status_code == 422
    assert "Musée, Club" in text(response)


def test_two_people_on_one_question_see_both(client, draft):
    address = url("builder", draft.questionnaire.slug, partie="nom")
    mine = boxes(draft, "nom", label="Mon intitulé")
    client.post(address, boxes(draft, "nom", label="Le sien"))
    response = client.post(address, mine)
    page = text(response)
    assert response.status_code == 422
    assert "Vous étiez deux sur cette partie" in page
    assert "Alex l’a enregistrée" in page
    assert "Le sien" in page
    assert "Mon intitulé" in page
    again = mine | {"seen": response.context["seen"]}
    assert client.post(address, again).status_code == 302
    assert saved(draft).question("nom").label == "Mon intitulé"


def test_a_choice_list_changed_by_another_is_not_overwritten(client, draft):
    address = url("builder", draft.questionnaire.slug, partie="nature")
    mine = boxes(draft, "nature", choice_lines="Musée [museum]\nParc")
    client.post(address, boxes(draft, "nature", choice_lines="Club [club]\nÉcole"))
    response = client.post(address, mine)
    assert response.status_code == 422
    labels = [one.label for one in saved(draft).choice_list("natures").choices]
    assert labels == ["Club", "École"]
    form = response.context["form"]
    assert "Parc" in form["choice_lines"].value()


def test_parts_are_added_moved_copied_and_taken_away_by_plain_forms(client, draft):
    slug = draft.questionnaire.slug

    def send(name, **data):
        response = client.post(url(name, slug), data)
        assert response.status_code == 302
        return response["Location"].partition("partie=")[2]

    new = send("builder_add", sort="integer", into="vous", after="nom")
    assert saved(draft).parts[0].parts[1].code == new
    group = send("builder_add", sort="group", into="vous")
    send("builder_move", code=new, into=group)
    assert saved(draft).steps()[new].parents[-1].code == group
    page = send("builder_add", sort="section", after="vous")
    assert [one.code for one in saved(draft).parts][1] == page
    send("builder_move", code=page, way="up")
    assert saved(draft).parts[0].code == page
    copy = send("builder_duplicate", code="nature")
    assert copy == "nature_2"
    asked = text(client.get(url("builder_delete", slug, partie="vous")))
    assert "questions disparaissent avec" in asked
    assert send("builder_delete", code="nature_2") == "vous"
    assert "nature_2" not in saved(draft).steps()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("builder_add", {"sort": "planet", "into": "vous"}),
        ("builder_add", {"sort": "text", "into": ""}),
        ("builder_add", {"sort": "repeat", "into": "expo"}),
        ("builder_move", {"code": "absente", "way": "up"}),
        ("builder_move", {"code": "vous", "into": "expo"}),
        ("builder_duplicate", {"code": "absente"}),
        ("builder_delete", {"code": "absente"}),
    ],
)
def test_a_verb_that_cannot_be_done_says_why_and_changes_nothing(
    client, draft, name, data
):
    response = client.post(url(name, draft.questionnaire.slug), data, follow=True)
    assert response.context["messages"]
    assert saved(draft) == a_definition()


def test_the_preview_follows_what_is_typed_and_writes_nothing(client, draft):
    slug = draft.questionnaire.slug
    address = url("builder_preview", slug, partie="nom")
    data = boxes(draft, "nom", label="Ce que je tape", kind="yes_no")
    page = text(client.post(address, data, headers=HTMX))
    assert "Ce que je tape" in page
    assert 'type="radio"' in page
    assert "<html" not in page
    assert saved(draft) == a_definition()
    assert client.post(url("builder_preview", slug)).content == b""


def test_words_in_another_language_are_kept(client, draft):
    slug = draft.questionnaire.slug
    whole = {"title": "Essai", "intro": "", "thanks": "", "languages": ["en"]}
    whole["seen"] = print_of(definition_of(draft))
    client.post(url("builder", slug), whole)
    draft.refresh_from_db()
    client.post(
        url("builder", slug, partie="nom"), boxes(draft, "nom", label_en="Your name")
    )
    assert saved(draft).question("nom").languages == {"en": {"label": "Your name"}}
    page = text(client.get(url("version_detail", slug, 1, langue="en")))
    assert "Your name" in page


def test_problems_are_listed_with_their_place(client, draft, agency):
    remove_part(draft, "prete", by=agency, now=NOW)
    page = text(client.get(url("builder", draft.questionnaire.slug)))
    assert "1 point à corriger" in page
    assert "?partie=expo" in page


# Files


def upload(data, name="form.xlsx"):
    return {"file": SimpleUploadedFile(name, data)}


def test_a_file_is_checked_shown_then_applied(client, draft):
    slug = draft.questionnaire.slug
    data = write_xlsform(only(QuestionSpec("q", "text", "Q")), form_id="x", version="1")
    response = client.post(url("questionnaire_import", slug), upload(data))
    assert response.status_code == 200
    assert "supprimée" in text(response)
    assert saved(draft) == a_definition()
    token = response.context["plan"].token
    client.post(url("questionnaire_import_apply", slug), {"plan": token})
    assert list(saved(draft).questions()) == ["q"]
    response = client.post(
        url("questionnaire_import_apply", slug), {"plan": token}, follow=True
    )
    assert "a changé entre-temps" in text(response)


def test_a_bad_file_is_told_row_by_row(client, draft):
    slug = draft.questionnaire.slug
    bad = only(QuestionSpec("q", "text", "Q", relevant="${absente} = 1"))
    data = write_xlsform(bad, form_id="x", version="1")
    response = client.post(url("questionnaire_import", slug), upload(data))
    assert response.status_code == 422
    assert "« absente » n’existe pas" in text(response)
    response = client.post(url("questionnaire_import", slug), upload(b"bonjour"))
    assert response.status_code == 422
    assert client.post(url("questionnaire_import", slug), {}).status_code == 422
    assert saved(draft) == a_definition()


def test_json_goes_out_and_comes_in(client, draft):
    slug = draft.questionnaire.slug
    out = client.get(url("version_export", slug, 1, "json"))
    assert json.loads(out.content) == to_json(a_definition())
    response = client.post(
        url("questionnaire_import", slug), upload(out.content, "form.json")
    )
    assert "il n’y a rien à faire" in text(response)


def test_the_workbook_has_the_three_sheets(client, draft):
    slug = draft.questionnaire.slug
    out = client.get(url("version_export", slug, 1, "xlsx"))
    book = load_workbook(io.BytesIO(out.content))
    assert book.sheet_names == ["survey", "choices", "settings"]
    assert f"{slug}-v1.xlsx" in out["Content-Disposition"]


def test_an_import_without_a_draft_says_to_start_one(client, frozen):
    page = text(client.get(url("questionnaire_import", frozen.questionnaire.slug)))
    assert "Préparer une nouvelle version" in page


def test_the_builder_costs_the_same_whatever_the_questions(
    client, draft, agency, django_assert_max_num_queries
):
    many = only(*(QuestionSpec(f"q{n}", "text", f"Q{n}") for n in range(150)))
    replace_definition(draft, many, revision=draft.revision, by=agency, now=NOW)
    with django_assert_max_num_queries(12):
        client.get(url("builder", draft.questionnaire.slug, partie="q3"))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("${prete} = 'yes'", "si « Prêtez-vous ? » est « Oui »"),
        (
            "${nature} = 'museum' or ${nature} = 'club'",
            "si « Nature » est « Musée » ou « Nature » est « Club »",
        ),
        (
            "selected(${themes}, 'sky') and ${effectif} > 3",
            "si « Vos thèmes » est « Ciel » et « Combien de salariés ? » est plus "
            "grand que « 3 »",
        ),
        ("${nom} != ''", "si « Votre nom » a une réponse"),
        ("count(${expo}) > 2", "si count(« expo ») > 2"),
        ("", ""),
    ],
)
def test_a_condition_is_told_in_words(condition, words):
    assert spaced(in_words(a_definition(), condition)) == words


def test_a_condition_may_name_questions_by_their_place():
    said = in_words(a_definition(), "${nom} = 'x'", numbers={"nom": "1.1"})
    assert spaced(said) == "si 1.1 est « x »"
