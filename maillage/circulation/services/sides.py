"""Who acts for which side of a loan, and the lock that every verb takes first."""

from typing import Any

from django.utils.translation import gettext as _

from maillage.circulation.choices import Party
from maillage.circulation.models import Host, Loan
from maillage.circulation.services.holding import lock_copy
from maillage.core.errors import Refused

BOTH = (Party.LENDER, Party.BORROWER)


def parties_of(loan: Loan, *, user: Any) -> set[Party]:
    """The sides for which a person may act; the agency may for either."""
    found = set()
    one = Loan.objects.filter(pk=loan.pk)
    if one.lent_by(user).exists():
        found.add(Party.LENDER)
    if Host.objects.filter(pk=loan.host_id).editable_by(user).exists():
        found.add(Party.BORROWER)
    return found


def need_party(loan: Loan, *parties: Party, by: Any) -> set[Party]:
    """The sides of a person, one of ``parties`` at least. Refuses with ``forbidden``."""
    mine = parties_of(loan, user=by)
    if not mine.intersection(parties):
        raise Refused("forbidden", _("Ce n’est pas à vous de le faire."))
    return mine


def lock_loan(loan: Loan) -> Loan:
    """The loan as it is now, its copy held first. Refuses with ``gone``."""
    copy = lock_copy(loan.copy)
    rows = Loan.objects.select_for_update(of=("self",)).select_related(
        "host__commune", "host__place", "host__structure", "host__created_by",
        "comes_from__host__commune",
    )  # fmt: skip
    row = rows.filter(pk=loan.pk).first()
    if row is None:
        raise Refused("gone", _("Ce prêt n’existe plus."))
    if row.copy_id != copy.pk:  # moved to another copy in between
        return lock_loan(row)
    row.copy = copy
    return row
