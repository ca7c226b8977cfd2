"""The first page of the observatory: the region's key figures, then its doors."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maillage.core.http import PageRequest, page
from maillage.observatory.cards import cards_of
from maillage.observatory.choices import Level
from maillage.observatory.dashboards import chosen_of
from maillage.observatory.indicator_maps import territory_map
from maillage.observatory.indicator_pages import departments
from maillage.observatory.models import Indicator
from maillage.observatory.services.indicators import (
    at_level,
    figures_of,
    latest_periods,
)
from maillage.observatory.services.perimeters import find_territory, whole_region
from maillage.territories.models import Department

#: Key figures on the first page.
MOST = 8


@login_not_required
@require_safe
def home(request: PageRequest) -> HttpResponse:
    """What science culture is in the region, in a few figures and one map."""
    rows = list(Indicator.objects.published())
    key = chosen_of(rows, "")[:MOST]
    own = whole_region()
    region = find_territory(own.level, own.code) or own
    context = {
        "territory": region,
        "cards": cards_of(key, region, people=region.population),
        "map": first_map(key),
        "departments": Department.objects.order_by("code"),
        "total": len(rows),
        "lead": _("Ce que l’on sait de la culture scientifique sur le territoire."),
    }
    return page(request, "observatory/home.html", context)


def first_map(indicators: list[Indicator]) -> dict[str, object] | None:
    """The first key figure that is compared between EPCI, as a map."""
    periods = latest_periods(indicators)
    for one in indicators:
        if one.weight_name and one.pk in periods:
            period = periods[one.pk][1]
            figures = at_level(one, level=Level.EPCI, period=period)
            if (figures.values or figures.hidden) and (
                chart := territory_map(one, figures, level=Level.EPCI, period=period)
            ):
                own = whole_region()
                place = (own.level, own.code)
                region = figures_of([one], [place]).get((one.pk, *place), {})
                return {
                    "chart": chart,
                    "indicator": one,
                    "departments": departments(one, region),
                }
    return None
