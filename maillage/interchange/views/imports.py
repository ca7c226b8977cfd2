"""The agency's imports: send, check, apply, read the report."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.columns import Column
from maillage.core.tables.sending import table_file
from maillage.interchange.forms import KINDS, ImportForm
from maillage.interchange.jobs import apply_import, check_import
from maillage.interchange.layouts import LAYOUTS
from maillage.interchange.models import ImportRun
from maillage.interchange.services import (
    SHOWN,
    ask_apply,
    ask_check,
    read_problems,
    receive,
)

PROBLEM_COLUMNS = (
    Column("ligne", "ligne", value=lambda problem: problem.line),
    Column("colonne", "colonne", value=lambda problem: problem.column or None),
    Column("titre", "titre", value=lambda problem: problem.header),
    Column("valeur", "valeur", value=lambda problem: problem.value),
    Column("message", "message", value=lambda problem: problem.message),
    Column(
        "gravite",
        "gravité",
        value=lambda problem: "erreur" if problem.fatal else "remarque",
    ),
)


@agency_only
@require_GET
def import_list(request: Request) -> HttpResponse:
    """What was imported, when and by whom."""
    runs = ImportRun.objects.visible_to(request.user).select_related("by")
    found = Paginator(runs.defer("report"), 20).get_page(request.GET.get("page"))
    kinds = dict(KINDS)
    rows = [{"run": run, "kind": kinds[run.kind]} for run in found]
    context = {"rows": rows, "page_obj": found}
    return page(request, "interchange/import_list.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def import_new(request: Request) -> HttpResponse:
    """Send a file; it is checked at once, nothing is written."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data
        run = receive(
            data["file"].read(),
            name=data["file"].name,
            kind=data["kind"],
            layout=data["layout"],
            source=data["source"],
            by=request.user,
            now=timezone.now(),
        )
        check_import.enqueue(run.pk)
        return go(request, run)
    return page(
        request,
        "interchange/import_new.html",
        {"form": form, "layouts": LAYOUTS.values()},
        status=422 if form.errors else 200,
    )


@agency_only
@require_GET
def import_detail(request: Request, pk: int) -> HttpResponse:
    """Progress while it works, then what it would do, then what it did."""
    run = visible(request, pk)
    return page(
        request,
        "interchange/import_detail.html",
        details(run, now=timezone.now()),
        partial="run",
    )


@agency_only
@require_POST
def import_check(request: Request, pk: int) -> HttpResponse:
    """Check the same file again."""
    run = visible(request, pk)
    try:
        ask_check(run, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        check_import.enqueue(run.pk)
    return go(request, run)


@agency_only
@require_POST
def import_apply(request: Request, pk: int) -> HttpResponse:
    """Write what was checked, all of it or only the good rows."""
    run = visible(request, pk)
    only_good = request.POST.get("only_good") == "1"
    try:
        ask_apply(run, only_good=only_good, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        apply_import.enqueue(run.pk)
    return go(request, run)


@agency_only
@require_GET
def import_problems(request: Request, pk: int, form: str) -> HttpResponse:
    """Every error and remark, as a file."""
    run = visible(request, pk)
    return table_file(
        read_problems(run), PROBLEM_COLUMNS, name=f"import-{run.pk}", form=form
    )


def visible(request: Request, pk: int) -> ImportRun:
    runs = ImportRun.objects.visible_to(request.user).select_related("by")
    return get_object_or_404(runs, pk=pk)


def details(run: ImportRun, *, now: dt.datetime) -> dict[str, Any]:
    layout = LAYOUTS.get(run.layout)
    problems = [] if run.is_at_work else read_problems(run)
    return {
        "run": run,
        "kind": dict(KINDS)[run.kind],
        "layout": layout.label if layout else _("les colonnes de ce site"),
        "is_lost": run.is_lost(now),
        "progress": run.progress(),
        "problems": problems[:SHOWN],
        "more": max(0, len(problems) - SHOWN),
        "stats": stats(run),
        "writes": run.counts.get("create", 0) + run.counts.get("change", 0),
    }


def stats(run: ImportRun) -> list[dict[str, Any]]:
    done = run.state == "applied"
    labels = {
        "create": _("créées") if done else _("à créer"),
        "change": _("modifiées") if done else _("à modifier"),
        "leave": _("inchangées"),
        "refuse": _("refusées"),
    }
    return [
        {"label": label, "value": run.counts.get(name, 0)}
        for name, label in labels.items()
    ]
