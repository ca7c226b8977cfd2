"""What is computed of trails: length, time, neighbours, and what a step names."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from maillage.agenda.choices import TrailMode
from maillage.agenda.models import Trail
from maillage.agenda.models.trails import LETTERS, LINKS, MOST_STOPS
from maillage.core.listing import Query, find
from maillage.core.lists import Card, cards
from maillage.core.models import Entry
from maillage.kernels.geo import great_circle_km
from maillage.kernels.travel import DETOUR, car_minutes

#: Kilometres an hour on foot with children, and by bicycle.
SPEEDS = {TrailMode.WALK: 3.5, TrailMode.BICYCLE: 12.0}
#: By bus and train a leg takes longer than by car, and one waits for it.
TRANSIT_FACTOR, TRANSIT_WAIT = 1.5, 10.0
USUAL_STOP = 15
NEAR_KM = 20.0
NEAR = 3

Point = tuple[float, float]


@dataclass(frozen=True)
class Leg:
    """From one stop to the next; unknown where one of them has no position."""

    km: float | None
    minutes: int | None


@dataclass(frozen=True)
class Estimate:
    """What the stops say of the whole: proposed, and changed by who knows better."""

    km: float | None
    minutes: int | None


def legs(points: Sequence[Point | None], mode: str) -> list[Leg]:
    """The way from each point to the next: crow's flight lengthened as roads are."""
    found = []
    for start, end in pairwise(points):
        if start is None or end is None:
            found.append(Leg(None, None))
            continue
        crow = float(
            great_circle_km(
                np.array(start[0]),
                np.array(start[1]),
                np.array(end[0]),
                np.array(end[1]),
            )
        )
        found.append(Leg(round(crow * DETOUR, 2), way_minutes(crow, mode)))
    return found


def way_minutes(crow_km: float, mode: str) -> int | None:
    """Minutes for a leg; at one's own pace nobody can say."""
    if mode in SPEEDS:
        return round(crow_km * DETOUR / SPEEDS[TrailMode(mode)] * 60)
    by_car = float(car_minutes(np.array(crow_km)))
    if mode == TrailMode.CAR:
        return round(by_car)
    if mode == TrailMode.TRANSIT:
        return round(by_car * TRANSIT_FACTOR + TRANSIT_WAIT) if crow_km > 0.3 else 5
    return None


def estimate(
    points: Sequence[Point | None], *, minutes: Iterable[int | None], mode: str
) -> Estimate:
    """Length and time of a trail: the legs between points that are known, and the stops.

    A stop that says nothing counts for a quarter of an hour. Nothing without stops.
    """
    known = [at for at in points if at is not None]
    stays = [USUAL_STOP if one is None else one for one in minutes]
    if not stays:
        return Estimate(None, None)
    ways = legs(known, mode)
    km = round(sum(leg.km or 0 for leg in ways), 1) if len(known) > 1 else None
    on_the_way = sum(leg.minutes or 0 for leg in ways)
    total = sum(stays) + on_the_way
    return Estimate(km, int(round(total / 5) * 5) or None)


def estimate_steps(steps: Sequence[Mapping[str, Any]], *, mode: str) -> Estimate:
    """The estimate of steps that are not saved yet."""
    from_things = positions(steps)
    return estimate(from_things, minutes=[step["minutes"] for step in steps], mode=mode)


def positions(steps: Sequence[Mapping[str, Any]]) -> list[Point | None]:
    """Where steps are: their own point, else that of what they lead to."""
    found: list[Point | None] = []
    things = named_things(steps)
    for step in steps:
        if step["lon"] is not None and step["lat"] is not None:
            found.append((step["lon"], step["lat"]))
        else:
            thing = things.get((step["kind"], step["slug"]))
            found.append(thing.position if thing is not None else None)
    return found


def named_things(steps: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    """The rows that steps lead to, with what their position needs."""
    found: dict[tuple[str, str], Any] = {}
    for kind, model in LINKS.items():
        slugs = {step["slug"] for step in steps if step["kind"] == kind}
        if slugs:
            rows = model.objects.filter(slug__in=slugs)
            rows = rows.select_related(*model.entry_related)
            found |= {(kind, row.slug): row for row in rows}
    return found


# What a step names ------------------------------------------------------------------


def label_of(name: str, commune: str) -> str:
    return f"{name} ({commune})" if commune else name


def suggested(text: str, *, limit: int = 8) -> list[Entry]:
    """Published places, events and resources for the box of a step."""
    found = find(Query(kinds=tuple(LINKS), text=text))
    return list(found.page(1, limit))


def meant(text: str) -> Entry:
    """The one published thing that a text names, as the suggestions write it.

    A place goes before an event, an event before a resource. Raises ``ValidationError``.
    """
    name, town = text, ""
    if text.endswith(")") and " (" in text:
        name, _bracket, town = text[:-1].rpartition(" (")
    rows = Entry.objects.all().public().filter(kind__in=LINKS)
    found = list(rows.filter(name__iexact=name, commune_name__iexact=town)[:20])
    found = found or list(rows.filter(name__iexact=text)[:20])
    order = list(LINKS)
    first = [
        row
        for row in found
        if row.kind == min((r.kind for r in found), key=order.index)
    ]
    if len(first) == 1:
        return first[0]
    if first:
        raise ValidationError(
            _("plusieurs fiches s’appellent « %(text)s » : précisez la commune.")
            % {"text": text}
        )
    raise ValidationError(
        _(
            "aucun lieu, événement ou ressource ne s’appelle « %(text)s » : choisissez "
            "dans les suggestions, ou laissez vide et donnez un titre."
        )
        % {"text": text}
    )


def new_key(taken: Iterable[str]) -> str:
    """A word for a step that no other step of the trail has."""
    known = {*taken}
    while (key := "".join(secrets.choice(LETTERS.lower()) for _n in range(6))) in known:
        pass
    return key


def moved_rows(rows: list[Any], action: str) -> list[Any]:
    """Rows after « up:2 », « down:1 », « remove:3 » or « add:0 »; counted from one.

    What is out of range changes nothing.
    """
    verb, _colon, number = action.partition(":")
    at = int(number) - 1 if number.isdecimal() else -1
    rows = list(rows)
    if verb == "add" and len(rows) < MOST_STOPS:
        return [*rows, None]
    if not 0 <= at < len(rows):
        return rows
    if verb == "remove":
        return rows[:at] + rows[at + 1 :]
    other = at - 1 if verb == "up" else at + 1 if verb == "down" else at
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    return rows


# Neighbours -------------------------------------------------------------------------


def trails_by(place: Any) -> tuple[list[Trail], list[Card]]:
    """Trails that stop at a place, and the nearest of the others."""
    here = list(
        Trail.objects.all()
        .published()
        .filter(stops__place=place)
        .distinct()
        .order_by("name")[:NEAR]
    )
    if place.position is None:
        return here, []
    mine = {trail.pk for trail in here}
    around = find(Query(kinds=("trail",), near=place.position, within_km=NEAR_KM))
    rows = [r for r in around.page(1, NEAR + len(mine)) if r.object_id not in mine]
    return here, cards(rows[: max(NEAR - len(here), 0)])
