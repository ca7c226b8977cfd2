"""Agendas elsewhere that are followed: read once, changed on both sides, read again.

Nothing is fetched: the files are made here, of ``followed.toml``, and read as those
that people send. One of them waits for a yes.
"""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.agenda.choices import FeedKind
from maillage.agenda.models import Event, Feed
from maillage.agenda.services import exchange
from maillage.agenda.services.occurrences import Time, move_occurrence
from maillage.agenda.services.recurrence import PARIS
from maillage.core.entries import refresh_entries
from maillage.core.values import write_values
from maillage.directory.models import Place, Structure

FILE = Path(settings.BASE) / "data" / "demo" / "followed.toml"
DAY = dt.timedelta(1)


def is_ready() -> bool:
    """Followed agendas of the demonstration have been loaded before."""
    return Feed.objects.filter(owner__is_example=True).exists()


@transaction.atomic
def load_feeds(*, now: dt.datetime) -> None:
    """Two agendas of the house of the demonstration, once: one to settle, one to accept."""
    home = Structure.objects.published().filter(is_example=True).order_by("pk").first()
    agency = (
        User.objects.filter(role=Role.AGENCY, is_active=True).order_by("pk").first()
    )
    if is_ready() or home is None or agency is None:
        return
    rows = Place.objects.published().filter(structure=home).order_by("pk")
    place = rows.first() or Place.objects.published().order_by("pk").first()
    if place is None:
        return
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    today = timezone.localdate(now)
    before, after = calendar(told, today=today), calendar(told, today=today, later=True)
    seen = now - 3 * DAY
    feed = new_feed("Agenda de notre site web", home, place, by=agency)
    exchange.apply_feed(
        feed, exchange.read(feed, before, now=seen), by=agency, now=seen
    )
    events = Event.objects.filter(remotes__feed=feed)
    events.update(is_example=True)
    change_ours(told["ours"], feed, by=agency, now=seen)
    exchange.apply_feed(feed, exchange.read(feed, after, now=now), by=agency, now=now)
    events.update(is_example=True)
    refresh_entries([*events])
    other = new_feed("Programme du centre culturel", home, place, by=agency)
    exchange.receive(other, before.replace(b"UID:", b"UID:centre-"), now=now)


def new_feed(name: str, home: Structure, place: Place, *, by: User) -> Feed:
    return Feed.objects.create(
        name=name,
        kind=FeedKind.ICALENDAR,
        owner=home,
        place=place,
        event_kind="workshop",
        added_by=by,
        is_trusted=True,
    )


def calendar(told: dict[str, Any], *, today: dt.date, later: bool = False) -> bytes:
    """The file of that agenda: as it was read first, or as it is now."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//exemple.fr//agenda//FR"]
    for one in told["event"]:
        now = one.get("now", {})
        if now.get("is_gone" if later else "is_new"):
            continue
        lines += entry({**one, **now} if later else one, today, sequence=int(later))
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def entry(one: dict[str, Any], today: dt.date, *, sequence: int) -> list[str]:
    start = starts(one, today)
    end = start + dt.timedelta(minutes=one["minutes"])
    rule = [f"RRULE:FREQ=WEEKLY;COUNT={one['weeks']}"] if "weeks" in one else []
    return [
        "BEGIN:VEVENT",
        f"UID:{one['uid']}@exemple.fr",
        f"SEQUENCE:{sequence}",
        f"DTSTART;TZID={PARIS.key}:{start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={PARIS.key}:{end:%Y%m%dT%H%M%S}",
        *rule,
        f"SUMMARY:{escaped(one['name'])}",
        f"DESCRIPTION:{escaped(one['summary'])}",
        f"LOCATION:{escaped(one['location'])}",
        "END:VEVENT",
    ]


def starts(one: dict[str, Any], today: dt.date) -> dt.datetime:
    """When it begins, on the clock of the place."""
    clock = dt.time.fromisoformat(one["hour"])
    return dt.datetime.combine(today + one["in_days"] * DAY, clock)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")


def change_ours(
    ours: dict[str, Any], feed: Feed, *, by: User, now: dt.datetime
) -> None:
    """What the house has changed here, which the other agenda changes otherwise."""
    event = Event.objects.get(remotes__feed=feed, remotes__uid=f"{ours['uid']}@exemple.fr")  # fmt: skip
    write_values(event, {"name": ours["name"]}, by=by)
    one = event.occurrences.get()
    local = timezone.localtime(one.starts_at, PARIS).replace(tzinfo=None)
    clock = dt.time.fromisoformat(ours["hour"])
    minutes = int((one.ends_at - one.starts_at).total_seconds()) // 60
    time = Time(dt.datetime.combine(local.date(), clock), minutes)
    move_occurrence(one, time=time, note="", by=by, now=now)
