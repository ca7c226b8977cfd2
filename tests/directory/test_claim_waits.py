import datetime as dt

import pytest

from maillage.directory.models import Claim
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import StructureFactory

pytestmark = pytest.mark.django_db


def test_who_has_claimed_a_structure_sees_that_it_is_being_checked(client):
    user = UserFactory()
    structure = StructureFactory(verified_on=None)
    client.force_login(user)
    assert "La revendiquer" in client.get(structure.get_absolute_url()).content.decode()

    Claim.objects.create(
        structure=structure, user=user, asked_at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    )

    page = client.get(structure.get_absolute_url()).content.decode()
    assert "La revendiquer" not in page
    assert "l’agence vérifie et vous répondra" in page


def test_the_card_of_a_resource_says_who_lends_it_and_where(client):
    ResourceFactory(commune=None, listed=True, owner__name="Cité des découvertes")

    page = client.get("/ressources/").content.decode()

    card = page.split("<article")[1].split("</article>")[0]
    assert "Cité des découvertes" in card
    assert "Lille" in card
