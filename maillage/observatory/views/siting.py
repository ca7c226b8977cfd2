"""Scenarios of siting: list, study on the map, compare, decide."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.numbers import number_in
from maillage.observatory import siting_pages as shown
from maillage.observatory.choices import ScenarioState
from maillage.observatory.forms_equity import (
    ChoiceForm,
    DecisionForm,
    ProposalForm,
    ScenarioForm,
    StepForm,
)
from maillage.observatory.models import SitingScenario
from maillage.observatory.services import scenarios
from maillage.observatory.services.proposing import propose, unbeaten
from maillage.observatory.services.siting import what_if
from maillage.observatory.views.access import bounds

#: Scenarios side by side: more do not fit on a page.
MOST = 4


@agency_readers
@require_safe
def siting_list(request: Request) -> HttpResponse:
    """Scenarios, the ones to study first."""
    rows = SitingScenario.objects.visible_to(request.user).order_by("state", "-made_at")
    context = {"scenarios": rows, "may_edit": request.user.is_agency}
    return page(request, "observatory/siting_list.html", context)


@agency_readers
@require_safe
def siting_register(request: Request) -> HttpResponse:
    """What was decided: the choice, its reasons and the figures of that day."""
    rows = SitingScenario.objects.visible_to(request.user).decided()
    context = shown.register_context(rows.select_related("decided_by"))
    return page(request, "observatory/siting_register.html", context)


@agency_only
def siting_new(request: Request) -> HttpResponse:
    """A new scenario: its name, its question, whose access it looks at."""
    today, is_sent = timezone.localdate(), request.method == "POST"
    form = ScenarioForm(request.POST if is_sent else None)
    picked = ChoiceForm(request.POST if is_sent else request.GET, today=today).settled()
    if is_sent and form.is_valid():
        choice, month = picked.chosen()
        scenario = scenarios.create(
            **form.cleaned_data,
            choice=choice,
            month=month,
            by=request.user,
            now=timezone.now(),
        )
        return go(request, scenario)
    context = {"form": form, "picked": picked}
    return page(
        request, "observatory/siting_new.html", context, status=422 if is_sent else 200
    )


def study(
    request: Request, scenario: SitingScenario, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of a scenario: what it changes, and for whom."""
    context = shown.study_context(scenario, today=timezone.localdate())
    context |= {
        "may_edit": request.user.is_agency and scenario.state == ScenarioState.DRAFT,
        "bounds": json.dumps(bounds()),
        "step": StepForm(sites=context["sites"]),
        "proposal": ProposalForm(),
        "decision": DecisionForm(),
    }
    return page(
        request, "observatory/siting_detail.html", context | more, status=status
    )


def visible(request: Request, pk: int) -> SitingScenario:
    return get_object_or_404(SitingScenario.objects.visible_to(request.user), pk=pk)


def editable(request: Request, pk: int) -> SitingScenario:
    return get_object_or_404(SitingScenario.objects.editable_by(request.user), pk=pk)


@agency_readers
@require_safe
def siting_detail(request: Request, pk: int) -> HttpResponse:
    return study(request, visible(request, pk))


def settle(
    request: Request,
    scenario: SitingScenario,
    change: Callable[[], object],
    **sent: Any,
) -> HttpResponse:
    """Make a change and go on; refused, the page comes again with what was sent."""
    try:
        change()
    except Refused as refusal:
        scenario.refresh_from_db()
        return study(request, scenario, status=422, refusal=refusal, **sent)
    return go(request, scenario)


@agency_only
@require_POST
def siting_step(request: Request, pk: int) -> HttpResponse:
    """Add, move or close a place: from the boxes, or from the map."""
    scenario = editable(request, pk)
    form = StepForm(request.POST, sites=shown.sites_of(scenario))
    if not form.is_valid():
        return study(request, scenario, status=422, step=form)
    revision, steps = shown.revision_of(request), [form.change()]
    add = partial(scenarios.add_changes, scenario, steps, revision=revision)
    return settle(request, scenario, add, step=form)


