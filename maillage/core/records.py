"""One record: hold it, follow up its change, publish, archive, confirm, restore."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.marks import following
from maillage.core.models import Alias
from maillage.core.publishing import Publishable
from maillage.core.slugs import save_with_slug
from maillage.core.values import past_snapshot, remember, snapshot, write_values

T = TypeVar("T", bound=Publishable)
#: Fields whose change shows in the entries of other things.
SHOWN_ELSEWHERE = {"name", "commune", "lon", "lat", "siret"}


def lock(thing: T) -> T:
    """The thing as it is now, held until the transaction ends.

    Refuses with ``gone``.
    """
    rows = type(thing)._default_manager.select_for_update(of=("self",))
    row: T | None = rows.filter(pk=thing.pk).first()
    if row is None:
        raise Refused("gone", _("La fiche n’existe plus."))
    return row


def one_at_a_time(person: Any) -> None:
    """Make the requests of one person wait for each other until the commit."""
    # ``request.user`` is a lazy stand-in: its class is not its type.
    people = person.__class__._default_manager
    rows = people.select_for_update(of=("self",), no_key=True)
    rows.filter(pk=person.pk).first()


def need_agency(by: Any) -> None:
    if not by.is_agency:
        raise Refused("forbidden", _("Seule l’agence peut faire cela."))


def changed(thing: Any, before: Mapping[str, Any]) -> None:
    """Follow up a change: new address, old one kept, entries that show it."""
    if "name" in before and before["name"] != thing.name:
        old = thing.slug
        save_with_slug(thing)
        if thing.slug != old:
            Alias.objects.update_or_create(
                kind=thing.code, slug=old, defaults={"object_id": thing.pk}
            )
    refresh_entries([thing])
    if SHOWN_ELSEWHERE & {*before}:
        refresh_entries(dependents(thing))


def dependents(thing: Any) -> list[Publishable]:
    """Published things that point to this one, and so show its name or its place."""
    found: dict[tuple[str, int], Publishable] = {}
    for link in thing._meta.related_objects:
        if issubclass(link.related_model, Publishable):
            rows = link.related_model._default_manager.filter(
                **{link.field.name: thing}
            )
            found |= {(row.code, row.pk): row for row in rows}
    return list(found.values())


def marked_by(thing: Any) -> list[Publishable]:
    """Things pointing to this one whose marks depend on its state."""
    kinds = {mark.kind for mark in following(thing.code)}
    return [row for row in dependents(thing) if row.code in kinds] if kinds else []


def publish(thing: Any, *, by: Any, why: str = "") -> None:
    thing.state = State.PUBLISHED
    thing.version += 1
    remember(thing, by=by, why=why)
    thing.save()
    refresh_entries([thing])


@transaction.atomic
def set_state(thing: Publishable, *, state: str, by: Any) -> Publishable:
    """Publish or archive a thing. Refuses with ``forbidden`` or ``gone``."""
    row: Any = lock(thing)
    rows = type(row)._default_manager.all()
    if not by.is_agency and (
        state != State.ARCHIVED or not rows.editable_by(by).filter(pk=row.pk).exists()
    ):
        raise Refused("forbidden", _("Seule l’agence peut faire cela."))
    row.state = state
    row.version += 1
    remember(row, by=by)
    row.save()
    refresh_entries([row, *marked_by(row)])
    return row  # type: ignore[no-any-return]  # of the same kind


@transaction.atomic
def confirm_up_to_date(thing: Publishable, *, by: Any, today: dt.date) -> Publishable:
    """Note that those who answer for a thing say it is right as of today.

    Refuses with ``forbidden`` or ``gone``.
    """
    row: Any = lock(thing)
    rows = type(row)._default_manager.all()
    if not (by.is_agency or rows.owned_by(by).filter(pk=row.pk).exists()):
        raise Refused("forbidden", _("Seule sa structure peut confirmer cette fiche."))
    row.verified_on = today
    row.version += 1
    remember(row, by=by, why=_("Confirmée à jour"))
    row.save()
    refresh_entries([row])
    return row  # type: ignore[no-any-return]  # of the same kind


@transaction.atomic
def restore_version(thing: Publishable, *, history_id: int, by: Any) -> Publishable:
    """Bring back the values that a thing had.

    Refuses with ``forbidden``, ``gone``, ``unknown``, ``nothing`` or ``invalid``.
    """
    row: Any = lock(thing)
    if not type(row)._default_manager.all().editable_by(by).filter(pk=row.pk).exists():
        raise Refused("forbidden", _("Vous ne pouvez pas modifier cette fiche."))
    past = row.history.filter(history_id=history_id).first()
    if past is None:
        raise Refused("unknown", _("Cette version n’existe pas."))
    before, wanted = snapshot(row), past_snapshot(row, past)
    values = {name: value for name, value in wanted.items() if value != before[name]}
    if not values:
        raise Refused("nothing", _("La fiche est déjà ainsi."))
    day = date_format(timezone.localtime(past.history_date), "SHORT_DATE_FORMAT")
    why = _("Version du %(day)s rétablie") % {"day": day}
    write_values(row, values, by=by, why=why)
    changed(row, {name: before[name] for name in values})
    return row  # type: ignore[no-any-return]  # of the same kind
