"""Euros as people write and read them; cents everywhere else."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_CENTS = 100_000_000_00
NBSP = "\N{NO-BREAK SPACE}"
THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
AMOUNT = re.compile(r"^(\d{1,12})(?:[.,](\d{1,2}))?$", re.ASCII)


def format_cents(cents: int | None) -> str:
    """« 1 250,50 € », « −12 € »; round amounts without zeros; nothing for nothing."""
    if cents is None:
        return ""
    euros, rest = divmod(abs(cents), 100)
    sign = MINUS if cents < 0 else ""
    whole = f"{euros:,}".replace(",", THIN)
    decimals = f",{rest:02d}" if rest else ""
    return f"{sign}{whole}{decimals}{NBSP}€"


def plain_cents(cents: int | None) -> str:
    """An amount as a box of a form shows it: « 1250,50 »."""
    if cents is None:
        return ""
    euros, rest = divmod(cents, 100)
    return f"{euros},{rest:02d}" if rest else str(euros)


def parse_cents(text: str) -> int | None:
    """Cents of an amount in euros, ``None`` when nothing is written.

    Reads « 1250,5 », « 1 250 € », « 1.250,50 ». Raises ``ValidationError``.
    """
    bare = re.sub(r"[\s€]", "", text).removesuffix("euros").removesuffix("EUR")
    if not bare:
        return None
    if "," in bare:
        bare = bare.replace(".", "")  # points between thousands
    match = AMOUNT.match(bare)
    if match is None:
        raise ValidationError(
            _("Écrivez un montant en euros, comme 1250 ou 1250,50."), "amount"
        )
    cents = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if cents > MOST_CENTS:
        raise ValidationError(_("Ce montant est trop grand."), "too_much")
    return cents


class EurosField(forms.CharField):
    """An amount written in euros, kept in cents."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        widget = forms.TextInput(attrs={"inputmode": "decimal", "size": 12})
        kwargs.setdefault("widget", widget)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        return parse_cents(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return plain_cents(value) if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(parse_cents(str(data or "")) != initial)
        except ValidationError:
            return True
