"""What the pages of actions show: a filtered list, one action."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.french import fold
from maillage.observatory.models import Indicator
from maillage.plan.action_choices import Scope, Status, Why
from maillage.plan.forms_actions import ActionFilter, day_range
from maillage.plan.models import Action
from maillage.plan.services.progress import progress_of, reasons
from maillage.plan.services.summing import Known, known_of
from maillage.plan.tree_pages import action_rows

PAGE = 200


def territory_name(action: Any) -> str:
    """The territory in words."""
    return str(action.territory) if action.territory else str(Scope.REGION.label)


def has_words(action: Action, words: list[str]) -> bool:
    text = fold(
        f"{action.title} {action.summary} {action.owner.name} {action.node.code}"
    )
    return all(word in text for word in words)


def options(known: Iterable[Known]) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer: what the actions have."""
    rows = [one.action for one in known]
    tops = sorted({row.node.code.split(".")[0] for row in rows})
    places = {row.territory_key: territory_name(row) for row in rows}
    owners = {row.owner.slug: row.owner.name for row in rows}
    return {
        "axe": [(code, _("Partie %s") % code) for code in tops],
        "etat": [(str(value), str(label)) for value, label in Status.choices],
        "territoire": sorted(places.items(), key=lambda pair: pair[1]),
        "porteur": sorted(owners.items(), key=lambda pair: fold(pair[1])),
        "motif": [(str(value), str(label)) for value, label in Why.choices],
    }


def chosen(
    known: list[Known], data: Any, *, today: dt.date
) -> tuple[ActionFilter, list[Known]]:
    """The filter as it was asked, and the actions that it leaves."""
    form = ActionFilter(data)
    for name, choices in options(known).items():
        form.offer(name, choices)
    form.is_valid()
    words = fold(form.value("q")).split()
    top, status = form.value("axe"), form.value("etat")
    place, owner = form.value("territoire"), form.value("porteur")
    why = form.value("motif")
    return form, [
        one
        for one in known
        if has_words(one.action, words)
        and (not top or one.action.node.code.split(".")[0] == top)
        and (not status or one.action.status == status)
        and (not place or one.action.territory_key == place)
        and (not owner or one.action.owner.slug == owner)
        and (not why or why in reasons(one.action, today=today))
    ]


def list_context(user: Any, data: Any, *, today: dt.date) -> dict[str, Any]:
    rows = Action.objects.all().visible_to(user).with_all()
    known = known_of(rows.order_by("node__path", "starts_on", "pk"), today=today)
    form, found = chosen(known, data, today=today)
    return {"form": form, "rows": action_rows(found, today), "total": len(found)}


def gaps_context(user: Any, data: Any, *, today: dt.date) -> dict[str, Any]:
    """Actions of which what is declared and what is known do not agree."""
    rows = Action.objects.published().with_all()
    every = known_of(rows.order_by("node__path", "starts_on", "pk"), today=today)
    known = [one for one in every if reasons(one.action, today=today)]
    form, found = chosen(known, data, today=today)
    return {
        "form": form,
        "rows": action_rows(found, today),
        "total": len(found),
        "of": len(every),
    }


def detail_context(action: Action, *, user: Any, today: dt.date) -> dict[str, Any]:
    steps = [(step, step.is_late(today)) for step in action.milestones.all()]
    return {
        "action": action,
        "progress": progress_of(action, today=today),
        "reasons": reasons(action, today=today),
        "dates": day_range(action),
        "territory": territory_name(action),
        "milestones": steps,
        "may_edit": Action.objects.all().editable_by(user).filter(pk=action.pk).exists(),
        "indicators": Indicator.objects.all().visible_to(user).filter(plan_actions=action),
        "history": history_of(action) if user.is_authenticated else [],
    }  # fmt: skip


def history_of(action: Action) -> list[dict[str, Any]]:
    """The last changes, as ``includes/history.html`` shows them."""
    rows = action.history.select_related("history_user").order_by("-history_id")[:20]
    words = {"+": _("Créée"), "~": _("Modifiée"), "-": _("Effacée")}
    return [
        {
            "title": f"{words[row.history_type]} : {row.get_status_display()}",
            "who": "",
            "at": row.history_date,
            "note": row.history_change_reason or "",
        }
        for row in rows
    ]
