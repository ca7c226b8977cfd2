"""Calls on the desk of the agency."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q

from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.models import Call, CallQuestion
from maillage.core.panels import Maker, Panel

FEW = 4


def call_desk(_thing: Any, user: Any) -> Iterable[Panel]:
    """The last calls, with what waits in each."""
    sent = Q(applications__submitted_at__isnull=False)
    waits = Q(applications__state=ApplicationState.SUBMITTED)
    rows = Call.objects.filter(state=CallState.PUBLISHED)
    calls = rows.annotate(
        sent=Count("applications", sent), to_check=Count("applications", waits)
    ).order_by("-closes_at")[:FEW]
    asked = CallQuestion.objects.all().waiting().count()
    context = {"calls": list(calls), "asked": asked}
    if calls or user.is_agency:
        yield Panel("calls/panel_call_desk.html", context, rank=40)


MAKERS: list[tuple[str, Maker]] = [("agency_desk.sections", call_desk)]
