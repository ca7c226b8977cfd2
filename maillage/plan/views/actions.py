"""Actions of the plan: list, page, form, state, files."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
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

from maillage.accounts.guards import agency_readers
from maillage.accounts.http import Request
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.intake.uploads import upload
from maillage.core.tables.sending import TYPES, table_file
from maillage.plan.action_files import ACTION_COLUMNS, apply_actions, plan_actions
from maillage.plan.action_pages import detail_context, gaps_context, list_context
from maillage.plan.forms_actions import ActionSheet, leads, own_structures
from maillage.plan.forms_evidence import EvidenceForm
from maillage.plan.models import Action
from maillage.plan.services.actions import save_action, set_state


@login_not_required
@require_safe
def action_list(request: Request) -> HttpResponse:
    """What is done about the plan, narrowed as one wishes."""
    context = list_context(request.user, request.GET, today=timezone.localdate())
    context |= {"file_forms": TYPES, "query": request.GET.urlencode()}
    return page(request, "plan/action_list.html", context, partial="found")


@login_not_required
@require_safe
def action_export(request: Request, form: str) -> HttpResponse:
    """The same list as a file that can be imported again."""
    if form not in TYPES:
        raise Http404
    context = list_context(request.user, request.GET, today=timezone.localdate())
    rows = [row["action"] for row in context["rows"]]
    return table_file(rows, ACTION_COLUMNS, name=_("actions"), form=form)


@agency_readers
@require_safe
def gap_list(request: Request) -> HttpResponse:
    """Where what is declared and what is known do not agree."""
    context = gaps_context(request.user, request.GET, today=timezone.localdate())
    return page(request, "plan/gap_list.html", context, partial="found")


@login_not_required
@require_safe
def action_detail(request: Request, slug: str) -> HttpResponse:
    """One action: who, where, when, with what money, and what shows it."""
    rows = Action.objects.all().visible_to(request.user).with_all()
    action = get_object_or_404(rows, slug=slug)
    today = timezone.localdate()
    context = detail_context(action, user=request.user, today=today)
    if context["may_edit"]:
        context |= {"evidence_form": EvidenceForm(user=request.user), "is_agency": request.user.is_agency}  # fmt: skip
    return page(request, "plan/action_detail.html", context)


def editable_or_404(request: Request, slug: str) -> Action:
    return get_object_or_404(
        Action.objects.all().editable_by(request.user).with_all(), slug=slug
    )


@never_cache
@require_http_methods(["GET", "POST"])
def action_new(request: Request) -> HttpResponse:
    """Propose an action; the agency publishes at once."""
    return written(request, None)


@never_cache
@require_http_methods(["GET", "POST"])
def action_edit(request: Request, slug: str) -> HttpResponse:
    """Change an action of one's structure."""
    return written(request, editable_or_404(request, slug))


def written(request: Request, action: Action | None) -> HttpResponse:
    """The form of an action, and writing it."""
    data = request.POST if request.method == "POST" else None
    sheet = ActionSheet(action, user=request.user, data=data, first=first(request))
    if data is not None and sheet.is_valid():
        try:
            row = save_action(action or Action(), **sheet.asked(), by=request.user)
        except Refused as no:
            sheet.form.add_error(None, no.message)
        else:
            said = _("C’est enregistré.") if row.is_public else _("L’action est proposée : l’agence va la relire.")  # fmt: skip
            messages.success(request, said)
            return go(request, row)
    context = {"sheet": sheet, "form": sheet.form, "action": action}
    status = 422 if data is not None else 200
    return page(request, "plan/action_form.html", context, status=status)


def first(request: Request) -> dict[str, Any]:
    """What a new action begins with: the lead it comes from, one's structure."""
    mine = own_structures(request.user)
    return {
        "node": leads().filter(slug=request.GET.get("piste", "")[:40]).first(),
        "owner": mine[0] if mine else None,
        "starts_on": timezone.localdate(),
    }


@require_POST
def action_state(request: Request, slug: str) -> HttpResponse:
    """Publish, archive, send back."""
    action = editable_or_404(request, slug)
    wanted = request.POST.get("state", "")
    if wanted not in State.values:
        return go(request, action)
    try:
        why = request.POST.get("why", "")[:100]
        set_state(action, state=wanted, by=request.user, why=why)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("C’est fait."))
    return go(request, action)


@require_http_methods(["GET", "POST"])
def action_import(request: Request) -> HttpResponse:
    """Read a file of actions, show what it would do, then do it."""
    context: dict[str, Any]
    context, done = upload(
        request,
        plan=lambda table: plan_actions(table, by=request.user),
        apply=lambda plan: apply_actions(plan, by=request.user),
    )
    if done is not None:
        text = _("%(create)s actions ajoutées, %(change)s modifiées.")
        messages.success(request, text % done)
        return go(request, "plan:action_list")
    status = context.pop("status")
    context["columns"] = ACTION_COLUMNS
    return page(request, "plan/action_import.html", context, status=status)
