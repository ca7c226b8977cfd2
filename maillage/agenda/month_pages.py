"""A day, a week, a month of the agenda."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.agenda.event_pages import (
    DAY,
    GOING,
    DayBox,
    count_label,
    day_title,
    day_url,
    filter_context,
    filters_of,
    lines_of,
    month_title,
    search,
)
from maillage.agenda.services.finding import Asked, Found, Moment, read_asked

SHOWN = 3  # lines of a day in a month
SHOWN_WEEK = 6
DAY_SIZE = 40


def with_filters(address: str, request: HttpRequest) -> str:
    query = filters_of(request.GET)
    return f"{address}?{query}" if query else address


def between(
    request: HttpRequest, start: dt.date, end: dt.date, *, today: dt.date
) -> tuple[Found, Asked]:
    """What the filters find in ``[start, end)``; days that are over are whole."""
    asked = read_asked(request.GET, today=today)
    asked = replace(asked, when="", start=max(start, today), end=max(end, today))
    return search(request, asked, today=today, whole_days=True), asked


def day_context(
    request: HttpRequest, day: dt.date, *, today: dt.date
) -> dict[str, Any]:
    """One day: hour by hour, then what goes on. Two queries."""
    found, asked = between(request, day, day + DAY, today=today)
    pages = Paginator(range(len(found.lines)), DAY_SIZE)
    page: Page[int] = pages.get_page(request.GET.get("page"))
    first = (page.number - 1) * DAY_SIZE
    moments = found.moments(found.lines[first : first + DAY_SIZE])
    going = found.moments(found.going[: 3 * GOING])
    entries = found.entries([*moments, *going])
    lines = lines_of(moments, entries)
    box = DayBox(day, day_title(day, today), lines, len(found.lines), "")
    return {
        "days": [box] if lines else [],
        "going": lines_of(going, entries),
        "going_total": len(found.going),
        "page_obj": page,
        "total": len(found.lines) + len(found.going),
        "count_label": count_label(found),
        "title": day_title(day, today),
        "is_past": day < today,
        "before": day_link(request, day - DAY),
        "after": day_link(request, day + DAY),
        **filter_context(request, found, asked, today=today),
    }


def day_link(request: HttpRequest, day: dt.date) -> tuple[str, str]:
    return day_url(day, request.GET), date_format(day, "l j F")


def week_context(
    request: HttpRequest, monday: dt.date, *, today: dt.date
) -> dict[str, Any]:
    """Seven days from a Monday. Two queries."""
    found, asked = between(request, monday, monday + 7 * DAY, today=today)
    boxes, going = boxes_of(
        request, found, monday, 7, shown=SHOWN_WEEK, month=None, today=today
    )

    def link(day: dt.date) -> tuple[str, str]:
        address = reverse("agenda:event_week", args=[day])
        words = _("semaine du %(day)s") % {"day": date_format(day, "j F")}
        return with_filters(address, request), words

    return {
        "days": [box for box in boxes if not box.is_past],
        "going": going,
        "going_total": len(found.going),
        "total": len(found.lines) + len(found.going),
        "count_label": count_label(found),
        "title": _("Semaine du %(first)s au %(last)s")
        % {
            "first": date_format(monday, "j F"),
            "last": date_format(monday + 6 * DAY, "j F Y"),
        },
        "is_past": monday + 7 * DAY <= today,
        "before": link(monday - 7 * DAY),
        "after": link(monday + 7 * DAY),
        **filter_context(request, found, asked, today=today),
    }


def month_context(
    request: HttpRequest, first: dt.date, *, today: dt.date
) -> dict[str, Any]:
    """A month by whole weeks: the first lines of each day, and how many more."""
    after = (first + 31 * DAY).replace(day=1)
    start = first - dt.timedelta(first.weekday())
    weeks = -(-(after - start).days // 7)
    found, asked = between(request, start, start + 7 * weeks * DAY, today=today)
    boxes, going = boxes_of(
        request, found, start, 7 * weeks, shown=SHOWN, month=first.month, today=today
    )

    def link(day: dt.date) -> tuple[str, str]:
        address = reverse("agenda:event_month", args=[f"{day:%Y-%m}"])
        return with_filters(address, request), month_title(day)

    return {
        "weeks": [boxes[i : i + 7] for i in range(0, len(boxes), 7)],
        "weekdays": [date_format(start + dt.timedelta(i), "D") for i in range(7)],
        "going": going,
        "going_total": len(found.going),
        "total": len(found.lines) + len(found.going),
        "count_label": count_label(found),
        "title": month_title(first),
        "is_past": after <= today,
        "before": link(first - DAY),
        "after": link(after),
        **filter_context(request, found, asked, today=today),
    }


def boxes_of(
    request: HttpRequest,
    found: Found,
    start: dt.date,
    days: int,
    *,
    shown: int,
    month: int | None,
    today: dt.date,
) -> tuple[list[DayBox], Any]:
    """Each day with its first lines and its total, and what goes on."""
    counts = found.counts(start, days)
    moments: list[list[Moment]] = []
    for number in range(days):
        day = start + dt.timedelta(number)
        is_shown = counts[number] > 0 and day >= today
        moments.append(found.moments(found.on(day)[:shown]) if is_shown else [])
    going = found.moments(found.going[:GOING])
    entries = found.entries([*(m for some in moments for m in some), *going])
    boxes = []
    for number, some in enumerate(moments):
        day = start + dt.timedelta(number)
        boxes.append(
            DayBox(
                day,
                day_title(day, today),
                lines_of(some, entries),
                counts[number] if day >= today else 0,
                day_url(day, request.GET),
                is_today=day == today,
                is_past=day < today,
                is_outside=month is not None and day.month != month,
            )
        )
    return boxes, lines_of(going, entries)
