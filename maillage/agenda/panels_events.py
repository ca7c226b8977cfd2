"""What is to come, on the pages of places, structures, resources, the first page."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.agenda.choices import SignUpState
from maillage.agenda.event_pages import lines_of
from maillage.agenda.models import Event, Occurrence, SignUp
from maillage.agenda.services.finding import find_occurrences, read_asked
from maillage.agenda.sheet import badge_of, days_words, hours_words
from maillage.core.panels import Maker, Panel

SHOWN = 6
ON_HOME = 6
#: How long after an event its organiser is asked who came.
ASKED_DAYS = 60


def coming(events: Q, *, title: str, link: str) -> Iterable[Panel]:
    """The next times of some events; nothing when there are none. One query."""
    rows = Occurrence.objects.all().shown().filter(events, ends_at__gt=timezone.now())
    rows = rows.select_related("event__place", "event__commune").order_by(
        "starts_at", "pk"
    )
    found = list(rows[: SHOWN + 1])
    if not found:
        return
    lines = [
        {
            "event": row.event,
            "day": days_words(row),
            "hours": hours_words(row),
            "badge": badge_of(row, is_full=row.state == "full"),
        }
        for row in found[:SHOWN]
    ]
    context = {
        "title": title,
        "lines": lines,
        "more": link if len(found) > SHOWN else "",
    }
    yield Panel("agenda/panel_events.html", context, rank=5)


def on_place(place: Any, _user: Any) -> Iterable[Panel]:
    link = f"{reverse('agenda:event_list')}?place={place.slug}"
    return coming(Q(event__place=place), title=_("À venir ici"), link=link)


def on_structure(structure: Any, _user: Any) -> Iterable[Panel]:
    link = f"{reverse('agenda:event_list')}?owner={structure.slug}"
    shared = Event.co_organisers.through.objects.filter(structure=structure)
    mine = Q(event__owner=structure) | Q(event__in=shared.values("event"))
    return coming(mine, title=_("Ses événements à venir"), link=link)


def on_resource(resource: Any, _user: Any) -> Iterable[Panel]:
    return coming(Q(event__resource=resource), title=_("À voir prochainement"), link="")


def on_home(_thing: Any, _user: Any) -> Iterable[Panel]:
    """What happens this week-end, else what comes next."""
    today, now = timezone.localdate(), timezone.now()
    title, address, more = _("Ce week-end"), "when=weekend", _("Tout le week-end")
    found = find_occurrences(
        read_asked(QueryDict(address), today=today), now=now, today=today
    )
    if not len(found.lines):
        title, address, more = _("Prochainement"), "", _("Tout l’agenda")
        found = find_occurrences(
            read_asked(QueryDict(), today=today), now=now, today=today
        )
    moments = one_each(found.moments(found.lines[: ON_HOME * 8]))
    if not moments:
        return
    lines = lines_of(moments, found.entries(moments))
    link = f"{reverse('agenda:event_list')}?{address}".rstrip("?")
    context = {"title": title, "lines": lines, "link": link, "more": more}
    yield Panel("agenda/panel_home.html", context, rank=5)


def one_each(moments: Any) -> list[Any]:
    """The first time of each event, as many as the first page shows."""
    first: dict[int, Any] = {}
    for moment in moments:
        first.setdefault(moment.event, moment)
    return list(first.values())[:ON_HOME]


def on_my_space(_thing: Any, user: Any) -> Iterable[Panel]:
    """One's own sign-ups, and the events of which nobody has said who came."""
    if not user.is_authenticated:
        return
    now = timezone.now()
    signups = list(
        SignUp.objects.filter(user=user, occurrence__ends_at__gt=now)
        .exclude(state=SignUpState.CANCELLED)
        .select_related("occurrence__event")
        .order_by("occurrence__starts_at")[:20]
    )
    to_report: list[Any] = []
    if not user.is_agency and not user.is_observer:
        mine = Event.objects.published().owned_by(user).values("pk")
        since = now - dt.timedelta(days=ASKED_DAYS)
        rows = Event.objects.filter(
            pk__in=mine,
            occurrences__ends_at__range=(since, now),
            occurrences__attendance=None,
        ).exclude(status="cancelled")
        to_report = list(rows.exclude(occurrences__state="cancelled").distinct()[:6])
    if signups or to_report:
        yield Panel(
            "agenda/panel_my_events.html",
            {"signups": signups, "to_report": to_report},
            rank=15,
        )


MAKERS: list[tuple[str, Maker]] = [
    ("place.sections", on_place),
    ("structure.sections", on_structure),
    ("resource.sections", on_resource),
    ("home.sections", on_home),
    ("my_space.sections", on_my_space),
]
