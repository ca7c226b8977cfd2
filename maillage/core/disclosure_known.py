"""What everybody knows besides the figures: weights, and how far they are rounded.

Weights stand in the plan of a survey, or are guessed from how many were asked and how
many answered in each place. A weighted count is then no other number than the count, but
a second equation of it.
"""

from collections.abc import Collection, Mapping, Sequence

from maillage.core.disclosure_tables import EDITION, TOTAL, Ask, Table, Unit

Codes = tuple[str, ...]
#: Of a row: for each weight, the least and the largest weighted count that it may be.
Told = Mapping[str, tuple[float, float]]


def base_of(ask: Ask, by: Sequence[str], codes: Codes) -> Codes:
    """The row that a share is taken of."""
    at = list(by).index(ask.within)
    return (*codes[:at], TOTAL, *codes[at + 1 :])


def narrowed(found: dict[str, tuple[float, float]], weight: str, low: float, high: float) -> None:  # fmt: skip
    was = found.get(weight, (-float("inf"), float("inf")))
    found[weight] = max(was[0], low), min(was[1], high)


def told_by(
    table: Table,
    cells: Mapping[Codes, Sequence[int]],
    units: Sequence[Unit],
) -> dict[Codes, Told]:
    """What the weighted figures of each row say of its weighted count."""
    found: dict[Codes, Told] = {}
    asks = [ask for ask in table.asks if ask.is_rounded]
    if not asks:
        return found
    sums = {
        (codes, weight): sum(units[rank].value(weight) for rank in members)
        for weight in {ask.weight for ask in asks}
        for codes, members in cells.items()
    }
    for codes in cells:
        row: dict[str, tuple[float, float]] = {}
        for ask in asks:
            base = codes if ask.kind == "count" else base_of(ask, table.by, codes)
            value = sums[codes, ask.weight]
            narrowed(row, ask.weight, *ask.around(value, sums[base, ask.weight]))
        found[codes] = row
    return found


def weights_of(tables: Sequence[Table]) -> list[str]:
    """The weights that figures of some tables are rounded in."""
    return sorted({a.weight for table in tables for a in table.asks if a.is_rounded})


def stands_for(unit: Unit, weights: Sequence[str]) -> tuple[float | None, ...]:
    return tuple(unit.stands_for(weight) for weight in weights)


def is_possible(
    unit: Unit, needs: Sequence[str], has: Sequence[bool], weights: Collection[str]
) -> bool:
    """Whether nobody knows that units like this one do not have just these values."""
    for name, is_there in zip(needs, has, strict=True):
        if name not in weights:
            continue
        if is_there and unit.stands_for(name) is None:
            return False  # nobody there has this weight
        if not is_there and name not in unit.weights and unit.has(name):
            return False  # all there have it
    return True


def known_names(tables: Sequence[Table], subject: frozenset[str]) -> list[str]:
    """The dimensions of some tables that units are known by."""
    return sorted({EDITION, *(one for table in tables for one in table.by)} - subject)


def signature(unit: Unit, names: Sequence[str]) -> object:
    """What everybody knows of a unit, so far as these dimensions tell it."""
    return tuple((name, *unit.among(name, None)) for name in names)


def imagined(
    tables: Sequence[Table],
    people: Sequence[Unit],
    subject: frozenset[str],
    weights: Sequence[str],
) -> list[Unit]:
    """Units that an attacker cannot exclude: each place with every answer, and none."""
    by = sorted({one for table in tables for one in table.by} & subject)
    needs = sorted({one for table in tables for one in table.needs} & subject)
    others = [] if is_answered_by_all(tables, people, subject) else [Unit("")]
    profiles = {
        (
            tuple(tuple(unit.among(name, None)) for name in by),
            tuple(unit.has(name) for name in needs),
        )
        for unit in [*people, *others]
    }
    public = known_names(tables, subject)
    places = {(signature(u, public), stands_for(u, weights)): u for u in people}
    return [
        Unit(
            "",
            {**unit.codes, **{n: list(c[:-1]) for n, c in zip(by, codes, strict=True)}},
            {
                **unit.values,
                **{
                    name: (unit.stands_for(name) if name in weights else 0.0)
                    if is_there
                    else None
                    for name, is_there in zip(needs, has, strict=True)
                },
            },
            unit.weights,
        )
        for _, unit in sorted(places.items(), key=lambda pair: str(pair[0]))
        for codes, has in sorted(profiles)
        if is_possible(unit, needs, has, weights)
    ]


def is_answered_by_all(
    tables: Sequence[Table], people: Sequence[Unit], subject: frozenset[str]
) -> bool:
    """Whether readers of a table can tell that nobody in it is without an answer.

    Its codes add up to its totals, and what it needs is known without the answer; a
    single code, as those who ticked a box, is an answer that the others did not give.
    """
    for table in tables:
        if table.needs & subject:
            continue
        for name in subject.intersection(table.by):
            codes = {code for unit in people for code in unit.among(name, None)}
            if len({*table.codes.get(name, codes)} - {TOTAL}) > 1:
                return True
    return False
