"""Decisions: prepared by the agency, then told, then read by applicants."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.calls.choices import ApplicationState
from maillage.calls.forms_grants import ApplyForm, DecisionForm
from maillage.calls.letters import letter_pdf
from maillage.calls.models import Application, Call, Decision
from maillage.calls.models.conflicts import conflicting_pks
from maillage.calls.services import deciding
from maillage.core.errors import Refused
from maillage.core.http import go, page


def call_or_404(request: Request, slug: str) -> Call:
    return get_object_or_404(Call.objects.all().editable_by(request.user), slug=slug)


def decided(call: Call, user: Any) -> dict[str, Any]:
    """Every application of the call that may be or was decided."""
    rows = call.applications.all().eligible().select_related("structure", "decision")
    hidden = set(conflicting_pks(user.pk))
    lines = [
        {
            "application": one,
            "decision": getattr(one, "decision", None),
            "is_hidden": one.pk in hidden,
            "may_change": one.state == ApplicationState.ELIGIBLE,
        }
        for one in rows.order_by("title", "pk")
    ]
    promised = deciding.promised(call)
    return {
        "call": call,
        "lines": lines,
        "promised": promised,
        "left": call.budget_cents - promised,
        "unsaid": Decision.objects.filter(application__call=call).unsaid().count(),
        "undecided": sum(line["decision"] is None for line in lines),
        "kept": call.envelopes.filter(is_kept=True).first(),
    }


@agency_only
@require_http_methods(["GET", "POST"])
def decision_list(request: Request, slug: str) -> HttpResponse:
    """What is decided and what is not; the committee's proposal in one go."""
    call = call_or_404(request, slug)
    context = decided(call, request.user)
    form = ApplyForm(request.POST or None)
    if form.is_valid() and context["kept"]:
        reason = form.cleaned_data["reason"]
        try:
            done = deciding.decide_as_kept(
                context["kept"], by=request.user, now=timezone.now(), reason=reason
            )
        except Refused as no:
            messages.error(request, no.message)
        else:
            words = ngettext("%(n)s décision est prise, à relire avant de notifier.", "%(n)s décisions sont prises, à relire avant de notifier.", done)  # fmt: skip
            messages.success(request, words % {"n": done})
        return go(request, "calls:decision_list", slug)
    status = 422 if form.errors else 200
    return page(request, "calls/decision_list.html", context | {"form": form}, status=status)  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def decision_edit(request: Request, number: str) -> HttpResponse:
    """Decide one application."""
    rows = Application.objects.all().eligible().select_related("call", "structure")
    row = get_object_or_404(rows.exclude(pk__in=conflicting_pks(request.user.pk)), number=number)  # fmt: skip
    form = DecisionForm(request.POST or None, application=row)
    if form.is_valid():
        try:
            deciding.decide(row, **form.choices, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La décision est prise ; elle n’est pas encore notifiée."))  # fmt: skip
            return go(request, "calls:decision_list", row.call.slug)
    context = {"application": row, "call": row.call, "form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/decision_edit.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def decision_notify(request: Request, slug: str) -> HttpResponse:
    """Tell all decisions that were not told, after one last look."""
    call = call_or_404(request, slug)
    rows = Decision.objects.filter(application__call=call).unsaid()
    if request.method == "POST":
        done = deciding.notify(call, by=request.user, now=timezone.now())
        words = ngettext("%(n)s décision notifiée.", "%(n)s décisions notifiées.", done)
        messages.success(request, words % {"n": done})
        return go(request, "calls:decision_list", slug)
    found = rows.select_related("application__structure")
    context = {
        "call": call,
        "rows": [
            {"decision": one, "people": deciding.people_of(one.application)}
            for one in found
        ],
    }
    return page(request, "calls/decision_notify.html", context)


def told_or_404(request: Request, number: str) -> Decision:
    """A decision that was told, for those who may read the application."""
    rows = Application.objects.all().visible_to(request.user).values("pk")
    found = Decision.objects.all().notified().filter(application__in=rows)
    related = found.select_related("application__call", "application__structure")
    return get_object_or_404(related, application__number=number)


@never_cache
@require_safe
def decision_detail(request: Request, number: str) -> HttpResponse:
    """What was decided of one's application, and what follows."""
    decision = told_or_404(request, number)
    context = {
        "decision": decision,
        "application": decision.application,
        "words": deciding.decision_words(decision),
        "grant": getattr(decision.application, "grant", None),
    }
    return page(request, "calls/decision_detail.html", context)


@require_safe
def decision_letter(request: Request, number: str) -> HttpResponse:
    """The letter, to keep or to print."""
    decision = told_or_404(request, number)
    answer = HttpResponse(letter_pdf(decision), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="decision-{number}.pdf"'
    return answer


def draft_or_404(number: str) -> Decision:
    rows = Decision.objects.select_related(
        "application__call", "application__structure"
    )
    return get_object_or_404(rows, application__number=number)


@agency_only
@require_safe
def decision_draft(request: Request, number: str) -> HttpResponse:
    """The letter as it would leave, before it is notified."""
    decision = draft_or_404(number)
    if decision.application_id in conflicting_pks(request.user.pk):
        raise Http404
    answer = HttpResponse(letter_pdf(decision), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="projet-{number}.pdf"'
    return answer
