"""What resources cost and bring, and who came."""

import datetime as dt
from typing import Any

from django.contrib import messages
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
from maillage.catalogue.models import Resource
from maillage.circulation.choices import ChargeKind, ExpenseKind
from maillage.circulation.exports_money import ACCOUNT_COLUMNS
from maillage.circulation.forms.care import AttendanceForm, ExpenseForm, keys_formset
from maillage.circulation.models import Attendance, Expense, Loan
from maillage.circulation.services import attendance, money
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.numbers import number_in
from maillage.core.tables.sending import TYPES, table_file
from maillage.directory.models import Structure

FIRST = dt.date(1980, 1, 1)
EXPENSES = 200


def readable(request: Request) -> Any:
    """Resources whose accounts the person may read: one's own; all for the Region."""
    user = request.user
    if user.is_agency or user.is_observer:
        return Resource.objects.filter(copies__isnull=False).distinct()
    return Resource.objects.filter(owner__memberships__user=user).distinct()


def period(request: Request) -> tuple[dt.date, dt.date, int | None]:
    """The year that is asked for, else all the years."""
    year = number_in(request.GET.get("annee"))
    if 1980 <= year <= timezone.localdate().year:
        return dt.date(year, 1, 1), dt.date(year + 1, 1, 1), year
    return FIRST, timezone.localdate() + dt.timedelta(1), None


def span_of(rows: list[Resource], start: dt.date) -> dt.date:
    """The day from which years are counted: when the first copy began to travel."""
    loans = Loan.objects.filter(copy__resource__in=[row.pk for row in rows])
    first = loans.order_by("starts_on").values_list("starts_on", flat=True).first()
    return max(start, first or timezone.localdate())


@require_safe
def resource_report(request: Request, slug: str) -> HttpResponse:
    """The account of one resource."""
    resource = get_object_or_404(readable(request), slug=slug)
    start, end, year = period(request)
    today = timezone.localdate()
    counted = span_of([resource], start) if year is None else start
    account = money.accounts([resource], start=start, end=end, today=today)[0]
    rows = resource.expenses.filter(spent_on__gte=start, spent_on__lt=end)
    return page(
        request,
        "circulation/resource_report.html",
        {
            "resource": resource,
            "account": money.with_years(account, since=counted, end=min(end, today)),
            "income": labelled(account.income, ChargeKind),
            "costs": labelled(account.costs, ExpenseKind),
            "expenses": rows.select_related("copy")[:EXPENSES],
            "may_edit": Resource.objects.editable_by(request.user)
            .filter(pk=resource.pk)
            .exists(),
            **years_of(year),
        },
    )


def labelled(amounts: dict[str, int], kinds: Any) -> list[tuple[str, int]]:
    """Amounts by the name of their kind, the largest first."""
    known = ((kind, cents) for kind, cents in amounts.items() if cents)
    pairs = [(str(kinds(kind).label), cents) for kind, cents in known]
    return sorted(pairs, key=lambda pair: -pair[1])


def years_of(year: int | None) -> dict[str, Any]:
    this = timezone.localdate().year
    return {
        "year": year,
        "years": [this - n for n in range(5)],
        "months": money.MONTHS_A_YEAR,
    }


@require_safe
def owner_report(request: Request, slug: str) -> HttpResponse:
    """The accounts of all that an owner lends, one line each."""
    rows = readable(request).filter(owner__slug=slug, copies__isnull=False)
    resources = list(rows.select_related("owner").order_by("name"))
    owner = get_object_or_404(Structure, slug=slug) if resources else None
    if owner is None:
        owner = get_object_or_404(
            Structure.objects.editable_by(request.user), slug=slug
        )
    start, end, year = period(request)
    today = timezone.localdate()
    found = money.accounts(resources, start=start, end=end, today=today)
    counted = span_of(resources, start) if year is None else start
    found = [money.with_years(a, since=counted, end=min(end, today)) for a in found]
    if (form := request.GET.get("format", "")) in TYPES:
        name = f"bilan-{owner.slug}"
        return table_file(found, ACCOUNT_COLUMNS, name=name, form=form)
    context = {"owner": owner, "accounts": found, "due": money.by_partner(found)}
    context |= {"total": money.total(found), "file_forms": TYPES, **years_of(year)}
    return page(request, "circulation/owner_report.html", context)


@require_http_methods(["GET", "POST"])
def expense_new(request: Request, slug: str) -> HttpResponse:
    """Note what a resource has cost."""
    mine = Resource.objects.all().editable_by(request.user)
    resource = get_object_or_404(mine, slug=slug)
    today = {"spent_on": timezone.localdate()}
    form = ExpenseForm(request.POST or None, resource=resource, initial=today)
    if form.is_valid():
        try:
            money.note_expense(resource, by=request.user, **form.cleaned_data)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La dépense est notée."))
            return go(request, "circulation:resource_report", resource.slug)
    return page(
        request,
        "circulation/expense_new.html",
        {"resource": resource, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
def expense_delete(request: Request, pk: int) -> HttpResponse:
    mine = Resource.objects.all().editable_by(request.user).values("pk")
    rows = Expense.objects.select_related("resource").filter(resource__in=mine)
    expense = get_object_or_404(rows, pk=pk)
    money.drop_expense(expense, by=request.user)
    messages.success(request, _("La dépense est retirée."))
    return go(request, "circulation:resource_report", expense.resource.slug)


@require_http_methods(["GET", "POST"])
def revenue_keys(request: Request, slug: str) -> HttpResponse:
    """Who gets which part of the income."""
    mine = Resource.objects.all().editable_by(request.user)
    resource = get_object_or_404(mine, slug=slug)
    keys = list(resource.revenue_keys.select_related("structure"))
    forms = keys_formset(keys, request.POST or None)
    error = ""
    if request.method == "POST" and forms.is_valid():
        try:
            money.set_keys(resource, parts=forms.pairs(), by=request.user)
        except Refused as no:
            error = no.message
        else:
            messages.success(request, _("La répartition est enregistrée."))
            return go(request, "circulation:resource_report", resource.slug)
    return page(
        request,
        "circulation/revenue_keys.html",
        {"resource": resource, "forms": forms, "error": error},
        status=422 if request.method == "POST" else 200,
    )


@require_http_methods(["GET", "POST"])
def attendance_edit(request: Request, pk: int) -> HttpResponse:
    """Say who came."""
    rows = Loan.objects.all().visible_to(request.user)
    loan = get_object_or_404(rows.select_related("copy__resource", "host"), pk=pk)
    may_edit = attendance.may_declare(loan, by=request.user)
    known = Attendance.objects.filter(loan=loan).first()
    form = AttendanceForm(request.POST or None, instance=known)
    if may_edit and request.method == "POST" and form.is_valid():
        try:
            attendance.declare(
                loan, by=request.user, now=timezone.now(), today=timezone.localdate(),
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Merci, c’est enregistré."))
            return go(request, "circulation:attendance_edit", loan.pk)
    return page(
        request,
        "circulation/attendance_edit.html",
        {"loan": loan, "form": form, "known": known, "may_edit": may_edit},
        status=422 if form.errors else 200,
    )
