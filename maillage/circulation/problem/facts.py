"""What a season is made of, read once from the database: plain values, no rows.

Days are ticks: whole days from the first day of the season. A copy is known by its rank
in ``Facts.copies``, a request by its rank in ``Facts.wishes``.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Position = tuple[float, float]
#: Days before the start of a loan, or after its end, that nothing can be done with.
NEVER = 10**6


@dataclass(frozen=True)
class Turn:
    """Days that a loan takes around itself: transport, set-up, take-down, checks.

    ``before[s]`` for a loan that starts on tick s, ``after[e]`` for one that ends on e.
    """

    before: Ints
    after: Ints


@dataclass(frozen=True)
class GroupFacts:
    """One resource with copies in service."""

    pk: int
    slug: str
    name: str
    key: int
    owner: int
    owner_name: str
    wear_limit: int
    maintenance_days: int
    co2_kg: float
    #: By open days on the road (0 within a day's drive).
    turns: Mapping[int, Turn]
    #: Open days of the owner before each tick.
    opened: Ints


@dataclass(frozen=True)
class CopyFacts:
    """One copy; ``pk`` is 0 for a copy that a what-if adds."""

    pk: int
    label: str
    group: int
    depot: int
    position: Position
    wear: int


@dataclass(frozen=True)
class Taken:
    """Days on which a copy is not free, whatever the plan does, ``[start, end)``."""

    copy: int
    start: int
    end: int
    position: Position
    wish: int = -1
    value: float = 0.0
    wear: int = 0
    renews: bool = False
    is_confirmed: bool = False
    #: The days of the loan itself, when it serves a wish.
    starts: int = 0
    ends: int = 0


@dataclass(frozen=True)
class Choice:
    """A resource that would satisfy a wish, and what that is worth."""

    group: int
    score: float
    preference: float
    income_cents: int
    terms: Mapping[str, float]
    #: Starts on which the loan would stay as it was, worth more by ``bonus``.
    kept_start: int = -1
    bonus: float = 0.0


@dataclass(frozen=True)
class Wish:
    """One request of the season."""

    pk: int
    reference: str
    key: int
    host: int
    kind: str
    commune: str
    commune_name: str
    position: Position
    duration: int
    pupils: int
    public: int
    #: First and last tick on which the loan may start, school holidays taken out.
    windows: tuple[tuple[int, int], ...]
    weekdays_only: bool
    terms: Mapping[str, float]
    facts: Mapping[str, Any]
    choices: tuple[Choice, ...]
    #: Why it cannot be served at all, before anything is computed.
    barred: str = ""


@dataclass(frozen=True)
class Quota:
    """At most ``most`` loans of the wishes it names."""

    wishes: tuple[int, ...]
    most: int


@dataclass(frozen=True)
class Facts:
    """All that a plan of the season rests on."""

    season: str
    starts_on: dt.date
    days: int
    first: int
    seed: int
    weights: Mapping[str, int]
    groups: tuple[GroupFacts, ...]
    copies: tuple[CopyFacts, ...]
    wishes: tuple[Wish, ...]
    taken: tuple[Taken, ...]
    host_limits: Mapping[int, int]
    quotas: tuple[Quota, ...] = ()
    km_budget: float | None = None
    published: Mapping[str, Any] = field(default_factory=dict)

    def day(self, tick: int) -> dt.date:
        return self.starts_on + dt.timedelta(int(tick))
