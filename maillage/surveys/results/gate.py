"""The tables of a wave, and what the gate lets through of them.

A *family* is what the gate decides at once: the tables of a question by kind, by
department and in all. Where families share cells, what is decided first is told to the
gate as published already when it decides the next (``before``): the number of those who
answered before each option of several, the distributions of two questions before their
crossing. A group of respondents that is hidden in itself is a row of no other table.
docs/methods/surveys.md says what this protects against.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from maillage.core.disclosure import (
    TOTAL,
    Release,
    Table,
    Unit,
    count,
    protect,
    rate,
    share,
    total,
)
from maillage.kernels.secrecy.problem import SecrecyError
from maillage.surveys.results.people import Person, respondents
from maillage.surveys.results.tables import (
    DEPARTMENT,
    DIMENSIONS,
    KIND,
    asks_of,
    band_ends,
    codes_of,
    cross_name,
    is_safe,
    kept,
    mean_asks,
    means_of_scale,
    of_everybody,
    row_counts,
    without_groups,
)
from maillage.surveys.results.variables import (
    MANY,
    NUMBER,
    SCALE,
    TEXTS,
    Variable,
    number_of,
    option_of,
)

ASKED, WHO = "asked", "who"
#: Linear programmes solved for a family to hide less; it is safe with any number.
EFFORT = 60
Family = dict[str, Any]


@dataclass
class Gate:
    """The people of a wave, and what was decided of them so far, by family."""

    people: Sequence[Person]
    groups: Mapping[str, str]
    variables: Mapping[str, Variable]
    decided: dict[str, Release] = field(default_factory=dict)
    effort: int = EFFORT
    #: Who is in another wave as well: its name, then the group of each by key.
    sides: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answered = respondents(self.people)
        self.asked: set[str] = set()

    def unit(
        self,
        person: Person,
        codes: Mapping[str, Any] | None = None,
        values: Mapping[str, float | None] | None = None,
        *,
        key: str = "",
        bounds: Mapping[str, tuple[float, float]] | None = None,
    ) -> Unit:
        own = {KIND: self.groups[person.kind], DEPARTMENT: person.department or None}
        own |= {by: keys.get(person.key) for by, keys in self.sides.items()}
        weights = [name for name in values or {} if name.startswith("w:")]
        return Unit(
            key or person.key, {**own, **(codes or {})}, values or {},
            weights=dict.fromkeys(weights, person.weight), bounds=bounds or {},
        )  # fmt: skip

    def decide(
        self,
        name: str,
        tables: Sequence[Table],
        units: Iterable[Unit],
        *,
        before: Sequence[Release] = (),
        **more: Any,
    ) -> Release:
        """Let a family through the gate, once; ``more`` is for ``protect``.

        Where no pattern is safe by group, the whole is decided without groups.
        """
        if name in self.decided:
            return self.decided[name]
        people = list(units)
        try:
            found = protect(
                tables, units=people, before=before, effort=self.effort, **more
            )
        except SecrecyError:
            whole = [without_groups(table) for table in tables]
            totals = [of_everybody(release) for release in before]
            found = protect(
                whole, units=people, before=totals, effort=self.effort, **more
            )
        self.decided[name] = found
        return found

    # Who answered ------------------------------------------------------------------

    def who(self) -> None:
        """Those asked and those who answered, by kind and by department."""
        tables = [Table(by, (by,)) for by in DIMENSIONS]
        self.decide(ASKED, tables, [self.unit(person) for person in self.people])
        self.decide(WHO, tables, [self.unit(person) for person in self.answered])

    def groups_of(self, by: str) -> list[str]:
        """The groups of respondents that may be told of."""
        rows = self.decided[WHO][by]
        codes = (row.codes[0] for row in rows if row["count"].is_shown)
        return [code for code in codes if code != TOTAL]

    def open_groups(self, variable: Variable, by: str) -> list[str]:
        """The groups in which it is no secret how many a question was asked of.

        How many answered a question with a condition tells who answered what to the
        questions that it depends on: all of these must be shown in the group.
        """
        controls = self.controls(variable)
        return [
            group
            for group in self.groups_of(by)
            if all(self.shows(control, by, group) for control in controls)
        ]

    def controls(self, variable: Variable) -> list[Variable]:
        found = (self.variables.get(code) for code in variable.controls)
        return [one for one in found if one is not None and one.code != variable.code]

    def shows(self, control: Variable, by: str, group: str) -> bool:
        """All that is decided of a question in a group is shown."""
        self.question(control)
        names = [control.code]
        if control.sort in {MANY, TEXTS}:
            names = [f"{control.code}={option}" for option, _label in control.options]
        if not self.decided.keys() >= {*names}:
            return False
        tables = [
            table
            for name in names
            for table in self.decided[name].tables.values()
            if table.by[0] == by
        ]
        rows = [row for table in tables for row in table if row.codes[0] == group]
        return bool(rows) and not any(row.is_hidden for row in rows)

    def is_open(self, variable: Variable) -> bool:
        """Whether anything of a question may be published."""
        controls = self.controls(variable)
        return all(self.shows(control, KIND, TOTAL) for control in controls)

    # A question --------------------------------------------------------------------

    def question(self, variable: Variable) -> None:
        """Decide the tables of a question, whatever its sort; nothing if it is closed."""
        if variable.code in self.asked or not self.is_open(variable):
            return
        before = {*self.decided}
        try:
            self.tabulate(variable)
        except SecrecyError:  # none of it can be told
            for name in {*self.decided} - before:
                del self.decided[name]
        else:
            self.asked.add(variable.code)

    def tabulate(self, variable: Variable) -> None:
        if variable.sort in {MANY, TEXTS}:
            self.many(variable)
        elif variable.group and variable.options:
            self.rows(variable)
        elif variable.group:
            self.row_numbers(variable)
        else:
            self.one(variable)

    def one(self, variable: Variable) -> None:
        """A question of one answer: its distribution, and the mean of numbers."""
        code, weight = variable.code, f"w:{variable.code}"
        groups = {by: self.open_groups(variable, by) for by in DIMENSIONS}
        if variable.options:
            asks = asks_of(code, weight)
            order = [option for option, _label in variable.options]
            tables = [
                Table(f"{code}/{by}", (by, code), asks, {by: groups[by], code: order})
                for by in DIMENSIONS
            ]
            units = self.units_of_one(variable)
            self.decide(code, tables, units, answers={code, weight})
        if variable.sort == SCALE:
            self.decided[f"{code}/mean"] = means_of_scale(variable, self.decided[code])
        elif variable.has_mean:
            told = mean_asks(variable, weight)
            tables = [
                Table(
                    f"{code}/mean/{by}", (by,), told, {by: self.counted(code, by, of)}
                )
                for by, of in groups.items()
            ]
            units = self.units_of_one(variable)
            gone = [] if self.counted(code, KIND, [TOTAL]) else [(TOTAL,)]
            secret = {table.name: gone for table in tables}  # it tells of hidden bands
            self.decide(f"{code}/mean", tables, units, secret=secret)

    def units_of_one(self, variable: Variable) -> list[Unit]:
        """Those who answered: the option, and the number with what its band tells."""
        code, weight = variable.code, f"w:{variable.code}"
        ends = band_ends(variable) if variable.sort == NUMBER else {}
        found = []
        for person in self.answered:
            value = person.answers.get(code)
            option, amount = option_of(variable, value), number_of(value)
            if option is None and (amount is None or variable.options):
                continue
            values = {weight: person.weight, code: amount}
            bounds = {code: ends[option]} if option in ends else {}
            found.append(self.unit(person, {code: option}, values, bounds=bounds))
        return found

    def counted(self, code: str, by: str, groups: Sequence[str]) -> list[str]:
        """The groups in which every answer to a question is told."""
        if code not in self.decided:
            return [*groups]
        table = self.decided[code][f"{code}/{by}"]
        partly = {row.codes[0] for row in table if row.is_hidden}
        return [group for group in groups if group not in partly]

    def many(self, variable: Variable) -> None:
        """A question of several answers: each option is a yes or no of its own."""
        code, weight = variable.code, f"w:{variable.code}"
        asks = (count("weighted", weight=weight),)
        groups = {by: self.open_groups(variable, by) for by in DIMENSIONS}
        base = [Table(f"{code}/{by}", (by,), asks, {by: groups[by]}) for by in groups]
        units = self.units_of_many(variable)
        known = [self.decide(f"{code}/base", base, units)]
        for option, _label in variable.options:
            name = f"{code}={option}"
            both = asks_of(name, weight)
            tables = [
                Table(
                    f"{name}/{by}", (by, name), both, {by: groups[by], name: ("yes",)}
                )
                for by in DIMENSIONS
            ]
            with suppress(SecrecyError):  # this answer is told of nobody
                self.decide(name, tables, units, before=known, answers={name, weight})

    def units_of_many(self, variable: Variable) -> list[Unit]:
        """Those who answered: a yes to each option that they chose."""
        code = variable.code
        found = []
        for person in self.answered:
            if given := self.chosen(variable, person):
                codes = {f"{code}={option}": "yes" for option in given}
                found.append(self.unit(person, codes, {f"w:{code}": person.weight}))
        return found

    def chosen(self, variable: Variable, person: Person) -> Sequence[str]:
        if variable.sort == TEXTS:
            return person.themes.get(variable.code, ())
        if variable.group:  # in one row at least
            rows = person.rows.get(variable.code, ())
            lists = [row for row in rows if isinstance(row, list)]
            return sorted({option for row in lists for option in row})
        value = person.answers.get(variable.code)
        return value if isinstance(value, list) else ()

    def rows(self, variable: Variable) -> None:
        """A question asked of each row.

        All rows of one respondent with one option are a unit: a cell has three
        respondents at least, and none of them dominates it.
        """
        code, rows = variable.code, f"rows:{variable.code}"
        units = []
        for person in self.answered:
            for option, number in sorted(row_counts(variable, person).items()):
                units.append(
                    self.unit(
                        person, {code: option}, {rows: person.weight * number},
                        key=f"{person.key}/{option}",
                    )
                )  # fmt: skip
        asks = (total(rows, "weighted"), share(code, weight=rows, is_known=False))
        order = [option for option, _label in variable.options]
        tables = [
            Table(
                f"{code}/{by}", (by, code), asks,
                {by: self.holders(variable, by), code: order},
            )
            for by in DIMENSIONS
        ]  # fmt: skip
        self.decide(code, tables, units, answers={code, rows})

    def holders(self, variable: Variable, by: str) -> list[str]:
        """Groups in which three respondents have rows, and none nearly all of them.

        What is left out is so many, too, that it cannot be told from the total.
        """
        sizes: dict[str, list[float]] = {}
        for person in self.answered:
            number = sum(row_counts(variable, person).values())
            if number:
                own = self.unit(person).codes[by] or ""
                sizes.setdefault(str(own), []).append(number * person.weight)
        good = [
            group
            for group in self.open_groups(variable, by)
            if is_safe(sizes.get(group, ()))
        ]
        good.sort(key=lambda group: (len(sizes[group]), group))
        rest = [n for group in sizes if group not in good for n in sizes[group]]
        while rest and good and not is_safe(rest):
            rest += sizes[good.pop(0)]
        return sorted(good)

    def row_numbers(self, variable: Variable) -> None:
        """Numbers asked of each row: the mean by row, the sum of all rows."""
        code, rows, weight = variable.code, f"n:{variable.code}", f"w:{variable.code}"
        units = []
        for person in self.answered:
            given = [number_of(v) for v in person.rows.get(code, ())]
            known = [number for number in given if number is not None]
            values = {code: sum(known), rows: float(len(known)), weight: person.weight}
            if known:
                units.append(self.unit(person, {}, values))
        asks = (
            rate(code, rows, "mean", weight=weight),
            total(code, "total", weight=weight),
        )
        groups = {by: self.open_groups(variable, by) for by in DIMENSIONS}
        tables = [Table(f"{code}/mean/{b}", (b,), asks, {b: groups[b]}) for b in groups]
        self.decide(code, tables, units)

    # Two questions -----------------------------------------------------------------

    def cross(self, one: Variable, two: Variable) -> None:
        """Two questions of one answer, of those who answered both."""
        name = cross_name(one.code, two.code)
        weight = f"w:{name}"
        asks = asks_of(two.code, weight)
        orders = {
            each.code: [option for option, _label in each.options]
            for each in (one, two)
        }
        units = []
        for person in self.answered:
            codes = {
                each.code: option_of(each, person.answers.get(each.code))
                for each in (one, two)
            }
            values: dict[str, float | None] = {
                f"w:{each}": person.weight if option is not None else None
                for each, option in codes.items()
            }
            both = all(option is not None for option in codes.values())
            values[weight] = person.weight if both else None
            units.append(self.unit(person, codes, values))
        margins = [self.margins(each) for each in (one, two)]
        table = Table(name, (one.code, two.code), asks, orders)
        answers = {weight, *codes_of(one, two)}
        self.decide(name, [table], units, before=margins, answers=answers)

    def margins(self, variable: Variable) -> Release:
        """What was decided of the distribution of a question among all."""
        found = self.decided[variable.code]
        return kept(
            found,
            lambda by, codes: (
                variable.code in by
                and all(
                    code == TOTAL or name == variable.code
                    for name, code in zip(by, codes, strict=True)
                )
            ),
        )
