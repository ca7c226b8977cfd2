"""Whether what was typed is an answer to a question, and which value it gives."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from maillage.calls.choices import QuestionKind
from maillage.calls.definition import LINE, LONGEST, Question
from maillage.core import vocab
from maillage.core.form_fields import DayField
from maillage.core.money import parse_cents
from maillage.directory.fields import (
    CommuneField,
    PhoneField,
    SiretField,
    WebField,
    readable,
)
from maillage.territories.models import Department

RNA = re.compile(r"W\d[\dA-Z]{2}\d{6}")
UAI = re.compile(r"(\d{7})([A-Z])")
#: The letter of a UAI is that of its seven digits, modulo 23.
UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
#: Lines of a table.
MOST_LINES = 60
SIDES = ("expenses", "resources")
NUMBER = re.compile(r"-?\d{1,12}(?:[.,]\d{1,6})?", re.ASCII)


def read(question: Question, raw: Any) -> Any:
    """The value of what was typed, ``None`` for nothing.

    What cannot be read is kept: ``{"typed": …}``; ``wrong`` says why.
    """
    if question.kind == QuestionKind.BUDGET:
        return read_budget(raw)
    if question.kind == QuestionKind.PARTNERS:
        return read_partners(raw)
    if question.kind in LISTS:
        return read_list(question, raw)
    if isinstance(raw, list | tuple):
        raw = raw[0] if raw else ""
    text = readable(str(raw or ""))[: LONGEST + 1000].strip()
    if not text:
        return None
    try:
        return READERS[question.kind](question, text)
    except ValidationError:
        return {"typed": text}


def wrong(question: Question, value: Any) -> str:
    """Why a value cannot be sent; empty when it can."""
    if is_typed(value):
        return why_unreadable(question, str(value["typed"]))
    if question.kind == QuestionKind.TEXT and len(str(value)) > question.length:
        return _("%(over)s caractères de trop (%(most)s au plus).") % {
            "over": len(str(value)) - question.length,
            "most": question.length,
        }
    if question.kind == QuestionKind.BUDGET:
        return wrong_lines([*value["expenses"], *value["resources"]])
    if question.kind == QuestionKind.PARTNERS:
        return wrong_lines(value)
    return ""


def why_unreadable(question: Question, typed: str) -> str:
    if question.kind in LISTS:
        return _("Un de ces choix n’est plus dans la liste.")
    try:
        READERS[question.kind](question, typed)
    except ValidationError as error:
        return " ".join(error.messages)
    return _("Cette réponse ne convient plus à la question : relisez-la.")


def wrong_lines(lines: list[dict[str, Any]]) -> str:
    for line in lines:
        if "typed" in line:
            return _("« %(typed)s » n’est pas un montant, comme 1250 ou 1250,50.") % {
                "typed": line["typed"]
            }
        if not (line.get("label") or line.get("name")):
            return _("Une ligne a un montant mais n’a pas de nom.")
    return ""


def is_typed(value: Any) -> bool:
    return isinstance(value, dict) and "typed" in value


def is_fitting(question: Question, value: Any) -> bool:
    """A value that was read for another version of the form still fits this one."""
    if value is None or is_typed(value):
        return value is None or question.kind not in SHAPED
    if question.kind == QuestionKind.BUDGET:
        return isinstance(value, dict) and set(value) == set(SIDES)
    if question.kind == QuestionKind.PARTNERS:
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    if question.kind in LISTS:
        if not isinstance(value, list) or not all(
            isinstance(one, str) for one in value
        ):
            return False
        return set(value) <= allowed(question)
    if question.kind == QuestionKind.AGREE:
        return value is True
    if question.kind in {QuestionKind.AMOUNT, QuestionKind.NUMBER}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if question.kind in {QuestionKind.CHOICE, QuestionKind.YES_NO}:
        return value in allowed(question)
    return not is_typed(read(question, value))


# One kind at a time ---------------------------------------------------------------


def read_list(question: Question, raw: Any) -> Any:
    chosen = [str(one) for one in raw] if isinstance(raw, list | tuple) else []
    known = allowed(question)
    found = [one for one in known_order(question) if one in chosen]
    if set(chosen) - known - {""}:
        return {"typed": ", ".join(chosen)[:LINE]}
    return found or None


def known_order(question: Question) -> list[str]:
    if question.kind == QuestionKind.THEMES:
        return list(vocab.terms("themes"))
    if question.kind == QuestionKind.DEPARTMENTS:
        return list(Department.objects.values_list("code", flat=True))
    return [value for value, _label in question.options]


def allowed(question: Question) -> set[str]:
    if question.kind == QuestionKind.YES_NO:
        return {"yes", "no"}
    return set(known_order(question))


def read_budget(raw: Any) -> Any:
    found = {side: read_lines(dict(raw or {}).get(side), "label") for side in SIDES}
    return found if any(found.values()) else None


def read_partners(raw: Any) -> Any:
    return read_lines(raw, "name") or None


def read_lines(raw: Any, name: str) -> list[dict[str, Any]]:
    """Lines of a table from ``{"label" or "name", "role", "amount"}``, none empty."""
    found = []
    for row in list(raw or [])[:MOST_LINES]:
        line: dict[str, Any] = {name: clean_line(row.get(name))}
        if name == "name":
            line["role"] = clean_line(row.get("role"))
        typed = clean_line(row.get("amount"))[:40]
        try:
            line["cents"] = parse_cents(typed)
        except ValidationError:
            line |= {"cents": None, "typed": typed}
        if any(value not in (None, "") for value in line.values()):
            found.append(line)
    return found


def clean_line(text: Any) -> str:
    return " ".join(readable(str(text or "")).split())[:LINE]


def read_text(question: Question, text: str) -> str:
    return text


def read_short(question: Question, text: str) -> str:
    return " ".join(text.split())[:LINE]


def read_option(question: Question, text: str) -> str:
    if text not in allowed(question):
        raise ValidationError(_("Ce choix n’est plus dans la liste."), "option")
    return text


def read_agree(question: Question, text: str) -> bool:
    return True


def read_number(question: Question, text: str) -> int | float:
    bare = re.sub(r"\s", "", text)
    if not NUMBER.fullmatch(bare):
        raise ValidationError(_("Écrivez un nombre, comme 12 ou 12,5."), "number")
    number = float(bare.replace(",", "."))
    return int(number) if number.is_integer() else number


def read_amount(question: Question, text: str) -> int | None:
    return parse_cents(text)


def read_day(question: Question, text: str) -> str:
    day = DayField().clean(text)
    assert isinstance(day, dt.date)  # noqa: S101 -- the field says no otherwise
    return day.isoformat()


def read_siret(question: Question, text: str) -> str:
    return SiretField().clean(text)


def read_rna(question: Question, text: str) -> str:
    bare = re.sub(r"[\s.\-]", "", text).upper()
    if not RNA.fullmatch(bare):
        raise ValidationError(
            _("Un numéro RNA est un W suivi de neuf chiffres, comme W595001234."), "rna"
        )
    return bare


def read_uai(question: Question, text: str) -> str:
    bare = re.sub(r"[\s.\-]", "", text).upper()
    match = UAI.fullmatch(bare)
    if match is None or UAI_LETTERS[int(match[1]) % 23] != match[2]:
        raise ValidationError(
            _(
                "Un numéro UAI a sept chiffres et une lettre, qui vérifie les chiffres : "
                "relisez-le."
            ),
            "uai",
        )
    return bare


def read_email(question: Question, text: str) -> str:
    return str(forms.EmailField(max_length=LINE).clean(text))


def read_phone(question: Question, text: str) -> str:
    return str(PhoneField().clean(text))


def read_web(question: Question, text: str) -> str:
    return WebField().clean(text)


def read_commune(question: Question, text: str) -> str:
    commune = CommuneField().clean(text)
    return commune.pk if commune else ""


LISTS = (QuestionKind.CHOICES, QuestionKind.DEPARTMENTS, QuestionKind.THEMES)
SHAPED = (QuestionKind.BUDGET, QuestionKind.PARTNERS, QuestionKind.AGREE)
READERS: Mapping[str, Callable[[Question, str], Any]] = {
    QuestionKind.LINE: read_short,
    QuestionKind.TEXT: read_text,
    QuestionKind.CHOICE: read_option,
    QuestionKind.YES_NO: read_option,
    QuestionKind.AGREE: read_agree,
    QuestionKind.NUMBER: read_number,
    QuestionKind.AMOUNT: read_amount,
    QuestionKind.DAY: read_day,
    QuestionKind.EMAIL: read_email,
    QuestionKind.PHONE: read_phone,
    QuestionKind.WEB: read_web,
    QuestionKind.SIRET: read_siret,
    QuestionKind.RNA: read_rna,
    QuestionKind.UAI: read_uai,
    QuestionKind.COMMUNE: read_commune,
    QuestionKind.FILE: read_short,
}
