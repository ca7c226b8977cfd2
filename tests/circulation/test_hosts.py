"""Hosts: who keeps them, what a place of the directory gives, and the room that fits."""

import pytest
from django.urls import reverse

from maillage.circulation.models import Host
from maillage.circulation.services.hosts import own_places, save_host
from maillage.core.errors import Refused
from tests.factories.accounts import UserFactory
from tests.factories.circulation import HostFactory, LoanFactory, LoanRequestFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NEW = "circulation:host_new"


@pytest.fixture
def member():
    """A person with a structure that has a place with a room."""
    membership = MembershipFactory()
    PlaceFactory(
        name="Salle des fêtes", structure=membership.structure, street="1 rue Haute",
        postcode="59000", host_surface_m2=80, host_power="socket", phone="03 20 00 00 00",
    )  # fmt: skip
    return membership.user


def test_a_place_of_the_directory_gives_its_facts(client, member):
    client.force_login(member)
    place = own_places(member).get()

    answer = client.post(
        reverse(NEW), {"place": place.pk, "kind": "collectivite", "host_surface_m2": 60}
    )

    host = Host.objects.get()
    assert answer.status_code == 302
    assert (host.name, host.commune) == ("Salle des fêtes", place.commune)
    assert host.address == "1 rue Haute 59000"
    assert host.structure == place.structure
    assert host.host_surface_m2 == 60  # what is typed counts more
    assert host.host_power == "socket"
    assert host.created_by == member


def test_a_place_is_one_host_only(client, member):
    place = own_places(member).get()
    HostFactory(place=place)

    assert not own_places(member).exists()
    with pytest.raises(Refused) as no:
        save_host(Host(name="x", kind="ecole", place=place), by=member)
    assert no.value.code == "place_taken"


def test_the_place_of_somebody_else_is_not_to_be_had(client, member):
    client.force_login(UserFactory())
    place = own_places(member).get()

    page = client.post(reverse(NEW), {"place": place.pk, "kind": "ecole"})

    assert page.status_code == 422
    assert not Host.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"),
        ({"commune": ""}, "commune"),
        ({"commune": "Nulle-Part-les-Bains"}, "commune"),
        ({"kind": "bistrot"}, "kind"),
        ({"uai": "123"}, "uai"),
        ({"contact_email": "x"}, "contact_email"),
        ({"host_surface_m2": "-3"}, "host_surface_m2"),
    ],
)
def test_mistakes_are_beside_their_field(client, facts, field):
    client.force_login(UserFactory())
    commune = CommuneFactory(lille=True)
    whole = {"name": "École Jaurès", "kind": "ecole", "commune": commune.insee}

    page = client.post(reverse(NEW), {**whole, **facts})

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert client.post(reverse(NEW), whole).status_code == 302


def test_a_school_may_give_its_code(client):
    client.force_login(UserFactory())
    commune = CommuneFactory(lille=True)
    client.post(
        reverse(NEW),
        {"name": "É", "kind": "ecole", "commune": commune.insee, "uai": "0590123a "},
    )

    assert Host.objects.get().uai == "0590123A"


def test_a_host_is_changed_by_its_people_only(client):
    host = HostFactory()
    url = reverse("circulation:host_edit", args=[host.pk])
    data = {"name": "Nouveau nom", "kind": host.kind, "commune": host.commune.insee}
    data |= {"host_is_level": "false"}

    for person in (UserFactory(), UserFactory(observer=True)):
        client.force_login(person)
        assert client.post(url, data).status_code == 404
    client.force_login(host.created_by)
    assert client.post(url, data).status_code == 302
    host.refresh_from_db()
    assert (host.name, host.host_is_level) == ("Nouveau nom", False)


def test_a_colleague_speaks_for_the_hosts_of_the_structure(client, member):
    place = own_places(member).get()
    host = HostFactory(structure=place.structure)
    client.force_login(member)

    assert host.name in client.get(reverse("circulation:host_list")).content.decode()


def test_the_list_is_mine_and_the_region_s_for_those_who_read(client):
    mine, other = HostFactory(), HostFactory()
    url = reverse("circulation:host_list")

    client.force_login(mine.created_by)
    assert list(client.get(url).context["page_obj"]) == [mine]
    client.force_login(UserFactory(observer=True))
    assert set(client.get(url).context["page_obj"]) == {mine, other}
    assert list(client.get(f"{url}?q={other.name}").context["page_obj"]) == [other]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_host_or_three(
    client, rows, django_assert_num_queries
):
    user = UserFactory()
    for host in HostFactory.create_batch(rows, created_by=user):
        LoanRequestFactory(host=host)
        LoanFactory(host=host)
    client.force_login(user)

    with django_assert_num_queries(4):  # session, user, count, hosts
        client.get(reverse("circulation:host_list"))
