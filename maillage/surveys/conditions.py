"""Simple conditions as three boxes (question, comparison, value) and in words.

« ${nature} = 'museum' », « selected(${themes}, 'sky') », « ${effectif} > 3 »,
« ${site} != '' »: what a person writes most. The rest stays an expression.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, QuestionSpec
from maillage.surveys.shown import offered

IS, IS_NOT, FILLED, EMPTY, MORE, LESS, AT_LEAST, AT_MOST = (
    "is is_not filled empty more less at_least at_most".split()
)
COMPARISONS: dict[str, Any] = {
    IS: gettext_lazy("est"),
    IS_NOT: gettext_lazy("n’est pas"),
    MORE: gettext_lazy("est plus grand que"),
    LESS: gettext_lazy("est plus petit que"),
    AT_LEAST: gettext_lazy("est au moins"),
    AT_MOST: gettext_lazy("est au plus"),
    FILLED: gettext_lazy("a une réponse"),
    EMPTY: gettext_lazy("n’a pas de réponse"),
}
SIGNS = {MORE: ">", LESS: "<", AT_LEAST: ">=", AT_MOST: "<="}
WITHOUT_VALUE = frozenset({FILLED, EMPTY})
REF = r"\$\{\s*(?P<code>[A-Za-z_][\w.-]*)\s*\}"
TEXT = r"'(?P<text>[^']*)'"
PATTERNS = (
    (EMPTY, re.compile(rf"{REF}\s*=\s*''")),
    (FILLED, re.compile(rf"{REF}\s*!=\s*''")),
    (IS, re.compile(rf"selected\(\s*{REF}\s*,\s*{TEXT}\s*\)")),
    (IS_NOT, re.compile(rf"not\(\s*selected\(\s*{REF}\s*,\s*{TEXT}\s*\)\s*\)")),
    (IS, re.compile(rf"{REF}\s*=\s*{TEXT}")),
    (IS_NOT, re.compile(rf"{REF}\s*!=\s*{TEXT}")),
    *(
        (name, re.compile(rf"{REF}\s*{sign}\s*(?P<text>-?\d+(?:\.\d+)?)"))
        for name, sign in (*SIGNS.items(), (IS, "="), (IS_NOT, "!="))
    ),
)


@dataclass(frozen=True)
class Simple:
    """``value`` is the code of a choice, a number or a text; empty where none is said."""

    code: str
    comparison: str
    value: str = ""


def simple(text: str) -> Simple | None:
    """The three boxes that give this condition, if three boxes can."""
    for name, pattern in PATTERNS:
        match = pattern.fullmatch(text.strip())
        if match:
            return Simple(match["code"], name, match.groupdict().get("text") or "")
    return None


def as_text(spec: QuestionSpec, comparison: str, value: str) -> str:
    """The condition that three boxes say; ``value`` is a code, a number or a text."""
    ref = f"${{{spec.code}}}"
    if comparison == EMPTY:
        return f"{ref} = ''"
    if comparison == FILLED:
        return f"{ref} != ''"
    plain = value.replace("'", "’")
    if comparison in SIGNS:
        return f"{ref} {SIGNS[comparison]} {plain.replace(',', '.')}"
    if spec.kind == QuestionKind.MANY:
        chosen = f"selected({ref}, '{plain}')"
        return chosen if comparison == IS else f"not({chosen})"
    sign = "=" if comparison == IS else "!="
    quoted = plain if spec.is_number else f"'{plain}'"
    return f"{ref} {sign} {quoted}"


def meant(definition: Definition, spec: QuestionSpec, typed: str) -> str | None:
    """The value that was typed: a choice by its label or its code, a number, a text.

    None when it is neither a choice of the question nor a number where one is needed.
    """
    typed = typed.strip()
    choices = offered(definition, spec)
    if choices and not spec.is_number:
        folded = typed.casefold()
        for code, label in choices:
            if folded in {code.casefold(), label.casefold()}:
                return code
        return None
    if spec.is_number:
        plain = typed.replace(",", ".")
        return plain if re.fullmatch(r"-?\d+(\.\d+)?", plain) else None
    return typed or None


def value_words(definition: Definition, spec: QuestionSpec, value: str) -> str:
    return dict(offered(definition, spec)).get(value, value)


def in_words(
    definition: Definition, text: str, *, numbers: Mapping[str, str] | None = None
) -> str:
    """« si « Prêtez-vous ? » est « Oui » »; an expression that is not simple as it is.

    ``numbers`` names questions by their place rather than by their words: « si 2.1 ».
    """
    if not text.strip():
        return ""
    questions = definition.questions()

    def name(code: str) -> str:
        spec = questions.get(code)
        label = spec.label if spec and spec.label else code
        return (numbers or {}).get(code) or _("« %s »") % label

    def one(part: str) -> str | None:
        found = simple(part)
        spec = questions.get(found.code) if found else None
        if found is None or spec is None:
            return None
        said = f"{name(spec.code)} {COMPARISONS[found.comparison]}"
        if found.comparison in WITHOUT_VALUE:
            return said
        return f"{said} {_('« %s »') % value_words(definition, spec, found.value)}"

    for sign, word in ((" or ", _(" ou ")), (" and ", _(" et "))):
        parts = [one(part) for part in text.split(sign)]
        if None not in parts:
            return _("si %s") % word.join(map(str, parts))
    said = re.sub(REF, lambda match: name(match["code"]), text)
    return _("si %s") % said
