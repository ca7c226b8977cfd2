"""What a resource costs and brings, and who gets which part of it."""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from maillage.catalogue.models import Resource, RevenueKey
from maillage.catalogue.services import write_keys
from maillage.circulation.choices import OUT, CopyState, ExpenseKind, LoanState
from maillage.circulation.models import Charge, Expense, Loan
from maillage.circulation.services.wear import days_out
from maillage.core.errors import Refused
from maillage.directory.models import Structure
from maillage.kernels.shares import split_cents

#: What the trade counts on: eight months out a year, for two to three years
#: (figures that networks of science centres give for touring exhibitions).
MONTHS_A_YEAR = 8.0
DAYS_A_MONTH = 365.25 / 12
#: What is paid once, whatever the number of loans.
ONCE = {ExpenseKind.PRODUCTION, ExpenseKind.COMMUNICATION}
#: What grows with each loan.
EACH = {ExpenseKind.TRANSPORT, ExpenseKind.STAFF, ExpenseKind.MAINTENANCE}


@dataclass(frozen=True)
class Share:
    structure: Structure
    parts: int
    cents: int


@dataclass(frozen=True)
class Account:
    """The account of one resource over a period; amounts in cents."""

    resource: Resource
    copies: int
    loans: int
    days: int
    visitors: int
    undeclared: int
    km: float
    income: dict[str, int] = field(default_factory=dict)
    costs: dict[str, int] = field(default_factory=dict)
    years: float = 1.0
    shares: tuple[Share, ...] = ()

    @property
    def income_cents(self) -> int:
        return sum(self.income.values())

    @property
    def cost_cents(self) -> int:
        return sum(self.costs.values())

    @property
    def balance_cents(self) -> int:
        return self.income_cents - self.cost_cents

    @property
    def months_a_year(self) -> float:
        """Months out, a year and a copy."""
        if not self.copies:
            return 0.0
        return self.days / DAYS_A_MONTH / self.years / self.copies

    @property
    def benchmark(self) -> float:
        """Months out against what the trade counts on; 1 is as much."""
        return self.months_a_year / MONTHS_A_YEAR

    @property
    def cost_a_visitor_cents(self) -> int | None:
        return round(self.cost_cents / self.visitors) if self.visitors else None

    @property
    def break_even_loans(self) -> int | None:
        """Loans that pay for what is paid once, at the mean margin of a loan.

        Nothing where there is no loan yet, or where a loan costs more than it brings.
        """
        if not self.loans:
            return None
        each = sum(cents for kind, cents in self.costs.items() if kind in EACH)
        margin = (self.income_cents - each) / self.loans
        fixed = sum(cents for kind, cents in self.costs.items() if kind not in EACH)
        return math.ceil(fixed / margin) if margin > 0 else None


def accounts(
    resources: Sequence[Resource], *, start: dt.date, end: dt.date, today: dt.date
) -> list[Account]:
    """The accounts of resources over [start, end), in five queries.

    A loan counts in the period in which it begins; a cancelled one does not count.
    """
    pks = [resource.pk for resource in resources]
    loans: dict[int, list[Loan]] = {pk: [] for pk in pks}
    done = Loan.objects.filter(
        copy__resource__in=pks, state__in=[*OUT, LoanState.RETURNED],
        starts_on__gte=start, starts_on__lt=end,
    ).select_related("attendance", "copy")  # fmt: skip
    for loan in done:
        loans[loan.copy.resource_id].append(loan)
    income = totals(
        Charge.objects.filter(
            loan__in=[row.pk for rows in loans.values() for row in rows]
        ),
        "loan__copy__resource",
    )
    costs = totals(
        Expense.objects.filter(resource__in=pks, spent_on__gte=start, spent_on__lt=end),
        "resource",
    )
    copies = dict(
        Resource.objects.filter(pk__in=pks)
        .annotate(number=Count("copies", filter=Q(copies__state=CopyState.IN_SERVICE)))
        .values_list("pk", "number")
    )
    keys: dict[int, list[RevenueKey]] = {pk: [] for pk in pks}
    for key in RevenueKey.objects.filter(resource__in=pks).select_related("structure"):
        keys[key.resource_id].append(key)
    years = max((min(end, today) - start).days, 1) / 365.25
    return [
        Account(
            resource=resource,
            copies=copies[resource.pk],
            loans=len(mine := loans[resource.pk]),
            days=sum(days_out(loan, since=start, today=today) for loan in mine),
            visitors=sum(
                loan.attendance.total for loan in mine if hasattr(loan, "attendance")
            ),
            undeclared=sum(
                not hasattr(loan, "attendance") and loan.ends_on <= today
                for loan in mine
            ),
            km=sum(loan.km for loan in mine),
            income=income.get(resource.pk, {}),
            costs=costs.get(resource.pk, {}),
            years=years,
            shares=split(keys[resource.pk], sum(income.get(resource.pk, {}).values())),
        )
        for resource in resources
    ]


