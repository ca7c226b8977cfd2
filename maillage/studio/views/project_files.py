"""Files of a project: brought by partners, given as attachments to who may read them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.uploads import CONTENT_TYPES
from maillage.studio.forms_partners import AudienceForm, NewFileForm, NewVersionForm
from maillage.studio.models import FileVersion, Project, ProjectFile
from maillage.studio.services.project_files import (
    add_file,
    drop_file,
    path_of,
    set_audience,
)
from maillage.studio.views.projects import own_or_404, seen_or_404


def file_or_404(project: Project, part: int) -> ProjectFile:
    return get_object_or_404(ProjectFile.objects.filter(project=project), pk=part)


@login_not_required
@require_safe
def project_file(request: Request, pk: int) -> HttpResponseBase:
    """A version as an attachment, to partners, or to all once it is public."""
    version = get_object_or_404(FileVersion.objects.all().visible_to(request.user), pk=pk)  # fmt: skip
    path = path_of(version)
    kind = CONTENT_TYPES.get(path.suffix.removeprefix("."))
    if kind is None or not path.is_file():
        raise Http404
    answer = FileResponse(
        path.open("rb"), as_attachment=True, content_type=kind, filename=version.name
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    patch_cache_control(answer, private=True, no_store=True)
    return answer


@require_http_methods(["GET", "POST"])
def project_file_new(request: Request, pk: int) -> HttpResponse:
    """Bring a file; what is wrong with it is said."""
    return file_written(request, seen_or_404(request, pk), None)


@require_http_methods(["GET", "POST"])
def project_file_version(request: Request, pk: int, part: int) -> HttpResponse:
    """Bring a new version of a file."""
    project = seen_or_404(request, pk)
    return file_written(request, project, file_or_404(project, part))


def file_written(
    request: Request, project: Project, to: ProjectFile | None
) -> HttpResponse:
    kind: Any = NewVersionForm if to else NewFileForm
    form = kind(request.POST or None, request.FILES or None)
    if form.is_valid():
        facts = {"title": to.title if to else "", **form.cleaned_data, "to": to}
        try:
            add_file(project, **facts, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error("title" if no.code == "title" else "file", no.message)
        else:
            messages.success(request, _("Le fichier est ajouté."))
            return go(request, f"{project.get_absolute_url()}#fichiers")
    context = {"form": form, "project": project, "file": to}
    status = 422 if form.errors else 200
    return page(request, "studio/project_file_form.html", context, status=status)


@require_POST
def project_file_audience(request: Request, pk: int, part: int) -> HttpResponse:
    """Say who reads a file."""
    project = own_or_404(request, pk)
    form, file = AudienceForm(request.POST), file_or_404(project, part)
    if form.is_valid():
        audience = form.cleaned_data["audience"]
        set_audience(file, audience, by=request.user, now=timezone.now())
        messages.success(request, _("C’est enregistré."))
    return go(request, f"{project.get_absolute_url()}#fichiers")


@require_POST
def project_file_delete(request: Request, pk: int, part: int) -> HttpResponse:
    """Take a file away; the journal keeps a trace."""
    project = seen_or_404(request, pk)
    try:
        drop_file(file_or_404(project, part), by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Le fichier est retiré ; le journal le dit."))
    return go(request, f"{project.get_absolute_url()}#fichiers")
