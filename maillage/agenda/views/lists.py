"""What happens: the list, a day, a week, a month, the map, what is over."""

import datetime as dt
from typing import Any

import numpy as np
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.agenda.event_pages import (
    SIZE,
    asked_in_words,
    count_label,
    list_context,
    search,
)
from maillage.agenda.models import Event
from maillage.agenda.month_pages import day_context, month_context, week_context
from maillage.agenda.services.finding import read_asked, read_day
from maillage.core import maps, marks
from maillage.core.http import page
from maillage.core.listing_facets import param
from maillage.core.lists import cards
from maillage.core.maps import IN_VIEW
from maillage.directory.views.lists import search_around, where

SIGN = {"kind": "event", "color": "#b3341f", "shape": "diamond"}
#: Pages that are one choice of a filter.
SHORTCUTS = {
    "aujourd-hui": "when=today",
    "ce-week-end": "when=weekend",
    "en-famille": "feature=family",
    "gratuit": "feature=free",
    "accessible": "feature=accessible",
    "en-ligne": "feature=online",
} | {
    mark.word: f"{param(mark.facet)}={mark.value}"
    for mark in marks.marks_of("event")
    if mark.word
}


def tabs(request: HttpRequest, current: str, filters: str) -> dict[str, Any]:
    """The ways to look, each with the filters of now."""
    today = timezone.localdate()
    query = f"?{filters}" if filters else ""
    ways = [
        ("list", _("Liste"), reverse("agenda:event_list")),
        ("day", _("Jour"), reverse("agenda:event_day", args=[today])),
        ("week", _("Semaine"), reverse("agenda:event_week", args=[today])),
        ("month", _("Mois"), reverse("agenda:event_month", args=[f"{today:%Y-%m}"])),
        ("map", _("Carte"), reverse("agenda:event_map")),
    ]
    return {
        "view": current,
        "ways": [
            (name, label, url + query, name == current) for name, label, url in ways
        ],
        "quick": quick(request),
    }


def quick(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """The questions of a family, as filters to switch on and off."""
    found = []
    for label, name, value in (
        (_("Ce week-end"), "when", "weekend"),
        (_("Aujourd’hui"), "when", "today"),
        (_("En famille"), "feature", "family"),
        (_("Gratuit"), "feature", "free"),
        (_("Accessible en fauteuil"), "feature", "accessible"),
        (_("En ligne"), "feature", "online"),
        *(
            (str(mark.quick), param(mark.facet), mark.value)
            for mark in marks.marks_of("event")
            if mark.quick
        ),
    ):
        params = request.GET.copy()
        is_on = value in params.getlist(name)
        values = [v for v in params.getlist(name) if v != value]
        if name == "when":
            values = []
        for part in ("page", *(("from", "to") if name == "when" else ())):
            params.pop(part, None)
        params.setlist(name, values if is_on else [*values, value])
        address = reverse("agenda:event_list")
        found.append((label, f"{address}?{params.urlencode()}", is_on))
    return found


def shown(request: Request, name: str, context: dict[str, Any]) -> HttpResponse:
    context |= where(request, context) | tabs(request, name, context["filters"])
    template = "event_month.html" if name == "month" else "event_list.html"
    return page(request, f"agenda/{template}", context, partial="listing")


@login_not_required
@require_safe
def event_list(request: Request) -> HttpResponse:
    """What happens next, by day."""
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    today = timezone.localdate()
    asked = read_asked(request.GET, today=today)
    context = list_context(request, asked, today=today)
    context["title"] = asked_in_words(asked, today) or _("Ce qui se passe bientôt")
    context["dates"] = [request.GET.get(name, "") for name in ("from", "to")]
    return shown(request, "list", context)


@login_not_required
@require_safe
def event_shortcut(request: Request, word: str) -> HttpResponse:
    """An address to print on a poster, for one choice of the list."""
    return HttpResponseRedirect(f"{reverse('agenda:event_list')}?{SHORTCUTS[word]}")


@login_not_required
@require_safe
def event_day(request: Request, day: dt.date) -> HttpResponse:
    """One day."""
    today = checked(day)
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    return shown(request, "day", day_context(request, day, today=today))


@login_not_required
@require_safe
def event_week(request: Request, day: dt.date) -> HttpResponse:
    """The week of a day, from Monday."""
    today = checked(day)
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    monday = day - dt.timedelta(day.weekday())
    return shown(request, "week", week_context(request, monday, today=today))


@login_not_required
@require_safe
def event_month(request: Request, month: str) -> HttpResponse:
    """A month, by weeks."""
    today = timezone.localdate()
    first = read_day(f"{month}-01", today=today)
    if first is None:
        raise Http404
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    return shown(request, "month", month_context(request, first, today=today))


def checked(day: dt.date) -> dt.date:
    """Today; a day that is too far away is no page."""
    today = timezone.localdate()
    if read_day(day.isoformat(), today=today) is None:
        raise Http404
    return today


@login_not_required
@require_safe
def event_past(request: Request) -> HttpResponse:
    """Events that are over, the last first."""
    text = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:100]
    rows = Event.objects.published().filter(last_on__lt=timezone.localdate())
    if text:
        rows = rows.filter(name__icontains=text)
    rows = rows.select_related("owner", "place__commune", "commune")
    pages = Paginator(rows.order_by("-last_on", "name", "pk"), SIZE)
    found = pages.get_page(request.GET.get("page"))
    return page(
        request,
        "agenda/event_past.html",
        {"events": list(found), "page_obj": found, "query": text},
    )


# The map ---------------------------------------------------------------------------


@login_not_required
@require_safe
def event_map(request: Request) -> HttpResponse:
    """Where it happens."""
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    today = timezone.localdate()
    asked = read_asked(request.GET, today=today)
    context = list_context(request, asked, today=today) | in_view(request)
    places = {"points": "agenda:event_points", "beside": "agenda:event_map_list"}
    context |= maps.map_context([SIGN], bubble="agenda:event_map_cards", **places)
    context |= {
        "title": asked_in_words(asked, today) or _("Où ça se passe"),
        "when": asked.when,
        "whens": [
            ("", _("à venir")),
            ("today", _("aujourd’hui")),
            ("weekend", _("ce week-end")),
            ("week", _("les sept prochains jours")),
            ("month", _("les trente prochains jours")),
        ],
    }
    context |= where(request, context) | tabs(request, "map", context["filters"])
    return page(request, "agenda/event_map.html", context)


def in_view(request: HttpRequest) -> dict[str, Any]:
    """The first events that a part of the map shows."""
    today = timezone.localdate()
    found = search(request, read_asked(request.GET, today=today), today=today)
    return {
        "things": cards(found.listing.page(1, IN_VIEW)),
        "count_label": count_label(found),
        "total": found.event_total,
    }


@login_not_required
@require_safe
def event_points(request: HttpRequest) -> HttpResponse:
    """Positions of what the filters find, as columns of numbers for the map."""
    today = timezone.localdate()
    found = search(request, read_asked(request.GET, today=today), today=today)
    points = found.listing.points()
    return maps.points_response(points, np.zeros(len(points)))


@login_not_required
@require_safe
def event_map_list(request: HttpRequest) -> HttpResponse:
    """The first events in view, for the list beside the map."""
    return render(request, "agenda/event_map_list.html", in_view(request))


@login_not_required
@require_safe
def event_map_cards(request: HttpRequest) -> HttpResponse:
    """The events of one point of the map, for its bubble."""
    found = cards(maps.bubble_entries(request).filter(kind="event"))
    return render(request, "portal/map_cards.html", {"things": found})
