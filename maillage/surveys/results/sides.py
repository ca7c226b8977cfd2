"""A wave split in two: who answered another wave as well, and who did not.

This is one more dimension, beside kinds and departments. Its tables are decided together
with those: whoever subtracts a kind from those who stayed learns nothing. A wave may have
two, with the one before and with the one after. docs/methods/surveys.md.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from maillage.core.disclosure import (
    TOTAL,
    Ask,
    Figure,
    Release,
    Row,
    Table,
    count,
    mean,
    mean_of_points,
    protect,
    share,
)
from maillage.surveys.results.gate import WHO, Gate
from maillage.surveys.results.shown import secret_row
from maillage.surveys.results.tables import (
    KIND,
    again,
    asks_of,
    mean_asks,
)
from maillage.surveys.results.variables import MANY, NUMBER, SCALE, TEXTS, Variable

STAY, ALONE = "stay", "alone"
GROUPS: Final = (STAY, ALONE)
#: Decimals of the share of a group.
DIGITS = 3


def side_of(slug: str) -> str:
    """The dimension that says who is in another wave as well."""
    return f"in {slug}"


def in_side(by: str, family: str) -> str:
    """What the tables of a family by this dimension are stored as."""
    return f"{by}: {family}"


def split(gate: Gate, by: str, keys: Collection[str]) -> None:
    """Split those who answered by whether they are among ``keys``, and say how many."""
    gate.sides[by] = {
        person.key: STAY if person.key in keys else ALONE for person in gate.answered
    }
    if in_side(by, WHO) not in gate.decided:
        units = [gate.unit(person) for person in gate.answered]
        ask(gate, by, WHO, [Table(by, (by,), (count(),), {by: GROUPS})], units)


def ask(
    gate: Gate,
    by: str,
    family: str,
    tables: list[Table],
    units: list[Any],
    *,
    asks: tuple[Ask, ...] = (count(),),
    base: str = "",
    **more: Any,
) -> None:
    """Decide tables by this dimension with all that was decided of the same family.

    ``base`` is a family that tells how many answered. What was decided stays as it is;
    it is asked for again, so that an attacker is supposed to know how many there are in
    every finest place.
    """
    known = [*told(gate, family), *(told(gate, base) if base else ())]
    with_them = [
        again(table, asks)
        for release in told(gate, family)
        for table in release.tables.values()
    ]
    found = protect(
        [*tables, *with_them], units=units, before=known, effort=gate.effort, **more
    )
    mine = {table.name: found.tables[table.name] for table in tables}
    gate.decided[in_side(by, family)] = Release(mine, dict(found.rules))


def told(gate: Gate, family: str) -> Iterator[Release]:
    """What was decided of a family: by kind and department, and by other sides."""
    for name in (family, *(in_side(by, family) for by in gate.sides)):
        if name in gate.decided:
            yield gate.decided[name]


# A question ------------------------------------------------------------------------


def decide(gate: Gate, variable: Variable, by: str) -> None:
    """The tables of a question by this dimension; raises ``SecrecyError`` if none is safe.

    Nothing is told where the results do not tell of the question.
    """
    code, weight = variable.code, f"w:{variable.code}"
    groups = open_groups(gate, variable, by)
    if variable.sort in {MANY, TEXTS}:
        many(gate, variable, by, groups)
        return
    if variable.options and in_side(by, code) not in gate.decided:
        asks = asks_of(code, weight)
        order = {by: groups, code: [option for option, _label in variable.options]}
        ask(
            gate, by, code,
            [Table(f"{code}/{by}", (by, code), asks, order)],
            gate.units_of_one(variable), asks=asks, answers={code, weight},
        )  # fmt: skip
    if variable.sort == SCALE:
        points = {option: float(option) for option, _label in variable.options}
        table = gate.decided[in_side(by, code)][f"{code}/{by}"]
        gate.decided[in_side(by, f"{code}/mean")] = mean_of_points(table, points)
    elif variable.has_mean and in_side(by, f"{code}/mean") not in gate.decided:
        if variable.options:
            bands = gate.decided[in_side(by, code)][f"{code}/{by}"]
            partly = {row.codes[0] for row in bands if row.is_hidden}
            groups = [group for group in groups if group not in partly]
        means(gate, variable, by, groups)


def means(gate: Gate, variable: Variable, by: str, groups: list[str]) -> None:
    """The mean of numbers, of groups in which every band is told."""
    code, weight = variable.code, f"w:{variable.code}"
    asks = (
        mean(code, "mean", weight=weight),
        share(by, "size", weight=weight, digits=DIGITS),
    )
    ask(
        gate, by, f"{code}/mean",
        [Table(f"{code}/mean/{by}", (by,), asks, {by: groups})],
        gate.units_of_one(variable), asks=mean_asks(variable, weight),
    )  # fmt: skip


def many(gate: Gate, variable: Variable, by: str, groups: list[str]) -> None:
    """A question of several answers: each option that the results tell of."""
    code, weight = variable.code, f"w:{variable.code}"
    units = gate.units_of_many(variable)
    base = f"{code}/base"
    if in_side(by, base) not in gate.decided:
        counted = (count("weighted", weight=weight),)
        table = Table(f"{code}/{by}", (by,), counted, {by: groups})
        ask(gate, by, base, [table], units, asks=counted)
    for option, _label in variable.options:
        name = f"{code}={option}"
        if name not in gate.decided or in_side(by, name) in gate.decided:
            continue
        asks = asks_of(name, weight)
        order = {by: groups, name: ("yes",)}
        ask(
            gate, by, name, [Table(f"{name}/{by}", (by, name), asks, order)],
            units, asks=asks, base=base, answers={name, weight},
        )  # fmt: skip


def open_groups(gate: Gate, variable: Variable, by: str) -> list[str]:
    """The groups in which it is no secret how many a question was asked of."""
    rows = gate.decided[in_side(by, WHO)][by]
    groups = [group for group in GROUPS if not rows.row(group)["count"].is_hidden]
    return [
        group
        for group in groups
        if all(shows(gate, one, by, group) for one in gate.controls(variable))
    ]


def shows(gate: Gate, control: Variable, by: str, group: str) -> bool:
    """All that is decided of a question in a group is shown."""
    if control.group or not gate.shows(control, KIND, TOTAL):
        return False
    decide(gate, control, by)
    names = [control.code]
    if control.sort in {MANY, TEXTS}:
        names = [f"{control.code}={option}" for option, _label in control.options]
    rows = [
        row
        for name in names
        if in_side(by, name) in gate.decided
        for table in gate.decided[in_side(by, name)].tables.values()
        for row in table
        if row.codes[0] == group
    ]
    return bool(rows) and not any(row.is_hidden for row in rows)


# What is read ----------------------------------------------------------------------


def size_and_mean(
    gated: dict[str, Release], variable: Variable, option: str, by: str, group: str
) -> tuple[Figure, Figure]:
    """The share of a group among those who answered, and its mean (or share of an option).

    Both are made of weighted counts, which results tell as whole numbers: shares with more
    decimals would tell more of everybody than they do.
    """
    code, name, chosen = variable.code, variable.code, option
    if option == "mean":
        table = f"{code}/mean/{by}" if variable.sort == NUMBER else f"{code}/{by}"
        mean = row_of(gated, in_side(by, f"{code}/mean"), table, group)
        if variable.sort == NUMBER:
            return mean["size"], mean["mean"]
        return size_of(gated, variable, by, group), mean["mean"]
    if variable.sort == MANY:
        name, chosen = f"{code}={option}", "yes"
    given, answered = (
        row_of(gated, in_side(by, name), f"{name}/{by}", group, one)["weighted"]
        for one in (chosen, TOTAL)
    )
    return size_of(gated, variable, by, group), divided(given, answered)


def weight_of(
    gated: dict[str, Release], variable: Variable, by: str, group: str
) -> Figure:
    """How many those of a group who answered stand for; not of numbers."""
    code, family = variable.code, variable.code
    codes: tuple[str, ...] = (TOTAL,)
    if variable.sort == MANY:
        family, codes = f"{code}/base", ()
    row = row_of(gated, in_side(by, family), f"{code}/{by}", group, *codes)
    return row["weighted"]


def size_of(
    gated: dict[str, Release], variable: Variable, by: str, group: str
) -> Figure:
    """The share of a group among those who answered."""
    mine, every = (weight_of(gated, variable, by, one) for one in (group, TOTAL))
    return divided(mine, every)


def divided(part: Figure, whole: Figure) -> Figure:
    """A share; as secret as the more secret of both."""
    if whole.is_hidden:
        return whole
    return part.scaled(1 / whole.value if whole.value else 0)


def row_of(gated: dict[str, Release], family: str, table: str, *codes: str) -> Row:
    """A row; one that was not asked for is secret."""
    if family in gated and table in gated[family].tables:
        for row in gated[family][table]:
            if row.codes == codes:
                return row
    return secret_row(("count", "size", "mean", "weighted"))
