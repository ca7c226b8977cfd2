"""The short number: what is mistyped is told, what is right finds one pass."""

import json

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, strategies as st

from maillage.passport.limits import MOST_MISSES
from maillage.passport.models import Pass
from maillage.passport.services.devices import add_device, revoke_device
from maillage.passport.services.numbers import pass_of_short
from maillage.passport.short import ALPHABET, numbers_between, short_number
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory
from tests.factories.passport import PassFactory

NUMBERS = st.integers(0, 2**96 - 1).map(lambda number: f"{number:024x}")
PLACES = st.integers(0, 11)


@given(NUMBERS)
def test_a_number_is_among_those_of_its_short_one(number):
    low, high = numbers_between(short_number(number))

    assert low <= number <= high
    assert int(high, 16) - int(low, 16) == 2**41 - 1


@given(NUMBERS, PLACES, st.sampled_from(ALPHABET))
def test_a_wrong_sign_is_seen(number, place, sign):
    signs = [*short_number(number).replace("-", "")]
    right = signs[place] == sign
    signs[place] = sign

    assert (numbers_between("".join(signs)) is not None) is right


@given(NUMBERS, PLACES, PLACES)
def test_signs_that_changed_places_are_seen(number, one, other):
    signs = [*short_number(number).replace("-", "")]
    alike = signs[one] == signs[other]
    signs[one], signs[other] = signs[other], signs[one]

    assert (numbers_between("".join(signs)) is not None) is alike


@pytest.mark.parametrize(
    "text",
    ["", "7K3M", "CS1:6BF", "0" * 13, "U" * 12, "é" * 12, "-" * 40, "0" * 10_000],
)
def test_what_is_no_short_number_is_none(text):
    assert numbers_between(text) is None


def test_signs_are_read_as_people_write_them():
    said = short_number("0" * 24)

    assert said == "0000-0000-0000"
    for text in ("oooo oooo oooo", "0O0O0O0O0O0O", " 0000-0000 0000 "):
        assert numbers_between(text) == numbers_between(said)
    one = short_number("08421084210842" + "0" * 10)  # 1 in every place
    assert one.startswith("1111-1111-111")
    assert numbers_between(one.replace("1", "l")) == numbers_between(one)


@pytest.fixture
def device(db):
    cache.clear()
    agency = UserFactory(role="agency")
    place = PlaceFactory(listed=True)
    return add_device(place, name="Accueil", by=agency, now=timezone.now())


@pytest.fixture
def ask(client, device):
    def asked(number, *, token=device[1], body=None):
        return client.post(
            reverse("passport:door_number"),
            json.dumps({"number": number}) if body is None else body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    return asked


def test_a_door_is_told_the_code_of_what_was_typed(ask):
    holder = PassFactory()
    PassFactory()

    said = ask(holder.short_number.lower().replace("-", " "))

    assert said.json() == {"code": holder.code}
    assert "no-store" in said["Cache-Control"]


def test_a_number_of_no_pass_is_said(ask):
    said = ask(short_number("ab" * 12))

    assert (said.status_code, said.json()["code"]) == (404, "unknown")
    assert "Aucun passeport" in said.json()["message"]


def test_a_mistyped_number_is_said_and_looks_nothing_up(ask, django_assert_num_queries):
    with django_assert_num_queries(1):  # whose token it is
        said = ask("0000-0000-0001")

    assert (said.status_code, said.json()["code"]) == (422, "bad_number")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"[" * 50_000])
def test_a_question_without_shape_is_said(ask, body):
    assert ask("", body=body).status_code == 400


def test_nobody_asks_without_a_device_or_with_one_that_was_turned_off(ask, device):
    holder = PassFactory()

    assert ask(holder.short_number, token="autre").status_code == 401
    revoke_device(device[0], now=timezone.now())
    assert ask(holder.short_number).status_code == 401


def test_numbers_cannot_be_tried_one_after_the_other(ask, device):
    holder = PassFactory()
    for number in range(MOST_MISSES):
        assert ask(short_number(f"{number + 1:012x}" + "0" * 12)).status_code == 404

    said = ask(holder.short_number)

    assert (said.status_code, said.json()["code"]) == (429, "too_many")
    other = add_device(
        device[0].place, name="Bis", by=UserFactory(role="agency"), now=timezone.now()
    )[1]
    assert ask(holder.short_number, token=other).status_code == 200


def test_two_passes_that_begin_alike_are_told_apart_by_their_code_only(db):
    first = PassFactory(number="12" * 12)
    PassFactory(number="12" * 11 + "34")

    assert pass_of_short(first.short_number) is None
    Pass.objects.exclude(pk=first.pk).delete()
    assert pass_of_short(first.short_number) == first
