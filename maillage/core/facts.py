"""What the platform can compute of a structure, said by each app that knows it.

A survey proposes these values to its respondents: places, resources, loans, visitors…
The app that holds the rows registers a fact; surveys, its brother, asks by the code.
Every value comes with the rows that it sums, so that a person can check it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Row:
    """A part of a value: what it is, its share of the sum, its page.

    ``key`` recognises the row from one year to the next; ``facts`` are what is known
    of it, by name, for a question about each row.
    """

    label: str
    value: float = 1
    url: str = ""
    key: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Value:
    """A computed value and its rows; a number is the sum of those of its rows."""

    value: Any
    rows: tuple[Row, ...] = ()

    @classmethod
    def summing(cls, rows: Iterable[Row]) -> "Value":
        rows = tuple(rows)
        total = sum(row.value for row in rows)
        return cls(int(total) if total == int(total) else total, rows)


#: Of a structure, in the period ``[start, end)``.
Computer = Callable[[Any, dt.date, dt.date], Value | None]


@dataclass(frozen=True)
class Fact:
    """``field`` is the field of the structure that the answer may update, if any."""

    code: str
    label: str | Promise
    source: str | Promise
    compute: Computer
    field: str = ""
    #: ``number``, ``text``, ``terms`` (slugs of a vocabulary), ``yes_no`` or ``commune``.
    sort: str = "number"
    vocabulary: str = ""


_facts: dict[str, Fact] = {}


def register(*facts: Fact) -> None:
    """Make facts known; called by the ``facts`` module of an app."""
    for fact in facts:
        _facts[fact.code] = fact


def known() -> Mapping[str, Fact]:
    """All facts, by code, in the order in which apps came."""
    return _facts


def compute(
    code: str, structure: Any, start: dt.date, end: dt.date
) -> tuple[Fact, Value] | None:
    """A fact of a structure; None when nobody computes it or there is nothing to say."""
    fact = _facts.get(code)
    value = fact.compute(structure, start, end) if fact else None
    return None if fact is None or value is None else (fact, value)
