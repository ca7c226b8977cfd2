"""Pages of passes: asked for in one form, held by address, and the agency's pages."""

import json

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from maillage.core.pdf import page_count
from maillage.passport.limits import MOST_AN_HOUR
from maillage.passport.models import Batch, Issuer, Offer, Pass, PassSeason
from maillage.passport.pass_pages import benefits_for
from maillage.passport.services.issuing import Wish, issue_class
from tests.factories.accounts import UserFactory
from tests.factories.directory import StructureFactory
from tests.factories.passport import (
    BenefitFactory,
    IssuerFactory,
    OfferFactory,
    PassFactory,
    PassSeasonFactory,
)
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_asked():
    cache.clear()


@pytest.fixture
def agency(client):
    user = UserFactory(agency=True)
    client.force_login(user)
    return user


def ask(client, offer, **data):
    return client.post(reverse("passport:pass_new", args=[offer.pk]), data)


def test_somebody_without_account_gets_a_pass_in_one_form(client):
    CommuneFactory(lille=True)
    offer = OfferFactory(age_bands=["12-17"])

    answer = ask(client, offer, age_band="12-17", commune="Lille")

    holder = Pass.objects.get()
    assert answer.url == holder.get_absolute_url()
    assert (holder.age_band, holder.commune_id, holder.user) == ("12-17", "59350", None)
    page = client.get(answer.url)
    assert holder.short_number in page.text
    assert holder.number not in page.text
    assert "data:image/svg+xml" in page.text
    assert "no-store" in page["Cache-Control"]


def test_who_is_signed_in_finds_the_pass_again(client):
    user = UserFactory()
    client.force_login(user)
    ask(client, OfferFactory(), age_band="", nickname="Pour Zoé")

    assert Pass.objects.get().user == user
    assert "Pour Zoé" in client.get(reverse("passport:pass_list")).text
    assert "Pour Zoé" in client.get(reverse("portal:my_space")).text
    kept = json.loads(client.get(reverse("portal:my_data")).text)
    assert [row["nickname"] for row in kept["passport"]["passes"]] == ["Pour Zoé"]


def test_a_household_says_how_many_of_each_age(client):
    ask(client, OfferFactory(household=True), count_26_64="2", count_6_11="1")

    holder = Pass.objects.get()
    assert (holder.kind, holder.people) == ("H", 3)


def test_a_household_of_nobody_is_told_so(client):
    answer = ask(client, OfferFactory(household=True))

    assert answer.status_code == 422
    assert "au moins une personne" in answer.text


def test_a_class_gets_a_sheet_of_cards(client):
    offer = OfferFactory(school=True, levels=["cycle_3"])
    answer = ask(client, offer, how="each", people="23", level="cycle_3", age_band="")

    batch = Batch.objects.get()
    assert answer.url == batch.get_absolute_url()
    assert "23 passeports" in client.get(answer.url).text
    sheet = client.get(reverse("passport:batch_sheet", args=[batch.secret]))
    assert page_count(sheet.content) == 3


def test_a_class_as_a_whole_has_one_pass(client):
    ask(client, OfferFactory(school=True), how="one", people="28", age_band="6-11")

    holder = Pass.objects.get()
    assert (holder.kind, holder.people, holder.age_band) == ("C", 28, "6-11")
    card = client.get(reverse("passport:pass_card", args=[holder.secret]))
    assert page_count(card.content) == 1


def test_a_rule_that_says_no_is_shown_beside_its_box(client):
    CommuneFactory(lille=True)
    answer = ask(client, OfferFactory(departments=["80"]), age_band="", commune="Lille")

    assert answer.status_code == 422
    assert "n’est pas pour les habitants de Lille" in answer.text
    assert not Pass.objects.exists()


def test_what_costs_says_where_to_get_it(client):
    offer = OfferFactory(price_cents=500)
    page = client.get(reverse("passport:pass_new", args=[offer.pk]))

    assert "Ce passeport coûte 5" in page.text
    assert "donner le passeport" not in page.text
    assert ask(client, offer, age_band="").status_code == 422


