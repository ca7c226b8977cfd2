"""Keys change and passes go on; the list of trust is signed and short."""

import base64
import datetime as dt
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.passport.choices import Reason
from maillage.passport.models import Pass, Revocation, RootKey, SigningKey, TrustList
from maillage.passport.services import keys
from maillage.passport.services.holding import (
    close_batch,
    erase_pass,
    forget_person,
    holder_data,
    person_data,
    put_in_wallet,
    set_up,
    take_out_of_wallet,
)
from maillage.passport.services.issuing import Wish, issue_class, issue_pass
from maillage.passport.services.revoking import (
    pass_told_by,
    reissue_pass,
    revoke_pass,
)
from maillage.passport.services.trust import (
    current_list,
    current_trust,
    payload_of,
    renew_root,
    root_card,
    sign_list,
)
from maillage.passport.tokens import revoked_digest, verify
from tests.factories.accounts import UserFactory
from tests.factories.directory import StructureFactory
from tests.factories.passport import IssuerFactory, OfferFactory, PassFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)


def now():
    return timezone.now()


@pytest.fixture
def agency():
    return UserFactory(agency=True)


def answer(holder, at=None):
    at = at or now()
    trust = current_trust(now=at)
    return verify(holder.code, trust=trust, now=int(at.timestamp())).reason


def is_good(body, card):
    """Whether the root key signed the list, as a program of somebody else checks it."""
    message = json.loads(body)

    def raw(text):
        return base64.urlsafe_b64decode(text + "==")

    public = Ed25519PublicKey.from_public_bytes(raw(card["x"]))
    signed = f"{message['protected']}.{message['payload']}".encode()
    try:
        public.verify(raw(message["signature"]), signed)
    except InvalidSignature:
        return False
    return json.loads(raw(message["protected"]))["kid"] == card["kid"]


# Keys ---------------------------------------------------------------------------


def test_an_issuer_starts_with_a_key_in_the_list(agency):
    structure = StructureFactory(name="Forum")
    issuer = keys.make_issuer(structure, code="forum", by=agency, now=now())

    facts = payload_of(current_list(now=now()).body)
    assert facts["issuers"] == {"forum": "Forum"}
    key = issuer.keys.get()
    assert facts["keys"] == [{"kid": key.kid, "iss": "forum", "x": key.public}]


def test_a_private_key_is_not_in_the_database():
    key = IssuerFactory().keys.get()
    raw = keys.unseal(key.private).private_bytes_raw()

    assert raw.hex() not in key.private
    assert base64.urlsafe_b64encode(raw).decode().rstrip("=") not in key.private


@pytest.mark.parametrize("verb", ["make", "rotate", "state", "revoke", "root"])
def test_only_the_agency_touches_keys(verb):
    issuer, stranger = IssuerFactory(), UserFactory()
    key = issuer.keys.get()
    calls = {
        "make": lambda: keys.make_issuer(
            StructureFactory(), code="x", by=stranger, now=now()
        ),
        "rotate": lambda: keys.rotate_key(issuer, by=stranger, now=now()),
        "state": lambda: keys.set_active(
            issuer, is_active=False, by=stranger, now=now()
        ),
        "revoke": lambda: keys.revoke_key(key, by=stranger, now=now()),
        "root": lambda: renew_root(by=stranger, now=now()),
    }
    with pytest.raises(Refused) as no:
        calls[verb]()
    assert no.value.code == "forbidden"
    assert SigningKey.objects.get().retired_at is None


def test_a_structure_issues_once_and_a_code_is_of_one(agency):
    issuer = IssuerFactory(code="hdf")
    for structure, code in ((issuer.structure, "autre"), (StructureFactory(), "hdf")):
        with pytest.raises(Refused) as no:
            keys.make_issuer(structure, code=code, by=agency, now=now())
        assert no.value.code == "known"


def test_passes_of_the_key_before_stay_good(agency):
    holder = PassFactory()
    new = keys.rotate_key(holder.offer.issuer, by=agency, now=now())
    later = issue_pass(holder.offer, wish=Wish(), by=None, now=now())

    assert (answer(holder), answer(later)) == ("", "")
    assert later.key == new
    old = SigningKey.objects.get(pk=holder.key.pk)
    assert old.retired_at is not None
    assert old.private == ""


