"""Filters for loans: ``loan_period``, ``is_late``, ``signed_euros``, ``total``."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import template

from maillage.circulation.choices import OUT
from maillage.circulation.documents import format_signed
from maillage.circulation.models import Charge, Loan
from maillage.circulation.services.letters import period

register = template.Library()


@register.filter
def loan_period(thing: Any) -> str:
    """« du 2 au 25 septembre 2026 », the days open to the public."""
    return period(thing.starts_on, thing.ends_on)


@register.filter
def is_late(loan: Loan, today: dt.date) -> bool:
    return loan.state in OUT and loan.free_on <= today


@register.filter
def signed_euros(cents: int) -> str:
    return format_signed(cents)


@register.filter
def total(lines: Iterable[Charge]) -> int:
    return sum(line.cents for line in lines)
