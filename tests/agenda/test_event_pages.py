import datetime as dt
import json
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from maillage.agenda.choices import Booking, OccurrenceState, SignUpState
from maillage.agenda.models import Event, Occurrence, Series, SignUp
from maillage.core.choices import State
from maillage.core.facts import compute
from maillage.core.models import Mail, Proposal
from maillage.core.services import accept
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, SignUpFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def in_days(number, clock="14:00"):
    day = timezone.localdate() + dt.timedelta(number)
    return f"{day:%Y-%m-%d}T{clock}"


@pytest.fixture
def member():
    return MembershipFactory(structure=StructureFactory(listed=True))


@pytest.fixture
def form(member):
    """What a member types: an atelier every Wednesday."""
    place = PlaceFactory(
        name="Palais", commune=CommuneFactory(lille=True), structure=member.structure
    )
    return {
        "name": "Atelier du mercredi", "kind": "workshop", "owner": member.structure.pk,
        "mode": "on_site", "place": f"{place.name} (Lille)", "booking": "here",
        "capacity": "12", "is_free": "true", "languages": ["fr"],
        "first_day": "2027-03-03", "starts": "14:00", "ends": "16:00",
        "repeat": "weekly", "until": "2027-03-31", "but": "17/3/2027",
    }  # fmt: skip


def post(client, url, data):
    return client.post(url, data)


def test_a_member_proposes_an_event_that_repeats(client, member, form):
    client.force_login(member.user)

    answer = post(client, reverse("agenda:event_new"), form)

    event = Event.objects.get()
    assert answer["Location"] == event.get_absolute_url()
    assert event.state == State.PROPOSED
    assert event.place.name == "Palais"
    assert [f"{one.starts_on:%d}" for one in event.occurrences.all()] == ["03", "10", "24", "31"]  # fmt: skip
    assert Series.objects.get().rule == "FREQ=WEEKLY;BYDAY=WE;UNTIL=20270331"
    assert client.get(event.get_absolute_url()).status_code == 200
    client.logout()
    assert client.get(event.get_absolute_url()).status_code == 404
    accept(Proposal.objects.get(), by=UserFactory(agency=True), now=timezone.now())
    page = client.get(event.get_absolute_url()).content.decode()
    words = page.replace("\u00a0", " ")
    assert "Tous les mercredis à 14 h jusqu’au 31 mars 2027, sauf le 17 mars" in words


def test_the_same_form_twice_is_one_event(client, member, form):
    client.force_login(member.user)

    for _ in range(2):
        post(client, reverse("agenda:event_new"), form)

    assert Event.objects.count() == 1
    assert Occurrence.objects.count() == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts": ""}, "starts"),
        ({"place": "", "commune": ""}, "place"),
        ({"place": "Nulle part"}, "place"),
        ({"mode": "online", "place": ""}, "online_url"),
        ({"booking": "link"}, "booking_url"),
        ({"min_age": "9", "max_age": "6"}, "max_age"),
        ({"price_cents": "5"}, "price_cents"),
        ({"until": "2027-02-01"}, "until"),
        ({"times": "4"}, "times"),
        ({"last_day": "2027-03-04"}, "last_day"),
        ({"repeat": "dates", "until": ""}, "dates"),
        ({"repeat": "", "last_day": "2027-03-01", "until": ""}, "last_day"),
        ({"but": "le 3"}, "but"),
        ({"resource": "Inconnue"}, "resource"),
    ],
)
def test_a_mistake_is_told_beside_its_box_and_nothing_is_lost(
    client, member, form, change, field
):
    client.force_login(member.user)

    answer = post(client, reverse("agenda:event_new"), form | change)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Atelier du mercredi" in answer.content.decode()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("change", "days"),
    [
        ({"repeat": "", "until": "", "but": ""}, ["03-03"]),
        ({"repeat": "daily", "until": "", "but": "", "times": "3"}, ["03-03", "03-04", "03-05"]),
        ({"repeat": "fortnightly", "but": ""}, ["03-03", "03-17", "03-31"]),
        ({"repeat": "weekly", "weekdays": ["2", "5"], "until": "2027-03-13", "but": ""},
         ["03-03", "03-06", "03-10", "03-13"]),
        ({"repeat": "monthly", "until": "", "but": "", "times": "3"}, ["03-03", "04-07", "05-05"]),
        ({"repeat": "dates", "until": "", "but": "", "dates": "20/3/2027, 2027-03-27"},
         ["03-03", "03-20", "03-27"]),
    ],
)  # fmt: skip
def test_repetitions_as_people_say_them(client, member, form, change, days):
    client.force_login(member.user)

    post(client, reverse("agenda:event_new"), form | change)

    assert [f"{one.starts_on:%m-%d}" for one in Occurrence.objects.all()] == days


def test_an_endless_repetition_is_bounded_and_says_so(client, member, form):
    client.force_login(member.user)

    answer = client.post(
        reverse("agenda:event_new"), form | {"until": "", "but": ""}, follow=True
    )

    assert 100 < Occurrence.objects.count() < 110
    assert "deux ans au plus" in answer.content.decode()


