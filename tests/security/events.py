"""An event of the structure with dates and a sign-up, for the table of addresses."""

import datetime as dt

from maillage.agenda.choices import Booking
from tests.factories.agenda import EventFactory, SeriesFactory, SignUpFactory

SLUG = "nuit-des-etoiles"


def happen(structure, place):
    event = EventFactory(
        slug=SLUG,
        owner=structure,
        place=place,
        booking=Booking.HERE,
        capacity=20,
        at="2099-08-10T21:00",
    )
    one = event.occurrences.get()
    series = SeriesFactory(event=event)
    signup = SignUpFactory(occurrence=one)
    pages = ("event_detail", "event_calendar", "event_edit", "event_status",
             "event_copy", "event_dates", "event_report", "signup_list")  # fmt: skip
    return {name: [SLUG] for name in pages} | {
        "event": [SLUG],
        "event_shortcut": ["gratuit"],
        "event_day": [dt.date(2026, 11, 28)],
        "event_week": [dt.date(2026, 11, 28)],
        "event_month": ["2026-11"],
        "occurrence_edit": [SLUG, one.pk],
        "series_edit": [SLUG, series.pk],
        "signup_new": [SLUG, one.pk],
        "signup_file": [SLUG, "csv"],
        "signup_came": [SLUG, signup.pk],
        "signup_detail": [signup.token],
        "signup_cancel": [signup.token],
    }
