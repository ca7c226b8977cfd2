"""What circulation knows of a person: shown to them, forgotten when they leave."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from maillage.circulation.choices import OPEN_REQUESTS, OfferState, RequestState
from maillage.circulation.models import (
    Attendance,
    ConditionReport,
    Host,
    Loan,
    LoanRequest,
    Offer,
    RequestMessage,
)
from maillage.directory.models import Membership


def person_data(user: Any) -> dict[str, list[Any]]:
    """Rows that a person wrote or signed, without those of others."""
    return {
        "hosts": list(
            reached_through(user).values(
                "name", "commune", "contact_name", "contact_email", "contact_phone"
            )
        ),
        "loan_requests": list(
            LoanRequest.objects.filter(asked_by=user).values(
                "pk", "host__name", "resource__name", "message", "state", "asked_at"
            )
        ),
        "loans_written": list(
            Loan.objects.filter(created_by=user).values("pk", "starts_on", "ends_on")
        ),
        "condition_reports": list(
            ConditionReport.objects.filter(made_by=user).values(
                "loan", "moment", "signed_name", "signed_at", "note"
            )
        ),
        "attendance": list(
            Attendance.objects.filter(declared_by=user).values(
                "loan", "pupils", "public", "comment", "declared_at"
            )
        ),
    }


def reached_through(user: Any) -> QuerySet[Host]:
    """Hosts whose contact is this person, as far as names and addresses tell.

    A host that they wrote down for a structure where others answer keeps a contact that
    is somebody else.
    """
    others = Membership.objects.filter(structure=OuterRef("structure"))
    alone = Q(created_by=user) & ~Exists(others.exclude(user=user))
    found = alone | Q(contact_email__iexact=user.email)
    if user.display_name:
        named = Q(contact_name__iexact=user.display_name)
        found |= named & (Q(created_by=user) | Q(structure__memberships__user=user))
    return Host.objects.filter(pk__in=Host.objects.filter(found).values("pk"))


@transaction.atomic
def forget_person(user: Any, *, now: dt.datetime) -> None:
    """Withdraw open requests; forget how the person was reached and what they wrote.

    What made a loan stays, as do agreements, invoices, reports and the custody log, for
    they are proofs between two parties; the link to the account goes with the account.
    """
    mine = LoanRequest.objects.filter(asked_by=user, state__in=OPEN_REQUESTS)
    Offer.objects.filter(request__in=mine, state=OfferState.WAITING).update(
        state=OfferState.DECLINED
    )
    mine.update(state=RequestState.WITHDRAWN, answered_at=now)
    LoanRequest.objects.filter(asked_by=user, loans=None).update(message="")
    RequestMessage.objects.filter(
        author=user, is_from_host=True, request__loans=None
    ).delete()
    reached_through(user).update(contact_name="", contact_email="", contact_phone="")
