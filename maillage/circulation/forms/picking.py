"""Many things to choose from: boxes to tick in groups, with a search when scripts run."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms

from maillage.circulation.models import Copy, Loan
from maillage.circulation.services.letters import period

Groups = list[tuple[str, list[tuple[str, str]]]]


class PickWidget(forms.CheckboxSelectMultiple):
    """Boxes by group in a list that scrolls; the chosen ones are always seen."""

    template_name = "circulation/pick.html"


def copy_choices(copies: Iterable[Copy]) -> Groups:
    """Copies by resource, for ``PickWidget``."""
    rows = sorted(copies, key=lambda copy: (copy.resource.name, copy.rank, copy.pk))
    return [
        (name, [(str(copy.pk), f"{copy.label}, {copy.depot}") for copy in group])
        for name, group in groupby(rows, key=lambda copy: copy.resource.name)
    ]


def loan_choices(loans: Iterable[Loan]) -> Groups:
    """Loans by resource, named by their requests."""
    rows = sorted(loans, key=lambda loan: (loan.copy.resource.name, loan.starts_on))
    return [
        (name, [(str(loan.request_id), said(loan)) for loan in group])
        for name, group in groupby(rows, key=lambda loan: loan.copy.resource.name)
    ]


def said(loan: Loan) -> str:
    return f"{loan.host}, {period(loan.starts_on, loan.ends_on)}"


def offer(field: Any, groups: Groups) -> None:
    """Show a field as ``PickWidget`` does; what it accepts stays as it is."""
    field.widget = PickWidget()
    field.widget.choices = groups
    field.widget.is_required = field.required
