"""The verbs of publishing: propose, accept, ask for a change, refuse, answer again."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.answers import tell_author
from maillage.core.choices import ProposalKind, ProposalState, State
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.models import Proposal
from maillage.core.publishing import Publishable, kinds
from maillage.core.records import (
    changed,
    confirm_up_to_date,
    dependents,
    lock,
    need_agency,
    one_at_a_time,
    publish,
    restore_version,
    set_state,
)
from maillage.core.slugs import save_with_slug
from maillage.core.values import (
    plain,
    remember,
    snapshot,
    typed,
    values_at,
    write_values,
)

T = TypeVar("T", bound=Publishable)
#: Two equal requests of one person within this time are one, sent twice.
TWICE = dt.timedelta(minutes=1)


@transaction.atomic
def propose_new(
    thing: T,
    *,
    by: Any,
    now: dt.datetime,
    related: Mapping[str, Any] | None = None,
    note: str = "",
) -> T:
    """Save a new thing: published if the agency wrote it, else proposed to it.

    ``related`` holds many-to-many rows by field name. The same thing sent twice
    within a minute is one. Refuses with ``invalid``.
    """
    one_at_a_time(by)
    twin: T | None = sent_before(thing, by=by, now=now)
    if twin is not None:
        return twin
    try:
        thing.full_clean(exclude={"slug"})
    except ValidationError as error:
        raise Refused("invalid", " ".join(error.messages)) from error
    thing.created_by = by
    thing.state = State.PUBLISHED if by.is_agency else State.PROPOSED
    remember(thing, by=by)
    save_with_slug(thing)
    for name, rows in (related or {}).items():
        getattr(thing, name).set(rows)
    if thing.state == State.PROPOSED:
        Proposal.objects.create(
            target_kind=thing.code,
            object_id=thing.pk,
            name=thing.name,
            kind=ProposalKind.NEW,
            after=snapshot(thing),
            note=note,
            author=by,
            proposed_at=now,
        )
    refresh_entries([thing])
    return thing


def sent_before(thing: Any, *, by: Any, now: dt.datetime) -> Any:
    """The same thing that the person has sent a moment ago, or ``None``."""
    fields = [
        name
        for name in thing.editable
        if not (field := thing._meta.get_field(name)).many_to_many
        and field.get_internal_type() not in {"FileField", "ImageField"}
    ]
    wanted = {
        name: plain(field := thing._meta.get_field(name), getattr(thing, field.attname))
        for name in fields
    }
    rows = type(thing)._default_manager.filter(
        created_by=by, name=thing.name, created_at__range=(now - TWICE, now + TWICE)
    )
    return next((row for row in rows if snapshot(row, fields) == wanted), None)


@transaction.atomic
def change(
    thing: Publishable,
    *,
    values: Mapping[str, Any],
    version: int,
    by: Any,
    now: dt.datetime,
    note: str = "",
) -> Proposal | None:
    """Change a thing at once if the person may, else propose the change.

    ``values`` is what ``snapshot`` would give afterwards (``typed`` makes it of a
    form); ``version`` is the one that the person saw: what others have changed since
    stays. Returns the proposal, or nothing when it is done; the same proposal sent
    twice within a minute is one. Refuses with ``stale`` when somebody else changed
    the same field meanwhile, with ``nothing`` when there is nothing to change, with
    ``gone`` and ``invalid``.
    """
    one_at_a_time(by)
    row: Any = lock(thing)
    after = mine(row, values=values, version=version)
    if not after:
        raise Refused("nothing", _("Rien n’a changé."))
    before = snapshot(row, after)
    if type(row)._default_manager.all().editable_by(by).filter(pk=row.pk).exists():
        write_values(row, after, by=by, why=note)
        changed(row, before)
        return None
    twins = Proposal.objects.all().open().about(row.code, row.pk)
    for twin in twins.filter(author=by, proposed_at__gte=now - TWICE):
        if twin.after == after:
            return twin
    return Proposal.objects.create(
        target_kind=row.code,
        object_id=row.pk,
        name=row.name,
        kind=ProposalKind.EDIT,
        before=before,
        after=after,
        note=note,
        author=by,
        proposed_at=now,
    )


def mine(row: Any, *, values: Mapping[str, Any], version: int) -> dict[str, Any]:
    """What the person has changed of what they saw, and is not so already.

    Refuses with ``stale`` when others have given such a field another value.
    """
    now_ = snapshot(row, values)
    seen = now_ if version == row.version else values_at(row, version)
    if seen is None:
        raise stale([])
    touched = {name for name in values if values[name] != seen.get(name)}
    after = {name: values[name] for name in touched if values[name] != now_[name]}
    both = [name for name in after if now_[name] != seen.get(name)]
    if both:
        raise stale([str(row._meta.get_field(name).verbose_name) for name in both])
    return {name: after[name] for name in values if name in after}


def stale(labels: Iterable[str]) -> Refused:
    text = _(
        "Quelqu’un a modifié cette fiche entre-temps. Votre saisie est gardée "
        "ci-dessous : comparez, puis enregistrez de nouveau."
    )
    names = ", ".join(labels)
    if names:
        text = f"{text} {_('À revoir : %(fields)s.') % {'fields': names}}"
    return Refused("stale", text)


def target(proposal: Proposal) -> Any:
    """The thing that a proposal is about; ``None`` when it is gone."""
    model = kinds().get(proposal.target_kind)
    if model is None:
        return None
    return model._default_manager.filter(pk=proposal.object_id).first()


def open_proposal(proposal: Proposal) -> Proposal:
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if not row.is_open:
        raise Refused("decided", _("Cette proposition a déjà reçu une réponse."))
    return row


def locked_target(proposal: Proposal) -> Any:
    thing = target(proposal)
    if thing is None:
        raise Refused("gone", _("La fiche n’existe plus."))
    return lock(thing)


def need_reason(answer: str) -> None:
    if not answer.strip():
        raise Refused("reason", _("Écrivez la raison : l’auteur la recevra."))


@transaction.atomic
def accept(
    proposal: Proposal,
    *,
    by: Any,
    now: dt.datetime,
    answer: str = "",
    over: bool = False,
) -> Proposal:
    """Publish what was proposed and tell the author.

    Refuses with ``forbidden``, ``decided``, ``gone``, ``invalid``, and with ``stale``
    when a value that the proposal changes has changed since, unless ``over`` says to
    replace it all the same.
    """
    need_agency(by)
    row = open_proposal(proposal)
    thing = locked_target(row)
    why = _("Proposition nᵒ %(number)s") % {"number": row.pk}
    if row.kind == ProposalKind.EDIT:
        before = snapshot(thing, row.before)
        if before != row.before and not over:
            raise Refused(
                "stale",
                _(
                    "La fiche a changé depuis la proposition : comparez, puis "
                    "acceptez en remplaçant, ou demandez un complément."
                ),
            )
        write_values(thing, row.after, by=row.author, why=why)
        changed(thing, before)
    else:
        publish(thing, by=by, why=why)
    return answer_proposal(row, ProposalState.ACCEPTED, answer=answer, by=by, now=now)


@transaction.atomic
def ask_for_change(
    proposal: Proposal, *, answer: str, by: Any, now: dt.datetime
) -> Proposal:
    """Send a proposal back to its author with what is missing.

    Refuses with ``forbidden``, ``decided`` or ``reason``.
    """
    need_agency(by)
    row = open_proposal(proposal)
    need_reason(answer)
    return answer_proposal(
        row, ProposalState.CHANGES_ASKED, answer=answer, by=by, now=now
    )


@transaction.atomic
def refuse(proposal: Proposal, *, answer: str, by: Any, now: dt.datetime) -> Proposal:
    """Turn a proposal down, with a reason.

    Refuses with ``forbidden``, ``decided`` or ``reason``.
    """
    need_agency(by)
    row = open_proposal(proposal)
    need_reason(answer)
    back_to_draft(row, by=by)
    return answer_proposal(row, ProposalState.REFUSED, answer=answer, by=by, now=now)


@transaction.atomic
def withdraw(proposal: Proposal, *, by: Any, now: dt.datetime) -> Proposal:
    """Take one's own proposal back. Refuses with ``forbidden`` or ``decided``."""
    row = open_proposal(proposal)
    need_author(row, by)
    back_to_draft(row, by=by)
    row.state = ProposalState.WITHDRAWN
    row.decided_by, row.decided_at = by, now
    row.save()
    return row


