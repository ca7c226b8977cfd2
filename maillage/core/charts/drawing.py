"""What all charts are made of: marks, colours, scales, figures in words."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree as ET

from django.utils.translation import get_language, gettext as _

THIN = "\N{NARROW NO-BREAK SPACE}"
NBSP = "\N{NO-BREAK SPACE}"
#: Width of a drawing in its own units; a page scales it to its column.
WIDTH = 560.0
#: Width of a drawing for a telephone.
PHONE = 360.0
#: A letter of the axes, in the same units: about what the font takes.
LETTER = 7.2
#: Colours on paper. On a page, classes of charts.css say them again for both themes.
#: Okabe & Ito (2008), the dark ones first: they stand on white.
PAINT = {
    "cat-1": "#0072b2",
    "cat-2": "#d55e00",
    "cat-3": "#009e73",
    "cat-4": "#aa4f86",
    "cat-5": "#c98500",
    "cat-6": "#3a97cf",
    "cat-7": "#8f8400",
    "seq-0": "#f2f0e9",
    "seq-1": "#fde725",
    "seq-2": "#5ec962",
    "seq-3": "#21918c",
    "seq-4": "#3b528b",
    "seq-5": "#440154",
    "ink": "#16233b",
    "soft": "#4b5769",
    "grid": "#dcd9cf",
    "rest": "#a9b3c2",
    "paper": "#ffffff",
}
COLOURS = 7
#: Never colour alone: each series has its own dashes and its own marker.
DASHES = ("", "7 4", "2 3", "10 3 2 3", "4 2", "1 4", "12 4")
MARKERS = ("circle", "square", "triangle", "diamond", "cross", "circle", "square")


@dataclass(frozen=True)
class Mark:
    """One SVG element; ``hint`` is what it says when pointed at."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    text: str = ""
    hint: str = ""
    inside: tuple["Mark", ...] = ()


@dataclass(frozen=True)
class Key:
    """One line of a legend, with the sign that it explains."""

    label: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Table:
    """The figures of a chart; the first cell of a row names it, the others are figures."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A drawing and the words around it."""

    title: str
    desc: str
    marks: tuple[Mark, ...]
    width: float
    height: float
    table: Table
    legend: tuple[Key, ...] = ()
    unit: str = ""
    note: str = ""
    source: str = ""
    source_url: str = ""
    #: A word for the style sheet: ``small`` for a chart among many.
    sort: str = ""
    #: The same chart for a page as narrow as a telephone: :data:`PHONE` units are pixels.
    narrow: "Chart | None" = None
    #: For a panel among others: its own page, and whether it is the one being read.
    url: str = ""
    is_current: bool = False
    panels: tuple["Chart", ...] = field(default=())

    @property
    def view_box(self) -> str:
        return f"0 0 {short(self.width)} {short(self.height)}"

    @property
    def is_empty(self) -> bool:
        return not self.marks and not self.panels

    def told(self, *, source: str = "", url: str = "", note: str = "") -> "Chart":
        """The same chart with where its figures come from."""
        return replace(self, source=source, source_url=url, note=note or self.note)


def mark(
    tag: str,
    *,
    text: str = "",
    hint: str = "",
    inside: tuple[Mark, ...] = (),
    **given: Any,
) -> Mark:
    """A mark; ``fill_`` and ``stroke_`` name a colour of :data:`PAINT`."""
    classes = [str(given.pop("sort", ""))]
    found: dict[str, str] = {}
    for name, value in given.items():
        if name in {"fill_", "stroke_"}:
            kind = name.rstrip("_")
            classes.append(f"{kind}-{value}")
            found[kind] = PAINT[str(value)]
        elif value is not None and value != "":
            key = name.replace("_", "-")
            found[key] = short(value) if isinstance(value, float) else str(value)
    if kept := " ".join(filter(None, classes)):
        found["class"] = kept
    return Mark(tag, tuple(found.items()), text, hint, inside)


#: A line behind a text does not cross its letters.
HALO: dict[str, Any] = {"stroke_": "paper", "stroke_width": 4, "paint_order": "stroke"}


