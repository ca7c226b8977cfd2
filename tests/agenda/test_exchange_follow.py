"""Following a feed: nothing twice, nothing lost, both sides seen."""

import datetime as dt
from dataclasses import replace

import pytest

from maillage.accounts.choices import Role
from maillage.agenda.choices import FeedKind, OccurrenceState, RemoteState, Status
from maillage.agenda.models import Event, Feed, Remote
from maillage.agenda.services import exchange
from maillage.agenda.services.exchange_told import Reading, Time, Told
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.models import Mail, Proposal
from tests.factories.accounts import UserFactory
from tests.factories.agenda import SignUpFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def time(day, hour=14, **fields):
    start = dt.datetime(2026, 12, day, hour, tzinfo=dt.UTC)
    return Time(start, start + dt.timedelta(hours=2), **fields)


ONE = Told(
    uid="a@x", name="Fusées à eau", summary="On construit.", times=(time(1), time(8))
)


@pytest.fixture
def agency():
    return UserFactory(role=Role.AGENCY)


@pytest.fixture
def feed(agency):
    return Feed.objects.create(
        name="Agenda du forum",
        kind=FeedKind.ICALENDAR,
        owner=StructureFactory(listed=True),
        event_kind="workshop",
        added_by=agency,
    )


@pytest.fixture
def follow(feed, agency):
    def read(*events, by=agency, now=NOW):
        return exchange.apply_feed(feed, Reading(events, ()), by=by, now=now)

    return read


def test_the_same_source_read_twice_changes_nothing(follow):
    assert follow(ONE).counts == {"new": 1}
    event = Event.objects.get()
    before = (event.version, event.sequence, event.changed_at)

    assert follow(ONE).counts == {"same": 1}

    event.refresh_from_db()
    assert (event.version, event.sequence, event.changed_at) == before
    assert event.occurrences.count() == 2
    assert event.state == State.PUBLISHED
    assert (event.first_on, event.last_on) == (
        dt.date(2026, 12, 1),
        dt.date(2026, 12, 8),
    )


def test_a_plan_says_what_reading_would_do_and_changes_nothing(feed, follow):
    plan = exchange.plan_feed(feed, Reading((ONE,), ()), now=NOW)

    assert plan.counts == {"new": 1}
    assert not Event.objects.exists()


def test_what_only_the_source_changed_is_taken_and_what_only_we_changed_stays(follow):
    follow(ONE)
    event = Event.objects.get()
    event.description = "Écrit chez nous."
    event.save()

    plan = follow(replace(ONE, name="Fusées à air"))

    event.refresh_from_db()
    assert plan.counts == {"changed": 1}
    assert (event.name, event.description) == ("Fusées à air", "Écrit chez nous.")
    assert event.sequence == 1


def test_what_both_changed_waits_for_a_person_who_chooses(follow, agency):
    follow(ONE)
    event = Event.objects.get()
    event.name, event.summary = "Fusées, chez nous", "Notre résumé."
    event.save()

    plan = follow(replace(ONE, name="Fusées, chez eux", summary="Leur résumé."))

    event.refresh_from_db()
    remote = Remote.objects.get()
    assert plan.counts == {"conflict": 1}
    assert event.name == "Fusées, chez nous"
    assert remote.state == RemoteState.CONFLICT
    assert exchange.disputed_fields(remote, now=NOW) == ["name", "summary"]

    exchange.settle(remote, theirs=["summary"], by=agency, now=NOW)

    event.refresh_from_db()
    assert (event.name, event.summary) == ("Fusées, chez nous", "Leur résumé.")
    with pytest.raises(Refused, match="déjà choisi"):
        exchange.settle(remote, theirs=["name"], by=agency, now=NOW)
    again = replace(ONE, name="Fusées, chez eux", summary="Leur résumé.")
    assert follow(again).counts == {"same": 1}


def test_both_making_the_same_change_is_no_conflict(follow):
    follow(ONE)
    Event.objects.update(name="Fusées à air")

    assert follow(replace(ONE, name="Fusées à air")).counts == {"same": 1}
    assert follow(replace(ONE, name="Fusées à vent")).counts == {"changed": 1}


def test_an_occurrence_that_is_no_longer_told_is_cancelled_not_deleted(follow):
    follow(ONE)

    follow(replace(ONE, times=(time(8), time(15))))

    rows = Event.objects.get().occurrences.order_by("starts_at")
    assert [(row.starts_on.day, row.state) for row in rows] == [
        (1, OccurrenceState.CANCELLED),
        (8, OccurrenceState.SCHEDULED),
        (15, OccurrenceState.SCHEDULED),
    ]


def test_who_signed_up_is_told_when_a_source_cancels_and_may_come_when_it_is_back(
    follow,
):
    follow(ONE)
    first = Event.objects.get().occurrences.order_by("starts_at").first()
    signup = SignUpFactory(occurrence=first, email="lina@exemple.fr")

    follow(replace(ONE, times=(time(8),)))

    mail = Mail.objects.get(to=signup.email)
    assert "annul" in mail.subject.lower()
    first.refresh_from_db()
    assert (first.state, first.sequence) == (OccurrenceState.CANCELLED, 1)

    follow(ONE)

    first.refresh_from_db()
    assert (first.state, first.sequence) == (OccurrenceState.SCHEDULED, 2)


