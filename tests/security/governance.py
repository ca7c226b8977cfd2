"""A committee, a meeting, a consultation, for the table of addresses."""

from maillage.plan.committee_choices import Audience
from maillage.plan.models import Vote
from tests.factories.plan_governance import (
    ConsultationFactory,
    ContributionFactory,
    DecisionFactory,
    DocumentFactory,
    ItemFactory,
    MandateFactory,
    MeetingFactory,
    SeatFactory,
)

#: Addresses that change something and have no page of their own.
GOVERNANCE_POSTED = {
    "mandate_answer", "mandate_end", "mandate_withdraw", "meeting_step", "document_add",
    "document_change", "item_move", "vote_drop", "minutes_approve",
}  # fmt: skip


def govern():
    """Published things, so that the table tells what each role may do with them."""
    meeting = MeetingFactory(published=True)
    item = ItemFactory(meeting=meeting)
    vote = Vote.objects.create(
        item=item, question="?", present=1, votes_for=1, is_adopted=True,
        recorded_at=meeting.starts_at,
    )  # fmt: skip
    paper = DocumentFactory(meeting=meeting, audience=Audience.PUBLIC)
    mandate = MandateFactory(proposed=True)
    consultation = ConsultationFactory(open=True, plan=None)
    consultation.sessions.create(
        rank=1, title="Temps 1", held_on=consultation.starts_on
    )
    contribution = ContributionFactory(consultation=consultation)
    about_meeting = (
        "meeting_detail", "meeting_calendar", "meeting_minutes", "meeting_edit",
        "meeting_items", "document_add", "meeting_sheet", "minutes_edit",
        "minutes_approve", "decision_new",
    )  # fmt: skip
    about_consultation = (
        "consultation_detail", "contribution_list", "contribution_new",
        "consultation_edit", "session_new", "participants_add", "contribution_import",
    )  # fmt: skip
    found = {
        **{name: [meeting.pk] for name in about_meeting},
        **{name: [meeting.pk, item.pk] for name in
           ("item_edit", "item_move", "item_recuse", "vote_count", "vote_names")},
        **{name: [mandate.pk] for name in
           ("mandate_detail", "mandate_edit", "mandate_answer", "mandate_end", "mandate_withdraw")},
        **{name: [consultation.code] for name in about_consultation},
        "committee_document": [paper.pk], "document_change": [paper.pk],
        "decision_export": ["csv"], "mandate_export": ["csv"],
        "decision_follow": [DecisionFactory(meeting=meeting).pk],
        "mandate_new": [SeatFactory().pk], "meeting_new": [meeting.committee.code],
        "meeting_step": [meeting.pk, "publier"], "vote_drop": [vote.pk],
        "contribution_export": [consultation.code, "csv"],
        "contribution_edit": [contribution.pk],
        "workshop_new": [consultation.code, 1],
        "synthesis_edit": [consultation.code, "production"],
    }  # fmt: skip
    return {f"plan:{name}": args for name, args in found.items()}
