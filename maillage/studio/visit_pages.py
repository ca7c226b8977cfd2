"""What the page of a visit shows to each person."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.directory.choices import MemberRole
from maillage.studio.assessment_choices import PeerState, PointKind, VisitState
from maillage.studio.assessment_pages import first_open, points_of, reading_of
from maillage.studio.models import OVERALL, PeerVisit
from maillage.studio.services.peer_reports import follow_on
from maillage.studio.services.visiting import is_member

STATES = (VisitState.ASKED, VisitState.PLANNED, VisitState.CHECK, VisitState.FINAL)


def steps_of(visit: PeerVisit) -> list[dict[str, Any]]:
    """The way of a visit, where it is now."""
    labels = (_("demande"), _("préparation et visite"), _("vérification des faits"), _("rapport définitif"))  # fmt: skip
    state = VisitState.ASKED if visit.state == VisitState.PROPOSED else visit.state
    if state not in STATES:
        return []
    here = STATES.index(VisitState(state))
    final = here == len(STATES) - 1
    return [
        {
            "label": label,
            "state": "done"
            if rank < here or final
            else ("current" if rank == here else ""),
        }
        for rank, label in enumerate(labels)
    ]


def roles_of(visit: PeerVisit, user: User, today: dt.date) -> dict[str, bool]:
    """What this person may do here and now; services decide again."""
    own = is_member(user, visit.structure)
    managers = visit.structure.memberships.filter(role=MemberRole.MANAGER, user=user)
    peer = PeerVisit.objects.all().reviewed_by(user).filter(pk=visit.pk).exists()
    invited = PeerVisit.objects.all().inviting(user).filter(pk=visit.pk).exists()
    desk = user.is_agency and not own
    planned = visit.state == VisitState.PLANNED
    is_out = planned and visit.ends_on is not None and visit.ends_on <= today + dt.timedelta(1)  # fmt: skip
    checked = visit.state == VisitState.CHECK
    final = visit.state == VisitState.FINAL
    return {
        "is_own": own,
        "is_peer": peer,
        "is_invited": invited,
        "may_accept": (own and visit.state == VisitState.PROPOSED)
        or (desk and visit.state == VisitState.ASKED),
        "may_withdraw": own and visit.state == VisitState.ASKED,
        "may_cancel": planned and (own or desk),
        "may_prepare": planned and desk,
        "may_plan": planned and (own or desk or peer),
        "may_write": peer and visit.takes_words(today),
        "may_send": peer and is_out,
        "may_reply": own and checked,
        "may_finalise": peer and checked and not visit.waits_for_reply(today),
        "may_publish": final and managers.exists(),
        "may_follow": final
        and (own or user.is_agency)
        and not hasattr(visit, "follow_up"),
    }


def visit_context(visit: PeerVisit, *, user: User, today: dt.date) -> dict[str, Any]:
    told = PeerVisit.objects.all().told_to(user).filter(pk=visit.pk).exists()
    roles = roles_of(visit, user, today)
    reads_own = not (roles["is_invited"] and not roles["is_peer"])
    context: dict[str, Any] = roles | {
        "visit": visit,
        "assessment": visit.assessment,
        "steps": steps_of(visit),
        "slots": visit.slots.all(),
        "peers": visit.reviewers.select_related("user", "structure").exclude(
            state=PeerState.DECLINED
        ),
        "refusals": visit.reviewers.select_related("user").filter(
            state=PeerState.DECLINED
        )
        if roles["may_prepare"]
        else [],
        "is_told": told,
        "reads_assessment": reads_own,
        "follow_on": follow_on(visit),
        "follow_up": getattr(visit, "follow_up", None),
    }
    if told:
        reading = reading_of(visit.assessment, visit)
        context |= reading
        context |= {
            "points": points_of(visit),
            "first_open": first_open(reading, "peer"),
            "overall": OVERALL,
        }
    if visit.follows and (told or roles["is_own"]):
        rows = visit.follows.points.filter(kind=PointKind.RECOMMENDATION)
        context["former_points"] = rows
    return context
