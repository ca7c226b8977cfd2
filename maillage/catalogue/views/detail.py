"""The page of one resource, its sheet for paper, and whether it fits a place."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpResponse,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from maillage.accounts.http import Request
from maillage.catalogue.choices import AttachmentKind
from maillage.catalogue.fees import fee_table
from maillage.catalogue.fit import check_fit, verdict
from maillage.catalogue.models import Resource
from maillage.catalogue.paper import key_facts
from maillage.catalogue.services import hosts_named, print_sheet
from maillage.catalogue.sheet import given, identity, lending, technical
from maillage.catalogue.views.lists import resource_cards
from maillage.core import vocab
from maillage.core.http import page
from maillage.core.listing import Query, find
from maillage.core.lists import cards
from maillage.core.slugs import moved_to
from maillage.directory.models import Place, Structure
from maillage.directory.views.detail import source_label

RELATED = 3


@login_not_required
@require_safe
def resource_detail(request: Request, slug: str) -> HttpResponse:
    """One resource: what it is, what it needs, what it costs, whom to ask."""
    resource = visible(request).filter(slug=slug).first()
    if resource is None:
        return moved(request, slug)
    context = {
        "thing": resource,
        **described(resource),
        **surroundings(request, resource),
        **fitting(request, resource),
    }
    return page(request, "catalogue/resource_detail.html", context, partial="fit")


def described(resource: Resource) -> dict[str, Any]:
    """What the resource says of itself."""
    files = list(resource.attachments.all())
    return {
        "family": vocab.terms("resource_kinds")[resource.kind].family,
        "key": key_facts(resource),
        "identity": given(identity(resource)),
        "technical": technical(resource) if given(technical(resource)) else [],
        "lending": given(lending(resource)),
        "fees": fee_table(resource),
        "pictures": [f for f in files if f.kind == AttachmentKind.PICTURE],
        "documents": [f for f in files if f.kind == AttachmentKind.DOCUMENT],
    }


def visible(request: Request) -> QuerySet[Any]:
    rows = Resource.objects.visible_to(request.user)
    related = (*Resource.entry_related, "owner")
    return rows.select_related(*related).prefetch_related("producers", "attachments")


def moved(request: Request, slug: str) -> HttpResponse:
    """Send on to where a renamed or merged resource is now."""
    thing = moved_to(Resource, slug)
    if thing and visible(request).filter(pk=thing.pk).exists():
        return HttpResponsePermanentRedirect(thing.get_absolute_url())
    raise Http404


def surroundings(request: Request, resource: Resource) -> dict[str, Any]:
    """What is linked to a resource, and what the person may do with it."""
    user = request.user
    modules = resource.modules.all().visible_to(user).order_by("name", "pk")
    owner = Structure.objects.visible_to(user).filter(pk=resource.owner_id)
    lon, lat = (f"{degree:.6f}" for degree in resource.position or (0.0, 0.0))
    return {
        "canonical": settings.SITE_URL + resource.get_absolute_url(),
        "lon": lon,
        "lat": lat,
        "phone_link": resource.owner.phone.replace(" ", ""),
        "mail_subject": _("Emprunt de « %(name)s »") % {"name": resource.name},
        "source_label": source_label(resource),
        "producers": list(resource.producers.all()),
        "modules": list(modules),
        "owner_is_shown": resource.owner.is_public or owner.exists(),
        "position": resource.position,
        "themes": [(s, vocab.label("themes", s)) for s in resource.themes],
        "related": related(resource),
        "may_edit": Resource.objects.editable_by(user).filter(pk=resource.pk).exists(),
    }


def related(resource: Resource) -> list[Any]:
    """Others on the same themes, the nearest first."""
    if not resource.themes:
        return []
    filters = {"themes": tuple(resource.themes)}
    query = Query(kinds=("resource",), filters=filters, near=resource.position)
    rows = find(query).page(1, RELATED + 1)
    others = [row for row in rows if row.object_id != resource.pk]
    return resource_cards(cards(others[:RELATED]))


def fitting(request: Request, resource: Resource) -> dict[str, Any]:
    """The answer to « does it fit my place? », or the places that were meant."""
    text = request.GET.get("place", "").strip()[:200]
    found = hosts_named(text) if text else []
    place: Place | None = found[0] if len(found) == 1 else None
    lines = check_fit(resource, place) if place else []
    return {
        "place_typed": place.name if place else text,
        "place": place,
        "places": [] if place else found,
        "fit": lines,
        "verdict": verdict(lines) if place else "",
    }


@login_not_required
@require_safe
@conditional_page
def resource_sheet(request: Request, slug: str) -> HttpResponse:
    """The one-page sheet of a resource, as a PDF."""
    resource = visible(request).filter(slug=slug).first()
    if resource is None:
        raise Http404
    response = HttpResponse(print_sheet(resource), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{resource.slug}.pdf"'
    return response


@login_not_required
@require_safe
def host_suggest(request: Request) -> HttpResponse:
    """Answer the box where the place of a host is being typed."""
    found = hosts_named(request.GET.get("q", "").strip()[:200], limit=8)
    results = [
        {
            "label": f"{place.name} ({place.commune.name})"
            if place.commune
            else place.name,
            "detail": place.owner_name,
        }
        for place in found
    ]
    return JsonResponse({"results": results})
