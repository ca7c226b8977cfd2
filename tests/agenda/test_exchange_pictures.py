"""Pictures of followed agendas: taken by hand, fetched safely, encoded anew."""

import datetime as dt
import io
import json

import pytest
from django.urls import reverse
from PIL import Image

from maillage.agenda.models import Event, Feed
from maillage.agenda.services import exchange, exchange_pictures
from maillage.agenda.services.exchange_ics_read import read_icalendar
from maillage.agenda.services.exchange_openagenda import read_openagenda
from maillage.agenda.services.exchange_pictures import pictures_to_take, take_picture
from maillage.agenda.services.exchange_told import Reading, Time, Told
from maillage.core.errors import Refused
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 12, 1, 13, tzinfo=dt.UTC)
URL = "https://exemple.fr/a.png"


def told(**facts):
    times = (Time(LATER, LATER + dt.timedelta(hours=2)),)
    return Told(uid="a", name="Fusées", times=times, picture=URL, **facts)


def png(side=20):
    out = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def member(db):
    return MembershipFactory(structure=StructureFactory(listed=True)).user


@pytest.fixture
def feed(member):
    return Feed.objects.create(
        name="Agenda du forum", kind="icalendar", event_kind="workshop",
        owner=member.memberships.get().structure, added_by=member, is_trusted=True,
    )  # fmt: skip


@pytest.fixture
def remote(feed, member):
    exchange.apply_feed(
        feed, Reading((told(credit="V. Caron"),), ()), by=member, now=NOW
    )
    return feed.remotes.get()


@pytest.fixture
def web(monkeypatch):
    found = {"data": png(), "asked": []}

    def fetch(url, *, most):
        found["asked"].append((url, most))
        return found["data"]

    monkeypatch.setattr(exchange_pictures, "fetch", fetch)
    return found


@pytest.mark.parametrize(
    ("lines", "url"),
    [
        ("IMAGE;VALUE=URI;DISPLAY=BADGE:https://exemple.fr/a.png", URL),
        ("ATTACH;FMTTYPE=image/png:https://exemple.fr/a.png", URL),
        ("ATTACH;FMTTYPE=application/pdf:https://exemple.fr/a.pdf", ""),
        ("ATTACH:https://exemple.fr/a.png", ""),
        ("IMAGE;VALUE=BINARY;ENCODING=BASE64:AAAA", ""),
        ("IMAGE;VALUE=URI:javascript:alert(1)", ""),
    ],
)
def test_a_calendar_says_where_its_picture_is(lines, url):
    data = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:x\r\nDTSTART:20261201T130000Z\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

    (event,) = read_icalendar(data.encode(), now=NOW).events

    assert event.picture == url


@pytest.mark.parametrize(
    ("image", "url"),
    [
        (URL, URL),
        ({"base": "https://exemple.fr/", "filename": "a.png"}, URL),
        ({"base": "https://exemple.fr/"}, ""),
        ({"base": ["x"], "filename": {"y": 1}}, ""),
        (None, ""),
    ],
)
def test_openagenda_says_where_its_picture_is(image, url):
    row = {
        "uid": 1, "title": "x", "image": image, "imageCredits": "V. Caron",
        "timings": [{"begin": "2026-12-01T10:00:00Z", "end": "2026-12-01T12:00:00Z"}],
    }  # fmt: skip

    (event,) = read_openagenda(json.dumps([row]).encode(), now=NOW).events

    assert (event.picture, event.credit) == (url, "V. Caron")


def test_reading_fetches_no_picture_and_reading_twice_changes_nothing(
    feed, remote, member, web
):
    plan = exchange.apply_feed(feed, Reading((told(),), ()), by=member, now=NOW)

    assert plan.counts == {"same": 1}
    assert web["asked"] == []
    assert pictures_to_take(feed) == [remote]


def test_a_picture_is_taken_encoded_anew_and_named_to_its_source(remote, member, web):
    event = take_picture(remote, by=member, now=NOW)

    assert web["asked"] == [(URL, 12 * 1024 * 1024)]
    assert event.picture.name.startswith("images/")
    assert "a.png" not in event.picture.name
    with event.picture.open() as file, Image.open(file) as kept:
        assert kept.size == (20, 20)
    assert event.picture_credit == "V. Caron"
    assert event.history.latest().history_user == member
    assert pictures_to_take(remote.feed) == []
    with pytest.raises(Refused, match="déjà") as no:
        take_picture(remote, by=member, now=NOW)
    assert no.value.code == "there"


@pytest.mark.parametrize(
    "data", [b"", b"<svg onload='alert(1)'/>", b"GIF89a", b"x" * 99]
)
def test_what_is_no_picture_is_not_kept(remote, member, web, data):
    web["data"] = data

    with pytest.raises(Refused) as no:
        take_picture(remote, by=member, now=NOW)

    assert no.value.code == "no_picture"
    assert Event.objects.get().picture == ""


def test_only_who_speaks_for_an_event_takes_its_picture(remote, web):
    with pytest.raises(Refused) as no:
        take_picture(remote, by=UserFactory(), now=NOW)

    assert no.value.code == "forbidden"
    assert web["asked"] == []


def test_the_page_offers_it_and_leads_to_the_description(client, feed, remote, member, web):  # fmt: skip
    client.force_login(member)
    assert "Reprendre l’image" in client.get(feed.get_absolute_url()).content.decode()
    url = reverse("agenda:remote_picture", args=[feed.pk, remote.pk])

    answer = client.post(url)

    event = Event.objects.get()
    assert answer["Location"] == reverse("agenda:event_edit", args=[event.slug])
    assert client.post(url)["Location"] == feed.get_absolute_url()
    assert (
        "Images à reprendre" not in client.get(feed.get_absolute_url()).content.decode()
    )
