"""Where the pages of other parts lead to the scan page, the reports, the custody log."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from maillage.circulation.choices import LoanState
from maillage.circulation.models import Copy, Loan
from maillage.circulation.services.luggage import moving
from maillage.circulation.services.sides import parties_of
from maillage.core.panels import Maker, Panel

#: A loan whose crates are about to move, or may still be looked at by both sides.
MOVES = (
    LoanState.CONFIRMED,
    LoanState.DEPARTED,
    LoanState.ON_SITE,
    LoanState.RETURNING,
)


def loan_field(loan: Loan, user: Any) -> Iterable[Panel]:
    """Beside a loan: scan, report, and the log of its copy for those who may read it."""
    may_see = Copy.objects.all().visible_to(user).filter(pk=loan.copy_id).exists()
    yield Panel(
        "circulation/panel_field.html",
        {
            "loan": loan,
            "may_scan": loan.state in MOVES and bool(parties_of(loan, user=user)),
            "may_see": may_see,
            "reports": loan.reports.count(),
        },
        rank=40,
    )


def my_field(_thing: Any, user: Any) -> Iterable[Panel]:
    """In one's own space, as soon as something moves in the coming days."""
    number = moving(user, today=timezone.localdate()).count()
    if number:
        yield Panel("circulation/panel_my_field.html", {"number": number}, rank=15)


MAKERS: list[tuple[str, Maker]] = [
    ("loan.sections", loan_field),
    ("my_space.sections", my_field),
]
