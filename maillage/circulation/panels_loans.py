"""Loans on the pages of others: what waits for a person, what is late, what tours."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from maillage.circulation.choices import LoanState
from maillage.circulation.models import Loan
from maillage.circulation.services.todo import tasks
from maillage.core.panels import Maker, Panel

#: Loans named in a panel; the list has them all.
MOST = 6
TOURING = 12


def on_my_space(_thing: Any, user: Any) -> Iterable[Panel]:
    """The loans of one's structures and hosts that wait for the person."""
    if not user.is_authenticated or user.is_agency or user.is_observer:
        return
    mine = Loan.objects.all().visible_to(user)
    if not mine.exists():
        return
    today = timezone.localdate()
    found = tasks(mine, user=user, today=today, most=MOST + 1)
    yield Panel(
        "circulation/panel_my_loans.html",
        {
            "tasks": found[:MOST],
            "more": len(found) > MOST,
            "going": mine.out().count(),
        },
        rank=10,
    )


def on_agency_desk(_thing: Any, _user: Any) -> Iterable[Panel]:
    """How many loans go on, and those that are late, the latest first."""
    today = timezone.localdate()
    rows = Loan.objects.all()
    late = list(
        rows.overdue(today)
        .select_related("copy__resource__owner", "host__commune")
        .order_by("free_on", "pk")[: MOST + 1]
    )
    yield Panel(
        "circulation/panel_agency_loans.html",
        {
            "late": late[:MOST],
            "more": len(late) > MOST,
            "out": rows.out().count(),
            "to_confirm": rows.filter(state=LoanState.PROPOSED).count(),
        },
        rank=10,
    )


def on_structure(structure: Any, _user: Any) -> Iterable[Panel]:
    """Where the resources of a structure are shown today: the communes, no more."""
    today = timezone.localdate()
    rows = Loan.objects.filter(
        copy__resource__owner=structure,
        copy__resource__in=published(structure),
        state=LoanState.ON_SITE,
        starts_on__lte=today,
        ends_on__gt=today,
    )
    found = list(
        rows.select_related("copy__resource", "host__commune").order_by(
            "copy__resource__name", "starts_on", "pk"
        )[:TOURING]
    )
    if found:
        yield Panel("circulation/panel_touring.html", {"loans": found}, rank=20)


def published(structure: Any) -> Any:
    return structure.resources.all().published().values("pk")


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", on_my_space),
    ("agency_desk.sections", on_agency_desk),
    ("structure.sections", on_structure),
]
