"""Read a season from the database: copies, requests, what is taken, what is past."""

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q

from maillage.circulation.calendars import Calendar, calendars_of
from maillage.circulation.choices import (
    CopyState,
    HoldKind,
    LoanState,
    MaintenanceState,
)
from maillage.circulation.models import (
    Copy,
    Hold,
    LendingRules,
    Loan,
    LoanRequest,
    Maintenance,
    Scenario,
    Season,
)
from maillage.circulation.problem.arrays import TAIL
from maillage.circulation.problem.facts import (
    CopyFacts,
    GroupFacts,
    Position,
)
from maillage.circulation.services.holding import KM_A_DAY
from maillage.circulation.services.season_turns import TurnTable
from maillage.core.context import region
from maillage.kernels.travel import road_km

DAY = dt.timedelta(1)
#: Loans of so long before the season say who has had much and who little.
MEMORY = dt.timedelta(730)
YEAR = dt.timedelta(365)
MONTH_DAYS = 30.44


@dataclass(frozen=True)
class Past:
    """What hosts and owners have had before the season."""

    loans: Mapping[int, int]
    months: Mapping[int, int]
    days_out: Mapping[int, float]
    supply: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Stock:
    """Copies and groups of a season, with the rank of each."""

    groups: tuple[GroupFacts, ...]
    copies: tuple[CopyFacts, ...]
    rank_of_group: Mapping[int, int]
    rank_of_copy: Mapping[int, int]
    rows: Mapping[int, Copy]
    resources: Mapping[int, Any]
    calendars: Mapping[int, Calendar]


def what_if(scenario: Scenario, name: str, default: Any) -> Any:
    found = scenario.what_if.get(name)
    return default if found is None else found


def sound(position: Position | None) -> Position | None:
    """A position that can be computed with."""
    if position is None or not all(math.isfinite(degree) for degree in position):
        return None
    return float(position[0]), float(position[1])


def read_stock(scenario: Scenario, *, hosts: Iterable[Position]) -> Stock:
    """Copies in service but for those that the scenario breaks, and those it adds.

    ``hosts`` are where loans may go: days on the road are worked out that far.
    """
    season = scenario.season
    broken = set(what_if(scenario, "broken", []))
    rows = [
        copy
        for copy in Copy.objects.all()
        .lendable()
        .select_related("resource__owner__commune", "depot__commune")
        .order_by("resource__slug", "rank", "pk")
        if copy.pk not in broken
    ]
    owners = {copy.resource.owner_id: copy.resource.owner for copy in rows}
    calendars = calendars_of(
        owners.values(), start=season.starts_on - YEAR, end=season.ends_on + YEAR
    )
    rules = LendingRules.objects.in_bulk(field_name="structure_id")
    wears = read_wear(rows, season=season)
    by_resource: dict[int, list[Copy]] = defaultdict(list)
    for copy in rows:
        by_resource[copy.resource_id].append(copy)
    turns = TurnTable(season, calendars, rules, far=farthest(rows, hosts))
    groups: list[GroupFacts] = []
    copies: list[CopyFacts] = []
    rank_of_copy: dict[int, int] = {}
    rank_of_group = {pk: rank for rank, pk in enumerate(by_resource)}
    extra = what_if(scenario, "extra", {})
    for pk, own in by_resource.items():
        groups.append(turns.group(own))
        for copy in own:
            rank_of_copy[copy.pk] = len(copies)
            copies.append(
                copy_facts(copy, group=rank_of_group[pk], wear=wears[copy.pk])
            )
        for number in range(int(extra.get(own[0].resource.slug, 0))):
            added = copy_facts(own[0], group=rank_of_group[pk], wear=0)
            copies.append(
                CopyFacts(
                    0, f"+{number + 1}", added.group, added.depot, added.position, 0
                )
            )
    return Stock(
        tuple(groups), tuple(copies), rank_of_group, rank_of_copy,
        {copy.pk: copy for copy in rows},
        {pk: own[0].resource for pk, own in by_resource.items()},
        calendars,
    )  # fmt: skip


def copy_facts(copy: Copy, *, group: int, wear: int) -> CopyFacts:
    place = sound(copy.depot.position) or sound(copy.resource.owner.position)
    position = place or center()
    return CopyFacts(copy.pk, copy.label, group, copy.depot_id, position, wear)


