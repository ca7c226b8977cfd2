"""Stamps on the pages of trails: at a stop, on the way, for those who make them."""

from collections.abc import Iterable
from typing import Any

from maillage.agenda.models import Stop, Trail
from maillage.core.panels import Maker, Panel
from maillage.passport.models import Pass
from maillage.passport.services.stamps import progress_on
from maillage.passport.stamp_pages import name_of, progress_words

FEW = 4


def at_stop(stop: Stop, _user: Any) -> Iterable[Panel]:
    """« Tamponner », for the passes at hand; the template asks which these are."""
    yield Panel("passport/panel_stop_stamp.html", {"stop": stop}, rank=10)


def on_trail(trail: Trail, user: Any) -> Iterable[Panel]:
    """How far the passes of one's account are; to others, that there are stamps."""
    if not trail.is_public or not trail.stops.all():
        return
    mine = Pass.objects.all().held_by(user).active().filter(keeps_stamps=True)
    mine = mine.filter(stamps__stop__trail=trail).select_related("offer").distinct()
    lines = [
        {
            "holder": holder,
            "name": name_of(holder),
            "words": progress_words(progress_on(holder, trail=trail)),
        }
        for holder in mine[:FEW]
    ]
    makes = Trail.objects.all().editable_by(user).filter(pk=trail.pk).exists()
    context = {"trail": trail, "lines": lines, "makes": makes}
    yield Panel("passport/panel_trail_stamps.html", context, rank=20)


MAKERS: list[tuple[str, Maker]] = [
    ("stop.sections", at_stop),
    ("trail.follow", on_trail),
]
