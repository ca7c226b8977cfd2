"""What the page of a loan shows: its life, its papers, the next thing to do."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from maillage.circulation.choices import LoanState, Moment, Party
from maillage.circulation.models import Charge, Loan
from maillage.circulation.services.letters import day, period
from maillage.circulation.services.todo import is_insured, needs_insurance, task_of
from maillage.core.dates import day_words

#: The next handover by state: the words of its button, what is noted.
NEXT: dict[str, Moment] = {
    LoanState.CONFIRMED: Moment.DEPARTURE,
    LoanState.DEPARTED: Moment.ARRIVAL,
    LoanState.ON_SITE: Moment.LEAVING,
    LoanState.RETURNING: Moment.RETURN,
}


@dataclass(frozen=True)
class Step:
    """One knot of the timeline: done, current or to come."""

    label: str
    when: str
    state: str


@dataclass(frozen=True)
class Sheet:
    """One line of the checklist of papers."""

    code: str
    label: str
    detail: str
    state: str  # done, missing or late


def timeline(loan: Loan) -> list[Step]:
    """The six knots of a loan's life, with the days in words."""
    said_yes = filter(None, [loan.owner_confirmed_at, loan.host_confirmed_at])
    is_open = loan.state == LoanState.PROPOSED
    confirmed = None if is_open else max(said_yes, default=None)
    knots = [
        (_("Proposé"), loan.created_at, None),
        (_("Confirmé"), confirmed, None),
        (_("Parti"), loan.departed_at, loan.departs_on),
        (_("Sur place"), loan.arrived_at, loan.starts_on),
        (_("Sur le retour"), loan.left_at, loan.ends_on),
        (_("Rendu"), loan.returned_at, loan.free_on),
    ]
    order = [
        LoanState.PROPOSED, LoanState.CONFIRMED, LoanState.DEPARTED,
        LoanState.ON_SITE, LoanState.RETURNING, LoanState.RETURNED,
    ]  # fmt: skip
    if loan.state == LoanState.CANCELLED:
        return []
    here = order.index(LoanState(loan.state))
    found = []
    for rank, (label, at, planned) in enumerate(knots):
        state = "done" if rank < here or here == len(order) - 1 else ""
        state = "current" if rank == here and not state else state
        found.append(Step(label, said(at, planned, is_past=rank <= here), state))
    return found


def said(at: dt.datetime | None, planned: dt.date | None, *, is_past: bool) -> str:
    """« le 2 octobre 2026 » once done, « prévu le 2 octobre 2026 » before."""
    if at is not None:
        return _("le %(day)s") % {"day": day_words(localdate(at))}
    if planned is None or is_past:
        return ""
    return _("prévu le %(day)s") % {"day": day_words(planned)}


def sheets(loan: Loan, charges: Iterable[Charge]) -> list[Sheet]:
    """The papers of a loan and whether they are there."""
    found = [
        sheet(
            "agreement", _("Convention signée"), loan.agreement_signed_on,
            _("à signer par les deux parties"),
        )
    ]  # fmt: skip
    if needs_insurance(loan):
        found.append(insurance(loan))
    if loan.deposit_cents:
        found.append(
            sheet(
                "deposit_in", _("Caution reçue"), loan.deposit_received_on,
                _("à recevoir avant le départ"),
            )
        )  # fmt: skip
        if loan.deposit_received_on:
            is_due = loan.state in (LoanState.RETURNED, LoanState.CANCELLED)
            late = _("à rendre") if is_due else _("à rendre après le retour")
            found.append(
                sheet(
                    "deposit_out", _("Caution rendue"), loan.deposit_returned_on, late
                )
            )
    for number, lines in invoices(charges).items():
        paid = lines[0].paid_on
        label = _("Facture %(number)s payée") % {"number": number}
        found.append(sheet("invoice", label, paid, _("paiement attendu")))
    if not loan.is_holding:  # what was due before the loan is no longer asked for
        owed = ("deposit_out", "invoice")
        found = [one for one in found if one.state == "done" or one.code in owed]
    return found


def sheet(code: str, label: str, on: dt.date | None, otherwise: str) -> Sheet:
    if on is None:
        return Sheet(code, label, otherwise, "missing")
    return Sheet(code, label, _("le %(day)s") % {"day": day_words(on)}, "done")


def insurance(loan: Loan) -> Sheet:
    label = _("Attestation d’assurance")
    if loan.insurance_until is None:
        return Sheet("insurance", label, _("à déposer par l’emprunteur"), "missing")
    until = day_words(loan.insurance_until)
    if is_insured(loan):
        return Sheet("insurance", label, _("jusqu’au %(day)s") % {"day": until}, "done")
    text = _("ne couvre que jusqu’au %(day)s : à renouveler") % {"day": until}
    return Sheet("insurance", label, text, "late")


def invoices(charges: Iterable[Charge]) -> dict[str, list[Charge]]:
    """The lines of each invoice, by its number."""
    found: dict[str, list[Charge]] = {}
    for charge in charges:
        if charge.invoice_number:
            found.setdefault(charge.invoice_number, []).append(charge)
    return found


def next_action(loan: Loan, *, parties: set[Party], today: dt.date) -> dict[str, Any]:
    """The one thing to do first, in words, for who is reading."""
    code = task_of(loan, today=today, parties=parties) if parties else ""
    days = {
        "period": period(loan.starts_on, loan.ends_on),
        "departs": day(loan.departs_on),
        "free": day(loan.free_on),
        "host": loan.host.name,
    }
    texts = {
        "overdue": _("L’exemplaire devait être libre le %(free)s et n’est pas rentré."),
        "confirm": _("Les dates vous conviennent-elles ? Confirmez le prêt."),
        "extension": _("L’emprunteur demande à garder l’exemplaire plus longtemps."),
        "depart": _("L’exemplaire part le %(departs)s."),
        "arrive": _("L’exemplaire est en route pour %(host)s."),
        "leave": _("L’exposition est finie : l’exemplaire peut repartir."),
        "return": _("L’exemplaire est sur le retour."),
        "papers": _("Il manque des papiers avant le départ, le %(departs)s."),
    }
    return {"code": code, "text": texts[code] % days if code else ""}
