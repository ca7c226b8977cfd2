import pytest
from django.urls import reverse

from tests.factories.directory import PlaceFactory

pytestmark = pytest.mark.django_db


def test_pages_open(client):
    place = PlaceFactory(listed=True)
    assert client.get(place.get_absolute_url()).status_code == 200
    assert client.get(place.structure.get_absolute_url()).status_code == 200
    assert client.get(reverse("directory:place_list")).status_code == 200
    assert client.get(reverse("directory:structure_list")).status_code == 200
