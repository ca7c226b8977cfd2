"""What wear, money and attendance show on the pages of other apps."""

from typing import Any

from django.utils import timezone

from maillage.catalogue.models import Resource
from maillage.circulation.models import Copy, Loan
from maillage.circulation.services.attendance import missing
from maillage.core.panels import Maker, Panel

FEW = 5


def resource_tools(resource: Resource, user: Any) -> list[Panel]:
    """The way to the account, for those who may read it."""
    if not user.is_authenticated:
        return []
    copies = Copy.objects.all().visible_to(user).filter(resource=resource)
    if not copies.exists():
        return []
    return [Panel("circulation/care_resource.html", {"resource": resource}, rank=20)]


def figures_to_give(_thing: Any, user: Any) -> list[Panel]:
    """Loans that are over and for which the person has not said who came."""
    today = timezone.localdate()
    mine = Loan.objects.all().borrowed_by(user).values("pk")
    rows = missing(today=today).filter(pk__in=mine)
    found = list(
        rows.select_related("copy__resource", "host").order_by("ends_on")[:FEW]
    )
    return [Panel("circulation/care_waiting.html", {"loans": found})] if found else []


def desk(_thing: Any, user: Any) -> list[Panel]:
    return [Panel("circulation/care_desk.html", rank=20)]


MAKERS: list[tuple[str, Maker]] = [
    ("resource.borrow", resource_tools),
    ("my_space.sections", figures_to_give),
    ("agency_desk.sections", desk),
]
