"""Two waves: what changed among the same respondents, and what who answers changed.

The mean of a question in each wave is that of those who answered both waves (S) and of
those who left (L) or entered (E), by their shares of the weight:

    later - earlier = (S2 - S1) + e (E2 - S2) - l (L1 - S1)

the decomposition of Melitz and Polanec (2015), RAND Journal of Economics 46(2),
doi:10.1111/1756-2171.12088. The three parts sum to the change exactly.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from maillage.core.disclosure import TOTAL, Figure, Release
from maillage.kernels.secrecy.problem import SecrecyError
from maillage.surveys.models import Break, Version
from maillage.surveys.results import sides
from maillage.surveys.results.gate import WHO, Gate
from maillage.surveys.results.sides import ALONE, STAY
from maillage.surveys.results.variables import MANY, NUMBER, ONE, SCALE, Variable

EARLIER, LATER = "earlier", "later"
#: A group of this weight has shares to a tenth of a point.
FINE = 500


@dataclass(frozen=True)
class Change:
    """The change of a mean, in parts that sum to it."""

    earlier: float
    later: float
    same: float
    entrants: float
    leavers: float

    @property
    def change(self) -> float:
        return self.later - self.earlier


def decompose(
    *,
    stay_earlier: float,
    stay_later: float,
    leave: float | None,
    enter: float | None,
    leave_share: float,
    enter_share: float,
) -> Change:
    """The parts of a change; ``None`` where nobody left, or entered."""
    entrants = 0.0 if enter is None else enter_share * (enter - stay_later)
    leavers = 0.0 if leave is None else -leave_share * (leave - stay_earlier)
    earlier = stay_earlier - leavers
    later = stay_later + entrants
    return Change(earlier, later, stay_later - stay_earlier, entrants, leavers)


def breaks_between(earlier: Version, later: Version) -> dict[str, str]:
    """Questions of which answers are not to be compared, and why."""
    rows = Break.objects.filter(
        question__questionnaire=later.questionnaire_id,
        version__number__gt=earlier.number,
        version__number__lte=later.number,
    )
    return dict(
        rows.order_by("version__number").values_list("question__code", "reason")
    )


def compared(variable: Variable, other: Variable | None) -> list[tuple[str, str]]:
    """What is compared of a question: (code, label) of options, or its mean."""
    if other is None or variable.sort != other.sort or variable.group:
        return []
    if variable.sort == SCALE or (variable.sort == NUMBER and variable.has_mean):
        return [("mean", "")]
    if variable.is_yes_no:
        return [("yes", variable.labels["yes"])]
    if variable.sort not in {ONE, MANY}:
        return []
    there = other.labels
    return [(code, label) for code, label in variable.options if code in there]


@dataclass(frozen=True)
class Pair:
    """Two waves: their gates, each with the dimension that says who is in the other."""

    earlier: Gate
    later: Gate
    earlier_by: str
    later_by: str

    @property
    def each(self) -> Iterator[tuple[str, Gate, str]]:
        yield EARLIER, self.earlier, self.earlier_by
        yield LATER, self.later, self.later_by

    def decide(self, variable: Variable) -> list[str]:
        """The options of a question that are compared, once both waves let them be."""
        code = variable.code
        found = []
        try:
            for _name, gate, by in self.each:
                sides.decide(gate, gate.variables[code], by)
        except SecrecyError:  # this comparison is told to nobody
            return []
        for option, _label in compared(variable, self.earlier.variables[code]):
            family = code
            if variable.sort == MANY:
                family = f"{code}={option}"
            elif option == "mean":
                family = f"{code}/mean"
            if all(
                sides.in_side(by, family) in gate.decided for _n, gate, by in self.each
            ) and self.is_told(code, option):
                found.append(option)
        return found

    def is_told(self, code: str, option: str) -> bool:
        """Whether both results tell of everybody what would be compared."""
        return not any(
            sides.size_and_mean(gate.decided, gate.variables[code], option, by, TOTAL)[
                1
            ].is_hidden
            for _name, gate, by in self.each
        )

    def as_json(self) -> dict[str, Any]:
        """What was decided of each wave by who is in the other."""
        return {
            name: {
                "by": by,
                "families": as_json(
                    {
                        family: release
                        for family, release in gate.decided.items()
                        if family.startswith(sides.in_side(by, ""))
                    }
                ),
            }
            for name, gate, by in self.each
        }


@dataclass(frozen=True)
class Told:
    """What was decided of two waves, read back."""

    by: Mapping[str, str]
    gated: Mapping[str, dict[str, Release]]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Told":
        return cls(
            {name: data[name]["by"] for name in (EARLIER, LATER)},
            {name: families(data[name]) for name in (EARLIER, LATER)},
        )

    def people(self, name: str, group: str) -> Figure:
        """How many answered a wave and the other as well, or not."""
        by = self.by[name]
        family = sides.in_side(by, WHO)
        return sides.row_of(self.gated[name], family, by, group)["count"]

    def figures(self, variable: Variable, option: str) -> dict[str, Figure]:
        found = {}
        for name, by in self.by.items():
            for group in (STAY, ALONE, TOTAL):
                size, mean = sides.size_and_mean(
                    self.gated[name], variable, option, by, group
                )
                found[f"{name}/{group}/share"] = size
                found[f"{name}/{group}/mean"] = mean
        return found

    def decimals(self, variable: Variable, option: str) -> int:
        """How many decimals of a change what it is made of can bear.

        Weighted counts are whole numbers, shares of the points of a scale hundredths.
        """
        if option == "mean":
            return 1 if variable.sort == SCALE else 2
        weights = [
            sides.weight_of(self.gated[name], variable, by, group).value or FINE
            for name, by in self.by.items()
            for group in (STAY, ALONE)
        ]
        return 1 if min(weights) >= FINE else 0

    def change(
        self, variable: Variable, option: str
    ) -> tuple[Change | None, dict[str, Figure]]:
        """The parts of the change that the gate let through, and the numbers behind.

        No change when a part of it is secret.
        """
        found = self.figures(variable, option)
        if any(figure.is_hidden for figure in found.values()):
            return None, found
        stay = [number(found[f"{name}/{STAY}/mean"]) for name in (EARLIER, LATER)]
        sizes = [found[f"{name}/{STAY}/share"].value for name in (EARLIER, LATER)]
        if stay[0] is None or stay[1] is None or not all(sizes):
            return None, found
        change = decompose(
            stay_earlier=stay[0],
            stay_later=stay[1],
            leave=number(found[f"{EARLIER}/{ALONE}/mean"]),
            enter=number(found[f"{LATER}/{ALONE}/mean"]),
            leave_share=number(found[f"{EARLIER}/{ALONE}/share"]) or 0.0,
            enter_share=number(found[f"{LATER}/{ALONE}/share"]) or 0.0,
        )
        return change, found


def number(figure: Figure) -> float | None:
    return None if figure.value is None else float(figure.value)


def families(side: Mapping[str, Any]) -> dict[str, Release]:
    return {name: Release.from_json(one) for name, one in side["families"].items()}


def as_json(releases: Mapping[str, Release]) -> dict[str, Any]:
    return {name: release.as_json() for name, release in releases.items()}
