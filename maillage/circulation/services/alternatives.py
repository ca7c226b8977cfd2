"""What a host may be offered instead of a loan that cannot take place."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from maillage.catalogue.models import Resource
from maillage.circulation.models import Copy, Host, Loan
from maillage.circulation.services.holding import km_between
from maillage.circulation.services.letters import period
from maillage.circulation.services.slots import first_free, free_slots, stock_up

#: Other resources that are looked at, the nearest first, and how many are named.
LOOKED_AT = 20
NAMED = 3


@dataclass(frozen=True)
class Alternative:
    """A resource that the host could have, and when."""

    resource: Resource
    starts_on: dt.date
    ends_on: dt.date
    same_resource: bool

    def __str__(self) -> str:
        when = period(self.starts_on, self.ends_on)
        return _("« %(name)s », %(when)s") % {"name": self.resource.name, "when": when}


def alternatives(loan: Loan, *, today: dt.date) -> list[Alternative]:
    """Later days of the same resource, then others of its theme on the same days."""
    return [*later(loan, today=today), *others(loan, today=today)]


def later(loan: Loan, *, today: dt.date) -> list[Alternative]:
    """The first days on which any copy of the resource is free."""
    copies = Copy.objects.all().lendable().filter(resource=loan.copy.resource_id)
    start = max(today, loan.starts_on)
    slot = soonest(list(with_all(copies)), host=loan.host, start=start, loan=loan,
                   today=today)  # fmt: skip
    if slot is None:
        return []
    return [Alternative(loan.copy.resource, *slot, same_resource=True)]


def soonest(
    copies: list[Copy], *, host: Host, start: dt.date, loan: Loan, today: dt.date
) -> tuple[dt.date, dt.date] | None:
    if not copies:
        return None
    shelf = stock_up(copies, start=start, end=start + dt.timedelta(366))
    slot = first_free(shelf, host=host, start=start, days=loan.days, today=today)
    return (slot.span.starts_on, slot.span.ends_on) if slot else None


def others(loan: Loan, *, today: dt.date) -> list[Alternative]:
    """Published resources that share a theme, free on the same days, nearest first."""
    themes = {*loan.copy.resource.themes}
    if not themes or loan.starts_on <= today:
        return []
    rows = with_all(Copy.objects.all().lendable()).filter(
        resource__in=Resource.objects.published().values("pk")
    )
    rows = rows.exclude(resource=loan.copy.resource_id)
    near: dict[int, tuple[float, list[Copy]]] = {}
    for copy in rows:
        if themes & {*copy.resource.themes}:
            where = copy.depot.position or loan.host.position
            km = km_between(where, loan.host.position)
            least, found = near.setdefault(copy.resource_id, (km, []))
            near[copy.resource_id] = (min(least, km), [*found, copy])
    named: list[Alternative] = []
    for _km, copies in sorted(near.values(), key=lambda pair: pair[0])[:LOOKED_AT]:
        shelf = stock_up(copies, start=loan.starts_on, end=loan.ends_on)
        window = [(loan.starts_on, loan.ends_on)]
        if free_slots(
            shelf, host=loan.host, windows=window, days=loan.days, today=today
        ):
            named.append(
                Alternative(copies[0].resource, *window[0], same_resource=False)
            )
        if len(named) == NAMED:
            break
    return named


def with_all(copies: QuerySet[Copy]) -> QuerySet[Copy]:
    return copies.select_related("resource__owner", "depot__commune")
