import datetime as dt

import pytest
from django.utils import timezone

from maillage.agenda.choices import Booking, OccurrenceState, SignUpState, Status
from maillage.agenda.models import Event, Occurrence, Series
from maillage.agenda.services import occurrences as verbs
from maillage.agenda.services.events import copy_event
from maillage.agenda.services.occurrences import Time
from maillage.agenda.services.signups import set_status
from maillage.core.errors import Refused
from maillage.core.models import Entry, Mail
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, SignUpFactory
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)
WEDNESDAY = dt.datetime.fromisoformat("2027-03-03T14:00")


@pytest.fixture
def event():
    return EventFactory()


@pytest.fixture
def editor(event):
    return MembershipFactory(structure=event.owner).user


def every_wednesday(event, by, *, count=4, left_out=()):
    series, _is_cut = verbs.add_series(
        event,
        time=Time(WEDNESDAY, 120),
        rule=f"FREQ=WEEKLY;COUNT={count}",
        left_out=left_out,
        by=by,
    )
    return series


def days(event):
    rows = event.occurrences.exclude(state=OccurrenceState.CANCELLED)
    return [f"{row.starts_on:%m-%d}" for row in rows.order_by("starts_at")]


def the(code, verb, *args, **kwargs):
    with pytest.raises(Refused) as no:
        verb(*args, **kwargs)
    assert no.value.code == code


def test_a_rule_makes_rows_and_the_event_knows_its_first_and_last_day(event, editor):
    series = every_wednesday(event, editor, left_out=["2027-03-10"])

    event.refresh_from_db()
    assert days(event) == ["03-03", "03-17", "03-24"]
    assert (event.first_on, event.last_on) == (
        dt.date(2027, 3, 3),
        dt.date(2027, 3, 24),
    )
    assert event.sequence == 1
    assert series.starts == "2027-03-03T14:00"
    assert Entry.objects.get(kind="event").facts["last_on"] == event.last_on.toordinal()


def test_the_hour_stays_when_the_clocks_change(event, editor):
    every_wednesday(event, editor, count=5)

    hours = {
        f"{timezone.localtime(row.starts_at):%H:%M}" for row in Occurrence.objects.all()
    }
    assert hours == {"14:00"}
    assert len({row.starts_at.hour for row in Occurrence.objects.all()}) == 2


def test_the_same_time_twice_is_one(event, editor):
    verbs.add_times(event, [Time(WEDNESDAY, 60)], by=editor)
    made = verbs.add_times(event, [Time(WEDNESDAY, 60), Time(WEDNESDAY, 90)], by=editor)

    assert len(made) == 1
    assert event.occurrences.count() == 2


def test_only_those_who_speak_for_it_set_its_dates(event):
    for person in (UserFactory(), MembershipFactory().user):
        the("forbidden", verbs.add_times, event, [Time(WEDNESDAY, 60)], by=person)


def test_a_page_of_dates_has_an_end(event, editor):
    the(
        "too_many", verbs.add_times, event,
        [Time(WEDNESDAY + dt.timedelta(hours=n), 60) for n in range(801)], by=editor,
    )  # fmt: skip
    the("too_long", verbs.add_times, event, [Time(WEDNESDAY, 600_000)], by=editor)
    the("bad_date", verbs.add_times, event,
        [Time(dt.datetime.fromisoformat("1900-01-01T00:00"), 60)], by=editor)  # fmt: skip


def test_what_was_moved_by_hand_stays_when_the_rule_changes(event, editor):
    series = every_wednesday(event, editor)
    second = event.occurrences.order_by("starts_at")[1]
    verbs.move_occurrence(
        second, time=Time(dt.datetime.fromisoformat("2027-03-11T10:00"), 60), note="Salle prise",
        by=editor, now=NOW,
    )  # fmt: skip

    verbs.change_series(
        series, rule="FREQ=WEEKLY;UNTIL=20270303", minutes=120, left_out=[],
        by=editor, now=NOW,
    )  # fmt: skip

    assert days(event) == ["03-03", "03-11"]


def test_a_longer_rule_adds_only_what_is_missing(event, editor):
    series = every_wednesday(event, editor)
    known = set(event.occurrences.values_list("pk", flat=True))

    verbs.change_series(
        series, rule="FREQ=WEEKLY;COUNT=6", minutes=90, left_out=["2027-03-10"],
        by=editor, now=NOW,
    )  # fmt: skip

    assert days(event) == ["03-03", "03-17", "03-24", "03-31", "04-07"]
    assert len(known & set(event.occurrences.values_list("pk", flat=True))) == 3
    first = event.occurrences.earliest("starts_at")
    assert first.sequence == 1
    assert first.ends_at - first.starts_at == dt.timedelta(minutes=90)


def test_a_time_with_people_is_cancelled_and_never_erased(event, editor):
    series = every_wednesday(event, editor)
    last = event.occurrences.latest("starts_at")
    SignUpFactory(occurrence=last, email="ana@example.org")

    the("signed_up", verbs.remove_occurrence, last, by=editor, now=NOW)
    verbs.remove_series(series, by=editor, now=NOW)

    last.refresh_from_db()
    assert last.state == OccurrenceState.CANCELLED
    assert event.occurrences.count() == 1
    assert not Series.objects.exists()
    assert [mail.to for mail in Mail.objects.all()] == ["ana@example.org"]


