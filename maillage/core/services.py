"""The verbs of publishing: propose, accept, ask for a change, refuse, restore."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from maillage.core.choices import ProposalKind, ProposalState, State
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.mail import write_mail
from maillage.core.models import Alias, Proposal
from maillage.core.publishing import Publishable, kinds
from maillage.core.slugs import free_slug


def snapshot(thing: Publishable, fields: tuple[str, ...] = ()) -> dict[str, Any]:
    """The editable values of a thing as JSON keeps them, by field name."""
    found: dict[str, Any] = {}
    for name in fields or thing.editable:
        field = thing._meta.get_field(name)
        if isinstance(field, models.ManyToManyField):
            found[name] = sorted(getattr(thing, name).values_list("pk", flat=True))
        else:
            found[name] = plain(field, getattr(thing, field.attname))
    return found


def plain(field: Any, value: Any) -> Any:
    """One value as JSON keeps it."""
    if value is None or isinstance(value, bool | int | float | list | dict):
        return value
    if isinstance(field, models.FileField):
        return value.name if value else ""
    return str(value)


def write_values(thing: Publishable, values: Mapping[str, Any]) -> None:
    """Put values that ``snapshot`` made into a thing and save it; checks them."""
    later: dict[str, list[int]] = {}
    for name, value in values.items():
        field = thing._meta.get_field(name)
        if isinstance(field, models.ManyToManyField):
            later[name] = value
        else:
            setattr(thing, field.attname, field.to_python(value))
    try:
        thing.full_clean(exclude={"slug"})
    except ValidationError as error:
        raise Refused("invalid", " ".join(error.messages)) from error
    thing.version += 1
    thing.save()
    for name, pks in later.items():
        getattr(thing, name).set(pks)


def lock(thing: Publishable) -> Any:
    """The thing as it is now, held until the transaction ends."""
    rows = type(thing)._default_manager.select_for_update(of=("self",))
    return rows.get(pk=thing.pk)


@transaction.atomic
def propose_new(
    thing: Publishable,
    *,
    by: Any,
    now: dt.datetime,
    related: Mapping[str, Any] | None = None,
    note: str = "",
) -> Publishable:
    """Save a new thing: published if the agency wrote it, else proposed to it.

    ``related`` holds many-to-many values by field name. Refuses with ``invalid``.
    """
    thing.slug = thing.slug or free_slug(thing)
    thing.created_by = by
    thing.state = State.PUBLISHED if by.is_agency else State.PROPOSED
    thing.save()
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

    ``values`` is what ``snapshot`` would give afterwards; ``version`` is the one
    that the person saw. Returns the proposal, or nothing when it is done. Refuses
    with ``stale`` when somebody else changed the same values in between, with
    ``nothing`` when there is nothing to change, with ``invalid``.
    """
    row = lock(thing)
    before = snapshot(row, tuple(values))
    after = {name: value for name, value in values.items() if value != before[name]}
    if not after:
        raise Refused("nothing", _("Rien n’a changé."))
    if row.version != version:
        raise Refused(
            "stale",
            _(
                "Quelqu’un a modifié cette fiche entre-temps. Votre saisie est "
                "gardée ci-dessous : comparez, puis enregistrez de nouveau."
            ),
        )
    if type(row)._default_manager.all().editable_by(by).filter(pk=row.pk).exists():
        write_values(row, after)
        keep_old_name(row, before)
        refresh_entries([row])
        return None
    return Proposal.objects.create(
        target_kind=row.code,
        object_id=row.pk,
        name=row.name,
        kind=ProposalKind.EDIT,
        before={name: before[name] for name in after},
        after=after,
        note=note,
        author=by,
        proposed_at=now,
    )


def keep_old_name(thing: Publishable, before: Mapping[str, Any]) -> None:
    """Give a renamed thing the address of its new name; the old one still leads to it."""
    if before.get("name") in {None, thing.name}:
        return
    old = thing.slug
    thing.slug = free_slug(thing)
    if thing.slug != old:
        thing.save(update_fields=["slug"])
        Alias.objects.update_or_create(
            kind=thing.code, slug=old, defaults={"object_id": thing.pk}
        )


def target(proposal: Proposal) -> Any:
    """The thing that a proposal is about; ``None`` when it is gone."""
    model = kinds()[proposal.target_kind]
    return model._default_manager.filter(pk=proposal.object_id).first()


def open_proposal(proposal: Proposal) -> Proposal:
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if not row.is_open:
        raise Refused("decided", _("Cette proposition a déjà reçu une réponse."))
    return row


@transaction.atomic
def accept(
    proposal: Proposal, *, by: Any, now: dt.datetime, answer: str = ""
) -> Proposal:
    """Publish what was proposed and tell the author.

    Refuses with ``decided``, ``gone``, ``invalid``, and with ``stale`` when a value
    that the proposal changes has changed since.
    """
    row = open_proposal(proposal)
    thing = target(row)
    if thing is None:
        raise Refused("gone", _("La fiche n’existe plus."))
    thing = lock(thing)
    if row.kind == ProposalKind.EDIT:
        if snapshot(thing, tuple(row.before)) != row.before:
            raise Refused(
                "stale", _("La fiche a changé depuis : demandez une mise à jour.")
            )
        write_values(thing, row.after)
        keep_old_name(thing, row.before)
    else:
        thing.state = State.PUBLISHED
        thing.version += 1
        thing.save()
    refresh_entries([thing])
    return answer_proposal(
        row, ProposalState.ACCEPTED, answer=answer, by=by, now=now
    )


