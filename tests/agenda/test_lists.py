import datetime as dt

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from maillage.agenda.choices import Status
from maillage.agenda.models import Event
from maillage.agenda.services import occurrences as verbs
from maillage.agenda.services.finding import find_occurrences, read_asked, weekend_of
from maillage.agenda.services.occurrences import Time
from maillage.agenda.services.signups import set_status
from maillage.core.entries import refresh_entries
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, OccurrenceFactory
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def entry(answer):
    return Calendar.from_ical(answer.content).walk("VEVENT")[0]


def in_days(number, clock="14:00"):
    day = timezone.localdate() + dt.timedelta(number)
    return f"{day:%Y-%m-%d}T{clock}"


def text(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def names(query="", *, today=None):
    today = today or timezone.localdate()
    asked = read_asked(QueryDict(query), today=today)
    now = timezone.make_aware(dt.datetime.combine(today, dt.time(8)))
    found = find_occurrences(asked, now=now, today=today)
    lines = [*found.lines, *found.going]
    events = dict(Event.objects.values_list("pk", "name"))
    return [events[moment.event] for moment in found.moments(lines)]


@pytest.mark.parametrize(
    ("today", "first", "past"),
    [
        ("2027-03-01", "2027-03-06", "2027-03-08"),  # a Monday
        ("2027-03-05", "2027-03-06", "2027-03-08"),
        ("2027-03-06", "2027-03-06", "2027-03-08"),
        ("2027-03-07", "2027-03-07", "2027-03-08"),  # what is left of it
    ],
)
def test_this_week_end_is_saturday_and_sunday(today, first, past):
    found = weekend_of(dt.date.fromisoformat(today))

    assert found == (dt.date.fromisoformat(first), dt.date.fromisoformat(past))


def test_occurrences_come_in_the_order_of_time():
    EventFactory(name="Demain", at=[in_days(1), in_days(3)])
    EventFactory(name="Après-demain", at=in_days(2))
    EventFactory(name="Hier", at=in_days(-1))
    EventFactory(name="Brouillon", at=in_days(1), state="draft")

    assert names() == ["Demain", "Après-demain", "Demain"]
    assert names("when=tomorrow") == ["Demain"]
    assert names("when=today") == []
    day = timezone.localdate() + dt.timedelta(2)
    assert names(f"from={day}") == ["Après-demain", "Demain"]
    assert names(f"from={day}&to={day}") == ["Après-demain"]
    assert len(names("when=jamais&from=hier&to=9999-99-99")) == 3


def test_filters_of_a_family():
    here, far = CommuneFactory(lille=True), CommuneFactory(amiens=True)
    place = PlaceFactory(slug="palais", commune=here)
    EventFactory(
        name="Ici", place=place, commune=None, is_free=True, min_age=6, at=in_days(1)
    )
    EventFactory(
        name="Télescope", place=PlaceFactory(commune=far), commune=None, audiences=["adults"],
        access=["wheelchair"], max_age=5, at=in_days(1),
    )  # fmt: skip

    assert names("feature=free") == ["Ici"]
    assert names("feature=family") == ["Ici"]
    assert names("feature=accessible") == ["Télescope"]
    assert names("department=80") == ["Télescope"]
    assert names(f"commune={here.insee}&km=20") == ["Ici"]
    assert names("place=palais") == ["Ici"]
    assert names("age=4") == ["Télescope"]
    assert names("age=7") == ["Ici"]
    assert names("q=telescope") == ["Télescope"]
    assert names("owner=personne") == []


def test_the_events_of_an_organiser_are_those_with_others_too():
    partner = StructureFactory(slug="forum")
    event = EventFactory(name="À deux", at=in_days(1))
    event.co_organisers.add(partner)
    EventFactory(name="Seul", owner=partner, at=in_days(2))
    EventFactory(name="Sans lui", at=in_days(3))

    assert names("owner=forum") == ["À deux", "Seul"]


def test_what_changes_shows_at_once():
    event = EventFactory(name="Atelier", at=in_days(1))
    agency = UserFactory(agency=True)
    assert names() == ["Atelier"]

    local = dt.datetime.fromisoformat(in_days(5))
    verbs.add_times(event, [Time(local, 60)], by=agency)
    assert names() == ["Atelier", "Atelier"]
    first = event.occurrences.earliest("starts_at")
    verbs.remove_occurrence(first, by=agency, now=timezone.now())
    assert names() == ["Atelier"]
    assert names("when=tomorrow") == []
    event.state = "archived"
    event.save()
    refresh_entries([event])
    assert names() == []


def test_what_is_off_stays_and_says_so(client):
    agency = UserFactory(agency=True)
    event = EventFactory(name="Nuit annulée", at=in_days(1))
    set_status(
        event, status=Status.CANCELLED, note="Orage", by=agency, now=timezone.now()
    )
    other = EventFactory(name="Une date de moins", at=[in_days(1), in_days(2)])
    one = other.occurrences.earliest("starts_at")
    verbs.cancel_occurrence(one, note="Grève", by=agency, now=timezone.now())
    full = EventFactory(name="Plein", at=in_days(3))
    verbs.mark_full(full.occurrences.get(), by=agency)

    page = text(client, reverse("agenda:event_list"))
    assert page.count("annulé</span>") == 2
    assert "complet</span>" in page
    assert "Orage" in text(client, event.get_absolute_url())
    assert "Grève" in text(client, other.get_absolute_url())


def test_an_exhibition_goes_on_and_is_not_said_each_day(client):
    event = EventFactory(name="Fossiles")
    OccurrenceFactory(
        event=event, at=in_days(-10, "00:00"), minutes=40 * 24 * 60, is_all_day=True
    )
    today = timezone.localdate()
    Event.objects.update(first_on=today, last_on=today + dt.timedelta(29))
    refresh_entries([event])

    for url in (
        reverse("agenda:event_list"),
        reverse("agenda:event_day", args=[today + dt.timedelta(3)]),
        reverse("agenda:event_week", args=[today]),
        reverse("agenda:event_month", args=[f"{today:%Y-%m}"]),
    ):
        assert text(client, url).count("Fossiles") == 1, url


def test_a_day_a_week_and_a_month_show_what_is_in_them(client):
    EventFactory(name="Atelier du ciel", at=in_days(3))
    EventFactory(name="Bien plus tard", at=in_days(100))
    day = timezone.localdate() + dt.timedelta(3)

    for url in (
        reverse("agenda:event_day", args=[day]),
        reverse("agenda:event_week", args=[day]),
        reverse("agenda:event_month", args=[f"{day:%Y-%m}"]),
    ):
        page = text(client, url)
        assert "Atelier du ciel" in page
        assert "Bien plus tard" not in page
    assert "Atelier du ciel" not in text(
        client, reverse("agenda:event_day", args=[day + dt.timedelta(1)])
    )


def test_a_full_day_of_a_month_says_how_many_more(client):
    for number in range(5):
        EventFactory(name=f"Séance {number}", at=in_days(40, f"1{number}:00"))
    day = timezone.localdate() + dt.timedelta(40)

    page = text(client, reverse("agenda:event_month", args=[f"{day:%Y-%m}"]))

    assert "Séance 2" in page
    assert "Séance 3" not in page
    assert "et 2 autres" in page


@pytest.mark.parametrize(
    "path",
    ["jour/2199-01-01/", "jour/1950-01-01/", "mois/2026-13/", "mois/0000-01/",
     "jour/2026-02-31/", "semaine/9999-12-31/"],
)  # fmt: skip
def test_a_day_that_is_none_is_no_page(client, path):
    assert client.get(f"/agenda/{path}").status_code == 404


def test_what_is_over_has_a_page_of_its_own(client):
    EventFactory(name="Il y a un mois", at=in_days(-30))
    EventFactory(name="Bientôt", at=in_days(3))

    page = text(client, reverse("agenda:event_past"))
    assert "Il y a un mois" in page
    assert "Bientôt" not in page
    assert "Il y a un mois" not in text(
        client, f"{reverse('agenda:event_past')}?q=nuit"
    )


@pytest.mark.parametrize("word", ["ce-week-end", "gratuit", "en-famille"])
def test_a_short_address_leads_to_the_filter(client, word):
    answer = client.get(f"/agenda/{word}/")

    assert answer["Location"].startswith("/agenda/?")
    assert client.get(answer["Location"]).status_code == 200


def test_each_filter_has_its_calendar_and_its_news(client):
    EventFactory(name="Libre", is_free=True, at=[in_days(1), in_days(2)])
    EventFactory(name="Payant", is_free=False, at=in_days(1))
    page = text(client, f"{reverse('agenda:event_list')}?feature=free")
    assert "/agenda/agenda.ics?feature=free" in page
    assert "/agenda/agenda.rss?feature=free" in page

    calendar = Calendar.from_ical(client.get("/agenda/agenda.ics?feature=free").content)
    assert [str(e["SUMMARY"]) for e in calendar.walk("VEVENT")] == ["Libre", "Libre"]
    assert "gratuit" in str(calendar["X-WR-CALNAME"])
    news = text(client, "/agenda/agenda.rss?feature=free")
    assert news.count("<item>") == 1
    assert "Payant" not in news


def test_a_feed_that_has_not_changed_is_not_sent_again(client):
    EventFactory(at=in_days(1))
    first = client.get("/agenda/agenda.ics")

    again = client.get("/agenda/agenda.ics", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    EventFactory(at=in_days(2))
    later = client.get("/agenda/agenda.ics", headers={"If-None-Match": first["ETag"]})
    assert later.status_code == 200
    assert later.content.count(b"BEGIN:VEVENT") == 2


def test_a_cancelled_date_stays_in_the_calendar(client):
    event = EventFactory(at=in_days(1))
    agency = UserFactory(agency=True)
    one = event.occurrences.get()
    url = reverse("agenda:event_calendar", args=[event.slug])
    before = entry(client.get(url))

    verbs.cancel_occurrence(one, note="Neige", by=agency, now=timezone.now())
    after = entry(client.get(url))

    assert str(after["STATUS"]) == "CANCELLED"
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


@pytest.mark.parametrize("many", [1, 12])
@pytest.mark.parametrize("path", ["", "?when=week", "mois/", "carte/"])
def test_a_page_costs_the_same_for_one_event_or_twelve(
    client, path, many, django_assert_max_num_queries
):
    for number in range(many):
        EventFactory(at=[in_days(number), in_days(number + 1)])
    if path == "mois/":
        path = f"mois/{timezone.localdate():%Y-%m}/"
    client.get(f"/agenda/{path}")

    with django_assert_max_num_queries(5):
        client.get(f"/agenda/{path}")


def test_the_map_knows_where(client):
    EventFactory(name="Sur la carte", at=in_days(1))

    assert len(client.get("/agenda/carte/points").content) == 4 + 13
    assert "Sur la carte" in text(client, "/agenda/carte/liste/")


def test_htmx_gets_the_list_alone(client):
    EventFactory(at=in_days(1))
    answer = client.get("/agenda/", headers={"HX-Request": "true"})

    assert b'id="listing"' in answer.content
    assert b"<html" not in answer.content
