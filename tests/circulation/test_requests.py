"""Asking: the rules and their codes, what is kept, who is told."""

import datetime as dt

import pytest

from maillage.circulation.choices import LoanState, RequestState
from maillage.circulation.models import LendingRules, LoanRequest, Season
from maillage.circulation.services.requests import (
    Wish,
    ask_for_loan,
    withdraw_request,
    write_message,
)
from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.territories.models import SchoolHoliday
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import (
    CopyFactory,
    HostFactory,
    LoanFactory,
    LoanRequestFactory,
)
from tests.factories.directory import MembershipFactory
from tests.factories.territories import DepartmentFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 7)
NOW = dt.datetime(2026, 9, 7, 10, tzinfo=dt.UTC)
TOKEN = "t" * 43


def day(text):
    return dt.date.fromisoformat(text)


def window(start, end):
    return (day(start), day(end))


OCTOBER = window("2026-10-05", "2026-10-26")


@pytest.fixture
def host():
    return HostFactory()


@pytest.fixture
def resource():
    return CopyFactory(resource__lent=True).resource


def ask(host, resource, *windows, token=TOKEN, by=None, today=TODAY, **facts):
    wish = Wish(
        host=host,
        resource=resource,
        **{"duration_days": 21, "windows": windows or [OCTOBER], **facts},
    )
    by = by or host.created_by
    return ask_for_loan(wish, token=token, by=by, now=NOW, today=today)


def refused(*args, **kwargs):
    with pytest.raises(Refused) as no:
        ask(*args, **kwargs)
    return no.value.code


def test_a_request_keeps_what_was_asked_and_what_it_would_cost(host, resource):
    asked = ask(
        host, resource, OCTOBER, window("2026-11-02", "2026-12-01"),
        expected_pupils=120, message=" Bonjour ", accepts_similar=True,
    )  # fmt: skip

    asked.refresh_from_db()
    assert asked.state == RequestState.WAITING
    assert asked.message == "Bonjour"
    assert asked.estimated_fee_cents == 24_000  # three weeks are less than a month
    assert asked.estimated_transport_cents == 0  # next door
    assert [(w.starts_on, w.ends_on) for w in asked.windows.all()] == [
        OCTOBER,
        window("2026-11-02", "2026-12-01"),
    ]


def test_both_sides_are_told_once(host, resource):
    owner = MembershipFactory(structure=resource.owner).user
    ask(host, resource)

    mails = {mail.to: mail for mail in Mail.objects.all()}
    assert set(mails) == {owner.email, host.created_by.email}
    assert "/demandes/" in mails[owner.email].body
    assert "du 5 au 25 octobre 2026" in mails[owner.email].body


def test_a_form_sent_twice_makes_one_request(host, resource):
    assert ask(host, resource) == ask(host, resource)
    assert LoanRequest.objects.count() == 1
    assert Mail.objects.filter(to=host.created_by.email).count() == 1


def test_the_token_of_another_person_is_refused(host, resource):
    ask(host, resource)
    other = HostFactory(created_by=UserFactory())

    assert refused(other, resource) == "token"


