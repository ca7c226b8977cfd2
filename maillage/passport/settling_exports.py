"""Files of payments: for who pays, place by place, and of a simulation."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.tables.columns import Column
from maillage.passport.models import SettlementRule
from maillage.passport.services.settling_compare import Row
from maillage.passport.services.settling_payments import key_of


def comma(cents: int) -> str:
    """« 1250,50 », as an accounting program of this country reads it."""
    euros, rest = divmod(cents, 100)
    return f"{euros},{rest:02d}"


def amount(form: str) -> Column:
    """Euros: with a comma where a file is text, a number where it is a workbook."""
    label = gettext_lazy("montant en euros")
    if form == "csv":
        return Column("montant_euros", label, value=lambda row: comma(row.cents))
    return Column("montant_euros", label, "cents", value=lambda row: row.cents)


def title_of(row: Any) -> str:
    return _("Passeport CSTI, %(name)s") % {"name": row.settlement.name}


def period_columns() -> tuple[Column, ...]:
    return (
        Column("du", gettext_lazy("du"), "date", value=lambda r: r.settlement.starts_on),
        Column(
            "jusqu_au_exclu", gettext_lazy("jusqu’au (exclu)"), "date",
            value=lambda r: r.settlement.ends_on,
        ),
    )  # fmt: skip


def payment_columns(form: str) -> tuple[Column, ...]:
    return (
        Column("reference", gettext_lazy("référence"), value=lambda r: r.reference),
        Column("beneficiaire", gettext_lazy("bénéficiaire"), value=lambda r: r.name),
        Column("siret", gettext_lazy("SIRET"), value=lambda r: r.siret),
        amount(form),
        Column("libelle", gettext_lazy("libellé"), value=title_of),
        *period_columns(),
        Column("lieux", gettext_lazy("lieux"), "terms", value=lambda r: r.places),
        Column(
            "empreinte", gettext_lazy("empreinte de l’arrêté"),
            value=lambda r: r.settlement.digest,
        ),
    )  # fmt: skip


def line_columns(form: str) -> tuple[Column, ...]:
    return (
        Column(
            "reference", gettext_lazy("référence"),
            value=lambda r: f"PASS-{r.settlement_id}-{key_of(r.place)}",
        ),
        Column("lieu", gettext_lazy("lieu"), value=lambda r: r.place.name),
        Column(
            "commune", gettext_lazy("commune"),
            value=lambda r: r.place.commune.name if r.place.commune else "",
        ),
        Column(
            "insee", gettext_lazy("code INSEE"),
            value=lambda r: r.place.commune.insee if r.place.commune else "",
        ),
        Column(
            "beneficiaire", gettext_lazy("bénéficiaire"),
            value=lambda r: r.place.owner_name,
        ),
        Column("passages", gettext_lazy("passages"), "integer", value=lambda r: r.visits),
        Column("personnes", gettext_lazy("personnes"), "integer", value=lambda r: r.people),
        Column(
            "a_revoir", gettext_lazy("passages à revoir, non payés"), "integer",
            value=lambda r: r.inputs["flagged"],
        ),
        Column(
            "arrives_tard", gettext_lazy("dont arrivés après la décision de leurs jours"),
            "integer", value=lambda r: r.late_visits,
        ),
        Column("selon_la_regle_euros", gettext_lazy("selon la règle"), "cents",
               value=lambda r: r.due_cents) if form != "csv" else
        Column("selon_la_regle_euros", gettext_lazy("selon la règle"),
               value=lambda r: comma(r.due_cents)),
        amount(form),
        *period_columns(),
    )  # fmt: skip


def simulation_columns(
    rules: Sequence[SettlementRule], form: str
) -> tuple[Column, ...]:
    """Places, then an amount a rule; two rules of one name are told by number."""
    return (
        Column("lieu", gettext_lazy("lieu"), value=lambda row: row.label),
        Column("passages", "passages", "integer", value=lambda r: r.counts.visits),
        Column("personnes", "personnes", "integer", value=lambda r: r.counts.people),
        *(rule_column(rank, rule, form) for rank, rule in enumerate(rules)),
    )


def rule_column(rank: int, rule: SettlementRule, form: str) -> Column:
    def cents(row: Row) -> int:
        return row.cents[rank]

    def text(row: Row) -> str:
        return comma(row.cents[rank])

    code = f"regle_{rank + 1}_euros"
    if form == "csv":
        return Column(code, rule.name, value=text)
    return Column(code, rule.name, "cents", value=cents)
