"""Exchanges: a copy that goes from one host to the next without its depot.

The loan that follows ``comes_from`` the one before; the first ends on the day when the
second begins, so that the two holds meet and never share a day.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.circulation.calendars import Calendar, calendar_of, rules_of
from maillage.circulation.choices import HOLDING, ChargeKind, LoanState, Party
from maillage.circulation.models import Copy, Hold, Loan
from maillage.circulation.services.estimates import transport_of
from maillage.circulation.services.holding import (
    km_between,
    max_day,
    move_hold,
    road_days,
    span_for,
)
from maillage.circulation.services.letters import day, tell
from maillage.circulation.services.sides import lock_loan, need_party
from maillage.core.errors import Refused

#: States of the loan before in which it may still hand its copy on.
MAY_HAND_ON = (
    LoanState.PROPOSED,
    LoanState.CONFIRMED,
    LoanState.DEPARTED,
    LoanState.ON_SITE,
)
MAY_RECEIVE = (LoanState.PROPOSED, LoanState.CONFIRMED)


@dataclass(frozen=True)
class Meeting:
    """What an exchange would be: the day the copy passes, and the kilometres."""

    source: Loan
    day: dt.date
    km: float
    km_before: float

    @property
    def km_saved(self) -> float:
        return self.km_before - self.km


def loan_before(loan: Loan) -> Loan | None:
    """The loan of the same copy just before this one, if it still runs."""
    rows = loan.copy.loans.all().holding().filter(ends_on__lte=loan.starts_on)
    rows = rows.exclude(pk=loan.pk).select_related("host__commune", "host__place")
    return rows.order_by("-ends_on").first()


def loan_after(loan: Loan) -> Loan | None:
    """The loan that takes the copy over directly from this one."""
    rows = Loan.objects.filter(comes_from=loan, state__in=HOLDING)
    return rows.select_related("host__commune", "host__place").first()


def meeting(loan: Loan) -> Meeting:
    """When the copy could come directly from the host before.

    Refuses with ``state``, ``no_source`` or ``tight`` (no day does).
    """
    if loan.state not in MAY_RECEIVE:
        raise Refused("state", _("L’exemplaire de ce prêt est déjà parti."))
    source = loan_before(loan)
    if source is None or source.state not in MAY_HAND_ON or loan_after(source):
        raise Refused(
            "no_source", _("Aucun prêt en cours ne peut passer cet exemplaire.")
        )
    km = km_between(source.host.position, loan.host.position)
    calendar = calendar_of(
        loan.copy.resource.owner, start=source.ends_on, end=loan.starts_on
    )
    met = meeting_day(
        calendar, copy=loan.copy, end=source.ends_on, start=loan.starts_on, km=km
    )
    if met is None:
        raise Refused(
            "tight",
            _("Il n’y a pas le temps de démonter, de transporter et de remonter."),
        )
    before = legs(source) + legs(loan)
    after = leg_in(source) + km + leg_out(loan)
    return Meeting(source, met, round(after, 1), round(before, 1))


def meeting_day(
    calendar: Calendar, *, copy: Copy, end: dt.date, start: dt.date, km: float
) -> dt.date | None:
    """The last day on which a copy may pass: dismantled, and in time to be set up."""
    first = calendar.forth(end, open_days=copy.takedown_days)
    last = calendar.back(start, open_days=copy.setup_days + road_days(km))
    if last < first:
        return None
    shuttle = calendar.shipping(last)
    return shuttle if shuttle >= first else last


@transaction.atomic
def take_over(loan: Loan, *, by: Any, now: dt.datetime) -> Loan:
    """Let the copy come directly from the host before.

    Refuses with ``forbidden``, ``state``, ``no_source``, ``tight`` or ``taken``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    if loan.comes_from_id:
        return loan
    met = meeting(loan)
    source = met.source
    source.copy = loan.copy
    set_ends(source, loan, leaves=met.day, departs=met.day)
    loan.comes_from = source
    loan.save(update_fields=["comes_from"])
    recount(source)
    recount(loan)
    say_exchange(
        source, loan, by=by, now=now,
        subject=_("Échange direct : %(name)s"),
        text=_(
            "L’exemplaire passe directement de %(a)s à %(b)s le %(day)s, sans repasser "
            "par le dépôt."
        ),
    )  # fmt: skip
    return loan


