"""Copies, hosts, requests and loans, with the holds that go with them."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from maillage.circulation.choices import HoldKind, LoanState
from maillage.circulation.models import (
    Component,
    Copy,
    Hold,
    Host,
    Loan,
    LoanRequest,
    RequestWindow,
    Scenario,
    Season,
)
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import PlaceFactory
from tests.factories.territories import CommuneFactory

NOW = dt.datetime(2026, 9, 7, 10, tzinfo=dt.UTC)


class CopyFactory(DjangoModelFactory):
    """In service, its depot at a place of its owner."""

    class Meta:
        model = Copy

    resource = factory.SubFactory(ResourceFactory)
    rank = factory.Sequence(lambda n: n + 1)
    label = factory.Sequence(lambda n: f"EX{n:04d}")
    depot = factory.SubFactory(
        PlaceFactory, structure=factory.SelfAttribute("..resource.owner")
    )
    feed_key = factory.Sequence(lambda n: f"key{n:040d}")


class ComponentFactory(DjangoModelFactory):
    class Meta:
        model = Component

    copy = factory.SubFactory(CopyFactory)
    name = factory.Sequence(lambda n: f"Panneau {n}")
    label = factory.Sequence(lambda n: f"EL{n:04d}")


class HostFactory(DjangoModelFactory):
    class Meta:
        model = Host

    name = factory.Sequence(lambda n: f"Médiathèque {n}")
    kind = "bibliotheque"
    commune = factory.SubFactory(CommuneFactory, lille=True)
    created_by = factory.SubFactory(UserFactory)


class LoanRequestFactory(DjangoModelFactory):
    """Three weeks between 1 October and 31 December 2026."""

    class Meta:
        model = LoanRequest
        skip_postgeneration_save = True

    host = factory.SubFactory(HostFactory)
    resource = factory.SubFactory(ResourceFactory)
    duration_days = 21
    expected_pupils = 120
    expected_public = 80
    asked_by = factory.SelfAttribute("host.created_by")
    asked_at = NOW
    token = factory.Sequence(lambda n: f"token{n:038d}")

    @factory.post_generation
    def windows(self, create, wanted, **kwargs):
        if not create:
            return
        for start, end in wanted or [(dt.date(2026, 10, 1), dt.date(2027, 1, 1))]:
            RequestWindow.objects.create(request=self, starts_on=start, ends_on=end)


class LoanFactory(DjangoModelFactory):
    """From 5 to 26 October 2026, held from 2 to 29 October."""

    class Meta:
        model = Loan
        skip_postgeneration_save = True

    copy = factory.SubFactory(CopyFactory)
    host = factory.SubFactory(HostFactory)
    departs_on = dt.date(2026, 10, 2)
    starts_on = dt.date(2026, 10, 5)
    ends_on = dt.date(2026, 10, 26)
    free_on = dt.date(2026, 10, 29)
    state = LoanState.CONFIRMED
    created_at = NOW

    @factory.post_generation
    def hold(self, create, wanted, **kwargs):
        if create and wanted is not False and self.is_holding:
            Hold.objects.create(
                copy=self.copy, kind=HoldKind.LOAN, loan=self,
                starts_on=self.departs_on, ends_on=self.free_on,
            )  # fmt: skip


class SeasonFactory(DjangoModelFactory):
    class Meta:
        model = Season

    name = "Saison 2026-2027"
    slug = factory.Sequence(lambda n: f"2026-2027-{n}")
    starts_on = dt.date(2026, 9, 1)
    ends_on = dt.date(2027, 9, 1)
    asks_until = dt.date(2026, 8, 15)


class ScenarioFactory(DjangoModelFactory):
    class Meta:
        model = Scenario

    season = factory.SubFactory(SeasonFactory)
    name = "Équilibre"
    created_at = NOW
