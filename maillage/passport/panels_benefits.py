"""What the pass gives, on the pages of places and events, and the ways to say it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.panels import Maker, Panel
from maillage.directory.models import Place
from maillage.passport.benefit_pages import lines_of
from maillage.passport.models import Benefit
from maillage.passport.services.benefits import places_for_benefits


def shown(rows: Any, *, edit_url: str, edit_label: str) -> Iterable[Panel]:
    """What is given; nothing for the public where nothing is."""
    found = list(rows.select_related("event", "place"))
    if found or edit_url:
        context = {
            "lines": lines_of(found, today=timezone.localdate()),
            "edit_url": edit_url,
            "edit_label": edit_label,
        }
        yield Panel("passport/panel_benefits.html", context, rank=8)


def may_say(place: Any, user: Any) -> bool:
    if place is None or not user.is_authenticated:
        return False
    return bool(places_for_benefits(user).filter(pk=place.pk).exists())


def on_place(place: Any, user: Any) -> Iterable[Panel]:
    rows = Benefit.objects.all().offered_on(timezone.localdate()).filter(place=place)
    url = ""
    if may_say(place, user):
        url = reverse("passport:benefit_place", args=[place.slug])
    return shown(rows, edit_url=url, edit_label=_("Dire ce que ce lieu donne"))


def on_event(event: Any, user: Any) -> Iterable[Panel]:
    """What the event gives, and what its place gives every day."""
    if event.place_id is None:
        return []
    rows = Benefit.objects.all().offered_on(timezone.localdate())
    rows = rows.filter(Q(event=event) | Q(event=None), place=event.place_id)
    url = ""
    if may_say(event.place, user):
        url = reverse("passport:benefit_new", args=[event.place.slug])
        url += f"?evenement={event.slug}"
    return shown(rows, edit_url=url, edit_label=_("Dire ce que cet événement donne"))


def my_benefits(_thing: Any, user: Any) -> Iterable[Panel]:
    """In one's own space: how much one's places give."""
    places = Place.objects.published().owned_by(user)
    if places.exists():
        rows = Benefit.objects.all().offered_on(timezone.localdate())
        given = rows.filter(place__in=places.order_by().values("pk")).count()
        yield Panel("passport/panel_my_benefits.html", {"given": given}, rank=23)


def benefit_desk(_thing: Any, user: Any) -> Iterable[Panel]:
    """For the agency: all that is given."""
    if user.is_agency:
        given = Benefit.objects.all().offered_on(timezone.localdate()).count()
        yield Panel("passport/panel_benefit_desk.html", {"given": given}, rank=51)


MAKERS: list[tuple[str, Maker]] = [
    ("place.sections", on_place),
    ("event.sections", on_event),
    ("my_space.sections", my_benefits),
    ("agency_desk.sections", benefit_desk),
]
