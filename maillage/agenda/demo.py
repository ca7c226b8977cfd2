"""Events to try the agenda with: what they are is invented, where they are is real.

The same day gives the same events; they go from some weeks ago to some months ahead.
"""

import datetime as dt
import secrets
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from maillage.accounts.models import User
from maillage.agenda.choices import Booking, Mode, OccurrenceState, SignUpState, Status
from maillage.agenda.models import Event, Occurrence, Series, SignUp
from maillage.agenda.services.occurrences import Time, new_occurrence
from maillage.agenda.services.recurrence import SLOT, unroll, weekly
from maillage.catalogue.models import Resource
from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.intake.applying import Slugs, copy_history
from maillage.directory.models import Place, Structure

FILE = Path(settings.BASE) / "data" / "demo" / "events.toml"
SOURCE = "demonstration"
DAY = dt.timedelta(1)
EACH = 5  # events made of each idea
NAMES = ("Famille Delattre", "Lina B.", "Médiathèque, Mme Caron", "Hugo et Inès",
         "Classe de CM1, M. Petit", "Nadia K.", "Famille Wattelet", "Yanis D.",
         "Centre de loisirs des Prés", "Odile V.")  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """What the events are drawn from."""

    rng: np.random.Generator
    today: dt.date
    now: dt.datetime
    places: dict[str, list[Place]]
    home: Structure
    touring: list[Resource]


def is_ready() -> bool:
    """Events of the demonstration have been loaded before."""
    return Event.objects.filter(source=SOURCE).exists()


@transaction.atomic
def load_events(*, now: dt.datetime) -> None:
    """Some 150 events with their times, once; nothing where there is no place."""
    if is_ready():
        return
    rows = Place.objects.published().filter(is_example=False).order_by("pk")
    places: dict[str, list[Place]] = {}
    for place in rows.select_related("structure", "commune"):
        places.setdefault(place.kind, []).append(place)
    home = Structure.objects.published().filter(is_example=True).order_by("pk").first()
    if not places or home is None:
        return
    ground = Ground(
        np.random.default_rng(2026),
        timezone.localdate(now),
        now,
        places,
        home,
        list(
            Resource.objects.published().filter(kind="exhibition").order_by("pk")[:20]
        ),
    )
    write(ground)


def ideas() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))[
        "event"
    ]
    return found


def write(ground: Ground) -> None:
    slugs = Slugs(Event)
    drawn = [
        (event_of(ground, idea, place, slugs, number=rank), idea)
        for rank in range(EACH)
        for idea in ideas()
        if (place := place_for(ground, idea, rank))
    ]
    events = [event for event, _idea in drawn]
    Event.objects.bulk_create(events)
    times: list[Occurrence] = []
    for number, (event, idea) in enumerate(drawn):
        made = times_of(ground, event, idea, number)
        event.first_on = min(one.starts_on for one in made)
        event.last_on = max(one.ends_on for one in made) - DAY
        times += made
    mark(ground, events, times)
    Occurrence.objects.bulk_create(times, batch_size=1000)
    Event.objects.bulk_update(
        events, ["first_on", "last_on", "status", "status_note"], batch_size=100
    )
    sign_people_up(ground, events)
    pks = [event.pk for event in events]
    copy_history(
        Event, pks, kind="+", by=None, now=ground.now, reason="données de démonstration"
    )
    refresh_entries(events)


def place_for(ground: Ground, idea: dict[str, Any], rank: int) -> Place | None:
    """A place that suits: of the kinds named, in turn."""
    suited = [place for kind in idea["places"] for place in ground.places.get(kind, [])]
    if not suited:
        return None
    start = int(ground.rng.integers(len(suited)))
    return suited[(start + rank) % len(suited)]


def event_of(
    ground: Ground, idea: dict[str, Any], place: Place, slugs: Slugs, *, number: int
) -> Event:
    free, here = idea.get("free", False), idea.get("here")
    # The house of the demonstration organises one in six: its accounts can try.
    owner = place.structure if place.structure and place.structure.is_public else None
    if owner is None or (here and number == 0):
        owner = ground.home
    resource = None
    if idea.get("touring") and ground.touring:
        resource = ground.touring[int(ground.rng.integers(len(ground.touring)))]
    return Event(
        name=idea["name"],
        slug=slugs.take(idea["name"]),
        kind=idea["kind"],
        summary=idea["summary"],
        description=f"{idea['summary']}\n\nCet événement est inventé : il montre à quoi "
        "ressemble une fiche.",
        owner=owner,
        place=place,
        mode=Mode.MIXED if idea.get("online") else Mode.ON_SITE,
        online_url="https://exemple.fr/direct" if idea.get("online") else "",
        resource=resource,
        themes=idea["themes"],
        audiences=idea["audiences"],
        access=idea.get("access", []),
        languages=["fr"],
        min_age=idea.get("min_age"),
        max_age=idea.get("max_age"),
        is_free=free,
        price_cents=None if free else idea.get("price"),
        booking=Booking.HERE if here else Booking.NONE,
        capacity=here,
        state=State.PUBLISHED,
        source=SOURCE,
        source_key=secrets.token_hex(6),
        is_example=True,
    )


