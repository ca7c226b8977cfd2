"""The papers of a loan: noting them, insurance, lines, invoices; and breakdowns."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.http import Request
from maillage.circulation.choices import HoldKind, Party
from maillage.circulation.forms.loans import (
    BreakForm,
    ChargeForm,
    InsuranceForm,
    PaperForm,
)
from maillage.circulation.loan_pages import invoices
from maillage.circulation.models import Charge, Copy, Hold, Loan
from maillage.circulation.services.breakdown import break_copy, mend, preview_break
from maillage.circulation.services.papers import (
    Paper,
    drop_charge,
    first_lines,
    issue_invoice,
    keep_insurance,
    note_paper,
    note_payment,
    write_charge,
)
from maillage.circulation.services.sides import parties_of
from maillage.circulation.views.loan_verbs import answer, attempt
from maillage.circulation.views.loans import for_lender, for_parties
from maillage.core.errors import Refused
from maillage.core.http import go, page

PAPERS = {
    "convention": Paper.AGREEMENT,
    "caution-recue": Paper.DEPOSIT_IN,
    "caution-rendue": Paper.DEPOSIT_OUT,
}


@require_POST
def loan_paper(request: Request, pk: int, paper: str) -> HttpResponse:
    """Note the day of a paper; without a day, that it is not there after all."""
    loan = for_lender(request, pk)
    form = PaperForm(request.POST)
    if paper not in PAPERS:
        raise Http404
    if not form.is_valid():
        messages.error(request, _("Cette date ne se lit pas : écrivez-la de nouveau."))
        return go(request, loan)
    attempt(
        request,
        lambda: note_paper(
            loan, paper=PAPERS[paper], on=form.cleaned_data["on"], by=request.user,
            now=timezone.now(), today=timezone.localdate(),
        ),
        done=_("C’est noté."),
    )  # fmt: skip
    return go(request, loan)


@require_http_methods(["GET", "POST"])
def loan_insurance(request: Request, pk: int) -> HttpResponse:
    """Send the insurance certificate."""
    loan = for_parties(request, pk)
    if Party.BORROWER not in parties_of(loan, user=request.user):
        raise Http404
    form = InsuranceForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            keep_insurance(
                loan, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except ValidationError as wrong:
            form.add_error("file", wrong)
        except Refused as no:
            form.add_error("until", no.message)
        else:
            messages.success(request, _("L’attestation est déposée. Merci !"))
            return go(request, loan)
    return answer(request, loan, form, "circulation/loan_insurance.html")


@require_http_methods(["GET", "POST"])
def loan_charges(request: Request, pk: int) -> HttpResponse:
    """The lines of the invoice: those there are, and a form for one more."""
    return charge_form(request, for_lender(request, pk), charge=None)


@require_http_methods(["GET", "POST"])
def charge_edit(request: Request, pk: int, charge_pk: int) -> HttpResponse:
    """Change a line that is on no invoice."""
    loan = for_lender(request, pk)
    rows = loan.charges.filter(invoice_number="")
    return charge_form(request, loan, charge=get_object_or_404(rows, pk=charge_pk))


def charge_form(request: Request, loan: Loan, *, charge: Charge | None) -> HttpResponse:
    form = ChargeForm(request.POST or None, initial=values_of(charge))
    if form.is_valid():
        try:
            write_charge(loan, **form.cleaned_data, by=request.user, charge=charge)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La ligne est enregistrée."))
            return go(request, "circulation:loan_charges", loan.pk)
    lines = list(loan.charges.all())
    context = {
        "charge": charge,
        "lines": lines,
        "open": [line for line in lines if not line.invoice_number],
        "total": sum(line.cents for line in lines if not line.invoice_number),
        "invoices": invoices(lines),
        "today": timezone.localdate(),
    }
    return answer(request, loan, form, "circulation/loan_charges.html", **context)


def values_of(charge: Charge | None) -> dict[str, Any]:
    if charge is None:
        return {}
    return {"kind": charge.kind, "text": charge.text, "cents": charge.cents}


@require_POST
def charge_delete(request: Request, pk: int, charge_pk: int) -> HttpResponse:
    """Take a line away that is on no invoice."""
    loan = for_lender(request, pk)
    charge = get_object_or_404(loan.charges.all(), pk=charge_pk)
    attempt(
        request,
        lambda: drop_charge(loan, charge=charge, by=request.user),
        done=_("La ligne est retirée."),
    )
    return go(request, "circulation:loan_charges", pk)


@require_POST
def loan_first_lines(request: Request, pk: int) -> HttpResponse:
    """Write the lines that were estimated."""
    loan = for_lender(request, pk)
    attempt(
        request,
        lambda: first_lines(loan, by=request.user),
        done=_("Les lignes sont prêtes : relisez-les."),
    )
    return go(request, "circulation:loan_charges", pk)


@require_POST
def loan_bill(request: Request, pk: int) -> HttpResponse:
    """Put the open lines on a new invoice."""
    loan = for_lender(request, pk)
    attempt(
        request,
        lambda: issue_invoice(
            loan, by=request.user, now=timezone.now(), today=timezone.localdate()
        ),
        done=_("La facture est établie, l’emprunteur prévenu."),
    )
    return go(request, "circulation:loan_charges", pk)


@require_POST
def loan_payment(request: Request, pk: int, number: str) -> HttpResponse:
    """Note the day on which an invoice was paid."""
    loan = for_lender(request, pk)
    form = PaperForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Cette date ne se lit pas : écrivez-la de nouveau."))
        return go(request, "circulation:loan_charges", pk)
    on, today = form.cleaned_data["on"], timezone.localdate()
    attempt(
        request,
        lambda: note_payment(loan, number=number, on=on, by=request.user, today=today),
        done=_("C’est noté."),
    )
    return go(request, "circulation:loan_charges", pk)


# Breakdowns --------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def copy_break(request: Request, label: str) -> HttpResponse:
    """Say what is broken, see what becomes of its loans, then do it."""
    copy = own_copy(request, label)
    form = BreakForm(request.POST or None)
    fates = None
    if form.is_valid():
        what = {
            "until": form.until, "reason": form.cleaned_data["reason"],
            "by": request.user, "now": timezone.now(), "today": timezone.localdate(),
        }  # fmt: skip
        try:
            if "apply" in request.POST:
                break_copy(copy, **what)
                messages.success(request, _("C’est fait : chacun est prévenu."))
                return go(request, copy)
            fates = preview_break(copy, **what)
        except Refused as no:
            form.add_error(None, no.message)
    return page(
        request,
        "circulation/copy_break.html",
        {"copy": copy, "form": form, "fates": fates, "outs": out_until(copy)},
        partial="form",
        status=422 if form.errors else 200,
    )


def out_until(copy: Copy) -> Hold | None:
    """The last of the days that a copy is out of service, while it lasts."""
    rows = copy.holds.filter(kind=HoldKind.BREAKDOWN, ends_on__gt=timezone.localdate())
    return rows.order_by("ends_on").last()


def own_copy(request: Request, label: str) -> Copy:
    rows = Copy.objects.all().editable_by(request.user)
    rows = rows.select_related("resource__owner", "depot__commune")
    return get_object_or_404(rows, label=label)


@require_POST
def copy_mend(request: Request, label: str) -> HttpResponse:
    """Put a copy back in service."""
    copy = own_copy(request, label)
    attempt(
        request,
        lambda: mend(copy, by=request.user, today=timezone.localdate()),
        done=_("L’exemplaire est de nouveau en service."),
    )
    return go(request, copy)
