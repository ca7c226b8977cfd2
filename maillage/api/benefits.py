"""What the pass opens: places and events that give something, and to whom."""

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.decorators import decorate_view

from maillage.api.answers import fresh
from maillage.api.schemas import Paged, Problem
from maillage.api.things import LARGEST_PAGE, links
from maillage.passport.benefit_imports import KINDS
from maillage.passport.benefit_pages import line_of
from maillage.passport.choices import PassKind
from maillage.passport.models import Benefit
from maillage.passport.services.benefit_finding import FILTERS, fitting

router = Router(tags=["Passeport"])
LETTERS = {word: str(kind) for kind, word in KINDS.items()}


class AskedBenefits(Schema):
    gives: list[str] = Field([], max_length=10, description="free, reduced, priority")
    kind: list[str] = Field(
        [], max_length=10, description="personne, foyer, classe, accompagnant"
    )
    age: list[str] = Field(
        [], max_length=10, description="0-5, 6-11, 12-17, 18-25, 26-64, 65-"
    )
    place: str = Field("", max_length=120, description="Adresse d’un lieu (slug).")
    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(24, ge=1, le=LARGEST_PAGE)


class BenefitOut(Schema):
    """Ce qu’un lieu, ou un événement qui s’y tient, donne au passeport."""

    number: int
    place: str
    place_name: str
    place_url: str
    event: str | None = Field(None, description="Adresse de l’événement.")
    gives: str
    words: str = Field(description="En quelques mots.")
    label: str
    normal_cents: int | None = Field(None, description="Plein tarif, en centimes.")
    price_cents: int = Field(description="Tarif du passeport, en centimes.")
    kinds: list[str] = Field(description="Vide : tous les passeports.")
    ages: list[str] = Field(description="Vide : tous les âges.")
    most_companions: int
    limit: str = Field(description="none, once, once_a_day, n_a_season")
    times: int | None = None
    starts_on: str | None = None
    ends_on: str | None = Field(None, description="Lendemain du dernier jour.")
    lon: float | None = None
    lat: float | None = None


class Benefits(Paged):
    results: list[BenefitOut]


@router.get("/benefits", response={200: Benefits, 422: Problem})
@decorate_view(fresh)
def benefits(request: HttpRequest, given: Annotated[AskedBenefits, Query()]) -> Any:
    """Les avantages du passeport, proposés maintenant ou bientôt."""
    rows = Benefit.objects.all().offered_on(timezone.localdate())
    if given.place:
        rows = rows.filter(place__slug=given.place.replace("\x00", ""))
    found = fitting(
        rows.select_related("place__commune", "event").order_by("pk"), chosen(given)
    )
    start = (given.page - 1) * given.size
    told = links(request, page=given.page, size=given.size, total=len(found))
    results = [told_of(row) for row in found[start : start + given.size]]
    return {**told, "results": results}


def chosen(given: AskedBenefits) -> dict[str, tuple[str, ...]]:
    """The filters that were asked for; an unknown word finds what is for everybody."""
    kinds = [LETTERS.get(word, word) for word in given.kind]
    said = {"gives": given.gives, "pass": kinds, "age": given.age}
    return {
        name: tuple(value if value in FILTERS[name] else "-" for value in values)
        for name, values in said.items()
        if values
    }


def told_of(row: Benefit) -> dict[str, Any]:
    start, end = row.days
    lon, lat = row.position or (None, None)
    return {
        "number": row.pk,
        "place": row.place.slug,
        "place_name": row.place.name,
        "place_url": settings.SITE_URL + row.place.get_absolute_url(),
        "event": row.event.slug if row.event else None,
        "gives": row.gives,
        "words": line_of(row, today=timezone.localdate()).value,
        "label": row.label,
        "normal_cents": row.normal_cents,
        "price_cents": row.price_cents,
        "kinds": [KINDS[PassKind(kind)] for kind in row.kinds],
        "ages": row.age_bands,
        "most_companions": row.most_companions,
        "limit": row.limit,
        "times": row.times,
        "starts_on": start.isoformat() if start else None,
        "ends_on": end.isoformat() if end else None,
        "lon": lon,
        "lat": lat,
    }
