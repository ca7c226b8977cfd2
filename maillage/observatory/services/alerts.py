"""Alerts: rules looked at after each refresh, one alert for one subject.

A rule looks at figures that are published: what is secret raises no alert.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.core.charts import figure
from maillage.core.errors import Refused
from maillage.core.mail import write_mail
from maillage.observatory import periods
from maillage.observatory.choices import AlertState, IndicatorState, RuleKind
from maillage.observatory.models import Alert, AlertRule, Indicator
from maillage.observatory.services.indicators import shown
from maillage.observatory.services.perimeters import names
from maillage.observatory.services.refreshing import make_known, refresh_due

#: Usual deviations that make a break of trend, where the rule says nothing.
DEVIATIONS = 3.0
#: Days to wait for data after a period, where the rule says nothing.
DAYS = 90.0
#: Periods before the last that a trend is made of.
LEAST, MOST = 4, 8
#: A deviation is never taken for smaller than this share of what is expected.
FLOOR = 0.02
DIGEST = dt.timedelta(hours=23)


@dataclass(frozen=True)
class Finding:
    """A rule is true of a territory in a period."""

    code: str
    period: str
    value: float | None
    expected: float | None


@dataclass
class Watched:
    raised: int = 0
    again: int = 0
    over: int = 0


def watch(
    *, now: dt.datetime, indicators: Iterable[Indicator] | None = None
) -> Watched:
    """Look at all active rules, or those of some indicators."""
    rules = AlertRule.objects.filter(is_active=True).exclude(
        indicator__state=IndicatorState.RETIRED
    )
    if indicators is not None:
        rules = rules.filter(indicator__in=[one.pk for one in indicators])
    done = Watched()
    for rule in rules.select_related("indicator"):
        look(rule, now=now, done=done)
    silent = Alert.objects.all().going_on().exclude(rule__is_active=True)
    done.over += silent.update(state=AlertState.OVER)
    return done


@transaction.atomic
def look(rule: AlertRule, *, now: dt.datetime, done: Watched) -> None:
    """Raise, keep or end the alerts of one rule."""
    AlertRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    found = {(one.code, one.period): one for one in findings(rule, today=now.date())}
    known = {
        (row.code, row.period): row for row in rule.alerts.filter(level=rule.level)
    }
    for key, one in found.items():
        row = known.get(key)
        if row is None:
            Alert.objects.create(
                rule=rule, level=rule.level, code=one.code, period=one.period,
                value=one.value, expected=one.expected, raised_at=now, seen_at=now,
            )  # fmt: skip
            done.raised += 1
            continue
        if row.state == AlertState.OVER:
            row.state, row.raised_at, row.told_at = AlertState.OPEN, now, None
            row.answered_at = row.answered_by = None
            done.raised += 1
        else:
            done.again += 1
        row.value, row.expected, row.seen_at = one.value, one.expected, now
        row.save()
    for key, row in known.items():
        if key not in found and row.state != AlertState.OVER:
            row.state = AlertState.OVER
            row.save(update_fields=["state"])
            done.over += 1


def findings(rule: AlertRule, *, today: dt.date) -> list[Finding]:
    """Where a rule is true just now."""
    series = series_of(rule)
    if rule.kind == RuleKind.MISSING:
        return list(missing(rule, series, today=today))
    judge = beyond if rule.kind == RuleKind.THRESHOLD else broken
    return [
        one
        for code, values in sorted(series.items())
        if (one := judge(rule, code, values))
    ]


Values = Sequence[tuple[str, float]]


def series_of(rule: AlertRule) -> Mapping[str, Values]:
    """Published figures by territory, in the order of time."""
    rows = rule.indicator.observations.all().current().filter(level=rule.level)
    if rule.code:
        rows = rows.filter(code=rule.code)
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for one in shown(rows.order_by("code", "period")):
        if one.value is not None:
            found[one.code].append((one.period, one.value))
    return found


def beyond(rule: AlertRule, code: str, values: Values) -> Finding | None:
    """The last figure is beyond a bound."""
    period, value = values[-1]
    if rule.below is not None and value < rule.below:
        return Finding(code, period, value, rule.below)
    if rule.above is not None and value > rule.above:
        return Finding(code, period, value, rule.above)
    return None


def broken(rule: AlertRule, code: str, values: Values) -> Finding | None:
    """The last figure is far from where the years before lead.

    Their line is that of Theil and Sen (the median of the slopes), their usual deviation
    1.4826 times the median distance from it: one odd year moves neither.
    """
    if len(values) <= LEAST:
        return None
    past = [value for _period, value in values[-MOST - 1 : -1]]
    period, value = values[-1]
    count = len(past)
    slope = median(
        (past[j] - past[i]) / (j - i) for i in range(count) for j in range(i + 1, count)
    )
    level = median(one - slope * n for n, one in enumerate(past))
    expected = level + slope * count
    usual = 1.4826 * median(abs(one - level - slope * n) for n, one in enumerate(past))
    usual = max(usual, FLOOR * abs(expected), 1e-9)
    allowed = DEVIATIONS if rule.tolerance is None else rule.tolerance
    if abs(value - expected) <= allowed * usual:
        return None
    return Finding(code, period, value, expected)


def missing(
    rule: AlertRule, series: Mapping[str, Values], *, today: dt.date
) -> Iterable[Finding]:
    """The period after the last known one is over for long, and nothing has come."""
    days = DAYS if rule.tolerance is None else rule.tolerance
    kind = rule.indicator.period_kind
    for code, values in sorted(series.items()):
        period = periods.following(kind, values[-1][0])
        if period and today >= periods.ends_on(kind, period) + dt.timedelta(days):
            yield Finding(code, period, None, None)


@transaction.atomic
def answer(
    alert: Alert, *, state: str, explanation: str, by: Any, now: dt.datetime
) -> Alert:
    """Say that an alert was seen, or why it is so. Refuses with ``over`` or ``explain``."""
    row = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if row.state == AlertState.OVER:
        raise Refused("over", _("Cette alerte n’est plus vraie."))
    if state == AlertState.EXPLAINED and not explanation.strip():
        raise Refused("explain", _("Écrivez l’explication."))
    row.state = AlertState.EXPLAINED if explanation.strip() else AlertState.ACKNOWLEDGED
    row.explanation = explanation.strip()
    row.answered_at, row.answered_by = now, by
    row.save()
    return row


def sentence(alert: Alert, *, name: str) -> str:
    """An alert in words."""
    rule, indicator = alert.rule, alert.rule.indicator
    when = periods.words(indicator.period_kind, alert.period)
    facts = {
        "what": indicator.name,
        "where": name,
        "when": when,
        "value": figure(alert.value, indicator.decimals),
        "expected": figure(alert.expected, indicator.decimals),
    }
    if rule.kind == RuleKind.MISSING:
        return _("%(what)s, %(where)s : pas de valeur pour %(when)s.") % facts
    if rule.kind == RuleKind.TREND:
        return (
            _(
                "%(what)s, %(where)s, %(when)s : %(value)s au lieu de %(expected)s attendus."
            )
            % facts
        )
    if alert.value is not None and rule.below is not None and alert.value < rule.below:
        return (
            _("%(what)s, %(where)s, %(when)s : %(value)s, sous %(expected)s.") % facts
        )
    return (
        _("%(what)s, %(where)s, %(when)s : %(value)s, au-dessus de %(expected)s.")
        % facts
    )


def worded(alerts: Iterable[Alert]) -> list[tuple[Alert, str]]:
    """Alerts with their sentences; names are read once a level."""
    rows = list(alerts)
    known = {level: names(level) for level in {row.level for row in rows}}
    return [
        (row, sentence(row, name=known[row.level].get(row.code, row.code)))
        for row in rows
    ]


def keep_watch(*, now: dt.datetime) -> int:
    """Compute what is due, look at the rules, tell the agency; for a timer."""
    make_known(now=now)
    if refresh_due(now=now):
        watch(now=now)
    return send_digest(now=now)


@transaction.atomic
def send_digest(*, now: dt.datetime) -> int:
    """Tell the agency of new alerts, once a day at most; returns how many were told."""
    last = Alert.objects.aggregate(last=Max("told_at"))["last"]
    if last is not None and now - last < DIGEST:
        return 0
    fresh = Alert.objects.all().unanswered().filter(told_at=None)
    rows = worded(fresh.select_related("rule__indicator").order_by("raised_at", "pk"))
    if not rows:
        return 0
    lines = "\n".join(f"- {text}" for _alert, text in rows)
    body = _("Bonjour,\n\nL’observatoire signale :\n\n%(lines)s\n\nPour répondre : %(page)s") % {
        "lines": lines, "page": reverse("observatory:alert_list"),
    }  # fmt: skip
    subject = ngettext(
        "%d alerte de l’observatoire", "%d alertes de l’observatoire", len(rows)
    )
    agency = User.objects.filter(
        is_active=True, role__in=[Role.AGENCY, Role.ADMINISTRATOR]
    )
    for user in agency.order_by("pk"):
        write_mail(user.email, subject=subject % len(rows), body=body, now=now)
    Alert.objects.filter(pk__in=[row.pk for row, _text in rows]).update(told_at=now)
    return len(rows)
