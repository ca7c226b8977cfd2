"""Lists of structures and places, and the box that suggests a structure."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.core.http import page
from maillage.core.lists import Choice, list_context
from maillage.directory.fields import readable
from maillage.directory.services import structures_named
from maillage.territories.models import Commune
from maillage.territories.services import find_commune

DISTANCES = (5, 10, 20, 50)
PLACE = ("around", "lon", "lat", "commune", "near", "km", "page")


@login_not_required
@require_safe
def structure_list(request: Request) -> HttpResponse:
    """Every published structure, by filters."""
    return listed(request, "structure")


@login_not_required
@require_safe
def place_list(request: Request) -> HttpResponse:
    """Every published place, by filters."""
    return listed(request, "place")


def listed(request: Request, kind: str) -> HttpResponse:
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    context = list_context(request, kinds=(kind,))
    context["facets"] = [box for box in context["facets"] if box.name != "commune"]
    return page(
        request,
        f"directory/{kind}_list.html",
        context | where(request, context),
        partial="listing",
    )


def search_around(request: Request) -> str:
    """The query for what a person has typed or what their device has said.

    ``around=Lille`` becomes ``commune=59350``, ``lon`` and ``lat`` become ``near``:
    an address that can be shared. Empty when there is nothing to turn.
    """
    params = request.GET.copy()
    typed = readable(params.get("around", "")).strip()
    commune = find_commune(typed) if typed else None
    point = [params.get(name, "") for name in ("lon", "lat")]
    if commune is None and not all(point):
        return ""
    km = params.get("km") or str(DISTANCES[1])
    for name in PLACE:
        params.pop(name, None)
    if commune is not None:
        params["commune"] = commune.insee
    else:
        params["near"] = ",".join(point)
    params["km"] = km
    return params.urlencode()


def where(request: Request, context: dict[str, Any]) -> dict[str, Any]:
    """What the box « autour de » shows, and the way out of it."""
    code = readable(request.GET.get("commune", ""))
    typed = readable(request.GET.get("around", "")).strip()
    commune = Commune.objects.filter(insee=code).first() if code else None
    asked = context["asked"]
    others = request.GET.copy()
    for name in PLACE:
        others.pop(name, None)
    active = [choice for choice in context["active"] if choice.label != str(commune)]
    if asked.near or commune:
        active.insert(0, Choice(around_label(asked, commune), f"?{others.urlencode()}"))
    return {
        "active": active,
        "active_count": len(active),
        "commune": commune,
        "around": commune.name if commune else typed,
        "around_unknown": bool(typed),
        "distances": DISTANCES,
        "km": int(asked.within_km or DISTANCES[1]),
        "others": [
            (name, value)
            for name, values in others.lists()
            for value in values
            if name != "sort"
        ],
    }


def around_label(asked: Any, commune: Commune | None) -> str:
    if asked.within_km is None:
        return commune.name if commune else _("autour de votre position")
    km = int(asked.within_km)
    if commune is None:
        return _("à %(km)s km de votre position") % {"km": km}
    return _("à %(km)s km de %(name)s") % {"km": km, "name": commune.name}


@require_safe
def structure_suggest(request: Request) -> HttpResponse:
    """Answer the box where the structure of a place is being typed."""
    found = structures_named(readable(request.GET.get("q", "")), by=request.user)
    results = [
        {
            "label": structure.name,
            "detail": structure.commune.name if structure.commune else "",
        }
        for structure in found
    ]
    return JsonResponse({"results": results})
