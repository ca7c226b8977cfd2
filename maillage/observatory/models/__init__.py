"""Indicators and their observations, alerts, scenarios of siting."""

from maillage.observatory.models.equity import (
    SitingScenario,
    SitingScenarioQuerySet,
)
from maillage.observatory.models.indicators import (
    Alert,
    AlertQuerySet,
    AlertRule,
    Indicator,
    IndicatorQuerySet,
    Observation,
    ObservationQuerySet,
)

__all__ = [
    "Alert",
    "AlertQuerySet",
    "AlertRule",
    "Indicator",
    "IndicatorQuerySet",
    "Observation",
    "ObservationQuerySet",
    "SitingScenario",
    "SitingScenarioQuerySet",
]
