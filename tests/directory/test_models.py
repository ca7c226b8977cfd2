import pytest

from maillage.directory.models import Place
from tests.factories.directory import MembershipFactory, PlaceFactory

pytestmark = pytest.mark.django_db


def test_a_place_belongs_to_the_members_of_its_structure():
    place = PlaceFactory(listed=True)
    member = MembershipFactory(structure=place.structure).user
    assert list(Place.objects.all().editable_by(member)) == [place]
    assert not Place.objects.all().editable_by(MembershipFactory().user).exists()
