"""What some real places of the demonstration would give: all of it is invented.

Each benefit says so. The same day gives the same ones.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.agenda.models import Event
from maillage.directory.models import Place
from maillage.passport.choices import AgeBand, Gives, Limit, PassKind
from maillage.passport.models import Benefit
from maillage.passport.services.benefit_events import follow_benefits

YOUNG = [AgeBand.UNDER_6, AgeBand.UNDER_12, AgeBand.UNDER_18]
TOGETHER = [PassKind.PERSON, PassKind.HOUSEHOLD]
#: Kinds of places in this order, and how many of each give something.
KINDS = (
    ("science_centre", 1), ("planetarium", 3), ("science_museum", 3),
    ("technical_museum", 3), ("museum", 3), ("ecomuseum", 2), ("industrial_site", 1),
    ("mill", 1), ("zoo_aquarium", 1), ("garden", 1), ("nature_centre", 1),
    ("archaeological_park", 1),
)  # fmt: skip
EVENTS = 3


def ideas() -> list[dict[str, Any]]:
    """What is given in turn: free, reduced, priority; to all or some; limits."""
    return [
        {"gives": Gives.FREE, "normal_cents": 700},
        {
            "gives": Gives.REDUCED, "normal_cents": 800, "price_cents": 400,
            "most_companions": 1, "kinds": [*map(str, TOGETHER)],
        },
        {
            "gives": Gives.FREE, "normal_cents": 500, "age_bands": [*map(str, YOUNG)],
            "limit": Limit.ONCE_A_DAY,
        },
        {
            "gives": Gives.FREE, "normal_cents": 650, "limit": Limit.N_A_SEASON,
            "times": 3, "most_companions": 1,
        },
        {"gives": Gives.PRIORITY, "kinds": [str(PassKind.CLASS)]},
        {"gives": Gives.REDUCED, "normal_cents": 1200, "price_cents": 900},
        {"gives": Gives.FREE, "normal_cents": 900, "limit": Limit.ONCE},
    ]  # fmt: skip


def load_benefits(*, today: dt.date) -> None:
    """Some 25 of them, once."""
    if Benefit.objects.exists():
        return
    told = ideas()
    made = [
        Benefit(place=place, label=_("Inventé, pour l’essai"), **told[n % len(told)])
        for n, place in enumerate(places())
    ]
    made += [
        Benefit(
            place=event.place, event=event, gives=Gives.FREE,
            label=_("Inventé, pour l’essai"), normal_cents=event.price_cents or 600,
            most_companions=1,
        )
        for event in coming(today)
    ]  # fmt: skip
    Benefit.objects.bulk_create(made)
    with transaction.atomic():
        follow_benefits(made, today=today)


def places() -> Iterable[Place]:
    """Real places, of varied kinds; one of each first, so that a small region has some."""
    found: list[tuple[int, Place]] = []
    for kind, most in KINDS:
        rows = Place.objects.published().filter(kind=kind, is_example=False)
        found += enumerate(rows.order_by("pk")[:most])
    return [place for _rank, place in sorted(found, key=lambda pair: pair[0])]


def coming(today: dt.date) -> Iterable[Any]:
    """Paying events to come, at a place of the directory."""
    rows = Event.objects.published().upcoming(today).filter(is_free=False)
    rows = rows.exclude(place=None).exclude(status="cancelled")
    return rows.select_related("place").order_by("first_on", "pk")[:EVENTS]
