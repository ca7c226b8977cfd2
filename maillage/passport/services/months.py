"""The keys of the months: made when the month begins, destroyed once it is counted.

While its key lives, whoever holds a pass finds its passages again. A month that has been
over for some days, so that doors without a network could send what they kept, is counted;
in the same transaction its figures are written, its key is destroyed and its passages
lose their pseudonyms. A run that is killed has done nothing; one that comes second, too.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Q

from maillage.passport.choices import Outcome
from maillage.passport.models import CheckIn, FigureRelease, MonthFigure, MonthKey, Use
from maillage.passport.passages import OLDEST
from maillage.passport.services.figures_counting import Counted, count_month

#: How often a month is counted again because something came in meanwhile.
TRIES = 3


@dataclass(frozen=True)
class Closed:
    """What the counting of a month found."""

    month: str
    passes: int
    visits: int


def month_key(month: str) -> MonthKey:
    """The key of a month (« 2026-10 »), made at its first passage.

    Its secret is empty once it was destroyed: what comes in later stays without a
    pseudonym, counted as a visit but as nobody's.
    """
    row, _made = MonthKey.objects.get_or_create(
        month=month, defaults={"secret": secrets.token_hex(32)}
    )
    return row


def due_months(*, today: dt.date) -> list[str]:
    """Months that have been over for long enough and whose key lives, the first first."""
    this = f"{today - dt.timedelta(settings.PASS_WAIT_DAYS):%Y-%m}"
    rows = MonthKey.objects.filter(month__lt=this, destroyed_at=None)
    return list(rows.order_by("month").values_list("month", flat=True))


def counted_on(month: str) -> dt.date:
    """The day from which a month may be counted."""
    first = dt.date.fromisoformat(f"{month}-01")
    after = (first + dt.timedelta(31)).replace(day=1)
    return after + dt.timedelta(settings.PASS_WAIT_DAYS)


def living_months(*, today: dt.date) -> list[str]:
    """Months whose passages holders still find: this one, and those not yet counted."""
    rows = MonthKey.objects.filter(destroyed_at=None).exclude(secret="")
    return sorted({f"{today:%Y-%m}", *rows.values_list("month", flat=True)})


def close_due(*, today: dt.date, now: dt.datetime) -> list[Closed]:
    """Count and close every month that is due, and sweep; for a timer."""
    made = [close_month(month, now=now) for month in due_months(today=today)]
    sweep(today=today)
    return [one for one in made if one]


def close_month(month: str, *, now: dt.datetime) -> Closed | None:
    """Count a month, destroy its key, blank its pseudonyms: all of it or nothing.

    Nothing when another run has done it. Counting takes no lock: doors go on sending.
    When something came in meanwhile it is counted again, at most so often; then the
    month waits for the next run.
    """
    for _try in range(TRIES):
        seen = state_of(month)
        counted = count_month(month)
        with transaction.atomic():
            rows = MonthKey.objects.select_for_update(of=("self",))
            key = rows.filter(month=month, destroyed_at=None).first()
            if key is None:
                return None
            if state_of(month) != seen:
                continue
            keep(counted, month=month, now=now)
            key.secret, key.counted_at, key.destroyed_at = "", now, now
            key.save(update_fields=["secret", "counted_at", "destroyed_at"])
            CheckIn.objects.filter(month=month).exclude(pseudonym="").update(pseudonym="")  # fmt: skip
            return Closed(month, len(counted.passes()), counted.visits())
    return None


def state_of(month: str) -> dict[str, int | None]:
    """What changes when a passage comes in, is corrected, or is told to be nobody's."""
    return CheckIn.objects.filter(month=month).aggregate(
        last=Max("pk"),
        accepted=Count("pk", filter=Q(outcome=Outcome.ACCEPTED)),
        named=Count("pk", filter=~Q(pseudonym="")),
    )


def keep(counted: Counted, *, month: str, now: dt.datetime) -> None:
    """Write how many different passes there were, and the tables that may be shown."""
    places = sorted({pk for one in counted.holders.values() for pk in one.visits})
    MonthFigure.objects.bulk_create(
        MonthFigure(
            month=month,
            place_id=place,
            passes=len(passes := counted.passes(place)),
            passes_of_two_places=sum(one.is_at_several for one in passes),
            visits=counted.visits(place),
        )
        for place in (None, *places)
    )
    FigureRelease.objects.create(
        month=month,
        tables={name: one.as_json() for name, one in counted.region.items()},
        made_at=now,
    )
    FigureRelease.objects.bulk_create(
        FigureRelease(
            month=month, place_id=pk, tables={"people": one.as_json()}, made_at=now
        )
        for pk, one in counted.places.items()
    )


@transaction.atomic
def sweep(*, today: dt.date) -> int:
    """Blank what came in at the very moment its month was closed; returns how many.

    Uses of benefits are forgotten once no door can send any more of their season.
    """
    closed = MonthKey.objects.exclude(destroyed_at=None).values("month")
    left = CheckIn.objects.filter(month__in=closed).exclude(pseudonym="")
    Use.objects.filter(season__ends_on__lt=today - OLDEST).delete()
    return left.update(pseudonym="")
