"""What circulation can say of a structure, for the surveys that ask it.

A loan counts in the period in which it opens to the public, so that years add up.
"""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.circulation.choices import CopyState, LoanState
from maillage.circulation.models import Attendance, Copy, Loan
from maillage.core.facts import Computer, Fact, Row, Value, register
from maillage.directory.models import Structure

SOURCE = _("Prêts notés dans Maillage")
GONE = (CopyState.RETIRED, CopyState.LOST)
#: A loan that was never confirmed, or fell through, did not take place.
NOT_LENT = (LoanState.PROPOSED, LoanState.CANCELLED)


def lent(structure: Structure) -> Q:
    return Q(copy__resource__owner=structure)


def hosted(structure: Structure) -> Q:
    return Q(host__structure=structure) | Q(host__place__structure=structure)


def loans(side: Any) -> Computer:
    """Loans of the period on one side, one a row."""

    def compute(structure: Any, start: dt.date, end: dt.date) -> Value:
        rows = Loan.objects.filter(
            side(structure), starts_on__gte=start, starts_on__lt=end
        ).exclude(state__in=NOT_LENT)
        found = rows.select_related("copy__resource", "host").order_by(
            "starts_on", "pk"
        )
        return Value.summing(
            Row(
                f"{loan.copy.resource.name} → {loan.host.name}",
                url=loan.get_absolute_url(),
                key=f"loan-{loan.pk}",
            )
            for loan in found
        )

    return compute


def visitors(*counted: str) -> Computer:
    """Who came to its resources on loan, as hosts have declared it."""

    def compute(structure: Any, start: dt.date, end: dt.date) -> Value | None:
        rows = Attendance.objects.filter(
            loan__copy__resource__owner=structure,
            loan__starts_on__gte=start,
            loan__starts_on__lt=end,
        ).exclude(loan__state__in=NOT_LENT)
        related = rows.select_related("loan__copy__resource", "loan__host")
        found = list(related.order_by("loan__starts_on", "pk"))
        if not found:
            return None  # nobody declared: that is not nobody came
        return Value.summing(
            Row(
                f"{row.loan.copy.resource.name} → {row.loan.host.name}",
                sum(getattr(row, name) for name in counted),
                row.loan.get_absolute_url(),
                f"loan-{row.loan_id}",
            )
            for row in found
        )

    return compute


def copies(structure: Structure, _start: dt.date, _end: dt.date) -> Value:
    """The copies that it keeps, one a row."""
    rows = Copy.objects.filter(resource__owner=structure).exclude(state__in=GONE)
    found = rows.select_related("resource").order_by("resource__name", "rank", "pk")
    return Value.summing(
        Row(str(copy), url=copy.get_absolute_url(), key=f"copy-{copy.pk}")
        for copy in found
    )


register(
    Fact("circulation.copies", _("Exemplaires"), _("Exemplaires notés dans Maillage"),
         copies),
    Fact("circulation.loans_lent", _("Prêts consentis"), SOURCE, loans(lent)),
    Fact("circulation.loans_hosted", _("Prêts accueillis"), SOURCE, loans(hosted)),
    Fact(
        "circulation.visitors",
        _("Visiteurs de vos ressources en prêt"),
        _("Fréquentation déclarée par les lieux d’accueil"),
        visitors("pupils", "public"),
    ),
    Fact(
        "circulation.visitors_schools",
        _("Élèves venus voir vos ressources en prêt"),
        _("Fréquentation déclarée par les lieux d’accueil"),
        visitors("pupils"),
    ),
)  # fmt: skip
