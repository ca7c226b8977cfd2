"""Files of grants: payments for the accounts, and the national open format.

SCDL « subventions » 2.1.1: https://schema.data.gouv.fr/scdl/subventions/ (read 2026-11).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.calls.models import Grant, Instalment
from maillage.calls.review_choices import GrantState
from maillage.core.context import region
from maillage.core.tables.columns import Column
from maillage.directory.fields import is_siret

#: The longest object of the format.
OBJECT = 256
NATURE = "aide en numéraire"


def payment_rows() -> list[Instalment]:
    """What is to be paid, the soonest first; only agreements that are signed."""
    rows = (
        Instalment.objects.all()
        .unpaid()
        .filter(grant__state=GrantState.ACTIVE, grant__agreed_on__isnull=False)
    )
    related = rows.select_related("grant__application__structure")
    return list(related.order_by("due_on", "grant__reference", "number"))


PAYMENTS = (
    Column("reference", _("référence"), value=lambda r: f"{r.grant.reference}-{r.number}"),
    Column("beneficiaire", _("bénéficiaire"), value=lambda r: structure_of(r.grant).name),
    Column("siret", _("SIRET"), value=lambda r: structure_of(r.grant).siret),
    Column("montant_euros", _("montant en euros"), "cents", value=lambda r: r.cents),
    Column("prevu_le", _("prévu le"), "date", value=lambda r: r.due_on),
    Column("objet", _("objet"), value=lambda r: r.grant.object),
    Column("condition", _("condition"), value=lambda r: r.condition),
)  # fmt: skip


def structure_of(grant: Grant) -> Any:
    return grant.application.structure


def funder() -> dict[str, str]:
    """Who grants: name and SIRET, from the card of the region."""
    card: dict[str, str] = region().get("funder", {})
    return card


def open_rows() -> Any:
    """Grants that are signed and stand, of beneficiaries with a SIRET."""
    rows = Grant.objects.all().standing().exclude(agreed_on=None)
    return rows.exclude(application__structure__siret="").order_by(
        "agreed_on", "reference"
    )


def open_grants(pks: Sequence[int] | None = None) -> Iterator[Grant]:
    """Those of which every obligatory cell can be filled rightly."""
    rows = open_rows() if pks is None else open_rows().filter(pk__in=pks)
    related = rows.select_related("application__structure", "application__call")
    for grant in related.prefetch_related("instalments"):
        if is_siret(structure_of(grant).siret):
            yield grant


def count_open() -> int:
    return sum(1 for _grant in open_grants())


def conditions_of(grant: Grant) -> str:
    standing = [one for one in grant.instalments.all() if one.cancelled_on is None]
    return "échelonné" if len(standing) > 1 else "unique"


def period_of(grant: Grant) -> str:
    """One day where all is paid at once, else the period with its last day."""
    standing = [one for one in grant.instalments.all() if one.cancelled_on is None]
    if len(standing) == 1 and standing[0].paid_on:
        return standing[0].paid_on.isoformat()
    return f"{grant.starts_on.isoformat()}/{grant.last_day.isoformat()}"


def object_of(grant: Grant) -> str:
    """What it is for, on one line; an example says that it is one."""
    text = " ".join(grant.object.split())
    if grant.application.call.is_example:
        text = f"Exemple : {text}"
    return text[:OBJECT]


def amount_of(grant: Grant) -> str:
    """Euros with a point and two decimals."""
    return f"{grant.cents // 100}.{grant.cents % 100:02d}"


SCDL = (
    Column("nomAttribuant", _("nom de l’attribuant"), value=lambda g: funder().get("name", ""), is_required=True),
    Column("idAttribuant", _("SIRET de l’attribuant"), value=lambda g: funder().get("siret", ""), is_required=True),
    Column("dateConvention", _("date de la convention"), "date", value=lambda g: g.agreed_on, is_required=True),
    Column("referenceDecision", _("référence de la décision"), value=lambda g: g.act or g.reference),
    Column("nomBeneficiaire", _("nom du bénéficiaire"), value=lambda g: structure_of(g).name, is_required=True),
    Column("idBeneficiaire", _("SIRET du bénéficiaire"), value=lambda g: structure_of(g).siret),
    Column("rnaBeneficiaire", _("numéro RNA du bénéficiaire"), value=lambda g: ""),
    Column("objet", _("objet de la subvention"), value=object_of, is_required=True),
    Column("montant", _("montant en euros"), value=amount_of, is_required=True),
    Column("nature", _("nature de la subvention"), value=lambda g: NATURE, is_required=True),
    Column("conditionsVersement", _("conditions de versement"), value=conditions_of, is_required=True),
    Column("datesPeriodeVersement", _("date ou période de versement"), value=period_of, is_required=True),
    Column("idRAE", _("identifiant RAE de l’aide"), value=lambda g: ""),
    Column("notificationUE", _("notifiée à la Commission européenne"), value=lambda g: "oui" if g.is_told_to_europe else "non", is_required=True),
    Column("pourcentageSubvention", _("part du bénéficiaire"), value=lambda g: "1.00", is_required=True),
    Column("dispositifAide", _("dispositif d’aide"), value=lambda g: g.application.call.title),
)  # fmt: skip
