"""Giving passes: the rules of each offer, codes that doors accept, no name anywhere."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.passport.limits import MOST_AN_HOUR, count_request
from maillage.passport.models import Member, Pass
from maillage.passport.services.issuing import Wish, issue_class, issue_pass
from maillage.passport.services.trust import current_trust, midnight, sign_list
from maillage.passport.tokens import verify
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.passport import OfferFactory
from tests.factories.territories import CommuneFactory
from tests.together import at_once

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)


def now():
    return timezone.now()


def refused(offer, wish, by=None):
    with pytest.raises(Refused) as no:
        issue_pass(offer, wish=wish, by=by, now=now())
    assert no.value.message
    assert not Pass.objects.exists()
    return no.value.code


def test_a_pass_says_what_was_asked_and_opens_doors():
    offer = OfferFactory(age_bands=["12-17", "18-25"])
    commune = CommuneFactory(lille=True)
    wish = Wish(age_band="12-17", commune=commune, nickname="Moi")

    holder = issue_pass(offer, wish=wish, by=None, now=now())

    verdict = verify(
        holder.code, trust=current_trust(now=now()), now=int(now().timestamp())
    )
    assert verdict.ok
    claims = verdict.claims
    assert (claims.iss, claims.cti) == (offer.issuer.code, holder.number)
    assert (claims.kind, claims.age_band, claims.commune, claims.people) == (
        "P", "12-17", commune.insee, 1,
    )  # fmt: skip
    assert claims.exp == midnight(offer.season.ends_on)


def test_a_pass_ends_with_the_season_and_starts_when_it_was_given():
    offer = OfferFactory()

    holder = issue_pass(offer, wish=Wish(), by=None, now=now())

    assert holder.valid_from == timezone.localdate()
    assert holder.valid_until == offer.season.ends_on


def test_a_pass_given_before_the_season_starts_with_it():
    start = timezone.localdate() + 20 * DAY
    offer = OfferFactory(season__starts_on=start)

    holder = issue_pass(offer, wish=Wish(), by=None, now=now())

    assert holder.valid_from == start


def test_a_household_keeps_the_age_of_each_and_nothing_else():
    offer = OfferFactory(household=True)

    holder = issue_pass(
        offer, wish=Wish(members=["26-64", "26-64", "6-11"]), by=None, now=now()
    )

    assert (holder.people, holder.age_band) == (3, "")
    assert sorted(holder.members.values_list("age_band", flat=True)) == [
        "26-64", "26-64", "6-11",
    ]  # fmt: skip
    assert {field.name for field in Member._meta.concrete_fields} == {
        "id", "holder", "age_band",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "wish", "code"),
    [
        ({"is_open": False}, {}, "closed"),
        ({"season__is_open": False}, {}, "closed"),
        ({"issuer__is_active": False}, {}, "suspended"),
        ({"price_cents": 500}, {}, "to_be_paid"),
        ({"age_bands": ["12-17"]}, {"age_band": "26-64"}, "age"),
        ({"age_bands": ["12-17"]}, {"age_band": ""}, "age"),
        ({}, {"age_band": "13-14"}, "age"),
        ({"household": True, "age_bands": ["0-5"]}, {"members": ["26-64"]}, "age"),
        ({"household": True}, {"members": []}, "nobody"),
        ({"household": True}, {"members": ["26-64"] * 7}, "too_many_people"),
        ({"school": True}, {"people": 41}, "too_many_people"),
        ({"school": True}, {"people": 0}, "nobody"),
        ({"levels": ["cycle_2"]}, {"level": "cycle_3"}, "level"),
        ({"levels": ["cycle_2"]}, {}, "level"),
        ({"departments": ["80"]}, {}, "commune_needed"),
        ({"departments": ["80"]}, {"commune": "lille"}, "commune"),
        ({"communes": ["80021"]}, {"commune": "lille"}, "commune"),
    ],
)
def test_the_rules_of_an_offer_are_checked_on_the_server(facts, wish, code):
    if wish.get("commune"):
        wish = {**wish, "commune": CommuneFactory(lille=True)}

    assert refused(OfferFactory(**facts), Wish(**wish)) == code


@pytest.mark.parametrize(
    ("facts", "wish"),
    [
        ({"age_bands": ["12-17"]}, {"age_band": "12-17"}),
        ({"household": True, "age_bands": ["0-5"]}, {"members": ["26-64", "0-5"]}),
        ({"household": True}, {"members": ["26-64"] * 6}),
        ({"school": True, "levels": ["cycle_2"]}, {"level": "cycle_2", "people": 40}),
        ({"departments": ["59"]}, {"commune": "lille"}),
        ({"departments": ["80"], "communes": ["59350"]}, {"commune": "lille"}),
        ({"kind": "A"}, {}),
    ],
)
def test_what_the_rules_allow_is_given(facts, wish):
    if wish.get("commune"):
        wish = {**wish, "commune": CommuneFactory(lille=True)}

    holder = issue_pass(OfferFactory(**facts), wish=Wish(**wish), by=None, now=now())

    assert verify(
        holder.code, trust=current_trust(now=now()), now=int(now().timestamp())
    ).ok


def test_a_season_that_is_over_gives_no_pass():
    start = timezone.localdate() - 300 * DAY

    assert refused(OfferFactory(season__starts_on=start), Wish()) == "closed"


def test_what_costs_is_given_by_those_who_take_the_money():
    offer = OfferFactory(price_cents=500)
    seller = MembershipFactory(structure=offer.issuer.structure).user

    assert refused(offer, Wish(), by=UserFactory()) == "to_be_paid"
    assert issue_pass(offer, wish=Wish(), by=seller, now=now())
    assert issue_pass(offer, wish=Wish(), by=UserFactory(agency=True), now=now())


def test_only_its_team_asks_in_the_name_of_a_structure():
    offer, school = OfferFactory(school=True), StructureFactory()
    wish = Wish(people=20, group=school)
    teacher = MembershipFactory(structure=school).user

    assert refused(offer, wish) == "not_yours"
    assert refused(offer, wish, by=UserFactory()) == "not_yours"
    assert issue_pass(offer, wish=wish, by=teacher, now=now()).group == school


def test_each_pupil_of_a_class_gets_a_pass_that_is_nobodys():
    offer, teacher = OfferFactory(school=True), UserFactory()
    wish = Wish(age_band="6-11", nickname="CM2")

    batch = issue_class(offer, number=25, wish=wish, by=teacher, now=now())

    passes = list(batch.passes.all())
    trust, at = current_trust(now=now()), int(now().timestamp())
    assert len({row.number for row in passes}) == len(passes) == 25
    assert {(row.kind, row.people, row.user, row.nickname) for row in passes} == {
        ("P", 1, None, "")
    }
    assert all(verify(row.code, trust=trust, now=at).ok for row in passes)
    assert (batch.user, batch.nickname) == (teacher, "CM2")


@pytest.mark.parametrize(
    ("facts", "number", "code"),
    [({}, 5, "not_a_class"), ({"school": True}, 61, "too_many_people"),
     ({"school": True}, 0, "too_many_people")],
)  # fmt: skip
def test_a_sheet_is_for_a_class_and_not_endless(facts, number, code):
    with pytest.raises(Refused) as no:
        issue_class(
            OfferFactory(**facts), number=number, wish=Wish(), by=None, now=now()
        )
    assert no.value.code == code


def test_nothing_is_signed_when_the_secret_of_the_site_has_changed():
    offer = OfferFactory()
    sign_list(now=now())

    with override_settings(SECRET_KEY="another"):
        assert refused(offer, Wish()) == "secret_changed"
        trusted = current_trust(now=now() + 2 * DAY)  # the last list is still served
    assert list(trusted.keys) == [offer.issuer.keys.get().kid]
    with override_settings(SECRET_KEY="b", SECRET_KEY_FALLBACKS=["c"]):
        assert refused(offer, Wish()) == "secret_changed"


def test_the_secret_before_still_opens_keys_while_it_is_kept():
    with override_settings(SECRET_KEY="before"):
        offer = OfferFactory()
    with override_settings(SECRET_KEY="after", SECRET_KEY_FALLBACKS=["before"]):
        assert issue_pass(offer, wish=Wish(), by=None, now=now())


def test_a_body_without_a_key_says_so():
    offer = OfferFactory()
    offer.issuer.keys.update(retired_at=now())

    assert refused(offer, Wish()) == "no_key"


def test_one_connection_gets_so_many_passes_an_hour():
    cache.clear()
    moment = now().replace(minute=1)
    for _rank in range(MOST_AN_HOUR // 20):
        count_request("192.0.2.1", weight=20, now=moment)
    with pytest.raises(Refused) as no:
        count_request("192.0.2.1", weight=1, now=moment)
    assert no.value.code == "too_many"
    count_request("192.0.2.2", weight=1, now=moment)
    count_request("192.0.2.1", weight=1, now=moment + dt.timedelta(hours=1))


def test_a_wish_keeps_no_level():
    offer = OfferFactory(levels=["cycle_2"])
    wish = replace(Wish(), level="cycle_2")

    holder = issue_pass(offer, wish=wish, by=None, now=now())

    assert "cycle_2" not in str(holder.__dict__)


def test_one_form_sent_twice_is_one_pass_and_another_form_another():
    offer, wish = OfferFactory(), Wish(nickname="Moi")

    def ask(once, wish=wish, by=None):
        return issue_pass(offer, wish=wish, by=by, now=now(), once=once).pk

    first = ask("a" * 32)
    assert ask("a" * 32) == first
    assert len({first, ask("b" * 32), ask("a" * 32, Wish(nickname="Toi")),
                ask("a" * 32, by=UserFactory()), ask(""), ask("")}) == 6  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("on_a_file")
def test_a_double_click_gives_one_pass(client):
    offer = OfferFactory()
    url = reverse("passport:pass_new", args=[offer.pk])
    once = re.search(r'name="once" value="([^"]+)"', client.get(url).text)[1]

    def send():
        return Client().post(url, {"once": once, "age_band": ""}).url

    assert len({*at_once([send] * 8)}) == 1
    assert Pass.objects.count() == 1
