"""The life of a loan: confirmed, cancelled, handed over, given back.

Each verb locks the copy, then the loan; asked twice, it answers the same and writes
once. What happened is noted whatever the order in which it is told: a phone without a
network may send the arrival before the departure.
"""

import datetime as dt
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from maillage.circulation.calendars import calendar_of, rules_of
from maillage.circulation.choices import OUT, CopyState, LoanState, Moment, Party
from maillage.circulation.models import Hold, Loan
from maillage.circulation.services.chains import unlink
from maillage.circulation.services.holding import move_hold, release
from maillage.circulation.services.letters import day, tell
from maillage.circulation.services.sides import BOTH, lock_loan, need_party
from maillage.core.errors import Refused

DAY = dt.timedelta(1)
#: A phone's clock may be ahead of ours by so much.
AHEAD = dt.timedelta(minutes=10)
#: The states in the order of a loan's life.
LIFE = [
    LoanState.PROPOSED,
    LoanState.CONFIRMED,
    LoanState.DEPARTED,
    LoanState.ON_SITE,
    LoanState.RETURNING,
    LoanState.RETURNED,
]
#: What each handover leads to, and the field that keeps its instant.
AFTER = {
    Moment.DEPARTURE: (LoanState.DEPARTED, "departed_at"),
    Moment.ARRIVAL: (LoanState.ON_SITE, "arrived_at"),
    Moment.LEAVING: (LoanState.RETURNING, "left_at"),
    Moment.RETURN: (LoanState.RETURNED, "returned_at"),
}


def rank(state: str) -> int:
    return LIFE.index(LoanState(state)) if state != LoanState.CANCELLED else -1


@transaction.atomic
def confirm(loan: Loan, *, party: Party, by: Any, now: dt.datetime) -> Loan:
    """Say yes for one side; the loan is confirmed once both have.

    Refuses with ``forbidden``, ``cancelled`` or ``gone``.
    """
    need_party(loan, party, by=by)
    loan = lock_loan(loan)
    if loan.state == LoanState.CANCELLED:
        raise Refused("cancelled", _("Ce prêt est annulé."))
    field = f"{'owner' if party == Party.LENDER else 'host'}_confirmed_at"
    if loan.state != LoanState.PROPOSED or getattr(loan, field):
        return loan
    setattr(loan, field, now)
    done = bool(loan.owner_confirmed_at and loan.host_confirmed_at)
    if done:
        loan.state = LoanState.CONFIRMED
    loan.save(update_fields=[field, "state"])
    if done:
        tell(
            loan, parties=BOTH, by=by, now=now,
            subject=_("Prêt confirmé : %(name)s") % {"name": loan.copy.resource.name},
            text=_(
                "Le prêteur et l’emprunteur ont confirmé : le prêt aura lieu. "
                "L’exemplaire part le %(day)s. Pensez à la convention et à "
                "l’attestation d’assurance."
            ) % {"day": day(loan.departs_on)},
        )  # fmt: skip
    else:
        other = Party.BORROWER if party == Party.LENDER else Party.LENDER
        tell(
            loan, parties=[other], by=by, now=now,
            subject=_("Prêt à confirmer : %(name)s") % {"name": loan.copy.resource.name},
            text=_("L’autre partie a confirmé ce prêt. Il n’attend plus que vous."),
        )  # fmt: skip
    return loan


@transaction.atomic
def cancel(loan: Loan, *, reason: str, by: Any, now: dt.datetime) -> Loan:
    """Cancel a loan that has not left, and give its days back.

    Refuses with ``forbidden``, ``reason``, ``out``, ``returned`` or ``gone``.
    """
    need_party(loan, *BOTH, by=by)
    return call_off(loan, reason=reason, by=by, now=now)


def call_off(
    loan: Loan, *, reason: str, by: Any, now: dt.datetime, more: str = ""
) -> Loan:
    """Cancel a loan whoever asks; ``more`` is added to the mail."""
    loan = lock_loan(loan)
    if loan.state == LoanState.CANCELLED:
        return loan
    if loan.state in OUT:
        raise Refused(
            "out",
            _("L’exemplaire est déjà parti : écourtez le prêt, puis notez son retour."),
        )
    if loan.state == LoanState.RETURNED:
        raise Refused("returned", _("Ce prêt est terminé."))
    if not reason.strip():
        raise Refused("reason", _("Dites pourquoi : l’autre partie le lira."))
    loan.state, loan.cancelled_at = LoanState.CANCELLED, now
    loan.cancel_reason = reason.strip()[:300]
    loan.asked_until = None
    loan.sequence += 1
    release(loan)
    loan.save(
        update_fields=[
            "state", "cancelled_at", "cancel_reason", "asked_until", "sequence",
        ]
    )  # fmt: skip
    unlink(loan)
    text = _("Ce prêt est annulé. Motif : %(reason)s") % {"reason": loan.cancel_reason}
    tell(
        loan, parties=BOTH, by=by, now=now, text=f"{text}\n\n{more}",
        subject=_("Prêt annulé : %(name)s") % {"name": loan.copy.resource.name},
    )  # fmt: skip
    return loan


def depart(
    loan: Loan, *, at: dt.datetime, by: Any, now: dt.datetime | None = None
) -> Loan:
    """The copy leaves its depot, or its last host, for this one.

    Refuses with ``forbidden``, ``cancelled``, ``unconfirmed``, ``broken``, ``not_back``
    (the copy is still elsewhere), ``future`` or ``gone``.
    """
    return hand_over(loan, moment=Moment.DEPARTURE, at=at, by=by, now=now)


def arrive(
    loan: Loan, *, at: dt.datetime, by: Any, now: dt.datetime | None = None
) -> Loan:
    """The copy is at its host. Refuses as ``depart``, but never with ``not_back``."""
    return hand_over(loan, moment=Moment.ARRIVAL, at=at, by=by, now=now)


