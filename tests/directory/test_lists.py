"""Lists of structures and places."""

import pytest
from django.urls import reverse

from maillage.core import listing
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db

PLACES = "directory:place_list"
STRUCTURES = "directory:structure_list"


@pytest.fixture(autouse=True)
def nothing_remembered():
    listing.forget()
    yield
    listing.forget()


def shown(client, view=PLACES, **params):
    page = client.get(reverse(view), params)
    assert page.status_code == 200
    return [thing.title for thing in page.context["things"]]


def test_everybody_sees_what_is_published_and_nothing_else(client):
    PlaceFactory(name="Le Moulin", listed=True)
    PlaceFactory(name="Le Brouillon", state="draft", listed=True)
    assert shown(client) == ["Le Moulin"]
    client.force_login(UserFactory(agency=True))
    assert shown(client) == ["Le Moulin"]


@pytest.mark.parametrize(
    "params",
    [
        {"category": "mill"},
        {"family": "patrimoine"},
        {"theme": "water"},
        {"audience": "school_groups"},
        {"network": "proscitec"},
        {"department": "59"},
        {"epci": "200093201"},
        {"feature": ["can_host", "is_free"]},
        {"feature": "accessible"},
        {"q": "moulins"},
        {"commune": "59350"},
    ],
)
def test_places_are_filtered(client, params):
    PlaceFactory(
        name="Le Moulin",
        kind="mill",
        themes=["water"],
        audiences=["school_groups"],
        networks=["proscitec"],
        can_host=True,
        is_free=True,
        access={"entree_plain_pied": True},
        listed=True,
    )
    PlaceFactory(name="Le Musée", commune=CommuneFactory(amiens=True), listed=True)
    assert shown(client, **params) == ["Le Moulin"]


@pytest.mark.parametrize(
    "params",
    [
        {"category": "company"},
        {"chain_role": "production"},
        {"production_tool": "laser_cutter"},
        {"know_how": "scenography"},
        {"network": "amcsti"},
    ],
)
def test_structures_are_filtered(client, params):
    StructureFactory(
        name="L’Atelier",
        kind="company",
        chain_roles=["production"],
        production_tools=["laser_cutter"],
        know_how=["scenography"],
        networks=["amcsti"],
        listed=True,
    )
    StructureFactory(name="Les Amis", listed=True)
    assert shown(client, STRUCTURES, **params) == ["L’Atelier"]


def test_a_commune_that_is_typed_becomes_an_address_that_can_be_shared(client):
    lille = CommuneFactory(lille=True)
    far = CommuneFactory(amiens=True)
    PlaceFactory(name="Ici", commune=lille, listed=True)
    PlaceFactory(name="Loin", commune=far, listed=True)
    page = client.get(
        reverse(PLACES), {"around": "lille", "km": "20", "theme": "physics"}
    )
    assert page.status_code == 302
    assert page["Location"] == "/lieux/?theme=physics&commune=59350&km=20"

    page = client.get(page["Location"])
    assert [thing.title for thing in page.context["things"]] == ["Ici"]
    assert page.context["active"][0].label == "à 20 km de Lille"
    assert page.context["active"][0].url_without == "?theme=physics"
    assert 'value="Lille"' in page.content.decode()


def test_a_commune_that_nobody_knows_is_said_and_what_was_typed_stays(client):
    CommuneFactory(lille=True)
    page = client.get(reverse(PLACES), {"around": "Zzzzzz"})
    assert "Aucune commune de la région ne s’appelle" in page.content.decode()
    assert 'value="Zzzzzz"' in page.content.decode()


def test_a_position_sorts_by_distance(client):
    PlaceFactory(name="A", lon=3.0, lat=50.6, listed=True)
    PlaceFactory(name="B", lon=3.1, lat=50.6, listed=True)
    page = client.get(reverse(PLACES), {"lon": "3.11", "lat": "50.6"})
    assert page["Location"] == "/lieux/?near=3.11%2C50.6&km=10"
    page = client.get(page["Location"])
    assert [thing.title for thing in page.context["things"]] == ["B", "A"]
    assert page.context["active"][0].label == "à 10 km de votre position"
    assert shown(client, near="3.11,50.6", sort="name") == ["A", "B"]
    near = client.get(reverse(PLACES), {"near": "3.11,50.6"})
    assert near.context["active"][0].label == "autour de votre position"


def test_htmx_gets_the_results_alone(client):
    PlaceFactory(listed=True)
    page = client.get(reverse(PLACES), headers={"HX-Request": "true"})
    assert "<html" not in page.content.decode()
    assert 'id="listing"' in page.content.decode()
    assert "HX-Request" in page["Vary"]


def test_the_map_shows_the_same_choice(client):
    PlaceFactory(listed=True)
    page = client.get(reverse(PLACES), {"theme": "physics"})
    assert page.context["map_url"] == "/carte/?theme=physics&kind=place"


@pytest.mark.parametrize(
    "params",
    [
        {"page": "9999"},
        {"page": "-1"},
        {"near": "nan,nan"},
        {"lon": "x", "lat": "y"},
        {"km": "1e400", "commune": "59350"},
        {"km": "abc", "near": "3,50"},
        {"category": "' OR 1=1 --"},
        {"sort": "password"},
        {"q": "a" * 5000},
        {"around": "\x00"},
        {"around": "(" * 500},
        {"theme": ["x"] * 500},
        {"commune": "\x00"},
    ],
)
def test_a_forged_address_gives_a_page(client, params):
    PlaceFactory(listed=True)
    page = client.get(reverse(PLACES), params, follow=True)
    assert page.status_code == 200


@pytest.mark.parametrize("view", [PLACES, STRUCTURES])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_costs_the_same_for_one_row_or_three(
    client, view, rows, django_assert_num_queries
):
    (PlaceFactory if view == PLACES else StructureFactory).create_batch(
        rows, listed=True
    )
    client.get(reverse(view))
    with django_assert_num_queries(2):  # the stamp, the page
        client.get(reverse(view))


def test_the_box_of_structures_suggests_to_those_who_are_signed_in(client):
    structure = StructureFactory(name="Les Amis du Moulin", slug="les-amis-du-moulin")
    url = reverse("directory:structure_suggest")
    assert client.get(url, {"q": "moulin"}).status_code == 302
    client.force_login(UserFactory())
    found = client.get(url, {"q": "moulin\x00"}).json()["results"]
    assert found == [{"label": structure.name, "detail": "Lille"}]
    structure.commune = None
    structure.save()
    assert client.get(url, {"q": "moulin"}).json()["results"][0]["detail"] == ""
