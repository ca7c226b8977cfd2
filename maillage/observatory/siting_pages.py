"""What the pages of siting show, and what their forms and map send."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.numbers import number_in
from maillage.kernels.siting.pareto import Front, Point
from maillage.observatory.access_charts import french, percent
from maillage.observatory.front_chart import front_chart
from maillage.observatory.models import SitingScenario
from maillage.observatory.problem.supply import Site
from maillage.observatory.problem.territory import read_territory
from maillage.observatory.services import scenarios
from maillage.observatory.services.proposing import Ground, Proposal
from maillage.observatory.services.siting import Outcome, what_if

FEW = 8
CLASSES = 5
#: A gain below this part of the mean access is not painted.
LITTLE = 1e-3
#: Nearer to the bound than this is the best: half of what one decimal shows.
PROVEN = 0.0005


def sites_of(scenario: SitingScenario) -> Sequence[Site]:
    """The sites and depots that can be moved, as the scenario leaves them."""
    choice, month = scenarios.asked_of(scenario)
    try:
        return what_if(choice, scenario.changes, month=month).movable
    except Refused:
        return what_if(choice, [], month=month).movable


def study_context(scenario: SitingScenario, *, today: dt.date) -> dict[str, Any]:
    """The scenario, its changes in words, and its outcome."""
    choice, month = scenarios.asked_of(scenario)
    context: dict[str, Any] = {
        "scenario": scenario,
        "choice": choice,
        "month": month,
        "kept": kept_rows(scenario),
    }
    try:
        outcome = what_if(choice, scenario.changes, month=month)
    except Refused as refusal:
        return context | refused_context(scenario, refusal)
    before = (*outcome.before.supply.sites, *outcome.depots_before)
    return context | {
        "sites": outcome.movable,
        "changes": in_words(scenario.changes, before),
        "told": figures_of(outcome),
        "groups": groups_of(outcome),
    }


def refused_context(scenario: SitingScenario, refusal: Refused) -> dict[str, Any]:
    """What is left to show of a scenario that cannot be computed (any more)."""
    choice, month = scenarios.asked_of(scenario)
    try:
        sites = what_if(choice, [], month=month).movable
    except Refused:  # nobody is counted
        sites = []
    changes = in_words(scenario.changes, sites)
    return {"refusal": refusal, "sites": sites, "changes": changes}


def in_words(
    changes: Sequence[dict[str, Any]], sites: Sequence[Site]
) -> list[dict[str, Any]]:
    names = {site.key: site.name for site in sites}
    words = {
        "add": _("Ajouter : %(name)s"),
        "add stop": _("Ajouter une étape : %(name)s"),
        "add depot": _("Ajouter un dépôt : %(name)s"),
        "move": _("Déplacer : %(name)s"),
        "close": _("Fermer : %(name)s"),
    }
    return [
        {
            "rank": rank,
            "text": words.get(f"{change['act']} {change.get('sort')}", words[change["act"]])
            % {"name": change.get("name") or names.get(change["site"], change["site"])},
        }
        for rank, change in enumerate(changes)
    ]  # fmt: skip


def kept_rows(scenario: SitingScenario) -> list[tuple[str, str, str]]:
    """The figures that a decision has kept: label, before, after."""
    told = scenario.results
    if not told:
        return []
    written: dict[str, tuple[str, Callable[[float], str]]] = {
        "none": (_("N’ont rien à portée"), percent),
        "mean": (_("Accès moyen"), lambda value: french(value, 2)),
        "median": (_("Accès médian"), lambda value: french(value, 2)),
        "under": (_("Ont moins de la moitié de la moyenne"), percent),
        "gini": (_("Indice de Gini"), lambda value: french(value, 3)),
    }
    rows = []
    for key, (label, write) in written.items():
        sides = [told.get(side, {}).get(key) for side in ("before", "after")]
        if None not in sides:
            rows.append((label, write(sides[0]), write(sides[1])))
    return rows


def figures_of(outcome: Outcome) -> dict[str, Any]:
    """Who gains and loses, and the figures before and after, in words."""
    told = outcome.told()
    before, after = told["before"], told["after"]
    rows = [
        (
            _("N’ont rien à portée"),
            *(percent(s["none"]) for s in (before, after)),
        )
    ]
    if not outcome.before.less_is_better:
        sides = (before, after)
        rows += [
            (_("Accès moyen"), *(french(s["mean"], 2) for s in sides)),
            (_("Accès médian"), *(french(s["median"], 2) for s in sides)),
            (
                _("Ont moins de la moitié de la moyenne"),
                *(percent(s["under"]) for s in sides),
            ),
            (_("Indice de Gini"), *(french(s["gini"], 3) for s in sides)),
        ]
    if None not in told["depots"]:
        near, then = (french(minutes, 1) for minutes in told["depots"])
        label = _("Minutes jusqu’au dépôt le plus proche, en moyenne")
        rows.append((label, near, then))
    return {
        "gainers": french(told["gainers"]),
        "losers": french(told["losers"]),
        "rows": rows,
    }


def groups_of(outcome: Outcome) -> dict[str, list[dict[str, Any]]]:
    """The groups of communes that gain and lose most, for all their people together."""
    where, people = outcome.before.territory, outcome.before.people
    gain = np.where(np.isfinite(outcome.gain), outcome.gain, 0.0)
    rows: list[dict[str, Any]] = []
    for siren in np.unique(where.epci):
        inside = where.epci == siren
        total = float(people[inside].sum())
        if siren and total:
            mean = float(gain[inside] @ people[inside] / total)
            name = where.epci_names[str(siren)]
            rows.append({"name": name, "people": total, "mean": mean})
    rows.sort(key=lambda row: row["mean"])
    return {
        "gain": [row for row in rows[::-1] if row["mean"] > 0][:FEW],
        "lose": [row for row in rows if row["mean"] < 0][:FEW],
    }


def map_of(outcome: Outcome) -> dict[str, Any]:
    """Gains in shades of teal, losses in shades of brick, and the sites."""
    where = outcome.before.territory
    gain = np.where(np.isfinite(outcome.gain), outcome.gain, 0.0)
    top = float(np.abs(gain).max()) or 1.0
    least = LITTLE * top
    rank = np.zeros(len(gain), dtype=int)
    up, down = gain > least, gain < -least
    rank[up] = 3 + np.clip(np.ceil(2 * gain[up] / top), 1, 2).astype(int)
    rank[down] = np.where(-gain[down] / top > 0.5, 1, 2)
    return {
        "scale": "gain",
        "classes": [
            {"codes": [where.insee[k] for k in np.flatnonzero(rank == n).tolist()]}
            for n in range(1, CLASSES + 1)
        ],
        "values": {
            where.insee[k]: [
                where.names[k],
                float(gain[k]),
                float(outcome.before.people[k]),
            ]
            for k in np.flatnonzero(rank).tolist()
        },
        "sites": [
            [s.lon, s.lat, s.name, s.travels, s.key, s.is_depot]
            for s in (*outcome.after.supply.sites, *outcome.depots_after)
        ],
    }


def revision_of(request: Any) -> int:
    return number_in(request.POST.get("revision"))


def steps_sent(request: Any) -> list[dict[str, Any]]:
    """Changes that the map sends to be tried.

    Raises :class:`Refused` (``unreadable``) for anything that is not a list of changes.
    """
    try:
        return [step_of(one) for one in json.loads(request.body)["changes"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused("unreadable", _("Ce changement n’a pas été compris.")) from None


def step_of(one: dict[str, Any]) -> dict[str, Any]:
    act = one["act"]
    if act not in {"add", "move", "close"}:
        raise ValueError(act)
    step: dict[str, Any] = {"act": act, "site": str(one.get("site", ""))[:60]}
    if act != "close":
        step |= {"lon": float(one["lon"]), "lat": float(one["lat"])}
    if act == "add":
        step |= {
            "name": str(one.get("name", ""))[:80],
            "sort": str(one.get("sort", "")),
        }
    return step


def changes_of(found: Proposal) -> list[dict[str, Any]]:
    return [added(found.territory, k) for k in found.communes]


def proposal_sentence(found: Proposal) -> str:
    """What is proposed, and how far from the best it can be."""
    said = _("Proposé : %(names)s.") % {"names": ", ".join(found.names)}
    if found.gap < PROVEN:
        return f"{said} {_('C’est prouvé : aucun autre choix ne fait mieux.')}"
    return f"{said} " + _(
        "Aucun autre choix ne ferait mieux de plus de %(gap)s\u00a0%%."
    ) % {"gap": french(found.gap_percent, 1)}


def added(territory: Any, k: int) -> dict[str, Any]:
    lon, lat = territory.points[k]
    return {
        "act": "add",
        "site": "",
        "lon": float(lon),
        "lat": float(lat),
        "name": _("Nouveau lieu à %(commune)s") % {"commune": territory.names[k]},
    }


def compare_context(rows: Sequence[SitingScenario]) -> dict[str, Any]:
    """Figures side by side; a scenario that cannot be computed any more says why."""
    columns: list[dict[str, Any]] = []
    for scenario in rows:
        choice, month = scenarios.asked_of(scenario)
        try:
            outcome = what_if(choice, scenario.changes, month=month)
            told = figures_of(outcome)
            found = groups_of(outcome)
            columns.append({"scenario": scenario, "told": told, "groups": found})
        except Refused as refusal:
            nothing: dict[str, Any] = {"gain": [], "lose": []}
            columns.append(
                {"scenario": scenario, "refusal": refusal, "groups": nothing}
            )
    known = [column["told"] for column in columns if "told" in column]
    labels = [row[0] for row in max((t["rows"] for t in known), key=len, default=[])]
    lines = [
        {"label": label, "cells": [cell(column, label) for column in columns]}
        for label in labels
    ]
    return {"columns": columns, "lines": lines}


def register_context(rows: Iterable[SitingScenario]) -> dict[str, Any]:
    """Decisions, each with what it changes and the figures of its day."""
    entries = []
    for scenario in rows:
        choice, month = scenarios.asked_of(scenario)
        entries.append(
            {
                "scenario": scenario,
                "choice": choice,
                "month": month,
                "changes": in_words(scenario.changes, ()),
                "gainers": french(scenario.results.get("gainers")),
                "losers": french(scenario.results.get("losers")),
                "rows": kept_rows(scenario),
            }
        )
    return {"entries": entries}


def cell(column: dict[str, Any], label: str) -> tuple[str, str]:
    for name, before, after in column.get("told", {}).get("rows", []):
        if name == label:
            return before, after
    return "–", "–"


def front_context(
    scenario: SitingScenario, found: Front, ground: Ground
) -> dict[str, Any]:
    """The points of the front, fewest places first, with what choosing one sends."""
    points = sorted(found.points, key=lambda point: (point.spent, -point.covered))
    rows = [point_row(point, ground) for point in points]
    return {
        "scenario": scenario,
        "points": rows,
        "chart": front_chart(rows),
        "is_proven": found.is_proven,
        "is_complete": found.is_complete,
    }


def point_row(point: Point, ground: Ground) -> dict[str, Any]:
    communes = [ground.candidates[k] for k in point.open.tolist()]
    return {
        "names": ", ".join(ground.territory.names[k] for k in communes),
        "count": len(communes),
        "share": percent(point.share),
        "share_percent": 100 * float(point.share),
        "worst_minutes": float(point.worst),
        "worst": french(point.worst) if np.isfinite(point.worst) else "–",
        "tenth": french(point.worst_tenth),
        "communes": " ".join(ground.territory.insee[k] for k in communes),
    }


def picked_changes(request: Any) -> list[dict[str, Any]]:
    """The communes of a point of the front as changes of a scenario."""
    from_codes = request.POST.get("communes", "").split()[:20]
    territory = read_territory()
    rank = {insee: k for k, insee in enumerate(territory.insee)}
    return [added(territory, rank[code]) for code in from_codes if code in rank]


def picked_name(scenario: SitingScenario, changes: Sequence[dict[str, Any]]) -> str:
    names = ", ".join(str(change["name"]) for change in changes)
    return f"{scenario.name} : {names}"[:120] if names else scenario.name
