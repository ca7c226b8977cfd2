"""What readers see and write: their dossiers, never one they have an interest in."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
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
from maillage.calls.forms_reviews import ConflictForm, ReviewerForm, ReviewForm
from maillage.calls.models import Review, Reviewer
from maillage.calls.review_pages import dossier_of, shown_title
from maillage.calls.services.files import path_of
from maillage.calls.services.readers import describe_reviewer, join_reviewers
from maillage.calls.services.reviewing import (
    reopen_review,
    save_review,
    submit_review,
)
from maillage.calls.services.rounds import declare_conflict
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.uploads import CONTENT_TYPES


def mine_or_404(request: Request, pk: int) -> Review:
    """A dossier that is confided to the person, and still may be."""
    rows = Review.objects.all().assigned_to(request.user)
    related = rows.select_related(
        "round__call", "reviewer", "application__structure", "application__commune"
    )
    return get_object_or_404(related.prefetch_related("scores"), pk=pk)


@never_cache
@require_safe
def review_list(request: Request) -> HttpResponse:
    """The dossiers that one has to read, the most urgent first."""
    rows = Review.objects.all().assigned_to(request.user)
    rows = rows.select_related("round__call", "application__structure")
    ordered = rows.order_by("round__due_on", "application__number")
    today = timezone.localdate()
    lines: list[dict[str, Any]] = [
        {
            "review": one,
            "title": shown_title(one.application, is_blind=one.round.call.is_blind),
            "is_late": one.round.is_open and one.is_late(today),
        }
        for one in ordered.prefetch_related("application__partners")
    ]
    context = {
        "lines": lines,
        "waiting": sum(not line["review"].is_submitted for line in lines),
        "reviewer": Reviewer.objects.filter(user=request.user.pk).first(),
    }
    return page(request, "calls/review_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def review_edit(request: Request, pk: int) -> HttpResponse:
    """Read a dossier and score it; saved as one goes."""
    review = mine_or_404(request, pk)
    criteria = list(review.round.call.criteria.all())
    form = ReviewForm(request.POST or None, review=review, criteria=criteria)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            row = write(review, form, is_final="submit" in request.POST)
        except Refused as no:
            form.add_error(None, no.message)
            status = 409 if no.code == "stale" else 422
        else:
            if row.is_submitted:
                messages.success(request, _("Votre lecture est rendue. Merci !"))
                return go(request, "calls:review_list")
            if not request.htmx:
                messages.success(request, _("C’est enregistré."))
                return go(request, row)
            review.revision, review.changed_at = row.revision, row.changed_at
    context = review_context(review) | {"form": form}
    return page(request, "calls/review_edit.html", context, partial="saved", status=status)  # fmt: skip


def write(review: Review, form: ReviewForm, *, is_final: bool) -> Review:
    now = timezone.now()
    data = form.cleaned_data
    row = save_review(
        review, form.written, seen=data["seen"], page=data["page"], now=now
    )
    return submit_review(row, now=now) if is_final else row


def review_context(review: Review) -> dict[str, Any]:
    is_blind = review.round.call.is_blind
    return {
        "review": review,
        "call": review.round.call,
        "is_blind": is_blind,
        "dossier": dossier_of(review.application, is_blind=is_blind),
        "conflict": ConflictForm(prefix="lien"),
        "may_write": review.is_writable(),
        "saved_at": review.changed_at,
    }


@require_POST
def review_reopen(request: Request, pk: int) -> HttpResponse:
    """Take a returned review back."""
    review = mine_or_404(request, pk)
    try:
        reopen_review(review, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    return go(request, review)


@require_POST
def review_conflict(request: Request, pk: int) -> HttpResponse:
    """Say that one has a link with a dossier: it goes to somebody else."""
    review = mine_or_404(request, pk)
    form = ConflictForm(request.POST, prefix="lien")
    try:
        declare_conflict(
            review.application,
            reviewer=review.reviewer,
            reason=form.cleaned_data["reason"] if form.is_valid() else "",
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        messages.error(request, no.message)
        return go(request, review)
    messages.success(
        request, _("C’est noté : ce dossier sera lu par quelqu’un d’autre.")
    )
    return go(request, "calls:review_list")


@require_safe
def review_file(request: Request, pk: int, file: int) -> HttpResponseBase:
    """A file of a dossier; none where the call is blind."""
    review = mine_or_404(request, pk)
    if review.round.call.is_blind:
        raise Http404
    row = get_object_or_404(review.application.attachments.all().present(), pk=file)
    path = path_of(row)
    kind = CONTENT_TYPES.get(path.suffix.removeprefix("."))
    if kind is None or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=kind, filename=row.name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@require_http_methods(["GET", "POST"])
def reviewer_join(request: Request, token: str) -> HttpResponse:
    """Accept to be a reader, by the link of an invitation."""
    waiting = Reviewer.objects.all().waiting().exclude(token="")
    row = get_object_or_404(waiting, token=token)
    if request.method == "POST":
        try:
            join_reviewers(token, by=request.user)
        except Refused as no:
            messages.error(request, no.message)
            return go(request, "calls:review_list")
        messages.success(request, _("Merci ! Dites maintenant ce que vous connaissez."))
        return go(request, "calls:reviewer_profile")
    return page(request, "calls/reviewer_join.html", {"reviewer": row})


@require_http_methods(["GET", "POST"])
def reviewer_profile(request: Request) -> HttpResponse:
    """What one knows, and with whom one has a link."""
    row = get_object_or_404(Reviewer, user=request.user.pk)
    form = ReviewerForm(request.POST or None, reviewer=row, user=request.user)
    if form.is_valid():
        describe_reviewer(row, **form.known)
        messages.success(request, _("C’est enregistré."))
        return go(request, "calls:review_list")
    status = 422 if form.errors else 200
    context = {"form": form, "reviewer": row, "back": "calls:review_list"}
    return page(request, "calls/reviewer_form.html", context, status=status)