@pytest.mark.parametrize("rotated", [False, True])
def test_a_revoked_key_opens_nothing_and_its_passes_get_another_code(agency, rotated):
    holder = PassFactory()
    if rotated:
        keys.rotate_key(holder.offer.issuer, by=agency, now=now())
    printed = holder.code

    assert keys.revoke_key(holder.key, by=agency, now=now()) == 1

    assert answer(holder) == Reason.UNKNOWN_KEY
    again = Pass.objects.get()
    assert again.code != printed
    assert again.number == holder.number
    assert answer(again) == ""
    assert holder.offer.issuer.keys.signing().count() == 1
    with pytest.raises(Refused) as no:
        keys.revoke_key(holder.key, by=agency, now=now())
    assert no.value.code == "revoked"


def test_an_issuer_that_is_stopped_keeps_its_passes_good(agency):
    holder = PassFactory()
    keys.set_active(holder.offer.issuer, is_active=False, by=agency, now=now())

    assert answer(holder) == ""


def test_after_a_lost_secret_new_keys_sign_and_passes_stay_good(agency, settings):
    holder = PassFactory()
    sign_list(now=now())
    settings.SECRET_KEY = "another"
    issuer = holder.offer.issuer
    with pytest.raises(Refused) as no:
        keys.rotate_key(issuer, by=agency, now=now())
    assert no.value.code == "secret_changed"

    renew_root(by=agency, now=now())
    keys.rotate_key(issuer, by=agency, now=now())

    later = issue_pass(holder.offer, wish=Wish(), by=None, now=now())
    assert (answer(holder), answer(later)) == ("", "")


# The list -------------------------------------------------------------------------


def test_the_list_is_signed_by_the_root_key_and_any_change_shows():
    PassFactory()
    body = current_list(now=now()).body
    card = root_card(RootKey.objects.get())

    assert is_good(body, card)
    message = json.loads(body)
    message["payload"] = message["payload"][:-2] + "AA"
    assert not is_good(json.dumps(message), card)


def test_another_root_key_signs_the_same_list(agency):
    PassFactory()
    old = root_card(RootKey.objects.get()) if sign_list(now=now()) else None
    renew_root(by=agency, now=now())

    body = current_list(now=now()).body
    assert is_good(body, root_card(RootKey.objects.get(is_current=True)))
    assert not is_good(body, old)
    assert list(RootKey.objects.filter(is_current=False).values_list("private")) == [
        ("",)
    ]


def test_the_list_is_read_from_one_row_and_signed_again_after_a_day(
    django_assert_num_queries,
):
    IssuerFactory()
    start = now()
    first = current_list(now=start)
    with django_assert_num_queries(1):
        assert current_list(now=start + DAY / 2).digest == first.digest

    assert current_list(now=start + 2 * DAY).digest != first.digest
    assert TrustList.objects.count() == 1


def test_revoked_passes_leave_the_list_when_they_would_have_expired(agency):
    holder = PassFactory()
    revoke_pass(holder, why="essai", by=agency, now=now())
    end = dt.datetime.combine(holder.valid_until, dt.time(12), dt.UTC)

    def revoked(at):
        return payload_of(sign_list(now=at).body)["revoked"]

    assert revoked(now()) == [revoked_digest(holder.number)]
    assert revoked(end) == [revoked_digest(holder.number)]
    assert revoked(end + 2 * DAY) == []
    assert holder.number not in current_list(now=now()).body


# Revoking --------------------------------------------------------------------------


def test_a_revoked_pass_opens_nothing(agency):
    holder, other = PassFactory(), PassFactory()
    revoke_pass(holder, why="essai", by=agency, now=now())

    assert (answer(holder), answer(other)) == (Reason.REVOKED, "")
    with pytest.raises(Refused) as no:
        revoke_pass(holder, why="essai", by=agency, now=now())
    assert no.value.code == "revoked"


def test_a_stranger_revokes_nothing():
    holder = PassFactory()
    with pytest.raises(Refused) as no:
        revoke_pass(holder, why="", by=UserFactory(), now=now())
    assert no.value.code == "forbidden"
    assert answer(holder) == ""


