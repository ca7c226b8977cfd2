"""Works made together as everybody reads them; what partners agree to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.studio.models import Partner, Project, Task
from maillage.studio.partner_pages import work_context
from maillage.studio.project_pages import work_cards
from maillage.studio.services.agreeing import agree, ask_agreement, publish_project
from maillage.studio.services.projects import finish_task
from maillage.studio.views.projects import own_or_404, seen_or_404


@login_not_required
@require_safe
def work_list(request: Request) -> HttpResponse:
    """Works made together whose partners show them."""
    rows = Project.objects.all().public()
    return page(request, "studio/work_list.html", {"cards": work_cards(rows)})


@login_not_required
@never_cache
@require_safe
def work_detail(request: Request, pk: int) -> HttpResponse:
    """A work, its partners and what it became; partners see it before others."""
    rows = Project.objects.all().readable_by(request.user)
    project = get_object_or_404(rows.select_related("lead", "resource"), pk=pk)
    context = work_context(project, user=request.user, now=timezone.now())
    return page(request, "studio/work_detail.html", context)


@require_POST
def project_publish(request: Request, pk: int) -> HttpResponse:
    """Open the public page, or close it."""
    project, opens = own_or_404(request, pk), request.POST.get("do") == "open"
    try:
        publish_project(project, is_public=opens, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        said = _("La page publique est ouverte.") if opens else _("Elle est fermée.")
        messages.success(request, said)
    return go(request, f"{project.get_absolute_url()}#accord")


@require_POST
def project_ask(request: Request, pk: int) -> HttpResponse:
    """Ask partners for their agreement by mail."""
    project = own_or_404(request, pk)
    try:
        ask_agreement(project, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Les partenaires sont prévenus."))
    return go(request, f"{project.get_absolute_url()}#accord")


@require_POST
def project_agree(request: Request, pk: int, part: int) -> HttpResponse:
    """A partner says that it agrees, or no more."""
    project = seen_or_404(request, pk)
    partner = get_object_or_404(Partner.objects.filter(project=project), pk=part)
    does = request.POST.get("do") == "agree"
    try:
        agree(partner, does=does, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("C’est noté."))
    return go(request, f"{project.get_absolute_url()}#accord")


@require_POST
def project_task_finish(request: Request, pk: int, part: int) -> HttpResponse:
    """Say that a task is done."""
    project = seen_or_404(request, pk)
    task = get_object_or_404(Task.objects.filter(project=project), pk=part)
    try:
        finish_task(task, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La tâche est faite."))
    return go(request, f"{project.get_absolute_url()}#taches")
