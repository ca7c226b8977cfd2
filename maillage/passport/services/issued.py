"""How many passes were given, by offer and by week: through the disclosure gate."""

import datetime as dt
from typing import Any

from django.core.cache import cache
from django.db.models import Max
from django.utils import timezone

from maillage.core.disclosure import Release, Table, Unit, count, protect
from maillage.passport.models import Pass, PassSeason

LASTS = 3600


def week_of(moment: dt.datetime) -> str:
    """The Monday of the week, here."""
    day = timezone.localdate(moment)
    return (day - dt.timedelta(day.weekday())).isoformat()


def issued(season: PassSeason) -> Release:
    """The table ``issued`` of a season, by offer and week.

    Kept for an hour, or until another pass is given: a hundred thousand take seconds.
    """
    last = Pass.objects.filter(offer__season=season).aggregate(last=Max("pk"))["last"]
    name = f"pass-issued-{season.pk}-{last}"
    kept: Any = cache.get(name)
    if kept is None:
        kept = counted(season).as_json()
        cache.set(name, kept, LASTS)
    return Release.from_json(kept)


def counted(season: PassSeason) -> Release:
    rows = Pass.objects.filter(offer__season=season).order_by("pk")
    units = [
        Unit(key=str(pk), codes={"offer": str(offer), "week": week_of(moment)})
        for pk, offer, moment in rows.values_list("pk", "offer", "issued_at")
    ]
    table = Table("issued", by=("offer", "week"), asks=(count(),))
    return protect([table], units=units)
