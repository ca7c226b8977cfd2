"""Calls for projects, grants as open data, programmes of others: what anyone may read."""

from types import GenericAlias
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.decorators import decorate_view
from pydantic import create_model

from maillage.api.answers import fresh
from maillage.api.schemas import Paged, Problem
from maillage.api.things import LARGEST_PAGE, links
from maillage.calls.grant_exports import SCDL, open_grants
from maillage.calls.models import Call, FundingProgramme
from maillage.calls.review_choices import ProgrammeFamily
from maillage.core.tables.columns import Column

router = Router(tags=["Appels à projets"])


class AskedPage(Schema):
    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(24, ge=1, le=LARGEST_PAGE)


class AskedCalls(AskedPage):
    phase: Literal["", "coming", "open", "closed"] = Field(
        "", description="coming, open, closed ; vide : tous."
    )


class AskedProgrammes(AskedPage):
    family: str = Field(
        "", max_length=12, description=", ".join(ProgrammeFamily.values)
    )


class CallBrief(Schema):
    """Un appel à projets ; l’argent est en centimes, les heures avec leur décalage."""

    slug: str
    url: str
    title: str
    edition: str
    summary: str
    phase: str = Field(description="coming, open, closed ou cancelled")
    opens_at: str
    closes_at: str = Field(description="À cette heure, plus rien n’est reçu.")
    decision_on: str | None = None
    budget_cents: int
    min_grant_cents: int | None = None
    max_grant_cents: int | None = None
    max_percent: int | None = Field(None, description="Part du budget d’un projet.")
    departments: list[str] = Field(description="Codes ; vide : toute la région.")
    structure_kinds: list[str] = Field(description="Vide : toute structure.")
    needs_siret: bool
    themes: list[str]
    plan_lead: str = Field(description="Code de la piste du plan.")
    is_example: bool


class CriterionOut(Schema):
    title: str
    help: str
    weight: int
    max_score: int


class AnswerOut(Schema):
    """Une question posée sur l’appel et sa réponse ; qui l’a posée n’est pas dit."""

    question: str
    answer: str
    answered_on: str | None = None


class CallOut(CallBrief):
    text: str
    questions_until: str | None = None
    contact_email: str
    criteria: list[CriterionOut]
    questions: list[AnswerOut]


class Calls(Paged):
    results: list[CallBrief]


def scdl_field(column: Column) -> Any:
    note = {
        "objet": "« Exemple : » le précède quand il est inventé.",
        "montant": "En euros, avec un point.",
    }.get(column.code)
    return str, Field(..., description=note)


#: By the names of the columns of the file, so that both tell the same.
GrantOut = create_model(
    "GrantOut",
    __base__=Schema,
    __doc__="Une subvention, par les noms du schéma SCDL « subventions » 2.1.1.",
    **{column.code: scdl_field(column) for column in SCDL},
)


ROWS: Any = GenericAlias(list, (GrantOut,))
Grants = create_model("Grants", __base__=Paged, results=(ROWS, ...))


class DateOut(Schema):
    label: str
    opens_on: str | None = None
    closes_on: str = Field(description="Dernier jour, compris.")


class FundingOut(Schema):
    """Un programme d’autrui : l’agence le note, elle ne le gère pas."""

    slug: str
    url: str
    name: str
    family: str
    manager: str
    summary: str
    perimeter: str
    eligibility: str
    amount: str
    structure_kinds: list[str] = Field(description="Vide : toutes.")
    themes: list[str] = Field(description="Vide : tous.")
    departments: list[str] = Field(description="Vide : toute la région.")
    official_url: str
    source: str
    source_on: str | None = None
    dates: list[DateOut]


class Programmes(Paged):
    results: list[FundingOut]


ERRORS = {404: Problem, 422: Problem}


@router.get("/calls", response={200: Calls, 422: Problem})
@decorate_view(fresh)
def calls(request: HttpRequest, given: Annotated[AskedCalls, Query()]) -> Any:
    """Les appels publiés, ceux qui ferment le plus tard d’abord."""
    rows, now = Call.objects.all(), timezone.now()
    narrowed = {
        "open": rows.open_at,
        "coming": rows.coming_at,
        "closed": rows.closed_at,
    }
    rows = narrowed[given.phase](now) if given.phase else rows.published()
    return paged(request, given, rows.order_by("-closes_at", "pk"), brief)


