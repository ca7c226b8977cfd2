"""Evaluations of one's structures: the frame, its pieces, the rounds."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.studio.evaluation_pages import frame_of, missing_of
from maillage.studio.forms_evaluation import (
    PIECES,
    EvaluationForm,
    RoundForm,
    piece_form,
)
from maillage.studio.kits import kit_label
from maillage.studio.models import Evaluation
from maillage.studio.services.collecting import open_round
from maillage.studio.services.evaluating import (
    delete_evaluation,
    path_of,
    save_evaluation,
    save_piece,
    structures_of,
)


@require_safe
def evaluation_list(request: Request) -> HttpResponse:
    """Evaluations that one may read, the latest first."""
    rows = Evaluation.objects.all().visible_to(request.user)
    context = {
        "rows": rows.select_related("structure"),
        "may_write": structures_of(request.user).exists(),
    }
    return page(request, "studio/evaluation_list.html", context)


def seen_or_404(request: Request, pk: int) -> Evaluation:
    rows = Evaluation.objects.all().visible_to(request.user)
    return get_object_or_404(
        rows.select_related("structure", "event", "resource"), pk=pk
    )


def own_or_404(request: Request, pk: int) -> Evaluation:
    rows = Evaluation.objects.all().editable_by(request.user)
    return get_object_or_404(rows.select_related("structure"), pk=pk)


def may_edit(request: Request, evaluation: Evaluation) -> bool:
    rows = Evaluation.objects.all().editable_by(request.user)
    return rows.filter(pk=evaluation.pk).exists()


@require_safe
def evaluation_detail(request: Request, pk: int) -> HttpResponse:
    """One evaluation: its issue, its frame, its risks, its rounds."""
    row = seen_or_404(request, pk)
    now = timezone.now()
    context = {
        "evaluation": row,
        "frame": frame_of(row),
        "missing": missing_of(row),
        "risks": row.risks.all(),
        "rounds": [
            (one, one.is_open(now), kit_label(one.kit))
            for one in row.rounds.annotate(number=Count("answers"))
        ],
        "is_editable": may_edit(request, row),
    }
    return page(request, "studio/evaluation_detail.html", context)


@require_http_methods(["GET", "POST"])
def evaluation_new(request: Request) -> HttpResponse:
    return written(request, None)


@require_http_methods(["GET", "POST"])
def evaluation_edit(request: Request, pk: int) -> HttpResponse:
    return written(request, own_or_404(request, pk))


def written(request: Request, row: Evaluation | None) -> HttpResponse:
    """The form of a new evaluation, or of one that is there."""
    form = EvaluationForm(request.POST or None, instance=row, by=request.user)
    if form.is_valid():
        made = form.save(commit=False)
        try:
            save_evaluation(made, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, made)
    context = {"form": form, "evaluation": row}
    status = 422 if form.errors else 200
    return page(request, "studio/evaluation_form.html", context, status=status)


@require_POST
def evaluation_delete(request: Request, pk: int) -> HttpResponse:
    row = own_or_404(request, pk)
    try:
        delete_evaluation(row)
    except Refused as no:
        messages.error(request, no.message)
        return go(request, row)
    messages.success(request, _("L’évaluation est supprimée."))
    return go(request, "studio:evaluation_list")


def piece_or_404(evaluation: Evaluation, kind: str, piece: int) -> Any:
    if kind not in PIECES:
        raise Http404
    model = PIECES[kind][0]
    rows = model.objects.filter(**{path_of(model): evaluation})
    return get_object_or_404(rows, pk=piece)


@require_http_methods(["GET", "POST"])
def frame_piece_new(request: Request, pk: int, kind: str) -> HttpResponse:
    """Add a row, an indicator or a risk."""
    if kind not in PIECES:
        raise Http404
    return piece_written(request, own_or_404(request, pk), kind, None)


@require_http_methods(["GET", "POST"])
def frame_piece_edit(request: Request, pk: int, kind: str, piece: int) -> HttpResponse:
    evaluation = own_or_404(request, pk)
    row = piece_or_404(evaluation, kind, piece)
    return piece_written(request, evaluation, kind, row)


def piece_written(
    request: Request, evaluation: Evaluation, kind: str, row: Any
) -> HttpResponse:
    form = piece_form(kind, evaluation, request.POST or None, row)
    if form.is_valid():
        try:
            save_piece(form.save(commit=False), evaluation=evaluation)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("C’est enregistré."))
            return go(request, evaluation)
    context = {"evaluation": evaluation, "form": form, "kind": kind, "piece": row}
    context["title"] = PIECES[kind][2]
    status = 422 if form.errors else 200
    return page(request, "studio/piece_form.html", context, status=status)


@require_POST
def frame_piece_delete(
    request: Request, pk: int, kind: str, piece: int
) -> HttpResponse:
    evaluation = own_or_404(request, pk)
    piece_or_404(evaluation, kind, piece).delete()
    messages.success(request, _("C’est supprimé."))
    return go(request, evaluation)


@require_http_methods(["GET", "POST"])
def round_new(request: Request, pk: int) -> HttpResponse:
    """Open a round: which questions, until when."""
    evaluation = own_or_404(request, pk)
    form = RoundForm(request.POST or None)
    if form.is_valid():
        try:
            made = open_round(evaluation, **form.asked, now=timezone.now())
        except Refused as no:
            form.add_error("last_day" if no.code == "past" else None, no.message)
        else:
            messages.success(request, _("Le recueil est ouvert."))
            return go(request, made)
    context = {"evaluation": evaluation, "form": form}
    status = 422 if form.errors else 200
    return page(request, "studio/round_form.html", context, status=status)
