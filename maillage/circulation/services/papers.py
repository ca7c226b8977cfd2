"""The papers of a loan: agreement, insurance, deposit, lines and invoices."""

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.circulation.choices import ChargeKind, LoanState, Party
from maillage.circulation.models import Charge, Loan
from maillage.circulation.services.issued import keep_agreement, keep_invoice
from maillage.circulation.services.letters import day, tell
from maillage.circulation.services.sides import lock_loan, need_party
from maillage.core.errors import Refused
from maillage.core.money import format_cents
from maillage.core.uploads import clean_document, clean_picture
from maillage.directory.models import Structure


class Paper(StrEnum):
    """A paper that is noted by its day, and its field."""

    AGREEMENT = "agreement_signed_on"
    DEPOSIT_IN = "deposit_received_on"
    DEPOSIT_OUT = "deposit_returned_on"


@transaction.atomic
def note_paper(
    loan: Loan,
    *,
    paper: Paper,
    on: dt.date | None,
    by: Any,
    now: dt.datetime,
    today: dt.date,
) -> Loan:
    """Note the day of a paper, or that it was not so after all (``on`` is ``None``).

    What an agreement says stays as it is on the day its signature is noted.

    Refuses with ``forbidden``, ``cancelled``, ``future`` or ``order``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    if loan.state == LoanState.CANCELLED and paper != Paper.DEPOSIT_OUT:
        raise Refused("cancelled", _("Ce prêt est annulé."))
    if on and on > today:
        raise Refused("future", _("Choisissez un jour qui n’est pas à venir."))
    received = loan.deposit_received_on
    if paper == Paper.DEPOSIT_OUT and on and (not received or on < received):
        raise Refused("order", _("La caution est rendue après avoir été reçue."))
    if paper == Paper.DEPOSIT_IN and not on and loan.deposit_returned_on:
        raise Refused("order", _("La caution est déjà rendue."))
    setattr(loan, paper.value, on)
    loan.save(update_fields=[paper.value])
    if paper == Paper.AGREEMENT:
        keep_agreement(loan, now=now)
    return loan


@transaction.atomic
def keep_insurance(
    loan: Loan,
    *,
    file: IO[bytes],
    until: dt.date,
    by: Any,
    now: dt.datetime,
) -> Loan:
    """Keep the borrower's insurance certificate: a PDF, or a picture of it.

    It must hold until the copy is back. Refuses with ``forbidden``, ``cancelled`` or
    ``short``; raises ``ValidationError`` for a file that is neither.
    """
    need_party(loan, Party.BORROWER, by=by)
    loan = lock_loan(loan)
    if loan.state == LoanState.CANCELLED:
        raise Refused("cancelled", _("Ce prêt est annulé."))
    if until < loan.free_on:
        raise Refused(
            "short",
            _("L’attestation doit couvrir le prêt jusqu’au retour, le %(day)s.")
            % {"day": day(loan.free_on)},
        )
    head = file.read(1024)
    file.seek(0)
    clean = clean_document(file) if b"%PDF-" in head else clean_picture(file)
    old = loan.insurance_file.name
    loan.insurance_file.save(clean.name or "", clean, save=False)
    loan.insurance_until = until
    loan.save(update_fields=["insurance_file", "insurance_until"])
    if old:
        path = Path(settings.MEDIA_ROOT) / old
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    tell(
        loan, parties=[Party.LENDER], by=by, now=now,
        subject=_("Attestation reçue : %(name)s") % {"name": loan.copy.resource.name},
        text=_("L’attestation d’assurance est déposée, valable jusqu’au %(day)s.")
        % {"day": day(until)},
    )  # fmt: skip
    return loan


# Lines and invoices ------------------------------------------------------------


@transaction.atomic
def first_lines(loan: Loan, *, by: Any) -> list[Charge]:
    """Write the lines that were estimated, if there is none yet.

    Refuses with ``forbidden`` or ``nothing``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    if loan.charges.exists():
        return list(loan.charges.all())
    rows = [
        (ChargeKind.FEE, _("Location de l’exposition"), loan.fee_cents),
        (ChargeKind.TRANSPORT, _("Transport"), loan.transport_cents),
    ]
    found = [
        Charge(loan=loan, kind=kind, text=text, cents=cents)
        for kind, text, cents in rows
        if cents
    ]
    if not found:
        raise Refused(
            "nothing", _("Ce prêt est gratuit : ajoutez une ligne au besoin.")
        )
    return Charge.objects.bulk_create(found)


