"""« Que puis-je emprunter bientôt ? »: the first free window of the whole catalogue."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.catalogue.fit import HAND_KG, POWER, FitLine, check_fit, verdict
from maillage.catalogue.models import Resource
from maillage.catalogue.services import hosts_named
from maillage.circulation.forms.availability import WishForm
from maillage.circulation.models import Copy, Host
from maillage.circulation.services.availability import FreeWindow, Wish, first_free
from maillage.core.context import region
from maillage.core.http import page
from maillage.directory.models import Place

PAGE = 20


@dataclass(frozen=True)
class Offer:
    """One resource of the page, with the days on which it could come."""

    resource: Resource
    window: FreeWindow
    fit: str
    lines: Sequence[FitLine]

    @property
    def doubts(self) -> list[FitLine]:
        return [line for line in self.lines if line.fit != "ok"]


@login_not_required
@require_safe
def free_windows(request: Request) -> HttpResponse:
    """What could be borrowed soon, the soonest first, then the nearest."""
    today = timezone.localdate()
    form = WishForm(request.GET, user=request.user, today=today)
    form.is_valid()  # what cannot be read is told beside its box, and left out
    found = form.cleaned_data
    host = found.get("lieu")
    place, places = room_of(found.get("salle", ""), host)
    wish = wish_of(found, host=host, place=place, today=today)
    copies = wanted(found, room=place or host, days=wish.days)
    windows = first_free(copies, wish=wish)
    here = Paginator(windows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "wish": wish,
        "offers": offers(list(here), room=place or host),
        "page_obj": here,
        "total": len(windows),
        "place": place,
        "places": places,
        "host": host,
        "school": wish.school_zone,
    }
    return page(request, "circulation/free_windows.html", context, partial="results")


def room_of(text: str, host: Host | None) -> tuple[Any, list[Place]]:
    """The place whose room is meant, or those that a text may mean."""
    if not text:
        return None, []
    found = hosts_named(text)
    return (found[0], []) if len(found) == 1 else (None, found)


def wish_of(
    found: dict[str, Any], *, host: Host | None, place: Any, today: dt.date
) -> Wish:
    """What is asked, from the boxes that could be read."""
    commune = found.get("commune")
    near = (commune.lon, commune.lat) if commune else None
    zone = ""
    if place is not None and near is None:
        near = place.position
    if host is not None:
        near = near or host.position
        zone = host.commune.department.holiday_zone if host.is_school else ""
    if found.get("ecole"):
        zone = zone or (commune.department.holiday_zone if commune else "")
        zone = zone or region()["holiday_zones"][0]
    return Wish(
        today=today,
        start=found.get("du") or today,
        days=found.get("duree") or 21,
        near=near,
        school_zone=zone,
    )


def wanted(found: dict[str, Any], *, room: Any, days: int) -> QuerySet[Copy]:
    """Copies of published resources that the boxes let through."""
    resources = Resource.objects.published().filter(
        Q(loan_days_min=None) | Q(loan_days_min__lte=days),
        Q(loan_days_max=None) | Q(loan_days_max__gte=days),
    )
    if kind := found.get("nature"):
        resources = resources.filter(kind=kind)
    if theme := found.get("theme"):
        rows = resources.values_list("pk", "themes")
        resources = resources.filter(pk__in=[pk for pk, t in rows if theme in t])
    if room is not None:
        resources = fitting(resources, room)
    return Copy.objects.filter(resource__in=resources)


def fitting(resources: Any, room: Any) -> Any:
    """Without what a room surely cannot take; what it does not say is let through."""
    sizes = (
        ("surface_m2", room.host_surface_m2),
        ("height_cm", room.host_height_cm),
        ("setup_people", room.host_staff),
    )
    for name, most in sizes:
        if most is not None:
            resources = resources.exclude(**{f"{name}__gt": most})
    if room.host_power in POWER:
        stronger = POWER[POWER.index(room.host_power) + 1 :]
        resources = resources.exclude(power__in=set(stronger) - {*POWER[:2]})
    if room.host_is_level is False:
        resources = resources.exclude(weight_kg__gt=HAND_KG)
    return resources


def offers(windows: list[FreeWindow], *, room: Any) -> list[Offer]:
    """The resources of one page, with whether each fits: one query."""
    rows = Resource.objects.published().select_related(
        "commune", "owner__commune", "parent"
    )
    known = rows.in_bulk([window.resource for window in windows])
    found = []
    for window in windows:
        if resource := known.get(window.resource):
            lines = check_fit(resource, room) if room is not None else []
            fit = str(verdict(lines)) if room is not None else ""
            found.append(Offer(resource, window, fit, lines))
    return found
