"""What the page of an indicator draws over time: each title is what the figures show."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.core import charts
from maillage.core.charts import Chart, Series, figure
from maillage.observatory import periods
from maillage.observatory.choices import Aggregation, Level, PeriodKind
from maillage.observatory.models import Indicator
from maillage.observatory.services.indicators import Shown, shown, value_at
from maillage.observatory.services.perimeters import names, whole_region

#: Fewer months than these show no season.
MONTHS = 6


def with_source(chart: Chart, indicator: Indicator) -> Chart:
    """A chart with the source line of its indicator."""
    parts = [indicator.source_name or _("Observatoire de Maillage")]
    if indicator.licence:
        parts.append(indicator.licence)
    return chart.told(source=", ".join(parts), url=indicator.source_url)


def region_series(indicator: Indicator, found: Mapping[str, Shown]) -> Chart | None:
    """The indicator in the region over time; ``found`` has its figures by period."""
    known = [found[period] for period in sorted(found)]
    if len(known) < 2:
        return None
    labels = [periods.words(indicator.period_kind, one.period) for one in known]
    values = [one.value for one in known]
    provisional = frozenset(n for n, one in enumerate(known) if one.is_provisional)
    chart = charts.lines(
        series_title(
            indicator,
            labels,
            [None if one.is_provisional else one.value for one in known],
        ),
        labels,
        [Series(whole_region().name, values, provisional)],
        unit=indicator.unit,
        decimals=indicator.decimals,
    )
    return with_source(chart, indicator)


def seasons(indicator: Indicator, found: Mapping[str, Shown]) -> Chart | None:
    """The months of each year side by side on one scale, for a monthly indicator."""
    known = {period: one for period, one in found.items() if one.value is not None}
    if indicator.period_kind != PeriodKind.MONTH or len(known) < MONTHS:
        return None
    years: dict[str, list[float | None]] = {
        period[:4]: [None] * 12 for period in sorted(known)
    }
    for period, one in known.items():
        years[period[:4]][int(period[5:]) - 1] = one.value
    chart = charts.multiples(
        season_title(known),
        [date_format(dt.date(2000, month, 1), "N") for month in range(1, 13)],
        years,
        unit=indicator.unit,
        decimals=indicator.decimals,
        provisional={
            year: frozenset(
                int(period[5:]) - 1
                for period, one in known.items()
                if period.startswith(year) and one.is_provisional
            )
            for year in years
        },
    )
    return with_source(chart, indicator)


def season_title(known: Mapping[str, Shown]) -> str:
    """The month that is the highest in most years."""
    best: dict[str, int] = {}
    for year in {period[:4] for period in known}:
        own = [one for period, one in known.items() if period[:4] == year]
        top = max(own, key=lambda one: (one.value or 0.0, one.period))
        best[top.period[5:]] = best.get(top.period[5:], 0) + 1
    month = max(best, key=lambda name: (best[name], name))
    words = date_format(dt.date(2000, int(month), 1), "F")
    return _("Mois par mois : le plus souvent, le plus haut est en %s") % words


def series_title(
    indicator: Indicator, labels: Sequence[str], values: Sequence[float | None]
) -> str:
    known = [
        (label, v) for label, v in zip(labels, values, strict=True) if v is not None
    ]
    if len(known) < 2:
        return indicator.name
    facts = {
        "name": indicator.name,
        "first": figure(known[0][1], indicator.decimals),
        "start": known[0][0],
        "last": figure(known[-1][1], indicator.decimals),
        "end": known[-1][0],
    }
    return _("%(name)s : de %(first)s en %(start)s à %(last)s en %(end)s") % facts


def departments(indicator: Indicator, region: Mapping[str, Shown]) -> Chart | None:
    """Each department over time on one scale, or side by side for a single period."""
    rows = indicator.observations.all().current().filter(level=Level.DEPARTMENT)
    known = shown(rows.order_by("period"))
    labels = sorted({one.period for one in known})
    if not labels:
        return None
    by_code: dict[str, dict[str, Shown]] = {}
    for one in known:
        by_code.setdefault(one.code, {})[one.period] = one
    named = names(Level.DEPARTMENT)
    worded = [periods.words(indicator.period_kind, label) for label in labels]
    values = {
        named[code]: [value_at(indicator, by_code.get(code, {}), p, is_complete=False)
                      for p in labels]
        for code in named
    }  # fmt: skip
    if len(labels) > 1:
        chart = charts.multiples(
            _("Par département, de %(first)s à %(last)s")
            % {"first": worded[0], "last": worded[-1]},
            worded,
            values,
            unit=indicator.unit,
            decimals=indicator.decimals,
            provisional={
                named[code]: frozenset(
                    n for n, p in enumerate(labels) if p in own and own[p].is_provisional
                )
                for code, own in by_code.items() if code in named
            },
        )  # fmt: skip
        return with_source(chart, indicator)
    ordered = sorted(
        ((name, row[0]) for name, row in values.items()),
        key=lambda pair: (pair[1] is None, -(pair[1] or 0.0)),
    )
    chart = charts.bars(
        highest_title(indicator, ordered, worded[0]),
        ordered,
        unit=indicator.unit,
        decimals=indicator.decimals,
        column=_("Département"),
        reference=region_mark(indicator, region, labels[0]),
    )
    return with_source(chart, indicator)


def region_mark(
    indicator: Indicator, found: Mapping[str, Shown], period: str
) -> tuple[str, float] | None:
    """The region as a line among others: only where the same terms hold."""
    if indicator.aggregation not in {Aggregation.RATE, Aggregation.MEAN}:
        return None
    value = found[period].value if period in found else None
    return None if value is None else (_("région"), value)


def highest_title(
    indicator: Indicator, ordered: Sequence[tuple[str, float | None]], period: str
) -> str:
    if not ordered or ordered[0][1] is None:
        return f"{indicator.name}, {period}"
    first = [name for name, value in ordered if value == ordered[0][1]]
    if len(first) > 1:
        told = {
            "number": figure(len(first)),
            "value": figure(ordered[0][1], indicator.decimals),
            "what": indicator.name,
            "period": period,
        }
        return _("%(what)s, %(period)s : %(number)s territoires à %(value)s") % told
    facts = {
        "name": ordered[0][0],
        "value": figure(ordered[0][1], indicator.decimals),
        "what": indicator.name,
        "period": period,
    }
    return _("%(what)s, %(period)s : %(name)s en tête (%(value)s)") % facts
