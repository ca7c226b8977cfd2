"""What waits in one's space and at the agency's desk; reports on a structure's page."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from maillage.core.panels import Maker, Panel
from maillage.studio.assessment_choices import VisitState
from maillage.studio.models import Improvement, PeerVisit, SelfAssessment
from maillage.studio.services.assessing import teams_of
from maillage.studio.services.visiting import is_member

FEW = 4


def my_progress(_thing: Any, user: Any) -> Iterable[Panel]:
    """Invitations, reports to check, one's actions, drafts; or the way to a first one."""
    today = timezone.localdate()
    visits = PeerVisit.objects.all().select_related("assessment__structure")
    hosted = visits.hosted_by(user)
    actions = Improvement.objects.all().editable_by(user).open().select_related("structure")  # fmt: skip
    drafts = SelfAssessment.objects.all().editable_by(user).drafts()
    writing = visits.reviewed_by(user).exclude(state=VisitState.FINAL)
    found: dict[str, Any] = {
        "invited": list(visits.inviting(user)),
        "to_answer": list(hosted.filter(state=VisitState.CHECK, replied_at=None)),
        "to_accept": list(hosted.filter(state=VisitState.PROPOSED)),
        "to_write": list(writing[:FEW]),
        "actions": list(actions.filter(owner=user)[:FEW]) or list(actions.late(today)[:FEW]),
        "drafts": list(drafts.select_related("structure")[:FEW]),
    }  # fmt: skip
    is_bare = not any(found.values())
    if not is_bare or teams_of(user).exists():
        found |= {"is_bare": is_bare, "today": today}
        yield Panel("studio/panel_my_progress.html", found, rank=29)


def structure_progress(thing: Any, user: Any) -> Iterable[Panel]:
    """Public reports of a structure; the way to the plan for its team."""
    rows = PeerVisit.objects.all().published().filter(assessment__structure=thing)
    reports = list(rows.select_related("assessment")[:FEW])
    plan = ""
    if user.is_authenticated and is_member(user, thing):
        plan = thing.slug if thing.improvements.exists() else ""
    if reports or plan:
        context = {"reports": reports, "plan": plan}
        yield Panel("studio/panel_structure_progress.html", context, rank=60)


def visits_wait(_thing: Any, user: Any) -> Iterable[Panel]:
    """Requests for a visit, and visits that the agency prepares."""
    if not user.is_agency:
        return
    waiting = (VisitState.ASKED, VisitState.PLANNED)
    rows = PeerVisit.objects.filter(state__in=waiting)
    found = list(rows.select_related("assessment__structure")[:FEW])
    if found:
        yield Panel("studio/panel_visits_wait.html", {"rows": found}, rank=40)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_progress),
    ("structure.sections", structure_progress),
    ("agency_desk.sections", visits_wait),
]
