"""What a person wrote in self-assessments, peer visits and plans; what is forgotten."""

from typing import Any

from django.db import transaction

from maillage.studio.models import (
    AssessmentAnswer,
    Evaluation,
    Improvement,
    ImprovementNote,
    SelfAssessment,
    VisitAnswer,
    VisitPoint,
    VisitReviewer,
)


def person_data(user: Any) -> dict[str, list[Any]]:
    """One's own words and parts, in the order of the dates; nobody else's."""
    reviewers = VisitReviewer.objects.filter(user=user)
    return {
        "evaluations": list(
            Evaluation.objects.filter(created_by=user).values(
                "title", "structure__name", "created_at"
            )
        ),
        "self_assessments": list(
            SelfAssessment.objects.filter(started_by=user).values(
                "structure__name", "subject", "started_at", "finished_at"
            )
        ),
        "self_assessment_answers": list(
            AssessmentAnswer.objects.filter(changed_by=user).values(
                "assessment__structure__name", "standard", "level", "comment",
                "evidence", "changed_at",
            )
        ),
        "peer_visits": list(
            reviewers.values(
                "visit__assessment__structure__name", "state", "is_lead", "reason",
                "invited_at", "answered_at",
            )
        ),
        "peer_readings": list(
            VisitAnswer.objects.filter(changed_by=user).values(
                "visit__assessment__structure__name", "standard", "level", "comment",
                "changed_at",
            )
        ),
        "peer_points": list(
            VisitPoint.objects.filter(written_by=user).values(
                "visit__assessment__structure__name", "kind", "standard", "text"
            )
        ),
        "improvements": list(
            Improvement.objects.filter(owner=user).values(
                "structure__name", "label", "due_on", "state"
            )
        ),
        "improvement_notes": list(
            ImprovementNote.objects.filter(by=user).values(
                "improvement__label", "text", "state", "at"
            )
        ),
    }  # fmt: skip


@transaction.atomic
def forget_person(user: Any) -> None:
    """Before a person is erased: why they could not come goes with them.

    Links to the person are set to nothing by the database; a structure's assessment
    and a report stay, with nobody's name.
    """
    VisitReviewer.objects.filter(user=user).update(reason="")
