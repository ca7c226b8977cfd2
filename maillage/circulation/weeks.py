"""A week of departures and returns, by day and by owner, as drivers need it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from maillage.circulation.choices import HOLDING, LoanState
from maillage.circulation.models import Loan
from maillage.circulation.tables import WIDE

WEEK = dt.timedelta(7)


@dataclass(frozen=True)
class Move:
    """A copy that goes to a host or comes back from it."""

    loan: Loan
    is_departure: bool
    on: dt.date
    is_done: bool
    shows_contact: bool

    @property
    def origin(self) -> Any:
        """Where the copy is fetched: a depot, a host, or the host before."""
        if not self.is_departure:
            return self.loan.host
        source = self.loan.comes_from
        return source.host if source else self.loan.copy.depot

    @property
    def target(self) -> Any:
        return self.loan.host if self.is_departure else self.loan.copy.depot


@dataclass(frozen=True)
class OwnerDay:
    """The moves of one owner on one day."""

    owner: Any
    moves: list[Move]


@dataclass(frozen=True)
class WeekDay:
    date: dt.date
    owners: list[OwnerDay]


def week_of(day: dt.date) -> dt.date:
    """The Monday of the week of a day."""
    return day - dt.timedelta(day.weekday())


def moves_by_day(loans: QuerySet[Loan], *, monday: dt.date, user: Any) -> list[WeekDay]:
    """The days of a week on which copies move, with what moves; four queries."""
    end = monday + WEEK
    near = Q(departs_on__gte=monday, departs_on__lt=end) | Q(
        ends_on__lte=end + dt.timedelta(1), free_on__gte=monday
    )
    near |= Q(departed_at__date__gte=monday, departed_at__date__lt=end)
    near |= Q(returned_at__date__gte=monday, returned_at__date__lt=end)
    rows = list(
        loans.filter(near, state__in=[*HOLDING, LoanState.RETURNED])
        .select_related(*WIDE)
        .order_by("copy__resource__owner__name", "copy__label", "pk")
    )
    pks = [row.pk for row in rows]
    lent = {*Loan.objects.all().lent_by(user).filter(pk__in=pks)
            .values_list("pk", flat=True)}  # fmt: skip
    handed = {*Loan.objects.filter(comes_from__in=pks, state__in=HOLDING)
              .values_list("comes_from", flat=True)}  # fmt: skip
    moves = [
        move
        for row in rows
        for move in moves_of(row, is_lender=row.pk in lent, is_handed=row.pk in handed)
    ]
    week = (monday + dt.timedelta(n) for n in range(7))
    found = (WeekDay(day, by_owner(m for m in moves if m.on == day)) for day in week)
    return [day for day in found if day.owners]


def moves_of(loan: Loan, *, is_lender: bool, is_handed: bool) -> list[Move]:
    """The departure and the return of a loan; an exchange is a departure only."""
    left = loan.departed_at
    found = [
        Move(
            loan, is_departure=True, on=localdate(left) if left else loan.departs_on,
            is_done=left is not None, shows_contact=is_lender,
        )
    ]  # fmt: skip
    if not is_handed:
        back = loan.returned_at
        found.append(
            Move(
                loan, is_departure=False,
                on=localdate(back) if back else home_on(loan),
                is_done=back is not None, shows_contact=is_lender,
            )
        )  # fmt: skip
    return found


def home_on(loan: Loan) -> dt.date:
    """The day of the way home: the first working day after the public has left."""
    day = loan.ends_on
    while day.weekday() > 4 and day < loan.free_on:
        day += dt.timedelta(1)
    return day


def by_owner(moves: Iterable[Move]) -> list[OwnerDay]:
    found: dict[int, OwnerDay] = {}
    for move in moves:
        owner = move.loan.copy.resource.owner
        found.setdefault(owner.pk, OwnerDay(owner, [])).moves.append(move)
    return list(found.values())
