"""Contributions: sent online, read over, sorted, followed into the plan."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mail
from maillage.core.records import one_at_a_time
from maillage.plan.consultation_choices import IN_PLAN, ContributionState, Outcome
from maillage.plan.models import (
    Consultation,
    Contribution,
    Node,
    Participant,
    Session,
    Synthesis,
    Workshop,
)
from maillage.plan.models.consultation import THEMES
from maillage.plan.services.held import hold, need_desk

#: One person sends so many to one consultation.
MOST_EACH = 30
CARD = (
    "title", "about", "starts_on", "ends_on", "opens_at", "closes_at", "attendance",
    "is_public",
)  # fmt: skip
SORTED = ("text", "author", "structure", "is_anonymous", "theme", "axis", "workshop")


@transaction.atomic
def save_consultation(
    consultation: Consultation,
    *,
    values: Mapping[str, Any],
    version: int | None,
    by: Any,
) -> Consultation:
    """Write the card of a consultation, new or known. ``forbidden`` or ``stale``."""
    need_desk(by)
    if consultation.pk:
        consultation = hold(consultation, version=version)
        consultation.version += 1
    for name in CARD:
        setattr(consultation, name, values[name])
    consultation.save()
    return consultation


@transaction.atomic
def save_session(session: Session, *, values: Mapping[str, Any], by: Any) -> Session:
    """Write a moment of a consultation. Refuses with ``forbidden`` or ``order``."""
    need_desk(by)
    consultation = hold(session.consultation)
    if not consultation.starts_on <= values["held_on"] < consultation.ends_on:
        said = _("La concertation va du %(start)s au %(last)s.")
        raise Refused("order", said % {
            "start": day_words(consultation.starts_on),
            "last": day_words(consultation.last_day),
        })  # fmt: skip
    if session._state.adding:
        last = consultation.sessions.aggregate(last=Max("rank"))["last"] or 0
        session.rank = last + 1
    for name in ("title", "held_on", "venue", "about"):
        setattr(session, name, values[name])
    session.save()
    return session


@transaction.atomic
def add_workshop(session: Session, *, title: str, theme: str, by: Any) -> Workshop:
    """Add a group to a moment; the same title twice is one. ``forbidden``."""
    need_desk(by)
    hold(session.consultation)
    found = session.workshops.filter(title=title).first()
    code = f"g{session.workshops.count() + 1}"
    return found or Workshop.objects.create(session=session, code=code, title=title, theme=theme)  # fmt: skip


@transaction.atomic
def name_participants(
    consultation: Consultation, *, names: Iterable[str], by: Any
) -> int:
    """Add structures that took part, each once; returns how many are new."""
    need_desk(by)
    hold(consultation)
    known = set(consultation.participants.values_list("name", flat=True))
    new = [name for name in dict.fromkeys(names) if name and name not in known]
    rows = [Participant(consultation=consultation, name=name) for name in new]
    return len(Participant.objects.bulk_create(rows))


def next_number(consultation: Consultation) -> int:
    """The number of the next contribution; the consultation is held."""
    last = consultation.contributions.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


@transaction.atomic
def contribute(
    consultation: Consultation,
    *,
    values: Mapping[str, Any],
    form_key: uuid.UUID,
    by: Any,
    now: dt.datetime,
) -> Contribution:
    """Send a contribution online; the same form twice sends it once.

    It is read over before it is public. Refuses with ``closed`` or ``many``.
    """
    one_at_a_time(by)
    if found := Contribution.objects.filter(form_key=form_key, sent_by=by).first():
        return found
    consultation = hold(consultation)
    if not consultation.is_open(now):
        raise Refused("closed", _("Cette concertation ne prend pas de contribution en ligne à cette heure."))  # fmt: skip
    mine = consultation.contributions.filter(sent_by=by).count()
    if mine >= MOST_EACH:
        said = _("Vous avez déjà envoyé %s contributions : écrivez à l’agence.")
        raise Refused("many", said % MOST_EACH)
    return Contribution.objects.create(
        consultation=consultation, number=next_number(consultation), sent_by=by,
        sent_at=now, form_key=form_key, **checked(values),
    )  # fmt: skip


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a form: nobody's name where the author wants none."""
    found = {name: values[name] for name in SORTED if name in values}
    if found.get("is_anonymous"):
        found |= {"author": "", "structure": None}
    return found


@transaction.atomic
def moderate(
    contribution: Contribution,
    *,
    accepts: bool,
    why: str,
    version: int,
    by: Any,
    now: dt.datetime,
) -> Contribution:
    """Publish a contribution or not; its author is told.

    Refuses with ``forbidden``, ``stale``, ``answered`` or ``why``.
    """
    need_desk(by)
    contribution = hold(contribution, version=version)
    if contribution.state != ContributionState.WAITING:
        raise Refused("answered", _("Cette contribution a déjà reçu une réponse."))
    if not accepts and not why:
        raise Refused("why", _("Dites à l’auteur pourquoi."))
    contribution.state = (
        ContributionState.PUBLISHED if accepts else ContributionState.REFUSED
    )
    contribution.refusal = "" if accepts else why
    contribution.version += 1
    contribution.save(update_fields=["state", "refusal", "version"])
    tell_author(contribution, now=now)
    return contribution


