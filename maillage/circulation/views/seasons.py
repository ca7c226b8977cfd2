"""Seasons: the list, one season at work, its frame, what it has published."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.circulation.choices import ScenarioState, SeasonState
from maillage.circulation.forms.seasons import PRESET_LABELS, SeasonForm
from maillage.circulation.models import Scenario, Season
from maillage.circulation.season_pages import (
    FINISHED,
    number,
    per_cent,
    season_steps,
    state_of,
)
from maillage.circulation.services.season_results import programme, published_scenario
from maillage.circulation.services.seasons import NEXT, change_state, numbers
from maillage.core.errors import Refused
from maillage.core.http import go, page

#: What the buttons that change the state of a season say.
STATE_VERBS = {
    SeasonState.PLANNING: gettext_lazy("Clore les demandes et préparer le plan"),
    SeasonState.OPEN: gettext_lazy("Rouvrir les demandes"),
    SeasonState.CLOSED: gettext_lazy("Terminer la saison"),
}


@login_not_required
@require_safe
def season_list(request: Request) -> HttpResponse:
    """All seasons: whether requests are open, where the published plans are."""
    published = ScenarioState.PUBLISHED
    pks = {*Scenario.objects.filter(state=published).values_list("season", flat=True)}
    user: Any = request.user
    is_reader = user.is_authenticated and (user.is_agency or user.is_observer)
    rows = [
        {"season": season, "has_programme": season.pk in pks}
        for season in Season.objects.order_by("-starts_on")
    ]
    context = {"rows": rows, "is_reader": is_reader}
    return page(request, "circulation/season_list.html", context)


@agency_readers
@require_safe
def season_detail(request: Request, slug: str) -> HttpResponse:
    """A season as those who plan it see it: demand, copies, scenarios."""
    season = get_object_or_404(Season, slug=slug)
    found = numbers(season)
    context = {
        "season": season,
        "numbers": found,
        "stats": demand(found),
        "steps": season_steps(season),
        "verbs": [
            (state, STATE_VERBS[SeasonState(state)]) for state in NEXT[season.state]
        ],
        "scenarios": scenario_rows(season),
        "presets": PRESET_LABELS.items(),
        "published": published_scenario(season),
    }
    return page(request, "circulation/season_detail.html", context)


def demand(found: Any) -> list[dict[str, Any]]:
    return [
        {"label": _("demandes"), "value": number(found.requests)},
        {"label": _("lieux d’accueil"), "value": number(found.hosts)},
        {"label": _("communes"), "value": number(found.communes)},
        {"label": _("exemplaires en service"), "value": number(found.copies)},
        {
            "label": _("des jours possibles sont demandés"),
            "value": per_cent(found.load / 100, places=0),
        },
    ]


def scenario_rows(season: Season) -> list[dict[str, Any]]:
    now = timezone.now()
    rows = season.scenarios.defer("inputs", "trace").select_related("based_on")
    return [
        {
            "scenario": one,
            "state": state_of(one, now=now),
            "gap": per_cent(one.result["gap"]) if one.result else "",
            "km": number(one.result["km"]) if one.result else "",
            "served": one.result.get("served"),
            "requests": one.result.get("requests"),
            "may_compare": bool(one.result) and one.state in FINISHED,
        }
        for one in rows
    ]


@agency_only
@require_http_methods(["GET", "POST"])
def season_new(request: Request) -> HttpResponse:
    """Open a season for requests."""
    return edited(request, SeasonForm(request.POST or None), None)


@agency_only
@require_http_methods(["GET", "POST"])
def season_edit(request: Request, slug: str) -> HttpResponse:
    """Change the frame of a season."""
    season = get_object_or_404(Season, slug=slug)
    return edited(request, SeasonForm(request.POST or None, instance=season), season)


def edited(request: Request, form: SeasonForm, season: Season | None) -> HttpResponse:
    if form.is_valid():
        saved = form.save()
        messages.success(request, _("La saison est enregistrée."))
        return go(request, saved)
    return page(
        request,
        "circulation/season_form.html",
        {"form": form, "season": season},
        status=422 if form.errors else 200,
    )


@agency_only
@require_POST
def season_state(request: Request, slug: str) -> HttpResponse:
    """Open or close the requests, or end the season."""
    season = get_object_or_404(Season, slug=slug)
    try:
        row = change_state(
            season,
            to=request.POST.get("state", ""),
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        messages.error(request, no.message)
    else:
        said = _("La saison est maintenant : %(state)s.")
        messages.success(request, said % {"state": row.get_state_display()})
    return go(request, season)


@login_not_required
@require_safe
def season_programme(request: Request, slug: str) -> HttpResponse:
    """What goes where and when, for everybody, once the season is published."""
    season = get_object_or_404(Season, slug=slug)
    scenario = published_scenario(season)
    stops = programme(scenario) if scenario else []
    context = {
        "season": season,
        "scenario": scenario,
        "stops": stops,
        "communes": len({stop["commune"].pk for stop in stops}),
        "resources": len({stop["resource"].pk for stop in stops}),
    }
    return page(request, "circulation/season_programme.html", context)
