"""Days without school and days without work, as the files of a region hold them."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

DAY = dt.timedelta(days=1)


def easter(year: int) -> dt.date:
    """Return Easter Sunday (anonymous Gregorian computus, Nature 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)


def public_holidays(year: int) -> list[tuple[dt.date, str]]:
    """Return the eleven public holidays of France (Alsace and Moselle have two more)."""
    sunday = easter(year)
    return sorted(
        [
            (dt.date(year, 1, 1), "Jour de l’an"),
            (sunday + 1 * DAY, "Lundi de Pâques"),
            (dt.date(year, 5, 1), "Fête du Travail"),
            (dt.date(year, 5, 8), "Victoire 1945"),
            (sunday + 39 * DAY, "Ascension"),
            (sunday + 50 * DAY, "Lundi de Pentecôte"),
            (dt.date(year, 7, 14), "Fête nationale"),
            (dt.date(year, 8, 15), "Assomption"),
            (dt.date(year, 11, 1), "Toussaint"),
            (dt.date(year, 11, 11), "Armistice 1918"),
            (dt.date(year, 12, 25), "Noël"),
        ]
    )


def school_holidays(
    wheel: Path, *, zone: str, since: dt.date
) -> Iterator[dict[str, str]]:
    """Yield the school holidays of a zone that begin from ``since`` on.

    Read from the wheel of vacances-scolaires-france, one row a day; ``ends_on`` is
    the day on which school starts again.
    """
    with zipfile.ZipFile(wheel) as files:
        text = files.read("vacances_scolaires_france/data/data.csv").decode()
    days = [
        (dt.date.fromisoformat(row["date"]), row["nom_vacances"].replace("'", "’"))
        for row in csv.DictReader(io.StringIO(text))
        if row[f"vacances_zone_{zone.lower()}"] == "True"
    ]
    for _, run in groupby(
        enumerate(sorted(days)),
        key=lambda pair: (pair[1][0] - pair[0] * DAY, pair[1][1]),
    ):
        period = [day for _, (day, _) in run]
        name = next(label for day, label in days if day == period[0])
        if period[0] >= since:
            yield {
                "zone": zone,
                "school_year": school_year(period[0]),
                "name": name,
                "starts_on": period[0].isoformat(),
                "ends_on": (period[-1] + DAY).isoformat(),
            }


def school_year(day: dt.date) -> str:
    """Return the school year of a day; it turns on 1 September."""
    first = day.year if day.month >= 9 else day.year - 1
    return f"{first}-{first + 1}"
