"""A finished programme and a label of the structure, for the table of addresses."""

import datetime as dt

from maillage.agenda.choices import LabelState
from maillage.agenda.models import Labelling
from maillage.agenda.services.programme_report import computed
from tests.factories.agenda import (
    CoordinatorFactory,
    EventFactory,
    ProgrammeFactory,
    TrailFactory,
)

NOW = dt.datetime(2025, 8, 1, 9, tzinfo=dt.UTC)

STEP = {
    "key": "a", "kind": "", "slug": "", "title": "Beffroi", "text": "", "question": "",
    "minutes": None, "lon": 3.06, "lat": 50.63,
}  # fmt: skip


def label(structure):
    programme = ProgrammeFactory(year=2025)
    event = EventFactory(slug="nuit", owner=structure, at="2025-10-04T14:00")
    row = Labelling.objects.create(
        programme=programme, event=event, asked_at=NOW, state=LabelState.GRANTED
    )
    programme.report = computed(programme).as_json()
    programme.reported_on = dt.date(2025, 11, 3)
    programme.save()
    slug = programme.slug
    trail = TrailFactory(slug="savants", owner=structure, steps=[STEP])
    trails = ("detail", "edit", "geojson", "gpx", "sheet", "posters", "stamps")
    one = ("detail", "edit", "charter", "points", "paper", "coordinators", "report",
           "report_paper", "remind", "close")  # fmt: skip
    return {f"programme_{name}": [slug] for name in one} | {
        "trail": ["savants"],
        **{f"trail_{name}": ["savants"] for name in trails},
        "stop_detail": ["savants", trail.stops.get().code],
        "stop_stamp": ["savants", trail.stops.get().code],
        "programme_export": [slug, "csv"],
        "programme_report_export": [slug, "csv"],
        "programme_attendance": [slug, row.token],
        "coordinator_remove": [slug, CoordinatorFactory(programme=programme).pk],
        "label_choose": [slug],
        "label_new": [slug, "nuit"],
        "label_list": [slug],
        "label_detail": [slug, row.pk],
        "label_withdraw": [slug, row.pk],
    }