@transaction.atomic
def write_charge(
    loan: Loan, *, kind: str, text: str, cents: int, by: Any, charge: Charge | None
) -> Charge:
    """Add a line, or change one that is on no invoice; a rebate is made negative.

    Refuses with ``forbidden``, ``invoiced`` or ``nothing``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    if not cents:
        raise Refused("nothing", _("Écrivez un montant."))
    row = open_line(loan, charge) if charge else Charge(loan=loan)
    row.kind, row.text = kind, text.strip()
    row.cents = -abs(cents) if kind == ChargeKind.REBATE else cents
    row.save()
    return row


@transaction.atomic
def drop_charge(loan: Loan, *, charge: Charge, by: Any) -> None:
    """Take a line away. Refuses with ``forbidden`` or ``invoiced``."""
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    open_line(loan, charge).delete()


def open_line(loan: Loan, charge: Charge) -> Charge:
    """A line as it is now, on no invoice. Refuses with ``gone`` or ``invoiced``."""
    row = loan.charges.filter(pk=charge.pk).first()
    if row is None:
        raise Refused("gone", _("Cette ligne n’existe plus."))
    if row.invoice_number:
        raise Refused("invoiced", _("Cette ligne est facturée : elle ne change plus."))
    return row


@transaction.atomic
def issue_invoice(loan: Loan, *, by: Any, now: dt.datetime, today: dt.date) -> str:
    """Put the open lines on a new invoice; returns its number.

    Numbers follow each other without a gap for an owner and a year: the owner is locked
    while one is given. Refuses with ``forbidden``, ``nothing`` or ``negative``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    lines = list(loan.charges.filter(invoice_number=""))
    if not lines:
        raise Refused("nothing", _("Il n’y a pas de ligne à facturer."))
    total = sum(line.cents for line in lines)
    if total < 0 and not loan.charges.exclude(invoice_number="").exists():
        raise Refused("negative", _("Le total est négatif : revoyez la remise."))
    number = next_number(loan.copy.resource.owner, year=today.year)
    for line in lines:
        line.invoice_number, line.invoiced_on = number, today
    Charge.objects.bulk_update(lines, ["invoice_number", "invoiced_on"])
    keep_invoice(loan, number=number, lines=lines, now=now)
    tell(
        loan, parties=[Party.BORROWER], by=by, now=now,
        subject=_("Facture %(number)s") % {"number": number},
        text=_("La facture %(number)s, de %(total)s, est sur la page du prêt.")
        % {"number": number, "total": format_cents(total)},
    )  # fmt: skip
    return number


def next_number(owner: Structure, *, year: int) -> str:
    """The number after the last one of an owner in a year: « 2026-0012 »."""
    Structure.objects.select_for_update(of=("self",)).get(pk=owner.pk)
    taken = Charge.objects.filter(
        loan__copy__resource__owner=owner, invoice_number__startswith=f"{year}-"
    )
    numbers = taken.values_list("invoice_number", flat=True).distinct()
    last = max((int(number.partition("-")[2]) for number in numbers), default=0)
    return f"{year}-{last + 1:04d}"


@transaction.atomic
def note_payment(
    loan: Loan, *, number: str, on: dt.date | None, by: Any, today: dt.date
) -> None:
    """Note the day on which an invoice was paid, or that it was not.

    Refuses with ``forbidden``, ``gone`` or ``future``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    if on and on > today:
        raise Refused("future", _("Choisissez un jour qui n’est pas à venir."))
    lines = loan.charges.filter(invoice_number=number).exclude(invoice_number="")
    if not lines.update(paid_on=on):
        raise Refused("gone", _("Cette facture n’existe pas."))
