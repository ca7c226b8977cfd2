"""What the pages of seasons show: figures, curves, comparisons, rows of files."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from maillage.circulation.choices import ScenarioState
from maillage.circulation.models import (
    LoanRequest,
    PlannedLoan,
    PlannedRefusal,
    Scenario,
    Season,
)
from maillage.circulation.services.scenarios import (
    AT_WORK,
    SILENCE,
    has_worker,
    is_lost,
)
from maillage.circulation.services.season_results import reason_about, reason_label
from maillage.core.dates import day_words
from maillage.core.money import format_cents
from maillage.core.tables.columns import Column

#: The drawing of a curve, in units of its view box.
WIDE, HIGH = 600, 180
PHASES = {
    "greedy": gettext_lazy("premier plan"),
    "bound": gettext_lazy("preuve de qualité"),
    "dive": gettext_lazy("plan complet"),
    "improve": gettext_lazy("amélioration"),
    "tighten": gettext_lazy("preuve resserrée"),
    "explain": gettext_lazy("raisons des refus"),
}
TONES = {
    ScenarioState.PUBLISHED: "published",
    ScenarioState.DONE: "good",
    ScenarioState.STOPPED: "warn",
    ScenarioState.BROKEN: "bad",
    ScenarioState.RUNNING: "proposed",
    ScenarioState.WAITING: "proposed",
}
#: No news for so many seconds is worth a word: a computation tells of itself every five.
SILENT = 30
FINISHED = (ScenarioState.DONE, ScenarioState.STOPPED, ScenarioState.PUBLISHED)


def number(value: float | None, *, places: int = 0) -> str:
    if value is None:
        return ""
    return str(number_format(round(value, places), places, force_grouping=True))


def per_cent(part: float, *, places: int = 1) -> str:
    return f"{number(100 * part, places=places)}\N{NO-BREAK SPACE}%"


def proof(result: dict[str, Any]) -> str:
    """« Ce plan est à 0,4 % au plus du meilleur possible. »."""
    gap = result.get("gap", 1.0)
    if gap <= 0.00005:
        return _("Aucun plan ne peut être meilleur : c’est prouvé.")
    return _("Ce plan est à %(gap)s au plus du meilleur possible : c’est prouvé.") % {
        "gap": per_cent(gap, places=1 if gap >= 0.001 else 2)
    }


@dataclass(frozen=True)
class Curve:
    """Value and bound over the seconds, as points of a drawing."""

    value: str
    bound: str
    low: str
    high: str
    seconds: str
    rows: tuple[tuple[str, str, str], ...]


def curve_of(trace: Sequence[Sequence[float | None]]) -> Curve | None:
    """The curve of a computation; nothing before it has two points."""
    points = [(float(t or 0), float(v or 0), b) for t, v, b in trace]
    if len(points) < 2:
        return None
    ends = points[-1][0] or 1.0
    bounds = [bound for _t, _v, bound in points if bound is not None]
    values = [value for _t, value, _b in points]
    high = max([*values, min(bounds, default=0.0)]) * 1.02 or 1.0
    low = min(values[len(values) // 4 :], default=0.0) * 0.96

    def at(seconds: float, level: float) -> str:
        height = HIGH * (1 - (min(level, high) - low) / ((high - low) or 1))
        return f"{WIDE * seconds / ends:.1f},{min(max(height, 0), HIGH):.1f}"

    step = max(1, len(points) // 8)
    return Curve(
        value=" ".join(at(t, v) for t, v, _b in points),
        bound=" ".join(at(t, b) for t, _v, b in points if b is not None),
        low=number(low),
        high=number(high),
        seconds=number(ends, places=1),
        rows=tuple(
            (number(t, places=1), number(v), number(b) if b is not None else "–")
            for t, v, b in [*points[::step], points[-1]]
        ),
    )


def stats_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The first figures of a plan."""
    if not result:
        return []
    before, after = result["gini_before"], result["gini_after"]
    return [
        {
            "label": _("demandes servies sur %(all)s") % {"all": result["requests"]},
            "value": result["served"],
        },
        {
            "label": _("lieux d’accueil servis sur %(all)s") % {"all": result["hosts"]},
            "value": result["hosts_served"],
        },
        {"label": _("élèves attendus"), "value": number(result["pupils"])},
        {
            "label": _("habitants qui n’avaient rien à 10 km"),
            "value": number(result["reached"]),
        },
        {
            "label": _("inégalité d’accès entre communes, de 0 à 1 (%(before)s avant)")
            % {"before": number(before, places=3)},
            "value": number(after, places=3),
        },
        {"label": _("kilomètres"), "value": number(result["km"])},
    ]


