import pytest
from django.urls import reverse

from maillage.portal.views.home import near_title
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.observatory import IndicatorFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def test_the_first_page_shows_what_there_is(client):
    PlaceFactory(name="Planétarium", kind="planetarium", listed=True)

    page = client.get(reverse("portal:home")).content.decode()

    assert "Planétarium" in page
    assert "?family=sciences" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_first_page_costs_the_same_for_one_place_or_three(
    client, rows, django_assert_max_num_queries
):
    PlaceFactory.create_batch(rows, listed=True)
    client.get(reverse("portal:home"))

    with django_assert_max_num_queries(11):
        client.get(reverse("portal:home"))


@pytest.mark.parametrize("typed", ["Lille", "lille", "59000", "59350"])
def test_near_a_commune_the_nearest_comes_first(client, typed):
    CommuneFactory(lille=True)
    PlaceFactory(name="Loin", lon=2.30, lat=49.89, listed=True)
    PlaceFactory(name="Proche", lon=3.06, lat=50.64, listed=True)

    page = client.get(reverse("portal:near"), {"commune": typed}).content.decode()

    assert "Près de Lille" in page
    assert page.index("Proche") < page.index("Loin")


@pytest.mark.parametrize(
    "params", [{"lon": "3.06", "lat": "50.64"}, {"near": "3.06,50.64"}]
)
def test_near_a_position(client, params):
    PlaceFactory(name="Proche", lon=3.1, lat=50.64, listed=True)

    page = client.get(reverse("portal:near"), params).content.decode()

    assert "Près de votre position" in page
    assert "Proche" in page


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"commune": "Zzyzx"},
        {"near": "1"},
        {"near": "x,y"},
        {"lon": "999", "lat": "0"},
    ],
)
def test_a_place_that_is_nowhere_is_no_error(client, params):
    assert client.get(reverse("portal:near"), params).status_code == 200


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Amiens", "Près d’Amiens"),
        ("Étaples", "Près d’Étaples"),
        ("Le Touquet-Paris-Plage", "Près du Touquet-Paris-Plage"),
        ("Les Attaques", "Près des Attaques"),
        ("La Bassée", "Près de La Bassée"),
        ("Lille", "Près de Lille"),
    ],
)
def test_the_title_is_good_french(name, title):
    assert near_title(name) == title


def test_search_finds_every_kind_and_says_what_it_mended(client):
    PlaceFactory(name="Palais de l’Univers", themes=["astronomy"], listed=True)
    StructureFactory(name="Club d’astronomie", listed=True)

    page = client.get(reverse("portal:search"), {"q": "astronmie"}).content.decode()

    assert "Palais de l’Univers" in page
    assert "Club d’astronomie" in page
    assert "Résultats pour" in page


def test_suggestions_lead_to_the_page(client):
    place = PlaceFactory(name="Musée de la Radio", listed=True)

    found = client.get(reverse("portal:search_suggest"), {"q": "musee rad"}).json()

    assert found["results"][0]["url"] == place.get_absolute_url()


def test_published_indicators_are_suggested_after_the_things_of_the_catalogue(client):
    PlaceFactory(name="Musée de la Radio", listed=True)
    shown = IndicatorFactory(name="Entrées dans les musées", state="published")
    IndicatorFactory(name="Musées fermés", state="draft")

    found = client.get(reverse("portal:search_suggest"), {"q": "musé"}).json()

    assert [one["label"] for one in found["results"]] == [
        "Musée de la Radio", shown.name
    ]  # fmt: skip
    assert found["results"][1]["url"] == shown.get_absolute_url()


@pytest.mark.parametrize(
    "name",
    ["about", "accessibility", "legal", "privacy", "components", "robots", "sitemap"],
)
def test_pages_of_words_answer_anybody(client, name):
    assert client.get(reverse(f"portal:{name}")).status_code == 200


def test_the_sitemap_holds_what_is_published(client):
    place = PlaceFactory(listed=True)

    url = reverse("portal:sitemap_section", args=["place"])

    assert place.get_absolute_url() in client.get(url).content.decode()
