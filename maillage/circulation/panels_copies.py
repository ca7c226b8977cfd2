"""What copies add to the pages of resources, of structures, and to « Mon espace »."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from maillage.circulation.choices import CopyState
from maillage.circulation.days import build_months, month_of
from maillage.circulation.models import Copy
from maillage.circulation.services.availability import (
    Wish,
    copies_of,
    first_free,
    soonest,
    usual_days,
)
from maillage.circulation.whereabouts import whereabouts
from maillage.core.panels import Maker, Panel
from maillage.directory.models import Structure

SHOWN_MONTHS = 3


def free_from(resource: Any, user: Any) -> Iterable[Panel]:
    """« Libre dès le … », beside whom to ask."""
    copies = copies_of(resource)
    if not copies.lendable().exists():
        return
    today = timezone.localdate()
    wish = Wish(today=today, start=today, days=usual_days(resource))
    window = soonest(first_free(copies, wish=wish))
    facts = {"window": window, "days": wish.days, "resource": resource}
    yield Panel("circulation/panel_free.html", facts, rank=5)


def days(resource: Any, user: Any) -> Iterable[Panel]:
    """The next months, free or taken; for those who lend it, its copies."""
    rows = copies_of(resource).select_related("resource__owner", "depot")
    known = list(rows.order_by("resource__name", "rank"))
    lent = [copy for copy in known if copy.state == CopyState.IN_SERVICE]
    today = timezone.localdate()
    if lent:
        months = build_months(
            lent, first=month_of(today), count=SHOWN_MONTHS, today=today, in_full=False
        )
        facts = {"months": months, "resource": resource, "several": len(lent) > 1}
        yield Panel("circulation/panel_days.html", facts, rank=20)
    if is_owner(resource.owner_id, user):
        found = whereabouts(known, today=today)
        facts = {"rows": found, "resource": resource}
        yield Panel("circulation/panel_copies.html", facts, rank=25)


def is_owner(structure: int, user: Any) -> bool:
    if not user.is_authenticated:
        return False
    if user.is_agency:
        return True
    return bool(user.memberships.filter(structure=structure).exists())


def rules(structure: Any, user: Any) -> Iterable[Panel]:
    """Where an owner says how it lends, and reads what it costs and brings."""
    if not isinstance(structure, Structure) or not user.is_authenticated:
        return
    mine = is_owner(structure.pk, user)
    copies = Copy.objects.all().visible_to(user).filter(resource__owner=structure)
    facts = {"structure": structure, "is_owner": mine, "has_copies": copies.exists()}
    if mine or facts["has_copies"]:
        yield Panel("circulation/panel_rules.html", facts, rank=25)


def my_copies(thing: Any, user: Any) -> Iterable[Panel]:
    """How many copies one keeps, and how many want care."""
    counts = Copy.objects.owned_by(user).aggregate(
        total=Count("pk"), broken=Count("pk", filter=Q(state=CopyState.BROKEN))
    )
    if counts["total"]:
        yield Panel("circulation/panel_my_copies.html", counts, rank=40)


MAKERS: list[tuple[str, Maker]] = [
    ("resource.borrow", free_from),
    ("resource.sections", days),
    ("structure.sections", rules),
    ("my_space.sections", my_copies),
]
