"""From tables and units to the arrays of the kernel, and back to what is hidden."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from maillage.core.disclosure_known import (
    Told,
    imagined,
    known_names,
    signature,
    stands_for,
    told_by,
    weights_of,
)
from maillage.core.disclosure_tables import TOTAL, Identity, Sum, Table, Unit
from maillage.kernels.secrecy.problem import Floats, Problem
from maillage.kernels.secrecy.protect import protect

Cells = Mapping[tuple[str, ...], list[int]]
Members = tuple[int, ...]


@dataclass(frozen=True)
class Earlier:
    """A row that is public already."""

    identity: Identity
    codes: tuple[str, ...]
    sums: tuple[Sum, ...]
    is_hidden: bool
    told: Told = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """The dimensions and values that tell its units from others."""
        pairs, needs = self.identity
        return needs | {name for name, _code in pairs}


@dataclass
class Known:
    """Sets of units that figures are, or were, asked for."""

    #: Over how many dimensions each is a total: what makes it dear to hide.
    totals: dict[Members, int] = field(default_factory=dict)
    #: What is added up, as (value, weight), and whether dominance counts for it.
    sums: dict[tuple[str, str], bool] = field(default_factory=dict)
    shows: dict[tuple[str, str], set[Members]] = field(default_factory=dict)
    #: Between what numbers each weighted count is, by its figures.
    told: dict[str, dict[Members, tuple[float, float]]] = field(default_factory=dict)

    def add(
        self,
        members: Members,
        codes: Sequence[str],
        sums: Sequence[Sum],
        told: Told | None = None,
    ) -> None:
        for weight, (low, high) in (told or {}).items():
            found = self.told.setdefault(weight, {})
            was = found.get(members, (-np.inf, np.inf))
            found[members] = max(low, was[0]), min(high, was[1])
        over = codes.count(TOTAL)
        self.totals[members] = max(self.totals.get(members, 0), over)
        for value, weight, counts in sums:
            name = (value, weight)
            self.sums[name] = self.sums.get(name, False) or counts
            self.shows.setdefault(name, set()).add(members)


Hidden = dict[str, set[tuple[str, ...]]]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The primary rule, and how much work goes into hiding less."""

    minimum: int
    dominance: float
    effort: int


def hidden_codes(
    tables: Sequence[Table],
    people: Sequence[Unit],
    *,
    cells: Mapping[str, Cells],
    before: Sequence[Earlier],
    answers: frozenset[str],
    secret: Hidden,
    rules: Rules,
) -> Hidden:
    """The codes of the hidden rows of each table, of which ``cells`` has the units.

    Tables of what units are known by are decided first, together. Tables of answers are
    decided subject by subject: an attacker is then supposed to know how many units
    there are everywhere, so that no subject tells anything of another. ``secret`` rows
    are hidden whatever else is.
    """
    told = {table.name: told_by(table, cells[table.name], people) for table in tables}
    known = [row for row in before if not row.names & answers]
    every = cells
    cells = {
        table.name: {
            codes: members
            for codes, members in every[table.name].items()
            if not table.asked(codes) & answers
        }
        for table in tables
    }
    forced = {
        (name, codes)
        for name, rows in secret.items()
        for codes in rows
        if codes in cells[name]
    }
    gone = hidden_sets(tables, cells, people, known, rules, forced=forced, told=told)
    found = matching(tables, cells, gone)
    for subject in subjects(tables, before, answers):
        some = [table for table in tables if table.names & subject]
        earlier_rows = [row for row in before if row.names & subject]
        weights = sorted(
            {w for row in earlier_rows for w in row.told} | {*weights_of(some)}
        )
        others = imagined(some, people, subject, weights)
        everybody = [*people, *others]
        cells = {
            table.name: {
                codes: members
                for codes, members in table.cells(everybody).items()
                if table.asked(codes) & subject or adds_up(table, answers)
            }
            for table in some
        }
        # What was decided with the other tables stays: these rows tell sums of all answers.
        decided = {
            (table.name, codes): codes in found[table.name]
            for table in some
            for codes in cells[table.name]
            if not table.asked(codes) & subject and codes in every[table.name]
        }
        forced = {
            (table.name, codes)
            for table in some
            for codes in cells[table.name]
            if gone and tuple(table.known_by(codes, people, subject)) in gone
        }
        forced |= {
            (name, codes)
            for name in cells
            for codes in secret.get(name, ())
            if codes in cells[name]
        }
        places: dict[object, list[int]] = {}
        public = known_names(some, subject)
        for rank, unit in enumerate(everybody):
            where = signature(unit, public), stands_for(unit, weights)
            places.setdefault(where, []).append(rank)
        hidden = hidden_sets(
            some, cells, everybody, earlier_rows, rules,
            real=len(people), forced=forced, known=list(places.values()),
            decided=decided, told=told,
        )  # fmt: skip
        for name, codes in matching(some, cells, hidden).items():
            found[name] |= codes
    return found


