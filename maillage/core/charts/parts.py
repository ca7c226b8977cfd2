"""Parts of a whole, each in its colour and its pattern."""

from collections.abc import Sequence
from itertools import accumulate

from django.utils.translation import gettext as _

from maillage.core.charts.amounts import ROW
from maillage.core.charts.drawing import (
    COLOURS,
    LETTER,
    WIDTH,
    Chart,
    Key,
    Mark,
    Table,
    checked,
    figure,
    mark,
    nothing,
    words,
)
from maillage.core.charts.patterns import name_of, paint, patterns


def shares(
    title: str,
    rows: Sequence[tuple[str, Sequence[float | None]]],
    parts: Sequence[str],
    *,
    column: str = "",
) -> Chart:
    """Parts of a whole, one bar of 100 % a row. A missing part leaves its row out."""
    cells: list[tuple[str, list[float] | None]] = []
    for label, given in rows:
        values = checked(given)
        total = sum(v for v in values if v is not None)
        whole = [v for v in values if v is not None]
        good = len(whole) == len(values) and total > 0 and min(whole) >= 0
        cells.append((label, [100 * v / total for v in whole] if good else None))
    unknown: list[float | None] = [None] * len(parts)
    table = Table(
        (column or _("Territoire"), *parts),
        tuple(
            (label, *(figure(p, 0, unit="%") for p in (per or unknown)))
            for label, per in cells
        ),
    )
    if not any(per for _label, per in cells):
        return nothing(title, table, unit="%")
    name = name_of(title, parts, rows)
    marks: list[Mark] = patterns(name, range(min(len(parts), COLOURS)))
    for n, (label, per) in enumerate(cells):
        top = n * (ROW + 6)
        marks.append(words(0, top + 15, label, fill="ink"))
        if per is None:
            marks.append(words(0, top + 35, _("non publié")))
            continue
        ends = [0.0, *accumulate(p * WIDTH / 100 for p in per)]
        for rank, share in enumerate(per):
            width = max(ends[rank + 1] - ends[rank] - 2, 0.0)
            if width <= 0:
                continue
            text = figure(share, 0, unit="%")
            hint = f"{label}, {parts[rank]} : {text}"
            marks += part_marks(
                name,
                rank,
                x=ends[rank],
                y=top + 21.0,
                width=width,
                height=20.0,
                hint=hint,
            )
            room = len(text) * LETTER + 8
            if width > room:  # the figure stands on plain colour
                marks += [
                    mark("rect", x=ends[rank] + 2, y=top + 23, width=room, height=16,
                         fill_=f"cat-{rank % COLOURS + 1}"),
                    words(ends[rank] + 6, top + 36, text, strong=True, fill="paper"),
                ]  # fmt: skip
    legend = tuple(
        Key(part, (
            *patterns(f"{name}-k{n}", [n % COLOURS]),
            *part_marks(f"{name}-k{n}", n, x=6.0, y=0.0, width=20.0, height=16.0),
        ))
        for n, part in enumerate(parts)
    )  # fmt: skip
    desc = _("Dans l’ordre, de gauche à droite : %s.") % ", ".join(parts)
    return Chart(
        title, desc, tuple(marks), WIDTH, len(rows) * (ROW + 6), table, legend=legend,
        unit="%",
    )  # fmt: skip


def part_marks(
    name: str, rank: int, *, x: float, y: float, width: float, height: float,
    hint: str = "",
) -> list[Mark]:  # fmt: skip
    """A part in its colour, and its pattern over it."""
    colour = f"cat-{rank % COLOURS + 1}"
    found = [
        mark("rect", x=x, y=y, width=width, height=height, fill_=colour, hint=hint)
    ]
    if over := paint(name, rank % COLOURS):
        found.append(
            mark("rect", x=x, y=y, width=width, height=height, fill=over, hint=hint)
        )
    return found
