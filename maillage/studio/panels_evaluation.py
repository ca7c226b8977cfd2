"""Evaluations of one's structures, in one's space."""

from collections.abc import Iterable
from typing import Any

from maillage.core.panels import Maker, Panel
from maillage.studio.models import Evaluation
from maillage.studio.services.evaluating import structures_of

FEW = 4


def my_evaluations(_thing: Any, user: Any) -> Iterable[Panel]:
    """The latest, or the way to a first one for who speaks for a structure."""
    rows = list(
        Evaluation.objects.all().visible_to(user).select_related("structure")[:FEW]
    )
    if rows or structures_of(user).exists():
        yield Panel("studio/panel_my_evaluations.html", {"rows": rows}, rank=30)


MAKERS: list[tuple[str, Maker]] = [("my_space.sections", my_evaluations)]
