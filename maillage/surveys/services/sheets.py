"""The sheet of a respondent: what is asked, what was answered, what still lacks."""

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from maillage.surveys.accepting import accept
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import (
    Definition,
    QuestionSpec,
    Repeat,
    Section,
    Step,
    from_json,
)
from maillage.surveys.models import (
    Answer,
    AnswerChange,
    RepeatRow,
    Response,
    Unit,
    Version,
    Wave,
)
from maillage.surveys.running import Answers, Sheet, order, run
from maillage.territories.models import Commune

#: A question, and the key of the row it is asked in; the key is empty outside groups.
Place = tuple[str, str]


@dataclass(frozen=True)
class Book:
    """A version made ready to be asked."""

    definition: Definition
    order: tuple[Step, ...]
    steps: Mapping[str, Step]

    @property
    def sections(self) -> tuple[Section, ...]:
        return self.definition.parts

    def question(self, code: str) -> QuestionSpec | None:
        step = self.steps.get(code)
        return step.part if step and isinstance(step.part, QuestionSpec) else None

    def group_of(self, code: str) -> str:
        """The code of the repeated group that a question is in, or nothing."""
        step = self.steps.get(code)
        return step.repeat.code if step and step.repeat else ""

    def codes_on(self, page: Section) -> list[str]:
        """The codes of all that stands on a page."""
        return [
            code for code, step in self.steps.items() if step.page.code == page.code
        ]

    def page_of(self, code: str) -> str:
        """The code of the page on which a part stands."""
        return str(self.steps[code].page.code)


def book_of(version: Version) -> Book:
    return read_book(json.dumps(version.definition))


@functools.lru_cache(maxsize=16)
def read_book(text: str) -> Book:
    definition = from_json(json.loads(text))
    return Book(definition, tuple(order(definition)), definition.steps())


