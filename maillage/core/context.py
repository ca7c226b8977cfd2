"""What every template knows of the region's site."""

import tomllib
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest


@cache
def region() -> dict[str, Any]:
    """The region's card: code, names, agency, centre and bounds of its map."""
    card = (settings.REGION_DATA / "region.toml").read_text(encoding="utf-8")
    return tomllib.loads(card)


def site(request: HttpRequest) -> dict[str, Any]:
    """The card, twice: pages of allauth have a ``site`` of their own."""
    return {"site": region(), "region_card": region()}
