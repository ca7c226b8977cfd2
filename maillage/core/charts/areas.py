"""Territories in shades: a map that needs no script, for the page and for paper."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from maillage.core.charts.drawing import (
    Chart,
    Key,
    Mark,
    Table,
    figure,
    mark,
    nothing,
)
from maillage.core.charts.patterns import name_of, paint, patterns

CLASSES = 5
#: The pattern over what is secret.
HATCH = 1


@dataclass(frozen=True)
class Shape:
    """The outline of a territory, as an SVG path in the units of the map."""

    code: str
    name: str
    path: str


def classes(values: Sequence[float]) -> list[float]:
    """Upper bounds of all classes but the last: about as many values in each.

    Where too many values are equal for that, classes of equal width; where they are
    many zeros, zero is a class and what is above is cut.
    """
    if not values:
        return []
    known = np.asarray(values, dtype=float)
    found = cuts(known, CLASSES)
    if len(found) == CLASSES - 1:
        return found
    above = known[known > 0]
    if known.min() == 0 and len(above):
        found = cuts(above, CLASSES - 1)
        if len(found) < CLASSES - 2:
            found = cuts(np.unique(above), CLASSES - 1)
        return [0.0, *found]
    if len(np.unique(known)) >= CLASSES:
        low, high = float(known.min()), float(known.max())
        steps = np.linspace(0, 1, CLASSES + 1)[1:-1]
        return [low + (high - low) * float(step) for step in steps]
    return found


def cuts(known: NDArray[np.float64], count: int) -> list[float]:
    """Bounds of so many classes of about as many values; fewer where they are equal."""
    steps = np.linspace(0, 1, count + 1)[1:-1]
    bounds = {float(bound) for bound in np.quantile(known, steps)}
    return sorted(bounds - {float(known.max())})


def areas(
    title: str,
    shapes: Sequence[Shape],
    values: Mapping[str, float | None],
    *,
    size: tuple[float, float],
    unit: str = "",
    decimals: int = 0,
    marked: str = "",
    secret: Collection[str] = (),
) -> Chart:
    """Shapes filled by the class of their value; no value: paper with a dashed edge.

    Those of ``secret`` are hatched: there is a value, and it is not told.
    """
    known = {
        code: value
        for code, value in values.items()
        if value is not None and np.isfinite(value) and code not in secret
    }
    ranked = sorted(shapes, key=lambda s: (-known.get(s.code, -np.inf), s.name))
    table = Table(
        (_("Territoire"), unit or _("Valeur")),
        tuple(
            (s.name, _("secret") if s.code in secret else figure(known.get(s.code), decimals))
            for s in ranked
        ),
    )  # fmt: skip
    if not known or not shapes:
        return nothing(title, table, unit=unit)
    limits = classes([known[s.code] for s in shapes if s.code in known])
    name = name_of(title, size)
    hidden = [shape for shape in shapes if shape.code in secret]
    marks: list[Mark] = patterns(name, [HATCH], colour="soft") if hidden else []
    for shape in shapes:
        value = known.get(shape.code)
        told = (
            _("secret") if shape.code in secret else figure(value, decimals, unit=unit)
        )
        hint = f"{shape.name} : {told}"
        fill = "seq-0" if value is None else f"seq-{shade(value, limits)}"
        marks.append(
            mark("path", d=shape.path, fill_=fill, stroke_="rest" if value is None else "paper", stroke_width=1.0,
                 stroke_dasharray="3 3" if value is None else "", hint=hint)
        )  # fmt: skip
    marks += [
        mark("path", d=shape.path, fill=paint(name, HATCH), hint=f"{shape.name} : {_('secret')}")
        for shape in hidden
    ]  # fmt: skip
    marks += [
        mark("path", d=s.path, fill="none", stroke_="cat-2", stroke_width=3.5)
        for s in shapes if s.code == marked
    ]  # fmt: skip
    return Chart(
        title,
        _("%(known)s territoires sur %(all)s ont une valeur publiée.")
        % {"known": figure(len(known)), "all": figure(len(shapes))},
        tuple(marks),
        *size,
        table,
        legend=keys(
            [*known.values()], limits, decimals=decimals, total=len(shapes),
            secret=len(hidden), name=name,
        ),
        unit=unit,
    )  # fmt: skip


def shade(value: float, limits: Sequence[float]) -> int:
    """The class of a value, 1 to 5; few classes are spread over the whole scale."""
    return shades([value], limits)[0]


def shades(values: Sequence[float], limits: Sequence[float]) -> list[int]:
    ranks = np.searchsorted(np.asarray(limits), np.asarray(values), side="left")
    steps = [
        1 + round(rank * (CLASSES - 1) / max(len(limits), 1))
        for rank in range(len(limits) + 1)
    ]
    return [steps[rank] for rank in ranks.tolist()]


def keys(
    values: Sequence[float],
    limits: Sequence[float],
    *,
    decimals: int,
    total: int,
    secret: int = 0,
    name: str = "",
) -> tuple[Key, ...]:
    """What each shade means; empty classes are left out."""
    inside: dict[int, list[float]] = {}
    for value, rank in zip(values, shades(values, limits), strict=True):
        inside.setdefault(rank, []).append(value)
    found = [
        Key(span(min(held), max(held), decimals=decimals), (swatch(f"seq-{rank}"),))
        for rank, held in sorted(inside.items())
    ]
    if secret:
        found.append(Key(_("secret statistique"), hatched(f"{name}-k")))
    if len(values) + secret < total:
        found.append(Key(_("non publié ou inconnu"), (swatch("seq-0"),)))
    return tuple(found)


def hatched(name: str) -> tuple[Mark, ...]:
    """The sign of what is secret."""
    return (
        *patterns(name, [HATCH], colour="soft"),
        swatch("seq-0"),
        mark("rect", x=8, y=1, width=16, height=14, fill=paint(name, HATCH)),
    )


def span(low: float, high: float, *, decimals: int) -> str:
    if low == high:
        return figure(low, decimals)
    facts = {"low": figure(low, decimals), "high": figure(high, decimals)}
    return _("de %(low)s à %(high)s") % facts


def swatch(colour: str) -> Mark:
    return mark("rect", x=8, y=1, width=16, height=14, fill_=colour, stroke_="soft")
