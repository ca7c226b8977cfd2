"""Copies from a file: its columns, what it would do, and doing it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
from maillage.core.errors import Refused
from maillage.core.intake.files import Problem, Row, Table
from maillage.core.intake.headers import match_header
from maillage.core.intake.schemas import Keys, Reading
from maillage.core.tables.columns import BadCell, Column
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
class Line:
    """What happens to one row: ``create``, ``change``, ``leave`` or ``refuse``."""

    line: int
    label: str
    name: str
    action: str
    copy: Copy | None = None
    resource: int = 0
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class CopyPlan:
    """What a file would do, and what is wrong with it."""

    lines: list[Line]
    problems: list[Problem]
    unknown: list[str]

    def count(self, action: str) -> int:
        return sum(line.action == action for line in self.lines)

    @property
    def counts(self) -> dict[str, int]:
        return {
            action: self.count(action)
            for action in ("create", "change", "leave", "refuse")
        }


def plan_copies(table: Table, *, by: Any) -> CopyPlan:
    """Compare a file with the copies that a person keeps.

    Refuses with ``missing_column``, ``duplicate_column`` or ``too_many_rows``.
    """
    if len(table.rows) > MOST_ROWS:
        raise Refused(
            "too_many_rows",
            _("Le fichier a plus de %(most)s lignes : découpez-le.")
            % {"most": MOST_ROWS},
        )
    matched = match_header(table.header, COPY_COLUMNS)
    reader = CopyReader(matched.places, table.header, by=by)
    lines = [reader.line(row) for row in table.rows]
    problems = sorted(
        [*table.problems, *reader.problems], key=lambda p: (p.line, p.column)
    )
    bad = {problem.line for problem in problems if problem.fatal}
    for line in lines:
        if line.line in bad:
            line.action = "refuse"
    return CopyPlan(lines, problems, [title for title, _near in matched.unknown])


class CopyReader:
    """Reads rows; what they refer to is loaded once."""

    def __init__(
        self, places: Mapping[str, int], header: list[str], *, by: Any
    ) -> None:
        self.places = places
        self.titles = {code: header[n] for code, n in places.items()}
        self.columns = [c for c in COPY_COLUMNS if c.code in places]
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
        self.problems: list[Problem] = []

    def line(self, row: Row) -> Line:
        cells = {code: row.cells[place] for code, place in self.places.items()}
        reading = Reading(row.line, cells, numbers=self.places, titles=self.titles)
        for column in self.columns:
            cell = cells[column.code]
            if column.is_required and not cell:
                reading.tell(column.code, _("Cette cellule doit être remplie."))
                continue
            try:
                reading.values[column.code] = column.read(cell)
            except BadCell as bad:
                reading.tell(column.code, str(bad))
        line = self.decide(reading)
        self.problems += reading.problems
        return line

    def decide(self, reading: Reading) -> Line:
        found, cells = reading.values, reading.cells
        label = str(found.pop("label", "") or "").upper()
        self.check_label(reading, label)
        resource = self.find(reading, "resource", self.resources)
        depot = self.find(reading, "depot", self.depots)
        if resource and resource not in self.allowed:
            reading.tell("resource", _("Cette ressource n’est pas la vôtre."))
        line = Line(reading.line, label, cells.get("resource", "")[:120], "create")
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
            line.values = {
                name: value
                for name, value in line.values.items()
                if getattr(copy, name) != value
            }
            line.action = "change" if line.values else "leave"
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
def apply_copies(plan: CopyPlan, *, by: Any) -> dict[str, int]:
    """Write a plan, all of it or nothing. Refuses with ``errors`` or as services do."""
    if plan.count("refuse"):
        raise Refused("errors", _("Des lignes sont refusées : corrigez le fichier."))
    depots = Place.objects.in_bulk(
        {line.values["depot_id"] for line in plan.lines if "depot_id" in line.values}
    )
    resources = Resource.objects.in_bulk({line.resource for line in plan.lines})
    for line in plan.lines:
        values = dict(line.values)
        if "depot_id" in values:
            values["depot"] = depots[values.pop("depot_id")]
        if line.action == "create":
            facts = {**values, "label": line.label}
            make_copy(resources[line.resource], values=facts, by=by)
        elif line.copy and line.action == "change":
            change_copy(line.copy, values=values, version=line.copy.version, by=by)
    return plan.counts
