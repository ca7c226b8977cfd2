"""The agency makes results: chooses tables, sees what the gate hides, publishes."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file
from maillage.surveys import results_pages as pages
from maillage.surveys.forms_results import ReleaseForm
from maillage.surveys.jobs import make_results
from maillage.surveys.models import Release, Wave
from maillage.surveys.results.shown import Results, results_of
from maillage.surveys.results_raw import raw_columns, raw_rows
from maillage.surveys.results_states import overview, state_of
from maillage.surveys.results_why import hidden_tables
from maillage.surveys.services import releases as verbs, results as service
from maillage.surveys.services.comparing import wave_before
from maillage.surveys.views.waves import wave_or_404


def release_or_404(request: Request, slug: str, number: int) -> Release:
    wave = wave_or_404(request, slug)
    rows = service.releases(wave).select_related(
        "wave__version__questionnaire", "made_by", "withdrawn_by"
    )
    return get_object_or_404(rows, number=number)


def run_now(release: Release, *, by: Any) -> None:
    """Start a computation, and give it to the worker once it is written."""
    row = verbs.start(release, by=by, now=timezone.now())
    transaction.on_commit(lambda: make_results.enqueue(row.pk, row.run))


@agency_only
@require_GET
def release_list(request: Request, slug: str) -> HttpResponse:
    """Where the results of a wave are: how many answers, what was made of them."""
    wave = wave_or_404(request, slug)
    context = overview(wave, now=timezone.now())
    return page(request, "surveys/release_list.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def release_new(request: Request, slug: str) -> HttpResponse:
    """Choose what to publish; what was not published before is replaced."""
    wave = wave_or_404(request, slug)
    found = service.material_of(wave)
    form = ReleaseForm(request.POST or None, variables=found.variables)
    if form.is_valid():
        try:
            made = prepared(wave, form, by=request.user)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            return go(request, "surveys:release_detail", slug, made.number)
    context = {"wave": wave, "form": form, "before": wave_before(wave)}
    context |= {"replaced": service.releases(wave).loose().first()}
    status = 422 if form.errors else 200
    return page(request, "surveys/result_prepare.html", context, status=status)


def prepared(wave: Wave, form: ReleaseForm, *, by: Any) -> Release:
    made = verbs.prepare(wave, tables=form.tables, by=by, now=timezone.now())
    run_now(made, by=by)
    return made


@agency_only
@require_GET
def release_detail(request: Request, slug: str, number: int) -> HttpResponse:
    """How far the computation is; then what would be published, and what is hidden."""
    release = release_or_404(request, slug, number)
    wave, state = release.wave, state_of(release, now=timezone.now())
    if request.htmx and not state["is_at_work"]:
        return go(request, "surveys:release_detail", slug, number)
    context: dict[str, Any] = {"wave": wave, "release": release, "state": state}
    if release.figures.get("families"):
        context |= told(results_of(release))
    return page(request, "surveys/result_preview.html", context, partial="run")


def told(results: Results) -> dict[str, Any]:
    """What the agency reads of results: how much is shown, and why the rest is not."""
    shown, hidden = results.counted()
    people = service.material_of(results.wave).people
    return {
        "shown": shown,
        "hidden": hidden,
        "answered": sum(person.has_answered for person in people),
        "tables": hidden_tables(results, people),
        "closed": results.data.get("closed", []),
        "crossings": [
            (results.variables[one].label, results.variables[two].label)
            for one, two in results.crossings
        ],
        "has_panel": bool(results.data.get("panel")),
    }


@agency_only
@require_GET
def release_preview(request: Request, slug: str, number: int) -> HttpResponse:
    """The page as everybody would read it, before it is published."""
    found = results_of(release_or_404(request, slug, number))
    if not found.data.get("families"):
        raise Http404
    group = found.group(request.GET.get("groupe", ""))
    section = request.GET.get("partie", "")
    context = {**pages.common(found), **pages.detail(found, group, section=section)}
    context["is_preview"] = not found.release.is_published
    return page(request, "surveys/result_detail.html", context)


@agency_only
@require_POST
def release_decide(request: Request, slug: str, number: int) -> HttpResponse:
    """Compute again, publish, withdraw, or forget."""
    release = release_or_404(request, slug, number)
    verb = request.POST.get("verb", "")
    try:
        if text := decided(request, release, verb):
            messages.success(request, text)
    except Refused as no:
        messages.error(request, no.message)
        return go(request, "surveys:release_detail", slug, number)
    if verb in {"start", "withdraw"}:
        return go(request, "surveys:release_detail", slug, number)
    to = "release_list" if verb == "drop" else "result_detail"
    return go(request, f"surveys:{to}", slug)


def decided(request: Request, release: Release, verb: str) -> str:
    """Do what the button says; returns what to tell. Refuses as the services do."""
    by, now = request.user, timezone.now()
    if verb == "start":
        run_now(release, by=by)
        return ""
    if verb == "publish":
        verbs.publish(release, by=by, now=now)
        return _("Les résultats sont publiés : tout le monde les lit ici.")
    if verb == "withdraw":
        why = request.POST.get("why", "")[:2000]
        verbs.withdraw(release, why=why, by=by, now=now)
        return _("Les résultats sont retirés. Leur page dit pourquoi.")
    if verb == "drop":
        verbs.drop(release, by=by)
        return _("Ces résultats ne sont pas gardés.")
    raise Refused("verb", _("Ce bouton n’existe plus."))


@agency_only
@require_GET
def answers_export(request: Request, slug: str, form: str) -> HttpResponse:
    """The answers themselves, for the work of the agency; never to be published."""
    wave = wave_or_404(request, slug)
    name = _("confidentiel-reponses-%s") % slug
    answer = table_file(raw_rows(wave), raw_columns(wave), name=name, form=form)
    answer["Cache-Control"] = "no-store"
    return answer
