import datetime as dt

import pytest

from maillage.agenda.choices import Booking, OccurrenceState, SignUpState, Status
from maillage.agenda.models import Event, SignUp
from maillage.agenda.services import signups as verbs
from maillage.agenda.services.seats import left, taken
from maillage.agenda.services.signups import Person
from maillage.core.errors import Refused
from maillage.core.models import Entry, Mail
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, SignUpFactory
from tests.factories.directory import MembershipFactory
from tests.together import at_once

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 3, 8, 9, tzinfo=dt.UTC)


@pytest.fixture
def one():
    event = EventFactory(booking=Booking.HERE, capacity=5, at="2027-03-06T14:00")
    return event.occurrences.get()


def sign_up(one, number=1, name="Ana", *, now=NOW, by=None, is_school=False):
    person = Person(name, f"{name.lower()}@example.org", is_school=is_school)
    return verbs.sign_up(one, person=person, number=number, by=by, now=now)


def the(code, verb, *args, **kwargs):
    with pytest.raises(Refused) as no:
        verb(*args, **kwargs)
    assert no.value.code == code


def test_seats_are_kept_and_a_letter_has_the_personal_link(one):
    signup = sign_up(one, 2)

    assert signup.state == SignUpState.CONFIRMED
    assert left(one) == 3
    assert f"/inscriptions/{signup.token}/" in Mail.objects.get().body


def test_the_last_seat_makes_it_full_and_lists_know(one):
    version = Entry.objects.get(kind="event").version
    sign_up(one, 5)

    one.refresh_from_db()
    assert one.state == OccurrenceState.FULL
    assert Entry.objects.get(kind="event").version > version


def test_who_does_not_fit_waits_and_is_told(one):
    sign_up(one, 4, "Ana")
    waiting = sign_up(one, 2, "Bea")

    assert waiting.state == SignUpState.WAITING
    assert "liste d’attente" in Mail.objects.latest("pk").body
    assert taken(one) == 4


def test_seats_given_back_go_to_the_first_that_fits(one):
    ana = sign_up(one, 4, "Ana")
    sign_up(one, 1, "Zoe")
    large = sign_up(one, 5, "Bea")
    small = sign_up(one, 2, "Cleo")

    verbs.cancel_signup(ana, now=NOW)

    for row in (large, small):
        row.refresh_from_db()
    assert (large.state, small.state) == (SignUpState.WAITING, SignUpState.CONFIRMED)
    assert Mail.objects.latest("pk").to == "cleo@example.org"
    assert taken(one) == 3


def test_the_same_address_twice_is_one(one):
    first, second = sign_up(one, 2), sign_up(one, 4)

    assert first.pk == second.pk
    assert taken(one) == 2
    assert Mail.objects.count() == 2


def test_more_seats_only_while_there_are(one):
    signup = sign_up(one, 2)
    sign_up(one, 2, "Bea")

    the("no_room", verbs.change_signup, signup, number=4, phone="", note="", now=NOW)
    verbs.change_signup(signup, number=3, phone="", note="Fauteuil", now=NOW)
    the("too_many", verbs.change_signup, signup, number=6, phone="", note="", now=NOW)

    assert taken(one) == 5


def test_fewer_seats_let_others_in(one):
    signup = sign_up(one, 5)
    waiting = sign_up(one, 2, "Bea")

    verbs.change_signup(signup, number=3, phone="", note="", now=NOW)

    waiting.refresh_from_db()
    assert waiting.state == SignUpState.CONFIRMED


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("not_here", {"booking": Booking.LINK}),
        ("not_here", {"state": "draft"}),
        ("cancelled", {"status": Status.CANCELLED}),
        ("cancelled", {"status": Status.POSTPONED}),
    ],
)
def test_one_signs_up_for_what_takes_place_here(one, code, change):
    Event.objects.update(**change)

    the(code, sign_up, one)


def test_one_does_not_sign_up_for_what_has_begun(one):
    the("past", sign_up, one, now=one.starts_at)
    the("too_many", sign_up, one, 0)
    the("too_many", sign_up, one, 6)


def test_a_class_takes_more_seats_than_a_family():
    one = EventFactory(booking=Booking.HERE, at="2027-03-06T14:00").occurrences.get()

    the("too_many", sign_up, one, 30)
    assert sign_up(one, 30, is_school=True).seats == 30


def test_a_reminder_goes_once_two_days_before(one):
    ana = sign_up(one, 1, "Ana")
    sign_up(one, 4, "Bea")
    sign_up(one, 3, "Cleo")  # waits
    Mail.objects.all().delete()

    assert verbs.remind(now=one.starts_at - dt.timedelta(days=3)) == 0
    assert verbs.remind(now=one.starts_at - dt.timedelta(days=2)) == 2
    assert verbs.remind(now=one.starts_at - dt.timedelta(days=1)) == 0
    assert {mail.to for mail in Mail.objects.all()} == {
        "ana@example.org",
        "bea@example.org",
    }
    ana.refresh_from_db()
    assert ana.reminded_at


