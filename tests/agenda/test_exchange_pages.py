"""The pages of followed agendas, and our agenda as others read it."""

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from icalendar import Calendar

from maillage.accounts.choices import Role
from maillage.agenda.choices import OccurrenceState, RemoteState
from maillage.agenda.models import Event, Feed, Remote
from maillage.agenda.services import exchange
from maillage.agenda.services.exchange_ics import calendar_of
from maillage.agenda.services.exchange_ics_read import read_icalendar
from maillage.agenda.services.exchange_openagenda import read_openagenda
from maillage.agenda.services.exchange_told import Reading, Time, Told
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory
from tests.factories.directory import MembershipFactory, StructureFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2098, 1, 1, tzinfo=dt.UTC)
ICS = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:z\r\nSUMMARY:Essai\r\nDTSTART:20261201T130000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def structure():
    return StructureFactory(name="Forum", listed=True)


@pytest.fixture
def member(client, structure):
    user = UserFactory()
    MembershipFactory(structure=structure, user=user)
    client.force_login(user)
    return user


@pytest.fixture
def feed(structure, member):
    return Feed.objects.create(
        name="Agenda",
        kind="icalendar",
        owner=structure,
        event_kind="workshop",
        added_by=member,
    )


def sent(client, feed, data, name="agenda.ics"):
    url = reverse("agenda:feed_read", args=[feed.pk])
    return client.post(url, {"file": SimpleUploadedFile(name, data)}, follow=True)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_a_member_has_an_agenda_followed_and_only_trusted_by_the_agency(
    client, member, structure
):
    url = reverse("agenda:feed_new")
    fields = {"name": "Le nôtre", "kind": "icalendar", "owner": structure.pk,
              "event_kind": "workshop", "url": "exemple.org/a.ics", "is_trusted": "on"}  # fmt: skip

    client.post(url, fields)

    feed = Feed.objects.get()
    assert (feed.added_by, feed.is_trusted) == (member, False)
    assert feed.url == "https://exemple.org/a.ics"

    client.force_login(UserFactory(role=Role.AGENCY))
    client.post(reverse("agenda:feed_edit", args=[feed.pk]), fields)
    feed.refresh_from_db()
    assert feed.is_trusted


def test_a_person_without_structure_is_told_to_join_one(client, structure):
    client.force_login(UserFactory())

    assert "Rejoignez" in text(client.get(reverse("agenda:feed_new")))
    answer = client.post(
        reverse("agenda:feed_new"), {"owner": structure.pk, "name": "x"}
    )
    assert answer.status_code == 422
    assert not Feed.objects.exists()


def test_a_file_is_shown_before_it_is_taken(client, feed):
    answer = sent(client, feed, ICS)

    assert "Nouveaux (1)" in text(answer)
    assert not Event.objects.exists()

    answer = client.post(reverse("agenda:feed_check", args=[feed.pk]), follow=True)
    assert "1 nouvel événement" in text(answer)
    assert Event.objects.get().name == "Essai"

    answer = sent(client, feed, ICS)
    assert "Sans changement (1)" in text(answer)
    assert "Reprendre ces événements" not in text(answer)


def test_a_file_that_one_does_not_want_is_forgotten(client, feed):
    sent(client, feed, ICS)

    client.post(reverse("agenda:feed_check", args=[feed.pk]), {"forget": "1"})

    feed.refresh_from_db()
    assert not feed.pending
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "vide"), (b"\x89PNG", "pas un calendrier")]
)
def test_a_wrong_file_is_said_beside_its_box(client, feed, data, words):
    answer = sent(client, feed, data)

    assert answer.status_code == 422
    assert words in text(answer)


def test_yes_said_twice_takes_the_file_once(client, feed):
    sent(client, feed, ICS)
    url = reverse("agenda:feed_check", args=[feed.pk])

    client.post(url)
    answer = client.post(url, follow=True)

    assert "pas de fichier" in text(answer)
    assert Event.objects.count() == 1


def test_an_address_that_fails_is_said_and_changes_nothing(client, feed):
    feed.url = "http://127.0.0.1/a.ics"
    feed.save()

    answer = client.post(
        reverse("agenda:feed_read", args=[feed.pk]), {"fetch": "1"}, follow=True
    )

    assert "adresse publique" in text(answer)


