import datetime as dt
import math
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.http import QueryDict

from maillage.core import listing
from maillage.core.entries import next_version, refresh_entries
from maillage.core.listing import Query, find, read_query
from maillage.core.models import Entry
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.entries import EntryFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def names(query, size=24):
    return [entry.name for entry in find(query).page(1, size)]


def counts(name, query):
    (facet,) = find(query, facets=[name]).facets
    return {value.value: value.count for value in facet.values}


def rewrite(entry, **values):
    Entry.objects.filter(pk=entry.pk).update(version=next_version(), **values)


def test_things_are_in_the_order_of_the_alphabet_accents_aside():
    for name in ("Écomusée", "Zoo", "École", "« Abbaye »", "Éclipse"):
        EntryFactory(name=name)

    assert names(Query()) == ["« Abbaye »", "Éclipse", "École", "Écomusée", "Zoo"]


def test_pages_follow_each_other_without_gap_or_repeat():
    for number in range(7):
        EntryFactory(name=f"Lieu {number}")
    found = find(Query())

    pages = [[e.name for e in found.page(n, 3)] for n in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [name for page in pages for name in page] == [f"Lieu {n}" for n in range(7)]
    assert found.total == 7
    assert found.page_count(3) == 3
    assert [e.name for e in found.page(0, 3)] == pages[0]


def test_values_of_a_facet_are_alternatives_and_facets_add_up():
    EntryFactory(name="A", facets={"themes": ["physics"], "audiences": ["families"]})
    EntryFactory(name="B", facets={"themes": ["astronomy", "physics"]})
    EntryFactory(name="C", facets={"themes": ["astronomy"], "audiences": ["families"]})
    EntryFactory(name="D", facets={"audiences": ["families"]})

    either = Query(filters={"themes": ("physics", "astronomy")})
    both = Query(filters={"themes": ("astronomy",), "audiences": ("families",)})

    assert names(either) == ["A", "B", "C"]
    assert names(both) == ["C"]
    assert names(Query(filters={"themes": ("no such theme",)})) == []


def test_a_facet_is_counted_as_if_nothing_were_chosen_in_it():
    EntryFactory(facets={"themes": ["physics"], "audiences": ["families"]})
    EntryFactory(facets={"themes": ["astronomy"], "audiences": ["families"]})
    EntryFactory(facets={"themes": ["astronomy"], "audiences": ["researchers"]})
    chosen = Query(filters={"themes": ("physics",)})

    assert counts("themes", chosen) == {"physics": 1, "astronomy": 2}
    assert counts("audiences", chosen) == {"families": 1}


def test_a_chosen_value_that_finds_nothing_stays_to_be_taken_back():
    EntryFactory(facets={"themes": ["physics"]})

    (facet,) = find(Query(filters={"themes": ("astronomy",)}), facets=["themes"]).facets

    assert {(v.value, v.count, v.is_selected) for v in facet.values} == {
        ("astronomy", 0, True),
        ("physics", 1, False),
    }
    assert [v.value for v in facet.selected] == ["astronomy"]


def test_more_values_than_a_word_has_bits_are_told_apart():
    for number in range(150):
        EntryFactory(facets={"networks": [f"n{number}", f"n{(number + 75) % 150}"]})

    assert counts("networks", Query()) == {f"n{n}": 2 for n in range(150)}
    assert find(Query(filters={"networks": ("n3", "n140")})).total == 4


def test_values_are_labelled_and_ordered_by_their_vocabulary_and_language(in_english):
    EntryFactory(facets={"category": ["planetarium"]})
    EntryFactory(facets={"category": ["science_centre"]})

    (facet,) = find(Query(kinds=("place",)), facets=["category"]).facets

    assert [v.label for v in facet.values] == [
        "science centre",
        "planetarium, observatory",
    ]


def test_territories_are_called_by_their_names():
    PlaceFactory(listed=True)
    PlaceFactory(commune=CommuneFactory(amiens=True), listed=True)

    found = find(Query(kinds=("place",)), facets=["department", "commune", "epci"])

    assert [[v.label for v in f.values] for f in found.facets] == [
        ["Nord", "Somme"],
        ["Amiens", "Lille"],
        ["Métropole européenne de Lille"],
    ]


def test_a_territory_that_comes_later_is_called_by_its_name_too():
    PlaceFactory(listed=True)
    find(Query())
    PlaceFactory(commune=CommuneFactory(amiens=True), listed=True)

    (facet,) = find(Query(), facets=["commune"]).facets

    assert [v.label for v in facet.values] == ["Amiens", "Lille"]


def test_the_owner_of_resources_is_called_by_name():
    EntryFactory(resource=True, owner_name="Le Forum", facets={"owner": ["le-forum"]})

    (facet,) = find(Query(kinds=("resource",)), facets=["owner"]).facets

    assert [(v.value, v.label) for v in facet.values] == [("le-forum", "Le Forum")]


def test_kinds_are_kept_apart_and_counted():
    EntryFactory(name="Musée")
    EntryFactory(name="Malle", resource=True)

    assert names(Query(kinds=("resource",))) == ["Malle"]
    assert counts("kind", Query()) == {"place": 1, "resource": 1}


def test_near_things_come_first_with_their_distance():
    EntryFactory(name="Lille", lon=3.0586, lat=50.6366)
    EntryFactory(name="Amiens", lon=2.3023, lat=49.8941)
    EntryFactory(name="Nulle part", lon=None, lat=None)

    found = find(Query(near=(2.30, 49.89))).page(1)

    assert [entry.name for entry in found] == ["Amiens", "Lille", "Nulle part"]
    assert math.isclose(found[1].distance_km, 99, abs_tol=1)
    assert found[2].distance_km is None
    assert names(Query(near=(2.30, 49.89), within_km=20)) == ["Amiens"]


def test_the_view_of_a_map_keeps_what_lies_in_it():
    EntryFactory(name="Lille", lon=3.0586, lat=50.6366)
    EntryFactory(name="Amiens", lon=2.3023, lat=49.8941)
    EntryFactory(name="Fidji", lon=179.9, lat=-17.0)

    assert names(Query(bounds=(2.0, 49.0, 2.9, 50.0))) == ["Amiens"]
    assert names(Query(bounds=(179.0, -20.0, -179.0, 0.0))) == ["Fidji"]


def test_numbers_bound_and_sort_with_the_unknown_last():
    for name, year in (("Neuve", 2020), ("Vieille", 1999), ("Sans âge", None)):
        EntryFactory(name=name, resource=True, facts={"year": year})

    assert names(Query(sort="year")) == ["Vieille", "Neuve", "Sans âge"]
    assert names(Query(sort="-year")) == ["Neuve", "Vieille", "Sans âge"]
    assert names(Query(ranges={"year": (2000, None)})) == ["Neuve"]
    assert names(Query(ranges={"year": (None, 2000)})) == ["Vieille"]
    assert names(Query(ranges={"weight": (1, None)})) == []


def test_the_last_changed_come_first():
    day = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    EntryFactory(name="Ancien", changed_at=day)
    EntryFactory(name="Récent", changed_at=day + dt.timedelta(days=1))

    assert names(Query(sort="recent")) == ["Récent", "Ancien"]


def test_changes_are_seen_at_once_without_reading_all_again():
    kept, moved, gone = EntryFactory.create_batch(3, facets={"themes": ["physics"]})
    assert find(Query()).total == 3

    rewrite(moved, name="Zzz", facets={"themes": ["astronomy"]}, facts={"year": 1})
    rewrite(gone, is_public=False)
    EntryFactory(name="Aaa", facets={"networks": ["amcsti"]})

    assert names(Query()) == ["Aaa", kept.name, "Zzz"]
    assert counts("themes", Query()) == {"physics": 1, "astronomy": 1}
    assert names(Query(filters={"networks": ("amcsti",)})) == ["Aaa"]
    rewrite(gone, is_public=True)
    assert find(Query()).total == 3 + 1


def test_a_thing_that_is_archived_leaves_the_lists():
    place = PlaceFactory(listed=True)
    assert find(Query(kinds=("place",))).pks() == [place.pk]

    place.state = "archived"
    place.save()
    refresh_entries([place])

    assert find(Query(kinds=("place",))).pks() == []


def test_a_database_that_went_back_in_time_is_read_anew():
    EntryFactory(name="Avant")
    late = EntryFactory(name="Après")
    assert find(Query()).total == 2

    late.delete()
    listing.KEEPER.held = replace(listing.KEEPER.held, version=10**6)

    assert names(Query()) == ["Avant"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_costs_two_queries_for_one_row_or_three(rows, django_assert_num_queries):
    EntryFactory.create_batch(rows)
    find(Query())

    with django_assert_num_queries(2):  # stamp, page
        found = find(Query(), facets=["kind", "category", "themes", "department"])
        for entry in found.page(1):
            assert entry.category_label
            assert not entry.badges


@pytest.mark.parametrize("rows", [1, 3])
def test_a_change_costs_the_same_for_one_row_or_three(rows, django_assert_num_queries):
    EntryFactory()
    find(Query())
    EntryFactory.create_batch(rows)

    with django_assert_num_queries(3):  # stamp, stamp once it is our turn, rows
        find(Query())


def test_points_are_those_of_what_was_found():
    EntryFactory(facets={"category": ["museum"], "family": ["musee"]})
    EntryFactory(lon=None, lat=None)
    EntryFactory(resource=True, lon=2.0, lat=50.0)

    points = find(Query()).points()

    assert len(points) == 2
    assert [points.kinds[code] for code in points.kind] == ["place", "resource"]
    assert [points.families[c] if c >= 0 else "" for c in points.family] == [
        "musee",
        "",
    ]
    assert points.pk.tolist() == list(
        Entry.objects.exclude(lon=None).order_by("pk").values_list("pk", flat=True)
    )


def test_an_empty_site_lists_nothing():
    found = find(
        Query(text="musée", near=(3, 50)), facets=["themes", "kind", "commune"]
    )

    assert (found.total, found.page(1), found.pks(), len(found.points())) == (
        0,
        [],
        [],
        0,
    )
    assert [facet.values for facet in found.facets] == [[], [], []]


def test_an_address_is_read_with_one_value_a_parameter():
    asked = QueryDict(
        "q=+grande++ourse&theme=physics&theme=astronomy&audience=families"
        "&sort=recent&near=3.05,50.6&km=20&bbox=1,49,4,51&year_min=2000"
    )

    assert read_query(asked, kinds=("resource",)) == Query(
        kinds=("resource",),
        text="grande ourse",
        filters={"themes": ("physics", "astronomy"), "audiences": ("families",)},
        near=(3.05, 50.6),
        within_km=20,
        bounds=(1, 49, 4, 51),
        sort="recent",
        ranges={"year": (2000, None)},
    )


@pytest.mark.parametrize(
    "address",
    [
        "sort=<script>&near=abc&km=-&bbox=1,2,3&theme=<b>&theme=&kind=nothing",
        "near=3,99&bbox=nan,nan,nan,nan&km=1e999&year_min=x",
        "near=3,50,2&q=%00%00&commune=%00&unknown=1",
        "near=" + "1" * 200 + ",2",
    ],
)
def test_what_makes_no_sense_in_an_address_is_left_out(address):
    assert read_query(QueryDict(address), kinds=("place",)) == Query(kinds=("place",))


def test_around_a_commune_is_around_its_town_hall():
    CommuneFactory(amiens=True)
    EntryFactory()

    around = read_query(QueryDict("commune=80021&km=10"), kinds=("place",))
    inside = read_query(QueryDict("commune=80021"), kinds=("place",))

    assert (around.near, around.within_km) == ((2.3023, 49.8941), 10)
    assert inside.filters == {"commune": ("80021",)}


def test_a_structure_and_a_place_have_their_own_page():
    structure = StructureFactory(listed=True)
    PlaceFactory(structure=structure, listed=True)

    assert {entry.url for entry in find(Query()).page(1)} == {
        structure.get_absolute_url(),
        structure.places.get().get_absolute_url(),
    }


def test_a_page_does_not_wait_for_another_ones_reading():
    EntryFactory()
    assert find(Query()).total == 1
    EntryFactory()

    with listing.KEEPER.lock:  # another thread is reading what is new
        assert find(Query()).total == 1

    assert find(Query()).total == 2


def test_many_changes_are_joined_and_nothing_of_the_old_words_stays(monkeypatch):
    monkeypatch.setattr("maillage.core.listing_columns.FRESH", 3)
    entries = [EntryFactory(name=f"Musée du lin {n}") for n in range(6)]
    assert find(Query(text="lin")).total == 6

    for number, entry in enumerate(entries, start=1):
        rewrite(entry, name="Musée du verre", name_terms="muse verr")
        assert find(Query(text="verre")).total == number
        assert find(Query(text="lin verre")).total == 6  # some words are enough
        assert find(Query(kinds=("place",), text="musée")).total == 6

    assert find(Query(text="lin")).total == 0


def test_the_index_can_be_written_anew():
    place = PlaceFactory(name="Musée du lin")  # its entry was forgotten
    gone = EntryFactory(name="Musée du rien")
    assert names(Query()) == ["Musée du rien"]

    call_command("rebuild_index")

    assert names(Query(kinds=("place",))) == [place.name]
    assert not Entry.objects.get(pk=gone.pk).is_public
