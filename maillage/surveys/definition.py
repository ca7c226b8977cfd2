"""What a version of a questionnaire asks, as a tree; ``Version.definition`` is its JSON.

Sections are the pages of the respondent; they hold questions, groups (sections inside)
and repeated groups. Conditions are in the language of ``expressions``; ``checks.check``
says what is wrong with a definition, ``running.run`` what is to be answered.

Values of answers, by kind: text, long_text, email, phone, url, commune (INSEE code), date
(ISO) and one (code of a choice) are texts; yes_no is ``yes`` or ``no``; integer, decimal,
scale and euros (euros, not cents) are numbers; many is a list of codes; calculate is what
the expression gives; a note has none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from maillage.surveys.choices import QuestionKind

#: Other languages: ``{"en": {"label": "…", "hint": "…"}}``.
Languages = Mapping[str, Mapping[str, str]]

NUMBERS = frozenset(
    {
        QuestionKind.INTEGER,
        QuestionKind.DECIMAL,
        QuestionKind.EUROS,
        QuestionKind.SCALE,
    }
)
TEXTS = frozenset(
    {
        QuestionKind.TEXT,
        QuestionKind.LONG_TEXT,
        QuestionKind.EMAIL,
        QuestionKind.PHONE,
        QuestionKind.URL,
        QuestionKind.COMMUNE,
    }
)
CHOSEN = frozenset({QuestionKind.ONE, QuestionKind.MANY})
#: Kinds to which nobody answers.
SILENT = frozenset({QuestionKind.NOTE, QuestionKind.CALCULATE})


class BadDefinition(ValueError):  # noqa: N818 -- an answer, not an accident
    """JSON that is no definition; ``place`` is a path such as ``parts[0].parts[2]``."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place or '.'}: {message}")
        self.place = place


@dataclass(frozen=True)
class Choice:
    code: str
    label: str
    languages: Languages = field(default_factory=dict)


@dataclass(frozen=True)
class ChoiceList:
    """Choices that several questions may share."""

    code: str
    choices: tuple[Choice, ...] = ()

    def labels(self) -> dict[str, str]:
        return {choice.code: choice.label for choice in self.choices}


@dataclass(frozen=True)
class QuestionSpec:
    """One question.

    ``prefill`` is a code of ``core.facts`` or, in a repeated group that is pre-filled,
    a name among ``Row.facts`` (``name``, ``kind``…); ``updates`` is a field of a
    structure that the answer may update once its respondent consents.
    """

    code: str
    kind: str
    label: str
    hint: str = ""
    #: A longer explanation, folded: who counts, what is left out.
    guidance: str = ""
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    constraint_message: str = ""
    #: The code of a choice list.
    choices: str = ""
    minimum: float | None = None
    maximum: float | None = None
    calculation: str = ""
    #: ``minimal``: a menu rather than buttons; ``horizontal``: choices in one line.
    appearance: str = ""
    #: What is written after the field: « visiteurs », « m² ».
    unit: str = ""
    prefill: str = ""
    updates: str = ""
    languages: Languages = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def is_answered(self) -> bool:
        """Somebody answers it: it is neither a note nor a calculation."""
        return self.kind not in SILENT


@dataclass(frozen=True)
class Repeat:
    """A group of questions, once for each thing.

    Each row of the fact ``prefill`` makes a row of the group, under ``Row.key``.
    """

    code: str
    label: str
    #: What one row is: « Exposition ».
    item_label: str = ""
    hint: str = ""
    relevant: str = ""
    at_least: int = 0
    at_most: int = 50
    prefill: str = ""
    questions: tuple[QuestionSpec, ...] = ()
    languages: Languages = field(default_factory=dict)

    @property
    def parts(self) -> tuple[QuestionSpec, ...]:
        return self.questions


@dataclass(frozen=True)
class Section:
    """A page when it stands at the top, a group of questions inside another."""

    code: str
    label: str
    hint: str = ""
    relevant: str = ""
    parts: tuple["Part", ...] = ()
    languages: Languages = field(default_factory=dict)


