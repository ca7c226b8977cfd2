"""Self-assessments that are finished or not, visits with their peers, actions."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.studio.assessment_choices import PeerState, VisitState
from maillage.studio.grids import Book, current_grid
from maillage.studio.models import (
    AssessmentAnswer,
    Improvement,
    PeerVisit,
    SelfAssessment,
    VisitAnswer,
    VisitPoint,
    VisitReviewer,
)
from tests.factories.directory import MembershipFactory, StructureFactory


class SelfAssessmentFactory(DjangoModelFactory):
    """A draft; ``level`` gives every standard this level, ``finished`` freezes it."""

    class Meta:
        model = SelfAssessment
        skip_postgeneration_save = True

    grid = factory.LazyFunction(lambda: current_grid(now=timezone.now()))
    structure = factory.SubFactory(StructureFactory)
    started_at = factory.LazyFunction(timezone.now)

    class Params:
        finished = factory.Trait(finished_at=factory.LazyFunction(timezone.now))

    @factory.post_generation
    def level(self, create, wanted, **kwargs):
        if wanted is None and self.finished_at:
            wanted = 2
        if create and wanted:
            AssessmentAnswer.objects.bulk_create(
                AssessmentAnswer(
                    assessment=self,
                    standard=slug,
                    level=wanted,
                    revision=1,
                    changed_at=self.started_at,
                )
                for slug in Book(self.grid.definition).standards
            )


class PeerVisitFactory(DjangoModelFactory):
    """A visit of yesterday, planned; its report is not written."""

    class Meta:
        model = PeerVisit
        skip_postgeneration_save = True

    assessment = factory.SubFactory(SelfAssessmentFactory, finished=True)
    state = VisitState.PLANNED
    aim = "Que changer à l’accueil ?"
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - dt.timedelta(1))
    ends_on = factory.LazyFunction(timezone.localdate)
    asked_at = factory.LazyFunction(timezone.now)

    class Params:
        final = factory.Trait(
            state=VisitState.FINAL, final_at=factory.LazyFunction(timezone.now)
        )
        check = factory.Trait(
            state=VisitState.CHECK,
            sent_at=factory.LazyFunction(timezone.now),
            reply_due_on=factory.LazyFunction(
                lambda: timezone.localdate() + dt.timedelta(21)
            ),
        )

    @factory.post_generation
    def level(self, create, wanted, **kwargs):
        if create and wanted:
            VisitAnswer.objects.bulk_create(
                VisitAnswer(
                    visit=self, standard=slug, level=wanted, changed_at=self.asked_at
                )
                for slug in Book(self.assessment.grid.definition).standards
            )


class VisitReviewerFactory(DjangoModelFactory):
    """Somebody of another structure, who accepted."""

    class Meta:
        model = VisitReviewer

    visit = factory.SubFactory(PeerVisitFactory)
    structure = factory.SubFactory(StructureFactory)
    user = factory.LazyAttribute(
        lambda row: MembershipFactory(structure=row.structure).user
    )
    state = PeerState.ACCEPTED
    invited_at = factory.LazyFunction(timezone.now)


class VisitPointFactory(DjangoModelFactory):
    class Meta:
        model = VisitPoint

    visit = factory.SubFactory(PeerVisitFactory, final=True)
    kind = "recommendation"
    standard = "equilibre"
    text = "Aller plus loin des villes."


class ImprovementFactory(DjangoModelFactory):
    class Meta:
        model = Improvement

    structure = factory.SubFactory(StructureFactory)
    label = factory.Sequence(lambda n: f"Deux ateliers à la campagne {n}")
    due_on = factory.LazyFunction(lambda: timezone.localdate() + dt.timedelta(30))
    created_at = factory.LazyFunction(timezone.now)
