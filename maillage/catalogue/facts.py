"""What the common catalogue can say of a structure, for the surveys that ask it."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from maillage.catalogue.models import Resource
from maillage.core.facts import Fact, Row, Value, register
from maillage.directory.models import Structure


def resources(structure: Structure, _start: dt.date, _end: dt.date) -> Value:
    """Its published resources, one a row; a module counts with its whole."""
    rows = Resource.objects.published().filter(owner=structure, parent=None)
    return Value.summing(
        Row(
            resource.name,
            url=resource.get_absolute_url(),
            key=f"resource-{resource.pk}",
            facts={
                "name": resource.name,
                "kind": resource.kind,
                "year": resource.year,
                "themes": list(resource.themes),
            },
        )
        for resource in rows.order_by("name", "pk")
    )


register(
    Fact(
        "structure.resources",
        _("Ressources itinérantes"),
        _("Catalogue commun de Maillage"),
        resources,
    )
)
