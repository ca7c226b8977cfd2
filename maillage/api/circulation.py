"""When resources are free: dates only, never who borrows what."""

import datetime as dt
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.decorators import decorate_view

from maillage.api.answers import fresh
from maillage.api.schemas import Problem
from maillage.catalogue.models import Resource
from maillage.circulation.models import Copy, Hold
from maillage.circulation.services.availability import (
    Wish,
    copies_of,
    first_free,
    usual_days,
)

#: How far ahead the days that are taken are told.
AHEAD = dt.timedelta(730)
LATEST = dt.timedelta(3650)
router = Router(tags=["Prêts"])


class AskedDays(Schema):
    days: int = Field(0, ge=0, le=366, description="Durée voulue ; 0 : l’usage.")
    start: dt.date | None = Field(None, description="Au plus tôt ce jour-là.")


class Taken(Schema):
    """Un exemplaire est pris du premier jour au dernier, transport compris."""

    copy_rank: int
    starts_on: dt.date
    last_day: dt.date


class FreeDays(Schema):
    days: int
    starts_on: dt.date
    last_day: dt.date


class Availability(Schema):
    slug: str
    name: str
    copies: int
    first_free: FreeDays | None
    taken: list[Taken]


@router.get(
    "/resources/{slug}/availability",
    response={200: Availability, 404: Problem, 422: Problem},
)
@decorate_view(fresh)
def availability(
    request: HttpRequest, slug: str, given: Annotated[AskedDays, Query()]
) -> Any:
    """Les jours où une ressource est prise, et ses premières dates libres."""
    resource = Resource.objects.published().filter(slug=slug).first()
    if resource is None:
        raise Http404
    today = timezone.localdate()
    days = given.days or usual_days(resource)
    start = min(max(given.start or today, today), today + LATEST)
    copies = copies_of(resource)
    wish = Wish(today=today, start=start, days=days)
    free = first_free(copies, wish=wish)
    return {
        "slug": resource.slug,
        "name": resource.name,
        "copies": copies.lendable().count(),
        "first_free": {
            "days": days,
            "starts_on": free[0].starts_on,
            "last_day": free[0].last_day,
        }
        if free
        else None,
        "taken": taken(copies, today=today),
    }


def taken(copies: Any, *, today: dt.date) -> list[dict[str, Any]]:
    """Days on which each lendable copy is not there, from today on."""
    lent = Copy.objects.filter(pk__in=copies.lendable().values("pk"))
    rows = Hold.objects.filter(copy__in=lent).overlapping(today, today + AHEAD)
    return [
        {"copy_rank": rank, "starts_on": start, "last_day": end - dt.timedelta(1)}
        for rank, start, end in rows.order_by("copy__rank", "starts_on").values_list(
            "copy__rank", "starts_on", "ends_on"
        )
    ]
