"""Where the pages of other parts lead to the figures of the pass."""

from collections.abc import Iterable
from typing import Any

from maillage.core.panels import Maker, Panel
from maillage.directory.models import Place

FEW = 4


def my_figures(_thing: Any, user: Any) -> Iterable[Panel]:
    """In one's own space: places of one's structures where passes were seen."""
    places = Place.objects.published().owned_by(user).filter(checkins__isnull=False)
    if rows := list(places.order_by("name").distinct()[:FEW]):
        yield Panel("passport/panel_my_figures.html", {"places": rows}, rank=24)


def place_figures(place: Any, user: Any) -> Iterable[Panel]:
    """On the page of a place, for who may see its figures."""
    if not user.is_authenticated:
        return
    mine = Place.objects.published().owned_by(user).filter(pk=place.pk)
    if user.is_agency or user.is_observer or mine.exists():
        yield Panel("passport/panel_place_figures.html", {"place": place}, rank=62)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_figures),
    ("place.sections", place_figures),
]
