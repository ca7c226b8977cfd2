"""What the page of a declination shows."""

import datetime as dt
from typing import Any

from django.db.models import Q

from maillage.core.charts import figure
from maillage.plan.action_choices import SCOPE_FIELDS, Scope
from maillage.plan.models import Action, Declination
from maillage.plan.services.summing import known_of, total_of
from maillage.plan.tree_pages import action_rows


def actions_of(row: Declination) -> Q:
    """Actions that say so, and those about the same territory."""
    name = SCOPE_FIELDS[Scope(row.scope)]
    same = Q(scope=row.scope, **{name: getattr(row, f"{name}_id")})
    return Q(declination=row) | same


def declination_context(
    row: Declination, *, user: Any, today: dt.date
) -> dict[str, Any]:
    actions = Action.objects.all().visible_to(user).filter(actions_of(row)).with_all()
    known = known_of(actions.order_by("node__path", "starts_on", "pk"), today=today)
    taken = {one.action.node_id for one in known}
    leads = row.adoptions.select_related("node").order_by("node__path")
    editable = Declination.objects.all().editable_by(user)
    return {
        "declination": row,
        "territory": row.territory,
        "leads": [(one, one.node_id in taken) for one in leads],
        "rows": action_rows(known, today),
        "sums": total_of(known),
        "own": [own_row(one) for one in row.own_indicators.prefetch_related("figures")],
        "may_edit": editable.filter(pk=row.pk).exists(),
        "is_agency": user.is_authenticated and user.is_agency,
    }


def number(value: float | None) -> str:
    if value is None:
        return "–"
    return figure(value, 0 if value == int(value) else 1)


def own_row(one: Any) -> dict[str, Any]:
    figures = list(one.figures.all())
    return {
        "name": one.name,
        "unit": one.unit,
        "target": number(one.target),
        "target_year": one.target_year,
        "figures": [(each.year, number(each.value)) for each in figures],
    }
