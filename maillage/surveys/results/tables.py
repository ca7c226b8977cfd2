"""Small parts of tables: what is asked of a cell, and which rows are kept."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from django.conf import settings

from maillage.core.disclosure import (
    TOTAL,
    Ask,
    PublishedTable,
    Release,
    Table,
    count,
    mean,
    mean_of_points,
    share,
    total,
)
from maillage.surveys.results.people import Person
from maillage.surveys.results.variables import Variable, option_of

KIND, DEPARTMENT = "kind", "department"
DIMENSIONS: Final = (KIND, DEPARTMENT)


def cross_name(one: str, two: str) -> str:
    return f"{one} x {two}"


def codes_of(*variables: Variable) -> set[str]:
    """The names under which the gate knows answers to some questions."""
    return {name for v in variables for name in (v.code, f"w:{v.code}")}


def asks_of(code: str, weight: str) -> tuple[Ask, ...]:
    """How many gave each answer, as estimated, and their share to a hundredth."""
    return (count("weighted", weight=weight), share(code, weight=weight, digits=2))


def mean_asks(variable: Variable, weight: str) -> tuple[Ask, ...]:
    """The mean, and the sum of what can be added up."""
    code = variable.code
    return (mean(code, "mean", weight=weight), total(code, "total", weight=weight))


def means_of_scale(variable: Variable, shares: Release) -> Release:
    """The mean of a scale is what its published shares make."""
    points = {code: float(code) for code, _label in variable.options}
    tables = {}
    for table in shares.tables.values():
        name = f"{variable.code}/mean/{table.by[0]}"
        made = mean_of_points(table, points)[table.name]
        tables[name] = replace(made, name=name)
    return Release(tables, dict(shares.rules))


def band_ends(variable: Variable) -> dict[str, tuple[float, float]]:
    """Least and largest number of each band, which everybody reads."""
    codes = [code for code, _label in variable.options]
    ends = [float(code) for code in codes] + [math.inf]
    return dict(zip(codes, pairwise(ends), strict=True))


def row_counts(variable: Variable, person: Person) -> Counter[str]:
    """How many rows of a person have each option."""
    found = (option_of(variable, row) for row in person.rows.get(variable.code, ()))
    return Counter(option for option in found if option is not None)


def is_safe(sizes: Sequence[float]) -> bool:
    """Enough respondents, and none of them is nearly all."""
    enough = len(sizes) >= settings.SECRECY_MINIMUM
    return enough and max(sizes) <= settings.SECRECY_DOMINANCE * sum(sizes)


def kept(
    release: Release, wanted: Callable[[Sequence[str], Sequence[str]], bool]
) -> Release:
    """Some rows of a release."""
    data = release.as_json()
    for table in data["tables"]:
        table["rows"] = [
            row for row in table["rows"] if wanted(table["by"], row["codes"])
        ]
    return Release.from_json(data)


def again(table: PublishedTable, asks: tuple[Ask, ...]) -> Table:
    """A table of which the gate has decided, to be asked for with others.

    ``asks`` is for one without rounded figures, of which no more is stored.
    """
    codes = {
        by: list(dict.fromkeys(row.codes[rank] for row in table if row.codes[rank] != TOTAL))
        for rank, by in enumerate(table.by)
    }  # fmt: skip
    asks = tuple(table.weighted.values()) or asks
    return Table(table.name, table.by, asks, codes)


def without_groups(table: Table) -> Table:
    """The same table of everybody."""
    none: dict[str, Sequence[str]] = {by: () for by in DIMENSIONS if by in table.by}
    return replace(table, codes={**table.codes, **none})


def of_everybody(release: Release) -> Release:
    """The rows of a release that are of no group."""
    return kept(
        release,
        lambda by, codes: all(
            code == TOTAL or name not in DIMENSIONS
            for name, code in zip(by, codes, strict=True)
        ),
    )
