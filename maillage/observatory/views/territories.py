"""Territories: choose one, read its board, print it."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maillage.core.http import PageRequest, page
from maillage.observatory.board_paper import board_pdf
from maillage.observatory.choices import Level
from maillage.observatory.dashboards import Board, board_of
from maillage.observatory.services.perimeters import (
    Territory,
    find_territory,
    of_commune,
    whole_region,
)
from maillage.territories.models import Department, Epci
from maillage.territories.services import suggest_communes


@login_not_required
@require_safe
def territory_list(request: PageRequest) -> HttpResponse:
    """Find a commune, an EPCI or a department, and open its board."""
    typed = request.GET.get("q", "").strip()[:100]
    communes = [of_commune(row) for row in suggest_communes(typed)] if typed else []
    epci = Epci.objects.order_by("name").values_list("siren", "name")
    context = {
        "typed": typed,
        "communes": communes,
        "region": whole_region(),
        "departments": links(
            Level.DEPARTMENT, Department.objects.values_list("code", "name")
        ),
        "epci": links(
            Level.EPCI, (row for row in epci if typed.lower() in row[1].lower())
        ),
    }
    return page(request, "observatory/territory_list.html", context)


def links(level: str, rows: Any) -> list[Territory]:
    return [Territory(level, code, name) for code, name in rows]


def territory_or_404(level: str, code: str) -> Territory:
    found = find_territory(level, code)
    if found is None:
        raise Http404
    return found


@login_not_required
@require_safe
def territory_detail(request: PageRequest, level: str, code: str) -> HttpResponse:
    """The board of a territory."""
    family = request.GET.get("famille", "")
    board = board_of(territory_or_404(level, code), user=request.user, family=family)
    context = {"board": board, "territory": board.territory, "paper": paper_url(board)}
    return page(request, "observatory/territory_detail.html", context)


def paper_url(board: Board) -> str:
    territory = board.territory
    return reverse(
        "observatory:territory_paper", args=[territory.level, territory.code]
    )


@login_not_required
@require_safe
def territory_paper(request: PageRequest, level: str, code: str) -> HttpResponse:
    """The same board on paper (PDF)."""
    family = request.GET.get("famille", "")
    board = board_of(territory_or_404(level, code), user=request.user, family=family)
    response = HttpResponse(
        board_pdf(board, today=timezone.localdate()), content_type="application/pdf"
    )
    name = f"observatoire-{level}-{code}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
