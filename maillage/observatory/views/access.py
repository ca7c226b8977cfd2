"""Access of communes to science culture: the page, its map, its files; white zones."""

import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.core.context import region
from maillage.core.errors import Refused
from maillage.core.http import PageRequest, page
from maillage.core.tables.sending import table_file
from maillage.observatory import access_charts as shown
from maillage.observatory.forms_equity import ChoiceForm
from maillage.observatory.month_maps import month_maps
from maillage.observatory.services.access import (
    Access,
    Choice,
    equity_of,
    find_access,
    find_months,
)
from maillage.observatory.services.comparing import compare
from maillage.observatory.services.whites import find_whites, whites_near

FEW = 10


@login_not_required
@require_safe
def access_map(request: PageRequest) -> HttpResponse:
    """Who reaches how much, where, and how unequally."""
    form = ChoiceForm(request.GET, today=timezone.localdate()).settled()
    try:
        context = access_context(form)
    except Refused as refusal:
        context = {"refusal": refusal}
    context |= {
        "form": form,
        "may_study": may_study(request.user),
        "address": request.GET.urlencode(),
        "bounds": json.dumps(bounds()),
    }
    return page(request, "observatory/access_map.html", context, partial="results")


def may_study(user: Any) -> bool:
    """Scenarios are for the agency and observers."""
    return bool(user.is_authenticated and (user.is_agency or user.is_observer))


def bounds() -> list[list[float]]:
    """South-west and north-east of the region, as maps want them."""
    west, south, east, north = region()["map"]["bounds"]
    return [[west, south], [east, north]]


def access_context(form: ChoiceForm) -> dict[str, Any]:
    choice, month = form.chosen()
    found = find_access(choice, month=month)
    figures = equity_of(found)
    rows = shown.epci_rows(found)
    context: dict[str, Any] = {
        "found": found,
        "finding": shown.finding(found, figures, month=month),
        "unit": shown.unit_sentence(found, figures),
        "compared": compare(choice, month=month),
        "month": month,
        "stats": shown.key_figures(found, figures),
        "worst": rows[:FEW],
        "shades": shown.shades(found)["classes"],
        "border": shown.border_sentence(found),
        "sizes": shown.sizes(found),
        "places": sum(not site.travels for site in found.supply.sites),
        "stays": sum(site.travels for site in found.supply.sites),
    }
    if not found.less_is_better:
        context |= drawings(
            found, figures, choice=choice, month=month, address=form.data
        )
    return context


def drawings(
    found: Access, figures: Any, *, choice: Choice, month: Any, address: Any
) -> dict[str, Any]:
    start = month.year * 12 + month.month - 1 - 5
    first = month.replace(year=start // 12, month=start % 12 + 1)
    months = find_months(choice, first=first)
    return {
        "density": shown.density_chart(found, figures),
        "lorenz": shown.lorenz_chart(found, figures),
        "year": shown.year_chart(months.totals(), first=first),
        "months": month_maps(months, month=month, address=address),
        "theil": shown.theil_sentence(figures),
        "palma": shown.french(figures["palma"], 1) if figures["palma"] else "",
    }


def asked(request: HttpRequest) -> Access:
    """The access that the address asks for."""
    choice, month = ChoiceForm(request.GET, today=timezone.localdate()).chosen()
    return find_access(choice, month=month)


@login_not_required
@require_safe
def access_data(request: HttpRequest) -> HttpResponse:
    """The shades of the map, and the sites; with ``?blanches=1`` only white zones."""
    try:
        found = asked(request)
    except Refused as refusal:
        return JsonResponse({"error": refusal.message}, status=422)
    cut = shown.white_shade if request.GET.get("blanches") else shown.shades
    told = cut(found) | {
        "values": {
            line.insee: [line.name, line.access, line.people, line.at_border]
            for line in shown.lines_of(found)
        },
        "sites": [
            [site.lon, site.lat, site.name, site.travels] for site in found.supply.sites
        ],
    }
    return JsonResponse(told)


@login_not_required
@require_safe
def access_file(request: HttpRequest, form: str) -> HttpResponse:
    """Every commune in a file."""
    try:
        rows = shown.lines_of(asked(request))
    except Refused as refusal:
        return HttpResponse(refusal.message, status=422, content_type="text/plain")
    return table_file(rows, shown.COLUMNS, name="acces-des-communes", form=form)


@login_not_required
@require_safe
def white_zones(request: PageRequest) -> HttpResponse:
    """Communes in the lowest tenth, and what could go there."""
    today = timezone.localdate()
    form = ChoiceForm(request.GET, today=today).settled()
    choice, month = form.chosen()
    context: dict[str, Any] = {"form": form, "address": request.GET.urlencode()}
    try:
        whites = find_whites(find_access(choice, month=month))
    except Refused as refusal:
        return page(
            request, "observatory/white_zones.html", context | {"refusal": refusal}
        )
    near = request.GET.get("commune", "")
    context |= {
        "whites": whites,
        "month": month,
        "finding": shown.white_finding(whites, month=month),
        "bounds": json.dumps(bounds()),
        "near": whites_near(whites, near, theme=choice.theme, today=today),
    }
    return page(request, "observatory/white_zones.html", context, partial="results")


@login_not_required
@require_safe
def white_file(request: HttpRequest, form: str) -> HttpResponse:
    """White zones in a file."""
    try:
        whites = find_whites(asked(request))
    except Refused as refusal:
        return HttpResponse(refusal.message, status=422, content_type="text/plain")
    return table_file(whites.rows, whites.columns, name="zones-blanches", form=form)
