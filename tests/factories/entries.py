"""Public entries without the thing behind them: what lists and search read."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from maillage.core.entries import next_version
from maillage.core.french import index_terms
from maillage.core.models import Entry


class EntryFactory(DjangoModelFactory):
    class Meta:
        model = Entry

    class Params:
        body = ""
        resource = factory.Trait(kind="resource", category="exhibition")

    kind = "place"
    object_id = factory.Sequence(lambda n: 1000 + n)
    version = factory.LazyFunction(next_version)
    name = factory.Sequence(lambda n: f"Musée {n}")
    slug = factory.Sequence(lambda n: f"musee-{n}")
    category = "museum"
    facets = factory.LazyAttribute(lambda row: {"category": [row.category]})
    is_verified = True
    lon = 3.0586
    lat = 50.6366
    name_terms = factory.LazyAttribute(
        lambda row: " ".join(index_terms(row.name, keep_all=True))
    )
    body_terms = factory.LazyAttribute(lambda row: " ".join(index_terms(row.body)))
    changed_at = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
