"""XLSForm in and out: the same questionnaire comes back; a bad file says where it is bad."""

import io
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from pyxform.xls2xform import convert

from maillage.core.errors import Refused
from maillage.surveys.checks import check
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import QuestionSpec, Repeat, Section
from maillage.surveys.xlsform import read_xlsform
from maillage.surveys.xlsform_export import write_xlsform
from maillage.surveys.xlsform_words import split_bounds
from tests.surveys.definitions import a_definition, definitions, only, spaced

SURVEY = ["type", "name", "label"]
QUIET = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def written(definition):
    return write_xlsform(definition, form_id="essai", version="2")


def workbook(survey, choices=(), title="Essai", formulas=False, **sheets):
    """A workbook made by hand: rows of cells, the first one is the header."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    named = {
        "survey": survey,
        "choices": [["list_name", "name", "label"], *choices],
        "settings": [["form_title"], [title]],
        **sheets,
    }
    for name, rows in named.items():
        sheet = book.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                write = sheet.write if formulas else sheet.write_string
                write(line, column, cell)
    book.close()
    return buffer.getvalue()


def told(data):
    return [
        (one.sheet, one.line, one.column, spaced(one.message))
        for one in read_xlsform(data).troubles
    ]


def test_control_characters_of_a_workbook_are_left_out():
    survey = [SURVEY, ["text", "nom", "Votre\x01 nom"], ["begin group", "a", "A\x00"]]
    data = workbook([*survey, ["text", "b", "B"], ["end group"]])
    reading = read_xlsform(data)

    assert reading.definition is not None
    labels = [step.part.label for step in reading.definition.walk()]
    assert "Votre nom" in labels
    assert all(label.isprintable() for label in labels)


def test_a_questionnaire_comes_back_the_same():
    reading = read_xlsform(written(a_definition()))
    assert (reading.troubles, reading.notes) == ([], [])
    assert reading.definition == a_definition()


@QUIET
@given(definitions())
def test_any_questionnaire_comes_back_the_same(definition):
    assert check(definition) == []
    assert read_xlsform(written(definition)).definition == definition


@QUIET
@given(definitions())
def test_pyxform_takes_what_we_write(tmp_path_factory, definition):
    path = tmp_path_factory.mktemp("form") / "form.xlsx"
    path.write_bytes(written(definition))
    assert "<h:html" in convert(xlsform=str(path), validate=False).xform


def test_a_usual_form_of_kobo_is_read():
    survey = [
        ["type", "name", "label::Français (fr)", "label::English (en)", "required",
         "relevant", "constraint", "constraint_message::Français (fr)", "appearance",
         "default"],
        ["start", "start"],
        ["text", "nom", "Nom", "Name", "true"],
        ["select_one nature or_other", "nature", "Nature", "Kind", "yes"],
        ["begin_group", "chiffres", "Chiffres", "Figures", "", "${nature} = 'club'"],
        ["integer", "age", "Âge", "Age", "", "", ". >= 0 and . <= 120", "Entre 0 et 120"],
        ["text", "avis", "Avis", "Opinion", "", "", "", "", "multiline", "Bien"],
        ["begin repeat", "expo", "Expositions", "Shows"],
        ["begin group", "fiche", "Fiche", "Card", "", "${nature} = 'club'"],
        ["text", "titre", "Titre", "Title"],
        ["end group"],
        ["end repeat"],
        ["end_group"],
    ]  # fmt: skip
    choices = [["nature", "club", "Club"], ["nature", "museum", "Musée"]]
    titles = [["form_title", "default_language"], ["Essai", "Français (fr)"]]
    reading = read_xlsform(workbook(survey, choices, settings=titles))
    assert reading.troubles == []
    found = reading.definition
    assert [part.code for part in found.parts] == ["questions", "chiffres"]
    spec = found.question("nature")
    assert (spec.choices, spec.required) == ("nature_other", True)
    assert found.question("nature_other").relevant == "selected(${nature}, 'other')"
    age = found.question("age")
    assert (age.minimum, age.maximum, age.constraint) == (0, 120, "")
    assert age.constraint_message == "Entre 0 et 120"
    assert found.question("avis").kind == QuestionKind.LONG_TEXT
    assert found.question("nom").languages == {"en": {"label": "Name"}}
    assert found.question("titre").relevant == "${nature} = 'club'"
    assert isinstance(found.steps()["expo"].part, Repeat)
    assert found.languages == ("en",)
    notes = spaced(" ".join(reading.notes))
    assert "« start »" in notes
    assert "« default »" in notes
    assert "groupe répété" in notes


@pytest.mark.parametrize(
    ("rows", "line", "column", "says"),
    [
        ([["geopoint", "p", "Point"]], 2, "A (type)", "« geopoint » n’est pas lu"),
        ([["select_one_from_file x.csv", "p", "P"]], 2, "A (type)", "n’est pas lu"),
        ([["select_one rien", "p", "P"]], 2, "A (type)", "« rien » n’est pas dans"),
        ([["text", "", "Sans code"]], 2, "B (name)", "Il manque le code"),
        ([["", "p", "Sans type"]], 2, "A (type)", "Il manque le type"),
        ([["text", "p", ""]], 2, "C (label)", "Il manque l’intitulé"),
        ([["text", "a-b", "P"]], 2, "B (name)", "Un code commence"),
        ([["text", "p", "P"], ["text", "p", "P"]], 3, "B (name)", "à la ligne 2"),
        ([["begin_group", "g", "G"], ["text", "p", "P"]], 2, "A (type)", "pas fermé"),
        ([["end_group"]], 2, "A (type)", "sans être ouvert"),
        (
            [["begin_group", "g", "G"], ["text", "p", "P"], ["end_repeat"]],
            4,
            "A (type)",
            "ligne 2",
        ),
        (
            [["begin_repeat", "g", "G"], ["begin_repeat", "h", "H"]],
            3,
            "A (type)",
            "ne peut être dans un autre",
        ),
        ([["text", "p", "Bonjour ${nom}"]], 2, "C (label)", "rappel"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_column(rows, line, column, says):
    found = told(workbook([SURVEY, *rows]))
    assert any(
        one[:3] == ("survey", line, column) and says in one[3] for one in found
    ), found


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("relevant", "${absente} = 1", "« absente » n’existe pas"),
        ("relevant", "${p} >", "s’arrête trop tôt"),
        ("relevant", "${p} = 1", "s’attendent l’une l’autre"),
        ("relevant", "pulldata('a') > 1", "n’est pas connue"),
        ("constraint", "/data/p > 1", "chemins"),
        ("required", "${p} = 1", "pas une condition"),
        ("choice_filter", "ville = ${p}", "filtre"),
        ("maillage::prefill", "structure.unknown", "que la plateforme connaît"),
        ("maillage::kind", "euros", "ne va pas avec"),
        ("maillage::minimum", "dix", "nombre"),
    ],
)
def test_a_bad_cell_is_told_with_its_column(column, text, says):
    found = told(workbook([[*SURVEY, column], ["text", "p", "P", text]]))
    assert [(one[1], one[2]) for one in found] == [(2, f"D ({column})")]
    assert says in found[0][3]


def test_a_cycle_through_several_questions_is_told():
    rows = [
        [*SURVEY, "relevant", "calculation"],
        ["calculate", "a", "", "", "${b} + 1"],
        ["calculate", "b", "", "", "${c} + 1"],
        ["calculate", "c", "", "", "${a} + 1"],
        ["text", "d", "D"],
    ]
    (one,) = told(workbook(rows))
    assert "a → b → c → a" in one[3]


def test_nothing_is_kept_of_a_form_with_one_bad_row():
    data = workbook([SURVEY, ["text", "p", "P"], ["geoshape", "q", "Q"]])
    assert read_xlsform(data).definition is None


def test_the_result_of_a_formula_is_read_never_the_formula():
    rows = [SURVEY, ["text", "p", '="La" & " question"']]
    assert [one[2] for one in told(workbook(rows, formulas=True))] == []
    found = read_xlsform(workbook(rows, formulas=True)).definition
    assert found.question("p").label == "0"  # the writer stores no other result


def test_a_label_that_looks_like_a_formula_stays_a_text():
    spec = QuestionSpec("p", "text", "=1+1")
    data = written(only(spec))
    assert read_xlsform(data).definition.question("p").label == "=1+1"
    survey = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in survey


def test_merged_cells_are_told():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("survey")
    for column, name in enumerate(SURVEY):
        sheet.write(0, column, name)
    sheet.merge_range(1, 0, 1, 1, "text")
    sheet.write(1, 2, "P")
    book.close()
    reading = read_xlsform(buffer.getvalue())
    assert "fusionnées (ligne 2)" in reading.notes[0]
    assert reading.definition is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_table"),
        (b"type;name;label\ntext;p;P", "not_a_table"),
        (b"PK\x03\x04 broken", "not_a_table"),
        (b"x" * 5_000_001, "too_large"),
        (workbook([SURVEY])[:-200], "not_a_table"),
    ],
)
def test_a_wrong_file_is_refused(data, code):
    with pytest.raises(Refused) as caught:
        read_xlsform(data)
    assert caught.value.code == code


def test_a_workbook_without_the_sheet_is_refused_with_its_sheets():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("Feuille1")
    book.close()
    with pytest.raises(Refused, match="Feuille1"):
        read_xlsform(buffer.getvalue())


def test_a_bomb_is_refused_before_it_is_opened():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    with pytest.raises(Refused) as caught:
        read_xlsform(buffer.getvalue())
    assert caught.value.code == "bomb"


def sheet_of(rows):
    """A sheet of that many rows, as light as it can be."""
    cell = b'<c t="inlineStr"><is><t>text</t></is></c>'
    body = b"".join(b"<row>" + cell + b"</row>" for _row in range(rows))
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    return head + b"<sheetData>" + body + b"</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("rows", "code"), [(1_000_000, "bomb"), (150_000, "too_many_rows")]
)
def test_a_million_rows_are_refused_soon(rows, code):
    source = zipfile.ZipFile(io.BytesIO(workbook([SURVEY])))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            heavy = name == "xl/worksheets/sheet1.xml"
            archive.writestr(name, sheet_of(rows) if heavy else source.read(name))
    data = buffer.getvalue()
    start = time.process_time()
    with pytest.raises(Refused) as caught:
        read_xlsform(data)
    assert caught.value.code == code
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("text", "low", "high", "rest"),
    [
        (". >= 0 and . <= 10", 0, 10, ""),
        (".>=1.5", 1.5, None, ""),
        (". <= 3", None, 3, ""),
        (". >= 0 or . <= 10", None, None, ". >= 0 or . <= 10"),
        (". > 0", None, None, ". > 0"),
        ("", None, None, ""),
    ],
)
def test_plain_bounds_are_read_as_such(text, low, high, rest):
    assert split_bounds(text) == (low, high, rest)


def test_a_constraint_changed_elsewhere_wins_over_our_columns():
    rows = [
        [*SURVEY, "constraint", "maillage::minimum", "maillage::maximum"],
        ["integer", "p", "P", ". >= 5 and . <= 6", "0", "10"],
    ]
    spec = read_xlsform(workbook(rows)).definition.question("p")
    assert (spec.minimum, spec.maximum) == (5, 6)


def test_a_range_with_half_steps_becomes_a_number():
    rows = [[*SURVEY, "parameters"], ["range", "p", "P", "start=0 end=2 step=0.5"]]
    reading = read_xlsform(workbook(rows))
    assert reading.definition.question("p").kind == QuestionKind.DECIMAL
    assert "devient un nombre" in reading.notes[0]


def test_a_page_is_made_for_questions_that_stand_outside_groups():
    rows = [
        SURVEY,
        ["text", "a", "A"],
        ["begin_group", "g", "G"],
        ["text", "b", "B"],
        ["end_group"],
        ["text", "c", "C"],
    ]
    found = read_xlsform(workbook(rows)).definition
    assert [part.code for part in found.parts] == ["questions", "g", "questions_2"]
    assert all(isinstance(part, Section) for part in found.parts)


def test_what_we_write_needs_no_network_and_no_template(tmp_path):
    path = Path(tmp_path) / "form.xlsx"
    path.write_bytes(written(replace(a_definition(), title="=cmd|' /C calc'!A0")))
    assert "cmd|" in convert(xlsform=str(path), validate=False).xform
