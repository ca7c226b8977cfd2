"""Rules of payment, for the agency; and what one's own places were paid."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.numbers import number_in
from maillage.passport.choices import SettlementKind
from maillage.passport.forms.settling import SettlementRuleForm
from maillage.passport.models import SettlementLine, SettlementRule
from maillage.passport.services.settling import drop_rule, save_rule
from maillage.passport.settling_pages import line_page


@agency_only
@require_http_methods(["GET", "POST"])
def settlement_rule_new(request: Request) -> HttpResponse:
    """Another rule, of a kind that is chosen first; or a copy of one that served."""
    model = SettlementRule.objects.filter(pk=number_in(request.GET.get("copie")))
    copied = model.first()
    asked = copied.kind if copied else request.GET.get("regle", "")
    kind = asked if asked in SettlementKind else SettlementKind.FLAT.value
    initial = copied.numbers if copied else {}
    form = SettlementRuleForm(request.POST or None, kind=kind, initial=initial)
    return rule_saved(request, form, rule=SettlementRule(kind=kind))


@agency_only
@require_http_methods(["GET", "POST"])
def settlement_rule_edit(request: Request, pk: int) -> HttpResponse:
    """Change a rule that nothing was paid by yet."""
    rule = get_object_or_404(SettlementRule, pk=pk)
    initial = {"name": rule.name, **rule.numbers}
    form = SettlementRuleForm(request.POST or None, kind=rule.kind, initial=initial)
    return rule_saved(request, form, rule=rule)


def rule_saved(
    request: Request, form: SettlementRuleForm, *, rule: SettlementRule
) -> HttpResponse:
    if form.is_valid():
        rule.name, rule.numbers = form.cleaned_data["name"], form.numbers
        try:
            save_rule(rule, by=request.user)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("La règle est enregistrée."))
            return go(request, "passport:settlement_list")
    context: dict[str, Any] = {"form": form, "rule": rule, "kinds": SettlementKind}
    if rule.pk:
        context["has_served"] = rule.settlements.all().decided().exists()
    status = 422 if form.errors else 200
    return page(request, "passport/settlement_rule.html", context, status=status)


@agency_only
@require_POST
def settlement_rule_delete(request: Request, pk: int) -> HttpResponse:
    """Take away a rule that has not served, with its drafts."""
    rule = get_object_or_404(SettlementRule, pk=pk)
    try:
        drop_rule(rule, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("La règle est effacée."))
    return go(request, "passport:settlement_list")


def lines() -> Any:
    found = SettlementLine.objects.select_related(
        "settlement__rule", "place__structure", "place__commune"
    )
    return found.order_by("-settlement__starts_on", "place__name", "pk")


@require_safe
def settlement_mine(request: Request) -> HttpResponse:
    """What the places of one's structures were paid."""
    mine = lines().filter(place__structure__memberships__user=request.user)
    return page(request, "passport/settlement_mine.html", {"lines": mine.distinct()})


@require_safe
def settlement_line(request: Request, pk: int, slug: str) -> HttpResponse:
    """What one place was paid, and how it was computed."""
    rows = lines().visible_to(request.user)
    line = get_object_or_404(rows, settlement=pk, place__slug=slug)
    return page(request, "passport/settlement_line.html", line_page(line))
