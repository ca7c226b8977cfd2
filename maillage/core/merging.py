"""Make one record of two, so that no link, no right and no history is lost."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from maillage.core.choices import ProposalKind, ProposalState, State
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.models import Alias, FormerKey, Proposal
from maillage.core.publishing import Publishable
from maillage.core.records import changed, dependents, lock, need_agency
from maillage.core.services import answer_proposal
from maillage.core.values import remember, snapshot, write_values


@transaction.atomic
def merge(
    kept: Publishable,
    *,
    dropped: Publishable,
    take: Iterable[str],
    by: Any,
    now: dt.datetime,
) -> Publishable:
    """Move all that points to ``dropped`` to ``kept``, then delete ``dropped``.

    ``take`` names the fields whose value comes from the dropped record. The address
    of the dropped record leads to the kept one; a person who had a right on both
    keeps the stronger. Refuses with ``forbidden``, ``same``, ``gone``, ``invalid``.
    """
    need_agency(by)
    if type(kept) is not type(dropped) or kept.pk == dropped.pk:
        raise Refused("same", _("Choisissez deux fiches différentes du même genre."))
    list(
        Proposal.objects.select_for_update(of=("self",)).about(dropped.code, dropped.pk)
    )
    first, second = sorted([kept, dropped], key=lambda thing: thing.pk)
    held = {row.pk: row for row in (lock(first), lock(second))}
    kept, dropped = held[kept.pk], held[dropped.pk]
    why = _("Fusion avec « %(name)s »") % {"name": dropped.name}

    wanted = list(take)
    values = snapshot(dropped, wanted) if wanted else {}
    before = snapshot(kept, [*values, "name"])
    close_new_proposals(dropped, kept=kept, by=by, now=now)
    move_links(kept, dropped)
    kept.refresh_from_db()
    inherit(kept, dropped)
    write_values(kept, without_self(kept, dropped, values), by=by, why=why)
    forget(dropped, kept=kept, by=by)
    changed(kept, before)
    refresh_entries([dropped, *dependents(kept)])
    return kept


def without_self(
    kept: Publishable, dropped: Publishable, values: Mapping[str, Any]
) -> dict[str, Any]:
    """The values taken over, without a link from the kept record to itself."""
    pair = {kept.pk, dropped.pk}
    found = dict(values)
    for name, value in values.items():
        field = kept._meta.get_field(name)
        if field.related_model is type(kept):
            if field.many_to_many:
                found[name] = [pk for pk in value if pk not in pair]
            elif value in pair:
                del found[name]
    return found


def links(model: type[models.Model]) -> list[Any]:
    """Every foreign key to a model, those of histories and many-to-many included."""
    found: Any = model._meta.get_fields(include_hidden=True)
    return [
        link.field
        for link in found
        if link.auto_created
        and not link.concrete
        and (link.one_to_many or link.one_to_one)
        and not link.related_model._meta.proxy
    ]


def move_links(kept: Publishable, dropped: Publishable) -> None:
    for field in links(type(kept)):
        rows = field.model._base_manager.filter(**{field.name: dropped.pk})
        if field.model is type(kept):
            # The kept record does not become a part of itself.
            rows.filter(pk=kept.pk).update(**{field.name: None})
        if not has_rule(field):
            rows.update(**{field.name: kept.pk})
            continue
        for row in rows:
            move_one(row, field=field, kept=kept)
    Proposal.objects.all().about(dropped.code, dropped.pk).update(object_id=kept.pk)
    Alias.objects.filter(kind=dropped.code, object_id=dropped.pk).update(
        object_id=kept.pk
    )


def has_rule(field: Any) -> bool:
    """Tell whether moving a row may break a rule between rows."""
    options = field.model._meta
    together = [{*names} for names in options.unique_together]
    together += [
        {*rule.fields}
        for rule in options.constraints
        if isinstance(rule, models.UniqueConstraint)
    ]
    return field.unique or any(field.name in names for names in together)


def move_one(row: models.Model, *, field: Any, kept: Publishable) -> None:
    """Move a row; where the kept record has its like, that one takes over.

    A row that stands for something real (a copy, a host) has ``step_aside``, and stays.
    """
    try:
        with transaction.atomic():
            field.model._base_manager.filter(pk=row.pk).update(**{field.name: kept.pk})
    except IntegrityError:
        if step_aside := getattr(row, "step_aside", None):
            step_aside(kept)
            return
        like = twin(row, field=field, kept=kept)
        if like is not None and (absorb := getattr(like, "absorb", None)):
            absorb(row)
            like.save()
        row.delete()


def twin(row: Any, *, field: Any, kept: Publishable) -> Any:
    """The row of the kept record that stands where this one would go."""
    options = field.model._meta
    groups = [*options.unique_together] + [
        rule.fields
        for rule in options.constraints
        if isinstance(rule, models.UniqueConstraint)
    ]
    for names in [group for group in groups if field.name in group] or [(field.name,)]:
        same = {name: getattr(row, name) for name in names if name != field.name}
        found = field.model._base_manager.filter(**same, **{field.name: kept.pk})
        if (like := found.exclude(pk=row.pk).first()) is not None:
            return like
    return None


def close_new_proposals(
    dropped: Publishable, *, kept: Publishable, by: Any, now: dt.datetime
) -> None:
    """Tell those who proposed the dropped record that it lives on in the other."""
    waiting = Proposal.objects.all().open().about(dropped.code, dropped.pk)
    for row in waiting.filter(kind=ProposalKind.NEW):
        answer = _("La fiche existait déjà : « %(name)s ». Les deux sont réunies.")
        answer_proposal(
            row,
            ProposalState.ACCEPTED,
            answer=answer % {"name": kept.name},
            by=by,
            now=now,
        )


def inherit(kept: Any, dropped: Any) -> None:
    """Take what the kept record lacks: its source, its last check."""
    if not kept.source_key:
        for name in ("source", "source_key", "source_url"):
            setattr(kept, name, getattr(dropped, name))
        # One key belongs to one record: the other lets go of it first.
        type(dropped)._default_manager.filter(pk=dropped.pk).update(source_key="")
        dropped.source_key = ""
    kept.verified_on = max(
        filter(None, [kept.verified_on, dropped.verified_on]), default=None
    )
    if dropped.state == State.PUBLISHED:
        kept.state = State.PUBLISHED


def forget(dropped: Any, *, kept: Any, by: Any) -> None:
    """Archive, then delete; the history keeps the record, the alias its address."""
    dropped.state = State.ARCHIVED
    remember(dropped, by=by, why=_("Fusionnée dans « %(name)s »") % {"name": kept.name})
    dropped.save()
    slug = dropped.slug
    withdrawn = dropped.pk
    dropped.delete()
    dropped.pk = withdrawn
    Alias.objects.update_or_create(
        kind=kept.code, slug=slug, defaults={"object_id": kept.pk}
    )
    former = FormerKey.objects.filter(kind=kept.code)
    former.filter(object_id=withdrawn).update(object_id=kept.pk)
    if dropped.source_key:
        former.update_or_create(
            kind=kept.code,
            source=dropped.source,
            source_key=dropped.source_key,
            defaults={"object_id": kept.pk},
        )
