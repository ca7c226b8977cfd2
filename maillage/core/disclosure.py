"""The one gate of published figures: nothing can be told of fewer than three units.

Whatever counts or adds up people, structures or answers, and is shown to anybody but the
agency, comes from here. An app says which tables it wants of which units; all tables of
one set of data are decided together, so that none betrays what another hides.

    release = protect(
        [
            Table(
                "attendance",
                by=("territory", "kind"),
                asks=(count(), total("visits"), mean("visits")),
            ),
            Table("answers", by=("territory", "loans"), asks=(count(), share("loans"))),
        ],
        units=[
            Unit(
                key=museum.code,
                codes={
                    # every group it belongs to, at every level; groups may overlap
                    "territory": ["epci:200093201", "departement:59", "region:32"],
                    "kind": "museum",
                    "loans": "yes",
                },
                values={"visits": 12_000},  # absent or None: not in tables of visits
            )
            for museum in ...
        ],
    )
    row = release["attendance"].row("departement:59", "museum")
    row["visits"].value   # 12000, or None when row["visits"].is_hidden
    release["attendance"].row(TOTAL, TOTAL)   # totals come with every table
    stored = release.as_json()                # keep it; all formats read this
    release = Release.from_json(stored)
    for row in release["attendance"]:
        row.codes, row["count"], row["mean_visits"]

For a survey, ``protect(tables, units=…, answers={"loans", "satisfaction"})`` names what
only the respondent knows; questions are then decided one after the other.

In templates ``{% load figures %}{{ row.figures.visits|figure }}``; in exports
``figure_columns``. A hidden figure holds no value at all. Which rule hid it is not said
either: to know that a cell has one or two units is already to know too much.
docs/methods/secrecy.md has the method and its limits.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from maillage.core.disclosure_cells import Rules, hidden_codes
from maillage.core.disclosure_editions import (
    Editions,
    known_from,
    of_now,
    ordered,
    together,
)
from maillage.core.disclosure_release import (
    STATUSES,
    Figure,
    PublishedTable,
    Release,
    Row,
    made_row,
    mean_of_points,
)
from maillage.core.disclosure_tables import (
    TOTAL,
    Ask,
    BadTable,
    Table,
    Unit,
    count,
    mean,
    rate,
    share,
    total,
)
from maillage.core.tables.columns import Column

__all__ = [
    "TOTAL", "Ask", "BadTable", "Figure", "PublishedTable", "Release", "Row", "Table",
    "Unit", "count", "figure_columns", "mean", "mean_of_points", "protect", "rate",
    "share", "total",
]  # fmt: skip


def protect(
    tables: Sequence[Table],
    *,
    units: Iterable[Unit],
    before: Sequence[Release] = (),
    editions: Editions = (),
    answers: Collection[str] = (),
    secret: Mapping[str, Collection[tuple[str, ...]]] | None = None,
    minimum: int | None = None,
    dominance: float | None = None,
    effort: int = 1000,
) -> Release:
    """Decide which figures of one set of data are shown, all tables at once.

    ``before`` are releases of the same units that are already public: what they show
    stays shown, what they hide stays hidden. ``editions`` are public releases of other
    units (some were added, withdrawn or corrected since), each with its units: give all
    of them. A cell that has changed by too few units is hidden now. The order of units plays no part. With
    less ``effort`` a little more may be hidden, sooner; never less safely. ``answers`` are
    dimensions and values that only the unit knows, as what it replied to a question;
    what a unit counts for in weighted figures is known, these are published rounded:
    tables of one question are decided together, one question after the other, and a
    cell that nobody chose may be hidden with others. Raises
    ``BadTable``, or ``SecrecyError`` when an earlier release cannot be kept to.
    """
    people = ordered(units)
    if editions:
        people, tables = together(people, editions), of_now(tables)
    minimum = settings.SECRECY_MINIMUM if minimum is None else minimum
    dominance = settings.SECRECY_DOMINANCE if dominance is None else dominance
    cells = {table.name: table.cells(people) for table in tables}
    if len(cells) != len(tables):
        raise BadTable("table", "two tables have one name")
    public = [
        row
        for release in before
        for table in release.tables.values()
        for row in table.earlier()
    ]
    public += known_from(editions)
    hidden = hidden_codes(
        tables,
        people,
        cells=cells,
        before=public,
        answers=frozenset(answers),
        secret={name: set(rows) for name, rows in (secret or {}).items()},
        rules=Rules(minimum=minimum, dominance=dominance, effort=effort),
    )
    published = {
        table.name: PublishedTable(
            name=table.name,
            by=tuple(table.by),
            asks=tuple(ask.name for ask in table.asks),
            needs=tuple(sorted(table.needs)),
            sums=table.sums,
            weighted={ask.name: ask for ask in table.asks if ask.is_rounded},
            rows=tuple(
                made_row(table, codes, cells[table.name], people, hidden[table.name])
                for codes in table.rows(cells[table.name])
            ),
        )
        for table in tables
    }
    return Release(published, {"minimum": minimum, "dominance": dominance})


def figure_columns(
    code: str, label: str | Promise, *, of: Callable[[Any], Figure], unit: str = ""
) -> tuple[Column, Column]:
    """Two columns of an export: the number, empty when hidden, and why it is empty."""
    return (
        Column(code, label, "number", unit=unit, value=lambda row: of(row).value),
        Column(
            f"{code}_status",
            gettext_lazy("statut de la colonne précédente"),
            "choice",
            choices=STATUSES,
            value=lambda row: of(row).status,
        ),
    )
