"""The form of a call as a tree; ``FormVersion.definition`` is its JSON.

Values of answers, by kind: line, text, email, phone, web, siret, rna, uai, choice (its
value), commune (INSEE code) and day (ISO) are texts; yes_no is ``yes`` or ``no``; agree
is ``true``; number is a number; amount is integer cents; choices, departments and themes
are lists of codes; budget is ``{"expenses": [line], "resources": [line]}`` with lines
``{"label", "cents"}``; partners is a list of ``{"name", "role", "cents"}``; file has its
answer in ``Attachment``. What could not be read is kept as it was typed:
``{"typed": …}``; it cannot be sent.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from maillage.calls.choices import WITH_OPTIONS, QuestionKind

#: Characters of a long text when the agency says nothing, and at most.
LONG, LONGEST = 5000, 20_000
#: Characters of a text of one line.
LINE = 300


@dataclass(frozen=True)
class Question:
    """One question; it is shown when ``when_question`` has one of ``when_values``."""

    id: str
    kind: str
    label: str
    help: str = ""
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    #: Characters of a long text; 0: ``LONG``.
    most: int = 0
    role: str = ""
    #: It names the structure or its people: hidden from readers of a blind call.
    identifies: bool = False
    when_question: str = ""
    when_values: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        return min(self.most or LONG, LONGEST)

    @property
    def kind_label(self) -> str:
        return str(QuestionKind(self.kind).label)

    def option_label(self, value: str) -> str:
        return dict(self.options).get(value, value)

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": self.id,
            "kind": str(self.kind),
            "label": self.label,
        }
        if self.options and self.kind in WITH_OPTIONS:
            found["options"] = [
                {"value": value, "label": label} for value, label in self.options
            ]
        if self.when_question:
            found["when_question"] = self.when_question
            found["when_values"] = list(self.when_values)
        for name in ("help", "required", "most", "role", "identifies"):
            if value := getattr(self, name):
                found[name] = value
        return found

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Question":
        return cls(
            id=str(row["id"]),
            kind=QuestionKind(row["kind"]),
            label=str(row["label"]),
            help=str(row.get("help", "")),
            required=bool(row.get("required")),
            options=tuple(
                (str(one["value"]), str(one["label"])) for one in row.get("options", [])
            ),
            most=int(row.get("most", 0)),
            role=str(row.get("role", "")),
            identifies=bool(row.get("identifies")),
            when_question=str(row.get("when_question", "")),
            when_values=tuple(map(str, row.get("when_values", []))),
        )


@dataclass(frozen=True)
class Section:
    """Questions that stand together under a title."""

    id: str
    title: str
    help: str = ""
    questions: tuple[Question, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "help": self.help,
            "questions": [question.as_json() for question in self.questions],
        }


@dataclass(frozen=True)
class Definition:
    """All that a form asks."""

    sections: tuple[Section, ...] = ()

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Definition":
        """Read the JSON of a version; raises ``KeyError`` or ``ValueError``."""
        return cls(
            tuple(
                Section(
                    id=str(row["id"]),
                    title=str(row["title"]),
                    help=str(row.get("help", "")),
                    questions=tuple(map(Question.of, row.get("questions", []))),
                )
                for row in data.get("sections", [])
            )
        )

    def as_json(self) -> dict[str, Any]:
        return {"sections": [section.as_json() for section in self.sections]}

    def walk(self) -> Iterator[tuple[Section, Question]]:
        for section in self.sections:
            for question in section.questions:
                yield section, question

    def questions(self) -> dict[str, Question]:
        return {question.id: question for _section, question in self.walk()}

    def section(self, key: str) -> Section | None:
        return next((one for one in self.sections if one.id == key), None)

    def section_of(self, question: str) -> Section | None:
        return next((held for held, one in self.walk() if one.id == question), None)

    def with_role(self, role: str) -> Question | None:
        return next((one for _section, one in self.walk() if one.role == role), None)

    def shown(self, answers: Mapping[str, Any]) -> set[str]:
        """Ids of the questions that apply, given the answers.

        A question depends on one that stands before it and that applies itself.
        """
        found: set[str] = set()
        for _section, question in self.walk():
            if applies(question, answers, found):
                found.add(question.id)
        return found

    def put(self, section: Section) -> "Definition":
        """The same form with another state of one section."""
        return replace(
            self,
            sections=tuple(
                section if one.id == section.id else one for one in self.sections
            ),
        )


def applies(question: Question, answers: Mapping[str, Any], shown: set[str]) -> bool:
    if not question.when_question:
        return True
    if question.when_question not in shown:
        return False
    given = answers.get(question.when_question)
    chosen = given if isinstance(given, list) else [given]
    return any(value in question.when_values for value in chosen)


def starting_definition() -> Definition:
    """The form of ``data/calls/default_form.toml``."""
    source = resources.files("maillage") / "data" / "calls" / "default_form.toml"
    return Definition.of(tomllib.loads(source.read_text(encoding="utf-8")))
