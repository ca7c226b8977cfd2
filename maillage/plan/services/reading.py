"""The plan in force with its nodes and the public actions under them."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from maillage.core.french import fold
from maillage.plan.models import Action, Node, Plan
from maillage.plan.services.summing import Known, Sums, known_of, sums_of


@dataclass
class Reading:
    """What pages about the whole plan need, in a constant number of queries."""

    plan: Plan
    nodes: list[Node]
    known: list[Known]

    @cached_property
    def by_pk(self) -> dict[int, Node]:
        return {node.pk: node for node in self.nodes}

    @cached_property
    def sums(self) -> dict[int, Sums]:
        return sums_of(self.nodes, self.known)

    @cached_property
    def children(self) -> dict[int | None, list[Node]]:
        """Nodes in force by what they are part of, as they are read."""
        found: dict[int | None, list[Node]] = {}
        for node in self.nodes:
            if not node.is_withdrawn:
                found.setdefault(node.parent_id, []).append(node)
        return found

    @property
    def tops(self) -> list[Node]:
        return self.children.get(None, [])

    def top_of(self, node: Node) -> Node:
        """The axis or chapter that a node is in."""
        here = node
        while here.parent_id and here.parent_id in self.by_pk:
            here = self.by_pk[here.parent_id]
        return here

    def path_to(self, node: Node) -> list[Node]:
        """What a node is part of, the largest first."""
        found: list[Node] = []
        here = node
        while here.parent_id and here.parent_id in self.by_pk:
            here = self.by_pk[here.parent_id]
            found.insert(0, here)
        return found

    def around(self, node: Node) -> tuple[Node | None, Node | None]:
        """The nodes before and after, as the plan is read."""
        order = [one for one in self.nodes if not one.is_withdrawn or one.pk == node.pk]
        place = next(n for n, one in enumerate(order) if one.pk == node.pk)
        before = order[place - 1] if place else None
        after = order[place + 1] if place + 1 < len(order) else None
        return before, after


def read_in_force(
    *, today: dt.date, plan: Plan | None = None, actions: Any = None
) -> Reading | None:
    """The plan in force; ``actions`` default to those that everybody may read."""
    plan = plan or Plan.objects.all().current()
    if plan is None:
        return None
    rows = Action.objects.published() if actions is None else actions
    rows = (
        rows.filter(node__plan=plan)
        .with_all()
        .order_by("node__path", "starts_on", "pk")
    )
    nodes = list(plan.nodes.order_by("path", "pk"))
    return Reading(plan, nodes, known_of(rows, today=today))


def found_nodes(nodes: list[Node], words: str) -> list[Node]:
    """Nodes in force that have every word, in their code, titles or summary."""
    wanted = fold(words).split()
    if not wanted:
        return []
    return [
        node
        for node in nodes
        if not node.is_withdrawn
        and all(
            word in fold(f"{node.code} {node.title} {node.short} {node.summary}")
            for word in wanted
        )
    ]
