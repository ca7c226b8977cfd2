"""Payments of places: simulate rules, keep one, decide it, hand it over for payment."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.money import plain_cents
from maillage.core.tables.sending import TYPES, table_file
from maillage.passport.choices import SettlementState
from maillage.passport.forms.settling import MOST_RULES, KeepForm, SimulationForm
from maillage.passport.models import Settlement, SettlementRule
from maillage.passport.services import settling
from maillage.passport.services.settling_compare import by_place, places_of
from maillage.passport.services.settling_counts import Result, simulate
from maillage.passport.services.settling_payments import lines_of, payments
from maillage.passport.settling_exports import (
    line_columns,
    payment_columns,
    simulation_columns,
)
from maillage.passport.settling_pages import compared, rule_rows, settled


def settlements() -> Any:
    return Settlement.objects.select_related("rule", "decided_by")


@agency_only
@require_safe
def settlement_list(request: Request) -> HttpResponse:
    """What was paid, what is being prepared, and by which rules."""
    context = {
        "drafts": settlements().drafts(),
        "decided": settlements().decided(),
        "waiting": settling.waiting_late(today=timezone.localdate()),
        "rules": rule_rows(SettlementRule.objects.order_by("name", "pk")),
    }
    return page(request, "passport/settlement_list.html", context)


def defaults() -> dict[str, Any]:
    """What a simulation begins with: days that nobody has paid yet, the first rules."""
    start, last = settling.next_period(today=timezone.localdate())
    rules = SettlementRule.objects.order_by("name", "pk")[:MOST_RULES]
    return {"starts_on": start, "last_on": last, "rules": [row.pk for row in rules]}


@agency_only
@require_safe
def settlement_simulate(request: Request) -> HttpResponse:
    """Rules side by side over a period, with one budget."""
    form = SimulationForm(request.GET or defaults())
    context: dict[str, Any] = {"form": form, "file_forms": TYPES}
    if form.is_valid():
        rules = list(form.cleaned_data["rules"])
        results = simulate(rules, **form.choices)
        if (kind := request.GET.get("format", "")) in TYPES:
            return simulation_file(rules, results, form=kind)
        context |= compared(rules, results) | {"keep": keep_form(form, results)}
        context["asked"] = request.GET.urlencode()
    else:
        context["has_rules"] = SettlementRule.objects.exists()
        context["span"] = settling.span()
    status = 422 if request.GET and form.errors else 200
    return page(request, "passport/settlement_simulate.html", context, status=status)


def simulation_file(
    rules: list[SettlementRule], results: list[Result], *, form: str
) -> HttpResponse:
    rows = by_place(results, places_of(results))
    columns = simulation_columns(rules, form)
    return table_file(rows, columns, name="simulation", form=form)


def keep_form(form: SimulationForm, results: list[Result]) -> KeepForm:
    """What was simulated, to be kept with a name."""
    data = form.cleaned_data
    names = ("starts_on", "last_on", "is_capped", "pays_flagged")
    budget = plain_cents(results[0].budget_cents)
    first = {name: data[name] for name in names} | {"budget": budget}
    return KeepForm.hidden(initial=first, rules=data["rules"])


@agency_only
@require_POST
def settlement_keep(request: Request) -> HttpResponse:
    """Keep a simulation as a draft."""
    form = KeepForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Dites le nom du projet et la règle à garder."))
        return go(request, "passport:settlement_simulate")
    row = settling.keep_draft(
        form.cleaned_data["rule"],
        name=form.cleaned_data["name"],
        by=request.user,
        **form.choices,
    )
    messages.success(request, _("Le projet est gardé : relisez-le, puis arrêtez-le."))
    return go(request, "passport:settlement_detail", row.pk)


@agency_only
@require_safe
def settlement_detail(request: Request, pk: int) -> HttpResponse:
    """A draft as it would be paid today, or what was decided."""
    row = get_object_or_404(settlements(), pk=pk)
    context = settled(row, today=timezone.localdate()) | {"file_forms": TYPES}
    if row.state == SettlementState.DECIDED:
        found = payments(row)
        context |= {
            "payments": found,
            "unnamed": [one for one in found if not one.siret],
        }
        context["waiting"], context["paid_since"] = settling.late_of(row)
    return page(request, "passport/settlement_detail.html", context)


@agency_only
@require_POST
def settlement_decide(request: Request, pk: int) -> HttpResponse:
    """Write the amounts that were shown, for good."""
    row = get_object_or_404(settlements(), pk=pk)
    try:
        settling.decide(
            row,
            seen=request.POST.get("seen", ""),
            by=request.user,
            now=timezone.now(),
            today=timezone.localdate(),
        )
    except Refused as no:
        # A double click, or a colleague a moment before: it is done, and well.
        say = messages.info if no.code == "decided" else messages.error
        say(request, no.message)
    else:
        messages.success(request, _("Le paiement est arrêté. Chaque lieu voit sa ligne."))  # fmt: skip
    return go(request, "passport:settlement_detail", row.pk)


@agency_only
@require_POST
def settlement_delete(request: Request, pk: int) -> HttpResponse:
    """Forget a draft."""
    row = get_object_or_404(settlements(), pk=pk)
    try:
        settling.drop_draft(row, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Le projet est effacé."))
    return go(request, "passport:settlement_list")


def decided_or_404(pk: int, form: str) -> Settlement:
    """Only what was decided is handed over."""
    if form not in TYPES:
        raise Http404
    row: Settlement = get_object_or_404(settlements().decided(), pk=pk)
    return row


@agency_only
@require_safe
def settlement_export(request: Request, pk: int, form: str) -> HttpResponse:
    """One line a beneficiary, for who pays."""
    row = decided_or_404(pk, form)
    name = f"passeport-paiements-{row.pk}"
    return table_file(payments(row), payment_columns(form), name=name, form=form)


@agency_only
@require_safe
def settlement_places_export(request: Request, pk: int, form: str) -> HttpResponse:
    """One line a place, with what the rule was applied to."""
    row = decided_or_404(pk, form)
    name = f"passeport-lieux-{row.pk}"
    return table_file(lines_of(row), line_columns(form), name=name, form=form)
