"""Devices of a place, what a door takes along, and the ways that lead there."""

import datetime as dt
import secrets

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.passport import door_pwa
from maillage.passport.choices import Gives, Limit, PassKind
from maillage.passport.door_pages import benefits_of, counts_of, words
from maillage.passport.models import Device
from maillage.passport.passages import Passage
from maillage.passport.services import devices as service
from maillage.passport.services.checking import device_of, receive
from maillage.passport.services.devices import add_device, revoke_device
from maillage.passport.services.trust import sign_list
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import BenefitFactory, PassFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)


@pytest.fixture
def place():
    return PlaceFactory(name="Muséum de la mer", listed=True)


@pytest.fixture
def member(place):
    return MembershipFactory(structure=place.structure).user


@pytest.fixture
def theirs(client, member):
    client.force_login(member)
    return client


def added(place, by, name="Accueil"):
    return add_device(place, name=name, by=by, now=timezone.now())


def url_of(place):
    return reverse("passport:device_place", args=[place.slug])


def test_a_member_adds_a_device_whose_link_is_shown_this_once(theirs, place):
    said = theirs.post(url_of(place), {"name": "Accueil"})

    link = said.context["link"]
    token = link.partition("#")[2]
    assert len(token) == 43
    assert device_of(token) == Device.objects.get()
    assert token in said.content.decode()
    assert token not in theirs.get(url_of(place)).content.decode()
    assert said["Cache-Control"].count("no-store")


def test_a_device_needs_a_name(theirs, place):
    said = theirs.post(url_of(place), {"name": "  "})

    assert said.status_code == 422
    assert not Device.objects.exists()


@pytest.mark.parametrize("state", ["draft", "proposed"])
def test_a_place_that_is_not_published_has_no_door(theirs, place, state):
    place.state = state
    place.save()

    assert theirs.get(url_of(place)).status_code == 404


def test_a_stranger_finds_no_devices(client, place, member):
    device, _token = added(place, member)
    client.force_login(UserFactory())

    off = reverse("passport:device_revoke", args=[place.slug, device.pk])
    assert client.get(url_of(place)).status_code == 404
    assert client.post(url_of(place), {"name": "Espion"}).status_code == 404
    assert client.post(off).status_code == 404
    assert Device.objects.all().active().count() == 1
    with pytest.raises(Refused) as no:
        added(place, UserFactory())
    assert no.value.code == "forbidden"


def test_a_device_is_turned_off_by_its_own_place_only(theirs, place):
    other = PlaceFactory(listed=True)
    device, _token = added(other, UserFactory(role="agency"))

    off = reverse("passport:device_revoke", args=[place.slug, device.pk])
    assert theirs.post(off).status_code == 404


def test_a_place_has_so_many_devices_and_no_more(theirs, place, member, monkeypatch):
    monkeypatch.setattr(service, "MOST_DEVICES", 2)
    first, _token = added(place, member)
    added(place, member)

    said = theirs.post(url_of(place), {"name": "Un de trop"})

    assert said.status_code == 422
    assert "déjà beaucoup d’appareils" in said.content.decode()
    revoke_device(first, now=timezone.now())
    assert theirs.post(url_of(place), {"name": "À sa place"}).status_code == 200


def test_a_device_is_turned_off_once(theirs, place, member):
    device, token = added(place, member)
    off = reverse("passport:device_revoke", args=[place.slug, device.pk])

    said = [theirs.post(off, follow=True).content.decode() for _ in range(2)]

    assert "ne contrôle plus" in said[0]
    assert "est déjà retiré" in said[1]
    assert device_of(token) is None


