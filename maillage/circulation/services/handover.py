"""What a phone takes along, and what it sends back: handovers and reports.

The custody log keeps the fact, whatever the order in which facts arrive; the states of
loans are then worked out from the log, so that any order ends in the same ones.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from maillage.circulation.choices import (
    OUT,
    ComponentKind,
    CustodyKind,
    LoanState,
    Moment,
    Party,
)
from maillage.circulation.custody_chain import tips
from maillage.circulation.models import Copy, CustodyEntry, Host, Loan
from maillage.circulation.services.custody import append, keep
from maillage.circulation.services.letters import period
from maillage.circulation.services.loans import (
    AFTER,
    come_home,
    not_back,
    rank,
    say_moment,
    widen,
)
from maillage.circulation.services.reports import record_report

#: A phone takes along what moves within so many days, or moved so few days ago.
AHEAD_DAYS = 21
BEHIND_DAYS = 5
#: And no more loans than this, the nearest first.
MOST_LOANS = 60
#: The handovers that bring a copy to its host.
OUTWARD = (Moment.DEPARTURE, Moment.ARRIVAL)
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


# Coming in ---------------------------------------------------------------------


@transaction.atomic
def receive(data: Any, *, by: Any, now: dt.datetime) -> tuple[CustodyEntry, bool, str]:
    """Keep one signed line and let the loan follow.

    Returns the line, whether it is new, and why the state of the loan does not follow,
    if it does not. Refuses as ``custody.keep``.
    """
    entry, new = keep(data, by=by, now=now)
    return entry, new, follow(entry, by=by, now=now) if new else ""


@transaction.atomic
def record(
    loan: Loan, *, kind: CustodyKind, payload: dict[str, Any], party: Party,
    signed_name: str, at: dt.datetime, by: Any, now: dt.datetime,
) -> tuple[CustodyEntry, str]:  # fmt: skip
    """As ``receive``, from a form of the site, which signs for the person."""
    entry = append(
        loan, kind=kind, payload=payload, party=party, signed_name=signed_name,
        at=at, by=by, now=now,
    )  # fmt: skip
    return entry, follow(entry, by=by, now=now)


def follow(entry: CustodyEntry, *, by: Any, now: dt.datetime) -> str:
    """Let reports and loans say what the log says."""
    if entry.kind == CustodyKind.REPORT:
        record_report(entry, by=by, now=now)
        return ""
    if entry.kind != CustodyKind.HANDOVER or entry.loan_id is None:
        return ""
    return settle(entry.copy, by=by, now=now).get(entry.loan_id, "")


@dataclass
class Life:
    """What the log tells of one loan: when each handover was, and when it was over."""

    times: dict[Moment, dt.datetime] = field(default_factory=dict)
    #: The copy was in the hands of another loan from then on.
    ousted_at: dt.datetime | None = None

    @property
    def last(self) -> Moment:
        return max(self.times, key=list(Moment).index)

    @property
    def proven_at(self) -> dt.datetime:
        """When the copy is first known to be here: a departure alone may be a mistake."""
        sure = [at for moment, at in self.times.items() if moment != Moment.DEPARTURE]
        return min(sure or self.times.values())

    @property
    def latest_at(self) -> dt.datetime:
        return max(self.times.values())


def lives_of(copy: Copy) -> dict[int, Life]:
    """The lives of the loans of a copy: a function of the set of lines, not of its order.

    The first handover told for a moment counts. A loan that is not given back is over
    when the copy leaves for, or reaches, another host after its last handover.
    """
    lives: dict[int, Life] = {}
    for entry in copy.custody.filter(kind=CustodyKind.HANDOVER, loan__isnull=False):
        times = lives.setdefault(entry.loan_id or 0, Life()).times
        moment = Moment(entry.payload["moment"])
        times[moment] = min(entry.at, times.get(moment, entry.at))
    for loan, life in lives.items():
        taken = [
            at
            for other, rival in lives.items()
            for moment, at in rival.times.items()
            if other != loan and moment in OUTWARD and at > life.latest_at
        ]
        if taken and life.last != Moment.RETURN:
            life.ousted_at = min(taken)
    return lives


def settle(copy: Copy, *, by: Any, now: dt.datetime) -> dict[int, str]:
    """Bring the loans of a copy to where its log says they are.

    Returns why a loan does not follow, by its key. Called with the copy locked.
    """
    lives = lives_of(copy)
    rows = Loan.objects.select_for_update(of=("self",)).filter(pk__in=lives)
    loans = rows.select_related("host__commune", "host__structure", "host__created_by")
    reasons = {}
    for loan in sorted(
        loans, key=lambda row: (min(lives[row.pk].times.values()), row.pk)
    ):
        loan.copy = copy
        life = lives[loan.pk]
        # Those that have no line, and are out or were until one of this loan's.
        others = copy.loans.exclude(pk__in=lives).filter(
            Q(state__in=OUT)
            | Q(state=LoanState.RETURNED, returned_at__in=life.times.values())
        )
        reasons[loan.pk] = live(loan, life=life, others=list(others), by=by, now=now)
    return reasons


def live(
    loan: Loan, *, life: Life, others: list[Loan], by: Any, now: dt.datetime
) -> str:
    """Write a life on its loan; return why not. ``others`` are out without a line."""
    if loan.state == LoanState.CANCELLED:
        return _("Ce prêt est annulé.")
    if loan.state == LoanState.PROPOSED:
        return _("Les deux parties doivent d’abord confirmer ce prêt.")
    if life.last == Moment.DEPARTURE and loan.state == LoanState.CONFIRMED:
        for other in others:
            if other.state in OUT and other.pk != loan.comes_from_id:
                return not_back(other).message
    for other in others:
        oust(other, at=life.proven_at)
    back = life.times.get(Moment.RETURN)
    is_back_news = back is not None and back != loan.returned_at
    if loan.state == LoanState.CONFIRMED:
        widen(loan, on=localtime(min(life.times.values())).date())
    news = [moment for moment in life.times if not getattr(loan, AFTER[moment][1])]
    for moment, at in life.times.items():
        setattr(loan, AFTER[moment][1], at)
    state = AFTER[life.last][0]
    if rank(state) > rank(loan.state):
        loan.state = state
    loan.save(update_fields=["state", *(value for _state, value in AFTER.values())])
    if back is not None and is_back_news:
        come_home(loan, at=back)
    elif life.ousted_at:
        oust(loan, at=life.ousted_at)
    for moment in news:
        say_moment(loan, moment=moment, at=life.times[moment], by=by, now=now)
    return ""


def oust(loan: Loan, *, at: dt.datetime) -> None:
    """End a loan whose copy is in other hands: that is the latest it can have ended."""
    if loan.returned_at and loan.returned_at <= at:
        return
    loan.returned_at = min(at, loan.returned_at or at)
    loan.left_at = min(loan.left_at or at, loan.returned_at)
    loan.state = LoanState.RETURNED
    loan.save(update_fields=["left_at", "returned_at", "state"])
    come_home(loan, at=at, checked=False)


# Going out -----------------------------------------------------------------------


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
        "due_words": date_format(due_on(loan), "l j F"),
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