def facts_of(result: dict[str, Any]) -> list[dict[str, str]]:
    if not result:
        return []
    asked, served = result["asked_resource"], result["served"]
    return [
        {
            "label": _("Ressource demandée, non une autre du thème"),
            "value": _("%(n)s sur %(all)s") % {"n": asked, "all": served},
        },
        {
            "label": _("Autres visiteurs attendus"),
            "value": number(result["public"]) or "0",
        },
        {
            "label": _("Exemplaires qui sortent"),
            "value": _("%(n)s sur %(all)s")
            % {"n": result["copies_used"], "all": result["copies"]},
        },
        {"label": _("Jours de prêt"), "value": number(result["days_out"])},
        {
            "label": _("Passages directs d’un lieu à l’autre"),
            "value": number(result["handovers"]) or "0",
        },
        {
            "label": _("CO₂ des trajets"),
            "value": f"{number(result['co2_kg'])}\N{NO-BREAK SPACE}kg",
        },
        {"label": _("Locations"), "value": format_cents(result["income_cents"])},
        {
            "label": _("Valeur du plan, et preuve : aucun ne dépasse"),
            "value": _("%(value)s points, %(bound)s")
            % {"value": number(result["value"]), "bound": number(result["bound"])},
        },
    ]


def reasons_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    rows = sorted(result.get("reasons", {}).items(), key=lambda row: (-row[1], row[0]))
    return [
        {"label": reason_label(name), "about": reason_about(name), "count": count}
        for name, count in rows
    ]


