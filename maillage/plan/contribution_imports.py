"""Contributions as rows of a file: the columns, what a file would do, and doing it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.errors import Refused
from maillage.core.french import fold
from maillage.core.intake.files import Table
from maillage.core.intake.lines import CREATE, Line, LinePlan, LineReader
from maillage.core.intake.schemas import Reading
from maillage.core.tables.columns import Column
from maillage.directory.models import Structure
from maillage.plan.consultation_choices import IN_PLAN, ContributionState, Outcome
from maillage.plan.models import Consultation, Contribution, Node, Workshop
from maillage.plan.models.consultation import THEMES
from maillage.plan.services.consultations import check_outcome, checked
from maillage.plan.services.held import hold, need_desk

MOST_ROWS = 2000

CONTRIBUTION_COLUMNS: tuple[Column, ...] = (
    Column(
        "number", gettext_lazy("numéro"), "integer", low=1, high=999_999, is_required=True,
        about=gettext_lazy("Reconnaît une contribution déjà là ; un nouveau numéro l’ajoute."),
        value=lambda row: row.number, synonyms=("numero", "n"), example="12",
    ),
    Column(
        "text", gettext_lazy("contribution"), "long", max_length=5000, is_required=True,
        value=lambda row: row.text, synonyms=("texte",),
    ),
    Column(
        "author", gettext_lazy("auteur"), max_length=160,
        about=gettext_lazy("Nom d’une structure ; vide : sans nom."),
        value=lambda row: row.author_name, synonyms=("structure", "auteur"),
    ),
    Column(
        "theme", gettext_lazy("thème"), "term", vocabulary=THEMES, is_required=True,
        value=lambda row: row.theme, example="diffusion",
    ),
    Column(
        "axis", gettext_lazy("axe du plan"), max_length=40,
        about=gettext_lazy("Code d’un axe du plan, comme II."),
        value=lambda row: row.axis.code if row.axis else "", synonyms=("axe",), example="II",
    ),
    Column(
        "workshop", gettext_lazy("atelier"), max_length=200,
        about=gettext_lazy("Titre d’un atelier de cette concertation."),
        value=lambda row: row.workshop.title if row.workshop else "",
        synonyms=("atelier",),
    ),
    Column(
        "outcome", gettext_lazy("suite donnée"), "choice",
        choices=tuple((one.value, one.label) for one in Outcome), default=Outcome.PENDING.value,
        value=lambda row: row.outcome, synonyms=("suite",), example="kept",
    ),
    Column(
        "node", gettext_lazy("partie du plan"), max_length=40,
        about=gettext_lazy("Code de la partie qui la reprend, comme II.1.a."),
        value=lambda row: row.node.code if row.node else "", synonyms=("piste",),
        example="II.1.a",
    ),
    Column(
        "reason", gettext_lazy("explication"), "long", max_length=2000,
        value=lambda row: row.reason, synonyms=("motif",),
    ),
)  # fmt: skip


@dataclass
class ContributionLine(Line):
    """A row; its key is the number, its name the first words."""

    known: Contribution | None = None


class ContributionReader(LineReader[ContributionLine]):
    """Reads rows; what they refer to is loaded once."""

    columns, most = CONTRIBUTION_COLUMNS, MOST_ROWS

    def __init__(self, consultation: Consultation) -> None:
        rows = consultation.contributions.select_related("structure", "axis", "node")
        self.known = {row.number: row for row in rows}
        plan = consultation.plan
        nodes = Node.objects.filter(plan=plan) if plan else Node.objects.none()
        self.nodes = {node.code: node for node in nodes}
        workshops = Workshop.objects.filter(session__consultation=consultation)
        self.workshops = {fold(row.title): row for row in workshops}
        self.structures = {
            fold(row.name): row for row in Structure.objects.published().only("name")
        }
        self.seen: dict[int, int] = {}

    def decide(self, reading: Reading) -> ContributionLine:
        found = reading.values
        number = found.get("number") or 0
        line = ContributionLine(reading.line, str(number or ""), str(found.get("text", ""))[:80])  # fmt: skip
        if number and self.seen.setdefault(number, reading.line) != reading.line:
            said = _("Le même numéro est à la ligne %d.")
            reading.tell("number", said % self.seen[number])
        line.known = self.known.get(number)
        line.values = self.values_of(reading)
        if line.known and reading.is_good:
            line.keep_changes(line.known)
        return line

    def values_of(self, reading: Reading) -> dict[str, Any]:
        """The cells as the row keeps them; a column that is not there says nothing."""
        found = reading.values
        values: dict[str, Any] = {
            name: found[name] for name in ("text", "theme", "reason") if name in found
        }
        if "author" in found:
            name = found["author"]
            structure = self.structures.get(fold(name)) if name else None
            values |= {"structure": structure, "author": "" if structure else name,
                       "is_anonymous": not name}  # fmt: skip
        for column, known, unknown in (
            ("axis", self.nodes, _("Aucune partie du plan n’a le code « %s ».")),
            ("workshop", self.workshops, _("Aucun atelier ne s’appelle « %s ».")),
        ):
            if column in found:
                values[column] = self.find(reading, column, known, unknown)
        if "outcome" in found or "node" in found:
            values |= self.outcome_of(reading)
        return values

    def outcome_of(self, reading: Reading) -> dict[str, Any]:
        found = reading.values
        unknown = _("Aucune partie du plan n’a le code « %s ».")
        node = self.find(reading, "node", self.nodes, unknown)
        outcome = found.get("outcome") or Outcome.PENDING.value
        if reading.is_good:
            try:
                check_outcome(outcome, node=node, reason=found.get("reason", ""))
            except Refused as no:
                reading.tell(no.code if no.code in found else "number", no.message)
        return {"outcome": outcome, "node": node if outcome in IN_PLAN else None}

    def find(self, reading: Reading, column: str, known: Any, unknown: str) -> Any:
        word = reading.values.get(column) or ""
        row = known.get(word) or known.get(fold(word))
        if word and row is None:
            reading.tell(column, unknown % word[:80])
        return row


def plan_contributions(
    table: Table, *, consultation: Consultation
) -> LinePlan[ContributionLine]:
    """Compare a file with the contributions of a consultation.

    Refuses with ``missing_column``, ``duplicate_column`` or ``too_many_rows``.
    """
    return ContributionReader(consultation).plan(table)


@transaction.atomic
def apply_contributions(
    plan: LinePlan[ContributionLine], *, consultation: Consultation, by: Any, now: dt.datetime
) -> dict[str, int]:  # fmt: skip
    """Write a plan, all of it or nothing; what comes from a file is published.

    Refuses with ``errors`` or ``forbidden``.
    """
    need_desk(by)
    plan.need_good()
    hold(consultation)
    new = []
    for line in plan.lines:
        if line.action == CREATE:
            new.append(
                Contribution(
                    consultation=consultation, number=int(line.key), sent_at=now,
                    state=ContributionState.PUBLISHED, **line.values | checked(line.values),
                )
            )  # fmt: skip
        elif line.known and line.values:
            row = hold(line.known)
            for name, value in line.values.items():
                setattr(row, name, value)
            row.version += 1
            row.save()
    Contribution.objects.bulk_create(new, batch_size=200)
    return plan.counts
