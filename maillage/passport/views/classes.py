"""The passes of a class: a sheet to print, for whoever has its address."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from maillage.accounts.http import Request
from maillage.core.http import go, page
from maillage.passport.models import Batch
from maillage.passport.paper import print_cards
from maillage.passport.services.holding import close_batch


def found_batch(secret: str) -> Batch:
    rows = Batch.objects.select_related("offer__season", "offer__issuer__structure")
    return get_object_or_404(rows, secret=secret)


@login_not_required
@never_cache
@require_safe
def batch_detail(request: Request, secret: str) -> HttpResponse:
    """The class: its passes, one line each, and the sheet."""
    batch = found_batch(secret)
    passes = batch.passes.all().active().order_by("pk")
    context = {"batch": batch, "passes": passes}
    return page(request, "passport/batch_detail.html", context)


@login_not_required
@never_cache
@require_safe
def batch_sheet(request: Request, secret: str) -> HttpResponse:
    """The cards of the class, ten to a page."""
    batch = found_batch(secret)
    passes = batch.passes.all().active().select_related("offer").order_by("pk")
    answer = HttpResponse(print_cards(list(passes)), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="passeports-classe.pdf"'
    return answer


@login_not_required
@require_POST
def batch_close(request: Request, secret: str) -> HttpResponse:
    """Once the cards are handed out: forget that they belong together."""
    close_batch(found_batch(secret))
    messages.success(
        request, _("La classe est oubliée. Les cartes imprimées restent valables.")
    )
    return go(request, "passport:offer_list")
