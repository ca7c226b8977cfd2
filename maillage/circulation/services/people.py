"""What circulation knows of a person: shown to them, forgotten when they leave."""

from typing import Any

from django.db import transaction

from maillage.circulation.choices import OPEN_REQUESTS, RequestState
from maillage.circulation.models import (
    Attendance,
    ConditionReport,
    Host,
    Loan,
    LoanRequest,
)


def person_data(user: Any) -> dict[str, list[Any]]:
    """Rows that a person wrote or signed, without those of others."""
    return {
        "hosts": list(
            Host.objects.filter(created_by=user).values(
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


@transaction.atomic
def forget_person(user: Any) -> None:
    """Withdraw open requests, and forget how the person was reached.

    What was signed in the custody log stays, for it is a proof between two parties; the
    link to the account goes with the account.
    """
    mine = LoanRequest.objects.filter(asked_by=user, state__in=OPEN_REQUESTS)
    mine.update(state=RequestState.WITHDRAWN)
    # A host that belongs to a structure keeps its contact: others answer for it.
    Host.objects.filter(created_by=user, structure=None).update(
        contact_name="", contact_email="", contact_phone=""
    )