@agency_only
@require_POST
def siting_undo(request: Request, pk: int, rank: int) -> HttpResponse:
    """Take a change back."""
    scenario, revision = editable(request, pk), shown.revision_of(request)
    remove = partial(scenarios.remove_change, scenario, rank, revision=revision)
    return settle(request, scenario, remove)


@agency_only
@require_POST
def siting_propose(request: Request, pk: int) -> HttpResponse:
    """The best communes for some new places, added to the scenario."""
    scenario, revision = editable(request, pk), shown.revision_of(request)
    form = ProposalForm(request.POST)
    if not form.is_valid():
        return study(request, scenario, status=422, proposal=form)

    def add() -> None:
        choice, month = scenarios.asked_of(scenario)
        found = propose(choice, month=month, **form.asked())
        steps = shown.changes_of(found)
        scenarios.add_changes(scenario, steps, revision=revision)
        messages.success(request, shown.proposal_sentence(found))

    return settle(request, scenario, add, proposal=form)


@agency_readers
@require_POST
def siting_try(request: Request, pk: int) -> HttpResponse:
    """What the map asks while a place is dragged: nothing is kept."""
    scenario = visible(request, pk)
    choice, month = scenarios.asked_of(scenario)
    try:
        steps = scenarios.merged([*scenario.changes, *shown.steps_sent(request)])
        outcome = what_if(choice, steps, month=month)
    except Refused as refusal:
        return JsonResponse({"error": refusal.message}, status=422)
    told = shown.map_of(outcome)
    context = {"told": shown.figures_of(outcome)}
    told["html"] = render_to_string("observatory/siting_figures.html", context, request)
    return JsonResponse(told)


@agency_readers
@require_safe
def siting_map(request: Request, pk: int) -> HttpResponse:
    """Gains and losses by commune for the map."""
    scenario = visible(request, pk)
    choice, month = scenarios.asked_of(scenario)
    try:
        outcome = what_if(choice, scenario.changes, month=month)
    except Refused as refusal:
        return JsonResponse({"error": refusal.message}, status=422)
    return JsonResponse(shown.map_of(outcome))


@agency_only
@require_POST
def siting_decide(request: Request, pk: int) -> HttpResponse:
    """Keep the scenario or set it aside, with the reasons."""
    scenario = editable(request, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return study(request, scenario, status=422, decision=form)
    decide = partial(
        scenarios.decide,
        scenario,
        **form.cleaned_data,
        revision=shown.revision_of(request),
        by=request.user,
        now=timezone.now(),
    )
    return settle(request, scenario, decide, decision=form)


@agency_readers
@require_safe
def siting_compare(request: Request) -> HttpResponse:
    """Some scenarios side by side."""
    wanted = [number_in(pk) for pk in request.GET.getlist("scenario")][:MOST]
    rows = SitingScenario.objects.visible_to(request.user).filter(pk__in=wanted)
    context = shown.compare_context(list(rows.order_by("pk")))
    context["bounds"] = json.dumps(bounds())
    return page(request, "observatory/siting_compare.html", context)


@agency_readers
@require_safe
def siting_front(request: Request, pk: int) -> HttpResponse:
    """Choices of some new places that none beats in all measures at once."""
    scenario = visible(request, pk)
    choice, month = scenarios.asked_of(scenario)
    form = ProposalForm(request.GET or None)
    most = form.asked()["new"] if form.is_valid() else 3
    try:
        found, ground = unbeaten(choice, most=most, month=month)
    except Refused as refusal:
        return study(request, scenario, status=422, refusal=refusal)
    context = shown.front_context(scenario, found, ground)
    context |= {"most": most, "may_edit": request.user.is_agency}
    return page(request, "observatory/siting_front.html", context)


@agency_only
@require_POST
def siting_pick(request: Request, pk: int) -> HttpResponse:
    """A new scenario from one point of the front."""
    scenario = visible(request, pk)
    changes = shown.picked_changes(request)
    choice, month = scenarios.asked_of(scenario)
    made = scenarios.create(
        name=shown.picked_name(scenario, changes),
        question=scenario.question,
        choice=choice,
        month=month,
        changes=changes,
        by=request.user,
        now=timezone.now(),
    )
    return go(request, made)
