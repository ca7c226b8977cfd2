"""Resources, and the files that go with them."""

from decimal import Decimal

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from maillage.catalogue.choices import AttachmentKind
from maillage.catalogue.models import Attachment, Resource
from tests.factories.directory import PublishableFactory, StructureFactory


class ResourceFactory(PublishableFactory):
    class Meta:
        model = Resource

    class Params:
        sheet = factory.Trait(
            surface_m2=80,
            height_cm=250,
            volume_m3=Decimal("4.50"),
            weight_kg=320,
            crates=6,
            largest_crate="120 × 80 × 60",
            setup_minutes=150,
            takedown_minutes=90,
            setup_people=2,
            power="socket",
            vehicle="van",
        )
        lent = factory.Trait(
            fees=[
                {"borrower": "tous", "days": 7, "cents": 8000},
                {"borrower": "tous", "days": 30, "cents": 25000},
            ],
            free_for=["ecole"],
            deposit_cents=50000,
            insurance_value_cents=1_200_000,
            loan_days_min=7,
            loan_days_max=60,
        )

    name = factory.Sequence(lambda n: f"Exposition {n}")
    slug = factory.Sequence(lambda n: f"exposition-{n}")
    kind = "exhibition"
    owner = factory.SubFactory(StructureFactory)
    commune = None

    @factory.post_generation
    def producers(self, create, wanted, **kwargs):
        if create and wanted:
            self.producers.set(wanted)


class AttachmentFactory(DjangoModelFactory):
    class Meta:
        model = Attachment

    resource = factory.SubFactory(ResourceFactory)
    kind = AttachmentKind.DOCUMENT
    title = "Dossier pédagogique"
    size = 4
    file = factory.LazyFunction(lambda: ContentFile(b"%PDF", name="dossier.pdf"))
