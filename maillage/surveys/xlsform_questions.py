"""Questions of an XLSForm, row by row."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.utils.translation import gettext as _

from maillage.surveys.checks import YES_NO_LIST
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Choice, ChoiceList, QuestionSpec
from maillage.surveys.names import code_from
from maillage.surveys.xlsform_sheets import Line
from maillage.surveys.xlsform_words import (
    KINDS,
    SELECTS,
    Bounds,
    joined,
    language_code,
    number_from,
    split_bounds,
)

TRANSLATED = ("label", "hint", "guidance_hint", "constraint_message")
#: Columns of ours, after ``maillage::``.
OURS = (
    "kind prefill updates unit item at_least at_most minimum maximum constraint"
).split()
READ_COLUMNS = frozenset(
    {*TRANSLATED, "type", "name", "required", "relevant", "constraint", "calculation"}
    | {"appearance", "parameters", "choice_filter", "repeat_count"}
    | {f"maillage::{name}" for name in OURS}
)
YES = frozenset("yes true true() 1 oui vrai".split())
NO = frozenset("no false false() 0 non faux".split()) | {""}
OTHER = "other"


class Sink(Protocol):
    """What a row of questions needs of who reads the sheet."""

    languages: "Languages"
    lists: dict[str, ChoiceList]
    list_places: dict[str, Line]
    places: dict[str, Line]

    def trouble(self, line: Line, column: str, message: str) -> None: ...
    def note(self, message: str) -> None: ...


@dataclass(frozen=True)
class Languages:
    """Which columns hold the language of the form, which the others."""

    first: str
    names: tuple[str, ...] = ()

    @classmethod
    def found(
        cls, survey: Iterable[str], choices: Iterable[str], default: str
    ) -> "Languages":
        """Without language: the plain columns; else the default language, else French."""
        survey = list(survey)
        pairs = [column.partition("::") for column in [*survey, *choices]]
        found = [name for head, _mark, name in pairs if name and head in TRANSLATED]
        names = list(dict.fromkeys(found))
        if "label" in survey:
            return cls("", tuple(name for name in names if name != default))
        wanted = language_code(default) if default else "fr"
        first = next(
            (name for name in names if language_code(name) == wanted),
            names[0] if names else "",
        )
        return cls(first, tuple(name for name in names if name != first))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(language_code, self.names)))

    def column(self, line: Line, name: str) -> str:
        named = f"{name}::{self.first}"
        return named if self.first and named in line.letters else name

    def main(self, line: Line, name: str) -> str:
        return line[self.column(line, name)] or line[name]

    def others(self, line: Line, names: Iterable[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for language in self.names:
            for name in names:
                text = line[f"{name}::{language}"]
                if text:
                    held = found.setdefault(language_code(language), {})
                    held["guidance" if name == "guidance_hint" else name] = text
        return found


def read_question(sink: Sink, line: Line) -> list[QuestionSpec]:
    """The question of a row, and the « other » that it brings; none when it is wrong."""
    sort, rest = split_type(line["type"])
    kinds = KINDS.get(sort)
    if kinds is None:
        message = _("Le type « %s » n’est pas lu ici.")
        sink.trouble(line, "type", message % line["type"])
        return []
    languages = sink.languages
    label = languages.main(line, "label")
    spec = QuestionSpec(
        code=line["name"] or code_from(label, sink.places),
        kind=kinds[0],
        label=label,
        hint=languages.main(line, "hint"),
        guidance=languages.main(line, "guidance_hint"),
        required=required(sink, line),
        relevant=line["relevant"],
        constraint_message=languages.main(line, "constraint_message"),
        calculation=line["calculation"] if sort == "calculate" else "",
        appearance=line["appearance"],
        unit=line["maillage::unit"],
        prefill=line["maillage::prefill"],
        updates=line["maillage::updates"],
        languages=languages.others(line, TRANSLATED),
    )
    if not line["name"]:
        sink.trouble(line, "name", _("Il manque le code de la question."))
    if line["choice_filter"]:
        message = _("Le filtre des choix n’est pas lu : faites plusieurs questions.")
        sink.trouble(line, "choice_filter", message)
    spec = with_kind(sink, line, spec, kinds)
    spec = with_bounds(sink, line, spec)
    if sort == "range":
        return [with_range(sink, line, spec)]
    if sort in {"select_one", "select_multiple"}:
        return with_choices(sink, line, spec, rest)
    return [spec]


def split_type(text: str) -> tuple[str, str]:
    """« select_one oui_non or_other » gives the type and what follows it."""
    plain = " ".join(text.split())
    for name in sorted(SELECTS, key=len, reverse=True):
        if plain.lower().startswith(f"{name} "):
            return SELECTS[name], plain[len(name) :].strip()
    return plain.lower(), ""


def required(sink: Sink, line: Line) -> bool:
    text = line["required"].lower().replace(" ", "")
    if text not in YES | NO:
        message = _("Seuls « yes » et « no » sont lus ici, pas une condition.")
        sink.trouble(line, "required", message)
    return text in YES


def with_kind(
    sink: Sink, line: Line, spec: QuestionSpec, kinds: tuple[QuestionKind, ...]
) -> QuestionSpec:
    said = line["maillage::kind"]
    words = spec.appearance.split()
    if said in [str(kind) for kind in kinds]:
        spec = replace(spec, kind=QuestionKind(said))
    elif said:
        message = _("« %(kind)s » ne va pas avec le type « %(type)s ».")
        words_ = {"kind": said, "type": line["type"]}
        sink.trouble(line, "maillage::kind", message % words_)
    elif kinds[0] == QuestionKind.TEXT and "multiline" in words:
        spec = replace(spec, kind=QuestionKind.LONG_TEXT)
    if spec.kind == QuestionKind.LONG_TEXT:
        kept = " ".join(word for word in words if word != "multiline")
        spec = replace(spec, appearance=kept)
    return spec


def with_bounds(sink: Sink, line: Line, spec: QuestionSpec) -> QuestionSpec:
    """Our columns say bounds and constraint apart, as long as they still agree."""
    ours = replace(
        spec,
        minimum=number(sink, line, "maillage::minimum"),
        maximum=number(sink, line, "maillage::maximum"),
        constraint=line["maillage::constraint"],
    )
    if joined(ours) == line["constraint"]:
        return ours
    bounds = Bounds(None, None, line["constraint"])
    if spec.is_number and spec.kind != QuestionKind.SCALE:
        bounds = split_bounds(line["constraint"])
    return replace(
        spec, minimum=bounds.low, maximum=bounds.high, constraint=bounds.rest
    )


def number(sink: Sink, line: Line, column: str) -> float | None:
    try:
        return number_from(line[column])
    except ValueError:
        sink.trouble(line, column, _("Un nombre est attendu."))
        return None


def whole(sink: Any, line: Line, column: str, otherwise: int) -> int:
    found = number(sink, line, column)
    if found is not None and found != int(found):
        sink.trouble(line, column, _("Un nombre entier est attendu."))
    return otherwise if found is None else int(found)


def with_range(sink: Sink, line: Line, spec: QuestionSpec) -> QuestionSpec:
    pairs = re.findall(r"(\w+)\s*=\s*(-?[\d.,]+)", line["parameters"])
    said = {name.lower(): value.rstrip(",.") for name, value in pairs}
    try:
        low, high = (
            number_from(said.get("start", "1")),
            number_from(said.get("end", "10")),
        )
        step = number_from(said.get("step", "1"))
    except ValueError:
        low = high = step = None
    if low is None or high is None or not step:
        message = _("Une échelle s’écrit : start=1 end=5 step=1.")
        sink.trouble(line, "parameters", message)
        return spec
    if step != 1 or low != int(low) or high != int(high) or not 1 <= high - low <= 10:
        message = _("Ligne %d : cette échelle devient un nombre avec ses bornes.")
        sink.note(message % line.number)
        return replace(spec, kind=QuestionKind.DECIMAL, minimum=low, maximum=high)
    return replace(spec, minimum=low, maximum=high)


def with_choices(
    sink: Sink, line: Line, spec: QuestionSpec, rest: str
) -> list[QuestionSpec]:
    name, _space, after = rest.partition(" ")
    found = sink.lists.get(name)
    codes = [choice.code for choice in found.choices] if found else []
    is_yes_no = name == YES_NO_LIST and codes in (["yes", "no"], ["no", "yes"])
    if spec.kind == QuestionKind.YES_NO or (
        is_yes_no and spec.kind == QuestionKind.ONE
    ):
        return [replace(spec, kind=QuestionKind.YES_NO)]
    if not name or after not in {"", "or_other", "or other"}:
        message = _("Il manque la liste, ou son nom a des espaces : « %s ».")
        sink.trouble(line, "type", message % line["type"])
        return []
    if found is None:
        message = _("La liste « %s » n’est pas dans la feuille « choices ».")
        sink.trouble(line, "type", message % name)
        return []
    if not after:
        return [replace(spec, choices=name)]
    return with_other(sink, line, replace(spec, choices=name), found)


def with_other(
    sink: Sink, line: Line, spec: QuestionSpec, held: ChoiceList
) -> list[QuestionSpec]:
    """« or_other » becomes a choice, and a question that asks which."""
    if OTHER not in [choice.code for choice in held.choices]:
        name = f"{held.code}_{OTHER}"
        choices = (*held.choices, Choice(OTHER, _("Autre")))
        sink.lists[name] = ChoiceList(name, choices)
        sink.list_places[name] = line
        spec = replace(spec, choices=name)
    condition = f"selected(${{{spec.code}}}, '{OTHER}')"
    if spec.relevant:
        condition = f"({spec.relevant}) and {condition}"
    asked = QuestionSpec(
        f"{spec.code}_{OTHER}", QuestionKind.TEXT, _("Précisez"), relevant=condition
    )
    return [spec, asked]
