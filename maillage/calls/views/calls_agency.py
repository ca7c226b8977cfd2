"""Calls as the agency writes them."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
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
from maillage.calls.call_pages import card_of, facts_of, weights_of
from maillage.calls.forms_calls import (
    AnswerForm,
    CallForm,
    DelayForm,
    criterion_forms,
)
from maillage.calls.models import Application, Call, CallQuestion
from maillage.calls.services.editing import (
    answer_question,
    cancel_call,
    change_call,
    create_call,
    dismiss_question,
    missing_of,
    publish_call,
    write_criteria,
)
from maillage.calls.services.submitting import grant_delay
from maillage.core.errors import Refused
from maillage.core.http import go, page


def call_of(slug: str) -> Call:
    return get_object_or_404(Call, slug=slug)


@agency_readers
@require_safe
def call_desk(request: Request) -> HttpResponse:
    """All calls, with what waits."""
    sent = Count("applications", Q(applications__submitted_at__isnull=False))
    calls = Call.objects.annotate(sent=sent).order_by("-closes_at", "pk")
    now = timezone.now()
    waiting = CallQuestion.objects.all().waiting()
    asked = {row["call"]: row["n"] for row in waiting.values("call").annotate(n=Count("pk")).order_by()}  # fmt: skip
    cards = [
        card_of(call, now=now) | {"asked": asked.get(call.pk, 0)} for call in calls
    ]
    return page(request, "calls/call_desk.html", {"cards": cards})


@agency_readers
@require_safe
def call_manage(request: Request, slug: str) -> HttpResponse:
    """One call: what it lacks, where it stands, the ways to its parts."""
    call, now = call_of(slug), timezone.now()
    rows = Application.objects.all().visible_to(request.user).filter(call=call)
    context = {
        "call": call,
        "card": card_of(call, now=now),
        "facts": facts_of(call),
        "criteria": weights_of(call.criteria.all()),
        "missing": missing_of(call),
        "form_version": call.form,
        "in_making": call.forms.filter(published_at=None).first(),
        "waiting": call.questions.all().waiting().count(),
        "sent": rows.sent().count(),
        "drafts": call.applications.filter(state="draft").count(),
    }
    return page(request, "calls/call_manage.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def call_new(request: Request) -> HttpResponse:
    """Another call, as a draft."""
    form = CallForm(request.POST or None)
    if form.is_valid():
        call = create_call(form.save(commit=False), by=request.user)
        messages.success(request, _("L’appel est enregistré comme brouillon."))
        return go(request, "calls:call_manage", call.slug)
    context = {"form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/call_form.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def call_edit(request: Request, slug: str) -> HttpResponse:
    """Change the text, the rules and the hours."""
    call = call_of(slug)
    form = CallForm(request.POST or None, instance=call)
    if form.is_valid():
        change_call(form.save(commit=False), now=timezone.now())
        messages.success(request, _("L’appel est enregistré."))
        return go(request, "calls:call_manage", call.slug)
    context = {"form": form, "call": call_of(slug)}
    status = 422 if form.errors else 200
    return page(request, "calls/call_form.html", context, status=status)


@agency_only
@require_POST
def call_state(request: Request, slug: str) -> HttpResponse:
    """Publish a call, or call it off."""
    call, now = call_of(slug), timezone.now()
    try:
        if request.POST.get("to") == "cancelled":
            cancel_call(call, now=now)
            messages.success(request, _("L’appel est annulé."))
        else:
            publish_call(call, by=request.user, now=now)
            messages.success(request, _("L’appel est publié."))
    except Refused as no:
        messages.error(request, no.message)
    return go(request, "calls:call_manage", slug)


@agency_only
@require_http_methods(["GET", "POST"])
def call_criteria(request: Request, slug: str) -> HttpResponse:
    """What readers score, and how much it weighs."""
    call = call_of(slug)
    forms = criterion_forms(call, request.POST or None)
    status = 200
    if request.method == "POST":
        try:
            if all(form.is_valid() for form in forms):
                kept = [form.save(commit=False) for form in forms if form.is_used]
                write_criteria(call, kept)
                messages.success(request, _("Les critères sont enregistrés."))
                return go(request, "calls:call_manage", slug)
        except Refused as no:
            messages.error(request, no.message)
        status = 422
    context: dict[str, Any] = {"call": call, "forms": forms}
    return page(request, "calls/call_criteria.html", context, status=status)


@agency_readers
@require_safe
def call_questions(request: Request, slug: str) -> HttpResponse:
    """The questions about a call, those that wait first."""
    call = call_of(slug)
    rows = call.questions.select_related("asked_by", "answered_by")
    context = {
        "call": call,
        "waiting": rows.all().waiting(),
        "answered": rows.exclude(answer="").order_by("-answered_at"),
        "dismissed": rows.exclude(dismissed_at=None),
    }
    return page(request, "calls/call_questions.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def call_question(request: Request, pk: int) -> HttpResponse:
    """Answer a question, or word its answer anew."""
    question = get_object_or_404(CallQuestion.objects.select_related("call"), pk=pk)
    initial = {
        "text": question.text,
        "answer": question.answer,
        "is_public": question.is_public or not question.answer,
    }
    form = AnswerForm(request.POST or None, initial=initial)
    if form.is_valid():
        now = timezone.now()
        answer_question(question, **form.cleaned_data, by=request.user, now=now)
        messages.success(request, _("La réponse est enregistrée."))
        return go(request, "calls:call_questions", question.call.slug)
    context = {"call": question.call, "question": question, "form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/call_question.html", context, status=status)


@agency_only
@require_POST
def call_question_dismiss(request: Request, pk: int) -> HttpResponse:
    """Leave a question without an answer."""
    question = get_object_or_404(CallQuestion.objects.select_related("call"), pk=pk)
    dismiss_question(question, now=timezone.now())
    return go(request, "calls:call_questions", question.call.slug)


@agency_only
@require_http_methods(["GET", "POST"])
def call_delay(request: Request, slug: str) -> HttpResponse:
    """Give one draft more time, by the number that its authors tell."""
    call = call_of(slug)
    form = DelayForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        now = timezone.now()
        row = call.applications.filter(number=data["number"]).first()
        try:
            if row is None:
                raise Refused("unknown", _("Aucune candidature n’a ce numéro."))
            grant_delay(row, until=data["until"], why=data["why"], by=request.user, now=now)  # fmt: skip
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Le délai est accordé, ses auteurs le savent."))
            return go(request, "calls:call_manage", slug)
    context = {"call": call, "form": form}
    status = 422 if form.errors else 200
    return page(request, "calls/call_delay.html", context, status=status)
