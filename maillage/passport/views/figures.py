"""Figures of the pass: of the region, of one place, of one's own pass."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from maillage.accounts.guards import agency_readers
from maillage.accounts.http import Request
from maillage.core.http import go, page
from maillage.core.tables.sending import TYPES, table_file
from maillage.directory.models import Place
from maillage.passport.figures_files import COLUMNS, DAY_COLUMNS, file_lines
from maillage.passport.figures_pages import region_context
from maillage.passport.figures_place import day_rows, public_context, team_context
from maillage.passport.services.figures import (
    chosen,
    counted_months,
    month_words,
    months_of,
    only_examples,
    periods,
    published,
)
from maillage.passport.services.holding import forget_passages, passages_of
from maillage.passport.services.months import living_months
from maillage.passport.views.passes import found_pass


@agency_readers
@require_safe
def figures_region(request: Request) -> HttpResponse:
    """Passages of the region: by month, place, age, home, distance."""
    found = periods(counted_months())
    period = chosen(found, request.GET.get("periode", ""))
    context: dict[str, Any] = {"periods": found, "period": period}
    context |= {
        "is_invented": only_examples(),
        "forms": TYPES,
        "wait": settings.PASS_WAIT_DAYS,
    }
    if period:
        context |= region_context(period)
    return page(request, "passport/figures_region.html", context)


@agency_readers
@require_safe
def figures_export(request: Request, form: str) -> HttpResponse:
    """The published numbers of the region, month by month, as a file."""
    if form not in TYPES:
        raise Http404
    period = chosen(periods(counted_months()), request.GET.get("periode", ""))
    rows = file_lines(published(period.months)) if period else []
    return table_file(rows, COLUMNS, name="passages-passeport", form=form)


def seen_place(request: Request, slug: str) -> tuple[Place, bool]:
    """A place whose figures this person may see, and whether it is of its team."""
    user: Any = request.user
    rows = Place.objects.published().select_related("commune", "structure")
    own = rows.owned_by(user)
    is_reader = user.is_agency or user.is_observer
    place = get_object_or_404(rows if is_reader else own.distinct(), slug=slug)
    return place, own.filter(pk=place.pk).exists()


@never_cache
@require_safe
def figures_place(request: Request, slug: str) -> HttpResponse:
    """Passages at one place: its own counts for its team, else what is published."""
    place, is_team = seen_place(request, slug)
    found = periods(months_of(place) if is_team else counted_months())
    period = chosen(found, request.GET.get("periode", ""))
    context: dict[str, Any] = {
        "place": place,
        "is_team": is_team,
        "is_invented": only_examples(),
        "periods": found,
        "period": period,
        "forms": TYPES,
        "wait": settings.PASS_WAIT_DAYS,
    }
    if period:
        make = team_context if is_team else public_context
        context |= make(place, period)
    return page(request, "passport/figures_place.html", context)


@never_cache
@require_safe
def figures_place_export(
    request: Request, slug: str, what: str, form: str
) -> HttpResponse:
    """For the team of a place: passages by day, or who came, as a file."""
    place, is_team = seen_place(request, slug)
    if form not in TYPES or not is_team:
        raise Http404
    period = chosen(periods(months_of(place)), request.GET.get("periode", ""))
    name = f"{what}-{place.slug}"
    if what == "jours":
        rows = day_rows(place, period) if period else []
        return table_file(rows, DAY_COLUMNS, name=name, form=form)
    lines = file_lines(published(period.months, place=place)) if period else []
    return table_file(lines, COLUMNS, name=name, form=form)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def pass_visits(request: Request, secret: str) -> HttpResponse:
    """Passages of one's own pass, of months that are not closed; forget them."""
    holder = found_pass(secret)
    if request.method == "POST":
        forget_passages(holder)
        messages.success(
            request, _("C’est fait : ces passages ne mènent plus à votre passeport.")
        )
        return go(request, "passport:pass_visits", secret)
    rows = passages_of(holder).select_related("place__commune", "event")
    living = living_months(today=timezone.localdate())
    context = {
        "holder": holder,
        "passages": rows.order_by("-happened_at"),
        "month_names": ", ".join(month_words(month) for month in living),
    }
    return page(request, "passport/pass_visits.html", context)
