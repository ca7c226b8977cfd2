"""An event as another site tells it, or as we would tell it: one shape for both.

Two of them are compared field by field: what another site has changed since it was
last read, what we have changed since, and what both have.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from maillage.agenda.choices import Mode, OccurrenceState, Status
from maillage.agenda.models import Event, Occurrence


@dataclass(frozen=True, order=True)
class Time:
    """Once: instants with a zone."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    is_all_day: bool = False
    is_cancelled: bool = False

    def as_row(self) -> list[Any]:
        moments = (self.starts_at, self.ends_at)
        said = [moment.astimezone(dt.UTC).isoformat() for moment in moments]
        return [*said, self.is_all_day, self.is_cancelled]

    @classmethod
    def of_row(cls, row: list[Any]) -> "Time":
        starts, ends = (dt.datetime.fromisoformat(moment) for moment in row[:2])
        return cls(starts, ends, row[2], row[3])


@dataclass(frozen=True)
class Told:
    """What is compared, and below it what only helps when an event is made."""

    name: str = ""
    summary: str = ""
    description: str = ""
    venue: str = ""
    commune: str = ""  # INSEE
    lon: float | None = None
    lat: float | None = None
    mode: str = Mode.ON_SITE
    online_url: str = ""
    min_age: int | None = None
    max_age: int | None = None
    is_free: bool | None = None
    price_note: str = ""
    booking_url: str = ""
    booking_contact: str = ""
    status: str = Status.SCHEDULED
    times: tuple[Time, ...] = ()

    uid: str = field(default="", compare=False)
    sequence: int = field(default=0, compare=False)
    kind: str = field(default="", compare=False)
    themes: tuple[str, ...] = field(default=(), compare=False)
    link: str = field(default="", compare=False)
    picture: str = field(default="", compare=False)
    credit: str = field(default="", compare=False)

    def values(self) -> dict[str, Any]:
        """The compared fields, as they are kept in JSON."""
        found = {name: getattr(self, name) for name in COMPARED}
        found["times"] = [time.as_row() for time in sorted(self.times)]
        return found

    def kept(self) -> dict[str, Any]:
        """What is kept of the last reading: its picture is taken by hand."""
        return {**self.values(), "picture": self.picture, "credit": self.credit}

    def digest(self) -> str:
        said = json.dumps(self.values(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


COMPARED = tuple(one.name for one in fields(Told) if one.compare)

LABELS: dict[str, str | Promise] = {
    "name": _("Nom"),
    "summary": _("Résumé"),
    "description": _("Description"),
    "venue": _("Salle ou adresse"),
    "commune": _("Commune"),
    "lon": _("Longitude"),
    "lat": _("Latitude"),
    "mode": _("Forme"),
    "online_url": _("Lien pour suivre en ligne"),
    "min_age": _("Dès (ans)"),
    "max_age": _("Jusqu’à (ans)"),
    "is_free": _("Gratuit"),
    "price_note": _("Tarif"),
    "booking_url": _("Lien pour s’inscrire"),
    "booking_contact": _("Contact pour s’inscrire"),
    "status": _("Ce qu’il en est"),
    "times": _("Séances"),
}


@dataclass(frozen=True)
class Trouble:
    """What could not be read: where it stands in the file, and what to do."""

    where: str
    message: str


@dataclass(frozen=True)
class Reading:
    """What a file says: events that were understood, and what was not."""

    events: tuple[Told, ...]
    troubles: tuple[Trouble, ...]


def told_of(event: Event, occurrences: Iterable[Occurrence] | None = None) -> Told:
    """Our event in the shape of theirs."""
    rows = event.occurrences.all() if occurrences is None else occurrences
    return Told(
        name=event.name,
        summary=event.summary,
        description=event.description,
        venue=event.venue,
        commune=event.commune_id or "",
        lon=event.lon,
        lat=event.lat,
        mode=event.mode,
        online_url=event.online_url,
        min_age=event.min_age,
        max_age=event.max_age,
        is_free=event.is_free,
        price_note=event.price_note,
        booking_url=event.booking_url,
        booking_contact=event.booking_contact,
        status=event.status,
        times=tuple(sorted(time_of(row) for row in rows)),
        uid=str(event.uid),
        sequence=event.sequence,
        kind=event.kind,
        themes=tuple(event.themes),
    )


def time_of(row: Occurrence) -> Time:
    return Time(
        row.starts_at,
        row.ends_at,
        row.is_all_day,
        row.state == OccurrenceState.CANCELLED,
    )
