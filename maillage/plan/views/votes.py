"""During the meeting: the attendance sheet and the votes; after it, what it leaves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go
from maillage.plan.committee_choices import Presence
from maillage.plan.committee_pages import filled, form_page, saved
from maillage.plan.forms_meetings import (
    ApprovalForm,
    BallotForm,
    CountForm,
    DecisionForm,
    FollowForm,
    MinutesForm,
    SheetForm,
)
from maillage.plan.models import Decision, Vote
from maillage.plan.services import attendance, minutes, voting
from maillage.plan.services.meetings import invited
from maillage.plan.views.meetings_desk import item_of, meeting_of


@agency_only
@require_http_methods(["GET", "POST"])
def meeting_sheet(request: Request, pk: int) -> HttpResponse:
    """Fill in who is there, and who holds whose proxy."""
    meeting = meeting_of(pk)
    form = SheetForm(
        request.POST or None, members=invited(meeting), known=meeting.attendances.all(),
        initial={"version": meeting.version},
    )  # fmt: skip

    def write() -> None:
        attendance.write_sheet(meeting, sheet=form.sheet, version=form.cleaned_data["version"],
                               by=request.user, now=timezone.now())  # fmt: skip

    if saved(form, write):
        messages.success(request, _("La feuille de présence est enregistrée."))
        return go(request, meeting)
    return form_page(
        request, form, title=_("Feuille de présence"), lead=meeting.title,
        back=meeting.get_absolute_url(), parent=meeting.title,
        template="plan/committee_sheet.html", most=meeting.committee.most_proxies,
    )  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def vote_count(request: Request, pk: int, item: int) -> HttpResponse:
    """Record a vote by its numbers; they must agree."""
    meeting = meeting_of(pk)
    row = item_of(meeting, item)
    rows = voting.voters(meeting)
    proxies = sum(one.presence == Presence.PROXY for one in rows)
    known = {"question": row.title, "present": len(rows) - proxies, "proxies": proxies,
             "apart": len(voting.apart_of(row, rows))}  # fmt: skip
    form = CountForm(request.POST or None, initial=known)

    def count() -> None:
        data = form.cleaned_data
        voting.count_vote(row, question=data["question"], rule=data["rule"],
                          tally=form.tally, by=request.user, now=timezone.now())  # fmt: skip

    if saved(form, count):
        messages.success(request, _("Le vote est enregistré."))
        return go(request, meeting)
    lead = _("Présents + pouvoirs − ne prenant pas part = pour + contre + abstentions.")
    return form_page(
        request, form, title=_("Vote : %s") % row.title, lead=lead,
        back=meeting.get_absolute_url(), parent=meeting.title,
    )  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def vote_names(request: Request, pk: int, item: int) -> HttpResponse:
    """Record a vote member by member; the numbers follow."""
    meeting = meeting_of(pk)
    row = item_of(meeting, item)
    rows = voting.voters(meeting)
    form = BallotForm(request.POST or None, rows=rows, apart=voting.apart_of(row, rows),
                      initial={"question": row.title})  # fmt: skip

    def vote() -> None:
        data = form.cleaned_data
        voting.vote_by_name(row, question=data["question"], rule=data["rule"],
                            choices=form.choices, by=request.user, now=timezone.now())  # fmt: skip

    if saved(form, vote):
        messages.success(request, _("Le vote est enregistré."))
        return go(request, meeting)
    return form_page(
        request, form, title=_("Vote nominal : %s") % row.title,
        back=meeting.get_absolute_url(), parent=meeting.title,
    )  # fmt: skip


@agency_only
@require_POST
def vote_drop(request: Request, pk: int) -> HttpResponse:
    """Take back a vote that was typed wrongly."""
    vote = get_object_or_404(Vote.objects.select_related("item__meeting"), pk=pk)
    meeting = vote.item.meeting
    try:
        voting.drop_vote(vote, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Le vote est effacé : saisissez-le de nouveau."))
    return go(request, meeting)


# Afterwards ---------------------------------------------------------------------


@agency_only
@require_http_methods(["GET", "POST"])
def minutes_edit(request: Request, pk: int) -> HttpResponse:
    """Write what was said, until the minutes are approved."""
    meeting = meeting_of(pk)
    form = MinutesForm(
        request.POST or None, items=meeting.items.order_by("rank", "pk"),
        initial={"intro": meeting.minutes, "version": meeting.version},
    )  # fmt: skip

    def write() -> None:
        data = form.cleaned_data
        minutes.write_minutes(meeting, intro=data["intro"], said=form.said,
                              version=data["version"], by=request.user)  # fmt: skip

    if saved(form, write):
        messages.success(request, _("Le compte rendu est enregistré, en projet."))
        return go(request, meeting)
    return form_page(
        request, form, title=_("Compte rendu"), lead=meeting.title,
        back=meeting.get_absolute_url(), parent=meeting.title,
    )  # fmt: skip


@agency_only
@require_POST
def minutes_approve(request: Request, pk: int) -> HttpResponse:
    """Note at which meeting the minutes were approved."""
    meeting = meeting_of(pk)
    form = ApprovalForm(request.POST, meeting=meeting)
    if saved(form, lambda: minutes.approve_minutes(meeting, **form.cleaned_data, by=request.user)):  # fmt: skip
        messages.success(request, _("Le compte rendu est approuvé."))
    else:
        messages.error(request, " ".join(str(no) for some in form.errors.values() for no in some))  # fmt: skip
    return go(request, meeting)


@agency_only
@require_http_methods(["GET", "POST"])
def decision_new(request: Request, pk: int) -> HttpResponse:
    """Write down a decision, who follows it and by when."""
    meeting = meeting_of(pk)
    form = DecisionForm(request.POST or None, meeting=meeting)
    filled(form, user=request.user)
    if saved(form, lambda: minutes.write_decision(meeting, values=form.cleaned_data, by=request.user)):  # fmt: skip
        messages.success(request, _("La décision est notée."))
        return go(request, meeting)
    return form_page(
        request, form, title=_("Ajouter une décision"), lead=meeting.title,
        back=meeting.get_absolute_url(), parent=meeting.title,
    )  # fmt: skip


@agency_only
@require_http_methods(["GET", "POST"])
def decision_follow(request: Request, pk: int) -> HttpResponse:
    """Say what was done, and whether it is finished."""
    decision = get_object_or_404(Decision.objects.select_related("meeting"), pk=pk)
    known = {"version": decision.version, "state": decision.state}
    form = FollowForm(request.POST or None, initial=known)
    if saved(form, lambda: minutes.follow_decision(decision, **form.cleaned_data, by=request.user, today=timezone.localdate())):  # fmt: skip
        messages.success(request, _("C’est noté."))
        return go(request, "plan:decision_list")
    return form_page(
        request, form, title=_("Suivre une décision"), lead=decision.text,
        back=reverse("plan:decision_list"), parent=_("Décisions"),
    )  # fmt: skip
