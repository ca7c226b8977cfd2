"""Indicators and what they say."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from maillage.observatory.choices import IndicatorState
from maillage.observatory.models import Indicator, Observation

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


class IndicatorFactory(DjangoModelFactory):
    """Published, a sum of communes that nothing keeps secret."""

    class Meta:
        model = Indicator

    code = factory.Sequence(lambda n: f"indicateur-{n}")
    name = factory.LazyAttribute(lambda row: f"Mesure {row.code}")
    unit = "visiteurs"
    family = "Publics"
    method = "Ce que déclarent les lieux."
    source_name = "Enquête"
    state = IndicatorState.PUBLISHED
    changed_at = NOW


class ObservationFactory(DjangoModelFactory):
    class Meta:
        model = Observation

    indicator = factory.SubFactory(IndicatorFactory)
    level = "region"
    code = "32"
    period = "2024"
    vintage = dt.date(2025, 3, 1)
    value = 10.0
