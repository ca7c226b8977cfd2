"""The columns of the accounts of an owner."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.core.tables.columns import Column


def of(name: str) -> Any:
    return lambda account: getattr(account, name)


ACCOUNT_COLUMNS = (
    Column("resource", _("Ressource"), value=lambda a: a.resource.name),
    Column("copies", _("Exemplaires"), "integer", value=of("copies")),
    Column("loans", _("Prêts"), "integer", value=of("loans")),
    Column("days", _("Jours chez les emprunteurs"), "integer", value=of("days")),
    Column(
        "months_a_year", _("Mois de sortie par an et par exemplaire"), "number",
        value=lambda a: round(a.months_a_year, 2),
    ),
    Column("visitors", _("Visiteurs déclarés"), "integer", value=of("visitors")),
    Column("km", _("Kilomètres"), "number", value=lambda a: round(a.km)),
    Column("income_eur", _("Recettes (€)"), "cents", value=of("income_cents")),
    Column("cost_eur", _("Coûts (€)"), "cents", value=of("cost_cents")),
    Column("balance_eur", _("Solde (€)"), "cents", value=of("balance_cents")),
    Column(
        "break_even_loans", _("Prêts pour l’équilibre"), "integer",
        value=of("break_even_loans"),
    ),
)  # fmt: skip
