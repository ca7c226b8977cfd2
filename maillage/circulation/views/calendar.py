"""Calendars: a month, a season, and feeds for the calendars of others."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_POST, require_safe

from maillage.accounts.http import Request
from maillage.catalogue.models import Resource
from maillage.circulation.days import build_months, merged, month_of, months_on
from maillage.circulation.feeds import feed
from maillage.circulation.forms.copies import PeriodForm
from maillage.circulation.models import Copy, Hold
from maillage.circulation.services.availability import copies_of
from maillage.circulation.services.copies import give_back, keep_copy
from maillage.core.errors import Refused
from maillage.core.http import go, page

#: Months that a calendar shows before and after today.
EARLIEST, LATEST = 60, 36
SEASON = 12
WEEKDAYS = (
    dt.date(2026, 1, 5), dt.date(2026, 1, 6), dt.date(2026, 1, 7), dt.date(2026, 1, 8),
    dt.date(2026, 1, 9), dt.date(2026, 1, 10), dt.date(2026, 1, 11),
)  # fmt: skip


def asked_month(text: str, *, today: dt.date) -> dt.date:
    """The first day of « 2026-11 »; this month for anything else."""
    here = month_of(today)
    try:
        asked = dt.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return here
    lowest, highest = months_on(here, -EARLIEST), months_on(here, LATEST)
    return min(max(asked, lowest), highest)


def calendar_context(
    request: Request, copies: Sequence[Copy], *, in_full: bool, today: dt.date
) -> dict[str, Any]:
    """The month or the twelve months that the address asks for."""
    first = asked_month(request.GET.get("mois", ""), today=today)
    is_season = request.GET.get("vue") == "saison"
    count = SEASON if is_season else 1
    months = build_months(
        copies, first=first, count=count, today=today, in_full=in_full
    )
    spells = {id(s): s for month in months for s in month.spells}.values()
    lines = merged(sorted(spells, key=lambda s: (s.starts_on, s.copy.pk)))
    return {
        "months": months,
        "is_season": is_season,
        "first": first,
        "previous": months_on(first, -count),
        "following": months_on(first, count),
        "is_this_month": first == month_of(today),
        "this_month": month_of(today),
        "weekdays": WEEKDAYS,
        "day_numbers": range(1, 32),
        "lines": lines,
        "kinds": dict(pair for month in months for pair in month.kinds).items(),
        "in_full": in_full,
        "several": len(copies) > 1,
        "calendar_path": request.path,
    }


def resource_or_404(request: Request, slug: str) -> Resource:
    rows = Resource.objects.visible_to(request.user).select_related("owner__commune")
    found: Resource = get_object_or_404(rows, slug=slug)
    return found


def lent_copies(resource: Resource) -> list[Copy]:
    rows = copies_of(resource).lendable()
    return list(
        rows.select_related("resource__owner").order_by("resource__name", "rank")
    )


@login_not_required
@require_safe
def resource_calendar(request: Request, slug: str) -> HttpResponse:
    """When a resource is free; its owner reads who has it and why."""
    resource = resource_or_404(request, slug)
    copies = lent_copies(resource)
    rows = Copy.objects.all().visible_to(request.user)
    in_full = bool(copies) and rows.filter(pk=copies[0].pk).exists()
    context = {
        "resource": resource,
        "copies": copies,
        **calendar_context(
            request, copies, in_full=in_full, today=timezone.localdate()
        ),
    }
    return page(request, "circulation/calendar.html", context, partial="calendar")


def ics(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{name}.ics"'
    return response


@login_not_required
@require_safe
@conditional_page
def resource_feed(request: Request, slug: str) -> HttpResponse:
    """When a resource is taken, without saying by whom."""
    resource = resource_or_404(request, slug)
    today = timezone.localdate()
    content = feed(resource.name, lent_copies(resource), today=today, in_full=False)
    return ics(content, resource.slug)


@login_not_required
@require_safe
@conditional_page
def copy_feed(request: Request, feed_key: str) -> HttpResponse:
    """All the days of one copy, for whoever holds its secret address."""
    copy = Copy.objects.filter(feed_key=feed_key).select_related("resource").first()
    if copy is None:
        raise Http404
    content = feed(str(copy), [copy], today=timezone.localdate(), in_full=True)
    response = ics(content, copy.label)
    response["Cache-Control"] = "private"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_POST
def copy_keep(request: Request, label: str) -> HttpResponse:
    """Keep a copy for oneself on some days."""
    rows = Copy.objects.all().editable_by(request.user)
    copy = get_object_or_404(rows.select_related("resource"), label=label)
    form = PeriodForm(request.POST)
    if not form.is_valid():
        problems = [text for texts in form.errors.values() for text in texts]
        messages.error(request, " ".join(map(str, problems)))
        return go(request, copy)
    data = form.cleaned_data
    try:
        keep_copy(
            copy, start=data["start"], end=form.end, note=data["text"],
            by=request.user, today=timezone.localdate(),
        )  # fmt: skip
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Ces jours sont gardés pour vous."))
    return go(request, copy)


@require_POST
def copy_free(request: Request, label: str, pk: int) -> HttpResponse:
    """Give back days that were kept."""
    rows = Copy.objects.all().editable_by(request.user)
    copy = get_object_or_404(rows, label=label)
    kept = get_object_or_404(Hold.objects.filter(copy=copy), pk=pk)
    try:
        give_back(kept, by=request.user)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Ces jours sont de nouveau libres."))
    return go(request, copy)
