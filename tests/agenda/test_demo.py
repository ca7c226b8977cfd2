"""Programmes and trails of the demonstration: what is there, whatever the day."""

import datetime as dt

import pytest
from django.conf import settings

from maillage.agenda import demo, demo_feeds, demo_programmes, demo_trails
from maillage.agenda.choices import LabelState, RemoteState
from maillage.agenda.models import Event, Feed, Programme, Trail
from maillage.agenda.services import exchange
from maillage.agenda.services.programme_report import report_of
from maillage.core.models import Entry
from maillage.directory.models import Place
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture
def region():
    UserFactory(role="agency")
    UserFactory(email="responsable@exemple.fr")
    home = StructureFactory(is_example=True, commune=CommuneFactory(lille=True))
    for number, kind in enumerate(
        ("museum", "nature_centre", "planetarium", "garden", "fablab", "mill")
    ):
        PlaceFactory(
            kind=kind, name=f"Lieu {number}", structure=StructureFactory(),
            commune=home.commune, source=settings.REGION,
            source_key=f"ED-{[39, 41, 42, 43, 67, 68][number]:03d}", lon=3.0, lat=50.5,
        )  # fmt: skip
    return home


@pytest.mark.parametrize(
    ("now", "years"),
    [
        (NOW, {2025, 2026, 2027}),
        (dt.datetime(2027, 1, 2, 12, tzinfo=dt.UTC), {2025, 2026, 2027}),
        (dt.datetime(2027, 10, 4, 12, tzinfo=dt.UTC), {2025, 2026, 2027}),
    ],
)
def test_there_is_an_edition_with_its_report_one_that_is_over_and_one_to_come(
    region, now, years
):
    demo_programmes.load_programmes(now=now)

    fetes = Programme.objects.filter(edition_of=demo_programmes.FETE)
    old, over, next_ = fetes.order_by("year")
    assert {row.year for row in fetes} == years
    assert old.is_reported
    assert report_of(old).whole.events == 44
    assert report_of(old).whole.visits.value
    assert not over.is_reported
    assert over.labellings.all().granted().count() == 44
    states = set(next_.labellings.values_list("state", flat=True))
    if next_.starts_on > now.date():
        assert next_.takes_proposals(now.date())
        assert states >= {LabelState.ASKED, LabelState.GRANTED, LabelState.REFUSED}
    else:  # under way: nothing is proposed any more
        assert states == {LabelState.GRANTED}
    assert all(row.is_example for row in Programme.objects.all())


def test_the_charter_finds_what_is_amiss_in_some_proposals(region):
    demo_programmes.load_programmes(now=NOW)

    programme = Programme.objects.get(slug="fete-de-la-science-2027")
    rows = programme.labellings.all()
    refused = rows.get(state=LabelState.REFUSED)
    assert refused.found.keys() >= {"free", "contact"}
    assert all(row.found == {} for row in rows.granted())
    waiting = [row.found for row in rows.filter(state=LabelState.ASKED)]
    assert 0 < sum(map(bool, waiting)) < len(waiting)


def test_loading_twice_changes_nothing(region):
    for _n in range(2):
        demo.load_events(now=NOW)
        demo_programmes.load_programmes(now=NOW)
        demo_trails.load_trails(settings.REGION_DATA, source=settings.REGION, now=NOW)
        counts = (
            Event.objects.count(), Programme.objects.count(), Trail.objects.count(),
        )  # fmt: skip

    assert counts[1:] == (5, 6)
    assert Event.objects.filter(is_example=False).count() == 0
    assert counts[0] == Event.objects.count()


@pytest.mark.parametrize("now", [NOW, dt.datetime(2027, 3, 14, 23, 30, tzinfo=dt.UTC)])
def test_a_followed_agenda_has_something_to_settle_and_one_a_file_that_waits(
    region, now
):
    for _n in range(2):
        demo_feeds.load_feeds(now=now)

    followed, waiting = Feed.objects.order_by("name")
    conflict = followed.remotes.get(state=RemoteState.CONFLICT)
    assert exchange.disputed_fields(conflict, now=now) == ["name", "times"]
    assert followed.remotes.filter(state=RemoteState.GONE).count() == 1
    assert followed.remotes.filter(state=RemoteState.SAME).count() == 3
    events = Event.objects.filter(remotes__feed=followed)
    assert all(event.is_public and event.is_example for event in events)
    assert waiting.pending
    plan = exchange.plan_feed(waiting, exchange.pending(waiting, now=now), now=now)
    assert plan.counts == {"new": 4}
    assert plan.troubles == ()


def test_trails_stop_at_the_places_of_the_region(region):
    demo_trails.load_trails(settings.REGION_DATA, source=settings.REGION, now=NOW)

    mills = Trail.objects.get(name="Moulins de Flandre")
    assert mills.stops.count() == 4
    assert mills.stops.first().place == Place.objects.get(source_key="ED-043")
    assert Entry.objects.all().public().filter(kind="trail").count() == 6


def test_a_region_without_trails_has_none(region, tmp_path):
    demo_trails.load_trails(tmp_path, source=settings.REGION, now=NOW)

    assert not demo_trails.is_ready()
