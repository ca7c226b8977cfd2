"""The verbs of a loan: confirm, cancel, hand over, change its days, exchange."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.http import Request
from maillage.circulation.choices import Moment, Party
from maillage.circulation.forms.loans import CancelForm, DatesForm, EndForm, StepForm
from maillage.circulation.models import Loan
from maillage.circulation.services.alternatives import alternatives
from maillage.circulation.services.by_hand import note_step
from maillage.circulation.services.chains import (
    Meeting,
    meeting,
    take_over,
    undo_take_over,
)
from maillage.circulation.services.changes import (
    ask_longer,
    change_end,
    decline_longer,
    longest,
    move_dates,
)
from maillage.circulation.services.loans import cancel, confirm
from maillage.circulation.services.sides import parties_of
from maillage.circulation.views.loans import for_lender, for_parties, shown
from maillage.core.errors import Refused
from maillage.core.http import go, page

DAY = dt.timedelta(1)


def attempt(request: Request, verb: Callable[[], Any], *, done: str) -> bool:
    """Do something and say how it went."""
    try:
        verb()
    except Refused as no:
        messages.error(request, no.message)
        return False
    messages.success(request, done)
    return True


@require_POST
def loan_confirm(request: Request, pk: int) -> HttpResponse:
    """Say yes for one side, or for the one that still has to."""
    loan = for_parties(request, pk)
    mine = parties_of(loan, user=request.user)
    wanted = [Party.LENDER] * (not loan.owner_confirmed_at)
    wanted += [Party.BORROWER] * (not loan.host_confirmed_at)
    side = request.POST.get("party", "")
    party = next((each for each in wanted if each in mine and side in ("", each)), None)
    if party is not None:
        attempt(
            request,
            lambda: confirm(loan, party=party, by=request.user, now=timezone.now()),
            done=_("C’est confirmé. L’autre partie est prévenue."),
        )
    return go(request, loan)


@require_http_methods(["GET", "POST"])
def loan_cancel(request: Request, pk: int) -> HttpResponse:
    """Ask why, then cancel: the days are given back at once."""
    loan = for_parties(request, pk)
    form = CancelForm(request.POST or None)
    if form.is_valid():
        try:
            cancel(loan, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Le prêt est annulé, l’autre partie prévenue."))
            return go(request, loan)
    return answer(request, loan, form, "circulation/loan_cancel.html")


def answer(
    request: Request, loan: Loan, form: Any, template: str, **more: Any
) -> HttpResponse:
    """A page with one form about a loan."""
    return page(
        request,
        template,
        {"loan": loan, "form": form, **more},
        partial="form",
        status=422 if form.errors else 200,
    )


@require_POST
def loan_step(request: Request, pk: int) -> HttpResponse:
    """Note a handover by hand."""
    loan = for_parties(request, pk)
    form = StepForm(request.POST)
    if form.is_valid():
        moment = Moment(form.cleaned_data["moment"])
        try:
            note_step(
                loan, moment=moment, on=form.cleaned_data["on"], by=request.user,
                now=timezone.now(),
            )  # fmt: skip
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("C’est noté. Les deux parties sont prévenues."))
            return go(request, loan)
    context = shown(request, loan) | {"step_form": form}
    return page(request, "circulation/loan_detail.html", context, status=422)


@require_http_methods(["GET", "POST"])
def loan_extend(request: Request, pk: int) -> HttpResponse:
    """The owner lets a loan last longer or less; the host asks for it."""
    loan = for_parties(request, pk)
    grants = Party.LENDER in parties_of(loan, user=request.user)
    form = EndForm(request.POST or None, loan=loan)
    if form.is_valid():
        verb = change_end if grants else ask_longer
        try:
            verb(
                loan, until=form.until, by=request.user, now=timezone.now(),
                today=timezone.localdate(),
            )  # fmt: skip
        except Refused as no:
            form.add_error("last_day", no.message)
        else:
            done = (
                _("Les dates sont changées.") if grants else _("La demande est partie.")
            )
            messages.success(request, done)
            return go(request, loan)
    limit = longest(loan) if loan.is_holding else None
    return answer(
        request, loan, form, "circulation/loan_extend.html", grants=grants,
        limit=limit and limit - DAY, last_day=loan.ends_on - DAY,
    )  # fmt: skip


@require_POST
def loan_extend_decline(request: Request, pk: int) -> HttpResponse:
    """Leave the loan at its dates."""
    loan = for_lender(request, pk)
    attempt(
        request,
        lambda: decline_longer(loan, by=request.user, now=timezone.now()),
        done=_("Le prêt finit comme prévu. L’emprunteur est prévenu."),
    )
    return go(request, loan)


@require_http_methods(["GET", "POST"])
def loan_move(request: Request, pk: int) -> HttpResponse:
    """Give a loan that has not left other days."""
    loan = for_lender(request, pk)
    form = DatesForm(request.POST or None, loan=loan)
    if form.is_valid():
        data = form.cleaned_data
        try:
            move_dates(
                loan, start=data["first_day"], end=data["last_day"] + DAY,
                agreed=data["agreed"], by=request.user, now=timezone.now(),
                today=timezone.localdate(),
            )  # fmt: skip
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Les dates sont changées."))
            return go(request, loan)
    return answer(request, loan, form, "circulation/loan_move.html")


@require_http_methods(["GET", "POST"])
def loan_exchange(request: Request, pk: int) -> HttpResponse:
    """Let the copy come directly from the host before, or by its depot again."""
    loan = for_lender(request, pk)
    if request.method == "POST":
        verb = undo_take_over if "undo" in request.POST else take_over
        done = (
            _("L’exemplaire repasse par son dépôt.")
            if verb is undo_take_over
            else _("L’échange direct est noté, les deux lieux sont prévenus.")
        )
        now = timezone.now()
        attempt(request, lambda: verb(loan, by=request.user, now=now), done=done)
        return go(request, loan)
    met, why_not = could_meet(loan)
    return page(
        request,
        "circulation/loan_exchange.html",
        {"loan": loan, "meeting": met, "why_not": why_not},
    )


def could_meet(loan: Loan) -> tuple[Meeting | None, str]:
    """The exchange that is possible, or why none is."""
    if loan.comes_from_id:
        return None, ""
    try:
        return meeting(loan), ""
    except Refused as no:
        return None, no.message


@require_http_methods(["GET"])
def loan_alternatives(request: Request, pk: int) -> HttpResponse:
    """What else is free, for a loan that is cancelled or does not suit."""
    loan = for_parties(request, pk)
    found = alternatives(loan, today=timezone.localdate())
    return page(
        request,
        "circulation/loan_alternatives.html",
        {"loan": loan, "alternatives": found},
        partial="choice",
    )
