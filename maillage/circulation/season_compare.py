"""Scenarios side by side: measures, refusals, weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from maillage.circulation.models import Scenario
from maillage.circulation.season_pages import number, per_cent
from maillage.circulation.services.season_results import reason_label
from maillage.core.money import format_cents


@dataclass(frozen=True)
class Measure:
    """One line of a comparison; ``is_better`` says which end is the good one."""

    name: str
    label: Any
    show: Callable[[Any], str]
    is_better: str = ""


MEASURES = (
    Measure("served", gettext_lazy("Demandes servies"), number, "more"),
    Measure("hosts_served", gettext_lazy("Lieux d’accueil servis"), number, "more"),
    Measure("communes_served", gettext_lazy("Communes servies"), number, "more"),
    Measure("reached", gettext_lazy("Habitants nouvellement à 10 km"), number, "more"),
    Measure("pupils", gettext_lazy("Élèves"), number, "more"),
    Measure("public", gettext_lazy("Autres visiteurs"), number, "more"),
    Measure(
        "gini_after", gettext_lazy("Inégalité d’accès après (Gini, 0 : égal)"),
        lambda value: number(value, places=4), "less",
    ),
    Measure("km", gettext_lazy("Kilomètres"), number, "less"),
    Measure("co2_kg", gettext_lazy("CO₂ (kg)"), number, "less"),
    Measure("income_cents", gettext_lazy("Locations"), format_cents, "more"),
    Measure(
        "gap", gettext_lazy("Écart prouvé au meilleur plan"),
        lambda value: per_cent(value, places=2),
    ),
)  # fmt: skip


def compare_rows(scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """Measures line by line, the best cell marked, with the length of its bar."""
    rows = []
    for measure in MEASURES:
        values = [float(one.result[measure.name]) for one in scenarios]
        most = max(values) or 1.0
        best = {"more": max, "less": min}.get(measure.is_better)
        differs = len(set(values)) > 1
        rows.append(
            {
                "label": str(measure.label),
                "differs": differs,
                "cells": [
                    {
                        "text": measure.show(one.result[measure.name]) or "0",
                        "bar": round(100 * value / most, 1),
                        "is_best": bool(best and differs and value == best(values)),
                    }
                    for one, value in zip(scenarios, values, strict=True)
                ],
            }
        )
    return rows


def finding(scenarios: Sequence[Scenario]) -> str:
    """Which serves most requests and which drives least, in a sentence."""
    most = max(scenarios, key=lambda one: (one.result["served"], -one.result["km"]))
    least = min(scenarios, key=lambda one: (one.result["km"], -one.result["served"]))
    facts = {
        "most": most.name,
        "served": number(most.result["served"]),
        "km": number(most.result["km"]),
        "least": least.name,
        "other": number(least.result["served"]),
        "less": number(least.result["km"]),
    }
    if most is least:
        text = _(
            "« %(most)s » sert le plus de demandes (%(served)s) et roule le moins "
            "(%(km)s km)."
        )
    else:
        text = _(
            "« %(most)s » sert le plus de demandes : %(served)s, en %(km)s km. "
            "« %(least)s » roule le moins : %(less)s km, pour %(other)s demandes."
        )
    return text % facts


def compare_reasons(scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    names = sorted({name for one in scenarios for name in one.result["reasons"]})
    return [
        {
            "label": reason_label(name),
            "cells": [one.result["reasons"].get(name, 0) for one in scenarios],
        }
        for name in names
    ]


def compare_weights(scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """The weights, those that differ marked."""
    names = sorted({name for one in scenarios for name in one.weights})
    rows = []
    for name in names:
        cells = [one.weights.get(name) for one in scenarios]
        rows.append({"name": name, "cells": cells, "differs": len(set(cells)) > 1})
    return rows
