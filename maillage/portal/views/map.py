"""The shared map: page, points, what is in view, territories in shades."""

from typing import Any

import numpy as np
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import condition, require_safe

from maillage.core import listing, maps, vocab
from maillage.core.entries import entries_version
from maillage.core.http import PageRequest, page
from maillage.core.lists import cards, list_context
from maillage.core.maps import IN_VIEW
from maillage.portal import services

KINDS = ("place", "structure", "resource")
OWN_SIGNS = [
    {"kind": "structure", "color": "#ffffff", "shape": "ring"},
    {"kind": "resource", "color": "#16233b", "shape": "diamond"},
]


def asked_kinds(request: HttpRequest) -> tuple[str, ...]:
    """The kinds that the address asks for; places when it says nothing."""
    asked = request.GET.getlist("kind")
    return tuple(kind for kind in KINDS if kind in asked) or ("place",)


def all_url(request: HttpRequest) -> str:
    """The list of everything that the map shows, page by page."""
    address = request.GET.copy()
    address.setlist("kind", list(asked_kinds(request)))
    return f"{reverse('portal:search')}?{address.urlencode()}"


def signs() -> list[dict[str, str]]:
    """The signs of the map in the order of the numbers that points carry."""
    families = [
        {"kind": "place", "label": t.label, "color": t.color, "shape": t.shape}
        for t in vocab.terms("place_families").values()
    ]
    labels = {"structure": _("structures"), "resource": _("ressources à emprunter")}
    own = [sign | {"label": labels[sign["kind"]]} for sign in OWN_SIGNS]
    return families + own


def version(request: HttpRequest, *args: Any, **kwargs: Any) -> str:
    """A tag that changes with the entries and the language."""
    return f'"{entries_version()}-{get_language()}"'


def map_context(request: HttpRequest) -> dict[str, Any]:
    kinds = asked_kinds(request)
    chosen = request.GET.get("shades", "")
    levels = [("", _("aucune")), *((k, v[3]) for k, v in services.LEVELS.items())]
    places = {"points": "portal:map_points", "beside": "portal:map_list"}
    drawn = maps.map_context(signs(), bubble="portal:map_cards", **places)
    return (
        list_context(request, kinds=kinds, size=IN_VIEW)
        | drawn
        | {
            "tab": "map",
            "view": "map",
            "all_url": all_url(request),
            "kinds": [(kind, LABELS[kind](), kind in kinds) for kind in KINDS],
            "levels": [(k, label, k == chosen) for k, label in levels],
            "shades_level": chosen if chosen in services.LEVELS else "",
        }
    )


LABELS = {
    "place": lambda: _("lieux"),
    "structure": lambda: _("structures"),
    "resource": lambda: _("ressources"),
}


@login_not_required
@require_safe
def map(request: PageRequest) -> HttpResponse:
    """Everything that is published, on the region's own map."""
    context = map_context(request)
    if level := context["shades_level"]:
        query = listing.read_query(request.GET, kinds=asked_kinds(request))
        context |= shades_context(query, level)
    return page(request, "portal/map.html", context)


@login_not_required
@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
def map_embed(request: Any) -> HttpResponse:
    """The map alone, for the page of somebody else."""
    return page(request, "portal/map_embed.html", map_context(request))


@login_not_required
@require_safe
@condition(etag_func=version)
def map_points(request: HttpRequest) -> HttpResponse:
    """Positions and signs of all that the filters find, as columns of numbers."""
    query = listing.read_query(request.GET, kinds=asked_kinds(request))
    found = listing.find(query).points()
    return maps.points_response(found, sign_numbers(found))


def sign_numbers(points: listing.Points) -> Any:
    """The number of the sign of each point, as ``signs`` counts them."""
    families = list(vocab.terms("place_families"))
    own = {"structure": len(families), "resource": len(families) + 1}
    # The last of each table stands for -1: unknown.
    by_family = [families.index(f) if f in families else 0 for f in points.families]
    by_kind = [own.get(kind, -1) for kind in points.kinds]
    of_kind = np.array([*by_kind, -1])[points.kind]
    of_family = np.array([*by_family, 0])[points.family]
    return np.where(of_kind < 0, of_family, of_kind)


@login_not_required
@require_safe
def map_list(request: HttpRequest) -> HttpResponse:
    """The first things in view, for the list beside the map."""
    context = list_context(request, kinds=asked_kinds(request), size=IN_VIEW)
    context["all_url"] = all_url(request)
    return render(request, "portal/map_list.html", context)


@login_not_required
@require_safe
def map_cards(request: HttpRequest) -> HttpResponse:
    """The things of one sign on the map, for its bubble."""
    things = cards(maps.bubble_entries(request))
    return render(request, "portal/map_cards.html", {"things": things})


@login_not_required
@require_safe
def map_territories(request: HttpRequest) -> HttpResponse:
    """Rates by territory, their classes, and the table that says the same."""
    level = request.GET.get("shades", "")
    if level not in services.LEVELS:
        level = "epci"
    query = listing.read_query(request.GET, kinds=asked_kinds(request))
    context = shades_context(query, level)
    return JsonResponse(
        {
            "property": services.LEVELS[level][2],
            "classes": [
                {"low": s.low, "high": s.high, "codes": s.codes}
                for s in context["shades"]
            ],
            "table": render_to_string("portal/map_shades.html", context, request),
        }
    )


def shades_context(query: listing.Query, level: str) -> dict[str, Any]:
    rows = services.rates(query, level=level)
    return {
        "rates": rows,
        "shades": services.shades(rows),
        "territory": services.LEVELS[level][3],
    }


@login_not_required
@require_safe
def map_names(request: HttpRequest) -> HttpResponse:
    """Names of the largest communes, where they stand."""
    response = JsonResponse(services.place_names())
    patch_cache_control(response, public=True, max_age=86400)
    return response
