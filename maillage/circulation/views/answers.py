"""Follow requests, and answer them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from maillage.accounts.http import Request
from maillage.circulation.forms.requests import (
    AnswerForm,
    MessageForm,
    RequestFilterForm,
)
from maillage.circulation.models import LoanRequest, Offer, Season
from maillage.circulation.request_pages import (
    REQUEST_COLUMNS,
    described,
    next_step,
    tabs_of,
)
from maillage.circulation.services import answers, offers, requests
from maillage.circulation.services.answers import lendable_for, modules_of
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import TYPES, table_file

PER_PAGE = 25


def visible(request: Request) -> QuerySet[LoanRequest]:
    return LoanRequest.objects.visible_to(request.user).select_related(
        "host__commune__department", "host__place__commune", "host__structure",
        "host__created_by", "resource__owner__commune", "season", "asked_by",
        "answered_by_user",
    ).prefetch_related("windows", "loans")  # fmt: skip


@require_GET
def request_list(request: Request) -> HttpResponse:
    """The person's requests, those they answer, and for the agency all of them."""
    form = RequestFilterForm(request.GET)
    chosen = form.chosen()
    tabs = tabs_of(request.user, chosen["onglet"])
    tab = next(tab for tab in tabs if tab.is_here)
    rows = narrowed(visible(request).filter(pk__in=tab.rows.values("pk")), chosen)
    rows = rows.unanswered_first()
    if (kind := request.GET.get("format", "")) in TYPES:
        return table_file(rows, REQUEST_COLUMNS, name="demandes", form=kind)
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    items = [(row, next_step(row, tab=tab.name)) for row in page_obj]
    states = dict(tab.rows.order_by().values_list("state").annotate(Count("pk")))
    address = request.GET.copy()
    address.pop("page", None)
    context = {"form": form, "tabs": tabs, "tab": tab, "page_obj": page_obj}
    context |= {"file_forms": TYPES}
    context |= {"items": items, "states": states, "parameters": address.urlencode()}
    context |= {"is_filtered": chosen["state"] or chosen["q"]}
    return page(request, "circulation/request_list.html", context, partial="results")


def narrowed(rows: Any, chosen: dict[str, str]) -> Any:
    """The requests that the filters keep."""
    found = rows
    if chosen["state"] == "open":
        found = found.open()
    elif chosen["state"]:
        found = found.filter(state=chosen["state"])
    if text := chosen["q"].strip():
        found = found.named(text)
    return found


@never_cache
@require_GET
def request_detail(request: Request, pk: int) -> HttpResponse:
    """One request, what has become of it, and what the reader may do now."""
    return shown(request, get_object_or_404(visible(request), pk=pk))


def shown(
    request: Request,
    asked: LoanRequest,
    *,
    answer: AnswerForm | None = None,
    message: MessageForm | None = None,
    problem: str = "",
) -> HttpResponse:
    today = timezone.localdate()
    context = described(asked, user=request.user, today=today)
    context["answer_form"] = answer or answer_form(request, asked, None)
    context["message_form"] = message or MessageForm()
    context["in_parts"] = len(modules_of(asked)) > 1
    context["problem"] = problem
    is_wrong = problem or any(form and form.errors for form in (answer, message))
    return page(
        request,
        "circulation/request_detail.html",
        context,
        status=422 if is_wrong else 200,
    )


def answer_form(request: Request, asked: LoanRequest, data: Any) -> AnswerForm:
    copies = lendable_for(asked, by=request.user) if may_answer(request, asked) else []
    windows = list(asked.windows.all())
    first = min((row.starts_on for row in windows), default=timezone.localdate())
    last = max((row.ends_on for row in windows), default=timezone.localdate())
    seasons = Season.objects.filter(
        starts_on__lt=last, ends_on__gt=first, state__in=("open", "planning")
    )
    return AnswerForm(data, copies=copies, seasons=seasons)


def may_answer(request: Request, asked: LoanRequest) -> bool:
    rows = LoanRequest.objects.filter(pk=asked.pk)
    return asked.is_open and rows.answered_by(request.user).exists()


# Verbs --------------------------------------------------------------------------


