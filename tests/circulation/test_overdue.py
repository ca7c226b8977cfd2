"""A copy that is not back: kept taken, told once, and it blocks what comes next."""

import datetime as dt
import io

import pytest
from django.core.management import call_command

from maillage.circulation.choices import HoldKind, LoanState
from maillage.circulation.models import Hold, Loan
from maillage.circulation.services.holding import hold
from maillage.circulation.services.loans import depart, give_back
from maillage.circulation.services.overdue import chase
from maillage.core.errors import Refused
from maillage.core.models import Mail
from tests.factories.circulation import HostFactory, LoanFactory
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db


def day(text):
    return dt.date.fromisoformat(f"2026-{text}")


def run(text):
    date = day(text)
    now = dt.datetime.combine(date, dt.time(6), tzinfo=dt.UTC)
    return chase(today=date, now=now)


@pytest.fixture
def late():
    """Due back, and free for others, on 29 October."""
    return LoanFactory(state=LoanState.ON_SITE)


@pytest.fixture
def owner(late):
    return MembershipFactory(structure=late.copy.resource.owner).user


def follow(late, departs="11-05"):
    return LoanFactory(
        copy=late.copy, host=HostFactory(), departs_on=day(departs),
        starts_on=day("11-09"), ends_on=day("11-20"), free_on=day("11-25"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("today", "state", "is_late"),
    [
        ("10-28", LoanState.ON_SITE, False),
        ("10-29", LoanState.ON_SITE, True),
        ("10-29", LoanState.RETURNING, True),
        ("10-29", LoanState.DEPARTED, True),
        ("10-29", LoanState.CONFIRMED, False),  # it never left
        ("10-29", LoanState.RETURNED, False),
    ],
)
def test_a_copy_is_late_from_the_day_it_should_be_free(
    late, owner, today, state, is_late
):
    Loan.objects.filter(pk=late.pk).update(state=state)

    assert run(today).warned == (1 if is_late else 0)
    assert Mail.objects.count() == (2 if is_late else 0)


def test_each_person_is_warned_once(late, owner):
    assert [run(f"10-{n}").warned for n in (29, 29, 30, 31)] == [1, 0, 0, 0]
    assert sorted(mail.to for mail in Mail.objects.all()) == sorted(
        [owner.email, late.host.created_by.email]
    )


def test_the_copy_stays_taken_day_by_day_until_the_next_hold(late, owner):
    hold(
        late.copy, kind=HoldKind.OWN_USE, start=day("10-31"), end=day("11-05"), by=None
    )
    ends = []
    for text in ("10-29", "10-29", "10-30", "10-31", "11-01"):
        run(text)
        ends.append(Hold.objects.get(loan=late).ends_on)

    assert ends == [day("10-30"), day("10-30"), *[day("10-31")] * 3]
    late.refresh_from_db()
    assert late.free_on == day("10-29")  # what was promised stays known


def test_the_next_host_is_told_once_when_its_turn_is_near(late, owner):
    following = follow(late, departs="11-05")

    told = [run(text).told_next for text in ("10-29", "10-30", "11-04")]

    assert told == [1, 0, 0]
    to_next = Mail.objects.filter(to=following.host.created_by.email)
    assert to_next.count() == 1
    assert to_next.get().subject.startswith("Retard possible")


def test_a_host_whose_turn_is_far_is_left_in_peace(late, owner):
    follow(late, departs="11-06")

    assert run("10-29").told_next == 0
    assert run("10-30").told_next == 1


def test_the_next_loan_waits_for_the_copy(late, owner):
    following = follow(late)
    at = dt.datetime(2026, 11, 5, 8, tzinfo=dt.UTC)

    with pytest.raises(Refused) as no:
        depart(following, at=at, by=owner)
    assert no.value.code == "not_back"

    give_back(late, at=at, by=owner)
    assert depart(following, at=at, by=owner).state == LoanState.DEPARTED


@pytest.mark.parametrize("commit", [False, True])
def test_the_command_tries_unless_told(late, owner, commit):
    Loan.objects.filter(pk=late.pk).update(
        departs_on=day("01-02"), starts_on=day("01-05"), ends_on=day("01-20"),
        free_on=day("01-23"),
    )  # fmt: skip
    out = io.StringIO()

    call_command("loans_overdue", *(["--commit"] if commit else []), stdout=out)

    assert out.getvalue().startswith("1 late")
    assert Mail.objects.exists() is commit


def test_the_daily_round_chases_too(late, owner):
    Loan.objects.filter(pk=late.pk).update(
        departs_on=day("01-02"), starts_on=day("01-05"), ends_on=day("01-20"),
        free_on=day("01-23"),
    )  # fmt: skip

    call_command("tidy", stdout=io.StringIO())

    late.refresh_from_db()
    assert late.warned_on is not None
