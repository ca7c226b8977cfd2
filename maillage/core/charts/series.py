"""Values over time: lines, sparklines, small multiples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.charts.drawing import (
    COLOURS,
    DASHES,
    LETTER,
    MARKERS,
    WIDTH,
    Chart,
    Key,
    Mark,
    Table,
    bounds,
    checked,
    decimals_of,
    described,
    figure,
    mark,
    nothing,
    short,
    sign,
    ticks,
    words,
)

HEIGHT = 250.0
TOP, BOTTOM, RIGHT = 16.0, 28.0, 18.0


@dataclass(frozen=True)
class Series:
    """Values in the order of the labels; ``None`` is a gap.

    ``provisional`` has the places of values that may still change: hollow, dashed.
    """

    label: str
    values: Sequence[float | None]
    provisional: frozenset[int] = frozenset()
    #: Drawn in grey behind the others: a reference.
    is_rest: bool = False


def places(labels: Sequence[str]) -> list[float]:
    """Where labels stand on the axis: years at their distance, other words evenly."""
    if labels and all(label[:4].isdecimal() and len(label) == 4 for label in labels):
        return [float(label) for label in labels]
    return [float(n) for n in range(len(labels))]


def lines(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str = "",
    decimals: int = 0,
    zero: bool = False,
    height: float = HEIGHT,
) -> Chart:
    """Several series over the same periods. A value that stands alone is a dot."""
    series = [replace(one, values=checked(one.values)) for one in series]
    table = table_of(labels, series, decimals=decimals)
    everything = [v for one in series for v in one.values]
    if not any(v is not None for v in everything):
        return nothing(title, table, unit=unit)
    steps = ticks(*bounds(everything, zero=zero))
    shown = min(decimals_of(steps[1] - steps[0]), 6)
    names = [figure(step, shown) for step in steps]
    frame = Frame(
        labels,
        low=steps[0],
        high=steps[-1],
        left=max(map(len, names)) * LETTER + 12,
        height=height,
    )
    marks = [
        *(
            m
            for step, name in zip(steps, names, strict=True)
            for m in (
                mark("path", d=f"M{short(frame.left)},{short(frame.y(step))}H{short(WIDTH - RIGHT)}",
                     stroke_="grid", fill="none"),
                words(frame.left - 8, frame.y(step) + 4, name, anchor="end"),
            )
        ),
        *frame.names(),
    ]  # fmt: skip
    order = sorted(range(len(series)), key=lambda n: not series[n].is_rest)
    for n in order:
        marks += frame.line(series[n], rank=n, decimals=decimals, unit=unit)
    legend = tuple(
        Key(one.label, key_marks(n, is_rest=one.is_rest))
        for n, one in enumerate(series)
    )
    return Chart(
        title,
        told(labels, series, unit=unit, decimals=decimals),
        tuple(marks),
        WIDTH,
        height,
        table,
        legend=legend if len(series) > 1 else (),
        unit=unit,
        note=_("En pointillé : valeur provisoire.")
        if any(one.provisional for one in series)
        else "",
    )


@dataclass
class Frame:
    """The axes of a line chart."""

    labels: Sequence[str]
    low: float
    high: float
    left: float
    height: float = HEIGHT
    width: float = WIDTH
    right: float = RIGHT
    top: float = TOP
    bottom: float = BOTTOM

    def __post_init__(self) -> None:
        at = places(self.labels)
        first, last = min(at), max(at)
        room = self.width - self.left - self.right
        if last > first:
            self.xs = [self.left + room * (p - first) / (last - first) for p in at]
        else:
            self.xs = [self.left + room / 2 for _place in at]

    def y(self, value: float) -> float:
        room = self.height - self.top - self.bottom
        return self.top + room * (self.high - value) / ((self.high - self.low) or 1)

    def names(self) -> list[Mark]:
        """Names of periods, as many as fit; the last one always."""
        room = (self.width - self.left - self.right) / max(
            1, max(len(label) for label in self.labels) * LETTER * 1.9
        )
        every = max(1, -(-len(self.labels) // max(1, int(room))))
        last = len(self.labels) - 1
        return [
            words(self.xs[n], self.height - 8, label, anchor=self.anchor(n))
            for n, label in enumerate(self.labels)
            if (last - n) % every == 0
        ]

    def anchor(self, n: int) -> str:
        if len(self.labels) > 1 and n == len(self.labels) - 1:
            return "end"
        return "middle" if n or len(self.labels) == 1 else "start"

    def line(
        self, one: Series, *, rank: int, decimals: int, unit: str, markers: bool = True
    ) -> list[Mark]:
        colour = "rest" if one.is_rest else f"cat-{rank % COLOURS + 1}"
        whole, dashed = self.paths(one)
        dash = "" if one.is_rest else DASHES[rank % COLOURS]
        style: dict[str, Any] = {"fill": "none", "stroke_": colour, "stroke_width": 2.5,
                 "stroke_linejoin": "round", "stroke_linecap": "round"}  # fmt: skip
        found = []
        if whole:
            found.append(mark("path", d=whole, stroke_dasharray=dash, **style))
        if dashed:
            found.append(mark("path", d=dashed, stroke_dasharray="2 5", **style))
        if not markers:
            return found
        for n, value in enumerate(one.values):
            if value is None:
                continue
            hint = (
                f"{one.label}, {self.labels[n]} : {figure(value, decimals, unit=unit)}"
            )
            hollow = n in one.provisional
            found.append(
                sign(
                    MARKERS[rank % COLOURS], self.xs[n], self.y(value),
                    size=4.0 if len(one.values) < 30 else 2.5,
                    fill_="paper" if hollow else colour, stroke_=colour,
                    stroke_width=2.0, hint=hint,
                )
            )  # fmt: skip
        return found

    def paths(self, one: Series) -> tuple[str, str]:
        """What is certain, and the pieces that lead to a provisional value."""
        whole: list[str] = []
        dashed: list[str] = []
        for n in range(1, len(one.values)):
            before, after = one.values[n - 1], one.values[n]
            if before is None or after is None:
                continue
            start = f"{short(self.xs[n - 1])},{short(self.y(before))}"
            end = f"{short(self.xs[n])},{short(self.y(after))}"
            if n in one.provisional or n - 1 in one.provisional:
                dashed.append(f"M{start}L{end}")
            elif whole and whole[-1].endswith(start):
                whole[-1] += f"L{end}"
            else:
                whole.append(f"M{start}L{end}")
        return "".join(whole), "".join(dashed)


def spark(
    title: str,
    labels: Sequence[str],
    values: Sequence[float | None],
    *,
    rest: Sequence[float | None] = (),
    unit: str = "",
    decimals: int = 0,
    domain: tuple[float, float] | None = None,
    provisional: frozenset[int] = frozenset(),
) -> Chart:
    """A small line without axes: its shape, its ends; ``rest`` in grey behind it."""
    one = Series(title, checked(values), provisional)
    behind = Series("", checked(rest), is_rest=True)
    table = table_of(labels, [one], decimals=decimals)
    known = [n for n, value in enumerate(one.values) if value is not None]
    if not known:
        return replace(nothing(title, table, unit=unit), marks=(), sort="small")
    low, high = domain or bounds([*one.values, *behind.values])
    frame = Frame(
        labels, low=low, high=high, left=8.0, height=84.0, width=220.0, right=8.0,
        top=10.0, bottom=24.0,
    )  # fmt: skip
    marks = [
        mark(
            "path", d=f"M8,{short(frame.height - 24)}H212", stroke_="grid", fill="none"
        ),
        *frame.line(behind, rank=0, decimals=0, unit="", markers=False),
        *frame.line(one, rank=0, decimals=0, unit="", markers=False),
    ]
    last = known[-1]
    value = one.values[last] or 0.0
    hollow = last in provisional
    marks.append(
        sign("circle", frame.xs[last], frame.y(value), fill_="paper" if hollow else "cat-1",
             stroke_="cat-1", stroke_width=2.0)
    )  # fmt: skip
    ends = {0, len(labels) - 1}
    marks += [
        words(frame.xs[n], 78, labels[n], anchor=frame.anchor(n)) for n in sorted(ends)
    ]
    desc = told(labels, [one], unit=unit, decimals=decimals)
    return Chart(title, desc, tuple(marks), 220, 84, table, unit=unit, sort="small")


def multiples(
    title: str,
    labels: Sequence[str],
    panels: Mapping[str, Sequence[float | None]],
    *,
    rest: Sequence[float | None] = (),
    unit: str = "",
    decimals: int = 0,
    provisional: Mapping[str, frozenset[int]] | None = None,
) -> Chart:
    """The same small chart for several territories, on one scale."""
    open_ones = provisional or {}
    everything = [v for values in panels.values() for v in checked(values)]
    domain = bounds([*everything, *checked(rest)])
    small = tuple(
        spark(name, labels, values, rest=rest, unit=unit, decimals=decimals, domain=domain,
              provisional=open_ones.get(name, frozenset()))
        for name, values in panels.items()
    )  # fmt: skip
    series = [
        Series(name, checked(values), open_ones.get(name, frozenset()))
        for name, values in panels.items()
    ]
    table = table_of(labels, series, decimals=decimals)
    low, high = (figure(v, decimals) for v in domain)
    note = _("Même échelle pour tous, de %(low)s à %(high)s.")
    note %= {"low": low, "high": high}
    if any(open_ones.values()):
        note = described([note, _("En pointillé : valeur provisoire.")])
    return Chart(
        title, "", (), 0, 0, table, unit=unit, panels=small,
        note=note,
    )  # fmt: skip


def key_marks(rank: int, *, is_rest: bool = False) -> tuple[Mark, ...]:
    colour = "rest" if is_rest else f"cat-{rank % COLOURS + 1}"
    dash = "" if is_rest else DASHES[rank % COLOURS]
    return (
        mark("path", d="M1,8H31", stroke_=colour, stroke_width=2.5, fill="none",
             stroke_dasharray=dash),
        sign(MARKERS[rank % COLOURS], 16.0, 8.0, fill_=colour, stroke_=colour,
             stroke_width=2.0),
    )  # fmt: skip


def table_of(
    labels: Sequence[str], series: Sequence[Series], *, decimals: int
) -> Table:
    rows = tuple(
        (
            label,
            *(
                figure(one.values[n], decimals)
                + (" (p)" if n in one.provisional else "")
                for one in series
            ),
        )
        for n, label in enumerate(labels)
    )
    return Table((_("Période"), *(one.label for one in series)), rows)


def told(
    labels: Sequence[str], series: Sequence[Series], *, unit: str, decimals: int
) -> str:
    """What a person who does not see the drawing is told of it."""
    found = []
    for one in series[:8]:
        known = [(labels[n], v) for n, v in enumerate(one.values) if v is not None]
        if not known:
            continue
        (start, first), (end, last) = known[0], known[-1]
        facts = {
            "name": one.label,
            "first": figure(first, decimals),
            "start": start,
            "last": figure(last, decimals, unit=unit),
            "end": end,
        }
        if len(known) > 1:
            found.append(
                _("%(name)s : %(first)s en %(start)s, %(last)s en %(end)s.") % facts
            )
        else:
            found.append(_("%(name)s : %(last)s en %(end)s.") % facts)
    return " ".join(found)