def adds_up(table: Table, answers: frozenset[str]) -> bool:
    """Whether it has sums of what is known of units, which its totals tell too."""
    return any(value and value not in answers for value, _weight, _is in table.sums)


def matching(
    tables: Sequence[Table], cells: Mapping[str, Cells], hidden: set[Members]
) -> Hidden:
    return {
        table.name: {
            codes
            for codes, members in cells[table.name].items()
            if tuple(members) in hidden
        }
        for table in tables
    }


def subjects(
    tables: Sequence[Table], before: Sequence[Earlier], answers: frozenset[str]
) -> list[frozenset[str]]:
    """Answers that some table crosses are one subject."""
    found: list[frozenset[str]] = []
    asked = [table.names & answers for table in tables]
    crossed = [row.names & answers for row in before]
    for names in sorted({*asked, *crossed} - {frozenset()}, key=sorted):
        near = [one for one in found if one & names]
        found = [one for one in found if not one & names]
        found.append(names.union(*near))
    return [one for one in found if any(names & one for names in asked)]


def hidden_sets(
    tables: Sequence[Table],
    cells: Mapping[str, Cells],
    people: Sequence[Unit],
    before: Iterable[Earlier],
    rules: Rules,
    *,
    real: int | None = None,
    forced: Collection[tuple[str, tuple[str, ...]]] = (),
    known: Sequence[Sequence[int]] = (),
    decided: Mapping[tuple[str, tuple[str, ...]], bool] | None = None,
    told: Mapping[str, Mapping[tuple[str, ...], Told]] | None = None,
) -> set[Members]:
    """The sets of units whose figures are hidden, by their ranks.

    Only the first ``real`` of the units are there, the others might be; ``known`` are
    sets whose number everybody knows. ``decided`` says of rows whether they are hidden,
    ``told`` what their weighted figures say.
    """
    asked = Known()
    for table in tables:
        weighted = (told or {}).get(table.name, {})
        nothing = dict.fromkeys(weights_of([table]), (0.0, 0.0))
        for codes, ranks in cells[table.name].items():
            row = weighted.get(codes, nothing)
            asked.add(tuple(ranks), codes, table.sums, row)
    shown, gone = earlier(people, before, asked)
    if not asked.totals:
        return set()
    gone |= {tuple(cells[name][codes]) for name, codes in forced}
    for (name, codes), is_hidden in (decided or {}).items():
        (gone if is_hidden else shown).add(tuple(cells[name][codes]))
    order = sorted(asked.totals)  # whatever the order of tables
    count = len(order)
    atoms: dict[tuple[tuple[int, ...], tuple[float | None, ...]], int] = {}
    weights = sorted(asked.told)
    member: list[list[int]] = [[] for _ in people]
    for place, members in enumerate([*order, *known]):
        for unit in members:
            member[unit].append(place)
    atom = [
        atoms.setdefault((tuple(places), stands_for(unit, weights)), len(atoms))
        for places, unit in zip(member, people, strict=True)
    ]
    pairs = [(place, rank) for (places, _), rank in atoms.items() for place in places]
    rows, columns = zip(*pairs, strict=True)
    there = people if real is None else people[:real]
    names = sorted(asked.sums)
    values = [
        [unit.value(value) * unit.value(weight) for unit in there]
        for value, weight in names
    ]
    beyond = [False] * len(known)
    least, most = bounds(there, atom[: len(there)], len(atoms), names)
    pattern = protect(
        Problem(
            cells=sparse.csr_matrix(
                (np.ones(len(pairs)), (rows, columns)),
                (count + len(known), len(atoms)),
            ),
            atom=np.array(atom[: len(there)], np.int64),
            values=np.array(values, np.float64).reshape(len(names), len(there)),
            dominance_applies=np.array([asked.sums[name] for name in names], np.bool_),
            publishes=np.array(
                [
                    [*(cell in asked.shows[name] for cell in order), *beyond]
                    for name in names
                ],
                np.bool_,
            ).reshape(len(names), count + len(known)),
            weight=np.array(
                [*(1.0 + asked.totals[cell] for cell in order), *(1.0 for _ in known)]
            ),
            published=np.array(
                [*(one in shown - gone for one in order), *beyond], np.bool_
            ),
            hidden=np.array([*(one in gone for one in order), *beyond], np.bool_),
            known=np.arange(count + len(known)) >= count,
            hides_empty=bool(known),
            stands_for=np.array(
                [
                    [own[rank] or 0.0 for _, own in atoms]
                    for rank in range(len(weights))
                ],
                np.float64,
            ).reshape(len(weights), len(atoms)),
            rounding=roundings(asked, order, weights, there, len(known)),
            least=least,
            most=most,
            minimum=rules.minimum,
            dominance=rules.dominance,
        ),
        effort=rules.effort,
    )
    return {order[place] for place in np.flatnonzero(pattern.hidden[:count]).tolist()}


