"""Published structures and places as rows of a file: the columns of imports."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.core.tables.exporting import Export
from maillage.directory.imports import PLACES, STRUCTURES
from maillage.directory.models import Place, Structure


def structures() -> Any:
    return Structure.objects.published().select_related("commune")


def places() -> Any:
    return Place.objects.published().select_related("commune", "structure")


STRUCTURE_EXPORT = Export("structures", _("Structures"), STRUCTURES.columns, structures)
PLACE_EXPORT = Export("places", _("Lieux"), PLACES.columns, places)
