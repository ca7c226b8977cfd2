"""Whether what was typed is an answer to a question, and which value it gives.

The same rules for the page of the respondent, for paper entry and for imported answers.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from maillage.directory.fields import CommuneField, PhoneField, WebField
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, QuestionSpec
from maillage.surveys.expressions import Scope, is_true

MAX_SHORT = 500
MAX_LONG = 20_000
#: What people type for yes and no, in imported files and on paper.
YES = frozenset({"yes", "oui", "o", "y", "1", "true", "vrai", "on"})
NO = frozenset({"no", "non", "n", "0", "false", "faux"})
SPACES = re.compile(r"[\s\u00a0\u202f]+")


class Accepted(NamedTuple):
    """``value`` is None when nothing was answered; ``error`` is empty when all is well.

    On an error ``value`` is None: what was typed stays with the caller.
    """

    value: Any
    error: str = ""


class Wrong(Exception):  # noqa: N818 -- an answer, not an accident
    """What was typed is no answer; carries the message for the person."""


def accept(
    spec: QuestionSpec,
    raw: Any,
    *,
    definition: Definition,
    scope: Scope | None = None,
    must: bool = False,
    kept: bool = False,
) -> Accepted:
    """The value of what was typed (a text, a list of texts, or a value kept before).

    ``scope`` lets the constraint look at other answers. ``must`` says that an empty
    answer to a required question is an error: when sending, not while typing. ``kept``
    says that ``raw`` was accepted or computed before: a commune is then its INSEE code.
    """
    if not spec.is_answered:
        return Accepted(None)
    try:
        value = read(spec, raw, definition, kept)
        if value is None and must and spec.required:
            return Accepted(None, _("Cette réponse est nécessaire."))
        if value is not None:
            bounds(spec, value)
            obey(spec, value, scope or Scope())
    except Wrong as wrong:
        return Accepted(None, str(wrong))
    return Accepted(value)


def read(spec: QuestionSpec, raw: Any, definition: Definition, kept: bool) -> Any:
    if spec.kind == QuestionKind.MANY:
        return read_many(spec, raw, definition)
    if isinstance(raw, list | tuple):
        raw = raw[0] if raw else ""
    if isinstance(raw, bool):
        raw = "yes" if raw else "no"
    text = "" if raw is None else str(raw).replace("\r\n", "\n").strip()
    if not text:
        return None
    if "\x00" in text:
        raise Wrong(_("Ce texte contient un caractère interdit."))
    if spec.is_number:
        return read_number(spec, text)
    if spec.kind == QuestionKind.ONE:
        return read_one(spec, text, definition)
    if spec.kind == QuestionKind.COMMUNE and kept:
        return text
    return READERS[spec.kind](text)


def read_number(spec: QuestionSpec, text: str) -> int | float:
    """« 1 234,5 », « 12 000 € » and « 1234.5 » alike."""
    plain = SPACES.sub("", text).removesuffix("€").replace("−", "-")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        number = Decimal(plain) if re.fullmatch(r"[-+]?[\d.]+", plain) else None
    except InvalidOperation:
        number = None
    if number is None or not plain.isascii():
        raise Wrong(_("Écrivez un nombre, par exemple 1250."))
    if abs(number) >= 10**12:
        raise Wrong(_("Ce nombre est trop grand."))
    whole = number == number.to_integral_value()
    if spec.kind in {QuestionKind.INTEGER, QuestionKind.SCALE} and not whole:
        raise Wrong(_("Écrivez un nombre entier, sans virgule."))
    if spec.kind == QuestionKind.EUROS and number != round(number, 2):
        raise Wrong(_("Un montant a deux décimales au plus."))
    value = float(number)
    if not math.isfinite(value):
        raise Wrong(_("Écrivez un nombre, par exemple 1250."))
    return int(number) if whole else value


def read_one(spec: QuestionSpec, text: str, definition: Definition) -> str:
    if text not in {choice.code for choice in definition.choices_of(spec)}:
        raise Wrong(_("Ce choix n’est pas dans la liste."))
    return text


def read_many(spec: QuestionSpec, raw: Any, definition: Definition) -> Any:
    """Codes in the order of the list, each once."""
    given = raw if isinstance(raw, list | tuple) else str(raw or "").split()
    chosen = {str(one).strip() for one in given} - {""}
    codes = [choice.code for choice in definition.choices_of(spec)]
    if chosen - set(codes):
        raise Wrong(_("Un de ces choix n’est pas dans la liste."))
    return [code for code in codes if code in chosen] or None


def read_yes_no(text: str) -> str:
    if text.lower() in YES:
        return "yes"
    if text.lower() in NO:
        return "no"
    raise Wrong(_("Répondez par oui ou par non."))


def read_short(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > MAX_SHORT:
        raise Wrong(_("Plus de %d caractères.") % MAX_SHORT)
    return text


def read_long(text: str) -> str:
    if len(text) > MAX_LONG:
        raise Wrong(_("Plus de %d caractères.") % MAX_LONG)
    return text


def read_date(text: str) -> str:
    """An ISO day, or the French way: 3/9/2025."""
    french = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    if french:
        day, month, year = french.groups()
        text = f"{year}-{month:0>2}-{day:0>2}"
    try:
        found = dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        found = None
    if found is None or not 1000 <= found.year <= 2200:
        raise Wrong(_("Écrivez une date, par exemple 03/09/2025."))
    return found.isoformat()


def read_email(text: str) -> str:
    try:
        EmailValidator()(text)
    except ValidationError:
        message = _("Écrivez une adresse e-mail, par exemple accueil@exemple.fr.")
        raise Wrong(message) from None
    return text


def read_url(text: str) -> str:
    """With https:// when it was left out."""
    return str(by_field(WebField(required=False), text))


def read_phone(text: str) -> str:
    return str(by_field(PhoneField(required=False), text))


def read_commune(text: str) -> str:
    """The INSEE code of the commune that is meant: « Lille », « 59000 », « 59350 »."""
    return str(by_field(CommuneField(required=False), text).pk)


def by_field(field: forms.Field, text: str) -> Any:
    try:
        return field.clean(text)
    except ValidationError as error:
        raise Wrong(str(error.messages[0])) from None


READERS: Mapping[str, Callable[[str], str]] = {
    QuestionKind.TEXT: read_short,
    QuestionKind.LONG_TEXT: read_long,
    QuestionKind.YES_NO: read_yes_no,
    QuestionKind.DATE: read_date,
    QuestionKind.EMAIL: read_email,
    QuestionKind.PHONE: read_phone,
    QuestionKind.URL: read_url,
    QuestionKind.COMMUNE: read_commune,
}


def bounds(spec: QuestionSpec, value: Any) -> None:
    if not spec.is_number:
        return
    if spec.minimum is not None and value < spec.minimum:
        raise Wrong(_("Le nombre doit être au moins %s.") % shown(spec.minimum))
    if spec.maximum is not None and value > spec.maximum:
        raise Wrong(_("Le nombre doit être au plus %s.") % shown(spec.maximum))


def shown(number: float) -> str:
    whole = number == int(number)
    return str(int(number)) if whole else str(number).replace(".", ",")


def obey(spec: QuestionSpec, value: Any, scope: Scope) -> None:
    if not is_true(spec.constraint, scope.about(value)):
        message = spec.constraint_message or _(
            "Cette réponse ne respecte pas la règle de saisie."
        )
        raise Wrong(message)
