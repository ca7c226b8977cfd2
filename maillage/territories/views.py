from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from maillage.territories.models import Commune
from maillage.territories.services import suggest_communes


@login_not_required
@require_safe
@conditional_page
def commune_suggest(request: HttpRequest) -> HttpResponse:
    """Answer a box where a commune is being typed: at most ten, as JSON."""
    found = suggest_communes(request.GET.get("q", ""), limit=10)
    response = JsonResponse({"results": [_row(commune) for commune in found]})
    patch_cache_control(response, public=True, max_age=3600)
    return response


def _row(commune: Commune) -> dict[str, object]:
    department = commune.department.name
    return {
        "insee": commune.insee,
        "slug": commune.slug,
        "name": commune.name,
        "label": f"{commune.name} ({department})",
        "department": department,
        "postal_code": commune.postal_code,
        "lon": commune.lon,
        "lat": commune.lat,
    }