def totals(rows: Any, field: str) -> dict[int, dict[str, int]]:
    """Cents by resource and kind, of the kinds that have some."""
    found: dict[int, dict[str, int]] = {}
    sums = rows.order_by().values_list(field, "kind").annotate(cents=Sum("cents"))
    for pk, kind, cents in sums:
        found.setdefault(pk, {})[kind] = cents
    return found


def split(keys: Sequence[RevenueKey], cents: int) -> tuple[Share, ...]:
    """Who gets what of an income; without keys all of it is the owner's."""
    if not keys:
        return ()
    parts = np.array([key.parts for key in keys], np.int64)
    shares = split_cents(np.array([cents], np.int64), parts)[0]
    return tuple(
        Share(key.structure, key.parts, int(share))
        for key, share in zip(keys, shares, strict=True)
    )


def by_partner(found: Iterable[Account]) -> list[tuple[Structure, int]]:
    """What each structure is due over several accounts, the largest first."""
    due: dict[int, tuple[Structure, int]] = {}
    for account in found:
        shares = account.shares or (
            Share(account.resource.owner, 1, account.income_cents),
        )
        for share in shares:
            _structure, cents = due.get(share.structure.pk, (share.structure, 0))
            due[share.structure.pk] = (share.structure, cents + share.cents)
    return sorted(due.values(), key=lambda pair: (-pair[1], pair[0].name))


def editable(resource: Resource, *, by: Any) -> Resource:
    """The resource, locked, if the person may. Refuses with ``forbidden``."""
    rows = Resource.objects.select_for_update(of=("self",)).filter(pk=resource.pk)
    allowed = Resource.objects.all().editable_by(by).values("pk")
    row: Resource | None = rows.filter(pk__in=allowed).first()
    if row is None:
        raise Refused("forbidden", _("Cette ressource n’est pas la vôtre."))
    return row


@transaction.atomic
def note_expense(resource: Resource, *, by: Any, **values: Any) -> Expense:
    """Add a cost. Refuses with ``forbidden`` or ``other_copy``."""
    row = editable(resource, by=by)
    copy = values.get("copy")
    if copy and copy.resource_id != row.pk:
        raise Refused("other_copy", _("Cet exemplaire est d’une autre ressource."))
    return Expense.objects.create(resource=row, **values)


@transaction.atomic
def drop_expense(expense: Expense, *, by: Any) -> None:
    """Take a cost away. Refuses with ``forbidden``."""
    editable(expense.resource, by=by)
    expense.delete()


@transaction.atomic
def set_keys(
    resource: Resource, *, parts: Sequence[tuple[Structure, int]], by: Any
) -> None:
    """Say how the income is shared; no line: all to the owner.

    Refuses with ``forbidden``, ``twice`` or ``parts``.
    """
    row = editable(resource, by=by)
    if len({structure.pk for structure, _number in parts}) != len(parts):
        raise Refused("twice", _("Une structure est inscrite deux fois."))
    if any(number < 1 for _structure, number in parts):
        raise Refused("parts", _("Chaque part est un nombre entier, 1 au moins."))
    write_keys(row, {structure.pk: number for structure, number in parts})


def with_years(account: Account, *, since: dt.date, end: dt.date) -> Account:
    """The same account, its years counted from a day on."""
    return replace(account, years=max((end - since).days, 30) / 365.25)


def total(found: Sequence[Account]) -> dict[str, Any]:
    """The sums of several accounts."""
    names = ("copies", "loans", "days", "visitors", "undeclared", "km")
    sums = {name: sum(getattr(account, name) for account in found) for name in names}
    cents = ("income_cents", "cost_cents", "balance_cents")
    return sums | {name: sum(getattr(a, name) for a in found) for name in cents}
