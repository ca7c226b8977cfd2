"""What every template knows of the region's site."""

import tomllib
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language


def region() -> dict[str, Any]:
    """The region's card: code, names, agency, centre and bounds of its map."""
    return _card((get_language() or "fr")[:2])


@cache
def _card(language: str) -> dict[str, Any]:
    """Return the card, with what its table of this language says otherwise."""
    text = (settings.REGION_DATA / "region.toml").read_text(encoding="utf-8")
    card = tomllib.loads(text)
    for key, words in card.get(language, {}).items():
        card[key] = {**card[key], **words} if isinstance(words, dict) else words
    return card


def site(request: HttpRequest) -> dict[str, Any]:
    """The card, twice: pages of allauth have a ``site`` of their own."""
    return {"site": region(), "region_card": region()}
