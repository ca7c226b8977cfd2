"""The board of a territory: its figures by family, compared; on screen and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from maillage.observatory.cards import Card, cards_of
from maillage.observatory.choices import Level
from maillage.observatory.models import Indicator
from maillage.observatory.services.aggregating import RANK, levels_from
from maillage.observatory.services.perimeters import (
    Territory,
    find_territory,
    told_outside,
)
from maillage.observatory.services.similar import rule, similar
from maillage.territories.models import Commune

#: Cards on one page; the others are behind the names of families.
MOST = 24
#: The family of those that the agency put first.
KEY = ""


@dataclass(frozen=True)
class Family:
    name: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Board:
    """Everything that the page of a territory shows."""

    territory: Territory
    cards: list[Card]
    families: list[Family]
    family: str
    likes: list[Territory]
    rule: str
    outside: str
    #: Where it lies: larger territories.
    around: list[Territory]
    left_out: int = 0


def board_of(territory: Territory, *, user: Any, family: str = KEY) -> Board:
    """A board in a number of queries that does not grow with its indicators."""
    rows = [
        one
        for one in Indicator.objects.published().visible_to(user)
        if territory.level in levels_from(one.finest)
        and RANK[territory.level] >= RANK[one.shown_from]
    ]
    chosen = chosen_of(rows, family)
    shown = chosen[:MOST]
    likes = similar(territory)
    people = Commune.objects.aggregate(total=Sum("population"))["total"] or 0
    return Board(
        territory,
        cards_of(shown, territory, people=people, likes=likes),
        families_of(rows, family),
        family,
        likes,
        rule(territory.level),
        told_outside(territory),
        around_of(territory),
        left_out=len(chosen) - len(shown),
    )


def chosen_of(rows: Sequence[Indicator], family: str) -> list[Indicator]:
    """The indicators of a family; without one, the key figures, or the first."""
    if family:
        return [one for one in rows if one.family == family]
    key = [one for one in rows if one.rank is not None]
    return sorted(key, key=lambda one: one.rank or 0) or list(rows[:MOST])


def families_of(rows: Sequence[Indicator], current: str) -> list[Family]:
    counts: dict[str, int] = {}
    for one in rows:
        if one.family:
            counts[one.family] = counts.get(one.family, 0) + 1
    return [
        Family(name, count, name == current) for name, count in sorted(counts.items())
    ]


def around_of(territory: Territory) -> list[Territory]:
    """The EPCI and the department of a commune; the region is everybody's."""
    found = [
        find_territory(level, code)
        for level, code in (
            (Level.EPCI, territory.epci),
            (Level.DEPARTMENT, territory.department),
        )
        if code
    ]
    return [one for one in found if one]
