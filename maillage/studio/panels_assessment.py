"""What waits in one's space and at the agency's desk; reports on a structure's page."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from maillage.core.panels import Maker, Panel
from maillage.directory.models import Membership
from maillage.studio.assessment_choices import PeerState, VisitState
from maillage.studio.models import (
    Improvement,
    PeerVisit,
    SelfAssessment,
    VisitReviewer,
)
from maillage.studio.models.assessment import HELD
from maillage.studio.services.assessing import teams_of
from maillage.studio.services.visiting import is_member

FEW = 4
#: States in which a visit waits for somebody.
UNDER_WAY = (VisitState.PROPOSED, VisitState.PLANNED, VisitState.CHECK)


def my_progress(_thing: Any, user: Any) -> Iterable[Panel]:
    """Invitations, reports to check, one's actions, drafts; or the way to a first one."""
    today = timezone.localdate()
    actions = Improvement.objects.all().editable_by(user).open()
    mine = actions.filter(Q(owner=user) | Q(due_on__lt=today))
    drafts = SelfAssessment.objects.all().editable_by(user).drafts()
    found: dict[str, Any] = visits_of(user) | {
        "actions": list(mine.select_related("structure")[:FEW]),
        "drafts": list(drafts.select_related("structure")[:FEW]),
    }
    is_bare = not any(found.values())
    if not is_bare or teams_of(user).exists():
        found |= {"is_bare": is_bare, "today": today}
        yield Panel("studio/panel_my_progress.html", found, rank=29)


def visits_of(user: Any) -> dict[str, list[PeerVisit]]:
    """Visits that wait for the person, by what they wait for: one query."""
    host = Membership.objects.filter(structure=OuterRef("assessment__structure"), user=user.pk)  # fmt: skip
    peer = VisitReviewer.objects.filter(visit=OuterRef("pk"), user=user.pk)
    rows = PeerVisit.objects.filter(state__in=UNDER_WAY).annotate(
        is_host=Exists(host), peer_state=Subquery(peer.values("state")[:1])
    )
    found: dict[str, list[PeerVisit]] = {
        "invited": [], "to_answer": [], "to_accept": [], "to_write": [],
    }  # fmt: skip
    own = rows.filter(Q(is_host=True) | Q(peer_state__isnull=False))
    seen: list[Any] = list(own.select_related("assessment__structure"))
    for one in seen:
        if one.is_host:
            if one.state == VisitState.PROPOSED:
                found["to_accept"].append(one)
            elif one.state == VisitState.CHECK and one.replied_at is None:
                found["to_answer"].append(one)
        elif one.peer_state == PeerState.ACCEPTED and one.state in HELD:
            found["to_write"].append(one)
        elif one.peer_state == PeerState.INVITED and one.state == VisitState.PLANNED:
            found["invited"].append(one)
    return found


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
