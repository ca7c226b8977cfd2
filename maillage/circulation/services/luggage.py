"""What a phone takes along: the loans that move about now, and their check-lists."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from maillage.circulation.choices import ComponentKind, LoanState, Moment, Party
from maillage.circulation.custody_chain import tips
from maillage.circulation.models import Copy, CustodyEntry, Host, Loan
from maillage.circulation.services.letters import period
from maillage.core.dates import day_words

#: A phone takes along what moves within so many days, or moved so few days ago.
AHEAD_DAYS = 21
BEHIND_DAYS = 5
#: And no more loans than this, the nearest first.
MOST_LOANS = 60
#: What comes next, by the state of a loan.
NEXT = {
    LoanState.PROPOSED: Moment.DEPARTURE,
    LoanState.CONFIRMED: Moment.DEPARTURE,
    LoanState.DEPARTED: Moment.ARRIVAL,
    LoanState.ON_SITE: Moment.LEAVING,
    LoanState.RETURNING: Moment.RETURN,
    LoanState.RETURNED: Moment.RETURN,
    LoanState.CANCELLED: Moment.RETURN,
}


def moving(user: Any, *, today: dt.date) -> QuerySet[Loan]:
    """The loans of a person that change hands about now, the nearest first."""
    soon = today + dt.timedelta(AHEAD_DAYS)
    lately = today - dt.timedelta(BEHIND_DAYS)
    mine = Loan.objects.all().visible_to(user)
    return (
        mine.filter(
            Q(state=LoanState.CONFIRMED, departs_on__lte=soon)
            | Q(state__in=(LoanState.DEPARTED, LoanState.RETURNING))
            | Q(state=LoanState.ON_SITE, ends_on__lte=soon)
            | Q(state=LoanState.ON_SITE, starts_on__gte=lately)
            | Q(state=LoanState.RETURNED, returned_at__date__gte=lately)
        )
        .select_related("copy__resource__owner", "copy__depot", "host__commune")
        .order_by("departs_on", "pk")
    )


def due_on(loan: Loan) -> dt.date:
    """The day of what comes next."""
    return {
        Moment.DEPARTURE: loan.departs_on,
        Moment.ARRIVAL: loan.starts_on,
        Moment.LEAVING: loan.ends_on,
        Moment.RETURN: loan.free_on,
    }[NEXT[LoanState(loan.state)]]


def nearest(loans: Iterable[Loan], *, today: dt.date) -> list[Loan]:
    """What moves next first; what is over last."""
    done = (LoanState.RETURNED, LoanState.CANCELLED)
    rows = sorted(
        loans, key=lambda loan: (loan.state in done, abs(due_on(loan) - today), loan.pk)
    )[:MOST_LOANS]
    return sorted(rows, key=lambda loan: (loan.state in done, due_on(loan), loan.pk))


def luggage(user: Any, *, today: dt.date) -> list[dict[str, Any]]:
    """The loans to take along, with their check-lists and the tips of their logs."""
    rows = moving(user, today=today).prefetch_related("copy__components__crate")
    loans = nearest(rows, today=today)
    keys = [loan.pk for loan in loans]
    lent = set(
        Loan.objects.all()
        .lent_by(user)
        .filter(pk__in=keys)
        .values_list("pk", flat=True)
    )
    hosts = set(
        Host.objects.all()
        .editable_by(user)
        .filter(loans__in=keys)
        .values_list("pk", flat=True)
    )
    logs: dict[int, list[dict[str, Any]]] = {}
    told: dict[int, list[tuple[str, str, str]]] = {}
    for entry in CustodyEntry.objects.filter(copy__in={loan.copy_id for loan in loans}):
        logs.setdefault(entry.copy_id, []).append(
            {"digest": entry.digest, "parents": entry.parents}
        )
        told.setdefault(entry.loan_id or 0, []).append(
            (entry.kind, entry.payload.get("moment", ""), entry.party)
        )
    return [
        packed(
            loan,
            parties=[
                party
                for party, holds in (
                    (Party.LENDER, loan.pk in lent), (Party.BORROWER, loan.host_id in hosts)
                )
                if holds
            ],
            parents=tips(logs.get(loan.copy_id, [])),
            told=told.get(loan.pk, []),
        )
        for loan in loans
    ]  # fmt: skip


def packed(
    loan: Loan, *, parties: list[Party], parents: list[str],
    told: list[tuple[str, str, str]],
) -> dict[str, Any]:  # fmt: skip
    """One loan as its phone keeps it."""
    host, copy = loan.host, loan.copy
    return {
        "loan": loan.pk,
        "reference": loan.reference,
        "resource": copy.resource.name,
        "copy": copy.pk,
        "label": copy.label,
        "owner": copy.resource.owner.name,
        "depot": copy.depot.name,
        "host": host.name,
        "commune": host.commune.name,
        "address": host.address,
        "contact": host.contact_name,
        "phone": host.contact_phone,
        "state": loan.state,
        "next": NEXT[LoanState(loan.state)],
        "is_over": loan.state in (LoanState.RETURNED, LoanState.CANCELLED),
        "due_on": due_on(loan).isoformat(),
        "due_words": day_words(due_on(loan), "l j F"),
        "period": period(loan.starts_on, loan.ends_on),
        "parties": [party.value for party in parties],
        "parents": parents,
        "told": [list(each) for each in sorted(set(told))],
        "parts": [
            {
                "label": part.label,
                "name": part.name,
                "is_crate": part.kind == ComponentKind.CRATE,
                "crate": part.crate.label if part.crate else "",
                "quantity": part.quantity,
                "check": part.check_note,
            }
            for part in check_list(copy)
        ],
    }  # fmt: skip


def check_list(copy: Copy) -> list[Any]:
    """The components in service: each crate, then what is in it."""
    parts = [part for part in copy.components.all() if part.retired_on is None]
    place = {part.pk: rank for rank, part in enumerate(parts)}
    return sorted(
        parts,
        key=lambda part: (
            place.get(part.crate_id or part.pk, place[part.pk]),
            part.crate_id is not None,
            place[part.pk],
        ),
    )
