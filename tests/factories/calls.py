"""Calls that are open, their criteria and form, applications written or sent."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.definition import starting_definition
from maillage.calls.models import (
    Application,
    ApplicationAuthor,
    Call,
    CallQuestion,
    Criterion,
    FormVersion,
)
from tests.factories.accounts import UserFactory
from tests.factories.directory import StructureFactory

#: A SIRET whose check digit is right.
SIRET = "73282932000074"


class CallFactory(DjangoModelFactory):
    """Open today for everyone, with the usual form and three criteria."""

    class Meta:
        model = Call
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Sciences en partage {n}")
    slug = factory.Sequence(lambda n: f"sciences-en-partage-{n}")
    edition = "2027"
    summary = "Des projets de culture scientifique près de chez vous."
    text = "L’appel soutient des projets ouverts à tous."
    state = CallState.PUBLISHED
    opens_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(10))
    closes_at = factory.LazyAttribute(lambda o: o.opens_at + dt.timedelta(40))
    budget_cents = 200_000_00
    min_grant_cents = 1_000_00
    max_grant_cents = 20_000_00
    max_percent = 80
    published_at = factory.SelfAttribute("opens_at")

    class Params:
        coming = factory.Trait(
            opens_at=factory.LazyFunction(lambda: timezone.now() + dt.timedelta(10))
        )
        closed = factory.Trait(
            opens_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(60))
        )
        draft = factory.Trait(state=CallState.DRAFT, published_at=None)

    @factory.post_generation
    def version(self, create, wanted, **kwargs):
        """The published form; ``version=False`` makes none."""
        if create and wanted is not False:
            definition = wanted or starting_definition()
            FormVersionFactory(call=self, definition=definition.as_json())

    @factory.post_generation
    def scored(self, create, wanted, **kwargs):
        """Its criteria; ``scored=False`` makes none."""
        if create and wanted is not False:
            for rank, (title, weight) in enumerate(
                [("Intérêt", 3), ("Territoire", 2), ("Faisabilité", 1)]
            ):
                CriterionFactory(call=self, title=title, weight=weight, rank=rank)


class FormVersionFactory(DjangoModelFactory):
    class Meta:
        model = FormVersion

    call = factory.SubFactory(CallFactory, version=False)
    number = 1
    definition = factory.LazyFunction(lambda: starting_definition().as_json())
    published_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(20))


class CriterionFactory(DjangoModelFactory):
    class Meta:
        model = Criterion

    call = factory.SubFactory(CallFactory, scored=False)
    title = factory.Sequence(lambda n: f"Critère {n}")
    weight = 1
    max_score = 5
    rank = 0


class CallQuestionFactory(DjangoModelFactory):
    class Meta:
        model = CallQuestion

    call = factory.SubFactory(CallFactory)
    text = "Une commune peut-elle candidater seule ?"
    asked_by = factory.SubFactory(UserFactory)
    asked_at = factory.LazyFunction(timezone.now)


class ApplicationFactory(DjangoModelFactory):
    """A draft; ``sent=True``, ``eligible=True``: as the agency and readers see it.

    ``by`` gives it an author. Columns are written; answers only where a test says so.
    """

    class Meta:
        model = Application
        skip_postgeneration_save = True

    call = factory.SubFactory(CallFactory)
    structure = factory.SubFactory(StructureFactory, siret=SIRET)
    form = factory.LazyAttribute(lambda o: o.call.form)
    title = factory.Sequence(lambda n: f"La science au village {n}")
    requested_cents = 8_000_00
    total_cents = 16_000_00
    created_at = factory.LazyAttribute(lambda o: o.call.opens_at)
    changed_at = factory.SelfAttribute("created_at")

    class Params:
        sent = factory.Trait(
            state=ApplicationState.SUBMITTED,
            submitted_at=factory.LazyAttribute(
                lambda o: o.call.opens_at + dt.timedelta(1)
            ),
        )
        eligible = factory.Trait(
            state=ApplicationState.ELIGIBLE,
            submitted_at=factory.LazyAttribute(
                lambda o: o.call.opens_at + dt.timedelta(1)
            ),
        )

    @factory.post_generation
    def by(self, create, wanted, **kwargs):
        if create and wanted:
            ApplicationAuthor.objects.create(
                application=self, user=wanted, added_at=self.created_at
            )
