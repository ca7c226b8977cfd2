"""Calls on the first page, in the search, on the desk of the agency."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from maillage.calls.call_pages import card_of
from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.finding import CALL_FIELDS, find_calls, find_programmes
from maillage.calls.models import Call, CallQuestion, FundingProgramme
from maillage.core.panels import Maker, Panel

FEW = 4
#: Calls on the first page.
ON_HOME = 3


def on_home(_thing: Any, _user: Any) -> Iterable[Panel]:
    """Calls that are open, the first to close first; nothing without one."""
    now = timezone.now()
    rows = Call.objects.all().open_at(now).only(*CALL_FIELDS)
    calls = list(rows.order_by("closes_at", "pk")[:ON_HOME])
    if calls:
        cards = [card_of(call, now=now) for call in calls]
        yield Panel("calls/panel_home.html", {"cards": cards}, rank=8)


def calls_found(query: Any, user: Any) -> Iterable[Panel]:
    """Calls, and programmes of others, whose words are searched for."""
    if not query:
        return
    now, text = timezone.now(), str(query)[:200]
    calls = find_calls(text, now=now)
    rows = FundingProgramme.objects.all().visible_to(user)
    programmes = find_programmes(rows.defer("eligibility", "source"), text)
    if calls or programmes:
        context = {
            "cards": [card_of(call, now=now) for call in calls[:FEW]],
            "more_calls": len(calls) > FEW,
            "programmes": programmes[:FEW],
            "more_programmes": len(programmes) > FEW,
            "query": query,
        }
        yield Panel("calls/search_found.html", context, rank=5)


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


MAKERS: list[tuple[str, Maker]] = [
    ("home.sections", on_home),
    ("search.found", calls_found),
    ("agency_desk.sections", call_desk),
]
