"""The questions on accessibility: a data file read once, and what answers may be."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import get_language, gettext as _

LARGEST = 10_000  # steps or centimetres; more is a mistake


def in_language(french: str, english: str) -> str:
    """The text in the language of the page."""
    if (get_language() or "fr").startswith("en"):
        return english or french
    return french


@dataclass(frozen=True)
class Value:
    slug: str
    label_fr: str
    label_en: str

    @property
    def label(self) -> str:
        return in_language(self.label_fr, self.label_en)


@dataclass(frozen=True)
class Question:
    """One field of the acceslibre schema, asked in our words."""

    name: str
    section: str
    type: str  # yes_no, number, choice, choices, url
    label_fr: str
    label_en: str
    help: str = ""
    unit: str = ""
    is_key: bool = False
    values: tuple[Value, ...] = ()

    @property
    def label(self) -> str:
        return in_language(self.label_fr, self.label_en)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(value.slug, value.label) for value in self.values]

    def allows(self, answer: object) -> bool:
        known = {value.slug for value in self.values}
        match self.type:
            case "yes_no":
                return isinstance(answer, bool)
            case "number":
                whole = isinstance(answer, int) and not isinstance(answer, bool)
                return whole and 0 <= int(str(answer)) <= LARGEST
            case "choice":
                return isinstance(answer, str) and answer in known
            case "choices":
                return isinstance(answer, list) and bool(answer) and known >= {*answer}
            case _:
                return is_url(answer)

    def say(self, answer: Any) -> str:
        """An answer as people read it."""
        match self.type:
            case "yes_no":
                return _("oui") if answer else _("non")
            case "choice" | "choices":
                chosen = answer if isinstance(answer, list) else [answer]
                return ", ".join(v.label for v in self.values if v.slug in chosen)
            case _:
                return f"{answer} {self.unit}".strip()


@dataclass(frozen=True)
class Section:
    slug: str
    label_fr: str
    label_en: str
    questions: tuple[Question, ...] = field(repr=False)

    @property
    def label(self) -> str:
        return in_language(self.label_fr, self.label_en)


@cache
def sections() -> tuple[Section, ...]:
    source = resources.files("maillage") / "data" / "vocab" / "accessibility.toml"
    rows = tomllib.loads(source.read_text(encoding="utf-8"))
    asked = [
        Question(
            name=row["name"],
            section=row["section"],
            type=row["type"],
            label_fr=row["label"],
            label_en=row["label_en"],
            help=row.get("help", ""),
            unit=row.get("unit", ""),
            is_key=row.get("key", False),
            values=tuple(
                Value(value["slug"], value["label"], value["label_en"])
                for value in row.get("values", [])
            ),
        )
        for row in rows["field"]
    ]
    return tuple(
        Section(
            row["slug"],
            row["label"],
            row["label_en"],
            tuple(question for question in asked if question.section == row["slug"]),
        )
        for row in rows["section"]
    )


@cache
def questions() -> dict[str, Question]:
    """Every question by the name of its field."""
    return {q.name: q for section in sections() for q in section.questions}


def check_access(answers: object) -> None:
    """Refuse, with ``ValidationError``, answers that no question allows."""
    if not isinstance(answers, dict):
        raise ValidationError(_("L’accessibilité n’est pas lisible."), "access")
    for name, answer in answers.items():
        question = questions().get(name)
        if question is None or not question.allows(answer):
            raise ValidationError(
                _("Accessibilité : « %(answer)s » ne convient pas pour « %(name)s »."),
                "access",
                {"name": question.label if question else name, "answer": answer},
            )


def answered(answers: Mapping[str, Any]) -> Iterator[tuple[Section, list[Any]]]:
    """Sections that have answers, each with its questions and what is said."""
    for section in sections():
        said = [
            {"question": q, "answer": answers[q.name], "text": q.say(answers[q.name])}
            for q in section.questions
            if q.name in answers
        ]
        if said:
            yield section, said


def is_url(answer: object) -> bool:
    if not isinstance(answer, str) or len(answer) > 500:
        return False
    try:
        URLValidator(schemes=["http", "https"])(answer)
    except ValidationError:
        return False
    return True
