"""Stamps to try: some of the demonstration's passes have followed its trails.

The family of the public account has one diploma, and another trail under way.
"""

import datetime as dt

import numpy as np
from django.utils import timezone

from maillage.agenda.models import Stop, Trail
from maillage.core.choices import State
from maillage.passport.choices import PassKind
from maillage.passport.models import Pass, Stamp
from maillage.passport.services.stamps import month_of

#: The share of passes that keep their stamps, and of stops at which they were.
KEEPING, GOING_ON = 0.45, 0.82


def load_stamps(*, rng: np.random.Generator, now: dt.datetime) -> None:
    """Stamps of the last weeks; nothing where a region has no trails."""
    trails = list(
        Trail.objects.filter(state=State.PUBLISHED, stops__isnull=False)
        .distinct()
        .order_by("pk")
        .prefetch_related("stops")
    )
    kinds = (PassKind.PERSON, PassKind.HOUSEHOLD)
    holders = list(Pass.objects.filter(kind__in=kinds, batch=None).order_by("pk"))
    if not trails or not holders:
        return
    weights = 1 / np.arange(2, len(trails) + 2)
    made = []
    for holder in holders:
        if holder.user_id:
            made += of_account(holder, trails, now=now)
        elif rng.random() < KEEPING:
            chosen = rng.choice(len(trails), p=weights / weights.sum())
            made += walked(holder, trails[int(chosen)], rng=rng, now=now)
    keeping = {stamp.holder_id for stamp in made}
    Pass.objects.filter(pk__in=keeping).update(keeps_stamps=True)
    Stamp.objects.bulk_create(made, batch_size=500)


def walked(
    holder: Pass, trail: Trail, *, rng: np.random.Generator, now: dt.datetime
) -> list[Stamp]:
    """The first stops of a trail, until one goes home."""
    days = max((now - holder.issued_at).days, 1)
    day = timezone.localdate(now - dt.timedelta(days=int(rng.integers(0, days))))
    stops: list[Stop] = []
    for stop in trail.stops.all():
        if stops and rng.random() > GOING_ON:
            break
        stops.append(stop)
    return [stamp(holder, stop, day) for stop in stops]


def of_account(holder: Pass, trails: list[Trail], *, now: dt.datetime) -> list[Stamp]:
    """A trail from end to end, the first two stops of the next one."""
    day = timezone.localdate(now)
    stops = list(trails[0].stops.all())
    stops += [stop for trail in trails[1:2] for stop in list(trail.stops.all())[:2]]
    return [stamp(holder, stop, day) for stop in stops]


def stamp(holder: Pass, stop: Stop, day: dt.date) -> Stamp:
    return Stamp(holder=holder, stop=stop, stamped_on=month_of(day))
