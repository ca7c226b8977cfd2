import pytest
from django.utils import timezone

from maillage.studio.demo import is_ready, load_studio
from maillage.studio.models import Evaluation, Project, Round
from maillage.studio.services.projects import balances, gaps, share_left
from maillage.studio.services.results import findings
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory

pytestmark = pytest.mark.django_db


def test_the_demonstration_shows_an_effect_and_a_silence():
    load_studio(now=timezone.now())
    StructureFactory.create_batch(2)
    assert not is_ready()  # there is nobody to show it to yet
    user = UserFactory(email="responsable@exemple.fr")
    member = MembershipFactory(user=user, manager=True)
    for _time in range(2):
        load_studio(now=timezone.now())

    assert Evaluation.objects.get().structure == member.structure
    told, silent = (
        [one.effect for one in findings(round_) if one.effect]
        for round_ in (
            Round.objects.get(kit="enfants"),
            Round.objects.get(kit="adultes"),
        )
    )
    assert all(effect.is_paired and effect.reason == "" for effect in told)
    assert any(effect.is_clear for effect in told)
    assert {effect.reason for effect in silent} == {"few"}
    done = Project.objects.all().public().get()
    assert gaps(done) == []
    assert share_left(done) == 0
    project = Project.objects.exclude(pk=done.pk).get()
    assert share_left(project) == 0
    assert balances(project)[1].gap < 0
    assert [link for link, _candidates in gaps(project)] == ["validation", "production"]
