"""The common catalogue, by filters."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.catalogue.fees import fee_range
from maillage.catalogue.models import Resource
from maillage.catalogue.sheet import ages, unit
from maillage.core.http import page
from maillage.core.lists import Card, list_context
from maillage.directory.views.lists import search_around, where

MOST_COMPARED = 4


@dataclass(frozen=True)
class ResourceCard(Card):
    """A card with the facts that one chooses by, and the modules of a series."""

    facts_line: list[str]
    modules: list[Resource]


@login_not_required
@require_safe
def resource_list(request: Request) -> HttpResponse:
    """Every published resource, by filters; some are put aside to be compared."""
    if around := search_around(request):
        return HttpResponseRedirect(f"{request.path}?{around}")
    context = list_context(request, kinds=("resource",))
    context |= where(request, context)
    context["facets"] = [box for box in context["facets"] if box.name != "commune"]
    context["things"] = resource_cards(context["things"])
    context["compared"] = request.GET.getlist("r")[:MOST_COMPARED]
    context["most_compared"] = MOST_COMPARED
    return page(request, "catalogue/resource_list.html", context, partial="listing")


def resource_cards(cards: list[Card]) -> list[ResourceCard]:
    """Cards of resources with their facts: two queries, however many."""
    rows = Resource.objects.published().filter(slug__in=[card.slug for card in cards])
    shown = Resource.objects.published().only("name", "slug", "parent")
    known: dict[str, Any] = {
        row.slug: row for row in rows.prefetch_related(Prefetch("modules", shown))
    }
    return [with_facts(card, known.get(card.slug)) for card in cards]


def with_facts(card: Card, resource: Resource | None) -> ResourceCard:
    if resource is None:  # withdrawn since its entry was read
        return ResourceCard(**vars(card), facts_line=[], modules=[])
    facts = [
        unit(resource.surface_m2, "m²"),
        ages(resource),
        fee_range(resource),
    ]
    return ResourceCard(
        **vars(card),
        facts_line=[fact for fact in facts if fact],
        modules=list(resource.modules.all()),
    )
