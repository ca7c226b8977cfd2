"""Programmes of others: a public list and calendar; the agency keeps them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.calls.forms_programmes import DateForm, FundingForm
from maillage.calls.funding_pages import detail_context, list_context
from maillage.calls.models import FundingProgramme, ProgrammeDate
from maillage.calls.programme_files import (
    FUNDING,
    apply_programmes,
    plan_programmes,
)
from maillage.calls.services.funding import add_date, follow, save_programme
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.intake.uploads import upload
from maillage.core.tables.sending import table_file


@login_not_required
@require_safe
def funding_list(request: Request) -> HttpResponse:
    """What others fund, until when, and what fits one's structures."""
    context = list_context(request.GET, user=request.user, today=timezone.localdate())
    return page(request, "calls/funding_list.html", context)


@login_not_required
@require_safe
def funding_export(request: Request, form: str) -> HttpResponse:
    """The published programmes as a table."""
    rows = FundingProgramme.objects.all().published().prefetch_related("dates")
    return table_file(rows, FUNDING, name="programmes-de-financement", form=form)


@login_not_required
@require_safe
def funding_detail(request: Request, slug: str) -> HttpResponse:
    """One programme: who may ask, how much, when."""
    rows = FundingProgramme.objects.all().visible_to(request.user)
    row = get_object_or_404(rows, slug=slug)
    context = detail_context(row, user=request.user, today=timezone.localdate())
    return page(request, "calls/funding_detail.html", context | {"form": DateForm()})


@require_POST
def funding_follow(request: Request) -> HttpResponse:
    """Be told of what fits one's structures, or no longer."""
    is_on = request.POST.get("follow") == "1"
    follow(by=request.user, is_on=is_on, now=timezone.now())
    if is_on:
        messages.success(request, _("Vous recevrez un e-mail un mois avant chaque date, une seule fois."))  # fmt: skip
    else:
        messages.success(request, _("Vous ne recevrez plus ces e-mails."))
    return go(request, "calls:funding_list")


@agency_only
@require_http_methods(["GET", "POST"])
def funding_edit(request: Request, slug: str = "") -> HttpResponse:
    """Write a programme, a new one without an address."""
    row = get_object_or_404(FundingProgramme, slug=slug) if slug else FundingProgramme()
    form = FundingForm(request.POST or None, instance=row)
    if form.is_valid():
        row = save_programme(row, values=form.cleaned_data, now=timezone.now())
        messages.success(request, _("C’est enregistré."))
        return go(request, row)
    context = {"form": form, "programme": row}
    status = 422 if form.errors else 200
    return page(request, "calls/funding_form.html", context, status=status)


@agency_only
@require_POST
def funding_date(request: Request, slug: str) -> HttpResponse:
    """Add a window to a programme."""
    row = get_object_or_404(FundingProgramme, slug=slug)
    form = DateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Écrivez de quoi il s’agit et le dernier jour."))
        return go(request, row)
    try:
        add_date(row, **form.cleaned_data)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La date est ajoutée."))
    return go(request, row)


@agency_only
@require_POST
def funding_date_drop(request: Request, pk: int) -> HttpResponse:
    """Take a window away."""
    row = get_object_or_404(ProgrammeDate.objects.select_related("programme"), pk=pk)
    programme = row.programme
    row.delete()
    return go(request, programme)


@agency_only
@require_http_methods(["GET", "POST"])
def funding_import(request: Request) -> HttpResponse:
    """Read a file of programmes, show what it would do, then do it."""
    context: dict[str, Any]
    context, done = upload(
        request,
        plan=plan_programmes,
        apply=lambda plan: apply_programmes(plan, now=timezone.now()),
    )
    if done is not None:
        text = _("%(create)s programmes ajoutés, %(change)s modifiés.")
        messages.success(request, text % done)
        return go(request, "calls:funding_list")
    status = context.pop("status")
    context["columns"] = FUNDING
    return page(request, "calls/funding_import.html", context, status=status)
