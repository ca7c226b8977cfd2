"""Where the pages of other parts lead to grants."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from maillage.calls.grant_pages import SOON
from maillage.calls.models import Application, Decision, Grant, Instalment, ReportDue
from maillage.calls.review_choices import GrantState
from maillage.core.panels import Maker, Panel

FEW = 4


def my_grants(_thing: Any, user: Any) -> Iterable[Panel]:
    """Grants of one's structures, with the next report."""
    rows = Grant.objects.all().reported_by(user).active()
    grants = list(rows.prefetch_related("reports")[:FEW])
    if grants:
        awaited = ReportDue.objects.all().awaited().filter(grant__in=grants)
        context = {"grants": grants, "awaited": awaited.order_by("due_on")}
        yield Panel("calls/panel_my_grants.html", context, rank=21)


def grant_desk(_thing: Any, user: Any) -> Iterable[Panel]:
    """What waits for the agency, and the dates that come."""
    if not (user.is_agency or user.is_observer):
        return
    today = timezone.localdate()
    due = Instalment.objects.all().unpaid().filter(grant__state=GrantState.ACTIVE)
    awaited = ReportDue.objects.all().awaited()
    context = {
        "to_pay": due.filter(due_on__lte=today + SOON).count(),
        "to_check": ReportDue.objects.all().to_check().count(),
        "late": awaited.filter(due_on__lt=today).count(),
        "unsaid": Decision.objects.all().unsaid().count(),
    }
    if any(context.values()):
        yield Panel("calls/panel_grant_desk.html", context, rank=41)


def application_decision(application: Application, user: Any) -> Iterable[Panel]:
    """On the page of an application: what was decided, once it was told."""
    decision = Decision.objects.all().notified().filter(application=application).first()
    if decision:
        context = {"decision": decision, "application": application}
        yield Panel("calls/panel_decision.html", context, rank=10)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_grants),
    ("agency_desk.sections", grant_desk),
    ("application.sections", application_decision),
]
