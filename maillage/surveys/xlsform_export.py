"""Write a definition as an XLSForm that other tools take, and that we read back alike."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from maillage.surveys.checks import YES_NO_LIST
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, QuestionSpec, Repeat, Section
from maillage.surveys.xlsform_words import (
    TYPES,
    joined,
    language_name,
    number_text,
)

TRANSLATED = ("label", "hint", "guidance_hint", "constraint_message")
PLAIN = (
    "required", "relevant", "constraint", "calculation", "appearance", "parameters",
    "maillage::kind", "maillage::prefill", "maillage::updates", "maillage::unit",
    "maillage::item", "maillage::at_least", "maillage::at_most", "maillage::minimum",
    "maillage::maximum", "maillage::constraint",
)  # fmt: skip
#: Kinds that the type alone does not say.
NAMED_KINDS = frozenset(
    {
        QuestionKind.EUROS,
        QuestionKind.EMAIL,
        QuestionKind.PHONE,
        QuestionKind.URL,
        QuestionKind.COMMUNE,
        QuestionKind.YES_NO,
        QuestionKind.TEXT,
        QuestionKind.LONG_TEXT,
    }
)
WIDTHS = {"type": 26, "name": 26, "label": 60, "hint": 40, "relevant": 36}
Row = dict[str, str]


def write_xlsform(definition: Definition, *, form_id: str, version: str) -> bytes:
    """The workbook: ``survey``, ``choices``, ``settings``."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    first = language_name("fr") if definition.languages else ""
    languages = [first, *map(language_name, definition.languages)]
    translated = [
        f"{name}::{language}" if language else name
        for name in TRANSLATED
        for language in languages
    ]
    columns = ["type", "name", *translated, *PLAIN]
    write_sheet(book, "survey", columns, survey_rows(definition, first))
    columns = ["list_name", "name", *translated[: len(languages)]]
    write_sheet(book, "choices", columns, choice_rows(definition, first))
    settings = {
        "form_title": definition.title,
        "form_id": form_id,
        "version": version,
        "default_language": first,
        "maillage::intro": definition.intro,
        "maillage::thanks": definition.thanks,
    }
    write_sheet(book, "settings", list(settings), iter([settings]))
    book.close()
    return buffer.getvalue()


def write_sheet(book: Any, name: str, columns: list[str], rows: Iterator[Row]) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bg_color": "#DDEEEE", "bottom": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, bold)
        sheet.set_column(place, place, WIDTHS.get(column.partition("::")[0], 18))
    for line, row in enumerate(rows, 1):
        for place, column in enumerate(columns):
            if row.get(column):
                # Never a formula, whatever the text begins with.
                sheet.write_string(line, place, row[column], wrap)
    sheet.freeze_panes(1, 2)


def survey_rows(definition: Definition, first: str) -> Iterator[Row]:
    def rows(part: Any) -> Iterator[Row]:
        if isinstance(part, QuestionSpec):
            yield question_row(part, first)
            return
        sort = "repeat" if isinstance(part, Repeat) else "group"
        yield {"type": f"begin_{sort}", "name": part.code} | group_cells(part, first)
        for one in part.parts:
            yield from rows(one)
        yield {"type": f"end_{sort}", "name": part.code}

    for section in definition.parts:
        yield from rows(section)


def texts(part: Any, names: Mapping[str, str], first: str) -> Row:
    """Cells of each language: ``names`` are columns, and fields of the part."""
    found = {
        f"{column}::{first}" if first else column: str(getattr(part, name, ""))
        for column, name in names.items()
    }
    for code, said in part.languages.items():
        for column, name in names.items():
            found[f"{column}::{language_name(code)}"] = said.get(name, "")
    return found


def group_cells(part: Section | Repeat, first: str) -> Row:
    found = texts(part, {"label": "label", "hint": "hint"}, first)
    found["relevant"] = part.relevant
    if isinstance(part, Repeat):
        found |= {
            "maillage::item": part.item_label,
            "maillage::at_least": str(part.at_least),
            "maillage::at_most": str(part.at_most),
            "maillage::prefill": part.prefill,
        }
    return found


def question_row(spec: QuestionSpec, first: str) -> Row:
    kind = QuestionKind(spec.kind)
    sort = TYPES[kind]
    names = {name: name for name in TRANSLATED} | {"guidance_hint": "guidance"}
    row = {"type": sort, "name": spec.code, **texts(spec, names, first)}
    if kind == QuestionKind.YES_NO:
        row["type"] = f"{sort} {YES_NO_LIST}"
    elif kind in {QuestionKind.ONE, QuestionKind.MANY}:
        row["type"] = f"{sort} {spec.choices}"
    elif kind == QuestionKind.SCALE:
        low, high = number_text(spec.minimum), number_text(spec.maximum)
        row["parameters"] = f"start={low} end={high} step=1"
    multiline = "multiline " if kind == QuestionKind.LONG_TEXT else ""
    return row | {
        "required": "yes" if spec.required else "",
        "relevant": spec.relevant,
        "constraint": joined(spec),
        "calculation": spec.calculation,
        "appearance": f"{multiline}{spec.appearance}".strip(),
        "maillage::kind": str(kind) if kind in NAMED_KINDS else "",
        "maillage::prefill": spec.prefill,
        "maillage::updates": spec.updates,
        "maillage::unit": spec.unit,
        "maillage::minimum": number_text(spec.minimum),
        "maillage::maximum": number_text(spec.maximum),
        "maillage::constraint": spec.constraint,
    }


def choice_rows(definition: Definition, first: str) -> Iterator[Row]:
    for held in definition.choice_lists:
        for choice in held.choices:
            cells = texts(choice, {"label": "label"}, first)
            yield {"list_name": held.code, "name": choice.code, **cells}
    kinds = {one.kind for one in definition.questions().values()}
    if QuestionKind.YES_NO in kinds:
        label = f"label::{first}" if first else "label"
        for code, text in (("yes", _("Oui")), ("no", _("Non"))):
            yield {"list_name": YES_NO_LIST, "name": code, label: text}
