"""A rule, a draft and a decided payment of a place, for the table of addresses."""

import datetime as dt

from django.utils import timezone

from maillage.passport.models import SettlementLine
from tests.factories.settling import SettlementFactory, SettlementRuleFactory


def settle(place):
    draft = SettlementFactory()
    done = SettlementFactory(
        rule=draft.rule, state="decided", digest="x", decided_at=timezone.now(),
        numbers=draft.rule.numbers,
        starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 4, 1),
    )  # fmt: skip
    SettlementLine.objects.create(
        settlement=done, place=place, visits=1, people=1, due_cents=200, cents=200,
        inputs={"units": 1, "flagged": 0},
    )  # fmt: skip
    free = SettlementRuleFactory()
    return {
        "settlement_detail": [done.pk],
        "settlement_decide": [draft.pk],
        "settlement_delete": [draft.pk],
        "settlement_export": [done.pk, "csv"],
        "settlement_places_export": [done.pk, "csv"],
        "settlement_rule_edit": [free.pk],
        "settlement_rule_delete": [free.pk],
        "settlement_line": [done.pk, place.slug],
    }
