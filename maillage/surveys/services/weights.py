"""Weights for those who did not answer, by kind and department.

Respondents of a cell stand for all those asked in it. The rule is stated on the page:

1. A cell is a kind of structure in a department. With fewer than ``LEAST`` respondents
   it joins the other such cells of its group of kinds in its department.
2. What is still too small joins its group of kinds over the whole region, then one
   cell for all groups; what is too small even so joins the largest cell.
3. The weight of a respondent is the number asked in its cell over the number who
   answered, then brought (raking) to the numbers asked by group of kinds and by
   department, as far as each has respondents, and to the whole population. Where that
   has no solution, or would change a weight more than ``FARTHEST`` times, the weights
   of the cells stay.

Those who are outside the field do not count; those who declined do.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.core.records import need_agency
from maillage.surveys.choices import ResponseState
from maillage.surveys.models import Unit, Wave

LEAST = 5
TURNS = 200
CLOSE = 1e-10
FARTHEST = 4.0
ANSWERED = (ResponseState.SUBMITTED, ResponseState.ACCEPTED)


@dataclass(frozen=True)
class Asked:
    """One who is in the field: a row of the table that weights are made of."""

    pk: int
    kind: str
    department: str
    has_answered: bool

    @property
    def group(self) -> str:
        """The family of its kind, as the vocabulary has it."""
        term = vocab.terms("structure_kinds").get(self.kind)
        return term.family if term and term.family else "other"


@dataclass(frozen=True)
class Cell:
    """Those who stand for one another."""

    name: str
    asked: int
    answered: int
    kinds: tuple[str, ...]
    departments: tuple[str, ...]
    weight_low: float = 0.0
    weight_high: float = 0.0

    @property
    def where(self) -> str:
        """Its departments, the unknown one last."""
        known = [code for code in self.departments if code]
        return ", ".join([*known, *([_("inconnu")] if "" in self.departments else [])])


@dataclass
class Weighting:
    """The weight of each respondent, and how it was found."""

    weights: dict[int, float] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    population: int = 0

    @property
    def respondents(self) -> int:
        return len(self.weights)

    @property
    def effective(self) -> float:
        """Kish's effective number of respondents: what unequal weights leave of it."""
        squares = sum(weight**2 for weight in self.weights.values())
        return sum(self.weights.values()) ** 2 / squares if squares else 0.0


def asked_in(wave: Wave) -> list[Asked]:
    """Everybody in the field of a wave; one query."""
    rows = Unit.objects.filter(wave=wave).exclude(response__state=ResponseState.OUTSIDE)
    columns = rows.order_by("pk").values_list(
        "pk", "kind", "department_id", "response__state"
    )
    return [
        Asked(pk, kind, department or "", state in ANSWERED)
        for pk, kind, department, state in columns
    ]


def merged(units: Sequence[Asked], *, least: int = LEAST) -> list[list[Asked]]:
    """Cells with at least so many respondents, by the rule above.

    With fewer respondents in all, there is one cell.
    """
    levels: list[Callable[[Asked], Hashable]] = [
        lambda one: (one.kind, one.department),
        lambda one: (one.group, one.department),
        lambda one: (one.group,),
        lambda one: (),
    ]
    good: list[list[Asked]] = []
    left = list(units)
    for level in levels:
        cells: dict[Hashable, list[Asked]] = defaultdict(list)
        for one in left:
            cells[level(one)].append(one)
        left = []
        for cell in cells.values():
            enough = sum(one.has_answered for one in cell) >= least
            if enough:
                good.append(cell)
            else:
                left += cell
    if left and good:
        max(good, key=len).extend(left)
    elif left:
        good.append(left)
    return good


def weigh(units: Sequence[Asked], *, least: int = LEAST) -> Weighting:
    """Weights that sum to the number of units.

    Refuses with ``nobody`` when nobody has answered.
    """
    answered = [one for one in units if one.has_answered]
    if not answered:
        raise Refused("nobody", _("Personne n’a encore répondu : rien à redresser."))
    cells = merged(units, least=least)
    weights: dict[int, float] = {}
    for cell in cells:
        inside = [one for one in cell if one.has_answered]
        for one in inside:
            weights[one.pk] = len(cell) / len(inside)
    raked = rake(weights, units, answered)
    if raked and all(
        1 / FARTHEST <= raked[pk] / weights[pk] <= FARTHEST for pk in raked
    ):
        weights = raked
    total = sum(weights.values())
    scale = len(units) / total
    weights = {pk: weight * scale for pk, weight in weights.items()}
    return Weighting(
        weights, [told(cell, weights) for cell in ordered(cells)], len(units)
    )


def rake(
    start: Mapping[int, float], units: Sequence[Asked], answered: Sequence[Asked]
) -> dict[int, float]:
    """Bring weights to the numbers by group of kinds and by department, in turns.

    Deming and Stephan (1940). A margin without respondents cannot be met: what is asked
    there is spread over the others. Empty when the turns do not settle.
    """
    weights = dict(start)
    margins = [
        margin_of(units, answered, lambda one: one.group),
        margin_of(units, answered, lambda one: one.department),
    ]
    for _turn in range(TURNS):
        moved = 0.0
        for wanted, members in margins:
            for key, number in wanted.items():
                total = math.fsum(weights[pk] for pk in members[key])
                factor = number / total
                moved = max(moved, abs(factor - 1))
                for pk in members[key]:
                    weights[pk] *= factor
        if moved < CLOSE:
            return weights
    return {}


def margin_of(
    units: Sequence[Asked], answered: Sequence[Asked], key: Callable[[Asked], str]
) -> tuple[Mapping[str, float], Mapping[str, list[int]]]:
    """The numbers to be met, made to sum to the population, and who is in each."""
    numbers = Counter(key(one) for one in units)
    members: dict[str, list[int]] = defaultdict(list)
    for one in answered:
        members[key(one)].append(one.pk)
    reached = sum(numbers[name] for name in members)
    scale = len(units) / reached
    return {name: numbers[name] * scale for name in members}, members


def ordered(cells: Sequence[list[Asked]]) -> list[list[Asked]]:
    return sorted(
        cells, key=lambda cell: (-len(cell), cell[0].kind, cell[0].department)
    )


def told(cell: Sequence[Asked], weights: Mapping[int, float]) -> Cell:
    """A cell in words: its kinds and departments."""
    kinds = tuple(sorted({one.kind for one in cell}))
    departments = tuple(sorted({one.department for one in cell}))
    inside = [weights[one.pk] for one in cell if one.has_answered]
    labels = vocab.labels("structure_kinds", [kind for kind in kinds if kind])
    name = ", ".join(labels) or _("nature inconnue")
    return Cell(
        name,
        len(cell),
        len(inside),
        kinds,
        departments,
        min(inside, default=0.0),
        max(inside, default=0.0),
    )


@transaction.atomic
def set_weights(wave: Wave, *, by: object) -> Weighting:
    """Compute and keep the weight of each respondent of a wave.

    Refuses with ``forbidden`` or ``nobody``.
    """
    need_agency(by)
    return keep_weights(wave)


def keep_weights(wave: Wave) -> Weighting:
    found = weigh(asked_in(wave))
    Unit.objects.filter(wave=wave).update(weight=None)
    units = [Unit(pk=pk, weight=weight) for pk, weight in found.weights.items()]
    Unit.objects.bulk_update(units, ["weight"], batch_size=200)
    return found
