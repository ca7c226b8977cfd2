"""Facts of a season as the arrays of the kernel.

The kernel knows one turn-around a resource, the calendar knows one a day. A resource is
given room for the usual days before a start and after an end (``lead``, ``tail``); loans
may start only where the calendar asks no more than that. So whatever the kernel puts
one after the other can be held as it is. A request that no such day suits brings its own
days with it: its host becomes a place that is farther away in time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillage.circulation.problem.facts import (
    Facts,
    Ints,
    Position,
    Taken,
    Turn,
    Wish,
)
from maillage.circulation.problem.scores import km_cost
from maillage.kernels.season.problem import NO_WEAR_LIMIT, Problem
from maillage.kernels.travel import road_km

Days = NDArray[np.bool_]
#: Ticks after the season in which copies may still come home.
TAIL = 60
#: An open day a road trip for so many kilometres, as ``services.holding`` counts.
KM_A_DAY = 250.0
#: A loan of usual length, in whole weeks, and the part of starts that is kept.
USUAL_LOAN, STARTS_LEFT = 21, 0.34
#: Days of a calendar that hold so many open ones.
WEEK, OPEN_WEEK = 7, 5


@dataclass(frozen=True)
class Gathered:
    """The problem of the kernel, and what each of its ranks stands for."""

    facts: Facts
    problem: Problem
    #: (N,) the rank of each option among the choices of its wish.
    option_choice: Ints
    #: Host of each rank of ``host_limit``.
    hosts: tuple[int, ...]
    lead: Ints
    tail: Ints
    #: What each fixed loan of the problem is.
    fixed: tuple[Taken, ...]
    #: Starts that each wish may have with each group, for what is explained.
    starts: Mapping[tuple[int, int], Days]
    loose: Mapping[int, int] = field(default_factory=dict)


@dataclass
class Places:
    """Locations by position, in the order in which they were met."""

    ranks: dict[tuple[Position, int], int] = field(default_factory=dict)

    def of(self, position: Position, *, own: int = -1) -> int:
        return self.ranks.setdefault((position, own), len(self.ranks))

    def km(self) -> NDArray[np.float64]:
        points = np.array([position for position, _own in self.ranks], dtype=float)
        lon, lat = points.reshape(-1, 2).T
        table = road_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
        return np.round(np.asarray(table, dtype=float), 1)


def ranges(days: Days) -> list[tuple[int, int]]:
    """The first and last tick of each run of days."""
    edges = np.flatnonzero(np.diff(np.r_[False, days, False].astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def room_for(turn: Turn, *, days: int) -> tuple[int, int]:
    """The least days before and after a loan that leave a third of all starts.

    A start and the end of a loan of some weeks fall on the same day of the week.
    """
    start = np.arange(max(1, days - USUAL_LOAN))
    before, after = turn.before[start], turn.after[start + USUAL_LOAN]
    wanted = max(1, round(STARTS_LEFT * int(((before < TAIL) & (after < TAIL)).sum())))
    best = (TAIL // 2, TAIL // 2)
    for lead in np.unique(before[before < TAIL // 2]):
        tails = np.sort(after[before <= lead])
        if len(tails) < wanted or tails[wanted - 1] >= TAIL // 2:
            continue
        best = min(best, (int(lead), int(tails[wanted - 1])), key=sum)
    return best


def road_class(facts: Facts, wish: Wish, group: int) -> int:
    """Open days on the road from the farthest depot of a resource to a host."""
    depots = [copy.position for copy in facts.copies if copy.group == group]
    lon, lat = np.array(depots, dtype=float).T
    km = road_km(lon, lat, np.array(wish.position[0]), np.array(wish.position[1]))
    return int(np.max(km) // KM_A_DAY)


def wanted_days(facts: Facts, wish: Wish) -> Days:
    """The days on which a wish lets its loan start."""
    wanted = np.zeros(facts.days + 1, np.bool_)
    for first, last in wish.windows:
        wanted[max(first, 0) : min(last, facts.days - wish.duration) + 1] = True
    if wish.weekdays_only:
        weekday = (np.arange(len(wanted)) + facts.starts_on.weekday()) % WEEK
        if (wanted & (weekday < OPEN_WEEK)).any():
            wanted &= weekday < OPEN_WEEK
    return wanted


def possible(
    facts: Facts, wish: Wish, turn: Turn, *, lead: int, tail: int, wanted: Days
) -> Days:
    """The wanted days whose turn-around fits in ``lead`` and ``tail``."""
    start = np.flatnonzero(wanted)
    before, after = turn.before[start], turn.after[start + wish.duration]
    good = (before <= lead) & (after <= tail) & (start - before >= facts.first)
    days = np.zeros_like(wanted)
    days[start[good]] = True
    return days


@dataclass
class Builder:
    """Fills the lists that become arrays."""

    facts: Facts
    loose: Mapping[int, int]
    places: Places = field(default_factory=Places)
    extra: dict[int, tuple[int, int]] = field(default_factory=dict)
    option: list[tuple[int, int, float, int]] = field(default_factory=list)
    window: list[tuple[int, int, int]] = field(default_factory=list)
    starts: dict[tuple[int, int], Days] = field(default_factory=dict)

    def __post_init__(self) -> None:
        room = [
            room_for(group.turns[max(group.turns)], days=self.facts.days)
            for group in self.facts.groups
        ]
        self.lead = np.array([lead for lead, _tail in room], np.int64)
        self.tail = np.array(
            [tail + self.loose.get(k, 0) for k, (_lead, tail) in enumerate(room)],
            np.int64,
        )

    def add_wish(self, rank: int, wish: Wish) -> int:
        """Write the options of a wish; gives its location."""
        wanted = wanted_days(self.facts, wish)
        lead, tail = self.stretch(wish, wanted)
        for number, choice in enumerate(wish.choices):
            k = choice.group
            turn = self.turn(wish, k)
            days = possible(
                self.facts, wish, turn, wanted=wanted,
                lead=int(self.lead[k]) + lead, tail=int(self.tail[k]) + tail,
            )  # fmt: skip
            self.starts[rank, k] = days
            if choice.bonus and 0 <= choice.kept_start < len(days):
                self.add_option(
                    rank, number, choice.score + choice.bonus,
                    [(choice.kept_start, choice.kept_start)],
                )  # fmt: skip
                days = days.copy()
                days[choice.kept_start] = False
            self.add_option(rank, number, choice.score, ranges(days))
        if not (lead or tail):
            return self.places.of(wish.position)
        place = self.places.of(wish.position, own=rank)
        self.extra[place] = (lead, tail)
        return place

    def add_option(
        self, rank: int, number: int, value: float, windows: list[tuple[int, int]]
    ) -> None:
        if not windows:
            return
        group = self.facts.wishes[rank].choices[number].group
        self.window += [(len(self.option), first, last) for first, last in windows]
        self.option.append((rank, group, value, number))

    def turn(self, wish: Wish, group: int) -> Turn:
        turns = self.facts.groups[group].turns
        return turns[min(road_class(self.facts, wish, group), max(turns))]

    def stretch(self, wish: Wish, wanted: Days) -> tuple[int, int]:
        """The days that a wish must bring with it to have a start at all."""
        best = max((choice.preference for choice in wish.choices), default=0.0)
        needs = []
        for choice in wish.choices:
            if choice.preference < best:
                continue
            turn, k = self.turn(wish, choice.group), choice.group
            start = np.flatnonzero(wanted)
            before = turn.before[start]
            after = turn.after[start + wish.duration]
            good = start - before >= self.facts.first
            good &= (before < TAIL) & (after < TAIL)
            if not good.any():
                continue
            lead = np.maximum(before[good] - self.lead[k], 0)
            tail = np.maximum(after[good] - self.tail[k], 0)
            least = int(np.argmin(lead + tail))
            needs.append((int(lead[least]), int(tail[least])))
        if not needs or (0, 0) in needs:
            return 0, 0
        return min(needs, key=sum)


def build(facts: Facts, *, loose: Mapping[int, int] | None = None) -> Gathered:
    """The problem of the kernel; ``loose`` gives groups some more days to turn around."""
    made = Builder(facts, loose or {})
    depots = [made.places.of(copy.position) for copy in facts.copies]
    place = [made.add_wish(rank, wish) for rank, wish in enumerate(facts.wishes)]
    fixed, kept = fixed_arrays(facts, made)
    km = made.places.km()
    travel = np.zeros(km.shape, np.int64)
    for at, (lead, tail) in made.extra.items():
        travel[:, at] += lead
        travel[at, :] += tail
    hosts = tuple(sorted({wish.host for wish in facts.wishes}))
    rank_of = {host: rank for rank, host in enumerate(hosts)}
    option = made.option
    quota = [(row, wish) for row, one in enumerate(facts.quotas) for wish in one.wishes]
    problem = Problem(
        horizon=facts.days + TAIL,
        changeover=made.lead + made.tail,
        km_cost=np.full(len(facts.groups), km_cost(facts.weights)),
        wear_limit=whole(group.wear_limit or NO_WEAR_LIMIT for group in facts.groups),
        maintenance=whole(
            calendar_days(group.maintenance_days) for group in facts.groups
        ),
        group_key=whole(group.key for group in facts.groups),
        copy_group=whole(copy.group for copy in facts.copies),
        copy_depot=whole(depots),
        copy_wear=whole(copy.wear for copy in facts.copies),
        place=whole(place),
        host=whole(rank_of[wish.host] for wish in facts.wishes),
        duration=whole(wish.duration for wish in facts.wishes),
        request_key=whole(wish.key for wish in facts.wishes),
        option_request=whole(row[0] for row in option),
        option_group=whole(row[1] for row in option),
        option_value=np.array([row[2] for row in option], dtype=float),
        window_option=whole(row[0] for row in made.window),
        window_first=whole(row[1] for row in made.window),
        window_last=whole(row[2] for row in made.window),
        km=km,
        travel=travel,
        host_limit=whole(facts.host_limits[host] for host in hosts),
        km_budget=np.inf if facts.km_budget is None else float(facts.km_budget),
        limit_row=whole(row for row, _wish in quota),
        limit_request=whole(wish for _row, wish in quota),
        limit_weight=np.ones(len(quota)),
        limit_capacity=np.array([one.most for one in facts.quotas], dtype=float),
        **fixed,
    )
    return Gathered(
        facts=facts, problem=problem, hosts=hosts, lead=made.lead, tail=made.tail,
        option_choice=whole(row[3] for row in option), starts=made.starts,
        loose=loose or {}, fixed=kept,
    )  # fmt: skip


def calendar_days(open_days: int) -> int:
    """Days of the calendar in which so many open days surely fit, holidays aside."""
    weeks = -(-open_days // OPEN_WEEK)
    return open_days + 2 * weeks


def whole(values: Iterable[int]) -> Ints:
    return np.fromiter((int(value) for value in values), np.int64)


def fixed_arrays(
    facts: Facts, made: Builder
) -> tuple[dict[str, Any], tuple[Taken, ...]]:
    """What is taken, seen by the kernel: it asks its turn-around on either side.

    A hold already covers the days around its loan: it is drawn in by them, so that the
    kernel, adding its own, comes out on the days of the hold.
    """
    rows: list[tuple[int, int, int, int, Taken]] = []
    horizon = facts.days + TAIL
    for one in sorted(facts.taken, key=lambda row: (row.copy, row.start, row.end)):
        group = facts.copies[one.copy].group
        lead, tail = int(made.lead[group]), int(made.tail[group])
        if one.end <= 0 or one.start + lead >= horizon:
            continue
        start = max(one.start + lead, 0)
        end = min(max(one.end - tail, start + 1), horizon)
        at = made.places.of(one.position)
        if rows and rows[-1][0] == one.copy and rows[-1][3] > start:
            start = rows[-1][3]
            end = max(end, start + 1)
        if end > horizon:
            continue
        rows.append((one.copy, at, start, end, one))
    arrays = {
        "fixed_copy": whole(row[0] for row in rows),
        "fixed_place": whole(row[1] for row in rows),
        "fixed_start": whole(row[2] for row in rows),
        "fixed_end": whole(row[3] for row in rows),
        "fixed_request": whole(row[4].wish for row in rows),
        "fixed_value": np.array([row[4].value for row in rows], dtype=float),
        "fixed_wear": whole(row[4].wear for row in rows),
        "fixed_renews": np.array([row[4].renews for row in rows], dtype=np.bool_),
    }
    return arrays, tuple(row[4] for row in rows)