def roundings(
    asked: Known,
    order: Sequence[Members],
    weights: Sequence[str],
    there: Sequence[Unit],
    known: int,
) -> Floats:
    """How far each weighted count may be from what it is, (q, m, 2)."""
    found = np.full((len(weights), len(order) + known, 2), np.inf)
    found[..., 0] = -np.inf
    for row, weight in zip(found, weights, strict=True):
        for place, members in enumerate(order):
            if members in asked.told[weight]:
                low, high = asked.told[weight][members]
                own = (there[rank] for rank in members if rank < len(there))
                value = sum(unit.value(weight) for unit in own)
                row[place] = min(low - value, 0.0), max(high - value, 0.0)
    return found


def bounds(
    there: Sequence[Unit],
    atom: Sequence[int],
    atoms: int,
    names: Sequence[tuple[str, str]],
) -> tuple[Floats, Floats]:
    """What everybody knows that each sum of each atom is at least and at most, (k, n)."""
    found = np.zeros((2, len(names), atoms))
    for rank, name in enumerate(names):
        for unit, place in zip(there, atom, strict=True):
            found[:, rank, place] += unit.bound(*name)
    return found[0], found[1]


def earlier(
    people: Sequence[Unit], before: Iterable[Earlier], known: Known
) -> tuple[set[Members], set[Members]]:
    """Sets of units that were shown, and hidden; they become cells like others."""
    shown: set[Members] = set()
    gone: set[Members] = set()
    having: dict[object, set[int]] = {}
    for row in before:
        codes, needs = row.identity
        there = set(range(len(people)))
        for name in needs:
            if name not in having:
                having[name] = {n for n, unit in enumerate(people) if unit.has(name)}
            there &= having[name]
        for pair in codes:
            if pair not in having:
                having[pair] = {
                    n
                    for n, unit in enumerate(people)
                    if pair[1] in unit.among(pair[0], None)
                }
            there &= having[pair]
        if members := tuple(sorted(there)):
            known.add(members, row.codes, row.sums, row.told)
            (gone if row.is_hidden else shown).add(members)
    return shown - gone, gone
