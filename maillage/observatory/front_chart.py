"""The choices that nothing beats, drawn: how many are served, how far the farthest."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _, ngettext

from maillage.core.charts import Chart, Key, Mark, Table, figure
from maillage.core.charts.drawing import (
    COLOURS,
    LETTER,
    MARKERS,
    WIDTH,
    bounds,
    decimals_of,
    mark,
    nothing,
    short,
    sign,
    ticks,
    words,
)

HEIGHT, TOP, BOTTOM, RIGHT = 320.0, 20.0, 46.0, 24.0


def front_chart(points: Sequence[dict[str, Any]]) -> Chart:
    """``points`` have ``count``, ``share_percent``, ``worst_minutes``, ``names``.

    Each number of new places has its own sign; higher is more people within reach,
    further left is a shorter longest way.
    """
    shown = [p for p in points if np.isfinite(p["worst_minutes"])]
    columns = (
        _("Communes"), _("Lieux"), _("Habitants à portée (%)"), _("Trajet le plus long (min)"),
    )  # fmt: skip
    table = Table(columns, tuple(row_of(point) for point in shown))
    title = title_of(shown)
    if not shown:
        return nothing(title, table, unit="")
    across = ticks(*bounds([p["worst_minutes"] for p in shown]))
    up = ticks(*bounds([p["share_percent"] for p in shown]))
    left = max(len(figure(u, 1)) for u in up) * LETTER + 14

    def x(minutes: float) -> float:
        room = WIDTH - left - RIGHT
        return left + room * (minutes - across[0]) / (across[-1] - across[0])

    def y(percent: float) -> float:
        room = HEIGHT - TOP - BOTTOM
        return TOP + room * (up[-1] - percent) / (up[-1] - up[0])

    marks: list[Mark] = []
    for step in up:
        marks += [
            mark("path", d=f"M{short(left)},{short(y(step))}H{short(WIDTH - RIGHT)}",
                 stroke_="grid", fill="none"),
            words(left - 8, y(step) + 4, figure(step, decimals_of(up[1] - up[0])), anchor="end"),
        ]  # fmt: skip
    marks += [
        words(x(s), HEIGHT - 26, figure(s, decimals_of(across[1] - across[0])), anchor="middle")
        for s in across
    ]  # fmt: skip
    marks += [
        words(WIDTH - RIGHT, HEIGHT - 6, _("trajet le plus long, en minutes →"),
              anchor="end", fill="ink"),
        words(left, 12, _("↑ % d’habitants à portée"), fill="ink"),
    ]  # fmt: skip
    for point in shown:
        marks.append(
            sign(MARKERS[point["count"] % COLOURS], x(point["worst_minutes"]),
                 y(point["share_percent"]), size=7.0,
                 fill_=f"cat-{point['count'] % COLOURS + 1}", stroke_="paper",
                 stroke_width=1.5, hint=hint_of(point))
        )  # fmt: skip
    counts = sorted({p["count"] for p in shown})
    return Chart(
        title, "; ".join(hint_of(point) for point in shown), tuple(marks), WIDTH, HEIGHT,
        table, legend=tuple(key_of(count) for count in counts),
    )  # fmt: skip


def title_of(points: Sequence[dict[str, Any]]) -> str:
    """What the most complete choice wins, in one sentence."""
    if not points:
        return _("Aucun choix ne met toute la région à portée")
    before = min(points, key=lambda p: p["count"])
    best = max(points, key=lambda p: p["share_percent"])
    return ngettext(
        "%(count)d lieu de plus met %(after)s %% des habitants à portée, contre %(before)s %%",
        "%(count)d lieux de plus mettent %(after)s %% des habitants à portée, contre "
        "%(before)s %%",
        best["count"],
    ) % {
        "count": best["count"],
        "after": figure(best["share_percent"], 1),
        "before": figure(before["share_percent"], 1),
    }


def row_of(point: dict[str, Any]) -> tuple[str, ...]:
    return (
        point["names"] or _("rien de nouveau"),
        figure(point["count"]),
        figure(point["share_percent"], 1),
        figure(point["worst_minutes"]),
    )


def hint_of(point: dict[str, Any]) -> str:
    names, _count, share, worst = row_of(point)
    return _("%(names)s : %(share)s %% à portée, trajet le plus long %(worst)s minutes") % {
        "names": names, "share": share, "worst": worst,
    }  # fmt: skip


def key_of(count: int) -> Key:
    label = ngettext("%d lieu de plus", "%d lieux de plus", count) % count
    if not count:
        label = _("rien de nouveau")
    return Key(
        label,
        (sign(MARKERS[count % COLOURS], 16.0, 8.0, size=6.0,
              fill_=f"cat-{count % COLOURS + 1}", stroke_="paper"),),
    )  # fmt: skip
