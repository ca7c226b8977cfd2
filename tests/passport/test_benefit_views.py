"""« Où va mon passeport ? », and the pages where it is said what a place gives."""

import datetime as dt
import struct

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.core import listing
from maillage.core.models import Entry
from maillage.passport.models import Benefit
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import BenefitFactory, PassFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)
LIST = reverse("passport:benefit_list")


@pytest.fixture(autouse=True)
def _new_shelf():
    listing.forget()


@pytest.fixture
def place():
    return PlaceFactory(name="Muséum de la mer", slug="museum", listed=True)


@pytest.fixture
def theirs(client, place):
    client.force_login(MembershipFactory(structure=place.structure).user)
    return client


def names(answer):
    return [row["thing"].title for row in answer.context["rows"]]


def url(name, *args):
    return reverse(f"passport:benefit_{name}", args=args)


# The public's ------------------------------------------------------------------------


def test_the_list_has_the_places_that_give_something_and_no_other(client, place):
    BenefitFactory(place=place, label="Sauf les soirs", normal_cents=700)
    PlaceFactory(name="Ne donne rien", listed=True)
    BenefitFactory(
        place__name="A donné", place__listed=True, ends_on=timezone.localdate()
    )

    page = client.get(LIST)

    assert names(page) == ["Muséum de la mer"]
    text = page.content.decode()
    assert "Entrée gratuite au lieu de 7\N{NO-BREAK SPACE}€" in text
    assert "Sauf les soirs" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Gratuit", "Priorité", "Réduit"]),
        ("gives=free", ["Gratuit"]),
        ("gives=free&gives=reduced", ["Gratuit", "Réduit"]),
        ("pass=H", ["Gratuit", "Priorité"]),
        ("age=6-11", ["Gratuit", "Réduit"]),
        ("age=26-64", ["Gratuit"]),
        ("gives=reduced&pass=H", []),
        ("gives=chose&age=0", ["Gratuit", "Priorité", "Réduit"]),
        ("department=60", ["Réduit"]),
        ("q=priorite", ["Priorité"]),
        ("commune=59350&km=10", ["Gratuit", "Priorité"]),
    ],
)
def test_filters_are_of_one_benefit_and_of_its_place(client, query, found):
    far = CommuneFactory(
        insee="60057", name="Beauvais", department__code="60", lon=2.08, lat=49.43
    )
    BenefitFactory(place=PlaceFactory(name="Gratuit", listed=True))
    BenefitFactory(
        place=PlaceFactory(name="Réduit", commune=far, listed=True), gives="reduced",
        price_cents=300, kinds=["P"], age_bands=["6-11"],
    )  # fmt: skip
    priority = PlaceFactory(name="Priorité", listed=True)
    BenefitFactory(place=priority, gives="priority", age_bands=["65-"])

    assert names(client.get(f"{LIST}?{query}")) == found


def test_a_filter_counts_what_choosing_it_would_find(client, place):
    BenefitFactory(place=place)
    BenefitFactory(place=place, gives="priority", kinds=["C"])
    other = PlaceFactory(listed=True)
    BenefitFactory(place=other, gives="reduced", price_cents=100, kinds=["P"])

    boxes = {
        box.name: box for box in client.get(f"{LIST}?gives=free").context["facets"]
    }

    counts = {option.value: option.count for option in boxes["gives"].options}
    assert counts == {"free": 1, "reduced": 1, "priority": 1}
    assert {o.value: o.count for o in boxes["pass"].options}["C"] == 1
    assert [option.checked for option in boxes["gives"].options] == [True, False, False]


def test_a_commune_that_is_typed_becomes_an_address(client, place):
    BenefitFactory(place=place)

    answer = client.get(f"{LIST}?around=Lille&gives=free")

    assert answer.status_code == 302
    assert "commune=59350" in answer["Location"]
    assert "gives=free" in answer["Location"]
    assert names(client.get(answer["Location"])) == ["Muséum de la mer"]


