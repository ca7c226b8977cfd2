"""The first page, search, and what is near."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maillage.calls.finding import find_calls
from maillage.core import listing, search
from maillage.core.french import fold
from maillage.core.http import PageRequest, page
from maillage.core.lists import cards, list_context
from maillage.observatory.models import Indicator
from maillage.observatory.services.finding import find_indicators
from maillage.territories.services import suggest_communes

ALL_KINDS = ("place", "structure", "resource", "event", "trail")
HIGHLIGHTS = 8
#: Suggestions under the search box, and how many of them are calls or indicators at most.
SUGGESTIONS, CALLS, INDICATORS = 8, 2, 2


@login_not_required
@require_safe
def home(request: PageRequest) -> HttpResponse:
    """What is here, and the ways in."""
    return page(
        request,
        "portal/home.html",
        {"highlights": highlights(), "kinds": kinds_home(), "stats": stats()},
    )


def highlights() -> list[Any]:
    """Resources and places lately changed, in turn, of as many sorts as there are."""
    found = []
    for kind in ("resource", "place"):
        query = listing.Query(kinds=(kind,), sort="recent")
        entries = listing.find(query).page(1, HIGHLIGHTS * 12)
        entries.sort(key=lambda entry: not entry.picture)
        sorts = {entry.family or entry.category: entry for entry in reversed(entries)}
        found.append(cards(list(sorts.values())[: HIGHLIGHTS // 2]))
    return [card for pair in zip(*found, strict=False) for card in pair]


def kinds_home() -> list[dict[str, Any]]:
    """Families of places and kinds of resources, with how many there are."""
    rows = []
    for kind, facet, name in (
        ("place", "family", "directory:place_list"),
        ("resource", "category", "catalogue:resource_list"),
    ):
        found = listing.find(listing.Query(kinds=(kind,)), facets=[facet])
        rows += [
            {
                "label": value.label,
                "url": f"{reverse(name)}?{facet}={value.value}",
                "count": value.count,
                "family": value.value if facet == "family" else "",
            }
            for box in found.facets
            for value in box.values
        ]
    return rows


def stats() -> list[dict[str, Any]]:
    words = (
        ("structure", _("structures"), "directory:structure_list"),
        ("place", _("lieux"), "directory:place_list"),
        ("resource", _("ressources à emprunter"), "catalogue:resource_list"),
    )
    return [
        {
            "value": listing.find(listing.Query(kinds=(kind,))).total,
            "label": label,
            "url": reverse(name),
        }
        for kind, label, name in words
    ]


@login_not_required
@require_safe
def search_page(request: PageRequest) -> HttpResponse:
    """One box over every kind of published thing."""
    asked = request.GET.getlist("kind")
    kinds = tuple(kind for kind in ALL_KINDS if kind in asked) or ALL_KINDS
    context = list_context(request, kinds=kinds)
    labels = {
        "place": _("lieux"),
        "structure": _("structures"),
        "resource": _("ressources"),
        "event": _("événements"),
        "trail": _("parcours"),
    }
    context["kind_choices"] = [
        (kind, labels[kind], kind in asked) for kind in ALL_KINDS
    ]
    return page(request, "portal/search.html", context, partial="listing")


@login_not_required
@require_safe
def search_suggest(request: HttpRequest) -> HttpResponse:
    """What may be meant by the letters typed so far."""
    typed = request.GET.get("q", "")[:100]
    rows = Indicator.objects.all().visible_to(request.user).only("code", "name")
    indicators = find_indicators(rows, typed, by_name=True)[:INDICATORS]
    calls = find_calls(typed, now=timezone.now(), by_name=True)[:CALLS]
    found = search.suggest(typed, limit=SUGGESTIONS - len(indicators) - len(calls))
    results = [
        {"label": call.title, "kind": _("appel à projets"), "url": call.get_absolute_url()}
        for call in calls
    ]  # fmt: skip
    results += [
        {"label": s.text, "kind": kind_label(s.kind), "url": s.url} for s in found
    ]
    results += [
        {"label": one.name, "kind": _("indicateur"), "url": one.get_absolute_url()}
        for one in indicators
    ]
    return JsonResponse({"results": results})


def kind_label(kind: str) -> str:
    return {
        "place": _("lieu"),
        "structure": _("structure"),
        "resource": _("ressource"),
        "event": _("événement"),
        "trail": _("parcours"),
    }[kind]


@login_not_required
@require_safe
def near(request: PageRequest) -> HttpResponse:
    """What is around a commune or a position, the nearest first."""
    typed = request.GET.get("commune", "").strip()[:100]
    communes = suggest_communes(typed, limit=8) if typed else []
    context: dict[str, Any] = {"tab": "near", "commune_typed": typed}
    point = position(request)
    if point is None and communes:
        point = (communes[0].lon, communes[0].lat)
        context |= {
            "commune": communes[0],
            "title": near_title(communes[0].name),
            "others": communes[1:],
        }
    if point:
        context |= list_context(
            request, kinds=("place", "resource"), asked=around(request, point)
        )
    context["point"] = point
    return page(request, "portal/near.html", context, partial="listing")


def around(request: HttpRequest, point: tuple[float, float]) -> QueryDict:
    """The address of what is around a point, the nearest first."""
    params = request.GET.copy()
    for name in ("commune", "lon", "lat"):
        params.pop(name, None)
    params["near"] = f"{point[0]:.4f},{point[1]:.4f}"
    params.setdefault("sort", "distance")
    return params


def near_title(name: str) -> str:
    """« Près d’Amiens », « Près du Touquet-Paris-Plage », « Près de Lille »."""
    if name.startswith("Le "):
        return _("Près du %(name)s") % {"name": name.removeprefix("Le ")}
    if name.startswith("Les "):
        return _("Près des %(name)s") % {"name": name.removeprefix("Les ")}
    if fold(name)[0] in "aeiouy":
        return _("Près d’%(name)s") % {"name": name}
    return _("Près de %(name)s") % {"name": name}


def position(request: HttpRequest) -> tuple[float, float] | None:
    """The position in the address, if it is one on this earth."""
    typed = request.GET.get("near", "").split(",")
    if len(typed) != 2:
        typed = [request.GET.get("lon", ""), request.GET.get("lat", "")]
    try:
        lon, lat = (float(number) for number in typed)
    except ValueError:
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
