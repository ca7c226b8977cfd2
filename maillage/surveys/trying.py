"""A questionnaire tried by those who write it: answers come from the address, none is kept."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from maillage.surveys.accepting import accept
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, QuestionSpec, Section
from maillage.surveys.expressions import BadExpression
from maillage.surveys.running import Answers, Cycle, Sheet, order, program, run
from maillage.surveys.shown import FIRST_ROW, ShownPart, show_page


@dataclass(frozen=True)
class Try:
    """A page with what was typed; ``kept`` are the answers of other pages."""

    page: ShownPart | None
    pages: tuple[tuple[Section, bool, bool], ...]
    kept: tuple[tuple[str, str], ...]
    program: list[dict[str, Any]]
    #: Conditions cannot be followed while they are wrong.
    is_stuck: bool = False
    following: str = ""


def try_out(
    definition: Definition, data: QueryDict, *, today: dt.date, language: str = ""
) -> Try:
    """The page that ``page`` names in what was sent, conditions followed."""
    names = name_of_each(definition)
    typed: dict[str, Any] = {
        name: data.getlist(name) if spec.kind == QuestionKind.MANY else data[name]
        for name, spec in names.items()
        if name in data
    }
    sheet = followed(definition, names, typed, today=today)
    wanted = data.get("page", "")
    shown = [one for one in definition.parts if sheet is None or sheet.asks(one.code)]
    page = next((one for one in definition.parts if one.code == wanted), None)
    if page is None:
        page = shown[0] if shown else None
    later = [one.code for one in after(shown, page)]
    return Try(
        show_page(definition, page, sheet=sheet, typed=typed, language=language)
        if page
        else None,
        tuple((one, one == page, one in shown) for one in definition.parts),
        tuple(others(names, data, inside(definition, page))),
        [] if sheet is None else program(definition),
        sheet is None,
        later[0] if later else "",
    )


def after(shown: list[Section], page: Section | None) -> list[Section]:
    return shown[shown.index(page) + 1 :] if page in shown else []


def name_of_each(definition: Definition) -> dict[str, QuestionSpec]:
    """The box of every question, one row in each repeated group."""
    found = {}
    for step in definition.walk():
        if isinstance(step.part, QuestionSpec):
            code = step.part.code
            name = f"{step.repeat.code}.{FIRST_ROW}.{code}" if step.repeat else code
            found[name] = step.part
    return found


def inside(definition: Definition, page: Section | None) -> set[str]:
    """Codes of the questions of a page."""
    steps = definition.steps().values()
    return {step.part.code for step in steps if page and step.page == page}


def others(
    names: dict[str, QuestionSpec], data: QueryDict, here: set[str]
) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, spec in names.items()
        if spec.code not in here
        for value in data.getlist(name)
        if value
    ]


def followed(
    definition: Definition,
    names: dict[str, QuestionSpec],
    typed: dict[str, Any],
    *,
    today: dt.date,
) -> Sheet | None:
    """What is asked after these answers; None while conditions are wrong."""
    try:
        steps = order(definition)
    except (BadExpression, Cycle):
        return None
    values: dict[str, Any] = {}
    rows: dict[str, Any] = {code: [(FIRST_ROW, {})] for code in definition.repeats()}
    for name, raw in typed.items():
        value = accept(names[name], raw, definition=definition).value
        group = name.partition(".")[0] if "." in name else ""
        (rows[group][0][1] if group else values)[names[name].code] = value
    return run(definition, Answers(values, rows), today=today, steps=steps)