def test_a_door_takes_along_the_benefits_that_hold_or_will(place, member, client):
    today = timezone.localdate()
    later = BenefitFactory(place=place, gives=Gives.PRIORITY, starts_on=today + 9 * DAY)
    half = BenefitFactory(
        place=place, gives=Gives.REDUCED, price_cents=300, kinds=[PassKind.HOUSEHOLD],
        limit=Limit.N_A_SEASON, times=3, label="3 € au lieu de 7 €",
    )  # fmt: skip
    free = BenefitFactory(place=place, most_companions=1)
    BenefitFactory(place=place, ends_on=today)  # since this morning
    BenefitFactory(place=place, is_active=False)
    BenefitFactory()
    _device, token = added(place, member)

    data = client.get(
        reverse("passport:door_data"), headers={"Authorization": f"Bearer {token}"}
    ).json()

    told = data["benefits"]
    assert [one["id"] for one in told] == [free.pk, half.pk, later.pk]
    assert told[0]["label"] == "Entrée gratuite"
    assert (told[0]["companions"], told[1]["times"]) == (1, 3)
    assert told[2]["from"] == (today + 9 * DAY).isoformat()
    assert data["place"] == {"id": place.pk, "name": place.name, "commune": "Lille"}
    assert data["day"] == today.isoformat()
    assert told == benefits_of(place, today=today)


def test_the_day_is_counted_for_the_doors_of_the_place(place, member):
    BenefitFactory(place=place, kinds=[PassKind.PERSON])
    holder = PassFactory()
    sign_list(now=timezone.now())
    device, _token = added(place, member)
    rows = [
        Passage(
            nonce=secrets.token_hex(16), at=timezone.now(), code=code,
            is_offline=True, is_accepted=is_in,
        )
        for code, is_in in ((holder.code, True), (holder.code, True), ("CS1:", False))
    ]  # fmt: skip
    receive(device, rows, now=timezone.now())

    today = timezone.localdate()
    assert counts_of(place, today=today) == {"people": 2, "refused": 1, "flagged": 0}
    assert counts_of(place, today=today - DAY)["people"] == 0
    assert counts_of(PlaceFactory(), today=today)["people"] == 0


def test_members_find_the_doors_from_their_space_and_their_place(theirs, place):
    ways = reverse("passport:device_list")
    space = theirs.get(reverse("portal:my_space")).content.decode()
    page = theirs.get(place.get_absolute_url()).content.decode()

    assert ways in space
    assert "Un téléphone à l’entrée de votre lieu" in space
    assert url_of(place) in page


def test_others_are_not_shown_doors(client, place):
    client.force_login(UserFactory())
    space = client.get(reverse("portal:my_space")).content.decode()
    page = client.get(place.get_absolute_url()).content.decode()

    assert reverse("passport:device_list") not in space
    assert url_of(place) not in page


def test_places_are_searched_by_name_and_commune(client, place):
    PlaceFactory(name="Planétarium", listed=True)
    client.force_login(UserFactory(role="agency"))
    ways = reverse("passport:device_list")

    def names(**asked):
        return {one.name for one in client.get(ways, asked).context["places"]}

    assert names() == {"Muséum de la mer", "Planétarium"}
    assert names(q="de la MER") == {"Muséum de la mer"}
    assert names(q="lille") == {"Muséum de la mer", "Planétarium"}
    assert names(q="rien de tel") == set()
    assert "Aucun de vos lieux n’a ce nom" in client.get(ways, {"q": "zz"}).content.decode()  # fmt: skip


def test_a_place_without_commune_is_listed_too(client):
    PlaceFactory(name="Camion des sciences", commune=None, listed=True)
    client.force_login(UserFactory(role="agency"))

    said = client.get(reverse("passport:device_list"))

    assert "Camion des sciences" in said.content.decode()


def test_every_reason_has_its_advice():
    told = words()

    assert {*told["reasons"]} - {*told["advice"]} == {"elsewhere"}


def test_the_phone_keeps_every_module_of_the_door():
    kept = "\n".join(door_pwa.files())

    for name in ("door", "door-passage", "door-store", "door-sync", "door-words"):
        assert f"js/passport/{name}." in kept
    assert "pass-worker" not in kept
