"""What pages of the agenda show: lines by day, filters, months."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _, ngettext

from maillage.agenda.choices import OccurrenceState, Status
from maillage.agenda.rule_words import hour_words
from maillage.agenda.services.finding import Asked, Found, Moment, find_occurrences
from maillage.core import marks
from maillage.core.dates import day_words
from maillage.core.lists import (
    KEPT,
    Choice,
    FacetBox,
    boxes,
    distance_label,
    facet_names,
    without,
)
from maillage.core.models import Entry
from maillage.directory.models import Place, Structure

DAY = dt.timedelta(1)
SIZE = 30
MOST_OPTIONS = 24  # of one filter
GOING = 6
#: Parts of an address that are the page's, not the filter's.
PAGING = ("page", "lon", "lat", "around")
#: Facets in this order; the commune is chosen by « autour de ».
FACETS = (
    "category", "features", "themes", "audiences", "levels", "programme",
    "department", "epci", "access", "languages",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One occurrence on a page."""

    title: str
    url: str
    hours: str
    until: str
    category: str
    place: str
    commune: str
    owner: str
    summary: str
    picture_url: str
    family: str
    distance: str
    badges: tuple[tuple[str, str], ...]
    is_off: bool
    is_example: bool
    starts_at: dt.datetime


@dataclass(frozen=True)
class DayBox:
    """A day and its lines; ``more`` when the page does not show them all."""

    day: dt.date
    title: str
    lines: list[Line]
    total: int
    url: str
    is_today: bool = False
    is_past: bool = False
    is_outside: bool = False

    @property
    def more(self) -> int:
        return self.total - len(self.lines)


def clock(seconds: int) -> dt.datetime:
    return timezone.localtime(dt.datetime.fromtimestamp(seconds, dt.UTC))


def hours_of(moment: Moment, start: dt.datetime) -> str:
    """« 14 h – 16 h », « toute la journée », « 21 h » for one without a length."""
    if moment.is_all_day:
        return _("toute la journée")
    end = clock(moment.end)
    first = hour_words(start)
    if start == end:
        return first
    if moment.is_long:
        return ""
    return _("%(start)s – %(end)s") % {"start": first, "end": hour_words(end)}


def badges_of(moment: Moment, entry: Entry) -> tuple[tuple[str, str], ...]:
    """What became of it first, then what a family asks."""
    status = entry.facts.get("status", Status.SCHEDULED)
    found: list[tuple[str, str]] = []
    if status == Status.CANCELLED or moment.state == OccurrenceState.CANCELLED:
        found.append(("bad", _("annulé")))
    elif status == Status.POSTPONED:
        found.append(("warn", _("reporté")))
    elif moment.state == OccurrenceState.FULL:
        found.append(("warn", _("complet")))
    features = entry.facets.get("features", [])
    if "free" in features:
        found.append(("good", _("gratuit")))
    if "online" in features:
        found.append(("", _("en ligne")))
    found += [("good", label) for label in marks.badges_of("event", entry.facets)]
    if age := entry.facts.get("min_age"):
        found.append(("", _("dès %(age)s ans") % {"age": age}))
    return tuple(found)


def line_of(moment: Moment, entry: Entry) -> Line:
    start, last = clock(moment.start), dt.date.fromordinal(moment.past - 1)
    status = entry.facts.get("status", Status.SCHEDULED)
    return Line(
        title=entry.name,
        url=entry.url,
        hours=hours_of(moment, start),
        until=_("jusqu’au %(day)s") % {"day": day_words(last)}
        if moment.is_long
        else "",
        category=entry.category_label,
        place=str(entry.facts.get("place_name") or ""),
        commune=entry.commune_name,
        owner=entry.owner_name,
        summary=entry.summary,
        picture_url=entry.picture_url,
        family=entry.motif,
        distance=distance_label(entry.distance_km),
        badges=badges_of(moment, entry),
        is_off=moment.state == OccurrenceState.CANCELLED or status != Status.SCHEDULED,
        is_example=entry.is_example,
        starts_at=start,
    )


def lines_of(moments: Iterable[Moment], entries: Mapping[int, Entry]) -> list[Line]:
    """Lines of the moments whose entry is still there."""
    return [line_of(m, entries[m.event]) for m in moments if m.event in entries]


def day_title(day: dt.date, today: dt.date) -> str:
    words = day_words(day, "l j F" if day.year == today.year else "l j F Y")
    if day == today:
        return _("Aujourd’hui, %(day)s") % {"day": words}
    if day == today + DAY:
        return _("Demain, %(day)s") % {"day": words}
    return words[:1].upper() + words[1:]


def day_url(day: dt.date, params: QueryDict) -> str:
    address = reverse("agenda:event_day", args=[day])
    query = filters_of(params)
    return f"{address}?{query}" if query else address


def filters_of(params: QueryDict) -> str:
    """The filters of an address without its days and its page."""
    kept = params.copy()
    for name in (*PAGING, "when", "from", "to"):
        kept.pop(name, None)
    return kept.urlencode()


def asked_in_words(asked: Asked, today: dt.date) -> str:
    words = {
        "today": _("Aujourd’hui"),
        "tomorrow": _("Demain"),
        "weekend": _("Ce week-end"),
        "week": _("Les sept prochains jours"),
        "month": _("Les trente prochains jours"),
    }
    if asked.when in words:
        return words[asked.when]
    if asked.when != "dates":
        return ""
    if asked.end is None:
        return _("à partir du %(day)s") % {"day": day_words(asked.start)}
    return _("du %(first)s au %(last)s") % {
        "first": day_words(asked.start),
        "last": day_words(asked.end - DAY),
    }


