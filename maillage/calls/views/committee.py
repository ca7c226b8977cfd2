"""The committee: scores side by side, and proposals under the budget."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.accounts.models import User
from maillage.calls.committee_pages import (
    COMMITTEE_COLUMNS,
    committee_context,
    envelope_context,
    worth_words,
)
from maillage.calls.forms_reviews import EnvelopeRulesForm, LineForm
from maillage.calls.models import Call, EnvelopeLine, EnvelopePlan, Review
from maillage.calls.services import envelopes
from maillage.calls.services.committee import committee_table
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file


@agency_readers
@require_safe
def committee_detail(request: Request, slug: str) -> HttpResponse:
    """Every eligible application with its scores, raw and corrected."""
    call = get_object_or_404(Call.objects.all().visible_to(request.user), slug=slug)
    return page(request, "calls/committee_detail.html", committee_context(call, request.user))  # fmt: skip


@agency_readers
@require_safe
def committee_export(request: Request, slug: str, form: str) -> HttpResponse:
    """The same as a table; what the person has an interest in has no scores."""
    call = get_object_or_404(Call.objects.all().visible_to(request.user), slug=slug)
    rows = committee_table(call, user=request.user).rows
    return table_file(rows, COMMITTEE_COLUMNS, name=f"comite-{call.slug}", form=form)


@agency_readers
@require_safe
def review_detail(request: Request, pk: int) -> HttpResponse:
    """One review as it was returned, for the committee."""
    rows = Review.objects.all().submitted().visible_to(request.user)
    related = rows.select_related("reviewer__user", "application__call", "round")
    review = get_object_or_404(related, pk=pk)
    context = {
        "review": review,
        "call": review.application.call,
        "scores": review.scores.select_related("criterion").order_by("criterion__rank"),
    }
    return page(request, "calls/review_detail.html", context)


@agency_only
@require_POST
def envelope_new(request: Request, slug: str) -> HttpResponse:
    """A proposal, computed at once."""
    call = get_object_or_404(Call.objects.all().editable_by(request.user), slug=slug)
    name = _("Proposition %(n)s") % {"n": call.envelopes.count() + 1}
    try:
        plan = envelopes.make_plan(call, name=name, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
        return go(request, "calls:committee_detail", slug)
    return go(request, plan)


def plan_or_404(pk: int) -> EnvelopePlan:
    return get_object_or_404(EnvelopePlan.objects.select_related("call"), pk=pk)


@agency_only
@require_http_methods(["GET", "POST"])
def envelope_detail(request: Request, pk: int) -> HttpResponse:
    """The lines of a proposal, what each constraint costs, other rules to try."""
    plan = plan_or_404(pk)
    form = EnvelopeRulesForm(request.POST or None, plan=plan)
    if form.is_valid():
        try:
            envelopes.set_rules(
                plan, **form.choices, by=request.user, now=timezone.now()
            )
        except Refused as no:
            messages.error(request, no.message)
        return go(request, plan)
    context = envelope_context(plan, request.user) | {"form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/envelope_detail.html", context, status=status)


@agency_only
@require_POST
def envelope_line(request: Request, pk: int, line: int) -> HttpResponse:
    """Say yes or no to a line, or leave it to the calculation."""
    row = get_object_or_404(
        EnvelopeLine.objects.select_related("plan"), pk=line, plan=pk
    )
    form = LineForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, _("Écrivez un montant en euros, comme 1250 ou 1250,50.")
        )
        return go(request, row.plan)
    before = row.plan.result.get("value", 0)
    try:
        plan = envelopes.move_line(
            row, **form.cleaned_data, by=request.user, now=timezone.now()
        )
    except Refused as no:
        messages.error(request, no.message)
        return go(request, row.plan)
    messages.success(request, effect(plan, plan.result["value"] - before))
    return go(request, plan)


def effect(plan: EnvelopePlan, change: int) -> str:
    words = {"points": worth_words(plan, abs(change))}
    if change < 0:
        return _("Recalculé : %(points)s de moins.") % words
    if change > 0:
        return _("Recalculé : %(points)s de plus.") % words
    return _("Recalculé : aucune différence de valeur.")


def keep(plan: EnvelopePlan, seen: int, by: User, now: dt.datetime) -> Any:
    return envelopes.keep_plan(plan, seen=seen, by=by, now=now)


def copy(plan: EnvelopePlan, seen: int, by: User, now: dt.datetime) -> Any:
    name = _("%(name)s (copie)") % {"name": plan.name[:70]}
    return envelopes.copy_plan(plan, name=name, by=by, now=now)


def unkeep(plan: EnvelopePlan, seen: int, by: User, now: dt.datetime) -> Any:
    envelopes.unkeep_plan(plan)
    return plan


def drop(plan: EnvelopePlan, seen: int, by: User, now: dt.datetime) -> Any:
    envelopes.drop_plan(plan)


STEPS: dict[str, Callable[[EnvelopePlan, int, User, dt.datetime], Any]] = {
    "retenir": keep,
    "copier": copy,
    "rouvrir": unkeep,
    "effacer": drop,
}


@agency_only
@require_POST
def envelope_step(request: Request, pk: int, step: str) -> HttpResponse:
    """Keep as the committee's proposal, copy, open again, or forget."""
    plan = plan_or_404(pk)
    seen = request.POST.get("seen", "")
    if step not in STEPS:
        raise Http404
    try:
        number = int(seen) if seen.isdecimal() else -1
        row = STEPS[step](plan, number, request.user, timezone.now())
    except Refused as no:
        messages.error(request, no.message)
        return go(request, plan)
    return go(request, row) if row else go(request, "calls:committee_detail", plan.call.slug)  # fmt: skip
