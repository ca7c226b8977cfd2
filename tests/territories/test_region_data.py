"""The files of every region: each code is known, each key leads somewhere."""

import csv
import re
import tomllib

import pytest
from django.conf import settings

DATA = settings.BASE / "data"
REGIONS = sorted(card.parent for card in DATA.glob("*/communes.csv"))
FEE = re.compile(r"(\w+)/(\d+)=(\d+)")

VOCABULARIES = {
    "structures": {
        "kind": "structure_kinds",
        "themes": "themes",
        "audiences": "audiences",
        "networks": "networks",
        "chain_roles": "chain_roles",
        "production_tools": "production_tools",
        "know_how": "know_how",
    },
    "places": {
        "kind": "place_kinds",
        "themes": "themes",
        "audiences": "audiences",
        "networks": "networks",
        "host_power": "power",
    },
    "resources": {
        "kind": "resource_kinds",
        "themes": "themes",
        "audiences": "audiences",
        "levels": "school_levels",
        "languages": "languages",
        "power": "power",
        "vehicle": "vehicles",
        "free_for": "borrower_kinds",
        "access": "resource_access",
        "condition": "resource_conditions",
    },
}


def rows(region, name):
    with (region / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def vocabulary(name):
    file = DATA / "vocab" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))["term"]


def slugs(name):
    return {term["slug"] for term in vocabulary(name)}


def split(cell):
    return [part for part in cell.split("|") if part]


@pytest.mark.parametrize(
    "name", sorted({v for columns in VOCABULARIES.values() for v in columns.values()})
)
def test_a_vocabulary_is_whole(name):
    terms = vocabulary(name)
    assert 5 <= len(terms) <= 60
    assert len({term["slug"] for term in terms}) == len(terms)
    for term in terms:
        assert re.fullmatch(r"[a-z][a-z0-9_]{1,39}", term["slug"])
        assert term["label"]
        assert term["label_en"]


def test_a_kind_of_place_has_the_colour_and_shape_of_its_family():
    families = {term["slug"]: term for term in vocabulary("place_families")}
    assert len({term["color"] for term in families.values()}) == len(families)
    assert len({term["shape"] for term in families.values()}) == len(families)
    for kind in vocabulary("place_kinds"):
        family = families[kind["family"]]
        assert (kind["color"], kind["shape"]) == (family["color"], family["shape"])


@pytest.mark.parametrize("name", ["structure_kinds", "place_kinds"])
def test_a_word_of_imported_files_means_one_kind(name):
    words = [word for term in vocabulary(name) for word in term.get("sources", [])]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("name", sorted(VOCABULARIES))
@pytest.mark.parametrize("region", REGIONS, ids=lambda folder: folder.name)
def test_every_code_is_in_its_vocabulary(region, name):
    known = {column: slugs(term) for column, term in VOCABULARIES[name].items()}
    unknown = [
        (row["key"], column, code)
        for row in rows(region, name)
        for column, allowed in known.items()
        for code in split(row[column])
        if code not in allowed
    ]
    assert unknown == []


@pytest.mark.parametrize("name", sorted(VOCABULARIES))
@pytest.mark.parametrize("region", REGIONS, ids=lambda folder: folder.name)
def test_every_row_has_a_key_a_name_and_a_bounded_summary(region, name):
    found = rows(region, name)
    assert len({row["key"] for row in found}) == len(found)
    assert all(row["name"] and len(row["name"]) <= 200 for row in found)
    assert all(len(row["summary"]) <= 400 for row in found)
    assert all("'" not in row["name"] + row["summary"] for row in found)


@pytest.mark.parametrize("region", REGIONS, ids=lambda folder: folder.name)
def test_every_commune_is_a_commune_of_the_region(region):
    communes = {row["insee"] for row in rows(region, "communes")}
    groups = {row["siren"] for row in rows(region, "epci")}
    departments = {row["code"] for row in rows(region, "departments")}
    for name in ("structures", "places"):
        used = {row["commune"] for row in rows(region, name) if row["commune"]}
        assert used <= communes
    for row in rows(region, "communes"):
        assert row["department"] in departments
        assert not row["epci"] or row["epci"] in groups


@pytest.mark.parametrize("region", REGIONS, ids=lambda folder: folder.name)
def test_every_key_leads_to_a_row(region):
    structures = {row["key"] for row in rows(region, "structures")}
    resources = {row["key"]: row for row in rows(region, "resources")}
    assert {
        row["structure"] for row in rows(region, "places") if row["structure"]
    } <= structures
    for row in resources.values():
        assert row["owner"] in structures
        assert set(split(row["producers"])) <= structures
        if row["parent"]:
            assert resources[row["parent"]]["parent"] == ""


@pytest.mark.parametrize("region", REGIONS, ids=lambda folder: folder.name)
def test_fees_can_be_read(region):
    borrowers = slugs("borrower_kinds") | {"tous"}
    for row in rows(region, "resources"):
        for fee in filter(None, row["fees"].split("; ")):
            found = FEE.fullmatch(fee)
            assert found, (row["key"], fee)
            assert found[1] in borrowers


def test_hauts_de_france_has_what_the_plan_names_and_enough_examples():
    region = DATA / "hauts-de-france"
    resources = rows(region, "resources")
    examples = [row for row in resources if row["is_example"] == "1"]
    assert len(rows(region, "structures")) == 47
    assert len(rows(region, "places")) == 127
    assert len(resources) - len(examples) == 11  # ten titles and their one series
    assert len(examples) >= 60
    assert {row["kind"] for row in resources} == slugs("resource_kinds")
    sheet = ("volume_m3", "weight_kg", "setup_minutes", "vehicle", "fees", "levels")
    assert all(row[column] for row in examples for column in sheet)


def test_only_what_is_said_of_a_real_resource_is_written():
    for row in rows(DATA / "hauts-de-france", "resources"):
        if row["is_example"] == "0":
            assert not row["fees"]
            assert not row["insurance_value_eur"]
            assert not row["weight_kg"]
