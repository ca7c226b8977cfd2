"""Events, trails and sign-ups as rows of a file."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maillage.agenda.imports import EVENTS, TRAILS
from maillage.agenda.models import Event, Trail
from maillage.core.tables.columns import Column
from maillage.core.tables.exporting import Export


def events() -> Any:
    """Published events, past ones too."""
    rows = Event.objects.published()
    return rows.select_related(
        "commune", "owner", "place__commune", "resource", "programme"
    ).prefetch_related("co_organisers", "occurrences")


EVENT_EXPORT = Export("events", _("Événements"), EVENTS.columns, events)


def trails() -> Any:
    """Published trails."""
    rows = Trail.objects.published().select_related("commune", "owner")
    return rows.prefetch_related(
        "stops__place__commune", "stops__event__place__commune",
        "stops__event__commune", "stops__resource__commune",
        "stops__resource__owner__commune",
    )  # fmt: skip


TRAIL_EXPORT = Export("trails", _("Parcours"), TRAILS.columns, trails)

SIGNUP_COLUMNS = (
    Column(
        "starts",
        _("séance"),
        value=lambda row: (
            f"{timezone.localtime(row.occurrence.starts_at):%Y-%m-%d %H:%M}"
        ),
    ),
    Column("name", _("nom"), value=lambda row: row.name),
    Column("seats", _("places"), "integer", value=lambda row: row.seats),
    Column("state", _("état"), value=lambda row: str(row.get_state_display())),
    Column("is_school", _("classe"), "boolean", value=lambda row: row.is_school),
    Column("email", _("adresse e-mail"), "email", value=lambda row: row.email),
    Column("phone", _("téléphone"), value=lambda row: row.phone),
    Column("note", _("message"), value=lambda row: row.note),
    Column("came", _("venus"), "integer", value=lambda row: row.came),
)
