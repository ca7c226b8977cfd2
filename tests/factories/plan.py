"""Plans, actions and what shows them."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from maillage.core.choices import State
from maillage.plan.action_choices import Scope, Status
from maillage.plan.models import (
    Action,
    BudgetLine,
    Declination,
    Evidence,
    Milestone,
    Node,
    Plan,
)
from tests.factories.directory import StructureFactory


class PlanFactory(DjangoModelFactory):
    class Meta:
        model = Plan
        django_get_or_create = ("code",)

    code = "plan-2018"
    region = "Région"
    title = "Plan de 2018"
    adopted_on = dt.date(2018, 1, 1)


class NodeFactory(DjangoModelFactory):
    class Meta:
        model = Node

    plan = factory.SubFactory(PlanFactory)
    code = factory.Sequence(lambda n: f"I.{n}")
    slug = factory.LazyAttribute(lambda node: node.code.lower().replace(".", "-"))
    kind = "lead"
    title = factory.Sequence(lambda n: f"Piste {n}")
    path = factory.Sequence(lambda n: f"{n:03d}")


class ActionFactory(DjangoModelFactory):
    """Under way from January 2026 to the end of 2027."""

    class Meta:
        model = Action

    node = factory.SubFactory(NodeFactory)
    title = factory.Sequence(lambda n: f"Action {n}")
    slug = factory.Sequence(lambda n: f"action-{n}")
    owner = factory.SubFactory(StructureFactory, listed=True)
    scope = Scope.REGION
    starts_on = dt.date(2026, 1, 1)
    ends_on = dt.date(2028, 1, 1)
    status = Status.UNDER_WAY
    state = State.PUBLISHED


class MilestoneFactory(DjangoModelFactory):
    class Meta:
        model = Milestone

    action = factory.SubFactory(ActionFactory)
    title = factory.Sequence(lambda n: f"Étape {n}")


class BudgetLineFactory(DjangoModelFactory):
    class Meta:
        model = BudgetLine

    action = factory.SubFactory(ActionFactory)
    year = 2026
    funder = factory.Sequence(lambda n: f"Financeur {n}")
    forecast_cents = 1_000_00


class EvidenceFactory(DjangoModelFactory):
    class Meta:
        model = Evidence

    action = factory.SubFactory(ActionFactory)
    kind = "document"
    label = factory.Sequence(lambda n: f"Preuve {n}")
    url = "https://exemple.fr/preuve"
    happened_on = dt.date(2026, 3, 1)


class DeclinationFactory(DjangoModelFactory):
    class Meta:
        model = Declination

    name = factory.Sequence(lambda n: f"Déclinaison {n}")
    slug = factory.Sequence(lambda n: f"declinaison-{n}")
    owner = factory.SubFactory(StructureFactory, listed=True)
    establishment = factory.SelfAttribute("owner")
    scope = Scope.ESTABLISHMENT
    state = State.PUBLISHED
