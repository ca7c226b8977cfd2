"""What an import would do, and what it does: once, wholly, or not at all."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maillage.catalogue.imports import RESOURCES
from maillage.catalogue.models import Resource
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.intake import applying
from maillage.core.intake.applying import apply_plan
from maillage.core.intake.files import read_file
from maillage.core.intake.headers import Layout
from maillage.core.intake.planning import make_plan
from maillage.core.intake.schemas import OWN
from maillage.core.merging import merge
from maillage.core.models import Alias, Entry
from maillage.directory.imports import PLACES, STRUCTURES
from maillage.directory.models import Place, Structure
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)
HEADER = "key,name,kind,commune,postcode,lon,lat,website,themes"
GOOD = "P1,Musée d’exemple,museum,59350,59000,3.06,50.63,exemple.org,physics"


@pytest.fixture(autouse=True)
def _communes():
    CommuneFactory(lille=True)
    CommuneFactory(amiens=True)


def plan(*rows, schema=PLACES, header=HEADER, source="essai", layout=None):
    table = read_file("\n".join([header, *rows]).encode())
    return make_plan(table, schema=schema, source=source, layout=layout)


def run(*rows, by=None, only_good=False, **options):
    made = plan(*rows, **options)
    apply_plan(made, by=by, now=NOW, only_good=only_good)
    return made


def messages(made):
    return [(p.line, p.header, p.message) for p in made.errors]


def test_a_new_row_becomes_a_published_thing_with_its_history_and_entry():
    by = UserFactory(agency=True)

    made = run(GOOD, by=by)

    place = Place.objects.get(source="essai", source_key="P1")
    assert made.counts == {"create": 1, "change": 0, "leave": 0, "refuse": 0}
    assert (place.state, place.slug, place.created_by) == (
        State.PUBLISHED,
        "musee-dexemple",
        by,
    )
    assert (place.commune_id, place.website) == ("59350", "https://exemple.org")
    version = place.history.get()
    assert (version.history_type, version.history_user, version.history_date) == (
        "+",
        by,
        NOW,
    )
    assert version.name == place.name
    assert Entry.objects.get(kind="place", object_id=place.pk).is_public


def test_the_same_file_again_changes_nothing_at_all():
    run(GOOD)
    before = (
        Place.objects.values().get(),
        Place.history.count(),
        Entry.objects.values().get(),
    )

    made = run(GOOD)

    assert made.counts == {"create": 0, "change": 0, "leave": 1, "refuse": 0}
    assert before == (
        Place.objects.values().get(),
        Place.history.count(),
        Entry.objects.values().get(),
    )


def test_a_record_that_was_merged_is_left_alone_by_the_file_it_came_from():
    other = GOOD.replace("P1", "P2").replace("d’exemple", "des exemples")
    run(GOOD, other)
    kept, dropped = Place.objects.order_by("source_key")
    merge(kept, dropped=dropped, take=[], by=UserFactory(agency=True), now=NOW)

    made = run(GOOD, other)

    assert made.counts == {"create": 0, "change": 0, "leave": 2, "refuse": 0}
    assert ["réunie avec une autre" in p.message for p in made.remarks] == [True]
    assert Place.objects.get() == kept


def test_a_change_is_told_field_by_field_and_keeps_what_was_before():
    run(GOOD)

    made = run(GOOD.replace("physics", "astronomy|physics").replace(".org", ".net"))

    place = Place.objects.get()
    told = [(d.column, d.before, d.after) for d in made.items[0].differences]
    assert told == [
        ("themes", "physics", "astronomy|physics"),
        ("website", "https://exemple.org", "https://exemple.net"),
    ] or sorted(told) == sorted(
        [
            ("website", "https://exemple.org", "https://exemple.net"),
            ("themes", "physics", "astronomy|physics"),
        ]
    )
    assert (place.version, place.history.count()) == (2, 2)
    assert place.history.first().history_type == "~"
    assert place.history.last().website == "https://exemple.org"


def test_a_column_that_the_file_lacks_is_left_alone():
    run(GOOD)

    run("P1,Musée d’exemple,museum", header="key,name,kind")

    assert Place.objects.get().website == "https://exemple.org"


def test_an_empty_cell_empties_the_field():
    run(GOOD)

    run(GOOD.replace("exemple.org", ""))

    assert Place.objects.get().website == ""


def test_a_new_name_gives_a_new_address_and_the_old_one_still_leads():
    run(GOOD)

    run(GOOD.replace("Musée d’exemple", "Maison des nuages"))

    place = Place.objects.get()
    assert place.slug == "maison-des-nuages"
    assert Alias.objects.get(kind="place", slug="musee-dexemple").object_id == place.pk


def test_namesakes_get_different_addresses():
    PlaceFactory(name="Musée d’exemple", slug="musee-dexemple")

    run(GOOD, GOOD.replace("P1", "P2"))

    slugs = set(Place.objects.values_list("slug", flat=True))
    assert slugs == {"musee-dexemple", "musee-dexemple-2", "musee-dexemple-3"}


def test_one_bad_row_keeps_the_whole_file_out_unless_asked():
    rows = [GOOD, GOOD.replace("P1", "P2").replace("museum", "zzz")]

    with pytest.raises(Refused) as no:
        run(*rows)
    assert (no.value.code, Place.objects.count()) == ("errors", 0)

    run(*rows, only_good=True)
    assert Place.objects.get().source_key == "P1"


@pytest.mark.parametrize(
    ("given", "column", "told"),
    [
        (GOOD.replace("59350", "99999").replace("59000", ""), "commune", "99999"),
        (GOOD.replace("59350", "").replace("59000", ""), "commune", "commune"),
        (GOOD.replace("59000", "5900A"), "postcode", "cinq chiffres"),
        (GOOD.replace("3.06,", ","), "lon", "longitude"),
        (GOOD.replace("3.06,50.63", "50.63,3.06"), "lat", "échangées"),
        (GOOD.replace("50.63", "49.0"), "lat", "km de Lille"),
        (GOOD.replace("50.63", "91"), "lat", "au plus 90"),
        (GOOD.replace("museum", ""), "kind", "remplie"),
        (GOOD.replace("Musée d’exemple", " "), "name", "remplie"),
        (GOOD.replace("Musée d’exemple", "x" * 201), "name", "201 caractères"),
        (GOOD.replace("P1", "k" * 81), "key", "80"),
    ],
)
def test_a_bad_row_says_where_and_what_to_do(given, column, told):
    made = plan(given)

    assert made.counts["refuse"] == 1
    line, header, message = messages(made)[0]
    assert (line, header) == (2, column)
    assert told in message


def test_a_key_twice_in_a_file_is_refused_at_its_second_line():
    made = plan(GOOD, GOOD)

    assert made.counts == {"create": 1, "change": 0, "leave": 0, "refuse": 1}
    assert messages(made)[0][0] == 3
    assert "ligne 2" in messages(made)[0][2]


def test_a_commune_may_be_named_with_its_postal_code():
    made = run(GOOD.replace("59350", "LILLE CEDEX"))

    assert made.errors == []
    assert Place.objects.get().commune_id == "59350"


def test_codes_that_a_spreadsheet_shortened_are_completed():
    CommuneFactory(
        insee="02408",
        name="Laon",
        slug="laon",
        postal_codes="02000",
        lon=3.6,
        lat=49.56,
    )

    run("P1,Musée,museum,2408,2000,3.6,49.56,,")

    place = Place.objects.get()
    assert (place.commune_id, place.postcode) == ("02408", "02000")


def test_a_position_a_little_outside_is_remarked_and_taken():
    made = run(GOOD.replace("50.63", "50.72"))

    assert made.errors == []
    assert "vérifiez-la" in made.remarks[0].message


def test_a_lenient_column_is_emptied_with_a_remark():
    columns = {code: (code,) for code in HEADER.split(",")}
    layout = Layout("x", "x", "places", columns=columns, lenient=frozenset({"website"}))

    made = run(GOOD.replace("exemple.org", "pas de site"), layout=layout)

    assert Place.objects.get().website == ""
    assert "Laissé vide" in made.remarks[0].message


def test_a_structure_is_found_by_key_address_or_name():
    mine = StructureFactory(
        source="essai", source_key="S1", name="Les Curieux", slug="curieux"
    )
    header = "key,name,kind,commune,structure"

    for number, word in enumerate(["S1", "curieux", "les  CURIEUX"]):
        run(f"P{number},Lieu {number},museum,59350,{word}", header=header)

    assert set(Place.objects.values_list("structure", flat=True)) == {mine.pk}
    made = plan("P9,Lieu,museum,59350,personne", header=header)
    assert "personne" in messages(made)[0][2]


@pytest.mark.parametrize(
    ("siret", "is_good"),
    [
        ("73282932000074", True),
        ("732 829 320 00074", True),
        ("73282932000075", False),
        ("123", False),
    ],
)
def test_a_siret_is_checked(siret, is_good):
    made = plan(
        f"S1,Nom,association,{siret}", schema=STRUCTURES, header="key,name,kind,siret"
    )

    assert (made.errors == []) is is_good


RESOURCE = "key,name,kind,owner,producers,parent,fees,min_age,max_age"


def test_modules_may_stand_before_what_they_are_part_of():
    owner = StructureFactory(slug="o", source="essai", source_key="S1")
    other = StructureFactory(slug="p", source="essai", source_key="S2")

    made = run(
        "M1,Module,exhibition,S1,S2|S1,R1,tous/7=80,8,12",
        "R1,Ensemble,exhibition,S1,,,,,",
        schema=RESOURCES,
        header=RESOURCE,
    )

    module = Resource.objects.get(source_key="M1")
    assert made.counts["create"] == 2
    assert module.parent.source_key == "R1"
    assert set(module.producers.all()) == {owner, other}
    assert module.fees == [{"borrower": "tous", "days": 7, "cents": 8000}]
    past = module.history.get()
    assert {link.structure_id for link in past.producers.all()} == {owner.pk, other.pk}
    entry = Entry.objects.get(kind="resource", object_id=module.pk)
    assert entry.owner_name == owner.name


def test_resources_again_change_nothing_and_a_producer_less_is_a_change():
    StructureFactory(source="essai", source_key="S1")
    StructureFactory(source="essai", source_key="S2")
    row = "M1,Module,exhibition,S1,S2|S1,,,8,12"
    run(row, schema=RESOURCES, header=RESOURCE)

    assert plan(row, schema=RESOURCES, header=RESOURCE).counts["leave"] == 1
    made = run(row.replace("S2|S1", "S2"), schema=RESOURCES, header=RESOURCE)

    assert made.counts["change"] == 1
    assert Resource.objects.get().producers.count() == 1
    assert Resource.history.first().producers.count() == 1
    assert Resource.history.last().producers.count() == 2


def test_modules_of_one_another_are_refused_and_nothing_is_written():
    StructureFactory(source="essai", source_key="S1")

    with pytest.raises(Refused) as no:
        run(
            "A,Un,exhibition,S1,,B,,,",
            "B,Deux,exhibition,S1,,A,,,",
            schema=RESOURCES,
            header=RESOURCE,
        )

    assert (no.value.code, Resource.objects.count()) == ("circle", 0)


@pytest.mark.parametrize(
    "row",
    ["A,Un,exhibition,S1,,A,,,", "A,Un,exhibition,S1,,,,12,8", "A,Un,exhibition,,,,,,"],
)
def test_a_resource_that_makes_no_sense_is_refused(row):
    StructureFactory(source="essai", source_key="S1")

    assert plan(row, schema=RESOURCES, header=RESOURCE).counts["refuse"] == 1


def test_a_file_of_ours_finds_things_by_their_address_even_an_old_one():
    mine = PlaceFactory(slug="nouvelle-adresse", name="Lieu", kind="museum", website="")
    Alias.objects.create(kind="place", slug="ancienne", object_id=mine.pk)

    run(
        "nouvelle-adresse,Lieu,museum,a.org", header="key,name,kind,website", source=OWN
    )
    run("ancienne,Lieu,museum,b.org", header="key,name,kind,website", source=OWN)

    mine.refresh_from_db()
    assert (Place.objects.count(), mine.website, mine.source) == (
        1,
        "https://b.org",
        "",
    )


def test_a_plan_that_is_too_old_is_refused():
    run(GOOD)
    made = plan(GOOD.replace("exemple.org", "autre.org"))
    run(GOOD.replace("exemple.org", "encore.org"))

    with pytest.raises(Refused) as no:
        apply_plan(made, by=None, now=NOW)

    assert no.value.code == "stale"
    assert Place.objects.get().website == "https://encore.org"


def test_a_row_created_meanwhile_makes_the_plan_too_old():
    made = plan(GOOD)
    run(GOOD)

    with pytest.raises(Refused) as no:
        apply_plan(made, by=None, now=NOW)

    assert no.value.code == "stale"


def test_an_accident_half_way_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 2)
    rows = [GOOD.replace("P1", f"P{n}") for n in range(5)]
    made = plan(*rows)

    def stop(what, done, total):
        if what == "publish":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_plan(made, by=None, now=NOW, progress=stop)

    assert (Place.objects.count(), Place.history.count(), Entry.objects.count()) == (
        0,
        0,
        0,
    )


def test_the_digest_changes_with_what_would_be_written():
    run(GOOD)

    same = plan(GOOD.replace("exemple.org", "a.org")).digest
    assert plan(GOOD.replace("exemple.org", "a.org")).digest == same
    assert plan(GOOD.replace("exemple.org", "b.org")).digest != same


@pytest.mark.parametrize(
    "schema", [PLACES, STRUCTURES, RESOURCES], ids=lambda s: s.code
)
def test_a_plan_costs_the_same_queries_for_one_row_or_three(schema):
    StructureFactory(source="essai", source_key="S1")
    header = "key,name,kind,owner" if schema is RESOURCES else "key,name,kind,commune"
    rows = {
        "places": "museum,59350",
        "structures": "association,",
        "resources": "exhibition,S1",
    }

    def cost(count):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            plan(
                *[f"K{n},Nom {n},{rows[schema.code]}" for n in range(count)],
                schema=schema,
                header=header,
            )
        return len(seen)

    assert cost(1) == cost(3)


def test_applying_costs_the_same_queries_for_two_rows_or_six():
    def cost(start, count):
        made = plan(*[GOOD.replace("P1", f"Q{start + n}") for n in range(count)])
        with CaptureQueriesContext(connection) as seen:
            apply_plan(made, by=None, now=NOW)
        return len(seen)

    cost(0, 1)
    assert cost(10, 2) == cost(20, 6)


def test_a_resource_owned_elsewhere_is_found_by_name():
    StructureFactory(name="Muséum d’exemple")
    ResourceFactory()

    made = plan(
        "A,Un,exhibition,muséum d’exemple",
        schema=RESOURCES,
        header="key,name,kind,owner",
    )

    assert made.errors == []
    assert Structure.objects.count() == 2
