"""OpenAgenda's JSON in and out: its export of events, with external ids.

Limits of the format (title 140 letters, description 200, long description 10,000,
tariff 255; at most 800 timings of 24 hours) are kept when writing and checked when
reading. https://developers.openagenda.com
"""

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from maillage.agenda.choices import Mode, OccurrenceState, Status
from maillage.agenda.models import Event, Occurrence
from maillage.agenda.services.exchange_ics import described
from maillage.agenda.services.exchange_ics_read import one_line, shortened, text, web
from maillage.agenda.services.exchange_rules import EARLIEST, LATEST
from maillage.agenda.services.exchange_told import Reading, Time, Told, Trouble
from maillage.agenda.services.recurrence import PARIS, instant
from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.territories.names import fold

MOST_BYTES = 30 * 1024 * 1024
MOST_EVENTS = 10_000
MOST_TIMINGS = 800
LONGEST = dt.timedelta(hours=24)
TITLE, SHORT, LONG, TARIFF, KEYWORDS = 140, 200, 10_000, 255, 255

#: ``status`` of OpenAgenda: scheduled, rescheduled, moved online, postponed, full, cancelled.
SCHEDULED, RESCHEDULED, MOVED_ONLINE, POSTPONED, FULL, CANCELLED = range(1, 7)
STATUSES = {POSTPONED: Status.POSTPONED, CANCELLED: Status.CANCELLED}
#: ``attendanceMode``: offline, online, mixed.
MODES = {1: Mode.ON_SITE, 2: Mode.ONLINE, 3: Mode.MIXED}
FREE = re.compile(r"gratuit|entrée libre|free", re.I)


def read_openagenda(data: bytes, *, now: dt.datetime) -> Reading:
    """Understand an export of OpenAgenda, a page of its API or one event.

    Refuses with ``too_large``, ``not_openagenda`` or ``too_many``.
    """
    rows = rows_of(data)
    if len(rows) > MOST_EVENTS:
        raise Refused(
            "too_many",
            _("Le fichier contient plus de %(most)s événements : séparez-le.")
            % {"most": MOST_EVENTS},
        )
    events, troubles = [], []
    for number, row in enumerate(rows, 1):
        found, amiss = event_of(row, number=number)
        troubles += amiss
        if found is not None:
            events.append(found)
    return Reading(tuple(events), tuple(troubles))


def rows_of(data: bytes) -> list[Any]:
    if len(data) > MOST_BYTES:
        raise Refused(
            "too_large",
            _("Le fichier dépasse 30 Mo : exportez une période plus courte."),
        )
    wrong = Refused(
        "not_openagenda",
        _("Ce fichier n’est pas un export OpenAgenda : il doit contenir une liste « events » en JSON."),
    )  # fmt: skip
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise wrong from error
    if isinstance(found, dict):
        found = found.get("events", [found.get("event", found)])
    if not isinstance(found, list):
        raise wrong
    if found and not any(isinstance(row, dict) and "uid" in row for row in found):
        raise wrong
    return found


def event_of(row: Any, *, number: int) -> tuple[Told | None, list[Trouble]]:
    if not isinstance(row, dict):
        return None, [Trouble(_("événement %(n)s") % {"n": number}, _("Ce n’est pas un événement : il est laissé de côté."))]  # fmt: skip
    name = one_line(said(row.get("title")), 200)
    place = _("événement %(n)s « %(name)s »") % {"n": number, "name": name[:60]}
    uid = one_line(row.get("uid"), 255)
    if not uid or not name:
        return None, [Trouble(place, _("Il manque l’identifiant (uid) ou le titre : l’événement est laissé de côté."))]  # fmt: skip
    times, amiss = timings(row.get("timings"))
    troubles = [Trouble(place, message) for message in amiss]
    if not times:
        if not amiss:
            troubles.append(Trouble(place, _("Aucune séance (timings) : l’événement est laissé de côté.")))  # fmt: skip
        return None, troubles
    return told(row, uid=uid, name=name, times=times), troubles


