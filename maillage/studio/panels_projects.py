"""Works made together in one's space; credits on the page of a resource."""

from collections.abc import Iterable
from typing import Any

from maillage.core.panels import Maker, Panel
from maillage.studio.models import Project
from maillage.studio.project_pages import credits_of
from maillage.studio.services.evaluating import structures_of

FEW = 4


def my_projects(_thing: Any, user: Any) -> Iterable[Panel]:
    rows = list(Project.objects.all().visible_to(user).select_related("lead")[:FEW])
    if rows or structures_of(user).exists():
        yield Panel("studio/panel_my_projects.html", {"rows": rows}, rank=28)


def credits_panel(thing: Any, _user: Any) -> Iterable[Panel]:
    """Who made a resource, and what each did."""
    if rows := credits_of(thing):
        yield Panel("studio/panel_credits.html", {"rows": rows}, rank=20)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_projects),
    ("resource.sections", credits_panel),
]