def tell_author(contribution: Contribution, *, now: dt.datetime) -> None:
    if contribution.sent_by is None:
        return
    about = {"number": contribution.number, "title": contribution.consultation.title,
             "why": contribution.refusal}  # fmt: skip
    if contribution.state == ContributionState.PUBLISHED:
        subject = _("Votre contribution n° %(number)s est publiée")
        body = _("Merci ! Votre contribution n° %(number)s à « %(title)s » est publiée. Vous pourrez y lire ce qu’elle devient.")  # fmt: skip
    else:
        subject = _("Votre contribution n° %(number)s n’est pas publiée")
        body = _("Votre contribution n° %(number)s à « %(title)s » n’est pas publiée :\n\n%(why)s")  # fmt: skip
    write_mail(contribution.sent_by.email, subject=subject % about, body=body % about, now=now)  # fmt: skip


@transaction.atomic
def sort_contribution(
    contribution: Contribution, *, values: Mapping[str, Any], version: int, by: Any
) -> Contribution:
    """Sort it by theme, axis and workshop; its text stays. ``forbidden``, ``stale``."""
    need_desk(by)
    contribution = hold(contribution, version=version)
    for name in ("theme", "axis", "workshop"):
        setattr(contribution, name, values[name])
    contribution.version += 1
    contribution.save(update_fields=["theme", "axis", "workshop", "version"])
    return contribution


@transaction.atomic
def say_outcome(
    contribution: Contribution,
    *,
    outcome: str,
    node: Node | None,
    reason: str,
    version: int,
    by: Any,
) -> Contribution:
    """Say what became of a contribution in the plan.

    Refuses with ``forbidden``, ``stale`` or as :func:`check_outcome`.
    """
    need_desk(by)
    contribution = hold(contribution, version=version)
    check_outcome(outcome, node=node, reason=reason)
    contribution.outcome, contribution.reason = Outcome(outcome), reason
    contribution.node = node if outcome in IN_PLAN else None
    contribution.version += 1
    contribution.save(update_fields=["outcome", "node", "reason", "version"])
    return contribution


def check_outcome(outcome: str, *, node: Node | None, reason: str) -> None:
    """Refuses with ``node`` or ``reason`` an answer that does not say enough."""
    if outcome in IN_PLAN and node is None:
        raise Refused("node", _("Dites dans quelle partie du plan elle est retenue."))
    if outcome == Outcome.NOT_KEPT and node is not None:
        raise Refused("node", _("Une contribution non retenue n’est dans aucune partie du plan."))  # fmt: skip
    if outcome in {Outcome.PARTLY, Outcome.NOT_KEPT} and not reason:
        raise Refused("reason", _("Dites pourquoi elle n’est pas retenue, ou pas en entier."))  # fmt: skip


@transaction.atomic
def write_synthesis(
    consultation: Consultation,
    *,
    theme: str,
    text: str,
    seen: int,
    by: Any,
    now: dt.datetime,
) -> Synthesis:
    """Write the next version of a synthesis; ``seen`` is the one that was on the page.

    The same text again is no new version. Refuses with ``forbidden`` or ``stale``.
    """
    need_desk(by)
    hold(consultation)
    last = consultation.syntheses.filter(theme=theme).order_by("-version").first()
    number = last.version if last else 0
    if last and last.text == text:
        return last
    if number != seen:
        raise Refused("stale", _("Quelqu’un a écrit une autre version entre-temps. Votre texte est encore dans le formulaire : comparez, puis enregistrez de nouveau."))  # fmt: skip
    return Synthesis.objects.create(
        consultation=consultation, theme=theme, version=number + 1, text=text,
        written_by=by, written_at=now,
    )  # fmt: skip


def syntheses_of(consultation: Consultation) -> list[Synthesis]:
    """The last version for each theme, in the order of the vocabulary."""
    found: dict[str, Synthesis] = {}
    for row in consultation.syntheses.order_by("version"):
        found[row.theme] = row
    return [found[slug] for slug in vocab.terms(THEMES) if slug in found]


def figures_of(rows: Iterable[Contribution]) -> dict[str, int]:
    """How many published contributions had each outcome, and all of them."""
    found = dict.fromkeys(Outcome.values, 0)
    for row in rows:
        found[row.outcome] += 1
    return {"all": sum(found.values()), **found}


def person_data(user: Any) -> list[dict[str, Any]]:
    """What a person has sent, for their own file."""
    return [
        {
            "consultation": row.consultation.title, "number": row.number,
            "text": row.text, "author": row.author_name, "state": row.state,
            "outcome": row.outcome, "reason": row.reason,
            "sent_at": row.sent_at.isoformat(),
        }
        for row in Contribution.objects.filter(sent_by=user.pk).in_order()
    ]  # fmt: skip


def forget_person(user: Any) -> None:
    """Let go of somebody who leaves: what is published stays, without their name."""
    mine = Contribution.objects.filter(sent_by=user.pk)
    mine.exclude(state=ContributionState.PUBLISHED).delete()
    mine.filter(structure=None).update(author="", is_anonymous=True)
