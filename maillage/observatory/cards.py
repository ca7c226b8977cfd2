"""A figure as a page shows it: value, trend, small line, comparisons, source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from django.utils.translation import gettext as _, ngettext

from maillage.core.charts import Chart, figure, spark
from maillage.observatory import periods
from maillage.observatory.choices import Aggregation, Level
from maillage.observatory.models import Indicator, Observation
from maillage.observatory.services.aggregating import RANK
from maillage.observatory.services.indicators import Shown, figures_of, shown
from maillage.observatory.services.perimeters import Territory, whole_region

#: A sum is compared by inhabitants, a rate as it is.
PER = 10_000
#: Change below this is said to be none.
STABLE = 0.005


@dataclass(frozen=True)
class Trend:
    """How a figure has changed since the period before."""

    text: str
    tone: str  # good, bad, neutral
    arrow: str  # up, down, flat


@dataclass(frozen=True)
class Compared:
    label: str
    text: str


@dataclass(frozen=True)
class Card:
    """One indicator in one territory, its latest period."""

    indicator: Indicator
    text: str
    unit: str
    period: str = ""
    is_hidden: bool = False
    is_provisional: bool = False
    trend: Trend | None = None
    drawing: Chart | None = None
    compared: list[Compared] = field(default_factory=list)
    note: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.period)


def cards_of(
    indicators: Sequence[Indicator],
    territory: Territory,
    *,
    people: int,
    likes: Sequence[Territory] = (),
) -> list[Card]:
    """The cards of some indicators: three queries at most, however many they are.

    ``people`` is the population of the region.
    """
    own_region = whole_region()
    places = list(
        dict.fromkeys(
            [(territory.level, territory.code), (own_region.level, own_region.code)]
        )
    )
    figures = figures_of(indicators, places)
    region = {one.pk: figures.get((one.pk, *places[-1]), {}) for one in indicators}
    own = {one.pk: figures.get((one.pk, *places[0]), {}) for one in indicators}
    last = {pk: max(found) for pk, found in region.items() if found}
    around = figures_around(indicators, likes, last)
    return [
        card(
            one,
            own[one.pk],
            region[one.pk],
            territory=territory,
            people=people,
            likes=[(like, around.get((one.pk, like.code))) for like in likes],
        )
        for one in indicators
    ]


def figures_around(
    indicators: Iterable[Indicator],
    likes: Sequence[Territory],
    last: Mapping[int, str],
) -> dict[tuple[int, str], Shown]:
    """What similar territories have, for the last period of each indicator."""
    if not likes or not last:
        return {}
    rows = Observation.objects.all().current().filter(
        level=likes[0].level,
        code__in=[like.code for like in likes],
        indicator__in=[one.pk for one in indicators],
        period__in=set(last.values()),
    )  # fmt: skip
    return {
        (one.indicator, one.code): one
        for one in shown(rows)
        if one.period == last.get(one.indicator)
    }


def card(
    indicator: Indicator,
    own: Mapping[str, Shown],
    region: Mapping[str, Shown],
    *,
    territory: Territory,
    people: int,
    likes: Sequence[tuple[Territory, Shown | None]] = (),
) -> Card:
    """One card; a territory that a complete census does not name has zero."""
    # A level that is not published has no figure, be it zero.
    absent = (
        indicator.zero_if_absent
        and territory.level != Level.REGION
        and RANK[territory.level] >= RANK[indicator.shown_from]
    )
    labels = sorted(region if absent else own)
    known = labels
    if not known:
        return Card(indicator, "–", indicator.unit)
    period = known[-1]
    one = own.get(period)
    value = one.value if one else 0.0 if absent else None
    values = [own[p].value if p in own else 0.0 if absent else None for p in labels]
    is_hidden = bool(one and one.is_hidden)
    drawn = line_of(
        indicator, labels, values, own=own, region=region, territory=territory
    )
    return Card(
        indicator,
        _("secret") if is_hidden else figure(value, indicator.decimals),
        indicator.unit,
        period=periods.words(indicator.period_kind, period),
        is_hidden=is_hidden,
        is_provisional=bool(one and one.is_provisional),
        trend=trend(
            indicator,
            list(zip(labels, values, strict=True)),
            is_open=bool(one and one.is_provisional),
        ),
        drawing=drawn,
        compared=comparisons(
            indicator, value, region.get(period), territory=territory,
            people=people, likes=likes, absent=absent,
        ),
        note=coverage_words(one.coverage) if one else "",
    )  # fmt: skip


def line_of(
    indicator: Indicator,
    labels: Sequence[str],
    values: Sequence[float | None],
    *,
    own: Mapping[str, Shown],
    region: Mapping[str, Shown],
    territory: Territory,
) -> Chart | None:
    """The small line, with that of the region behind where they can be compared."""
    if sum(v is not None for v in values) < 2:
        return None
    comparable = (
        indicator.aggregation in {Aggregation.RATE, Aggregation.MEAN}
        and territory.level != Level.REGION
    )
    rest = [region[p].value if p in region else None for p in labels]
    return spark(
        indicator.name,
        [periods.words(indicator.period_kind, p) for p in labels],
        values,
        rest=rest if comparable else (),
        unit=indicator.unit,
        decimals=indicator.decimals,
        provisional=frozenset(
            n for n, p in enumerate(labels) if p in own and own[p].is_provisional
        ),
    )


def trend(
    indicator: Indicator,
    series: Sequence[tuple[str, float | None]],
    *,
    is_open: bool = False,
) -> Trend | None:
    """The last figure against the known one before it.

    A period that is not over is not compared: the one before is only told.
    """
    known = [(period, value) for period, value in series if value is not None]
    if len(known) < 2 or known[-1][0] != series[-1][0]:
        return None
    (since, before), (_last, now) = known[-2:]
    gap = now - before
    words = periods.words(indicator.period_kind, since)
    if is_open:
        told = {"value": figure(before, indicator.decimals), "since": words}
        return Trend(_("%(value)s en %(since)s") % told, "neutral", "")
    if abs(gap) <= STABLE * max(abs(before), 10.0**-indicator.decimals):
        return Trend(_("stable depuis %(since)s") % {"since": words}, "neutral", "flat")
    if indicator.unit.startswith("%"):
        size = figure(abs(gap), max(indicator.decimals, 1))
        amount = ngettext(
            "%(size)s point", "%(size)s points", 1 if abs(gap) < 2 else 2
        ) % {"size": size}
    elif before:
        amount = figure(100 * abs(gap) / abs(before), 0, unit="%")
    else:
        amount = figure(abs(gap), indicator.decimals)
    up = gap > 0
    told = {"sign": "+" if up else "\N{MINUS SIGN}", "amount": amount, "since": words}
    tone = "neutral"
    if indicator.higher_is_better is not None:
        tone = "good" if up == indicator.higher_is_better else "bad"
    text = _("%(sign)s%(amount)s depuis %(since)s") % told
    return Trend(text, tone, "up" if up else "down")


def comparisons(
    indicator: Indicator,
    value: float | None,
    region: Shown | None,
    *,
    territory: Territory,
    people: int,
    likes: Sequence[tuple[Territory, Shown | None]],
    absent: bool,
) -> list[Compared]:
    """The region and the median of similar territories, in the same terms."""
    if territory.level == Level.REGION or value is None:
        return []
    if indicator.aggregation == Aggregation.NONE:
        return []
    by_people = indicator.aggregation == Aggregation.SUM
    decimals = max(indicator.decimals, 2) if by_people else indicator.decimals

    def terms(amount: float | None, population: int) -> float | None:
        if amount is None or not by_people:
            return amount
        return PER * amount / population if population else None

    around = [
        terms(one.value if one else 0.0 if absent else None, like.population)
        for like, one in likes
    ]
    known = [amount for amount in around if amount is not None]
    found = []
    if by_people:
        own = figure(terms(value, territory.population), decimals)
        found.append(Compared(_("ici, pour 10 000 hab."), own))
    whole = terms(region.value if region else None, people)
    if whole is not None:
        found.append(Compared(_("région"), figure(whole, decimals)))
    if len(known) >= 3:
        found.append(
            Compared(_("semblables (médiane)"), figure(median(known), decimals))
        )
    return found


def coverage_words(coverage: float | None) -> str:
    """What is said of a figure that not all communes make up; nothing when all do."""
    if coverage is None or coverage >= 1:
        return ""
    return _("%(share)s des territoires connus") % {
        "share": figure(100 * coverage, 0 if coverage >= 0.01 else 1, unit="%")
    }
