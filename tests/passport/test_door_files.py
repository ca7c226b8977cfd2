"""What a phone saved to a file comes in once, and what does not is said."""

import json
import secrets

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.passport.models import CheckIn
from maillage.passport.services import door_files
from maillage.passport.services.door_files import take_file
from maillage.passport.services.trust import sign_list
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import BenefitFactory, PassFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return BenefitFactory(place=PlaceFactory(listed=True)).place


@pytest.fixture
def theirs(client, place):
    client.force_login(MembershipFactory(structure=place.structure).user)
    return client


@pytest.fixture
def holder():
    found = PassFactory()
    sign_list(now=timezone.now())
    return found


def kept(holder, place, **fields):
    """A passage as the door page keeps it."""
    return {
        "nonce": secrets.token_hex(16), "at": int(timezone.now().timestamp() * 1000),
        "code": holder.code, "benefit": None, "members": 1, "companions": 0,
        "offline": True, "accepted": True, "place": place.pk,
    } | fields  # fmt: skip


def sent(client, place, data):
    if not isinstance(data, bytes):
        data = json.dumps({"passages": data}).encode()
    file = SimpleUploadedFile("passages.json", data, "application/json")
    return client.post(
        reverse("passport:device_file", args=[place.slug]), {"file": file}
    )


def test_the_same_file_twice_counts_once(theirs, holder, place):
    rows = [kept(holder, place) for _ in range(3)]
    rows.append(kept(holder, place, accepted=False))

    first, again = sent(theirs, place, rows), sent(theirs, place, rows)

    assert "<strong>4 passages</strong> viennent" in first.text
    assert "Dont 1 refus" in first.text
    assert "Aucun nouveau passage" in again.text
    assert "4 passages étaient déjà connus" in again.text
    found = CheckIn.objects.accepted().filter(place=place, device=None)
    assert found.count() == 3
    assert {row.was_offline for row in found} == {True}
    assert CheckIn.objects.count() == 4


def test_what_the_phone_had_sent_already_is_known(theirs, holder, place):
    row = kept(holder, place)
    take_file(
        place, json.dumps({"passages": [row]}).encode(),
        by=UserFactory(role="agency"), now=timezone.now(),
    )  # fmt: skip

    said = sent(theirs, place, [row, kept(holder, place)])

    assert "<strong>1 passage</strong> vient" in said.text
    assert "1 passage était déjà connu" in said.text


def test_passages_of_another_place_wait_for_its_page(theirs, holder, place):
    other = PlaceFactory(name="Planétarium", listed=True, structure=place.structure)
    strange = PlaceFactory(name="Ailleurs", listed=True)
    rows = [kept(holder, one) for one in (place, other, other, strange)]

    said = sent(theirs, place, rows)

    assert "3 passages sont d’autres lieux" in said.text
    assert reverse("passport:device_file", args=[other.slug]) in said.text
    assert "Ailleurs" not in said.text
    assert [row.place for row in CheckIn.objects.all()] == [place]
    assert "<strong>2 passages</strong>" in sent(theirs, other, rows).text


def test_lines_that_do_not_read_are_counted_and_the_others_taken(theirs, holder, place):
    bad = [
        {"nonce": "x"},
        {},
        kept(holder, place, code=3),
        kept(holder, place, at="hier"),
    ]

    said = sent(theirs, place, [*bad, kept(holder, place)])

    assert "4 lignes ne se lisent pas" in said.text
    assert CheckIn.objects.count() == 1


def test_long_files_are_taken_in_pieces(theirs, holder, place, monkeypatch):
    monkeypatch.setattr(door_files, "BATCH", 2)

    assert "<strong>5 passages" in sent(theirs, place, [kept(holder, place) for _ in range(5)]).text  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [b"bonjour", b"{}", b"[]", b"3", b"\xff\xfe", b"[" * 90_000, b'{"passages": 3}',
     b'{"passages": "abc"}', b'{"passages": [3]}', b'{"passages": {"a": 1}}',
     b'{"passages": [{"place": {}}]}', b'{"passages": null}'],
)  # fmt: skip
def test_another_file_is_told_in_words(theirs, place, data):
    said = sent(theirs, place, data)

    assert said.status_code == 422
    assert "Ce n’est pas un fichier de passages" in said.text
    assert not CheckIn.objects.exists()


def test_an_empty_or_endless_file_is_told_in_words(theirs, holder, place, monkeypatch):
    monkeypatch.setattr(door_files, "MOST", 2)

    assert "Le fichier est vide" in sent(theirs, place, b"").text
    assert "plus de 2 passages" in sent(theirs, place, [kept(holder, place)] * 3).text


def test_strangers_send_nothing(client, holder, place):
    stranger = UserFactory()
    client.force_login(stranger)

    assert sent(client, place, [kept(holder, place)]).status_code == 404
    with pytest.raises(Refused) as no:
        take_file(place, b"{}", by=stranger, now=timezone.now())
    assert no.value.code == "forbidden"


def test_the_page_of_devices_leads_there(theirs, place):
    page = theirs.get(reverse("passport:device_place", args=[place.slug]))

    assert reverse("passport:device_file", args=[place.slug]) in page.text
