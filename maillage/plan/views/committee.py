"""The committee: who sits, for everybody; nominations and terms, for the agency."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.form_fields import choices_of
from maillage.core.http import go, page
from maillage.core.tables.sending import TYPES, table_file
from maillage.plan.committee_choices import Side
from maillage.plan.committee_files import MANDATE_COLUMNS
from maillage.plan.committee_pages import (
    TONES,
    committee_context,
    desk_context,
    filled,
    form_page,
    history_of,
    saved,
)
from maillage.plan.forms_committee import (
    AnswerForm,
    EndForm,
    NominationForm,
    PersonForm,
    person_of,
)
from maillage.plan.models import Committee, Decision, Mandate, PublicVote, Seat
from maillage.plan.services import mandates
from maillage.plan.services.tally import Tally


@login_not_required
@require_safe
def committee_page(request: Request) -> HttpResponse:
    """Who follows the plan, what was decided, and how the plan was adopted."""
    now = timezone.now()
    day = timezone.localdate(now)
    decisions = Decision.objects.all().visible_to(request.user, day=day).late_first()
    context = {
        "committees": [
            committee_context(row, user=request.user, now=now)
            for row in Committee.objects.order_by("rank", "pk")
        ],
        "votes": [{"vote": row, "tally": Tally.of(row)} for row in PublicVote.objects.order_by("pk")],
        "open_decisions": decisions.count(),
    }  # fmt: skip
    return page(request, "plan/committee_page.html", context)


@agency_readers
@require_safe
def committee_desk(request: Request) -> HttpResponse:
    """What waits: nominations, terms that end, empty seats, meetings."""
    day = timezone.localdate()
    rows = Committee.objects.order_by("rank", "pk")
    context = {
        "committees": [desk_context(row, day=day) for row in rows],
        "decisions": Decision.objects.all().late_first().select_related("meeting", "owner"),
        "today": day, "file_forms": TYPES,
    }  # fmt: skip
    return page(request, "plan/committee_desk.html", context)


@agency_readers
@require_safe
def mandate_export(request: Request, form: str) -> HttpResponse:
    """All mandates, past and proposed ones too."""
    if form not in TYPES:
        raise Http404
    rows = Mandate.objects.all().in_order().prefetch_related("validations")
    rows = rows.select_related("seat__college__committee", "structure")
    return table_file(rows, MANDATE_COLUMNS, name="comite-mandats", form=form)


@agency_only
@require_http_methods(["GET", "POST"])
def mandate_new(request: Request, pk: int) -> HttpResponse:
    """Propose a person for a seat."""
    seat = get_object_or_404(
        Seat.objects.all().active().select_related("college"), pk=pk
    )
    today = timezone.localdate()
    form = NominationForm(request.POST or None, seat=seat, initial={"starts_on": today})
    filled(form, user=request.user)

    def propose() -> None:
        data = form.cleaned_data
        mandates.propose(seat, values=form.person, starts_on=data["starts_on"],
                         ends_on=data["ends_on"], by=request.user, today=today)  # fmt: skip

    if saved(form, propose):
        said = _("La personne siège.") if seat.college.by_right else _("La nomination attend l’avis de l’État et de la Région.")  # fmt: skip
        messages.success(request, said)
        return go(request, "plan:committee_desk")
    lead = _("Membre de droit : pas de validation.") if seat.college.by_right else _("L’État et la Région valident ensuite, chacun par un courrier.")  # fmt: skip
    return form_page(
        request, form, title=f"{seat.college} : {seat}", lead=lead,
        back=reverse("plan:committee_desk"), parent=_("Comité"), button=_("Proposer"),
    )  # fmt: skip


def mandate_or_404(pk: int) -> Mandate:
    rows = Mandate.objects.select_related(
        "seat__college__committee", "structure", "user"
    )
    return get_object_or_404(rows, pk=pk)


@agency_readers
@require_safe
def mandate_detail(request: Request, pk: int) -> HttpResponse:
    """One mandate: the person, the two answers, who held the seat before."""
    return mandate_answered(request, mandate_or_404(pk), AnswerForm(), EndForm())


def mandate_answered(
    request: Request, mandate: Mandate, answer: AnswerForm, end: EndForm
) -> HttpResponse:
    sides = {row.side: row for row in mandate.validations.all()}
    left = [one for one in Side.choices if one[0] not in sides]
    choices_of(answer, "side").choices = left
    context = {
        "mandate": mandate, "answers": mandate.validations.all(), "answer": answer,
        "end": end, "history": history_of(mandate.seat), "tones": TONES,
        "today": timezone.localdate(),
        "is_past": mandate.is_past(timezone.localdate()),
    }  # fmt: skip
    status = 422 if answer.errors or end.errors else 200
    return page(request, "plan/committee_mandate.html", context, status=status)


@agency_only
@require_http_methods(["GET", "POST"])
def mandate_edit(request: Request, pk: int) -> HttpResponse:
    """Correct what is known of a person, or note their consent."""
    mandate = mandate_or_404(pk)
    form = PersonForm(request.POST or None, initial=person_of(mandate))
    filled(form, user=request.user)
    today = timezone.localdate()
    if saved(form, lambda: mandates.change_person(mandate, values=form.person, by=request.user, today=today)):  # fmt: skip
        messages.success(request, _("C’est enregistré."))
        return go(request, "plan:mandate_detail", mandate.pk)
    return form_page(
        request, form, title=str(mandate), parent=_("Comité"),
        back=reverse("plan:mandate_detail", args=[mandate.pk]),
    )  # fmt: skip


@agency_only
@require_POST
def mandate_answer(request: Request, pk: int) -> HttpResponse:
    """Record what the State or the Region answered."""
    mandate = mandate_or_404(pk)
    form = AnswerForm(request.POST)
    if saved(form, lambda: mandates.record_answer(mandate, **form.cleaned_data, by=request.user, now=timezone.now(), today=timezone.localdate())):  # fmt: skip
        messages.success(request, _("La réponse est enregistrée."))
        return go(request, "plan:mandate_detail", mandate.pk)
    return mandate_answered(request, mandate, form, EndForm())


@agency_only
@require_POST
def mandate_end(request: Request, pk: int) -> HttpResponse:
    """Note a resignation."""
    mandate = mandate_or_404(pk)
    form = EndForm(request.POST)
    if saved(form, lambda: mandates.end_mandate(mandate, **form.cleaned_data, by=request.user)):  # fmt: skip
        messages.success(request, _("La fin du mandat est enregistrée."))
        return go(request, "plan:mandate_detail", mandate.pk)
    return mandate_answered(request, mandate, AnswerForm(), form)


@agency_only
@require_POST
def mandate_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take a nomination back."""
    mandate = mandate_or_404(pk)
    try:
        mandates.withdraw(mandate, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La nomination est retirée."))
    return go(request, "plan:mandate_detail", mandate.pk)
