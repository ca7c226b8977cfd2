"""Issuers with a key, a season that runs, offers, passes that are signed."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.passport.choices import AgeBand, PassKind
from maillage.passport.keys import unseal
from maillage.passport.models import Benefit, Issuer, Offer, Pass, PassSeason, Stamp
from maillage.passport.services.issuing import new_secret
from maillage.passport.services.keys import new_key
from maillage.passport.services.signing import write_code
from tests.factories.agenda import StopFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

NOW = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)


class IssuerFactory(DjangoModelFactory):
    class Meta:
        model = Issuer
        skip_postgeneration_save = True

    structure = factory.SubFactory(StructureFactory)
    code = factory.Sequence(lambda n: f"emetteur{n}")

    @factory.post_generation
    def key(self, create, wanted, **kwargs):
        if create:
            new_key(self, now=NOW)


class PassSeasonFactory(DjangoModelFactory):
    """The school year of today, whenever that is."""

    class Meta:
        model = PassSeason

    name = factory.LazyAttribute(lambda o: f"Saison {o.starts_on.year}")
    slug = factory.Sequence(lambda n: f"saison-{n}")
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(30))
    ends_on = factory.LazyAttribute(lambda o: o.starts_on + dt.timedelta(300))
    is_open = True


class OfferFactory(DjangoModelFactory):
    class Meta:
        model = Offer

    season = factory.SubFactory(PassSeasonFactory)
    issuer = factory.SubFactory(IssuerFactory)
    name = "Moins de 26 ans"
    kind = PassKind.PERSON

    class Params:
        household = factory.Trait(kind=PassKind.HOUSEHOLD, most_members=6)
        school = factory.Trait(kind=PassKind.CLASS, most_members=40)


class PassFactory(DjangoModelFactory):
    """A pass that its issuer has signed."""

    class Meta:
        model = Pass

    offer = factory.SubFactory(OfferFactory)
    secret = factory.LazyFunction(new_secret)
    kind = factory.SelfAttribute("offer.kind")
    age_band = AgeBand.UNDER_18
    commune = factory.SubFactory(CommuneFactory, lille=True)
    valid_from = factory.SelfAttribute("offer.season.starts_on")
    valid_until = factory.SelfAttribute("offer.season.ends_on")
    key = factory.LazyAttribute(lambda o: o.offer.issuer.keys.latest("made_at"))
    issued_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        holder = model_class(*args, **kwargs)
        key = holder.key
        holder.code = write_code(
            holder, issuer=key.issuer, private=unseal(key.private), kid=key.kid
        )
        holder.save()
        return holder


class BenefitFactory(DjangoModelFactory):
    class Meta:
        model = Benefit

    place = factory.SubFactory(PlaceFactory)
    gives = "free"


class StampFactory(DjangoModelFactory):
    class Meta:
        model = Stamp

    holder = factory.SubFactory(PassFactory, keeps_stamps=True)
    stop = factory.SubFactory(StopFactory)
    stamped_on = factory.LazyFunction(lambda: timezone.localdate().replace(day=1))
