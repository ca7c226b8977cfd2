"""The plan as territories and establishments make it their own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.plan.declination_pages import declination_context
from maillage.plan.forms_actions import own_structures
from maillage.plan.forms_declinations import DeclinationSheet
from maillage.plan.models import Declination
from maillage.plan.services.declining import save_declination, set_state


def visible(request: Request) -> Any:
    rows = Declination.objects.all().visible_to(request.user)
    return rows.select_related("owner", "department", "epci", "establishment")


def editable_or_404(request: Request, slug: str) -> Declination:
    rows = Declination.objects.all().editable_by(request.user)
    return get_object_or_404(rows.prefetch_related("adoptions"), slug=slug)


@login_not_required
@require_safe
def declination_list(request: Request) -> HttpResponse:
    """Who has made the plan its own."""
    rows = visible(request).prefetch_related("adoptions").order_by("name")
    return page(request, "plan/declination_list.html", {"rows": rows})


@login_not_required
@require_safe
def declination_detail(request: Request, slug: str) -> HttpResponse:
    """The leads that it takes up, its actions, its own indicators."""
    row = get_object_or_404(visible(request), slug=slug)
    today = timezone.localdate()
    context = declination_context(row, user=request.user, today=today)
    return page(request, "plan/declination_detail.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def declination_new(request: Request) -> HttpResponse:
    """Make the plan one's own."""
    return written(request, None)


@never_cache
@require_http_methods(["GET", "POST"])
def declination_edit(request: Request, slug: str) -> HttpResponse:
    """Change a declination of one's structure."""
    return written(request, editable_or_404(request, slug))


def written(request: Request, row: Declination | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    mine = own_structures(request.user)
    first = {"owner": mine[0], "establishment": mine[0]} if mine else {}
    sheet = DeclinationSheet(row, user=request.user, data=data, first=first)
    if data is not None and sheet.is_valid():
        try:
            saved = save_declination(
                row or Declination(), **sheet.asked(), by=request.user
            )
        except Refused as no:
            sheet.form.add_error(None, no.message)
        else:
            said = _("C’est enregistré.") if saved.is_public else _("La déclinaison est proposée : l’agence va la relire.")  # fmt: skip
            messages.success(request, said)
            return go(request, saved)
    context = {"sheet": sheet, "form": sheet.form, "declination": row}
    status = 422 if data is not None else 200
    return page(request, "plan/declination_form.html", context, status=status)


@require_POST
def declination_state(request: Request, slug: str) -> HttpResponse:
    """Publish or archive."""
    row = editable_or_404(request, slug)
    wanted = request.POST.get("state", "")
    if wanted not in State.values:
        return go(request, row)
    try:
        set_state(row, state=wanted, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("C’est fait."))
    return go(request, row)
