"""Accepted passages at places, rules of payment, drafts."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.passport.choices import Outcome, SettlementKind
from maillage.passport.models import CheckIn, Settlement, SettlementRule
from tests.factories.directory import PlaceFactory

START, END = dt.date(2026, 1, 1), dt.date(2026, 4, 1)
DAY = dt.date(2026, 2, 14)


class CheckInFactory(DjangoModelFactory):
    """One person let in, on a day of February."""

    class Meta:
        model = CheckIn

    nonce = factory.Sequence(lambda n: f"{n:032x}")
    place = factory.SubFactory(PlaceFactory)
    happened_on = DAY
    happened_at = factory.LazyAttribute(
        lambda o: timezone.make_aware(dt.datetime.combine(o.happened_on, dt.time(12)))
    )
    received_at = factory.SelfAttribute("happened_at")
    month = factory.LazyAttribute(lambda o: f"{o.happened_on:%Y-%m}")
    outcome = Outcome.ACCEPTED
    people = 1

    class Params:
        refused = factory.Trait(outcome=Outcome.REFUSED, reason="expired")
        flagged = factory.Trait(flag="limit_reached")


class SettlementRuleFactory(DjangoModelFactory):
    class Meta:
        model = SettlementRule

    name = "2 € par personne"
    kind = SettlementKind.FLAT
    numbers = factory.LazyFunction(lambda: {"cents": 200, "per": "person"})

    class Params:
        share = factory.Trait(
            name="La moitié du plein tarif",
            kind=SettlementKind.PRICE_SHARE,
            numbers=factory.LazyFunction(
                lambda: {"share": 50, "of": "full", "unpriced_cents": 0}
            ),
        )
        equity = factory.Trait(
            name="1 € et bonus",
            kind=SettlementKind.EQUITY,
            numbers=factory.LazyFunction(
                lambda: {"cents": 100, "per": "person", "bonus_cents": 300, "km": 30}
            ),
        )


class SettlementFactory(DjangoModelFactory):
    """A draft of the first quarter."""

    class Meta:
        model = Settlement

    name = "Premier trimestre"
    starts_on = START
    ends_on = END
    budget_cents = 100_00
    rule = factory.SubFactory(SettlementRuleFactory)