def test_a_lost_card_is_replaced_by_another_with_the_same_rights():
    offer = OfferFactory(household=True)
    user = UserFactory()
    wish = Wish(members=["26-64", "6-11"], nickname="Nous")
    lost = issue_pass(offer, wish=wish, by=user, now=now())

    new = reissue_pass(lost, now=now())

    assert (answer(lost), answer(new)) == (Reason.REVOKED, "")
    assert new.number != lost.number
    assert new.secret != lost.secret
    assert (new.user, new.nickname, new.people) == (user, "Nous", 2)
    assert new.members.count() == 2
    assert not lost.members.exists()
    with pytest.raises(Refused) as no:
        reissue_pass(lost, now=now())
    assert no.value.code == "revoked"


def test_a_card_of_a_season_that_is_over_is_not_replaced():
    holder = PassFactory()
    end = dt.datetime.combine(holder.valid_until, dt.time(12), dt.UTC)
    with pytest.raises(Refused) as no:
        reissue_pass(holder, now=end)
    assert no.value.code == "over"


def test_the_agency_finds_a_pass_by_its_number_or_its_code():
    holder = PassFactory()
    PassFactory()

    assert pass_told_by(f" {holder.number.upper()} ") == holder
    assert pass_told_by(holder.code) == holder
    assert pass_told_by("00" * 12) is None
    assert pass_told_by(holder.secret) is None


# Holding ---------------------------------------------------------------------------


def test_a_holder_reads_all_that_is_known():
    offer = OfferFactory(household=True)
    wish = Wish(members=["26-64", "6-11"], nickname="Nous")
    holder = issue_pass(offer, wish=wish, by=None, now=now())

    data = holder_data(holder)

    assert (data["number"], data["nickname"]) == (holder.number, "Nous")
    assert data["members"] == ["26-64", "6-11"]
    known = {field.name for field in Pass._meta.concrete_fields}
    inner = {
        "id",
        "secret",
        "key",
        "user",
        "group",
        "batch",
        "revoked_at",
        "revoked_why",
    }
    assert known - inner <= {*data}


def test_erasing_leaves_a_hash_and_nothing_else():
    holder = PassFactory()
    erase_pass(holder, now=now())

    assert not Pass.objects.exists()
    assert Revocation.objects.get().digest == revoked_digest(holder.number)
    assert answer(holder) == Reason.REVOKED


def test_a_nickname_is_not_signed():
    holder = PassFactory()
    row = set_up(holder, nickname="Zoé", keeps_stamps=True)

    assert (row.nickname, row.keeps_stamps, row.code) == ("Zoé", True, holder.code)


def test_a_pass_enters_one_account_and_leaves_it():
    holder, user, other = PassFactory(), UserFactory(), UserFactory()
    put_in_wallet(holder, by=user)
    for verb in (put_in_wallet, take_out_of_wallet):
        with pytest.raises(Refused) as no:
            verb(holder, by=other)
        assert no.value.code == "somebody_elses"

    assert [row["number"] for row in person_data(user)["passes"]] == [holder.number]
    take_out_of_wallet(holder, by=user)
    assert person_data(user) == {"passes": [], "classes": []}


def test_who_leaves_takes_their_passes_along_and_pupils_keep_theirs():
    user = UserFactory()
    mine = PassFactory(user=user)
    batch = issue_class(
        OfferFactory(school=True), number=2, wish=Wish(), by=user, now=now()
    )
    pupils = list(batch.passes.all())

    forget_person(user, now=now())

    assert answer(mine) == Reason.REVOKED
    assert [answer(row) for row in pupils] == ["", ""]
    assert {*Pass.objects.values_list("number", "batch")} == {
        (row.number, None) for row in pupils
    }


def test_a_class_is_forgotten_and_its_cards_stay_good():
    batch = issue_class(
        OfferFactory(school=True), number=2, wish=Wish(), by=None, now=now()
    )
    close_batch(batch)

    assert set(Pass.objects.values_list("batch", flat=True)) == {None}
    assert {answer(row) for row in Pass.objects.all()} == {""}
