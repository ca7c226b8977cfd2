"""Load the territories of a region, and find a commune."""

import csv
import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from django.db import models, transaction
from django.utils.text import slugify

from maillage.kernels.geo import Near
from maillage.territories.choices import DensityClass
from maillage.territories.gazetteer import Gazetteer, closest
from maillage.territories.models import (
    Commune,
    Department,
    Epci,
    FormerCommune,
    Holiday,
    SchoolHoliday,
)
from maillage.territories.names import fold_place

Progress = Callable[[str], object]
WITH_HINT = re.compile(r"^(?P<name>[^()]*?)\s*\((?P<hint>[^()]*)\)\s*$")


@transaction.atomic
def load_territories(
    folder: Path, *, progress: Progress | None = None
) -> dict[str, int]:
    """Bring the database to what the files of a region's folder say.

    Loading the same folder again changes nothing. A commune or an EPCI that has
    left the files is deleted, unless something still refers to it: then it stays
    with its older ``valid_on``. Returns the number of rows in each file.
    """
    say = progress or (lambda _: None)
    card = tomllib.loads((folder / "region.toml").read_text(encoding="utf-8"))
    valid_on = card["valid_on"]
    steps: list[tuple[type[models.Model], list[Any], list[str]]] = [
        (Department, _departments(folder), ["code"]),
        (Epci, _epci(folder, valid_on=valid_on), ["siren"]),
        (Commune, _communes(folder, valid_on=valid_on), ["insee"]),
        (FormerCommune, _former(folder, valid_on=valid_on), ["insee"]),
        (Holiday, _holidays(folder), ["day"]),
        (SchoolHoliday, _school_holidays(folder), ["zone", "school_year", "name"]),
    ]
    loaded = {}
    for model, rows, key in steps:
        name = str(model._meta.verbose_name_plural)
        say(name)
        _upsert(model, rows, key=key)
        loaded[model.__name__.lower()] = len(rows)
    communes, groups = steps[2][1], steps[1][1]
    departments = {commune.department_id for commune in communes}
    _drop_unused(
        Commune.objects.filter(department__in=departments).exclude(
            insee__in=[commune.insee for commune in communes]
        )
    )
    _drop_unused(
        Epci.objects.filter(communes=None).exclude(
            siren__in=[epci.siren for epci in groups]
        )
    )
    return loaded


def load_gazetteer() -> Gazetteer:
    """Return all communes, ready to be looked up many times."""
    return Gazetteer.of(Commune.objects.select_related("department", "epci"))


def split_hint(text: str) -> tuple[str, str]:
    """Cut « Lille (Nord) » into its name and what the brackets add."""
    found = WITH_HINT.match(text[:200])
    return (found["name"], found["hint"]) if found else (text, "")


def fits_hint(commune: Commune, hint: str) -> bool:
    """Tell whether a commune is in the department, or has the code, of a hint."""
    words = {
        commune.department_id,
        commune.insee,
        *commune.postal_codes.split(),
        fold_place(commune.department.name),
    }
    return hint.strip().upper() in words or fold_place(hint) in words


def suggest_communes(text: str, *, limit: int = 10) -> list[Commune]:
    """Return the communes that ``text`` may mean, the likeliest first.

    ``text`` holds the beginning of a name, a postal code, an INSEE code, a code and
    a name, or a name with its department in brackets, as suggestions are written.
    Names are understood without accents and with a typing error.
    """
    name, hint = split_hint(text)
    if hint:
        named = suggest_communes(name, limit=max(limit, 50))
        return ([row for row in named if fits_hint(row, hint)] or named)[:limit]
    words = fold_place(text[:100]).split()
    code = next((word for word in words if word[0].isdigit()), "")
    name = " ".join(word for word in words if word != code)
    rows = Commune.objects.select_related("department")
    if code:
        found = rows.with_postal_code(code)
        if not name:
            found = found | rows.filter(insee__istartswith=code)
        return list(found.named_like(name).largest_first()[:limit])
    if len(name) < 2:
        return []
    known = list(rows.named_like(name).largest_first()[:200])
    if known:
        return sorted(known, key=lambda commune: _rank(commune, name))[:limit]
    return _misspelled(name, limit=limit) if len(name) > 3 else []


def find_commune(text: str) -> Commune | None:
    """Return the commune that a typed text means best, if any."""
    return next(iter(suggest_communes(text, limit=1)), None)


