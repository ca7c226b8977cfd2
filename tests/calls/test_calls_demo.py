"""The calls of the demonstration are whole: what they hold could have been sent."""

import pytest
from django.utils import timezone

from maillage.calls.demo_calls import CLOSED_NUMBER, is_ready, load_calls
from maillage.calls.models import Application, Call, Submission
from maillage.calls.services.rules import faults_of
from maillage.calls.services.submitting import digest_of
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def test_what_is_loaded_is_whole_and_loaded_once():
    UserFactory(agency=True)
    CommuneFactory(lille=True)
    StructureFactory.create_batch(CLOSED_NUMBER - 8)  # some send two
    MembershipFactory()
    now = timezone.now()

    load_calls(now=now)
    load_calls(now=now)

    assert is_ready()
    assert Call.objects.count() == 3
    closed = Call.objects.all().closed_at(now).get()
    assert closed.applications.count() == CLOSED_NUMBER
    assert closed.criteria.count() == 4
    for row in (
        Application.objects.all().sent().select_related("call", "structure", "form")
    ):
        assert faults_of(row) == []
    for sent in Submission.objects.all():
        assert sent.digest == digest_of(sent.content)
    assert Application.objects.filter(submitted_at=None).count() == 1


def test_without_structures_nothing_is_loaded():
    UserFactory(agency=True)

    load_calls(now=timezone.now())

    assert not is_ready()
