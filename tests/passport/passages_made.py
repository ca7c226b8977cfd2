"""Passages of invented holders in a month, for tests of what is counted."""

import datetime as dt
import random

from django.utils import timezone

from maillage.passport.choices import Outcome
from maillage.passport.models import CheckIn
from maillage.passport.pseudonyms import pseudonym
from maillage.passport.services.months import month_key

KINDS, AGES = "PPPPHHA", ("0-5", "6-11", "6-11", "12-17", "12-17", "18-25")


def came(place, *, month="2026-09", number=None, day=5, **fields):
    """One passage; ``number`` is that of a pass, else somebody new."""
    draw = random.Random(str((place.pk, month, number, CheckIn.objects.count())))  # noqa: S311 -- no secret
    number = number or f"{draw.getrandbits(96):024x}"
    secret = month_key(month).secret
    at = timezone.make_aware(dt.datetime.fromisoformat(f"{month}-{day:02d} 14:00"))
    return CheckIn.objects.create(
        **{
            "nonce": f"{draw.getrandbits(128):032x}",
            "place": place,
            "month": month,
            "pseudonym": pseudonym(number, secret=secret) if secret else "",
            "kind": "P",
            "age_band": "12-17",
            "commune": "59350",
            "distance_km": 3.0,
            "outcome": Outcome.ACCEPTED,
            "happened_at": at,
            "happened_on": at.date(),
            "received_at": at,
            **fields,
        }
    )


def crowd(places, *, number, seed=1, month="2026-09", communes=("59350",)):
    """Holders of all sorts who go to some of the places, some of them often."""
    draw = random.Random(seed)  # noqa: S311 -- no secret
    for _rank in range(number):
        kind = draw.choice(KINDS)
        band = draw.choice(AGES) if kind == "P" else ""
        commune = draw.choice(communes)
        holder = f"{draw.getrandbits(96):024x}"
        for _time in range(draw.choice((1, 1, 1, 2, 3))):
            place = draw.choice(places)
            came(
                place, month=month, number=holder, day=draw.randint(1, 28), kind=kind,
                age_band=band, commune=commune, nonce=f"{draw.getrandbits(128):032x}",
                distance_km=float((int(commune[-3:]) * 7 + places.index(place) * 11) % 70),
            )  # fmt: skip
