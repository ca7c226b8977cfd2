"""What the pages of the plan's text show."""

from typing import Any

from django.utils.translation import gettext as _

from maillage.observatory.models import Indicator
from maillage.plan.links import links_of
from maillage.plan.models import Action, Declination, Node
from maillage.plan.services.progress import reasons
from maillage.plan.services.reading import Reading, found_nodes
from maillage.plan.services.summing import Known, Sums
from maillage.plan.tree_choices import NodeKind


def node_row(node: Node, reading: Reading) -> dict[str, Any]:
    """A node as lists show it: its own words, and the figures below it."""
    return {"node": node, "sums": reading.sums.get(node.pk, Sums())}


def home_context(reading: Reading, words: str, *, idle: bool) -> dict[str, Any]:
    """The axes with their strands; nodes that are searched for, or left aside."""
    context: dict[str, Any] = {"plan": reading.plan, "words": words, "idle": idle}
    if words or idle:
        rows = found_nodes(reading.nodes, words) if words else reading.nodes
        if idle:
            rows = [node for node in rows if is_idle(node, reading)]
        context["found"] = [node_row(node, reading) for node in rows]
    context["tops"] = [
        node_row(top, reading)
        | {"parts": [node_row(one, reading) for one in opened(top, reading)]}
        for top in reading.tops
    ]
    return context


def opened(top: Node, reading: Reading) -> list[Node]:
    """What stands under a top: its strands, groups and sections."""
    rows = reading.children.get(top.pk, [])
    return [row for row in rows if row.kind != NodeKind.GOAL]


def is_idle(node: Node, reading: Reading) -> bool:
    """A lead in force that nobody does anything about."""
    return (
        node.is_workable
        and not node.is_withdrawn
        and reading.sums[node.pk].leads_taken == 0
    )


def node_context(node: Node, reading: Reading, user: Any) -> dict[str, Any]:
    before, after = reading.around(node)
    below = {one.pk for one in reading.nodes if is_below(one, node)}
    known = [one for one in reading.known if one.action.node_id in below]
    return {
        "plan": reading.plan,
        "node": node,
        "above": reading.path_to(node),
        "before": before,
        "after": after,
        "groups": groups_of(node, reading),
        "sums": reading.sums[node.pk],
        "known": known,
        "evidence": evidence_of(known),
        "indicators": Indicator.objects.all().visible_to(user).filter(
            plan_ref=node.code
        ),
        "links": links_of(node.links),
        "declinations": Declination.objects.published().filter(leads=node),
    }  # fmt: skip


def is_below(one: Node, node: Node) -> bool:
    return one.pk == node.pk or one.path.startswith(f"{node.path}.")


def groups_of(node: Node, reading: Reading) -> list[dict[str, Any]]:
    """The children of a node by what they are, each with its figures."""
    labels = {
        NodeKind.GOAL: _("Objectifs"),
        NodeKind.STRAND: _("Volets"),
        NodeKind.AIM: _("Orientations"),
        NodeKind.GROUP: _("Familles de pistes"),
        NodeKind.LEAD: _("Pistes de travail"),
        NodeKind.SECTION: _("Sections"),
        NodeKind.DUTY: _("Missions"),
    }
    rows = reading.children.get(node.pk, [])
    return [
        {"label": label, "rows": [node_row(one, reading) for one in of_kind]}
        for kind, label in labels.items()
        if (of_kind := [one for one in rows if one.kind == kind])
    ]


def evidence_of(known: list[Known]) -> list[Any]:
    """The newest evidence of actions, each with its action."""
    found = [(one, known_one.action) for known_one in known for one in known_one.action.evidence.all()]  # fmt: skip
    found.sort(key=lambda pair: (pair[0].happened_on, pair[0].pk), reverse=True)
    return found[:12]


def action_rows(known: list[Known], today: Any) -> list[dict[str, Any]]:
    """Actions as tables show them, with what does not agree."""
    return [
        {
            "action": one.action,
            "progress": one.progress,
            "reasons": reasons(one.action, today=today),
        }
        for one in known
    ]


def visible_actions(user: Any) -> Any:
    return Action.objects.all().visible_to(user)
