"""A followed agenda with an event changed on both sides; a device at a door."""

import datetime as dt

from maillage.agenda.models import Feed, Remote
from maillage.passport.models import Device
from tests.factories.agenda import EventFactory

NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


def follow_agenda(structure):
    feed = Feed.objects.create(
        name="Agenda", kind="icalendar", owner=structure, event_kind="workshop"
    )
    event = EventFactory(slug="suivi", owner=structure, at="2099-08-11T21:00")
    remote = Remote.objects.create(
        feed=feed, uid="a", event=event, digest="x", state="conflict", seen_at=NOW
    )
    device = Device.objects.create(
        place=structure.places.get(slug="palais"), name="Accueil", token_hash="x",
        added_at=NOW,
    )  # fmt: skip
    names = ("feed_detail", "feed_edit", "feed_read", "feed_check")
    return {name: [feed.pk] for name in names} | {
        "remote_detail": [feed.pk, remote.pk],
        "remote_picture": [feed.pk, remote.pk],
        "device_place": ["palais"],
        "device_file": ["palais"],
        "device_revoke": ["palais", device.pk],
    }