def test_too_many_from_one_connection_are_told_to_wait(client):
    offer = OfferFactory(school=True)
    for _rank in range(2):
        ask(client, offer, how="each", people=str(MOST_AN_HOUR // 2), age_band="")
    answer = ask(client, offer, how="one", people="2", age_band="")

    assert answer.status_code == 422
    assert "Réessayez dans une heure" in answer.text
    assert Pass.objects.count() == MOST_AN_HOUR


def test_nothing_of_an_address_is_kept_with_a_pass(client):
    ask(client, OfferFactory(), age_band="")

    assert "127.0.0.1" not in str(Pass.objects.values())


def test_a_lost_card_leads_to_the_new_one(client):
    holder = PassFactory()
    answer = client.post(reverse("passport:pass_reissue", args=[holder.secret]))

    new = Pass.objects.active().get()
    assert answer.url == new.get_absolute_url()
    old = client.get(holder.get_absolute_url())
    assert "a été retiré" in old.text
    assert "data:image/svg+xml" not in old.text


def test_an_erased_pass_has_no_page_any_more(client):
    holder = PassFactory()
    client.post(reverse("passport:pass_erase", args=[holder.secret]))

    assert client.get(holder.get_absolute_url()).status_code == 404


def test_holders_change_the_nickname_and_take_their_data(client):
    holder = PassFactory()
    url = reverse("passport:pass_edit", args=[holder.secret])
    client.post(url, {"nickname": "Moi", "keeps_stamps": "on"})

    data = json.loads(
        client.get(reverse("passport:pass_data", args=[holder.secret])).text
    )
    assert (data["nickname"], data["keeps_stamps"]) == ("Moi", True)
    assert data["commune"] == holder.commune_id


def test_a_pass_shows_what_opens_to_its_kind_and_age():
    holder = PassFactory(age_band="12-17")
    wanted = [
        BenefitFactory(place__name="A"),
        BenefitFactory(place__name="B", kinds=["P"], age_bands=["12-17"]),
    ]
    BenefitFactory(kinds=["H"])
    BenefitFactory(age_bands=["65-"])
    BenefitFactory(is_active=False)

    assert benefits_for(holder, today=timezone.localdate()) == wanted


# Trust ------------------------------------------------------------------------------


def test_the_list_of_trust_is_cached_and_asked_for_by_its_tag(client):
    IssuerFactory()
    url = reverse("passport:trust_list")
    first = client.get(url)

    assert first["Content-Type"] == "application/json"
    assert "public" in first["Cache-Control"]
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    weak = {"If-None-Match": f"W/{first['ETag']}"}
    assert client.get(url, headers=weak).status_code == 304
    assert client.get(url, headers={"If-None-Match": '"x"'}).status_code == 200
    root = client.get(reverse("passport:trust_root")).json()
    assert (root["kty"], root["crv"]) == ("OKP", "Ed25519")
    assert "d" not in root


def test_the_list_costs_one_query(client, django_assert_num_queries):
    client.get(reverse("passport:trust_list"))
    with django_assert_num_queries(1):
        client.get(reverse("passport:trust_list"))


def test_a_phone_installs_the_page_of_the_pass(client):
    holder = PassFactory(nickname="Moi")
    card = client.get(reverse("passport:pass_manifest", args=[holder.secret])).json()

    assert (card["start_url"], card["short_name"]) == (holder.get_absolute_url(), "Moi")
    worker = client.get(reverse("passport:pass_worker")).text
    assert "css/passport" in worker


# The agency ---------------------------------------------------------------------------


def test_the_agency_opens_a_season_with_an_offer(client, agency):
    issuer = IssuerFactory()
    client.post(
        reverse("passport:pass_season_new"),
        {"name": "2026-2027", "slug": "2026-2027", "starts_on": "2026-09-01",
         "ends_on": "2027-09-01", "is_open": "on"},
    )  # fmt: skip
    season = PassSeason.objects.get()
    client.post(
        reverse("passport:offer_new", args=[season.slug]),
        {"name": "Jeunes", "kind": "P", "issuer": issuer.pk, "is_open": "on",
         "price_cents": "2,50", "most_members": "1", "age_bands": ["12-17"]},
    )  # fmt: skip

    offer = Offer.objects.get()
    assert (offer.season, offer.price_cents, offer.age_bands) == (
        season,
        250,
        ["12-17"],
    )
    assert (offer.communes, offer.departments, offer.levels) == ([], [], [])


@pytest.mark.parametrize(
    "wrong",
    [{"communes": "59350 99999"}, {"most_members": "4"}, {"kind": "Z"},
     {"price_cents": "beaucoup"}],
)  # fmt: skip
def test_an_offer_that_cannot_be_is_refused(client, agency, wrong):
    season, issuer = PassSeasonFactory(), IssuerFactory()
    data = {"name": "x", "kind": "P", "issuer": issuer.pk, "most_members": "1"} | wrong

    answer = client.post(reverse("passport:offer_new", args=[season.slug]), data)

    assert answer.status_code == 422
    assert not Offer.objects.exists()


def test_the_days_of_a_season_do_not_move_once_a_pass_says_them(client, agency):
    holder = PassFactory()
    season = holder.offer.season
    client.post(
        reverse("passport:pass_season_edit", args=[season.slug]),
        {"name": "Autre", "starts_on": "2020-01-01", "ends_on": "2020-02-01"},
    )

    again = PassSeason.objects.get()
    assert (again.name, again.starts_on) == ("Autre", season.starts_on)


def test_the_agency_adds_an_issuer_and_changes_its_key(client, agency):
    structure = StructureFactory(name="Forum")
    url = reverse("passport:issuer_new")
    assert (
        client.post(url, {"structure": structure.pk, "code": "FORUM"}).status_code
        == 422
    )
    client.post(url, {"structure": structure.pk, "code": "forum"})
    issuer = Issuer.objects.get()
    client.post(reverse("passport:key_rotate", args=[issuer.pk]))
    client.post(reverse("passport:issuer_state", args=[issuer.pk]))

    page = client.get(reverse("passport:issuer_detail", args=[issuer.pk])).text
    assert page.count("ne signe plus") == 1
    assert "n’émet plus" in page
    client.post(reverse("passport:key_revoke", args=[issuer.keys.first().pk]))
    assert issuer.keys.exclude(revoked_at=None).count() == 1


def test_the_agency_withdraws_a_pass_by_its_number(client, agency):
    holder = PassFactory()
    url = reverse("passport:pass_find")
    for told in (holder.number, holder.short_number, holder.short_number.lower()):
        assert holder.offer.name in client.get(url, {"q": told}).text
    assert "Aucun passeport" in client.get(url, {"q": "00" * 12}).text
    client.post(reverse("passport:pass_revoke", args=[holder.pk]), {"why": "doublon"})

    assert Pass.objects.get().revoked_why == "doublon"
    assert "Doublon" in client.get(url, {"q": holder.number}).text


def test_the_desk_counts_passes_through_the_gate(client, agency):
    offer = OfferFactory(school=True)
    issue_class(offer, number=12, wish=Wish(), by=None, now=timezone.now())
    few = OfferFactory(season=offer.season, issuer=offer.issuer, name="Rare")
    PassFactory(offer=few)

    page = client.get(reverse("passport:pass_desk")).text
    assert "secret statistique" in page
    lines = client.get(reverse("passport:issued_export", args=["csv"])).text
    assert ";1;" not in lines
    rare = next(line for line in lines.splitlines() if "Rare" in line)
    assert "1" not in rare.replace(timezone.localdate().strftime("%Y"), "").split(";")


def test_an_unknown_form_of_the_file_is_not_there(client, agency):
    assert (
        client.get(reverse("passport:issued_export", args=["exe"])).status_code == 404
    )
