"""The board of a scenario, and of the loans themselves: pages, data, rounds on paper."""

import datetime as dt
import json
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maillage.accounts.guards import agency_readers
from maillage.accounts.http import Request
from maillage.circulation.models import Loan, Scenario, Season
from maillage.circulation.services.board import (
    KIND_LABELS,
    Board,
    board_of,
    board_of_loans,
    stamp_of,
    waiting_of,
)
from maillage.circulation.services.board_paper import print_rounds
from maillage.circulation.services.board_rounds import moves_in, spots_in, week_of
from maillage.circulation.views import board_data as data
from maillage.core.context import region
from maillage.core.http import page
from maillage.core.numbers import number_in

WEEK = dt.timedelta(7)
#: The board of loans shows so much before today, and after.
BEFORE, AFTER = dt.timedelta(60), dt.timedelta(305)


def scenario_for(request: Request, slug: str, pk: int) -> Scenario:
    rows = Scenario.objects.visible_to(request.user).select_related("season")
    return get_object_or_404(rows, pk=pk, season__slug=slug)


def is_editable(request: Request, scenario: Scenario) -> bool:
    return Scenario.objects.editable_by(request.user).filter(pk=scenario.pk).exists()


@agency_readers
@require_safe
def board(request: Request, slug: str, pk: int) -> HttpResponse:
    """The season of one scenario: its Gantt, its week, its requests that wait."""
    scenario = scenario_for(request, slug, pk)
    names = [slug, pk]
    context = {
        "scenario": scenario,
        "editable": is_editable(request, scenario),
        "waiting": scenario.refusals.count(),
        "urls": {
            name: reverse(f"circulation:board_{name}", args=names)
            for name in ("data", "slots", "undo", "table", "rounds", "tray")
        },
        "verbs": {
            "move": data.request_url(names, "board_move"),
            "refuse": data.request_url(names, "board_refuse"),
            "free": data.request_url(names, "board_free"),
        },
        **drawing(request, board_of(scenario, waiting=False)),
    }
    return page(request, "circulation/board.html", context, partial="week")


@agency_readers
@require_safe
def board_tray(request: Request, slug: str, pk: int) -> HttpResponse:
    """The requests that wait, for the script: the board is seen without them first."""
    scenario = scenario_for(request, slug, pk)
    context = {
        "scenario": scenario,
        "editable": is_editable(request, scenario),
        "tray": data.tray_of(waiting_of(scenario)),
    }
    return page(request, "circulation/board_tray.html", context)


def drawing(request: Request, drawn: Board) -> dict[str, Any]:
    """What every board shows, wherever its loans come from."""
    card = region()
    return {
        "words_json": json.dumps(data.words()),
        "loan_count": len(drawn.bars),
        "owners": data.owners_of(drawn),
        "hosts": data.hosts_of(drawn),
        "kinds": [(kind.value, label) for kind, label in KIND_LABELS.items()],
        "bounds_json": json.dumps(
            [card["map"]["bounds"][:2], card["map"]["bounds"][2:]]
        ),
        "credit": card["data"]["base_map_attribution"],
        **week_context(request, drawn),
    }


def week_context(request: Request, drawn: Board) -> dict[str, Any]:
    """The week that ``?week=`` names by one of its days; else that of today."""
    weeks = data.weeks_of(drawn)
    monday = week_of(asked_day(request, drawn))
    mondays = [name for name, _label in weeks]
    rank = mondays.index(monday.isoformat())
    moves = moves_in(drawn, monday)
    return {
        "monday": monday,
        "sunday": monday + dt.timedelta(6),
        "weeks": weeks,
        "week": monday.isoformat(),
        "week_rank": rank,
        "last_rank": len(weeks) - 1,
        "week_before": mondays[rank - 1] if rank else "",
        "week_after": mondays[rank + 1] if rank + 1 < len(weeks) else "",
        "moves": moves,
        "moves_km": sum(move.km for move in moves),
        "spots": spots_in(drawn, monday),
    }


