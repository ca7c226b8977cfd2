"""What an indicator is, and what is read of it: only what may be published."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Subquery
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.observatory.choices import IndicatorState, Level, Secrecy, Status
from maillage.observatory.models import Indicator, Observation
from maillage.observatory.services.aggregating import RANK
from maillage.observatory.services.observations import Written, decide_again
from maillage.observatory.services.perimeters import whole_region

#: Columns in the order of :class:`Shown`.
SHOWN = (
    "indicator_id",
    "level",
    "code",
    "period",
    "value",
    "hidden",
    "status",
    "coverage",
)


class Shown(NamedTuple):
    """A figure as everybody may see it: a secret one has no value here."""

    indicator: int
    level: str
    code: str
    period: str
    value: float | None
    is_hidden: bool
    is_provisional: bool
    coverage: float | None


def shown(rows: Any) -> list[Shown]:
    """Observations as everybody may see them; the one reader of pages and files."""
    return [
        Shown(
            indicator,
            level,
            code,
            period,
            None if hidden else value,
            bool(hidden),
            status == Status.PROVISIONAL,
            coverage,
        )
        for indicator, level, code, period, value, hidden, status, coverage in (
            rows.values_list(*SHOWN)
        )
    ]


def figures_of(
    indicators: Iterable[Indicator],
    places: Collection[tuple[str, str]],
    *,
    since: str = "",
) -> dict[tuple[int, str, str], dict[str, Shown]]:
    """All periods of some indicators in some territories; one query a territory."""
    pks = [one.pk for one in indicators]
    found: dict[tuple[int, str, str], dict[str, Shown]] = {}
    for level, code in places:
        rows = Observation.objects.all().current().at(level, code)
        rows = rows.filter(indicator__in=pks, period__gte=since)
        for one in shown(rows.order_by("indicator_id", "period")):
            found.setdefault((one.indicator, level, code), {})[one.period] = one
    return found


def latest_of(
    indicators: Iterable[Indicator], *, level: str, code: str
) -> dict[int, Shown]:
    """The last figure of each indicator in one territory; one query."""
    own = Observation.objects.all().current().at(level, code)
    last = own.filter(indicator=OuterRef("pk")).order_by("-period").values("pk")[:1]
    wanted = Indicator.objects.filter(pk__in=[one.pk for one in indicators])
    rows = Observation.objects.filter(
        pk__in=wanted.order_by().values(last=Subquery(last))
    )
    return {one.indicator: one for one in shown(rows)}


class OfLevel(NamedTuple):
    """The figures of a level for one period by code; secret ones have none."""

    values: dict[str, float]
    hidden: frozenset[str]


def at_level(indicator: Indicator, *, level: str, period: str) -> OfLevel:
    """The figures of all territories of a level for one period: thousands of communes."""
    rows = Observation.objects.all().current()
    rows = rows.filter(indicator=indicator, level=level, period=period)
    found = list(rows.order_by().values_list("code", "value", "hidden"))
    return OfLevel(
        {code: value for code, value, why in found if value is not None and not why},
        frozenset(code for code, _value, why in found if why),
    )


def levels_known(indicator: Indicator) -> list[str]:
    """The levels at which an indicator has figures to publish, the largest first."""
    wanted = [
        level
        for level in reversed(Level.values)
        if RANK[level] >= RANK[indicator.finest_shown]
    ]
    rows = Observation.objects.all().current().filter(indicator=indicator)
    own = Indicator.objects.filter(pk=indicator.pk).order_by()
    asked = {level: Exists(rows.filter(level=level)) for level in wanted}
    known: dict[str, Any] = dict(own.values(**asked).get())
    return [level for level in wanted if known[level]]


def periods_known(indicator: Indicator, *, level: str) -> list[str]:
    rows = indicator.observations.all().current().filter(level=level)
    return list(rows.order_by("period").values_list("period", flat=True).distinct())


def latest_periods(indicators: Iterable[Indicator]) -> dict[int, tuple[str, str]]:
    """The first and the last period of each indicator in the region; one query."""
    own = whole_region()
    rows = Observation.objects.all().current().at(own.level, own.code)
    rows = rows.filter(indicator__in=[one.pk for one in indicators])
    spans = (
        rows.order_by().values("indicator_id").annotate(Min("period"), Max("period"))
    )
    return {r["indicator_id"]: (r["period__min"], r["period__max"]) for r in spans}


def value_at(
    indicator: Indicator, found: Mapping[str, Shown], period: str, *, is_complete: bool
) -> float | None:
    """A figure; zero for a territory that a complete census does not name."""
    if period in found:
        return found[period].value
    return 0.0 if is_complete and indicator.zero_if_absent else None


@dataclass(frozen=True)
class Vintage:
    """A figure as it was known on a day, before it was corrected."""

    territory: tuple[str, str]
    period: str
    vintage: dt.date
    before: float | None
    after: float | None
    note: str


def corrections(indicator: Indicator, *, limit: int = 50) -> list[Vintage]:
    """Published figures that have been corrected, the latest first.

    A figure that is secret now, or was then, tells neither what it was nor what it is.
    """
    old = indicator.observations.filter(is_current=False, is_aggregated=False)
    rows = list(old.order_by("-vintage", "level", "code", "period")[:limit])
    current = {
        (row.level, row.code, row.period): row
        for row in indicator.observations.all().current().filter(
            code__in={row.code for row in rows}, period__in={row.period for row in rows}
        )
    }  # fmt: skip
    found = []
    for row in rows:
        now = current.get((row.level, row.code, row.period))
        secret = bool(row.hidden) or (now is not None and bool(now.hidden))
        found.append(
            Vintage(
                (row.level, row.code),
                row.period,
                row.vintage if now is None else now.vintage,
                None if secret else row.shown,
                None if secret or now is None else now.shown,
                "" if now is None else now.note,
            )
        )
    return found


@transaction.atomic
def save_indicator(indicator: Indicator, *, by: Any, now: dt.datetime) -> Written:
    """Keep a definition. What depends on it is added up and passed through the gate anew.

    Refuses with ``published``, when a change would unveil what has been kept secret.
    """
    before = Indicator.objects.filter(pk=indicator.pk).first()
    if (
        before is not None
        and before.is_public
        and before.secrecy != Secrecy.NONE
        and indicator.secrecy == Secrecy.NONE
    ):
        raise Refused(
            "published",
            _("Un indicateur publié avec le secret statistique le garde."),
        )
    indicator.changed_at, indicator.changed_by = now, by
    indicator.save()
    if before is None or not rules_changed(before, indicator):
        return Written()
    return decide_again(indicator, today=now.date())


def rules_changed(before: Indicator, after: Indicator) -> bool:
    names = (
        "aggregation",
        "scale",
        "finest",
        "secrecy",
        "shown_from",
        "zero_if_absent",
    )
    return any(getattr(before, name) != getattr(after, name) for name in names)


@transaction.atomic
def publish(indicator: Indicator, *, by: Any, now: dt.datetime) -> Indicator:
    """Let everybody read an indicator, once the gate has judged all its figures.

    Refuses with ``empty`` or ``method``.
    """
    row = Indicator.objects.select_for_update(of=("self",)).get(pk=indicator.pk)
    if not row.observations.all().current().exists():
        raise Refused("empty", _("Cet indicateur n’a encore aucune valeur."))
    if not row.method.strip():
        raise Refused("method", _("Dites d’abord sa formule ou sa source."))
    decide_again(row, today=now.date())
    return change_state(row, IndicatorState.PUBLISHED, by=by, now=now)


@transaction.atomic
def retire(indicator: Indicator, *, by: Any, now: dt.datetime) -> Indicator:
    """Stop showing an indicator; its figures stay for the agency."""
    row = Indicator.objects.select_for_update(of=("self",)).get(pk=indicator.pk)
    return change_state(row, IndicatorState.RETIRED, by=by, now=now)


def change_state(
    row: Indicator, state: IndicatorState, *, by: Any, now: dt.datetime
) -> Indicator:
    row.state, row.changed_at, row.changed_by = state, now, by
    row.save(update_fields=["state", "changed_at", "changed_by"])
    return row


def ranked(
    indicator: Indicator, figures: OfLevel, names: Mapping[str, str]
) -> Sequence[tuple[str, str, float | None]]:
    """Code, name and figure of each territory, the highest first, the unknown last."""
    zero = 0.0 if indicator.zero_if_absent and figures.values else None
    rows = [
        (code, name, figures.values.get(code, None if code in figures.hidden else zero))
        for code, name in names.items()
    ]
    return sorted(rows, key=lambda row: (row[2] is None, -(row[2] or 0.0), row[1]))