@require_POST
def request_answer(request: Request, pk: int) -> HttpResponse:
    """Lend, offer other dates, leave it to the season, or refuse."""
    rows = visible(request)
    asked = get_object_or_404(rows, pk=pk)
    if not LoanRequest.objects.filter(pk=pk).answered_by(request.user).exists():
        raise Http404
    if not asked.is_open:
        return shown(request, asked, problem=requests.decided(asked).message)
    form = answer_form(request, asked, request.POST)
    verb, done = VERBS.get(request.POST.get("decision", ""), (None, ""))
    if verb is None or not form.is_valid():
        return shown(request, asked, answer=form, problem=_("Choisissez une réponse."))
    try:
        verb(asked, form, by=request.user, now=timezone.now())
    except Refused as no:
        return shown(request, rows.get(pk=pk), answer=form, problem=no.message)
    messages.success(request, done)
    return go(request, asked)


def lend(asked: LoanRequest, form: AnswerForm, *, by: Any, now: dt.datetime) -> None:
    answers.accept_request(
        asked,
        choice=form.choices()[0],
        answer=form.cleaned_data["answer"],
        by=by,
        now=now,
        today=timezone.localdate(now),
    )


def offer(asked: LoanRequest, form: AnswerForm, *, by: Any, now: dt.datetime) -> None:
    offers.offer_dates(
        asked,
        choices=form.choices(),
        message=form.cleaned_data["answer"],
        by=by,
        now=now,
        today=timezone.localdate(now),
    )


def leave(asked: LoanRequest, form: AnswerForm, *, by: Any, now: dt.datetime) -> None:
    season = form.cleaned_data["season"]
    if season is None:
        raise Refused("season", _("Choisissez une saison."))
    answers.leave_to_season(asked, season=season, by=by, now=now)


def refuse(asked: LoanRequest, form: AnswerForm, *, by: Any, now: dt.datetime) -> None:
    answers.refuse_request(asked, answer=form.cleaned_data["answer"], by=by, now=now)


VERBS: dict[str, tuple[Callable[..., None] | None, Any]] = {
    "accept": (lend, gettext_lazy("Le prêt est confirmé. Le lieu est prévenu.")),
    "offer": (offer, gettext_lazy("Vos dates sont proposées au lieu d’accueil.")),
    "season": (leave, gettext_lazy("La demande entre dans le plan de la saison.")),
    "refuse": (refuse, gettext_lazy("La demande est refusée. Le lieu est prévenu.")),
}


@require_POST
def request_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take one's request back."""
    asked = own(request, pk)
    try:
        requests.withdraw_request(asked, by=request.user, now=timezone.now())
    except Refused as no:
        return shown(request, visible(request).get(pk=pk), problem=no.message)
    messages.success(request, _("La demande est retirée."))
    return go(request, asked)


def own(request: Request, pk: int) -> LoanRequest:
    """A request of a host for which the person acts, or a 404."""
    asked = get_object_or_404(visible(request), pk=pk)
    rows = LoanRequest.objects.filter(pk=pk)
    if not request.user.is_agency and not rows.made_for(request.user).exists():
        raise Http404
    return asked


@require_POST
def request_message(request: Request, pk: int) -> HttpResponse:
    """Write to the other side."""
    asked = get_object_or_404(visible(request), pk=pk)
    if request.user.is_observer:
        raise Http404
    form = MessageForm(request.POST)
    if not form.is_valid():
        return shown(request, asked, message=form)
    try:
        text = form.cleaned_data["text"]
        requests.write_message(asked, text=text, by=request.user, now=timezone.now())
    except Refused as no:
        return shown(request, asked, problem=no.message)
    messages.success(request, _("Votre message est envoyé."))
    return go(request, asked)


@require_POST
def offer_answer(request: Request, pk: int) -> HttpResponse:
    """Take the dates that an owner offers, or do without them."""
    rows = Offer.objects.select_related("request", "copy__resource", "made_by")
    one = get_object_or_404(rows, pk=pk)
    asked = own(request, one.request_id)
    now = timezone.now()
    try:
        if request.POST.get("decision") == "accept":
            offers.accept_offer(
                one, by=request.user, now=now, today=timezone.localdate()
            )
            messages.success(request, _("Le prêt est confirmé. À bientôt !"))
        else:
            offers.decline_offer(one, by=request.user, now=now)
            messages.success(request, _("Le propriétaire est prévenu."))
    except Refused as no:
        return shown(request, visible(request).get(pk=asked.pk), problem=no.message)
    return go(request, asked)
