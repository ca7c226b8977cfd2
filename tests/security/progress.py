"""A self-assessment, a visit with its report, a plan, for the table of addresses.

``author`` is a peer of the visit.
"""

import datetime as dt

from django.utils import timezone

from maillage.studio.models import VisitSlot
from tests.factories.assessment import (
    ImprovementFactory,
    PeerVisitFactory,
    SelfAssessmentFactory,
    VisitPointFactory,
    VisitReviewerFactory,
)
from tests.factories.directory import MembershipFactory

#: Addresses that only take what is sent to them.
POSTED_PROGRESS = {
    "assessment_finish", "assessment_delete", "visit_step", "visit_peer_remove",
    "visit_slot_delete", "visit_point_delete", "visit_send", "visit_publish",
    "visit_follow", "improvement_note", "improvement_delete",
}  # fmt: skip


def assess(structure, people):
    now = timezone.now()
    draft = SelfAssessmentFactory(structure=structure)
    done = SelfAssessmentFactory(structure=structure, finished=True)
    SelfAssessmentFactory(
        structure=structure, finished=True, started_at=now - dt.timedelta(400)
    )
    home = MembershipFactory(user=people["author"]).structure
    final = PeerVisitFactory(assessment=done, final=True, published_at=now)
    planned = PeerVisitFactory(assessment=done, follows=final)
    for visit in (final, planned):
        reviewer = VisitReviewerFactory(
            visit=visit, structure=home, user=people["author"]
        )
    point = VisitPointFactory(visit=planned)
    former = VisitPointFactory(visit=final)
    slot = VisitSlot.objects.create(
        visit=planned, day=planned.starts_on, starts_at=dt.time(9), label="Tour"
    )
    action = ImprovementFactory(structure=structure)
    own, here = [done.pk], [planned.pk]
    names = ("days", "peer_new", "join", "slot_new", "point_new", "send", "reply")
    return {
        **{f"assessment_{name}": own for name in ("detail", "compare", "paper")},
        "assessment_export": [done.pk, "csv"],
        "assessment_answer": [draft.pk, "mission"],
        "assessment_finish": [draft.pk],
        "assessment_delete": [draft.pk],
        "visit_new": own,
        **{f"visit_{name}": [final.pk] for name in ("detail", "paper", "report")},
        "visit_export": [final.pk, "csv"],
        "visit_publish": [final.pk],
        "visit_follow": [final.pk],
        **{f"visit_{name}": here for name in names},
        "visit_step": [planned.pk, "annuler"],
        "visit_slot_delete": [planned.pk, slot.pk],
        "visit_peer_remove": [planned.pk, reviewer.pk],
        "visit_answer": [planned.pk, "mission"],
        "visit_point_edit": [planned.pk, point.pk],
        "visit_point_delete": [planned.pk, point.pk],
        "visit_outcome": [planned.pk, former.pk],
        "improvement_plan": [structure.slug],
        "improvement_new": [structure.slug],
        "improvement_export": [structure.slug, "csv"],
        **{
            f"improvement_{name}": [action.pk]
            for name in ("detail", "edit", "note", "delete")
        },
    }