def test_a_source_that_forgets_the_past_cancels_nothing(follow):
    follow(ONE)
    later = dt.datetime(2026, 12, 3, tzinfo=dt.UTC)

    assert follow(replace(ONE, times=(time(8),)), now=later).counts == {"same": 1}

    assert not Event.objects.get().occurrences.filter(state=OccurrenceState.CANCELLED)


def test_an_older_version_of_an_event_is_not_taken(follow):
    follow(replace(ONE, sequence=4))

    plan = follow(replace(ONE, sequence=2, name="Ancien nom"))

    assert plan.counts == {"stale": 1}
    assert Event.objects.get().name == "Fusées à eau"


@pytest.mark.parametrize(
    ("cancel", "status"), [(True, Status.CANCELLED), (False, Status.SCHEDULED)]
)
def test_an_event_gone_from_its_source_is_asked_about_once(
    follow, agency, cancel, status
):
    follow(ONE)

    assert follow().counts == {"gone": 1}
    assert follow().counts == {}
    assert Event.objects.get().status == Status.SCHEDULED

    exchange.leave(Remote.objects.get(), cancel=cancel, by=agency, now=NOW)

    assert Event.objects.get().status == status
    assert follow(ONE).counts == {"same": 1}


def test_an_event_that_comes_back_is_followed_again(follow):
    follow(ONE)
    follow()

    assert follow(ONE).counts == {"changed": 1}
    assert Remote.objects.get().state == RemoteState.SAME


def test_a_cancelled_event_is_cancelled_here(follow):
    follow(ONE)

    follow(replace(ONE, status=Status.CANCELLED))

    event = Event.objects.get()
    assert event.status == Status.CANCELLED
    assert event.is_public  # it stays visible as such


def test_events_of_a_member_are_proposed_unless_the_feed_is_trusted(feed, follow):
    member = UserFactory()
    MembershipFactory(structure=feed.owner, user=member)

    follow(ONE, by=member)
    assert Event.objects.get().state == State.PROPOSED
    assert Proposal.objects.count() == 1

    feed.is_trusted = True
    feed.save()
    follow(ONE, replace(ONE, uid="b@x", name="Autre"), by=member)
    assert Event.objects.get(name="Autre").state == State.PUBLISHED


def test_an_event_that_is_refused_does_not_stop_the_others(follow):
    bad = replace(ONE, uid="bad", booking_url="https://")

    plan = follow(bad, replace(ONE, uid="good"))

    assert plan.counts == {"new": 1}
    assert [trouble.where for trouble in plan.troubles] == ["Fusées à eau"]
    assert Remote.objects.get().uid == "good"


def test_the_commune_of_a_source_is_ours_when_we_know_its_code(follow):
    commune = CommuneFactory(lille=True)

    follow(
        replace(ONE, commune=commune.insee),
        replace(ONE, uid="b", name="Loin", commune="99999"),
    )

    assert Event.objects.get(name=ONE.name).commune == commune
    assert Event.objects.get(name="Loin").commune is None


def test_two_events_of_one_name_and_different_years_stay_two(follow):
    follow(ONE, replace(ONE, uid="2027@x", times=(time(20),)))

    assert Event.objects.filter(name=ONE.name).count() == 2


def test_a_file_waits_until_somebody_says_yes(feed, agency):
    data = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:z\r\nSUMMARY:Essai\r\nDTSTART:20261201T130000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    exchange.receive(feed, data, now=NOW)
    assert not Event.objects.exists()

    exchange.accept(feed, by=agency, now=NOW)

    assert Event.objects.get().name == "Essai"
    with pytest.raises(Refused, match="pas de fichier"):
        exchange.accept(feed, by=agency, now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/agenda.ics",
        "http://localhost/agenda.ics",
        "http://[::1]/agenda.ics",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/x",
        "file:///etc/passwd",
        "ftp://exemple.fr/x",
        "https://exemple.fr:8080/x",
        "https://exemple.fr:99999999/x",
        "https:///x",
    ],
)
def test_an_address_that_is_not_of_the_open_web_is_never_fetched(url):
    with pytest.raises(Refused) as no:
        exchange.fetch(url)

    assert no.value.code in {"not_public", "unreachable"}


def test_feeds_are_read_again_each_night_and_one_that_fails_stops_no_other(
    feed, follow, monkeypatch
):
    follow(ONE)
    Feed.objects.update(url="https://exemple.org/a.ics")
    bad = Feed.objects.get()
    bad.pk, bad.name, bad.url = None, "Autre", "https://exemple.org/b.ics"
    bad.read_at = NOW
    bad.save()
    data = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:new\r\nSUMMARY:Neuf\r\n"
        b"DTSTART:20261201T130000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )

    def fetch(url):
        if url.endswith("b.ics"):
            raise Refused("unreachable", "Le site ne répond pas.")
        return data

    monkeypatch.setattr(exchange, "fetch", fetch)
    done = exchange.read_again(now=NOW)

    assert (done["new"], done["gone"], done["failed"]) == (1, 1, 1)
    bad.refresh_from_db()
    assert bad.trouble == "Le site ne répond pas."
