"""Payments to try: three rules, what was paid for past months, a draft for the last one.

All is computed from the passages that are there when it is loaded.
"""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.passport.choices import SettlementKind
from maillage.passport.models import CheckIn, Settlement, SettlementRule
from maillage.passport.services import settling
from maillage.passport.services.settling_counts import simulate
from maillage.passport.services.settling_rules import FULL, PERSON

#: The invented Region pays four euros of five, in whole hundreds.
PART, STEP = 5, 100_00
LATE = 4


def load_settlements(*, by: Any, now: dt.datetime) -> None:
    """Load them once."""
    if SettlementRule.objects.exists():
        return
    flat, _share, equity = make_rules(by=by)
    today = timezone.localdate(now)
    this = today.replace(day=1)
    last = (this - dt.timedelta(1)).replace(day=1)
    first, _end = settling.span()
    if first is None or first >= this:
        return
    if first < last:
        draft = keep(flat, start=first.replace(day=1), end=last, by=by)
        result = settling.computed(draft)
        if result.due_cents:
            seen = settling.digest_of(draft, result)
            settling.decide(draft, seen=seen, by=by, now=now, today=today)
            send_late(draft, now=now)
    keep(equity, start=last, end=this, by=by)


def send_late(paid: Settlement, *, now: dt.datetime) -> None:
    """Doors without a network send some passages once their days are paid."""
    rows = list(paid.checkins.filter(flag="").order_by("-happened_at", "pk")[:LATE])
    for number, row in enumerate(rows):
        row.pk, row.nonce = None, f"{number:032x}"
        row.pseudonym, row.settlement, row.device = "", None, None
        row.was_offline, row.received_at = True, now
    CheckIn.objects.bulk_create(rows)


def make_rules(*, by: Any) -> list[SettlementRule]:
    rows = [
        SettlementRule(
            name=_("Forfait de 2 €"), kind=SettlementKind.FLAT,
            numbers={"cents": 200, "per": PERSON},
        ),
        SettlementRule(
            name=_("La moitié du plein tarif"), kind=SettlementKind.PRICE_SHARE,
            numbers={"share": 50, "of": FULL, "unpriced_cents": 200},
        ),
        SettlementRule(
            name=_("Équité : bonus dès 15 km"), kind=SettlementKind.EQUITY,
            numbers={"cents": 150, "per": PERSON, "bonus_cents": 200, "km": 15},
        ),
    ]  # fmt: skip
    return [settling.save_rule(row, by=by) for row in rows]


def keep(rule: SettlementRule, *, start: dt.date, end: dt.date, by: Any) -> Settlement:
    """A draft with a budget that is a little short, as budgets are."""
    cost = simulate(
        [rule], start=start, end=end, budget_cents=None, is_capped=False,
        pays_flagged=False,
    )[0].due_cents  # fmt: skip
    budget = max(cost * (PART - 1) // PART // STEP, 1) * STEP
    return settling.keep_draft(
        rule,
        name=_("Passages jusqu’à %(month)s")
        % {"month": date_format(end - dt.timedelta(1), "F Y")},
        start=start, end=end, budget_cents=budget, is_capped=False, pays_flagged=False,
        by=by,
    )  # fmt: skip
