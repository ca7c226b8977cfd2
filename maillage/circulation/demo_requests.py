"""300 requests for the season, some of which are fought over."""

import datetime as dt
import secrets
from typing import Any

import numpy as np

from maillage.catalogue.fit import Fit, check_fit, verdict
from maillage.catalogue.models import Resource
from maillage.circulation.choices import RequestState
from maillage.circulation.demo_hosts import KINDS
from maillage.circulation.demo_past import LENGTHS, fee_of
from maillage.circulation.models import (
    Copy,
    Host,
    LoanRequest,
    RequestWindow,
    Season,
)
from maillage.circulation.services.holding import km_between

REQUESTS = 300
#: Those that their owner answers alone, outside of the plan.
DIRECT = 20
#: Requests of the hosts whom accounts speak for.
FEW = 12
#: Hosts that ask for what does not enter their room.
CARELESS = 0.03
#: Schools ask for nothing in July and August.
SUMMER = dt.timedelta(62)
WISHES = (
    "Pour notre semaine des sciences.",
    "Nous accueillerons toutes les classes du secteur.",
    "Dans le cadre du projet culturel de la commune.",
    "Avec un atelier chaque mercredi.",
    "",
    "",
)


def make_requests(demo: Any, *, hosts: list[Host], season: Season) -> None:
    rng: np.random.Generator = demo.rng
    rows = Copy.objects.select_related("resource__owner", "depot__commune")
    copies = {copy.resource_id: copy for copy in rows.order_by("-rank")}
    resources = [copies[pk] for pk in sorted(copies)]
    loved = (1 + rng.permutation(len(resources))) ** -0.8
    first = max(season.starts_on, demo.today + dt.timedelta(35))
    mine = own_copies(demo, resources)
    asked, windows = [], []
    for number in range(REQUESTS):
        copy = resources[int(rng.choice(len(resources), p=loved / loved.sum()))]
        if mine and FEW <= number < DIRECT:
            copy = mine[number % len(mine)]
        few = hosts[:4] if number < FEW else hosts
        host = who_has_room(rng, hosts=few, resource=copy.resource)
        days = int(rng.choice(LENGTHS.get(copy.resource.kind, (7, 14, 21))))
        request = wish(demo, copy=copy, host=host, days=days, season=season)
        if number < DIRECT:
            request.state, request.season = RequestState.WAITING, None
        asked.append(request)
        end = season.ends_on - SUMMER if host.is_school else season.ends_on
        windows.append(periods(rng, first=first, end=end, days=days))
    made = LoanRequest.objects.bulk_create(asked)
    RequestWindow.objects.bulk_create(
        RequestWindow(request=request, starts_on=start, ends_on=end)
        for request, several in zip(made, windows, strict=True)
        for start, end in several
    )


def own_copies(demo: Any, copies: list[Copy]) -> list[Copy]:
    """What the owner whom an account speaks for lends: it has requests to answer."""
    user = demo.people.get("responsable")
    owners = (
        set(user.memberships.values_list("structure", flat=True)) if user else set()
    )
    return [copy for copy in copies if copy.resource.owner_id in owners]


def who_has_room(
    rng: np.random.Generator, *, hosts: list[Host], resource: Resource
) -> Host:
    """A host; nearly always one that has looked at the technical sheet first."""
    for _attempt in range(20):
        host = hosts[int(rng.integers(len(hosts)))]
        if verdict(check_fit(resource, host)) != Fit.NO or rng.random() < CARELESS:
            break
    return host


def wish(
    demo: Any, *, copy: Copy, host: Host, days: int, season: Season
) -> LoanRequest:
    rng: np.random.Generator = demo.rng
    _odds, _name, pupils, public = KINDS[host.kind]
    km = 2 * km_between(copy.depot.position or host.position, host.position)
    is_open = rng.random() < 0.3
    theme = copy.resource.themes[0] if is_open and copy.resource.themes else ""
    return LoanRequest(
        host=host,
        # One in ten does not mind which, as long as it is on the theme.
        resource=None if theme and rng.random() < 0.3 else copy.resource,
        theme=theme,
        accepts_similar=is_open,
        duration_days=days,
        expected_pupils=int(rng.integers(*pupils)),
        expected_public=int(rng.integers(*public)) if public[1] else 0,
        needs_transport=bool(rng.random() < 0.7),
        message=str(rng.choice(WISHES)),
        state=RequestState.SEASON,
        season=season,
        estimated_fee_cents=fee_of(copy.resource, kind=host.kind, days=days),
        estimated_transport_cents=int(km * (copy.km_cents or 60)),
        asked_by=host.created_by,
        asked_at=demo.now - dt.timedelta(hours=int(rng.integers(24, 24 * 50))),
        token=secrets.token_urlsafe(32),
    )


def periods(
    rng: np.random.Generator, *, first: dt.date, end: dt.date, days: int
) -> list[tuple[dt.date, dt.date]]:
    """One to three windows, each with two to seven weeks of choice."""
    found = []
    room = (end - first).days
    for _number in range(int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))):
        slack = int(rng.integers(14, 50))
        start = first + dt.timedelta(int(rng.integers(0, max(1, room - days - slack))))
        found.append((start, min(end, start + dt.timedelta(days + slack))))
    found.sort()
    return found