def test_both_sides_are_shown_and_one_is_chosen(client, feed, member):
    when = dt.datetime(2099, 1, 5, 10, tzinfo=dt.UTC)
    told = Told(
        uid="a", name="Chez eux", times=(Time(when, when + dt.timedelta(hours=1)),)
    )
    first = Told(uid="a", name="Avant", times=told.times)
    exchange.apply_feed(feed, Reading((first,), ()), by=member, now=NOW)
    Event.objects.update(name="Chez nous")
    exchange.apply_feed(feed, Reading((told,), ()), by=member, now=NOW)
    remote = Remote.objects.get()
    url = reverse("agenda:remote_detail", args=[feed.pk, remote.pk])

    shown = text(client.get(url))
    for words in ("Avant", "Chez nous", "Chez eux"):
        assert words in shown
    client.post(url, {"name": "theirs"})

    assert Event.objects.get().name == "Chez eux"
    remote.refresh_from_db()
    assert remote.state == RemoteState.SAME
    assert client.get(url).status_code == 404


def test_another_structures_agenda_does_not_exist(client, feed):
    client.force_login(UserFactory())

    for name in ("feed_detail", "feed_edit", "feed_check"):
        assert client.get(reverse(f"agenda:{name}", args=[feed.pk])).status_code == 404


def test_our_calendar_is_read_back_as_it_was(django_assert_num_queries):
    event = EventFactory(
        name="Nuit ; étoiles, « à voir »\\", summary="Un\ndeux " * 30, min_age=6,
        at=["2099-08-10T21:00", "2099-08-11T21:00"],
    )  # fmt: skip
    late = event.occurrences.order_by("pk").last()
    late.state = OccurrenceState.CANCELLED
    late.sequence = 2
    late.save()
    rows = list(
        event.occurrences.select_related("event__place", "event__owner").order_by("pk")
    )

    data = calendar_of(rows, name="Essai")

    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    entries = Calendar.from_ical(data).walk("VEVENT")
    assert [str(one["summary"]) for one in entries] == [event.name] * 2
    assert [str(one["status"]) for one in entries] == ["CONFIRMED", "CANCELLED"]
    assert [int(one["sequence"]) for one in entries] == [
        event.sequence,
        event.sequence + 2,
    ]
    assert [one["dtstart"].dt for one in entries] == [row.starts_at for row in rows]
    assert len({str(one["uid"]) for one in entries}) == 2
    read = read_icalendar(data, now=NOW)
    assert read.troubles == ()
    assert calendar_of(rows, name="Essai") == data


def test_our_openagenda_is_read_back_as_it_was(client):
    event = EventFactory(
        name="Nuit des étoiles", summary="Au télescope.", is_free=True, min_age=6,
        at=["2099-08-10T21:00", "2099-08-11T21:00"],
    )  # fmt: skip
    EventFactory(name="Brouillon", state="draft", at="2099-08-10T21:00")

    answer = client.get(reverse("agenda:openagenda"))

    read = read_openagenda(answer.content, now=NOW)
    (told,) = read.events
    assert read.troubles == ()
    assert (told.name, told.summary, told.min_age, told.is_free) == (
        event.name,
        event.summary,
        6,
        True,
    )
    assert [time.starts_at for time in told.times] == [
        row.starts_at for row in event.occurrences.all()
    ]
    assert json.loads(answer.content)["total"] == 1


def test_openagenda_goes_page_by_page_with_a_constant_number_of_queries(
    client, django_assert_max_num_queries
):
    for n in range(5):
        EventFactory(name=f"E{n}", at="2099-08-10T21:00")
    url = reverse("agenda:openagenda")

    with django_assert_max_num_queries(4):
        first = client.get(url, {"size": 3}).json()
    second = client.get(url, {"size": 3, "after": first["after"][0]}).json()

    names = [row["title"]["fr"] for row in first["events"] + second["events"]]
    assert sorted(names) == ["E0", "E1", "E2", "E3", "E4"]
    assert client.get(url, {"size": "x", "after": "-1"}).status_code == 200
