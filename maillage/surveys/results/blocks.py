"""What a page of results is made of: a block a question, with its chart and its notes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _, ngettext

from maillage.core.charts import Chart, Series, Shape, Table, areas, bars, figure, lines
from maillage.core.disclosure import TOTAL, Figure
from maillage.surveys.results.findings import Finding, capital, finding
from maillage.surveys.results.shown import Group, Results, number, shares
from maillage.surveys.results.tables import DEPARTMENT, KIND
from maillage.surveys.results.variables import MANY, SCALE, TEXTS, Variable


@dataclass(frozen=True)
class Block:
    """A question on the page."""

    variable: Variable
    finding: Finding
    chart: Chart
    base: str
    notes: tuple[str, ...]
    hidden: int

    @property
    def code(self) -> str:
        return self.variable.code


def percent(share: float | None) -> str:
    return figure(share, 0, unit="%") if share is not None else ""


def cell_text(
    fig: Figure, *, factor: float = 1, decimals: int = 0, unit: str = ""
) -> str:
    """A figure in a table of words: « secret » where it is."""
    if fig.is_hidden:
        return _("secret")
    if fig.value is None:
        return "–"
    return figure(fig.value * factor, decimals, unit=unit)


def block(results: Results, variable: Variable, group: Group) -> Block:
    """A question for a group: bars, the same in figures, who they are about."""
    found = finding(results, variable, group)
    return Block(
        variable,
        found,
        chart_of(results, variable, group, title=found.text),
        base_text(results, variable, group),
        notes_of(variable),
        hidden_in(results, variable, group),
    )


def hidden_in(results: Results, variable: Variable, group: Group) -> int:
    return sum(cell.value.is_hidden for cell in results.cells_of(variable, group))


def chart_of(
    results: Results, variable: Variable, group: Group, *, title: str
) -> Chart:
    if not variable.options:
        return means_chart(results, variable, title=title)
    values = shares(results, variable, group)
    rows = [
        (label, value)
        for (_code, label), value in zip(variable.options, values, strict=True)
    ]
    if variable.sort in {MANY, TEXTS}:
        rows.sort(key=lambda row: -1 if row[1] is None else row[1], reverse=True)
    drawn = bars(title, rows, unit="%", column=_("Réponse"))
    return replace(drawn, table=table_of(results, variable, group))


def table_of(results: Results, variable: Variable, group: Group) -> Table:
    """Shares of the group, and of everybody beside them."""
    all_of = results.everybody
    columns = [_("Réponse"), group.label + " (%)", _("estimation (nombre)")]
    compares = group.code != TOTAL
    if compares:
        columns.append(all_of.label + " (%)")
    rows = []
    for code, label in variable.options:
        row = results.option(variable, code, group)
        cells = [label, cell_text(row["share"], factor=100), cell_text(row["weighted"])]
        if compares:
            whole = results.option(variable, code, all_of)["share"]
            cells.append(cell_text(whole, factor=100))
        rows.append(tuple(cells))
    row_of_mean = results.mean(variable, group)
    if row_of_mean:
        rows.append(mean_row(results, variable, group, compares=compares))
    return Table(tuple(columns), tuple(rows))


def mean_row(
    results: Results, variable: Variable, group: Group, *, compares: bool
) -> tuple[str, ...]:
    row = results.mean(variable, group)
    assert row is not None  # noqa: S101 -- asked for by the caller
    places = 1
    label = _("Moyenne (%s)") % (variable.unit or _("note"))
    total = cell_text(row["total"]) if "total" in row.figures else "–"
    cells = [label, cell_text(row["mean"], decimals=places), total]
    if compares:
        whole = results.mean(variable, results.everybody)
        cells.append(cell_text(whole["mean"], decimals=places) if whole else "–")
    return tuple(cells)


def means_chart(results: Results, variable: Variable, *, title: str) -> Chart:
    """The mean of each group, for numbers without bands."""
    found = []
    for group in results.all_groups:
        row = results.mean(variable, group)
        found.append((group.label, number(row["mean"]) if row else None))
    return bars(title, found, unit=variable.unit, decimals=1, column=_("Groupe"))


def base_text(results: Results, variable: Variable, group: Group) -> str:
    """« 148 réponses, qui valent pour 356 structures »."""
    base = results.base(variable, group)
    if base.is_hidden or not base.units:
        return _("Nombre de réponses : secret statistique.")
    number_of = int(base.units)
    if variable.group and variable.options and variable.sort not in {MANY, TEXTS}:
        return _("Base : %(number)s lignes estimées (%(item)s).") % {
            "number": figure(base.value), "item": variable.item or variable.group
        }  # fmt: skip
    text = ngettext("Base : %s réponse", "Base : %s réponses", number_of)
    text = text % figure(number_of)
    if not variable.options:
        return f"{text}."
    return _("%(base)s, qui valent pour %(weighted)s structures.") % {
        "base": text, "weighted": figure(base.value)
    }  # fmt: skip


def notes_of(variable: Variable) -> tuple[str, ...]:
    notes = []
    if variable.is_conditional:
        notes.append(_("Question posée à une partie des structures seulement."))
    if variable.sort == MANY:
        notes.append(_("Plusieurs réponses possibles : le total dépasse 100 %."))
    if variable.sort == TEXTS:
        notes.append(
            _(
                "Réponses libres lues et classées par l’agence ; une réponse peut avoir "
                "plusieurs thèmes. Les textes ne sont pas publiés."
            )
        )
    if variable.group and variable.sort == MANY:
        notes.append(_("Structures dont une ligne au moins est dans ce cas."))
    return tuple(notes)


# By group, two questions, a map -----------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row of a cross table: a name, a figure for each column, the base."""

    label: str
    cells: tuple[Figure, ...]
    base: Figure
    is_total: bool = False

    @property
    def percents(self) -> list[Figure]:
        return [cell.scaled(100) for cell in self.cells]


