"""Draw the motifs that stand where a thing has no picture: one mesh a family.

Run as ``python scripts/build_motifs.py``; writes ``maillage/static/img/motifs.svg``,
one symbol a family, 300 by 200, drawn with the custom properties ``--motif-line``,
``--motif-node`` and ``--motif-knot`` that ``.motif`` sets. Same seed, same drawing.
"""

import math
from pathlib import Path

import numpy as np
from scipy.spatial import Delaunay, Voronoi

TARGET = (
    Path(__file__).resolve().parent.parent
    / "maillage"
    / "static"
    / "img"
    / "motifs.svg"
)
WIDE, HIGH = 300, 200

Point = tuple[float, float]
Tie = tuple[Point, Point]


class Drawing:
    """Threads, then nodes, then the few knots that catch the eye."""

    def __init__(self) -> None:
        self.threads: list[str] = []
        self.nodes: list[str] = []
        self.knots: list[str] = []

    def tie(self, *points: Point) -> None:
        head, *rest = points
        self.threads.append(
            f"M{head[0]:.0f} {head[1]:.0f}"
            + "".join(f"L{x:.0f} {y:.0f}" for x, y in rest)
        )

    def ring(self, centre: Point, wide: float, high: float) -> None:
        x, y = centre
        half = f"a{wide:.0f} {high:.0f} 0 1 1 {{}} 0"
        self.threads.append(
            f"M{x - wide:.0f} {y:.0f}{half.format(round(2 * wide))}{half.format(-round(2 * wide))}"
        )

    def node(self, at: Point, radius: float = 3.2) -> None:
        self.nodes.append(f'<circle cx="{at[0]:.0f}" cy="{at[1]:.0f}" r="{radius}"/>')

    def knot(self, at: Point, radius: float = 7) -> None:
        self.knots.append(f'<circle cx="{at[0]:.0f}" cy="{at[1]:.0f}" r="{radius}"/>')

    def symbol(self, name: str) -> str:
        return (
            f'<symbol id="{name}" viewBox="0 0 {WIDE} {HIGH}" preserveAspectRatio="xMidYMid slice">'
            f'<path fill="none" stroke="var(--motif-line)" stroke-width="1.6" vector-effect="non-scaling-stroke" d="{"".join(self.threads)}"/>'
            f'<g fill="var(--motif-node)">{"".join(self.nodes)}</g>'
            f'<g fill="var(--motif-knot)">{"".join(self.knots)}</g></symbol>\n'
        )


def round_(
    centre: Point, wide: float, high: float, count: int, turn: float = 0.0
) -> list[Point]:
    angles = [turn + 2 * math.pi * i / count for i in range(count)]
    return [
        (centre[0] + wide * math.cos(a), centre[1] + high * math.sin(a)) for a in angles
    ]


def scattered(seed: int, count: int, apart: float) -> list[Point]:
    rng = np.random.default_rng(seed)
    found: list[Point] = []
    for x, y in rng.uniform((-20, -20), (WIDE + 20, HIGH + 20), (4000, 2)).tolist():
        if all(math.dist((x, y), other) > apart for other in found):
            found.append((x, y))
        if len(found) == count:
            break
    return found


def sciences() -> Drawing:
    """Rings about a star: planetariums, science centres, observatories."""
    d, centre = Drawing(), (176.0, 96.0)
    for step, (count, turn) in enumerate(
        [(7, 0.3), (11, 0.9), (16, 0.2), (22, 0.5)], 1
    ):
        d.ring(centre, 46 * step, 38 * step)
        bodies = round_(centre, 46 * step, 38 * step, count, turn)
        for i, body in enumerate(bodies):
            if (i * 7 + step) % 3 == 0:
                d.node(body, 2.6 + (i % 3))
    d.knot(centre, 10)
    d.knot(round_(centre, 92, 76, 11, 0.9)[4], 5.5)
    return d


def patrimoine() -> Drawing:
    """Two wheels that drive each other: crafts, mills, industry, railways."""
    d = Drawing()
    for centre, radius, count, turn in [
        ((104.0, 116.0), 84.0, 14, 0.0),
        ((226.0, 62.0), 55.0, 9, 0.2),
    ]:
        rim, hub = (
            round_(centre, radius, radius, count, turn),
            round_(centre, radius * 0.4, radius * 0.4, count, turn),
        )
        d.tie(*rim, rim[0])
        d.tie(*hub, hub[0])
        for i in range(count):
            d.tie(hub[i], rim[i])
            d.tie(hub[i], rim[(i + 1) % count])
            d.node(rim[i], 3.6)
        d.knot(centre, radius / 9)
    return d


