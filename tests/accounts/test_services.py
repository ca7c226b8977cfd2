import pytest

from maillage.accounts.choices import Role
from maillage.accounts.services import erase_account, set_role
from maillage.core.errors import Refused
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def the(code, call, *args, **kwargs):
    with pytest.raises(Refused) as no:
        call(*args, **kwargs)
    assert no.value.code == code


def test_only_an_administrator_gives_roles():
    person = UserFactory()

    the("forbidden", set_role, person, role=Role.AGENCY, by=UserFactory(agency=True))
    boss = UserFactory(administrator=True)
    assert set_role(person, role=Role.AGENCY, by=boss).is_agency


def test_there_is_always_an_administrator():
    boss = UserFactory(administrator=True)
    the("last_administrator", set_role, boss, role=Role.MEMBER, by=boss)
    the("last_administrator", erase_account, boss)
    set_role(boss, role=Role.ADMINISTRATOR, by=boss)

    other = UserFactory(administrator=True)
    assert set_role(boss, role=Role.MEMBER, by=other).role == Role.MEMBER


def test_people_are_called_by_their_name_or_their_address():
    assert str(UserFactory(display_name="Zoé")) == "Zoé"
    anonymous = UserFactory(display_name="", email="zoe@example.org")
    assert anonymous.get_full_name() == anonymous.get_short_name() == "zoe@example.org"