def test_a_date_that_is_taken_away_is_left_out_of_its_rule(event, editor):
    series = every_wednesday(event, editor)

    verbs.remove_occurrence(event.occurrences.earliest("starts_at"), by=editor, now=NOW)
    series.refresh_from_db()
    verbs.change_series(
        series, rule=series.rule, minutes=120, left_out=series.left_out, by=editor,
        now=NOW,
    )  # fmt: skip

    assert days(event) == ["03-10", "03-17", "03-24"]


def test_who_signed_up_is_told_of_a_move_with_both_dates(event, editor):
    verbs.add_times(event, [Time(WEDNESDAY, 60)], by=editor)
    one = event.occurrences.get()
    SignUpFactory(occurrence=one, email="ana@example.org")
    SignUpFactory(occurrence=one, state=SignUpState.CANCELLED)

    verbs.move_occurrence(
        one,
        time=Time(dt.datetime.fromisoformat("2027-03-04T16:00"), 60),
        note="Grève",
        by=editor,
        now=NOW,
    )

    mail = Mail.objects.get()
    assert mail.to == "ana@example.org"
    assert "mercredi 3 mars 2027 à 14:00" in mail.body
    assert "jeudi 4 mars 2027 à 16:00" in mail.body
    assert "Grève" in mail.body
    assert "/inscriptions/jeton-" in mail.body


def test_cancelling_wants_a_reason_and_shows_it(event, editor):
    verbs.add_times(event, [Time(WEDNESDAY, 60)], by=editor)
    one = event.occurrences.get()

    the("reason", verbs.cancel_occurrence, one, note=" ", by=editor, now=NOW)
    verbs.cancel_occurrence(one, note="Neige", by=editor, now=NOW)
    the("cancelled", verbs.cancel_occurrence, one, note="Neige", by=editor, now=NOW)
    the("cancelled", verbs.mark_full, one, by=editor)

    one.refresh_from_db()
    assert (one.state, one.note, one.sequence) == (
        OccurrenceState.CANCELLED,
        "Neige",
        1,
    )
    verbs.reopen(one, by=editor, now=NOW)
    one.refresh_from_db()
    assert (one.state, one.sequence) == (OccurrenceState.SCHEDULED, 2)


def test_full_where_people_sign_up_gives_no_more_seats(event, editor):
    Event.objects.filter(pk=event.pk).update(booking=Booking.HERE, capacity=10)
    event.refresh_from_db()
    verbs.add_times(event, [Time(WEDNESDAY, 60)], by=editor)
    one = event.occurrences.get()
    SignUpFactory(occurrence=one, seats=3)
    SignUpFactory(occurrence=one, seats=2, state=SignUpState.WAITING)

    verbs.mark_full(one, by=editor)
    one.refresh_from_db()
    assert (one.state, one.capacity) == (OccurrenceState.FULL, 3)

    verbs.reopen(one, by=editor, now=NOW)
    one.refresh_from_db()
    assert (one.state, one.capacity) == (OccurrenceState.SCHEDULED, None)
    assert not one.signups.all().waiting().exists()  # they got the seats


def test_seats_that_are_taken_cannot_be_withdrawn(event, editor):
    verbs.add_times(event, [Time(WEDNESDAY, 60)], by=editor)
    one = event.occurrences.get()
    SignUpFactory(occurrence=one, seats=3)

    the("too_small", verbs.set_capacity, one, capacity=2, by=editor, now=NOW)
    verbs.set_capacity(one, capacity=3, by=editor, now=NOW)

    one.refresh_from_db()
    assert one.state == OccurrenceState.FULL


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.POSTPONED])
def test_an_event_that_is_off_says_why_and_tells_its_people(event, editor, status):
    verbs.add_times(event, [Time(WEDNESDAY, 60)], by=editor)
    SignUpFactory(occurrence=event.occurrences.get(), email="ana@example.org")

    the("reason", set_status, event, status=status, note="", by=editor, now=NOW)
    set_status(event, status=status, note="Tempête", by=editor, now=NOW)
    the("nothing", set_status, event, status=status, note="x", by=editor, now=NOW)

    assert "Tempête" in Mail.objects.get().body
    entry = Entry.objects.get(kind="event")
    assert (entry.is_public, entry.facts["status"]) == (True, status)
    set_status(event, status=Status.SCHEDULED, note="", by=editor, now=NOW)
    event.refresh_from_db()
    assert event.status_note == ""


def test_a_new_edition_is_another_event_with_the_same_name(event, editor):
    every_wednesday(event, editor)
    verbs.add_times(
        event, [Time(dt.datetime.fromisoformat("2027-03-06T10:00"), 60)], by=editor
    )
    SignUpFactory(occurrence=event.occurrences.earliest("starts_at"))
    event.refresh_from_db()

    new = copy_event(event, first_day=dt.date(2028, 3, 1), by=editor, now=NOW)

    assert new.name == event.name
    assert new.slug != event.slug
    assert new.uid != event.uid
    assert days(new) == ["03-01", "03-04", "03-08", "03-15", "03-22"]
    assert {f"{timezone.localtime(one.starts_at):%H}" for one in new.occurrences.all()} == {
        "14", "10",
    }  # fmt: skip
    assert not new.occurrences.filter(signups__isnull=False).exists()
    assert len(days(event)) == 5
    the("no_date", copy_event, event, first_day=event.first_on, by=editor, now=NOW)
    the("forbidden", copy_event, event, first_day=dt.date(2028, 1, 1),
        by=UserFactory(), now=NOW)  # fmt: skip
