"""What every map page needs."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from numpy.typing import ArrayLike

from maillage.core.context import region
from maillage.core.listing import Points
from maillage.core.models import Entry, EntryQuerySet

#: Things in the list beside a map, and in one of its bubbles.
IN_VIEW = 30


def map_words() -> dict[str, str]:
    """What MapLibre says, in the language of the page."""
    return {
        "Map.Title": _("Carte"),
        "NavigationControl.ZoomIn": _("Agrandir"),
        "NavigationControl.ZoomOut": _("Réduire"),
        "GeolocateControl.FindMyLocation": _("Me situer"),
        "GeolocateControl.LocationNotAvailable": _("Position indisponible"),
        "AttributionControl.ToggleAttribution": _("Sources de la carte"),
        "Popup.Close": _("Fermer"),
        "ScaleControl.Meters": "m",
        "ScaleControl.Kilometers": "km",
    }


def map_context(
    signs: Sequence[dict[str, str]], *, points: str, beside: str, bubble: str
) -> dict[str, Any]:
    """What ``includes/map_element.html`` needs.

    ``points``, ``beside`` and ``bubble`` name the views that give the points, the list
    beside the map, and what stands in a bubble.
    """
    card = region()
    bounds = card["map"]["bounds"]
    return {
        "signs": signs,
        "signs_json": json.dumps(signs),
        "bounds_json": json.dumps([bounds[:2], bounds[2:]]),
        "credit": card["data"]["base_map_attribution"],
        "locale_json": json.dumps(map_words()),
        "tiles": settings.MAP_TILES,
        "tiles_credit": settings.MAP_TILES_CREDIT,
        "points_url": reverse(points),
        "beside_url": reverse(beside),
        "bubble_url": reverse(bubble),
    }


def points_response(points: Points, signs: ArrayLike) -> HttpResponse:
    """Positions as columns of numbers, and the number of the sign of each (n,)."""
    columns = (
        np.uint32(len(points)),
        points.lon.astype("<f4"),
        points.lat.astype("<f4"),
        points.pk.astype("<u4"),
        np.asarray(signs, dtype="u1"),
    )
    body = b"".join(column.tobytes() for column in columns)
    return HttpResponse(body, content_type="application/octet-stream")


def bubble_entries(request: HttpRequest) -> EntryQuerySet:
    """The published entries that a bubble is asked for (``?e=…&e=…``)."""
    asked = [int(e) for e in request.GET.getlist("e")[:IN_VIEW] if e.isdecimal()]
    return Entry.objects.public().filter(pk__in=[e for e in asked if e < 2**62])
