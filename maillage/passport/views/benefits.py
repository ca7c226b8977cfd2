"""« Où va mon passeport ? » : the places that give something, in a list and on a map."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.core import maps
from maillage.core.http import page
from maillage.core.lists import cards
from maillage.core.maps import IN_VIEW
from maillage.core.models import Entry
from maillage.directory.views.lists import search_around, where
from maillage.passport.benefit_pages import (
    benefit_context,
    given_by,
    in_view,
    sign_numbers,
    signs,
)
from maillage.passport.services.benefit_finding import find_benefits, read_asked

SIZE = 24


@login_not_required
@require_safe
def benefit_list(request: Request) -> HttpResponse:
    """Where the pass opens something, what, and for whom."""
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    context = benefit_context(request, today=timezone.localdate(), size=SIZE)
    context |= where(request, context)
    return page(request, "passport/benefit_list.html", context, partial="listing")


@login_not_required
@require_safe
def benefit_map(request: Request) -> HttpResponse:
    """The same places on the map."""
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    context = benefit_context(request, today=timezone.localdate(), size=IN_VIEW)
    places = {
        "points": "passport:benefit_points",
        "beside": "passport:benefit_map_list",
    }
    context |= maps.map_context(signs(), bubble="passport:benefit_map_cards", **places)
    context |= where(request, context) | {"view": "map"}
    return page(request, "passport/benefit_map.html", context)


@login_not_required
@require_safe
def benefit_points(request: HttpRequest) -> HttpResponse:
    """Positions of the places found and the sign of the best that each gives."""
    found = find_benefits(read_asked(request.GET), today=timezone.localdate())
    points, numbers = found.listing.points(), sign_numbers(found)
    entries = Entry.objects.filter(kind="place", object_id__in=list(numbers))
    signs_by_entry = {
        pk: numbers[place] for pk, place in entries.values_list("pk", "object_id")
    }
    numbers_in_order = [signs_by_entry.get(pk, 0) for pk in points.pk.tolist()]
    return maps.points_response(points, numbers_in_order)


@login_not_required
@require_safe
def benefit_map_list(request: HttpRequest) -> HttpResponse:
    """The first places in view, for the list beside the map."""
    context = in_view(request, today=timezone.localdate(), size=IN_VIEW)
    return render(request, "passport/benefit_map_list.html", context)


@login_not_required
@require_safe
def benefit_map_cards(request: HttpRequest) -> HttpResponse:
    """The places of one point of the map, for its bubble."""
    today = timezone.localdate()
    entries = maps.bubble_entries(request)
    found = find_benefits(read_asked(request.GET), today=today)
    context: dict[str, Any] = {
        "rows": given_by(cards(entries.filter(kind="place")), found, today=today)
    }
    return render(request, "passport/benefit_map_cards.html", context)
