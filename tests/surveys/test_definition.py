"""What a questionnaire asks: written, read, checked, run, and what is taken as an answer."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from maillage.surveys.accepting import accept
from maillage.surveys.checks import MAX_PARTS, check
from maillage.surveys.definition import (
    BadDefinition,
    ChoiceList,
    Definition,
    QuestionSpec,
    Repeat,
    Section,
    from_json,
    to_json,
    with_part,
)
from maillage.surveys.expressions import Scope
from maillage.surveys.names import code_from
from maillage.surveys.running import Answers, program, run
from maillage.surveys.shown import show_question, told
from tests.factories.territories import CommuneFactory
from tests.surveys.definitions import a_definition, definitions, only

TODAY = dt.date(2026, 11, 23)


def problems(definition):
    return [(one.place, one.field) for one in check(definition)]


def text(code, **rest):
    return QuestionSpec(**{"code": code, "kind": "text", "label": code.upper()} | rest)


# JSON


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(definitions())
def test_any_definition_is_read_back_from_its_json(definition):
    assert from_json(json.loads(json.dumps(to_json(definition)))) == definition


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "."),
        ({"titel": "x"}, "."),
        ({"title": 3}, "title"),
        ({"parts": {}}, "parts"),
        ({"parts": [3]}, "parts[0]"),
        ({"parts": [{"part": "page"}]}, "parts[0]"),
        ({"parts": [{"part": "section", "code": "s"}]}, "parts[0]"),
        (
            {
                "parts": [
                    {"part": "question", "code": "q", "kind": "text", "label": "Q"}
                ]
            },
            "parts[0]",
        ),
        ({"choice_lists": [{"code": "l", "choices": [{"code": "a"}]}]}, None),
        ({"languages": "en"}, "languages"),
    ],
)
def test_json_that_is_no_definition_is_refused_with_its_place(data, place):
    with pytest.raises(BadDefinition) as caught:
        from_json(data)
    assert place is None or (caught.value.place or ".") == place


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "colour"),
        ("required", "yes"),
        ("minimum", True),
        ("minimum", float("nan")),
        ("minimum", float("inf")),
        ("languages", {"en": "x"}),
        ("secret", "x"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_place(name, value):
    data = to_json(only(text("q")))
    data["parts"][0]["parts"][0][name] = value
    with pytest.raises(BadDefinition) as caught:
        from_json(data)
    assert caught.value.place.startswith("parts[0].parts[0]")


def test_sections_without_end_are_refused_not_read():
    data = {"part": "section", "code": "s", "label": "S"}
    for _time in range(50):
        data = {"part": "section", "code": "s", "label": "S", "parts": [data]}
    with pytest.raises(BadDefinition):
        from_json({"parts": [data]})


# Checks


def test_a_good_definition_has_no_problem():
    assert check(a_definition()) == []


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (text("q", relevant="${rien} = 1"), "relevant"),
        (text("q", relevant="${q} = 'a'"), "relevant"),
        (text("q", relevant=". = 'a'"), "relevant"),
        (text("q", relevant="${page} = 'a'"), "relevant"),
        (text("q", constraint="regex(., '(')"), "constraint"),
        (text("q", label=" "), "label"),
        (text("q", hint="Voir ${q}"), "hint"),
        (text("é"), "code"),
        (text("1q"), "code"),
        (text("a-b"), "code"),
        (text("q", choices="natures"), "choices"),
        (text("q", calculation="1"), "calculation"),
        (text("q", minimum=1), "minimum"),
        (text("q", prefill="nothing.known"), "prefill"),
        (text("q", updates="password"), "updates"),
        (text("q", updates="website"), "updates"),
        (QuestionSpec("q", "one", "Q"), "choices"),
        (QuestionSpec("q", "many", "Q", choices="absente"), "choices"),
        (QuestionSpec("q", "integer", "Q", minimum=3, maximum=1), "minimum"),
        (QuestionSpec("q", "scale", "Q"), "minimum"),
        (QuestionSpec("q", "scale", "Q", minimum=0, maximum=100), "minimum"),
        (QuestionSpec("q", "integer", "Q", prefill="structure.website"), "prefill"),
        (QuestionSpec("q", "url", "Q", updates="email"), "updates"),
    ],
)
def test_a_question_that_cannot_be_asked_is_told(question, field):
    assert (question.code, field) in problems(only(question, text("other")))


@pytest.mark.parametrize(
    "condition", ["${nature} = 'cat'", "selected(${themes}, 'cat')", "${oui} = 'oui'"]
)
def test_a_choice_that_is_not_offered_is_told(condition):
    definition = only(
        QuestionSpec("nature", "one", "N", choices="natures"),
        QuestionSpec("themes", "many", "T", choices="themes"),
        QuestionSpec("oui", "yes_no", "O"),
        text("q", relevant=condition),
    )
    assert problems(definition) == [("q", "relevant")]


def test_a_note_and_a_calculation_ask_nothing():
    note = QuestionSpec("n", "note", "N", required=True)
    calculation = QuestionSpec("c", "calculate", "")
    assert set(problems(only(note, calculation))) >= {
        ("n", "required"),
        ("c", "calculation"),
        ("", ""),
    }


def test_codes_and_lists_are_not_used_twice():
    twice = (ChoiceList("l", a_definition().choice_lists[0].choices),) * 2
    found = problems(only(text("q"), text("q"), choice_lists=twice))
    assert {("q", "code"), ("l", "")} <= set(found)


def test_a_field_of_the_directory_is_updated_by_one_question():
    site = QuestionSpec("a", "url", "A", updates="website")
    assert problems(only(site, replace(site, code="b"))) == [("b", "updates")]


def test_what_is_in_a_repeated_group_is_only_added_up_from_outside():
    group = Repeat("g", "G", questions=(text("x"),))
    page = Section("p", "P", parts=(group, text("q", relevant="${x} = 'a'")))
    assert problems(replace(a_definition(), parts=(page,))) == [("q", "relevant")]
    page = Section("p", "P", parts=(group, text("q", relevant="count(${g}) > 1")))
    assert problems(replace(a_definition(), parts=(page,))) == []


def test_a_repeated_group_within_its_limits():
    empty = Repeat("g", "G", at_least=3, at_most=1, prefill="nothing.known")
    found = problems(
        replace(a_definition(), parts=(Section("p", "P", parts=(empty,)),))
    )
    assert {("g", ""), ("g", "at_most"), ("g", "prefill")} <= set(found)


def test_a_cycle_is_told_with_its_parts():
    definition = only(
        text("a", relevant="${b} = 'x'"),
        text("b", relevant="${c} = 'x'"),
        text("c", relevant="${a} = 'x'"),
    )
    (one,) = check(definition)
    assert "a → b → c → a" in one.message


def test_a_section_cannot_wait_for_its_own_question():
    page = Section("p", "P", relevant="${q} = 'x'", parts=(text("q"),))
    (one,) = check(replace(a_definition(), parts=(page,)))
    assert "p → q → p" in one.message


def test_a_long_chain_of_conditions_is_no_trouble():
    questions = [text("q0")]
    for number in range(1, 400):
        questions.append(text(f"q{number}", relevant=f"${{q{number - 1}}} = 'x'"))
    definition = only(*questions)
    assert check(definition) == []
    answers = Answers({f"q{number}": "x" for number in range(400)})
    assert len(run(definition, answers, today=TODAY).shown) == 401


def test_too_many_parts_are_refused_at_once():
    definition = only(*(text(f"q{number}") for number in range(MAX_PARTS + 1)))
    assert [one.place for one in check(definition)] == [""]


# Running


def test_what_is_not_asked_does_not_count():
    answers = Answers({"nature": "club", "effectif": 12, "prete": "no"})
    sheet = run(a_definition(), answers, today=TODAY)
    assert not sheet.asks("effectif")
    assert "effectif" not in sheet.values
    assert not sheet.asks("expo")
    assert sheet.values["total"] == 0


def test_rows_of_a_group_are_asked_each_and_added_up():
    rows = {"expo": [("k1", {"expo_visites": 10}), ("k2", {"expo_visites": 5})]}
    sheet = run(a_definition(), Answers({"prete": "yes"}, rows), today=TODAY)
    assert sheet.asks("expo_titre", "k2")
    assert sheet.values["total"] == 15
    assert sheet.scope("expo", "k2").values["expo_visites"] == 5


def test_the_browser_is_given_every_part_after_what_it_needs():
    seen = set()
    for part in program(a_definition()):
        needed = str(part["relevant"])
        assert all(
            code in seen for code in ("nature", "prete") if f"'{code}'" in needed
        )
        assert part["parent"] in seen | {""}
        seen.add(part["code"])
    assert json.loads(json.dumps(program(a_definition())))


def test_a_part_is_replaced_or_taken_away_where_it_stands():
    definition = with_part(a_definition(), "expo_titre", None)
    assert "expo_titre" not in definition.questions()
    definition = with_part(a_definition(), "nom", text("nom2"))
    assert next(iter(definition.questions())) == "nom2"
    assert isinstance(definition, Definition)


# Answers


def accepted(kind, raw, **rest):
    spec = QuestionSpec("q", kind, "Q", **rest)
    return accept(spec, raw, definition=a_definition())


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", "  deux   mots ", "deux mots"),
        ("text", "", None),
        ("long_text", "une\r\nautre", "une\nautre"),
        ("integer", "1 250", 1250),
        ("integer", "1\u202f250", 1250),
        ("integer", 12, 12),
        ("decimal", "2,5", 2.5),
        ("decimal", "2.50", 2.5),
        ("decimal", "-3", -3),
        ("euros", "12 000,50 €", 12000.5),
        ("yes_no", "Oui", "yes"),
        ("yes_no", True, "yes"),
        ("yes_no", "non", "no"),
        ("date", "2025-03-04", "2025-03-04"),
        ("date", "4/3/2025", "2025-03-04"),
        ("email", "a@exemple.fr", "a@exemple.fr"),
        ("phone", "+33 3 20 00 00 00", "03 20 00 00 00"),
        ("url", "www.exemple.fr", "https://www.exemple.fr"),
        ("note", "rien", None),
    ],
)
def test_what_people_type_gives_a_value(kind, raw, value):
    assert accepted(kind, raw) == (value, "")


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", "x" * 501),
        ("text", "a\x00b"),
        ("integer", "douze"),
        ("integer", "2,5"),
        ("integer", "1e3"),
        ("integer", "٣"),
        ("integer", "9" * 40),
        ("decimal", "1.2.3"),
        ("decimal", "nan"),
        ("decimal", "inf"),
        ("euros", "1,234"),
        ("yes_no", "peut-être"),
        ("date", "31/02/2025"),
        ("date", "hier"),
        ("email", "a@"),
        ("phone", "01 02"),
        ("url", "javascript:alert(1)"),
    ],
)
def test_what_is_no_answer_says_why(kind, raw):
    value, error = accepted(kind, raw)
    assert value is None
    assert error


def test_choices_are_those_of_the_list_in_its_order():
    assert accepted("one", "club", choices="natures") == ("club", "")
    assert accepted("one", "cat", choices="natures").error
    many = accepted("many", ["sea", "sky", "sea"], choices="themes")
    assert many == (["sky", "sea"], "")
    assert accepted("many", "sea sky", choices="themes").value == ["sky", "sea"]
    assert accepted("many", [""], choices="themes") == (None, "")
    assert accepted("many", ["cat"], choices="themes").error


def test_bounds_and_the_constraint_are_obeyed():
    bounds = {"minimum": 0, "maximum": 10.5}
    assert accepted("decimal", "10,5", **bounds).value == 10.5
    assert "au plus 10,5" in accepted("decimal", "11", **bounds).error
    assert "au moins 0" in accepted("decimal", "-1", **bounds).error
    rule = {"constraint": ". mod 2 = 0", "constraint_message": "Un nombre pair."}
    assert accepted("integer", "3", **rule) == (None, "Un nombre pair.")
    assert accepted("integer", "4", **rule) == (4, "")


def test_a_constraint_may_look_at_other_answers():
    spec = QuestionSpec("q", "integer", "Q", constraint=". <= ${total}")
    scope = Scope({"total": 10})
    assert accept(spec, "11", definition=a_definition(), scope=scope).error
    assert accept(spec, "9", definition=a_definition(), scope=scope).value == 9


def test_a_needed_answer_is_asked_for_only_when_sending():
    spec = QuestionSpec("q", "text", "Q", required=True)
    assert accept(spec, "", definition=a_definition()).error == ""
    assert accept(spec, "", definition=a_definition(), must=True).error


@pytest.mark.django_db
def test_a_commune_is_typed_by_name_and_kept_by_code():
    commune = CommuneFactory(name="Hirson", insee="02381", postal_codes="02500")
    assert accepted("commune", "Hirson").value == commune.pk
    assert accepted("commune", "02500").value == commune.pk
    assert accepted("commune", "Atlantide").error
    spec = QuestionSpec("q", "commune", "Q")
    kept = accept(spec, "02381", definition=a_definition(), kept=True)
    assert kept.value == "02381"
    shown = show_question(a_definition(), spec, value="02381")
    assert shown.typed.startswith("Hirson (")


# Shown


def test_an_answer_is_told_in_words():
    definition = a_definition()
    specs = definition.questions()
    assert told(definition, specs["nature"], "museum") == "Musée"
    assert told(definition, specs["themes"], ["sky", "sea"]) == "Ciel, Mer"
    assert told(definition, specs["prete"], "no") == "Non"
    assert told(definition, specs["effectif"], 1250).endswith("250\u00a0personnes")
    assert told(definition, specs["nom"], None) == ""


def test_a_refused_word_stays_in_its_box():
    spec = a_definition().question("effectif")
    shown = show_question(a_definition(), spec, value=3, typed="douze", error="Non")
    assert (shown.typed, shown.error) == ("douze", "Non")
    assert "q-effectif-error" in shown.described_by


@pytest.mark.parametrize(
    ("label", "taken", "code"),
    [
        ("Nombre de visiteurs ?", (), "nombre_de_visiteurs"),
        ("Été", ("ete",), "ete_2"),
        ("2025", (), "question_2025"),
        ("???", (), "question"),
    ],
)
def test_a_code_recalls_its_label(label, taken, code):
    assert code_from(label, taken) == code
