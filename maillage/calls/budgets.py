"""The two sides of a budget, in cents: nothing is rounded, a difference is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.money import format_cents


@dataclass(frozen=True)
class Balance:
    """Totals of a budget."""

    expenses: int
    resources: int

    @property
    def difference(self) -> int:
        """What resources lack; negative when there is more than is spent."""
        return self.expenses - self.resources

    @property
    def is_even(self) -> bool:
        return self.difference == 0

    @property
    def words(self) -> str:
        """What is wrong with it; empty when both sides are equal."""
        if self.is_even:
            return ""
        if self.difference > 0:
            return _("Il manque %(amount)s de recettes pour couvrir les dépenses.") % {
                "amount": format_cents(self.difference)
            }
        return _("Les recettes dépassent les dépenses de %(amount)s.") % {
            "amount": format_cents(-self.difference)
        }


def balance_of(value: Any) -> Balance:
    """Totals of the answer to a budget question; lines without an amount count 0."""
    sides = value if isinstance(value, Mapping) else {}
    return Balance(
        expenses=total(sides.get("expenses", [])),
        resources=total(sides.get("resources", [])),
    )


def total(lines: Any) -> int:
    return sum(line.get("cents") or 0 for line in lines or [])
