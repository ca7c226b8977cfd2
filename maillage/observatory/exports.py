"""Figures as rows of a file: what is published, and why a cell is empty."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from maillage.core.tables.columns import Column
from maillage.observatory.choices import Level, Status
from maillage.observatory.models import Indicator
from maillage.observatory.services.perimeters import names

UNSHOWN = "secret"


@dataclass(frozen=True)
class ExportRow:
    """One published figure; ``numerator`` and ``denominator`` go with the value."""

    indicator: str
    level: str
    code: str
    territory: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    unit: str
    status: str
    vintage: object
    coverage: float | None
    note: str


STATUSES = (*Status.choices, (UNSHOWN, _("secret statistique")))
COLUMNS = (
    Column("code_indicateur", _("code de l’indicateur"), field="indicator"),
    Column("niveau", _("niveau"), "choice", "level", choices=tuple(Level.choices)),
    Column("code_territoire", _("code du territoire"), field="code"),
    Column("territoire", _("territoire"), field="territory"),
    Column("periode", _("période"), field="period"),
    Column("valeur", _("valeur"), "number", "value"),
    Column("numerateur", _("numérateur"), "number", "numerator"),
    Column("denominateur", _("dénominateur"), "number", "denominator"),
    Column("unite", _("unité"), field="unit"),
    Column("statut", _("statut"), "choice", "status", choices=STATUSES),
    Column("millesime", _("millésime"), "date", "vintage"),
    Column("couverture", _("part des territoires connus"), "number", "coverage"),
    Column("note", _("note"), field="note"),
)


def export_rows(indicator: Indicator) -> Iterator[ExportRow]:
    """Figures from the region down; a secret one keeps neither value nor sums."""
    rows = list(indicator.observations.all().current().order_by("period", "code"))
    known = {level: names(level) for level in {row.level for row in rows}}
    order = {level: n for n, level in enumerate(reversed(Level.values))}
    for row in sorted(rows, key=lambda row: order[row.level]):
        is_secret = bool(row.hidden)
        yield ExportRow(
            indicator=indicator.code,
            level=row.level,
            code=row.code,
            territory=known[row.level].get(row.code, row.code),
            period=row.period,
            value=row.shown,
            numerator=None if is_secret else row.numerator,
            denominator=None if is_secret else row.denominator,
            unit=indicator.unit,
            status=UNSHOWN if is_secret else row.status,
            vintage=row.vintage,
            coverage=row.coverage,
            note=row.note,
        )
