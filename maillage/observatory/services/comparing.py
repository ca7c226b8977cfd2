"""The same access by theme, by public and by who is counted: at the cost of one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from maillage.core import vocab
from maillage.kernels import catchment
from maillage.observatory.problem.supply import EVERYONE, Supply
from maillage.observatory.problem.territory import Territory, read_demands
from maillage.observatory.services.access import (
    BANDS,
    PER,
    Choice,
    Floats,
    gather,
    reachable,
)


@dataclass(frozen=True)
class Row:
    """One theme, one public, or one sort of people."""

    slug: str
    label: str
    sites: int
    people: float
    mean: float  # supply for PER people
    none: float  # share of the people with nothing in reach

    @property
    def none_percent(self) -> float:
        return 100.0 * self.none


@dataclass(frozen=True)
class Comparison:
    themes: list[Row]
    audiences: list[Row]
    demands: list[Row]


def compare(choice: Choice, *, month: dt.date) -> Comparison:
    """The mean access and the share with nothing, for each theme, public and demand.

    Both are the same by all methods that hand supply out: what is reached is what is
    handed out (docs/methods/catchment.md). Raises :class:`Refused` as :func:`gather`.
    """
    territory, people, whole = gather(
        replace(choice, theme="", audience=""), first=month
    )
    themes, publics = vocab.choices("themes"), vocab.choices("audiences")
    publics = [(slug, label) for slug, label in publics if slug != EVERYONE]
    wanted = [(slug, choice.audience) for slug, _label in themes]
    wanted += [(choice.theme, slug) for slug, _label in publics]
    wanted.append((choice.theme, choice.audience))
    masks = masks_of(whole, wanted)
    access = shared(choice, territory, people, whole, masks)
    rows = [
        row_of(slug, label, mask, value, people)
        for (slug, label), mask, value in zip(
            [*themes, *publics], masks, access, strict=False
        )
    ]
    found = [
        row_of(code, name, masks[-1], shared(choice, territory, who, whole, masks[-1:])[0], who)
        for code, name, who in read_demands(territory)
    ]  # fmt: skip
    if found:
        found.insert(0, row_of("", "", masks[-1], access[-1], people))
    return Comparison(
        sorted(rows[: len(themes)], key=lambda row: (-row.none, row.mean)),
        sorted(rows[len(themes) :], key=lambda row: (-row.none, row.mean)),
        found,
    )


def masks_of(whole: Supply, wanted: Sequence[tuple[str, str]]) -> Any:
    """(k, m) which sites suit each pair of a theme and a public."""
    rows = [
        [site.suits(theme=theme, audience=public) for site in whole.sites]
        for theme, public in wanted
    ]
    return np.array(rows, dtype=bool).reshape(len(wanted), len(whole))


def shared(
    choice: Choice, territory: Territory, people: Floats, whole: Supply, masks: Any
) -> Floats:
    """(k, n) access when only the sites of each mask are there."""
    if not len(whole):
        return np.zeros((len(masks), len(territory)))
    steps, weights = BANDS[choice.reach]
    pairs = reachable(territory, whole, minutes=choice.reach)
    offered = np.ascontiguousarray(masks * whole.capacity[0])
    found = catchment.two_step(people, offered, pairs, steps=steps, weights=weights)
    return np.asarray(found) * PER


def row_of(slug: str, label: Any, mask: Any, value: Floats, people: Floats) -> Row:
    total = float(people.sum())
    return Row(
        slug,
        str(label),
        int(mask.sum()),
        total,
        float(value @ people) / total,
        float(people[value <= 0].sum()) / total,
    )
