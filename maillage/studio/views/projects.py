"""Works made together: for partners and the agency only."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file
from maillage.studio.forms_projects import PARTS, NoteForm, ProjectForm
from maillage.studio.models import Project
from maillage.studio.partner_pages import calls_of
from maillage.studio.project_pages import COLUMNS, project_context, rows_of
from maillage.studio.services.evaluating import structures_of
from maillage.studio.services.projects import (
    delete_part,
    note,
    save_part,
    save_project,
)


@require_safe
def project_list(request: Request) -> HttpResponse:
    """Works of which one's structures are partners."""
    rows = Project.objects.all().visible_to(request.user).select_related("lead")
    context = {"rows": rows, "may_write": structures_of(request.user).exists()}
    return page(request, "studio/project_list.html", context)


def seen_or_404(request: Request, pk: int) -> Project:
    rows = Project.objects.all().visible_to(request.user)
    return get_object_or_404(rows.select_related("lead", "resource"), pk=pk)


def own_or_404(request: Request, pk: int) -> Project:
    rows = Project.objects.all().editable_by(request.user)
    return get_object_or_404(rows.select_related("lead"), pk=pk)


@never_cache
@require_safe
def project_detail(request: Request, pk: int) -> HttpResponse:
    """Partners, links that nobody holds, budget, tasks, journal."""
    row = seen_or_404(request, pk)
    now = timezone.now()
    context = project_context(row, user=request.user, now=now)
    context["form"], own = NoteForm(), context["is_editable"]
    context["calls"] = calls_of(row, now=now, has_answers=own)
    return page(request, "studio/project_detail.html", context)


@require_http_methods(["GET", "POST"])
def project_new(request: Request) -> HttpResponse:
    return written(request, None)


@require_http_methods(["GET", "POST"])
def project_edit(request: Request, pk: int) -> HttpResponse:
    return written(request, own_or_404(request, pk))


def written(request: Request, row: Project | None) -> HttpResponse:
    form = ProjectForm(request.POST or None, instance=row, by=request.user)
    if form.is_valid():
        made = form.save(commit=False)
        try:
            save_project(made, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, made)
    context = {"form": form, "project": row, "title": _("Coproduction")}
    status = 422 if form.errors else 200
    return page(request, "studio/project_form.html", context, status=status)


def part_or_404(project: Project, kind: str, part: int) -> Any:
    if kind not in PARTS:
        raise Http404
    return get_object_or_404(PARTS[kind][0].objects.filter(project=project), pk=part)


@require_http_methods(["GET", "POST"])
def project_part_new(request: Request, pk: int, kind: str) -> HttpResponse:
    """Add a partner, a line of the budget or a task."""
    if kind not in PARTS:
        raise Http404
    return part_written(request, own_or_404(request, pk), kind, None)


@require_http_methods(["GET", "POST"])
def project_part_edit(request: Request, pk: int, kind: str, part: int) -> HttpResponse:
    project = own_or_404(request, pk)
    return part_written(request, project, kind, part_or_404(project, kind, part))


def part_written(
    request: Request, project: Project, kind: str, row: Any
) -> HttpResponse:
    form = PARTS[kind][1](request.POST or None, instance=row, project=project)
    if form.is_valid():
        made, now = form.save(commit=False), timezone.now()
        try:
            save_part(made, project=project, by=request.user, now=now)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, project)
    context = {"form": form, "project": project, "kind": kind, "part": row}
    context["title"] = PARTS[kind][2]
    status = 422 if form.errors else 200
    return page(request, "studio/project_form.html", context, status=status)


@require_POST
def project_part_delete(
    request: Request, pk: int, kind: str, part: int
) -> HttpResponse:
    project = own_or_404(request, pk)
    row = part_or_404(project, kind, part)
    try:
        delete_part(row, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("C’est supprimé."))
    return go(request, project)


@require_POST
def project_note(request: Request, pk: int) -> HttpResponse:
    """Any partner adds to the journal."""
    project = seen_or_404(request, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["text"]
        note(project, text, by=request.user, now=timezone.now())
        messages.success(request, _("C’est noté."))
    else:
        messages.error(request, _("Écrivez la note."))
    return go(request, project)


@require_safe
def project_export(request: Request, pk: int, what: str, form: str) -> HttpResponse:
    """Partners with their shares and credits, the budget or the tasks."""
    project = seen_or_404(request, pk)
    name = f"coproduction-{project.pk}-{what}"
    return table_file(rows_of(project, what), COLUMNS[what], name=name, form=form)