def state_of(scenario: Scenario, *, now: dt.datetime) -> dict[str, Any]:
    """What a scenario is doing, in words."""
    lost = is_lost(scenario, now=now)
    is_at_work = scenario.state in AT_WORK and not lost
    state = ScenarioState.BROKEN if lost else ScenarioState(scenario.state)
    told = scenario.progress or {}
    share = None
    if told.get("bound"):
        share = per_cent(max(0.0, 1 - told["value"] / told["bound"]))
    return {
        "state": state.value,
        "label": state.label,
        "tone": TONES.get(state, "draft"),
        "is_lost": lost,
        "is_at_work": is_at_work,
        "is_finished": scenario.state in FINISHED,
        "may_start": not is_at_work and scenario.state != ScenarioState.PUBLISHED,
        "phase": str(PHASES.get(told.get("phase", ""), "")),
        "served": told.get("served"),
        "gap": share,
        "seconds": int(told.get("seconds") or 0),
        "has_worker": has_worker(),
        "silent": silence_of(scenario, now=now) if is_at_work else 0,
        "patience": int(SILENCE.total_seconds() // 60),
    }


def silence_of(scenario: Scenario, *, now: dt.datetime) -> int:
    """Seconds without news of a computation; 0 as long as that is usual."""
    beat = scenario.beat_at or scenario.created_at
    seconds = int((now - beat).total_seconds())
    return seconds if seconds > SILENT else 0


def way_of(refusal: PlannedRefusal) -> str:
    """The nearest alternative in a sentence."""
    copy, start = refusal.alternative_copy, refusal.alternative_starts_on
    if copy is None or start is None:
        return ""
    shift = refusal.alternative_shift_days
    when = day_words(start)
    if shift == 0:
        text = _("%(what)s dès le %(when)s, dans les périodes demandées")
    elif shift > 0:
        text = ngettext(
            "%(what)s dès le %(when)s, %(n)s jour après les périodes demandées",
            "%(what)s dès le %(when)s, %(n)s jours après les périodes demandées",
            shift,
        )
    else:
        text = ngettext(
            "%(what)s dès le %(when)s, %(n)s jour avant les périodes demandées",
            "%(what)s dès le %(when)s, %(n)s jours avant les périodes demandées",
            -shift,
        )
    return text % {"what": copy.resource.name, "when": when, "n": abs(shift)}


def change_rows(scenario: Scenario) -> list[dict[str, Any]]:
    """What a new plan keeps, moves, adds and drops, with its requests."""
    changes = scenario.result.get("changes") or {}
    if not changes:
        return []
    labels = {
        "kept": _("restent comme elles sont"),
        "moved": _("changent de dates ou d’exemplaire"),
        "added": _("sont ajoutées"),
        "dropped": _("sont annulées"),
    }
    pks = {pk for name in ("moved", "added", "dropped") for pk in changes[name]}
    rows = LoanRequest.objects.filter(pk__in=pks).select_related("host")
    known = {row.pk: row for row in rows}
    return [
        {
            "name": name,
            "label": label,
            "count": len(changes[name]),
            "requests": [known[pk] for pk in changes[name] if pk in known],
        }
        for name, label in labels.items()
    ]


def season_steps(season: Season) -> list[dict[str, str]]:
    order = ["open", "planning", "published", "closed"]
    labels = [_("Demandes"), _("Préparation"), _("Publication"), _("Bilan")]
    here = order.index(season.state)
    return [
        {
            "label": label,
            "state": "done" if n < here else "current" if n == here else "",
        }
        for n, label in enumerate(labels)
    ]


def last_day(one: PlannedLoan) -> dt.date:
    return one.ends_on - dt.timedelta(1)


LOAN_COLUMNS = (
    Column("demande", gettext_lazy("demande"), value=lambda one: one.request.reference),
    Column(
        "ressource", gettext_lazy("ressource"), value=lambda one: one.copy.resource.name
    ),
    Column("exemplaire", gettext_lazy("exemplaire"), value=lambda one: one.copy.label),
    Column(
        "lieu", gettext_lazy("lieu d’accueil"), value=lambda one: one.request.host.name
    ),
    Column(
        "commune",
        gettext_lazy("commune"),
        value=lambda one: one.request.host.commune.name,
    ),
    Column(
        "code_insee",
        gettext_lazy("code INSEE"),
        value=lambda one: one.request.host.commune_id,
    ),
    Column("debut", gettext_lazy("ouverture au public"), "date", "starts_on"),
    Column("dernier_jour", gettext_lazy("dernier jour"), "date", value=last_day),
    Column(
        "eleves",
        gettext_lazy("élèves"),
        "integer",
        value=lambda o: o.request.expected_pupils,
    ),
    Column(
        "public",
        gettext_lazy("public"),
        "integer",
        value=lambda o: o.request.expected_public,
    ),
    Column("points", gettext_lazy("points"), "number", "worth"),
    Column("km", gettext_lazy("kilomètres"), "number", "km"),
)
REFUSAL_COLUMNS = (
    Column("demande", gettext_lazy("demande"), value=lambda one: one.request.reference),
    Column(
        "ressource",
        gettext_lazy("ressource"),
        value=lambda one: one.request.resource.name if one.request.resource else "",
    ),
    Column(
        "lieu", gettext_lazy("lieu d’accueil"), value=lambda one: one.request.host.name
    ),
    Column(
        "commune",
        gettext_lazy("commune"),
        value=lambda one: one.request.host.commune.name,
    ),
    Column("motif", gettext_lazy("motif"), value=lambda one: reason_label(one.reason)),
    Column("solution", gettext_lazy("le plus proche"), value=way_of),
)


def shown_refusals(rows: Iterable[PlannedRefusal]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "reason": reason_label(row.reason),
            "about": reason_about(row.reason),
            "way": way_of(row),
            "cost": row.alternative_cost,
            "rivals": len(row.rivals),
        }
        for row in rows
    ]
