"""The life of a loan, one example of each step, for the account that manages an owner."""

import datetime as dt
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.circulation.choices import (
    CustodyKind,
    Finding,
    LoanState,
    Moment,
    Party,
)
from maillage.circulation.demo_past import at, costs
from maillage.circulation.models import Copy, Host, Loan
from maillage.circulation.services.handover import record
from maillage.circulation.services.holding import make_loan, span_for
from maillage.core.errors import Refused

#: When the loan to confirm begins, and for how long.
AHEAD, DAYS = dt.timedelta(45), dt.timedelta(21)


def show_lives(demo: Any) -> None:
    """A loan to confirm, and reports that both parties have signed of one on site."""
    owner, agency = demo.people.get("responsable"), demo.people.get("agence")
    if owner is None or agency is None:
        return
    mine = Loan.objects.all().lent_by(owner)
    on_site = mine.filter(state=LoanState.ON_SITE, free_on__gt=demo.today)
    if loan := on_site.order_by("-pk").first():
        sign(loan, Moment.DEPARTURE, by=owner, now=demo.now)
        sign(loan, Moment.ARRIVAL, by=agency, now=demo.now)
    waiting = mine.filter(state=LoanState.PROPOSED, owner_confirmed_at=None)
    if not waiting.exists():
        propose(demo, owner=owner)


def sign(loan: Loan, moment: Moment, *, by: User, now: dt.datetime) -> None:
    """A report of all pieces; on arrival, the last of them has a scratch."""
    is_arrival = moment == Moment.ARRIVAL
    labels = loan.copy.components.order_by("pk").values_list("label", flat=True)
    rows: list[dict[str, Any]] = [
        {"label": label, "finding": Finding.GOOD.value, "note": "", "pictures": []}
        for label in labels
    ]
    if rows and is_arrival:
        rows[-1] |= {"finding": Finding.WORN.value, "note": _("Une rayure, au dos.")}
    day = loan.starts_on - dt.timedelta(1) if is_arrival else loan.departs_on
    record(
        loan,
        kind=CustodyKind.REPORT,
        payload={"moment": moment.value, "lines": rows, "note": ""},
        party=Party.BORROWER if is_arrival else Party.LENDER,
        signed_name=loan.host.name[:80] if is_arrival else by.display_name,
        at=at(day, 10),
        by=by,
        now=now,
    )


def propose(demo: Any, *, owner: User) -> None:
    """A loan that waits for its owner, on the first copy that is free then."""
    start = demo.today + AHEAD
    host = Host.objects.order_by("pk").first()
    copies = (
        Copy.objects.all().lendable().filter(resource__owner__memberships__user=owner)
    )
    if host is None:
        return
    for copy in copies.select_related("resource", "depot__commune").order_by("pk"):
        span = span_for(copy, host=host, start=start, end=start + DAYS)
        with suppress(Refused):
            make_loan(
                copy, host=host, span=span, by=None, now=demo.now,
                state=LoanState.PROPOSED, host_confirmed_at=demo.now, is_example=True,
                **costs(copy, host, days=DAYS.days, km=span.km),
            )  # fmt: skip
            return
