"""Structures and places, as ``SubFactory`` or with their public entry."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.directory.choices import MemberRole
from maillage.directory.models import Membership, Place, Structure
from tests.factories.accounts import UserFactory
from tests.factories.territories import CommuneFactory


class PublishableFactory(DjangoModelFactory):
    """Published unless told; ``listed=True`` writes its public entry too."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    state = State.PUBLISHED
    commune = factory.SubFactory(CommuneFactory, lille=True)
    themes = ["physics"]
    audiences = ["families"]
    verified_on = dt.date(2026, 3, 2)

    @factory.post_generation
    def listed(self, create, wanted, **kwargs):
        if create and wanted:
            refresh_entries([self])


class StructureFactory(PublishableFactory):
    class Meta:
        model = Structure

    name = factory.Sequence(lambda n: f"Association des sciences {n}")
    slug = factory.Sequence(lambda n: f"association-des-sciences-{n}")
    kind = "association"


class PlaceFactory(PublishableFactory):
    class Meta:
        model = Place

    name = factory.Sequence(lambda n: f"Musée {n}")
    slug = factory.Sequence(lambda n: f"musee-{n}")
    kind = "museum"
    structure = factory.SubFactory(StructureFactory)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    class Params:
        manager = factory.Trait(role=MemberRole.MANAGER)

    structure = factory.SubFactory(StructureFactory)
    user = factory.SubFactory(UserFactory)
    role = MemberRole.EDITOR
    since = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
