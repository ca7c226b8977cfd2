"""Trails: the list, the page, the form, the papers and files, a stop on the spot."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.http import Request
from maillage.agenda.forms_trails import TrailForm, after_action, owners
from maillage.agenda.models import Trail
from maillage.agenda.services.trails import label_of, suggested
from maillage.agenda.trail_files import gpx, posters_pdf, sheet_pdf
from maillage.agenda.trail_pages import card_facts, features, key_facts, stops_of
from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.listing import Query, find
from maillage.core.lists import Card, cards, list_context
from maillage.core.services import change, propose_new
from maillage.core.slugs import moved_to
from maillage.directory.views.detail import source_label
from maillage.directory.views.edit import settle, thank
from maillage.directory.views.lists import search_around, where

RELATED = 3


@dataclass(frozen=True)
class TrailCard(Card):
    """A card with how one follows the trail, how long, how far."""

    facts_line: list[str]


@login_not_required
@require_safe
def trail_list(request: Request) -> HttpResponse:
    """Every published trail, by filters."""
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    context = list_context(request, kinds=("trail",))
    context |= where(request, context)
    context["facets"] = [
        box for box in context["facets"] if box.name not in {"commune", "epci"}
    ]
    context["things"] = trail_cards(context["things"])
    return page(request, "agenda/trail_list.html", context, partial="listing")


def trail_cards(found: list[Card]) -> list[TrailCard]:
    """Cards of trails with their facts: one query, however many."""
    rows = Trail.objects.all().published().filter(slug__in=[c.slug for c in found])
    known = {row.slug: row for row in rows}
    return [
        TrailCard(
            **vars(card),
            facts_line=card_facts(known[card.slug]) if card.slug in known else [],
        )
        for card in found
    ]


def visible(request: Request) -> QuerySet[Trail]:
    rows = Trail.objects.all().visible_to(request.user)
    return rows.select_related("owner", "commune__department")


def shown(request: Request, slug: str) -> Trail:
    return get_object_or_404(visible(request), slug=slug)


@login_not_required
@require_safe
def trail_detail(request: Request, slug: str) -> HttpResponse:
    """One trail: the map, the stops in order, how to take it along."""
    trail = visible(request).filter(slug=slug).first()
    if trail is None:
        thing = moved_to(Trail, slug)
        if thing and visible(request).filter(pk=thing.pk).exists():
            return HttpResponsePermanentRedirect(thing.get_absolute_url())
        raise Http404
    stops = stops_of(trail, user=request.user)
    mine = Trail.objects.all().editable_by(request.user)
    context = {
        "thing": trail,
        "stops": stops,
        "has_map": sum(one.position is not None for one in stops) > 0,
        "key": key_facts(trail, stops),
        "themes": [(s, vocab.label("themes", s)) for s in trail.themes],
        "audiences": vocab.labels("audiences", trail.audiences),
        "access": vocab.labels("resource_access", trail.access),
        "canonical": f"{settings.SITE_URL}{trail.get_absolute_url()}",
        "source_label": source_label(trail),
        "may_edit": mine.filter(pk=trail.pk).exists(),
        "related": related(trail),
    }
    return page(request, "agenda/trail_detail.html", context)


def related(trail: Trail) -> list[TrailCard]:
    """Other trails, the nearest first."""
    found = find(Query(kinds=("trail",), near=trail.position)).page(1, RELATED + 1)
    others = [row for row in found if row.object_id != trail.pk]
    return trail_cards(cards(others[:RELATED]))


@login_not_required
@require_safe
def stop_detail(request: Request, slug: str, code: str) -> HttpResponse:
    """What a QR code at a stop opens: where one is, the question, the way on."""
    trail = shown(request, slug)
    stops = stops_of(trail, user=request.user)
    here = next((one for one in stops if one.stop.code == code.upper()), None)
    if here is None:
        raise Http404
    after = next((o for o in stops if o.stop.rank > here.stop.rank), None)
    context = {
        "trail": trail,
        "thing": here.stop,
        "line": here,
        "after": after,
        "total": len(stops),
    }
    answer = page(request, "agenda/stop_detail.html", context)
    # The address is what proves a visit; without any referrer forms would be refused.
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@login_not_required
@require_safe
def trail_geojson(request: Request, slug: str) -> HttpResponse:
    """The line and the stops as GeoJSON."""
    trail = shown(request, slug)
    data = features(trail, stops_of(trail, user=request.user))
    return JsonResponse(data, content_type="application/geo+json")


@login_not_required
@require_safe
def trail_gpx(request: Request, slug: str) -> HttpResponse:
    """The trail for a walking application."""
    trail = shown(request, slug)
    data = gpx(trail, stops_of(trail, user=request.user))
    return sent(data, "application/gpx+xml", f"{trail.slug}.gpx", way="attachment")


def sent(data: bytes, kind: str, name: str, *, way: str = "inline") -> HttpResponse:
    answer = HttpResponse(data, content_type=kind)
    answer["Content-Disposition"] = f'{way}; filename="{name}"'
    return answer


@login_not_required
@require_safe
def trail_sheet(request: Request, slug: str) -> HttpResponse:
    """The sheet that a family takes along."""
    trail = shown(request, slug)
    stops = stops_of(trail, user=request.user)
    pdf = sheet_pdf(trail, stops=stops, today=timezone.localdate())
    return sent(pdf, "application/pdf", f"{trail.slug}.pdf")


@require_safe
def trail_posters(request: Request, slug: str) -> HttpResponse:
    """The posters with the codes, for those who put them up."""
    rows = Trail.objects.all().editable_by(request.user).select_related("owner")
    trail = get_object_or_404(rows, slug=slug)
    stops = stops_of(trail, user=request.user)
    pdf = posters_pdf(trail, stops=stops, today=timezone.localdate())
    return sent(pdf, "application/pdf", f"affiches-{trail.slug}.pdf")


@login_not_required
@require_safe
def stop_suggest(request: Request) -> HttpResponse:
    """Answer the box where what one meets at a stop is being typed."""
    text = request.GET.get("q", "").strip()[:200]
    results = [
        {
            "label": label_of(entry.name, entry.commune_name),
            "detail": entry.category_label,
        }
        for entry in (suggested(text) if text else [])
    ]
    return JsonResponse({"results": results})


@require_http_methods(["GET", "POST"])
def trail_new(request: Request) -> HttpResponse:
    """Propose a trail."""
    if not owners(request.user, None).exists():
        return page(request, "agenda/trail_form.html", {"has_no_structure": True})
    form = typed_form(request, Trail())
    if not form.is_bound or is_moving(request) or not form.is_valid():
        return drawn(request, form, {})
    try:
        thing = propose_new(
            form.instance,
            by=request.user,
            now=timezone.now(),
            note=form.cleaned_data.get("note", ""),
        )
    except Refused as no:
        form.add_error(None, no.message)
        return drawn(request, form, {})
    thank(request, is_done=thing.is_public)
    return go(request, thing)


@require_http_methods(["GET", "POST"])
def trail_edit(request: Request, slug: str) -> HttpResponse:
    """Change a trail, or propose a change of it."""
    seen = shown(request, slug)
    form = typed_form(request, shown(request, slug))
    if not form.is_bound or is_moving(request) or not form.is_valid():
        return drawn(request, form, {"thing": seen})
    try:
        proposal = change(
            seen,
            values=form.values(),
            version=form.cleaned_data["version"],
            by=request.user,
            now=timezone.now(),
            note=form.cleaned_data.get("note", ""),
        )
    except Refused as no:
        conflict = settle(form, seen, no, form.values())
        return drawn(request, form, {"thing": seen, "conflict": conflict})
    thank(request, is_done=proposal is None)
    return go(request, Trail.objects.get(pk=seen.pk))


def is_moving(request: Request) -> bool:
    """A button of a stop was pressed: nothing is saved."""
    return bool(request.POST.get("step"))


def typed_form(request: Request, trail: Trail) -> TrailForm:
    data: Any = request.POST or None
    if is_moving(request):
        data = after_action(request.POST, request.POST["step"])
    form = TrailForm(data, request.FILES or None, user=request.user, instance=trail)
    if is_moving(request):
        form.untouched()
    return form


def drawn(request: Request, form: TrailForm, context: dict[str, Any]) -> HttpResponse:
    return page(
        request,
        "agenda/trail_form.html",
        {"form": form, **context},
        status=422 if form.errors else 200,
    )
