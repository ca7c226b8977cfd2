"""Draw the region as a mesh: its places, tied to their neighbours, over its outline.

Run as ``python scripts/build_mesh.py [REGION]``. Reads ``contours.topojson`` (layers
``departments`` and ``region``), ``communes.csv`` and ``places.csv`` of
``maillage/data/REGION`` and writes ``static/mesh.svg`` beside them: one group,
``#mesh``, in a box of 1000 by 1000, for ``<svg><use href="…/mesh.svg#mesh"></svg>``.
Colours are custom properties, so that the drawing follows the page's theme.

The ties are the Gabriel graph of the places (two places are tied when the circle that
has them as a diameter holds no third one), which joins all places and crosses nothing.
Under it lies a fine net of communes, spread evenly: the territory that is to be tied.
"""

import argparse
import csv
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import Delaunay

DATA = Path(__file__).resolve().parent.parent / "maillage" / "data"
SIDE, MARGIN = 1000.0, 30.0
LIMIT_BYTES = 40_000
TOWNS, TOWNS_APART = 9, 150.0
NET_APART = 27.0
LONE = 14.0  # a town without a place this near gets a dot of its own
SPECK = 150.0  # square units: slivers that dissolving leaves

Point = tuple[float, float]


class Frame:
    """Degrees to the drawing's box: equirectangular at the region's mid latitude."""

    def __init__(self, points: list[Point]) -> None:
        lons, lats = zip(*points, strict=True)
        self.shrink = math.cos(math.radians((min(lats) + max(lats)) / 2))
        wide = (max(lons) - min(lons)) * self.shrink
        high = max(lats) - min(lats)
        self.scale = (SIDE - 2 * MARGIN) / max(wide, high)
        self.left = (SIDE - wide * self.scale) / 2 - min(
            lons
        ) * self.shrink * self.scale
        self.top = (SIDE - high * self.scale) / 2 + max(lats) * self.scale

    def __call__(self, lon: float, lat: float) -> Point:
        return (
            round(lon * self.shrink * self.scale + self.left, 1),
            round(self.top - lat * self.scale, 1),
        )


def arcs_of(topology: dict[str, Any]) -> list[list[Point]]:
    """The arcs of a quantised topology, in degrees."""
    (sx, sy), (tx, ty) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy, *_ in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    return arcs


def rings_of(layer: dict[str, Any]) -> Iterator[list[int]]:
    for shape in layer["geometries"]:
        parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        for part in parts:
            yield from part


def joined(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    points: list[Point] = []
    for index in ring:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc if not points else arc[1:]
    return points


def farthest(points: list[Point]) -> tuple[int, float]:
    """Which inner point is farthest from the line of the ends, and how far."""
    (ax, ay), (bx, by) = points[0], points[-1]
    length = math.hypot(bx - ax, by - ay)
    away = [
        abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
        if length
        else math.hypot(x - ax, y - ay)
        for x, y in points[1:-1]
    ]
    far = max(range(len(away)), key=away.__getitem__)
    return far + 1, away[far]


def thinned(points: list[Point], tolerance: float) -> list[Point]:
    """Ramer-Douglas-Peucker: drop points nearer than ``tolerance`` to the line."""
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        far, distance = farthest(points[first : last + 1])
        far += first
        if distance > tolerance:
            keep.add(far)
            spans += [(first, far), (far, last)]
    return [points[i] for i in sorted(keep)]


def path_of(points: Iterable[Point], *, closed: bool) -> str:
    """SVG path with whole relative steps; the box is fine enough for that."""
    rounded = [(round(x), round(y)) for x, y in points]
    x, y = start = rounded[0]
    steps = []
    for px, py in rounded[1:]:
        if (px, py) != (x, y):
            steps.append(f"{px - x} {py - y}")
            x, y = px, py
    if not steps:
        return ""
    return f"M{start[0]} {start[1]}l" + " ".join(steps) + ("z" if closed else "")


def gabriel(points: np.ndarray[Any, np.dtype[np.float64]]) -> list[tuple[int, int]]:
    ties = set()
    for a, b, c in Delaunay(points).simplices.tolist():
        ties |= {tuple(sorted(pair)) for pair in ((a, b), (b, c), (a, c))}
    found = []
    for a, b in sorted(ties):
        middle = (points[a] + points[b]) / 2
        radius = np.linalg.norm(points[a] - points[b]) / 2
        away = np.linalg.norm(points - middle, axis=1)
        away[[a, b]] = np.inf
        if away.min() >= radius - 1e-9:
            found.append((a, b))
    return found


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(row: dict[str, str], *names: str) -> str:
    """The first of the columns that the row has."""
    return next((row[name] for name in names if name in row), "")


def towns_of(communes: list[dict[str, str]], frame: Frame) -> list[tuple[str, Point]]:
    """The largest communes, far enough from one another to be written."""
    ranked = sorted(communes, key=lambda row: -float(column(row, "population") or 0))
    chosen: list[tuple[str, Point]] = []
    for row in ranked:
        if len(chosen) == TOWNS:
            break
        here = frame(float(row["lon"]), float(row["lat"]))
        if all(math.dist(here, other) > TOWNS_APART for _, other in chosen):
            chosen.append((column(row, "name", "nom"), here))
    return chosen


def area(ring: list[Point]) -> float:
    turned = ring[1:] + ring[:1]
    return (
        abs(sum(x * v - u * y for (x, y), (u, v) in zip(ring, turned, strict=True))) / 2
    )


def fine_net(communes: list[dict[str, str]], frame: Frame) -> str:
    """The threads of a triangulation of communes that keep their distance."""
    spread: list[Point] = []
    for row in sorted(communes, key=lambda row: -float(row["population"] or 0)):
        here = frame(float(row["lon"]), float(row["lat"]))
        if all(math.dist(here, other) > NET_APART for other in spread):
            spread.append(here)
    ties = {
        tuple(sorted(pair))
        for a, b, c in Delaunay(np.array(spread)).simplices.tolist()
        for pair in ((a, b), (b, c), (a, c))
        if math.dist(spread[pair[0]], spread[pair[1]]) < 2.1 * NET_APART
    }
    steps, at = [], (0, 0)
    for a, b in sorted(ties):
        (x, y), (u, v) = ((round(p[0]), round(p[1])) for p in (spread[a], spread[b]))
        steps.append(f"m{x - at[0]} {y - at[1]}l{u - x} {v - y}")
        at = (u, v)
    return "M0 0" + "".join(steps)


def placed(
    towns: list[tuple[str, Point]], nodes: list[Point]
) -> Iterator[tuple[str, float, float, bool]]:
    """Where each name covers least; yields name, x, y and whether it ends there."""
    taken: list[tuple[float, float, float, float]] = []
    for name, (x, y) in towns:
        width = 11.5 * len(name)
        found = []
        for end in (False, True):
            for down in (-14, 27, 7):
                side = 6 if down != 7 else 16
                left = x - side - width if end else x + side
                box = (left, y + down - 18, left + width, y + down + 5)
                cost = sum(
                    box[0] - 5 < u < box[2] + 5 and box[1] - 4 < v < box[3] + 4
                    for u, v in nodes
                )
                cost += 9 * sum(
                    box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3]
                    for t in taken
                )
                cost += 9 * (box[0] < 4 or box[2] > SIDE - 4)
                found.append((cost, box, end, y + down, x - side if end else x + side))
        best = min(found, key=lambda found: found[0])
        taken.append(best[1])
        yield name, best[4], best[3], best[2]


