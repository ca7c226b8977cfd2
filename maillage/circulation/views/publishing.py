"""Publish a plan, plan again after it, take its tables away as files."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.circulation.choices import ScenarioState
from maillage.circulation.forms.seasons import ReplanForm
from maillage.circulation.models import Scenario
from maillage.circulation.season_pages import (
    LOAN_COLUMNS,
    REFUSAL_COLUMNS,
    change_rows,
    proof,
    stats_of,
)
from maillage.circulation.services.publication import publish
from maillage.circulation.services.season_replan import replan
from maillage.circulation.views.scenarios import found, run_now
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.columns import Column
from maillage.core.tables.sending import table_file


@agency_only
@require_http_methods(["GET", "POST"])
def scenario_publish(request: Request, slug: str, pk: int) -> HttpResponse:
    """Say what publishing does; then do it, whole or not at all."""
    scenario = found(request, slug, pk)
    why = ""
    if scenario.state == ScenarioState.PUBLISHED:  # in another tab, or by a colleague
        messages.info(request, _("Ce plan est déjà publié."))
        return go(request, "circulation:season_detail", slug)
    if request.method == "POST":
        now = timezone.now()
        try:
            done = publish(
                scenario, by=request.user, now=now, today=timezone.localdate()
            )
        except Refused as no:
            why = no.message
        else:
            said = _("Le plan est publié : %(n)s prêts proposés, chacun est prévenu.")
            messages.success(request, said % {"n": len(done.added) + len(done.moved)})
            return go(request, "circulation:season_detail", slug)
    return publish_page(request, scenario, why=why)


def publish_page(request: Request, scenario: Scenario, *, why: str) -> HttpResponse:
    """What publishing would do, and why it was not done."""
    context = {
        "scenario": scenario, "season": scenario.season, "why": why,
        "stats": stats_of(scenario.result), "changes": change_rows(scenario),
        "proof": proof(scenario.result),
    }  # fmt: skip
    status = 422 if why else 200
    return page(request, "circulation/scenario_publish.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def scenario_replan(request: Request, slug: str, pk: int) -> HttpResponse:
    """Start a plan that changes as little as possible of a published one."""
    scenario = found(request, slug, pk)
    first = {"name": _("%(name)s, replanifié") % {"name": scenario.name[:100]}}
    form = ReplanForm(request.POST or None, season=scenario.season, initial=first)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = replan(
                scenario, name=data["name"], freed=data.get("freed", []),
                broken=[copy.pk for copy in data["broken"]],
                with_waiting=data["with_waiting"], by=request.user, now=timezone.now(),
                weights={**scenario.weights, "stability": data["stability"]},
            )  # fmt: skip
            run_now(made)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            return go(request, made)
    context = {"scenario": scenario, "season": scenario.season, "form": form}
    status = 422 if form.errors else 200
    return page(request, "circulation/scenario_replan.html", context, status=status)


@agency_readers
@require_safe
def scenario_export(
    request: Request, slug: str, pk: int, table: str, kind: str
) -> HttpResponse:
    """The loans or the refusals of a scenario as a file."""
    scenario = found(request, slug, pk)
    related = ("request__host__commune", "request__resource")
    things: list[Any]
    columns: tuple[Column, ...]
    if table == "prets":
        planned = scenario.planned_loans.select_related(*related, "copy__resource")
        things, columns = list(planned.order_by("starts_on", "pk")), LOAN_COLUMNS
    else:
        wide = (*related, "alternative_copy__resource")
        refused = scenario.refusals.select_related(*wide)
        things, columns = list(refused.order_by("request")), REFUSAL_COLUMNS
    return table_file(things, columns, name=f"{slug}-{table}-{pk}", form=kind)
