"""Trails in files: what is exported comes in again and changes nothing."""

import csv
import datetime as dt
import io
import json

import pytest

from maillage.agenda import trail_steps
from maillage.agenda.exports import TRAIL_EXPORT
from maillage.agenda.imports import TRAILS
from maillage.agenda.models import Trail
from maillage.core.intake.applying import apply_plan
from maillage.core.intake.files import read_file
from maillage.core.intake.planning import make_plan
from maillage.core.intake.schemas import OWN
from maillage.core.models import Entry
from maillage.core.tables.columns import BadCell
from maillage.core.tables.writing import csv_lines
from tests.factories.accounts import UserFactory
from tests.factories.agenda import TrailFactory
from tests.factories.directory import PlaceFactory, StructureFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
HEAD = "key,name,kind,owner,steps\n"


@pytest.fixture
def places():
    StructureFactory(slug="forum", name="Forum")
    return [
        PlaceFactory(slug=slug, name=name, listed=True)
        for slug, name in (("palais", "Le palais"), ("pont", "Le pont"))
    ]


def plan(text, source="essai"):
    table = read_file(text.encode(), name="parcours.csv")
    return make_plan(table, schema=TRAILS, source=source)


def apply(text, source="essai"):
    return apply_plan(plan(text, source), by=UserFactory(agency=True), now=NOW)


def line(steps, key="P1"):
    cell = steps.replace('"', '""')
    return f'{HEAD}{key},De pont en palais,heritage,forum,"{cell}"\n'


def exported():
    return "".join(csv_lines(TRAIL_EXPORT.things(), TRAIL_EXPORT.columns))


def codes():
    return {stop.title: stop.code for stop in Trail.objects.get().stops.all()}


def test_the_keys_of_places_make_a_trail(places):
    apply(line("pont | palais"))

    trail = Trail.objects.get()
    assert [(s.title, s.place.slug) for s in trail.stops.all()] == [
        ("Le pont", "pont"), ("Le palais", "palais"),
    ]  # fmt: skip
    entry = Entry.objects.get(kind="trail")
    assert entry.name == "De pont en palais"
    assert trail.history.get().steps == trail.steps


def test_the_same_file_again_changes_nothing_and_keeps_the_posters(places):
    apply(line("pont | palais"))
    before = codes()

    counts = apply(line("pont | palais"))

    assert (counts["leave"], counts["change"], codes()) == (1, 0, before)


def test_a_stop_that_moves_keeps_its_poster(places):
    apply(line("pont | palais"))
    before = codes()

    apply(line("palais | pont"))

    assert codes() == before
    assert [stop.title for stop in Trail.objects.get().stops.all()] == [
        "Le palais", "Le pont",
    ]  # fmt: skip


def test_what_is_exported_comes_in_again_and_changes_nothing(places):
    step = {
        "key": "a1", "kind": "place", "slug": "palais", "title": "Le palais | haut",
        "text": "Deux lignes ;\n« ici »", "question": "Combien ?", "minutes": 20,
        "lon": 3.06, "lat": 50.63,
    }  # fmt: skip
    own = {**trail_steps.BLANK, "key": "b2", "title": "Un point à soi"}
    trail = TrailFactory(slug="savants", steps=[step, own], listed=True)
    before = codes()
    text = exported()
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert json.loads(row["steps"])[1] == {"key": "b2", "title": "Un point à soi"}

    (item,) = plan(text, OWN).items
    assert (item.action, item.differences) == ("leave", [])

    Trail.objects.filter(pk=trail.pk).update(steps=[])
    Trail.objects.get().write_stops()
    apply(text, OWN)
    assert Trail.objects.get().steps == [step, own]
    assert codes().keys() == before.keys()


def test_an_older_address_of_a_place_is_understood_and_kept(places):
    apply(line("Le pont"))  # by its name

    (stop,) = Trail.objects.get().stops.all()
    assert stop.place.slug == "pont"
    assert Trail.objects.get().steps[0]["slug"] == "pont"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("nulle-part", "Aucune fiche ne correspond"),
        ("[{", "comme un export les écrit"),
        ("[" * 50_000, "comme un export les écrit"),
        ('[{"title": "A", "lon": NaN, "lat": 1}]', "comme un export les écrit"),
        ('["palais"]', "comme un export les écrit"),
        ('[{"place": "palais", "event": "x"}]', "une seule fiche"),
        ('[{"titre": "A"}]', "Une étape n’a pas de"),
        ('[{"key": [], "title": "A"}]', "mot court"),
        ('[{"place": ["palais"]}]', "Aucune fiche ne correspond"),
        ('[{"title": "A", "minutes": -5}]', "forme attendue"),
        ('[{"title": "A", "lon": 3.0}]', "forme attendue"),
        ('[{"text": "sans titre"}]', "forme attendue"),
        ('[{"key": "a", "title": "A"}, {"key": "a", "title": "B"}]', "forme attendue"),
        (" | ".join(["palais"] * 41), "au plus 40 étapes"),
    ],
)
def test_steps_that_make_no_sense_are_told_with_their_line(places, steps, told):
    found = plan(line(steps))

    assert [item.action for item in found.items] == ["refuse"]
    (problem,) = found.problems
    assert (problem.line, told in str(problem.message)) == (2, True), problem.message


def test_the_same_place_twice_makes_two_stops(places):
    apply(line("palais | pont | palais"))

    assert Trail.objects.get().stops.count() == 3


def test_a_cell_that_is_no_list_is_a_bad_cell():
    with pytest.raises(BadCell):
        trail_steps.read("[1]")
