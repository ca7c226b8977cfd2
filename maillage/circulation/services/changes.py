"""Changes of a loan's days: longer, shorter, elsewhere in the year, on another copy."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.circulation.calendars import calendar_of, rules_of
from maillage.circulation.choices import OUT, HoldKind, LoanState, Party
from maillage.circulation.models import Copy, Hold, Loan
from maillage.circulation.services.chains import (
    loan_after,
    meeting_day,
    recount,
    unlink,
)
from maillage.circulation.services.holding import (
    Span,
    hold,
    km_between,
    lock_copy,
    max_day,
    move_hold,
    release,
    span_for,
    span_of,
)
from maillage.circulation.services.letters import day, period, tell
from maillage.circulation.services.sides import BOTH, lock_loan, need_party
from maillage.core.errors import Refused

DAY = dt.timedelta(1)
#: Nobody asks for longer at once.
LONGEST = 366
NOT_YET_OUT = (LoanState.PROPOSED, LoanState.CONFIRMED)
MAY_LAST_LONGER = (*NOT_YET_OUT, LoanState.DEPARTED, LoanState.ON_SITE)


def longest(loan: Loan) -> dt.date | None:
    """The latest day on which the loan may end; ``None`` if nothing comes after it.

    The day itself is excluded, as in ``ends_on``. Never before the present end.
    """
    after = loan_after(loan)
    if after is not None:
        return latest_before(loan, after)
    held = Hold.objects.get(loan=loan)
    later = loan.copy.holds.filter(starts_on__gte=held.ends_on).order_by("starts_on")
    limit = later.values_list("starts_on", flat=True).first()
    if limit is None:
        return None
    owner = loan.copy.resource.owner
    calendar = calendar_of(owner, start=loan.starts_on, end=limit)
    buffer = rules_of(owner).buffer_days
    end = min(limit, loan.ends_on + dt.timedelta(LONGEST))
    while end > loan.ends_on:
        span = span_of(
            loan.copy, host=loan.host, start=loan.starts_on, end=end,
            calendar=calendar, buffer_days=buffer,
        )  # fmt: skip
        if max_day(span) <= limit:
            break
        end -= DAY
    return end


def latest_before(loan: Loan, after: Loan) -> dt.date:
    """The latest end of a loan whose copy goes directly to the next host."""
    calendar = calendar_of(
        loan.copy.resource.owner, start=loan.ends_on, end=after.starts_on
    )
    km = km_between(loan.host.position, after.host.position)
    end = after.departs_on
    while end > loan.ends_on:
        met = meeting_day(
            calendar, copy=loan.copy, end=end, start=after.starts_on, km=km
        )
        done = calendar.forth(end, open_days=loan.copy.takedown_days)
        if met and done <= after.departs_on:
            break
        end -= DAY
    return end


def too_long(loan: Loan) -> Refused:
    """The refusal that says by when the copy must leave."""
    limit = longest(loan)
    if limit is None or limit <= loan.ends_on:
        return Refused(
            "taken",
            _("L’exemplaire est attendu ailleurs : ce prêt ne peut pas durer plus."),
        )
    return Refused(
        "taken",
        _("L’exemplaire est attendu ailleurs : le prêt peut durer jusqu’au %(day)s.")
        % {"day": day(limit - DAY)},
    )


def need_room(loan: Loan, *, until: dt.date) -> None:
    """Refuse with ``taken`` a loan that would last into what comes next."""
    limit = longest(loan)
    if until > loan.ends_on and limit is not None and until > limit:
        raise too_long(loan)


def need_end(loan: Loan, *, until: dt.date, today: dt.date) -> None:
    """Check that a loan may end on a day. Refuses: ``state``, ``past``, ``too_long``."""
    if loan.state not in MAY_LAST_LONGER:
        raise Refused("state", _("Les dates de ce prêt ne changent plus."))
    if until <= max(loan.starts_on, today - DAY):
        raise Refused(
            "past", _("La fin vient après l’ouverture au public, et pas dans le passé.")
        )
    if until > loan.ends_on + dt.timedelta(LONGEST):
        raise Refused("too_long", _("Une prolongation dure un an au plus."))


@transaction.atomic
def ask_longer(
    loan: Loan, *, until: dt.date, by: Any, now: dt.datetime, today: dt.date
) -> Loan:
    """The host asks to keep the copy until a day, excluded.

    Refuses with ``forbidden``, ``state``, ``past``, ``not_longer``, ``too_long`` or
    ``taken``, which says by when it must leave.
    """
    need_party(loan, Party.BORROWER, by=by)
    loan = lock_loan(loan)
    if loan.asked_until == until:
        return loan
    need_end(loan, until=until, today=today)
    if until <= loan.ends_on:
        raise Refused("not_longer", _("Choisissez un jour après la fin prévue."))
    need_room(loan, until=until)
    loan.asked_until = until
    loan.save(update_fields=["asked_until"])
    tell(
        loan, parties=[Party.LENDER], by=by, now=now,
        subject=_("Prolongation demandée : %(name)s")
        % {"name": loan.copy.resource.name},
        text=_(
            "%(host)s souhaite garder l’exemplaire jusqu’au %(day)s. Répondez sur la "
            "page du prêt."
        ) % {"host": loan.host.name, "day": day(until - DAY)},
    )  # fmt: skip
    return loan


@transaction.atomic
def decline_longer(loan: Loan, *, by: Any, now: dt.datetime) -> Loan:
    """Leave a loan at its dates. Refuses with ``forbidden``."""
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    if loan.asked_until is None:
        return loan
    loan.asked_until = None
    loan.save(update_fields=["asked_until"])
    tell(
        loan, parties=[Party.BORROWER], by=by, now=now,
        subject=_("Pas de prolongation : %(name)s")
        % {"name": loan.copy.resource.name},
        text=_("Le prêteur ne peut pas prolonger ce prêt : il finit comme prévu."),
    )  # fmt: skip
    return loan


@transaction.atomic
def change_end(
    loan: Loan, *, until: dt.date, by: Any, now: dt.datetime, today: dt.date
) -> Loan:
    """Let a loan last longer or less, until a day excluded.

    Refuses with ``forbidden``, ``state``, ``past``, ``too_long`` or ``taken``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    if until == loan.ends_on:
        return loan
    need_end(loan, until=until, today=today)
    need_room(loan, until=until)
    span = span_for(loan.copy, host=loan.host, start=loan.starts_on, end=until)
    free_on = loan.free_on if loan_after(loan) else span.free_on
    held = Hold.objects.get(loan=loan)
    end = max(free_on, held.starts_on + DAY)
    if loan.state in OUT:
        end = max(end, today + DAY)
    move_hold(held, start=held.starts_on, end=end)
    loan.ends_on, loan.free_on, loan.asked_until = until, free_on, None
    loan.warned_on = None
    loan.sequence += 1
    loan.save(
        update_fields=["ends_on", "free_on", "asked_until", "warned_on", "sequence"]
    )
    say_dates(loan, by=by, now=now)
    return loan


