"""Indicators as open data: their definitions, all values, and each by itself.

Only values that passed the disclosure gate are written; a secret one is a row without
a value whose column ``status`` says so.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.core.tables.columns import Column
from maillage.interchange.datasets import Dataset
from maillage.observatory.choices import (
    Aggregation,
    Level,
    PeriodKind,
    Status,
)
from maillage.observatory.models import Indicator, Observation

INDICATOR_COLUMNS = (
    Column("code", _("code"), field="code", is_required=True, example="places-rate"),
    Column("name", _("nom"), field="name", is_required=True),
    Column("unit", _("unité"), field="unit"),
    Column("about", _("ce qu’il mesure"), "long", "about"),
    Column("method", _("formule ou source"), "long", "method"),
    Column("limits", _("limites"), "long", "limits"),
    Column("family", _("famille"), field="family"),
    Column("themes", _("thèmes"), "terms", "themes", vocabulary="themes"),
    Column(
        "aggregation",
        _("agrégation"),
        "choice",
        "aggregation",
        choices=tuple(Aggregation.choices),
    ),
    Column("weight_name", _("dénominateur ou poids"), field="weight_name"),
    Column("scale", _("multiplié par"), "number", "scale"),
    Column(
        "period_kind",
        _("période"),
        "choice",
        "period_kind",
        choices=tuple(PeriodKind.choices),
    ),
    Column(
        "finest",
        _("niveau le plus fin"),
        "choice",
        "finest",
        choices=tuple(Level.choices),
    ),
    Column("owner", _("responsable"), field="owner"),
    Column("plan_ref", _("piste du plan"), field="plan_ref", example="III.2"),
    Column("source_name", _("source"), field="source_name"),
    Column("source_url", _("page de la source"), "url", "source_url"),
    Column("licence", _("licence"), field="licence"),
)
SHOWN = (
    *Status.choices,
    ("secret", _("secret statistique")),
)


def status_of(observation: Observation) -> str:
    return "secret" if observation.hidden else observation.status


def note_of(observation: Observation) -> str:
    """What is known of the value; of a secret one nothing, not even which rule hid it."""
    return "" if observation.hidden else observation.note


OBSERVATION_COLUMNS = (
    Column(
        "indicator",
        _("indicateur"),
        value=lambda observation: observation.indicator.code,
        is_required=True,
    ),
    Column(
        "level",
        _("niveau de territoire"),
        "choice",
        "level",
        is_required=True,
        choices=tuple(Level.choices),
    ),
    Column(
        "code",
        _("code du territoire"),
        field="code",
        is_required=True,
        example="80021",
        about=_(
            "INSEE pour une commune, un département, une région ; SIREN pour un EPCI"
        ),
    ),
    Column("period", _("période"), field="period", is_required=True, example="2025"),
    Column(
        "value",
        _("valeur"),
        "number",
        "shown",
        about=_("vide si elle est inconnue ou couverte par le secret statistique"),
    ),
    Column("unit", _("unité"), value=lambda observation: observation.indicator.unit),
    Column("status", _("statut"), "choice", value=status_of, choices=SHOWN),
    Column("vintage", _("millésime"), "date", "vintage"),
    Column("note", _("précision"), value=note_of),
)
KEY = ("indicator", "level", "code", "period")


def published() -> Any:
    """The last known values of all published indicators."""
    rows = Observation.objects.current().select_related("indicator")
    return rows.filter(indicator__in=Indicator.objects.published())


def in_order(rows: Any) -> Iterator[Any]:
    ordered = rows.order_by("indicator__code", "level", "code", "period")
    yield from ordered.iterator(chunk_size=5000)


def version_of(rows: Any) -> str:
    """Rises with each observation: a change of one is another vintage, so another row.

    Definitions and secrets are in it by the time at which the indicator last changed.
    """
    last = rows.aggregate(Max("pk"), Max("indicator__changed_at"))
    changed = last["indicator__changed_at__max"]
    return f"{last['pk__max'] or 0}-{changed.timestamp() if changed else 0:.0f}"


def last_change(rows: Any) -> dt.datetime | None:
    found: dt.datetime | None = rows.aggregate(Max("changed_at"))["changed_at__max"]
    return found


def indicators(pks: Sequence[int] | None = None) -> Iterator[Any]:
    yield from Indicator.objects.published().order_by("code")


def of_indicator(indicator: Indicator) -> Dataset:
    """The values of one indicator."""

    def rows() -> Any:
        return published().filter(indicator=indicator)

    return Dataset(
        f"indicateur-{indicator.code}",
        indicator.name,
        indicator.about or indicator.method,
        OBSERVATION_COLUMNS,
        lambda pks: in_order(rows()),
        lambda: rows().count(),
        origin=" ; ".join(filter(None, [indicator.source_name, indicator.licence])),
        version=lambda: version_of(rows()),
        changed=lambda: indicator.changed_at,
        key=KEY,
        page=indicator.get_absolute_url(),
        family=_("Indicateurs"),
    )


def all_indicators() -> Dataset:
    return Dataset(
        "indicators",
        _("Indicateurs"),
        _("Ce que mesure chaque indicateur publié : formule, source, limites."),
        INDICATOR_COLUMNS,
        indicators,
        lambda: Indicator.objects.published().count(),
        changed=lambda: last_change(Indicator.objects.published()),
        page=reverse("observatory:indicator_list"),
    )


def all_observations() -> Dataset:
    return Dataset(
        "observations",
        _("Valeurs des indicateurs"),
        _("Les valeurs publiées de tous les indicateurs, par territoire et période."),
        OBSERVATION_COLUMNS,
        lambda pks: in_order(published()),
        lambda: published().count(),
        version=lambda: version_of(published()),
        changed=lambda: last_change(Indicator.objects.published()),
        key=KEY,
        page=reverse("observatory:indicator_list"),
    )
