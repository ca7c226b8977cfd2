"""Repetitions of other agendas: RFC 5545 rules, however old, endless or impossible."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import cast

from dateutil.rrule import rrule, rruleset, rrulestr
from django.utils.translation import gettext as _

from maillage.agenda.services.recurrence import PARIS
from maillage.core.errors import Refused

AHEAD = dt.timedelta(days=2 * 366)
BEHIND = dt.timedelta(days=366)
LONGEST = dt.timedelta(days=366)
DAY = dt.timedelta(days=1)
TOO_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY|HOURLY)", re.I)
#: Times that a rule is followed through, those of the past included.
MOST_STEPS = 20_000
EARLIEST, LATEST = 1900, 2100
#: Years between a date and the same one, weekday included, before the year 9999.
LATER = 7600
#: What dateutil raises on a rule that means nothing, when it is read or followed.
SENSELESS = (ValueError, TypeError, AttributeError, LookupError, OverflowError)
COUNTED = re.compile(r"COUNT=", re.I)
END = re.compile(r"UNTIL=(\d{8}(?:T\d{6})?Z?)", re.I)


def unreadable(message: str) -> Refused:
    """An entry whose dates cannot be read; the others are."""
    return Refused("unreadable", message)


def out_of_calendar() -> Refused:
    return unreadable(_("Une date est hors du calendrier."))


def repeated(
    rules: list[str], local: dt.datetime, *, until: dt.datetime
) -> Iterator[dt.datetime]:
    """The local times that rules give up to one of them.

    A rule that never fits (30 February) is looked for until the year 9999: the
    calendar repeats itself every 400 years, so the search is made in the last of them.
    """
    if any(TOO_OFTEN.search(rule) for rule in rules):
        raise unreadable(_("Une répétition plus fréquente que chaque jour (FREQ=HOURLY…) n’est pas reprise."))  # fmt: skip
    if local.year < EARLIEST:
        raise out_of_calendar()
    many = rruleset()
    try:
        for rule in rules:
            many.rrule(late_rule(rule, local, until=until))
        for count, moment in enumerate(many):
            if count > MOST_STEPS:
                raise unreadable(_("La répétition donne trop de séances : raccourcissez-la dans l’agenda d’origine."))  # fmt: skip
            near = moment.replace(year=moment.year - LATER)
            if near > until:
                return
            yield near
    except SENSELESS as error:
        said = "; ".join(rules)[:80]
        raise unreadable(
            _("La répétition « %(rule)s » ne se lit pas.") % {"rule": said}
        ) from error


def late_rule(rule: str, local: dt.datetime, *, until: dt.datetime) -> rrule:
    start = nearer(rule, local, until=until)
    late = start.replace(year=start.year + LATER)
    made = cast("rrule", rrulestr(without_end(rule), dtstart=late))
    if COUNTED.search(rule):
        return made
    ends = END.search(rule)
    last = min(until, end_of(ends[1])) if ends else until
    return made.replace(until=last.replace(year=last.year + LATER))


def nearer(rule: str, local: dt.datetime, *, until: dt.datetime) -> dt.datetime:
    """A later start of the same rule, for one that has been running for long."""
    each = interval(rule)
    daily, weekly = "FREQ=DAILY" in rule.upper(), "FREQ=WEEKLY" in rule.upper()
    if COUNTED.search(rule) or not (daily or weekly):
        return local
    step = dt.timedelta(days=(7 if weekly else 1) * each)
    ahead = until - AHEAD - BEHIND - 2 * LONGEST - local
    return local + max(ahead // step, 0) * step


def interval(rule: str) -> int:
    """Of how many days or weeks; raises ``ValueError`` for none, which never ends."""
    found = re.search(r"INTERVAL=([^;]*)", rule, re.I)
    read = int(found[1]) if found else 1
    if read < 1:
        raise ValueError(rule)
    return read


def without_end(rule: str) -> str:
    return ";".join(part for part in rule.split(";") if not END.match(part))


def end_of(words: str) -> dt.datetime:
    """UNTIL, a day or a moment: in universal time it means the clock of the event."""
    words = words.upper()
    if "T" not in words:
        day = dt.datetime.fromisoformat(words.rstrip("Z"))
        return day + DAY - dt.timedelta(seconds=1)
    found = dt.datetime.fromisoformat(words)
    return found.astimezone(PARIS).replace(tzinfo=None) if found.tzinfo else found