def nature() -> Drawing:
    """Cells: nature houses, gardens, parks."""
    d = Drawing()
    points = scattered(12, 46, 34)
    cells = Voronoi(np.array(points))
    for a, b in cells.ridge_vertices:
        if a >= 0 and b >= 0:
            d.tie(tuple(cells.vertices[a]), tuple(cells.vertices[b]))
    for i, point in enumerate(points):
        if i % 3 == 0:
            d.node(point, 3)
    d.knot(min(points, key=lambda p: math.dist(p, (110, 110))), 8)
    return d


def recherche() -> Drawing:
    """A graph: laboratories, universities, innovation."""
    d = Drawing()
    points = scattered(5, 34, 40)
    ties = {
        tuple(sorted(pair))
        for a, b, c in Delaunay(np.array(points)).simplices.tolist()
        for pair in ((a, b), (b, c), (a, c))
    }
    for a, b in sorted(ties):
        if math.dist(points[a], points[b]) < 78:
            d.tie(points[a], points[b])
    for point in points:
        d.node(point)
    d.knot(min(points, key=lambda p: math.dist(p, (190, 90))), 8)
    d.knot(min(points, key=lambda p: math.dist(p, (90, 130))), 5.5)
    return d


def bibliotheque() -> Drawing:
    """Warp and weft: libraries, archives."""
    d = Drawing()
    for i in range(-10, 22):
        x = i * 20.0
        d.tie((x, 0), (x + 110, HIGH))
        d.tie((x + 110, 0), (x, HIGH))
    for row in range(1, 7):
        for i in range(-4, 20):
            if (i * 5 + row * 3) % 7 == 0:
                d.node((i * 20 + 10 * (row % 2) + 5, row * 200 / 11 * 1.5), 3)
    d.knot((195, 100), 8)
    d.knot((95, 64), 5.5)
    return d


def exposition() -> Drawing:
    """Panels set up one after another: travelling exhibitions."""
    d = Drawing()
    tops = [(-6, 52), (48, 34), (100, 62), (156, 38), (208, 66), (264, 42), (316, 60)]
    feet = [(x, 200 - y * 0.62) for x, y in tops]
    d.tie(*tops)
    d.tie(*feet)
    for i, (top, foot) in enumerate(zip(tops, feet, strict=True)):
        d.tie(top, foot)
        for part in (1 / 3, 2 / 3):
            if i:
                before = (
                    tops[i - 1][0],
                    tops[i - 1][1] + (feet[i - 1][1] - tops[i - 1][1]) * part,
                )
                d.tie(before, (top[0], top[1] + (foot[1] - top[1]) * part))
        d.node(top, 3.8)
        d.node(foot, 3.8)
    d.knot((156, 38 + (200 - 38 * 0.62 - 38) / 3), 8)
    return d


def malle() -> Drawing:
    """Stacked cubes: kits, models, games."""
    d, a = Drawing(), 40.0
    dx, dy = a * math.cos(math.pi / 6), a / 2
    for row in range(-1, 5):
        for col in range(-1, 6):
            x, y = col * 2 * dx + (dx if row % 2 else 0) - 10, row * 1.5 * a + 6
            if (row + 2 * col) % 5 == 0:
                continue
            d.tie(
                (x, y),
                (x + dx, y + dy),
                (x + dx, y + dy + a),
                (x, y + 2 * dy + a),
                (x - dx, y + dy + a),
                (x - dx, y + dy),
                (x, y),
            )
            d.tie((x - dx, y + dy), (x, y + 2 * dy), (x + dx, y + dy))
            d.tie((x, y + 2 * dy), (x, y + 2 * dy + a))
            d.node((x, y + 2 * dy), 3.4)
    d.knot((2 * 2 * dx - 10, 2 * 1.5 * a + 6 + 2 * dy), 8)
    return d


