"""The same territories again and again, in one scale: small maps of months or years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from maillage.core.charts.areas import Shape, classes, keys, shades, swatch
from maillage.core.charts.drawing import (
    Chart,
    Key,
    Mark,
    Table,
    figure,
    mark,
    nothing,
    short,
)
from maillage.core.charts.patterns import name_of


@dataclass(frozen=True)
class Panel:
    """One small map: values by code, and points (x, y) in the units of the outlines."""

    label: str
    values: Mapping[str, float | None]
    dots: Sequence[tuple[float, float]] = ()
    #: What is said under the label.
    told: str = ""
    url: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class Words:
    """What the legend calls a value of zero and the dots, the table its first column."""

    zero: str = ""
    dots: str = ""
    column: str = ""


def small_maps(
    title: str,
    shapes: Sequence[Shape],
    panels: Sequence[Panel],
    *,
    size: tuple[float, float],
    unit: str = "",
    decimals: int = 0,
    words: Words | None = None,
) -> Chart:
    """One map a panel, with the classes of all values together.

    Outlines are written once, in the first map; the others use them again: they stand
    on one page, not each on a paper of its own. Zero is blank where ``words`` name it,
    else a value as others.
    """
    words = words or Words()
    tables = [known_of(shapes, panel) for panel in panels]
    table = table_of(shapes, panels, tables, decimals=decimals, words=words)
    held = [v for values in tables for v in values.values() if v > 0 or not words.zero]
    if not shapes or not any(tables):
        return nothing(title, table, unit=unit)
    limits = classes(held)
    name = name_of(title, size)
    drawn = tuple(
        drawing(panel, values, shapes, limits=limits, name=name, size=size,
                decimals=decimals, zero=words.zero, is_first=rank == 0)
        for rank, (panel, values) in enumerate(zip(panels, tables, strict=True))
    )  # fmt: skip
    legend = list(keys(held, limits, decimals=decimals, total=len(held)))
    if words.zero and any(v <= 0 for values in tables for v in values.values()):
        legend.insert(0, Key(words.zero, (swatch("seq-0"),)))
    if any(len(values) < len(shapes) for values in tables):
        legend.append(Key(_("non publié ou inconnu"), (unknown(8, 1),)))
    if words.dots and any(panel.dots for panel in panels):
        legend.append(Key(words.dots, (dots([(16.0, 8.0)], large=10.0),)))
    return Chart(title, "", (), 0, 0, table, legend=tuple(legend), unit=unit, panels=drawn)  # fmt: skip


def known_of(shapes: Sequence[Shape], panel: Panel) -> dict[str, float]:
    given = ((shape.code, panel.values.get(shape.code)) for shape in shapes)
    return {code: v for code, v in given if v is not None and np.isfinite(v)}


def drawing(
    panel: Panel,
    values: Mapping[str, float],
    shapes: Sequence[Shape],
    *,
    limits: Sequence[float],
    name: str,
    size: tuple[float, float],
    decimals: int,
    zero: str,
    is_first: bool,
) -> Chart:
    """One of the maps; what is unknown has a dashed edge."""
    codes = list(values)
    ranks = dict(zip(codes, shades([values[c] for c in codes], limits), strict=True))
    marks: list[Mark] = []
    if is_first:
        paths = (
            mark("path", id=f"{name}-{n}", d=shape.path)
            for n, shape in enumerate(shapes)
        )
        marks.append(mark("defs", inside=tuple(paths)))
    groups: dict[int | None, list[Mark]] = {}
    for number, shape in enumerate(shapes):
        value = values.get(shape.code)
        is_zero = bool(zero) and value is not None and value <= 0
        told = zero if is_zero else figure(value, decimals)
        use = mark("use", href=f"#{name}-{number}", hint=f"{shape.name} : {told}")
        groups.setdefault(0 if is_zero else ranks.get(shape.code), []).append(use)
    marks += [shaded(rank, tuple(group)) for rank, group in groups.items()]
    if panel.dots:
        marks.append(dots(panel.dots))
    return Chart(
        panel.label, panel.told, tuple(marks), *size, Table((), ()), url=panel.url,
        is_current=panel.is_current,
    )  # fmt: skip


def shaded(rank: int | None, inside: tuple[Mark, ...]) -> Mark:
    """Shapes of one class; zero is blank, what is unknown has a dashed edge."""
    return mark(
        "g", fill_=f"seq-{rank or 0}", stroke_="paper" if rank else "rest",
        stroke_width=2.0, stroke_dasharray="5 5" if rank is None else "", inside=inside,
    )  # fmt: skip


def dots(points: Sequence[tuple[float, float]], *, large: float = 26.0) -> Mark:
    """Round dots with an edge, all in one path: lines of no length."""
    path = "".join(f"M{short(x)},{short(y)}h0" for x, y in points)
    edge: dict[str, Any] = {"d": path, "stroke_linecap": "round", "fill": "none"}
    return mark(
        "g",
        inside=(
            mark("path", stroke_="paper", stroke_width=large, **edge),
            mark("path", stroke_="cat-2", stroke_width=large * 0.7, **edge),
        ),
    )


def unknown(x: float, y: float) -> Mark:
    return mark("rect", x=x, y=y, width=16, height=14, fill_="seq-0", stroke_="rest",
                stroke_dasharray="3 3")  # fmt: skip


def table_of(
    shapes: Sequence[Shape],
    panels: Sequence[Panel],
    tables: Sequence[Mapping[str, float]],
    *,
    decimals: int,
    words: Words,
) -> Table:
    """A row a territory, those that have least on the whole first; a column a map."""

    def whole(shape: Shape) -> float:
        return sum(values.get(shape.code, 0.0) for values in tables)

    rows = [
        (shape.name, *(figure(values.get(shape.code), decimals) for values in tables))
        for shape in sorted(shapes, key=lambda shape: (whole(shape), shape.name))
    ]
    if words.dots and any(panel.dots for panel in panels):
        counts = (figure(len(panel.dots)) for panel in panels)
        rows.insert(0, (words.dots.capitalize(), *counts))
    return Table(
        (words.column or _("Territoire"), *(panel.label for panel in panels)),
        tuple(rows),
    )
