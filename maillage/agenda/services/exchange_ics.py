"""Occurrences as an iCalendar feed (RFC 5545, RFC 7986).

Written line by line: a feed of hundreds of entries is asked for again and again, and
the library that reads calendars takes longer to write one than all the rest of the
page. Tests read every feed back with that library.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from django.conf import settings

from maillage.agenda.choices import Mode, OccurrenceState, Status
from maillage.agenda.models import Event, Occurrence
from maillage.core import vocab

WIDTH = 75  # octets of a line, RFC 5545 3.1
ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
#: RFC 5545 forbids them in text; some programs stop reading there.
CONTROLS = {code: None for code in range(32) if code not in (9, 10, 13)} | {127: None}
MOST_WORDS = 2000  # of a description, in letters
REFRESH = "PT6H"


def host_name() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def calendar_of(
    occurrences: Iterable[Occurrence], *, name: str, url: str = ""
) -> bytes:
    """A calendar of occurrences, with their events, places and communes read before.

    Each occurrence keeps its UID for ever; SEQUENCE rises with every change of the
    event or of the occurrence; what is cancelled stays and says so.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Maillage//Agenda//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{text(name)}",
        f"NAME:{text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    if url:
        lines.append(f"URL:{url}")
    said: dict[int, list[str]] = {}
    for occurrence in occurrences:
        event = occurrence.event
        if event.pk not in said:  # what all occurrences of an event have in common
            said[event.pk] = list(event_lines(event))
        lines += occurrence_lines(occurrence, said[event.pk])
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def occurrence_lines(occurrence: Occurrence, common: list[str]) -> list[str]:
    event = occurrence.event
    changed = instant(event.changed_at)
    if occurrence.is_all_day:
        when = [
            f"DTSTART;VALUE=DATE:{occurrence.starts_on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{occurrence.ends_on:%Y%m%d}",
        ]
    else:
        when = [
            f"DTSTART:{instant(occurrence.starts_at)}",
            f"DTEND:{instant(occurrence.ends_at)}",
        ]
    return [
        "BEGIN:VEVENT",
        f"UID:{event.uid}-{occurrence.pk}@{host_name()}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{event.sequence + occurrence.sequence}",
        f"STATUS:{status_of(occurrence)}",
        *when,
        *common,
        "END:VEVENT",
    ]


def status_of(occurrence: Occurrence) -> str:
    """A postponed occurrence has no date yet: whoever follows it must not come."""
    if occurrence.state == OccurrenceState.CANCELLED:
        return "CANCELLED"
    if occurrence.event.status != Status.SCHEDULED:
        return "CANCELLED"
    return "CONFIRMED"


def event_lines(event: Event) -> Iterator[str]:
    yield f"SUMMARY:{text(event.name)}"
    if words := described(event):
        yield f"DESCRIPTION:{text(words)}"
    if where := location(event):
        yield f"LOCATION:{text(where)}"
    if event.mode != Mode.ONLINE and (point := event.position):
        yield f"GEO:{point[1]:.6f};{point[0]:.6f}"
    yield f"URL:{settings.SITE_URL}{event.get_absolute_url()}"
    labels = [event.category_label, *vocab.labels("themes", event.themes)]
    yield f"CATEGORIES:{','.join(text(label) for label in labels)}"
    if event.online_url and event.mode != Mode.ON_SITE:
        yield f"CONFERENCE;VALUE=URI:{event.online_url}"
    if event.picture:
        yield f"IMAGE;VALUE=URI;DISPLAY=BADGE:{settings.SITE_URL}{event.picture.url}"
    yield f"CONTACT:{text(event.owner_name)}"


def described(event: Event) -> str:
    parts = [event.status_note, event.summary, event.description[:MOST_WORDS]]
    return "\n\n".join(part for part in parts if part)


def location(event: Event) -> str:
    """The place, the room or street, and the commune, each once."""
    place = event.place.name if event.place else ""
    parts = [place, event.venue, event.commune_name]
    return ", ".join(part for part in dict.fromkeys(parts) if part)


def instant(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def text(value: str) -> str:
    return value.translate(CONTROLS).translate(ESCAPES)


def folded(line: str) -> bytes:
    """A content line of at most 75 octets each, no letter cut in two."""
    raw = line.encode()
    if len(raw) <= WIDTH:
        return raw + b"\r\n"
    parts = []
    start, room = 0, WIDTH
    while len(raw) - start > room:
        end = start + room
        while raw[end] & 0xC0 == 0x80:  # inside a letter of several octets
            end -= 1
        parts.append(raw[start:end])
        start, room = end, WIDTH - 1  # the space that opens a continuation counts
    parts.append(raw[start:])
    return b"\r\n ".join(parts) + b"\r\n"