Part = Section | Repeat | QuestionSpec


@dataclass(frozen=True)
class Step:
    """A part met on a walk: what holds it, from the page down."""

    part: Part
    parents: tuple[Section | Repeat, ...] = ()

    @property
    def depth(self) -> int:
        return len(self.parents)

    @property
    def repeat(self) -> Repeat | None:
        """The repeated group that it is in."""
        parent = self.parents[-1] if self.parents else None
        return parent if isinstance(parent, Repeat) else None

    @property
    def page(self) -> Part:
        return self.parents[0] if self.parents else self.part


@dataclass(frozen=True)
class Definition:
    title: str = ""
    intro: str = ""
    thanks: str = ""
    choice_lists: tuple[ChoiceList, ...] = ()
    parts: tuple[Section, ...] = ()
    #: Codes of the other languages in which parts have labels.
    languages: tuple[str, ...] = ()

    def walk(self) -> Iterator[Step]:
        """Every part in its order, from the first page to the last question."""
        left = [Step(part) for part in reversed(self.parts)]
        while left:
            step = left.pop()
            yield step
            if not isinstance(step.part, QuestionSpec):
                held = (*step.parents, step.part)
                left.extend(Step(part, held) for part in reversed(step.part.parts))

    def steps(self) -> dict[str, Step]:
        """Every part by its code."""
        return {step.part.code: step for step in self.walk()}

    def questions(self) -> dict[str, QuestionSpec]:
        """Every question by its code, in their order, those of repeated groups too."""
        return {
            step.part.code: step.part
            for step in self.walk()
            if isinstance(step.part, QuestionSpec)
        }

    def repeats(self) -> dict[str, Repeat]:
        return {
            step.part.code: step.part
            for step in self.walk()
            if isinstance(step.part, Repeat)
        }

    def question(self, code: str) -> QuestionSpec:
        """Raises ``KeyError``."""
        return self.questions()[code]

    def repeat_of(self, code: str) -> Repeat | None:
        """The repeated group that a question is in."""
        step = self.steps().get(code)
        return step.repeat if step else None

    def choice_list(self, code: str) -> ChoiceList | None:
        return next((one for one in self.choice_lists if one.code == code), None)

    def choices_of(self, spec: QuestionSpec) -> tuple[Choice, ...]:
        found = self.choice_list(spec.choices)
        return found.choices if found else ()


KINDS: dict[str, type[Part]] = {
    "section": Section,
    "repeat": Repeat,
    "question": QuestionSpec,
}
#: What a JSON object of each class must say.
NEEDED: dict[type[Any], set[str]] = {
    Choice: {"code", "label"},
    ChoiceList: {"code"},
    QuestionSpec: {"code", "kind", "label"},
    Repeat: {"code", "label"},
    Section: {"code", "label"},
    Definition: set(),
}


def to_json(thing: Any) -> dict[str, Any]:
    """A definition or a part of one as JSON, without what says nothing."""
    found: dict[str, Any] = {}
    for name, part in KINDS.items():
        if isinstance(thing, part):
            found["part"] = name
    for one in fields(thing):
        value = getattr(thing, one.name)
        says_nothing = value in ("", None, (), {}) or value is False
        if says_nothing and one.name not in NEEDED[type(thing)]:
            continue
        if isinstance(value, tuple):
            value = [v if isinstance(v, str) else to_json(v) for v in value]
        elif isinstance(value, Mapping):
            value = {name: dict(texts) for name, texts in value.items()}
        elif isinstance(value, str):
            value = str(value)
        found[one.name] = value
    return found


def from_json(data: Any) -> Definition:
    """Read a definition strictly. Raises ``BadDefinition`` with the place."""
    return Definition(**read(Definition, data, ""))