@transaction.atomic
def undo_take_over(loan: Loan, *, by: Any, now: dt.datetime) -> Loan:
    """Let the copy pass by its depot again.

    Refuses with ``forbidden``, ``state``, ``tight`` or ``taken``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    source = loan.comes_from
    if source is None:
        return loan
    if loan.state not in MAY_RECEIVE:
        raise Refused("state", _("L’exemplaire de ce prêt est déjà parti."))
    source.copy = loan.copy
    home = span_for(source.copy, host=source.host, start=source.starts_on,
                    end=source.ends_on)  # fmt: skip
    away = span_for(loan.copy, host=loan.host, start=loan.starts_on, end=loan.ends_on)
    if home.free_on > away.departs_on:
        raise Refused(
            "tight",
            _("Il n’y a pas le temps de repasser par le dépôt entre les deux prêts."),
        )
    loan.comes_from = None
    loan.save(update_fields=["comes_from"])
    set_ends(source, loan, leaves=home.free_on, departs=away.departs_on)
    recount(source)
    recount(loan)
    say_exchange(
        source, loan, by=by, now=now,
        subject=_("Échange direct annulé : %(name)s"),
        text=_("Entre %(a)s et %(b)s, l’exemplaire repasse par son dépôt."),
    )  # fmt: skip
    return loan


def set_ends(source: Loan, loan: Loan, *, leaves: dt.date, departs: dt.date) -> None:
    """Give the loan before a new end and the loan after a new beginning.

    The hold that shrinks moves first: the two never share a day. Refuses with ``taken``.
    """
    first = Hold.objects.get(loan=source)
    second = Hold.objects.get(loan=loan)
    ends = max(leaves, first.starts_on + dt.timedelta(1))
    moves: list[Callable[[], None]] = [
        lambda: move_hold(first, start=first.starts_on, end=ends),
        lambda: move_hold(second, start=departs, end=second.ends_on),
    ]
    if ends > second.starts_on:
        moves.reverse()
    for move in moves:
        move()
    source.free_on, loan.departs_on = leaves, departs
    for row in (source, loan):
        row.sequence += 1
        row.save(update_fields=["free_on", "departs_on", "sequence"])


def unlink(loan: Loan) -> None:
    """Free the neighbours of a loan that has given its days back.

    The one before goes home again, the one after leaves from the depot: as far as no
    other hold stands in the way.
    """
    source = loan.comes_from
    if source is not None:
        loan.comes_from = None
        loan.save(update_fields=["comes_from"])
        if source.state in HOLDING:
            source.copy = loan.copy
            go_home(source)
    after = loan_after(loan)
    if after is not None:
        after.copy = loan.copy
        after.comes_from = None
        after.save(update_fields=["comes_from"])
        leave_depot(after)


def go_home(loan: Loan) -> None:
    """Give a loan the days of its return to the depot, up to the next hold."""
    span = span_for(loan.copy, host=loan.host, start=loan.starts_on, end=loan.ends_on)
    held = Hold.objects.filter(loan=loan).first()
    if held is None:  # its days are being given back, too
        return
    later = loan.copy.holds.filter(starts_on__gte=held.ends_on)
    limit = later.order_by("starts_on").values_list("starts_on", flat=True).first()
    end = min(max_day(span), limit) if limit else max_day(span)
    # A copy that is out may wait there since the day of its return at the latest.
    if end > held.ends_on or (end < held.ends_on and loan.state in MAY_RECEIVE):
        move_hold(held, start=held.starts_on, end=end)
        loan.free_on = end
        loan.sequence += 1
        loan.save(update_fields=["free_on", "sequence"])
    recount(loan)


def leave_depot(loan: Loan) -> None:
    """Give a loan the days of its way from the depot, where they are free."""
    span = span_for(loan.copy, host=loan.host, start=loan.starts_on, end=loan.ends_on)
    held = Hold.objects.filter(loan=loan).first()
    if held is None:
        return
    with suppress(Refused):
        move_hold(held, start=span.departs_on, end=held.ends_on)
        loan.departs_on = span.departs_on
        loan.sequence += 1
        loan.save(update_fields=["departs_on", "sequence"])
    recount(loan)


def leg_in(loan: Loan) -> float:
    """Kilometres that bring the copy to its host."""
    source = loan.comes_from
    start = source.host.position if source else loan.copy.depot.position
    return km_between(start or loan.host.position, loan.host.position)


def leg_out(loan: Loan) -> float:
    """Kilometres that take the copy home; none when the next loan takes it over."""
    if loan_after(loan):
        return 0.0
    depot = loan.copy.depot.position or loan.host.position
    return km_between(loan.host.position, depot)


def legs(loan: Loan) -> float:
    return leg_in(loan) + leg_out(loan)


def recount(loan: Loan) -> None:
    """Count the kilometres of a loan again, and the transport that they cost."""
    loan.km = round(legs(loan), 1)
    fields = ["km"]
    if loan.transport_cents:
        rules = rules_of(loan.copy.resource.owner)
        before = loan.transport_cents
        loan.transport_cents = transport_of(loan.copy, km=loan.km, rules=rules)
        fields.append("transport_cents")
        loan.charges.filter(
            kind=ChargeKind.TRANSPORT, cents=before, invoice_number=""
        ).update(cents=loan.transport_cents)
    loan.save(update_fields=fields)


def say_exchange(
    source: Loan, loan: Loan, *, subject: str, text: str, by: Any, now: dt.datetime
) -> None:
    """Tell the two hosts and their owner, each person once."""
    words = {
        "name": loan.copy.resource.name,
        "a": source.host.name,
        "b": loan.host.name,
        "day": day(loan.departs_on),
    }
    tell(
        loan, parties=[Party.LENDER, Party.BORROWER], by=by, now=now,
        subject=subject % words, text=text % words,
    )  # fmt: skip
    tell(
        source, parties=[Party.BORROWER], by=by, now=now,
        subject=subject % words, text=text % words,
    )  # fmt: skip
