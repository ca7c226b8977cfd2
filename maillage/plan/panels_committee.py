"""The committee on the pages of other parts: my space, the agency's desk."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from maillage.core.panels import Maker, Panel
from maillage.plan.models import Committee, Decision, Mandate, Meeting
from maillage.plan.services.mandates import SOON_MONTHS, add_months

FEW = 5


def my_committee(_thing: Any, user: Any) -> Iterable[Panel]:
    """To a member: the meetings that come, and the last records."""
    now = timezone.now()
    day = timezone.localdate(now)
    mine = Committee.objects.all().followed_by(user, day=day)
    if not mine:
        return
    meetings = Meeting.objects.filter(committee__in=mine.order_by().values("pk"))
    meetings = meetings.visible_to(user, day=day).select_related("committee")
    context = {
        "to_come": list(meetings.to_come(now=now)[:FEW]),
        "held": list(meetings.held()[:FEW]),
    }
    yield Panel("plan/committee_panel_mine.html", context, rank=26)


def committee_waits(_thing: Any, user: Any) -> Iterable[Panel]:
    """To the agency: nominations, terms that end, decisions that are late."""
    if not (user.is_agency or user.is_observer):
        return
    today = timezone.localdate()
    until = add_months(today, SOON_MONTHS)
    context = {
        "waiting": Mandate.objects.all().proposed().count(),
        "ending": Mandate.objects.all().ending(day=today, until=until).count(),
        "late": Decision.objects.all().late_first().filter(due_on__lt=today).count(),
    }
    if Committee.objects.exists():
        yield Panel("plan/committee_panel_desk.html", context, rank=54)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_committee),
    ("agency_desk.sections", committee_waits),
]
