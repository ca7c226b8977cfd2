"""Applications of a call as a table: their columns, then one for each question."""

from typing import Any

from django.utils.translation import gettext_lazy

from maillage.calls.choices import QuestionKind
from maillage.calls.definition import Definition, Question
from maillage.calls.models import Application, Call
from maillage.calls.words import words_of
from maillage.core.tables.columns import Column


def coded(question: Question) -> Any:
    """The words of one answer; a commune or a department by its code."""

    def value(row: Application) -> str:
        return words_of(question, row.answers.get(question.id), {})

    return value


def application_columns(call: Call) -> tuple[Column, ...]:
    form = call.form
    definition = Definition.of(form.definition) if form else Definition()
    return (
        Column("numero", gettext_lazy("numéro"), value=lambda r: r.number),
        Column("etat", gettext_lazy("état"), value=lambda r: r.get_state_display()),
        Column("structure", gettext_lazy("structure"), value=lambda r: r.structure.name),
        Column("siret", gettext_lazy("SIRET"), value=lambda r: r.structure.siret),
        Column("titre", gettext_lazy("titre"), value=lambda r: r.title),
        Column(
            "commune", gettext_lazy("commune"),
            value=lambda r: r.commune.name if r.commune else "",
        ),
        Column("insee", gettext_lazy("code INSEE"), value=lambda r: r.commune_id or ""),
        Column(
            "departements", gettext_lazy("départements"), "terms",
            value=lambda r: r.departments,
        ),
        Column("rurale", gettext_lazy("commune rurale"), "boolean", value=lambda r: r.is_rural),
        Column("themes", gettext_lazy("thèmes"), "terms", value=lambda r: r.themes),
        Column(
            "demande_euros", gettext_lazy("montant demandé"), "cents",
            value=lambda r: r.requested_cents,
        ),
        Column(
            "budget_euros", gettext_lazy("budget du projet"), "cents",
            value=lambda r: r.total_cents,
        ),
        Column("depose_le", gettext_lazy("déposée le"), value=moment),
        *(
            Column(question.id, question.label, value=coded(question))
            for _section, question in definition.walk()
            if not question.role and question.kind != QuestionKind.FILE
        ),
    )  # fmt: skip


def moment(row: Application) -> str:
    return row.submitted_at.isoformat() if row.submitted_at else ""