def nearest_commune(lon: float, lat: float) -> Commune | None:
    """Return the commune whose town hall is nearest to a point."""
    for reach in (0.1, 0.5, 2.0, 400.0):  # degrees
        near = list(
            Commune.objects.filter(
                lon__range=(lon - reach, lon + reach),
                lat__range=(lat - reach / 2, lat + reach / 2),
            ).select_related("department", "epci")
        )
        if near:
            return near[_nearest(near, lon=lon, lat=lat)]
    return None


def _misspelled(name: str, *, limit: int) -> list[Commune]:
    names = list(Commune.objects.largest_first().values_list("insee", "search_name"))
    hits = closest(name, [folded for _, folded in names], limit=limit)
    found = Commune.objects.select_related("department").in_bulk(
        [names[place][0] for place in hits]
    )
    return [found[names[place][0]] for place in hits]


def _nearest(communes: list[Commune], *, lon: float, lat: float) -> int:
    where = np.array([(commune.lon, commune.lat) for commune in communes])
    places, _ = Near(where[:, 0], where[:, 1]).nearest(lon, lat)
    return int(places[0])


def _rank(commune: Commune, name: str) -> tuple[bool, bool, bool, int]:
    """Sort exact names first, then beginnings, then the largest."""
    full = commune.search_name
    return (
        full != name,
        not full.startswith(name),
        f" {name}" not in f" {full}",
        -commune.population,
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _departments(folder: Path) -> list[Department]:
    return [Department(**row) for row in _rows(folder / "departments.csv")]


def _epci(folder: Path, *, valid_on: dt.date) -> list[Epci]:
    return [
        Epci(
            siren=row["siren"],
            name=row["name"],
            kind=row["kind"],
            communes_in_region=int(row["communes_in_region"]),
            communes_total=int(row["communes_total"]),
            valid_on=valid_on,
        )
        for row in _rows(folder / "epci.csv")
    ]


def _communes(folder: Path, *, valid_on: dt.date) -> list[Commune]:
    rows = _rows(folder / "communes.csv")
    namesakes = Counter(slugify(fold_place(row["name"])) for row in rows)
    return [_commune(row, namesakes=namesakes, valid_on=valid_on) for row in rows]


def _commune(
    row: dict[str, str], *, namesakes: Counter[str], valid_on: dt.date
) -> Commune:
    slug = slugify(fold_place(row["name"]))
    population, area = int(row["population"] or 0), float(row["area_km2"] or 0)
    return Commune(
        insee=row["insee"],
        name=row["name"],
        slug=slug if namesakes[slug] == 1 else f"{slug}-{row['insee'].lower()}",
        department_id=row["department"],
        epci_id=row["epci"] or None,
        postal_codes=row["postal_codes"],
        population=population,
        area_km2=area,
        density_class=DensityClass.of(population, area_km2=area),
        lon=float(row["town_hall_lon"] or row["lon"]),
        lat=float(row["town_hall_lat"] or row["lat"]),
        search_name=fold_place(row["name"]),
        valid_on=valid_on,
    )


def _former(folder: Path, *, valid_on: dt.date) -> list[FormerCommune]:
    file = folder / "commune_changes.csv"
    return [
        FormerCommune(
            insee=row["insee"],
            name=row["name"],
            commune_id=row["commune"],
            valid_on=valid_on,
        )
        for row in (_rows(file) if file.exists() else [])
    ]


def _holidays(folder: Path) -> list[Holiday]:
    return [
        Holiday(day=dt.date.fromisoformat(row["day"]), name=row["name"])
        for row in _rows(folder / "public_holidays.csv")
    ]


def _school_holidays(folder: Path) -> list[SchoolHoliday]:
    return [
        SchoolHoliday(
            zone=row["zone"],
            school_year=row["school_year"],
            name=row["name"],
            starts_on=dt.date.fromisoformat(row["starts_on"]),
            ends_on=dt.date.fromisoformat(row["ends_on"]),
            academies=row["academies"],
        )
        for row in _rows(folder / "school_holidays.csv")
    ]


def _upsert(
    model: type[models.Model], rows: list[models.Model], *, key: list[str]
) -> None:
    fields = [
        field.name
        for field in model._meta.concrete_fields
        if field.name not in key and not field.primary_key
    ]
    model._default_manager.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=key,
        update_fields=fields,
    )


def _drop_unused(stale: Iterable[models.Model]) -> None:
    """Delete rows that nothing refers to, hidden relations included."""
    for row in stale:
        links = [
            field
            for field in row._meta.get_fields(include_hidden=True)
            if isinstance(field, models.ForeignObjectRel)
        ]
        if not any(
            link.related_model._base_manager.filter(**{link.field.name: row}).exists()
            for link in links
        ):
            row.delete()
