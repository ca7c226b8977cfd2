"""The pass as the agency sees it: seasons, offers, passes given; one pass withdrawn."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import TYPES, table_file
from maillage.passport.forms.agency import RevokeForm
from maillage.passport.issued_pages import COLUMNS, lines_of, table_of
from maillage.passport.models import Pass, PassSeason
from maillage.passport.pass_pages import holder_words, offer_card, state_of
from maillage.passport.services.revoking import pass_told_by, revoke_pass


@agency_readers
@require_safe
def pass_desk(request: Request) -> HttpResponse:
    """Seasons with their offers, and how many passes were given week after week."""
    groups = []
    for season in PassSeason.objects.order_by("-starts_on"):
        offers = season.offers.select_related("season", "issuer__structure")
        cards = [offer_card(row) for row in offers]
        groups.append({"season": season, "cards": cards, "table": table_of(season)})
    return page(request, "passport/pass_desk.html", {"groups": groups})


@agency_readers
@require_safe
def issued_export(request: Request, form: str) -> HttpResponse:
    """Passes given by offer and week, as a file."""
    if form not in TYPES:
        raise Http404
    seasons = PassSeason.objects.order_by("-starts_on")
    lines = [line for season in seasons for line in lines_of(season)]
    return table_file(lines, COLUMNS, name="passeports-emis", form=form)


@agency_only
@require_safe
def pass_find(request: Request) -> HttpResponse:
    """One pass, by the number or the code that its holder tells."""
    asked = request.GET.get("q", "")
    holder = pass_told_by(asked) if asked else None
    context: dict[str, Any] = {"asked": asked, "holder": holder, "form": RevokeForm()}
    if holder:
        context |= {
            "state": state_of(holder, today=timezone.localdate()),
            "who": holder_words(holder),
        }
    return page(request, "passport/pass_find.html", context)


@agency_only
@require_POST
def pass_revoke(request: Request, pk: int) -> HttpResponse:
    """Withdraw a pass: doors turn it away as soon as they have the new list."""
    holder = get_object_or_404(Pass, pk=pk)
    form = RevokeForm(request.POST)
    if form.is_valid():
        try:
            why = form.cleaned_data["why"]
            revoke_pass(holder, why=why, by=request.user, now=timezone.now())
        except Refused as no:
            messages.error(request, no.message)
        else:
            messages.success(request, _("Le passeport est retiré."))
    else:
        messages.error(request, _("Dites pourquoi ce passeport est retiré."))
    return go(request, "passport:pass_find")
