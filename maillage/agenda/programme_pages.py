"""What the pages and papers of a programme show: its moments by department and day."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from maillage.agenda.choices import Mode
from maillage.agenda.models import Occurrence, Programme
from maillage.core import vocab
from maillage.core.dates import day_words
from maillage.core.money import format_cents
from maillage.territories.models import Department

ONLINE = "en-ligne"
#: Beyond this, a page shows one department at a time until one chooses.
MANY = 150


@dataclass(frozen=True)
class Moment:
    """One occurrence on one of its days, as a line of the programme."""

    event: Any
    occurrence: Occurrence
    day: dt.date
    area: str
    commune: str
    where: str
    hours: str
    facts: tuple[str, ...]
    is_cancelled: bool
    is_full: bool


@dataclass(frozen=True)
class Day:
    date: dt.date
    moments: Sequence[Moment]


@dataclass(frozen=True)
class Area:
    code: str
    name: str
    days: Sequence[Day]

    @property
    def events(self) -> int:
        return len({m.event.pk for day in self.days for m in day.moments})


@dataclass(frozen=True)
class Choice:
    """A department or a day that one may choose, and how many events it has."""

    value: str
    label: str
    count: int
    chosen: bool


def moments_of(programme: Programme) -> list[Moment]:
    """All lines of the programme, by department, day and hour: one query."""
    rows = Occurrence.objects.all().shown()
    rows = rows.overlapping(programme.starts_on, programme.ends_on)
    rows = rows.filter(event__programme=programme).select_related(
        "event__owner",
        "event__place__commune",
        "event__commune",
    )
    found = [
        moment(row, day)
        for row in rows
        for day in days_of(row, programme.starts_on, programme.ends_on)
    ]
    return sorted(
        found,
        key=lambda m: (m.area, m.day, m.occurrence.starts_at, m.commune, m.event.pk),
    )


def days_of(row: Occurrence, start: dt.date, end: dt.date) -> Iterable[dt.date]:
    first, last = max(row.starts_on, start), min(row.ends_on, end)
    return (first + dt.timedelta(n) for n in range((last - first).days))


def moment(row: Occurrence, day: dt.date) -> Moment:
    event = row.event
    home = event.commune or (event.place.commune if event.place else None)
    where = event.place.name if event.place else event.venue
    return Moment(
        event=event,
        occurrence=row,
        day=day,
        area=home.department_id if home else ONLINE,
        commune=home.name if home else _("En ligne"),
        where=where,
        hours=hours(row),
        facts=tuple(facts(event)),
        is_cancelled=row.is_cancelled,
        is_full=row.state == "full",
    )


def hours(row: Occurrence) -> str:
    """« 14 h – 17 h 30 », or the whole day."""
    if row.is_all_day:
        return _("toute la journée")
    return f"{hour(row.starts_at)} – {hour(row.ends_at)}"


def hour(at: dt.datetime) -> str:
    local = timezone.localtime(at)
    return time_format(local, _("G \\h i")).removesuffix(" 00")


def facts(event: Any) -> Iterable[str]:
    """What a family asks first: the price, the age, how to book, the wheelchair."""
    if event.is_free:
        yield _("gratuit")
    elif event.price_cents:
        yield format_cents(event.price_cents)
    if event.min_age:
        yield _("dès %(n)s ans") % {"n": event.min_age}
    if event.booking != "none":
        yield _("sur inscription")
    if event.mode != Mode.ON_SITE:
        yield _("en ligne")
    if "wheelchair" in event.access:
        yield _("accessible en fauteuil")
    if "school_groups" in event.audiences:
        yield _("scolaires")


def grouped(moments: Iterable[Moment]) -> list[Area]:
    names = dict(Department.objects.values_list("code", "name"))
    return [
        Area(
            code,
            names.get(code, _("En ligne")),
            [
                Day(date, list(lines))
                for date, lines in groupby(inside, key=lambda m: m.day)
            ],
        )
        for code, inside in groupby(moments, key=lambda m: m.area)
    ]


def listing(
    programme: Programme, *, area: str, day: str, audience: str = ""
) -> dict[str, Any]:
    """What the public page shows of the programme, for a department and a day."""
    everything = moments_of(programme)
    audiences = sorted({a for m in everything for a in m.event.audiences})
    if audience in audiences:
        everything = [m for m in everything if audience in m.event.audiences]
    areas = {m.area for m in everything}
    chosen = area if area in areas else ""
    if not chosen and not day and len(everything) > MANY:
        chosen = min(areas)
    shown = [m for m in everything if not chosen or m.area == chosen]
    date = next((m.day for m in everything if m.day.isoformat() == day), None)
    return {
        "areas": grouped(m for m in shown if date is None or m.day == date),
        "area_choices": area_choices(everything, chosen=chosen),
        "day_choices": day_choices(shown, chosen=date),
        "audience_choices": [
            Choice(slug, vocab.label("audiences", slug), 0, slug == audience)
            for slug in audiences
        ],
        "area": chosen,
        "day": date.isoformat() if date else "",
        "audience": audience if audience in audiences else "",
        **totals(everything),
    }


def area_choices(moments: Sequence[Moment], *, chosen: str) -> list[Choice]:
    names = dict(Department.objects.values_list("code", "name"))
    pairs = {(m.area, m.event.pk) for m in moments}
    counts = Counter(area for area, _pk in pairs)
    return [
        Choice(code, names.get(code, _("En ligne")), counts[code], code == chosen)
        for code in sorted(counts)
    ]


def day_choices(moments: Sequence[Moment], *, chosen: dt.date | None) -> list[Choice]:
    pairs = {(m.day, m.event.pk) for m in moments}
    counts = Counter(day for day, _pk in pairs)
    return [
        Choice(day.isoformat(), day_words(day, "D j M"), counts[day], day == chosen)
        for day in sorted(counts)
    ]


def totals(moments: Sequence[Moment]) -> dict[str, int]:
    """How much there is: facts that the list itself shows."""
    return {
        "event_count": len({m.event.pk for m in moments}),
        "commune_count": len({m.commune for m in moments if m.area != ONLINE}),
        "organiser_count": len({m.event.owner_id for m in moments}),
    }


def points(programme: Programme) -> list[dict[str, Any]]:
    """The events of a programme as GeoJSON features, one an event."""
    found = {}
    for one in moments_of(programme):
        at = one.event.position
        if at and one.event.pk not in found and not one.is_cancelled:
            found[one.event.pk] = {
                "type": "Feature",
                "id": one.event.slug,
                "geometry": {"type": "Point", "coordinates": [*at]},
                "properties": {
                    "name": one.event.name,
                    "where": one.where or one.commune,
                    "url": one.event.get_absolute_url(),
                },
            }
    return list(found.values())
