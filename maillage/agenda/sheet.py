"""The facts of an event as its page says them, and its next times."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from maillage.agenda.choices import Booking, Mode, OccurrenceState, Status
from maillage.agenda.models import Event, Occurrence
from maillage.agenda.rule_words import hour_words
from maillage.catalogue.sheet import Fact
from maillage.core import vocab
from maillage.core.dates import day_words
from maillage.core.money import format_cents

FIRST = 6  # times that stand on the page before one asks for all
MOST = 300


@dataclass(frozen=True)
class Shown:
    """One time of an event on its page."""

    row: Occurrence
    day: str
    hours: str
    badge: tuple[str, str] | None
    can_sign_up: bool
    waits: bool
    left: str


def times_of(event: Event, *, now: dt.datetime) -> list[Shown]:
    """Times to come, and those that go on; one query, seats included."""
    rows = list(
        event.occurrences.filter(ends_at__gte=now).order_by("starts_at", "pk")[:MOST]
    )
    taken = seats_taken(rows) if event.booking == Booking.HERE else {}
    return [shown(event, row, taken.get(row.pk, 0), now=now) for row in rows]


def seats_taken(rows: Iterable[Occurrence]) -> dict[int, int]:
    found = Occurrence.objects.filter(pk__in=[row.pk for row in rows])
    held = found.filter(signups__state="confirmed").order_by()
    return dict(held.values_list("pk").annotate(held=Sum("signups__seats")))


def shown(event: Event, row: Occurrence, taken: int, *, now: dt.datetime) -> Shown:
    row.event = event
    most = row.seats
    open_ = (
        event.booking == Booking.HERE
        and event.is_public
        and event.status == Status.SCHEDULED
        and not row.is_cancelled
        and row.starts_at > now
    )
    left = max(0, most - taken) if most is not None else None
    is_full = row.state == OccurrenceState.FULL or left == 0
    words = ""
    if open_ and not is_full and left is not None and left <= 10:
        words = ngettext("plus qu’une place", "plus que %(n)s places", left) % {
            "n": left
        }
    return Shown(
        row=row,
        day=days_words(row),
        hours=hours_words(row),
        badge=badge_of(row, is_full=is_full),
        can_sign_up=open_,
        waits=is_full,
        left=words,
    )


def days_words(row: Occurrence) -> str:
    """« samedi 6 mars 2027 », « du 2 au 25 septembre 2027 »."""
    first, last = row.starts_on, row.ends_on - dt.timedelta(1)
    if first == last or (not row.is_all_day and (last - first).days == 1):
        words = day_words(first, "l j F Y")
        return words[:1].upper() + words[1:]
    start = "j F Y"
    if (first.year, first.month) == (last.year, last.month):
        start = "j"
    elif first.year == last.year:
        start = "j F"
    first_words = (
        _("1er") if start == "j" and first.day == 1 else day_words(first, start)
    )
    return _("Du %(first)s au %(last)s") % {
        "first": first_words,
        "last": day_words(last),
    }


def hours_words(row: Occurrence) -> str:
    if row.is_all_day:
        return ""
    start, end = (timezone.localtime(time) for time in (row.starts_at, row.ends_at))
    if start == end:
        return _("à %(hour)s") % {"hour": hour_words(start)}
    return _("de %(start)s à %(end)s") % {
        "start": hour_words(start),
        "end": hour_words(end),
    }


def badge_of(row: Occurrence, *, is_full: bool) -> tuple[str, str] | None:
    if row.is_cancelled:
        return "bad", _("annulé")
    if row.event.status == Status.POSTPONED:
        return "warn", _("reporté")
    if is_full:
        return "warn", _("complet")
    return None


def price_words(event: Event) -> str:
    if event.is_free:
        return _("Gratuit")
    if event.price_cents:
        return format_cents(event.price_cents)
    return _("Payant") if event.is_free is False else ""


def key_facts(event: Event) -> list[Fact]:
    """What one asks first; only what is known."""
    facts = [
        Fact(_("Prix"), price_words(event)),
        Fact(_("Âge"), ages(event)),
        Fact(
            _("Forme"), "" if event.mode == Mode.ON_SITE else event.get_mode_display()
        ),
        Fact(_("Inscription"), booking_words(event)),
    ]
    return [fact for fact in facts if fact.value]


def ages(event: Event) -> str:
    low, high = event.min_age, event.max_age
    if low is not None and high is not None:
        return _("de %(low)s à %(high)s ans") % {"low": low, "high": high}
    if low is not None:
        return _("dès %(low)s ans") % {"low": low}
    return _("jusqu’à %(high)s ans") % {"high": high} if high is not None else ""


def booking_words(event: Event) -> str:
    if event.booking == Booking.NONE:
        return _("Sans inscription")
    if event.booking == Booking.HERE:
        return _("Sur ce site")
    return _("Obligatoire ou conseillée")


def details(event: Event) -> list[Fact]:
    facts = [
        Fact(_("Publics"), named("audiences", event.audiences)),
        Fact(_("Niveaux scolaires"), named("school_levels", event.levels)),
        Fact(_("Langues"), named("languages", event.languages)),
        Fact(_("Accessibilité"), named("resource_access", event.access)),
        Fact(_("Précision sur le prix"), event.price_note),
    ]
    return [fact for fact in facts if fact.value]


def named(vocabulary: str, slugs: Any) -> str:
    return ", ".join(vocab.labels(vocabulary, slugs))
