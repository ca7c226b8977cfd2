"""What the pass opens, as open data: what is given now or will be, place by place."""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maillage.core.tables.columns import Column
from maillage.core.tables.exporting import Export
from maillage.passport.benefit_imports import BENEFIT_COLUMNS
from maillage.passport.benefit_pages import line_of
from maillage.passport.models import Benefit

POSITION = (
    Column("place_name", _("nom du lieu"), value=lambda row: row.place.name),
    Column(
        "commune",
        _("commune"),
        "commune",
        value=lambda row: row.place.commune_id or "",
        about=_("Code INSEE de la commune du lieu."),
    ),
    Column("lon", _("longitude"), "number", value=lambda row: at(row, 0), unit="°"),
    Column("lat", _("latitude"), "number", value=lambda row: at(row, 1), unit="°"),
    Column(
        "words",
        _("en quelques mots"),
        value=lambda row: line_of(row, today=timezone.localdate()).value,
    ),
)


def at(row: Benefit, axis: int) -> float | None:
    position = row.position
    return position[axis] if position else None


def benefits() -> Any:
    """Benefits of published places that are given now or later."""
    rows = Benefit.objects.all().offered_on(timezone.localdate())
    return rows.select_related("place__commune", "event")


def benefits_changed_at() -> dt.datetime | None:
    """When somebody last said what is given; unknown before."""
    rows = Benefit.history.order_by("-history_date")
    found: dt.datetime | None = rows.values_list("history_date", flat=True).first()
    return found


BENEFIT_EXPORT = Export(
    "benefits", _("Avantages du passeport"), (*BENEFIT_COLUMNS, *POSITION), benefits
)
