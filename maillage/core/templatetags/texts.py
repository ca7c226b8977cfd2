"""Filters for what people wrote, sent or price: ``text``, ``thumb``, ``euros``."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

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


@register.filter
def thumb(picture: Any, side: int) -> str:
    """The address of a small version of a picture, 400 or 800 pixels."""
    return reverse("thumbnail", args=[side, str(picture)]) if picture else ""