def filter_context(
    request: HttpRequest, found: Found, asked: Asked, *, today: dt.date
) -> dict[str, Any]:
    """What the filters, the chips and the links of feeds need."""
    params = request.GET
    shown = boxes(found.listing.facets)
    facets = [shortened(box) for box in shown if box.name != "commune"]
    order: dict[str, float] = {name: rank for rank, name in enumerate(FACETS)}
    order |= {mark.facet: 1.5 for mark in marks.marks_of("event")}  # after « Pratique »
    facets.sort(key=lambda box: order.get(box.name + "s", order.get(box.name, 99)))
    active = [
        Choice(option.label, without(request.path, params, box.name, option.value))
        for box in facets
        for option in box.options
        if option.checked
    ]
    for names, label in extra_choices(asked, today):
        address = params.copy()
        for part in names:
            address.pop(part, None)
        active.insert(0, Choice(label, f"{request.path}?{address.urlencode()}"))
    address = params.copy()
    for name in PAGING:
        address.pop(name, None)
    suffix = f"?{address.urlencode()}" if address else ""
    return {
        "query": asked.query.text,
        "asked": asked.query,
        "age": asked.age,
        "correction": found.listing.correction,
        "facets": facets,
        "active": active,
        "active_count": len(active),
        "form_url": request.path,
        "hidden": [
            (n, v)
            for n in (*KEPT, "when", "from", "to", "place", "owner")
            for v in params.getlist(n)
        ],
        "sorts": [],
        "ics_url": reverse("agenda:event_ics") + suffix,
        "rss_url": reverse("agenda:event_rss") + suffix,
        "list_url": f"{request.path}{suffix}",
        "parameters": address.urlencode(),
        "filters": filters_of(params),
    }


def shortened(box: FacetBox) -> FacetBox:
    """A filter with the most frequent of too many values; « autour de » has the rest."""
    if len(box.options) <= MOST_OPTIONS:
        return box
    least = sorted(option.count for option in box.options)[-MOST_OPTIONS]
    kept = [o for o in box.options if o.count >= least or o.checked]
    return replace(box, options=kept)


def extra_choices(asked: Asked, today: dt.date) -> list[tuple[tuple[str, ...], str]]:
    found: list[tuple[tuple[str, ...], str]] = []
    if asked.age is not None:
        found.append((("age",), _("à %(age)s ans") % {"age": asked.age}))
    if asked.place:
        found.append((("place",), named(Place, asked.place)))
    if asked.owner:
        found.append((("owner",), named(Structure, asked.owner)))
    if words := asked_in_words(asked, today):
        found.append((("when", "from", "to"), words))
    return found


def named(model: Any, slug: str) -> str:
    """What a filter by address is called; the address itself when it is unknown."""
    rows = model.objects.published().filter(slug=slug)
    return rows.values_list("name", flat=True).first() or slug


def search(
    request: HttpRequest, asked: Asked, *, today: dt.date, whole_days: bool = False
) -> Found:
    return find_occurrences(
        asked,
        now=timezone.now(),
        today=today,
        facets=facet_names(("event",)),
        whole_days=whole_days,
    )


def count_label(found: Found) -> str:
    total = len(found.lines) + len(found.going)
    text = ngettext("%(n)s séance", "%(n)s séances", total)
    events = ngettext("%(n)s événement", "%(n)s événements", found.event_total)
    return _("%(events)s, %(times)s") % {
        "events": events % {"n": number_format(found.event_total, force_grouping=True)},
        "times": text % {"n": number_format(total, force_grouping=True)},
    }


def list_context(
    request: HttpRequest, asked: Asked, *, today: dt.date
) -> dict[str, Any]:
    """What happens next, by day, and what goes on meanwhile. Two queries."""
    found = search(request, asked, today=today)
    pages = Paginator(range(len(found.lines)), SIZE)
    page: Page[int] = pages.get_page(request.GET.get("page"))
    first = (page.number - 1) * SIZE
    moments = found.moments(found.lines[first : first + SIZE])
    going = found.moments(found.going[:GOING]) if page.number == 1 else []
    entries = found.entries([*moments, *going])
    return {
        "days": by_day(moments, entries, asked=asked, today=today, params=request.GET),
        "going": lines_of(going, entries),
        "going_total": len(found.going),
        "page_obj": page,
        "total": len(found.lines) + len(found.going),
        "count_label": count_label(found),
        **filter_context(request, found, asked, today=today),
    }


def by_day(
    moments: Sequence[Moment],
    entries: Mapping[int, Entry],
    *,
    asked: Asked,
    today: dt.date,
    params: QueryDict,
) -> list[DayBox]:
    """Lines under their first day, or under the first one that was asked for."""
    least = max(asked.start, today).toordinal()
    groups: dict[int, list[Moment]] = {}
    for moment in moments:
        groups.setdefault(max(moment.first, least), []).append(moment)
    found = []
    for number, some in sorted(groups.items()):
        day = dt.date.fromordinal(number)
        lines = lines_of(some, entries)
        found.append(
            DayBox(
                day,
                day_title(day, today),
                lines,
                len(lines),
                day_url(day, params),
                is_today=day == today,
            )
        )
    return found


def month_title(day: dt.date) -> str:
    words = date_format(day, "F Y")
    return words[:1].upper() + words[1:]
