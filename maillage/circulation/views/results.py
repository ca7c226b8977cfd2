"""The results of a published season: mine, why, and how to check them."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.circulation.models import LoanRequest, PlannedLoan, Scenario, Season
from maillage.circulation.problem.scores import canonical
from maillage.circulation.season_pages import proof, way_of
from maillage.circulation.services.season_results import (
    explain,
    published_scenario,
    reason_label,
)
from maillage.core.http import page

PER_PAGE = 40


@require_safe
def result_list(request: Request, slug: str) -> HttpResponse:
    """The person's requests of a season, with what became of each."""
    season = get_object_or_404(Season, slug=slug)
    scenario = published_scenario(season)
    context: dict[str, Any] = {"season": season, "scenario": scenario}
    if scenario is not None:
        mine = LoanRequest.objects.visible_to(request.user)
        planned, refused = outcomes(scenario)
        found = mine.filter(pk__in=[*planned, *refused])
        found = found.select_related("host__commune", "resource")
        pages = Paginator(found.order_by("host__name", "pk"), PER_PAGE)
        context["page_obj"] = pages.get_page(request.GET.get("page"))
        context["rows"] = [
            {
                "request": one,
                "planned": planned.get(one.pk),
                "reason": refused.get(one.pk, ""),
            }
            for one in context["page_obj"]
        ]
    return page(request, "circulation/result_list.html", context)


def outcomes(scenario: Scenario) -> tuple[dict[int, PlannedLoan], dict[int, str]]:
    """The loan, or the reason of the refusal, of each request of a plan."""
    loans = scenario.planned_loans.select_related("copy__resource")
    planned = {one.request_id: one for one in loans}
    reasons = scenario.refusals.values_list("request_id", "reason")
    return planned, {request: reason_label(code) for request, code in reasons}


@require_safe
def result_detail(request: Request, slug: str, pk: int) -> HttpResponse:
    """Why this request is served or not, term by term."""
    season = get_object_or_404(Season, slug=slug)
    scenario = published_scenario(season)
    rows = LoanRequest.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("host__commune", "resource"), pk=pk)
    user = request.user
    found = (
        explain(scenario, row, may_name=user.is_agency or user.is_observer)
        if scenario
        else None
    )
    if scenario is None or found is None:
        raise Http404
    context = {
        "season": season, "scenario": scenario, "found": found,
        "way": way_of(found.refusal) if found.refusal else "",
        "proof": proof(scenario.result), "is_mine": rows.made_for(user).contains(row),
    }  # fmt: skip
    return page(request, "circulation/result_detail.html", context)


@login_not_required
@require_safe
def season_inputs(request: Request, slug: str) -> HttpResponse:
    """The published inputs, byte for byte as their digest was taken."""
    season = get_object_or_404(Season, slug=slug)
    scenario = published_scenario(season)
    if scenario is None:
        raise Http404
    answer = HttpResponse(canonical(scenario.inputs), content_type="application/json")
    name = f"saison-{season.slug}-donnees.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
