"""The page of one event."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.agenda.choices import Booking
from maillage.agenda.models import Event
from maillage.agenda.rule_words import series_words
from maillage.agenda.sheet import FIRST, details, key_facts, times_of
from maillage.catalogue.sheet import Fact
from maillage.core import vocab
from maillage.core.http import page
from maillage.core.listing import Query, find
from maillage.core.lists import cards
from maillage.core.slugs import moved_to
from maillage.directory.views.detail import OPENSTREETMAP, source_label

RELATED = 3


@login_not_required
@require_safe
def event_detail(request: Request, slug: str) -> HttpResponse:
    """One event: what, when, where, for whom."""
    rows = Event.objects.all().visible_to(request.user)
    related = (*Event.entry_related, "resource", "place__structure")
    rows = rows.select_related(*related).prefetch_related("co_organisers")
    event = rows.filter(slug=slug).first()
    if event is None:
        return moved(request, slug)
    context = {"thing": event, **when(event), **surroundings(request, event)}
    return page(request, "agenda/event_detail.html", context)


def when(event: Event) -> dict[str, Any]:
    """Its times to come; when there are none, the last one."""
    times = times_of(event, now=timezone.now())
    next_time = next((one for one in times if one.badge is None), None)
    key = key_facts(event)
    if next_time:
        words = f"{next_time.day} {next_time.hours}".strip()
        key.insert(0, Fact(_("Prochaine date"), words))
    return {
        "key": key,
        "times": times[:FIRST],
        "more_times": times[FIRST:],
        "is_over": not times and event.last_on is not None,
        "series": [series_words(one) for one in event.series.all()] if times else [],
        "signs_up_here": event.booking == Booking.HERE,
    }


def surroundings(request: Request, event: Event) -> dict[str, Any]:
    """What is linked to an event, and what the person may do with it."""
    lon, lat = (f"{degree:.6f}" for degree in event.position or (0.0, 0.0))
    mine = Event.objects.all().editable_by(request.user)
    return {
        "canonical": settings.SITE_URL + event.get_absolute_url(),
        "list_url": reverse("agenda:event_list"),
        "lon": lon,
        "lat": lat,
        "osm_url": OPENSTREETMAP.format(lon=lon, lat=lat),
        "is_approximate": event.place is None or event.place.is_position_of_commune,
        "position": event.position,
        "details": details(event),
        "themes": [(s, vocab.label("themes", s)) for s in event.themes],
        "partners": list(event.co_organisers.all()),
        "source_label": source_label(event),
        "related": related_events(event),
        "may_edit": mine.filter(pk=event.pk).exists(),
    }


def related_events(event: Event) -> list[Any]:
    """Others on the same themes, the nearest first."""
    if not event.themes:
        return []
    filters = {"themes": tuple(event.themes)}
    query = Query(kinds=("event",), filters=filters, near=event.position)
    rows = find(query).page(1, RELATED + 1)
    return cards([row for row in rows if row.object_id != event.pk][:RELATED])


def moved(request: Request, slug: str) -> HttpResponse:
    """Send on to where a renamed or merged event is now."""
    thing = moved_to(Event, slug)
    rows = Event.objects.all().visible_to(request.user)
    if thing and rows.filter(pk=thing.pk).exists():
        return HttpResponsePermanentRedirect(thing.get_absolute_url())
    raise Http404
