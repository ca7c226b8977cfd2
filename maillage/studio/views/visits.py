"""Peer visits: asked for, planned, their reviewers and their programme."""

from collections.abc import Callable
from typing import Any

from django import forms
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
from maillage.studio.forms_visits import (
    PeerAnswerForm,
    PeerForm,
    VisitDaysForm,
    VisitForm,
    VisitSlotForm,
)
from maillage.studio.models import PeerVisit, SelfAssessment
from maillage.studio.services.visiting import (
    add_slot,
    answer_invitation,
    ask_visit,
    drop_slot,
    invite_reviewer,
    is_member,
    remove_reviewer,
    set_days,
    take_step,
)
from maillage.studio.visit_pages import visit_context

RELATED = ("assessment__structure", "assessment__grid", "follows")


@require_safe
def visit_list(request: Request) -> HttpResponse:
    """Visits of one's structures, and those that one makes."""
    rows = PeerVisit.objects.all().visible_to(request.user)
    mine = PeerVisit.objects.all().hosted_by(request.user).values_list("pk", flat=True)
    hosted = set(mine)
    context = {
        "rows": [
            {"visit": one, "is_host": one.pk in hosted}
            for one in rows.select_related(*RELATED)
        ]
    }
    return page(request, "studio/visit_list.html", context)


def visit_or_404(request: Request, pk: int) -> PeerVisit:
    rows = PeerVisit.objects.all().visible_to(request.user)
    return get_object_or_404(rows.select_related(*RELATED), pk=pk)


def acting_or_404(request: Request, pk: int) -> PeerVisit:
    """For all who take part; who only observes does not."""
    row = visit_or_404(request, pk)
    rows = PeerVisit.objects.filter(
        PeerVisit.objects.all().team_q(request.user)
        | PeerVisit.objects.all().reviewer_q(request.user)
    )
    if request.user.is_agency or rows.filter(pk=row.pk).exists():
        return row
    raise Http404


def desk_or_404(request: Request, pk: int) -> PeerVisit:
    """For the agency."""
    if not request.user.is_agency:
        raise Http404
    return visit_or_404(request, pk)


def form_page(
    request: Request,
    visit: PeerVisit,
    form: forms.BaseForm,
    *,
    title: str,
    do: Callable[[], Any],
    **more: Any,
) -> HttpResponse:
    """A small form of a visit: done and back to it, or shown again with what is wrong."""
    if form.is_valid():
        try:
            do()
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, visit)
    context = {"visit": visit, "form": form, "title": title, **more}
    status = 422 if form.errors else 200
    return page(request, "studio/visit_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def visit_new(request: Request, pk: int) -> HttpResponse:
    """Ask for a visit, or propose one."""
    rows = SelfAssessment.objects.all().visible_to(request.user).finished()
    row = get_object_or_404(rows.select_related("structure"), pk=pk)
    if not (request.user.is_agency or is_member(request.user, row.structure)):
        raise Http404
    form = VisitForm(request.POST or None)
    if form.is_valid():
        aim = form.cleaned_data["aim"]
        try:
            made = ask_visit(row, aim=aim, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La demande est envoyée."))
            return go(request, made)
    context = {"assessment": row, "form": form}
    status = 422 if form.errors else 200
    return page(request, "studio/visit_new.html", context, status=status)


@never_cache
@require_safe
def visit_detail(request: Request, pk: int) -> HttpResponse:
    """Where a visit is, what each one has to do, the report for who may read it."""
    row = visit_or_404(request, pk)
    context = visit_context(row, user=request.user, today=timezone.localdate())
    return page(request, "studio/visit_detail.html", context)


@require_POST
def visit_step(request: Request, pk: int, step: str) -> HttpResponse:
    """Accept, decline, cancel."""
    row = acting_or_404(request, pk)
    try:
        take_step(row, step=step, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("C’est enregistré."))
    return go(request, row)


@require_http_methods(["GET", "POST"])
def visit_days(request: Request, pk: int) -> HttpResponse:
    row = desk_or_404(request, pk)
    form = VisitDaysForm(request.POST or None, visit=row)
    return form_page(
        request,
        row,
        form,
        title=_("Jours de la visite"),
        do=lambda: set_days(row, **form.cleaned_data, by=request.user),
    )


@require_http_methods(["GET", "POST"])
def visit_peer_new(request: Request, pk: int) -> HttpResponse:
    row = desk_or_404(request, pk)
    form = PeerForm(request.POST or None)
    return form_page(
        request,
        row,
        form,
        title=_("Inviter un pair"),
        do=lambda: invite_reviewer(
            row, **form.cleaned_data, by=request.user, now=timezone.now()
        ),
    )


@require_POST
def visit_peer_remove(request: Request, pk: int, peer: int) -> HttpResponse:
    row = desk_or_404(request, pk)
    try:
        remove_reviewer(get_object_or_404(row.reviewers, pk=peer), by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    return go(request, row)


@require_http_methods(["GET", "POST"])
def visit_join(request: Request, pk: int) -> HttpResponse:
    """A peer who was invited answers."""
    row = visit_or_404(request, pk)
    get_object_or_404(row.reviewers, user=request.user.pk)
    form = PeerAnswerForm(request.POST or None)
    if form.is_valid():
        try:
            mine = answer_invitation(row, **form.asked, by=request.user, now=timezone.now())  # fmt: skip
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Merci, l’agence le sait."))
            is_in = mine.state == "accepted"
            return go(request, row) if is_in else go(request, "studio:visit_list")
    context = {"visit": row, "form": form, "title": _("Serez-vous pair ?")}
    status = 422 if form.errors else 200
    return page(request, "studio/visit_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def visit_slot_new(request: Request, pk: int) -> HttpResponse:
    """Add a line to the programme: the agency, the structure and the peers may."""
    row = acting_or_404(request, pk)
    form = VisitSlotForm(request.POST or None, visit=row)
    return form_page(
        request,
        row,
        form,
        title=_("Ajouter au programme"),
        do=lambda: add_slot(row, form.save(commit=False)),
    )


@require_POST
def visit_slot_delete(request: Request, pk: int, slot: int) -> HttpResponse:
    row = acting_or_404(request, pk)
    try:
        drop_slot(get_object_or_404(row.slots, pk=slot))
    except Refused as no:
        messages.error(request, no.message)
    return go(request, row)
