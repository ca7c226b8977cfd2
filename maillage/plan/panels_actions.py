"""Where the pages of other apps lead to actions of the plan; kinds of evidence."""

from importlib import import_module
from typing import Any

from django.utils import timezone

from maillage.core.panels import Maker, Panel
from maillage.directory.models import Structure
from maillage.plan.models import Action
from maillage.plan.services.progress import reasons

FEW = 6
# Kinds of evidence register themselves once all apps are there.
import_module("maillage.plan.evidence_kinds")


def my_actions(_thing: Any, user: Any) -> list[Panel]:
    """The actions of one's structures, in one's own space."""
    mine = Structure.objects.all().owned_by(user)
    rows = Action.objects.filter(owner__in=mine.values("pk")).select_related("node")
    found = list(rows.order_by("-changed_at")[:FEW])
    return [Panel("plan/panel_my_actions.html", {"actions": found}, rank=40)] if found else []  # fmt: skip


def plan_desk(_thing: Any, user: Any) -> list[Panel]:
    """What waits for the agency: proposed actions, and gaps."""
    waiting = list(Action.objects.all().waiting().select_related("owner", "node")[:FEW])
    today = timezone.localdate()
    rows = Action.objects.published().with_all()
    gaps = sum(bool(reasons(row, today=today)) for row in rows)
    if not waiting and not gaps:
        return []
    facts = {"waiting": waiting, "gaps": gaps}
    return [Panel("plan/panel_desk.html", facts, rank=50)]


def of_structure(structure: Any, user: Any) -> list[Panel]:
    """What a structure does about the plan, on its page."""
    rows = Action.objects.published().filter(owner=structure).select_related("node")
    found = list(rows.order_by("-starts_on", "pk")[:FEW])
    return [Panel("plan/panel_structure.html", {"actions": found, "structure": structure}, rank=70)] if found else []  # fmt: skip


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_actions),
    ("agency_desk.sections", plan_desk),
    ("structure.sections", of_structure),
]
