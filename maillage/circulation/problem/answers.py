"""The kernel's plan in the words of the application: who, what, when, or why not.

Every loan is checked against the calendar once more, with the days that it really takes
around itself: what cannot be held is named, so that the season is planned again with
more room, and never drops out without a word.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from maillage.circulation.problem.arrays import Gathered, road_class
from maillage.circulation.problem.facts import Position, Taken
from maillage.circulation.problem.scores import ASKED
from maillage.kernels.season.problem import Plan, Reason, Refusal
from maillage.kernels.travel import road_km

#: A copy waits so long at a host for the next one; longer, and it comes home first.
MOST_WAIT = 14
#: An alternative is looked for this far around the day that the kernel names.
NEAR = 10
#: Refusals for want of days; a day outside of the windows is looked for, this far.
WITHOUT_DAYS = (Reason.NO_WINDOW, Reason.TAKEN, Reason.TRAVEL, Reason.WEAR)
FAR = 60


@dataclass(frozen=True)
class Placed:
    """One wish that is served; days are ticks."""

    copy: int
    wish: int
    choice: int
    start: int
    end: int
    departs: int
    free: int
    is_maintained: bool = False
    is_fixed: bool = False
    is_confirmed: bool = False
    score: float = 0.0
    km: float = 0.0
    #: The wish whose host hands the copy over, -1 when it comes from its depot.
    comes_from: int = -1


@dataclass(frozen=True)
class Way:
    """The nearest way to serve a wish that is refused."""

    copy: int
    start: int
    shift: int
    cost: float


@dataclass(frozen=True)
class Turned:
    """One wish that is not served, why, and what would come nearest."""

    wish: int
    reason: str
    rivals: tuple[int, ...] = ()
    way: Way | None = None


@dataclass(frozen=True)
class Answer:
    """All that a plan says."""

    placed: tuple[Placed, ...]
    turned: tuple[Turned, ...]
    km: float
    #: Groups whose turn-around must grow before the plan can be held.
    tight: dict[int, int] = field(default_factory=dict)
    #: The scores of loans that were given up for want of kilometres.
    lost: float = 0.0


@dataclass
class Line:
    """What one copy does, in the order of days: (departs, free, loan or hold)."""

    spans: list[tuple[int, int, Placed | Taken]] = field(default_factory=list)

    def add(self, departs: int, free: int, what: "Placed | Taken") -> None:
        keys = [span[:2] for span in self.spans]
        self.spans.insert(bisect_left(keys, (departs, free)), (departs, free, what))

    def is_free(self, departs: int, free: int) -> bool:
        return all(free <= start or end <= departs for start, end, _w in self.spans)


def read(gathered: Gathered, plan: Plan) -> Answer:
    """The plan as loans and refusals, with the groups that need more room, if any."""
    lines = [Line() for _copy in gathered.facts.copies]
    named = {id(one) for one in gathered.fixed if one.wish >= 0}
    for one in gathered.facts.taken:
        if id(one) not in named:
            lines[one.copy].add(one.start, one.end, one)
    for stop in placed_stops(gathered, plan):
        lines[stop.copy].add(stop.departs, stop.free, stop)
    for copy, line in enumerate(lines):
        keep_needed(gathered, copy, line)
    tight: dict[int, int] = {}
    for copy, line in enumerate(lines):
        if missing := lacking(gathered, line):
            group = gathered.facts.copies[copy].group
            tight[group] = max(tight.get(group, 0), missing)
    given_up = keep_to_budget(gathered, lines)
    routed = [
        one for copy, line in enumerate(lines) for one in route(gathered, copy, line)
    ]
    served = {one.wish for one in routed}
    turned = [
        turned_down(gathered, refusal, lines)
        for refusal in plan.refusals
        if refusal.request not in served
    ]
    turned += [Turned(one.wish, str(Reason.KM_BUDGET)) for one in given_up]
    return Answer(
        lost=sum(one.score for one in given_up),
        placed=tuple(sorted(routed, key=lambda one: (one.copy, one.start))),
        turned=tuple(turned),
        km=round(sum(one.km for one in routed), 1),
        tight=tight,
    )


def keep_to_budget(gathered: Gathered, lines: list[Line]) -> list[Placed]:
    """Give up loans, the least score a kilometre first, until what is driven fits.

    The kernel counts direct legs; a copy that comes home in between drives more.
    """
    most = gathered.facts.km_budget
    if most is None:
        return []
    routes = [route(gathered, copy, line) for copy, line in enumerate(lines)]
    given_up: list[Placed] = []
    while sum(one.km for way in routes for one in way) > most:
        loans = [one for way in routes for one in way if not one.is_fixed]
        if not loans:
            break
        worst = min(loans, key=lambda one: (one.score / max(one.km, 0.1), one.wish))
        line = lines[worst.copy]
        line.spans = [
            span
            for span in line.spans
            if not (isinstance(span[2], Placed) and span[2].wish == worst.wish)
        ]
        routes[worst.copy] = route(gathered, worst.copy, line)
        given_up.append(worst)
    return given_up


def placed_stops(gathered: Gathered, plan: Plan) -> Iterable[Placed]:
    facts, stops = gathered.facts, plan.stops
    for rank in range(len(stops.copy)):
        wish, copy = int(stops.request[rank]), int(stops.copy[rank])
        if wish < 0:
            continue
        if stops.fixed[rank] >= 0:
            one = gathered.fixed[int(stops.fixed[rank])]
            yield Placed(
                copy, wish, choice_of(gathered, wish, facts.copies[copy].group),
                one.starts, one.ends, one.start, one.end, is_fixed=True,
                is_confirmed=one.is_confirmed, score=one.value,
            )  # fmt: skip
            continue
        option = int(stops.option[rank])
        choice = int(gathered.option_choice[option])
        start, end = int(stops.start[rank]), int(stops.end[rank])
        departs, free = around(gathered, wish, copy, start=start, end=end)
        yield Placed(
            copy, wish, choice, start, end, departs, free,
            is_maintained=bool(stops.maintained[rank]),
            score=facts.wishes[wish].choices[choice].score,
        )  # fmt: skip


def keep_needed(gathered: Gathered, copy: int, line: Line) -> None:
    """Leave out maintenance that the wear of a copy does not ask for yet."""
    facts = gathered.facts
    limit = facts.groups[facts.copies[copy].group].wear_limit
    wear = facts.copies[copy].wear
    for rank, (departs, free, one) in enumerate(line.spans):
        if isinstance(one, Taken):
            wear = 0 if one.renews else wear + one.wear
            continue
        if one.is_maintained:
            if limit and wear + worn_from(line, rank) > limit:
                wear = 0
            else:
                line.spans[rank] = (departs, free, replace(one, is_maintained=False))
        wear += one.end - one.start


def worn_from(line: Line, rank: int) -> int:
    """The wear of a loan and of those after it, up to the next maintenance."""
    total = 0
    for number, (_departs, _free, one) in enumerate(line.spans[rank:]):
        if isinstance(one, Taken):
            if one.renews:
                break
            total += one.wear
        elif number and one.is_maintained:
            break
        else:
            total += one.end - one.start
    return total


def choice_of(gathered: Gathered, wish: int, group: int) -> int:
    choices = gathered.facts.wishes[wish].choices
    return next((n for n, one in enumerate(choices) if one.group == group), -1)


def around(
    gathered: Gathered, wish: int, copy: int, *, start: int, end: int
) -> tuple[int, int]:
    """The days that a loan really takes its copy, ``[departs, free)``."""
    facts = gathered.facts
    group = facts.copies[copy].group
    turns = facts.groups[group].turns
    far = road_class(facts, facts.wishes[wish], group)
    turn = turns[min(far, max(turns))]
    return start - int(turn.before[start]), end + int(turn.after[end])


def lacking(gathered: Gathered, line: Line) -> int:
    """Days by which what a copy does overlaps; 0 when it can be held as it is."""
    missing = 0
    opened = None
    for (_d, free, before), (departs, _f, after) in zip(
        line.spans, line.spans[1:], strict=False
    ):
        if isinstance(before, Taken) and isinstance(after, Taken):
            continue
        missing = max(missing, free - departs)
        if isinstance(after, Placed) and after.is_maintained:
            group = gathered.facts.groups[gathered.facts.copies[after.copy].group]
            opened = group.opened
            days = int(opened[min(departs, len(opened) - 1)] - opened[max(free, 0)])
            missing = max(missing, group.maintenance_days - days)
    return max(0, missing)


def km_between(one: Position, other: Position) -> float:
    points = np.array([*one, *other], dtype=float)
    return float(road_km(points[0], points[1], points[2], points[3]))


def route(gathered: Gathered, copy: int, line: Line) -> list[Placed]:
    """The loans of a copy with the kilometres of each and who hands it over.

    A copy goes straight on to the next host when that one is due within ``MOST_WAIT``
    days and nothing is to be done at the depot in between.
    """
    facts = gathered.facts
    depot = facts.copies[copy].position
    found: list[Placed] = []
    loans = line.spans
    for rank, (departs, free, one) in enumerate(loans):
        if not isinstance(one, Placed):
            continue
        here = facts.wishes[one.wish].position
        before = loans[rank - 1] if rank else None
        after = loans[rank + 1] if rank + 1 < len(loans) else None
        from_host = before is not None and goes_on(before[2], before[1], departs, one)
        to_host = after is not None and goes_on(one, free, after[0], after[2])
        if from_host and before and isinstance(before[2], Placed):
            origin, giver = facts.wishes[before[2].wish].position, before[2].wish
        else:
            origin, giver = depot, -1
        km = km_between(origin, here) + (0 if to_host else km_between(here, depot))
        found.append(replace(one, km=round(km, 1), comes_from=giver))
    return found


def goes_on(
    before: "Placed | Taken", free: int, departs: int, after: "Placed | Taken"
) -> bool:
    """Whether a copy goes from one host to the next without coming home."""
    if not (isinstance(before, Placed) and isinstance(after, Placed)):
        return False
    return not after.is_maintained and departs - free <= MOST_WAIT


def turned_down(gathered: Gathered, refusal: Refusal, lines: list[Line]) -> Turned:
    wish = gathered.facts.wishes[refusal.request]
    if wish.barred:
        return Turned(refusal.request, wish.barred)
    reason = str(refusal.reason)
    if refusal.reason == Reason.NO_COPY and wish.choices:
        reason = str(Reason.NO_WINDOW)
    way = None
    if near := refusal.alternative:
        way = holdable(
            gathered, refusal.request, near.copy, start=near.start, lines=lines,
            cost=near.cost,
        )  # fmt: skip
    if way is not None and abs(way.shift) > FAR:
        way = None
    if way is None and not wish.weekdays_only and reason in WITHOUT_DAYS:
        way = nearest_day(gathered, refusal.request, lines)
    return Turned(refusal.request, reason, tuple(int(r) for r in refusal.rivals), way)


def nearest_day(gathered: Gathered, wish: int, lines: list[Line]) -> Way | None:
    """The free day nearest to the windows of a wish, on any copy that would do."""
    facts = gathered.facts
    one = facts.wishes[wish]
    days = range(facts.first, facts.days - one.duration + 1)
    order = sorted(days, key=lambda day: abs(distance(one.windows, day)))
    groups = {choice.group for choice in one.choices}
    copies = [n for n, copy in enumerate(facts.copies) if copy.group in groups]
    for day in order:
        shift = distance(one.windows, day)
        if abs(shift) > FAR:
            break
        for copy in copies:
            departs, free = around(
                gathered, wish, copy, start=day, end=day + one.duration
            )
            if departs >= facts.first and lines[copy].is_free(departs, free):
                return Way(copy, day, shift, 0.0)
    return None


def holdable(
    gathered: Gathered, wish: int, copy: int, *, start: int, lines: list[Line],
    cost: float,
) -> Way | None:  # fmt: skip
    """The day nearest to ``start`` on which the copy can really be held for a wish."""
    facts = gathered.facts
    lasts = facts.wishes[wish].duration
    for step in sorted(range(-NEAR, NEAR + 1), key=abs):
        day = int(start) + step
        if not facts.first <= day <= facts.days - lasts:
            continue
        departs, free = around(gathered, wish, copy, start=day, end=day + lasts)
        if departs >= facts.first and lines[copy].is_free(departs, free):
            shift = distance(facts.wishes[wish].windows, day)
            return Way(copy, day, shift, round(float(cost), 3))
    return None


def distance(windows: Iterable[tuple[int, int]], day: int) -> int:
    """Days from the nearest window: negative before it, 0 inside."""
    gaps = [
        day - first if day < first else max(0, day - last) for first, last in windows
    ]
    return min(gaps, key=abs, default=0)


def is_asked(gathered: Gathered, one: Placed) -> bool:
    """Whether a loan gives what was asked for, not something similar."""
    if one.choice < 0:
        return False
    wish = gathered.facts.wishes[one.wish]
    return wish.choices[one.choice].preference >= ASKED
