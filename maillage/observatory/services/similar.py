"""Territories that are like another one: about as many inhabitants, about as dense."""

import math
from collections.abc import Iterable

from django.db.models import F, Sum
from django.db.models.functions import Abs
from django.utils.translation import gettext as _

from maillage.observatory.choices import Level
from maillage.observatory.services.perimeters import (
    Territory,
    of_commune,
    of_epci,
)
from maillage.territories.models import Commune, Department, Epci

MOST = 8
#: Communes that are looked at: those whose inhabitants are nearest.
NEAREST = 60


def rule(level: str) -> str:
    """The rule in words, for the page."""
    if level == Level.COMMUNE:
        return _(
            "Les %(number)d communes de la même classe de densité les plus proches par "
            "la population, puis par la densité (écarts logarithmiques)."
        ) % {"number": MOST}
    return _(
        "Les %(number)d territoires du même niveau les plus proches par la population, "
        "puis par la densité (écarts logarithmiques)."
    ) % {"number": MOST}


def distance(one: Territory, other: Territory) -> float:
    """How unlike two territories are; a gap of density counts half."""

    def gap(a: float, b: float) -> float:
        return abs(math.log(max(a, 1.0)) - math.log(max(b, 1.0)))

    people = gap(one.population, other.population)
    return people + 0.5 * gap(one.density, other.density)


def similar(territory: Territory) -> list[Territory]:
    """The most similar territories of its level, the nearest first; one query."""
    others = [one for one in candidates(territory) if one.code != territory.code]
    return sorted(others, key=lambda one: (distance(territory, one), one.code))[:MOST]


def candidates(territory: Territory) -> Iterable[Territory]:
    if territory.level == Level.COMMUNE:
        rows = Commune.objects.filter(density_class=territory.density_class)
        near = rows.annotate(gap=Abs(F("population") - territory.population))
        return map(of_commune, near.order_by("gap", "insee")[: NEAREST + 1])
    if territory.level == Level.EPCI:
        groups = Epci.objects.annotate(
            p=Sum("communes__population"), a=Sum("communes__area_km2")
        )
        return map(of_epci, groups)
    if territory.level == Level.DEPARTMENT:
        departments = Department.objects.annotate(
            p=Sum("communes__population"), a=Sum("communes__area_km2")
        )
        return [
            Territory(Level.DEPARTMENT, row.code, row.name, row.p or 0, row.a or 0.0)
            for row in departments
        ]
    return []
