"""Each filter as a calendar to subscribe to, and as news."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import condition, require_safe

from maillage.accounts.http import Request
from maillage.agenda.event_pages import asked_in_words
from maillage.agenda.models import Event
from maillage.agenda.services.exchange_ics import calendar_of
from maillage.agenda.services.finding import (
    Asked,
    find_occurrences,
    read_asked,
    told,
)
from maillage.core.dates import day_words
from maillage.core.entries import entries_version
from maillage.core.listing_facets import facet_of, list_facets

#: Occurrences of one calendar, events of one list of news.
MOST, NEWS = 200, 50
CALENDAR = "text/calendar; charset=utf-8"


def tag(request: HttpRequest, *args: Any, **kwargs: Any) -> str:
    """A tag that changes with the entries, the day and the language."""
    return f'"{entries_version()}-{timezone.localdate()}-{get_language()}"'


def feed_name(request: HttpRequest, asked: Asked, today: dt.date) -> str:
    """« Agenda : ce week-end, gratuit », from the filters of the address."""
    shelf = find_occurrences(asked, now=timezone.now(), today=today).listing.shelf
    words = [asked_in_words(asked, today), asked.query.text]
    for name in list_facets(("event",)):
        chosen = asked.query.filters.get(name, ())
        if chosen:
            values = facet_of(shelf, name, shelf.order[:0], chosen, ("event",)).values
            words += [value.label for value in values if value.is_selected]
    told = ", ".join(word for word in words if word)
    name = _("Agenda des sciences")
    return f"{name} : {told}" if told else name


@login_not_required
@require_safe
@condition(etag_func=tag)
def event_ics(request: Request) -> HttpResponse:
    """The occurrences that a filter finds, as a calendar."""
    today = timezone.localdate()
    asked = read_asked(request.GET, today=today)

    def body() -> bytes:
        found = find_occurrences(asked, now=timezone.now(), today=today)
        lines = np.sort(np.concatenate([found.going[:MOST], found.lines[:MOST]]))
        name = feed_name(request, asked, today)
        return calendar_of(found.rows(lines[:MOST]), name=name, url=page_of(request))

    return sent(kept(request, "ics", body), CALENDAR, "agenda.ics")


@login_not_required
@require_safe
@condition(etag_func=tag)
def event_rss(request: Request) -> HttpResponse:
    """The events that a filter finds, those that changed last first."""
    today = timezone.localdate()
    asked = read_asked(request.GET, today=today)
    return sent(
        kept(request, "rss", lambda: news(request, asked, today)),
        "application/rss+xml; charset=utf-8",
        "agenda.rss",
    )


def news(request: HttpRequest, asked: Asked, today: dt.date) -> bytes:
    found = find_occurrences(asked, now=timezone.now(), today=today)
    feed = Rss201rev2Feed(
        title=feed_name(request, asked, today),
        link=page_of(request),
        description=_("Les événements de culture scientifique de la région."),
        language=get_language(),
        feed_url=settings.SITE_URL + request.get_full_path(),
    )
    entries = found.listing.page(1, found.event_total or 1)
    entries.sort(key=lambda entry: entry.changed_at, reverse=True)
    for entry in entries[:NEWS]:
        feed.add_item(
            title=entry.name,
            link=settings.SITE_URL + entry.url,
            description=described(entry),
            unique_id=settings.SITE_URL + entry.url,
            pubdate=entry.changed_at,
            categories=[entry.category_label],
        )
    return feed.writeString("utf-8").encode()


def described(entry: Any) -> str:
    days = [entry.facts.get("first_on"), entry.facts.get("last_on")]
    known = [dt.date.fromordinal(day) for day in days if day]
    when = ""
    if len(known) == 2 and known[0] != known[1]:
        facts = {"first": day_words(known[0]), "last": day_words(known[1])}
        when = _("Du %(first)s au %(last)s.") % facts
    elif known:
        when = _("Le %(day)s.") % {"day": day_words(known[0])}
    place = ", ".join(
        p for p in (entry.facts.get("place_name"), entry.commune_name) if p
    )
    return " ".join(
        part for part in (when, place and f"{place}.", entry.summary) if part
    )


def page_of(request: HttpRequest) -> str:
    """The page of the same filter."""
    query = request.GET.urlencode()
    address = settings.SITE_URL + reverse("agenda:event_list")
    return f"{address}?{query}" if query else address


# A feed of hundreds of lines is asked for again and again by the same programs.
_kept: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
KEPT = 64


def kept(request: HttpRequest, form: str, make: Callable[[], bytes]) -> bytes:
    """What a feed was, while nothing has changed; the hour counts: times pass."""
    hour = f"{timezone.localtime():%Y-%m-%d %H}"
    query = "&".join(sorted(request.GET.urlencode().split("&")))
    key = (form, query, hour, str(entries_version()), get_language() or "")
    body = _kept.get(key)
    if body is None:
        body = make()
        _kept[key] = body
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return body


def sent(body: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


@login_not_required
@require_safe
def event_calendar(request: Request, slug: str) -> HttpResponse:
    """The occurrences of one event, or the one of ``?seance=``, as a calendar."""
    rows = Event.objects.all().visible_to(request.user)
    event = rows.filter(slug=slug).first()
    if event is None:
        raise Http404
    times = told(event.occurrences.all()).order_by("starts_at", "pk")
    one = request.GET.get("seance", "")
    if one.isdecimal() and len(one) < 18:
        times = times.filter(pk=int(one))
    url = settings.SITE_URL + event.get_absolute_url()
    return sent(calendar_of(times, name=event.name, url=url), CALENDAR, f"{slug}.ics")
