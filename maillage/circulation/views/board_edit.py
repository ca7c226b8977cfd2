"""Where a loan of the board may go, and the decisions that are made there."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.circulation.forms.board import MoveForm
from maillage.circulation.models import LoanRequest, Scenario
from maillage.circulation.services.board_edit import (
    Change,
    free_request,
    place_request,
    set_aside,
    take_back,
)
from maillage.circulation.services.board_slots import Places, places_for
from maillage.circulation.views import board_data as data
from maillage.circulation.views.board import is_editable, scenario_for
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.numbers import number_in


def request_of(scenario: Scenario, asked: int) -> LoanRequest:
    """A request that the scenario plans, serves or refuses; others are not found."""
    rows = LoanRequest.objects.select_related("host__commune", "resource")
    served = scenario.planned_loans.values("request")
    refused = scenario.refusals.values("request")
    known = rows.filter(pk__in=served) | rows.filter(pk__in=refused)
    return get_object_or_404(known, pk=asked)


@agency_readers
@require_safe
def board_slots(request: Request, slug: str, pk: int) -> HttpResponse:
    """The places that light up for ``?request=``; without it, only make ready."""
    scenario = scenario_for(request, slug, pk)
    asked = number_in(request.GET.get("request"))
    try:
        loan = request_of(scenario, asked) if asked else None
        found = places_for(scenario, request=loan, today=timezone.localdate())
    except Refused as no:
        return JsonResponse({"message": no.message}, status=409)
    return JsonResponse(slots_data(found) if loan else {})


def slots_data(found: Places) -> dict[str, Any]:
    return {
        "days": found.days,
        "slots": [
            [run.copy, run.first, run.last, round(run.change, 2), round(run.km, 1),
             run.losers, 0]
            for run in found.runs
        ],
        "names": [(pk, name) for pk, name in found.names.items()],
        "none": _("Aucune place possible pour cette demande dans ses périodes."),
    }  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def board_move(request: Request, slug: str, pk: int, asked: int) -> HttpResponse:
    """Move a loan, by the board or by a plain form with the places that are possible."""
    scenario = scenario_for(request, slug, pk)
    loan = request_of(scenario, asked)
    today, now = timezone.localdate(), timezone.now()
    sent = request.POST if request.method == "POST" else None
    form = MoveForm(sent, scenario=scenario, request=loan, today=today)
    if form.is_valid():
        return answer(
            request, scenario, lambda: place_request(
                scenario, request=loan, by=request.user, now=now, today=today,
                **form.place,
            ),
        )  # fmt: skip
    context = {
        "scenario": scenario,
        "loan": scenario.planned_loans.filter(request=loan)
        .select_related("copy")
        .first(),
        "asked": loan,
        "form": form,
        "editable": is_editable(request, scenario),
    }
    status = 422 if form.errors else 200
    return page(request, "circulation/board_move.html", context, status=status)


@agency_only
@require_POST
def board_refuse(request: Request, slug: str, pk: int, asked: int) -> HttpResponse:
    scenario = scenario_for(request, slug, pk)
    loan, now = request_of(scenario, asked), timezone.now()
    return answer(
        request, scenario,
        lambda: set_aside(scenario, request=loan, by=request.user, now=now),
    )  # fmt: skip


@agency_only
@require_POST
def board_free(request: Request, slug: str, pk: int, asked: int) -> HttpResponse:
    scenario = scenario_for(request, slug, pk)
    loan, now = request_of(scenario, asked), timezone.now()
    return answer(
        request, scenario, lambda: free_request(scenario, request=loan, now=now)
    )


@agency_only
@require_POST
def board_undo(request: Request, slug: str, pk: int) -> HttpResponse:
    scenario = scenario_for(request, slug, pk)
    token, now = request.POST.get("token", ""), timezone.now()
    return answer(request, scenario, lambda: take_back(scenario, token=token, now=now))


def answer(
    request: Request, scenario: Scenario, verb: Callable[[], Change]
) -> HttpResponse:
    """Do it, and say what changed: to the script as data, to a form as a page."""
    wants_data = "application/json" in request.headers.get("Accept", "")
    back = reverse("circulation:board_table", args=[scenario.season.slug, scenario.pk])
    try:
        change = verb()
    except Refused as no:
        if wants_data:
            return JsonResponse({"code": no.code, "message": no.message}, status=409)
        messages.error(request, no.message)
        return go(request, back)
    if wants_data:
        return JsonResponse(change_data(request, scenario, change))
    messages.success(request, change.message)
    return go(request, back)


def change_data(request: Request, scenario: Scenario, change: Change) -> dict[str, Any]:
    tray = data.tray_of(change.board)
    bars = [bar for bar in change.board.bars if bar.copy in change.copies]
    context = {"tray": tray, "scenario": scenario, "editable": True}
    return {
        "stamp": change.stamp,
        "message": change.message,
        "undo": change.undo,
        "copies": sorted(change.copies),
        "hosts": data.host_rows(change.board, {bar.host for bar in bars}),
        "bars": data.bar_rows(change.board, bars),
        "tray": render_to_string("circulation/board_tray.html", context, request),
        "refused": len(tray),
    }
