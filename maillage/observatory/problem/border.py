"""How far communes are from the border of the region, where what is known ends."""

import json
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from maillage.core.charts.outlines import FILE, degrees, polygons
from maillage.core.context import region
from maillage.kernels.geo import Near

Floats = NDArray[np.float64]
#: Kilometres between the points that stand for a line.
STEP_KM = 0.5
#: Nearer than this to the coast of the card, the border is the sea.
COAST_KM = 8.0
KM_A_DEGREE = 111.2
#: Smaller holes are communes without an outline or cracks between them, not enclaves.
LEAST_KM2 = 50.0


def border_km(points: Floats) -> Floats:
    """Kilometres (n,) from each point to the border; infinite where none is known.

    The sea is no border: nobody lives beyond. The card of the region draws it roughly
    (``coast`` of ``[map]``, longitude and latitude).
    """
    coast = tuple(tuple(point) for point in region()["map"].get("coast", ()))
    line = land_border(settings.REGION_DATA, coast)
    return Near(line[:, 0], line[:, 1]).km_from(points[:, 0], points[:, 1])


@cache
def land_border(folder: Path, coast: tuple[tuple[float, float], ...]) -> Floats:
    """Points (m, 2) along the outline of the region, without the sea."""
    if not (folder / FILE).exists():
        return np.empty((0, 2))
    topology = json.loads((folder / FILE).read_text(encoding="utf-8"))
    arcs = [np.array([*degrees(a, topology["transform"])]) for a in topology["arcs"]]
    rings = [ring for ring in outlines(topology, arcs) if square_km(ring) > LEAST_KM2]
    line = np.concatenate([close(ring) for ring in rings] or [np.empty((0, 2))])
    if not coast:
        return line
    shore = close(np.array(coast))
    sea = Near(shore[:, 0], shore[:, 1])
    return np.asarray(line[sea.km_from(line[:, 0], line[:, 1]) > COAST_KM])


def outlines(topology: dict[str, Any], arcs: Sequence[Floats]) -> list[Floats]:
    """The closed lines of the region: around it, its islands and its enclaves."""
    shapes = topology["objects"]["region"]["geometries"]
    rings = [ring for shape in shapes for part in polygons(shape) for ring in part]
    return [
        np.concatenate([arcs[k] if k >= 0 else arcs[~k][::-1] for k in ring])
        for ring in rings
    ]


def square_km(ring: Floats) -> float:
    """About how much a closed line holds, either way round."""
    narrow = np.cos(np.radians(ring[:, 1].mean()))
    x, y = ring[:, 0] * narrow, ring[:, 1]
    twice = float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return abs(twice) / 2 * KM_A_DEGREE**2


def close(line: Floats) -> Floats:
    """The points of a line, and as many between them as the step asks for."""
    narrow = np.array([np.cos(np.radians(line[:, 1].mean())), 1.0])
    found = [line[:1]]
    for start, end in pairwise(line):
        km = float(np.hypot(*((end - start) * narrow))) * KM_A_DEGREE
        count = max(1, int(np.ceil(km / STEP_KM)))
        part = np.linspace(0.0, 1.0, count + 1)[1:, None]
        found.append(start + part * (end - start))
    return np.concatenate(found)
