"""The days around the loans of a season, by the same rule as ``holding.span_of``."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillage.circulation.calendars import MOST_CLOSED, Calendar
from maillage.circulation.carbon import co2_kg
from maillage.circulation.models import Copy, LendingRules, Season
from maillage.circulation.problem.arrays import TAIL
from maillage.circulation.problem.facts import NEVER, GroupFacts, Turn
from maillage.circulation.problem.scores import key_of
from maillage.kernels.freetime import turn_around

#: Days before the season, and after its tail, in which its first and last loans may
#: find what they need: closures, then as many open days as anybody asks for.
AROUND = 2 * MOST_CLOSED
Mask = NDArray[np.bool_]


class TurnTable:
    """The days around a loan, by owner and copy, worked out once for each kind."""

    def __init__(
        self,
        season: Season,
        calendars: Mapping[int, Calendar],
        rules: Mapping[int, Any],
        *,
        far: int,
    ) -> None:
        self.far = far
        self.season, self.calendars, self.rules = season, calendars, rules
        self.known: dict[tuple[int, ...], Turn] = {}
        self.masks: dict[int, tuple[Mask, Mask]] = {}

    def group(self, copies: list[Copy]) -> GroupFacts:
        resource = copies[0].resource
        limits = [c.days_between_maintenances for c in copies]
        return GroupFacts(
            pk=resource.pk,
            slug=resource.slug,
            name=resource.name,
            key=key_of(resource.slug),
            owner=resource.owner_id,
            owner_name=resource.owner.name,
            wear_limit=min((limit for limit in limits if limit), default=0),
            maintenance_days=max(copy.maintenance_days for copy in copies),
            co2_kg=co2_kg(resource.vehicle),
            turns={far: self.widest(copies, far) for far in range(self.far + 1)},
            opened=self.open_days(resource.owner_id),
        )

    def widest(self, copies: list[Copy], far: int) -> Turn:
        turns = [self.turn(copy, far) for copy in copies]
        return Turn(
            np.max([turn.before for turn in turns], axis=0),
            np.max([turn.after for turn in turns], axis=0),
        )

    def buffer(self, owner: int) -> int:
        rules = self.rules.get(owner)
        return int(rules.buffer_days if rules else LendingRules().buffer_days)

    def turn(self, copy: Copy, far: int) -> Turn:
        owner = copy.resource.owner_id
        key = (owner, copy.setup_days, copy.takedown_days, far)
        if key not in self.known:
            self.known[key] = self.work_out(copy, far)
        return self.known[key]

    def work_out(self, copy: Copy, far: int) -> Turn:
        """The days around a loan for each day of the season and of what follows.

        ``MOST_CLOSED`` days or more on one side are too many: the owner is closed for
        months, and ``span_of`` would say so.
        """
        owner = copy.resource.owner_id
        is_open, ships = self.masks_of(owner)
        leaves, free = turn_around(
            is_open, ships, before=copy.setup_days + far,
            after=copy.takedown_days + far, buffer=self.buffer(owner),
        )  # fmt: skip
        days = np.arange(AROUND, len(is_open) - AROUND)
        before = days - leaves[days]
        after = np.maximum(free[days + 1] - days - 1, 0)
        before[before >= MOST_CLOSED] = NEVER
        after[after >= MOST_CLOSED] = NEVER
        return Turn(np.append(before, NEVER), np.insert(after, 0, NEVER))

    def masks_of(self, owner: int) -> tuple[Mask, Mask]:
        """Open days and shipping days, from ``AROUND`` days before the season."""
        if owner not in self.masks:
            calendar = self.calendars[owner]
            first = self.season.starts_on - dt.timedelta(AROUND)
            count = self.season.days + TAIL + 1 + 2 * AROUND
            days = [first + dt.timedelta(n) for n in range(count)]
            self.masks[owner] = (
                np.array([calendar.is_open(day) for day in days]),
                np.array([calendar.ships(day) for day in days]),
            )
        return self.masks[owner]

    def open_days(self, owner: int) -> Any:
        """Open days before each tick."""
        is_open, _ships = self.masks_of(owner)
        return np.concatenate([[0], np.cumsum(is_open[AROUND:-AROUND])])