def told(row: dict[str, Any], *, uid: str, name: str, times: tuple[Time, ...]) -> Told:
    where = row["location"] if isinstance(row.get("location"), dict) else {}
    tariff = one_line(said(row.get("conditions")), 300)
    link, contact = registration(row.get("registration"))
    ages = row["age"] if isinstance(row.get("age"), dict) else {}
    words = text(said(row.get("longDescription")))
    lat, lon = (
        number_in(where.get("latitude"), 90),
        number_in(where.get("longitude"), 180),
    )
    return Told(
        uid=uid,
        name=name,
        summary=shortened(text(said(row.get("description"))) or words),
        description=words,
        venue=one_line(", ".join(str(where[part]) for part in ("name", "address") if where.get(part)), 200),
        commune=one_line(where.get("insee"), 5),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        mode=MODES.get(integer(row.get("attendanceMode")) or 1, Mode.ON_SITE),
        online_url=web(row.get("onlineAccessLink")),
        min_age=integer(ages.get("min")),
        max_age=integer(ages.get("max")),
        is_free=True if FREE.search(tariff) else None,
        price_note=tariff,
        booking_url=link,
        booking_contact=contact,
        status=STATUSES.get(integer(row.get("status")) or SCHEDULED, Status.SCHEDULED),
        times=times,
        themes=themes_of(row),
        link=web(row.get("canonicalUrl") or row.get("link")),
        picture=picture(row.get("image")),
        credit=one_line(row.get("imageCredits"), 200),
    )  # fmt: skip


def picture(found: Any) -> str:
    """The address of its picture, whole or in two parts."""
    if not isinstance(found, dict):
        return web(found)
    base, name = (one_line(found.get(part), 250) for part in ("base", "filename"))
    return web(base + name) if name else ""


def said(found: Any) -> Any:
    """A text of several languages: French, else the first that is not empty."""
    if not isinstance(found, dict):
        return found
    return found.get("fr") or next((one for one in found.values() if one), "")


def timings(found: Any) -> tuple[tuple[Time, ...], list[str]]:
    """Times in order; two that overlap are one, and one of over 24 hours is refused."""
    if not isinstance(found, list):
        return (), []
    amiss, times = [], []
    for timing in found[:MOST_TIMINGS]:
        try:
            starts, ends = (moment(timing[name]) for name in ("begin", "end"))
        except (KeyError, TypeError, ValueError, OverflowError):
            amiss.append(_("Une séance n’a pas de début ou de fin lisibles : elle est laissée de côté."))  # fmt: skip
            continue
        if ends < starts:
            amiss.append(_("Une séance finit avant de commencer : elle est laissée de côté."))  # fmt: skip
        elif ends - starts > LONGEST:
            amiss.append(_("Une séance dure plus de 24 heures (%(day)s) : coupez-la jour par jour dans OpenAgenda.") % {"day": f"{starts:%d/%m/%Y}"})  # fmt: skip
        else:
            times.append(Time(starts, ends))
    if len(found) > MOST_TIMINGS:
        amiss.append(_("Seules les %(most)s premières séances sont reprises.") % {"most": MOST_TIMINGS})  # fmt: skip
    joined = merged(sorted(set(times)))
    if len(joined) < len(set(times)):
        amiss.append(_("Des séances se chevauchent : elles sont réunies en une seule."))
    return joined, amiss


def merged(times: list[Time]) -> tuple[Time, ...]:
    found: list[Time] = []
    for time in times:
        if found and time.starts_at < found[-1].ends_at:
            last = found.pop()
            found.append(Time(last.starts_at, max(last.ends_at, time.ends_at)))
        else:
            found.append(time)
    return tuple(found)


def moment(found: Any) -> dt.datetime:
    read = dt.datetime.fromisoformat(str(found))
    if not EARLIEST <= read.year <= LATEST:
        raise ValueError(found)
    return instant(read) if read.tzinfo is None else read.astimezone(dt.UTC)


def registration(found: Any) -> tuple[str, str]:
    """The first link, and the first telephone or e-mail address."""
    link = contact = ""
    for one in found if isinstance(found, list) else []:
        address = one_line(one.get("value") if isinstance(one, dict) else one, 500)
        if web(address):
            link = link or address
        else:
            contact = contact or address[:200]
    return link, contact


