"""The board: copies in rows, loans as bars over the weeks of a season.

The same picture is drawn from a scenario, whose loans are only planned, and from the
loans themselves. Days are counted from the first day of the board.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from maillage.catalogue.models import Resource
from maillage.circulation.calendars import MOST_CLOSED, Calendar, calendars_of
from maillage.circulation.choices import OUT, HoldKind, LoanState, LockKind
from maillage.circulation.models import (
    Copy,
    Hold,
    Host,
    LendingRules,
    Loan,
    PlannedLoan,
    PlannedRefusal,
    Scenario,
    Season,
)
from maillage.circulation.services.holding import KM_A_DAY
from maillage.core.context import region
from maillage.directory.models import Place
from maillage.kernels.travel import road_km
from maillage.territories.models import Holiday, SchoolHoliday

DAY = dt.timedelta(1)
Points = tuple[float, float]


class BarKind(StrEnum):
    """How settled a loan is; each has its own pattern."""

    PLANNED = "planned"
    LOCKED = "locked"
    CONFIRMED = "confirmed"
    PROPOSED = "proposed"
    OUT = "out"
    RETURNED = "returned"


KIND_LABELS = {
    BarKind.PLANNED: _("prévu par le calcul"),
    BarKind.LOCKED: _("placé par vous"),
    BarKind.CONFIRMED: _("confirmé"),
    BarKind.PROPOSED: _("proposé, à confirmer"),
    BarKind.OUT: _("en cours"),
    BarKind.RETURNED: _("rendu"),
}
#: What is read of copies and of hosts, and no long text beside.
COPY = (
    "label", "rank", "state", "setup_days", "takedown_days", "resource", "depot",
)  # fmt: skip
RESOURCE = ("name", "slug", "crates", "weight_kg", "volume_m3", "owner__name")
DEPOT = (
    "name", "street", "postcode", "phone", "lon", "lat",
    "commune__name", "commune__lon", "commune__lat",
)  # fmt: skip
REFUSAL = (
    "reason",
    "rivals",
    "scenario",
    "request__host",
    "request__theme",
    "request__duration_days",
    "request__resource",
)
HOST = (
    "name", "address", "contact_name", "contact_phone",
    "commune__name", "commune__lon", "commune__lat",
    "place__street", "place__postcode", "place__lon", "place__lat",
    "place__commune__lon", "place__commune__lat",
)  # fmt: skip


@dataclass
class Bar:
    """One loan on the board; ``leaves_on`` and ``free_on`` hold what surrounds it."""

    pk: int
    copy: int
    host: int
    request: int
    starts_on: dt.date
    ends_on: dt.date
    kind: BarKind
    leaves_on: dt.date
    free_on: dt.date
    maintained: bool = False
    worth: float = 0.0
    km: float = 0.0
    #: Of a loan, not of a plan: the loan whose host hands the copy over, 0 for none.
    comes_from: int | None = None


@dataclass
class Board:
    """All that is drawn, by primary key where things name each other."""

    starts_on: dt.date
    ends_on: dt.date
    copies: dict[int, Copy]
    hosts: dict[int, Host]
    bars: list[Bar]
    holds: list[Hold]
    refusals: list[PlannedRefusal] = field(default_factory=list)
    locks: dict[int, str] = field(default_factory=dict)

    def bars_of(self, copy: int) -> list[Bar]:
        return [bar for bar in self.bars if bar.copy == copy]


def board_of(scenario: Scenario, *, waiting: bool = True) -> Board:
    """What a scenario plans, beside what is already taken in its season.

    Without ``waiting`` it says nothing of the requests that are not served.
    """
    season = scenario.season
    rows = scenario.planned_loans.values_list(
        "pk", "copy", "request__host", "request", "starts_on", "ends_on",
        "was_confirmed", "maintained_before", "worth", "km",
    )  # fmt: skip
    locks = dict(scenario.locks.values_list("request", "kind"))
    bars = []
    for pk, copy, host, request, start, end, settled, kept, worth, km in rows:
        kind = BarKind.CONFIRMED if settled else BarKind.PLANNED
        if locks.get(request) == LockKind.PLACED:
            kind = BarKind.LOCKED
        bars.append(
            Bar(pk, copy, host, request, start, end, kind, start, end, kept, worth, km)
        )
    refused = refusals_of(scenario) if waiting else []
    planned = {bar.request for bar in bars}
    board = drawn(
        bars, start=season.starts_on, end=season.ends_on, but=planned,
        more_hosts={refusal.request.host_id for refusal in refused},
    )  # fmt: skip
    board.refusals, board.locks = refused, locks
    return board


def waiting_of(scenario: Scenario) -> Board:
    """The requests of a scenario that are not served, with no loan drawn."""
    refused, season = refusals_of(scenario), scenario.season
    return Board(
        season.starts_on, season.ends_on, {},
        hosts_of({refusal.request.host_id for refusal in refused}), [], [],
        refused, dict(scenario.locks.values_list("request", "kind")),
    )  # fmt: skip


def refusals_of(scenario: Scenario) -> list[PlannedRefusal]:
    """Requests that are not served; those for the same resource share it."""
    rows = scenario.refusals.select_related("request").order_by("pk").only(*REFUSAL)
    resources = Resource.objects.only("name")
    return list(rows.prefetch_related(Prefetch("request__resource", resources)))


def hosts_of(pks: set[int]) -> dict[int, Host]:
    rows = Host.objects.select_related("place__commune", "commune").only(*HOST)
    return {host.pk: host for host in rows.filter(pk__in=pks)}


def board_of_loans(loans: Iterable[Loan], *, start: dt.date, end: dt.date) -> Board:
    """The loans themselves, as they are known today, over [start, end)."""
    bars = [bar_of(loan) for loan in loans]
    return drawn(bars, start=start, end=end, but=None)


def bar_of(loan: Loan) -> Bar:
    kind = BarKind.CONFIRMED
    if loan.state == LoanState.PROPOSED:
        kind = BarKind.PROPOSED
    elif loan.state in OUT:
        kind = BarKind.OUT
    elif loan.state == LoanState.RETURNED:
        kind = BarKind.RETURNED
    return Bar(
        loan.pk, loan.copy_id, loan.host_id, loan.request_id or 0, loan.starts_on,
        loan.ends_on, kind, loan.departs_on, loan.free_on, km=loan.km,
        comes_from=loan.comes_from_id or 0,
    )  # fmt: skip


def drawn(
    bars: list[Bar], *, start: dt.date, end: dt.date, but: set[int] | None,
    more_hosts: Iterable[int] = (),
) -> Board:  # fmt: skip
    """Add what is taken, the rows without loans, and the days around each bar.

    ``but`` names requests whose loans are already among the bars; ``None`` says that
    the bars are the loans themselves and know their days.
    """
    held = Hold.objects.all().overlapping(start, end).select_related("loan")
    holds = list(held.order_by("copy", "starts_on"))
    if but is not None:
        real = [hold.loan for hold in holds if hold.loan and hold.loan.is_holding]
        bars = bars + [bar_of(loan) for loan in real if loan.request_id not in but]
    wanted = {bar.copy for bar in bars}
    resources = Resource.objects.select_related("owner").only(*RESOURCE)
    depots = Place.objects.select_related("commune").only(*DEPOT)
    rows = Copy.objects.only(*COPY).prefetch_related(
        Prefetch("resource", resources), Prefetch("depot", depots)
    )
    copies = {
        copy.pk: copy
        for copy in rows.order_by("resource__name", "resource_id", "rank", "pk")
        if copy.state == "in_service" or copy.pk in wanted
    }
    named = {bar.host for bar in bars} | set(more_hosts)
    board = Board(
        start, end, copies, hosts_of(named),
        sorted(bars, key=lambda bar: (bar.copy, bar.starts_on)),
        [hold for hold in holds if hold.kind != HoldKind.LOAN and hold.copy_id in copies],
    )  # fmt: skip
    if but is not None:
        surround(board)
    return board


class OpenDays:
    """``Calendar`` for many days at once: ticks in, ticks out."""

    def __init__(self, calendar: Calendar, *, start: dt.date, days: int) -> None:
        self.margin = MOST_CLOSED
        ticks = range(-self.margin, days + self.margin)
        dates = [start + dt.timedelta(tick) for tick in ticks]
        self.open = np.flatnonzero([calendar.is_open(day) for day in dates])
        self.ships = np.flatnonzero([calendar.ships(day) for day in dates])

    def back(self, day: NDArray[Any], *, open_days: NDArray[Any]) -> NDArray[Any]:
        at = np.searchsorted(self.open, day + self.margin)
        found = self.open[np.maximum(at - open_days, 0)] - self.margin
        return np.where(open_days > 0, found, day)

    def forth(self, day: NDArray[Any], *, open_days: NDArray[Any]) -> NDArray[Any]:
        at = np.searchsorted(self.open, day + self.margin)
        last = np.minimum(at + open_days - 1, len(self.open) - 1)
        return np.where(open_days > 0, self.open[last] + 1 - self.margin, day)

    def shipping(self, day: NDArray[Any]) -> NDArray[Any]:
        at = np.searchsorted(self.ships, day + self.margin, side="right") - 1
        return self.ships[np.maximum(at, 0)] - self.margin

    def collecting(self, day: NDArray[Any]) -> NDArray[Any]:
        at = np.searchsorted(self.ships, day + self.margin)
        return self.ships[np.minimum(at, len(self.ships) - 1)] - self.margin


def surround(board: Board) -> None:
    """Give planned bars their days of transport, set-up and take-down.

    As ``span_of`` does for a loan from the depot and back, for all bars at once; where
    a copy goes straight from one host to the next, its days are shared between them.
    """
    days = (board.ends_on - board.starts_on).days
    owners = {
        copy.resource.owner_id: copy.resource.owner for copy in board.copies.values()
    }
    calendars = calendars_of(owners.values(), start=board.starts_on, end=board.ends_on)
    rules = LendingRules.objects.filter(structure__in=owners)
    buffers = dict(rules.values_list("structure", "buffer_days"))
    owner_of = {pk: copy.resource.owner_id for pk, copy in board.copies.items()}
    bars: dict[int, list[Bar]] = defaultdict(list)
    for bar in board.bars:
        if bar.comes_from is None:
            bars[owner_of[bar.copy]].append(bar)
    for owner, mine in bars.items():
        around(
            board, mine, OpenDays(calendars[owner], start=board.starts_on, days=days),
            buffer_days=buffers.get(owner, LendingRules().buffer_days),
        )  # fmt: skip
    for one, other in zip(board.bars, board.bars[1:], strict=False):
        if one.copy == other.copy and one.free_on > other.leaves_on:
            one.free_on = other.leaves_on = max(other.leaves_on, one.ends_on)


def around(
    board: Board, bars: Sequence[Bar], days: OpenDays, *, buffer_days: int
) -> None:
    copies = [board.copies[bar.copy] for bar in bars]
    road = road_days_of(board, bars)
    start = np.array([(bar.starts_on - board.starts_on).days for bar in bars])
    end = np.array([(bar.ends_on - board.starts_on).days for bar in bars])
    setup = np.array([copy.setup_days for copy in copies]) + road
    takedown = np.array([copy.takedown_days for copy in copies]) + road
    leaves = days.shipping(days.back(start, open_days=setup))
    home = days.collecting(days.forth(end, open_days=takedown) - 1) + 1
    buffer = np.full(len(bars), buffer_days)
    free = days.forth(np.maximum(home, end), open_days=buffer)
    for bar, first, last in zip(bars, leaves.tolist(), free.tolist(), strict=True):
        bar.leaves_on = min(board.starts_on + first * DAY, bar.starts_on)
        bar.free_on = max(board.starts_on + last * DAY, bar.ends_on)


def road_days_of(board: Board, bars: Sequence[Bar]) -> NDArray[Any]:
    hosts = {pk: board.hosts[pk].position for pk in {bar.host for bar in bars}}
    depots = {pk: board.copies[pk].depot.position for pk in {bar.copy for bar in bars}}
    there = np.array([hosts[bar.host] for bar in bars], float)
    home = np.array([depots[bar.copy] or hosts[bar.host] for bar in bars], float)
    km = road_km(home[:, 0], home[:, 1], there[:, 0], there[:, 1])
    return (km // KM_A_DAY).astype(int)


def bands_of(start: dt.date, end: dt.date) -> dict[str, list[list[Any]]]:
    """School holidays of the region and public holidays, in days from ``start``."""
    schools = SchoolHoliday.objects.filter(zone__in=region().get("holiday_zones", []))
    periods = schools.overlapping(start, end).values_list(
        "name", "starts_on", "ends_on"
    )
    closed = Holiday.objects.all().between(start, end).values_list("name", "day")
    return {
        "school": [
            [name, (max(one, start) - start).days, (min(last, end) - start).days]
            for name, one, last in periods
        ],
        "closed": [[name, (day - start).days] for name, day in closed],
    }


def stamp_of(scenario: Scenario) -> str:
    """A short text that changes with any loan, decision or hold of the scenario."""
    season = scenario.season
    loans = PlannedLoan.objects.filter(scenario=scenario).order_by("pk")
    seen = (
        scenario.state,
        list(loans.values_list("pk", "copy", "starts_on", "ends_on")),
        list(scenario.locks.order_by("pk").values_list("pk", "kind", "copy")),
        stamp_of_holds(season),
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]


def stamp_of_holds(season: Season) -> str:
    """As ``stamp_of``, for what takes copies in a season."""
    holds = Hold.objects.all().overlapping(season.starts_on, season.ends_on)
    seen = list(holds.order_by("pk").values_list("pk", "copy", "starts_on", "ends_on"))
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]
