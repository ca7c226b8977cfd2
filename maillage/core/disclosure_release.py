"""What the gate lets through: figures, rows, tables, releases; and what is stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NoReturn, Self

from django.utils import formats
from django.utils.translation import gettext_lazy

from maillage.core.disclosure_cells import Cells, Earlier
from maillage.core.disclosure_known import base_of, narrowed
from maillage.core.disclosure_tables import TOTAL, Ask, Sum, Table, Unit

SHOWN, HIDDEN, EMPTY = "shown", "hidden", "empty"
STATUSES: Final = (
    (SHOWN, gettext_lazy("publié")),
    (HIDDEN, gettext_lazy("secret statistique")),
    (EMPTY, gettext_lazy("aucune unité")),
)
_GATE: Final = object()


class Figure:
    """A published number, or the sign that it is secret; made by the gate only.

    ``value`` is ``None`` when hidden, and where there is no unit to make a mean of.
    ``units`` is the number of units behind it, ``None`` when hidden.
    """

    __slots__ = ("status", "units", "value")
    status: str
    units: int | None
    value: float | int | None

    def __init__(
        self, gate: object, value: float | None, *, status: str, units: int | None
    ) -> None:
        if gate is not _GATE:
            raise TypeError("a figure comes from maillage.core.disclosure.protect")
        if status == HIDDEN:
            value, units = None, None
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)
        for name, held in (("value", value), ("status", status), ("units", units)):
            object.__setattr__(self, name, held)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a figure does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a figure does not change")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Figure) and self.as_json() == other.as_json()

    def __hash__(self) -> int:
        return hash((self.status, self.value, self.units))

    def __repr__(self) -> str:
        return f"<Figure {self.status} {self.value}>"

    def __str__(self) -> str:
        return self.text()

    def __reduce__(self) -> tuple[Any, ...]:
        return _figure, (self.as_json(),)

    @property
    def is_hidden(self) -> bool:
        return self.status == HIDDEN

    @property
    def is_shown(self) -> bool:
        return self.status == SHOWN

    def scaled(self, factor: float) -> "Figure":
        """The figure times a number that everybody knows, as 1000 / inhabitants."""
        value = None if self.value is None else self.value * factor
        return Figure(_GATE, value, status=self.status, units=self.units)

    def text(self, decimals: int | None = None) -> str:
        """The number as people write it; « secret statistique » when hidden."""
        if self.is_hidden:
            return str(dict(STATUSES)[HIDDEN])
        if self.value is None:
            return "–"
        if decimals is None:
            decimals = 0 if isinstance(self.value, int) else 1
        # Django cuts the decimals of a float, it does not round them
        number = round(self.value, decimals) + 0.0 if decimals else round(self.value)
        return formats.number_format(number, decimals, force_grouping=True)

    def as_json(self) -> dict[str, Any]:
        if self.is_hidden:
            return {"status": HIDDEN}
        return {"status": self.status, "value": self.value, "units": self.units}


def _figure(data: Mapping[str, Any]) -> Figure:
    return Figure(
        _GATE, data.get("value"), status=data["status"], units=data.get("units")
    )


@dataclass(frozen=True)
class Row:
    """The figures of one cell, by name."""

    codes: tuple[str, ...]
    figures: Mapping[str, Figure]

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]

    @property
    def is_hidden(self) -> bool:
        return any(figure.is_hidden for figure in self.figures.values())


@dataclass(frozen=True)
class PublishedTable:
    """A table as it may be seen by anybody; rows in the order of its codes."""

    name: str
    by: tuple[str, ...]
    asks: tuple[str, ...]
    needs: tuple[str, ...]
    sums: tuple[Sum, ...]
    rows: tuple[Row, ...]
    #: What is asked in a weight and published rounded, by name.
    weighted: Mapping[str, Ask] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def row(self, *codes: str) -> Row:
        """The row of some codes, ``TOTAL`` for what is added up; empty if unknown."""
        for row in self.rows:
            if row.codes == codes:
                return row
        if len(codes) != len(self.by):
            raise KeyError(f"{self.name} is by {', '.join(self.by)}")
        nothing = Figure(_GATE, None, status=EMPTY, units=0)
        return Row(codes, dict.fromkeys(self.asks, nothing))

    def earlier(self) -> Iterator[Earlier]:
        """What whoever read this table knows."""
        for row in self.rows:
            pairs = zip(self.by, row.codes, strict=True)
            known = frozenset(pair for pair in pairs if pair[1] != TOTAL)
            who = known, frozenset(self.needs)
            yield Earlier(who, row.codes, self.sums, row.is_hidden, self.told(row))

    def told(self, row: Row) -> dict[str, tuple[float, float]]:
        """What a row says of its weighted counts."""
        found: dict[str, tuple[float, float]] = {}
        for name, ask in self.weighted.items():
            value = row[name].value
            if row.is_hidden or value is None:
                continue
            low, high = ask.around(value, 1.0)
            if ask.kind == "share":
                below = self.row(*base_of(ask, self.by, row.codes))
                sizes = (b for n, a in self.weighted.items() if a.kind == "count"
                         and a.weight == ask.weight and (b := below[n].value) is not None)  # fmt: skip
                base = next(sizes, None)
                if base is None:
                    continue  # a share of nobody knows how many
                low, high = low * max(base - 0.5, 0.0), high * (base + 0.5)
            narrowed(found, ask.weight, low, high)
        return found


@dataclass(frozen=True)
class Release:
    """All tables of one set of data, decided together."""

    tables: Mapping[str, PublishedTable]
    #: The rules that it was decided by, for the note below each table.
    rules: Mapping[str, float]

    def __getitem__(self, name: str) -> PublishedTable:
        return self.tables[name]

    def as_json(self) -> dict[str, Any]:
        """What apps store, and every format reads."""
        return {
            "rules": dict(self.rules),
            "tables": [
                {
                    "name": table.name,
                    "by": list(table.by),
                    "asks": list(table.asks),
                    "needs": list(table.needs),
                    "sums": [list(one) for one in table.sums],
                    "weighted": {n: asdict(a) for n, a in table.weighted.items()},
                    "rows": [
                        {
                            "codes": list(row.codes),
                            "figures": {
                                name: figure.as_json()
                                for name, figure in row.figures.items()
                            },
                        }
                        for row in table
                    ],
                }
                for table in self.tables.values()
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read back what ``as_json`` wrote, and a program of ours stored."""
        tables = [
            PublishedTable(
                name=table["name"],
                by=tuple(table["by"]),
                asks=tuple(table["asks"]),
                needs=tuple(table["needs"]),
                sums=tuple((one[0], one[1], one[2]) for one in table["sums"]),
                weighted={n: Ask(**a) for n, a in table.get("weighted", {}).items()},
                rows=tuple(
                    Row(
                        tuple(row["codes"]),
                        {name: _figure(one) for name, one in row["figures"].items()},
                    )
                    for row in table["rows"]
                ),
            )
            for table in data["tables"]
        ]
        return cls({table.name: table for table in tables}, dict(data["rules"]))


