"""The filter « avec le passeport » of the agenda, and what makes it change."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from maillage.agenda.event_pages import list_context
from maillage.agenda.models import Event
from maillage.agenda.services.finding import find_occurrences, read_asked
from maillage.agenda.services.signups import set_status
from maillage.core.entries import entries_version, refresh_entries
from maillage.core.records import set_state
from maillage.passport.choices import Gives
from maillage.passport.models import Benefit
from maillage.passport.services.benefit_events import follow_days, giving
from maillage.passport.services.benefits import (
    add_benefit,
    change_benefit,
    resume_benefit,
    stop_benefit,
)
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory
from tests.factories.directory import PlaceFactory
from tests.factories.passport import BenefitFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)
WITH = "passport=benefit"


def in_days(number):
    return f"{timezone.localdate() + dt.timedelta(number):%Y-%m-%d}T14:00"


def names(query=WITH):
    today = timezone.localdate()
    asked = read_asked(QueryDict(query), today=today)
    now = timezone.make_aware(dt.datetime.combine(today, dt.time(8)))
    found = find_occurrences(asked, now=now, today=today)
    events = dict(Event.objects.values_list("pk", "name"))
    return [events[m.event] for m in found.moments([*found.lines, *found.going])]


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def place():
    return PlaceFactory(name="Muséum", slug="museum", listed=True)


def add(place, by, **values):
    values = {"gives": Gives.FREE} | values
    return add_benefit(place, values=values, by=by, today=timezone.localdate())


def test_events_of_a_place_that_gives_something_are_found_and_no_others(place, agency):
    EventFactory(name="Au muséum", place=place, at=in_days(2))
    EventFactory(name="Ailleurs", place=PlaceFactory(listed=True), at=in_days(1))
    EventFactory(name="Nulle part", at=in_days(3))
    assert names() == []

    add(place, agency)

    assert names() == ["Au muséum"]


def test_what_one_event_gives_is_not_what_its_neighbours_give(place, agency):
    one = EventFactory(name="Nuit", place=place, at=in_days(2))
    EventFactory(name="Visite", place=place, at=in_days(1))

    add(place, agency, event=one)

    assert names() == ["Nuit"]


def test_the_filter_follows_what_becomes_of_a_benefit(place, agency):
    today = timezone.localdate()
    one = EventFactory(name="Nuit", place=place, at=in_days(2))
    EventFactory(name="Visite", place=place, at=in_days(1))
    benefit = add(place, agency, starts_on=today - DAY)
    assert names() == ["Visite", "Nuit"]

    change_benefit(benefit, values={"event": one}, by=agency, today=today)
    assert names() == ["Nuit"]
    stop_benefit(benefit, by=agency, today=today)
    assert names() == []
    benefit.refresh_from_db()
    resume_benefit(benefit, by=agency, today=today)
    assert names() == ["Nuit"]


def test_the_filter_follows_the_event_and_the_place(place, agency):
    event = EventFactory(name="Nuit", place=place, at=in_days(2))
    add(place, agency)

    set_status(event, status="cancelled", note="Grève", by=agency, now=timezone.now())
    assert names() == []
    set_status(event, status="scheduled", note="", by=agency, now=timezone.now())
    assert names() == ["Nuit"]
    set_state(place, state="archived", by=agency)
    assert names() == []
    set_state(place, state="published", by=agency)
    assert names() == ["Nuit"]


@pytest.mark.parametrize(
    ("starts", "ends", "is_given"),
    [
        (None, None, True),
        (None, 11, True),  # its last day is the event's first
        (None, 10, False),  # the day before is its last
        (12, None, True),
        (13, None, False),
        (20, 30, False),
    ],
)
def test_the_days_of_a_benefit_must_meet_those_of_the_event(
    place, starts, ends, is_given
):
    today = timezone.localdate()
    event = EventFactory(place=place, at=[in_days(10), in_days(12)])
    day = {n: today + dt.timedelta(n) for n in range(40)}
    BenefitFactory(place=place, starts_on=day.get(starts), ends_on=day.get(ends))

    assert giving([event.pk], today) == ({event.pk} if is_given else set())


def test_who_follows_online_has_nothing_of_what_a_place_gives(place):
    today = timezone.localdate()
    event = EventFactory(place=place, mode="online", at=in_days(1))
    BenefitFactory(place=place)
    assert giving([event.pk], today) == set()

    BenefitFactory(place=place, event=event)
    assert giving([event.pk], today) == {event.pk}


def test_each_day_puts_right_what_began_or_ended(place):
    EventFactory(name="Longue", place=place, at=[in_days(1), in_days(30)])
    benefit = BenefitFactory(place=place)  # beside the services
    today = timezone.localdate()

    assert (follow_days(today=today), names()) == (1, ["Longue", "Longue"])
    version = entries_version()
    assert (follow_days(today=today), entries_version()) == (0, version)

    Benefit.objects.filter(pk=benefit.pk).update(ends_on=today)
    assert (follow_days(today=today), names()) == (1, [])


def test_what_is_near_a_commune_in_some_days_adds_up(agency):
    lille, amiens = CommuneFactory(lille=True), CommuneFactory(amiens=True)
    for commune in (lille, amiens):
        place = PlaceFactory(commune=commune, listed=True)
        add(place, agency)
        EventFactory(
            name=commune.name, place=place, commune=None, is_free=True, at=in_days(1)
        )
    assert names(f"{WITH}&commune={lille.insee}&km=20") == [lille.name]
    assert names(f"{WITH}&feature=free&when=tomorrow") == [lille.name, amiens.name]
    assert names(f"{WITH}&feature=online") == []


@pytest.fixture
def agenda(place, agency):
    EventFactory(name="Avec", place=place, at=in_days(1))
    EventFactory(name="Hors", at=in_days(1))
    add(place, agency)


@pytest.mark.parametrize("way", ["list", "day", "week", "month", "map"])
def test_every_way_to_look_has_the_filter(client, agenda, way):
    day = timezone.localdate() + DAY
    url = {
        "list": reverse("agenda:event_list"),
        "day": reverse("agenda:event_day", args=[day]),
        "week": reverse("agenda:event_week", args=[day]),
        "month": reverse("agenda:event_month", args=[f"{day:%Y-%m}"]),
        "map": reverse("agenda:event_map"),
    }[way]

    page = client.get(f"{url}?{WITH}").content.decode()

    assert ">Avec<" in page
    assert ">Hors<" not in page
    assert "passport=benefit" in page
    assert "avec le passeport" in page


def test_calendar_news_points_and_poster_have_the_filter(client, agenda):
    page = client.get(f"/agenda/?{WITH}").content.decode()
    for name in ("ics", "rss"):
        assert f"/agenda/agenda.{name}?{WITH}" in page

    calendar = Calendar.from_ical(client.get(f"/agenda/agenda.ics?{WITH}").content)
    told = [str(event["SUMMARY"]) for event in calendar.walk("VEVENT")]
    assert told == ["Avec"]
    assert "avec le passeport" in calendar["X-WR-CALNAME"]
    news = client.get(f"/agenda/agenda.rss?{WITH}").content.decode()
    assert "<title>Avec</title>" in news
    assert "Hors" not in news
    answer = client.get("/agenda/avec-le-passeport/")
    assert answer.url == f"/agenda/?{WITH}"


def test_a_feed_that_a_calendar_keeps_is_new_when_a_benefit_ends(
    client, agenda, agency
):
    url = f"/agenda/agenda.ics?{WITH}"
    seen = client.get(url)["ETag"]
    assert client.get(url, headers={"if-none-match": seen}).status_code == 304

    stop_benefit(Benefit.objects.get(), by=agency, today=timezone.localdate())

    answer = client.get(url, headers={"if-none-match": seen})
    assert answer.status_code == 200
    assert b"Avec" not in answer.content


def test_lines_say_that_the_pass_gives_something(rf, agenda):
    today = timezone.localdate()
    request = rf.get("/agenda/")

    context = list_context(request, read_asked(request.GET, today=today), today=today)

    badges = {line.title: line.badges for line in context["days"][0].lines}
    assert ("good", "avantage passeport") in badges["Avec"]
    assert ("good", "avantage passeport") not in badges["Hors"]


@pytest.mark.parametrize("many", [1, 12])
def test_entries_of_many_events_cost_what_those_of_one_do(
    place, django_assert_max_num_queries, many
):
    events = [EventFactory(place=place, at=in_days(1)) for _ in range(many)]
    BenefitFactory(place=place)

    with django_assert_max_num_queries(12):
        refresh_entries(events)


@pytest.mark.parametrize("many", [1, 12])
def test_the_list_costs_two_queries_with_the_filter(
    client, place, agency, django_assert_num_queries, many
):
    for _ in range(many):
        EventFactory(place=place, at=in_days(1))
    add(place, agency)
    client.get(f"/agenda/?{WITH}")  # the columns are read

    with django_assert_num_queries(2):  # the version of the entries, one page
        client.get(f"/agenda/?{WITH}")
