"""Which parts are to be answered, given the answers so far; and what is calculated.

A question that is not to be answered counts as empty in every condition, as in XLSForm:
what was typed in it is kept but says nothing. Parts are looked at in the order of their
dependencies; ``static/js/surveys/running.js`` does the same with ``program``.
"""

import datetime as dt
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, QuestionSpec, Repeat, Step
from maillage.surveys.expressions import (
    Scope,
    evaluate,
    is_true,
    parsed,
    references,
    tree_json,
)


class Cycle(ValueError):  # noqa: N818 -- an answer, not an accident
    """Conditions or calculations that wait for one another; ``codes`` are those."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(" → ".join(codes))
        self.codes = tuple(codes)


def needs(step: Step) -> set[str]:
    """Codes that must be known before this part is: its conditions' and its parent."""
    part = step.part
    texts = [part.relevant]
    if isinstance(part, QuestionSpec):
        texts.append(part.calculation)
    trees = [parsed(text) for text in texts if text.strip()]
    found = {str(ref.value) for tree in trees for ref in references(tree)}
    return found | {parent.code for parent in step.parents[-1:]}


def order(definition: Definition) -> list[Step]:
    """Every part after those that it needs, else as on the page.

    Raises ``Cycle``, and ``BadExpression`` when a condition cannot be read.
    """
    steps = definition.steps()
    waits = {code: needs(step) & steps.keys() for code, step in steps.items()}
    users: dict[str, list[str]] = {code: [] for code in steps}
    for code, found in waits.items():
        for one in found:
            users[one].append(code)
    left = {code: len(found) for code, found in waits.items()}
    ready = [code for code in steps if not left[code]]
    done: list[Step] = []
    for code in ready:  # grows as it goes
        done.append(steps[code])
        for user in users[code]:
            left[user] -= 1
            if not left[user]:
                ready.append(user)
    if len(done) < len(steps):
        raise Cycle(cycle_among(waits, {code for code, n in left.items() if n}))
    return done


def cycle_among(waits: Mapping[str, Iterable[str]], stuck: set[str]) -> list[str]:
    """One circle among parts that wait."""
    code, seen = next(one for one in waits if one in stuck), list[str]()
    while code not in seen:
        seen.append(code)
        code = next(one for one in sorted(waits[code]) if one in stuck)
    return [*seen[seen.index(code) :], code]


@dataclass(frozen=True)
class Answers:
    """What was answered so far.

    ``values``: by code, outside repeated groups; ``rows``: by code of the group, its
    rows in their order, each a key and its answers.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]] = field(
        default_factory=dict
    )


@dataclass
class Sheet:
    """What ``run`` finds: ``(code, key)`` of what is asked, key empty outside groups."""

    shown: set[tuple[str, str]] = field(default_factory=set)
    #: Answers that count: those that are asked, and what is calculated.
    values: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    today: dt.date = dt.date.min

    def asks(self, code: str, key: str = "") -> bool:
        return (code, key) in self.shown

    def scope(self, group: str = "", key: str = "", own: Any = None) -> Scope:
        """What an expression sees, from a row of a repeated group or outside."""
        values = self.values
        if group:
            values = {**values, **self.rows.get(group, {}).get(key, {})}
        rows = {code: list(rows.values()) for code, rows in self.rows.items()}
        return Scope(values, rows, own, self.today)


def run(
    definition: Definition,
    answers: Answers,
    *,
    today: dt.date,
    steps: Sequence[Step] | None = None,
) -> Sheet:
    """Say what is asked and what counts; ``steps`` is ``order(definition)``, if known."""
    sheet = Sheet(today=today)
    for step in order(definition) if steps is None else steps:
        part, group = step.part, step.repeat
        if group is not None and isinstance(part, QuestionSpec):
            for key, given in answers.rows.get(group.code, ()):
                if key in sheet.rows.get(group.code, {}):
                    ask_in_row(sheet, part, group, key, given)
            continue
        if step.parents and not sheet.asks(step.parents[-1].code):
            continue
        if not is_true(part.relevant, sheet.scope()):
            continue
        sheet.shown.add((part.code, ""))
        if isinstance(part, Repeat):
            keys = [key for key, _given in answers.rows.get(part.code, ())]
            sheet.rows[part.code] = {key: {} for key in keys}
        elif isinstance(part, QuestionSpec):
            value = worth(part, answers.values.get(part.code), sheet.scope())
            if value is not None:
                sheet.values[part.code] = value
    return sheet


def ask_in_row(
    sheet: Sheet, part: QuestionSpec, group: Repeat, key: str, given: Mapping[str, Any]
) -> None:
    scope = sheet.scope(group.code, key)
    if is_true(part.relevant, scope):
        sheet.shown.add((part.code, key))
        value = worth(part, given.get(part.code), scope)
        if value is not None:
            sheet.rows[group.code][key][part.code] = value


def worth(part: QuestionSpec, given: Any, scope: Scope) -> Any:
    """The value of a question that is asked; None when it says nothing."""
    if part.kind == QuestionKind.NOTE:
        return None
    if part.kind != QuestionKind.CALCULATE:
        return None if given in ("", []) else given
    value = evaluate(parsed(part.calculation), scope) if part.calculation else ""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


def program(definition: Definition) -> list[dict[str, Any]]:
    """What the browser runs: parts in order, with their conditions as trees."""
    found = []
    for step in order(definition):
        part = step.part
        one: dict[str, Any] = {"code": part.code, "kind": "section"}
        one["parent"] = step.parents[-1].code if step.parents else ""
        one["group"] = step.repeat.code if step.repeat else ""
        one["relevant"] = tree(part.relevant)
        if isinstance(part, Repeat):
            one["kind"] = "repeat"
        elif isinstance(part, QuestionSpec):
            one["kind"] = str(part.kind)
            one["calculation"] = tree(part.calculation)
            one["constraint"] = tree(part.constraint)
        found.append(one)
    return found


@functools.lru_cache(maxsize=1024)
def tree(text: str) -> list[Any] | None:
    return tree_json(parsed(text)) if text.strip() else None
