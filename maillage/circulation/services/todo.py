"""What each loan waits for, and from whom."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from maillage.circulation.choices import HOLDING, OUT, LoanState, Party
from maillage.circulation.models import Host, Loan

WEEK = dt.timedelta(7)
#: Papers are asked for from this long before the departure.
PAPERS = dt.timedelta(21)

#: Codes of what is to be done, the most pressing first, and their words.
LABELS: dict[str, str | Promise] = {
    "overdue": _("en retard : à faire rentrer"),
    "confirm": _("à confirmer"),
    "extension": _("prolongation demandée"),
    "depart": _("départ à noter"),
    "arrive": _("arrivée à noter"),
    "leave": _("fin du prêt à noter"),
    "return": _("retour à noter"),
    "papers": _("papiers manquants"),
}
#: Who has to act on it, if not either.
ACTS = {"extension": Party.LENDER, "return": Party.LENDER}


@dataclass(frozen=True)
class Task:
    """A loan and what it waits for."""

    loan: Loan
    code: str

    @property
    def label(self) -> str:
        return str(LABELS[self.code])


def urgent(loans: QuerySet[Loan], *, today: dt.date) -> QuerySet[Loan]:
    """Loans that may wait for somebody; ``task_of`` says what for."""
    papers = Q(agreement_signed_on=None) | Q(insurance_value_cents__gt=0) & (
        Q(insurance_until=None) | Q(insurance_until__lt=F("free_on"))
    )
    papers |= Q(deposit_cents__gt=0, deposit_received_on=None)
    wanted = (
        Q(state=LoanState.PROPOSED)
        | Q(state__in=OUT, free_on__lte=today)
        | Q(asked_until__isnull=False)
        | Q(state=LoanState.CONFIRMED, departs_on__lte=today + WEEK)
        | Q(state=LoanState.DEPARTED, starts_on__lte=today + WEEK)
        | Q(state=LoanState.ON_SITE, ends_on__lte=today)
        | Q(state=LoanState.RETURNING)
        | Q(state=LoanState.CONFIRMED, departs_on__lte=today + PAPERS) & papers
    )
    return loans.filter(wanted, state__in=HOLDING)


def missing_papers(loan: Loan) -> list[str]:
    """The codes of the papers that a loan still needs before it leaves."""
    found = []
    if not loan.agreement_signed_on:
        found.append("agreement")
    if needs_insurance(loan) and not is_insured(loan):
        found.append("insurance")
    if loan.deposit_cents and not loan.deposit_received_on:
        found.append("deposit")
    return found


def needs_insurance(loan: Loan) -> bool:
    return bool(loan.insurance_value_cents)


def is_insured(loan: Loan) -> bool:
    return loan.insurance_until is not None and loan.insurance_until >= loan.free_on


def task_of(loan: Loan, *, today: dt.date, parties: Iterable[Party] = (*Party,)) -> str:
    """The code of what a loan waits for from these sides; empty for nothing."""
    mine = {*parties}
    code = pressing(loan, today=today, mine=mine)
    return code if mine and ACTS.get(code, next(iter(mine))) in mine else ""


def pressing(loan: Loan, *, today: dt.date, mine: set[Party]) -> str:
    if loan.state in OUT and loan.free_on <= today:
        return "overdue"
    if loan.state == LoanState.PROPOSED:
        asked = {
            Party.LENDER: loan.owner_confirmed_at,
            Party.BORROWER: loan.host_confirmed_at,
        }
        return "confirm" if any(asked[party] is None for party in mine) else ""
    if loan.asked_until and Party.LENDER in mine:
        return "extension"
    due = {
        LoanState.CONFIRMED: ("depart", loan.departs_on - WEEK),
        LoanState.DEPARTED: ("arrive", loan.starts_on - WEEK),
        LoanState.ON_SITE: ("leave", loan.ends_on),
        LoanState.RETURNING: ("return", loan.ends_on),
    }
    code, since = due.get(LoanState(loan.state), ("", dt.date.max))
    if code and since <= today:
        return code
    if loan.state == LoanState.CONFIRMED and loan.departs_on - PAPERS <= today:
        return "papers" if missing_papers(loan) else ""
    return ""


def tasks(
    loans: QuerySet[Loan], *, user: Any, today: dt.date, most: int = 200
) -> list[Task]:
    """What loans wait for from a person, the most pressing first.

    ``loans`` are those that the person may see; costs three queries.
    """
    rows = list(
        urgent(loans, today=today)
        .select_related("copy__resource__owner", "host__commune")
        .order_by("departs_on", "pk")[: most * 2]
    )
    lent = {*Loan.objects.all().lent_by(user).filter(pk__in=[r.pk for r in rows])
            .values_list("pk", flat=True)}  # fmt: skip
    hosts = Host.objects.filter(pk__in={r.host_id for r in rows})
    spoken = {*hosts.editable_by(user).values_list("pk", flat=True)}
    found = []
    for row in rows:
        parties = [Party.LENDER] * (row.pk in lent)
        parties += [Party.BORROWER] * (row.host_id in spoken)
        code = task_of(row, today=today, parties=parties)
        if code:
            found.append(Task(row, code))
    order = list(LABELS)
    return sorted(found, key=lambda t: order.index(t.code))[:most]
