"""Real public files, where they are at hand; none of them is in the repository."""

import csv
import math
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from maillage.core.intake.applying import apply_plan
from maillage.core.intake.files import read_file, read_path
from maillage.core.intake.planning import make_plan
from maillage.directory.models import Place
from maillage.interchange.layouts import LAYOUTS, SCHEMAS
from maillage.territories.services import load_territories

FILE = Path(settings.ROOT).parent / "shared" / "data" / "reference" / "venues.csv"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not FILE.exists(), reason="../shared/data/reference is not here"
    ),
]


def planned(code):
    layout = LAYOUTS[code]
    return make_plan(
        read_path(FILE), schema=SCHEMAS["places"], source=layout.source, layout=layout
    )


def test_1361_real_venues_come_in_with_no_wrong_commune_and_once():
    load_territories(settings.REGION_DATA)
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = {row["venue_id"]: row for row in csv.DictReader(lines)}

    plan = planned("lieux-de-reference")
    apply_plan(plan, by=None, now=timezone.now())

    places = Place.objects.select_related("commune").filter(source="venues")
    assert plan.counts == {"create": 1361, "change": 0, "leave": 0, "refuse": 0}
    assert [
        p.source_key for p in places if p.commune_id != rows[p.source_key]["code_insee"]
    ] == []
    assert [p.name for p in places if far_from_home(p) > 5] == []
    assert {remark.header for remark in plan.remarks} == {"website"}

    again = planned("lieux-de-reference")
    assert again.counts == {"create": 0, "change": 0, "leave": 1361, "refuse": 0}


def far_from_home(place):
    """Kilometres between a place and the edge of its commune, taken as a disc."""
    east = (place.lon - place.commune.lon) * math.cos(math.radians(place.lat))
    km = 111.2 * math.hypot(east, place.lat - place.commune.lat)
    return km - math.sqrt(place.commune.area_km2 / math.pi)


TITLES = {
    "musees-de-france": [
        "Identifiant Muséofile", "Nom officiel du musée", "Adresse", "Code Postal",
        "Commune", "URL", "Latitude", "Longitude",
    ],
    "bibliotheques-publiques": [
        "code_bib", "nom_de_l_etablissement", "adresse", "cp", "ville",
        "site_internet", "latitude", "longitude",
    ],
}  # fmt: skip
SOURCES = {
    "musees-de-france": "museofile",
    "bibliotheques-publiques": "bibliotheques_publiques",
}


@pytest.mark.parametrize("code", sorted(TITLES))
def test_the_same_venues_under_official_titles_find_their_commune_by_name(code):
    """The published files have no INSEE code for museums: name and postal code do."""
    load_territories(settings.REGION_DATA)
    with FILE.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["source"] == SOURCES[code]]
    wanted = {row["source_id"]: row["code_insee"] for row in rows}
    cells = [
        "source_id",
        "name",
        "adresse",
        "code_postal",
        "commune",
        "website",
        "lat",
        "lon",
    ]
    text = "\n".join(
        ";".join(f'"{cell}"' for cell in line)
        for line in [
            TITLES[code],
            *([row[name].replace('"', '""') for name in cells] for row in rows),
        ]
    )

    plan = make_plan(
        read_file(text.encode()),
        schema=SCHEMAS["places"],
        source=LAYOUTS[code].source,
        layout=LAYOUTS[code],
    )

    refused = [(p.line, p.header, p.message, p.value) for p in plan.errors]
    wrong = [
        (item.key, item.values["commune_id"], wanted[item.key])
        for item in plan.items
        if item.values and item.values["commune_id"] != wanted[item.key]
    ]
    assert wrong == []
    assert refused == []
