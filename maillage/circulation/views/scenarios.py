"""Scenarios: weigh, compute, look at, decide by hand, compare, throw away."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.circulation.forms.seasons import (
    PRESET_LABELS,
    WEIGHT_LABELS,
    LockForm,
    ScenarioForm,
    initial_of,
)
from maillage.circulation.jobs import compute_scenario
from maillage.circulation.models import Lock, Scenario, Season
from maillage.circulation.season_compare import (
    compare_reasons,
    compare_rows,
    compare_weights,
    finding,
)
from maillage.circulation.season_pages import (
    FINISHED,
    change_rows,
    curve_of,
    facts_of,
    number,
    proof,
    reasons_of,
    shown_refusals,
    state_of,
    stats_of,
)
from maillage.circulation.services.scenarios import (
    ask_stop,
    decide,
    new_scenario,
    start,
    throw_away,
    undecide,
)
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.numbers import number_in

MOST_COMPARED = 4
#: Lines of a table on the page; the file has them all.
SHOWN = 400


def found(request: Request, slug: str, pk: int) -> Scenario:
    rows = Scenario.objects.visible_to(request.user).select_related(
        "season", "based_on", "created_by"
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk, season__slug=slug)


def run_now(scenario: Scenario) -> None:
    """Start a computation, and give it to the worker once it is written."""
    row = start(scenario, now=timezone.now())
    transaction.on_commit(lambda: compute_scenario.enqueue(row.pk, row.run))


@agency_only
@require_http_methods(["GET", "POST"])
def scenario_new(request: Request, slug: str) -> HttpResponse:
    """Choose weights and hypotheses; the computation starts at once."""
    season = get_object_or_404(Season, slug=slug)
    form = ScenarioForm(request.POST or None, initial=first_values(request, season))
    if form.is_valid():
        data = form.cleaned_data
        try:
            scenario = new_scenario(
                season, name=data["name"], weights=form.weights, what_if=form.what_if,
                effort=data["effort"], by=request.user, now=timezone.now(),
            )  # fmt: skip
            run_now(scenario)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            return go(request, scenario)
    context = {"season": season, "form": form, "presets": PRESET_LABELS.items()}
    status = 422 if form.errors else 200
    return page(request, "circulation/scenario_form.html", context, status=status)


def first_values(request: Request, season: Season) -> dict[str, Any]:
    """What the boxes hold: a preset, or the scenario that the address names."""
    asked = request.GET.get("base", "")
    rows = Scenario.objects.visible_to(request.user).filter(season=season)
    base = rows.filter(pk=number_in(asked)).first()
    return initial_of(
        preset=request.GET.get("modele", ""), base=base,
        extra=request.GET.get("plus", "")[:200],
    )  # fmt: skip


@agency_readers
@require_safe
def scenario_detail(request: Request, slug: str, pk: int) -> HttpResponse:
    """How far the computation is, then its result, its loans and its refusals."""
    scenario = found(request, slug, pk)
    state = state_of(scenario, now=timezone.now())
    if request.htmx and not state["is_at_work"]:
        return go(request, scenario)  # the whole page has more to show than its piece
    context = {"scenario": scenario, "season": scenario.season, "state": state}
    context["curve"] = curve_of(scenario.trace)
    if state["is_finished"]:
        context |= outcome(scenario)
    return page(
        request, "circulation/scenario_detail.html", context, partial="run"
    )  # fmt: skip


def outcome(scenario: Scenario) -> dict[str, Any]:
    """What the page shows of a computed plan."""
    planned = scenario.planned_loans.select_related(
        "request__host__commune", "copy__resource"
    ).order_by("starts_on", "pk")  # fmt: skip
    refused = scenario.refusals.select_related(
        "request__host__commune", "request__resource", "alternative_copy__resource"
    ).order_by("reason", "request")  # fmt: skip
    result = scenario.result
    return {
        "result": result,
        "proof": proof(result),
        # What was moved by hand since is in the tables, not in the figures.
        "is_edited": scenario.ended_at is not None
        and scenario.locks.filter(made_at__gt=scenario.ended_at).exists(),
        "stats": stats_of(result),
        "facts": facts_of(result),
        "reasons": reasons_of(result),
        "planned": planned[:SHOWN],
        "refused": shown_refusals(refused[:SHOWN]),
        "changes": change_rows(scenario),
        "weights": [
            (label, scenario.weights.get(name))
            for name, (label, _about) in WEIGHT_LABELS.items()
        ],
        "km": number(result.get("km")),
        "locks": scenario.locks.count(),
    }


@agency_only
@require_POST
def scenario_start(request: Request, slug: str, pk: int) -> HttpResponse:
    """Compute, or compute again."""
    scenario = found(request, slug, pk)
    try:
        run_now(scenario)
    except Refused as no:
        messages.error(request, no.message)
    return go(request, scenario)


@agency_only
@require_POST
def scenario_stop(request: Request, slug: str, pk: int) -> HttpResponse:
    """End the computation with the best plan that it has."""
    scenario = found(request, slug, pk)
    told = {
        "stopping": _("Le calcul s’arrête et garde son meilleur plan."),
        "cancelled": _("Le calcul est retiré de la file : il n’avait pas commencé."),
    }
    if done := ask_stop(scenario):
        messages.success(request, told[done])
    return go(request, scenario)


@agency_only
@require_POST
def scenario_delete(request: Request, slug: str, pk: int) -> HttpResponse:
    """Throw a scenario away."""
    scenario = found(request, slug, pk)
    try:
        throw_away(scenario, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
        return go(request, scenario)
    messages.success(request, _("Le scénario est supprimé."))
    return go(request, scenario.season)


@agency_only
@require_http_methods(["GET", "POST"])
def scenario_locks(request: Request, slug: str, pk: int) -> HttpResponse:
    """Decisions by hand: place a request here, leave one out."""
    scenario = found(request, slug, pk)
    first = {k: request.GET.get(k) for k in ("request", "kind") if request.GET.get(k)}
    form = LockForm(request.POST or None, scenario=scenario, initial=first)
    if form.is_valid():
        try:
            decide(scenario, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(
                request, _("Décision notée : recalculez pour en voir l’effet.")
            )
            return go(request, "circulation:scenario_locks", slug, pk)
    locks = scenario.locks.select_related("request__host", "copy__resource")
    context = {"scenario": scenario, "season": scenario.season, "form": form}
    context |= {"locks": locks.order_by("request")}
    status = 422 if form.errors else 200
    return page(request, "circulation/scenario_locks.html", context, status=status)


@agency_only
@require_POST
def lock_delete(request: Request, slug: str, pk: int, lock: int) -> HttpResponse:
    """Leave a request to the computation again."""
    scenario = found(request, slug, pk)
    row = get_object_or_404(
        Lock.objects.select_related("request"), pk=lock, scenario=scenario
    )
    try:
        undecide(scenario, request=row.request, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La décision est retirée."))
    return go(request, "circulation:scenario_locks", slug, pk)


@agency_readers
@require_safe
def scenario_compare(request: Request, slug: str) -> HttpResponse:
    """Two to four scenarios side by side, what differs marked."""
    season = get_object_or_404(Season, slug=slug)
    asked = [pk for pk in request.GET.getlist("scenario") if number_in(pk)]
    rows = Scenario.objects.visible_to(request.user).filter(
        season=season, state__in=FINISHED
    )  # fmt: skip
    known = {str(one.pk): one for one in rows.defer("inputs", "trace") if one.result}
    chosen = [known[pk] for pk in dict.fromkeys(asked) if pk in known]
    if len(asked) < 2:  # come from a link: beside the others, without a click more
        chosen += [one for one in known.values() if one not in chosen]
        chosen = chosen[:MOST_COMPARED]
    if len(asked) > 50:
        raise Http404
    enough = 2 <= len(chosen) <= MOST_COMPARED
    context: dict[str, Any] = {"season": season, "known": list(known.values())}
    context |= {"chosen": chosen, "enough": enough, "most": MOST_COMPARED}
    if enough:
        context |= {
            "rows": compare_rows(chosen), "reasons": compare_reasons(chosen),
            "weights": named_weights(chosen), "finding": finding(chosen),
        }  # fmt: skip
    return page(request, "circulation/scenario_compare.html", context)


def named_weights(chosen: list[Scenario]) -> list[dict[str, Any]]:
    return [
        {**row, "label": WEIGHT_LABELS[row["name"]][0]}
        for row in compare_weights(chosen)
        if row["name"] in WEIGHT_LABELS
    ]
