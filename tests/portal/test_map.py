import json

import numpy as np
import pytest
from django.urls import reverse

from maillage.core import listing
from maillage.portal import services
from maillage.portal.views.map import signs
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def read_points(content):
    n = int(np.frombuffer(content, "<u4", 1)[0])
    lon = np.frombuffer(content, "<f4", n, 4)
    lat = np.frombuffer(content, "<f4", n, 4 + 4 * n)
    pk = np.frombuffer(content, "<u4", n, 4 + 8 * n)
    sign = np.frombuffer(content, "u1", n, 4 + 12 * n)
    assert len(content) == 4 + 13 * n
    return lon, lat, pk, sign


def test_points_carry_position_and_sign_of_each_place(client):
    PlaceFactory(kind="planetarium", lon=2.5, lat=50.25, listed=True)
    PlaceFactory(kind="museum", lon=3.0, lat=50.5, listed=True)

    lon, lat, _pk, sign = read_points(client.get(reverse("portal:map_points")).content)

    names = [signs()[number]["label"] for number in sign]
    assert sorted(zip(lon.tolist(), lat.tolist(), names, strict=True)) == [
        (2.5, 50.25, "sciences"),
        (3.0, 50.5, "musées"),
    ]


def test_points_are_those_of_the_filters(client):
    PlaceFactory(themes=["physics"], listed=True)
    PlaceFactory(themes=["astronomy"], listed=True)
    StructureFactory(listed=True)
    url = reverse("portal:map_points")

    def count(**params):
        return len(read_points(client.get(url, params).content)[0])

    assert count() == 2
    assert count(theme="astronomy") == 1
    assert count(kind=["place", "structure"]) == 3
    assert count(kind="nonsense", theme="<script>") == 2


def test_points_that_have_not_changed_are_not_sent_again(client):
    place = PlaceFactory(listed=True)
    first = client.get(reverse("portal:map_points"))
    tag = {"HTTP_IF_NONE_MATCH": first["ETag"]}

    assert client.get(reverse("portal:map_points"), **tag).status_code == 304

    PlaceFactory(structure=place.structure, listed=True)
    assert client.get(reverse("portal:map_points"), **tag).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_map_costs_the_same_for_one_place_or_three(
    client, rows, django_assert_num_queries
):
    PlaceFactory.create_batch(rows, listed=True)
    client.get(reverse("portal:map"))

    with django_assert_num_queries(2):  # version of the entries, one page
        client.get(reverse("portal:map"))


def test_the_list_follows_what_is_in_view(client):
    PlaceFactory(name="Dedans", lon=2.5, lat=50.0, listed=True)
    PlaceFactory(name="Dehors", lon=4.0, lat=50.0, listed=True)

    page = client.get(reverse("portal:map_list"), {"bbox": "2,49,3,51"}).content

    assert b"Dedans" in page
    assert b"Dehors" not in page


def test_a_bubble_shows_the_things_asked_for_and_forgives_nonsense(client):
    place = PlaceFactory(name="Musée de la radio", listed=True)
    entry = listing.find(listing.Query(kinds=("place",))).page(1)[0]

    url = reverse("portal:map_cards")
    shown = client.get(url, {"e": [entry.pk, "x", "9" * 40]}).content.decode()

    assert place.get_absolute_url() in shown
    assert "n’est plus publiée" in client.get(url, {"e": "0"}).content.decode()


def test_rates_are_for_ten_thousand_inhabitants():
    lille = CommuneFactory(lille=True, population=20_000)
    amiens = CommuneFactory(amiens=True, population=5_000)
    PlaceFactory(commune=lille, listed=True)
    PlaceFactory(commune=amiens, listed=True)

    rows = services.rates(listing.Query(kinds=("place",)), level="department")

    assert [(r.code, r.places, r.rate) for r in rows] == [
        ("80", 1, 2.0),
        ("59", 1, 0.5),
    ]
    assert [r.shade for r in rows] == [5, 1]


def test_a_territory_without_place_has_no_shade():
    CommuneFactory(amiens=True)
    PlaceFactory(listed=True)

    rows = services.rates(listing.Query(kinds=("place",)), level="department")

    assert {r.code: r.shade for r in rows}["80"] == 0
    assert sum(len(s.codes) for s in services.shades(rows)) == 1


@pytest.mark.parametrize("level", ["epci", "department", "nonsense"])
def test_shades_come_with_the_table_that_says_the_same(client, level):
    PlaceFactory(listed=True)

    answer = client.get(reverse("portal:map_territories"), {"shades": level}).json()

    assert len(answer["classes"]) == 5
    assert "<table" in answer["table"]


def test_other_sites_may_frame_the_map_alone_and_nothing_else(client):
    alone = client.get(reverse("portal:map_embed"))
    page = client.get(reverse("portal:map"))

    assert "frame-ancestors *" in alone["Content-Security-Policy"]
    assert "X-Frame-Options" not in alone
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"


def test_names_of_communes_are_the_largest_first(client):
    CommuneFactory(name="Petite", population=50)
    CommuneFactory(lille=True)

    names = json.loads(client.get(reverse("portal:map_names")).content)["features"]

    assert [n["properties"]["name"] for n in names] == ["Lille", "Petite"]
