"""The catalogue of open data for other portals and for programs that read tables."""

import datetime as dt
import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from frictionless import Package, Resource
from pyshacl import validate
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, RDF

from maillage.core import listing
from maillage.interchange.datasets import DATASETS
from maillage.observatory.choices import Hidden, IndicatorState, Level
from maillage.observatory.models import Indicator, Observation
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory
from tests.interchange.test_datasets import body, rows_of

pytestmark = [
    pytest.mark.django_db,
    # rdflib and pyshacl still speak of the classes that rdflib is about to leave.
    pytest.mark.filterwarnings("ignore:(ConjunctiveGraph|Dataset.):DeprecationWarning"),
]
SHAPES = Path(__file__).with_name("dcat_ap.ttl")
FORMS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path
    listing.forget()


@pytest.fixture
def things():
    CommuneFactory(lille=True)
    owner = StructureFactory(name="Les Nuages", listed=True)
    PlaceFactory(structure=owner, is_free=True, listed=True)
    ResourceFactory(owner=owner, sheet=True, lent=True, listed=True)


def indicator(code="visitors-2", **fields):
    given = {
        "code": code, "name": "Visiteurs", "unit": "visites", "method": "Somme",
        "state": IndicatorState.PUBLISHED, "changed_at": NOW, "source_name": "Patrimostat",
    }  # fmt: skip
    return Indicator.objects.create(**(given | fields))


def observation(of, value, **fields):
    given = {
        "level": Level.COMMUNE, "code": "59350", "period": "2025",
        "vintage": dt.date(2026, 2, 1), "value": value,
    }  # fmt: skip
    return Observation.objects.create(indicator=of, **(given | fields))


def graph_of(client, form="ttl"):
    answer = client.get(f"/donnees/catalogue.{form}")
    assert answer.status_code == 200
    return Graph().parse(data=body(answer), format=FORMS[form])


def test_the_catalogue_conforms_to_what_dcat_ap_demands(client, things):
    observation(indicator(), 12)
    shapes = [SHAPES]
    # The official shapes too, where somebody has put them beside.
    if official := os.environ.get("MAILLAGE_DCAT_SHAPES"):
        shapes += sorted(Path(official).glob("*.ttl"))

    for path in shapes:
        holds, _, told = validate(graph_of(client), shacl_graph=str(path))
        assert holds, told


def test_a_catalogue_without_titles_would_be_refused(client, things):
    graph = graph_of(client)
    graph.remove((None, DCTERMS.title, None))

    holds, _, told = validate(graph, shacl_graph=str(SHAPES))

    assert not holds
    assert "title" in told


@pytest.mark.parametrize("form", sorted(FORMS))
def test_each_form_of_the_catalogue_names_every_dataset_and_file(client, things, form):
    graph = graph_of(client, form)

    names = {str(name) for name in graph.objects(None, DCTERMS.identifier)}
    files = set(graph.subjects(RDF.type, DCAT.Distribution))
    assert names == {*DATASETS, "indicators", "observations"}
    assert len(files) == sum(len(d.formats) for d in DATASETS.values()) + 8


def test_a_file_of_the_catalogue_is_where_it_says(client, things, settings):
    graph = graph_of(client)

    for address in graph.objects(None, DCAT.downloadURL):
        answer = client.get(str(address).removeprefix(settings.SITE_URL))
        assert answer.status_code == 200
        body(answer)


def test_the_published_facts_of_the_region_are_in_their_columns(client):
    rows = rows_of(client.get("/donnees/csti-facts.csv"))

    assert rows[0]["key"] == "F001"
    assert all(row["indicator"] and row["source_url"] for row in rows)


def test_every_table_is_what_its_schema_says(client, things, tmp_path):
    observation(indicator(), 12.5, note="provisoire; vu")
    package = json.loads(body(client.get("/donnees/datapackage.json")))
    assert Package(package).resource_names

    for told in package["resources"]:
        path = tmp_path / f"{told['name']}.csv"
        path.write_bytes(body(client.get(f"/donnees/{told['name']}.csv")))
        table = Resource({**told, "path": path.name}, basepath=str(tmp_path))
        report = table.validate()
        assert report.valid, report.flatten(["type", "note"])


def test_a_parquet_file_has_types_labels_and_the_same_rows(client, things, tmp_path):
    observation(indicator(), 12.5)
    path = tmp_path / "o.parquet"
    path.write_bytes(body(client.get("/donnees/observations.parquet")))

    table = pq.read_table(path)

    assert table.to_pylist()[0]["value"] == 12.5
    assert table.to_pylist()[0]["vintage"] == dt.date(2026, 2, 1)
    assert table.schema.field("value").metadata[b"title"] == b"valeur"


@pytest.mark.parametrize("code", sorted(DATASETS))
def test_every_dataset_can_be_had_as_parquet(client, things, tmp_path, code):
    path = tmp_path / "d.parquet"
    path.write_bytes(body(client.get(f"/donnees/{code}.parquet")))

    table = pq.read_table(path)

    assert table.num_rows == DATASETS[code].count()
    assert table.column_names == [column.code for column in DATASETS[code].columns]


def test_a_secret_value_is_in_no_file(client, things, tmp_path):
    one = indicator()
    observation(one, 98765.4, hidden=Hidden.FEW, note="un seul musée")
    observation(one, 11, period="2024")

    for code in ("observations", "indicateur-visitors-2"):
        for form in ("csv", "xlsx", "ods", "parquet"):
            data = body(client.get(f"/donnees/{code}.{form}"))
            assert b"98765" not in data
            assert "un seul musée".encode() not in data
        rows = rows_of(client.get(f"/donnees/{code}.csv"))
        assert [(row["period"], row["value"], row["status"]) for row in rows] == [
            ("2024", "11.0", "final"),
            ("2025", "", "secret"),
        ]


def test_an_indicator_that_is_not_published_has_no_dataset(client, things):
    observation(indicator(state=IndicatorState.DRAFT), 12)

    assert client.get("/donnees/indicateur-visitors-2.csv").status_code == 404
    assert client.get("/donnees/indicateur-visitors-2/").status_code == 404
    assert rows_of(client.get("/donnees/observations.csv")) == []
    assert rows_of(client.get("/donnees/indicators.csv")) == []


def test_a_corrected_value_replaces_the_former_in_the_file(client, things):
    one = indicator()
    first = observation(one, 10)
    assert rows_of(client.get("/donnees/observations.csv"))[0]["value"] == "10.0"

    first.is_current = False
    first.save()
    observation(one, 14, vintage=dt.date(2026, 6, 1))

    assert [r["value"] for r in rows_of(client.get("/donnees/observations.csv"))] == [
        "14.0"
    ]


def test_the_page_of_a_dataset_describes_it_to_search_engines(client, things):
    page = client.get("/donnees/places/").content.decode()

    told = json.loads(
        page.split('type="application/ld+json">')[1].split("</script>")[0]
    )
    assert (told["@type"], told["name"]) == ("Dataset", "Lieux")
    files = {
        file["encodingFormat"]: file["contentUrl"] for file in told["distribution"]
    }
    assert files["text/csv"] == "http://127.0.0.1:8000/donnees/places.csv"
