"""Figures of one place: exact for its team, whose doors counted; else as published."""

import datetime as dt
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from maillage.core.dates import day_words
from maillage.directory.models import Place
from maillage.passport.figures_pages import (
    WEEKDAYS,
    Line,
    block,
    months_chart,
    who_blocks,
)
from maillage.passport.services.figures import (
    Amount,
    Period,
    counted_months,
    month_words,
    own_days,
    own_months,
    own_total,
    own_weekdays,
    published,
)
from maillage.passport.services.months import counted_on


def team_context(place: Place, period: Period) -> dict[str, Any]:
    """What a team sees: its own counts, and who came as far as it may be said."""
    found = published(period.months, place=place)
    spot = f"place:{place.pk}"
    rows = own_months(place, period.months)
    for row in rows:
        table = found.table(row["month"], "people", "several")
        row["label"] = capfirst(month_words(row["month"]))
        row["passes"] = table.row(spot, "*")["passes"] if table else None
        row["several"] = table.row(spot, "yes")["passes"] if table else None
    labels = [capfirst(month_words(row["month"], "b Y")) for row in rows]
    told = {row["month"]: row["visits"] for row in rows}
    whole = Amount(own_total(told, found.months))
    return {
        "rows": rows,
        "chart": months_chart(labels, [float(row["visits"]) for row in rows]),
        "days": day_block(place, period),
        "blocks": who_blocks(found, whole, spot=spot) if found.months else [],
        "waiting": waiting(period),
        "total": own_total(told, period.months),
    }


def day_block(place: Place, period: Period) -> Any:
    """Passages by day of the week: the doors counted them."""
    came = {row["weekday"]: row["visits"] for row in own_weekdays(place, period.months)}
    rows = [
        Line(capfirst(str(day)), Amount(came.get(number, 0)))
        for number, day in enumerate(WEEKDAYS, 1)
    ]
    return block("jours", _("Par jour de la semaine"), _("Jour"), rows)


def waiting(period: Period) -> list[str]:
    """Months that are not counted yet, each with the day on which it will be."""
    known = {*counted_months()}
    return [
        _("%(month)s : comptés à partir du %(day)s")
        % {"month": capfirst(month_words(one)), "day": day_words(counted_on(one))}
        for one in period.months
        if one not in known
    ]


def public_context(place: Place, period: Period) -> dict[str, Any]:
    """What the agency and observers see of a place: passages as published."""
    found = published(period.months)
    code = f"place:{place.pk}"
    rows: list[dict[str, Any]] = []
    for month in found.months:
        table = found.table(month, "places", "places")
        if table:
            row = table.row(code)
            label = capfirst(month_words(month))
            rows.append({"label": label, "visits": row["visits"], "passes": row["passes"]})  # fmt: skip
    labels = [row["label"] for row in rows]
    chart = months_chart(labels, [row["visits"].value for row in rows])
    return {"rows": rows, "chart": chart}


def day_rows(place: Place, period: Period) -> list[dict[str, Any]]:
    """A row a day, for a file."""
    rows = own_days(place, period.months)
    for row in rows:
        day: dt.date = row["happened_on"]
        row["weekday"] = str(WEEKDAYS[day.weekday()])
    return rows
