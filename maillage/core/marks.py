"""Filters that a higher app adds to the lists of a lower one.

An event does not know what the pass gives there; the pass, above it, registers a mark:
which things have it. The entry of a thing carries its marks beside its own facets, so
lists, maps, feeds and counts filter on them from memory as on any other.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

#: The things of some numbers that have the mark on a day; a constant number of queries.
Holders = Callable[[Collection[int], dt.date], set[int]]


@dataclass(frozen=True)
class Mark:
    """One value of a filter of its own: « Passeport : donne un avantage ».

    ``follows`` are the kinds whose state it depends on; ``badge`` is what lines of
    things say, ``quick`` the switch above a list, ``word`` its address on posters.
    """

    kind: str
    facet: str
    value: str
    label: str | Promise
    value_label: str | Promise
    holders: Holders
    follows: tuple[str, ...] = ()
    badge: str | Promise = ""
    quick: str | Promise = ""
    word: str = ""


_marks: dict[tuple[str, str], Mark] = {}


def register(*marks: Mark) -> None:
    """Make marks known; called by the ``marks`` module of an app."""
    for mark in marks:
        _marks[mark.kind, mark.facet] = mark


def marks_of(kind: str) -> list[Mark]:
    return [mark for mark in _marks.values() if mark.kind == kind]


def following(kind: str) -> list[Mark]:
    """Marks that depend on the state of things of a kind."""
    return [mark for mark in _marks.values() if kind in mark.follows]


def facets_of_marks(
    kind: str, pks: Collection[int], *, day: dt.date
) -> list[tuple[Mark, set[int]]]:
    """Each mark of a kind with those of some things that have it."""
    return [(mark, mark.holders(pks, day)) for mark in marks_of(kind)]


def badges_of(kind: str, facets: object) -> Iterable[str]:
    """What the marks of an entry say, from its facets."""
    held = facets if isinstance(facets, dict) else {}
    for mark in marks_of(kind):
        if mark.badge and mark.value in held.get(mark.facet, ()):
            yield str(mark.badge)