def themes_of(row: dict[str, Any]) -> tuple[str, ...]:
    """Our themes among its keywords, by their labels."""
    words = said(row.get("keywords"))
    if isinstance(words, str):
        words = words.split(",")
    listed = words if isinstance(words, list) else []
    asked = {fold(str(word)) for word in listed if word}
    return tuple(
        slug
        for slug, term in vocab.terms("themes").items()
        if {fold(slug), fold(term.label_fr)} & asked
    )


def integer(found: Any) -> int | None:
    try:
        read = int(found)
    except (TypeError, ValueError, OverflowError):
        return None
    return read if 0 <= read <= 120 else None


def number_in(found: Any, most: float) -> float | None:
    try:
        read = float(found)
    except (TypeError, ValueError):
        return None
    return read if abs(read) <= most else None


def write_openagenda(
    events: Iterable[Event], *, occurrences: dict[int, list[Occurrence]]
) -> dict[str, Any]:
    """Our events as OpenAgenda reads them: ``uid`` is ours, whatever is sent again."""
    rows = [row_of(event, occurrences.get(event.pk, [])) for event in events]
    return {"success": True, "total": len(rows), "events": rows}


def row_of(event: Event, occurrences: list[Occurrence]) -> dict[str, Any]:
    commune = event.commune or (event.place.commune if event.place else None)
    lon, lat = event.position or (None, None)
    tariff = event.price_note or (_("Gratuit") if event.is_free else "")
    words = ", ".join(vocab.labels("themes", event.themes))[:KEYWORDS]
    registration = [one for one in (event.booking_url, event.booking_contact) if one]
    return {
        "uid": str(event.uid),
        "externalId": str(event.uid),
        "slug": event.slug,
        "title": {"fr": event.name[:TITLE]},
        "description": {"fr": (event.summary or described(event))[:SHORT]},
        "longDescription": {"fr": event.description[:LONG]},
        "conditions": {"fr": tariff[:TARIFF]},
        "keywords": {"fr": words.split(", ") if words else []},
        "status": status_of(event, occurrences),
        "attendanceMode": {mode: code for code, mode in MODES.items()}[
            Mode(event.mode)
        ],
        "onlineAccessLink": event.online_url or None,
        "age": {"min": event.min_age, "max": event.max_age},
        "registration": [{"type": kind_of(one), "value": one} for one in registration],
        "accessibility": {"mi": "wheelchair" in event.access},
        "timings": timings_of(occurrences),
        "location": {
            "name": event.place.name if event.place else event.venue,
            "address": event.place.street if event.place else event.venue,
            "city": commune.name if commune else None,
            "insee": commune.insee if commune else None,
            "latitude": lat,
            "longitude": lon,
        },
        "canonicalUrl": settings.SITE_URL + event.get_absolute_url(),
        "updatedAt": event.changed_at.astimezone(dt.UTC).isoformat(),
    }


def kind_of(address: str) -> str:
    if web(address):
        return "link"
    return "email" if "@" in address else "phone"


def status_of(event: Event, occurrences: list[Occurrence]) -> int:
    if event.status == Status.CANCELLED:
        return CANCELLED
    if event.status == Status.POSTPONED:
        return POSTPONED
    held = [row for row in occurrences if row.state != OccurrenceState.CANCELLED]
    if occurrences and not held:
        return CANCELLED
    if held and all(row.state == OccurrenceState.FULL for row in held):
        return FULL
    return SCHEDULED


def timings_of(occurrences: list[Occurrence]) -> list[dict[str, str]]:
    """What is held; longer than a day, it is cut: OpenAgenda takes 24 hours at most."""
    found: list[dict[str, str]] = []
    for row in occurrences:
        if row.state == OccurrenceState.CANCELLED:
            continue
        start = row.starts_at
        while start < row.ends_at or start == row.starts_at == row.ends_at:
            end = min(start + LONGEST, row.ends_at)
            said = [one.astimezone(PARIS).isoformat() for one in (start, end)]
            found.append(dict(zip(("begin", "end"), said, strict=True)))
            if end == row.ends_at:
                break
            start = end
    return found[:MOST_TIMINGS]
