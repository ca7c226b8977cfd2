"""Seasons of the pass, and the ways to get one: the Region's rules, set by the agency."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.passport.forms.agency import OfferForm, PassSeasonForm
from maillage.passport.models import Offer, PassSeason
from maillage.passport.services.trust import sign_list


@agency_only
@require_http_methods(["GET", "POST"])
def pass_season_new(request: Request) -> HttpResponse:
    """Another season of the pass."""
    return season_saved(request, PassSeasonForm(request.POST or None))


@agency_only
@require_http_methods(["GET", "POST"])
def pass_season_edit(request: Request, slug: str) -> HttpResponse:
    """Change a season; its days are fixed once a pass was given."""
    season = get_object_or_404(PassSeason, slug=slug)
    return season_saved(request, PassSeasonForm(request.POST or None, instance=season))


def season_saved(request: Request, form: PassSeasonForm) -> HttpResponse:
    season = form.instance if form.instance.pk else None
    if form.is_valid():
        form.save()
        messages.success(request, _("La saison est enregistrée."))
        try:
            sign_list(now=timezone.now())
        except Refused as no:
            messages.error(request, no.message)
        return go(request, "passport:pass_desk")
    context = {"form": form, "season": season}
    status = 422 if form.errors else 200
    return page(request, "passport/season_form.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def offer_new(request: Request, slug: str) -> HttpResponse:
    """Another way to get a pass this season."""
    season = get_object_or_404(PassSeason, slug=slug)
    form = OfferForm(request.POST or None, instance=Offer(season=season))
    return offer_saved(request, form, season=season, offer=None)


@agency_only
@require_http_methods(["GET", "POST"])
def offer_edit(request: Request, pk: int) -> HttpResponse:
    """Change the conditions of an offer; passes already given stay as they are."""
    offer = get_object_or_404(Offer.objects.select_related("season"), pk=pk)
    form = OfferForm(request.POST or None, instance=offer)
    return offer_saved(request, form, season=offer.season, offer=offer)


def offer_saved(
    request: Request, form: OfferForm, *, season: PassSeason, offer: Any
) -> HttpResponse:
    if form.is_valid():
        form.save()
        messages.success(request, _("La formule est enregistrée."))
        return go(request, "passport:pass_desk")
    context = {"form": form, "season": season, "offer": offer}
    status = 422 if form.errors else 200
    return page(request, "passport/offer_form.html", context, status=status)
