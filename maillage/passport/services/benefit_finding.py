"""Where a pass goes: places that give something, by what, to whom, and where."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from django.http import QueryDict

from maillage.core import listing
from maillage.core.listing import Listing
from maillage.core.listing_query import Query, read_query
from maillage.kernels.geo import great_circle_km
from maillage.passport.choices import AgeBand, Gives, PassKind
from maillage.passport.models import Benefit
from maillage.passport.passages import best

KIND = ("place",)
#: The filters of benefits, by their name in addresses, and what each may say.
FILTERS: Mapping[str, tuple[str, ...]] = {
    "gives": tuple(Gives.values),
    "pass": tuple(PassKind.values),
    "age": tuple(band for band in AgeBand.values if band),
}


@dataclass(frozen=True)
class Asked:
    """What an address asks of places, and of what they give."""

    query: Query
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Found:
    """The benefits that an address asks for, and the places that give them."""

    def __init__(self, asked: Asked, rows: Sequence[Benefit]) -> None:
        self.asked, self.rows = asked, rows
        self.fit = fitting(rows, asked.chosen)
        self.by_place = by_place(self.fit)

    @property
    def only(self) -> Any:
        """Whether the place of a number gives something of what is asked."""
        return numbers_of(self.fit)

    @cached_property
    def listing(self) -> Listing:
        return listing.find(replace(self.asked.query, only=self.only))

    def counts(self) -> dict[str, dict[str, int]]:
        """How many places each choice of a filter would find, the others as they are."""
        wide = listing.find(replace(self.asked.query, only=numbers_of(self.rows)))
        among = {*wide.shelf.column("object_id", blank=0)[wide.lines].tolist()}
        found = {}
        for name, known in FILTERS.items():
            others = {n: v for n, v in self.asked.chosen.items() if n != name}
            found[name] = {
                value: len(
                    among & {*by_place(fitting(self.rows, others | {name: (value,)}))}
                )
                for value in known
            }
        return found


def read_asked(params: QueryDict) -> Asked:
    """Read an address; what makes no sense is left out, never an error."""
    chosen = {}
    for name, known in FILTERS.items():
        given = tuple(v for v in dict.fromkeys(params.getlist(name)) if v in known)
        if given:
            chosen[name] = given
    return Asked(read_query(params, kinds=KIND), chosen)


def holds(benefit: Benefit, name: str, values: tuple[str, ...]) -> bool:
    """Whether a benefit is one of those that a filter lets through."""
    if name == "gives":
        return benefit.gives in values
    said = benefit.kinds if name == "pass" else benefit.age_bands
    return not said or bool({*said} & {*values})


def fitting(
    rows: Iterable[Benefit], chosen: Mapping[str, tuple[str, ...]]
) -> list[Benefit]:
    """Benefits that all the filters let through: each by itself, not by its place."""
    return [
        row
        for row in rows
        if all(holds(row, name, values) for name, values in chosen.items())
    ]


def find_benefits(asked: Asked, *, today: dt.date) -> Found:
    """What is given now or later, for all lists and maps. One query."""
    rows = Benefit.objects.all().offered_on(today)
    return Found(asked, list(rows.order_by("pk")))


def by_place(rows: Iterable[Benefit]) -> dict[int, list[Benefit]]:
    found: dict[int, list[Benefit]] = {}
    for row in rows:
        found.setdefault(row.place_id, []).append(row)
    return found


def numbers_of(rows: Iterable[Benefit]) -> Any:
    """Whether the place of a number has one; the last stands for all larger ones."""
    numbers = [row.place_id for row in rows]
    known = np.zeros(max(numbers, default=0) + 2, bool)
    known[numbers] = True
    return known


def first_of(rows: Iterable[Benefit]) -> Gives:
    """The best thing that a place gives: its sign on the map."""
    found = best(rows)
    return Gives(found.gives) if found else Gives.PRIORITY


def near_first(
    rows: Sequence[Benefit], home: tuple[float, float] | None
) -> list[tuple[Benefit, float | None]]:
    """Benefits with their kilometres from home as the crow flies, the nearest first.

    Places of unknown position come last; without a home all keep their order.
    """
    if home is None or not rows:
        return [(row, None) for row in rows]
    known = [(row, row.place.position) for row in rows]
    points = np.array([point for _row, point in known if point]).reshape(-1, 2)
    here = [np.array([degrees]) for degrees in home]
    far = iter(great_circle_km(here[0], here[1], points[:, 0], points[:, 1]).tolist())
    found = [(row, float(next(far)) if point else None) for row, point in known]
    return sorted(found, key=lambda pair: (pair[1] is None, pair[1] or 0.0))
