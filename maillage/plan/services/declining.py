"""A territory or an establishment makes its own version of the plan."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.values import remember
from maillage.plan.action_choices import DECLINED, Scope
from maillage.plan.models import Adoption, Declination, Node, OwnFigure, OwnIndicator
from maillage.plan.services.actions import give_slug, may_own, set_scope

RESERVED = {"nouvelle"}
MOST_INDICATORS = 40


@transaction.atomic
def save_declination(
    row: Declination,
    *,
    values: Mapping[str, Any],
    leads: Iterable[Node] | None = None,
    indicators: Sequence[Mapping[str, Any]] | None = None,
    by: Any,
) -> Declination:
    """Write it, the leads it takes up and what it measures.

    A new one is public at once when the agency writes it, else it waits for the agency.
    Refuses with ``forbidden``, ``territory``, ``many`` or ``twice``.
    """
    if row.pk:
        row = held(row, by=by)
    for name in ("name", "about", "owner", "adopted_on"):
        if name in values:
            setattr(row, name, values[name])
    set_scope(row, values)
    if Scope(row.scope) not in DECLINED:
        raise Refused("territory", _("Une déclinaison est celle d’un département, d’une intercommunalité ou d’un établissement."))  # fmt: skip
    if not may_own(row.owner, by=by):
        raise Refused("forbidden", _("Choisissez une de vos structures."))
    if row._state.adding:
        row.state = State.PUBLISHED if by.is_agency else State.PROPOSED
        give_slug(row, row.name, reserved=RESERVED)
    remember(row, by=by)
    row.save()
    if leads is not None:
        adopt(row, leads)
    if indicators is not None:
        write_indicators(row, indicators)
    return row


def held(row: Declination, *, by: Any) -> Declination:
    """The row as it is now, until the transaction ends. Refuses with ``forbidden``."""
    rows = Declination.objects.select_for_update(of=("self",))
    found = rows.filter(pk=row.pk).first()
    if found is None or not may_own(found.owner, by=by):
        raise Refused("forbidden", _("Vous ne portez pas cette déclinaison."))
    return found


def adopt(row: Declination, leads: Iterable[Node]) -> None:
    wanted = {node.pk for node in leads}
    row.adoptions.exclude(node__in=wanted).delete()
    known = set(row.adoptions.values_list("node", flat=True))
    Adoption.objects.bulk_create(
        Adoption(declination=row, node_id=pk) for pk in sorted(wanted - known)
    )


def write_indicators(row: Declination, given: Sequence[Mapping[str, Any]]) -> None:
    """Its own indicators with their figures by year, in place of those it had."""
    if len(given) > MOST_INDICATORS:
        raise Refused("many", _("%d indicateurs au plus.") % MOST_INDICATORS)
    names = [one["name"] for one in given]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Refused("twice", _("« %s » est dit deux fois.") % twice)
    row.own_indicators.all().delete()
    for one in given:
        indicator = OwnIndicator.objects.create(
            declination=row,
            name=one["name"],
            unit=one["unit"],
            target=one.get("target"),
            target_year=one.get("target_year"),
        )
        OwnFigure.objects.bulk_create(
            OwnFigure(indicator=indicator, year=year, value=value)
            for year, value in sorted(dict(one.get("figures", {})).items())
        )


@transaction.atomic
def set_state(row: Declination, *, state: str, by: Any) -> Declination:
    """Publish or archive. Its people may archive. Refuses with ``forbidden``."""
    found = held(row, by=by)
    if not by.is_agency and state != State.ARCHIVED:
        raise Refused("forbidden", _("Seule l’agence peut faire cela."))
    found.state = state
    remember(found, by=by)
    found.save()
    return found
