"""How many passes began and ended each trail: through the disclosure gate, by month.

What happened this month is not counted yet: figures that moved with each stamp would say
who has just been there. Nothing here compares passes, and no pass has a rank. Each trail
is decided by itself: no figure adds up the passes of several trails, so that none betrays
what another hides.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.cache import cache

from maillage.agenda.models import Stop
from maillage.core.choices import State
from maillage.core.disclosure import TOTAL, Figure, Release, Table, Unit, count, protect
from maillage.passport.models import Stamp
from maillage.passport.services.stamps import month_of

LASTS = 24 * 3600
DONE = "done"


class TrailFigures:
    """The figures of one trail, in passes; nothing where nobody has been."""

    def __init__(self, release: Release) -> None:
        self.table = release["stamped"]

    @property
    def begun(self) -> Figure:
        return self.table.row(TOTAL)["count"]

    @property
    def done(self) -> Figure:
        return self.table.row(DONE)["count"]

    def at(self, stop: int) -> Figure:
        return self.table.row(str(stop))["count"]


def stamped(trails: Iterable[int], *, today: dt.date) -> dict[int, TrailFigures]:
    """The figures of trails, up to the end of last month; kept for a day."""
    month = month_of(today)
    name = f"pass-stamped-{month:%Y-%m}"
    kept: Any = cache.get(name)
    if kept is None:
        found = counted(before=month)
        kept = {trail: release.as_json() for trail, release in found.items()}
        cache.set(name, kept, LASTS)
    empty = decided({}, set()).as_json()  # of a trail that is not published yet
    return {
        trail: TrailFigures(Release.from_json(kept.get(trail, empty)))
        for trail in trails
    }


def counted(*, before: dt.date) -> dict[int, Release]:
    stops: dict[int, set[int]] = {}
    rows = Stop.objects.filter(trail__state=State.PUBLISHED)
    for trail, stop in rows.values_list("trail", "pk"):
        stops.setdefault(trail, set()).add(stop)
    been: dict[int, dict[int, set[int]]] = {}
    stamps = Stamp.objects.filter(stamped_on__lt=before, stop__in=rows)
    for trail, holder, stop in stamps.values_list("stop__trail", "holder", "stop"):
        been.setdefault(trail, {}).setdefault(holder, set()).add(stop)
    return {trail: decided(been.get(trail, {}), mine) for trail, mine in stops.items()}


def decided(been: dict[int, set[int]], stops: set[int]) -> Release:
    """One unit a pass: the stops it was at, and whether these are all of them."""
    codes = [str(stop) for stop in sorted(stops)]
    table = Table(
        "stamped", by=("stop",), asks=(count(),), codes={"stop": [*codes, DONE]}
    )
    units = [
        Unit(
            key=str(holder),
            codes={
                "stop": [*map(str, sorted(mine)), *([DONE] if stops <= mine else [])]
            },
        )
        for holder, mine in sorted(been.items())
    ]
    return protect([table], units=units)