def fabrique() -> Drawing:
    """A printed board: fabrication workshops, tools, companies."""
    d = Drawing()
    rng = np.random.default_rng(3)
    for row in range(11):
        for col in range(16):
            d.nodes.append(f'<circle cx="{col * 20}" cy="{row * 20}" r="1.4"/>')
    for start in range(9):
        x, y = int(rng.integers(0, 6)) * 20, int(rng.integers(0, 10)) * 20
        path: list[Point] = [(x, y)]
        for step in range(5):
            length = int(rng.integers(1, 5)) * 20
            if step % 2 == 0:
                x += length
            else:
                sign = 1 if y < 60 else -1 if y > 140 else (1 if start % 2 else -1)
                x, y = x + 20, y + sign * 20
            path.append((x, y))
        d.tie(*path)
        d.node(path[0], 4)
        d.node(path[-1], 4)
    d.knot((180, 100), 8)
    return d


def reseau() -> Drawing:
    """Hubs and their members: structures, and whatever has no family."""
    d = Drawing()
    hubs = [(84.0, 80.0), (206.0, 118.0), (286.0, 34.0), (12.0, 176.0)]
    d.tie(hubs[3], hubs[0], hubs[1], hubs[2])
    for i, hub in enumerate(hubs):
        for j, leaf in enumerate(round_(hub, 62, 56, 9, 0.35 * i)):
            far = (
                hub[0] + (leaf[0] - hub[0]) * (0.62 + 0.38 * (j % 2)),
                hub[1] + (leaf[1] - hub[1]) * (0.62 + 0.38 * (j % 2)),
            )
            d.tie(hub, far)
            d.node(far, 3.4)
        d.knot(hub, 8 if i < 2 else 5.5)
    return d


def musee() -> Drawing:
    """Frames on a wall, hung on one thread: museums."""
    d = Drawing()
    frames = [
        (16, 30, 58, 78),
        (92, 14, 70, 50),
        (92, 82, 44, 58),
        (154, 84, 62, 92),
        (180, 18, 50, 46),
        (234, 78, 54, 60),
        (248, 12, 40, 48),
        (20, 126, 52, 58),
        (90, 158, 46, 36),
        (234, 156, 56, 38),
    ]
    hooks = [(x + w / 2, y + h / 2) for x, y, w, h in frames]
    for x, y, w, h in frames:
        d.tie((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y))
    for one, other in (
        (0, 1),
        (1, 4),
        (4, 6),
        (0, 2),
        (2, 3),
        (3, 5),
        (0, 7),
        (2, 8),
        (5, 9),
    ):
        d.tie(hooks[one], hooks[other])
    for hook in hooks:
        d.node(hook)
    d.knot(hooks[3], 8)
    return d


def culture() -> Drawing:
    """Rows of seats about a stage: cultural places, shows, films."""
    d, stage = Drawing(), (150.0, 216.0)
    for row in range(2, 9):
        radius = 26 * row
        arc = round_(stage, radius, radius * 0.92, 48)
        d.tie(*(point for point in arc[24:] + arc[:1]))
        seats = 2 * row
        for seat in range(seats + 1):
            if (seat * 5 + row * 3) % 4 == 0:
                angle = math.pi * (1 + (seat + 0.5) / (seats + 1))
                at = (
                    stage[0] + radius * math.cos(angle),
                    stage[1] + radius * 0.92 * math.sin(angle),
                )
                d.node(at, 3.6)
    for aisle in (1.2, 1.5, 1.8):
        end = (
            stage[0] + 214 * math.cos(math.pi * aisle),
            stage[1] + 200 * math.sin(math.pi * aisle),
        )
        d.tie(stage, end)
    d.knot((stage[0], stage[1] - 30), 12)
    return d


def numerique() -> Drawing:
    """Waves: digital works."""
    d = Drawing()
    for line in range(-1, 12):
        points = []
        for step in range(-1, 32):
            x = step * 10.0
            y = line * 18 + 14 * math.sin(x / 34 + line * 0.55) * math.sin(x / 95 + 0.5)
            points.append((x, y))
        d.tie(*points)
        d.node(points[(line * 7 + 5) % len(points)], 3.2)
        if line == 5:
            d.knot(points[19], 8)
    return d


FAMILIES = (
    sciences,
    musee,
    patrimoine,
    nature,
    bibliotheque,
    recherche,
    fabrique,
    culture,
    exposition,
    malle,
    numerique,
    reseau,
)


def main() -> None:
    symbols = "".join(family().symbol(family.__name__) for family in FAMILIES)
    TARGET.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n', encoding="utf-8"
    )
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
