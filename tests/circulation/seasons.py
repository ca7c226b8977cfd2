"""A small season to plan: one exhibition with one copy, hosts that want it."""

import datetime as dt

from django.utils import timezone

from maillage.circulation.choices import RequestState
from maillage.circulation.models import Scenario
from maillage.circulation.services.scenarios import new_scenario, solve, start
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import (
    CopyFactory,
    HostFactory,
    LoanRequestFactory,
    SeasonFactory,
)
from tests.factories.directory import PlaceFactory
from tests.factories.territories import CommuneFactory

TODAY = dt.date(2026, 11, 2)
NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


def day(text):
    return dt.date.fromisoformat(text)


def make_season(**facts):
    return SeasonFactory(**{"slug": "2026-2027", "seed": 7} | facts)


def make_copy(resource=None, **facts):
    """In service, its depot in Lille."""
    resource = resource or ResourceFactory(name="Nuages", slug="nuages")
    depot = PlaceFactory(structure=resource.owner)
    return CopyFactory(resource=resource, depot=depot, **facts)


def ask(season, resource, *, windows=None, host=None, **facts):
    """A request left to the season, for three weeks in January or February."""
    host = host or HostFactory(
        commune=CommuneFactory(population=facts.pop("people", 1000))
    )
    windows = windows or [("2027-01-04", "2027-03-01")]
    return LoanRequestFactory(
        season=season, state=RequestState.SEASON, resource=resource, host=host,
        windows=[(day(start), day(end)) for start, end in windows], **facts,
    )  # fmt: skip


def make_scenario(season, *, weights=None, what_if=None, by=None, **facts):
    return new_scenario(
        season, name=facts.pop("name", "Équilibre"), weights=weights or {},
        what_if=what_if or {}, effort=20, by=by or UserFactory(agency=True), now=NOW,
        **facts,
    )  # fmt: skip


def compute(scenario, *, today=TODAY):
    """Start and solve; gives the scenario as it is afterwards."""
    row = start(scenario, now=timezone.now())
    solve(row.pk, run=row.run, today=today)
    return Scenario.objects.select_related("season").get(pk=row.pk)


def served(scenario):
    return {one.request_id: one for one in scenario.planned_loans.all()}
