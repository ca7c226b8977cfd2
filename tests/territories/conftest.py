import pytest
from django.conf import settings

from maillage.territories.models import (
    Commune,
    Department,
    Epci,
    Holiday,
    SchoolHoliday,
)
from maillage.territories.services import load_territories


@pytest.fixture(scope="module")
def region(django_db_setup, django_db_blocker):
    """The whole of Hauts-de-France, loaded once for the tests of a file."""
    with django_db_blocker.unblock():
        counts = load_territories(settings.BASE / "data" / "hauts-de-france")
    yield counts
    with django_db_blocker.unblock():
        for model in (Commune, Epci, Department, Holiday, SchoolHoliday):
            model.objects.all().delete()
