"""Published results of surveys: the stored cells, as the pages and files have them."""

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema
from ninja.decorators import decorate_view

from maillage.api.answers import fresh
from maillage.api.schemas import Problem
from maillage.surveys.models import Release
from maillage.surveys.results.shown import (
    Results,
    published_releases,
    results_of,
)

router = Router(tags=["Enquêtes"])


class WaveBrief(Schema):
    """Une édition dont les résultats sont publiés."""

    slug: str
    name: str
    year: int
    questionnaire: str
    is_example: bool = Field(description="Vrai : les réponses sont inventées.")
    published_at: str


class Question(Schema):
    code: str
    label: str
    section: str
    unit: str


class ResultCell(Schema):
    """Une case ; ``status`` : shown, hidden (secret statistique) ou empty."""

    question: str
    measure: str
    option: str
    option_label: str
    dimension: str
    code: str
    code_label: str
    value: float | None = Field(None, description="Pondérée.")
    share: float | None = Field(None, description="De 0 à 1.")
    base: int | None = Field(None, description="Réponses, non pondérées.")
    status: str


class WaveResults(WaveBrief):
    questions: list[Question]
    cells: list[ResultCell]


def brief(release: Release) -> dict[str, Any]:
    wave = release.wave
    return {
        "slug": wave.slug,
        "name": wave.name,
        "year": wave.year,
        "questionnaire": wave.version.questionnaire.name,
        "is_example": wave.is_example,
        "published_at": release.published_at.isoformat()
        if release.published_at
        else "",
    }


@router.get("/enquetes/", response=list[WaveBrief])
@decorate_view(fresh)
def surveys(request: HttpRequest) -> Any:
    """Les éditions dont les résultats sont publiés."""
    return [brief(release) for release in published_releases()]


@router.get("/enquetes/{slug}", response={200: WaveResults, 404: Problem})
@decorate_view(fresh)
def survey(request: HttpRequest, slug: str) -> Any:
    """Toutes les cases publiées d’une édition."""
    rows = Release.objects.filter(wave__slug=slug).published()
    related = rows.select_related("wave__version__questionnaire")
    release = related.order_by("-number").first()
    if release is None:
        raise Http404
    results = results_of(release)
    return {
        **brief(release),
        "questions": [
            {"code": v.code, "label": v.label, "section": v.section, "unit": v.unit}
            for v in results.variables.values()
        ],
        "cells": cells(results),
    }


def cells(results: Results) -> list[dict[str, Any]]:
    return [
        {
            "question": cell.variable.code,
            "measure": cell.measure,
            "option": cell.option,
            "option_label": cell.option_label,
            "dimension": cell.dimension,
            "code": cell.code,
            "code_label": cell.code_label,
            "value": cell.value.value,
            "share": cell.share.value if cell.share else None,
            "base": cell.base.units,
            "status": cell.status,
        }
        for cell in results.cells()
    ]
