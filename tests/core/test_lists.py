import pytest
from django.http import QueryDict
from django.test import RequestFactory

from maillage.core.lists import distance_label, facet_names, list_context
from tests.factories.directory import PlaceFactory

pytestmark = pytest.mark.django_db


def shown(address="", *, kinds=("place",), **options):
    return list_context(
        RequestFactory().get(f"/lieux/{address}"), kinds=kinds, **options
    )


@pytest.mark.parametrize(
    ("km", "text"),
    [
        (None, ""),
        (0.0, ""),  # the position of the commune, not of the place
        (0.21, "200 m"),
        (0.949, "900 m"),
        (0.96, "1,0 km"),
        (3.24, "3,2 km"),
        (9.96, "10 km"),
        (41.7, "42 km"),
    ],
)
def test_distances_are_as_precise_as_they_are_useful(km, text):
    assert distance_label(km).replace("\xa0", " ") == text


def test_several_kinds_share_the_facets_that_all_have():
    assert "family" in facet_names(["place"])
    assert "family" not in facet_names(["place", "resource"])
    assert {"themes", "department"} <= {
        *facet_names(["place", "structure", "resource"])
    }


def test_a_filter_that_is_on_can_be_taken_off_and_keeps_the_others():
    PlaceFactory(themes=["physics"], audiences=["families"], listed=True)

    page = shown("?theme=physics&audience=families&page=3&q=musee")

    off = {
        choice.label: QueryDict(choice.url_without.split("?")[1])
        for choice in page["active"]
    }
    assert len(off) == 2
    by_theme = off["physique"]
    assert by_theme.getlist("theme") == []
    assert by_theme.getlist("audience") == ["families"]
    assert by_theme["q"] == "musee"
    assert "page" not in by_theme


def test_the_map_shows_what_the_list_shows():
    page = shown("?theme=physics&sort=recent")

    params = QueryDict(page["map_url"].split("?")[1])
    assert params.getlist("kind") == ["place"]
    assert params["theme"] == "physics"
    assert "sort" not in params


@pytest.mark.parametrize("number", ["0", "-1", "x", "999", "1e9", ""])
def test_a_page_that_is_not_there_is_the_nearest_one(number):
    PlaceFactory(listed=True)

    page = shown(f"?page={number}")

    assert page["page_obj"].number == 1
    assert len(page["things"]) == 1


def test_a_card_says_what_is_not_verified_and_what_is_invented():
    PlaceFactory(name="A", verified_on=None, listed=True)
    PlaceFactory(name="B", verified_on=None, is_example=True, listed=True)
    PlaceFactory(name="C", listed=True)

    tones = [[badge.tone for badge in card.badges] for card in shown()["things"]]

    assert tones == [["unverified"], ["example"], []]


def test_orders_are_those_that_make_sense():
    def values(address, **options):
        return [sort["value"] for sort in shown(address, **options)["sorts"]]

    assert values("") == ["name", "recent"]
    assert values("?q=musee")[0] == "relevance"
    assert values("?near=3,50")[0] == "distance"
    assert "surface_m2" in values("", kinds=("resource",))


def test_a_page_may_understand_more_than_its_address():
    PlaceFactory(name="Loin", lon=2.3, lat=49.9, listed=True)
    PlaceFactory(name="Proche", lon=3.06, lat=50.64, listed=True)

    page = shown("", asked=QueryDict("near=3.06,50.64&sort=distance"))

    assert [card.title for card in page["things"]] == ["Proche", "Loin"]
