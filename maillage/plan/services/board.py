"""The plan's figures as plain values: for the board, its files and the frozen file.

The same dictionary makes all of them, so that a file that was frozen shows the numbers
of its day whatever has become of the actions.
"""

import datetime as dt
from typing import Any

from maillage.plan.action_choices import Scope, Status
from maillage.plan.models import Action, Node
from maillage.plan.services.progress import reasons
from maillage.plan.services.reading import Reading
from maillage.plan.services.summing import Known, Sums, total_of

FORMAT = 1


def board_data(reading: Reading, *, today: dt.date) -> dict[str, Any]:
    """All figures of the plan on a day; only text, whole numbers, lists, None."""
    plan = reading.plan
    return {
        "format": FORMAT,
        "day": today.isoformat(),
        "plan": {
            "code": plan.code,
            "title": plan.title,
            "region": plan.region,
            "adopted_on": plan.adopted_on.isoformat(),
        },
        "total": sums_data(whole(reading)),
        "nodes": [
            node_data(node, reading)
            for node in reading.nodes
            if not node.is_withdrawn or reading.sums[node.pk].actions
        ],
        "actions": [
            action_data(one, today=today)
            for one in sorted(
                reading.known, key=lambda k: (k.action.node.path, k.action.slug)
            )
        ],
    }


def whole(reading: Reading) -> Sums:
    """The figures of the plan: of its actions, and of all its leads."""
    found = total_of(reading.known)
    found.leads = sum(reading.sums[top.pk].leads for top in reading.tops)
    found.leads_taken = sum(reading.sums[top.pk].leads_taken for top in reading.tops)
    return found


def sums_data(sums: Sums) -> dict[str, Any]:
    return {
        "actions": sums.actions,
        "leads": sums.leads,
        "leads_taken": sums.leads_taken,
        "percent": sums.percent,
        "forecast_cents": sums.forecast_cents,
        "spent_cents": sums.spent_cents,
        "statuses": {
            str(status): sums.statuses[status]
            for status in Status.values
            if sums.statuses[status]
        },
    }


def node_data(node: Node, reading: Reading) -> dict[str, Any]:
    above = reading.by_pk.get(node.parent_id) if node.parent_id else None
    return {
        "code": node.code,
        "slug": node.slug,
        "parent": above.code if above else None,
        "kind": node.kind,
        "name": node.name,
        "is_workable": node.is_workable,
        **sums_data(reading.sums[node.pk]),
    }


def action_data(one: Known, *, today: dt.date) -> dict[str, Any]:
    action, progress = one.action, one.progress
    return {
        "slug": action.slug,
        "node": action.node.code,
        "title": action.title,
        "owner": action.owner.name,
        "partners": sorted(row.name for row in action.partners.all()),
        "territory_key": action.territory_key,
        "territory": territory_words(action),
        "starts_on": action.starts_on.isoformat(),
        "ends_on": action.ends_on.isoformat() if action.ends_on else None,
        "status": action.status,
        "percent": progress.percent,
        "milestones": progress.milestones,
        "milestones_done": progress.done,
        "evidence": len(action.evidence.all()),
        "last_trace": progress.last_trace.isoformat() if progress.last_trace else None,
        "reasons": [str(why.value) for why in reasons(action, today=today)],
        "cost_cents": action.cost_cents,
        "forecast_cents": action.forecast_cents,
        "spent_cents": action.spent_cents,
        "budget": [
            [line.year, line.funder, line.forecast_cents, line.spent_cents]
            for line in action.budget.all()
        ],
        "is_example": action.is_example,
    }


def territory_words(action: Action) -> str:
    return str(action.territory) if action.territory else str(Scope.REGION.value)


def grouped(data: dict[str, Any], name: str, label: str) -> list[dict[str, Any]]:
    """Actions of a board added up by a key, the most money first."""
    found: dict[str, dict[str, Any]] = {}
    for action in data["actions"]:
        row = found.setdefault(
            str(action[name]),
            {"key": action[name], "label": action[label], "actions": 0, "percents": [],
             "forecast_cents": 0, "spent_cents": 0},
        )  # fmt: skip
        row["actions"] += 1
        row["forecast_cents"] += action["forecast_cents"]
        row["spent_cents"] += action["spent_cents"]
        if action["status"] != Status.ABANDONED:
            row["percents"].append(action["percent"])
    rows = list(found.values())
    for row in rows:
        percents = row.pop("percents")
        row["percent"] = sum(percents) // len(percents) if percents else None
    rows.sort(
        key=lambda row: (-row["forecast_cents"], -row["actions"], str(row["label"]))
    )
    return rows


def by_year_and_funder(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Every cent of the budget lines, by year, then by funder."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for action in data["actions"]:
        for year, funder, forecast, spent in action["budget"]:
            row = found.setdefault(
                (year, funder),
                {"year": year, "funder": funder, "forecast_cents": 0, "spent_cents": 0},
            )
            row["forecast_cents"] += forecast
            row["spent_cents"] += spent
    return [found[key] for key in sorted(found)]
