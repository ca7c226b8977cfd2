"""How figures of small territories make those of larger ones, right for each kind.

A sum adds values. A weighted mean adds value times weight and divides by the weights; a
rate adds numerators and divides by the added denominators: never the mean of rates. What
is not known is left out and said; where nothing is known the answer is ``None``.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from maillage.core.disclosure import (
    TOTAL,
    Release,
    Table,
    Unit,
    count,
    protect,
    total,
)
from maillage.kernels.secrecy.problem import SecrecyError
from maillage.observatory.choices import Aggregation, Hidden, Level, Secrecy, Status
from maillage.observatory.services.perimeters import ABOVE, Ground

Place = tuple[str, str]  # level, code
#: A place with more units than this cannot be dominated by our rules but by its largest.
MOST_UNITS = 60


@dataclass(frozen=True)
class Part:
    """What is known of one territory: a value, and the two sums behind it.

    ``units`` is how many structures, answers… are behind it, ``largest`` the share of
    the largest of them, in [0, 1]; None where nobody said.
    """

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    units: int | None = None
    largest: float | None = None
    status: str = Status.FINAL
    #: Share of the small territories that were known, in [0, 1].
    coverage: float | None = None
    note: str = ""

    @property
    def is_known(self) -> bool:
        return self.value is not None and math.isfinite(self.value)


def amount(part: Part, kind: str) -> float:
    """What a territory adds to a sum, and what secrecy looks at."""
    if kind in {Aggregation.RATE, Aggregation.MEAN} and part.numerator is not None:
        return part.numerator
    return part.value or 0.0


def completed(part: Part, *, kind: str, scale: float) -> Part:
    """A part whose value and two sums say the same."""
    top, below = part.numerator, part.denominator
    if kind == Aggregation.RATE and top is not None and below is not None:
        return replace(part, value=scale * top / below if below > 0 else None)
    if kind == Aggregation.MEAN and below is not None and below >= 0:
        if part.value is not None:
            return replace(part, numerator=part.value * below)
        if top is not None:
            return replace(part, value=top / below if below > 0 else None)
    return part


def combine(parts: Iterable[Part], *, kind: str, scale: float = 1.0) -> Part:
    """The figure of a territory that is made of others."""
    known = [part for part in parts if part.is_known or adds_weight(part, kind)]
    if kind == Aggregation.NONE or not known:
        return Part()
    status = Status.FINAL
    if any(part.status == Status.PROVISIONAL for part in known):
        status = Status.PROVISIONAL
    elif any(part.status == Status.CORRECTED for part in known):
        status = Status.CORRECTED
    units = [part.units for part in known if part.units is not None]
    found = Part(units=sum(units) if units else None, status=status)
    whole = math.fsum(amount(part, kind) for part in known)
    shares = [
        part.largest * amount(part, kind) / whole
        for part in known
        if part.largest is not None and whole > 0
    ]
    found = replace(found, largest=min(max(shares), 1.0) if shares else None)
    if kind == Aggregation.SUM:
        return replace(found, value=whole)
    weighed = [
        p for p in known if p.denominator is not None and p.numerator is not None
    ]
    below = math.fsum(p.denominator or 0.0 for p in weighed)
    top = math.fsum(p.numerator or 0.0 for p in weighed)
    if below <= 0:
        return Part(units=found.units, status=status)
    factor = scale if kind == Aggregation.RATE else 1.0
    return replace(found, value=factor * top / below, numerator=top, denominator=below)


def adds_weight(part: Part, kind: str) -> bool:
    """A rate without a value, as 0 of 0, still takes part with its sums."""
    return (
        kind == Aggregation.RATE
        and part.numerator is not None
        and part.denominator is not None
    )


def upwards(
    parts: Mapping[Place, Part],
    *,
    ground: Ground,
    finest: str,
    kind: str,
    scale: float = 1.0,
    weights: Mapping[str, float] | None = None,
    zero_if_absent: bool = False,
) -> dict[Place, Part]:
    """The figures of all territories above the finest level that parts are given for.

    ``weights`` are the denominators of all communes, where they are known even of those
    that add nothing. A figure that was given for a larger territory is not made again.
    Coverage is said of figures about territories, not of those that count units: where
    there is no unit, nothing is missing.
    """
    small = {code: part for (level, code), part in parts.items() if level == finest}
    inside: dict[Place, list[str]] = {}
    for code in ground.codes(finest):
        for place in ground.above(finest, code):
            inside.setdefault(place, []).append(code)
    found: dict[Place, Part] = {}
    if kind == Aggregation.NONE or not small:
        return found
    for place, codes in inside.items():
        if place in parts:
            continue
        known = [small[code] for code in codes if code in small]
        made = combine(known, kind=kind, scale=scale)
        if zero_if_absent:
            made = filled(made, codes, small, kind=kind, scale=scale, weights=weights)
        elif made.is_known and made.units is None:
            made = replace(made, coverage=len(known) / len(codes))
        if made.is_known:
            found[place] = made
    return found


def filled(
    made: Part,
    codes: Collection[str],
    small: Mapping[str, Part],
    *,
    kind: str,
    scale: float,
    weights: Mapping[str, float] | None,
) -> Part:
    """A figure in which territories that are not named count as zero."""
    if kind == Aggregation.SUM:
        return replace(made, value=made.value or 0.0, units=made.units or 0)
    if weights is None or kind != Aggregation.RATE:
        return made
    below = math.fsum(weights.get(code, 0.0) for code in codes)
    if below <= 0:
        return Part()
    top = math.fsum(small[c].numerator or 0.0 for c in codes if c in small)
    return replace(
        made,
        value=scale * top / below,
        numerator=top,
        denominator=below,
        units=made.units or 0,
    )


def secrets(
    parts: Mapping[Place, Part],
    *,
    ground: Ground,
    finest: str,
    kind: str,
    secrecy: str,
    shown_from: str = Level.COMMUNE,
    before: Mapping[Place, bool] | None = None,
    former: Mapping[Place, Part] | None = None,
) -> dict[Place, str]:
    """Which territories are not published, all levels decided at once, and why.

    Levels finer than ``shown_from`` are never published. ``before`` says of territories
    already published whether they were hidden, ``former`` what they were made of: what
    was hidden stays so, and what has changed by too few units is hidden too, as the
    difference with what was published would tell them.
    """
    found: dict[Place, str] = {
        place: Hidden.FEW for place in parts if RANK[place[0]] < RANK[shown_from]
    }
    levels = [level for level in levels_from(finest) if RANK[level] >= RANK[shown_from]]
    if secrecy == Secrecy.NONE or not levels:
        return found
    units = list(
        made_up_units(parts, ground=ground, finest=finest, kind=kind, secrecy=secrecy)
    )
    if not units:
        return found
    ask = count("value") if secrecy == Secrecy.COUNT else total("value")
    tables = [
        Table(level, by=(level, *PADDING[: PADS[level]]), asks=(ask,))
        for level in levels
    ]
    release = protect(tables, units=units)
    if before:
        old = parts if former is None else former
        was = list(
            made_up_units(old, ground=ground, finest=finest, kind=kind, secrecy=secrecy)
        )
        earlier = earlier_release(tables, before)
        release = published_again(tables, release, units, earlier, was)
    for level in levels:
        for row in release[level]:
            place = (level, row.codes[0])
            if row.codes[0] != TOTAL and row["value"].is_hidden:
                found[place] = reason(parts, place, ground=ground, finest=finest)
    return found


def published_again(
    tables: Sequence[Table],
    alone: Release,
    units: Sequence[Unit],
    earlier: Release,
    was: Sequence[Unit],
) -> Release:
    """What is shown now to whoever kept what was shown before."""
    with suppress(SecrecyError):
        alone = protect(tables, units=units, before=[earlier])
    if {u.key: u for u in was} == {u.key: u for u in units}:
        return alone
    secret = {
        table.name: [
            row.codes
            for release in (alone, earlier)
            for row in release[table.name]
            if row.is_hidden
        ]
        for table in tables
    }
    now, then = revised(units, was)
    try:
        return protect(tables, units=now, editions=[(earlier, then)], secret=secret)
    except SecrecyError:  # nothing that is new can be told
        places = {(t.name, row.codes[0]): True for t in tables for row in alone[t.name]}
        return earlier_release(tables, places)


def revised(now: Sequence[Unit], then: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
    """The units of two vintages, so that those who came or left stand alone.

    Nobody says which unit of a territory is which in both. Where one vintage has more of
    them, the others are taken to be the same in both, and the difference to be theirs.
    """
    sides: tuple[dict[str, list[Unit]], ...] = ({}, {})
    for side, units in zip(sides, (now, then), strict=True):
        for unit in units:
            side.setdefault(unit.key.rpartition(":")[0], []).append(unit)
    found: tuple[list[Unit], ...] = ([], [])
    for place in sorted({*sides[0], *sides[1]}):
        both = [side.get(place, []) for side in sides]
        few, many = sorted((0, 1), key=lambda side: len(both[side]))
        more = len(both[many]) - len(both[few])
        amounts = [sum(unit.value("value") for unit in units) for units in both]
        gain = amounts[many] - amounts[few]
        if more and both[few] and gain >= 0:
            others = both[many][-more:]
            both[many] = [
                *both[few],
                *(replace(unit, values={"value": gain / more}) for unit in others),
            ]
        for kept, units in zip(found, both, strict=True):
            kept += units
    return found[0], found[1]


#: The order of levels, and dimensions that no unit has: a figure that is a total over
#: more of them is dearer to hide, so that a region is hidden last.
RANK: Mapping[str, int] = {
    Level.COMMUNE: 0,
    Level.EPCI: 1,
    Level.DEPARTMENT: 2,
    Level.REGION: 3,
}
PADS: Mapping[str, int] = {
    Level.COMMUNE: 0,
    Level.EPCI: 1,
    Level.DEPARTMENT: 3,
    Level.REGION: 6,
}
PADDING = tuple(f"all-{n}" for n in range(6))


def made_up_units(
    parts: Mapping[Place, Part], *, ground: Ground, finest: str, kind: str, secrecy: str
) -> Iterable[Unit]:
    """Units as good as the real ones for the rules: as many, the largest as large.

    Without a number of units a territory is one unit; without the share of the largest,
    it has everything: hiding too much is the mistake that harms nobody.
    """
    for (level, code), part in sorted(parts.items()):
        if level != finest or not part.is_known:
            continue
        whole = max(amount(part, kind), 0.0)
        number = min(1 if part.units is None else part.units, MOST_UNITS)
        if number == 0:
            continue
        codes = {level: code, **dict(ground.above(level, code))}
        largest = 1.0 if part.largest is None else part.largest
        if secrecy == Secrecy.COUNT or number == 1:
            largest = 1 / number
        rest = whole * (1 - largest) / max(number - 1, 1)
        for rank in range(number):
            value = whole * largest if rank == 0 else rest
            yield Unit(f"{level}:{code}:{rank}", codes, {"value": value})


def earlier_release(tables: Iterable[Table], before: Mapping[Place, bool]) -> Release:
    """What was published, in the terms of the gate."""
    shown = {"status": "shown", "value": None, "units": None}
    stored = [
        {
            "name": table.name,
            "by": list(table.by),
            "asks": ["value"],
            "needs": sorted(table.needs),
            "sums": [list(one) for one in table.sums],
            "rows": [
                {
                    "codes": [code, *[TOTAL] * (len(table.by) - 1)],
                    "figures": {"value": {"status": "hidden"} if was_hidden else shown},
                }
                for (level, code), was_hidden in sorted(before.items())
                if level == table.name
            ],
        }
        for table in tables
    ]
    return Release.from_json({"rules": {}, "tables": stored})


def reason(
    parts: Mapping[Place, Part], place: Place, *, ground: Ground, finest: str
) -> str:
    """Why a territory is hidden; kept for the agency's records, never published."""
    level, _code = place
    if level == finest:
        own = [parts[place]] if place in parts else []
    else:
        inside = [c for c in ground.codes(finest) if place in ground.above(finest, c)]
        own = [parts[finest, c] for c in inside if (finest, c) in parts]
    if sum(1 if part.units is None else part.units for part in own) < 3:
        return Hidden.FEW
    made = combine(own, kind=Aggregation.SUM)
    if made.largest is not None and made.largest >= 0.85:
        return Hidden.DOMINANCE
    return Hidden.COMPLEMENT


def levels_from(finest: str) -> tuple[str, ...]:
    """The levels at which an indicator has figures, the finest first."""
    return (finest, *ABOVE[Level(finest)])