def test_a_festival_lasts_days_and_a_night_ends_tomorrow(client, member, form):
    client.force_login(member.user)
    whole = {
        "all_day": "on",
        "starts": "",
        "ends": "",
        "repeat": "",
        "until": "",
        "but": "",
    }

    post(client, reverse("agenda:event_new"), form | whole | {"last_day": "2027-03-06"})
    night = {"name": "Nuit", "starts": "22:00", "ends": "01:00", "repeat": "", "until": "", "but": ""}  # fmt: skip
    post(client, reverse("agenda:event_new"), form | night)

    festival, night = Occurrence.objects.order_by("event__name")
    assert festival.is_all_day
    assert (festival.ends_on - festival.starts_on).days == 4
    assert night.ends_at - night.starts_at == dt.timedelta(hours=3)


def test_a_change_keeps_the_dates_and_a_stranger_proposes(client, member, form):
    client.force_login(member.user)
    post(client, reverse("agenda:event_new"), form)
    event = Event.objects.get()
    Event.objects.update(state="published")
    url = reverse("agenda:event_edit", args=[event.slug])
    assert "first_day" not in client.get(url).context["form"].fields

    post(client, url, form | {"name": "Autre nom", "version": 1})
    event.refresh_from_db()
    assert event.name == "Autre nom"
    assert event.occurrences.count() == 4
    stranger = UserFactory()
    client.force_login(stranger)
    url = reverse("agenda:event_edit", args=[event.slug])
    post(client, url, form | {"name": "Piraté", "version": event.version})
    event.refresh_from_db()
    assert event.name == "Autre nom"
    assert Proposal.objects.filter(author=stranger).count() == 1


def test_dates_are_added_moved_cancelled_and_taken_away(client, member, form):
    client.force_login(member.user)
    event = EventFactory(owner=member.structure, booking=Booking.HERE, at=in_days(9))
    one = event.occurrences.get()
    SignUpFactory(occurrence=one)
    dates = reverse("agenda:event_dates", args=[event.slug])
    url = reverse("agenda:occurrence_edit", args=[event.slug, one.pk])

    more = {"first_day": in_days(20)[:10], "starts": "10:00", "ends": "11:00"}
    post(client, dates, more)
    assert event.occurrences.count() == 2
    day = in_days(12)[:10]
    post(client, url, {"do": "move", "day": day, "starts": "15:00", "ends": "16:00"})
    one.refresh_from_db()
    assert f"{timezone.localtime(one.starts_at):%Y-%m-%d %H}" == f"{day} 15"
    assert post(client, url, {"do": "cancel", "note": ""}).status_code == 422
    post(client, url, {"do": "full"})
    one.refresh_from_db()
    assert one.state == OccurrenceState.FULL
    post(client, url, {"do": "remove"})  # somebody is signed up: it stays
    post(client, url, {"do": "cancel", "note": "Neige"})
    one.refresh_from_db()
    assert one.state == OccurrenceState.CANCELLED
    last = event.occurrences.latest("starts_at")
    post(client, reverse("agenda:occurrence_edit", args=[event.slug, last.pk]), {"do": "remove"})  # fmt: skip
    assert event.occurrences.count() == 1
    assert Mail.objects.count() == 2


def test_a_repetition_is_shortened_and_taken_away(client, member, form):
    client.force_login(member.user)
    post(client, reverse("agenda:event_new"), form)
    event, series = Event.objects.get(), Series.objects.get()
    url = reverse("agenda:series_edit", args=[event.slug, series.pk])
    assert "17/03/2027" in client.get(url).content.decode()

    post(client, url, {"until": "2027-03-20", "but": ""})
    assert [f"{one.starts_on:%d}" for one in event.occurrences.all()] == ["03", "10", "17"]  # fmt: skip
    post(client, url, {"do": "remove"})
    assert not event.occurrences.filter(starts_at__gt=timezone.now()).exists()


def test_a_family_signs_up_changes_its_mind_and_leaves(client):
    event = EventFactory(booking=Booking.HERE, capacity=5, at=in_days(9))
    one = event.occurrences.get()
    url = reverse("agenda:signup_new", args=[event.slug, one.pk])
    person = {"name": "Ana", "email": "ana@example.org", "seats": "2"}

    answer = client.post(url, person, follow=True)
    assert "Un e-mail part à ana@example.org" in answer.content.decode()
    signup = SignUp.objects.get()
    assert signup.token not in answer.content.decode()  # only the mail knows it
    mine = reverse("agenda:signup_detail", args=[signup.token])
    assert client.post(mine, {"seats": "4"}).status_code == 302
    assert client.post(mine, {"seats": "9"}).status_code == 422
    client.post(reverse("agenda:signup_cancel", args=[signup.token]))
    signup.refresh_from_db()
    assert signup.state == SignUpState.CANCELLED
    assert "annulée" in client.get(mine).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"seats": "0"}, {"seats": "13"}, {"email": "ana"}, {"name": ""}, {"website": "x"}],
)
def test_a_sign_up_that_cannot_be_is_told(client, wrong):
    event = EventFactory(booking=Booking.HERE, at=in_days(9))
    url = reverse("agenda:signup_new", args=[event.slug, event.occurrences.get().pk])
    person = {"name": "Ana", "email": "ana@example.org", "seats": "2"}

    assert client.post(url, person | wrong).status_code == 422
    assert not SignUp.objects.exists()


