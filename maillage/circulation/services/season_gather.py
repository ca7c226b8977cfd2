"""Put the facts of a scenario together: what each request is worth, what stays."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from maillage.catalogue.fit import Fit, check_fit, verdict
from maillage.catalogue.models import Resource
from maillage.circulation.calendars import school_closures
from maillage.circulation.choices import LockKind
from maillage.circulation.models import (
    SCHOOLS,
    Hold,
    LendingRules,
    Loan,
    LoanRequest,
    Lock,
    Scenario,
)
from maillage.circulation.problem.facts import Choice, Facts, Quota, Taken, Wish
from maillage.circulation.problem.scores import (
    ASKED,
    MOST_MONTHS,
    SIMILAR,
    complete,
    hosts_term,
    income_term,
    key_of,
    owners_term,
    public_term,
    score_of,
)
from maillage.circulation.services.estimates import fee_of
from maillage.circulation.services.season_access import AccessMap, read_access_map
from maillage.circulation.services.season_facts import (
    Past,
    Stock,
    center,
    read_holds,
    read_parts,
    read_past,
    read_stock,
    season_requests,
    sound,
    what_if,
)
from maillage.circulation.services.season_inputs import published_inputs
from maillage.circulation.services.season_locks import Placing
from maillage.core.errors import Refused

#: A school keeps a longer loan over its holidays: only the days around it count.
TERM_DAYS = 35
#: A closure of fewer days is a long week-end: a loan may span it.
LONG_CLOSURE = 7
#: Similar resources that a request is tried with, the nearest in themes first.
MOST_SIMILAR = 12


@dataclass(frozen=True)
class Reading:
    """What was read for a scenario, for whoever works on with it."""

    facts: Facts
    stock: Stock
    requests: tuple[LoanRequest, ...]
    access: AccessMap
    past: Past
    #: What holds each wish now: its loan, by rank of the wish.
    current: Mapping[int, Hold]
    #: Loans that may move, as they are now.
    loose: tuple[Taken, ...] = ()


def gather(scenario: Scenario, *, today: dt.date) -> Reading:
    """Read a scenario whole. Refuses with ``no_copy``, ``no_request`` or ``locks``."""
    season = scenario.season
    requests = season_requests(scenario)
    where = [sound(request.host.position) or center() for request in requests]
    stock = read_stock(scenario, hosts=where)
    if not requests:
        raise Refused("no_request", _("Aucune demande n’est confiée à cette saison."))
    if not stock.copies:
        raise Refused("no_copy", _("Aucun exemplaire n’est en service : ajoutez-en."))
    weights = complete(scenario.weights)
    locks = {lock.request_id: lock for lock in scenario.locks.select_related("copy")}
    past = read_past(season, without=[request.pk for request in requests])
    access = read_access_map()
    weigher = Weigher(
        scenario, stock, past, weights, access.deficits(past.supply), locks,
        read_parts(requests), first=max(0, season.tick(today) + 1),
    )  # fmt: skip
    holds = read_holds(season, stock=stock, served=[row.pk for row in requests])
    current = own_holds(requests, holds)
    wishes = [
        weigher.wish(request, current.get(rank))
        for rank, request in enumerate(requests)
    ]
    placing = Placing(scenario, stock, requests, wishes, current, locks, today)
    taken = placing.taken(holds)
    facts = Facts(
        season=season.slug,
        starts_on=season.starts_on,
        days=season.days,
        first=weigher.first,
        seed=scenario.seed,
        weights=weights,
        groups=stock.groups,
        copies=stock.copies,
        wishes=tuple(placing.settled(taken)),
        taken=tuple(taken),
        host_limits=host_limits(scenario, requests),
        quotas=tuple(quotas(stock, wishes, requests)),
        km_budget=what_if(scenario, "km_budget", season.km_budget),
    )
    placing.check_limits(facts)
    inputs = published_inputs(scenario, facts)
    facts = replace(facts, published=inputs)
    return Reading(
        facts, stock, tuple(requests), access, past, current, tuple(placing.loose)
    )


def own_holds(requests: list[LoanRequest], holds: Iterable[Hold]) -> dict[int, Hold]:
    """The hold that serves each request already, by rank of the request."""
    rank = {request.pk: n for n, request in enumerate(requests)}
    return {
        rank[hold.loan.request_id]: hold
        for hold in holds
        if hold.loan and hold.loan.request_id in rank
    }


@dataclass
class Weigher:
    """Turns requests into wishes: where, when, with what, and what that is worth."""

    scenario: Scenario
    stock: Stock
    past: Past
    weights: Mapping[str, int]
    deficits: Mapping[str, float]
    locks: Mapping[int, Lock]
    #: What a loan of each resource that is asked takes one copy of each of.
    parts: Mapping[int, set[int]]
    first: int

    def __post_init__(self) -> None:
        self.room: dict[tuple[int, int], bool] = {}
        self.fees: dict[tuple[int, str, int], int] = {}
        self.closures: dict[str, list[tuple[dt.date, dt.date]]] = {}

    def wish(self, request: LoanRequest, held: Hold | None) -> Wish:
        season, host = self.scenario.season, request.host
        code = host.commune_id
        months = self.past.months.get(host.pk, MOST_MONTHS)
        loans = self.past.loans.get(host.pk, 0)
        terms = {
            "public": public_term(request.expected),
            "underserved": self.deficits.get(code, 0.5),
            "hosts": hosts_term(months=months, loans=loans),
        }
        windows = self.windows(request)
        wanted = self.wanted(request, held)
        too_long = request.duration_days > season.days
        found = [] if too_long else self.found(request, wanted)
        fitting = [row for row in found if self.fits(row[0], request)]
        choices = tuple(
            self.choice(request, pk, preference, terms, held)
            for pk, preference in fitting
        )
        lock = self.locks.get(request.pk)
        barred = ""
        if lock and lock.kind == LockKind.REFUSED:
            barred = "set_aside"
        elif len(wanted) > 1:
            barred = "modules"
        elif found and not fitting:
            barred = "room"
        return Wish(
            pk=request.pk, reference=request.reference, key=key_of(request.reference),
            host=host.pk, kind=host.kind, commune=code, commune_name=host.commune.name,
            position=sound(host.position) or center(),
            duration=request.duration_days, pupils=request.expected_pupils,
            public=request.expected_public, windows=windows,
            weekdays_only=host.kind in SCHOOLS, terms=terms,
            facts={"months": min(months, MOST_MONTHS), "loans": loans},
            choices=() if barred else choices, barred=barred,
        )  # fmt: skip

    def windows(self, request: LoanRequest) -> tuple[tuple[int, int], ...]:
        """First and last start of each window, within the season."""
        season, lasts = self.scenario.season, request.duration_days
        asked = [(window.starts_on, window.ends_on) for window in request.windows.all()]
        is_school = request.host.is_school and lasts <= TERM_DAYS
        cut = self.without_holidays(asked, request) if is_school else asked
        found = []
        for start, end in cut:
            first = max(season.tick(start), 0)
            last = min(season.tick(end), season.days) - lasts
            if first <= last:
                found.append((first, last))
        return tuple(sorted(set(found)))

    def without_holidays(
        self, asked: list[tuple[dt.date, dt.date]], request: LoanRequest
    ) -> list[tuple[dt.date, dt.date]]:
        """The windows with the school holidays taken out; a long week-end is none."""
        zone = request.host.commune.department.holiday_zone
        if zone not in self.closures:
            season = self.scenario.season
            rows = school_closures(zone, start=season.starts_on, end=season.ends_on)
            self.closures[zone] = [
                (shut, opens)
                for shut, opens in sorted(rows)
                if (opens - shut).days >= LONG_CLOSURE
            ]
        found = []
        for start, end in asked:
            for shut, opens in self.closures[zone]:
                if shut < end and start < opens:
                    if start < shut:
                        found.append((start, shut))
                    start = max(start, opens)
            if start < end:
                found.append((start, end))
        return found

    def wanted(self, request: LoanRequest, held: Hold | None) -> set[int]:
        """What the loan takes one copy of each of; what a plan gave stays enough."""
        parts = self.parts.get(request.resource_id or 0, set())
        if request.resource_id not in parts:
            chosen = {module.pk for module in request.modules.all()}
            parts = parts & chosen if chosen else parts
        if len(parts) > 1 and held and held.loan:
            return {held.loan.copy.resource_id}
        return parts

    def found(
        self, request: LoanRequest, wanted: Iterable[int]
    ) -> list[tuple[int, float]]:
        """Resources that would do, with what each is worth beside the one asked."""
        asked = request.resource
        rows = {pk: ASKED for pk in wanted if pk in self.stock.resources}
        themes = set(asked.themes) if asked else set()
        if request.theme:
            themes.add(request.theme)
        if asked is None or request.accepts_similar:
            worth = SIMILAR if asked else ASKED
            near = sorted(
                (-len(themes & set(one.themes)), one.slug, pk)
                for pk, one in self.stock.resources.items()
                if themes & set(one.themes) and self.lasts(one, request)
            )
            for _shared, _slug, pk in near[:MOST_SIMILAR]:
                rows.setdefault(pk, worth)
        return sorted(rows.items())

    def lasts(self, resource: Resource, request: LoanRequest) -> bool:
        """Whether the owner lends for so long; asked by name, it may be talked about."""
        most = resource.loan_days_max
        return most is None or request.duration_days <= most

    def fits(self, pk: int, request: LoanRequest) -> bool:
        """No need of the resource is one that the room surely cannot meet."""
        key = (pk, request.host_id)
        if key not in self.room:
            host = request.host
            found = verdict(check_fit(self.stock.resources[pk], host))
            self.room[key] = found != Fit.NO
        return self.room[key]

    def fee(self, pk: int, request: LoanRequest) -> int:
        key = (pk, request.host.kind, request.duration_days)
        if key not in self.fees:
            known = fee_of(self.stock.resources[pk], borrower=key[1], days=key[2])
            self.fees[key] = known or 0
        return self.fees[key]

    def choice(
        self, request: LoanRequest, pk: int, preference: float,
        base: Mapping[str, float], held: Hold | None,
    ) -> Choice:  # fmt: skip
        group = self.stock.rank_of_group[pk]
        owner = self.stock.groups[group].owner
        fee = self.fee(pk, request)
        terms = {
            **base,
            "owners": owners_term(self.past.days_out.get(owner, 0.0)),
            "income": income_term(fee),
        }
        kept, bonus = -1, 0.0
        if held and held.loan and held.loan.copy.resource_id == pk:
            kept = self.scenario.season.tick(held.loan.starts_on)
            bonus = float(self.weights["stability"])
        score = score_of(terms, weights=self.weights, preference=preference)
        return Choice(group, score, preference, fee, terms, kept, bonus)


def host_limits(scenario: Scenario, requests: Iterable[LoanRequest]) -> dict[int, int]:
    """Loans that each host may still have; those it has had directly are counted."""
    season, rows = scenario.season, list(requests)
    most = int(what_if(scenario, "loans_per_host", season.loans_per_host))
    direct = (
        Loan.objects.all()
        .holding()
        .overlapping(season.starts_on, season.ends_on)
        .exclude(request__in=[request.pk for request in rows])
    )
    had = Counter(direct.values_list("host", flat=True))
    return {row.host_id: max(0, most - had[row.host_id]) for row in rows}


def quotas(
    stock: Stock, wishes: list[Wish], requests: list[LoanRequest]
) -> list[Quota]:
    """What owners allow each host; counted for a request that one of them may serve."""
    limits = LendingRules.objects.filter(loans_per_host__isnull=False)
    rules = {
        owner: int(most or 0)
        for owner, most in limits.values_list("structure", "loans_per_host")
    }
    rows: dict[tuple[int, int], list[int]] = {}
    for rank, wish in enumerate(wishes):
        for owner in {stock.groups[choice.group].owner for choice in wish.choices}:
            if owner in rules:
                rows.setdefault((owner, wish.host), []).append(rank)
    return [
        Quota(tuple(ranks), rules[owner])
        for (owner, _host), ranks in sorted(rows.items())
        if len(ranks) > rules[owner]
    ]
