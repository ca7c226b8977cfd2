"""Copies from a file: its columns, what it would do, and doing it."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from maillage.catalogue.models import Resource
from maillage.circulation.models import Copy
from maillage.circulation.services.copies import (
    EDITABLE,
    LABEL,
    LONGEST_LABEL,
    change_copy,
    make_copy,
)
from maillage.core.intake.files import Table
from maillage.core.intake.lines import CHANGE, CREATE, Line, LinePlan, LineReader
from maillage.core.intake.schemas import Keys, Reading
from maillage.core.tables.columns import Column
from maillage.core.tables.fields import column_of
from maillage.directory.models import Place

MOST_ROWS = 2000


def of(name: str, **given: Any) -> Column:
    return column_of(Copy, name, **given)


COPY_COLUMNS: tuple[Column, ...] = (
    of(
        "label",
        about=gettext_lazy(
            "Reconnaît un exemplaire ; vide : l’exemplaire est créé et son étiquette "
            "proposée."
        ),
        example="NUA012-1",
        synonyms=("etiquette", "code"),
    ),
    of(
        "resource",
        is_required=True,
        about=gettext_lazy("Adresse ou nom exact de la ressource."),
        value=lambda copy: copy.resource.slug,
        example="la-malle-des-nuages",
    ),
    of(
        "depot",
        is_required=True,
        about=gettext_lazy("Adresse ou nom exact du lieu où il est rangé."),
        value=lambda copy: copy.depot.slug,
        synonyms=("lieu", "depot"),
    ),
    of("purchased_on", example="2021-09-01", synonyms=("date d'achat",)),
    of("purchase_value_cents", code="purchase_value_eur", type="cents", unit="€",
       synonyms=("valeur",)),
    of("expected_life_days", unit="jours", low=1, default=900),
    of("setup_days", unit="jours", synonyms=("montage",), default=1),
    of("takedown_days", unit="jours", synonyms=("demontage",), default=1),
    of("days_between_maintenances", unit="jours"),
    of("maintenance_days", unit="jours", default=5),
    of("days_out_before", unit="jours", default=0),
    of("km_cents", code="km_eur", type="cents", unit="€"),
    of("notes"),
)  # fmt: skip


@dataclass
class CopyLine(Line):
    """A row; its key is the label, its name what the file calls the resource."""

    copy: Copy | None = None
    resource: int = 0


def plan_copies(table: Table, *, by: Any) -> LinePlan[CopyLine]:
    """Compare a file with the copies that a person keeps.

    Refuses with ``missing_column``, ``duplicate_column`` or ``too_many_rows``.
    """
    return CopyReader(by=by).plan(table)


class CopyReader(LineReader[CopyLine]):
    """Reads rows; what they refer to is loaded once."""

    columns, most = COPY_COLUMNS, MOST_ROWS

    def __init__(self, *, by: Any) -> None:
        self.resources = Keys(Resource, source="")
        self.depots = Keys(Place, source="")
        rows = Resource.objects.all()
        mine = rows if by.is_agency else rows.owned_by(by)
        self.allowed = set(mine.values_list("pk", flat=True))
        copies = Copy.objects.all().editable_by(by).select_related("resource")
        self.known = {copy.label: copy for copy in copies}
        self.others = set(
            Copy.objects.exclude(label__in=self.known).values_list("label", flat=True)
        )
        self.seen: dict[str, int] = {}

    def decide(self, reading: Reading) -> CopyLine:
        found, cells = reading.values, reading.cells
        label = str(found.pop("label", "") or "").upper()
        self.check_label(reading, label)
        resource = self.find(reading, "resource", self.resources)
        depot = self.find(reading, "depot", self.depots)
        if resource and resource not in self.allowed:
            reading.tell("resource", _("Cette ressource n’est pas la vôtre."))
        line = CopyLine(reading.line, label, cells.get("resource", "")[:120])
        line.resource = resource or 0
        values = {
            column.field: found[column.code]
            for column in self.columns
            if column.code in found and column.field in EDITABLE
        }
        line.values = {**values, "depot_id": depot}
        if copy := self.known.get(label):
            line.copy = copy
            if resource and copy.resource_id != resource:
                reading.tell(
                    "resource", _("Cet exemplaire est celui d’une autre ressource.")
                )
            line.keep_changes(copy)
        return line

    def check_label(self, reading: Reading, label: str) -> None:
        if not label:
            return
        if not LABEL.match(label) or len(label) > LONGEST_LABEL:
            reading.tell(
                "label", _("Des lettres, des chiffres et des tirets seulement.")
            )
        if label in self.others:
            reading.tell("label", _("Cette étiquette est déjà prise."))
        if self.seen.setdefault(label, reading.line) != reading.line:
            reading.tell(
                "label",
                _("Cette étiquette est déjà à la ligne %d.") % self.seen[label],
            )

    def find(self, reading: Reading, column: str, keys: Keys) -> int | None:
        word = reading.values.pop(column, None) or ""
        pk = keys.find(word) if word else None
        if word and pk is None:
            reading.tell(column, _("Aucune fiche ne correspond à « %s ».") % word[:80])
        return pk


@transaction.atomic
def apply_copies(plan: LinePlan[CopyLine], *, by: Any) -> dict[str, int]:
    """Write a plan, all of it or nothing. Refuses with ``errors`` or as services do."""
    plan.need_good()
    depots = Place.objects.in_bulk(
        {line.values["depot_id"] for line in plan.lines if "depot_id" in line.values}
    )
    resources = Resource.objects.in_bulk({line.resource for line in plan.lines})
    for line in plan.lines:
        values = dict(line.values)
        if "depot_id" in values:
            values["depot"] = depots[values.pop("depot_id")]
        if line.action == CREATE:
            facts = {**values, "label": line.key}
            make_copy(resources[line.resource], values=facts, by=by)
        elif line.copy and line.action == CHANGE:
            change_copy(line.copy, values=values, version=line.copy.version, by=by)
    return plan.counts
