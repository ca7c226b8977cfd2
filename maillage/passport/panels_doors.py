"""Where the pages of other parts lead to the doors."""

from collections.abc import Iterable
from typing import Any

from maillage.core.panels import Maker, Panel
from maillage.directory.models import Place
from maillage.passport.models import Device

FEW = 4


def my_doors(_thing: Any, user: Any) -> Iterable[Panel]:
    """In one's own space: places where one may check passes, those that do first."""
    places = Place.objects.published().owned_by(user)
    if not places.exists():
        return
    devices = Device.objects.all().active().filter(place__in=places)
    yield Panel(
        "passport/panel_my_doors.html",
        {
            "doors": list(places.filter(pass_devices__in=devices).distinct()[:FEW]),
            "places": places.count(),
        },
        rank=22,
    )


def place_door(place: Any, user: Any) -> Iterable[Panel]:
    """On the page of a place, for who may check passes there."""
    if Place.objects.published().editable_by(user).filter(pk=place.pk).exists():
        yield Panel("passport/panel_place_door.html", {"place": place}, rank=60)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_doors),
    ("place.sections", place_door),
]