def leave(
    loan: Loan, *, at: dt.datetime, by: Any, now: dt.datetime | None = None
) -> Loan:
    """The copy leaves its host. Refuses as ``arrive``."""
    return hand_over(loan, moment=Moment.LEAVING, at=at, by=by, now=now)


def give_back(
    loan: Loan, *, at: dt.datetime, by: Any, now: dt.datetime | None = None
) -> Loan:
    """The copy is back at its depot: the days it did not need are given back.

    Refuses as ``arrive``.
    """
    return hand_over(loan, moment=Moment.RETURN, at=at, by=by, now=now)


@transaction.atomic
def hand_over(
    loan: Loan, *, moment: Moment, at: dt.datetime, by: Any, now: dt.datetime | None
) -> Loan:
    """Note one handover, once; a loan never goes back in its life."""
    need_party(loan, *BOTH, by=by)
    loan = lock_loan(loan)
    state, field = AFTER[moment]
    if loan.state == LoanState.CANCELLED:
        raise Refused("cancelled", _("Ce prêt est annulé."))
    if getattr(loan, field):
        return loan
    if now and at > now + AHEAD:
        raise Refused("future", _("Choisissez un moment qui n’est pas à venir."))
    if loan.state == LoanState.PROPOSED:
        raise Refused(
            "unconfirmed", _("Les deux parties doivent d’abord confirmer ce prêt.")
        )
    fields = [field]
    if loan.state == LoanState.CONFIRMED:
        set_out(loan, moment=moment, at=at, by=by)
    setattr(loan, field, at)
    widen(loan, on=localtime(at).date())
    if rank(state) > rank(loan.state):
        loan.state = state
        fields.append("state")
    loan.save(update_fields=fields)
    if moment == Moment.RETURN:
        come_home(loan, at=at)
    say_moment(loan, moment=moment, at=at, by=by, now=now or at)
    return loan


def set_out(loan: Loan, *, moment: Moment, at: dt.datetime, by: Any) -> None:
    """Check that the copy is there to leave; what it comes from ends now."""
    if loan.copy.state != CopyState.IN_SERVICE and moment == Moment.DEPARTURE:
        raise Refused("broken", _("Cet exemplaire n’est pas en service."))
    others = loan.copy.loans.all().out().exclude(pk=loan.pk)
    for other in others.select_related("host__commune"):
        if moment == Moment.DEPARTURE and other.pk != loan.comes_from_id:
            raise not_back(other)
        # Whoever has the copy in hand proves that the other no longer has it.
        other.left_at = other.left_at or at
        other.returned_at = other.returned_at or at
        other.state = LoanState.RETURNED
        other.save(update_fields=["left_at", "returned_at", "state"])
        come_home(other, at=at, checked=False)


def not_back(other: Loan) -> Refused:
    """The refusal that says where the copy is."""
    place = {
        "host": other.host.name,
        "commune": other.host.commune.name,
        "loan": other.reference,
        "day": day(other.free_on),
    }
    if other.state == LoanState.ON_SITE:
        text = _(
            "L’exemplaire est encore à %(host)s (%(commune)s), prêt %(loan)s, attendu "
            "le %(day)s. Notez d’abord son retour."
        )
    else:
        text = _(
            "L’exemplaire est en route pour ou depuis %(host)s (%(commune)s), prêt "
            "%(loan)s, attendu le %(day)s. Notez d’abord son retour."
        )
    return Refused("not_back", text % place)


def widen(loan: Loan, *, on: dt.date) -> None:
    """Take the copy from the day it really left, where nobody else holds it."""
    held = Hold.objects.filter(loan=loan, starts_on__gt=on).first()
    if held is not None:
        with suppress(Refused):
            move_hold(held, start=on, end=held.ends_on)


def come_home(loan: Loan, *, at: dt.datetime, checked: bool = True) -> None:
    """End the hold of a loan that is over: with its days of checks, if at the depot."""
    held = Hold.objects.filter(loan=loan).first()
    if held is None:
        return
    end = localtime(at).date()
    if checked:
        owner = loan.copy.resource.owner
        calendar = calendar_of(owner, start=end, end=end + DAY)
        # The day of the return is taken; checks begin with the next open day.
        end = calendar.forth(end + DAY, open_days=rules_of(owner).buffer_days)
    end = min(held.ends_on, max(end, held.starts_on + DAY))
    if end != held.ends_on:
        move_hold(held, start=held.starts_on, end=end)


def say_moment(
    loan: Loan, *, moment: Moment, at: dt.datetime, by: Any, now: dt.datetime
) -> None:
    """Tell both sides where the copy is now."""
    when = {"day": day(localtime(at).date()), "name": loan.copy.resource.name}
    subject, text = {
        Moment.DEPARTURE: (
            _("En route : %(name)s"),
            _("L’exemplaire est parti le %(day)s pour son lieu d’accueil."),
        ),
        Moment.ARRIVAL: (
            _("Bien arrivé : %(name)s"),
            _("L’exemplaire est arrivé au lieu d’accueil le %(day)s."),
        ),
        Moment.LEAVING: (
            _("Sur le retour : %(name)s"),
            _("L’exemplaire a quitté son lieu d’accueil le %(day)s."),
        ),
        Moment.RETURN: (
            _("Rendu : %(name)s"),
            _(
                "L’exemplaire est rendu depuis le %(day)s. Merci ! Il reste à dire qui "
                "est venu, sur la page du prêt."
            ),
        ),
    }[moment]
    tell(
        loan, parties=BOTH, by=by, now=now, subject=subject % when, text=text % when
    )  # fmt: skip
