"""Indicators and their published figures; a secret one has a status and no value."""

import datetime as dt
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.decorators import decorate_view

from maillage.api.answers import fresh
from maillage.api.schemas import Problem
from maillage.observatory.choices import Level, Status
from maillage.observatory.exports import UNSHOWN
from maillage.observatory.models import Indicator

router = Router(tags=["Indicateurs"])
MOST = 1000
CODE = r"^[\w-]*$"


class IndicatorOut(Schema):
    """Ce qui est mesuré, comment, et ses limites."""

    code: str
    name: str
    unit: str
    family: str
    about: str
    method: str
    limits: str
    aggregation: str
    period_kind: str
    finest: str
    source_name: str
    source_url: str
    licence: str


class ObservationOut(Schema):
    """Une valeur publiée ; `secret` : elle existe et n’est pas publiée."""

    level: str
    code: str
    period: str
    value: float | None
    status: str
    vintage: dt.date
    coverage: float | None


class ObservationPage(Schema):
    indicator: str
    unit: str
    count: int
    items: list[ObservationOut]


class AskedIndicators(Schema):
    family: str = Field("", max_length=60, description="Seulement cette famille.")


class AskedObservations(Schema):
    level: str = Field(
        "", max_length=10, description="commune, epci, department, region."
    )
    code: str = Field(
        "", pattern=CODE, max_length=12, description="Code du territoire."
    )
    period: str = Field(
        "", pattern=CODE, max_length=10, description="Par exemple 2024."
    )
    offset: int = Field(0, ge=0, le=10_000_000)
    limit: int = Field(100, ge=1, le=MOST)


@router.get("/indicateurs", response={200: list[IndicatorOut], 422: Problem})
@decorate_view(fresh)
def indicators(request: HttpRequest, asked: Annotated[AskedIndicators, Query()]) -> Any:
    """Les indicateurs publiés."""
    rows = Indicator.objects.published()
    return list(rows.filter(family=asked.family) if asked.family else rows)


@router.get(
    "/indicateurs/{code}/observations",
    response={200: ObservationPage, 404: Problem, 422: Problem},
)
@decorate_view(fresh)
def observations(
    request: HttpRequest, code: str, asked: Annotated[AskedObservations, Query()]
) -> Any:
    """Les valeurs publiées d’un indicateur, à leur dernier millésime."""
    indicator = Indicator.objects.published().filter(code=code).first()
    if indicator is None:
        raise Http404
    rows = indicator.observations.all().current()
    for name in ("level", "code", "period"):
        if wanted := getattr(asked, name):
            rows = rows.filter(**{name: wanted})
    found = rows.order_by("period", "level", "code")
    return {
        "indicator": indicator.code,
        "unit": indicator.unit,
        "count": found.count(),
        "items": [
            figure(row) for row in found[asked.offset : asked.offset + asked.limit]
        ],
    }


def figure(row: Any) -> dict[str, Any]:
    """A row as everybody may read it."""
    return {
        "level": Level(row.level).value,
        "code": row.code,
        "period": row.period,
        "value": row.shown,
        "status": UNSHOWN if row.hidden else Status(row.status).value,
        "vintage": row.vintage,
        "coverage": row.coverage,
    }
