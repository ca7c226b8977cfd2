"""Consultations on the pages of other parts: the plan, my space, the agency's desk."""

from collections.abc import Iterable
from typing import Any

from maillage.core.panels import Maker, Panel
from maillage.plan.consultation_pages import row_of
from maillage.plan.models import Consultation, Contribution

FEW = 5


def heard(node: Any, _user: Any) -> Iterable[Panel]:
    """On a part of the plan: the contributions that it took over."""
    rows = Contribution.objects.filter(node=node, consultation__is_public=True)
    found = [row_of(row) for row in rows.published().in_order()[:20]]
    if found:
        yield Panel("plan/consultation_panel_node.html", {"lines": found}, rank=40)


def my_contributions(_thing: Any, user: Any) -> Iterable[Panel]:
    """To whoever contributed: where each contribution stands."""
    rows = Contribution.objects.filter(sent_by=user.pk).in_order()
    found = [row_of(row) for row in rows.order_by("-sent_at", "-pk")[:FEW]]
    if found:
        yield Panel("plan/consultation_panel_mine.html", {"lines": found}, rank=28)


def contributions_wait(_thing: Any, user: Any) -> Iterable[Panel]:
    """To the agency: contributions to read over."""
    if not (user.is_agency or user.is_observer) or not Consultation.objects.exists():
        return
    waiting = Contribution.objects.all().waiting().count()
    yield Panel("plan/consultation_panel_desk.html", {"waiting": waiting}, rank=55)


MAKERS: list[tuple[str, Maker]] = [
    ("plan.node", heard),
    ("my_space.sections", my_contributions),
    ("agency_desk.sections", contributions_wait),
]
