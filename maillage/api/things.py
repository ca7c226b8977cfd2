"""Structures, places, resources, events, trails, search: the lists and the records of the site."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, QueryDict
from django.utils import translation
from ninja import Field, Query, Router, Schema
from ninja.decorators import decorate_view
from pydantic import create_model

from maillage.agenda.exports import EVENT_EXPORT, TRAIL_EXPORT
from maillage.agenda.models import Programme
from maillage.api.answers import cached
from maillage.api.schemas import (
    EventOut,
    Feature,
    Features,
    Found,
    Listed,
    PlaceOut,
    Point,
    Problem,
    ProgrammeOut,
    ResourceOut,
    StructureOut,
    TrailOut,
    record,
)
from maillage.catalogue.exports import RESOURCE_EXPORT
from maillage.core import listing
from maillage.core.listing_facets import list_facets, param
from maillage.core.slugs import moved_to
from maillage.core.tables.exporting import Export
from maillage.directory.exports import PLACE_EXPORT, STRUCTURE_EXPORT

LARGEST_PAGE = 100
LARGEST_MAP = 1000
NUMBER = r"-?\d{1,3}(\.\d{1,9})?"
EXPORTS = {
    "structure": STRUCTURE_EXPORT,
    "place": PLACE_EXPORT,
    "resource": RESOURCE_EXPORT,
    "event": EVENT_EXPORT,
    "trail": TRAIL_EXPORT,
}
ERRORS = {404: Problem, 422: Problem}
router = Router(tags=["Fiches"])


class Asked(Schema):
    """The parameters of every list; those of the facets are added for each kind."""

    q: str = Field("", max_length=200, description="Mots cherchés.")
    near: str = Field(
        "", pattern=rf"^({NUMBER},{NUMBER})?$", description="longitude,latitude"
    )
    km: float | None = Field(None, ge=0, le=500, description="Rayon autour de near.")
    bbox: str = Field(
        "",
        pattern=rf"^({NUMBER},{NUMBER},{NUMBER},{NUMBER})?$",
        description="ouest,sud,est,nord",
    )
    sort: str = Field(
        "", max_length=40, description="name, recent, distance, relevance"
    )
    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(24, ge=1, le=LARGEST_PAGE)


def asked(name: str, kinds: Sequence[str], *, largest: int = LARGEST_PAGE) -> Any:
    """The parameters of the list of some kinds: the same filters as its page."""
    with translation.override("fr"):
        facets: dict[str, Any] = {
            param(facet): (
                list[str],
                Field(
                    [], max_length=50, description=f"{label} : {vocabulary or facet}"
                ),
            )
            for facet, (label, vocabulary) in list_facets(kinds).items()
        }
    if len(kinds) != 1:
        facets["kind"] = (list[str], Field([], max_length=10, description="Genres."))
    if largest != LARGEST_PAGE:
        facets["size"] = (int, Field(largest, ge=1, le=largest))
    return create_model(name, __base__=Asked, **facets)


if TYPE_CHECKING:  # made below, with a parameter for each facet
    AskedStructures = Asked
    AskedPlaces = Asked
    AskedResources = Asked
    AskedEvents = Asked
    AskedTrails = Asked
    AskedSearch = Asked
    AskedMap = Asked
else:
    AskedStructures = asked("AskedStructures", ("structure",))
    AskedPlaces = asked("AskedPlaces", ("place",))
    AskedResources = asked("AskedResources", ("resource",))
    AskedEvents = asked("AskedEvents", ("event",))
    AskedTrails = asked("AskedTrails", ("trail",))
    AskedSearch = asked("AskedSearch", ())
    AskedMap = asked("AskedMap", ("place",), largest=LARGEST_MAP)


def link(path: str, params: QueryDict, page: int) -> str:
    """The absolute address of another page of the same list."""
    pairs = [(k, v) for k, values in params.lists() for v in values if k != "page"]
    return f"{settings.SITE_URL}{path}?{urlencode([*pairs, ('page', page)])}"


def links(request: HttpRequest, *, page: int, size: int, total: int) -> dict[str, Any]:
    pages = max(1, -(-total // size))
    path = request.path
    return {
        "total": total,
        "page": page,
        "pages": pages,
        "next": link(path, request.GET, page + 1) if page < pages else None,
        "previous": link(path, request.GET, min(page - 1, pages)) if page > 1 else None,
    }


def listed(request: HttpRequest, given: Any, kinds: tuple[str, ...]) -> dict[str, Any]:
    found = listing.find(listing.read_query(request.GET, kinds=kinds))
    results = [brief(entry) for entry in found.page(given.page, given.size)]
    told = links(request, page=given.page, size=given.size, total=found.total)
    return {**told, "results": results, "correction": found.correction or ""}


def brief(entry: Any) -> dict[str, Any]:
    export = EXPORTS.get(entry.kind)
    address = f"/api/1/{export.code}/{entry.slug}" if export else entry.url
    distance = entry.distance_km
    return {
        "kind": entry.kind,
        "slug": entry.slug,
        "name": entry.name,
        "url": f"{settings.SITE_URL}{entry.url}",
        "api_url": settings.SITE_URL + address,
        "category": entry.category,
        "summary": entry.summary,
        "commune": next(iter(entry.facets.get("commune", [])), None),
        "commune_name": entry.commune_name,
        "owner_name": entry.owner_name,
        "themes": entry.facets.get("themes", []),
        "audiences": entry.facets.get("audiences", []),
        "lon": entry.lon,
        "lat": entry.lat,
        "distance_km": None if distance is None else round(distance, 3),
        "is_example": entry.is_example,
        "is_verified": entry.is_verified,
        "changed_at": entry.changed_at,
    }


def detail(export: Export, slug: str) -> dict[str, Any]:
    """A published thing by its address, or by one that it had."""
    rows = export.rows()
    thing = rows.filter(slug=slug).first()
    if thing is None and (moved := moved_to(rows.model, slug)):
        thing = rows.filter(pk=moved.pk).first()
    if thing is None:
        raise Http404
    return record(thing, export.columns)


@router.get("/structures", response={200: Listed, 422: Problem})
@decorate_view(cached)
def structures(request: HttpRequest, given: Annotated[AskedStructures, Query()]) -> Any:
    """Les structures publiées, avec les filtres de la page."""
    return listed(request, given, ("structure",))


@router.get("/structures/{slug}", response={200: StructureOut, **ERRORS})
@decorate_view(cached)
def structure(request: HttpRequest, slug: str) -> Any:
    """Une structure."""
    return detail(STRUCTURE_EXPORT, slug)


@router.get("/places", response={200: Listed, 422: Problem})
@decorate_view(cached)
def places(request: HttpRequest, given: Annotated[AskedPlaces, Query()]) -> Any:
    """Les lieux publiés, avec les filtres de la page."""
    return listed(request, given, ("place",))


@router.get("/places.geojson", response={200: Features, 422: Problem})
@decorate_view(cached)
def places_geojson(request: HttpRequest, given: Annotated[AskedMap, Query()]) -> Any:
    """Les lieux publiés en GeoJSON, par pages de mille au plus."""
    found = listing.find(listing.read_query(request.GET, kinds=("place",)))
    told = links(request, page=given.page, size=given.size, total=found.total)
    features = [
        feature(entry)
        for entry in found.page(given.page, given.size)
        if entry.lon is not None
    ]
    return {"total": found.total, "next": told["next"], "features": features}


@router.get("/places/{slug}", response={200: PlaceOut, **ERRORS})
@decorate_view(cached)
def place(request: HttpRequest, slug: str) -> Any:
    """Un lieu."""
    return detail(PLACE_EXPORT, slug)


@router.get("/resources", response={200: Listed, 422: Problem})
@decorate_view(cached)
def resources(request: HttpRequest, given: Annotated[AskedResources, Query()]) -> Any:
    """Les ressources publiées, avec les filtres de la page."""
    return listed(request, given, ("resource",))


@router.get("/resources/{slug}", response={200: ResourceOut, **ERRORS})
@decorate_view(cached)
def resource(request: HttpRequest, slug: str) -> Any:
    """Une ressource."""
    return detail(RESOURCE_EXPORT, slug)


@router.get("/events", response={200: Listed, 422: Problem})
@decorate_view(cached)
def events(request: HttpRequest, given: Annotated[AskedEvents, Query()]) -> Any:
    """Les événements à venir, avec les filtres de la page."""
    return listed(request, given, ("event",))


@router.get("/events/{slug}", response={200: EventOut, **ERRORS})
@decorate_view(cached)
def event(request: HttpRequest, slug: str) -> Any:
    """Un événement et ses séances, passé ou à venir."""
    return detail(EVENT_EXPORT, slug)


@router.get("/trails", response={200: Listed, 422: Problem})
@decorate_view(cached)
def trails(request: HttpRequest, given: Annotated[AskedTrails, Query()]) -> Any:
    """Les parcours publiés, avec les filtres de la page."""
    return listed(request, given, ("trail",))


@router.get("/trails/{slug}", response={200: TrailOut, **ERRORS})
@decorate_view(cached)
def trail(request: HttpRequest, slug: str) -> Any:
    """Un parcours et ses étapes."""
    return detail(TRAIL_EXPORT, slug)


@router.get("/programmes", response=list[ProgrammeOut])
def programmes(request: HttpRequest) -> Any:
    """Les temps forts publiés, le plus récent d’abord."""
    rows: Any = Programme.objects.all().published()
    return [
        {
            **{name: getattr(row, name) for name in ProgrammeOut.model_fields
               if name not in {"events", "url"}},
            "events": row.granted,
            "url": f"{settings.SITE_URL}{row.get_absolute_url()}",
        }
        for row in rows.annotate(granted=Count("events", distinct=True))
    ]  # fmt: skip


@router.get("/search", response={200: Found, 422: Problem})
@decorate_view(cached)
def search(request: HttpRequest, given: Annotated[AskedSearch, Query()]) -> Any:
    """Une recherche dans toutes les fiches publiées."""
    return listed(request, given, ())


def feature(entry: Any) -> Feature:
    return Feature(
        id=entry.slug,
        geometry=Point(coordinates=(entry.lon, entry.lat)),
        properties={
            "name": entry.name,
            "category": entry.category,
            "family": entry.family,
            "commune_name": entry.commune_name,
            "url": f"{settings.SITE_URL}{entry.url}",
            "is_verified": entry.is_verified,
        },
    )
