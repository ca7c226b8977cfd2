"""Figures of the pass as they are read: published months added up, and own doors.

Months are decided one by one and stored; a longer period adds what each of them shows.
So nothing can be told of a period that its months do not tell. Where a month hides a
number, the sum says that it is the least: « au moins ».
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import ExtractIsoWeekDay
from django.utils.translation import gettext as _

from maillage.core.dates import day_words
from maillage.core.disclosure import TOTAL, Figure, PublishedTable, Release
from maillage.directory.models import Place
from maillage.passport.choices import Outcome
from maillage.passport.models import (
    CheckIn,
    FigureRelease,
    Issuer,
    MonthFigure,
    PassSeason,
)
from maillage.passport.services.figures_counting import ELSEWHERE, NOT_SAID

ALL = "tout"


@dataclass(frozen=True)
class Amount:
    """A number over some months: what they show of it, and how many hide it."""

    value: int = 0
    hidden: int = 0

    @property
    def is_secret(self) -> bool:
        """No month shows it and one at least hides it."""
        return bool(self.hidden and not self.value)

    @property
    def is_least(self) -> bool:
        return bool(self.hidden and self.value)

    @property
    def known(self) -> float | None:
        """What a chart draws."""
        return None if self.is_secret else float(self.value)

    @property
    def status(self) -> str:
        if self.is_secret:
            return "hidden"
        return "least" if self.is_least else "shown"


@dataclass(frozen=True)
class Period:
    """Months that are looked at together; ``slug`` stands in addresses."""

    slug: str
    label: str
    months: tuple[str, ...]


@dataclass(frozen=True)
class Published:
    """The published tables of some months, of the region or of one place."""

    months: dict[str, dict[str, Release]]

    def table(self, month: str, release: str, name: str) -> PublishedTable | None:
        found = self.months.get(month, {}).get(release)
        return found.tables.get(name) if found else None

    def figures(
        self, release: str, name: str, codes: Sequence[str], *, ask: str = "visits"
    ) -> list[Figure | None]:
        """The figure of each month; ``None`` where it was not asked for."""
        found: list[Figure | None] = []
        for month in self.months:
            table = self.table(month, release, name)
            found.append(
                table.row(*codes)[ask] if table and has(table, codes) else None
            )
        return found

    def codes(self, release: str, name: str) -> list[str]:
        """The codes of the last dimension that any month has."""
        found: dict[str, None] = {}
        for month in self.months:
            for row in self.table(month, release, name) or ():
                found[row.codes[-1]] = None
        return [code for code in found if code != TOTAL]

    def amount(
        self, release: str, name: str, codes: Sequence[str], *, ask: str = "visits"
    ) -> Amount:
        return added(self.figures(release, name, codes, ask=ask))


def has(table: PublishedTable, codes: Sequence[str]) -> bool:
    """Whether a table says anything of a code.

    Communes are listed where enough passes are of them: one that is not may have some.
    """
    listed = not codes[-1].startswith("com:")
    return listed or any(row.codes == tuple(codes) for row in table)


def added(figures: Iterable[Figure | None]) -> Amount:
    """What the months show, added up."""
    value = hidden = 0
    for figure in figures:
        if figure is None or figure.is_hidden:
            hidden += 1
        else:
            value += int(figure.value or 0)
    return Amount(value, hidden)


def rest(whole: Amount, parts: Iterable[Amount]) -> Amount | None:
    """What is not said of whom: the whole without what its parts show."""
    left = whole.value - sum(part.value for part in parts)
    return None if whole.hidden or left <= 0 else Amount(left)


def published(
    months: Collection[str] | None = None, *, place: Place | None = None
) -> Published:
    """What was published of these months, or of all, the first month first."""
    rows = FigureRelease.objects.filter(place=place)
    if months is not None:
        rows = rows.filter(month__in=months)
    return Published(
        {
            row.month: {
                name: Release.from_json(one) for name, one in row.tables.items()
            }
            for row in rows.order_by("month")
        }
    )


# Periods ---------------------------------------------------------------------------


def counted_months() -> list[str]:
    rows = FigureRelease.objects.filter(place=None).order_by("month")
    return list(rows.values_list("month", flat=True))


def months_of(place: Place) -> list[str]:
    """Months in which doors of a place let somebody in, counted or not."""
    rows = CheckIn.objects.all().accepted().filter(place=place).order_by("month")
    return list(rows.values_list("month", flat=True).distinct())


def month_words(month: str, form: str = "F Y") -> str:
    return day_words(dt.date.fromisoformat(f"{month}-01"), form)


def periods(months: Sequence[str]) -> list[Period]:
    """All months, each season, each month: what a reader may choose from."""
    if not months:
        return []
    found = [Period(ALL, _("Tous les mois"), tuple(months))]
    for season in PassSeason.objects.order_by("-starts_on"):
        low, high = f"{season.starts_on:%Y-%m}", f"{season.last_day:%Y-%m}"
        inside = tuple(month for month in months if low <= month <= high)
        if inside and len(inside) < len(months):
            found.append(Period(season.slug, season.name, inside))
    singles = [Period(one, month_words(one), (one,)) for one in reversed(months)]
    return found + singles


def chosen(found: Sequence[Period], slug: str) -> Period | None:
    """The period that was asked for; else all months."""
    return next((one for one in found if one.slug == slug), found[0] if found else None)


# One's own doors -------------------------------------------------------------------


def own_months(place: Place, months: Collection[str]) -> list[dict[str, Any]]:
    """What the doors of a place counted, month by month: exact, for its team."""
    rows: Any = CheckIn.objects.filter(place=place, month__in=months)
    return list(rows.order_by("month").values("month").annotate(**COUNTS))


def own_total(visits: Mapping[str, int], months: Collection[str]) -> int:
    """Passages of one's own doors in these months."""
    return sum(visits.get(month, 0) for month in months)


