"""Filters for texts, pictures, prices, dates: ``text``, ``thumb``, ``euros``, ``day``."""

import datetime as dt
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from maillage.core.dates import day_words
from maillage.core.markup import render_text
from maillage.core.money import format_cents

register = template.Library()


@register.filter
def text(value: str) -> SafeString:
    """A long text with its paragraphs, lists and links, cleaned."""
    return render_text(value)


@register.filter
def euros(cents: int | None) -> str:
    return format_cents(cents)


@register.filter(expects_localtime=True)
def day(date: dt.date | None, form: str = "j F Y") -> str:
    """« 1er décembre 2026 », where the filter ``date`` says « 1 décembre »."""
    return day_words(date, form) if date else ""


@register.filter
def thumb(picture: Any, side: int) -> str:
    """The address of a small version of a picture, 400 or 800 pixels."""
    return reverse("thumbnail", args=[side, str(picture)]) if picture else ""
