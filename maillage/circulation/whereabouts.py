"""Where each copy is just now, and where it goes next, as its loans say."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from maillage.circulation.choices import HOLDING, OUT, CopyState, LoanState
from maillage.circulation.models import Copy, Loan


@dataclass(frozen=True)
class Whereabouts:
    """One copy: the loan that it is out for, and those that follow."""

    copy: Copy
    now: Loan | None
    later: Sequence[Loan]
    is_late: bool = False

    @property
    def following(self) -> Loan | None:
        return self.later[0] if self.later else None

    @property
    def text(self) -> str:
        """« chez Médiathèque de Lens », « au dépôt : Le Forum »."""
        if self.now is None:
            if self.copy.state == CopyState.LOST:
                return _("on ne sait pas")
            return _("au dépôt : %(place)s") % {"place": self.copy.depot.name}
        host = {"host": self.now.host.name}
        return {
            LoanState.DEPARTED: _("en route vers %(host)s") % host,
            LoanState.ON_SITE: _("chez %(host)s") % host,
            LoanState.RETURNING: _("sur le retour de %(host)s") % host,
        }[LoanState(self.now.state)]


def whereabouts(copies: Sequence[Copy], *, today: dt.date) -> list[Whereabouts]:
    """Where copies are and go; one query, however many."""
    loans: dict[int, list[Loan]] = {copy.pk: [] for copy in copies}
    rows = Loan.objects.filter(copy__in=loans, state__in=HOLDING)
    for loan in rows.select_related("host").order_by("departs_on", "pk"):
        loans[loan.copy_id].append(loan)
    found = []
    for copy in copies:
        out = next((loan for loan in loans[copy.pk] if loan.state in OUT), None)
        later = [
            loan for loan in loans[copy.pk] if loan is not out and loan.free_on > today
        ]
        is_late = bool(out and out.free_on < today)
        found.append(Whereabouts(copy, out, later, is_late))
    return found
