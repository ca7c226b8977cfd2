"""Loans: the list, the week for drivers, one loan, its papers as files."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.circulation.choices import HOLDING, LoanState, Party
from maillage.circulation.documents import agreement, invoice
from maillage.circulation.forms.loans import LoanFilterForm, StepForm, WeekForm
from maillage.circulation.loan_pages import (
    NEXT,
    invoices,
    next_action,
    sheets,
    timeline,
)
from maillage.circulation.models import Attendance, Host, Loan
from maillage.circulation.models.loans import LoanQuerySet
from maillage.circulation.services.chains import loan_after
from maillage.circulation.services.issued import agreement_of, invoice_of
from maillage.circulation.services.letters import period
from maillage.circulation.services.sides import parties_of
from maillage.circulation.services.todo import tasks
from maillage.circulation.tables import LOAN_COLUMNS, WIDE
from maillage.circulation.weeks import moves_by_day, week_of
from maillage.core.http import page
from maillage.core.tables.sending import table_file
from maillage.core.views import file_response

PER_PAGE = 40
#: What waits for a handover to be noted.
STEPS = ("depart", "arrive", "leave", "return", "overdue")


@require_safe
def loan_list(request: Request) -> HttpResponse:
    """What I lend, what I borrow; what waits for me first."""
    role, rows = chosen_role(request)
    form = LoanFilterForm(request.GET or None)
    today = timezone.localdate()
    found = filtered(rows, form, today=today)
    to_do = [] if request.htmx else tasks(rows, user=request.user, today=today)
    return page(
        request,
        "circulation/loan_list.html",
        {
            "role": role,
            "tabs": tabs(request),
            "form": form,
            "to_do": to_do,
            "today": today,
            "page_obj": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
            "asked": request.GET.urlencode(),
        },
        partial="results",
    )


def tabs(request: Request) -> list[str]:
    """The lists that the person has: all of them for those who read for the Region."""
    user = request.user
    if user.is_agency or user.is_observer:
        return ["all"]
    found = []
    if Loan.objects.all().lent_by(user).exists():
        found.append("lent")
    if not found or Host.objects.all().spoken_for_by(user).exists():
        found.append("borrowed")
    return found


def chosen_role(request: Request) -> tuple[str, LoanQuerySet]:
    """The tab that is open, and its loans."""
    found = tabs(request)
    role = request.GET.get("cote", "")
    role = role if role in found else found[0]
    rows = {
        "all": Loan.objects.all().visible_to,
        "lent": Loan.objects.all().lent_by,
        "borrowed": Loan.objects.all().borrowed_by,
    }[role](request.user)
    return role, rows


def filtered(
    rows: LoanQuerySet, form: LoanFilterForm, *, today: dt.date
) -> LoanQuerySet:
    """Loans that the filters keep, the next departure first."""
    wanted = form.chosen()
    state = wanted["etat"] or ""
    if state == "late":
        rows = rows.overdue(today)
    elif state in LoanState.values:
        rows = rows.filter(state=state)
    elif state != "all":
        rows = rows.filter(state__in=HOLDING)
    for word in (wanted["q"] or "").split()[:6]:
        rows = rows.filter(
            Q(copy__resource__name__icontains=word)
            | Q(copy__label__iexact=word)
            | Q(host__name__icontains=word)
            | Q(host__commune__name__icontains=word)
        )
    if wanted["du"]:
        rows = rows.filter(free_on__gt=wanted["du"])
    if wanted["au"]:
        rows = rows.filter(departs_on__lte=wanted["au"])
    return rows.select_related(*WIDE).order_by("departs_on", "pk")


@require_safe
def loan_export(request: Request, form: str) -> HttpResponseBase:
    """The list as it is filtered, for a spreadsheet."""
    _role, rows = chosen_role(request)
    loans = filtered(rows, LoanFilterForm(request.GET), today=timezone.localdate())
    name = f"prets-{timezone.localdate():%Y-%m-%d}"
    return table_file(loans, LOAN_COLUMNS, name=name, form=form)


@require_safe
def loan_week(request: Request) -> HttpResponse:
    """Departures and returns of a week, by day and by owner, to print for drivers."""
    form = WeekForm(request.GET or None)
    wanted = form.cleaned_data.get("jour") if form.is_valid() else None
    monday = week_of(wanted or timezone.localdate())
    rows = Loan.objects.all().visible_to(request.user)
    return page(
        request,
        "circulation/loan_week.html",
        {
            "days": moves_by_day(rows, monday=monday, user=request.user),
            "monday": monday,
            "week": period(monday, monday + dt.timedelta(7)),
            "before": monday - dt.timedelta(7),
            "after": monday + dt.timedelta(7),
            "form": WeekForm(initial={"jour": monday}),
        },
    )


@require_safe
def loan_detail(request: Request, pk: int) -> HttpResponse:
    """One loan: the next thing to do, where it stands, whom to call, its papers."""
    loan = seen(request, pk)
    return page(request, "circulation/loan_detail.html", shown(request, loan))


def seen(request: Request, pk: int) -> Loan:
    rows = Loan.objects.all().visible_to(request.user).select_related(*WIDE)
    return get_object_or_404(rows, pk=pk)


def shown(request: Request, loan: Loan) -> dict[str, Any]:
    """All that the page of a loan says to this person."""
    today = timezone.localdate()
    parties = parties_of(loan, user=request.user)
    charges = list(loan.charges.all())
    moment = NEXT.get(loan.state)
    action = next_action(loan, parties=parties, today=today)
    return {
        "loan": loan,
        "today": today,
        "is_lender": Party.LENDER in parties,
        "is_borrower": Party.BORROWER in parties,
        "is_party": bool(parties),
        "last_day": loan.ends_on - dt.timedelta(1),
        "asked_last_day": loan.asked_until and loan.asked_until - dt.timedelta(1),
        "is_late": loan.state in HOLDING and loan.free_on <= today
        and loan.state not in (LoanState.PROPOSED, LoanState.CONFIRMED),
        "action": action,
        "is_step_due": action["code"] in STEPS,
        "timeline": timeline(loan),
        "papers": sheets(loan, charges) if parties else [],
        "charges": charges if parties else [],
        "invoices": invoices(charges) if parties else {},
        "moment": moment,
        "step_form": StepForm(initial={"moment": moment, "on": today}),
        "is_waiting": is_waiting(loan, today=today),
        "after": loan_after(loan),
        "reports": loan.reports.count(),
        "attendance": Attendance.objects.filter(loan=loan).first(),
        "is_open_to_public": loan.starts_on <= today and loan.departed_at is not None,
        "team": team_of(loan) if parties else [],
    }  # fmt: skip


def is_waiting(loan: Loan, *, today: dt.date) -> bool:
    """Whether the copy should have come back by now from another loan, and has not."""
    if loan.state not in (LoanState.PROPOSED, LoanState.CONFIRMED):
        return False
    return loan.copy.loans.all().overdue(today).exclude(pk=loan.pk).exists()


def team_of(loan: Loan) -> list[Any]:
    rows = loan.copy.resource.owner.memberships.select_related("user")
    return [row.user for row in rows.order_by("pk")[:3]]


def for_parties(request: Request, pk: int) -> Loan:
    """A loan whose private papers the person may read: the two sides and the agency."""
    loan = seen(request, pk)
    if not parties_of(loan, user=request.user):
        raise Http404
    return loan


def for_lender(request: Request, pk: int) -> Loan:
    """A loan of which the person manages the copy."""
    rows = Loan.objects.all().lent_by(request.user).select_related(*WIDE)
    return get_object_or_404(rows, pk=pk)


@require_safe
def loan_agreement(request: Request, pk: int) -> HttpResponse:
    """The agreement to sign, as a PDF."""
    data = agreement_of(for_parties(request, pk), now=timezone.now())
    return pdf(agreement(data), name=f"convention-P{pk:05d}.pdf")


@require_safe
def loan_invoice(request: Request, pk: int, number: str) -> HttpResponse:
    """One invoice, as a PDF."""
    loan = for_parties(request, pk)
    lines = list(loan.charges.filter(invoice_number=number).exclude(invoice_number=""))
    if not lines:
        raise Http404
    data = invoice_of(loan, number=number, lines=lines, now=timezone.now())
    paper = invoice(data, paid_on=lines[0].paid_on)
    return pdf(paper, name=f"facture-{number}.pdf")


def pdf(data: bytes, *, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
def loan_certificate(request: Request, pk: int) -> HttpResponseBase:
    """The insurance certificate, for the two sides and the agency only."""
    loan = for_parties(request, pk)
    path = Path(settings.MEDIA_ROOT) / (loan.insurance_file.name or "")
    if not path.is_file():
        raise Http404
    answer = file_response(path)
    answer["Cache-Control"] = "private, no-store"
    return answer
