"""The columns of a table of published things: one list for files in and out.

A column says how a cell is read, how a value is written, and what the data
dictionary tells of it.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy
from rapidfuzz import process

from maillage.core import vocab
from maillage.core.french import fold

SEPARATOR = "|"
BAR = "\\u007c"  # a bar inside a text, as JSON may write it
YES = {"oui", "o", "vrai", "true", "yes", "y", "1", "x"}
NO = {"non", "n", "faux", "false", "no", "0"}
#: Days as people and spreadsheets write them.
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S")
BLANKS = re.compile(r"[ \t\r\n]+")
NOT_A_WORD = re.compile(r"[^a-z0-9]+")
#: Addresses that need no closer look: most of them, and checking is slow.
PLAIN_URL = re.compile(
    r"https?://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(/[\w./%?=&#~+,;:-]*)?"
)
is_url = URLValidator(schemes=["http", "https"])

#: What the data dictionary calls each type, and the type of Table Schema.
TYPES: dict[str, tuple[str | Promise, str]] = {
    "text": (gettext_lazy("texte"), "string"),
    "long": (gettext_lazy("texte long"), "string"),
    "integer": (gettext_lazy("nombre entier"), "integer"),
    "number": (gettext_lazy("nombre"), "number"),
    "decimal": (gettext_lazy("nombre décimal"), "number"),
    "cents": (gettext_lazy("montant en euros"), "number"),
    "boolean": (gettext_lazy("oui ou non"), "boolean"),
    "term": (gettext_lazy("un terme du vocabulaire"), "string"),
    "terms": (gettext_lazy("des termes du vocabulaire, séparés par |"), "string"),
    "choice": (gettext_lazy("une valeur de la liste"), "string"),
    "url": (gettext_lazy("adresse web"), "string"),
    "email": (gettext_lazy("adresse e-mail"), "string"),
    "commune": (gettext_lazy("code INSEE"), "string"),
    "reference": (gettext_lazy("clé d’une autre fiche"), "string"),
    "references": (gettext_lazy("clés d’autres fiches, séparées par |"), "string"),
    "fees": (gettext_lazy("barème"), "string"),
    "pairs": (gettext_lazy("réponses nom=valeur, séparées par |"), "string"),
    "date": (gettext_lazy("date"), "date"),
}


class BadCell(ValueError):  # noqa: N818 -- an answer, not an accident
    """A cell that cannot be read; the message says what to write."""


def simple(text: str) -> str:
    """A word as headers and terms are compared: no accent, case or punctuation."""
    return NOT_A_WORD.sub(" ", fold(text)).strip()


def in_languages(label: str | Promise) -> list[str]:
    """A label in every language of the site, whichever is spoken just now."""
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(str(label))
    return found


@dataclass(frozen=True)
class Column:
    """One column; ``field`` is what it fills, empty when it is only exported."""

    code: str
    label: str | Promise
    type: str = "text"
    field: str = ""
    is_required: bool = False
    max_length: int = 0
    low: float | None = None
    high: float | None = None
    vocabulary: str = ""
    choices: tuple[tuple[str, str | Promise], ...] = ()
    unit: str = ""
    example: str = ""
    about: str | Promise = ""
    synonyms: tuple[str, ...] = ()
    #: How the value is found on a thing, when it is not simply the field.
    value: Callable[[Any], Any] | None = None
    #: What an empty cell means, where the field cannot be empty.
    default: Any = None

    @property
    def type_label(self) -> str:
        return str(TYPES[self.type][0])

    @property
    def schema_type(self) -> str:
        """The type that Table Schema gives it."""
        return TYPES[self.type][1]

    @cached_property
    def names(self) -> set[str]:
        """What a header may say to mean this column, in simple form."""
        words = {self.code, self.code.replace("_", " "), *in_languages(self.label)}
        return {simple(word) for word in (*words, *self.synonyms)}

    @cached_property
    def words(self) -> dict[str, str]:
        """Slugs by what a cell may say: slug, labels, words of known files."""
        if self.choices:
            pairs = [
                (slug, (slug, *in_languages(label))) for slug, label in self.choices
            ]
        else:
            pairs = [
                (t.slug, (t.slug, t.label_fr, t.label_en, *t.sources))
                for t in vocab.terms(self.vocabulary).values()
            ]
        return {simple(word): slug for slug, words in pairs for word in words if word}

    def read(self, cell: str) -> Any:
        """The value that a cell means; an empty cell is the empty value."""
        reader: Callable[[str], Any] = getattr(self, f"_read_{self.type}")
        if not cell:
            return self.empty
        return reader(cell)

    @property
    def empty(self) -> Any:
        if self.default is not None:
            return self.default
        if self.type in {"terms", "references", "fees"}:
            return []
        if self.type == "pairs":
            return {}
        if self.type in {"integer", "number", "decimal", "cents", "boolean", "date"}:
            return None
        return None if self.type in {"commune", "reference"} else ""

    def of(self, thing: Any) -> Any:
        """The value of this column for a thing."""
        return self.value(thing) if self.value else getattr(thing, self.field)

    def write(self, value: Any) -> str | int | float | None:
        """The cell that means a value; numbers stay numbers."""
        if value is None or value in ("", [], {}):
            return None
        writer: Callable[[Any], Any] | None = getattr(self, f"_write_{self.type}", None)
        written: str | int | float | None = writer(value) if writer else value
        return written

    def _read_text(self, cell: str) -> str:
        # A no-break space is part of the text: French has them inside quotes.
        return self._within(BLANKS.sub(" ", cell).strip())

    def _read_long(self, cell: str) -> str:
        return self._within(cell.replace("\r\n", "\n").replace("\r", "\n").strip())

    def _within(self, text: str) -> str:
        if self.max_length and len(text) > self.max_length:
            raise BadCell(
                _("Le texte a %(found)d caractères ; raccourcissez-le à %(most)d.")
                % {"found": len(text), "most": self.max_length}
            )
        return text

    def _read_integer(self, cell: str) -> int:
        number = self._read_number(cell)
        if number != int(number):
            raise BadCell(_("Écrivez un nombre entier, sans virgule."))
        return int(number)

    def _read_number(self, cell: str) -> float:
        return float(self._decimal(cell))

    def _read_decimal(self, cell: str) -> Decimal:
        return self._decimal(cell).quantize(Decimal("0.01"))

    def _read_cents(self, cell: str) -> int:
        amount = self._decimal(cell.replace("€", "")) * 100
        if amount != int(amount):
            raise BadCell(_("Écrivez un montant avec deux décimales au plus."))
        return int(amount)

    def _decimal(self, cell: str) -> Decimal:
        plain = "".join(cell.split()).replace(",", ".")
        try:
            number = Decimal(plain)
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite() or "_" in plain:
            raise BadCell(_("« %s » n’est pas un nombre.") % cell[:40])
        self._between(number)
        return number

    def _between(self, number: Decimal) -> None:
        if self.low is not None and number < Decimal(str(self.low)):
            raise BadCell(_("Le nombre doit être au moins %s.") % f"{self.low:g}")
        if self.high is not None and number > Decimal(str(self.high)):
            raise BadCell(_("Le nombre doit être au plus %s.") % f"{self.high:g}")

    def _read_boolean(self, cell: str) -> bool:
        word = simple(cell)
        if word not in YES | NO:
            raise BadCell(_("Écrivez « oui » ou « non », ou laissez vide."))
        return word in YES

    def _read_term(self, cell: str) -> str:
        slug = self.words.get(simple(cell))
        if slug is None:
            raise BadCell(self._unknown(cell))
        return slug

    _read_choice = _read_term

    def _read_terms(self, cell: str) -> list[str]:
        found = {self._read_term(word) for word in parts(cell)}
        return [slug for slug in vocab.terms(self.vocabulary) if slug in found]

    def _unknown(self, cell: str) -> str:
        near = process.extractOne(simple(cell), list(self.words), score_cutoff=60)
        if near:
            return _(
                "« %(word)s » n’est pas dans la liste ; vouliez-vous « %(near)s » ?"
            ) % {
                "word": cell[:60],
                "near": self.words[near[0]],
            }
        known = ", ".join(list(dict.fromkeys(self.words.values()))[:8])
        return _("« %(word)s » n’est pas dans la liste : %(known)s…") % {
            "word": cell[:60],
            "known": known,
        }

    def _read_url(self, cell: str) -> str:
        text = cell if re.match(r"https?://", cell, re.I) else f"https://{cell}"
        try:
            if not PLAIN_URL.fullmatch(text):
                is_url(text)
            if "@" in text.split("/")[2]:  # an e-mail address in the wrong column
                raise ValidationError("")
        except ValidationError:
            raise BadCell(
                _("« %s » n’est pas une adresse web : écrivez https://…") % cell[:60]
            ) from None
        return self._within(text)

    def _read_email(self, cell: str) -> str:
        try:
            validate_email(cell)
        except ValidationError:
            raise BadCell(
                _("« %s » n’est pas une adresse e-mail.") % cell[:60]
            ) from None
        return self._within(cell)

    def _read_commune(self, cell: str) -> str:
        return cell

    _read_reference = _read_commune

    def _read_references(self, cell: str) -> list[str]:
        return list(dict.fromkeys(parts(cell)))

    def _read_fees(self, cell: str) -> list[dict[str, Any]]:
        known = {simple(slug): slug for slug in vocab.terms("borrower_kinds")}
        known |= {
            simple(t.label_fr): t.slug for t in vocab.terms("borrower_kinds").values()
        }
        return [
            read_fee(part, known) for part in re.split(r"[;|\n]", cell) if part.strip()
        ]

    def _write_fees(self, value: list[dict[str, Any]]) -> str:
        return "; ".join(
            f"{fee['borrower'] or 'tous'}/{fee['days']}={euros(fee['cents'])}"
            for fee in value
        )

    def _read_pairs(self, cell: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in cell.split(SEPARATOR):
            name, sign, text = part.partition("=")
            if not sign or not re.fullmatch(r"[a-z0-9_]{1,60}", name.strip()):
                raise BadCell(_("Écrivez nom=valeur, séparés par |."))
            try:
                found[name.strip()] = json.loads(text)
            except ValueError:
                found[name.strip()] = text.strip()
        return found

    def _write_pairs(self, value: dict[str, Any]) -> str:
        return SEPARATOR.join(
            f"{name}={json.dumps(answer, ensure_ascii=False)}".replace(SEPARATOR, BAR)
            for name, answer in sorted(value.items())
        )

    def _read_date(self, cell: str) -> dt.date:
        for form in DATES:
            with suppress(ValueError):
                return dt.datetime.strptime(cell, form).date()  # noqa: DTZ007 -- a day
        raise BadCell(_("Écrivez une date comme 2026-09-01 ou 01/09/2026."))

    def _write_date(self, value: Any) -> str:
        return str(value.isoformat())

    def _write_terms(self, value: Iterable[str]) -> str:
        return SEPARATOR.join(value)

    _write_references = _write_terms

    def _write_boolean(self, value: bool) -> str:
        return "oui" if value else "non"

    def _write_cents(self, value: int) -> int | float:
        return value // 100 if value % 100 == 0 else value / 100

    def _write_decimal(self, value: Decimal) -> float:
        return float(value)


def parts(cell: str) -> list[str]:
    """Several values in one cell; bars, or semicolons as public files have them."""
    return [word.strip() for word in re.split(r"[|;]", cell) if word.strip()]


def read_fee(part: str, known: dict[str, str]) -> dict[str, Any]:
    """One line of a fee scale: ``ecole/7=50`` is 50 € for a school for 7 days."""
    match = re.fullmatch(
        r"\s*([^/=]+?)\s*/\s*(\d{1,4})\s*=\s*([\d\s.,]+?)\s*€?\s*", part
    )
    if not match:
        raise BadCell(
            _("« %s » : écrivez emprunteur/jours=euros, par exemple tous/7=120.")
            % part.strip()[:60]
        )
    word, days, amount = match.groups()
    borrower = "tous" if simple(word) == "tous" else known.get(simple(word))
    if borrower is None:
        raise BadCell(_("« %s » n’est pas un emprunteur connu.") % word[:40])
    if not 1 <= int(days) <= 3660:
        raise BadCell(_("La durée va de 1 à 3 660 jours."))
    cents = Column(code="", label="", high=10_000_000)._read_cents(amount)
    return {"borrower": borrower, "days": int(days), "cents": cents}


def euros(cents: int) -> str:
    return f"{cents / 100:.2f}".removesuffix(".00")
