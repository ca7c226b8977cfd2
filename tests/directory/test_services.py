import pytest
from django.utils.text import slugify

from maillage.core.choices import State
from maillage.directory.models import Place, Structure
from maillage.directory.services import (
    find_duplicates,
    is_near_commune,
    structures_named,
)
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db

SIRET = "13002526500013"


@pytest.fixture
def member():
    return UserFactory()


def new(**values):
    values = {"commune": CommuneFactory(lille=True), "kind": "association"} | values
    return Structure(**values)


@pytest.mark.parametrize(
    ("known", "typed", "repeats"),
    [
        ("Musée de l’Œuf", "musee de l'oeuf", True),
        ("Forum départemental des Sciences", "Forum departemental des scienses", True),
        ("Les Amis du moulin", "Amis du Moulin", True),
        ("Xylo", "XYLO", True),
        ("Ici", "ici", True),
        ("Musée de la mine", "Musée de la mer", False),
        ("Musée de la mine", "Société des amis de la mine", False),
    ],
)
def test_the_same_name_nearby_is_pointed_out(member, known, typed, repeats):
    there = StructureFactory(name=known, slug=slugify(known))
    found = find_duplicates(new(name=typed), by=member)
    assert [one.thing for one in found] == ([there] if repeats else [])
    if repeats:
        assert found[0].reasons == ("name",)
        assert found[0].km == 0


@pytest.mark.parametrize(("lon", "repeats"), [(3.15, True), (3.35, False)])
def test_a_namesake_counts_up_to_ten_kilometres(member, lon, repeats):
    StructureFactory(name="Le Moulin", slug="le-moulin", lon=lon, lat=50.6366)
    assert bool(find_duplicates(new(name="Le Moulin"), by=member)) is repeats


def test_a_namesake_counts_anywhere_when_one_of_both_has_no_place(member):
    nowhere = StructureFactory(name="Le Moulin", slug="le-moulin", commune=None)
    assert find_duplicates(new(name="Le Moulin"), by=member)[0].thing == nowhere
    far = StructureFactory(
        name="La Grange", slug="la-grange", commune=CommuneFactory(amiens=True)
    )
    assert (
        find_duplicates(new(name="La Grange", commune=None), by=member)[0].thing == far
    )


def test_the_same_siret_counts_anywhere_and_under_any_name(member):
    there = StructureFactory(siret=SIRET, commune=CommuneFactory(amiens=True))
    found = find_duplicates(new(name="Tout autre", siret=SIRET), by=member)
    assert [(one.thing, one.reasons) for one in found] == [(there, ("siret",))]


def test_the_same_website_counts_however_it_is_written(member):
    there = StructureFactory(website="http://www.musee.fr/")
    StructureFactory(website="https://musee.fr/autre")
    StructureFactory(website="https://grandmusee.fr")
    found = find_duplicates(new(name="Zzz", website="https://musee.fr"), by=member)
    assert [(one.thing, one.reasons) for one in found] == [(there, ("website",))]


def test_the_likeliest_comes_first_and_five_are_enough(member):
    for number in range(6):
        StructureFactory(name="Le Moulin", slug=f"le-moulin-{number}")
    sure = StructureFactory(name="Le Moulin", slug="le-moulin-7", siret=SIRET)
    found = find_duplicates(new(name="Le Moulin", siret=SIRET), by=member)
    assert len(found) == 5
    assert found[0].thing == sure


def test_what_a_person_may_not_see_is_not_given_away(member):
    hidden = StructureFactory(name="Le Moulin", slug="le-moulin", state=State.PROPOSED)
    assert find_duplicates(new(name="Le Moulin"), by=member) == []
    agency = UserFactory(agency=True)
    assert [one.thing for one in find_duplicates(new(name="Le Moulin"), by=agency)] == [
        hidden
    ]


def test_a_thing_does_not_repeat_itself_nor_one_of_another_kind(member):
    there = StructureFactory(name="Le Moulin", slug="le-moulin")
    assert find_duplicates(there, by=member) == []
    place = Place(name="Le Moulin", kind="mill", commune=there.commune)
    assert find_duplicates(place, by=member) == []
    PlaceFactory(name="Le Moulin", slug="le-moulin")
    assert len(find_duplicates(place, by=member)) == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_looking_for_duplicates_costs_one_query(
    member, rows, django_assert_num_queries
):
    for number in range(rows):
        StructureFactory(name="Le Moulin", slug=f"le-moulin-{number}")
    thing = new(name="Le Moulin")
    with django_assert_num_queries(1):
        assert len(find_duplicates(thing, by=member)) == rows


@pytest.mark.parametrize(
    ("lon", "lat", "near"),
    [
        (3.06, 50.63, True),
        (3.14, 50.64, True),
        (3.2, 50.64, False),
        (50.63, 3.06, False),
    ],
)
def test_a_point_may_lie_in_its_commune_or_not(lon, lat, near):
    lille = CommuneFactory(lille=True)
    assert is_near_commune(lille, lon=lon, lat=lat) is near


def test_structures_are_suggested_by_the_words_of_their_name(member):
    forum = StructureFactory(
        name="Forum départemental des Sciences", slug="forum-departemental-des-sciences"
    )
    StructureFactory(name="Forum caché", slug="forum-cache", state=State.DRAFT)
    assert structures_named("FORUM dép", by=member) == [forum]
    assert structures_named("f", by=member) == []
    assert structures_named("forum astronomie", by=member) == []
