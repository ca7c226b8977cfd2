"""What a label stands for, and what the person who scans it may do."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from maillage.circulation.choices import HOLDING, CopyState, LoanState
from maillage.circulation.models import Component, Copy, Loan
from maillage.circulation.services.luggage import NEXT
from maillage.circulation.services.sides import parties_of
from maillage.directory.models import Structure


@dataclass(frozen=True)
class Found:
    """A copy by one of its labels; ``loan`` and ``may_see`` only for its people."""

    copy: Copy
    component: Component | None
    loan: Loan | None = None
    may_see: bool = False
    may_act: bool = False

    @property
    def owner(self) -> Structure:
        return self.copy.resource.owner

    @property
    def next(self) -> str:
        """What happens next to the loan, as words."""
        return str(NEXT[LoanState(self.loan.state)].label) if self.loan else ""

    @property
    def resource_is_public(self) -> bool:
        return bool(self.copy.resource.is_public)


def find_label(label: str, *, user: Any, today: dt.date) -> Found | None:
    """Find a copy by its label or by that of a component, whatever the case."""
    copies = Copy.objects.select_related("resource__owner__commune")
    copy = copies.filter(label__iexact=label).first()
    component = None
    if copy is None:
        parts = Component.objects.filter(label__iexact=label, retired_on=None)
        component = parts.select_related("copy__resource__owner__commune").first()
        if component is None:
            return None
        copy = component.copy
    may_see = Copy.objects.all().visible_to(user).filter(pk=copy.pk).exists()
    loan = current_loan(copy, user=user, today=today)
    return Found(
        copy=copy, component=component, loan=loan, may_see=may_see,
        may_act=loan is not None and bool(parties_of(loan, user=user)),
    )  # fmt: skip


def current_loan(copy: Copy, *, user: Any, today: dt.date) -> Loan | None:
    """The loan under way that the person may see, else the next one."""
    if copy.state in (CopyState.RETIRED, CopyState.LOST):
        return None
    mine = Loan.objects.all().visible_to(user).filter(copy=copy)
    rows = mine.select_related("host__commune", "copy__resource__owner")
    under_way = rows.out().first()
    coming = rows.filter(state__in=HOLDING, free_on__gt=today).order_by("departs_on")
    return under_way or coming.first()
