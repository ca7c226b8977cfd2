"""The read-only API: what it lists, what it keeps to itself, what it costs."""

import pytest

from maillage.core import listing
from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.models import Alias
from tests.factories.agenda import ProgrammeFactory, TrailFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
API = "/api/1"
FACTORIES = {
    "structures": StructureFactory,
    "places": PlaceFactory,
    "resources": ResourceFactory,
    "trails": TrailFactory,
}


@pytest.fixture(autouse=True)
def _nothing_remembered():
    listing.forget()


def names(answer):
    return [one["name"] for one in answer.json()["results"]]


@pytest.mark.parametrize("path", sorted(FACTORIES))
def test_a_list_gives_published_things_and_where_each_is(client, path):
    thing = FACTORIES[path](name="Un nom", listed=True)
    FACTORIES[path](name="Brouillon", state=State.DRAFT, listed=True)

    told = client.get(f"{API}/{path}?q=nom").json()

    assert told["total"] == 1
    assert told["results"][0]["slug"] == thing.slug
    full = client.get(told["results"][0]["api_url"].partition("8000")[2]).json()
    assert (full["name"], full["slug"]) == ("Un nom", thing.slug)


@pytest.mark.parametrize("path", sorted(FACTORIES))
@pytest.mark.parametrize("state", [State.DRAFT, State.PROPOSED, State.ARCHIVED])
def test_what_is_not_published_is_not_there(client, path, state):
    thing = FACTORIES[path](state=state, listed=True)

    assert client.get(f"{API}/{path}/{thing.slug}").status_code == 404


def test_pages_follow_one_another_and_lose_nothing(client):
    for number in range(5):
        PlaceFactory(name=f"Lieu {number}", listed=True)

    seen, address = [], f"{API}/places?size=2&theme=physics"
    while address:
        answer = client.get(address)
        seen += names(answer)
        address = (answer.json()["next"] or "").partition("8000")[2]
    last = answer.json()

    assert seen == [f"Lieu {number}" for number in range(5)]
    assert (last["page"], last["pages"], last["total"]) == (3, 3, 5)
    assert last["previous"].endswith("size=2&theme=physics&page=2")


def test_a_page_beyond_the_last_is_empty_and_leads_back(client):
    PlaceFactory(listed=True)

    told = client.get(f"{API}/places?page=9").json()

    assert (told["results"], told["next"]) == ([], None)
    assert told["previous"].endswith("page=1")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("size=101", "size"),
        ("size=0", "size"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("near=nowhere", "near"),
        ("bbox=1,2,3", "bbox"),
        ("km=-1", "km"),
    ],
)
def test_a_bad_parameter_is_a_problem_told_in_french(client, query, parameter):
    answer = client.get(f"{API}/places?{query}")

    told = answer.json()
    assert answer.status_code == told["status"] == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert told["title"] == "Un paramètre ne convient pas."
    assert [error["parameter"] for error in told["errors"]] == [parameter]


def test_what_is_not_there_is_a_problem_told_in_french(client):
    answer = client.get(f"{API}/places/rien")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Rien à cette adresse."
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_filters_are_those_of_the_pages(client):
    CommuneFactory(lille=True)
    PlaceFactory(name="Ici", lon=3.06, lat=50.63, themes=["astronomy"], listed=True)
    PlaceFactory(name="Loin", lon=2.30, lat=49.89, themes=["physics"], listed=True)

    assert names(client.get(f"{API}/places?theme=astronomy")) == ["Ici"]
    assert names(client.get(f"{API}/places?theme=astronomy&theme=physics")) == [
        "Ici",
        "Loin",
    ]
    assert names(client.get(f"{API}/places?bbox=2,49,2.5,50")) == ["Loin"]
    near = client.get(f"{API}/places?near=3.05,50.63&km=10").json()["results"]
    assert [one["name"] for one in near] == ["Ici"]
    assert 0 < near[0]["distance_km"] < 1


def test_search_reads_every_kind(client):
    StructureFactory(name="Les amis de l’astronomie", listed=True)
    ResourceFactory(name="Malle d’astronomie", listed=True)

    told = client.get(f"{API}/search?q=astronomie").json()

    assert {one["kind"] for one in told["results"]} >= {"structure", "resource"}