@pytest.mark.parametrize("many", [1, 4])
def test_the_list_costs_the_same_for_one_place_or_four(
    client, many, django_assert_max_num_queries
):
    for _ in range(many):
        BenefitFactory(place=PlaceFactory(listed=True))
    client.get(LIST)

    with django_assert_max_num_queries(6):
        client.get(LIST)


def test_the_map_has_the_sign_of_the_best_that_each_place_gives(client, place):
    BenefitFactory(place=place, gives="priority")
    BenefitFactory(place=place, gives="reduced", price_cents=300)
    free = BenefitFactory(place=PlaceFactory(listed=True)).place
    PlaceFactory(listed=True)

    def signs(query=""):
        body = client.get(f"{url('points')}?{query}").content
        (count,) = struct.unpack_from("<I", body)
        pks = struct.unpack_from(f"<{count}I", body, 4 + 8 * count)
        slugs = dict(Entry.objects.values_list("pk", "slug"))
        return {slugs[pk]: body[-count:][n] for n, pk in enumerate(pks)}

    assert signs() == {place.slug: 1, free.slug: 0}
    assert signs("gives=priority") == {place.slug: 2}
    assert signs("q=introuvable") == {}


def test_the_map_has_its_list_and_its_bubbles(client, place):
    BenefitFactory(place=place, label="Sauf les soirs")
    other = PlaceFactory(name="Autre", listed=True)
    entries = Entry.objects.filter(slug__in=[place.slug, other.slug])

    assert "Muséum de la mer" in client.get(url("map")).content.decode()
    beside = client.get(f"{url('map_list')}?bbox=2,50,4,51").content.decode()
    assert "1 lieu dans cette vue" in beside
    away = client.get(f"{url('map_list')}?bbox=0,40,1,41").content.decode()
    assert "Rien dans cette vue" in away
    asked = "&".join(f"e={pk}" for pk in entries.values_list("pk", flat=True))
    bubble = client.get(f"{url('map_cards')}?{asked}&e=x&e=99999").content.decode()
    assert "Sauf les soirs" in bubble


# On the pages of other parts ---------------------------------------------------------


def test_a_place_says_what_it_gives_and_its_people_may_say_more(client, place):
    address = place.get_absolute_url()
    assert "Avec le passeport" not in client.get(address).content.decode()
    BenefitFactory(place=place)
    text = client.get(address).content.decode()
    assert "Avec le passeport" in text
    assert "Dire ce que ce lieu donne" not in text

    client.force_login(MembershipFactory(structure=place.structure).user)

    assert url("place", place.slug) in client.get(address).content.decode()


def test_an_event_says_what_it_gives_and_what_its_place_gives(client):
    event = EventFactory(at="2099-03-06T14:00")
    BenefitFactory(place=event.place, event=event, label="Pour l’atelier")
    BenefitFactory(place=event.place, gives="priority", label="Pour l’entrée")
    other = EventFactory(at="2099-03-06T14:00", place=event.place, owner=event.owner)
    BenefitFactory(place=event.place, event=other, label="Pour un autre")

    text = client.get(event.get_absolute_url()).content.decode()

    assert "Pour l’atelier" in text
    assert "Pour l’entrée" in text
    assert "Pour un autre" not in text


def test_a_pass_leads_to_where_it_goes(client):
    holder = PassFactory()
    BenefitFactory(place__name="Planétarium", label="Un fauteuil")

    text = client.get(holder.get_absolute_url()).content.decode()

    assert "Un fauteuil" in text
    assert f"{LIST}?pass=P" in text


def test_ones_own_space_and_the_desk_lead_to_benefits(client, place, theirs):
    BenefitFactory(place=place)
    own = theirs.get(reverse("portal:my_space")).content.decode()
    assert "1 avantage proposé au passeport." in own
    client.force_login(UserFactory(role="agency"))

    desk = client.get(reverse("portal:agency_desk")).content.decode()

    assert "1 avantage proposé." in desk
    assert url("import") in desk


# Those who say it ---------------------------------------------------------------------