@router.get("/calls/{slug}", response={200: CallOut, **ERRORS})
@decorate_view(fresh)
def call(request: HttpRequest, slug: str) -> Any:
    """Un appel : son texte, ses règles, ses critères, les réponses publiques."""
    row = get_object_or_404(
        Call.objects.all().published(), slug=slug.replace("\x00", "")
    )
    names = ("title", "help", "weight", "max_score")
    return {
        **brief(row),
        "text": row.text,
        "questions_until": moment(row.questions_until),
        "contact_email": row.contact_email,
        "criteria": list(row.criteria.values(*names)),
        "questions": [
            {
                "question": one.text,
                "answer": one.answer,
                "answered_on": day(one.answered_at and timezone.localtime(one.answered_at).date()),
            }
            for one in row.questions.all().public()
        ],
    }  # fmt: skip


@router.get("/grants", response={200: Grants, 422: Problem})
@decorate_view(fresh)
def grants(request: HttpRequest, given: Annotated[AskedPage, Query()]) -> Any:
    """Les subventions dont la convention est signée, comme les données ouvertes."""
    return paged(request, given, list(open_grants()), told_grant)


@router.get("/funding-programmes", response={200: Programmes, 422: Problem})
@decorate_view(fresh)
def funding_programmes(
    request: HttpRequest, given: Annotated[AskedProgrammes, Query()]
) -> Any:
    """Les programmes d’autrui, avec leurs dates."""
    rows = FundingProgramme.objects.all().published()
    if given.family:
        rows = rows.filter(family=given.family.replace("\x00", ""))
    rows = rows.prefetch_related("dates").order_by("name", "pk")
    return paged(request, given, rows, told_programme)


@router.get("/funding-programmes/{slug}", response={200: FundingOut, **ERRORS})
@decorate_view(fresh)
def funding_programme(request: HttpRequest, slug: str) -> Any:
    """Un programme d’autrui."""
    rows = FundingProgramme.objects.all().published().prefetch_related("dates")
    return told_programme(get_object_or_404(rows, slug=slug.replace("\x00", "")))


def paged(
    request: HttpRequest, given: AskedPage, rows: Any, told: Any
) -> dict[str, Any]:
    """One page of rows, or of a list."""
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    start = (given.page - 1) * given.size
    found = links(request, page=given.page, size=given.size, total=total)
    return {**found, "results": [told(row) for row in rows[start : start + given.size]]}


def moment(when: Any) -> str | None:
    return timezone.localtime(when).isoformat() if when else None


def day(date: Any) -> str | None:
    return date.isoformat() if date else None


SAME = (
    "slug", "title", "edition", "summary", "budget_cents", "min_grant_cents",
    "max_grant_cents", "max_percent", "departments", "structure_kinds", "needs_siret",
    "themes", "plan_lead", "is_example",
)  # fmt: skip


def brief(row: Call) -> dict[str, Any]:
    phase = "cancelled" if row.is_cancelled else row.phase(timezone.now()).value
    return {
        **{name: getattr(row, name) for name in SAME},
        "url": settings.SITE_URL + row.get_absolute_url(),
        "phase": phase,
        "opens_at": moment(row.opens_at),
        "closes_at": moment(row.closes_at),
        "decision_on": day(row.decision_on),
    }


def told_grant(row: Any) -> dict[str, str]:
    """The cells of the open data, as its files have them."""
    return {column.code: str(column.write(column.of(row)) or "") for column in SCDL}


FUNDING_SAME = (
    "slug", "name", "family", "manager", "summary", "perimeter", "eligibility", "amount",
    "structure_kinds", "themes", "departments", "source",
)  # fmt: skip


def told_programme(row: FundingProgramme) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in FUNDING_SAME},
        "url": settings.SITE_URL + row.get_absolute_url(),
        "official_url": row.url,
        "source_on": day(row.source_on),
        "dates": [
            {
                "label": one.label,
                "opens_on": day(one.opens_on),
                "closes_on": one.closes_on.isoformat(),
            }
            for one in row.dates.all()
        ],
    }
