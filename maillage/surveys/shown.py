"""A question as the respondent sees it: what ``surveys/fields/field.html`` draws.

    {% include "surveys/fields/field.html" with field=shown %}

The box is named by the code of the question, and in a repeated group by the codes of the
group, of the row and of the question, with points between: ``expositions.k3.titre``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from maillage.directory.fields import label_of
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import (
    Definition,
    Languages,
    QuestionSpec,
    Repeat,
    Section,
    Step,
)
from maillage.surveys.running import Sheet
from maillage.territories.models import Commune

#: Templates of boxes, by kind; what is not here is one line of text.
BOXES = {
    QuestionKind.LONG_TEXT: "area",
    QuestionKind.YES_NO: "choices",
    QuestionKind.ONE: "choices",
    QuestionKind.MANY: "choices",
    QuestionKind.SCALE: "scale",
    QuestionKind.NOTE: "note",
    QuestionKind.CALCULATE: "calculated",
}
INPUT_TYPES = {
    QuestionKind.DATE: "date",
    QuestionKind.EMAIL: "email",
    QuestionKind.PHONE: "tel",
    QuestionKind.URL: "url",
}
#: Beyond this many choices, one choice is a menu.
MENU = 12


@dataclass(frozen=True)
class ShownChoice:
    code: str
    label: str
    is_on: bool


@dataclass(frozen=True)
class Shown:
    """A question with its answer; ``typed`` is what the box holds."""

    spec: QuestionSpec
    name: str
    label: str
    hint: str = ""
    guidance: str = ""
    typed: str = ""
    error: str = ""
    choices: tuple[ShownChoice, ...] = ()
    is_hidden: bool = False

    @property
    def html_id(self) -> str:
        return "q-" + self.name.replace(".", "-")

    @property
    def box(self) -> str:
        kind = QuestionKind(self.spec.kind)
        box = BOXES.get(kind, "line")
        return "menu" if box == "choices" and self.is_menu else box

    @property
    def template(self) -> str:
        return f"surveys/fields/{self.box}.html"

    @property
    def is_menu(self) -> bool:
        if self.spec.kind != QuestionKind.ONE:
            return False
        return self.spec.appearance == "minimal" or len(self.choices) > MENU

    @property
    def is_group(self) -> bool:
        """Several boxes, so a ``fieldset``."""
        return self.box in {"choices", "scale"}

    @property
    def input_type(self) -> str:
        return INPUT_TYPES.get(QuestionKind(self.spec.kind), "text")

    @property
    def choice_type(self) -> str:
        return "checkbox" if self.spec.kind == QuestionKind.MANY else "radio"

    @property
    def input_mode(self) -> str:
        if not self.spec.is_number:
            return ""
        return "numeric" if self.spec.kind == QuestionKind.INTEGER else "decimal"

    @property
    def unit(self) -> str:
        return self.spec.unit or ("€" if self.spec.kind == QuestionKind.EUROS else "")

    @property
    def described_by(self) -> str:
        parts = (("hint", self.hint), ("unit", self.unit), ("error", self.error))
        return " ".join(f"{self.html_id}-{name}" for name, said in parts if said)

    @property
    def is_short(self) -> bool:
        return self.spec.is_number or self.spec.kind in INPUT_TYPES


def said(part: Any, name: str, language: str) -> str:
    """A text of a part in a language, else in French."""
    languages: Languages = part.languages
    return languages.get(language, {}).get(name) or str(getattr(part, name, ""))


def show_question(
    definition: Definition,
    spec: QuestionSpec,
    *,
    name: str = "",
    value: Any = None,
    typed: Any = None,
    error: str = "",
    language: str = "",
    is_hidden: bool = False,
) -> Shown:
    """A question ready to be drawn; ``typed`` (refused words) goes before ``value``."""
    held = value if typed is None else typed
    codes = (
        [str(one) for one in held] if isinstance(held, list | tuple) else [str(held)]
    )
    return Shown(
        spec,
        name or spec.code,
        said(spec, "label", language),
        said(spec, "hint", language),
        said(spec, "guidance", language),
        written(spec, value) if typed is None else str(typed),
        error,
        tuple(
            ShownChoice(code, label, code in codes)
            for code, label in offered(definition, spec, language)
        ),
        is_hidden,
    )


def offered(
    definition: Definition, spec: QuestionSpec, language: str = ""
) -> Sequence[tuple[str, str]]:
    """Codes and labels among which one chooses."""
    if spec.kind == QuestionKind.YES_NO:
        return [("yes", _("Oui")), ("no", _("Non"))]
    if spec.kind == QuestionKind.SCALE:
        least, most = int(spec.minimum or 0), int(spec.maximum or 0)
        return [(str(number), str(number)) for number in range(least, most + 1)]
    return [
        (choice.code, said(choice, "label", language))
        for choice in definition.choices_of(spec)
    ]


def written(spec: QuestionSpec, value: Any) -> str:
    """An answer as it is typed in its box."""
    if value is None:
        return ""
    if spec.kind == QuestionKind.COMMUNE:
        commune = Commune.objects.select_related("department").filter(pk=value).first()
        return label_of(commune) if commune else str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        text = str(int(value)) if value == int(value) else str(value)
        return text.replace(".", ",")
    return str(value)


def told(definition: Definition, spec: QuestionSpec, value: Any) -> str:
    """An answer in words: labels of choices, numbers with their unit."""
    if value is None or value in ("", []):
        return ""
    labels = dict(offered(definition, spec))
    if isinstance(value, list):
        return ", ".join(labels.get(str(one), str(one)) for one in value)
    if spec.kind in {QuestionKind.ONE, QuestionKind.YES_NO}:
        return labels.get(str(value), str(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = number_format(value, use_l10n=True, force_grouping=True)
        unit = spec.unit or ("€" if spec.kind == QuestionKind.EUROS else "")
        return f"{number}\u00a0{unit}" if unit else number
    return written(spec, value)


@dataclass(frozen=True)
class ShownPart:
    """A group, a repeated group or a question of a page, with what it holds."""

    step: Step
    label: str
    hint: str = ""
    field: Shown | None = None
    parts: tuple["ShownPart", ...] = ()
    is_hidden: bool = False

    @property
    def sort(self) -> str:
        part = self.step.part
        if isinstance(part, Repeat):
            return "repeat"
        return "section" if isinstance(part, Section) else "question"


#: The one row that a repeated group has where nobody answers yet.
FIRST_ROW = "1"


def show_page(
    definition: Definition,
    section: Section,
    *,
    sheet: Sheet | None = None,
    typed: Mapping[str, str | Sequence[str]] | None = None,
    language: str = "",
) -> ShownPart:
    """A page as it is first seen, one row in each repeated group.

    ``sheet`` hides what is not asked; ``typed`` is what the boxes hold, by their names.
    """

    def shown(step: Step) -> ShownPart:
        part, key = step.part, FIRST_ROW if step.repeat else ""
        hidden = sheet is not None and not sheet.asks(part.code, key)
        if isinstance(part, QuestionSpec):
            name = f"{step.repeat.code}.{key}.{part.code}" if step.repeat else part.code
            value = sheet.values.get(part.code) if sheet and not key else None
            field = show_question(
                definition,
                part,
                name=name,
                value=value,
                typed=(typed or {}).get(name),
                language=language,
                is_hidden=hidden,
            )
            return ShownPart(step, field.label, field.hint, field, is_hidden=hidden)
        held = (*step.parents, part)
        parts = tuple(shown(Step(one, held)) for one in part.parts)
        label, hint = said(part, "label", language), said(part, "hint", language)
        return ShownPart(step, label, hint, parts=parts, is_hidden=hidden)

    return shown(Step(section))
