"""Periods as indicators name them: a year, a school year, a month, a day."""

import datetime as dt
import re

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.observatory.choices import PeriodKind

YEAR = re.compile(r"^(19|20|21)\d\d$", re.ASCII)
SCHOOL = re.compile(r"^((?:19|20|21)\d\d)[-/](\d\d(?:\d\d)?)$", re.ASCII)
MONTH = re.compile(r"^((?:19|20|21)\d\d)-(0[1-9]|1[0-2])$", re.ASCII)


def read(kind: str, text: str) -> str:
    """The period that a text means, as it is stored. Refuses with ``period``."""
    found = text.strip()
    if kind == PeriodKind.YEAR and YEAR.match(found):
        return found
    if kind == PeriodKind.SCHOOL_YEAR and (match := SCHOOL.match(found)):
        first, last = int(match[1]), int(match[2])
        if last in {first + 1, (first + 1) % 100}:
            return f"{first}-{(first + 1) % 100:02d}"
    if kind == PeriodKind.MONTH and MONTH.match(found):
        return found
    if kind == PeriodKind.DAY:
        try:
            return dt.date.fromisoformat(found).isoformat()
        except ValueError:
            pass
    raise Refused(
        "period",
        _("« %(text)s » n’est pas une période comme %(example)s.")
        % {"text": found[:20], "example": EXAMPLES[kind]},
    )


EXAMPLES = {
    PeriodKind.YEAR.value: "2025",
    PeriodKind.SCHOOL_YEAR.value: "2025-26",
    PeriodKind.MONTH.value: "2025-09",
    PeriodKind.DAY.value: "2025-09-01",
}


def words(kind: str, period: str) -> str:
    """A period as people say it; one that cannot be read stays as it is."""
    if kind == PeriodKind.SCHOOL_YEAR:
        return period.replace("-", "–")
    if kind == PeriodKind.MONTH and MONTH.match(period):
        return date_format(dt.date.fromisoformat(f"{period}-01"), "F Y")
    if kind == PeriodKind.DAY:
        try:
            return day_words(dt.date.fromisoformat(period), "j F Y")
        except ValueError:
            return period
    return period


def ends_on(kind: str, period: str) -> dt.date:
    """The day after the last one of a period."""
    if kind == PeriodKind.YEAR:
        return dt.date(int(period) + 1, 1, 1)
    if kind == PeriodKind.SCHOOL_YEAR:
        return dt.date(int(period[:4]) + 1, 9, 1)
    if kind == PeriodKind.MONTH:
        year, month = int(period[:4]), int(period[5:])
        return dt.date(year + month // 12, month % 12 + 1, 1)
    return dt.date.fromisoformat(period) + dt.timedelta(1)


def following(kind: str, period: str) -> str | None:
    """The next period; none for days, that have no rhythm."""
    if kind == PeriodKind.YEAR:
        return str(int(period) + 1)
    if kind == PeriodKind.SCHOOL_YEAR:
        first = int(period[:4]) + 1
        return f"{first}-{(first + 1) % 100:02d}"
    if kind == PeriodKind.MONTH:
        return ends_on(kind, period).strftime("%Y-%m")
    return None