def made_row(
    table: Table,
    codes: tuple[str, ...],
    cells: Cells,
    people: Sequence[Unit],
    hidden: set[tuple[str, ...]],
) -> Row:
    members = cells.get(codes, [])
    is_hidden = codes in hidden
    found = {}
    for ask in table.asks:
        base, around = members, codes
        if ask.kind == "share":
            around = base_of(ask, table.by, codes)
            base = cells.get(around, [])
        secret = is_hidden or around in hidden
        value = None if secret else value_of(ask, [people[i] for i in members],
                                           [people[i] for i in base])  # fmt: skip
        status = HIDDEN if secret else SHOWN if members else EMPTY
        found[ask.name] = Figure(_GATE, value, status=status, units=len(members))
    return Row(codes, found)


def value_of(ask: Ask, units: Sequence[Unit], base: Sequence[Unit]) -> float | None:
    def added(name: str, among: Sequence[Unit]) -> float:
        if not (name or ask.weight):
            return float(len(among))
        return sum(unit.value(name) * unit.value(ask.weight) for unit in among)

    top = added(ask.value, units)
    if ask.kind in {"count", "total"}:
        return ask.rounded(top)
    below = added(ask.per, base if ask.kind == "share" else units)
    return ask.rounded(top / below) if below else None


def mean_of_points(
    table: PublishedTable, points: Mapping[str, float], *, name: str = "mean"
) -> Release:
    """The mean of a scale, from the shares of its points as they are published.

    It tells nothing that they do not: where one of them is hidden, so is the mean.
    """
    scale = len(table.by) - 1  # the last dimension
    found = []
    for row in table:
        if row.codes[scale] != TOTAL:
            continue
        cells = [table.row(*row.codes[:scale], code) for code in points]
        shares = [
            figure for one in cells for n, figure in one.figures.items()
            if n in table.weighted and table.weighted[n].kind == "share"
        ]  # fmt: skip
        known = [figure.value or 0.0 for figure in shares]
        units, value, status = 0, None, EMPTY
        if any(one.is_hidden for one in (*cells, row)):
            status = HIDDEN
        elif sum(known) > 0:
            added = sum(p * k for p, k in zip(points.values(), known, strict=True))
            units, value, status = row_units(row), added / sum(known), SHOWN
        figure = Figure(_GATE, value, status=status, units=units)
        found.append(Row(row.codes[:scale], {name: figure}))
    made = PublishedTable(
        name=table.name, by=table.by[:scale], asks=(name,), needs=table.needs,
        sums=(), rows=tuple(found),
    )  # fmt: skip
    return Release({table.name: made}, {})


def row_units(row: Row) -> int:
    return max((figure.units or 0 for figure in row.figures.values()), default=0)
