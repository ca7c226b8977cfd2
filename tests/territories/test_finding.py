import csv

import pytest
from django.conf import settings

from maillage.territories.choices import DensityClass
from maillage.territories.models import Commune, FormerCommune
from maillage.territories.services import (
    find_commune,
    load_gazetteer,
    nearest_commune,
    suggest_communes,
)

pytestmark = pytest.mark.django_db
REFERENCE = settings.ROOT.parent / "shared" / "data" / "reference" / "venues.csv"


def test_the_region_is_loaded_whole(region):
    assert region == {
        "department": 5,
        "epci": 92,
        "commune": 3782,
        "formercommune": 169,
        "holiday": 132,
        "schoolholiday": 65,
    }
    total = sum(Commune.objects.values_list("population", flat=True))
    assert total == 5_992_194
    assert Commune.objects.get(insee="59350").density_class == DensityClass.DENSE


def test_the_code_of_a_commune_that_was_joined_leads_to_the_present_one(region):
    former = FormerCommune.objects.get(insee="02434")

    assert former.commune.name == "Anizy-le-Grand"
    assert not Commune.objects.filter(insee="02434").exists()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("lille", "Lille"),
        ("St Omer", "Saint-Omer"),
        ("etaples", "Étaples"),
        ("oeuf", "Œuf-en-Ternois"),
        ("80000", "Amiens"),
        ("80021", "Amiens"),
        ("59650 villeneuve", "Villeneuve-d'Ascq"),
        ("VILLENEUVE D’ASCQ CEDEX", "Villeneuve-d'Ascq"),
        ("boulogne s/ mer", "Boulogne-sur-Mer"),
        ("ableville", "Abbeville"),
        ("boulonge", "Boulogne-sur-Mer"),
        ("armentieres sur", "Armentières-sur-Ourcq"),
    ],
)
def test_a_commune_is_found_as_people_type_it(region, typed, first):
    found = find_commune(typed)
    assert found is not None
    assert found.name == first


@pytest.mark.parametrize("typed", ["", "a", "99999", "xqzzkw", "%", "_" * 50])
def test_what_means_nothing_finds_nothing(region, typed):
    assert suggest_communes(typed) == []


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference files are not here")
def test_no_real_venue_gets_a_wrong_commune(region):
    gazetteer = load_gazetteer()
    with REFERENCE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    wrong = [
        row["venue_id"]
        for row in rows
        if (found := gazetteer.match(row["commune"], postal_code=row["code_postal"]))
        is None
        or found.insee != row["code_insee"]
    ]
    assert len(rows) == 1361
    assert wrong == []


def test_the_nearest_commune_is_found_near_and_far(region):
    assert str(nearest_commune(2.295, 49.893)) == "Amiens"
    assert str(nearest_commune(2.35, 48.85)) != "None"  # Paris: over the border
