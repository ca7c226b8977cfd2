"""Take a copy and give it back: the only way in which holds are written.

The days around a loan are worked out here, for requests, for owners and for the season
plan alike.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from maillage.circulation.calendars import Calendar, calendar_of, rules_of
from maillage.circulation.choices import HOLDING, CopyState, HoldKind, LoanState
from maillage.circulation.models import Copy, Hold, Host, Loan, LoanRequest, Maintenance
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.kernels.travel import road_km

#: A day on the road for each so many kilometres begun, beyond the first.
KM_A_DAY = 250.0


@dataclass(frozen=True)
class Span:
    """The days of a loan with all that surrounds it, ``departs_on`` to ``free_on``."""

    departs_on: dt.date
    starts_on: dt.date
    ends_on: dt.date
    free_on: dt.date
    km: float


def km_between(origin: tuple[float, float], to: tuple[float, float]) -> float:
    """Kilometres by road from one lon, lat to another."""
    points = np.array([*origin, *to], dtype=float)
    return float(road_km(points[0], points[1], points[2], points[3]))


def road_days(km: float) -> int:
    """Open days on the road: the day of set-up will do up to ``KM_A_DAY``."""
    return int(km // KM_A_DAY)


def span_of(
    copy: Copy, *, host: Host, start: dt.date, end: dt.date, calendar: Calendar,
    buffer_days: int,
) -> Span:  # fmt: skip
    """The days that a loan from the depot and back takes.

    The copy leaves on a shipping day, early enough for the open days of transport and
    set-up; it comes back with the first shuttle after the take-down, and is free once it
    has been checked for ``buffer_days`` open days.
    """
    depot = copy.depot.position or host.position
    km = km_between(depot, host.position)
    ready = calendar.back(start, open_days=copy.setup_days + road_days(km))
    down = calendar.forth(end, open_days=copy.takedown_days + road_days(km))
    home = calendar.collecting(down - dt.timedelta(1)) + dt.timedelta(1)
    return Span(
        departs_on=calendar.shipping(ready),
        starts_on=start,
        ends_on=end,
        free_on=calendar.forth(max(home, end), open_days=buffer_days),
        km=2 * km,
    )


def span_for(copy: Copy, *, host: Host, start: dt.date, end: dt.date) -> Span:
    """As ``span_of``, with the calendar and rules of the copy's owner."""
    owner = copy.resource.owner
    return span_of(
        copy, host=host, start=start, end=end,
        calendar=calendar_of(owner, start=start, end=end),
        buffer_days=rules_of(owner).buffer_days,
    )  # fmt: skip


def lock_copy(copy: Copy) -> Copy:
    """The copy as it is now, held until the transaction ends. Refuses with ``gone``."""
    rows = Copy.objects.select_for_update(of=("self",)).select_related(
        "resource__owner", "depot__commune"
    )
    row = rows.filter(pk=copy.pk).first()
    if row is None:
        raise Refused("gone", _("Cet exemplaire n’existe plus."))
    return row


def hold(
    copy: Copy,
    *,
    kind: HoldKind,
    start: dt.date,
    end: dt.date,
    by: Any,
    loan: Loan | None = None,
    maintenance: Maintenance | None = None,
    note: str = "",
) -> Hold:
    """Take a copy over [start, end). Refuses with ``taken``.

    The database decides: two people at once get one hold and one refusal.
    """
    try:
        with transaction.atomic():
            return Hold.objects.create(
                copy=copy, kind=kind, starts_on=start, ends_on=end, loan=loan,
                maintenance=maintenance, note=note, made_by=by,
            )  # fmt: skip
    except IntegrityError as error:
        raise taken(copy, start=start, end=end) from error


def move_hold(held: Hold, *, start: dt.date, end: dt.date) -> None:
    """Give a hold other days. Refuses with ``taken``, and then nothing has changed."""
    try:
        with transaction.atomic():
            Hold.objects.filter(pk=held.pk).update(starts_on=start, ends_on=end)
    except IntegrityError as error:
        raise taken(held.copy, start=start, end=end, but=held.pk) from error
    held.starts_on, held.ends_on = start, end


def taken(copy: Copy, *, start: dt.date, end: dt.date, but: int = 0) -> Refused:
    """The refusal, with the days that stand in the way."""
    rival = copy.holds.all().overlapping(start, end).exclude(pk=but).first()
    if rival is None:
        return Refused("taken", _("L’exemplaire n’est pas libre à ces dates."))
    return Refused(
        "taken",
        _(
            "L’exemplaire %(copy)s est déjà pris du %(start)s au %(end)s, transport et "
            "montage compris. Choisissez d’autres dates."
        )
        % {
            "copy": copy.label,
            "start": day_words(rival.starts_on),
            "end": day_words(rival.ends_on - dt.timedelta(1)),
        },
    )


@transaction.atomic
def make_loan(
    copy: Copy,
    *,
    host: Host,
    span: Span,
    by: Any,
    now: dt.datetime,
    request: LoanRequest | None = None,
    state: LoanState = LoanState.CONFIRMED,
    **values: Any,
) -> Loan:
    """Write a loan and take its copy. Refuses with ``taken``, ``gone`` or ``broken``."""
    copy = lock_copy(copy)
    if state in HOLDING and copy.state != CopyState.IN_SERVICE:
        raise Refused("broken", _("Cet exemplaire n’est pas en service."))
    loan = Loan.objects.create(
        copy=copy, host=host, request=request, state=state,
        departs_on=span.departs_on, starts_on=span.starts_on, ends_on=span.ends_on,
        free_on=span.free_on, km=round(span.km, 1), created_by=by, created_at=now,
        **values,
    )  # fmt: skip
    if state in HOLDING:
        hold(
            copy, kind=HoldKind.LOAN, start=span.departs_on, end=max_day(span), by=by,
            loan=loan,
        )  # fmt: skip
    return loan


def max_day(span: Span) -> dt.date:
    """The end of a hold: a loan keeps its copy one day at least."""
    return max(span.free_on, span.departs_on + dt.timedelta(1))


def release(loan: Loan) -> None:
    """Give the days of a loan back."""
    Hold.objects.filter(loan=loan).delete()


def free_days(held: Hold) -> None:
    """Give the days of a hold back that is no loan's."""
    Hold.objects.filter(pk=held.pk, loan=None).delete()