def words(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 13,
    strong: bool = False,
    fill: str = "soft",
    halo: bool = False,
) -> Mark:
    """A text; sizes are classes too, so that a narrow page may enlarge them."""
    return mark(
        "text",
        text=text,
        x=x,
        y=y,
        text_anchor=anchor if anchor != "start" else "",
        font_size=size,
        font_weight=600 if strong else "",
        fill_=fill,
        **HALO if halo else {},
        sort=f"chart-{'large' if size > 14 else 'text'}",
    )


def short(number: float) -> str:
    """A coordinate with one decimal at most."""
    text = f"{round(number, 1) + 0.0:.1f}"
    return text.removesuffix(".0")


def sign(shape: str, x: float, y: float, *, size: float = 4.0, **given: Any) -> Mark:
    """A marker of one of the shapes of :data:`MARKERS`, centred on a point."""
    if shape == "circle":
        return mark("circle", cx=x, cy=y, r=size, **given)
    if shape == "square":
        side = size * 1.8
        return mark(
            "rect", x=x - side / 2, y=y - side / 2, width=side, height=side, **given
        )
    s = size * 1.3
    corners = {
        "triangle": f"M{short(x)},{short(y - s)}l{short(s)},{short(s * 1.8)}h{short(-2 * s)}z",
        "diamond": f"M{short(x)},{short(y - s)}l{short(s)},{short(s)}l{short(-s)},{short(s)}l{short(-s)},{short(-s)}z",
        "cross": f"M{short(x - s)},{short(y - s)}l{short(2 * s)},{short(2 * s)}m0,{short(-2 * s)}l{short(-2 * s)},{short(2 * s)}",
    }
    return mark("path", d=corners[shape], **given)


def figure(value: float | None, decimals: int = 0, *, unit: str = "") -> str:
    """A number as people read it; a dash for what is not known.

    ``-0`` is 0, and nothing that is not a number is ever written.
    """
    if value is None or not math.isfinite(value):
        return "–"
    rounded = round(value, decimals) + 0.0
    text = f"{rounded:,.{decimals}f}"
    if (get_language() or "fr").startswith("fr"):
        text = text.replace(",", THIN).replace(".", ",")
    text = text.replace("-", "\N{MINUS SIGN}")
    return f"{text}{NBSP}{unit}" if unit else text


def decimals_of(step: float) -> int:
    """How many decimals tell the ticks of a step apart."""
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0


def ticks(low: float, high: float, *, wanted: int = 4) -> list[float]:
    """Round numbers that hold [low, high], about ``wanted`` + 1 of them."""
    if not (math.isfinite(low) and math.isfinite(high)):
        message = "bounds must be numbers"
        raise ValueError(message)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
        high = low + max(abs(low), 1e-6)
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def bounds(
    values: Iterable[float | None], *, zero: bool = False
) -> tuple[float, float]:
    """The range of an axis; from zero when asked, or when zero is not far."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    if zero or (low >= 0 and low < 0.6 * high):
        low = min(low, 0.0)
    if zero or (high <= 0 and high > 0.6 * low):
        high = max(high, 0.0)
    return (low, high) if high > low else (min(low, 0.0), max(high, 0.0) or 1.0)


def checked(values: Iterable[float | None]) -> list[float | None]:
    """Values without what is not a number: it is missing, like ``None``."""
    return [v if v is not None and math.isfinite(v) else None for v in values]


def described(parts: Sequence[str]) -> str:
    return " ".join(part for part in parts if part)


def nothing(title: str, table: Table, *, unit: str) -> Chart:
    """A chart without a figure: a sentence instead of empty axes."""
    text = _("Aucune valeur publiée.")
    marks = (words(WIDTH / 2, 34, text, anchor="middle", size=14),)
    return Chart(title, text, marks, WIDTH, 60, table, unit=unit)


def svg_text(chart: Chart, *, font: str = "Atkinson Hyperlegible Next") -> str:
    """A drawing as a file of its own, for paper."""
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": chart.view_box,
            "width": short(chart.width),
            "height": short(chart.height),
            "font-family": font,
        },
    )
    ET.SubElement(root, "title").text = chart.title
    add_marks(root, chart.marks)
    return ET.tostring(root, encoding="unicode")


def add_marks(parent: ET.Element, marks: Iterable[Mark]) -> None:
    for each in marks:
        element = ET.SubElement(parent, each.tag, dict(each.attributes))
        element.text = each.text or None
        add_marks(element, each.inside)