def draw(contours: Path, communes: Path, places: Path) -> str:
    topology = json.loads(contours.read_text(encoding="utf-8"))
    arcs = arcs_of(topology)
    outline = list(rings_of(topology["objects"]["region"]))
    frame = Frame([point for ring in outline for point in joined(ring, arcs)])
    edge = {abs(~i if i < 0 else i) for ring in outline for i in ring}

    def drawn(points: list[Point]) -> list[Point]:
        return thinned([frame(*point) for point in points], 1.3)

    land = [
        ring
        for ring in (drawn(joined(ring, arcs)) for ring in outline)
        if area(ring) > SPECK
    ]
    inner = {
        i if i >= 0 else ~i
        for ring in rings_of(topology["objects"]["departments"])
        for i in ring
    }
    borders = [drawn(arcs[i]) for i in sorted(inner - edge)]

    weights = Counter(
        frame(float(row["lon"]), float(row["lat"]))
        for row in rows(places)
        if row["lon"] and row["lat"]
    )
    nodes = sorted(weights)
    threads = "".join(
        "M{:.0f} {:.0f}L{:.0f} {:.0f}".format(*nodes[a], *nodes[b])
        for a, b in gabriel(np.array(nodes))
    )
    towns = rows(communes)
    net = fine_net(towns, frame)

    def path(points: str, stroke: str, width: float) -> str:
        return f'<path fill="none" stroke="var({stroke})" stroke-width="{width}" stroke-linecap="round" d="{points}"/>'

    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000"><g id="mesh">',
        f'<path fill="var(--mesh-land,#f0efe7)" d="{"".join(path_of(r, closed=True) for r in land)}"/>',
        path(net, "--mesh-net,#dfe3da", 1),
        path(
            "".join(path_of(b, closed=False) for b in borders),
            "--mesh-border,#c3cfc6",
            1.3,
        ),
        path(threads, "--mesh-line,#0b7a75", 2.6),
        '<g fill="var(--mesh-node,#e8a317)" stroke="var(--mesh-ring,#fbfaf7)" stroke-width="2">',
    ]
    for (x, y), weight in sorted(weights.items(), key=lambda item: item[1]):
        radius = 6.5 + 3.6 * math.sqrt(weight - 1)
        out.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.1f}"/>')
    out.append(
        '</g><g fill="var(--mesh-text,#16233b)" stroke="var(--mesh-land,#f0efe7)" stroke-width="6"'
        ' stroke-linejoin="round" paint-order="stroke" font-size="22" font-weight="600">'
    )
    named = towns_of(towns, frame)
    for _, (x, y) in named:
        if min(math.dist((x, y), node) for node in nodes) < LONE:
            continue
        out.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="2.5" stroke="none"/>')
    for name, x, y, end in placed(named, nodes):
        anchor = ' text-anchor="end"' if end else ""
        out.append(f'<text x="{x:.0f}" y="{y:.0f}"{anchor}>{name}</text>')
    return "".join(out) + "</g></g></svg>\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("region", nargs="?", default="hauts-de-france")
    parser.add_argument("--source", type=Path, help="another folder to read from")
    parser.add_argument("--to", type=Path, help="another file to write")
    options = parser.parse_args()
    folder = DATA / options.region
    source = options.source or folder
    contours = next(
        p
        for p in (source / "contours.topojson", source / "static" / "contours.topojson")
        if p.exists()
    )
    text = draw(contours, source / "communes.csv", source / "places.csv")
    if len(text.encode()) > LIMIT_BYTES:
        raise SystemExit(
            f"The drawing has {len(text.encode())} bytes: too heavy for a home page."
        )
    target = options.to or folder / "static" / "mesh.svg"
    target.write_text(text, encoding="utf-8")
    print(f"{target}: {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
