"""Passages at the doors: once each, nothing lost, nothing refused afterwards."""

import datetime as dt
import random
import secrets
from functools import partial

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from maillage.passport.choices import Limit, Outcome, Reason
from maillage.passport.models import CheckIn, Device, Use
from maillage.passport.passages import Passage
from maillage.passport.services.checking import receive, receive_from
from maillage.passport.services.devices import add_device, revoke_device
from maillage.passport.services.revoking import revoke_pass
from maillage.passport.services.standing import token_hash
from maillage.passport.services.trust import sign_list
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory
from tests.factories.passport import BenefitFactory, PassFactory
from tests.together import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    found = PassFactory()
    sign_list(now=timezone.now())
    return found


def door(place, token="t"):  # noqa: S107 -- a token of a test
    return Device.objects.create(
        place=place,
        name="Accueil",
        token_hash=token_hash(token),
        added_at=timezone.now(),
    )


@pytest.fixture
def place():
    return PlaceFactory(listed=True)


def passage(holder, *, offline=False, **fields):
    told = {"nonce": secrets.token_hex(16), "at": timezone.now(), "code": holder.code}
    return Passage(**told | {"is_offline": offline, "is_accepted": offline} | fields)


def sent(device, *rows):
    return receive(device, rows, now=timezone.now())


def test_a_passage_is_recorded_without_the_number_of_the_pass(holder, place):
    BenefitFactory(place=place)

    (answer,) = sent(door(place), passage(holder))

    row = CheckIn.objects.get()
    assert (answer.state, answer.outcome) == ("recorded", Outcome.ACCEPTED)
    assert (row.age_band, row.commune) == (holder.age_band, "59350")
    assert holder.number not in str(vars(row))


def test_the_same_passage_sent_again_changes_nothing(holder, place):
    BenefitFactory(place=place)
    device, row = door(place), passage(holder, offline=True)

    states = [sent(device, row)[0].state for _ in range(3)]

    assert states == ["recorded", "again", "again"]
    assert sent(device, row, row)[0].state == "again"
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize(
    ("limit", "times", "most"),
    [(Limit.ONCE, None, 1), (Limit.ONCE_A_DAY, None, 1), (Limit.N_A_SEASON, 2, 2)],
)
def test_limits_hold_online_and_flag_offline(holder, place, limit, times, most):
    BenefitFactory(place=place, limit=limit, times=times)
    device = door(place)

    online = [sent(device, passage(holder))[0] for _ in range(most + 1)]
    (late,) = sent(device, passage(holder, offline=True))

    assert [one.outcome for one in online] == ["accepted"] * most + ["refused"]
    assert online[-1].reason == Reason.LIMIT_REACHED
    assert (late.outcome, late.flag) == (Outcome.ACCEPTED, Reason.LIMIT_REACHED)


def test_what_was_accepted_offline_and_is_revoked_stays_accepted_and_is_flagged(
    holder, place
):
    BenefitFactory(place=place)
    revoke_pass(holder, why="perdu", by=UserFactory(role="agency"), now=timezone.now())

    (offline,) = sent(door(place), passage(holder, offline=True))
    (online,) = sent(Device.objects.get(), passage(holder))

    assert (offline.outcome, offline.flag) == (Outcome.ACCEPTED, Reason.REVOKED)
    assert (online.outcome, online.reason) == (Outcome.REFUSED, Reason.REVOKED)


def test_a_door_that_did_not_wait_for_our_no_has_let_people_in(holder, place):
    BenefitFactory(place=place, limit=Limit.ONCE)
    device = door(place)
    sent(device, passage(holder))
    row = passage(holder)
    assert sent(device, row)[0].outcome == Outcome.REFUSED

    alone = Passage(**vars(row) | {"is_offline": True, "is_accepted": True})
    (answer,) = sent(device, alone)

    assert (answer.outcome, answer.flag) == (Outcome.ACCEPTED, Reason.LIMIT_REACHED)
    assert CheckIn.objects.count() == 2


def test_a_pass_at_two_places_at_once_is_flagged(holder, place):
    other = PlaceFactory(listed=True)
    for one in (place, other):
        BenefitFactory(place=one)

    first = sent(door(place, "a"), passage(holder, offline=True))
    second = sent(door(other, "b"), passage(holder, offline=True))

    assert (first[0].flag, second[0].flag) == ("", Reason.ELSEWHERE)