def test_places_are_a_layer_of_a_map(client):
    PlaceFactory(name="Ici", lon=3.06, lat=50.63, listed=True)

    told = client.get(f"{API}/places.geojson").json()

    assert told["type"] == "FeatureCollection"
    assert told["features"][0]["geometry"] == {
        "type": "Point",
        "coordinates": [3.06, 50.63],
    }
    assert told["features"][0]["properties"]["name"] == "Ici"


def test_communes_are_found_by_name_code_and_department(client):
    CommuneFactory(lille=True)
    CommuneFactory(amiens=True)

    assert names(client.get(f"{API}/communes?q=lil")) == ["Lille"]
    assert names(client.get(f"{API}/communes?department=80")) == ["Amiens"]
    assert client.get(f"{API}/communes/59350").json()["postal_codes"][0] == "59000"
    assert client.get(f"{API}/communes/00000").status_code == 404


def test_vocabularies_say_what_the_codes_mean(client):
    terms = client.get(f"{API}/vocabularies/themes").json()["terms"]

    assert "astronomy" in {term["slug"] for term in terms}
    assert client.get(f"{API}/vocabularies/passwords").status_code == 404
    assert client.get(f"{API}/vocabularies/..%2Fsettings").status_code == 404


def test_an_old_address_still_gives_the_thing(client):
    place = PlaceFactory(name="Nouveau", listed=True)
    Alias.objects.create(kind="place", slug="ancien", object_id=place.pk)

    assert client.get(f"{API}/places/ancien").json()["slug"] == place.slug


def test_an_answer_is_sent_again_only_when_something_has_changed(client):
    place = PlaceFactory(listed=True)
    tag = client.get(f"{API}/places")["ETag"]

    same = client.get(f"{API}/places", headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")

    place.name = "Autre"
    place.save()
    refresh_entries([place])
    assert (
        client.get(f"{API}/places", headers={"If-None-Match": tag}).status_code == 200
    )


def test_every_site_may_read_it_and_keep_it_a_moment(client):
    answer = client.get(f"{API}/structures")

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, verb):
    assert getattr(client, verb)(f"{API}/places").status_code == 405


def test_nobody_is_named(client):
    resource = ResourceFactory(booking_contact="Camille Dupont", listed=True)

    told = client.get(f"{API}/resources/{resource.slug}").content.decode()

    assert "Camille" not in told
    assert "created_by" not in told


@pytest.mark.parametrize("path", sorted(FACTORIES))
@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_for_one_row_or_three(
    client, path, count, django_assert_num_queries
):
    for thing in FACTORIES[path].create_batch(count):
        refresh_entries([thing])
    listing.find(listing.Query())

    # version and last change for the ETag, version of the entries, one page
    with django_assert_num_queries(4):
        client.get(f"{API}/{path}")


def test_a_record_with_three_producers_costs_as_one_with_one(
    client, django_assert_num_queries
):
    one, three = ResourceFactory(listed=True), ResourceFactory(listed=True)
    one.producers.add(StructureFactory())
    three.producers.add(*StructureFactory.create_batch(3))

    for thing in (one, three):
        with django_assert_num_queries(4):  # two for the ETag, row, producers
            client.get(f"{API}/resources/{thing.slug}")


def test_the_page_about_the_api_shows_every_route_and_needs_no_script(client):
    page = client.get(f"{API}/docs").content.decode()

    for path in ("structures", "places.geojson", "communes/{insee}", "search"):
        assert f"<code>/api/1/{path}</code>" in page
    assert "swagger" not in page.lower()
    assert "://cdn" not in page


def test_search_leads_to_the_record_of_a_trail(client):
    trail = TrailFactory(name="Sur les terrils", listed=True)

    told = client.get(f"{API}/search?q=terrils").json()

    assert told["results"][0]["api_url"].endswith(f"/api/1/trails/{trail.slug}")


def test_programmes_that_are_published_are_told_with_their_dates(client):
    ProgrammeFactory(year=2027)
    ProgrammeFactory(year=2028, is_published=False)

    (told,) = client.get(f"{API}/programmes").json()

    assert (told["slug"], told["events"]) == ("fete-de-la-science-2027", 0)
    assert (told["starts_on"], told["ends_on"]) == ("2027-10-01", "2027-10-12")
