"""Loans as rows of a file."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.circulation.models import Loan
from maillage.core.tables.columns import Column

#: What a row of a loan reads.
WIDE = (
    "copy__resource__owner__commune", "copy__depot__commune", "host__commune",
    "host__place", "host__structure", "host__created_by", "comes_from__host__commune",
)  # fmt: skip


def of_loan(path: str) -> Any:
    """A reader that follows a dotted path."""

    def read(loan: Loan) -> Any:
        value: Any = loan
        for name in path.split("."):
            value = getattr(value, name)
        return value

    return read


LOAN_COLUMNS = (
    Column("pret", _("prêt"), value=of_loan("reference")),
    Column("ressource", _("ressource"), value=of_loan("copy.resource.name")),
    Column("exemplaire", _("exemplaire"), value=of_loan("copy.label")),
    Column("proprietaire", _("propriétaire"), value=of_loan("copy.resource.owner.name")),
    Column("lieu", _("lieu d’accueil"), value=of_loan("host.name")),
    Column("commune", _("commune"), value=of_loan("host.commune.name")),
    Column("code_insee", _("code INSEE"), value=of_loan("host.commune.insee")),
    Column("etat", _("état"), value=lambda loan: str(loan.get_state_display())),
    Column("depart", _("départ"), "date", "departs_on"),
    Column("debut", _("ouverture au public"), "date", "starts_on"),
    Column(
        "dernier_jour", _("dernier jour"), "date",
        value=lambda loan: loan.ends_on - dt.timedelta(1),
    ),
    Column("libre", _("de nouveau libre le"), "date", "free_on"),
    Column("km", _("kilomètres"), "number", "km"),
    Column("location", _("location (euros)"), "cents", "fee_cents"),
    Column("transport", _("transport (euros)"), "cents", "transport_cents"),
)  # fmt: skip
