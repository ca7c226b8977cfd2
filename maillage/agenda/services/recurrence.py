"""Rules that repeat an occurrence (RFC 5545), read, unrolled in local time, in words.

A rule counts in the local time of its place: a workshop at 14:00 is at 14:00 all year.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from django.utils.translation import gettext as _

from maillage.core.errors import Refused

ZONE = "Europe/Paris"
PARIS = ZoneInfo(ZONE)
#: A rule without end is unrolled so far, and no rule further.
LONGEST = dt.timedelta(days=2 * 365)
MOST = 500
SLOT = "%Y-%m-%dT%H:%M"
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH",
         "BYSETPOS", "WKST"}  # fmt: skip
PART = re.compile(r"^[A-Z]+=[A-Z0-9,+-]+$")
UNTIL = re.compile(r"^(\d{4})(\d{2})(\d{2})(T\d{6}Z?)?$")


@dataclass(frozen=True)
class Slots:
    """Local times that a rule gives; ``is_cut`` when it goes on after the last."""

    times: tuple[dt.datetime, ...]
    is_cut: bool = False


def bad_rule() -> Refused:
    return Refused(
        "bad_rule",
        _("Cette répétition ne se lit pas : choisissez-la dans le formulaire."),
    )


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule, by name. Refuses with ``bad_rule``."""
    text = rule.strip().upper().removeprefix("RRULE:")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _sign, value = part.partition("=")
        if not PART.match(part) or name in parts or name not in KNOWN:
            raise bad_rule()
        parts[name] = value
    interval = parts.get("INTERVAL", "1")
    if parts.get("FREQ") not in FREQUENCIES or not interval.isdecimal():
        raise bad_rule()
    if not 1 <= int(interval) <= 99 or {"COUNT", "UNTIL"} <= parts.keys():
        raise bad_rule()
    if "COUNT" in parts and not parts["COUNT"].isdecimal():
        raise bad_rule()
    if "UNTIL" in parts:
        last_day(parts)
    return parts


def last_day(parts: dict[str, str]) -> dt.date | None:
    """The local day of UNTIL. Refuses with ``bad_rule`` a day that is none."""
    text = parts.get("UNTIL", "")
    if not text:
        return None
    match = UNTIL.match(text)
    if match is None:
        raise bad_rule()
    try:
        return dt.date(*map(int, match.groups()[:3]))
    except ValueError as error:
        raise bad_rule() from error


def unroll(starts: dt.datetime, rule: str, *, left_out: Iterable[str] = ()) -> Slots:
    """The local times of a rule, from its first one.

    ``starts`` has no zone; ``left_out`` are days or times of ``SLOT``. The first time
    always counts, as RFC 5545 has it. Refuses with ``bad_rule`` and, when nothing is
    left, with ``no_date``.
    """
    parts = parts_of(rule)
    ends = last_day(parts)
    limit = starts + LONGEST
    if ends is not None:
        parts.pop("UNTIL")
        last = dt.datetime.combine(ends, dt.time.max)
        is_open, limit = last > limit, min(last, limit)
    else:
        is_open = "COUNT" not in parts
    out = set(left_out)
    found: list[dt.datetime] = []
    is_cut = False
    for time in dict.fromkeys((starts, *times_of(parts, starts, until=limit))):
        if len(found) == MOST:
            is_cut = True
            break
        if time.strftime(SLOT) not in out and time.date().isoformat() not in out:
            found.append(time)
    if not found:
        raise Refused("no_date", _("Cette répétition ne donne aucune date."))
    return Slots(tuple(found), is_cut or is_open or goes_on(parts, starts, limit))


def goes_on(parts: dict[str, str], starts: dt.datetime, limit: dt.datetime) -> bool:
    """A counted rule has times after the limit."""
    return "COUNT" in parts and made(parts, starts).after(limit) is not None


def made(parts: dict[str, str], starts: dt.datetime) -> rrule:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        return cast("rrule", rrulestr(text, dtstart=starts))
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise bad_rule() from error


def times_of(
    parts: dict[str, str], starts: dt.datetime, *, until: dt.datetime
) -> list[dt.datetime]:
    """Times up to a limit; a rule that gives no more of them ends there too."""
    rule = made(parts, starts)
    # Without an end, a rule that never fits would be sought for until the year 9999.
    bounded = rule if "COUNT" in parts else rule.replace(until=until)
    found: list[dt.datetime] = []
    for time in bounded:
        if time > until or len(found) > MOST + 1000:
            break
        found.append(time)
    return found


# Local times and instants ---------------------------------------------------------


def instant(local: dt.datetime, *, zone: str = ZONE) -> dt.datetime:
    """The instant of a local time.

    A time that the change of clocks skips is an hour later (RFC 5545 3.3.5); of two
    times of one name, it is the first.
    """
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(dt.UTC)


def bounds(
    local: dt.datetime, minutes: float, *, zone: str = ZONE
) -> tuple[dt.datetime, dt.datetime]:
    """Start and end of an occurrence: both are read on the clock of the place."""
    start = instant(local, zone=zone)
    end = instant(local + dt.timedelta(minutes=minutes), zone=zone)
    return start, end if end >= start else start + dt.timedelta(minutes=minutes)


def days_of(
    start: dt.datetime, end: dt.datetime, *, zone: str = ZONE
) -> tuple[dt.date, dt.date]:
    """Local days of an occurrence, half-open; midnight is still the day before."""
    clock = ZoneInfo(zone)
    first = start.astimezone(clock).date()
    last = max(end - dt.timedelta(seconds=1), start).astimezone(clock).date()
    return first, last + dt.timedelta(1)


def weekly(days: Sequence[int], *, every: int = 1) -> str:
    """The rule « every week on these days », Monday is 0."""
    names = ",".join(DAYS[day] for day in sorted(set(days)))
    interval = f";INTERVAL={every}" if every > 1 else ""
    return f"FREQ=WEEKLY{interval}" + (f";BYDAY={names}" if names else "")
