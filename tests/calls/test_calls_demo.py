"""The calls of the demonstration are whole: what they hold could have been sent."""

import pytest
from django.utils import timezone

from maillage.calls.demo_calls import CLOSED_NUMBER, EXAMPLE, is_ready, load_calls
from maillage.calls.models import Application, Call, Submission
from maillage.calls.services.rules import faults_of
from maillage.calls.services.submitting import digest_of
from maillage.core import vocab
from maillage.directory.models import Structure
from tests.factories.accounts import UserFactory
from tests.factories.calls import SIRET
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def test_what_is_loaded_is_whole_and_loaded_once():
    UserFactory(agency=True)
    CommuneFactory(lille=True)
    real = StructureFactory.create_batch(3, siret=SIRET, listed=True)
    MembershipFactory(structure__is_example=True)
    MembershipFactory(structure=real[0])
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


def test_no_real_structure_asks_for_anything():
    """What is invented must not pass for a fact about anybody."""
    UserFactory(agency=True)
    CommuneFactory(lille=True)
    real = MembershipFactory(structure__siret=SIRET)

    load_calls(now=timezone.now())

    assert not Application.objects.filter(structure=real.structure).exists()
    assert not Application.objects.exclude(structure__is_example=True).exists()
    invented = Structure.objects.filter(is_example=True)
    assert not invented.published().exists()
    for row in invented:
        assert row.name.endswith(EXAMPLE)
        assert row.siret.startswith("999")
        assert row.kind in vocab.terms("structure_kinds")
    for call in Call.objects.all():
        assert call.is_example
        assert call.slug.startswith("exemple-")
        assert not {"open", "closed", "coming"} & set(call.slug.split("-"))


def test_without_structures_nothing_is_loaded():
    UserFactory(agency=True)

    load_calls(now=timezone.now())

    assert not is_ready()
