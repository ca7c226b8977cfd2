"""What the agenda shows on the pages of the apps below and above.

Spots: ``place.sections``, ``structure.sections``, ``resource.sections`` (the thing),
``my_space.sections``, ``agency_desk.sections``, ``home.sections`` (no thing).
"""

from typing import Any

from django.utils import timezone

from maillage.agenda import panels_events, panels_work
from maillage.agenda.services.shelf import current_times
from maillage.agenda.services.trails import trails_by
from maillage.core.listing import READERS
from maillage.core.listing_columns import Shelf
from maillage.core.panels import Panel, register


def trails_of_place(place: Any, _user: Any) -> list[Panel]:
    """Trails that stop at a place, and the nearest ones."""
    here, near = trails_by(place)
    if not here and not near:
        return []
    return [Panel("agenda/panel_trails.html", {"here": here, "near": near}, rank=20)]


register("place.sections", trails_of_place)
for spot, maker in panels_events.MAKERS + panels_work.MAKERS:
    register(spot, maker)


def read_times(shelf: Shelf) -> None:
    """Read the occurrences to come before the first page asks for them."""
    current_times(shelf, today=timezone.localdate())


READERS.append(read_times)
