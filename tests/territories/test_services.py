import datetime as dt
from pathlib import Path

import pytest

from maillage.directory.models import Structure
from maillage.territories.choices import DensityClass
from maillage.territories.models import Commune, Department, Epci, SchoolHoliday
from maillage.territories.services import (
    load_gazetteer,
    load_territories,
    nearest_commune,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(tmp_path):
    """A region of three communes, two of them namesakes."""
    files = {
        "region.toml": "valid_on = 2026-01-01\n",
        "departments.csv": "code,name,academy,holiday_zone\n80,Somme,Amiens,B\n",
        "epci.csv": "siren,name,kind,communes_in_region,communes_total\n"
        "200000001,CC du Nord,CC,2,2\n200000002,CC du Sud,CC,1,1\n",
        "communes.csv": "insee,name,department,epci,postal_codes,population,"
        "area_km2,lon,lat,town_hall_lon,town_hall_lat\n"
        "80001,Bray,80,200000001,80100,4000,2.5,2.0,50.0,2.1,50.1\n"
        "80002,Bray,80,200000001,80200,100,10,3.0,50.0,,\n"
        "80003,Œuilly-sur-Somme,80,200000002,80300 80310,,5,2.5,49.5,,\n",
        "public_holidays.csv": "day,name\n2026-05-01,Fête du Travail\n",
        "school_holidays.csv": "zone,school_year,name,starts_on,ends_on,academies\n"
        "B,2025-2026,Vacances d’hiver,2026-02-14,2026-03-02,Amiens\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    load_territories(tmp_path)
    return tmp_path


def drop_line(file: Path, beginning: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(beginning)]
    file.write_text("".join(kept), encoding="utf-8")


def test_every_step_is_announced(small):
    said = []
    load_territories(small, progress=said.append)
    assert said[0] == "départements"
    assert len(said) == 6


def test_loading_twice_changes_nothing(small):
    before = list(Commune.objects.values()), list(SchoolHoliday.objects.values())
    load_territories(small)
    assert (
        list(Commune.objects.values()),
        list(SchoolHoliday.objects.values()),
    ) == before


def test_a_corrected_file_corrects_the_rows(small):
    file = small / "communes.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",4000,", ",4001,"))
    load_territories(small)
    assert Commune.objects.get(insee="80001").population == 4001


def test_a_commune_that_left_the_files_is_deleted(small):
    drop_line(small / "communes.csv", "80003")
    drop_line(small / "epci.csv", "200000002")
    load_territories(small)
    assert set(Commune.objects.values_list("insee", flat=True)) == {"80001", "80002"}
    assert Epci.objects.get().siren == "200000001"


def test_a_commune_that_left_the_files_stays_while_something_is_there(small):
    commune = Commune.objects.get(insee="80003")
    Structure.objects.create(name="Le moulin", slug="le-moulin", commune=commune)
    drop_line(small / "communes.csv", "80003")
    load_territories(small)
    assert Structure.objects.get().commune == commune


def test_a_group_that_left_the_files_stays_while_a_commune_is_in_it(small):
    drop_line(small / "departments.csv", "80,")
    Department.objects.create(code="99", name="Ailleurs")
    old = dt.date(2020, 1, 1)
    gone = Epci.objects.create(
        siren="200000009",
        name="CC d’avant",
        kind="CC",
        communes_in_region=1,
        communes_total=1,
        valid_on=old,
    )
    elsewhere = Commune.objects.get(insee="80003")
    elsewhere.insee, elsewhere.slug, elsewhere.epci = "99001", "ailleurs", gone
    elsewhere.department_id = "99"
    elsewhere.save(force_insert=True)
    load_territories(small)
    assert Epci.objects.get(siren="200000009").valid_on == old
    assert Commune.objects.filter(insee="99001").exists()


def test_namesakes_have_two_addresses(small):
    assert set(Commune.objects.values_list("slug", flat=True)) == {
        "bray-80001",
        "bray-80002",
        "oeuilly-sur-somme",
    }


def test_the_town_hall_is_preferred_to_the_middle(small):
    assert (Commune.objects.get(insee="80001").lon) == 2.1
    assert (Commune.objects.get(insee="80002").lon) == 3.0


def test_an_unknown_population_counts_as_nobody(small):
    empty = Commune.objects.get(insee="80003")
    assert empty.population == 0
    assert empty.density == 0
    assert empty.density_class == DensityClass.VERY_RURAL


def test_school_holidays_end_on_the_day_school_starts_again(small):
    holiday = SchoolHoliday.objects.get()
    day = dt.timedelta(days=1)
    found = SchoolHoliday.objects.overlapping
    assert found(holiday.ends_on - day, holiday.ends_on).exists()
    assert not found(holiday.ends_on, holiday.ends_on + day).exists()


@pytest.mark.parametrize(
    ("row", "insee"),
    [
        ({"name": "Bray", "postal_code": "80200"}, "80002"),
        ({"name": "BRAY", "postal_code": "80100"}, "80001"),
        ({"name": "Bray"}, None),  # which one?
        ({"insee": "80003", "name": "Bray"}, "80003"),
        ({"name": "Oeully sur Somme", "postal_code": "80310"}, "80003"),
        ({"name": "Oeuilly s/ Somme"}, "80003"),
        ({"name": "Hameau perdu", "postal_code": "80300"}, "80003"),
        ({"name": "Hameau perdu", "postal_code": "80900"}, None),
        ({"postal_code": "80100"}, "80001"),
        ({"name": "Bray", "postal_code": "59000"}, None),
        ({}, None),
    ],
)
def test_an_imported_row_finds_its_commune_or_none(small, row, insee):
    found = load_gazetteer().match(**row)
    assert (found.insee if found else None) == insee


def test_without_communes_none_is_near():
    assert nearest_commune(2.3, 49.9) is None