@dataclass(frozen=True)
class Grid:
    """Rows are groups, columns are answers; shares add up along a row."""

    title: str
    head: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    chart: Chart


def grid_by(results: Results, variable: Variable, by: str) -> Grid:
    """A question by kind or by department."""
    lines_of = [
        Line(
            group.label,
            tuple(
                results.option(variable, code, group)["share"]
                for code, _label in variable.options
            ),
            results.base(variable, group),
            is_total=group.code == TOTAL,
        )
        for group in [*results.groups(by), results.everybody]
    ]
    head = _("Nature") if by == KIND else _("Département")
    return grid(variable, head, lines_of)


def grid_cross(results: Results, one: Variable, two: Variable) -> Grid:
    """The answers to a question among those of another."""
    pairs = [*one.options, (TOTAL, _("Ensemble"))]
    lines_of = [
        Line(
            label,
            tuple(results.cross(one, two, a, b)["share"] for b, _l in two.options),
            results.cross(one, two, a, TOTAL)["weighted"],
            is_total=a == TOTAL,
        )
        for a, label in pairs
    ]
    return grid(two, one.label, lines_of)


def grid(variable: Variable, head: str, lines_of: Sequence[Line]) -> Grid:
    """The table, and the bars of the answer that differs most between rows."""
    best = widest(lines_of, len(variable.options))
    label = variable.options[best][1]
    rows = [(line.label, number(line.cells[best], factor=100)) for line in lines_of]
    known = [row for row in rows[:-1] if row[1] is not None]
    whole = rows[-1][1] if lines_of[-1].is_total else None
    title = _("« %s »") % label
    if len(known) > 1:
        low = min(known, key=lambda row: row[1] or 0)
        high = max(known, key=lambda row: row[1] or 0)
        title = _("« %(answer)s » : %(high)s %(most)s, %(low)s %(least)s") % {
            "answer": label, "high": percent(high[1]), "most": f"({high[0]})",
            "low": percent(low[1]), "least": f"({low[0]})",
        }  # fmt: skip
    chart = bars(
        title, rows[:-1], unit="%", column=head,
        reference=(_("Ensemble"), whole) if whole is not None else None,
    )  # fmt: skip
    columns = tuple(label for _code, label in variable.options)
    return Grid(variable.label, head, columns, tuple(lines_of), chart)


def widest(lines_of: Sequence[Line], count: int) -> int:
    """The rank of the answer whose shown shares differ most."""

    def spread(rank: int) -> float:
        known = [number(line.cells[rank]) for line in lines_of if not line.is_total]
        values = [value for value in known if value is not None]
        return max(values) - min(values) if len(values) > 1 else -1.0

    return max(range(count), key=lambda rank: (spread(rank), -rank))


