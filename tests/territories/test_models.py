import datetime as dt

import pytest
from hypothesis import given, strategies as st

from maillage.territories.choices import DensityClass
from maillage.territories.models import (
    Commune,
    Department,
    Epci,
    Holiday,
    SchoolHoliday,
)
from maillage.territories.names import fold, fold_place


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Œuf-en-Ternois", "oeuf en ternois"),
        ("L’Étoile", "l etoile"),
        ("ST VALERY S/ SOMME CEDEX 2", "saint valery sur somme"),
        ("Ste-Geneviève", "sainte genevieve"),
        ("S", "s"),
        ("  ", ""),
    ],
)
def test_names_fold_to_what_is_common(typed, folded):
    assert fold_place(typed) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text):
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert once.isascii()


@pytest.mark.parametrize(
    ("population", "area_km2", "expected"),
    [
        (238_695, 35, DensityClass.DENSE),
        (5000, 3.3, DensityClass.DENSE),
        (4999, 3.3, DensityClass.INTERMEDIATE),
        (14_000, 60, DensityClass.INTERMEDIATE),  # a small town, widely spread
        (1999, 3.0, DensityClass.RURAL),
        (400, 10, DensityClass.RURAL),
        (399, 10, DensityClass.VERY_RURAL),
        (0, 10, DensityClass.VERY_RURAL),
        (300, 0, DensityClass.VERY_RURAL),  # area unknown
    ],
)
def test_density_has_four_classes(population, area_km2, expected):
    assert DensityClass.of(population, area_km2=area_km2) == expected


def test_a_commune_knows_its_density_and_first_postal_code():
    commune = Commune(population=100, area_km2=8, postal_codes="80000 80080")
    assert commune.density == 12.5
    assert commune.postal_code == "80000"
    assert Commune(population=100, area_km2=0).density == 0


def test_rows_say_their_names():
    day = dt.date(2026, 5, 1)
    assert str(Department(name="Somme")) == "Somme"
    assert str(Epci(name="CC du Sud")) == "CC du Sud"
    assert (
        str(Holiday(name="Fête du Travail", day=day)) == "Fête du Travail, 2026-05-01"
    )
    rest = SchoolHoliday(name="Été", school_year="2025-2026", zone="B")
    assert str(rest) == "Été 2025-2026, zone B"


@pytest.mark.django_db
def test_communes_and_days_are_asked_for_by_adjective():
    Department.objects.create(code="80", name="Somme")
    group = Epci.objects.create(
        siren="200000001",
        name="CC",
        kind="CC",
        communes_in_region=1,
        communes_total=1,
        valid_on=dt.date(2026, 1, 1),
    )
    common = {
        "department_id": "80",
        "area_km2": 1,
        "density_class": "rural",
        "lon": 2,
        "lat": 50,
        "valid_on": dt.date(2026, 1, 1),
    }
    Commune.objects.create(
        insee="80001", slug="a", search_name="a", population=1, epci=group, **common
    )
    Commune.objects.create(
        insee="80002", slug="b", search_name="b", population=2, **common
    )
    assert [c.insee for c in Commune.objects.of_epci("200000001")] == ["80001"]
    assert [c.insee for c in Commune.objects.of_department("80").largest_first()] == [
        "80002",
        "80001",
    ]
    Holiday.objects.create(day=dt.date(2026, 5, 1), name="Fête du Travail")
    first = dt.date(2026, 5, 1)
    assert Holiday.objects.between(first, first + dt.timedelta(days=1)).count() == 1
    assert Holiday.objects.between(dt.date(2026, 4, 1), first).count() == 0
    assert SchoolHoliday.objects.of_zone("B").count() == 0
