"""What the pages of a call show: its facts, its hours in words, its calendar."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _, ngettext

from maillage.calls.choices import CallPhase
from maillage.calls.models import Application, Call, Criterion
from maillage.core import vocab
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.money import format_cents
from maillage.territories.models import Department

CLOSED_SHOWN = 12


def hour_words(when: dt.datetime) -> str:
    """« lundi 31 janvier 2027 à 12 h », with minutes and seconds where there are."""
    local = localtime(when)
    hour = date_format(local, "G \\h")
    if local.minute or local.second:
        hour = date_format(local, "G \\h i")
    if local.second:
        hour = date_format(local, "G \\h i \\m\\i\\n s \\s")
    return _("%(day)s à %(hour)s") % {
        "day": day_words(local.date(), "l j F Y"),
        "hour": hour,
    }


def left_words(until: dt.datetime, *, now: dt.datetime) -> str:
    """How long is left, in words, never more than there is."""
    left = until - now
    if left <= dt.timedelta(0):
        return ""
    if left.days >= 1:
        return ngettext("%(n)s jour", "%(n)s jours", left.days) % {"n": left.days}
    hours = left.seconds // 3600
    if hours:
        return ngettext("%(n)s heure", "%(n)s heures", hours) % {"n": hours}
    minutes = left.seconds // 60
    if minutes:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return _("moins d’une minute")


def card_of(call: Call, *, now: dt.datetime) -> dict[str, Any]:
    """A call in a list: where it stands, and its next hour."""
    phase = call.phase(now)
    if call.is_cancelled:
        tone, state, when = "draft", _("annulé"), ""
    elif phase == CallPhase.COMING:
        tone, state = "draft", _("à venir")
        when = _("ouvre le %(when)s") % {"when": hour_words(call.opens_at)}
    elif phase == CallPhase.OPEN:
        tone, state = "good", _("ouvert")
        when = _("jusqu’au %(when)s, encore %(left)s") % {
            "when": hour_words(call.closes_at),
            "left": left_words(call.closes_at, now=now),
        }
    else:
        tone, state = "draft", _("clos")
        when = _("clos depuis le %(when)s") % {"when": hour_words(call.closes_at)}
    return {"call": call, "tone": tone, "state": state, "when": when}


def groups_of(*, now: dt.datetime) -> list[dict[str, Any]]:
    """Calls that are open, then those to come, then the last that are closed."""
    rows = Call.objects.all()
    groups: list[tuple[str, Iterable[Call]]] = [
        (_("Ouverts"), rows.open_at(now).order_by("closes_at", "pk")),
        (_("À venir"), rows.coming_at(now).order_by("opens_at", "pk")),
        (_("Clos"), rows.closed_at(now).order_by("-closes_at")[:CLOSED_SHOWN]),
    ]
    return [
        {"title": title, "cards": [card_of(call, now=now) for call in calls]}
        for title, calls in groups
    ]


def facts_of(call: Call) -> list[tuple[str, str]]:
    """The rules of a call, as pairs."""
    found = [(_("Enveloppe"), format_cents(call.budget_cents))]
    if grant := grant_words(call):
        found.append((_("Aide par projet"), grant))
    found.append((_("Qui peut candidater"), who_words(call)))
    found.append((_("Territoire"), where_words(call)))
    if call.themes:
        found.append((_("Thèmes"), ", ".join(vocab.labels("themes", call.themes))))
    found.append((_("Ouverture"), hour_words(call.opens_at)))
    found.append((_("Clôture"), hour_words(call.closes_at)))
    if call.decision_on:
        found.append((_("Réponse attendue"), day_words(call.decision_on, "l j F Y")))
    if call.plan_lead:
        found.append((_("Piste du plan"), call.plan_lead))
    return [pair for pair in found if pair[1]]


def grant_words(call: Call) -> str:
    parts = []
    least, most = call.min_grant_cents, call.max_grant_cents
    if least is not None:
        parts.append(_("au moins %(amount)s") % {"amount": format_cents(least)})
    if most is not None:
        parts.append(_("au plus %(amount)s") % {"amount": format_cents(most)})
    if call.max_percent:
        share = _("%(percent)s %% du budget du projet au plus")
        parts.append(share % {"percent": call.max_percent})
    return ", ".join(parts)


def who_words(call: Call) -> str:
    kinds = vocab.labels("structure_kinds", call.structure_kinds)
    who = ", ".join(kinds) or _("toute structure")
    return _("%(who)s, avec un SIRET") % {"who": who} if call.needs_siret else who


def where_words(call: Call) -> str:
    if not call.departments:
        return str(region()["name"])
    rows = Department.objects.filter(pk__in=call.departments).order_by("code")
    return ", ".join(row.name for row in rows)


def weights_of(criteria: Iterable[Criterion]) -> list[dict[str, Any]]:
    """Criteria with their share of the whole, in points of what all can give."""
    rows = list(criteria)
    whole = sum(row.weight * row.max_score for row in rows) or 1
    return [
        {"row": row, "points": row.weight * row.max_score, "whole": whole}
        for row in rows
    ]


def mine_on(call: Call, user: Any) -> list[Application]:
    """What the person writes for this call, the latest first."""
    rows = Application.objects.all().authored_by(user).filter(call=call)
    return list(rows.select_related("structure").order_by("-changed_at"))


# Calendar -----------------------------------------------------------------------------

ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def calendar_of(call: Call) -> bytes:
    """The hours of a call as iCalendar (RFC 5545): opening and closing."""
    stamp = call.published_at or call.opens_at
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Maillage//Appels//FR"]
    for name, when, title in (
        ("ouverture", call.opens_at, _("Ouverture : %(call)s")),
        ("cloture", call.closes_at, _("Clôture : %(call)s")),
    ):
        lines += [
            "BEGIN:VEVENT",
            f"UID:appel-{call.pk}-{name}@{settings.SITE_URL.split('//')[-1]}",
            f"DTSTAMP:{stamp.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART:{when.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{(title % {'call': call.title}).translate(ESCAPES)}",
            f"URL:{settings.SITE_URL}{call.get_absolute_url()}",
            f"STATUS:{'CANCELLED' if call.is_cancelled else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def folded(line: str) -> bytes:
    """A line of at most 75 octets, never cut inside a letter."""
    pieces: list[bytes] = []
    piece = b""
    for sign in line:
        octets = sign.encode()
        if len(piece) + len(octets) > (75 if not pieces else 74):
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
