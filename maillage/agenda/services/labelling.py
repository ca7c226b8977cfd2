"""An event's way into a programme: proposed, answered by its area, withdrawn.

The labelling's row is locked before it is answered and its state is read again under
the lock: of two coordinators who answer at once, the second is refused.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.agenda.choices import LabelState, Status
from maillage.agenda.models import Event, Labelling, Programme
from maillage.agenda.services import label_letters as letters
from maillage.agenda.services.charter import check, facts_of
from maillage.core.choices import State
from maillage.core.dates import day_words
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.values import remember

#: What a coordination may answer, and the state that it gives.
ANSWERS = {
    "grant": LabelState.GRANTED,
    "ask_changes": LabelState.CHANGES_ASKED,
    "refuse": LabelState.REFUSED,
}
WAITING = {LabelState.ASKED, LabelState.CHANGES_ASKED}


@transaction.atomic
def propose_event(
    programme: Programme, *, event: Event, note: str, by: Any, now: dt.datetime
) -> Labelling:
    """Propose an event, or propose it again once it was changed.

    What breaks a required rule may be proposed with a word to the coordination. After
    the window only those that were asked for changes come again, until the first day.
    Refuses with ``forbidden``, ``closed``, ``cancelled``, ``elsewhere``, ``waiting``,
    ``granted`` or ``charter``.
    """
    programme = Programme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    rows = programme.labellings.select_for_update(of=("self",))
    label: Labelling | None = rows.filter(event=event).first()
    mine = Event.objects.all().editable_by(by).filter(pk=event.pk)
    # A proposal of somebody else's is theirs to make.
    held = Event.objects.select_for_update(of=("self",)).filter(
        pk__in=mine.values("pk")
    )
    row: Event | None = held.first()
    if row is None:
        raise Refused("forbidden", _("Cet événement n’est pas le vôtre."))
    confirm_open(programme, label=label, day=timezone.localdate(now))
    confirm_possible(row, programme=programme, label=label)
    found = check(facts_of(row, programme))
    if found.blocking and not note.strip():
        raise Refused(
            "charter",
            _(
                "L’événement ne respecte pas encore la charte : complétez-le, ou dites "
                "à la coordination pourquoi elle devrait l’accepter."
            ),
        )
    label = label or Labelling(programme=programme, event=row)
    label.state = LabelState.ASKED
    label.note, label.answer = note.strip(), ""
    label.found, label.waived = found.broken, {}
    label.asked_by, label.asked_at = by, now
    label.answered_by = label.answered_at = None
    remember(label, by=by)
    label.save()
    letters.tell_coordination(label, now=now)
    return label


def confirm_open(
    programme: Programme, *, label: Labelling | None, day: dt.date
) -> None:
    """Refuses with ``closed`` when nothing may be proposed that day."""
    again = label is not None and label.state == LabelState.CHANGES_ASKED
    if programme.takes_proposals(day) or (again and day < programme.starts_on):
        return
    if programme.is_published and day < programme.proposals_from:
        text = _("Les propositions ouvrent le %(day)s.")
        raise Refused("closed", text % {"day": day_words(programme.proposals_from)})
    text = _("Les propositions sont closes depuis le %(day)s.")
    raise Refused("closed", text % {"day": day_words(programme.proposals_until)})


def confirm_possible(
    event: Event, *, programme: Programme, label: Labelling | None
) -> None:
    """Refuses with ``cancelled``, ``elsewhere``, ``waiting`` or ``granted``."""
    if event.status == Status.CANCELLED or event.state == State.ARCHIVED:
        raise Refused(
            "cancelled", _("Un événement annulé ou archivé ne se propose pas.")
        )
    if label is not None and label.state == LabelState.ASKED:
        raise Refused("waiting", _("La coordination n’a pas encore répondu."))
    if label is not None and label.state == LabelState.GRANTED:
        raise Refused("granted", _("Cet événement est déjà labellisé."))
    if event.programme_id and event.programme_id != programme.pk:
        raise Refused(
            "elsewhere", _("Cet événement fait déjà partie d’un autre temps fort.")
        )


@transaction.atomic
def answer_label(
    label: Labelling,
    *,
    decision: str,
    answer: str = "",
    waived: Mapping[str, str] | None = None,
    by: Any,
    now: dt.datetime,
) -> Labelling:
    """Grant, ask for changes or refuse; ``waived`` has a reason for each rule let be.

    Refuses with ``forbidden``, ``answered``, ``unknown``, ``reason``, ``charter``,
    ``cancelled`` or ``elsewhere``.
    """
    row = held_label(label, by=by)
    if row.state != LabelState.ASKED:
        raise Refused("answered", already(row))
    if decision not in ANSWERS:
        raise Refused("unknown", _("Choisissez une réponse."))
    answer = answer.strip()
    if decision != "grant" and not answer:
        raise Refused("reason", _("Dites à l’organisateur pourquoi."))
    event = Event.objects.select_for_update(of=("self",)).get(pk=row.event_id)
    reasons = {code: why.strip() for code, why in (waived or {}).items() if why.strip()}
    found = check(facts_of(event, row.programme), waived=reasons)
    row.found = found.broken
    row.waived = {}
    if decision == "grant":
        if found.blocking:
            names = ", ".join(str(one.rule.label) for one in found.blocking)
            text = _("Donnez une raison pour chaque règle que vous levez : %(names)s.")
            raise Refused("charter", text % {"names": names})
        confirm_possible(event, programme=row.programme, label=None)
        row.waived = {code: why for code, why in reasons.items() if code in row.found}
        set_programme(event, row.programme, by=by)
    row.state, row.answer = ANSWERS[decision], answer
    row.answered_by, row.answered_at = by, now
    remember(row, by=by)
    row.save()
    letters.tell_organiser(row, now=now)
    return row


@transaction.atomic
def withdraw_label(
    label: Labelling, *, answer: str = "", by: Any, now: dt.datetime
) -> Labelling:
    """Take an event out: its organiser changes their mind, or the coordination must.

    The coordination says why. Refuses with ``forbidden``, ``reason``, ``closed`` or
    ``answered``.
    """
    rows = Labelling.objects.select_for_update(of=("self",)).select_related("programme")
    row = rows.get(pk=label.pk)
    own = Event.objects.all().editable_by(by).filter(pk=row.event_id).exists()
    mine = own and not by.is_agency
    if not mine and not is_in_area(row, by=by):
        raise Refused("forbidden", _("Cette proposition n’est pas la vôtre."))
    if row.programme.is_reported:
        raise Refused("closed", _("Le bilan est arrêté : la liste ne change plus."))
    if row.state not in {*WAITING, LabelState.GRANTED}:
        raise Refused("answered", already(row))
    if not mine and not answer.strip():
        raise Refused("reason", _("Dites à l’organisateur pourquoi."))
    event = Event.objects.select_for_update(of=("self",)).get(pk=row.event_id)
    if row.state == LabelState.GRANTED:
        set_programme(event, None, by=by)
    row.state = LabelState.WITHDRAWN
    row.answer = answer.strip() or row.answer
    row.answered_by, row.answered_at = by, now
    remember(row, by=by)
    row.save()
    if not mine:
        letters.tell_organiser(row, now=now)
    return row


def held_label(label: Labelling, *, by: Any) -> Labelling:
    """The labelling, locked, if the person answers for its area."""
    rows = Labelling.objects.select_for_update(of=("self",)).select_related("programme")
    row = rows.filter(pk=label.pk).first()
    if row is None or not is_in_area(row, by=by):
        raise Refused(
            "forbidden", _("Seule la coordination de ce département peut répondre.")
        )
    return row


def is_in_area(label: Labelling, *, by: Any) -> bool:
    return Labelling.objects.all().in_area_of(by).filter(pk=label.pk).exists()


def already(label: Labelling) -> str:
    """Who was quicker, and what they answered."""
    if label.answered_by is None or label.answered_at is None:
        return _("Cette proposition a déjà reçu une réponse.")
    return _("%(who)s a déjà répondu le %(day)s : « %(state)s ».") % {
        "who": label.answered_by,
        "day": day_words(timezone.localtime(label.answered_at)),
        "state": label.get_state_display(),
    }


def set_programme(event: Event, programme: Programme | None, *, by: Any) -> None:
    """Write the programme on the event, with its history, version and entry."""
    event.programme = programme
    event.version += 1
    event.sequence += 1
    why = _("Labellisé : %(name)s") % {"name": programme} if programme else _("Retiré")
    remember(event, by=by, why=why)
    event.save(update_fields=["programme", "version", "sequence", "changed_at"])
    refresh_entries([event])


def broken_since(programme: Programme, *, by: Any) -> list[tuple[Labelling, Any]]:
    """Labelled events that no longer keep a required rule, for their coordination."""
    rows = programme.labellings.all().granted().in_area_of(by)
    rows = rows.select_related(
        "event__owner", "event__commune", "event__place__commune"
    )
    rows = rows.prefetch_related("event__occurrences")
    found = []
    for label in rows:
        label.programme = programme
        read = check(facts_of(label.event, programme), waived=label.waived)
        if read.blocking:
            found.append((label, read))
    return found
