"""Read an iCalendar file into events: RFC 5545 as it is met, not only as it is written."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import nh3
from django.utils.translation import gettext as _
from icalendar import Calendar, Component as Entry

from maillage.agenda.choices import Mode, Status
from maillage.agenda.services.exchange_rules import (
    AHEAD,
    BEHIND,
    DAY,
    EARLIEST,
    LATEST,
    LONGEST,
    out_of_calendar,
    repeated,
    unreadable,
)
from maillage.agenda.services.exchange_told import Reading, Time, Told, Trouble
from maillage.agenda.services.recurrence import ZONE, bounds, instant
from maillage.core.errors import Refused

MOST_BYTES = 10 * 1024 * 1024
MOST_EVENTS = 5000
MOST_TIMES = 800  # of one event, what OpenAgenda takes, too
#: A long line goes on after it, at times in the middle of a letter.
FOLD = re.compile(rb"\r?\n[ \t]")
MINUTE = dt.timedelta(minutes=1)
UNREADABLE = (ValueError, IndexError, KeyError, TypeError, AttributeError)
WEB = ("http://", "https://")


def read_icalendar(data: bytes, *, now: dt.datetime) -> Reading:
    """Understand what can be understood, and say what could not.

    A repetition becomes its occurrences from a year ago to two years ahead, 800 at
    most. Refuses with ``too_large``, ``not_a_calendar`` or ``too_many``.
    """
    troubles: list[Trouble] = []
    calendar = parsed(data, troubles)
    entries: dict[str, list[Entry]] = {}
    for number, entry in enumerate(calendar.walk("VEVENT"), 1):
        uid = one_line(entry.get("uid"), 255)
        if not uid:
            troubles.append(Trouble(where(entry, number), _("L’événement n’a pas d’identifiant (UID) : il est laissé de côté, car il serait repris à chaque lecture.")))  # fmt: skip
            continue
        entries.setdefault(uid, []).append(entry)
    if len(entries) > MOST_EVENTS:
        raise Refused(
            "too_many",
            _("Le calendrier contient plus de %(most)s événements : séparez-le.")
            % {"most": MOST_EVENTS},
        )
    events = []
    for number, (uid, group) in enumerate(entries.items(), 1):
        told = event_of(uid, group, number=number, now=now, troubles=troubles)
        if told is not None:
            events.append(told)
    return Reading(tuple(events), tuple(troubles))


def parsed(data: bytes, troubles: list[Trouble]) -> Calendar:
    if len(data) > MOST_BYTES:
        raise Refused(
            "too_large",
            _("Le fichier dépasse 10 Mo : exportez une période plus courte."),
        )
    data = FOLD.sub(b"", data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        troubles.append(Trouble(_("fichier"), _("Le fichier n’est pas en UTF-8 : vérifiez les lettres accentuées.")))  # fmt: skip
    try:
        calendar = Calendar.from_ical(text.replace("\x00", ""))
    except UNREADABLE as error:
        raise not_a_calendar() from error
    if not isinstance(calendar, Calendar):
        raise not_a_calendar()
    return calendar


def not_a_calendar() -> Refused:
    return Refused(
        "not_a_calendar",
        _("Ce fichier n’est pas un calendrier iCalendar (.ics). Il doit commencer par BEGIN:VCALENDAR."),
    )  # fmt: skip


def where(entry: Entry, number: int) -> str:
    name = one_line(entry.get("summary"), 60)
    if name:
        return _("événement %(n)s « %(name)s »") % {"n": number, "name": name}
    return _("événement %(n)s") % {"n": number}


def event_of(
    uid: str,
    group: list[Entry],
    *,
    number: int,
    now: dt.datetime,
    troubles: list[Trouble],
) -> Told | None:
    """One event of the entries that share its UID: the rule, and what moved."""
    main = next((one for one in group if "recurrence-id" not in one), group[0])
    place = where(main, number)

    def tell(message: str) -> None:
        troubles.append(Trouble(place, message))

    name = one_line(main.get("summary"), 200)
    if not name:
        tell(_("L’événement n’a pas de titre (SUMMARY) : il est laissé de côté."))
        return None
    times: dict[dt.datetime, Time] = {}
    for entry in sorted(group, key=lambda one: "recurrence-id" in one):
        try:
            add_times(times, entry, now=now)
        except Refused as no:
            tell(no.message)
    if not times and not told_before(troubles, place):
        tell(_("Aucune séance lisible entre l’an dernier et dans deux ans : l’événement est laissé de côté."))  # fmt: skip
    if not times:
        return None
    told = fields_of(main, name=name)
    kept = tuple(sorted(times.values()))
    if len(kept) > MOST_TIMES:
        tell(_("Seules les %(most)s premières séances sont reprises.") % {"most": MOST_TIMES})  # fmt: skip
    if str(main.get("status", "")).upper() == "CANCELLED":
        told = replace(told, status=Status.CANCELLED)
    sequence = max(whole(one.get("sequence")) for one in group)
    return replace(told, uid=uid, sequence=sequence, times=kept[:MOST_TIMES])


def told_before(troubles: list[Trouble], place: str) -> bool:
    return bool(troubles) and troubles[-1].where == place


def add_times(
    times: dict[dt.datetime, Time], entry: Entry, *, now: dt.datetime
) -> None:
    """Put the occurrences of an entry under the instants that the rule gives them."""
    start, end, all_day = span(entry)
    if (moved := entry.get("recurrence-id")) is not None:
        if not EARLIEST <= start.year <= end.year <= LATEST:
            raise out_of_calendar()
        slot = instant_of(moved.dt)
        cancelled = str(entry.get("status", "")).upper() == "CANCELLED"
        times[slot] = Time(start, end, all_day, cancelled)
        return
    zone, first, last = zone_of(entry), now - BEHIND, now + AHEAD
    begins = local(start, zone)
    # As long on the clock as the first one, whatever the season.
    lasts = max(local(end, zone) - begins, dt.timedelta()) or end - start
    for moment in expanded(entry, begins, zone=zone, first=first, last=last):
        pair = bounds(moment, lasts / MINUTE, zone=zone)
        if moment == begins:
            pair = start, end  # as they are told: a local time may name two instants
        if pair[1] > first or pair[0] > first:
            times[pair[0]] = Time(*pair, all_day)


def local(moment: dt.datetime, zone: str) -> dt.datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def span(entry: Entry) -> tuple[dt.datetime, dt.datetime, bool]:
    if entry.get("dtstart") is None:
        raise unreadable(_("L’événement n’a pas de date de début (DTSTART) : il est laissé de côté."))  # fmt: skip
    raw = value(entry, "dtstart")
    all_day = not isinstance(raw, dt.datetime)
    start = instant_of(raw)
    if (late := value(entry, "dtend")) is not None:
        end = instant_of(late)
    elif isinstance(lasts := value(entry, "duration"), dt.timedelta):
        end = start + lasts
    else:
        end = instant_of(raw + DAY) if all_day else start
    if end < start:
        raise unreadable(_("La fin (DTEND) vient avant le début : corrigez l’événement dans l’agenda d’origine."))  # fmt: skip
    if end - start > LONGEST:
        raise unreadable(_("Une séance ne dure pas plus d’un an : corrigez la date de fin dans l’agenda d’origine."))  # fmt: skip
    return start, end, all_day


def value(entry: Entry, name: str) -> Any:
    """The Python value of a property; several of one name count as the first."""
    found = entry.get(name)
    if isinstance(found, list):
        found = found[0]
    if found is None:
        return None
    try:
        return found.dt
    except (AttributeError, ValueError) as error:
        raise unreadable(
            _("La date « %(text)s » (%(name)s) ne se lit pas.")
            % {"text": str(found)[:40], "name": name.upper()}
        ) from error


def instant_of(raw: dt.date | dt.datetime) -> dt.datetime:
    """A date or time as an instant; without a known zone, it is the time of Paris."""
    if not isinstance(raw, dt.datetime):
        raw = dt.datetime.combine(raw, dt.time())
    try:
        return instant(raw) if raw.tzinfo is None else raw.astimezone(dt.UTC)
    except OverflowError as error:
        raise out_of_calendar() from error


def expanded(
    entry: Entry,
    begins: dt.datetime,
    *,
    zone: str,
    first: dt.datetime,
    last: dt.datetime,
) -> Iterator[dt.datetime]:
    """The local times that RRULE, RDATE and EXDATE give, up to a limit."""
    rules = [rule.to_ical().decode() for rule in listed(entry.get("rrule"))]
    left_out = set(dates(entry, "exdate", zone))
    days_left_out = {one.date() for one in left_out if one.time() == dt.time()}
    earliest, latest = local(first - LONGEST, zone), local(last, zone)
    found = [*dates(entry, "rdate", zone)]
    found += repeated(rules, begins, until=latest) if rules else [begins]
    count = 0
    for moment in sorted(set(found)):
        if moment in left_out or moment.date() in days_left_out or moment < earliest:
            continue
        if moment > latest or count > MOST_TIMES:
            return
        yield moment
        count += 1


def dates(entry: Entry, name: str, zone: str) -> Iterator[dt.datetime]:
    for group in listed(entry.get(name)):
        for one in getattr(group, "dts", []):
            raw = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            yield local(instant_of(raw), zone)


def listed(found: Any) -> list[Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def zone_of(entry: Entry) -> str:
    """The zone of the clock that a repetition follows: Paris unless it names another.

    One that is told in universal time stays there, as RFC 5545 has it.
    """
    raw = value(entry, "dtstart")
    zone = getattr(raw, "tzinfo", None)
    key = getattr(zone, "key", None)
    return str(key) if key else ZONE


def fields_of(entry: Entry, *, name: str) -> Told:
    lat, lon = position(entry)
    link = web(entry.get("url"))
    online = web(entry.get("conference"))
    words = text(entry.get("description"))
    return Told(
        name=name,
        summary=shortened(words),
        description=words if len(words) > SUMMARY else "",
        venue=one_line(entry.get("location"), 200),
        lon=lon,
        lat=lat,
        mode=Mode.ONLINE if online and not entry.get("location") else Mode.MIXED if online else Mode.ON_SITE,
        online_url=online,
        booking_contact=one_line(entry.get("contact"), 200),
        link=link,
        picture=picture(entry),
    )  # fmt: skip


SUMMARY = 400


def shortened(words: str) -> str:
    """The first words, whole, for lists."""
    line = " ".join(words.split())
    if len(line) <= SUMMARY:
        return line
    return line[: SUMMARY - 1].rsplit(" ", 1)[0] + "…"


def picture(entry: Entry) -> str:
    """The address of its picture: IMAGE (RFC 7986), or what is attached as one."""
    attached = [
        one
        for one in listed(entry.get("attach"))
        if str(getattr(one, "params", {}).get("FMTTYPE", "")).startswith("image/")
    ]
    found = [web(one) for one in (*listed(entry.get("image")), *attached)]
    return next(filter(None, found), "")


def position(entry: Entry) -> tuple[float | None, float | None]:
    geo = entry.get("geo")
    if geo is None:
        return None, None
    lat, lon = getattr(geo, "latitude", None), getattr(geo, "longitude", None)
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None, None
    return (None, None) if lat == lon == 0 else (float(lat), float(lon))


def text(found: Any) -> str:
    """Words without HTML: some agendas write it into DESCRIPTION."""
    if found is None:
        return ""
    words = str(found if not isinstance(found, list) else found[0] if found else "")
    if "<" in words:
        words = re.sub(r"<(br|/p|/div|/li)\b[^>]*>", "\n", words, flags=re.I)
        words = nh3.clean(words, tags=set())
    lines = [" ".join(line.split()) for line in words.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:10_000]


def one_line(found: Any, most: int) -> str:
    return " ".join(text(found).split())[:most]


def web(found: Any) -> str:
    address = one_line(found, 500)
    return address if address.startswith(WEB) else ""


def whole(found: Any) -> int:
    try:
        return max(int(found), 0)
    except (TypeError, ValueError):
        return 0