def asked_day(request: Request, drawn: Board) -> dt.date:
    """A day of the board: the one that is asked for, today, or the nearest to it."""
    try:
        day = dt.date.fromisoformat(request.GET.get("week", ""))
    except ValueError:
        day = timezone.localdate()
    return min(max(day, drawn.starts_on), drawn.ends_on - dt.timedelta(1))


@agency_readers
@require_safe
def board_data(request: Request, slug: str, pk: int) -> HttpResponse:
    """All bars of a scenario, for the script."""
    scenario = scenario_for(request, slug, pk)
    return JsonResponse(
        data.columns(
            board_of(scenario, waiting=False), today=timezone.localdate(),
            stamp=stamp_of(scenario), editable=is_editable(request, scenario),
        )
    )  # fmt: skip


@agency_readers
@require_safe
def board_table(request: Request, slug: str, pk: int) -> HttpResponse:
    """All loans of a scenario as a table, with a form to move each."""
    scenario = scenario_for(request, slug, pk)
    drawn = board_of(scenario)
    context = {
        "scenario": scenario,
        "editable": is_editable(request, scenario),
        "tray": data.tray_of(drawn),
        **table(request, drawn),
    }
    return page(request, "circulation/board_table.html", context)


def table(request: Request, drawn: Board) -> dict[str, Any]:
    """Lines of the table, of one owner if ``?owner=`` says so."""
    owner = number_in(request.GET.get("owner"))
    lines = data.lines_of(drawn)
    if owner:
        lines = [line for line in lines if line.copy.resource.owner_id == owner]
    return {"lines": lines, "owners": data.owners_of(drawn), "owner": owner}


@agency_readers
@require_safe
def board_rounds(request: Request, slug: str, pk: int) -> HttpResponse:
    """Rounds on paper: ``?by=week|owner|host`` and which one."""
    scenario = scenario_for(request, slug, pk)
    title = f"{scenario.season.name}, {scenario.name}"
    return rounds(request, board_of(scenario, waiting=False), title=title)


def rounds(request: Request, drawn: Board, *, title: str) -> HttpResponse:
    by = request.GET.get("by", "week")
    key = request.GET.get("key", str(timezone.localdate()))
    pdf = print_rounds(drawn, by=by, key=key, title=title, now=timezone.now())
    if pdf is None:
        raise Http404
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="tournees-{by}-{key}.pdf"'
    return response


@agency_readers
@require_safe
def loan_board(request: Request) -> HttpResponse:
    """The loans as they are known today, around today."""
    drawn = loans_drawn(request)
    names = {
        "data": "loan_board_data",
        "table": "loan_board_table",
        "rounds": "loan_board_rounds",
    }
    context = {
        "scenario": None,
        "editable": False,
        "season": Season.objects.order_by("-starts_on").first(),
        "urls": {name: reverse(f"circulation:{view}") for name, view in names.items()},
        **drawing(request, drawn),
    }
    return page(request, "circulation/board.html", context, partial="week")


def loans_drawn(request: Request) -> Board:
    today = timezone.localdate()
    start, end = week_of(today - BEFORE), today + AFTER
    rows = Loan.objects.visible_to(request.user).exclude(state="cancelled")
    return board_of_loans(
        rows.filter(departs_on__lt=end, free_on__gt=start), start=start, end=end
    )


@agency_readers
@require_safe
def loan_board_data(request: Request) -> HttpResponse:
    drawn = loans_drawn(request)
    return JsonResponse(
        data.columns(drawn, today=timezone.localdate(), stamp="", editable=False)
    )


@agency_readers
@require_safe
def loan_board_table(request: Request) -> HttpResponse:
    context = {
        "scenario": None,
        "editable": False,
        **table(request, loans_drawn(request)),
    }
    return page(request, "circulation/board_table.html", context)


@agency_readers
@require_safe
def loan_board_rounds(request: Request) -> HttpResponse:
    return rounds(request, loans_drawn(request), title=_("Prêts"))