@transaction.atomic
def move_dates(
    loan: Loan,
    *,
    start: dt.date,
    end: dt.date,
    agreed: bool,
    by: Any,
    now: dt.datetime,
    today: dt.date,
) -> Loan:
    """Give a loan that has not left other days.

    Unless the host has ``agreed``, it must confirm again. Refuses with ``forbidden``,
    ``state``, ``past``, ``order``, ``chained`` or ``taken``.
    """
    need_party(loan, Party.LENDER, by=by)
    loan = lock_loan(loan)
    if (start, end) == (loan.starts_on, loan.ends_on):
        return loan
    if loan.state not in NOT_YET_OUT:
        raise Refused("state", _("L’exemplaire de ce prêt est déjà parti."))
    if start >= end:
        raise Refused("order", _("La fin vient après le début."))
    if start <= today:
        raise Refused("past", _("Choisissez des dates à venir."))
    if loan.comes_from_id or loan_after(loan):
        raise Refused("chained", _("Défaites d’abord l’échange direct."))
    span = span_for(loan.copy, host=loan.host, start=start, end=end)
    move_hold(Hold.objects.get(loan=loan), start=span.departs_on, end=max_day(span))
    write_span(loan, span)
    if not agreed:
        ask_host_again(loan, now=now)
    say_dates(loan, by=by, now=now)
    return loan


def write_span(loan: Loan, span: Span) -> None:
    """Write the days of a loan whose hold already has them."""
    loan.departs_on, loan.starts_on = span.departs_on, span.starts_on
    loan.ends_on, loan.free_on = span.ends_on, span.free_on
    loan.sequence += 1
    loan.save(
        update_fields=["departs_on", "starts_on", "ends_on", "free_on", "sequence"]
    )


def ask_host_again(loan: Loan, *, now: dt.datetime) -> None:
    loan.state = LoanState.PROPOSED
    loan.owner_confirmed_at, loan.host_confirmed_at = now, None
    loan.save(update_fields=["state", "owner_confirmed_at", "host_confirmed_at"])


def put_on(loan: Loan, *, copy: Copy, by: Any) -> Loan:
    """Put a loan that has not left on another copy, the same days open to the public.

    Refuses with ``taken`` or ``gone``; belongs in the caller's transaction.
    """
    copy = lock_copy(copy)
    span = span_for(copy, host=loan.host, start=loan.starts_on, end=loan.ends_on)
    release(loan)
    hold(
        copy, kind=HoldKind.LOAN, start=span.departs_on, end=max_day(span), by=by,
        loan=loan,
    )  # fmt: skip
    unlink(loan)
    loan.copy = copy
    loan.save(update_fields=["copy"])
    write_span(loan, span)
    recount(loan)
    return loan


def say_dates(loan: Loan, *, by: Any, now: dt.datetime) -> None:
    words = {
        "name": loan.copy.resource.name,
        "period": period(loan.starts_on, loan.ends_on),
        "departs": day(loan.departs_on),
    }
    text = _(
        "Les dates du prêt changent : ouvert au public %(period)s. L’exemplaire part "
        "le %(departs)s."
    )
    if loan.state == LoanState.PROPOSED and not loan.host_confirmed_at:
        text = f"{text} {_('Le lieu d’accueil doit les confirmer.')}"
    tell(
        loan, parties=BOTH, by=by, now=now, text=text % words,
        subject=_("Nouvelles dates : %(name)s") % words,
    )  # fmt: skip
