"""Charts drawn by the server: one SVG for the page, for paper, without JavaScript.

Each function takes plain numbers and gives a :class:`Chart`: its drawing, its legend
and the table that says the same. A page shows it by ``includes/chart.html``; paper by
:func:`svg_text`. ``None`` is a value that is missing or kept secret: a gap, never a
zero. The title says the finding; unit and source are part of the chart (ADR 8).
"""

from maillage.core.charts.amounts import bars, histogram, lorenz, strip
from maillage.core.charts.areas import Shape, areas
from maillage.core.charts.drawing import Chart, Key, Mark, Table, figure, svg_text
from maillage.core.charts.parts import shares
from maillage.core.charts.series import Series, lines, multiples, spark
from maillage.core.charts.small_maps import Panel, Words, small_maps
from maillage.core.charts.trees import Branch, Leaf, treemap

__all__ = [
    "Branch",
    "Chart",
    "Key",
    "Leaf",
    "Mark",
    "Panel",
    "Series",
    "Shape",
    "Table",
    "Words",
    "areas",
    "bars",
    "figure",
    "histogram",
    "lines",
    "lorenz",
    "multiples",
    "shares",
    "small_maps",
    "spark",
    "strip",
    "svg_text",
    "treemap",
]
