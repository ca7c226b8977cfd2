"""What doors need is read once a second, and never from a month that is closed."""

import secrets

import pytest
from django.utils import timezone

from maillage.passport.choices import Gives, Outcome
from maillage.passport.models import Benefit, CheckIn, MonthKey
from maillage.passport.passages import Passage
from maillage.passport.services.checking import Letter, received_by_threads
from maillage.passport.services.devices import add_device, revoke_device
from maillage.passport.services.standing import LIFE, Standing, shared
from maillage.passport.services.trust import sign_list
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory
from tests.factories.passport import PassFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency():
    return UserFactory(role="agency")


@pytest.fixture
def door(agency):
    place = PlaceFactory(listed=True)
    Benefit.objects.create(place=place, gives=Gives.FREE)
    return add_device(place, name="Accueil", by=agency, now=timezone.now())


@pytest.fixture
def ask(door):
    holder = PassFactory()
    sign_list(now=timezone.now())

    def send():
        now = timezone.now()
        row = Passage(nonce=secrets.token_hex(16), at=now, code=holder.code)
        (answers,) = received_by_threads([Letter(door[1], [row], now)])
        return answers

    return send


def grow_old():
    shared.last.made_at -= LIFE


def test_what_was_read_a_moment_ago_is_not_read_again(
    ask, django_assert_max_num_queries
):
    assert ask()[0].outcome == Outcome.ACCEPTED

    # Beginning, passages known, the new one, and the end of the transaction.
    with django_assert_max_num_queries(4):
        assert ask()[0].outcome == Outcome.ACCEPTED


def test_a_withdrawn_device_is_refused_a_second_later(ask, door):
    ask()
    revoke_device(door[0], now=timezone.now())

    grow_old()

    assert ask() is None
    assert CheckIn.objects.count() == 1


def test_a_benefit_that_ends_is_known_a_second_later(ask):
    ask()
    Benefit.objects.update(is_active=False)

    grow_old()

    assert ask()[0].outcome == Outcome.REFUSED


def test_an_unknown_device_is_not_remembered(ask, door):
    now = timezone.now()
    assert received_by_threads([Letter("nobody", [], now)]) == [None]
    assert not shared().devices(["nobody"])
    assert ask() is not None


def test_an_error_has_all_read_again(ask, monkeypatch):
    ask()
    monkeypatch.setattr(Standing, "benefits", lambda *_args: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        ask()

    assert shared.last is None


def test_the_key_of_a_month_that_is_over_is_read_each_time():
    standing = Standing()
    secret = standing.secret("2026-08")
    assert secret

    MonthKey.objects.filter(month="2026-08").update(secret="", destroyed_at=timezone.now())  # fmt: skip

    assert not standing.secret("2026-08")
