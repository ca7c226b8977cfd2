"""Figures of the tree: what is done, shown and spent under each node."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from maillage.plan.action_choices import Status
from maillage.plan.models import Action, Node
from maillage.plan.services.progress import Progress, mean_percent, progress_of
from maillage.plan.tree_choices import WORKABLE


@dataclass
class Sums:
    """Of a node and all below it. Money is exact: the sums of the lines of actions."""

    actions: int = 0
    leads: int = 0
    leads_taken: int = 0
    forecast_cents: int = 0
    spent_cents: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    percents: list[int] = field(default_factory=list)

    @property
    def percent(self) -> int | None:
        """The mean of what is computed for its actions that were not abandoned."""
        return mean_percent(self.percents)


@dataclass(frozen=True)
class Known:
    """An action and what is known of it."""

    action: Action
    progress: Progress


def known_of(actions: Iterable[Action], *, today: dt.date) -> list[Known]:
    return [Known(one, progress_of(one, today=today)) for one in actions]


def sums_of(nodes: Sequence[Node], known: Sequence[Known]) -> dict[int, Sums]:
    """Figures by node; ``nodes`` are all of one plan, with their parents.

    An action under a node that was withdrawn counts for those above it.
    """
    by_pk = {node.pk: node for node in nodes}
    found = {node.pk: Sums() for node in nodes}
    taken = {one.action.node_id for one in known if counts(one.action)}
    for node in nodes:
        if node.kind in WORKABLE and not node.is_withdrawn:
            for above in chain(node, by_pk):
                found[above.pk].leads += 1
                found[above.pk].leads_taken += node.pk in taken
    for one in known:
        under = by_pk.get(one.action.node_id)
        if under is not None:
            for above in chain(under, by_pk):
                add(found[above.pk], one)
    return found


def chain(node: Node, by_pk: dict[int, Node]) -> Iterable[Node]:
    """A node, then what it is part of."""
    here: Node | None = node
    while here is not None:
        yield here
        here = by_pk.get(here.parent_id) if here.parent_id else None


def counts(action: Action) -> bool:
    return action.status != Status.ABANDONED


def add(sums: Sums, one: Known) -> None:
    sums.actions += 1
    sums.statuses[one.action.status] += 1
    sums.forecast_cents += one.action.forecast_cents
    sums.spent_cents += one.action.spent_cents
    if counts(one.action):
        sums.percents.append(one.progress.percent)


def total_of(known: Iterable[Known]) -> Sums:
    """The figures of a list of actions."""
    found = Sums()
    for one in known:
        add(found, one)
    return found
