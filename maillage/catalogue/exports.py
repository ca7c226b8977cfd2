"""Published resources as rows of a file: the columns of imports."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.catalogue.imports import RESOURCES
from maillage.catalogue.models import Resource
from maillage.core.tables.exporting import Export


def resources() -> Any:
    rows = Resource.objects.published()
    return rows.select_related(
        "commune", "owner", "owner__commune", "parent"
    ).prefetch_related("producers")


RESOURCE_EXPORT = Export("resources", _("Ressources"), RESOURCES.columns, resources)
