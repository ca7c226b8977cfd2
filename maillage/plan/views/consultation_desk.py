"""The agency works on a consultation: card, moderation, outcomes, syntheses, files."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core import vocab
from maillage.core.http import go, page
from maillage.core.intake.uploads import upload
from maillage.plan.committee_pages import form_page, saved
from maillage.plan.consultation_pages import row_of
from maillage.plan.contribution_imports import (
    CONTRIBUTION_COLUMNS,
    apply_contributions,
    plan_contributions,
)
from maillage.plan.forms_consultation import (
    ConsultationForm,
    ModerationForm,
    OutcomeForm,
    ParticipantsForm,
    SessionForm,
    SortForm,
    SynthesisForm,
    WorkshopForm,
)
from maillage.plan.models import Consultation, Contribution, Plan, Session
from maillage.plan.models.consultation import THEMES
from maillage.plan.services import consultations


def consultation_of(code: str) -> Consultation:
    return get_object_or_404(Consultation.objects.select_related("plan"), code=code)


@agency_readers
@require_safe
def consultation_desk(request: Request) -> HttpResponse:
    """What waits to be read over, and every consultation."""
    waiting = Contribution.objects.all().waiting().select_related("consultation")
    context = {
        "consultations": Consultation.objects.order_by("-starts_on", "pk"),
        "waiting": [row_of(row) for row in waiting[:100]],
    }
    return page(request, "plan/consultation_desk.html", context)


@agency_only
@require_http_methods(["GET", "POST"])
def consultation_new(request: Request) -> HttpResponse:
    """Open a new consultation."""
    form = ConsultationForm(request.POST or None)
    row = Consultation(plan=Plan.objects.all().current())

    def save() -> None:
        title = slugify(form.cleaned_data["title"])[:50] or "concertation"
        codes = {*Consultation.objects.values_list("code", flat=True)}
        free = (f"{title}-{n}" for n in range(2, 1000) if f"{title}-{n}" not in codes)
        row.code = title if title not in codes else next(free)
        consultations.save_consultation(row, values=form.cleaned_data, version=None, by=request.user)  # fmt: skip

    if saved(form, save):
        messages.success(request, _("Ajoutez maintenant ses temps forts et ses ateliers."))  # fmt: skip
        return go(request, "plan:consultation_edit", row.code)
    return form_page(
        request, form, title=_("Nouvelle concertation"), parent=_("Concertations"),
        back=reverse("plan:consultation_desk"),
    )  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def consultation_edit(request: Request, code: str) -> HttpResponse:
    """Change the card of a consultation; below it, its moments and participants."""
    row = consultation_of(code)
    known = {name: getattr(row, name) for name in (*consultations.CARD, "version")}
    form = ConsultationForm(request.POST or None, initial=known)

    def save() -> None:
        data = form.cleaned_data
        consultations.save_consultation(row, values=data, version=data["version"] or 0, by=request.user)  # fmt: skip

    if saved(form, save):
        messages.success(request, _("C’est enregistré."))
        return go(request, "plan:consultation_edit", row.code)
    return form_page(
        request, form, title=row.title, parent=_("Concertations"),
        back=reverse("plan:consultation_desk"), template="plan/consultation_edit.html",
        consultation=row, sessions=row.sessions.prefetch_related("workshops"),
        themes=vocab.terms(THEMES).values(), participants=row.participants.count(),
    )  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def session_new(request: Request, code: str) -> HttpResponse:
    """Add a moment to a consultation."""
    row = consultation_of(code)
    form = SessionForm(request.POST or None)
    session = Session(consultation=row)
    if saved(form, lambda: consultations.save_session(session, values=form.cleaned_data, by=request.user)):  # fmt: skip
        messages.success(request, _("C’est enregistré."))
        return go(request, "plan:consultation_edit", code)
    return part_page(request, row, form, title=_("Ajouter un temps fort"))


def part_page(
    request: Request, row: Consultation, form: forms.Form, *, title: str
) -> HttpResponse:
    """A form about a part of a consultation."""
    return form_page(
        request, form, title=title, lead=row.title, parent=row.title,
        back=reverse("plan:consultation_edit", args=[row.code]),
    )  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def workshop_new(request: Request, code: str, rank: int) -> HttpResponse:
    """Add a workshop to a moment."""
    row = consultation_of(code)
    session = get_object_or_404(row.sessions.select_related("consultation"), rank=rank)
    form = WorkshopForm(request.POST or None)
    if saved(form, lambda: consultations.add_workshop(session, **form.cleaned_data, by=request.user)):  # fmt: skip
        messages.success(request, _("C’est enregistré."))
        return go(request, "plan:consultation_edit", code)
    return part_page(request, row, form, title=_("Ajouter un atelier"))


@agency_only
@require_http_methods(["GET", "POST"])
def participants_add(request: Request, code: str) -> HttpResponse:
    """Name structures that took part."""
    row = consultation_of(code)
    form = ParticipantsForm(request.POST or None)
    if saved(form, lambda: consultations.name_participants(row, **form.cleaned_data, by=request.user)):  # fmt: skip
        messages.success(request, _("C’est enregistré."))
        return go(request, "plan:consultation_edit", code)
    return part_page(request, row, form, title=_("Structures participantes"))


def contribution_forms(request: Request, row: Contribution) -> dict[str, Any]:
    """The three forms of a contribution; the one that was sent is filled from it."""
    sent = request.POST.get("what", "") if request.method == "POST" else ""
    known = {"version": row.version}
    consultation = row.consultation
    return {
        "moderate": ModerationForm(request.POST if sent == "moderate" else None, initial=known, auto_id="m_%s"),
        "sort": SortForm(
            request.POST if sent == "sort" else None, consultation=consultation, auto_id="s_%s",
            initial={**known, "theme": row.theme, "axis": row.axis_id, "workshop": row.workshop_id},
        ),
        "outcome": OutcomeForm(
            request.POST if sent == "outcome" else None, consultation=consultation, auto_id="o_%s",
            initial={**known, "outcome": row.outcome, "node": row.node_id, "reason": row.reason},
        ),
    }  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def contribution_edit(request: Request, pk: int) -> HttpResponse:
    """Read a contribution over, sort it, say what became of it."""
    row = get_object_or_404(Contribution.objects.select_related("consultation__plan", "sent_by", "structure"), pk=pk)  # fmt: skip
    found = contribution_forms(request, row)
    moderate, sort, outcome = found["moderate"], found["sort"], found["outcome"]
    done = (
        saved(moderate, lambda: consultations.moderate(row, **moderate.cleaned_data, by=request.user, now=timezone.now()))
        or saved(sort, lambda: consultations.sort_contribution(row, values=sort.cleaned_data, version=sort.cleaned_data["version"], by=request.user))
        or saved(outcome, lambda: consultations.say_outcome(row, **outcome.cleaned_data, by=request.user))
    )  # fmt: skip
    if done:
        messages.success(request, _("C’est enregistré."))
        return go(request, "plan:contribution_edit", row.pk)
    wrong = any(form.errors for form in found.values())
    context = {**found, **row_of(row)}
    return page(request, "plan/consultation_contribution.html", context, status=422 if wrong else 200)  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def contribution_import(request: Request, code: str) -> HttpResponse:
    """Read a file of contributions, show what it would do, then do it."""
    row = consultation_of(code)
    context, done = upload(
        request,
        plan=lambda table: plan_contributions(table, consultation=row),
        apply=lambda plan: apply_contributions(plan, consultation=row, by=request.user, now=timezone.now()),
    )  # fmt: skip
    if done is not None:
        text = _("%(create)s contributions ajoutées, %(change)s modifiées.")
        messages.success(request, text % done)
        return go(request, "plan:contribution_list", code)
    status = context.pop("status")
    context |= {"columns": CONTRIBUTION_COLUMNS, "consultation": row}
    return page(request, "plan/consultation_import.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def synthesis_edit(request: Request, code: str, theme: str) -> HttpResponse:
    """Write the next version of what was said on a theme."""
    row = consultation_of(code)
    if theme not in vocab.terms(THEMES):
        raise Http404
    versions = list(row.syntheses.filter(theme=theme).order_by("-version"))
    last = versions[0] if versions else None
    known = {"seen": last.version if last else 0, "text": last.text if last else ""}
    form = SynthesisForm(request.POST or None, initial=known)
    if saved(form, lambda: consultations.write_synthesis(row, theme=theme, **form.cleaned_data, by=request.user, now=timezone.now())):  # fmt: skip
        messages.success(request, _("La nouvelle version est publiée."))
        return go(request, row)
    return form_page(
        request, form, title=_("Synthèse : %s") % vocab.label(THEMES, theme), lead=row.title,
        parent=row.title, back=row.get_absolute_url(), versions=versions,
        template="plan/consultation_synthesis.html",
    )  # fmt: skip
