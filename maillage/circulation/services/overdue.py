"""Copies that are not back: once a day, keep them taken and tell who is concerned.

Told once each: the borrower and the owner of the late loan, then the host who waits
for the copy. Run twice a day, it changes nothing the second time.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.circulation.choices import OUT, LoanState, Party
from maillage.circulation.models import Hold, Loan
from maillage.circulation.services.holding import move_hold
from maillage.circulation.services.letters import day, tell
from maillage.circulation.services.sides import BOTH, lock_loan

DAY = dt.timedelta(1)
#: The next host is told when its copy should leave within so many days.
SOON = dt.timedelta(7)


@dataclass(frozen=True)
class Chased:
    """What one run has done."""

    late: int = 0
    warned: int = 0
    extended: int = 0
    told_next: int = 0


def chase(*, today: dt.date, now: dt.datetime) -> Chased:
    """See to every copy that should be back, each in a transaction of its own."""
    late = list(
        Loan.objects.all()
        .overdue(today)
        .order_by("free_on", "pk")
        .select_related("copy")
    )
    done = [chase_one(loan, today=today, now=now) for loan in late]
    return Chased(
        late=len(late),
        warned=sum(one.warned for one in done),
        extended=sum(one.extended for one in done),
        told_next=sum(one.told_next for one in done),
    )


@transaction.atomic
def chase_one(loan: Loan, *, today: dt.date, now: dt.datetime) -> Chased:
    """Warn, keep the copy taken, and tell the next host."""
    loan = lock_loan(loan)
    if loan.state not in OUT or loan.free_on > today:
        return Chased()  # it came back meanwhile
    return Chased(
        warned=warn(loan, today=today, now=now),
        extended=keep_taken(loan, today=today),
        told_next=warn_next(loan, today=today, now=now),
    )


def warn(loan: Loan, *, today: dt.date, now: dt.datetime) -> int:
    """Tell both sides, once."""
    if loan.warned_on:
        return 0
    loan.warned_on = today
    loan.save(update_fields=["warned_on"])
    tell(
        loan, parties=BOTH, now=now,
        subject=_("En retard : %(name)s") % {"name": loan.copy.resource.name},
        text=_(
            "L’exemplaire devait être de nouveau libre le %(day)s et son retour n’est "
            "pas noté. S’il est rentré, notez-le sur la page du prêt ; sinon, dites à "
            "l’autre partie quand il rentrera."
        ) % {"day": day(loan.free_on)},
    )  # fmt: skip
    return 1


def keep_taken(loan: Loan, *, today: dt.date) -> int:
    """Take today too, as far as the next hold."""
    held = Hold.objects.filter(loan=loan).first()
    if held is None or held.ends_on > today:
        return 0
    later = loan.copy.holds.filter(starts_on__gte=held.ends_on).order_by("starts_on")
    limit = later.values_list("starts_on", flat=True).first()
    end = min(today + DAY, limit) if limit else today + DAY
    if end <= held.ends_on:
        return 0
    move_hold(held, start=held.starts_on, end=end)
    return 1


def next_loan(loan: Loan) -> Loan | None:
    """The loan that waits for this copy."""
    rows = loan.copy.loans.filter(
        state__in=[LoanState.PROPOSED, LoanState.CONFIRMED],
        departs_on__gte=loan.departs_on,
    )
    rows = rows.exclude(pk=loan.pk).order_by("departs_on", "pk")
    return rows.select_related("host__commune", "host__created_by").first()


def warn_next(loan: Loan, *, today: dt.date, now: dt.datetime) -> int:
    """Tell the host that waits for the copy, once, when its turn is near."""
    waiting = next_loan(loan)
    if waiting is None or waiting.delay_told_on or waiting.departs_on > today + SOON:
        return 0
    waiting.copy = loan.copy
    waiting.delay_told_on = today
    waiting.save(update_fields=["delay_told_on"])
    tell(
        waiting, parties=[Party.BORROWER], now=now,
        subject=_("Retard possible : %(name)s") % {"name": loan.copy.resource.name},
        text=_(
            "L’exemplaire qui doit venir chez vous n’est pas encore rentré du prêt "
            "précédent. Il ne partira qu’une fois revenu. Son propriétaire est prévenu "
            "et vous dira si vos dates changent."
        ),
    )  # fmt: skip
    return 1
