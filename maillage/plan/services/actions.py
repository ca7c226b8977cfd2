"""Write actions: one's own structures', or all of them for the agency."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.models import Stamp
from maillage.core.values import remember
from maillage.directory.models import Structure
from maillage.plan.action_choices import SCOPE_FIELDS, Scope
from maillage.plan.models import Action, BudgetLine, Milestone

SLUGS = "plan_slugs"
#: Words of the site that stand where a slug stands in an address.
RESERVED = {"nouvelle", "importer", "export"}
MOST_LINES = 200


def give_slug(thing: Any, words: str, *, reserved: Iterable[str] = RESERVED) -> None:
    """A free address; inside a transaction, those who look for one wait."""
    Stamp.objects.get_or_create(name=SLUGS)
    Stamp.objects.select_for_update().get(name=SLUGS)
    base = slugify(words)[:100].strip("-") or "sans-titre"
    rows = type(thing)._default_manager.filter(slug__startswith=base)
    taken = {*rows.exclude(pk=thing.pk).values_list("slug", flat=True), *reserved}
    number, slug = 2, base
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    thing.slug = slug


def may_own(structure: Structure | None, *, by: Any) -> bool:
    """Whether a person may put an action under the name of a structure."""
    if structure is None:
        return False
    return (
        by.is_agency
        or Structure.objects.all().owned_by(by).filter(pk=structure.pk).exists()
    )


def set_scope(thing: Any, values: Mapping[str, Any]) -> None:
    """The territory of the scope, and no other. Refuses with ``territory``."""
    scope = Scope(values.get("scope", thing.scope or Scope.REGION))
    thing.scope = scope
    for other, name in SCOPE_FIELDS.items():
        value = values.get(name, getattr(thing, name))
        setattr(thing, name, value if other == scope else None)
    if scope in SCOPE_FIELDS and getattr(thing, SCOPE_FIELDS[scope]) is None:
        raise Refused("territory", _("Dites quel territoire ou quel établissement."))


PLAIN = (
    "node", "declination", "title", "summary", "owner", "starts_on", "ends_on",
    "status", "status_note", "cost_cents",
)  # fmt: skip


@transaction.atomic
def save_action(
    action: Action,
    *,
    values: Mapping[str, Any],
    partners: Sequence[Structure] | None = None,
    indicators: Iterable[Any] | None = None,
    milestones: Sequence[Mapping[str, Any]] | None = None,
    budget: Sequence[Mapping[str, Any]] | None = None,
    version: int | None = None,
    by: Any,
) -> Action:
    """Write an action and its lines; what is not given stays as it is.

    A new one is public at once when the agency writes it, else it waits for the agency.
    Refuses with ``forbidden``, ``changed`` (somebody wrote it meanwhile), ``lead``,
    ``dates``, ``territory``, ``twice`` or ``many``.
    """
    if action.pk:
        action = held(action, by=by)
        if version is not None and version != action.version:
            raise Refused("changed", _("Cette action a été modifiée entre-temps : relisez-la avant d’enregistrer."))  # fmt: skip
    before = action.node_id if action.pk else None
    for name in PLAIN:
        if name in values:
            setattr(action, name, values[name])
    set_scope(action, values)
    check(action, before=before, by=by)
    if action._state.adding:
        action.state = State.PUBLISHED if by.is_agency else State.PROPOSED
        give_slug(action, action.title)
    else:
        action.version += 1
    remember(action, by=by)
    action.save()
    if partners is not None:
        action.partners.set([row for row in partners if row.pk != action.owner_id])
    if indicators is not None:
        action.indicators.set(indicators)
    if milestones is not None:
        write_milestones(action, milestones)
    if budget is not None:
        write_budget(action, budget)
    return action


def held(action: Action, *, by: Any) -> Action:
    """The action as it is now, until the transaction ends. Refuses with ``forbidden``."""
    rows = Action.objects.select_for_update(of=("self",))
    row = rows.filter(pk=action.pk).first()
    if row is None or not may_own(row.owner, by=by):
        raise Refused("forbidden", _("Vous ne pouvez pas modifier cette action."))
    return row


def check(action: Action, *, before: int | None, by: Any) -> None:
    if not may_own(action.owner, by=by):
        raise Refused("forbidden", _("Choisissez comme porteur une de vos structures."))
    if action.node_id != before and (
        not action.node.is_workable or action.node.is_withdrawn
    ):
        raise Refused("lead", _("Une action se rattache à une piste, une orientation ou une mission du plan."))  # fmt: skip
    if action.ends_on and action.ends_on <= action.starts_on:
        raise Refused("dates", _("Le dernier jour vient après le premier."))
    if action.declination and action.declination_id:
        theirs = type(action.declination).objects.all().editable_by(by)
        if not theirs.filter(pk=action.declination_id).exists():
            raise Refused("forbidden", _("Vous ne portez pas cette déclinaison."))


def write_milestones(action: Action, rows: Sequence[Mapping[str, Any]]) -> None:
    if len(rows) > MOST_LINES:
        raise Refused("many", _("%d lignes au plus.") % MOST_LINES)
    wanted = [(row["title"], row.get("due_on"), row.get("done_on")) for row in rows]
    known = [(m.title, m.due_on, m.done_on) for m in action.milestones.all()]
    if sorted(map(str, wanted)) == sorted(map(str, known)):
        return
    action.milestones.all().delete()
    Milestone.objects.bulk_create(
        Milestone(action=action, title=title, due_on=due, done_on=done)
        for title, due, done in wanted
    )


def write_budget(action: Action, rows: Sequence[Mapping[str, Any]]) -> None:
    """The lines as they are given, to the cent. Refuses with ``twice`` or ``many``."""
    if len(rows) > MOST_LINES:
        raise Refused("many", _("%d lignes au plus.") % MOST_LINES)
    keys = [(row["year"], row["funder"]) for row in rows]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        said = _("%(funder)s a deux lignes pour %(year)s : réunissez-les.")
        raise Refused("twice", said % {"funder": twice[1], "year": twice[0]})
    action.budget.all().delete()
    BudgetLine.objects.bulk_create(
        BudgetLine(
            action=action,
            year=row["year"],
            funder=row["funder"],
            forecast_cents=row.get("forecast_cents") or 0,
            spent_cents=row.get("spent_cents") or 0,
        )
        for row in rows
    )


@transaction.atomic
def set_state(action: Action, *, state: str, by: Any, why: str = "") -> Action:
    """Publish, archive or send back to draft.

    The owner's people may archive, and propose a draft again; the rest is for the
    agency. Refuses with ``forbidden``.
    """
    row = held(action, by=by)
    theirs = state == State.ARCHIVED or (state == State.PROPOSED and not row.is_public)
    if not by.is_agency and not theirs:
        raise Refused("forbidden", _("Seule l’agence peut faire cela."))
    row.state = state
    row.version += 1
    remember(row, by=by, why=why)
    row.save()
    return row


def asked_on(last_day: dt.date | None) -> dt.date | None:
    """The day after the last one, as it is kept."""
    return last_day + dt.timedelta(1) if last_day else None