def own_days(place: Place, months: Collection[str]) -> list[dict[str, Any]]:
    """The same by day."""
    rows: Any = CheckIn.objects.filter(place=place, month__in=months)
    found = rows.order_by("happened_on").values("happened_on")
    return list(found.annotate(**COUNTS))


def own_weekdays(place: Place, months: Collection[str]) -> list[dict[str, Any]]:
    """The same by day of the week, Monday is 1."""
    rows: Any = CheckIn.objects.filter(place=place, month__in=months)
    found = rows.annotate(weekday=ExtractIsoWeekDay("happened_on"))
    return list(found.order_by("weekday").values("weekday").annotate(**COUNTS))


CAME = Q(outcome=Outcome.ACCEPTED)
COUNTS: dict[str, Any] = {
    "visits": Count("pk", filter=CAME),
    "people": Sum("people", filter=CAME, default=0),
    "companions": Sum("companions", filter=CAME, default=0),
    "refused": Count("pk", filter=~CAME),
    "flagged": Count("pk", filter=CAME & ~Q(flag="")),
}


# For the observatory ---------------------------------------------------------------


def by_place() -> Iterator[tuple[str, int, str, int]]:
    """Month, place, commune and visits, as counted: for the gate of indicators."""
    rows = MonthFigure.objects.exclude(place__commune=None).order_by("month", "place")
    yield from rows.values_list("month", "place_id", "place__commune_id", "visits")


def by_home_department() -> Iterator[tuple[str, str, int]]:
    """Year, department and visits, of what each month has published.

    A year in which a month hides a department has no figure of it: with the figures of
    the other months it would be one of that month.
    """
    years: dict[str, list[str]] = {}
    for month in counted_months():
        years.setdefault(month[:4], []).append(month)
    for year, months in years.items():
        found = published(months)
        for code in found.codes("people", "home"):
            kind, _sign, department = code.partition(":")
            amount = found.amount("people", "home", (code,))
            is_one = kind == "dep" and department not in {ELSEWHERE, NOT_SAID}
            if is_one and not amount.hidden:
                yield year, department, amount.value


def only_examples() -> bool:
    """Whether all passes are of invented issuers: figures are then invented too."""
    return not Issuer.objects.filter(structure__is_example=False).exists()
