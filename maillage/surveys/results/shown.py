"""A release as it is read: pages, files, routes and paper all take their cells here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.disclosure import (
    TOTAL,
    Figure,
    Release as Gated,
    Row,
)
from maillage.surveys.models import Release, Wave
from maillage.surveys.results.gate import ASKED, WHO
from maillage.surveys.results.tables import DIMENSIONS, KIND, cross_name
from maillage.surveys.results.variables import MANY, TEXTS, Variable

ALL = "all"


@dataclass(frozen=True)
class Group:
    """Those that figures are about: everybody, a kind, a department."""

    by: str = KIND
    code: str = TOTAL
    label: str = ""

    @property
    def value(self) -> str:
        """How addresses call it."""
        return "" if self.code == TOTAL else f"{self.by}:{self.code}"


@dataclass(frozen=True)
class Cell:
    """One published figure, or the sign that it is secret."""

    variable: Variable
    option: str
    option_label: str
    #: ``share`` for answers, ``mean`` or ``total`` for numbers.
    measure: str
    dimension: str
    code: str
    code_label: str
    value: Figure
    share: Figure | None
    base: Figure

    @property
    def status(self) -> str:
        return self.value.status


@dataclass
class Results:
    """The stored figures of a release."""

    release: Release
    wave: Wave
    data: Mapping[str, Any]
    _rows: dict[tuple[str, str], dict[tuple[str, ...], Row]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.gated = {
            name: Gated.from_json(data) for name, data in self.data["families"].items()
        }
        for family, release in self.gated.items():
            for name, table in release.tables.items():
                self._rows[family, name] = {row.codes: row for row in table}

    @cached_property
    def variables(self) -> dict[str, Variable]:
        found = (Variable.from_json(data) for data in self.data["variables"])
        return {variable.code: variable for variable in found}

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        return {by: dict(pairs) for by, pairs in self.data["labels"].items()}

    @cached_property
    def crossings(self) -> list[tuple[str, str]]:
        return [(one, two) for one, two in self.data["crossings"]]

    @property
    def everybody(self) -> Group:
        return Group(label=_("Ensemble"))

    def groups(self, by: str) -> list[Group]:
        """The groups of a dimension of which respondents are told."""
        shown = self._rows[WHO, by]
        return [
            Group(by, code, label)
            for code, label in self.labels[by].items()
            if (code,) in shown and shown[code,]["count"].is_shown
        ]

    def group(self, value: str) -> Group:
        """The group that an address names; everybody when it names none."""
        found = [g for by in DIMENSIONS for g in self.groups(by) if g.value == value]
        return found[0] if found else self.everybody

    def row(self, family: str, table: str, *codes: str) -> Row:
        """A row; one of a group that is not told of is secret."""
        found = self._rows[family, table].get(codes)
        return (
            found if found is not None else secret_row(self.gated[family][table].asks)
        )

    # Who answered ------------------------------------------------------------------

    def asked(self, group: Group) -> Figure:
        return self.row(ASKED, group.by, group.code)["count"]

    def answered(self, group: Group) -> Figure:
        return self.row(WHO, group.by, group.code)["count"]

    def rate(self, group: Group) -> Figure:
        """The share of those asked who answered, in percent; secret if one of them is."""
        asked, answered = self.asked(group), self.answered(group)
        if asked.is_hidden:
            return asked
        return answered.scaled(100 / asked.value if asked.value else 0)

    # A question --------------------------------------------------------------------

    def option(self, variable: Variable, option: str, group: Group) -> Row:
        """The cell of an answer: ``weighted`` and ``share``."""
        code, by = variable.code, group.by
        if variable.sort in {MANY, TEXTS}:
            name = f"{code}={option}"
            if name not in self.gated:
                return secret_row(("weighted", "share"))
            return self.row(name, f"{name}/{by}", group.code, "yes")
        return self.row(code, f"{code}/{by}", group.code, option)

    def base(self, variable: Variable, group: Group) -> Figure:
        """Those who answered: weighted; ``units`` is how many they are."""
        code, by = variable.code, group.by
        if variable.sort in {MANY, TEXTS}:
            return self.row(f"{code}/base", f"{code}/{by}", group.code)["weighted"]
        if not variable.options:
            return self.row(
                self.mean_family(variable), f"{code}/mean/{by}", group.code
            )["mean"]
        return self.row(code, f"{code}/{by}", group.code, TOTAL)["weighted"]

    def mean(self, variable: Variable, group: Group) -> Row | None:
        """``mean``, and ``total`` of what can be added up."""
        code, by = variable.code, group.by
        family = self.mean_family(variable)
        if (family, f"{code}/mean/{by}") not in self._rows:
            return None
        return self.row(family, f"{code}/mean/{by}", group.code)

    def mean_family(self, variable: Variable) -> str:
        return variable.code if variable.group else f"{variable.code}/mean"

    def crossed(self, one: Variable, two: Variable) -> bool:
        return (one.code, two.code) in self.crossings

    def cross(self, one: Variable, two: Variable, a: str, b: str) -> Row:
        name = cross_name(one.code, two.code)
        return self.row(name, name, a, b)

    # All of them -------------------------------------------------------------------

    def cells(self) -> Iterator[Cell]:
        """Every published cell, in the order of the questionnaire."""
        for variable in self.variables.values():
            for group in self.all_groups:
                yield from self.cells_of(variable, group)
        for one, two in self.crossings:
            yield from self.cross_cells(self.variables[one], self.variables[two])

    @property
    def all_groups(self) -> list[Group]:
        return [self.everybody, *(g for by in DIMENSIONS for g in self.groups(by))]

    def cells_of(self, variable: Variable, group: Group) -> Iterator[Cell]:
        dimension = ALL if group.code == TOTAL else group.by
        code = "" if group.code == TOTAL else group.code
        base = self.base(variable, group)
        where = (dimension, code, group.label)
        for option, label in variable.options:
            row = self.option(variable, option, group)
            yield Cell(
                variable, option, label, "share", *where,
                row["weighted"], row["share"], base,
            )  # fmt: skip
        row_of_mean = self.mean(variable, group)
        for name, figure in (row_of_mean.figures if row_of_mean else {}).items():
            yield Cell(variable, "", "", name, *where, figure, None, base)

    def cross_cells(self, one: Variable, two: Variable) -> Iterator[Cell]:
        for a, a_label in one.options:
            base = self.cross(one, two, a, TOTAL)["weighted"]
            for b, b_label in two.options:
                row = self.cross(one, two, a, b)
                yield Cell(
                    two, b, b_label, "share", f"question:{one.code}", a, a_label,
                    row["weighted"], row["share"], base,
                )  # fmt: skip

    def counted(self) -> tuple[int, int]:
        """How many cells are shown, how many are secret."""
        hidden = [cell.value.is_hidden for cell in self.cells()]
        return len(hidden) - sum(hidden), sum(hidden)


def secret_row(asks: Sequence[str]) -> Row:
    """A row of which nothing is told."""
    row = {"codes": [], "figures": {name: {"status": "hidden"} for name in asks}}
    table = {"name": "", "by": (), "asks": asks, "needs": (), "sums": (), "rows": [row]}
    return Gated.from_json({"tables": [table], "rules": {}})[""].rows[0]


def results_of(release: Release) -> Results:
    return Results(release, release.wave, release.figures)


def number(figure: Figure | None, *, factor: float = 1) -> float | None:
    """The value for a drawing; None when it is secret, or of nobody."""
    if figure is None or figure.is_hidden or figure.value is None:
        return None
    return float(figure.value) * factor


def shares(results: Results, variable: Variable, group: Group) -> list[float | None]:
    """The share of each option, in percent."""
    rows = (results.option(variable, code, group) for code, _l in variable.options)
    return [number(row["share"], factor=100) for row in rows]


def sections(variables: Sequence[Variable]) -> list[tuple[str, list[Variable]]]:
    """Questions under the page of the questionnaire that they are on."""
    found: dict[str, list[Variable]] = {}
    for variable in variables:
        found.setdefault(variable.section, []).append(variable)
    return list(found.items())


def published_releases() -> list[Release]:
    """The last results of each wave."""
    rows = Release.objects.all().published()
    rows = rows.select_related("wave__version__questionnaire").defer("figures")
    found = {release.wave_id: release for release in rows.order_by("number")}
    return sorted(found.values(), key=lambda release: -release.wave.year)