def need_author(row: Proposal, by: Any) -> None:
    if row.author_id != by.pk:
        raise Refused("forbidden", _("Cette proposition n’est pas la vôtre."))


def back_to_draft(row: Proposal, *, by: Any) -> None:
    """Take a new thing that nobody has published out of the queue."""
    thing = target(row)
    if row.kind == ProposalKind.NEW and thing and thing.state == State.PROPOSED:
        thing = lock(thing)
        thing.state = State.DRAFT
        remember(thing, by=by)
        thing.save(update_fields=["state", "changed_at"])


@transaction.atomic
def propose_again(
    proposal: Proposal,
    *,
    values: Mapping[str, Any],
    note: str,
    by: Any,
    now: dt.datetime,
) -> Proposal:
    """Answer the agency's request: new values for the same proposal.

    Refuses with ``forbidden``, ``decided``, ``gone``, ``nothing`` or ``invalid``.
    """
    row = open_proposal(proposal)
    need_author(row, by)
    thing = locked_target(row)
    before = snapshot(thing, values)
    after = {name: value for name, value in values.items() if value != before[name]}
    if row.kind == ProposalKind.NEW:
        if after:
            write_values(thing, after, by=by)
            changed(thing, before)
        row.after, row.name = snapshot(thing), thing.name
    elif after:
        row.before = {name: before[name] for name in after}
        row.after = after
    else:
        raise Refused("nothing", _("Rien n’a changé."))
    row.state, row.note, row.proposed_at = ProposalState.WAITING, note, now
    row.save()
    return row


def answer_proposal(
    row: Proposal, state: str, *, answer: str, by: Any, now: dt.datetime
) -> Proposal:
    row.state, row.answer = state, answer.strip()
    row.decided_by, row.decided_at = by, now
    row.save()
    tell_author(row, thing=target(row), now=now)
    return row


__all__ = [
    "accept",
    "ask_for_change",
    "change",
    "confirm_up_to_date",
    "dependents",
    "plain",
    "propose_again",
    "propose_new",
    "refuse",
    "restore_version",
    "sent_before",
    "set_state",
    "snapshot",
    "typed",
    "withdraw",
]
