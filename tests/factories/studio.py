"""Evaluations, rounds that are open, answers; works made together."""

import datetime as dt

import factory
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.studio.kits import questions_of
from maillage.studio.models import (
    Answer,
    BudgetLine,
    Evaluation,
    FileVersion,
    Indicator,
    LogicRow,
    Partner,
    PartnerAnswer,
    PartnerCall,
    Project,
    ProjectFile,
    Risk,
    Round,
)
from tests.factories.directory import StructureFactory


class EvaluationFactory(DjangoModelFactory):
    class Meta:
        model = Evaluation

    title = factory.Sequence(lambda n: f"Ateliers du ciel {n}")
    structure = factory.SubFactory(StructureFactory)
    issue = "Peu d’enfants du quartier viennent au planétarium."
    created_at = factory.LazyFunction(timezone.now)


class LogicRowFactory(DjangoModelFactory):
    class Meta:
        model = LogicRow

    evaluation = factory.SubFactory(EvaluationFactory)
    level = "goal"
    text = "Donner envie de sciences"


class IndicatorFactory(DjangoModelFactory):
    class Meta:
        model = Indicator

    row = factory.SubFactory(LogicRowFactory)
    label = "Enfants venus"


class RiskFactory(DjangoModelFactory):
    class Meta:
        model = Risk

    evaluation = factory.SubFactory(EvaluationFactory)
    text = "Il pleut"


class RoundFactory(DjangoModelFactory):
    """Open since yesterday for a month, with the children's kit."""

    class Meta:
        model = Round

    evaluation = factory.SubFactory(EvaluationFactory)
    code = factory.Sequence(lambda n: f"AB{n:06d}")
    kit = "enfants"
    questions = factory.LazyAttribute(lambda o: questions_of(o.kit))
    opened_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(1))
    closes_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(30))

    class Params:
        closed = factory.Trait(
            opened_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(9)),
            closes_at=factory.LazyFunction(lambda: timezone.now() - dt.timedelta(1)),
        )


class AnswerFactory(DjangoModelFactory):
    class Meta:
        model = Answer

    round = factory.SubFactory(RoundFactory)
    moment = "before"
    key = factory.Sequence(lambda n: f"{n:032d}")
    values = factory.LazyFunction(lambda: {"like": 3})
    given_on = factory.LazyFunction(timezone.localdate)


class ProjectFactory(DjangoModelFactory):
    """A project whose lead is its first partner."""

    class Meta:
        model = Project
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Malle du son {n}")
    lead = factory.SubFactory(StructureFactory)
    created_at = factory.LazyFunction(timezone.now)

    class Params:
        open = factory.Trait(
            published_at=factory.LazyFunction(timezone.now), lead__listed=True
        )

    @factory.post_generation
    def led(self, create, wanted, **kwargs):
        if create and wanted is not False:
            at = timezone.now()
            PartnerFactory(
                project=self, structure=self.lead, roles=["messages"], agreed_at=at
            )


class PartnerFactory(DjangoModelFactory):
    class Meta:
        model = Partner

    project = factory.SubFactory(ProjectFactory)
    structure = factory.SubFactory(StructureFactory)
    roles = factory.LazyFunction(list)


class PartnerCallFactory(DjangoModelFactory):
    """Open since yesterday for a month."""

    class Meta:
        model = PartnerCall

    project = factory.SubFactory(ProjectFactory, lead__listed=True)
    title = factory.Sequence(lambda n: f"Un atelier pour la malle {n}")
    text = "Dix boîtes en bois"
    roles = factory.LazyFunction(lambda: ["production"])
    opened_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(1))
    closes_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(30))


class PartnerAnswerFactory(DjangoModelFactory):
    class Meta:
        model = PartnerAnswer

    call = factory.SubFactory(PartnerCallFactory)
    structure = factory.SubFactory(StructureFactory, listed=True)
    roles = factory.LazyFunction(lambda: ["production"])
    text = "Nous avons un atelier."
    sent_at = factory.LazyFunction(timezone.now)


class ProjectFileFactory(DjangoModelFactory):
    class Meta:
        model = ProjectFile

    project = factory.SubFactory(ProjectFactory)
    title = factory.Sequence(lambda n: f"Plan {n}")


class FileVersionFactory(DjangoModelFactory):
    """A small PDF, where files of projects lie."""

    class Meta:
        model = FileVersion

    file = factory.SubFactory(ProjectFileFactory)
    number = 1
    name = "plan.pdf"
    size = 5
    added_at = factory.LazyFunction(timezone.now)

    @factory.lazy_attribute
    def stored(self):
        return default_storage.save("private/projects/essai.pdf", ContentFile(b"%PDF-"))


class BudgetLineFactory(DjangoModelFactory):
    class Meta:
        model = BudgetLine

    project = factory.SubFactory(ProjectFactory)
    structure = factory.SelfAttribute("project.lead")
    side = "expense"
    label = "Bois"
    cents = 1_000_00
