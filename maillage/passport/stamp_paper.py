"""The diploma of a trail: no name on it but the one that is written by hand."""

import datetime as dt
from pathlib import Path
from textwrap import shorten

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import get_language, gettext as _

from maillage.agenda.trail_files import map_svg
from maillage.agenda.trail_pages import stops_of
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages
from maillage.passport.services.stamps import Progress

TEMPLATE = Path(__file__).parent / "pdf" / "stamp_diploma.typ"
#: What fits under a seal.
LONGEST = 44


def print_diplomas(progress: Progress, *, copies: int, today: dt.date) -> bytes:
    """One page a person, all alike."""
    trail = progress.trail
    data = {
        "lang": (get_language() or "fr")[:2],
        "title": _("Diplôme du parcours « %(trail)s »") % {"trail": trail.name},
        "site": region()["site_name"],
        "word": _("Diplôme"),
        "trail": trail.name,
        "owner": _("Parcours proposé par %(owner)s") % {"owner": trail.owner_name},
        "awarded": _("remis à"),
        "done": _("pour avoir suivi le parcours et tamponné ses %(n)s étapes")
        % {"n": progress.total},
        "month": _("en %(month)s") % {"month": day_words(today, "F Y")},
        "stops": [
            {
                "number": str(rank),
                "title": shorten(stop.title, LONGEST, placeholder="…"),
            }
            for rank, stop in enumerate(progress.stops, 1)
        ],
        "map": map_svg(stops_of(trail, user=AnonymousUser())),
        "map_alt": _("Schéma du parcours"),
        "copies": copies,
    }
    return set_pages(TEMPLATE, data=data)