def times_of(
    ground: Ground, event: Event, idea: dict[str, Any], number: int
) -> list[Occurrence]:
    """Its times by the pattern of its idea; the last events of the list are over."""
    rng, today = ground.rng, ground.today
    if idea["pattern"] == "long":
        first = today - int(rng.integers(5, 50)) * DAY
        days = int(rng.integers(70, 160))
        whole = Time(dt.datetime.combine(first, dt.time()), days * 24 * 60, True)
        return [new_occurrence(event, whole)]
    ahead = int(rng.integers(0, 10 if number % 3 == 0 else 70))
    if number % 8 == 7:
        ahead = -int(rng.integers(10, 60))
    first = today + ahead * DAY
    first += ((idea["weekday"] - first.weekday()) % 7) * DAY
    clock = dt.time.fromisoformat(idea["hour"])
    start = dt.datetime.combine(first, clock)
    if ahead < 0 or idea["pattern"] in {"once", "days"}:
        days = 2 if idea["pattern"] == "days" else 1
        singles = [Time(start + n * DAY, idea["minutes"]) for n in range(days)]
        return [new_occurrence(event, time) for time in singles]
    if idea["pattern"] == "dates":
        return [
            new_occurrence(event, Time(start + weeks * 7 * DAY, idea["minutes"]))
            for weeks in sorted({0, *rng.integers(1, 9, 3).tolist()})
        ]
    return repeated(event, idea, start)


def repeated(
    event: Event, idea: dict[str, Any], start: dt.datetime
) -> list[Occurrence]:
    until = f"{start + 120 * DAY:%Y%m%d}"
    rule = f"{weekly([idea['weekday']])};UNTIL={until}"
    if idea["pattern"] == "monthly":
        rank = min((start.day - 1) // 7 + 1, 4)
        day = "MO TU WE TH FR SA SU".split()[idea["weekday"]]
        start -= max((start.day - 1) // 7 - 3, 0) * 7 * DAY
        rule = f"FREQ=MONTHLY;BYDAY={rank}{day};UNTIL={until}"
    left_out = [f"{(start + 14 * DAY).date()}"] if idea["pattern"] == "weekly" else []
    series = Series.objects.create(
        event=event, starts=start.strftime(SLOT), minutes=idea["minutes"], rule=rule,
        left_out=left_out,
    )  # fmt: skip
    return [
        new_occurrence(
            event, Time(time, idea["minutes"]), series=series, slot=time.strftime(SLOT)
        )
        for time in unroll(start, rule, left_out=left_out).times
    ]


def mark(ground: Ground, events: list[Event], times: list[Occurrence]) -> None:
    """One event cancelled, one put off, times full or called off; figures of the past."""
    open_ = [e for e in events if e.last_on and e.last_on > ground.today + 3 * DAY]
    if len(open_) > 30:
        open_[11].status, open_[11].status_note = (
            Status.CANCELLED,
            "Intervenant souffrant.",
        )
        open_[23].status = Status.POSTPONED
        open_[23].status_note = "Alerte météo : nouvelle date à venir."
    coming = [one for one in times if one.starts_at > ground.now and one.series]
    for one in coming[5::40]:
        one.state = OccurrenceState.FULL
    for one in coming[17::60]:
        one.state, one.note = (
            OccurrenceState.CANCELLED,
            "Salle indisponible ce jour-là.",
        )
        one.is_moved = True
    for one in times:
        if one.ends_at < ground.now and one.ends_on <= ground.today:
            one.attendance = int(ground.rng.integers(12, 180))
            one.school_attendance = int(one.attendance * ground.rng.uniform(0, 0.5))
            one.reported_at = ground.now


def sign_people_up(ground: Ground, events: Iterable[Event]) -> None:
    """People on the next two times of events where one signs up here; one is full."""
    person = User.objects.filter(email="public@exemple.fr").first()
    rows: list[SignUp] = []
    for number, event in enumerate(e for e in events if e.booking == Booking.HERE):
        coming = event.occurrences.filter(starts_at__gt=ground.now, state="scheduled")
        for one in coming.order_by("starts_at")[:2]:
            rows += people_of(ground, one, event.capacity or 10, fills=number == 0)
            if number < 2 and person and rows:
                rows[-1].user, rows[-1].email = person, person.email
    SignUp.objects.bulk_create(rows)


def people_of(
    ground: Ground, one: Occurrence, most: int, *, fills: bool
) -> list[SignUp]:
    found, taken = [], 0
    for rank, name in enumerate(NAMES):
        seats = int(ground.rng.integers(1, 4))
        fits = taken + seats <= most
        if not fits and not fills:
            break
        taken += seats if fits else 0
        found.append(
            SignUp(
                occurrence=one,
                name=name,
                email=f"visiteur{rank}@exemple.fr",
                seats=seats,
                is_school="Classe" in name,
                state=SignUpState.CONFIRMED if fits else SignUpState.WAITING,
                token=secrets.token_urlsafe(24),
                asked_at=ground.now - dt.timedelta(hours=10 - rank),
            )
        )
    if taken == most:
        Occurrence.objects.filter(pk=one.pk).update(state=OccurrenceState.FULL)
    return found
