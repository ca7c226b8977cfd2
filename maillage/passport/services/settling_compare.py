"""Rules side by side: what each gives to places, departments and kinds of places."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from maillage.directory.models import Place
from maillage.passport.services.settling_counts import Result
from maillage.passport.services.settling_rules import Counts


@dataclass(frozen=True)
class Row:
    """One place, or places that are alike; amounts in the order of the rules."""

    label: str
    cents: tuple[int, ...]
    counts: Counts = field(default_factory=Counts)
    flagged: Counts = field(default_factory=Counts)
    place: Place | None = None
    places: int = 1

    @property
    def differences(self) -> tuple[int, ...]:
        """What each rule gives more than the first."""
        return tuple(cents - self.cents[0] for cents in self.cents)


def places_of(results: Sequence[Result]) -> dict[int, Place]:
    pks = {line.place for result in results for line in result.lines}
    rows = Place.objects.filter(pk__in=pks)
    return rows.select_related("commune__department", "structure").in_bulk()


def by_place(results: Sequence[Result], places: dict[int, Place]) -> list[Row]:
    """A row a place, the one that gets most by the first rule first."""
    rows = [
        Row(
            label=places[line.place].name,
            cents=tuple(result.cents[line.place] for result in results),
            counts=line.counts,
            flagged=line.flagged,
            place=places[line.place],
        )
        for line in (results[0].lines if results else ())
    ]
    return sorted(rows, key=lambda row: (*(-cents for cents in row.cents), row.label))


def grouped(rows: Sequence[Row], key: Callable[[Place], str]) -> list[Row]:
    """Rows of places added up by what ``key`` says of each, in the same order."""
    found: dict[str, Row] = {}
    for row in rows:
        if row.place is None:
            continue
        label = key(row.place)
        known = found.get(label)
        found[label] = Row(
            label=label,
            cents=tuple(map(sum, zip(known.cents, row.cents, strict=True)))
            if known
            else row.cents,
            counts=known.counts + row.counts if known else row.counts,
            flagged=known.flagged + row.flagged if known else row.flagged,
            places=known.places + 1 if known else 1,
        )
    return sorted(found.values(), key=lambda row: (-row.cents[0], row.label))


def furthest(rows: Sequence[Row], rank: int) -> tuple[Row | None, Row | None]:
    """Who gains most and who loses most by a rule against the first, if anybody."""
    ordered = sorted(rows, key=lambda row: (row.differences[rank], row.label))
    lost, gained = ordered[:1], ordered[-1:]
    return (
        next((row for row in gained if row.differences[rank] > 0), None),
        next((row for row in lost if row.differences[rank] < 0), None),
    )


def cents_of(rows: Sequence[Row], rank: int) -> int:
    return sum(row.cents[rank] for row in rows)
