"""The agency prepares a meeting: when and where, agenda, documents, steps."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.plan.committee_pages import form_page, saved
from maillage.plan.forms_meetings import (
    AudienceForm,
    DocumentForm,
    ItemForm,
    MeetingForm,
    RecusalForm,
)
from maillage.plan.models import AgendaItem, Committee, Document, Meeting
from maillage.plan.services import attendance, meetings, minutes
from maillage.plan.services.meetings import WHEN, invited

#: What the last part of an address does, and what is said of it.
STEPS = {
    "convoquer": (meetings.convene, gettext_lazy("La convocation est partie.")),
    "annuler": (meetings.cancel_meeting, gettext_lazy("La séance est annulée.")),
    "cloturer": (attendance.close_meeting, gettext_lazy("La séance est close.")),
    "publier": (minutes.publish_record, gettext_lazy("La séance est publiée.")),
}


def meeting_of(pk: int) -> Meeting:
    return get_object_or_404(Meeting.objects.select_related("committee"), pk=pk)


def item_of(meeting: Meeting, pk: int) -> AgendaItem:
    return get_object_or_404(meeting.items.select_related("meeting__committee"), pk=pk)


@agency_only
@require_http_methods(["GET", "POST"])
def meeting_new(request: Request, code: str) -> HttpResponse:
    """Begin to prepare a meeting."""
    committee = get_object_or_404(Committee, code=code)
    form = MeetingForm(request.POST or None)
    made: list[Meeting] = []
    if saved(form, lambda: made.append(meetings.plan_meeting(committee, values=form.cleaned_data, by=request.user))):  # fmt: skip
        messages.success(request, _("Écrivez maintenant l’ordre du jour."))
        return go(request, "plan:meeting_items", made[0].pk)
    return form_page(
        request, form, title=_("Préparer une séance"), lead=committee.name,
        back=reverse("plan:committee_desk"), parent=_("Comité"), button=_("Continuer"),
    )  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def meeting_edit(request: Request, pk: int) -> HttpResponse:
    """Change when and where; members who were told are told again."""
    meeting = meeting_of(pk)
    known = {name: getattr(meeting, name) for name in (*WHEN, "version")}
    form = MeetingForm(request.POST or None, initial=known)

    def change() -> None:
        data = form.cleaned_data
        meetings.change_meeting(meeting, values=data, version=data["version"] or 0,
                                by=request.user, now=timezone.now())  # fmt: skip

    if saved(form, change):
        messages.success(request, _("C’est enregistré."))
        return go(request, meeting)
    return form_page(
        request, form, title=_("Date et lieu"), lead=meeting.title,
        back=meeting.get_absolute_url(), parent=meeting.title,
    )  # fmt: skip


@agency_only
@require_POST
def meeting_step(request: Request, pk: int, step: str) -> HttpResponse:
    """Convene, cancel, close or publish; a second click finds it done."""
    meeting = meeting_of(pk)
    if step not in STEPS:
        raise Http404
    do, said = STEPS[step]
    try:
        do(meeting, by=request.user, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, said)
    return go(request, meeting)


# Agenda and documents -----------------------------------------------------------


def items_page(
    request: Request, meeting: Meeting, *, item: Any = None, paper: Any = None
) -> HttpResponse:
    """The agenda with its documents, and a form for one more of each."""
    context = {
        "meeting": meeting,
        "items": meeting.items.order_by("rank", "pk").prefetch_related("documents"),
        "papers": meeting.documents.select_related("item"),
        "audience": AudienceForm.base_fields["audience"].choices,  # type: ignore[attr-defined]  # a ChoiceField
        "item_form": item or ItemForm(), "paper_form": paper or DocumentForm(meeting=meeting),
    }  # fmt: skip
    wrong = bool((item and item.errors) or (paper and paper.errors))
    return page(request, "plan/committee_items.html", context, status=422 if wrong else 200)  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def meeting_items(request: Request, pk: int) -> HttpResponse:
    """Write the agenda, point by point."""
    meeting = meeting_of(pk)
    form = ItemForm(request.POST or None)
    if saved(form, lambda: meetings.write_item(meeting, values=form.cleaned_data, by=request.user)):  # fmt: skip
        messages.success(request, _("Le point est ajouté."))
        return go(request, "plan:meeting_items", meeting.pk)
    return items_page(request, meeting, item=form if form.is_bound else None)


@agency_only
@require_http_methods(["GET", "POST"])
def item_edit(request: Request, pk: int, item: int) -> HttpResponse:
    """Change a point of the agenda."""
    meeting = meeting_of(pk)
    row = item_of(meeting, item)
    known = {name: getattr(row, name) for name in ("title", "text", "is_voted")}
    form = ItemForm(request.POST or None, initial=known)
    if saved(form, lambda: meetings.write_item(meeting, values=form.cleaned_data, by=request.user, item=row)):  # fmt: skip
        messages.success(request, _("C’est enregistré."))
        return go(request, "plan:meeting_items", meeting.pk)
    return form_page(
        request, form, title=_("Modifier un point"), lead=row.title, parent=meeting.title,
        back=reverse("plan:meeting_items", args=[meeting.pk]),
    )  # fmt: skip


@agency_only
@require_POST
def item_move(request: Request, pk: int, item: int) -> HttpResponse:
    """Move a point up or down, or take it away."""
    meeting = meeting_of(pk)
    row = item_of(meeting, item)
    try:
        if "drop" in request.POST:
            meetings.drop_item(row, by=request.user)
        else:
            meetings.move_item(row, up="up" in request.POST, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    return go(request, "plan:meeting_items", meeting.pk)


@agency_only
@require_http_methods(["GET", "POST"])
def item_recuse(request: Request, pk: int, item: int) -> HttpResponse:
    """Note who does not take part in a point, and why."""
    meeting = meeting_of(pk)
    row = item_of(meeting, item)
    form = RecusalForm(request.POST or None, members=invited(meeting))
    if saved(
        form, lambda: attendance.recuse(row, **form.cleaned_data, by=request.user)
    ):
        messages.success(request, _("C’est noté."))
        return go(request, meeting)
    return form_page(
        request, form, title=_("Membre qui ne prend pas part"), lead=row.title,
        back=meeting.get_absolute_url(), parent=meeting.title,
    )  # fmt: skip


@agency_only
@require_POST
def document_add(request: Request, pk: int) -> HttpResponse:
    """Send a document; a file that is no sound PDF is told why."""
    meeting = meeting_of(pk)
    form = DocumentForm(request.POST, request.FILES, meeting=meeting)
    if saved(form, lambda: meetings.add_document(meeting, **form.cleaned_data, by=request.user, now=timezone.now())):  # fmt: skip
        messages.success(request, _("Le document est déposé."))
        return go(request, "plan:meeting_items", meeting.pk)
    return items_page(request, meeting, paper=form)


@agency_only
@require_POST
def document_change(request: Request, pk: int) -> HttpResponse:
    """Say anew who reads a document, or take it away."""
    document = get_object_or_404(Document.objects.select_related("meeting"), pk=pk)
    form = AudienceForm(request.POST)
    try:
        if "drop" in request.POST:
            meetings.drop_document(document, by=request.user)
        elif form.is_valid():
            meetings.change_audience(document, **form.cleaned_data, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("C’est enregistré."))
    return go(request, "plan:meeting_items", document.meeting_id)
