"""Figures of past editions that were published elsewhere, each with its page."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.models import Programme

#: What the file calls the figures that a report has: name, label, words of the file.
MEASURES = (
    ("events", gettext_lazy("Événements"), ("evenements", "animations")),
    ("communes", gettext_lazy("Communes"), ("communes",)),
    ("organisers", gettext_lazy("Porteurs"), ("porteurs",)),
    ("visits", gettext_lazy("Public accueilli"), ("visiteurs",)),
    ("schools", gettext_lazy("dont scolaires"), ("visiteurs_scolaires",)),
)
REGION = "region"
ABOUT = {
    "plus de": gettext_lazy("plus de %(n)s"),
    "pres de": gettext_lazy("près de %(n)s"),
}


@dataclass(frozen=True)
class Published:
    """One published number; ``about`` is « plus de » or « près de » where it is said."""

    year: int
    measure: str
    value: int
    scope: str
    about: str
    source_url: str
    note: str = ""

    @property
    def text(self) -> str:
        number = f"{self.value:,}".replace(",", "\u202f")
        pattern = ABOUT.get(self.about)
        return str(pattern) % {"n": number} if pattern else number


@cache
def lines() -> tuple[dict[str, str], ...]:
    path = settings.REGION_DATA / "csti_facts.csv"
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def published(edition_of: str) -> list[Published]:
    """What was published of the editions of an event, region and departments."""
    theme = edition_of.replace("-", "_")
    words = {word: name for name, _label, all_ in MEASURES for word in all_}
    return [
        Published(
            year=int(row["year"]),
            measure=words[row["indicator"]],
            value=round(float(row["value"])),
            scope=scope_of(row["scope"]),
            about=row["unit"].partition("(")[2].rstrip(") "),
            source_url=row["source_url"],
            note=row["note"],
        )
        for row in lines()
        if row["theme"] == theme and row["indicator"] in words
    ]


def scope_of(text: str) -> str:
    kind, _space, code = text.partition(" ")
    return code if kind == "departement" else REGION


@dataclass(frozen=True)
class Cell:
    text: str
    value: int | None
    source_url: str = ""


@dataclass(frozen=True)
class Edition:
    """One year of the table that compares editions."""

    year: int
    name: str
    url: str
    is_ours: bool
    is_example: bool
    cells: tuple[Cell, ...]


def editions(
    programme: Programme, reports: Iterable[tuple[Programme, Any]]
) -> list[Edition]:
    """Editions of the same event, the oldest first: published figures, then our reports.

    A year that has a report here keeps it: published figures are for the others.
    """
    told = [one for one in published(programme.edition_of) if one.scope == REGION]
    ours = {row.year: (row, report) for row, report in reports}
    found = [
        Edition(year, str(year), "", is_ours=False, is_example=False,
                cells=tuple(cell_of(told, year, name) for name, _l, _w in MEASURES))
        for year in sorted({one.year for one in told} - ours.keys())
    ]  # fmt: skip
    found += [
        Edition(row.year, row.name, row.get_absolute_url(), is_ours=True,
                is_example=row.is_example,
                cells=tuple(own_cell(report.whole, name) for name, _l, _w in MEASURES))
        for row, report in ours.values()
    ]  # fmt: skip
    return sorted(found, key=lambda edition: edition.year)


def cell_of(told: list[Published], year: int, measure: str) -> Cell:
    one = next((p for p in told if (p.year, p.measure) == (year, measure)), None)
    return Cell(one.text, one.value, one.source_url) if one else Cell("", None)


def own_cell(line: Any, measure: str) -> Cell:
    value = getattr(line, measure)
    if isinstance(value, int):
        return Cell(f"{value:,}".replace(",", "\u202f"), value)
    if value.is_secret:
        return Cell(_("secret statistique"), None)
    if value.value is None:
        return Cell("", None)
    return Cell(f"{value.value:,}".replace(",", "\u202f"), value.value)