def farthest(copies: Iterable[Copy], hosts: Iterable[Position]) -> int:
    """Open days on the road of the longest way there is."""
    depots = {sound(copy.depot.position) or center() for copy in copies}
    to = np.array(sorted({*hosts}), dtype=float).reshape(-1, 2)
    start = np.array(sorted(depots), dtype=float).reshape(-1, 2)
    if not (len(to) and len(start)):
        return 0
    km = road_km(start[:, :1], start[:, 1:], to[:, 0], to[:, 1])
    return int(np.max(km) // KM_A_DAY)


def center() -> Position:
    """The middle of the region: where a thing without a place is taken to be."""
    lon, lat = region()["map"]["centre"]
    return float(lon), float(lat)


def read_wear(copies: Iterable[Copy], *, season: Season) -> dict[int, int]:
    """Days of loan since the last maintenance, as the season begins."""
    pks = [copy.pk for copy in copies]
    done: dict[int, dt.date] = {}
    rows = Maintenance.objects.filter(
        copy__in=pks, state=MaintenanceState.DONE, ends_on__lte=season.starts_on
    )
    for pk, day in rows.values_list("copy", "ends_on"):
        done[pk] = max(day, done.get(pk, day))
    wear = {copy.pk: 0 if copy.pk in done else copy.days_out_before for copy in copies}
    past = Loan.objects.filter(copy__in=pks, starts_on__lt=season.starts_on).exclude(
        state=LoanState.CANCELLED
    )
    for pk, start, end in past.values_list("copy", "starts_on", "ends_on"):
        start = max(start, done.get(pk, start))
        wear[pk] += max(0, (min(end, season.starts_on) - start).days)
    return wear


def read_past(season: Season, *, without: Iterable[int]) -> Past:
    """Loans of two years before the season, and those it holds already."""
    since = season.starts_on - MEMORY
    rows = (
        Loan.objects.filter(starts_on__gte=since, starts_on__lt=season.ends_on)
        .exclude(state=LoanState.CANCELLED)
        .exclude(request__in=list(without))
        .select_related("host__place__commune", "host__commune", "copy__resource")
    )
    loans: Counter[int] = Counter()
    last: dict[int, dt.date] = {}
    out: Counter[int] = Counter()
    supply = []
    for loan in rows:
        loans[loan.host_id] += 1
        if loan.starts_on < season.starts_on:
            ends = last.get(loan.host_id, loan.ends_on)
            last[loan.host_id] = max(ends, loan.ends_on)
        if season.starts_on - YEAR <= loan.starts_on < season.starts_on:
            out[loan.copy.resource.owner_id] += loan.days
            if position := sound(loan.host.position):
                supply.append((*position, float(loan.days)))
    copies = Counter(
        Copy.objects.all().lendable().values_list("resource__owner", flat=True)
    )
    return Past(
        loans=loans,
        months={
            host: max(0, int((season.starts_on - day).days / MONTH_DAYS))
            for host, day in last.items()
        },
        days_out={owner: out[owner] / number for owner, number in copies.items()},
        supply=tuple(supply),
    )


def season_requests(scenario: Scenario) -> list[LoanRequest]:
    """The requests that a scenario plans, each with what is read of it.

    Those left to the season; those that wait for an owner, if the scenario wants them;
    and those that a published plan has served, which a new plan must know.
    """
    season = scenario.season
    wanted = Q(season=season, state="season")
    if what_if(scenario, "with_waiting", False):
        overlaps = Q(windows__starts_on__lt=season.ends_on)
        overlaps &= Q(windows__ends_on__gt=season.starts_on)
        wanted |= Q(state__in=("waiting", "offered")) & overlaps
    planned = Loan.objects.all().holding().filter(scenario__season=season)
    wanted |= Q(pk__in=planned.filter(request__isnull=False).values("request"))
    rows = LoanRequest.objects.filter(wanted).distinct()
    return list(
        rows.select_related(
            "host__place__commune__department", "host__commune__department",
            "resource__owner",
        )
        .prefetch_related("windows", "modules")
        .order_by("pk")
    )  # fmt: skip


def read_parts(requests: Iterable[LoanRequest]) -> dict[int, set[int]]:
    """For each resource that is asked, what a loan of it takes one copy of each of.

    That is the resource itself if it has copies, else its modules that have some,
    whatever the scenario breaks: it is what the request means.
    """
    asked = {row.resource_id for row in requests if row.resource_id}
    rows = (
        Copy.objects.all()
        .lendable()
        .filter(Q(resource__in=asked) | Q(resource__parent__in=asked))
        .values_list("resource", "resource__parent")
    )
    found: dict[int, set[int]] = {pk: set() for pk in asked}
    whole = {pk for pk, _parent in rows if pk in asked}
    for pk, parent in rows:
        if parent in asked and parent not in whole:
            found[parent].add(pk)
    return found | {pk: {pk} for pk in whole}


def read_holds(season: Season, *, stock: Stock, served: Iterable[int]) -> list[Hold]:
    """What takes the copies during the season and just after.

    The holds that serve one of the requests ``served`` are there, whatever their copy.
    """
    last = season.ends_on + dt.timedelta(TAIL)
    rows = Hold.objects.all().overlapping(season.starts_on, last)
    return list(
        rows.filter(
            Q(copy__in=list(stock.rank_of_copy)) | Q(loan__request__in=list(served))
        )
        .select_related(
            "loan__host__place__commune",
            "loan__host__commune",
            "loan__request",
            "loan__copy",
        )
        .order_by("copy", "starts_on")
    )


def is_service(copy: Copy) -> bool:
    return copy.state == CopyState.IN_SERVICE


def is_pause(hold: Hold) -> bool:
    return hold.kind != HoldKind.LOAN or hold.loan is None