def test_what_is_off_is_not_reminded_of(one):
    sign_up(one)
    Event.objects.update(status=Status.CANCELLED)

    assert verbs.remind(now=one.starts_at - dt.timedelta(days=1)) == 0


def test_names_are_erased_a_month_after_and_numbers_stay(one):
    editor = MembershipFactory(structure=one.event.owner).user
    ana, school = sign_up(one, 2, "Ana"), sign_up(one, 3, "Bea", is_school=True)
    verbs.note_came(ana, came=1, by=editor)
    verbs.note_came(school, came=3, by=editor)

    assert verbs.forget(now=one.ends_at + dt.timedelta(days=29)) == 0
    assert verbs.forget(now=one.ends_at + dt.timedelta(days=31)) == 2

    one.refresh_from_db()
    assert (one.attendance, one.school_attendance) == (4, 3)
    assert not SignUp.objects.exists()


def test_what_was_reported_is_not_written_over(one):
    editor = MembershipFactory(structure=one.event.owner).user
    ana = sign_up(one, 2, "Ana")
    verbs.note_came(ana, came=1, by=editor)
    verbs.report(one, attendance=40, school_attendance=12, by=editor, now=LATER)

    verbs.forget(now=one.ends_at + dt.timedelta(days=31))

    one.refresh_from_db()
    assert (one.attendance, one.school_attendance) == (40, 12)


def test_a_report_is_of_what_took_place_and_schools_are_part_of_it(one):
    editor = MembershipFactory(structure=one.event.owner).user

    def report(code, total, schools, now=LATER, by=editor):
        the(code, verbs.report, one, attendance=total, school_attendance=schools,
            by=by, now=now)  # fmt: skip

    report("too_early", 10, 5, now=NOW)
    report("schools", 10, 11)
    report("schools", None, 1)
    report("forbidden", 10, 5, by=UserFactory())


def test_an_account_takes_its_sign_ups_along(one):
    user = UserFactory(email="ana@example.org")
    mine, waiting = sign_up(one, 5, by=user), sign_up(one, 2, "Bea")

    told = verbs.person_data(user)
    assert [row["seats"] for row in told] == [5]

    verbs.forget_person(user, now=NOW)
    waiting.refresh_from_db()
    assert waiting.state == SignUpState.CONFIRMED
    assert not SignUp.objects.filter(pk=mine.pk).exists()


def test_an_event_that_is_over_leaves_the_lists(one):
    assert Entry.objects.get(kind="event").is_public

    assert verbs.leave_over(today=dt.date(2027, 3, 6)) == 0
    # The clock of the test is before the event: what counts is its last day.
    Event.objects.update(last_on=dt.date(2020, 1, 1))
    assert verbs.leave_over(today=dt.date(2027, 3, 7)) == 1
    assert verbs.leave_over(today=dt.date(2027, 3, 7)) == 0
    assert not Entry.objects.get(kind="event").is_public


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("on_a_file")
def test_twenty_at_once_never_get_more_seats_than_there_are():
    event = EventFactory(booking=Booking.HERE, capacity=7, at="2027-03-06T14:00")
    one = event.occurrences.get()

    def ask(number):
        return lambda: sign_up(one, 1 + number % 3, f"P{number}").state

    states = at_once([ask(number) for number in range(20)])

    assert set(states) == {"confirmed", "waiting"}
    assert taken(one) == 7
    assert SignUp.objects.count() == 20
    SignUpFactory.reset_sequence()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("on_a_file")
def test_cancelling_and_signing_up_at_once_keep_the_count():
    event = EventFactory(booking=Booking.HERE, capacity=6, at="2027-03-06T14:00")
    one = event.occurrences.get()
    held = [sign_up(one, 1, f"A{number}") for number in range(6)]

    calls = [lambda s=s: verbs.cancel_signup(s, now=NOW) for s in held]
    calls += [lambda n=n: sign_up(one, 1, f"B{n}") for n in range(10)]
    at_once(calls)

    assert taken(one) == 6
    assert SignUp.objects.filter(state=SignUpState.WAITING).count() == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("on_a_file")
def test_one_form_sent_many_times_at_once_is_one_sign_up():
    event = EventFactory(booking=Booking.HERE, capacity=7, at="2027-03-06T14:00")
    one = event.occurrences.get()

    found = at_once([lambda: sign_up(one, 2, "Ana").pk] * 8)

    assert len({*found}) == 1
    assert SignUp.objects.get().seats == taken(one) == 2
