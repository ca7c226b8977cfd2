"""What XLSForm and we call the same things: types, languages, bounds."""

import re
from typing import NamedTuple

from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import QuestionSpec

#: XLSForm types and the kinds that they give, the plain one first; ``maillage::kind``
#: says which, where there are several.
KINDS: dict[str, tuple[QuestionKind, ...]] = {
    "text": (
        QuestionKind.TEXT,
        QuestionKind.LONG_TEXT,
        QuestionKind.EMAIL,
        QuestionKind.PHONE,
        QuestionKind.URL,
        QuestionKind.COMMUNE,
    ),
    "integer": (QuestionKind.INTEGER,),
    "int": (QuestionKind.INTEGER,),
    "decimal": (QuestionKind.DECIMAL, QuestionKind.EUROS),
    "range": (QuestionKind.SCALE,),
    "date": (QuestionKind.DATE,),
    "note": (QuestionKind.NOTE,),
    "calculate": (QuestionKind.CALCULATE,),
    "select_one": (QuestionKind.ONE, QuestionKind.YES_NO),
    "select_multiple": (QuestionKind.MANY,),
}
#: The type that a kind is written as.
TYPES = {kind: name for name, kinds in KINDS.items() for kind in kinds if name != "int"}
#: Other names of the two selects.
SELECTS = {
    "select_one": "select_one",
    "select one": "select_one",
    "select one from": "select_one",
    "select1": "select_one",
    "add select one prompt using": "select_one",
    "select_multiple": "select_multiple",
    "select multiple": "select_multiple",
    "select all that apply": "select_multiple",
    "select all that apply from": "select_multiple",
    "add select multiple prompt using": "select_multiple",
}
#: What a telephone notes by itself: nothing to ask.
METADATA = frozenset(
    "start end today deviceid subscriberid simserial phonenumber username email audit "
    "start-geopoint".split()
)
NAMES = {
    "fr": "Français",
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
}
CODES = {
    "français": "fr",
    "francais": "fr",
    "french": "fr",
    "anglais": "en",
    "english": "en",
    "néerlandais": "nl",
    "dutch": "nl",
    "allemand": "de",
    "german": "de",
} | {name.lower(): code for code, name in NAMES.items()}
SIMPLE_BOUNDS = re.compile(
    r"\s*(?:\.\s*>=\s*(?P<low>-?\d+(?:\.\d+)?))?"
    r"(?(low)(?:\s+and\s+\.\s*<=\s*(?P<high>-?\d+(?:\.\d+)?))?"
    r"|\.\s*<=\s*(?P<only>-?\d+(?:\.\d+)?))\s*"
)


class Bounds(NamedTuple):
    low: float | None
    high: float | None
    rest: str


def language_code(name: str) -> str:
    """« English (en) » and « anglais » give ``en``; what we do not know stays as it is."""
    match = re.search(r"\(([A-Za-z-]{2,10})\)\s*$", name)
    if match:
        return match[1].lower()
    plain = name.strip().lower()
    return CODES.get(plain, plain)


def language_name(code: str) -> str:
    return f"{NAMES.get(code, code)} ({code})"


def number_text(number: float | None) -> str:
    if number is None:
        return ""
    return str(int(number)) if number == int(number) else repr(float(number))


def number_from(text: str) -> float | None:
    """Raises ``ValueError``."""
    if not text:
        return None
    number = float(text.replace(",", "."))
    if not abs(number) < 1e15:
        raise ValueError(text)
    return int(number) if number == int(number) else number


def joined(spec: QuestionSpec) -> str:
    """The bounds of a number and its constraint as one expression."""
    low, high = spec.minimum, spec.maximum
    if spec.kind == QuestionKind.SCALE:
        low = high = None  # XLSForm says them as parameters
    parts = []
    if low is not None:
        parts.append(f". >= {number_text(low)}")
    if high is not None:
        parts.append(f". <= {number_text(high)}")
    if spec.constraint and parts:
        parts.append(f"({spec.constraint})")
    elif spec.constraint:
        parts.append(spec.constraint)
    return " and ".join(parts)


def split_bounds(text: str) -> Bounds:
    """Bounds that are written as such, and what is left as a constraint."""
    match = SIMPLE_BOUNDS.fullmatch(text) if text.strip() else None
    if match is None:
        return Bounds(None, None, text)
    low, high = match["low"], match["high"] or match["only"]
    return Bounds(
        number_from(low) if low else None, number_from(high) if high else None, ""
    )