@transaction.atomic
def ask_for_change(
    proposal: Proposal, *, answer: str, by: Any, now: dt.datetime
) -> Proposal:
    """Send a proposal back to its author with what is missing.

    Refuses with ``decided`` or ``reason``.
    """
    row = open_proposal(proposal)
    need_reason(answer)
    return answer_proposal(
        row, ProposalState.CHANGES_ASKED, answer=answer, by=by, now=now
    )


@transaction.atomic
def refuse(
    proposal: Proposal, *, answer: str, by: Any, now: dt.datetime
) -> Proposal:
    """Turn a proposal down, with a reason. Refuses with ``decided`` or ``reason``."""
    row = open_proposal(proposal)
    need_reason(answer)
    thing = target(row)
    if row.kind == ProposalKind.NEW and thing is not None:
        thing.state = State.DRAFT
        thing.save(update_fields=["state", "changed_at"])
    return answer_proposal(row, ProposalState.REFUSED, answer=answer, by=by, now=now)


@transaction.atomic
def withdraw(proposal: Proposal, *, by: Any, now: dt.datetime) -> Proposal:
    """Take one's own proposal back. Refuses with ``decided``."""
    row = open_proposal(proposal)
    thing = target(row)
    if row.kind == ProposalKind.NEW and thing is not None:
        thing.state = State.DRAFT
        thing.save(update_fields=["state", "changed_at"])
    row.state = ProposalState.WITHDRAWN
    row.decided_by, row.decided_at = by, now
    row.save()
    return row


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

    Refuses with ``decided``, ``gone`` or ``invalid``.
    """
    row = open_proposal(proposal)
    thing = target(row)
    if thing is None:
        raise Refused("gone", _("La fiche n’existe plus."))
    thing = lock(thing)
    if row.kind == ProposalKind.NEW:
        write_values(thing, values)
        row.after, row.name = snapshot(thing), thing.name
    else:
        now_values = snapshot(thing, tuple(values))
        row.after = {k: v for k, v in values.items() if v != now_values[k]}
        row.before = {name: now_values[name] for name in row.after}
    row.state, row.note, row.proposed_at = ProposalState.WAITING, note, now
    row.save()
    return row


def need_reason(answer: str) -> None:
    if not answer.strip():
        raise Refused("reason", _("Écrivez la raison : l’auteur la recevra."))


def answer_proposal(
    row: Proposal, state: str, *, answer: str, by: Any, now: dt.datetime
) -> Proposal:
    row.state, row.answer = state, answer
    row.decided_by, row.decided_at = by, now
    row.save()
    if row.author:
        subject, text = ANSWERS[state]
        write_mail(
            row.author.email,
            subject=subject().format(name=row.name),
            body=text().format(name=row.name, answer=answer or "—"),
            now=now,
        )
    return row


ANSWERS = {
    ProposalState.ACCEPTED: (
        lambda: _("« {name} » est en ligne"),
        lambda: _("Merci ! Votre proposition pour « {name} » est publiée.\n\n{answer}"),
    ),
    ProposalState.CHANGES_ASKED: (
        lambda: _("« {name} » : un complément est demandé"),
        lambda: _(
            "L’agence vous demande de compléter votre proposition pour « {name} » :"
            "\n\n{answer}\n\nVous la retrouvez dans Mon espace."
        ),
    ),
    ProposalState.REFUSED: (
        lambda: _("« {name} » n’est pas retenue"),
        lambda: _("Votre proposition pour « {name} » n’est pas publiée :\n\n{answer}"),
    ),
}


@transaction.atomic
def set_state(thing: Publishable, *, state: str, by: Any) -> Publishable:
    """Publish or archive a thing. Refuses with ``forbidden``."""
    row: Publishable = lock(thing)
    if not by.is_agency and (
        state == State.PUBLISHED
        or not type(row)._default_manager.all().editable_by(by).filter(pk=row.pk)
    ):
        raise Refused("forbidden", _("Seule l’agence peut faire cela."))
    row.state = state
    row.version += 1
    row.save()
    refresh_entries([row])
    return row


@transaction.atomic
def restore_version(thing: Publishable, *, history_id: int, by: Any) -> Publishable:
    """Bring back the values that a thing had. Refuses with ``unknown``."""
    row: Any = lock(thing)
    past = row.history.filter(history_id=history_id).first()
    if past is None:
        raise Refused("unknown", _("Cette version n’existe pas."))
    values: dict[str, Any] = {}
    for name in row.editable:
        field = row._meta.get_field(name)
        if isinstance(field, models.ManyToManyField):
            links = getattr(past, name, None)
            if links is not None:
                key = f"{field.related_model._meta.model_name}_id"
                values[name] = sorted(links.values_list(key, flat=True))
        else:
            values[name] = plain(field, getattr(past, field.attname))
    before = snapshot(row)
    write_values(row, values)
    keep_old_name(row, before)
    refresh_entries([row])
    return row  # type: ignore[no-any-return]
