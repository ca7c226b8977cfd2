"""What a meeting leaves: minutes, approved at a later one, and decisions to follow."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.plan.committee_choices import DecisionState, MeetingState
from maillage.plan.models import AgendaItem, DatedNote, Decision, Meeting
from maillage.plan.services.held import hold, need_desk


@transaction.atomic
def write_minutes(
    meeting: Meeting, *, intro: str, said: Mapping[int, str], version: int, by: Any
) -> Meeting:
    """Write what was said, point by point, until the minutes are approved.

    Refuses with ``forbidden``, ``stale``, ``not_held`` or ``approved``.
    """
    need_desk(by)
    meeting = hold(meeting, version=version)
    need_held(meeting)
    if meeting.approved_at_id:
        raise Refused(
            "approved", _("Le compte rendu est approuvé : il ne change plus.")
        )
    items = list(meeting.items.all())
    for item in items:
        item.said = said.get(item.pk, item.said)
    AgendaItem.objects.bulk_update(items, ["said"])
    meeting.minutes = intro
    meeting.version += 1
    meeting.save(update_fields=["minutes", "version", "changed_at"])
    return meeting


def need_held(meeting: Meeting) -> None:
    if meeting.state != MeetingState.HELD:
        raise Refused("not_held", _("Clôturez d’abord la séance."))


@transaction.atomic
def approve_minutes(meeting: Meeting, *, at: Meeting, by: Any) -> Meeting:
    """Note at which later meeting the minutes were approved.

    Refuses with ``forbidden``, ``not_held``, ``approved``, ``empty`` or ``order``.
    """
    need_desk(by)
    meeting = hold(meeting)
    need_held(meeting)
    if meeting.approved_at_id:
        raise Refused("approved", _("Le compte rendu est déjà approuvé."))
    if not meeting.minutes and not meeting.items.exclude(said="").exists():
        raise Refused("empty", _("Le compte rendu est vide : écrivez-le d’abord."))
    is_later = (
        at.committee_id == meeting.committee_id and at.starts_at > meeting.starts_at
    )
    if not is_later or at.state != MeetingState.HELD:
        raise Refused("order", _("Un compte rendu est approuvé à une séance suivante, déjà tenue."))  # fmt: skip
    meeting.approved_at = at
    meeting.version += 1
    meeting.save(update_fields=["approved_at", "version", "changed_at"])
    return meeting


@transaction.atomic
def publish_record(meeting: Meeting, *, by: Any, now: dt.datetime) -> Meeting:
    """Let everybody read the record. Refuses with ``forbidden`` or ``not_approved``."""
    need_desk(by)
    meeting = hold(meeting)
    if not meeting.approved_at_id:
        raise Refused(
            "not_approved", _("Le compte rendu est publié une fois approuvé.")
        )
    if not meeting.published_at:
        meeting.published_at = now
        meeting.save(update_fields=["published_at", "changed_at"])
    return meeting


@transaction.atomic
def write_decision(
    meeting: Meeting,
    *,
    values: Mapping[str, Any],
    by: Any,
    decision: Decision | None = None,
    version: int | None = None,
) -> Decision:
    """Add a decision or change it; the same text twice is one.

    Refuses with ``forbidden``, ``stale``, ``early`` or ``approved``.
    """
    need_desk(by)
    meeting = hold(meeting)
    if meeting.state not in {MeetingState.CONVENED, MeetingState.HELD}:
        raise Refused("early", _("Une décision se prend en séance."))
    if decision is not None:
        decision = hold(decision, version=version)
        if meeting.approved_at_id and decision.text != values["text"]:
            raise Refused("approved", _("Le compte rendu est approuvé : le texte ne change plus."))  # fmt: skip
        decision.version += 1
    elif meeting.approved_at_id:
        raise Refused(
            "approved", _("Le compte rendu est approuvé : il ne change plus.")
        )
    else:
        decision = meeting.decisions.filter(text=values["text"]).first() or Decision(meeting=meeting)  # fmt: skip
    for name in ("item", "text", "owner", "owner_words", "due_on"):
        setattr(decision, name, values[name])
    decision.save()
    return decision


@transaction.atomic
def follow_decision(
    decision: Decision, *, state: str, note: str, version: int, by: Any, today: dt.date
) -> Decision:
    """Add what was done, and say whether the decision is still open.

    Refuses with ``forbidden``, ``stale`` or ``note``: dropping one says why.
    """
    need_desk(by)
    decision = hold(decision, version=version)
    if state == DecisionState.DROPPED and not note:
        raise Refused("note", _("Dites pourquoi la décision est abandonnée."))
    if note:
        DatedNote.objects.create(decision=decision, text=note, by=by, written_on=today)
    if state != decision.state:
        decision.state = DecisionState(state)
        decision.closed_on = None if state == DecisionState.OPEN else today
    decision.version += 1
    decision.save(update_fields=["state", "closed_on", "version"])
    return decision