def test_a_member_says_what_the_place_gives_in_euros(theirs, place):
    said = {
        "gives": "reduced", "normal_cents": "7,50", "price_cents": "3 €",
        "kinds": ["P", "H"], "age_bands": ["6-11"], "most_companions": "1",
        "limit": "n_a_season", "times": "3", "starts_on": "2026-12-01",
        "last_on": "2027-06-30",
    }  # fmt: skip

    answer = theirs.post(url("new", place.slug), said)

    assert answer["Location"] == url("place", place.slug)
    row = Benefit.objects.get()
    assert (row.normal_cents, row.price_cents, row.times) == (750, 300, 3)
    assert (row.kinds, row.age_bands) == (["P", "H"], ["6-11"])
    assert row.ends_on == dt.date(2027, 7, 1)
    form = theirs.get(url("edit", place.slug, row.pk)).content.decode()
    assert 'value="7,50"' in form
    assert 'value="2027-06-30"' in form


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"gives": "reduced"}, "price_cents"),
        ({"gives": "free", "limit": "n_a_season"}, "times"),
        (
            {"gives": "free", "starts_on": "2027-01-05", "last_on": "2027-01-01"},
            "last_on",
        ),
        ({"gives": "free", "normal_cents": "cher"}, "normal_cents"),
        ({"gives": ""}, "gives"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_box(theirs, place, said, field):
    answer = theirs.post(
        url("new", place.slug), {"limit": "none", "most_companions": "0"} | said
    )

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Benefit.objects.exists()


def test_only_events_to_come_of_the_place_can_be_chosen(theirs, place):
    event = EventFactory(place=place, owner=place.structure, at="2099-03-06T14:00")
    EventFactory(place=place, owner=place.structure, at="2020-03-06T14:00")
    EventFactory(at="2099-03-06T14:00")

    page = theirs.get(f"{url('new', place.slug)}?evenement={event.slug}")

    field = page.context["form"].fields["event"]
    assert list(field.queryset) == [event]
    assert f'value="{event.pk}" selected' in page.content.decode()
    said = {"gives": "free", "limit": "none", "most_companions": "", "event": event.pk}
    theirs.post(url("new", place.slug), said)
    assert Benefit.objects.get().event == event


def test_it_is_changed_stopped_and_given_again(theirs, place):
    row = BenefitFactory(place=place)
    edit, state = url("edit", place.slug, row.pk), url("state", place.slug, row.pk)

    said = {"gives": "priority", "limit": "none", "most_companions": "0"}
    theirs.post(edit, said)
    assert Benefit.objects.get().gives == "priority"
    theirs.post(state)
    page = theirs.get(url("place", place.slug))
    assert (len(page.context["offered"]), len(page.context["over"])) == (0, 1)
    twice = theirs.post(state, follow=True)
    assert "n’est déjà plus proposé" in twice.content.decode()
    theirs.post(state, {"again": "1"})
    assert Benefit.objects.all().offered_on(timezone.localdate()).count() == 1


def test_the_benefit_of_another_place_is_not_found_here(theirs, place):
    mine = BenefitFactory(place=place)
    other = BenefitFactory(place__listed=True)

    for slug, pk in ((place.slug, other.pk), (other.place.slug, mine.pk),
                     (other.place.slug, other.pk)):  # fmt: skip
        for name in ("edit", "state"):
            answer = theirs.post(url(name, slug, pk), {"gives": "free"})
            assert answer.status_code == 404
    assert theirs.get(url("place", other.place.slug)).status_code == 404
    assert Benefit.objects.filter(is_active=True, ends_on=None).count() == 2


def test_ones_places_are_listed_those_that_give_first(theirs, place):
    PlaceFactory(name="Annexe", structure=place.structure, listed=True)
    PlaceFactory(name="D’un autre", listed=True)
    BenefitFactory(place=place)
    BenefitFactory(place=place, ends_on=timezone.localdate())

    page = theirs.get(url("places"))

    assert [row.name for row in page.context["places"]] == [
        "Muséum de la mer",
        "Annexe",
    ]
    assert [row.offered for row in page.context["places"]] == [1, 0]
    found = theirs.get(f"{url('places')}?q=anne").context["places"]
    assert [row.name for row in found] == ["Annexe"]
