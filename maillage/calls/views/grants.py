"""Grants: followed by applicants, kept by the agency, step by step."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.calls import forms_grants as forms
from maillage.calls.grant_exports import PAYMENTS, payment_rows
from maillage.calls.grant_pages import desk_context, grant_context
from maillage.calls.models import Grant, Instalment, ReportDue
from maillage.calls.services import granting, reporting
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file
from maillage.core.uploads import CONTENT_TYPES


@agency_readers
@require_safe
def grant_desk(request: Request) -> HttpResponse:
    """All grants: what is to pay, what is awaited, what is late."""
    context = desk_context(request.GET, today=timezone.localdate())
    return page(request, "calls/grant_desk.html", context)


@agency_readers
@require_safe
def payment_export(request: Request, form: str) -> HttpResponse:
    """Instalments to pay, one line each, for the accounts."""
    return table_file(payment_rows(), PAYMENTS, name="versements", form=form)


def grant_or_404(request: Request, reference: str) -> Grant:
    rows = Grant.objects.all().visible_to(request.user)
    related = rows.select_related("application__structure", "application__call")
    return get_object_or_404(related, reference=reference)


@never_cache
@require_safe
def grant_detail(request: Request, reference: str) -> HttpResponse:
    """One grant: its agreement, instalments, reports, amendments."""
    grant = grant_or_404(request, reference)
    context = grant_context(grant, user=request.user, today=timezone.localdate())
    return page(request, "calls/grant_detail.html", context)


Step = tuple[type[forms.StepForm], Callable[..., Any], str | Promise, str | Promise]
STEPS: dict[str, Step] = {
    "convention": (
        forms.AgreementForm,
        granting.sign_agreement,
        gettext_lazy("Noter la convention"),
        "",
    ),
    "versements": (
        forms.InstalmentsForm,
        granting.plan_instalments,
        gettext_lazy("Prévoir les versements"),
        gettext_lazy(
            "Ce qui est payé ne change pas ; le reste est partagé au centime."
        ),
    ),
    "avenant": (
        forms.AmendForm,
        granting.amend,
        gettext_lazy("Faire un avenant"),
        gettext_lazy("Les versements qui restent sont recalculés."),
    ),
    "bilan": (
        forms.AskReportForm,
        reporting.ask_report,
        gettext_lazy("Demander un bilan"),
        "",
    ),
    "annuler": (
        forms.CancelForm,
        granting.cancel_grant,
        gettext_lazy("Annuler la subvention"),
        gettext_lazy("Les versements qui restent ne seront pas payés."),
    ),
    "solder": (
        forms.CloseForm,
        granting.close_grant,
        gettext_lazy("Solder la subvention"),
        gettext_lazy("Tout est payé et les bilans sont acceptés."),
    ),
}


@agency_only
@require_http_methods(["GET", "POST"])
def grant_step(request: Request, reference: str, step: str) -> HttpResponse:
    """Agreement, instalments, amendment, report, cancellation, end."""
    if step not in STEPS:
        raise Http404
    grant = grant_or_404(request, reference)
    kind, service, title, hint = STEPS[step]
    data = request.POST if request.method == "POST" else None
    form = kind(data, grant=grant)
    if form.is_valid():
        try:
            service(grant, **form.asked, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, grant)
    context = {"grant": grant, "form": form, "title": title, "hint": hint}
    status = 422 if form.errors else 200
    return page(request, "calls/grant_step.html", context, status=status)


@agency_only
@require_POST
def instalment_pay(request: Request, pk: int) -> HttpResponse:
    """Note a payment, or take it back."""
    row = get_object_or_404(Instalment.objects.select_related("grant"), pk=pk)
    form = forms.PaidForm(request.POST)
    now = timezone.now()
    try:
        if row.paid_on:
            granting.unpay_instalment(row, by=request.user, now=now)
        elif form.is_valid():
            day: dt.date = form.cleaned_data["paid_on"]
            granting.pay_instalment(row, paid_on=day, by=request.user, now=now)
        else:
            messages.error(request, _("Écrivez le jour du paiement."))
    except Refused as no:
        messages.error(request, no.message)
    return go(request, row.grant)


@require_http_methods(["GET", "POST"])
def report_file(request: Request, pk: int) -> HttpResponse:
    """File a report of one's grant."""
    own = Grant.objects.all().reported_by(request.user).values("pk")
    rows = ReportDue.objects.filter(grant__in=own, filed_at=None)
    report = get_object_or_404(rows.select_related("grant__application"), pk=pk)
    first = {"text": report.text, "spent_cents": report.spent_cents, "people": report.people}  # fmt: skip
    form = forms.ReportForm(request.POST or None, request.FILES or None, initial=first)
    if form.is_valid():
        try:
            reporting.file_report(
                report, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except Refused as no:
            form.add_error("file" if no.code == "file" else None, no.message)
        else:
            messages.success(request, _("Votre bilan est rendu. Merci !"))
            return go(request, report.grant)
    context = {"report": report, "grant": report.grant, "form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/report_file.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def report_answer(request: Request, pk: int) -> HttpResponse:
    """Read a report; accept it or send it back."""
    rows = ReportDue.objects.exclude(filed_at=None)
    report = get_object_or_404(rows.select_related("grant__application__structure"), pk=pk)  # fmt: skip
    form = forms.AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            reporting.answer_report(
                report, reason=reason, by=request.user, now=timezone.now()
            )
        except Refused as no:
            messages.error(request, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
        return go(request, report.grant)
    context = {"report": report, "grant": report.grant, "form": form}
    return page(request, "calls/report_answer.html", context)


@require_safe
def report_attachment(request: Request, pk: int) -> HttpResponseBase:
    """The file of a report, for those who may read the grant."""
    seen = Grant.objects.all().visible_to(request.user).values("pk")
    report = get_object_or_404(ReportDue.objects.filter(grant__in=seen), pk=pk)
    path = Path(settings.MEDIA_ROOT) / report.file
    kind = CONTENT_TYPES.get(path.suffix.removeprefix("."))
    if not report.file or kind is None or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=kind)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
