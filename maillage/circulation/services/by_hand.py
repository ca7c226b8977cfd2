"""Handovers noted on the page of a loan, by those who have not scanned."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.circulation.choices import CustodyKind, Moment, Party
from maillage.circulation.models import Loan
from maillage.circulation.services.custody import append
from maillage.circulation.services.loans import AFTER, hand_over
from maillage.circulation.services.sides import parties_of

NOON = dt.time(12)


@transaction.atomic
def note_step(
    loan: Loan, *, moment: Moment, on: dt.date, by: Any, now: dt.datetime
) -> Loan:
    """Note a handover of a day, and keep it in the custody log of the copy.

    Refuses as ``loans.depart``.
    """
    _state, field = AFTER[moment]
    is_today = on == timezone.localdate(now)
    at = now if is_today else timezone.make_aware(dt.datetime.combine(on, NOON))
    done = hand_over(loan, moment=moment, at=at, by=by, now=now)
    if getattr(done, field) == at:
        mine = parties_of(done, user=by)
        append(
            done, kind=CustodyKind.HANDOVER,
            payload={
                "moment": moment.value, "seen": [], "missing": [],
                "note": _("Noté à la main sur la page du prêt."),
            },
            party=Party.LENDER if Party.LENDER in mine else Party.BORROWER,
            signed_name=str(by)[:120], at=at, by=by, now=now,
        )  # fmt: skip
    return done
