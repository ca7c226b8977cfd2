"""Amounts side by side: bars, distributions, inequality."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from django.utils.translation import gettext as _

from maillage.core.charts.drawing import (
    LETTER,
    WIDTH,
    Chart,
    Mark,
    Table,
    bounds,
    checked,
    decimals_of,
    figure,
    mark,
    nothing,
    short,
    ticks,
    words,
)

#: A bar with its name above it: readable on a telephone whatever the name.
ROW, BAR = 40.0, 14.0


def bars(
    title: str,
    rows: Sequence[tuple[str, float | None]],
    *,
    unit: str = "",
    decimals: int = 0,
    column: str = "",
    marked: frozenset[str] = frozenset(),
    reference: tuple[str, float] | None = None,
) -> Chart:
    """One bar a row, from zero. ``marked`` rows stand out; ``reference`` is a line."""
    values = checked(value for _label, value in rows)
    labels = [label for label, _value in rows]
    named = column or _("Territoire")
    table = Table(
        (named, unit or _("Valeur")),
        tuple((label, figure(v, decimals)) for label, v in zip(labels, values, strict=True)),
    )  # fmt: skip
    if not any(v is not None for v in values):
        return nothing(title, table, unit=unit)
    low, high = bounds([*values, reference[1] if reference else None], zero=True)
    most = max(len(figure(v, decimals)) for v in values) * LETTER + 14
    left = most if low < 0 else 0.0
    room = WIDTH - left - most
    foot = 24.0 if reference else 4.0

    def x(value: float) -> float:
        return left + room * (value - low) / ((high - low) or 1)

    marks: list[Mark] = []
    if low < 0:
        axis = f"M{short(x(0))},0V{short(len(rows) * ROW)}"
        marks.append(mark("path", d=axis, stroke_="grid", fill="none"))
    for n, (label, value) in enumerate(zip(labels, values, strict=True)):
        top = n * ROW
        stands_out = label in marked
        marks.append(words(0, top + 15, label, strong=stands_out, fill="ink"))
        if value is None:
            marks.append(words(0, top + 33, _("non publié")))
            continue
        ends = sorted((x(0), x(value)))
        marks += [
            mark("rect", x=ends[0], y=top + 21, width=max(ends[1] - ends[0], 1.0),
                 height=BAR, rx=2, fill_="cat-2" if stands_out else "cat-1",
                 hint=f"{label} : {figure(value, decimals, unit=unit)}"),
            words(ends[1] + 7 if value >= 0 else ends[0] - 7, top + 33,
                  figure(value, decimals), anchor="start" if value >= 0 else "end",
                  fill="ink", strong=True, halo=True),
        ]  # fmt: skip
    height = len(rows) * ROW + foot
    if reference:
        name, value = reference
        at = x(value)
        text = f"{name} : {figure(value, decimals)}"
        side = "end" if at > WIDTH * 0.6 else "start"
        line = [
            mark("path", d=f"M{short(at)},4V{short(height - 20)}", stroke_="ink",
                 stroke_width=1.5, stroke_dasharray="5 4", fill="none"),
            words(at, height - 5, text, anchor=side, fill="ink"),
        ]  # fmt: skip
        marks = [line[0], *marks, line[1]]
    known = [
        (v, label) for v, label in zip(values, labels, strict=True) if v is not None
    ]
    desc = _("De %(low)s (%(first)s) à %(high)s (%(last)s).") % {
        "low": figure(min(known)[0], decimals), "first": min(known)[1],
        "high": figure(max(known)[0], decimals, unit=unit), "last": max(known)[1],
    }  # fmt: skip
    return Chart(title, desc, tuple(marks), WIDTH, height, table, unit=unit)


def strip(
    title: str,
    values: Sequence[tuple[str, float | None]],
    *,
    marked: str = "",
    unit: str = "",
    decimals: int = 0,
    reference: tuple[str, float] | None = None,
) -> Chart:
    """A territory among the others: a dot each, the middle half as a band."""
    known = sorted(
        (v, label) for label, v in zip(
            (label for label, _value in values), checked(v for _label, v in values), strict=True
        ) if v is not None
    )  # fmt: skip
    table = Table(
        (_("Territoire"), unit or _("Valeur")),
        tuple((label, figure(v, decimals)) for v, label in reversed(known)),
    )
    if not known:
        return nothing(title, table, unit=unit)
    numbers = [v for v, _label in known]
    steps = ticks(*bounds([*numbers, reference[1] if reference else None]))
    left, right = 14.0, WIDTH - 14

    def x(value: float) -> float:
        return left + (right - left) * (value - steps[0]) / (steps[-1] - steps[0])

    quarter = [numbers[int((len(numbers) - 1) * share)] for share in (0.25, 0.75)]
    places = min(decimals_of(steps[1] - steps[0]), 6)
    marks = [
        mark("rect", x=x(quarter[0]), y=30, width=max(x(quarter[1]) - x(quarter[0]), 2.0),
             height=28, fill_="grid", rx=3,
             hint=_("La moitié des territoires est dans cette bande.")),
        *(
            mark("circle", cx=x(v), cy=44.0, r=4.0, fill_="rest", fill_opacity=0.7,
                 hint=f"{label} : {figure(v, decimals, unit=unit)}")
            for v, label in known if label != marked
        ),
        mark("path", d=f"M{short(left)},70H{short(right)}", stroke_="soft", fill="none"),
        *(words(x(s), 88, figure(s, places), anchor="middle") for s in steps),
    ]  # fmt: skip
    if reference:
        at = x(reference[1])
        marks += [
            mark("path", d=f"M{short(at)},24V70", stroke_="ink", stroke_width=2,
                 stroke_dasharray="4 3", fill="none"),
            words(at, 104, reference[0], anchor=side_of(at), fill="ink"),
        ]  # fmt: skip
    own = next((v for v, label in known if label == marked), None)
    if own is not None:
        text = f"{marked} : {figure(own, decimals, unit=unit)}"
        marks += [
            mark("path", d=f"M{short(x(own))},20V56", stroke_="cat-2", stroke_width=2, fill="none"),
            mark("circle", cx=x(own), cy=44.0, r=7.0, fill_="cat-2", stroke_="paper",
                 stroke_width=2, hint=text),
            words(x(own), 15, text, anchor=side_of(x(own)), size=14, strong=True, fill="ink"),
        ]  # fmt: skip
    desc = _("De %(low)s à %(high)s ; la moitié entre %(first)s et %(last)s.") % {
        "low": figure(numbers[0], decimals), "high": figure(numbers[-1], decimals, unit=unit),
        "first": figure(quarter[0], decimals), "last": figure(quarter[1], decimals, unit=unit),
    }  # fmt: skip
    return Chart(title, desc, tuple(marks), WIDTH, 112, table, unit=unit)


def side_of(x: float) -> str:
    """How a text stands at a point so that it stays inside."""
    if x > WIDTH * 0.7:
        return "end"
    return "start" if x < WIDTH * 0.3 else "middle"


def histogram(
    title: str,
    edges: Sequence[float],
    counts: Sequence[float],
    *,
    unit: str = "",
    decimals: int = 0,
    counted: str = "",
    marked: tuple[str, float] | None = None,
) -> Chart:
    """How many fall between two edges; ``edges`` has one more than ``counts``."""
    if len(edges) != len(counts) + 1 or any(b <= a for a, b in pairwise(edges)):
        message = "edges must increase and hold each count"
        raise ValueError(message)
    what = counted or _("territoires")
    names = [
        _("de %(low)s à %(high)s")
        % {"low": figure(a, decimals), "high": figure(b, decimals)}
        for a, b in pairwise(edges)
    ]
    table = Table(
        (unit or _("Valeur"), what),
        tuple((name, figure(n)) for name, n in zip(names, counts, strict=True)),
    )
    if not sum(counts):
        return nothing(title, table, unit=unit)
    steps = ticks(0, max(counts))
    left = max(len(figure(s)) for s in steps) * LETTER + 12
    height, top, bottom = 220.0, 24.0, 28.0

    def x(value: float) -> float:
        return left + (WIDTH - 14 - left) * (value - edges[0]) / (edges[-1] - edges[0])

    def y(value: float) -> float:
        return height - bottom - (height - top - bottom) * value / steps[-1]

    marks: list[Mark] = []
    for step in steps:
        marks += [
            mark("path", d=f"M{short(left)},{short(y(step))}H{short(WIDTH - 14)}",
                 stroke_="grid", fill="none"),
            words(left - 8, y(step) + 4, figure(step), anchor="end"),
        ]  # fmt: skip
    for n, count in enumerate(counts):
        width = x(edges[n + 1]) - x(edges[n])
        here = bool(marked) and edges[n] <= (marked or ("", 0.0))[1] < edges[n + 1]
        marks.append(
            mark("rect", x=x(edges[n]) + 1, y=y(count), width=max(width - 2, 1.0),
                 height=max(height - bottom - y(count), 0.0),
                 fill_="cat-2" if here else "cat-1",
                 hint=f"{names[n]} : {figure(count)} {what}")
        )  # fmt: skip
    every = max(1, -(-len(edges) // 7))
    marks += [
        words(x(edge), height - 9, figure(edge, decimals), anchor=side_of(x(edge)))
        for edge in edges[::every]
    ]
    if marked:
        at = min(max(x(marked[1]), left), WIDTH - 14)
        text = f"{marked[0]} : {figure(marked[1], decimals)}"
        marks += [
            mark("path", d=f"M{short(at)},18V{short(height - bottom)}", stroke_="ink",
                 stroke_width=2, stroke_dasharray="4 3", fill="none"),
            words(at, 13, text, anchor=side_of(at), fill="ink", strong=True),
        ]  # fmt: skip
    top_class = max(range(len(counts)), key=lambda n: counts[n])
    desc = _("Le plus souvent %(range)s : %(number)s %(what)s.") % {
        "range": names[top_class], "number": figure(counts[top_class]), "what": what,
    }  # fmt: skip
    return Chart(title, desc, tuple(marks), WIDTH, height, table, unit=unit)


def lorenz(
    title: str,
    people: Sequence[float],
    amounts: Sequence[float],
    *,
    gini: float | None = None,
    who: str = "",
    what: str = "",
) -> Chart:
    """Cumulated shares, the least served first, against perfect equality.

    ``people`` are weights >= 0, ``amounts`` what each weight has in all, >= 0.
    """
    pairs = sorted((a / p, p, a) for p, a in zip(people, amounts, strict=True) if p > 0)
    total, whole = sum(p for _r, p, _a in pairs), sum(a for _r, _p, a in pairs)
    who, what = who or _("population"), what or _("accès")
    columns = (f"{who} (%)", f"{what} (%)")
    if not pairs or whole <= 0:
        return nothing(title, Table(columns, ()), unit="%")
    xs = [0.0, *accumulate(100 * p / total for _r, p, _a in pairs)]
    ys = [0.0, *accumulate(100 * a / whole for _r, _p, a in pairs)]
    side, left, top = 300.0, 46.0, 12.0

    def at(x: float, y: float) -> str:
        return f"{short(left + side * x / 100)},{short(top + side * (100 - y) / 100)}"

    kept = thinned(xs, ys)
    curve = "M" + "L".join(at(x, y) for x, y in kept)
    marks = [
        *(
            m for step in (0, 50, 100) for m in (
                words(left - 8, top + side * (100 - step) / 100 + 4, figure(step), anchor="end"),
                words(left + side * step / 100, top + side + 20, figure(step), anchor="middle"),
                mark("path", d=f"M{at(0, step)}L{at(100, step)}", stroke_="grid", fill="none"),
            )
        ),
        mark("path", d=f"{curve}Z", fill_="cat-1", fill_opacity=0.15),
        mark("path", d=f"M{at(0, 0)}L{at(100, 100)}", stroke_="soft", stroke_width=1.5,
             stroke_dasharray="5 4", fill="none"),
        mark("path", d=curve, stroke_="cat-1", stroke_width=2.5, fill="none"),
        words(left + side / 2, top + side + 40, columns[0], anchor="middle", fill="ink"),
        words(left + 8, top + 16, columns[1], fill="ink"),
    ]  # fmt: skip
    if gini is not None:
        marks.append(
            words(left + side + 20, top + side / 2, f"Gini : {figure(gini, 2)}",
                  size=16, strong=True, fill="ink")
        )  # fmt: skip
    tenths = range(10, 101, 10)
    points = [(x, interpolated(float(x), xs, ys)) for x in tenths]
    table = Table(columns, tuple((figure(x), figure(y, 1)) for x, y in points))
    half = figure(interpolated(50.0, xs, ys), 0)
    desc = _("La moitié la moins bien servie a %(half)s %% de l’ensemble.") % {
        "half": half
    }
    return Chart(title, desc, tuple(marks), WIDTH, top + side + 50, table, unit="%")


def thinned(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    """At most some 200 points of a curve, its ends included."""
    every = max(1, len(xs) // 200)
    kept = [*range(0, len(xs), every)]
    if kept[-1] != len(xs) - 1:
        kept.append(len(xs) - 1)
    return [(xs[n], ys[n]) for n in kept]


def interpolated(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """The ordinate of a broken line; ``xs`` do not decrease."""
    for n in range(1, len(xs)):
        if xs[n] >= x and xs[n] > xs[n - 1]:
            share = (x - xs[n - 1]) / (xs[n] - xs[n - 1])
            return ys[n - 1] + share * (ys[n] - ys[n - 1])
    return ys[-1]