def test_a_code_that_is_no_pass_is_refused_with_its_reason(holder, place):
    BenefitFactory(place=place)
    forged = holder.code[:-3] + ("AAA" if not holder.code.endswith("AAA") else "BBB")

    answers = sent(
        door(place), passage(holder, code="hello"), passage(holder, code=forged),
        passage(holder, code="C" * 100_000),
    )  # fmt: skip

    assert {one.outcome for one in answers} == {Outcome.REFUSED}
    assert answers[0].reason == Reason.UNREADABLE


def test_a_place_without_benefit_gives_nothing(holder, place):
    (answer,) = sent(door(place), passage(holder))

    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, Reason.NOT_HERE)


def test_any_order_with_repeats_ends_with_each_recorded_once(holder, place):
    BenefitFactory(place=place)
    rows = [passage(holder, offline=True) for _ in range(40)]
    devices = [door(place, str(n)) for n in range(4)]
    chance = random.Random(3)  # noqa: S311 -- an order, no secret
    for _ in range(6):
        batch = chance.sample(rows, 25)
        receive(chance.choice(devices), batch, now=timezone.now())
    receive(devices[0], rows, now=timezone.now())

    assert CheckIn.objects.count() == len(rows)


def test_a_device_is_known_by_its_token_until_it_is_turned_off(client, holder, place):
    agency = UserFactory(role="agency")
    BenefitFactory(place=place)
    device, token = add_device(place, name="Accueil", by=agency, now=timezone.now())
    headers = {"Authorization": f"Bearer {token}"}
    body = {
        "passages": [{"nonce": "0" * 32, "at": 1, "code": holder.code}, {"nonce": "x"}]
    }

    said = client.post(
        reverse("passport:door_send"), body, "application/json", headers=headers
    )
    data = client.get(reverse("passport:door_data"), headers=headers).json()

    assert [one["state"] for one in said.json()["answers"]] == ["recorded", "bad"]
    assert data["place"]["name"] == place.name
    assert token not in str(vars(device))
    revoke_device(device, now=timezone.now())
    for answer in (
        client.get(reverse("passport:door_data"), headers=headers),
        client.get(reverse("passport:door_data")),
        client.post(
            reverse("passport:door_send"), body, "application/json", headers=headers
        ),
    ):
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"passages": 3}', b"\xff", b"[" * 50_000]
)
def test_a_sending_without_shape_is_said(client, place, body):
    door(place, "jeton")

    answer = client.post(
        reverse("passport:door_send"), body, "application/json",
        headers={"Authorization": "Bearer jeton"},
    )  # fmt: skip

    assert answer.status_code == 400
    assert "forme attendue" in answer.json()["message"]


def test_a_clock_ahead_is_brought_back_to_now(holder, place):
    BenefitFactory(place=place)

    sent(door(place), passage(holder, at=timezone.now() + dt.timedelta(days=2)))

    assert CheckIn.objects.get().happened_on == timezone.localdate()


@pytest.mark.django_db(transaction=True)
def test_requests_that_come_at_once_record_each_passage_once(place):
    """Threads share transactions; a passage that comes through several counts once."""
    BenefitFactory(place=place, limit=Limit.N_A_SEASON, times=1000)
    agency = UserFactory(role="agency")
    tokens = [add_device(place, name=f"{n}", by=agency, now=timezone.now())[1] for n in range(4)]  # fmt: skip
    one = PassFactory()
    sign_list(now=timezone.now())
    rows = [passage(one, offline=True) for _ in range(24)]

    def send(number):
        chance = random.Random(number)  # noqa: S311 -- an order, no secret
        said = []
        for _turn in range(4):
            batch = chance.sample(rows, 12)
            said += receive_from(tokens[number % 4], batch, now=timezone.now())
        assert receive_from("autre", rows, now=timezone.now()) is None
        return said

    each = at_once([partial(send, number) for number in range(8)])
    said = [answer for answers in each for answer in answers]
    receive_from(tokens[0], rows, now=timezone.now())

    recorded = [answer.nonce for answer in said if answer.state == "recorded"]
    assert len(said) == 8 * 4 * 12
    assert len(recorded) == len({*recorded})
    assert CheckIn.objects.count() == len(rows)
    assert Use.objects.get().times == len(rows)
    assert not Device.objects.filter(seen_at=None).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is not far away")
def test_a_connection_that_was_cut_loses_no_passage(place):
    BenefitFactory(place=place)
    agency = UserFactory(role="agency")
    _device, token = add_device(place, name="1", by=agency, now=timezone.now())
    one = PassFactory()
    sign_list(now=timezone.now())
    connection.connection.close()  # as a server does that starts anew
    said = receive_from(token, [passage(one)], now=timezone.now())
    assert [answer.state for answer in said] == ["recorded"]
    assert CheckIn.objects.count() == 1
