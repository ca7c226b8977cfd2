"""Readers and phases of reading, for the agency."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.calls.forms_reviews import (
    GiveForm,
    InviteReviewerForm,
    ReviewerForm,
    RoundForm,
    RoundReadersForm,
)
from maillage.calls.models import Call, Review, Reviewer, ReviewRound
from maillage.calls.round_pages import round_context
from maillage.calls.services import rounds
from maillage.calls.services.readers import (
    describe_reviewer,
    invite_reviewer,
    stop_reviewer,
)
from maillage.core.errors import Refused
from maillage.core.http import go, page


@agency_only
@require_http_methods(["GET", "POST"])
def reviewer_list(request: Request) -> HttpResponse:
    """Those who read applications, and those who are invited."""
    form = InviteReviewerForm(request.POST or None)
    if form.is_valid():
        try:
            invite_reviewer(**form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error("email", no.message)
        else:
            messages.success(request, _("L’invitation est envoyée."))
            return go(request, "calls:reviewer_list")
    rows = Reviewer.objects.select_related("user").prefetch_related("structures")
    context = {"reviewers": rows.order_by("user__display_name", "email"), "form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/reviewer_list.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def reviewer_edit(request: Request, pk: int) -> HttpResponse:
    """What a reader knows, with whom they have a link, whether they still read."""
    row = get_object_or_404(Reviewer.objects.select_related("user"), pk=pk)
    if request.POST.get("stop"):
        stop_reviewer(row, is_active=not row.is_active)
        messages.success(request, _("C’est enregistré."))
        return go(request, "calls:reviewer_edit", pk)
    form = ReviewerForm(request.POST or None, reviewer=row, user=request.user)
    if form.is_valid():
        describe_reviewer(row, **form.known)
        messages.success(request, _("C’est enregistré."))
        return go(request, "calls:reviewer_list")
    context = {"form": form, "reviewer": row, "back": "calls:reviewer_list"}
    status = 422 if form.errors else 200
    return page(request, "calls/reviewer_form.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def round_list(request: Request, slug: str) -> HttpResponse:
    """The phases of a call, and a new one."""
    call = get_object_or_404(Call.objects.all().editable_by(request.user), slug=slug)
    first = {
        "name": _("Lecture"),
        "each": call.reviews_each,
        "due_on": timezone.localdate() + dt.timedelta(21),
    }
    form = RoundForm(request.POST or None, initial=first)
    if form.is_valid():
        row = rounds.make_round(call, **form.cleaned_data)
        return go(request, row)
    context = {
        "call": call,
        "form": form,
        "rounds": call.review_rounds.prefetch_related("reviews"),
        "eligible": call.applications.all().eligible().count(),
        "criteria": call.criteria.count(),
    }
    status = 422 if form.errors else 200
    return page(request, "calls/round_list.html", context, status=status)


def round_or_404(pk: int) -> ReviewRound:
    return get_object_or_404(ReviewRound.objects.select_related("call"), pk=pk)


@agency_only
@require_http_methods(["GET", "POST"])
def round_detail(request: Request, pk: int) -> HttpResponse:
    """Who reads what; what is returned, what is late."""
    row = round_or_404(pk)
    first: dict[str, Any] = {
        "name": row.name,
        "each": row.each,
        "due_on": row.due_on,
        "reviewers": row.reviewers.all(),
    }
    form = RoundReadersForm(request.POST or None, initial=first)
    if form.is_valid():
        rounds.change_round(row, **form.cleaned_data)
        messages.success(request, _("C’est enregistré."))
        return go(request, row)
    context = round_context(row, user=request.user, today=timezone.localdate())
    context |= {"form": form, "give": GiveForm(call=row.call)}
    status = 422 if form.errors else 200
    return page(request, "calls/round_detail.html", context, status=status)


def assign(row: ReviewRound, now: dt.datetime) -> str:
    done = rounds.assign_round(row, now=now)
    if lack := sum(done.missing.values()):
        return ngettext(
            "Répartition faite ; il manque %(n)s lecteur : invitez-en d’autres.",
            "Répartition faite ; il manque %(n)s lecteurs : invitez-en d’autres.",
            lack,
        ) % {"n": lack}
    return ngettext(
        "Répartition faite : %(n)s lecture confiée de plus.",
        "Répartition faite : %(n)s lectures confiées de plus.",
        done.added,
    ) % {"n": done.added}


def start(row: ReviewRound, now: dt.datetime) -> str:
    rounds.open_round(row, now=now)
    return _("La phase est ouverte : les lecteurs sont prévenus.")


def end(row: ReviewRound, now: dt.datetime) -> str:
    rounds.close_round(row)
    return _("La phase est close.")


def remind(row: ReviewRound, now: dt.datetime) -> str:
    done = rounds.tell_readers(row, now=now)
    return ngettext("%(n)s rappel envoyé.", "%(n)s rappels envoyés.", done) % {
        "n": done
    }


STEPS: dict[str, Callable[[ReviewRound, dt.datetime], str]] = {
    "repartir": assign,
    "ouvrir": start,
    "clore": end,
    "rappeler": remind,
}


@agency_only
@require_POST
def round_step(request: Request, pk: int, step: str) -> HttpResponse:
    """Assign, open, remind or close."""
    row = round_or_404(pk)
    if step not in STEPS:
        raise Http404
    try:
        messages.success(request, STEPS[step](row, timezone.now()))
    except Refused as no:
        messages.error(request, no.message)
    return go(request, row)


@agency_only
@require_POST
def round_give(request: Request, pk: int) -> HttpResponse:
    """Give a dossier to a reader by hand."""
    row = round_or_404(pk)
    form = GiveForm(request.POST, call=row.call)
    if not form.is_valid():
        messages.error(request, _("Choisissez une candidature et un lecteur."))
        return go(request, row)
    try:
        rounds.give_review(row, **form.cleaned_data, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Le dossier est confié."))
    return go(request, row)


@agency_only
@require_POST
def round_take(request: Request, pk: int) -> HttpResponse:
    """Take a dossier back from a reader."""
    rows = Review.objects.all().visible_to(request.user).select_related("round")
    review = get_object_or_404(rows, pk=pk)
    try:
        rounds.take_review(review)
    except Refused as no:
        messages.error(request, no.message)
    return go(request, review.round)
