"""Incidents, maintenance, components that are replaced."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.circulation.choices import (
    CopyState,
    ExpenseKind,
    HoldKind,
    MaintenanceState,
)
from maillage.circulation.models import (
    Component,
    Copy,
    Expense,
    Hold,
    Incident,
    Maintenance,
)
from maillage.circulation.services.holding import hold, lock_copy, move_hold
from maillage.core.errors import Refused


def held(copy: Copy, *, by: Any) -> Copy:
    """The copy, locked, if the person cares for it. Refuses with ``forbidden``."""
    row = lock_copy(copy)
    if not Copy.objects.all().editable_by(by).filter(pk=row.pk).exists():
        raise Refused("forbidden", _("Cet exemplaire n’est pas le vôtre."))
    return row


@transaction.atomic
def report_incident(copy: Copy, *, by: Any, **values: Any) -> Incident:
    """Note what broke. Refuses with ``forbidden`` or ``other_copy``."""
    row = held(copy, by=by)
    component = values.get("component")
    if component and component.copy_id != row.pk:
        raise Refused("other_copy", _("Cet élément est d’un autre exemplaire."))
    return Incident.objects.create(copy=row, reported_by=by, **values)


@transaction.atomic
def mend_incident(
    incident: Incident, *, on: dt.date, cost_cents: int | None, by: Any
) -> Incident:
    """Note that it is repaired, and what it cost. Refuses with ``forbidden`` or ``mended``."""
    copy = held(incident.copy, by=by)
    row = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if row.mended_on:
        raise Refused("mended", _("Cet incident est déjà réparé."))
    row.mended_on = on
    if cost_cents is not None:
        row.cost_cents = cost_cents
        spend(copy, cents=cost_cents, on=on, text=row.text)
    row.save(update_fields=["mended_on", "cost_cents"])
    return row


def spend(copy: Copy, *, cents: int, on: dt.date, text: str) -> None:
    if cents:
        Expense.objects.create(
            resource=copy.resource, copy=copy, kind=ExpenseKind.MAINTENANCE,
            spent_on=on, cents=cents, text=text[:200],
        )  # fmt: skip


@transaction.atomic
def plan_maintenance(
    copy: Copy, *, start: dt.date, end: dt.date, text: str, is_repair: bool, by: Any
) -> Maintenance:
    """Take the copy for work over [start, end).

    Refuses with ``forbidden``, ``order`` or ``taken``.
    """
    row = held(copy, by=by)
    if end <= start:
        raise Refused("order", _("La fin vient après le début."))
    work = Maintenance.objects.create(
        copy=row, starts_on=start, ends_on=end, text=text, is_repair=is_repair
    )
    kind = HoldKind.BREAKDOWN if is_repair else HoldKind.MAINTENANCE
    hold(row, kind=kind, start=start, end=end, by=by, maintenance=work, note=text[:200])
    return work


@transaction.atomic
def end_maintenance(
    maintenance: Maintenance, *, on: dt.date, cost_cents: int | None, by: Any
) -> Maintenance:
    """The work is done: the copy is free from the day after, and is in service.

    Refuses with ``forbidden``, ``closed`` or ``early``.
    """
    copy = held(maintenance.copy, by=by)
    row = Maintenance.objects.select_for_update(of=("self",)).get(pk=maintenance.pk)
    if row.state != MaintenanceState.PLANNED:
        raise Refused("closed", _("Cet entretien est déjà terminé."))
    if on < row.starts_on:
        raise Refused("early", _("L’entretien n’a pas encore commencé : annulez-le."))
    free = on + dt.timedelta(1)
    if (taken := Hold.objects.filter(maintenance=row).first()) and free < taken.ends_on:
        move_hold(taken, start=taken.starts_on, end=free)
    row.state, row.done_on, row.cost_cents = MaintenanceState.DONE, on, cost_cents
    row.ends_on = min(row.ends_on, free)
    row.save(update_fields=["state", "done_on", "cost_cents", "ends_on"])
    spend(copy, cents=cost_cents or 0, on=on, text=row.text)
    if row.is_repair and copy.state == CopyState.BROKEN:
        copy.state = CopyState.IN_SERVICE
        copy.save(update_fields=["state"])
    return row


@transaction.atomic
def cancel_maintenance(maintenance: Maintenance, *, by: Any) -> None:
    """Give the days back. Refuses with ``forbidden`` or ``closed``."""
    held(maintenance.copy, by=by)
    row = Maintenance.objects.select_for_update(of=("self",)).get(pk=maintenance.pk)
    if row.state != MaintenanceState.PLANNED:
        raise Refused("closed", _("Cet entretien est déjà terminé."))
    row.state = MaintenanceState.CANCELLED
    row.save(update_fields=["state"])
    Hold.objects.filter(maintenance=row).delete()


@transaction.atomic
def renew_component(
    component: Component, *, on: dt.date, cost_cents: int | None, by: Any
) -> Component:
    """A new piece takes the place of the worn one: its counters begin again.

    Refuses with ``forbidden``.
    """
    copy = held(component.copy, by=by)
    row = Component.objects.select_for_update(of=("self",)).get(pk=component.pk)
    row.renewed_on = on
    row.save(update_fields=["renewed_on"])
    spend(copy, cents=cost_cents or 0, on=on, text=_("Remplacement : %s") % row.name)
    return row
