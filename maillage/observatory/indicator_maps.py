"""An indicator over its territories in a period: a map, and the same in a table.

EPCI and departments are drawn by the server. Communes are too many for that: their map
is drawn in the browser, from the same classes; the table holds them all, page by page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.core import charts
from maillage.core.charts import Chart, Key, figure
from maillage.core.charts.areas import CLASSES, classes, keys, shades
from maillage.core.charts.outlines import outlines as shapes
from maillage.observatory import periods
from maillage.observatory.choices import Aggregation, Level
from maillage.observatory.indicator_pages import (
    highest_title,
    region_mark,
    with_source,
)
from maillage.observatory.models import Indicator
from maillage.observatory.services.indicators import OfLevel, Shown, at_level, ranked
from maillage.observatory.services.perimeters import (
    commune_codes,
    commune_count,
    commune_names,
    names,
)

#: Levels that may be a map, the one that is shown first at the front.
DRAWN = (Level.EPCI, Level.DEPARTMENT, Level.COMMUNE)
#: Rows of a table on one page.
ROWS = 100
#: Communes that make a distribution worth drawing.
MANY = 30


@dataclass(frozen=True)
class Line:
    """One territory in the table; a secret one has no figure here either."""

    name: str
    url: str
    text: str
    is_hidden: bool


@dataclass(frozen=True)
class Around:
    """A level of territories in a period: map, legend, table, distribution."""

    level: str
    title: str
    lines: list[Line]
    #: The page of the table that the lines are, among all territories that it tells.
    pages: Page[Any]
    total: int
    #: How many are secret.
    hidden: int = 0
    legend: tuple[Key, ...] = ()
    #: EPCI and departments only.
    chart: Chart | None = None
    spread: Chart | None = None
    #: Where the browser reads the map of communes.
    data_url: str = ""

    @property
    def label(self) -> str:
        return str(Level(self.level).label)

    @property
    def silent(self) -> int:
        """Territories that no figure is known of, that are not in the table."""
        return self.total - self.pages.paginator.count


def around(
    indicator: Indicator,
    region: Mapping[str, Shown],
    *,
    level: str,
    period: str,
    number: str = "1",
) -> Around | None:
    """A page of a level; none without a figure. ``region`` has figures by period."""
    figures = at_level(indicator, level=level, period=period)
    if not figures.values and not figures.hidden:
        return None
    if level == Level.COMMUNE:
        return of_communes(indicator, figures, region, period=period, number=number)
    named = names(level)
    rows = ranked(indicator, figures, named)
    chart = territory_map(indicator, figures, level=level, period=period)
    lines = [line(indicator, level, row, figures) for row in rows]
    return Around(
        level,
        chart.title if chart else title_of(indicator, rows, period),
        lines,
        Paginator(lines, max(len(lines), 1)).get_page(1),
        len(lines),
        hidden=sum(one.is_hidden for one in lines),
        legend=chart.legend if chart else (),
        chart=chart,
    )


def line(
    indicator: Indicator,
    level: str,
    row: tuple[str, str, float | None],
    figures: OfLevel,
) -> Line:
    code, name, value = row
    is_hidden = code in figures.hidden
    url = reverse("observatory:territory_detail", args=[level, code])
    text = "" if is_hidden else figure(value, indicator.decimals)
    return Line(name, url, text, is_hidden)


def title_of(
    indicator: Indicator, rows: Sequence[tuple[str, str, float | None]], period: str
) -> str:
    words = periods.words(indicator.period_kind, period)
    ordered = [(name, value) for _code, name, value in rows]
    return highest_title(indicator, ordered, words)


def of_communes(
    indicator: Indicator,
    figures: OfLevel,
    region: Mapping[str, Shown],
    *,
    period: str,
    number: str,
) -> Around:
    """All communes; only those of the page of the table have their name read."""
    values, hidden, total = commune_values(indicator, figures)
    ordered = sorted(sorted(values), key=values.__getitem__, reverse=True)
    codes = ordered + hidden
    shown = Paginator(codes, ROWS).get_page(number)
    wanted = [*shown.object_list, *codes[:1]]
    named = commune_names(wanted)
    words = periods.words(indicator.period_kind, period)
    url = reverse("observatory:indicator_map", args=[indicator.code])
    known = [values[code] for code in ordered]
    lines = [
        line(indicator, Level.COMMUNE, (code, named.get(code, code), values.get(code)), figures)
        for code in shown.object_list
    ]  # fmt: skip
    return Around(
        Level.COMMUNE,
        highest_title(
            indicator, [(named.get(code, code), values[code]) for code in ordered], words
        ),
        lines,
        shown,
        total,
        hidden=len(hidden),
        legend=keys(
            known, classes(known), decimals=indicator.decimals, total=total,
            secret=len(hidden), name="communes",
        ),
        spread=spread(
            indicator, known[::-1], mark=region_mark(indicator, region, period), words=words
        ),
        data_url=f"{url}?periode={period}",
    )  # fmt: skip


def commune_values(
    indicator: Indicator, figures: OfLevel
) -> tuple[dict[str, float], list[str], int]:
    """Figures by code, codes of secret ones, and how many communes there are.

    A commune that a complete census does not name has zero.
    """
    everyone = commune_codes() if indicator.zero_if_absent else []
    values = {code: 0.0 for code in everyone if code not in figures.hidden}
    values |= figures.values
    return values, sorted(figures.hidden), len(everyone) or commune_count()


def commune_map(indicator: Indicator, *, period: str) -> dict[str, Any]:
    """What the map in the browser paints: classes of codes, rounded figures."""
    figures = at_level(indicator, level=Level.COMMUNE, period=period)
    values, hidden, _total = commune_values(indicator, figures)
    known = list(values.values())
    inside: list[dict[str, list[str]]] = [{"codes": []} for _each in range(CLASSES)]
    for code, rank in zip(values, shades(known, classes(known)), strict=True):
        inside[rank - 1]["codes"].append(code)
    return {
        "scale": "seq",
        "classes": inside,
        "hidden": hidden,
        "values": {
            code: round(value, indicator.decimals) for code, value in values.items()
        },
        "sites": [],
    }


def territory_map(
    indicator: Indicator, figures: OfLevel, *, level: str, period: str
) -> Chart | None:
    """EPCI or departments in shades, with the whole ranking in its table."""
    outlines, size = shapes(level)
    if not outlines:
        return None
    rows = ranked(indicator, figures, {shape.code: shape.name for shape in outlines})
    chart = charts.areas(
        title_of(indicator, rows, period),
        outlines,
        {code: value for code, _name, value in rows},
        size=size,
        unit=indicator.unit,
        decimals=indicator.decimals,
        secret=set(figures.hidden),
    )
    return with_source(chart, indicator)


def spread(
    indicator: Indicator,
    known: Sequence[float],
    *,
    mark: tuple[str, float] | None,
    words: str,
) -> Chart | None:
    """Communes by class of value, for rates; ``known`` increases.

    Those beyond the highest hundredth are in the last class.
    """
    if (
        indicator.aggregation not in {Aggregation.RATE, Aggregation.MEAN}
        or len(known) <= MANY
    ):
        return None
    top = max(known[int((len(known) - 1) * 0.99)], known[0] + 10.0**-indicator.decimals)
    edges = charts.drawing.ticks(known[0], top, wanted=10)
    inside = np.searchsorted(np.array(edges[1:-1]), np.array(known), side="right")
    counts = np.bincount(inside, minlength=len(edges) - 1).astype(float).tolist()
    chart = charts.histogram(
        _("%(number)s communes ont une valeur connue en %(period)s")
        % {"number": figure(len(known)), "period": words},
        edges,
        counts,
        unit=indicator.unit,
        decimals=max(
            indicator.decimals, charts.drawing.decimals_of(edges[1] - edges[0])
        ),
        counted=_("communes"),
        marked=mark,
    )
    return with_source(chart, indicator)
