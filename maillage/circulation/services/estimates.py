"""What a loan would cost, how far it would travel, and when it could take place."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from maillage.catalogue.choices import EVERYONE
from maillage.catalogue.fit import Fit, FitLine, check_fit, verdict
from maillage.catalogue.models import Resource
from maillage.circulation.calendars import rules_of
from maillage.circulation.carbon import co2_kg
from maillage.circulation.models import Copy, Host, LendingRules
from maillage.circulation.services.holding import km_between
from maillage.circulation.services.letters import period
from maillage.circulation.services.slots import (
    Shelf,
    Slot,
    Window,
    first_free,
    free_slots,
    open_windows,
    stock_up,
)

#: Vehicles for which the kilometres cost the owner nothing.
WITHOUT_ROAD = {"online", "on_foot"}


@dataclass(frozen=True)
class Estimate:
    """What is known before anybody has said yes; ``None``: the sheet does not say."""

    fee_cents: int | None
    transport_cents: int
    km: float
    co2_kg: float
    deposit_cents: int
    insurance_cents: int

    @property
    def total_cents(self) -> int | None:
        if self.fee_cents is None:
            return None
        return self.fee_cents + self.transport_cents


@dataclass(frozen=True)
class WindowAnswer:
    """One window that was asked, and the first days that are free in it."""

    start: dt.date
    end: dt.date
    slot: Slot | None
    #: The first free days after the beginning of the window, when it has none.
    later: Slot | None = None
    #: Why nothing is free: ``closed`` for a school, ``notice``, else ``taken``.
    reason: str = ""

    @property
    def words(self) -> str:
        return period(self.start, self.end)

    @property
    def slot_words(self) -> str:
        return slot_words(self.slot)

    @property
    def later_words(self) -> str:
        return slot_words(self.later)


def slot_words(slot: Slot | None) -> str:
    """« du 3 au 24 novembre 2026 », or nothing."""
    return period(slot.span.starts_on, slot.span.ends_on) if slot else ""


@dataclass(frozen=True)
class Check:
    """All that a form says while it is being filled in."""

    estimate: Estimate | None = None
    windows: list[WindowAnswer] = field(default_factory=list)
    lines: list[FitLine] = field(default_factory=list)
    fit: str = ""
    #: Why the request would be refused as it stands.
    problem: str = ""


def fee_of(resource: Resource, *, borrower: str, days: int) -> int | None:
    """The cheapest way to add up the lines of the scale that covers all days.

    The lines of this kind of borrower if there are any, else those of everybody;
    ``None`` when the sheet does not say.
    """
    if borrower in resource.free_for:
        return 0
    own = [fee for fee in resource.fees if fee["borrower"] == borrower]
    rows = own or [fee for fee in resource.fees if fee["borrower"] == EVERYONE]
    if not rows:
        return None
    cost = [0] * (days + 1)
    for day in range(1, days + 1):
        cost[day] = min(cost[max(0, day - row["days"])] + row["cents"] for row in rows)
    return cost[days]


def fee_for(
    resource: Resource, *, modules: Sequence[Resource], borrower: str, days: int
) -> int | None:
    """The fee of the whole, or of the modules that are wanted.

    ``modules`` is empty when the whole is asked. Modules without a scale of their own
    cost what the whole does.
    """
    if not modules:
        return fee_of(resource, borrower=borrower, days=days)
    fees = [fee_of(module, borrower=borrower, days=days) for module in modules]
    if any(fee is None for fee in fees):
        return fee_of(resource, borrower=borrower, days=days)
    return sum(fee for fee in fees if fee is not None)


def km_price(copy: Copy, rules: LendingRules) -> int:
    """Cents a kilometre: the copy's own price, else its owner's."""
    return rules.km_cents if copy.km_cents is None else copy.km_cents


def transport_of(copy: Copy, *, km: float, rules: LendingRules) -> int:
    """Cents for so many kilometres, there and back; whole euros, as ``km`` is rough."""
    if copy.resource.vehicle in WITHOUT_ROAD:
        return 0
    return round(km * km_price(copy, rules) / 100) * 100


def way(copy: Copy, host: Host) -> float:
    """Kilometres from the depot to the host and back."""
    depot = copy.depot.position or host.position
    return 2 * km_between(depot, host.position)


def estimate(
    resource: Resource,
    *,
    host: Host,
    days: int,
    copies: Sequence[Copy],
    modules: Sequence[Resource] = (),
    whole: bool = True,
    needs_transport: bool = True,
) -> Estimate:
    """The costs of a loan to a host, from the depot that is nearest to it.

    ``modules`` travel, if it is made of some; with ``whole``, at the price of all of
    it. What is stored together travels together: each depot is driven from once.
    """
    ways: dict[int, tuple[float, Copy]] = {}
    for part in modules or [resource]:
        own = [copy for copy in copies if copy.resource_id == part.pk] or copies
        if own:
            near = min(own, key=lambda copy: way(copy, host))
            ways[near.depot_id] = (way(near, host), near)
    rules = rules_of(resource.owner)
    km = sum(length for length, _copy in ways.values())
    cents = sum(transport_of(c, km=length, rules=rules) for length, c in ways.values())
    return Estimate(
        fee_cents=fee_for(
            resource, modules=() if whole else modules, borrower=host.kind, days=days
        ),
        transport_cents=cents if needs_transport else 0,
        km=km,
        co2_kg=km * co2_kg(resource.vehicle),
        deposit_cents=resource.deposit_cents or 0,
        insurance_cents=resource.insurance_value_cents or 0,
    )


def lendable_copies(resource: Resource) -> list[Copy]:
    """The copies in service of a resource; else those of its modules."""
    rows = Copy.objects.all().lendable().select_related(
        "resource__owner", "depot__commune", "depot__structure"
    )  # fmt: skip
    own = list(rows.filter(resource=resource))
    if own:
        return own
    return list(
        rows.filter(resource__parent=resource).order_by("resource__name", "rank")
    )


def wanted_modules(
    resource: Resource, *, copies: Sequence[Copy], chosen: Sequence[Resource] = ()
) -> list[Resource]:
    """The modules that a loan takes one copy of each; none if there is one copy of all."""
    found = {c.resource_id: c.resource for c in copies if c.resource_id != resource.pk}
    if not chosen:
        return list(found.values())
    return [found[module.pk] for module in chosen if module.pk in found]


def windows_answer(
    shelf: Shelf, *, host: Host, windows: Sequence[Window], days: int, today: dt.date
) -> list[WindowAnswer]:
    """For each window, the first free days in it, else the next after its start."""
    found = []
    for start, end in windows:
        pieces = open_windows([(start, end)], host=host)
        slots = free_slots(
            shelf, host=host, windows=pieces, days=days, today=today, with_notice=True
        )
        slot = min(slots, key=lambda one: one.span.starts_on, default=None)
        later, reason = None, ""
        if slot is None:
            reason = why_not(shelf, host=host, pieces=pieces, days=days, today=today)
            later = first_free(
                shelf, host=host, start=max(start, today), days=days, today=today
            )
        found.append(WindowAnswer(start, end, slot, later, reason))
    return found


def why_not(
    shelf: Shelf,
    *,
    host: Host,
    pieces: Sequence[Window],
    days: int,
    today: dt.date,
) -> str:
    """What stands in the way: holidays, the owner's notice, or another loan."""
    if not any((end - start).days >= days for start, end in pieces):
        return "closed" if host.is_school else "short"
    if free_slots(shelf, host=host, windows=pieces, days=days, today=today):
        return "notice"
    return "taken"


def check_wish(
    resource: Resource,
    *,
    host: Host | None,
    windows: Sequence[Window],
    days: int | None,
    copies: Sequence[Copy],
    modules: Sequence[Resource],
    whole: bool,
    needs_transport: bool,
    today: dt.date,
    problem: str = "",
) -> Check:
    """What can be said already of a form that is half filled in."""
    if host is None:
        return Check()
    lines = check_fit(resource, host)
    fit = str(verdict(lines)) if lines else str(Fit.UNKNOWN)
    if not days:
        return Check(lines=lines, fit=fit, problem=problem)
    costs = estimate(
        resource, host=host, days=days, copies=copies,
        modules=modules, whole=whole, needs_transport=needs_transport,
    )  # fmt: skip
    answers: list[WindowAnswer] = []
    if windows and copies:
        start, end = min(w[0] for w in windows), max(w[1] for w in windows)
        wanted = {module.pk for module in modules} or {resource.pk}
        rows = [copy for copy in copies if copy.resource_id in wanted]
        shelf = stock_up(rows, start=start, end=end + dt.timedelta(400))
        answers = windows_answer(
            shelf, host=host, windows=windows, days=days, today=today
        )
    return Check(costs, answers, lines, fit, problem)
