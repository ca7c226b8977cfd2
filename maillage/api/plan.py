"""The plan of the region: its parts, and the published actions under them."""

from typing import Annotated, Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.decorators import decorate_view

from maillage.api.answers import fresh
from maillage.api.schemas import Paged, Problem
from maillage.api.things import LARGEST_PAGE, links
from maillage.plan.services.board import board_data
from maillage.plan.services.reading import read_in_force

router = Router(tags=["Plan"])


class Figures(Schema):
    """Ce qui est fait sous une partie du plan ; l’argent est en centimes."""

    actions: int
    leads: int = Field(description="Pistes, orientations et missions.")
    leads_taken: int = Field(description="Celles qui ont une action.")
    percent: int | None = Field(None, description="Avancement calculé.")
    forecast_cents: int
    spent_cents: int


class NodeOut(Figures):
    code: str
    parent: str | None = None
    kind: str
    name: str
    url: str


class PlanOut(Schema):
    code: str
    title: str
    region: str
    adopted_on: str
    day: str = Field(description="Jour des chiffres.")
    total: Figures
    nodes: list[NodeOut] = Field(description="Dans l’ordre du plan.")


class BudgetOut(Schema):
    year: int
    funder: str
    forecast_cents: int
    spent_cents: int


class ActionOut(Schema):
    """Une action publiée du plan."""

    slug: str
    url: str
    lead: str = Field(description="Code de la piste.")
    title: str
    owner: str
    partners: list[str]
    territory: str
    starts_on: str
    ends_on: str | None = Field(None, description="Lendemain du dernier jour.")
    status: str = Field(description="planned, under_way, done, suspended, abandoned")
    percent: int = Field(description="Avancement calculé.")
    evidence: int = Field(description="Nombre de preuves.")
    cost_cents: int | None = None
    forecast_cents: int
    spent_cents: int
    budget: list[BudgetOut]
    is_example: bool


class AskedActions(Schema):
    lead: str = Field("", max_length=40, description="Code d’une partie du plan.")
    status: str = Field("", max_length=10)
    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(24, ge=1, le=LARGEST_PAGE)


class Actions(Paged):
    results: list[ActionOut]


def figures() -> dict[str, Any]:
    today = timezone.localdate()
    reading = read_in_force(today=today)
    if reading is None:
        raise Http404
    return board_data(reading, today=today)


@router.get("/plan", response={200: PlanOut, 404: Problem})
@decorate_view(fresh)
def plan(request: HttpRequest) -> Any:
    """Le plan en vigueur : ses parties, et ce qui est fait sous chacune."""
    data = figures()
    nodes = [
        {**node, "url": settings.SITE_URL + reverse("plan:node_detail", args=[node["slug"]])}
        for node in data["nodes"]
    ]  # fmt: skip
    return {**data["plan"], "day": data["day"], "total": data["total"], "nodes": nodes}


@router.get("/plan/actions", response={200: Actions, 404: Problem, 422: Problem})
@decorate_view(fresh)
def plan_actions(request: HttpRequest, given: Annotated[AskedActions, Query()]) -> Any:
    """Les actions publiées, dans l’ordre du plan."""
    found = [
        row
        for row in figures()["actions"]
        if (not given.status or row["status"] == given.status)
        and (not given.lead or f"{row['node']}.".startswith(f"{given.lead}."))
    ]
    start = (given.page - 1) * given.size
    told = links(request, page=given.page, size=given.size, total=len(found))
    results = [told_of(row) for row in found[start : start + given.size]]
    return {**told, "results": results}


def told_of(row: dict[str, Any]) -> dict[str, Any]:
    names = ("year", "funder", "forecast_cents", "spent_cents")
    return {
        **row,
        "lead": row["node"],
        "url": settings.SITE_URL + reverse("plan:action_detail", args=[row["slug"]]),
        "budget": [dict(zip(names, line, strict=True)) for line in row["budget"]],
    }
