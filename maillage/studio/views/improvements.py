"""Improvement plans: what is to be taken up, actions, their follow-up."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.columns import Column
from maillage.core.tables.sending import table_file
from maillage.directory.models import Structure
from maillage.studio.forms_visits import ImprovementForm, ImprovementNoteForm
from maillage.studio.models import Improvement, PeerVisit, VisitPoint
from maillage.studio.services.improving import (
    delete_improvement,
    note_improvement,
    save_improvement,
    to_take_up,
)
from maillage.studio.services.visiting import is_member

COLUMNS = (
    Column("action", gettext_lazy("action"), field="label"),
    Column("qui", gettext_lazy("qui s’en charge"), value=lambda one: str(one.owner or "")),
    Column("echeance", gettext_lazy("échéance"), "date", field="due_on"),
    Column("etat", gettext_lazy("état"), value=lambda one: one.get_state_display()),
    Column("recommandation", gettext_lazy("recommandation"), "long", value=lambda one: one.point.text if one.point else ""),
    Column("norme", gettext_lazy("norme"), field="standard"),
)  # fmt: skip


def plan_or_404(request: Request, slug: str) -> Structure:
    """A structure whose plan one may read."""
    user = request.user
    rows = Structure.objects.filter(slug=slug)
    if not (user.is_agency or user.is_observer):
        reviewed = PeerVisit.objects.all().reviewed_by(user)
        mine = Structure.objects.filter(memberships__user=user.pk).values("pk")
        theirs = reviewed.values("assessment__structure")
        rows = rows.filter(Q(pk__in=mine) | Q(pk__in=theirs))
    row: Structure = get_object_or_404(rows)
    return row


def team_or_404(request: Request, slug: str) -> Structure:
    rows = Structure.objects.filter(memberships__user=request.user.pk)
    row: Structure = get_object_or_404(rows, slug=slug)
    return row


def action_or_404(request: Request, pk: int, *, is_edit: bool = False) -> Improvement:
    seen = Improvement.objects.all().visible_to(request.user)
    if is_edit:
        seen = seen.editable_by(request.user)
    related = ("structure", "owner", "point__visit", "assessment__grid")
    return get_object_or_404(seen.select_related(*related), pk=pk)


@require_safe
def improvement_list(request: Request) -> HttpResponse:
    """Plans that one may read, by structure, with what is late."""
    today = timezone.localdate()
    rows = Improvement.objects.all().visible_to(request.user)
    seen = Structure.objects.filter(improvements__in=rows).distinct().order_by("name")
    late = dict(rows.late(today).values_list("structure").annotate(n=Count("pk")))
    left = dict(rows.open().values_list("structure").annotate(n=Count("pk")))
    mine = Structure.objects.filter(memberships__user=request.user.pk)
    others = mine.exclude(pk__in=seen.values("pk")).order_by("name")
    context = {
        "plans": [
            {"structure": one, "late": late.get(one.pk, 0), "left": left.get(one.pk, 0)}
            for one in [*seen, *others]
        ]
    }
    return page(request, "studio/improvement_list.html", context)


@never_cache
@require_safe
def improvement_plan(request: Request, slug: str) -> HttpResponse:
    """The plan of a structure: what waits for a decision, what is under way, done."""
    row = plan_or_404(request, slug)
    today = timezone.localdate()
    rows = (
        Improvement.objects.filter(structure=row)
        .select_related("owner")
        .annotate(last=Max("notes__at"))
    )
    context = {
        "structure": row,
        "open": [(one, one.is_late(today)) for one in rows if one.is_open],
        "closed": [one for one in rows if not one.is_open],
        "waiting": to_take_up(row),
        "is_editable": is_member(request.user, row),
    }
    return page(request, "studio/improvement_plan.html", context)


@require_http_methods(["GET", "POST"])
def improvement_new(request: Request, slug: str) -> HttpResponse:
    """Decide on an action: of one's own, or for something that waits."""
    structure = team_or_404(request, slug)
    action = Improvement(structure=structure)
    source = taken_from(request, structure)
    if source:
        action.point, action.assessment = source.point, source.assessment
        action.standard = source.standard.slug if source.standard else ""
    form = ImprovementForm(request.POST or None, instance=action, structure=structure)
    return improvement_written(request, form, source.text if source else "")


def taken_from(request: Request, structure: Structure) -> Any:
    """What an action answers, named in the address: ``?point=`` or ``?norme=``."""
    point, slug = request.GET.get("point", ""), request.GET.get("norme", "")
    for one in to_take_up(structure):
        if one.point and str(one.point.pk) == point:
            return one
        if slug and not one.point and one.standard and one.standard.slug == slug:
            return one
    return None


def improvement_written(
    request: Request, form: ImprovementForm, source: str
) -> HttpResponse:
    if form.is_valid():
        seen = form.cleaned_data["seen"] or 0
        action = form.save(commit=False)
        try:
            save_improvement(action, by=request.user, now=timezone.now(), seen=seen)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, "studio:improvement_plan", action.structure.slug)
    action = form.instance
    context: dict[str, Any] = {"form": form, "source": source}
    context["action"] = action if action.pk else None
    context["structure"] = action.structure
    status = 422 if form.errors else 200
    return page(request, "studio/improvement_form.html", context, status=status)


@never_cache
@require_safe
def improvement_detail(request: Request, pk: int) -> HttpResponse:
    """One action and what happened to it."""
    row = action_or_404(request, pk)
    context = improvement_context(request, row)
    context["form"] = ImprovementNoteForm(initial={"state": row.state})
    return page(request, "studio/improvement_detail.html", context)


def improvement_context(request: Request, row: Improvement) -> dict[str, Any]:
    told = VisitPoint.objects.filter(
        improvements=row, visit__in=PeerVisit.objects.all().told_to(request.user)
    )
    return {
        "action": row,
        "notes": row.notes.select_related("by"),
        "point": told.first(),
        "is_late": row.is_late(timezone.localdate()),
        "is_editable": is_member(request.user, row.structure),
    }


@require_http_methods(["GET", "POST"])
def improvement_edit(request: Request, pk: int) -> HttpResponse:
    row = action_or_404(request, pk, is_edit=True)
    form = ImprovementForm(request.POST or None, instance=row, structure=row.structure)
    return improvement_written(request, form, row.point.text if row.point else "")


@require_POST
def improvement_note(request: Request, pk: int) -> HttpResponse:
    """Say where an action is."""
    row = action_or_404(request, pk, is_edit=True)
    form = ImprovementNoteForm(request.POST)
    if form.is_valid():
        try:
            note_improvement(row, **form.cleaned_data, by=request.user, now=timezone.now())  # fmt: skip
        except Refused as no:
            form.add_error("text", no.message)
        else:
            messages.success(request, _("C’est noté."))
            return go(request, row)
    context = improvement_context(request, row) | {"form": form}
    return page(request, "studio/improvement_detail.html", context, status=422)


@require_POST
def improvement_delete(request: Request, pk: int) -> HttpResponse:
    row = action_or_404(request, pk, is_edit=True)
    try:
        delete_improvement(row, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
        return go(request, row)
    messages.success(request, _("L’action est supprimée."))
    return go(request, "studio:improvement_plan", row.structure.slug)


@require_safe
def improvement_export(request: Request, slug: str, form: str) -> HttpResponse:
    row = plan_or_404(request, slug)
    rows = Improvement.objects.filter(structure=row).select_related("owner", "point")
    return table_file(rows, COLUMNS, name=f"plan-{row.slug}", form=form)