def part_from_json(data: Any, place: str = "", depth: int = 0) -> Part:
    """Read a section, a repeated group or a question."""
    if depth > 8:
        raise BadDefinition(place, "too deep")
    if not isinstance(data, dict):
        raise BadDefinition(place, "an object is expected")
    sort = data.get("part")
    if sort not in KINDS:
        raise BadDefinition(place, f"unknown part {sort!r}")
    rest = {name: value for name, value in data.items() if name != "part"}
    return KINDS[sort](**read(KINDS[sort], rest, place, depth))


def read(sort: type[Any], data: Any, place: str, depth: int = 0) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise BadDefinition(place, "an object is expected")
    known = {one.name for one in fields(sort)}
    for name in data:
        if name not in known:
            raise BadDefinition(place, f"unknown key {name!r}")
    for name in sorted(NEEDED[sort] - data.keys()):
        raise BadDefinition(place, f"missing key {name!r}")
    return {
        name: read_value(sort, name, value, f"{place}.{name}".lstrip("."), depth)
        for name, value in data.items()
    }


def read_value(sort: type[Any], name: str, value: Any, place: str, depth: int) -> Any:
    if name in {"parts", "questions", "choice_lists", "choices"} and (
        sort is not QuestionSpec
    ):
        return read_items(sort, name, value, place, depth)
    if name == "languages":
        return read_languages(sort, value, place)
    if name in {"minimum", "maximum"}:
        return read_number(value, place)
    if name in {"at_least", "at_most"}:
        number = read_number(value, place)
        if number is None or number != int(number):
            raise BadDefinition(place, "a whole number is expected")
        return int(number)
    if name == "required":
        if not isinstance(value, bool):
            raise BadDefinition(place, "true or false is expected")
        return value
    if not isinstance(value, str):
        raise BadDefinition(place, "a text is expected")
    if name == "kind" and value not in QuestionKind.values:
        raise BadDefinition(place, f"unknown kind {value!r}")
    return value


def read_number(value: Any, place: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadDefinition(place, "a number is expected")
    if not abs(value) < 1e15:  # infinite and NaN too
        raise BadDefinition(place, "a finite number is expected")
    return int(value) if value == int(value) else float(value)


def read_items(
    sort: type[Any], name: str, value: Any, place: str, depth: int
) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise BadDefinition(place, "a list is expected")
    places = [f"{place}[{number}]" for number in range(len(value))]
    pairs = list(zip(value, places, strict=True))
    if name == "choice_lists":
        return tuple(ChoiceList(**read(ChoiceList, one, at)) for one, at in pairs)
    if name == "choices":
        return tuple(Choice(**read(Choice, one, at)) for one, at in pairs)
    parts = tuple(part_from_json(one, at, depth + 1) for one, at in pairs)
    wanted = {Definition: Section, Repeat: QuestionSpec}.get(sort)
    for part, at in zip(parts, places, strict=True):
        if wanted and not isinstance(part, wanted):
            raise BadDefinition(at, f"only a {wanted.__name__} can stand here")
    return parts


def read_languages(sort: type[Any], value: Any, place: str) -> Any:
    if sort is Definition:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise BadDefinition(place, "a list of codes is expected")
        return tuple(value)
    if not isinstance(value, dict):
        raise BadDefinition(place, "an object is expected")
    for code, texts in value.items():
        good = isinstance(texts, dict) and all(
            isinstance(text, str) for text in texts.values()
        )
        if not good:
            raise BadDefinition(f"{place}.{code}", "texts are expected")
    return {code: dict(texts) for code, texts in value.items()}


def with_part(definition: Definition, code: str, part: Part | None) -> Definition:
    """The definition with another part in the place of ``code``, or without it."""

    def inside(parts: tuple[Any, ...]) -> tuple[Any, ...]:
        found: list[Any] = []
        for one in parts:
            if one.code == code:
                found.extend([] if part is None else [part])
            elif isinstance(one, Section):
                found.append(replace(one, parts=inside(one.parts)))
            elif isinstance(one, Repeat):
                found.append(replace(one, questions=inside(one.questions)))
            else:
                found.append(one)
        return tuple(found)

    return replace(definition, parts=inside(definition.parts))
