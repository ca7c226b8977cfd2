"""The readers, scores and grants of the demonstration hold together."""

import pytest
from django.conf import settings
from django.utils import timezone

from maillage.calls.demo_calls import load_calls
from maillage.calls.demo_reviews import GRANTS, LEFT, READERS, is_ready, load_reviews
from maillage.calls.models import (
    Call,
    EnvelopePlan,
    FundingProgramme,
    Grant,
    Review,
    Reviewer,
)
from maillage.calls.models.conflicts import conflicting_pks
from maillage.calls.services.committee import committee_table
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.directory import StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def test_what_is_loaded_is_whole_and_loaded_once():
    UserFactory(agency=True)
    tried = UserFactory(email="contributeur@exemple.fr")
    CommuneFactory(lille=True)
    StructureFactory(listed=True)
    now = timezone.now()
    load_calls(now=now)

    load_reviews(settings.REGION_DATA, now=now)
    load_reviews(settings.REGION_DATA, now=now)

    assert is_ready()
    assert Reviewer.objects.count() == READERS
    call = Call.objects.get(
        slug__startswith="exemple-sciences", title="Sciences près de chez vous"
    )
    table = committee_table(call)
    assert all(row.count >= 1 for row in table.rows)
    assert table.expected - table.returned == LEFT
    assert Review.objects.all().assigned_to(tried).waiting().count() == LEFT
    for reviewer in Reviewer.objects.all():
        held = conflicting_pks(reviewer.user_id)
        assert not reviewer.reviews.filter(application__in=held).exists()
    plan = EnvelopePlan.objects.get()
    assert plan.result["spent"] <= plan.budget_cents
    assert Grant.objects.count() == GRANTS
    for grant in Grant.objects.all():
        assert sum(one.cents for one in grant.instalments.all()) == grant.cents
    assert FundingProgramme.objects.exists()
    assert not Mail.objects.exists()
