"""What agreements and invoices said when they were made: names and amounts stay.

Papers that were made before this was kept are kept from their first printing on.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from maillage.circulation.choices import PaperKind
from maillage.circulation.documents import agreement_data, invoice_data
from maillage.circulation.models import Charge, IssuedPaper, Loan


def keep_agreement(loan: Loan, *, now: dt.datetime) -> None:
    """Keep what a signed agreement says, once; forget it if nothing is signed."""
    papers = loan.papers.filter(kind=PaperKind.AGREEMENT)
    if loan.agreement_signed_on is None:
        papers.delete()
        return
    IssuedPaper.objects.get_or_create(
        loan=loan,
        kind=PaperKind.AGREEMENT,
        number="",
        defaults={"data": agreement_data(loan), "made_at": now},
    )


def keep_invoice(
    loan: Loan, *, number: str, lines: Sequence[Charge], now: dt.datetime
) -> dict[str, Any]:
    """Keep what an invoice says, once; returns it."""
    paper, _is_new = IssuedPaper.objects.get_or_create(
        loan=loan,
        kind=PaperKind.INVOICE,
        number=number,
        defaults={
            "data": invoice_data(loan, number=number, lines=lines),
            "made_at": now,
        },
    )
    return dict(paper.data)


def agreement_of(loan: Loan, *, now: dt.datetime) -> dict[str, Any]:
    """What the agreement says: as it was signed, else as things are now."""
    if loan.agreement_signed_on is None:
        return agreement_data(loan)
    kept = loan.papers.filter(kind=PaperKind.AGREEMENT).first()
    if kept is None:
        keep_agreement(loan, now=now)
        kept = loan.papers.get(kind=PaperKind.AGREEMENT)
    return dict(kept.data)


def invoice_of(
    loan: Loan, *, number: str, lines: Sequence[Charge], now: dt.datetime
) -> dict[str, Any]:
    """What an invoice said when it was made."""
    kept = loan.papers.filter(kind=PaperKind.INVOICE, number=number).first()
    if kept is not None:
        return dict(kept.data)
    return keep_invoice(loan, number=number, lines=lines, now=now)