@pytest.mark.parametrize(
    ("windows", "facts", "code"),
    [
        ([], {}, "window"),
        ([OCTOBER] * 4, {}, "many_windows"),
        ([window("2026-10-26", "2026-10-05")], {}, "order"),
        ([window("2026-10-05", "2026-10-05")], {}, "order"),
        ([window("2026-09-06", "2026-10-05")], {}, "past"),
        ([window("2031-01-01", "2031-02-01")], {}, "far"),
        ([window("2026-10-05", "2026-10-25")], {}, "too_short"),
        ([OCTOBER], {"duration_days": 6}, "duration"),
        ([window("2026-10-05", "2027-01-05")], {"duration_days": 61}, "duration"),
        ([window("2026-09-08", "2026-09-29")], {}, "notice"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    host, resource, windows, facts, code
):
    wish = {"duration_days": 21, **facts}
    with pytest.raises(Refused) as no:
        ask_for_loan(
            Wish(host=host, resource=resource, windows=windows, **wish),
            token=TOKEN, by=host.created_by, now=NOW, today=TODAY,
        )  # fmt: skip

    assert no.value.code == code
    assert not LoanRequest.objects.exists()
    assert not Mail.objects.exists()


def test_a_window_that_ends_late_enough_respects_the_notice(host, resource):
    assert ask(host, resource, window("2026-09-08", "2026-10-30")).pk


def test_only_those_who_speak_for_a_host_ask_for_it(host, resource):
    assert refused(host, resource, by=UserFactory()) == "forbidden"
    assert ask(host, resource, by=UserFactory(agency=True)).pk


def test_a_resource_without_a_copy_in_service_says_so(host):
    assert refused(host, ResourceFactory()) == "no_copy"
    assert refused(host, CopyFactory(state="broken").resource) == "no_copy"


def test_a_host_with_all_its_loans_of_the_season_is_refused(host, resource):
    LendingRules.objects.create(structure=resource.owner, loans_per_host=1)
    other = CopyFactory(resource=ResourceFactory(owner=resource.owner))
    LoanFactory(copy=other, host=host)

    assert refused(host, resource) == "quota"
    # the next season counts anew, and another host is not concerned
    assert ask(host, resource, window("2027-09-13", "2027-10-04")).pk
    assert ask(HostFactory(), resource, token="u" * 43).pk


def test_a_cancelled_loan_does_not_count(host, resource):
    LendingRules.objects.create(structure=resource.owner, loans_per_host=1)
    copy = CopyFactory(resource=ResourceFactory(owner=resource.owner))
    LoanFactory(copy=copy, host=host, state=LoanState.CANCELLED)

    assert ask(host, resource).pk


def test_a_season_that_was_opened_says_what_counts_together(host, resource):
    LendingRules.objects.create(structure=resource.owner, loans_per_host=1)
    for name, start, end in [
        ("automne", "2026-09-01", "2026-12-01"),
        ("hiver", "2026-12-01", "2027-04-01"),
    ]:
        Season.objects.create(
            name=name, slug=name, starts_on=day(start), ends_on=day(end),
            asks_until=day(start),
        )  # fmt: skip
    copy = CopyFactory(resource=ResourceFactory(owner=resource.owner))
    LoanFactory(copy=copy, host=host)

    assert refused(host, resource) == "quota"
    assert ask(host, resource, window("2027-01-04", "2027-01-25")).pk


@pytest.fixture
def school():
    DepartmentFactory(code="59", holiday_zone="B")
    for name, start, end in [
        ("Toussaint", "2026-10-17", "2026-11-02"),
        ("Noël", "2026-12-19", "2027-01-04"),
    ]:
        SchoolHoliday.objects.create(
            zone="B", school_year="2026-2027", name=name, starts_on=day(start),
            ends_on=day(end),
        )  # fmt: skip
    host = HostFactory(kind="ecole")
    host.commune.department.holiday_zone = "B"
    host.commune.department.save()
    return host


def test_windows_of_a_school_are_cut_at_the_holidays(school, resource):
    asked = ask(school, resource, window("2026-10-01", "2027-01-15"), duration_days=14)

    assert [(w.starts_on, w.ends_on) for w in asked.windows.all()] == [
        window("2026-10-01", "2026-10-17"),
        window("2026-11-02", "2026-12-19"),
    ]
    assert asked.estimated_fee_cents == 0  # free for schools


def test_a_school_with_nothing_left_is_refused(school, resource):
    assert refused(school, resource) == "school_closed"


def test_a_request_for_a_theme_goes_to_the_agency(host):
    agency = UserFactory(agency=True)
    asked = ask(host, None, theme="physics")

    assert asked.resource is None
    assert Mail.objects.filter(to=agency.email).count() == 1


def test_modules_are_chosen_among_those_that_are_lent(host):
    series = ResourceFactory()
    one, two = (
        CopyFactory(
            resource=ResourceFactory(parent=series, owner=series.owner)
        ).resource
        for _ in range(2)
    )
    lost = ResourceFactory(parent=series, owner=series.owner)

    asked = ask(host, series, modules=[two])
    assert list(asked.modules.all()) == [two]
    assert not ask(host, series, token="u" * 43).modules.exists()
    assert refused(host, series, modules=[one, lost], token="v" * 43) == "modules"


# Taking back, writing -----------------------------------------------------------


@pytest.mark.parametrize(
    "state", [RequestState.WAITING, RequestState.OFFERED, RequestState.SEASON]
)
def test_an_open_request_is_withdrawn_by_its_host(state):
    asked = LoanRequestFactory(state=state)
    owner = MembershipFactory(structure=asked.resource.owner).user

    withdraw_request(asked, by=asked.asked_by, now=NOW)

    asked.refresh_from_db()
    assert asked.state == RequestState.WITHDRAWN
    assert Mail.objects.get().to == owner.email


@pytest.mark.parametrize(
    "state", [RequestState.ACCEPTED, RequestState.REFUSED, RequestState.WITHDRAWN]
)
def test_what_is_decided_is_not_withdrawn(state):
    asked = LoanRequestFactory(state=state)

    with pytest.raises(Refused) as no:
        withdraw_request(asked, by=asked.asked_by, now=NOW)
    assert no.value.code == "decided"


def test_nobody_else_withdraws_it():
    asked = LoanRequestFactory()
    owner = MembershipFactory(structure=asked.resource.owner).user

    with pytest.raises(Refused) as no:
        withdraw_request(asked, by=owner, now=NOW)
    assert no.value.code == "forbidden"


def test_a_message_reaches_the_other_side():
    asked = LoanRequestFactory()
    owner = MembershipFactory(structure=asked.resource.owner).user

    write_message(asked, text="Quelle hauteur ? 100 %", by=owner, now=NOW)
    write_message(asked, text="Trois mètres", by=asked.asked_by, now=NOW)

    first, second = asked.messages.all()
    assert (first.is_from_host, second.is_from_host) == (False, True)
    by_person = {mail.to: mail.body for mail in Mail.objects.all()}
    assert "100 %" in by_person[asked.asked_by.email]
    assert "Trois mètres" in by_person[owner.email]


@pytest.mark.parametrize(("text", "code"), [(" ", "empty"), ("Moi", "forbidden")])
def test_an_empty_message_and_a_stranger_s_are_refused(text, code):
    asked = LoanRequestFactory()
    by = asked.asked_by if code == "empty" else UserFactory()

    with pytest.raises(Refused) as no:
        write_message(asked, text=text, by=by, now=NOW)
    assert no.value.code == code
