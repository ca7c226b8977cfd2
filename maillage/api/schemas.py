"""What the API says: the columns of the files, typed."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from django.utils import translation
from ninja import Field, Schema
from pydantic import create_model

from maillage.agenda.exports import EVENT_EXPORT, TRAIL_EXPORT
from maillage.catalogue.exports import RESOURCE_EXPORT
from maillage.core.tables.columns import Column
from maillage.core.tables.writing import json_value
from maillage.directory.exports import PLACE_EXPORT, STRUCTURE_EXPORT


class Error(Schema):
    parameter: str
    detail: str


class Problem(Schema):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: list[Error] = []


class Fee(Schema):
    borrower: str = Field(description="Terme de borrower_kinds, ou « tous ».")
    days: int
    cents: int = Field(description="En centimes d’euro.")


class Brief(Schema):
    """A published thing as lists give it."""

    kind: str = Field(description="structure, place, resource, event ou trail")
    slug: str
    name: str
    url: str = Field(description="Page pour les personnes.")
    api_url: str = Field(description="Fiche complète, ou sa page.")
    category: str = Field(description="Terme du vocabulaire de ce genre.")
    summary: str
    commune: str | None = Field(description="Code INSEE.")
    commune_name: str
    owner_name: str
    themes: list[str]
    audiences: list[str]
    lon: float | None
    lat: float | None
    distance_km: float | None = Field(description="Du point demandé par near.")
    is_example: bool
    is_verified: bool
    changed_at: dt.datetime


class Paged(Schema):
    total: int
    page: int
    pages: int
    next: str | None
    previous: str | None


class Listed(Paged):
    results: list[Brief]


class Found(Listed):
    correction: str = Field(description="La recherche corrigée, s’il le fallait.")


class ProgrammeOut(Schema):
    """An edition of a federating event."""

    slug: str
    name: str
    edition_of: str = Field(description="Ce que les éditions ont en commun.")
    year: int
    theme: str
    summary: str
    starts_on: dt.date
    ends_on: dt.date = Field(description="Lendemain du dernier jour.")
    proposals_from: dt.date
    proposals_until: dt.date = Field(description="Lendemain du dernier jour.")
    events: int = Field(description="Événements labellisés.")
    url: str = Field(description="Page pour les personnes.")
    is_example: bool


class CommuneOut(Schema):
    insee: str
    name: str
    department: str
    epci: str | None
    postal_codes: list[str]
    population: int
    area_km2: float
    density_class: str
    lon: float
    lat: float


class Communes(Paged):
    results: list[CommuneOut]


class TermOut(Schema):
    slug: str
    label: str
    label_en: str
    definition: str
    uri: str


class Vocabulary(Schema):
    name: str
    terms: list[TermOut]


class Point(Schema):
    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float] = Field(description="Longitude, latitude.")


class Feature(Schema):
    type: Literal["Feature"] = "Feature"
    id: str
    geometry: Point
    properties: dict[str, str | bool]


class Features(Schema):
    """A page of GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    total: int
    next: str | None
    features: list[Feature]


TYPES: dict[str, Any] = {
    "integer": int | None,
    "number": float | None,
    "decimal": float | None,
    "cents": float | None,
    "boolean": bool | None,
    "terms": list[str],
    "references": list[str],
    "fees": list[Fee],
    "pairs": dict[str, Any],
    "date": dt.date,
}


def name_of(column: Column) -> str:
    return "slug" if column.code == "key" else column.code


def schema_of(name: str, columns: Sequence[Column]) -> Any:
    """The schema of a full record: the columns of its file, under the same names."""
    with translation.override("fr"):  # whoever asks first, the document is the same
        fields: dict[str, Any] = {
            name_of(column): (
                TYPES.get(column.type, str),
                Field(description=f"{column.label} {column.unit}".strip()),
            )
            for column in columns
        }
    return create_model(name, __base__=Schema, **fields)


def record(thing: Any, columns: Sequence[Column]) -> dict[str, Any]:
    found = {}
    for column in columns:
        value = column.of(thing)
        if column.type != "fees":
            value = json_value(column, value)
        if value is None and TYPES.get(column.type, str) is str:
            value = ""
        found[name_of(column)] = value
    return found


StructureOut = schema_of("Structure", STRUCTURE_EXPORT.columns)
PlaceOut = schema_of("Place", PLACE_EXPORT.columns)
ResourceOut = schema_of("Resource", RESOURCE_EXPORT.columns)
EventOut = schema_of("Event", EVENT_EXPORT.columns)
TrailOut = schema_of("Trail", TRAIL_EXPORT.columns)
