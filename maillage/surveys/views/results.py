"""Published results of a wave: for everybody, from the stored cells only."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from maillage.accounts.http import Request
from maillage.core.charts.outlines import DEPARTMENTS, outlines
from maillage.core.http import page
from maillage.core.tables.sending import table_file
from maillage.surveys import results_pages as pages
from maillage.surveys.exports_results import RESULTS
from maillage.surveys.models import Release, Wave
from maillage.surveys.results.blocks import map_of
from maillage.surveys.results.shown import Results, results_of
from maillage.surveys.results_paper import report_pdf
from maillage.surveys.services.results import history, published


def results_or_404(slug: str) -> Results:
    """The published results of a wave, as they are read today."""
    rows = Wave.objects.select_related("version__questionnaire")
    release = published(get_object_or_404(rows, slug=slug))
    if release is None:
        raise Http404
    return results_of(release)


def withdrawn_of(slug: str) -> Release | None:
    """The last results of a wave when they were withdrawn."""
    rows = Release.objects.filter(wave__slug=slug).told().select_related("wave")
    last = rows.order_by("-number").first()
    return last if last and last.withdrawn_at else None


@login_not_required
@require_GET
def result_detail(request: Request, slug: str) -> HttpResponse:
    """Who answered, what comes out of it, each question with its chart and table."""
    if release := withdrawn_of(slug):
        context = {"wave": release.wave, "release": release}
        return page(request, "surveys/result_withdrawn.html", context, status=410)
    found = results_or_404(slug)
    group = found.group(request.GET.get("groupe", ""))
    context = {
        **pages.common(found),
        **pages.detail(found, group, section=request.GET.get("partie", "")),
    }
    return page(request, "surveys/result_detail.html", context)


@login_not_required
@require_GET
def result_cross(request: Request, slug: str) -> HttpResponse:
    """One question by kind, by department or by another question; a map."""
    found = results_or_404(slug)
    context: dict[str, Any] = {**pages.common(found)}
    asked = pages.asked_cross(
        found, request.GET.get("question", ""), request.GET.get("par", "")
    )
    context |= asked.context(found)
    option = request.GET.get("reponse", "")
    if asked.by == "department" and asked.variable.options:
        known = asked.variable.labels
        option = option if option in known else next(iter(known))
        shapes, size = outlines(DEPARTMENTS)
        context |= {
            "map": map_of(found, asked.variable, option, shapes, size),
            "option": option,
        }
    return page(request, "surveys/result_cross.html", context)


@login_not_required
@require_GET
def result_change(request: Request, slug: str) -> HttpResponse:
    """What changed since the wave before, and since the first."""
    found = results_or_404(slug)
    waves = [results_of(release) for release in history(found.wave)]
    context = {**pages.common(found), **pages.change(found, waves)}
    return page(request, "surveys/result_change.html", context)


@login_not_required
@require_GET
def result_report(request: Request, slug: str) -> HttpResponse:
    """The same on paper."""
    found = results_or_404(slug)
    pdf = report_pdf(found, today=timezone.localdate())
    answer = HttpResponse(pdf, content_type="application/pdf")
    name = _("resultats-%s.pdf") % slug
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


@login_not_required
@require_GET
def result_file(request: Request, slug: str, form: str) -> HttpResponse:
    """Every published cell, one a line."""
    found = results_or_404(slug)
    return table_file(found.cells(), RESULTS, name=f"enquete-{slug}", form=form)
