"""Proposing events to a programme, and the coordination's answers."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.agenda.choices import LabelState
from maillage.agenda.forms_programmes import (
    LabelAnswerForm,
    LabelAskForm,
    QueueFilterForm,
    WithdrawForm,
)
from maillage.agenda.models import Event, Labelling, Programme
from maillage.agenda.services.charter import check, facts_of, period
from maillage.agenda.services.labelling import (
    answer_label,
    broken_since,
    is_in_area,
    propose_event,
    withdraw_label,
)
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.territories.models import Department

MANY = 200
RELATED = ("event__owner", "event__commune", "event__place__commune")


def published(request: Request, slug: str) -> Programme:
    rows = Programme.objects.all().visible_to(request.user)
    return get_object_or_404(rows, slug=slug)


def own_events(request: Request) -> QuerySet[Event]:
    """Events in whose name the person speaks; all of the agency's would be too many."""
    user = request.user
    rows = Event.objects.all().visible_to(request.user)
    mine = rows.owned_by(user) | rows.filter(created_by=user)
    return Event.objects.filter(pk__in=mine.order_by().values("pk")).exclude(
        state=State.ARCHIVED
    )


@require_safe
def label_choose(request: Request, slug: str) -> HttpResponse:
    """Which of one's events to propose; those that were are told with their answer."""
    programme = published(request, slug)
    rows = own_events(request).select_related("owner").order_by("-first_on", "name")
    labels = {row.event_id: row for row in programme.labellings.all()}
    events = [(event, labels.get(event.pk)) for event in rows[:MANY]]
    today = timezone.localdate()
    return page(
        request,
        "agenda/label_choose.html",
        {
            "programme": programme,
            "period": period(programme),
            "events": events,
            "takes_proposals": programme.takes_proposals(today),
            "today": today,
        },
    )


@require_http_methods(["GET", "POST"])
def label_new(request: Request, slug: str, event: str) -> HttpResponse:
    """The charter read against an event, and the button that proposes it."""
    programme = published(request, slug)
    rows = Event.objects.all().editable_by(request.user).select_related("owner")
    thing = get_object_or_404(rows, slug=event)
    found = check(facts_of(thing, programme))
    form = LabelAskForm(request.POST or None, check=found)
    if form.is_valid() and (label := proposed(request, programme, thing, form)):
        messages.success(request, _("La coordination est prévenue."))
        return go(request, label)
    label = programme.labellings.filter(event=thing).first()
    context = {"programme": programme, "event": thing, "form": form, "check": found,
               "period": period(programme), "label": label,
               "takes_proposals": is_open(programme, label)}  # fmt: skip
    status = 422 if form.errors else 200
    return page(
        request, "agenda/label_new.html", context, partial="check", status=status
    )


def is_open(programme: Programme, label: Labelling | None) -> bool:
    """The page shows the form; the service decides."""
    today = timezone.localdate()
    if label and label.state == LabelState.CHANGES_ASKED:
        return today < programme.starts_on
    there = label is not None and label.state in {LabelState.ASKED, LabelState.GRANTED}
    return programme.takes_proposals(today) and not there


def proposed(
    request: Request, programme: Programme, event: Event, form: LabelAskForm
) -> Labelling | None:
    try:
        return propose_event(
            programme,
            event=event,
            note=form.cleaned_data["note"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        form.add_error(None, no.message)
        return None


@require_safe
def label_list(request: Request, slug: str) -> HttpResponse:
    """The queue of a coordination: what waits first, with what the charter found."""
    rows = Programme.objects.all().visible_to(request.user)
    if not request.user.is_observer:
        rows = rows.coordinated_by(request.user)
    programme = get_object_or_404(rows, slug=slug)
    mine = programme.labellings.all()
    if not request.user.is_observer:
        mine = mine.in_area_of(request.user)
    names = Department.objects.order_by("code").values_list("code", "name")
    form = QueueFilterForm(request.GET, departments=[*names])
    form.is_valid()
    state = form.cleaned_data.get("state") or LabelState.ASKED
    counts = dict(
        mine.order_by().values_list("state").annotate(Count("pk", distinct=True))
    )
    return page(
        request,
        "agenda/label_list.html",
        {
            "programme": programme,
            "period": period(programme),
            "state": state,
            "tabs": [(s, label, counts.get(s, 0)) for s, label in form.STATES],
            "rows": queue(programme, mine.filter(state=state)),
            "to_review": broken_since(programme, by=request.user),
        },
    )  # fmt: skip


def queue(programme: Programme, rows: Any) -> list[tuple[Labelling, Any]]:
    """Labellings with the charter as it reads today; a constant number of queries."""
    rows = rows.select_related(*RELATED, "asked_by", "answered_by")
    rows = rows.prefetch_related("event__occurrences").order_by("asked_at", "pk")
    return [
        (row, check(facts_of(row.event, programme), waived=row.waived))
        for row in rows[:MANY]
    ]


@require_http_methods(["GET", "POST"])
def label_detail(request: Request, slug: str, pk: int) -> HttpResponse:
    """One proposal: the charter, the answers so far; the form for who answers."""
    rows = Labelling.objects.all().visible_to(request.user)
    rows = rows.filter(programme__slug=slug).select_related(*RELATED, "programme")
    label = get_object_or_404(rows, pk=pk)
    found = check(facts_of(label.event, label.programme), waived=label.waived)
    may_answer = is_in_area(label, by=request.user)
    form = LabelAnswerForm((may_answer and request.POST) or None, check=found)
    if form.is_valid() and answered(request, label, form):
        messages.success(request, _("L’organisateur est prévenu par e-mail."))
        return go(request, "agenda:label_list", slug)
    status = 422 if form.errors else 200
    context = {"form": form, "check": found, **told(request, label, may_answer)}
    return page(request, "agenda/label_detail.html", context, status=status)


def answered(request: Request, label: Labelling, form: LabelAnswerForm) -> bool:
    try:
        answer_label(
            label,
            decision=form.cleaned_data["decision"],
            answer=form.cleaned_data["answer"],
            waived=form.waived(),
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        form.add_error(None, no.message)
        return False
    return True


def told(request: Request, label: Labelling, may_answer: bool) -> dict[str, Any]:
    """What the page of a proposal says besides the charter."""
    events = Event.objects.all().editable_by(request.user)
    past = label.history.select_related("history_user").order_by("history_date")
    return {
        "label": label,
        "programme": label.programme,
        "event": label.event,
        "history": list(past),
        "occurrences": list(label.event.occurrences.all()[:30]),
        "may_answer": may_answer and label.state == LabelState.ASKED,
        "may_edit": events.filter(pk=label.event_id).exists(),
        "may_withdraw": label.state
        in {LabelState.ASKED, LabelState.CHANGES_ASKED, LabelState.GRANTED}
        and not label.programme.is_reported,
        "is_coordination": may_answer,
        "withdraw_form": WithdrawForm(),
        "has_begun": label.programme.starts_on <= timezone.localdate(),
    }


@require_POST
def label_withdraw(request: Request, slug: str, pk: int) -> HttpResponse:
    """Take an event out of a programme."""
    rows = Labelling.objects.all().visible_to(request.user).filter(programme__slug=slug)
    label = get_object_or_404(rows, pk=pk)
    form = WithdrawForm(request.POST)
    form.is_valid()
    try:
        withdraw_label(
            label,
            answer=form.cleaned_data.get("answer", ""),
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("L’événement est retiré."))
    return go(request, label)
