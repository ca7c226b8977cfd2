"""The page that works beside the crates, with or without a network."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.circulation import pwa
from maillage.circulation.choices import CustodyKind, Moment
from maillage.circulation.field_words import words
from maillage.circulation.forms.field import HandoverForm, ReportForm
from maillage.circulation.models import Loan
from maillage.circulation.services.handover import (
    receive_all,
    record,
    record_with_pictures,
)
from maillage.circulation.services.luggage import luggage, moving, nearest
from maillage.circulation.services.reports import add_picture
from maillage.circulation.services.sides import parties_of
from maillage.core.context import region
from maillage.core.errors import Refused
from maillage.core.http import go, page

#: What a phone may send at once: pictures go one by one, beside.
BATCH_BYTES = 1024 * 1024
BATCH_LINES = 100
PICTURE_BODY = 16 * 1024 * 1024


@never_cache
@require_safe
def field(request: Request) -> HttpResponse:
    """The scan page; without JavaScript, a list that leads to plain forms."""
    today = timezone.localdate()
    loans = nearest(moving(request.user, today=today), today=today)
    return page(request, "circulation/field.html", {"loans": loans, "words": words()})


@never_cache
@require_safe
def field_data(request: Request) -> JsonResponse:
    """What a phone takes along, and what it needs to send back."""
    now = timezone.now()
    return JsonResponse(
        {
            "user": request.user.pk,
            "name": request.user.get_full_name(),
            "now": int(now.timestamp() * 1000),
            "csrf": get_token(request),
            "loans": luggage(request.user, today=timezone.localdate()),
        }
    )


@require_POST
def field_send(request: Request) -> JsonResponse:
    """Take the lines that a phone has kept; each gets its own answer."""
    try:
        lines = lines_of(request)
    except Refused as no:
        status = 413 if no.code == "too_big" else 400
        return JsonResponse({"code": no.code, "message": no.message}, status=status)
    answers = receive_all(lines, by=request.user, now=timezone.now())
    return JsonResponse({"answers": [asdict(each) for each in answers]})


def lines_of(request: HttpRequest) -> list[Any]:
    """The lines of a batch. Refuses with ``too_big`` or ``unreadable``."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdigit() or int(length) > BATCH_BYTES:
        raise Refused("too_big", _("Cet envoi est trop gros : envoyez en deux fois."))
    unreadable = Refused("unreadable", _("Cet envoi ne peut pas être lu."))
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise unreadable from error
    lines = data.get("lines") if isinstance(data, dict) else None
    if not isinstance(lines, list):
        raise unreadable
    if len(lines) > BATCH_LINES:
        raise Refused("too_big", _("Cet envoi est trop gros : envoyez en deux fois."))
    return lines


@require_POST
def field_picture(request: Request, uuid: UUID) -> JsonResponse:
    """Take one picture that a report signs."""
    length = request.headers.get("Content-Length") or "0"
    if not length.isdigit() or int(length) > PICTURE_BODY:
        message = _("Cette image est trop lourde : 12 Mo au plus.")
        return JsonResponse({"code": "too_big", "message": message}, status=413)
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        message = _("Il n’y a pas d’image dans cet envoi.")
        return JsonResponse({"code": "none", "message": message}, status=400)
    sha256 = request.POST.get("sha256", "")
    try:
        _picture, new = add_picture(uuid, sha256=sha256, file=file, by=request.user)
    except Refused as no:
        return JsonResponse({"code": no.code, "message": no.message}, status=422)
    return JsonResponse({"state": "kept" if new else "known"})


# Installing -------------------------------------------------------------------


@login_not_required
@require_safe
def field_manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the page among its applications."""
    card = pwa.manifest(site=region()["site_name"])
    return JsonResponse(card, content_type="application/manifest+json")


@login_not_required
@never_cache
@require_safe
def field_worker(request: HttpRequest) -> HttpResponse:
    """The service worker: its list of files, then its code."""
    return HttpResponse(pwa.worker(), content_type="text/javascript; charset=utf-8")


# Without JavaScript -------------------------------------------------------------


def own_loan(request: Request, pk: int) -> Loan:
    """A loan for which the person may act for one side; else it does not exist."""
    rows = Loan.objects.all().visible_to(request.user)
    loan = get_object_or_404(
        rows.select_related("copy__resource__owner", "host__commune"), pk=pk
    )
    if not parties_of(loan, user=request.user):
        raise Http404
    return loan


@require_http_methods(["GET", "POST"])
def field_loan(request: Request, pk: int) -> HttpResponse:
    """Tick the labels and confirm a handover."""
    loan = own_loan(request, pk)
    form = HandoverForm(request.POST or None, loan=loan, user=request.user)
    if form.is_valid():
        now = timezone.now()
        try:
            _entry, reason = record(
                loan, kind=CustodyKind.HANDOVER, at=now, by=request.user, now=now,
                **form.signed(),
            )  # fmt: skip
        except Refused as no:
            form.add_error(None, no.message)
        else:
            text = _(
                "Le passage est noté au registre de garde. Faites le constat d’état."
            )
            messages.success(request, text)
            if reason:
                messages.warning(request, reason)
            report = reverse("circulation:field_report", args=[pk])
            return go(request, f"{report}?moment={form.cleaned_data['moment']}")
    return page(
        request,
        "circulation/field_loan.html",
        {"loan": loan, "form": form},
        status=422 if form.errors else 200,
    )


def asked_moment(request: Request) -> dict[str, str]:
    """The moment that the address names: that of the handover just noted."""
    moment = request.GET.get("moment", "")
    return {"moment": moment} if moment in Moment else {}


@require_http_methods(["GET", "POST"])
def field_report(request: Request, pk: int) -> HttpResponse:
    """Say in which state each component is, with pictures, and sign."""
    loan = own_loan(request, pk)
    form = ReportForm(
        request.POST or None, request.FILES or None, loan=loan, user=request.user,
        initial=asked_moment(request),
    )  # fmt: skip
    if form.is_valid():
        now = timezone.now()
        try:
            record_with_pictures(
                loan, at=now, by=request.user, now=now, **form.signed()
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Le constat est signé et gardé."))
            return go(request, "circulation:report_list", pk)
    return page(
        request,
        "circulation/field_report.html",
        {"loan": loan, "form": form},
        status=422 if form.errors else 200,
    )
