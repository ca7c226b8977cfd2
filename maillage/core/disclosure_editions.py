"""Figures that are published again after their units have changed.

Whoever kept the former figures subtracts them from the new ones. The units of all
editions are therefore looked at together: a unit that did not change is one unit of both,
one that was added, withdrawn or corrected is a unit of one of them only. What is the same
in both tells nothing; what a shown cell has changed by is a set of units like any other,
and must have enough of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from maillage.core.disclosure_cells import Earlier
from maillage.core.disclosure_release import Release
from maillage.core.disclosure_tables import EDITION, BadTable, Table, Unit

NOW: Final = "now"
Editions = Sequence[tuple[Release, Iterable[Unit]]]


def ordered(units: Iterable[Unit]) -> list[Unit]:
    """By key; refused when two have one."""
    people = sorted(units, key=lambda unit: unit.key)
    if len({unit.key for unit in people}) != len(people):
        raise BadTable("twice", "two units have one key")
    return people


def is_same(one: Unit, two: Unit) -> bool:
    """Whether nothing that is published of a unit has changed."""
    codes = [{n: unit.among(n, None) for n in unit.codes} for unit in (one, two)]
    values = [
        {name: value for name, value in unit.values.items() if value is not None}
        for unit in (one, two)
    ]
    known = [(dict(unit.weights), dict(unit.bounds)) for unit in (one, two)]
    return codes[0] == codes[1] and values[0] == values[1] and known[0] == known[1]


def together(units: Sequence[Unit], editions: Editions) -> list[Unit]:
    """The units of all editions, each with those that it is in."""
    found = [(unit, [NOW]) for unit in units]
    places: dict[str, list[int]] = {unit.key: [n] for n, unit in enumerate(units)}
    for number, (_release, former) in enumerate(editions):
        for unit in ordered(former):
            mine = places.setdefault(unit.key, [])
            same = [rank for rank in mine if is_same(found[rank][0], unit)]
            if same:
                found[same[0]][1].append(str(number))
            else:
                mine.append(len(found))
                found.append((unit, [str(number)]))
    made = [
        replace(
            unit, key=f"{unit.key} {min(mine)}", codes={**unit.codes, EDITION: mine}
        )
        for unit, mine in found
    ]
    return ordered(made)


def of_now(tables: Sequence[Table]) -> list[Table]:
    """The tables, of the units of today."""
    return [replace(table, edition=NOW) for table in tables]


def known_from(editions: Editions) -> list[Earlier]:
    """What was published of the units of each edition."""
    found = []
    for number, (release, _units) in enumerate(editions):
        for table in release.tables.values():
            for row in table.earlier():
                codes, needs = row.identity
                own = frozenset({(EDITION, str(number))})
                found.append(replace(row, identity=(codes | own, needs)))
    return found
