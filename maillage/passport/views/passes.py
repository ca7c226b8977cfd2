"""Asking for a pass, and holding it: for whoever has its address, no account needed."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.passport.choices import PassKind
from maillage.passport.forms.passes import EACH, PassForm
from maillage.passport.limits import count_request
from maillage.passport.models import Offer, Pass, PassSeason
from maillage.passport.paper import print_cards
from maillage.passport.pass_pages import (
    holder_words,
    offer_card,
    opened_by,
    state_of,
)
from maillage.passport.qr import address
from maillage.passport.services.issuing import (
    issue_class,
    issue_pass,
    may_sell,
    new_secret,
)
from maillage.passport.stamp_pages import remembered


@login_not_required
@require_safe
def offer_list(request: Request) -> HttpResponse:
    """The pass: what it is, and the ways to get one this season."""
    today = timezone.localdate()
    rows = Offer.objects.all().open_on(today).filter(issuer__is_active=True)
    offers = list(rows.select_related("season", "issuer__structure"))
    seasons = PassSeason.objects.all().open_on(today).order_by("starts_on")
    groups = [
        {
            "season": season,
            "cards": [offer_card(row) for row in offers if row.season_id == season.pk],
        }
        for season in seasons
    ]
    context = {"groups": [group for group in groups if group["cards"]]}
    return page(request, "passport/offer_list.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def pass_new(request: Request, pk: int) -> HttpResponse:
    """Ask for a pass: a few boxes, no name, no account."""
    offers = Offer.objects.all().open_on(timezone.localdate())
    offer = get_object_or_404(
        offers.select_related("season", "issuer__structure"), pk=pk
    )
    data = request.POST if request.method == "POST" else None
    form = PassForm(data, offer=offer, user=request.user)
    if form.is_valid():
        try:
            return go(request, issued(request, form))
        except Refused as no:
            form.refuse(no.code, no.message)
    by = asking(request)
    context = {
        "offer": offer,
        "card": offer_card(offer),
        "form": form,
        "is_closed": bool(offer.price_cents) and not may_sell(offer, by),
        "once": request.POST.get("once", "")[:64] or new_secret(),
    }
    status = 422 if form.errors else 200
    return page(request, "passport/pass_new.html", context, status=status)


def asking(request: Request) -> Any:
    """The person who asks; ``None`` without an account."""
    user: Any = request.user
    return user if user.is_authenticated else None


def issued(request: Request, form: PassForm) -> str:
    """The address of what was given. Refuses with the codes of the rules."""
    by = asking(request)
    now, offer, wish = timezone.now(), form.offer, form.wish()
    number = form.cleaned_data.get("people") or 1 if form.is_for_each else 1
    once = request.POST.get("once", "")
    if by is None:
        ip = get_adapter(request).get_client_ip(request)
        count_request(str(ip), weight=number, now=now)
    if offer.kind == PassKind.CLASS and form.cleaned_data["how"] == EACH:
        batch = issue_class(offer, number=number, wish=wish, by=by, now=now, once=once)
        messages.success(request, _("Les passeports sont prêts à imprimer."))
        return batch.get_absolute_url()
    holder = issue_pass(offer, wish=wish, by=by, now=now, once=once)
    messages.success(request, _("Votre passeport est prêt."))
    return holder.get_absolute_url()


def found_pass(secret: str) -> Pass:
    """The pass that an address opens, with what its page shows."""
    rows = Pass.objects.select_related(
        "offer__season",
        "offer__issuer__structure",
        "commune__department",
        "group",
        "user",
    )
    return get_object_or_404(rows.prefetch_related("members"), secret=secret)


@login_not_required
@never_cache
@require_safe
def pass_detail(request: Request, secret: str) -> HttpResponse:
    """The pass on a phone: its code, until when it is good, what it opens."""
    holder = found_pass(secret)
    today = timezone.localdate()
    context = {
        "holder": holder,
        "qr": address(holder.code) if holder.is_active else "",
        "state": state_of(holder, today=today),
        "who": holder_words(holder),
        "is_mine": holder.user is not None and holder.user == asking(request),
    }
    if holder.is_active:
        context |= opened_by(holder, today=today)
    answer = page(request, "passport/pass_detail.html", context)
    return remembered(request, answer, holder)


@login_not_required
@never_cache
@require_safe
def pass_card(request: Request, secret: str) -> HttpResponse:
    """The card to print."""
    holder = found_pass(secret)
    answer = HttpResponse(print_cards([holder]), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="passeport.pdf"'
    return answer