def seal(value: Any) -> str:
    """A short print of a value: two pages that saw the same have the same."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def mark(answer: Answer | None) -> str:
    """What a page has seen of an answer: its revision, and the print of its value."""
    if answer is None:
        return f"0-{seal(None)}"
    return f"{answer.revision}-{seal(answer.value)}"


@dataclass(frozen=True)
class Fault:
    """An answer that keeps the sheet from being sent."""

    place: Place
    label: str
    message: str


@dataclass
class Filled:
    """All that one respondent has answered so far."""

    response: Response
    book: Book
    answers: dict[Place, Answer] = field(default_factory=dict)
    rows: dict[str, list[RepeatRow]] = field(default_factory=dict)

    @property
    def unit(self) -> Unit:
        return self.response.unit

    @property
    def wave(self) -> Wave:
        return self.response.unit.wave

    def kept_rows(self, group: str) -> list[RepeatRow]:
        return [row for row in self.rows.get(group, []) if not row.is_removed]

    def value(self, place: Place) -> Any:
        answer = self.answers.get(place)
        return answer.value if answer else None

    def given(self) -> Answers:
        """The answers as conditions read them."""
        values = {
            code: answer.value
            for (code, key), answer in self.answers.items()
            if not key and answer.value is not None
        }
        rows = {
            group: [
                (row.key, {
                    code: answer.value
                    for (code, key), answer in self.answers.items()
                    if key == row.key and answer.value is not None
                })
                for row in self.kept_rows(group)
            ]
            for group in self.rows
        }  # fmt: skip
        return Answers(values, rows)

    def run(self, *, today: dt.date) -> Sheet:
        return run(
            self.book.definition, self.given(), today=today, steps=self.book.order
        )

    def places(self) -> Iterator[tuple[QuestionSpec, Place]]:
        """Every question that somebody answers, in each row that is kept."""
        for step in self.book.steps.values():
            if not isinstance(step.part, QuestionSpec) or not step.part.is_answered:
                continue
            if step.repeat is None:
                yield step.part, (step.part.code, "")
                continue
            for row in self.kept_rows(step.repeat.code):
                yield step.part, (step.part.code, row.key)

    @cached_property
    def communes(self) -> set[str]:
        """The codes among the answers that are communes; one query, or none."""
        codes = {
            spec.code
            for spec in self.book.definition.questions().values()
            if spec.kind == QuestionKind.COMMUNE
        }
        said = {
            str(answer.value)
            for (code, _key), answer in self.answers.items()
            if code in codes and answer.value
        }
        if not said:
            return set()
        return set(Commune.objects.filter(pk__in=said).values_list("pk", flat=True))

    def remark(
        self, spec: QuestionSpec, place: Place, sheet: Sheet, *, must: bool = False
    ) -> str:
        """What is wrong with an answer as it is kept; empty if nothing."""
        value = self.value(place)
        found = accept(
            spec,
            value,
            definition=self.book.definition,
            scope=sheet.scope(self.book.group_of(spec.code), place[1]),
            must=must,
            kept=spec.kind != QuestionKind.COMMUNE or value in self.communes,
        )
        return found.error

    def fault(self, spec: QuestionSpec, place: Place, sheet: Sheet) -> str:
        """What keeps an answer that is asked from being sent; empty if nothing."""
        error = self.remark(spec, place, sheet, must=True)
        answer = self.answers.get(place)
        if error and answer and answer.value is None and answer.prefilled:
            return _("Confirmez la valeur proposée, ou corrigez-la.")
        return error

    def faults(self, sheet: Sheet, *, besides: Iterable[Place] = ()) -> list[Fault]:
        """What keeps the sheet from being sent, in the order of the questions."""
        torn = set(besides)
        found = []
        for spec, place in self.places():
            if not sheet.asks(*place):
                continue
            message = self.fault(spec, place, sheet)
            if place in torn:
                message = _("Deux réponses différentes : choisissez laquelle garder.")
            if message:
                found.append(Fault(place, spec.label, message))
        for step in self.book.steps.values():
            part = step.part
            if isinstance(part, Repeat) and sheet.asks(part.code):
                number = len(self.kept_rows(part.code))
                if number < part.at_least:
                    message = _("Il faut au moins %d lignes.") % part.at_least
                    found.append(Fault((part.code, ""), part.label, message))
        return found


def responses() -> QuerySet[Response]:
    """Sheets with their wave and its version."""
    return Response.objects.select_related(
        "unit__wave__version__questionnaire", "unit__structure", "unit__commune"
    )


def fill(response: Response) -> Filled:
    """Read what was answered: two queries."""
    filled = Filled(response, book_of(response.unit.wave.version))
    for answer in response.answers.all():
        filled.answers[answer.question, answer.instance] = answer
    for step in filled.book.steps.values():
        if isinstance(step.part, Repeat):
            filled.rows[step.part.code] = []
    if filled.rows:
        for row in response.rows.order_by("rank", "pk"):
            filled.rows.setdefault(row.group, []).append(row)
    return filled


def besides(
    response: Response, *, answers: Iterable[Answer] | None = None
) -> dict[Place, list[AnswerChange]]:
    """What stands beside an answer and waits for a choice; one query."""
    rows = AnswerChange.objects.filter(answer__response=response, was_beside=True)
    if answers is not None:
        rows = rows.filter(answer__in=list(answers))
    found: dict[Place, list[AnswerChange]] = {}
    for change in rows.select_related("answer"):
        answer = change.answer
        if change.revision == answer.revision:
            found.setdefault((answer.question, answer.instance), []).append(change)
    return found


@dataclass(frozen=True)
class Progress:
    """How far a page is: questions that are asked, and answered."""

    section: Section
    asked: int
    done: int
    faults: int
    is_shown: bool

    @property
    def state(self) -> str:
        if self.faults:
            return "faults"
        if self.done == self.asked:
            return "done"
        return "started" if self.done else ""


def progress(filled: Filled, sheet: Sheet) -> list[Progress]:
    """How far each page is; an empty answer is no fault before the end."""
    asked: dict[str, int] = {}
    done: dict[str, int] = {}
    wrong: dict[str, int] = {}
    for spec, place in filled.places():
        if not sheet.asks(*place):
            continue
        page = filled.book.page_of(spec.code)
        asked[page] = asked.get(page, 0) + 1
        answer = filled.answers.get(place)
        if answer and answer.value is not None:
            done[page] = done.get(page, 0) + 1
            if filled.fault(spec, place, sheet):
                wrong[page] = wrong.get(page, 0) + 1
    return [
        Progress(
            section,
            asked.get(section.code, 0),
            done.get(section.code, 0),
            wrong.get(section.code, 0),
            sheet.asks(section.code),
        )
        for section in filled.book.sections
    ]
