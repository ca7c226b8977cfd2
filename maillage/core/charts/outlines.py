"""Outlines of the region's territories as paths that a chart can fill."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from maillage.core.charts.areas import Shape

FILE = Path("static") / "contours-light.topojson"
EPCIS, DEPARTMENTS = "epci", "department"
#: Layer of the file and property that holds the code, for each level that is drawn.
LAYERS = {EPCIS: ("epci", "epci"), DEPARTMENTS: ("departments", "department")}
WIDTH = 560.0
#: Points nearer than this to the one before are left out, in units of the drawing.
STEP = 4.0

Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Frame:
    """How degrees become units of the drawing."""

    west: float
    north: float
    narrow: float
    scale: float
    size: tuple[float, float]

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.narrow * self.scale, (self.north - lat) * self.scale  # fmt: skip


def outlines(
    level: str, *, step: float = STEP
) -> tuple[tuple[Shape, ...], tuple[float, float]]:
    """All outlines of a level and the size of the drawing; none for other levels.

    A larger ``step`` leaves out more points, for a small map.
    """
    return drawn(settings.REGION_DATA, str(level), step)


def frame() -> Frame | None:
    """Where points of the region stand among its outlines; none without outlines."""
    return framed(settings.REGION_DATA)


@cache
def framed(folder: Path) -> Frame | None:
    if not (folder / FILE).exists():
        return None
    topology = json.loads((folder / FILE).read_text(encoding="utf-8"))
    everything = [
        point for arc in topology["arcs"] for point in degrees(arc, topology["transform"])
    ]  # fmt: skip
    west, east = min(x for x, _y in everything), max(x for x, _y in everything)
    south, north = min(y for _x, y in everything), max(y for _x, y in everything)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * narrow)
    return Frame(west, north, narrow, scale, (WIDTH, math.ceil((north - south) * scale)))  # fmt: skip


@cache
def drawn(
    folder: Path, level: str, step: float = STEP
) -> tuple[tuple[Shape, ...], tuple[float, float]]:
    place = framed(folder)
    if level not in LAYERS or place is None:
        return (), (0.0, 0.0)
    topology = json.loads((folder / FILE).read_text(encoding="utf-8"))
    layer, key = LAYERS[level]
    on_paper = [
        thinned([place.at(x, y) for x, y in degrees(arc, topology["transform"])], step)
        for arc in topology["arcs"]
    ]
    found = []
    for shape in topology["objects"][layer]["geometries"]:
        rings = [ring for polygon in polygons(shape) for ring in polygon]
        path = "".join(ring_path(ring, on_paper) for ring in rings)
        facts = shape.get("properties") or {}
        code = str(facts.get(key) or shape.get("id") or "")
        found.append(Shape(code, str(facts.get("name", code)), path))
    return tuple(found), place.size


def degrees(arc: list[list[int]], transform: Any) -> Iterator[tuple[float, float]]:
    """The points of an arc, whose steps are counted from one to the next."""
    x = y = 0
    (scale_x, scale_y), (left, bottom) = transform["scale"], transform["translate"]
    for dx, dy in arc:
        x, y = x + dx, y + dy
        yield x * scale_x + left, y * scale_y + bottom


def thinned(points: Points, step: float = STEP) -> Points:
    """A line with fewer points; its ends, that others share, stay."""
    kept = points[:1]
    for point in points[1:-1]:
        if math.dist(point, kept[-1]) >= step:
            kept.append(point)
    return kept + points[1:][-1:]


def polygons(shape: dict[str, Any]) -> list[list[list[int]]]:
    if shape.get("type") == "MultiPolygon":
        return list(shape["arcs"])
    return [shape["arcs"]] if shape.get("type") == "Polygon" else []


def ring_path(ring: list[int], arcs: list[Points]) -> str:
    points: Points = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    if len(points) < 3:
        return ""
    written = [f"{x:.1f},{y:.1f}".replace(".0", "") for x, y in points]
    return f"M{written[0]}L{' '.join(written[1:])}Z"
