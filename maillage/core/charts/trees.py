"""A tree as rectangles in rectangles: area is one figure, shade another.

Squarified rows after Bruls, Huizing and van Wijk (2000), "Squarified Treemaps", so that
rectangles are near to squares; O(n log n) for n leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.charts.drawing import (
    LETTER,
    PHONE,
    WIDTH,
    Chart,
    Key,
    Mark,
    Table,
    figure,
    mark,
    nothing,
    words,
)

#: The head of a branch, with its name.
HEAD = 22.0
#: Upper bounds of the classes of shade, in percent; the last is what is above.
SHADES = (20.0, 40.0, 60.0, 80.0)
#: Letters on a shade that can be read in both themes stand on paper.
LABEL = 16.0
#: A letter of a code, where points and capital i are narrow.
NARROW = 6.4
#: Height of a leaf on a telephone, over the whole width.
TALL = 17.0
#: A share of the whole that is too small to be drawn.
TINY = 1e-6


@dataclass(frozen=True)
class Leaf:
    """``size`` makes the area; ``percent`` the shade, None: nothing is known."""

    code: str
    name: str
    size: float
    percent: float | None
    told: str = ""


@dataclass(frozen=True)
class Branch:
    name: str
    leaves: tuple[Leaf, ...]

    @property
    def size(self) -> float:
        return sum(leaf.size for leaf in self.leaves)


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float


def squarified(sizes: Sequence[float], box: Box) -> list[Box]:
    """A box for each size, in the same order; their areas are in proportion.

    What is less than a millionth of the whole has a box without area.
    """
    total = float(sum(sizes))
    found = [Box(box.x, box.y, 0.0, 0.0) for _size in sizes]
    if total <= 0 or box.width <= 0 or box.height <= 0:
        return found
    whole = box.width * box.height
    shares = [(n, size / total) for n, size in enumerate(sizes)]
    shares.sort(key=lambda pair: -pair[1])
    areas = [(n, share * whole) for n, share in shares if share > TINY]
    left = box
    while areas:
        side = min(left.width, left.height)
        count = 1
        while count < len(areas) and worst(areas[: count + 1], side) <= worst(
            areas[:count], side
        ):
            count += 1
        left = lay(areas[:count], left, found)
        areas = areas[count:]
    return found


def worst(row: Sequence[tuple[int, float]], side: float) -> float:
    """The longest rectangle of a row along a side, as a ratio; 1 is a square."""
    total = sum(area for _n, area in row)
    most, least = max(a for _n, a in row), min(a for _n, a in row)
    return max(
        side * side * most / (total * total), total * total / (side * side * least)
    )


def lay(row: Sequence[tuple[int, float]], box: Box, found: list[Box]) -> Box:
    """Lay a row along the short side; what is left for the others."""
    total = sum(area for _n, area in row)
    if box.width >= box.height:
        width = total / box.height
        y = box.y
        for n, area in row:
            found[n] = Box(box.x, y, width, area / width)
            y += area / width
        return Box(box.x + width, box.y, box.width - width, box.height)
    height = total / box.width
    x = box.x
    for n, area in row:
        found[n] = Box(x, box.y, area / height, height)
        x += area / height
    return Box(box.x, box.y + height, box.width, box.height - height)


def shade_of(percent: float | None) -> str:
    if percent is None:
        return "seq-0"
    return f"seq-{1 + sum(percent >= bound for bound in SHADES)}"


def treemap(
    title: str,
    branches: Sequence[Branch],
    *,
    table: Table,
    unit: str = "",
    width: float = WIDTH * 1.6,
    height: float = 480.0,
) -> Chart:
    """Branches side by side, their leaves inside; the table says all of it in words."""
    if not any(branch.size > 0 for branch in branches):
        return nothing(title, table, unit=unit)
    shown = sum(leaf.size > 0 for branch in branches for leaf in branch.leaves)
    desc = _("%(branches)s parties, %(leaves)s rectangles ; le tableau dit chacun.") % {
        "branches": figure(len(branches)),
        "leaves": figure(shown),
    }
    tall = min(max(TALL * shown, 420.0), 1100.0)
    narrow = Chart(title, desc, tree_marks(branches, Box(0, 0, PHONE, tall)), PHONE, tall, table)  # fmt: skip
    return Chart(
        title, desc, tree_marks(branches, Box(0, 0, width, height)), width, height, table,
        legend=legend(), unit=unit, sort="wide", narrow=narrow,
    )  # fmt: skip


def tree_marks(branches: Sequence[Branch], whole: Box) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    boxes = squarified([branch.size for branch in branches], whole)
    for branch, box in zip(branches, boxes, strict=True):
        if box.width <= 0:
            continue
        marks.append(fitted(branch.name, box.x + 4, box.y + 15, box.width - 8, strong=True))  # fmt: skip
        inner = Box(box.x, box.y + HEAD, box.width, max(box.height - HEAD, 0.0))
        cells = squarified([leaf.size for leaf in branch.leaves], inner)
        for leaf, cell in zip(branch.leaves, cells, strict=True):
            if cell.width > 0 and cell.height > 0:
                marks += leaf_marks(leaf, cell)
    return tuple(marks)


def leaf_marks(leaf: Leaf, box: Box) -> list[Mark]:
    is_unknown = leaf.percent is None
    found = [
        mark(
            "rect", x=box.x + 1, y=box.y + 1, width=max(box.width - 2, 0.5),
            height=max(box.height - 2, 0.5), fill_=shade_of(leaf.percent),
            stroke_="rest" if is_unknown else "paper", stroke_width=1,
            stroke_dasharray="3 3" if is_unknown else "",
            hint=f"{leaf.code} {leaf.name} : {leaf.told}",
        )
    ]  # fmt: skip
    for lines in (leaf.code,), folded(leaf.code):
        room = max(map(len, lines)) * NARROW + 8
        if box.width > room + 6 and box.height > LABEL * len(lines) + 8:
            return found + label_marks(lines, box, room=room)
    return found


def folded(code: str) -> tuple[str, ...]:
    """A code in two lines, cut at the point nearest to its middle."""
    points = [n for n, letter in enumerate(code[:-1], 1) if letter == "."]
    if not points:
        return (code,)
    cut = min(points, key=lambda n: (abs(n - len(code) / 2), -n))
    return code[:cut], code[cut:]


def label_marks(lines: Sequence[str], box: Box, *, room: float) -> list[Mark]:
    """A code on a piece of paper, which can be read over any shade."""
    height = LABEL * len(lines)
    paper = mark("rect", x=box.x + 4, y=box.y + 4, width=room, height=height, fill_="paper")  # fmt: skip
    return [
        paper,
        *(
            words(box.x + 8, box.y + 16 + LABEL * n, line, fill="ink")
            for n, line in enumerate(lines)
        ),
    ]


def fitted(text: str, x: float, y: float, room: float, *, strong: bool = False) -> Mark:
    """A text cut to the room that it has."""
    most = max(int(room / LETTER), 1)
    said = text if len(text) <= most else f"{text[: max(most - 1, 0)]}…"
    return words(x, y, said, strong=strong, fill="ink")


def legend() -> tuple[Key, ...]:
    bounds = [0, *(int(bound) for bound in SHADES), 100]
    named = [
        (_("%(low)d à %(high)d %%") % {"low": low, "high": high}, f"seq-{rank}")
        for rank, (low, high) in enumerate(pairwise(bounds), 1)
    ]
    swatch: dict[str, Any] = {"x": 6.0, "y": 0.0, "width": 20.0, "height": 16.0}
    keys = [Key(label, (mark("rect", fill_=fill, **swatch),)) for label, fill in named]
    none = mark("rect", fill_="seq-0", stroke_="rest", stroke_dasharray="3 3", **swatch)
    return (*keys, Key(_("aucune action"), (none,)))
