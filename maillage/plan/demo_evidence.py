"""What of the demonstration shows that its actions happen: rows of the platform."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from maillage.plan import evidence_kinds as known
from maillage.plan.evidence import DOCUMENT, Found
from maillage.plan.models import Action, Evidence

#: The page of a document that is only an example.
EXAMPLE_URL = "https://exemple.org/document"
#: Rows of each kind, and what is said of one.
SOURCES: dict[str, tuple[Any, Any]] = {
    "event": (known.events, known.event_found),
    "loan": (known.loans, known.loan_found),
    "resource": (known.resources, known.resource_found),
    "programme": (known.programmes, known.programme_found),
    "trail": (known.trails, known.trail_found),
    "survey": (known.waves, known.wave_found),
    "checkins": (known.months, known.month_found),
    "grant": (known.grants, known.grant_found),
}
#: What stands in when there is nothing of a kind in the time of an action.
INSTEAD = ("loan", "event")


class Shelf:
    """The rows that may be evidence, by kind; each shows one action where it can."""

    def __init__(self, *, by: Any, today: dt.date) -> None:
        self.today = today
        self.rows: dict[str, list[Found]] = {}
        self.used: set[tuple[str, int]] = set()
        if by:
            self.rows = {
                kind: [found(row) for row in rows(by)]
                for kind, (rows, found) in SOURCES.items()
            }

    def nearest(self, kinds: Iterable[str], *, day: dt.date, start: dt.date, end: dt.date) -> Found | None:  # fmt: skip
        """The row of the first kind that has one in [start, end), as near as can be."""
        for kind in kinds:
            rows = [
                one
                for one in self.rows.get(kind, ())
                if start <= one.day < end and (kind, one.pk) not in self.used
            ]
            if rows:
                found = min(rows, key=lambda one: (abs(one.day - day), one.pk))
                self.used.add((kind, found.pk))
                return found
        return None

    def evidence(
        self, action: Action, wanted: list[str], *, last: dt.date
    ) -> list[Evidence]:
        """Evidence spread over the time of an action, one a wanted kind."""
        end = min(last, self.today + dt.timedelta(1))
        days = max((end - action.starts_on).days, 1)
        made = []
        for rank, kind in enumerate(wanted, 1):
            day = action.starts_on + dt.timedelta(days * rank // (len(wanted) + 1))
            asked = () if kind == DOCUMENT else (kind, *INSTEAD)
            found = self.nearest(asked, day=day, start=action.starts_on, end=end)
            made.append(proof(found) if found else document(day))
        return made


def proof(found: Found) -> Evidence:
    return Evidence(
        kind=found.kind, object_id=found.pk, label=found.label[:240], url=found.url,
        happened_on=found.day,
    )  # fmt: skip


def document(day: dt.date) -> Evidence:
    """A page that is no row of the platform: an example, as it says."""
    label = _("Compte rendu d’exemple")
    return Evidence(kind=DOCUMENT, label=label, url=EXAMPLE_URL, happened_on=day)
