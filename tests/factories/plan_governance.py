"""A committee with seats and members, a meeting of it, a consultation."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.plan.committee_choices import MandateState, MeetingState
from maillage.plan.consultation_choices import ContributionState
from maillage.plan.models import (
    AgendaItem,
    College,
    Committee,
    Consultation,
    Contribution,
    Decision,
    Document,
    Mandate,
    Meeting,
    Node,
    Plan,
    Seat,
)
from tests.factories.directory import StructureFactory

DAY = dt.timedelta(1)


class CommitteeFactory(DjangoModelFactory):
    class Meta:
        model = Committee
        django_get_or_create = ("code",)

    code = "suivi"
    name = "Comité de suivi"


class CollegeFactory(DjangoModelFactory):
    class Meta:
        model = College

    committee = factory.SubFactory(CommitteeFactory)
    code = factory.Sequence(lambda n: f"college-{n}")
    name = factory.Sequence(lambda n: f"Collège {n}")


class SeatFactory(DjangoModelFactory):
    class Meta:
        model = Seat

    college = factory.SubFactory(CollegeFactory)
    code = factory.Sequence(lambda n: f"siege-{n}")
    label = factory.Sequence(lambda n: f"Siège {n}")


class MandateFactory(DjangoModelFactory):
    """Somebody who sits, since a month and for two years."""

    class Meta:
        model = Mandate

    class Params:
        proposed = factory.Trait(state=MandateState.PROPOSED)

    seat = factory.SubFactory(SeatFactory)
    structure = factory.SubFactory(StructureFactory)
    position = "directrice"
    person_name = factory.Sequence(lambda n: f"Membre {n}")
    email = factory.Sequence(lambda n: f"membre{n}@example.org")
    state = MandateState.SEATED
    proposed_on = factory.LazyFunction(lambda: timezone.localdate() - 40 * DAY)
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - 30 * DAY)
    ends_on = factory.LazyAttribute(lambda o: o.starts_on + 730 * DAY)


class MeetingFactory(DjangoModelFactory):
    """A meeting that began an hour ago, members told."""

    class Meta:
        model = Meeting

    class Params:
        planned = factory.Trait(
            state=MeetingState.PLANNED,
            starts_at=factory.LazyFunction(lambda: timezone.now() + 20 * DAY),
        )
        published = factory.Trait(
            state=MeetingState.HELD,
            starts_at=factory.LazyFunction(lambda: timezone.now() - 20 * DAY),
            approved_at=factory.SubFactory(
                "tests.factories.plan_governance.MeetingFactory",
                state=MeetingState.HELD,
            ),
            published_at=factory.LazyFunction(timezone.now),
            minutes="Nous avons parlé.",
        )

    committee = factory.SubFactory(CommitteeFactory)
    title = factory.Sequence(lambda n: f"Séance {n}")
    starts_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(hours=1))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + dt.timedelta(hours=3))
    venue = "Salle du conseil"
    state = MeetingState.CONVENED


class ItemFactory(DjangoModelFactory):
    class Meta:
        model = AgendaItem

    meeting = factory.SubFactory(MeetingFactory)
    rank = factory.Sequence(lambda n: n + 1)
    title = factory.Sequence(lambda n: f"Point {n}")
    is_voted = True


class DocumentFactory(DjangoModelFactory):
    """A document whose file is there."""

    class Meta:
        model = Document

    meeting = factory.SubFactory(MeetingFactory)
    title = "Note de présentation"
    file = factory.django.FileField(filename="note.pdf", data=b"%PDF-1.4 essai")
    digest = factory.Sequence(lambda n: f"{n:064d}")
    size = 14
    sent_at = factory.LazyFunction(timezone.now)


class DecisionFactory(DjangoModelFactory):
    class Meta:
        model = Decision

    meeting = factory.SubFactory(MeetingFactory)
    text = factory.Sequence(lambda n: f"Décision {n}")


class GovernedPlanFactory(DjangoModelFactory):
    class Meta:
        model = Plan
        django_get_or_create = ("code",)

    code = "plan-essai"
    region = "Essai"
    title = "Plan d’essai"
    adopted_on = dt.date(2018, 1, 1)


class AxisFactory(DjangoModelFactory):
    class Meta:
        model = Node

    plan = factory.SubFactory(GovernedPlanFactory)
    code = factory.Sequence(lambda n: f"A{n}")
    slug = factory.LazyAttribute(lambda o: o.code.lower())
    kind = "axis"
    title = factory.LazyAttribute(lambda o: f"Axe {o.code}")
    path = factory.Sequence(lambda n: f"{n:03d}")


class ConsultationFactory(DjangoModelFactory):
    class Meta:
        model = Consultation

    class Params:
        open = factory.Trait(
            opens_at=factory.LazyFunction(lambda: timezone.now() - DAY),
            closes_at=factory.LazyFunction(lambda: timezone.now() + DAY),
        )

    code = factory.Sequence(lambda n: f"concertation-{n}")
    title = factory.Sequence(lambda n: f"Concertation {n}")
    plan = factory.SubFactory(GovernedPlanFactory)
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - 10 * DAY)
    ends_on = factory.LazyFunction(lambda: timezone.localdate() + 10 * DAY)
    is_public = True


class ContributionFactory(DjangoModelFactory):
    class Meta:
        model = Contribution

    class Params:
        waiting = factory.Trait(state=ContributionState.WAITING)

    consultation = factory.SubFactory(ConsultationFactory)
    number = factory.Sequence(lambda n: n + 1)
    text = factory.Sequence(lambda n: f"Prêter davantage d’expositions, dit {n}.")
    author = "Association des curieux"
    theme = "diffusion"
    state = ContributionState.PUBLISHED
    sent_at = factory.LazyFunction(timezone.now)