def map_of(
    results: Results,
    variable: Variable,
    option: str,
    shapes: Sequence[Shape],
    size: tuple[float, float],
) -> Chart:
    """The share of an answer in each department; secret ones stay blank."""
    values = {
        group.code: number(results.option(variable, option, group)["share"], factor=100)
        for group in results.groups(DEPARTMENT)
    }
    title = _("« %s » par département") % variable.labels[option]
    if shapes:
        return areas(title, shapes, values, size=size, unit="%")
    rows = [(group.label, values[group.code]) for group in results.groups(DEPARTMENT)]
    return bars(title, rows, unit="%", column=_("Département"))


# Who answered -----------------------------------------------------------------------


@dataclass(frozen=True)
class Turnout:
    label: str
    asked: Figure
    answered: Figure
    rate: Figure


def turnout(results: Results, by: str) -> list[Turnout]:
    groups = [*results.groups(by), results.everybody]
    return [
        Turnout(g.label, results.asked(g), results.answered(g), results.rate(g))
        for g in groups
    ]


def turnout_chart(results: Results, by: str) -> Chart:
    rows = [(line.label, number(line.rate)) for line in turnout(results, by)]
    whole = rows.pop()[1]
    title = (
        _("Qui a répondu, selon la nature")
        if by == KIND
        else _("Qui a répondu, selon le département")
    )
    reference = (_("Ensemble"), whole) if whole is not None else None
    head = _("Nature") if by == KIND else _("Département")
    return bars(title, rows, unit="%", column=head, reference=reference)


# Over the waves ---------------------------------------------------------------------


@dataclass(frozen=True)
class Trend:
    """A question over all waves."""

    variable: Variable
    chart: Chart
    breaks: tuple[str, ...]
    #: The answer that is followed.
    answer: str = ""


def trend(
    variable: Variable,
    history: Sequence[tuple[str, float | None]],
    *,
    broken: dict[str, str],
    unit: str,
    answer: str = "",
) -> Trend:
    """A line over the years; a break starts another line, and says why."""
    pieces: list[list[float | None]] = [[]]
    for rank, (year, value) in enumerate(history):
        if year in broken and rank:
            pieces.append([None] * rank)
        for piece in pieces[:-1]:
            piece.append(None)
        pieces[-1].append(value)
    names = [
        _("série %d") % (rank + 1) if len(pieces) > 1 else capital(variable.label)
        for rank in range(len(pieces))
    ]
    labels = [year for year, _value in history]
    series = [Series(n, piece) for n, piece in zip(names, pieces, strict=True)]
    places = 1 if unit != "%" else 0
    drawn = lines(trend_title(history, unit, places), labels, series, unit=unit,
                  decimals=places, zero=unit == "%")  # fmt: skip
    reasons = tuple(
        _("Rupture en %(year)s : %(why)s") % {"year": year, "why": why}
        for year, why in broken.items()
    )
    return Trend(variable, drawn, reasons, answer)


def trend_title(
    history: Sequence[tuple[str, float | None]], unit: str, places: int
) -> str:
    known = [(year, value) for year, value in history if value is not None]
    if len(known) < 2:
        return _("Une seule édition publiée")
    (start, first), (end, last) = known[0], known[-1]
    return _("%(first)s en %(start)s, %(last)s en %(end)s") % {
        "first": figure(first, places, unit=unit), "start": start,
        "last": figure(last, places, unit=unit), "end": end,
    }  # fmt: skip


def scale_or_share(variable: Variable) -> tuple[str, str]:
    """What is followed over the waves: (option or ``mean``, unit)."""
    if variable.sort == SCALE or variable.has_mean:
        return "mean", variable.unit
    if variable.is_yes_no:
        return "yes", "%"
    return (variable.options[0][0] if variable.options else "mean"), "%"


def followed(results: Results, variable: Variable, option: str) -> float | None:
    """The value of a wave in a series over waves."""
    group = results.everybody
    if option == "mean":
        row: Any = results.mean(variable, group)
        return number(row["mean"]) if row else None
    if option not in variable.labels:
        return None
    return number(results.option(variable, option, group)["share"], factor=100)
