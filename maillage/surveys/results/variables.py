"""What can be counted of a questionnaire: one variable for each question that has figures.

Names, addresses, dates and communes have none. Free answers are counted by the themes
that the agency gave them, never by their words.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

from django.utils.translation import gettext as _

from maillage.core.charts import figure
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import Definition, QuestionSpec, Section, Step

ONE, MANY, NUMBER, SCALE, TEXTS = "one", "many", "number", "scale", "texts"
SORTS: Final = {
    QuestionKind.ONE: ONE,
    QuestionKind.YES_NO: ONE,
    QuestionKind.MANY: MANY,
    QuestionKind.INTEGER: NUMBER,
    QuestionKind.DECIMAL: NUMBER,
    QuestionKind.EUROS: NUMBER,
    QuestionKind.SCALE: SCALE,
    QuestionKind.LONG_TEXT: TEXTS,
}
#: Numbers that name something rather than count it: no mean, no sum.
YEARS: Final = (1000, 2200)
#: A band of numbers holds at least so many respondents, and there are at most so many.
BAND_LEAST, BANDS = 8, 6
STEPS = (1, 2, 5)
#: A question that a condition names.
NAMED = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Variable:
    """A question as it is counted.

    ``options`` are (code, label); bands of numbers are options whose code is their
    lower end. ``group`` is the repeated group that it is asked in, ``item`` what a row
    of it is.
    """

    code: str
    label: str
    sort: str
    section: str = ""
    options: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    group: str = ""
    item: str = ""
    #: Questions that decide whether it is asked: it is asked of some only.
    controls: tuple[str, ...] = ()
    is_yes_no: bool = False
    #: Numbers that can be added up: not years, not shares.
    has_total: bool = False

    @property
    def is_conditional(self) -> bool:
        return bool(self.controls)

    @property
    def has_mean(self) -> bool:
        return self.sort == SCALE or (self.sort == NUMBER and self.has_total)

    @property
    def is_closed(self) -> bool:
        """Each respondent is in one option at most: it can be crossed."""
        return self.sort in {ONE, SCALE, NUMBER} and not self.group

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.options)

    def as_json(self) -> dict[str, Any]:
        data = asdict(self)
        data["options"] = [list(option) for option in self.options]
        data["controls"] = list(self.controls)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Variable":
        options = tuple((code, label) for code, label in data["options"])
        return cls(**{**data, "options": options, "controls": tuple(data["controls"])})


def variables_of(
    definition: Definition,
    *,
    themes: Mapping[str, Sequence[tuple[str, str]]],
    numbers: Mapping[str, Sequence[float]],
) -> list[Variable]:
    """Every question that has figures, in its order.

    ``themes`` are (code, label) of the themes of each free question; ``numbers`` the
    answers to each question with numbers, which bands are cut from.
    """
    found = []
    for step in definition.walk():
        spec = step.part
        if not isinstance(spec, QuestionSpec) or spec.kind not in SORTS:
            continue
        variable = variable_of(definition, step, spec, themes, numbers)
        if variable.options or variable.has_mean:
            found.append(variable)
    return found


def variable_of(
    definition: Definition,
    step: Step,
    spec: QuestionSpec,
    themes: Mapping[str, Sequence[tuple[str, str]]],
    numbers: Mapping[str, Sequence[float]],
) -> Variable:
    sort = SORTS[QuestionKind(spec.kind)]
    group = step.repeat
    asked_if = " ".join([spec.relevant, *(p.relevant for p in step.parents)])
    options: Iterable[tuple[str, str]] = ()
    if spec.kind == QuestionKind.YES_NO:
        options = (("yes", _("Oui")), ("no", _("Non")))
    elif sort == SCALE:
        options = points(spec)
    elif sort == NUMBER and not group:
        options = bands(numbers.get(spec.code, ()), is_whole=spec.kind == "integer")
    elif sort == TEXTS:
        options = themes.get(spec.code, ())
    else:
        options = ((one.code, one.label) for one in definition.choices_of(spec))
    page = step.page
    return Variable(
        code=spec.code,
        label=spec.label,
        sort=sort,
        section=page.label if isinstance(page, Section) else "",
        options=tuple(options),
        unit="€" if spec.kind == QuestionKind.EUROS else spec.unit,
        group=group.code if group else "",
        item=group.item_label if group else "",
        controls=tuple(dict.fromkeys(NAMED.findall(asked_if))),
        is_yes_no=spec.kind == QuestionKind.YES_NO,
        has_total=sort == NUMBER and spec.unit != "%" and not is_year(spec),
    )


def is_year(spec: QuestionSpec) -> bool:
    low, high = spec.minimum, spec.maximum
    return low is not None and low >= YEARS[0] and high is not None and high <= YEARS[1]


def points(spec: QuestionSpec) -> list[tuple[str, str]]:
    """The points of a scale, from its lowest to its highest."""
    low = int(spec.minimum if spec.minimum is not None else 1)
    high = int(spec.maximum if spec.maximum is not None else 5)
    return [(str(point), str(point)) for point in range(low, min(high, low + 20) + 1)]


def bands(values: Sequence[float], *, is_whole: bool) -> list[tuple[str, str]]:
    """Bands with round ends, each with some respondents; a code is the lower end.

    Ends are of the series 1, 2, 5, 10, so that no end is the answer of somebody.
    """
    known = sorted(value for value in values if value >= 0)
    if len(known) < 2 * BAND_LEAST:
        return []
    if known[0] >= YEARS[0] and known[-1] <= YEARS[1] and is_whole:
        low = int(known[0] // 10) * 10
        series = [float(end) for end in range(low, int(known[-1]) + 10, 10)]
    else:
        size = max(known[-1], 1.0)
        top = math.ceil(math.log10(size)) + 1
        first = 0 if is_whole else -1
        series = [s * 10.0**n for n in range(first, top) for s in STEPS]
        series = [0.0, *series]
    least = max(BAND_LEAST, math.ceil(len(known) / BANDS * 0.75))
    ends = merged(known, series, least)
    return [
        (plain(low), band_label(low, high, is_whole=is_whole))
        for low, high in zip(ends, [*ends[1:], None], strict=True)
    ]


def merged(known: Sequence[float], series: Sequence[float], least: int) -> list[float]:
    """Lower ends such that each band holds ``least`` values."""
    ends = [series[0]]
    held = 0
    for low, high in pairwise(series):
        held += sum(low <= value < high for value in known)
        rest = sum(value >= high for value in known)
        if held >= least and rest >= least:
            ends.append(high)
            held = 0
    return ends


def plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def band_label(low: float, high: float | None, *, is_whole: bool) -> str:
    places = 0 if low == int(low) and (high is None or high == int(high)) else 1
    if high is None:
        return _("%s ou plus") % figure(low, places)
    if is_whole:
        if high - low <= 1:
            return figure(low)
        return _("de %(low)s à %(high)s") % {
            "low": figure(low), "high": figure(high - 1)
        }  # fmt: skip
    if low == 0:
        return _("moins de %s") % figure(high, places)
    return _("de %(low)s à moins de %(high)s") % {
        "low": figure(low, places), "high": figure(high, places)
    }  # fmt: skip


def option_of(variable: Variable, value: Any) -> str | None:
    """The option of an answer to a question of one answer."""
    known = variable.labels
    if variable.sort == NUMBER:
        number = number_of(value)
        ends = [float(code) for code in known]
        below = [end for end in ends if number is not None and end <= number]
        return plain(below[-1]) if below else None
    if variable.sort == SCALE:
        number = number_of(value)
        value = None if number is None else plain(round(number))
    return value if isinstance(value, str) and value in known else None


def number_of(value: Any) -> float | None:
    """A number that can be added up; negative ones cannot."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None
