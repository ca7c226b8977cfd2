"""Versions follow one another; questions keep their identity; nothing is lost by two."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from maillage.core.errors import Refused
from maillage.surveys.checks import check
from maillage.surveys.choices import VersionState
from maillage.surveys.definition import QuestionSpec, Section, from_json, to_json
from maillage.surveys.demo_questionnaires import FOLDER, load_questionnaires
from maillage.surveys.differences import differences
from maillage.surveys.models import Question, Version
from maillage.surveys.services.importing_forms import apply_import, plan_import
from maillage.surveys.services.questionnaire_edit import (
    add_part,
    duplicate_part,
    edit_part,
    edit_question,
    edit_whole,
    move_part,
    print_of,
    remove_part,
)
from maillage.surveys.services.questionnaires import (
    create_questionnaire,
    declare_break,
    definition_of,
    drop_draft,
    freeze,
    new_version,
    replace_definition,
    withdraw_break,
)
from maillage.surveys.xlsform import read_xlsform
from maillage.surveys.xlsform_export import write_xlsform
from tests.factories.accounts import UserFactory
from tests.surveys.definitions import a_definition, only

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def people(agency):
    return {"by": agency, "now": NOW}


@pytest.fixture
def draft(people):
    """A questionnaire with a good draft."""
    made = create_questionnaire(name="Essai", **people)
    version = made.versions.get()
    return replace_definition(version, a_definition(), revision=1, **people)


@pytest.fixture
def second(draft, people):
    """The draft of a second version."""
    freeze(draft, **people)
    return new_version(draft.questionnaire, **people)


def codes(definition, page=0):
    return [part.code for part in definition.parts[page].parts]


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.code


# Versions


def test_a_new_questionnaire_starts_with_an_empty_page(people):
    made = create_questionnaire(name="Nouveau", **people)
    assert made.slug == "nouveau-2"  # « nouveau » is an address of the site
    assert [part.label for part in definition_of(made.versions.get()).parts]
    assert create_questionnaire(name="Nouveau", **people).slug == "nouveau-3"


def test_a_frozen_version_gives_questions_their_identity(draft, people):
    freeze(draft, note="La première", **people)
    draft.refresh_from_db()
    assert (draft.state, draft.note) == (VersionState.FROZEN, "La première")
    known = set(Question.objects.values_list("code", flat=True))
    assert known == set(a_definition().questions())


def test_a_frozen_version_never_changes(draft, people):
    freeze(draft, **people)
    part = QuestionSpec("q", "text", "Q")
    assert refusal(add_part, draft, part, into="vous", **people) == "frozen"
    assert refusal(remove_part, draft, "nom", **people) == "frozen"
    assert refusal(freeze, draft, **people) == "frozen"
    assert refusal(drop_draft, draft) == "frozen"


def test_a_version_with_a_problem_is_not_frozen(draft, people):
    remove_part(draft, "prete", **people)
    assert refusal(freeze, draft, **people) == "problems"


def test_a_version_that_changes_nothing_is_not_frozen(second, people):
    assert refusal(freeze, second, **people) == "same"


def test_one_draft_at_a_time(second, people):
    assert refusal(new_version, second.questionnaire, **people) == "draft"
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.create(
            questionnaire=second.questionnaire, number=9, changed_at=NOW
        )
    drop_draft(second)
    assert new_version(second.questionnaire, **people).number == 2


def test_the_only_version_is_not_thrown_away(draft, people):
    assert refusal(drop_draft, draft) == "first"
    other = create_questionnaire(name="Autre", **people)
    other.versions.update(state=VersionState.FROZEN)
    other.versions.all().delete()
    assert refusal(new_version, other, **people) == "none"


# Identity


def changed(version, code, people, **facts):
    spec = definition_of(version).question(code)
    edit_part(version, code, replace(spec, **facts), seen=print_of(spec), **people)


def test_a_question_may_change_its_words_and_stay_the_same(second, people):
    changed(second, "nom", people, label="Comment vous appelez-vous ?")
    freeze(second, **people)
    row = Question.objects.get(code="nom")
    assert row.label == "Comment vous appelez-vous ?"
    assert Question.objects.count() == len(a_definition().questions())


def test_a_question_may_become_longer_but_not_another_sort(second, people):
    changed(second, "nom", people, kind="long_text")
    changed(second, "effectif", people, kind="text", minimum=None, maximum=None)
    with pytest.raises(Refused, match="effectif") as caught:
        freeze(second, **people)
    assert caught.value.code == "kinds"


def test_a_declared_break_lets_a_question_change_its_sort(second, people):
    changed(second, "effectif", people, kind="text", minimum=None, maximum=None)
    declare_break(second, code="effectif", reason="En toutes lettres", **people)
    freeze(second, **people)
    assert Question.objects.get(code="effectif").kind == "text"


def test_a_break_is_for_a_question_that_was_asked_before(second, people):
    add_part(second, QuestionSpec("neuve", "text", "N"), into="vous", **people)
    for code in ("neuve", "absente"):
        asked = {"code": code, "reason": "?"}
        assert refusal(declare_break, second, **asked, **people) == "unknown"


def test_a_break_is_withdrawn_until_the_version_is_frozen(second, people):
    changed(second, "nom", people, label="Votre nom d’usage")
    declared = declare_break(second, code="nom", reason="a", **people)
    declare_break(second, code="nom", reason="b", **people)
    assert [one.reason for one in second.breaks.all()] == ["b"]
    freeze(second, **people)
    declared.refresh_from_db()
    assert refusal(withdraw_break, declared) == "frozen"


# Changes


def test_two_people_on_two_questions_lose_nothing(draft, people):
    definition = definition_of(draft)
    name, kind = definition.question("nom"), definition.question("nature")
    edit_part(draft, "nom", replace(name, label="A"), seen=print_of(name), **people)
    # The second one had opened the page before the first one saved.
    edit_part(draft, "nature", replace(kind, label="B"), seen=print_of(kind), **people)
    draft.refresh_from_db()
    found = definition_of(draft)
    assert (found.question("nom").label, found.question("nature").label) == ("A", "B")
    assert draft.revision == 4


def test_two_people_on_one_question_are_told(draft, people):
    spec = definition_of(draft).question("nom")
    seen = print_of(spec)
    edit_part(draft, "nom", replace(spec, label="A"), seen=seen, **people)
    other = replace(spec, label="B")
    assert refusal(edit_part, draft, "nom", other, seen=seen, **people) == "stale"
    draft.refresh_from_db()
    assert definition_of(draft).question("nom").label == "A"


def test_a_section_keeps_what_was_added_to_it_meanwhile(draft, people):
    page = definition_of(draft).parts[0]
    add_part(draft, QuestionSpec("q", "text", "Q"), into="vous", **people)
    edit_part(
        draft,
        "vous",
        replace(page, label="Vous d’abord"),
        seen=print_of(page),
        **people,
    )
    draft.refresh_from_db()
    assert codes(definition_of(draft))[-1] == "q"


def test_a_part_that_is_gone_is_told(draft, people):
    spec = definition_of(draft).question("nom")
    remove_part(draft, "nom", **people)
    seen = print_of(spec)
    assert refusal(edit_part, draft, "nom", spec, seen=seen, **people) == "gone"


def test_a_list_changed_by_two_is_told(draft, people):
    definition = definition_of(draft)
    spec, held = definition.question("nature"), definition.choice_list("natures")
    shorter = replace(held, choices=held.choices[:1])
    longer = replace(held, choices=(*held.choices, replace(held.choices[0], code="x")))
    seen = {"seen": print_of(spec), "list_seen": print_of(held)}
    edit_question(draft, "nature", spec, held=shorter, **seen, **people)
    again = {"held": longer, **seen, **people}
    assert refusal(edit_question, draft, "nature", spec, **again) == "stale"


def test_the_words_of_welcome_are_changed_alone(draft, people):
    definition = definition_of(draft)
    wanted = replace(definition, title="Autre titre", parts=())
    edit_whole(draft, wanted, seen=print_of(definition), **people)
    draft.refresh_from_db()
    assert definition_of(draft).title == "Autre titre"
    assert definition_of(draft).parts == a_definition().parts


def test_a_new_code_is_followed_by_the_conditions(draft, people):
    spec = definition_of(draft).question("prete")
    new = replace(spec, code="preteur")
    definition = edit_part(draft, "prete", new, seen=print_of(spec), **people)
    assert definition.repeats()["expo"].relevant == "${preteur} = 'yes'"
    assert check(definition) == []


def test_a_code_that_is_taken_is_refused(draft, people):
    spec = definition_of(draft).question("nom")
    new, seen = replace(spec, code="nature"), print_of(spec)
    assert refusal(edit_part, draft, "nom", new, seen=seen, **people) == "code"
    part = QuestionSpec("nature", "text", "N")
    assert refusal(add_part, draft, part, into="vous", **people) == "code"


def test_parts_are_added_where_they_fit(draft, people):
    part = QuestionSpec("q", "text", "Q")
    found = add_part(draft, part, into="vous", after="nom", **people)
    assert codes(found)[:2] == ["nom", "q"]
    page = Section("p", "P")
    assert refusal(add_part, draft, page, into="expo", **people) == "place"
    loose = replace(part, code="r")
    assert refusal(add_part, draft, loose, into="", **people) == "place"
    assert refusal(add_part, draft, loose, into="nom", **people) == "place"


def test_parts_move_among_their_neighbours_and_further(draft, people):
    found = move_part(draft, "nature", way="up", **people)
    assert codes(found)[:2] == ["nature", "nom"]
    assert codes(move_part(draft, "nature", way="up", **people))[0] == "nature"
    found = move_part(draft, "nature", into="expo", before="expo_visites", **people)
    inside = [spec.code for spec in found.repeats()["expo"].questions]
    assert inside == ["expo_titre", "nature", "expo_visites"]
    assert refusal(move_part, draft, "vous", into="vous", **people) == "place"
    found = move_part(draft, "expositions", into="", before="vous", **people)
    assert [page.code for page in found.parts] == ["expositions", "vous"]


def test_a_copy_has_codes_of_its_own(draft, people):
    found, code = duplicate_part(draft, "expositions", **people)
    assert code == "expositions_2"
    assert found.repeats()["expo_2"].relevant == "${prete_2} = 'yes'"
    assert check(found) == []


def test_a_list_that_serves_no_more_goes_with_its_question(draft, people):
    found = remove_part(draft, "themes", **people)
    assert [one.code for one in found.choice_lists] == ["natures"]


# Differences


def test_differences_are_told_question_by_question():
    old = a_definition()
    spec = old.question("nom")
    page = replace(
        old.parts[0],
        parts=(
            *old.parts[0].parts[1:],
            replace(spec, label="Vous êtes", required=False),
            QuestionSpec("q", "text", "Neuve"),
        ),
    )
    new = replace(old, parts=(page,))
    found = {(one.code, one.sort) for one in differences(old, new)}
    assert ("q", "added") in found
    assert ("nom", "changed") in found
    assert ("total", "removed") in found
    assert ("nature", "moved") not in found  # it was « nom » that moved
    (name,) = [one for one in differences(old, new) if one.code == "nom"]
    assert [change.after for change in name.changes] == ["Vous êtes", "non"]
    assert differences(old, old) == []


def test_a_moved_question_is_told_as_moved():
    old = only(*[QuestionSpec(code, "text", code) for code in "abcd"])
    new = only(*[QuestionSpec(code, "text", code) for code in "bcda"])
    assert [(one.code, one.sort) for one in differences(old, new)] == [("a", "moved")]


# Import


def test_an_import_shows_then_replaces(draft, people):
    wanted = replace(a_definition(), title="Importé")
    wanted = replace(wanted, parts=wanted.parts[1:])
    data = write_xlsform(wanted, form_id="x", version="1")
    plan = plan_import(draft, data)
    assert {one.sort for one in plan.changes} == {"removed"}
    assert definition_of(draft) == a_definition()
    apply_import(draft, plan.token, **people)
    draft.refresh_from_db()
    assert definition_of(draft).title == "Importé"


def test_an_import_of_what_is_there_changes_nothing(draft):
    data = write_xlsform(a_definition(), form_id="x", version="1")
    assert plan_import(draft, data).is_same
    assert plan_import(draft, json.dumps(to_json(a_definition())).encode()).is_same


def test_an_import_that_was_overtaken_is_refused(draft, people):
    data = write_xlsform(only(QuestionSpec("q", "text", "Q")), form_id="x", version="1")
    plan = plan_import(draft, data)
    remove_part(draft, "nom", **people)
    assert refusal(apply_import, draft, plan.token, **people) == "stale"
    assert refusal(apply_import, draft, plan.token + "x", **people) == "expired"


def test_an_import_tells_the_series_that_it_breaks(second):
    data = write_xlsform(
        only(QuestionSpec("nom", "date", "Né le")), form_id="x", version="1"
    )
    assert plan_import(second, data).breaks == ["nom"]


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "\x1b"])
def test_a_json_with_what_no_database_keeps_is_told(draft, bad):
    data = to_json(a_definition())
    data["parts"][0]["label"] += bad
    plan = plan_import(draft, json.dumps(data).encode())

    assert plan.definition is None
    assert len(plan.troubles) == 1


@pytest.mark.parametrize(
    "data", [b"{", b'{"titel": 1}', b'{"title": "x"}', b"{" * 5_000, b'{"parts": [3]}']
)
def test_a_json_that_is_no_questionnaire_is_told(draft, data):
    plan = plan_import(draft, data)
    assert plan.troubles
    assert plan.definition is None


# The demonstration


def test_the_regional_survey_is_loaded_with_its_story_once():
    (made,) = load_questionnaires(by=None)
    first, second = made.versions.order_by("number")
    assert (first.frozen_at.year, second.frozen_at.year) == (2023, 2025)
    assert [one.question.code for one in second.breaks.all()] == ["frequentation"]
    assert 60 <= len(definition_of(second).questions()) <= 100
    assert load_questionnaires(by=None) == [made]


def test_the_regional_survey_goes_through_xlsform_unchanged():
    data = json.loads((FOLDER / "culture-scientifique.json").read_text("utf-8"))
    for one in data["versions"]:
        definition = from_json(one["definition"])
        assert check(definition) == []
        book = write_xlsform(definition, form_id="csti", version="1")
        assert read_xlsform(book).definition == definition
