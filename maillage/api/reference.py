"""Communes and vocabularies: what the codes of records mean."""

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema
from ninja.decorators import decorate_view

from maillage.api.answers import cached
from maillage.api.schemas import CommuneOut, Communes, Problem, Vocabulary
from maillage.api.things import ERRORS, LARGEST_PAGE, links
from maillage.core import vocab
from maillage.core.vocab import names
from maillage.territories.models import Commune
from maillage.territories.services import suggest_communes

router = Router(tags=["Références"])


class AskedCommunes(Schema):
    q: str = Field("", max_length=100, description="Début du nom ou code postal.")
    department: str = Field("", max_length=3, description="Code du département.")
    epci: str = Field("", max_length=9, description="SIREN de l’intercommunalité.")
    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(24, ge=1, le=LARGEST_PAGE)


@router.get("/communes", response={200: Communes, 422: Problem})
@decorate_view(cached)
def communes(request: HttpRequest, given: Annotated[AskedCommunes, Query()]) -> Any:
    """Les communes de la région ; avec q, les cent plus probables au plus."""
    start = (given.page - 1) * given.size
    if given.q.strip():
        found = suggest_communes(given.q.replace("\x00", ""), limit=LARGEST_PAGE)
        found = [c for c in found if given.department in ("", c.department_id)]
        found = [c for c in found if given.epci in ("", c.epci_id)]
        total, rows = len(found), found[start : start + given.size]
    else:
        kept = Commune.objects.order_by("insee")
        if given.department:
            kept = kept.of_department(given.department.replace("\x00", ""))
        if given.epci:
            kept = kept.of_epci(given.epci.replace("\x00", ""))
        total, rows = kept.count(), list(kept[start : start + given.size])
    told = links(request, page=given.page, size=given.size, total=total)
    return {**told, "results": [commune_out(row) for row in rows]}


@router.get("/communes/{insee}", response={200: CommuneOut, **ERRORS})
@decorate_view(cached)
def commune(request: HttpRequest, insee: str) -> Any:
    """Une commune, par son code INSEE."""
    row = get_object_or_404(Commune, insee=insee.replace("\x00", "").upper())
    return commune_out(row)


def commune_out(commune: Commune) -> dict[str, Any]:
    return {
        "insee": commune.insee,
        "name": commune.name,
        "department": commune.department_id,
        "epci": commune.epci_id,
        "postal_codes": commune.postal_codes.split(),
        "population": commune.population,
        "area_km2": commune.area_km2,
        "density_class": commune.density_class,
        "lon": commune.lon,
        "lat": commune.lat,
    }


@router.get("/vocabularies", response={200: list[Vocabulary], 422: Problem})
@decorate_view(cached)
def vocabularies(request: HttpRequest) -> Any:
    """Les vocabulaires et leurs termes."""
    return [vocabulary_out(name) for name in names()]


@router.get("/vocabularies/{name}", response={200: Vocabulary, **ERRORS})
@decorate_view(cached)
def vocabulary(request: HttpRequest, name: str) -> Any:
    """Un vocabulaire."""
    if name not in names():
        raise Http404
    return vocabulary_out(name)


def vocabulary_out(name: str) -> dict[str, Any]:
    terms = [
        {
            "slug": term.slug,
            "label": term.label_fr,
            "label_en": term.label_en,
            "definition": term.definition,
            "uri": term.uri,
        }
        for term in vocab.terms(name).values()
    ]
    return {"name": name, "terms": terms}
