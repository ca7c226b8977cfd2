"""Open data: what is offered, to whom it is told again, and what stays private."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from maillage.calls.services.granting import sign_agreement
from maillage.core import listing
from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.intake.files import read_file, read_path
from maillage.core.intake.planning import make_plan
from maillage.core.intake.schemas import OWN
from maillage.interchange.datasets import DATASETS
from maillage.interchange.layouts import SCHEMAS
from tests.factories.accounts import UserFactory
from tests.factories.agenda import (
    EventFactory,
    OccurrenceFactory,
    StopFactory,
    TrailFactory,
)
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.passport import BenefitFactory
from tests.factories.reviews import granted
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path
    listing.forget()


@pytest.fixture
def things():
    """One thing of each kind, as full as forms let it be."""
    home = StructureFactory(
        name="Association « Les Nuages »", summary="-5 °C", phone="+33 3 20 00 00 00",
        networks=["amcsti"], description="Un\ndeux", siret="73282932000074", listed=True,
    )  # fmt: skip
    place = PlaceFactory(
        structure=home, lon=3.06, lat=50.63, website="https://exemple.org", is_free=True,
        can_host=False, host_surface_m2=80, access={"entree_plain_pied": True}, listed=True,
    )  # fmt: skip
    whole = ResourceFactory(owner=home, sheet=True, lent=True, listed=True)
    part = ResourceFactory(owner=home, parent=whole, year=2024, listed=True)
    part.producers.add(home, StructureFactory())
    refresh_entries([part])
    StopFactory(trail=TrailFactory(owner=home, minutes=90, listed=True), place=place)
    event = EventFactory(
        owner=home, place=place, resource=whole, is_free=False, price_cents=450,
        min_age=6, capacity=12, booking="here", levels=["cycle_3"],
        at=["2099-03-06T14:00", "2099-03-07T10:00"],
    )  # fmt: skip
    event.co_organisers.add(home)
    BenefitFactory(place=place)
    today, by = timezone.localdate(), UserFactory(role="agency")
    sign_agreement(
        granted(structure=home, by=by), agreed_on=today, starts_on=today, last_on=today,
        act="DEL-7", conditions="", is_told_to_europe=False, by=by, now=timezone.now(),
    )  # fmt: skip
    OccurrenceFactory(
        event=event, at="2099-04-01T00:00", minutes=3 * 24 * 60, is_all_day=True
    )
    return home, place, whole, part


def body(answer):
    # Read to the end, the client closes it; it would close the test's connection if we did.
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def rows_of(answer):
    text = body(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_catalogue_lists_every_dataset_with_its_rows(client, things):
    page = client.get(reverse("interchange:dataset_list"))

    shown = {card["code"]: card["rows"] for card in page.context["datasets"]}
    assert shown["places"] == 1
    assert shown["structures"] == 2
    assert shown["resources"] == 2
    assert set(shown) == {*DATASETS, "indicators", "observations"}


@pytest.mark.parametrize("code", sorted(DATASETS))
def test_a_dataset_explains_each_of_its_columns(client, code):
    page = client.get(
        reverse("interchange:dataset_detail", args=[code])
    ).content.decode()

    for column in DATASETS[code].columns:
        assert f"<code>{column.code}</code>" in page


@pytest.mark.parametrize("code", sorted(DATASETS))
@pytest.mark.parametrize("form", ["csv", "xlsx", "ods", "geojson"])
def test_every_file_that_is_offered_can_be_had(client, things, code, form):
    dataset = DATASETS[code]
    answer = client.get(f"/donnees/{code}.{form}")
    if form not in dataset.formats:
        assert answer.status_code == 404
        return

    data = body(answer)
    if form == "geojson":
        assert len(json.loads(data)["features"]) == dataset.count()
    else:
        assert len(read_file(data).rows) == dataset.count()
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("code", sorted(DATASETS))
def test_the_dictionary_is_a_file_too(client, code):
    table = rows_of(client.get(f"/donnees/{code}/dictionnaire.csv"))
    schema = json.loads(body(client.get(f"/donnees/{code}/dictionnaire.json")))

    codes = [column.code for column in DATASETS[code].columns]
    assert [row["code"] for row in table] == codes
    assert [field["name"] for field in schema["fields"]] == codes


def test_a_file_is_sent_again_only_when_something_has_changed(client, things):
    first = client.get("/donnees/places.csv")
    body(first)
    tag, since = first["ETag"], first["Last-Modified"]

    same = client.get("/donnees/places.csv", headers={"If-None-Match": tag})
    older = client.get("/donnees/places.csv", headers={"If-Modified-Since": since})
    assert (same.status_code, older.status_code) == (304, 304)

    things[1].name = "Autre nom"
    things[1].save()
    refresh_entries([things[1]])
    new = client.get("/donnees/places.csv", headers={"If-None-Match": tag})
    assert new.status_code == 200
    assert rows_of(new)[0]["name"] == "Autre nom"


@pytest.mark.parametrize("state", [State.DRAFT, State.PROPOSED, State.ARCHIVED])
def test_only_what_is_published_is_open(client, state):
    PlaceFactory(state=state, name="Secret", listed=True)

    assert rows_of(client.get("/donnees/places.csv")) == []
    assert rows_of(client.get("/donnees/export/place.csv")) == []


def test_no_file_tells_who_wrote_or_answers(client, things):
    person = UserFactory(display_name="Camille Dupont", email="camille@exemple.org")
    home, place, whole, _part = things
    MembershipFactory(structure=home, user=person)
    for thing in (home, place, whole):
        thing.created_by = person
        thing.save()
    whole.booking_contact = "Camille Dupont, 06 00 00 00 00"
    whole.save()

    for code in ("structures", "places", "resources"):
        for form in ("csv", "geojson"):
            told = body(client.get(f"/donnees/{code}.{form}")).decode()
            assert "Camille" not in told
            assert "camille" not in told


def test_a_list_is_downloaded_as_it_is_filtered(client, things):
    PlaceFactory(name="Ailleurs", themes=["astronomy"], listed=True)

    kept = rows_of(client.get("/donnees/export/place.csv?theme=astronomy"))
    everything = rows_of(client.get("/donnees/export/place.csv"))

    assert [row["name"] for row in kept] == ["Ailleurs"]
    assert len(everything) == 2


@pytest.mark.parametrize("address", ["zzz.csv", "place.pdf", "user.csv"])
def test_nothing_else_can_be_downloaded(client, address):
    assert client.get(f"/donnees/export/{address}").status_code == 404


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
@pytest.mark.parametrize("code", sorted(SCHEMAS))
def test_what_is_exported_and_imported_again_changes_nothing(
    tmp_path, things, code, form
):
    path = tmp_path / f"{code}.{form}"
    call_command("export", code, str(path), stdout=io.StringIO())

    plan = make_plan(read_path(path), schema=SCHEMAS[code], source=OWN)

    assert plan.problems == []
    assert plan.counts["leave"] == DATASETS[code].count() == len(plan.items)


def test_the_command_refuses_a_format_that_makes_no_sense(tmp_path):
    with pytest.raises(CommandError, match="csv or xlsx or ods"):
        call_command("export", "vocabularies", str(tmp_path / "v.geojson"))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("kind", ["structure", "place", "resource"])
def test_a_download_costs_the_same_for_one_row_or_three(
    client, kind, count, django_assert_max_num_queries
):
    factory = {
        "structure": StructureFactory,
        "place": PlaceFactory,
        "resource": ResourceFactory,
    }
    for thing in factory[kind].create_batch(count):
        refresh_entries([thing])
    listing.find(listing.Query())  # what processes keep in memory is there

    # version of the entries, rows, producers
    with django_assert_max_num_queries(3):
        body(client.get(f"/donnees/export/{kind}.csv"))


def test_the_date_of_a_dataset_is_that_of_its_last_change(client, things):
    told = client.get(
        reverse("interchange:dataset_detail", args=["places"])
    ).content.decode()

    assert f'datetime="{timezone.localdate():%Y-%m-%d}' in told


def test_communes_have_a_place_on_the_map(client):
    CommuneFactory(lille=True)

    told = json.loads(body(client.get("/donnees/communes.geojson")))

    assert told["features"][0]["properties"]["insee"] == "59350"
    assert told["features"][0]["geometry"]["coordinates"] == [3.0586, 50.6366]