def test_what_has_begun_takes_nobody(client):
    event = EventFactory(booking=Booking.HERE, at=in_days(-1))
    url = reverse("agenda:signup_new", args=[event.slug, event.occurrences.get().pk])

    assert "on ne s’inscrit plus" in client.get(url).content.decode()
    client.post(url, {"name": "Ana", "email": "ana@example.org", "seats": "2"})
    assert not SignUp.objects.exists()


def test_the_list_of_people_is_the_organisers(client, member):
    event = EventFactory(owner=member.structure, booking=Booking.HERE, at=in_days(9))
    one = event.occurrences.get()
    SignUpFactory(occurrence=one, name="Zoé", phone="03 20 00 00 00")
    SignUpFactory(occurrence=one, name="Annulée", state=SignUpState.CANCELLED)
    client.force_login(member.user)

    page = client.get(reverse("agenda:signup_list", args=[event.slug]))
    file = client.get(reverse("agenda:signup_file", args=[event.slug, "csv"]))

    for text in (page.content.decode(), file.content.decode("utf-8-sig")):
        assert "Zoé" in text
        assert "Annulée" not in text
    assert "no-store" in page["Cache-Control"]


def test_who_came_is_reported_and_asked_for(client, member):
    event = EventFactory(owner=member.structure, at=[in_days(-3), in_days(-2)])
    client.force_login(member.user)
    url = reverse("agenda:event_report", args=[event.slug])
    assert url in client.get(reverse("portal:my_space")).content.decode()
    first, second = event.occurrences.all()

    sent = {
        f"o{first.pk}-attendance": "40", f"o{first.pk}-school_attendance": "25",
        f"o{second.pk}-attendance": "12", f"o{second.pk}-school_attendance": "",
    }  # fmt: skip
    wrong = sent | {f"o{first.pk}-school_attendance": "41"}
    assert client.post(url, wrong).status_code == 422
    assert client.post(url, sent).status_code == 302

    today = timezone.localdate()
    period = (today - dt.timedelta(30), today + dt.timedelta(30))
    _fact, value = compute("structure.event_visitors", member.structure, *period)
    assert value.value == 52
    _fact, value = compute("structure.event_pupils", member.structure, *period)
    assert value.value == 25
    _fact, value = compute("structure.events", member.structure, *period)
    assert [row.label for row in value.rows] == [event.name]
    assert url not in client.get(reverse("portal:my_space")).content.decode()


def test_a_new_edition_is_made_from_its_page(client, member):
    event = EventFactory(owner=member.structure, at="2027-03-06T14:00")
    client.force_login(member.user)

    url = reverse("agenda:event_copy", args=[event.slug])
    answer = client.post(url, {"first_day": "2028-03-04"})

    new = Event.objects.exclude(pk=event.pk).get()
    assert answer["Location"] == reverse("agenda:event_edit", args=[new.slug])
    assert new.first_on == dt.date(2028, 3, 4)


def test_an_event_is_told_to_machines(client):
    event = EventFactory(
        kind="exhibition", is_free=True, min_age=6, at=[in_days(3), in_days(4)]
    )
    page = client.get(event.get_absolute_url()).content.decode()

    found = re.search(r'<script type="application/ld\+json">(.+?)</script>', page)
    data = json.loads(found[1])
    assert data["@type"] == "ExhibitionEvent"
    assert data["eventStatus"].endswith("EventScheduled")
    assert data["eventAttendanceMode"].endswith("OfflineEventAttendanceMode")
    assert data["offers"]["price"] == "0.00"
    assert data["typicalAgeRange"] == "6-"
    assert len(data["subEvent"]) == 2
    assert re.search(r"[+-]\d\d:\d\d$", data["subEvent"][0]["startDate"])


def test_what_is_to_come_shows_on_the_pages_of_others(client):
    owner = StructureFactory()
    place = PlaceFactory(structure=owner)
    event = EventFactory(name="Bientôt ici", owner=owner, place=place, at=in_days(1))

    for thing in (owner, place):
        assert event.name in client.get(thing.get_absolute_url()).content.decode()
    assert event.name in client.get(reverse("portal:home")).content.decode()


def test_tidy_takes_events_that_are_over_out_of_the_lists(db, capsys):
    EventFactory(at=in_days(3))
    over = EventFactory(at=in_days(-3))
    assert not over.is_found

    call_command("tidy")

    assert "0 event(s) over" in capsys.readouterr().out
