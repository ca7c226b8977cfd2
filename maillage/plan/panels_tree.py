"""Where the pages of other apps lead to the plan."""

from typing import Any

from maillage.core.panels import Maker, Panel
from maillage.plan.models import Node, Plan
from maillage.plan.services.reading import found_nodes

FIRST = 5


def nodes_found(query: Any, user: Any) -> list[Panel]:
    """Parts of the plan whose words are searched for."""
    if not query:
        return []
    plan = Plan.objects.all().current()
    rows = Node.objects.in_force().of_plan(plan)
    found = found_nodes(list(rows.order_by("path")), str(query)[:100])
    if not found:
        return []
    facts = {"nodes": found[:FIRST], "total": len(found), "query": query}
    return [Panel("plan/search_found.html", facts, rank=20)]


def plan_door(_thing: Any, user: Any) -> list[Panel]:
    """From the first page of the observatory."""
    return [Panel("plan/door_plan.html", {}, rank=30)]


MAKERS: list[tuple[str, Maker]] = [
    ("search.found", nodes_found),
    ("observatory.doors", plan_door),
]
