"""The agency's work on indicators: define, publish, type a figure, compute again."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.observatory.choices import IndicatorState, Origin
from maillage.observatory.forms_indicators import IndicatorForm, ObservationForm
from maillage.observatory.jobs import refresh_one
from maillage.observatory.models import Indicator
from maillage.observatory.services.aggregating import Part
from maillage.observatory.services.indicators import publish, retire, save_indicator
from maillage.observatory.services.observations import (
    Given,
    record,
    weights_of,
    withdraw,
)
from maillage.observatory.services.perimeters import load_ground


def editable_or_404(request: Request, code: str) -> Indicator:
    return get_object_or_404(
        Indicator.objects.all().editable_by(request.user), code=code
    )


@agency_only
@require_http_methods(["GET", "POST"])
def indicator_new(request: Request) -> HttpResponse:
    """Define an indicator."""
    return edited(request, Indicator(origin=Origin.TYPED))


@agency_only
@require_http_methods(["GET", "POST"])
def indicator_edit(request: Request, code: str) -> HttpResponse:
    """Change the definition of an indicator."""
    return edited(request, editable_or_404(request, code))


def edited(request: Request, indicator: Indicator) -> HttpResponse:
    form = IndicatorForm(request.POST or None, instance=indicator)
    if form.is_valid():
        try:
            save_indicator(form.save(commit=False), by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("L’indicateur est enregistré."))
            return go(request, indicator)
    code = form.initial.get("code") if indicator.pk else ""
    return page(
        request,
        "observatory/indicator_form.html",
        {"form": form, "code": code, "name": form.initial.get("name", "")},
        status=422 if form.errors else 200,
    )


@agency_only
@require_POST
def indicator_state(request: Request, code: str) -> HttpResponse:
    """Publish an indicator, or stop showing it."""
    indicator = editable_or_404(request, code)
    verbs = {IndicatorState.PUBLISHED: publish, IndicatorState.RETIRED: retire}
    verb = (
        verbs.get(IndicatorState(request.POST["state"]))
        if request.POST.get("state") in verbs
        else None
    )
    try:
        if verb is not None:
            row = verb(indicator, by=request.user, now=timezone.now())
            said = _("L’indicateur est maintenant : %s.") % row.get_state_display()
            messages.success(request, said)
    except Refused as no:
        messages.error(request, no.message)
    return go(request, indicator)


@agency_only
@require_POST
def indicator_refresh(request: Request, code: str) -> HttpResponse:
    """Compute an indicator of the platform again, in the background."""
    indicator = editable_or_404(request, code)
    if indicator.computation:
        refresh_one.enqueue(indicator.pk)
        messages.success(request, _("L’indicateur est recalculé."))
    return go(request, indicator)


@agency_only
@require_http_methods(["GET", "POST"])
def observation_new(request: Request, code: str) -> HttpResponse:
    """Type one figure; a final one that it corrects is kept as an older vintage."""
    indicator = editable_or_404(request, code)
    form = ObservationForm(request.POST or None, indicator=indicator)
    if form.is_valid():
        try:
            written = typed(indicator, form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            said = ngettext(
                "%d valeur écrite ou refaite.",
                "%d valeurs écrites ou refaites.",
                written,
            )
            messages.success(request, said % written)
            return go(request, indicator)
    return page(
        request,
        "observatory/observation_new.html",
        {"form": form, "indicator": indicator},
        status=422 if form.errors else 200,
    )


def typed(indicator: Indicator, data: dict[str, Any]) -> int:
    largest = data.get("largest")
    part = Part(
        value=data.get("value"),
        numerator=data.get("numerator"),
        denominator=data.get("denominator"),
        units=data.get("units"),
        largest=None if largest is None else largest / 100,
        status=data["status"],
        note=data["note"],
    )
    ground = load_ground()
    written = record(
        indicator,
        given=[Given(data["level"], data["code"], data["period"], part)],
        vintage=timezone.localdate(),
        ground=ground,
        weights=weights_of(indicator, ground),
    )
    return written.changed


@agency_only
@require_POST
def observation_withdraw(request: Request, code: str) -> HttpResponse:
    """Take back a figure that was typed or imported."""
    indicator = editable_or_404(request, code)
    asked = {name: request.POST.get(name, "") for name in ("level", "code", "period")}
    try:
        withdraw(indicator, **asked, today=timezone.localdate())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La valeur est retirée."))
    return go(request, indicator)
