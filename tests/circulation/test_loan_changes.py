"""Longer, shorter, other days, exchanges: never two loans of a copy on one day."""

import datetime as dt
import itertools

import pytest

from maillage.circulation.calendars import rules_of
from maillage.circulation.choices import HoldKind, LoanState
from maillage.circulation.models import Hold, Loan
from maillage.circulation.services.chains import meeting, take_over, undo_take_over
from maillage.circulation.services.changes import (
    ask_longer,
    change_end,
    decline_longer,
    longest,
    move_dates,
)
from maillage.circulation.services.estimates import transport_of
from maillage.circulation.services.holding import hold, km_between, span_for
from maillage.circulation.services.loans import cancel, depart
from maillage.core.errors import Refused
from maillage.core.models import Mail
from tests.factories.circulation import CopyFactory, HostFactory, LoanFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 7, 10, tzinfo=dt.UTC)
TODAY = NOW.date()


def day(text):
    return dt.date.fromisoformat(f"2026-{text}")


def at(text):
    return dt.datetime.fromisoformat(f"2026-{text}T09:00+00:00")


def place_loan(copy, host, start, end):
    """A loan with the very days that it takes from the depot and back."""
    span = span_for(copy, host=host, start=day(start), end=day(end))
    return LoanFactory(
        copy=copy, host=host, departs_on=span.departs_on, starts_on=span.starts_on,
        ends_on=span.ends_on, free_on=span.free_on, km=round(span.km, 1),
    )  # fmt: skip


@pytest.fixture
def lille():
    return CommuneFactory(lille=True)


@pytest.fixture
def copy(lille):
    depot = PlaceFactory(commune=CommuneFactory(amiens=True))
    return CopyFactory(depot=depot)


@pytest.fixture
def loan(copy, lille):
    """5 October, a Monday, to 24 October, a Saturday."""
    return place_loan(copy, HostFactory(commune=lille), "10-05", "10-24")


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner).user


def free_of_overlap(copy):
    rows = list(copy.holds.order_by("starts_on"))
    return all(a.ends_on <= b.starts_on for a, b in itertools.pairwise(rows))


def test_a_loan_surrounded_by_nothing_lasts_longer(loan, owner):
    before = loan.free_on

    loan = change_end(loan, until=day("11-07"), by=owner, now=NOW, today=TODAY)
    again = change_end(loan, until=day("11-07"), by=owner, now=NOW, today=TODAY)

    assert (loan.ends_on, loan.sequence, again.sequence) == (day("11-07"), 1, 1)
    assert loan.free_on > before
    assert Hold.objects.get(loan=loan).ends_on == loan.free_on
    assert Mail.objects.count() == 1


def test_a_loan_that_cannot_last_longer_says_by_when_it_must_end(loan, owner, copy):
    hold(
        copy, kind=HoldKind.OWN_USE, start=day("11-10"), end=day("11-20"), by=None
    )  # fmt: skip
    limit = longest(loan)
    assert loan.ends_on < limit < day("11-10")

    with pytest.raises(Refused) as no:
        change_end(loan, until=limit + dt.timedelta(1), by=owner, now=NOW, today=TODAY)
    assert no.value.code == "taken"
    assert f"{(limit - dt.timedelta(1)).day} novembre" in no.value.message

    assert (
        change_end(loan, until=limit, by=owner, now=NOW, today=TODAY).ends_on == limit
    )
    assert free_of_overlap(copy)


def test_a_loan_gets_shorter_and_gives_its_days_back(loan, owner, copy):
    loan = change_end(loan, until=day("10-17"), by=owner, now=NOW, today=TODAY)

    # Closes on Friday 16, comes down and is checked on Monday and Tuesday.
    assert loan.free_on == Hold.objects.get(loan=loan).ends_on
    assert loan.free_on < day("10-24")


@pytest.mark.parametrize(
    ("until", "today", "state", "code"),
    [
        ("10-05", "09-07", LoanState.CONFIRMED, "past"),  # before it begins
        ("10-10", "10-12", LoanState.ON_SITE, "past"),
        ("10-12", "10-12", LoanState.ON_SITE, None),  # closes today
        ("10-31", "10-12", LoanState.RETURNING, "state"),
        ("10-31", "10-12", LoanState.CANCELLED, "state"),
    ],
)
def test_ends_that_make_no_sense(loan, owner, until, today, state, code):
    Loan.objects.filter(pk=loan.pk).update(state=state)

    def change():
        return change_end(loan, until=day(until), by=owner, now=NOW, today=day(today))

    if code is None:
        assert change().ends_on == day(until)
        return
    with pytest.raises(Refused) as no:
        change()
    assert no.value.code == code


def test_a_host_asks_and_the_owner_answers(loan, owner):
    host = loan.host.created_by
    asked = ask_longer(loan, until=day("10-31"), by=host, now=NOW, today=TODAY)
    ask_longer(loan, until=day("10-31"), by=host, now=NOW, today=TODAY)
    assert asked.asked_until == day("10-31")
    assert asked.ends_on == day("10-24")
    assert [mail.to for mail in Mail.objects.all()] == [owner.email]

    with pytest.raises(Refused) as no:
        change_end(loan, until=day("10-31"), by=host, now=NOW, today=TODAY)
    assert no.value.code == "forbidden"

    assert decline_longer(loan, by=owner, now=NOW).asked_until is None
    ask_longer(loan, until=day("10-31"), by=host, now=NOW, today=TODAY)
    done = change_end(loan, until=day("10-31"), by=owner, now=NOW, today=TODAY)
    assert (done.ends_on, done.asked_until) == (day("10-31"), None)


def test_a_wish_that_cannot_be_is_refused_at_once(loan, copy):
    hold(copy, kind=HoldKind.OWN_USE, start=loan.free_on, end=day("11-20"), by=None)
    for until, code in [("10-31", "taken"), ("10-20", "not_longer")]:
        with pytest.raises(Refused) as no:
            ask_longer(
                loan, until=day(until), by=loan.host.created_by, now=NOW, today=TODAY
            )
        assert no.value.code == code


def test_moved_dates_are_confirmed_again_unless_agreed(loan, owner, copy):
    moved = move_dates(
        loan, start=day("11-09"), end=day("11-28"), agreed=True, by=owner, now=NOW,
        today=TODAY,
    )  # fmt: skip
    assert (moved.state, moved.sequence) == (LoanState.CONFIRMED, 1)
    assert copy.holds.get().starts_on == moved.departs_on

    moved = move_dates(
        loan, start=day("11-16"), end=day("11-28"), agreed=False, by=owner, now=NOW,
        today=TODAY,
    )  # fmt: skip
    assert moved.state == LoanState.PROPOSED
    assert moved.host_confirmed_at is None
    assert moved.owner_confirmed_at == NOW


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("11-20", "11-20", "order"),
        ("09-01", "09-20", "past"),
        ("11-25", "12-10", "taken"),
    ],
)
def test_dates_that_a_loan_cannot_have(loan, owner, copy, start, end, code):
    hold(copy, kind=HoldKind.OWN_USE, start=day("12-01"), end=day("12-05"), by=None)
    with pytest.raises(Refused) as no:
        move_dates(
            loan, start=day(start), end=day(end), agreed=True, by=owner, now=NOW,
            today=TODAY,
        )  # fmt: skip
    assert no.value.code == code
    loan.refresh_from_db()
    assert (loan.starts_on, loan.sequence) == (day("10-05"), 0)


# Exchanges ---------------------------------------------------------------------


@pytest.fixture
def after(loan, copy, lille):
    """Next in the same town, while the depot is a hundred kilometres away."""
    return place_loan(copy, HostFactory(commune=lille), "11-09", "11-28")


def test_an_exchange_spares_the_way_by_the_depot(loan, after, owner, copy):
    Loan.objects.filter(pk=after.pk).update(transport_cents=1)
    apart = loan.km + after.km

    after = take_over(after, by=owner, now=NOW)
    again = take_over(after, by=owner, now=NOW)

    loan.refresh_from_db()
    way = km_between(copy.depot.position, loan.host.position)
    assert again.comes_from_id == loan.pk
    assert loan.free_on == after.departs_on
    assert loan.km == pytest.approx(way, abs=0.1)
    assert loan.km + after.km == pytest.approx(apart / 2, abs=0.2)
    assert after.transport_cents == transport_of(
        copy, km=after.km, rules=rules_of(copy.resource.owner)
    )
    assert Hold.objects.get(loan=loan).ends_on == after.departs_on
    assert free_of_overlap(copy)
    # One mail for each of the two hosts.
    assert {mail.to for mail in Mail.objects.all()} == {
        loan.host.created_by.email, after.host.created_by.email,
    }  # fmt: skip


def test_an_exchange_is_undone_to_the_day(loan, after, owner, copy):
    before = [(row.starts_on, row.ends_on) for row in copy.holds.order_by("starts_on")]
    km = loan.km

    after = take_over(after, by=owner, now=NOW)
    undone = undo_take_over(after, by=owner, now=NOW)

    loan.refresh_from_db()
    assert undone.comes_from is None
    assert loan.km == pytest.approx(km, abs=0.1)
    assert before == [
        (row.starts_on, row.ends_on) for row in copy.holds.order_by("starts_on")
    ]


def test_an_exchange_needs_the_days_to_take_down_and_set_up(loan, owner, copy, lille):
    close = LoanFactory(
        copy=copy, host=HostFactory(commune=lille), departs_on=loan.free_on,
        starts_on=loan.free_on, ends_on=day("11-20"), free_on=day("11-25"),
    )  # fmt: skip
    Loan.objects.filter(pk=loan.pk).update(ends_on=loan.free_on)

    with pytest.raises(Refused) as no:
        take_over(close, by=owner, now=NOW)
    assert no.value.code == "tight"


@pytest.mark.parametrize(
    ("state", "code"),
    [(LoanState.RETURNED, "no_source"), (LoanState.CANCELLED, "no_source")],
)
def test_only_a_loan_that_runs_hands_its_copy_on(loan, after, state, code):
    Loan.objects.filter(pk=loan.pk).update(state=state)
    with pytest.raises(Refused) as no:
        meeting(after)
    assert no.value.code == code


def test_a_loan_of_an_exchange_does_not_move(loan, after, owner):
    take_over(after, by=owner, now=NOW)
    for row in (loan, after):
        with pytest.raises(Refused) as no:
            move_dates(
                row, start=day("12-14"), end=day("12-19"), agreed=True, by=owner,
                now=NOW, today=TODAY,
            )  # fmt: skip
        assert no.value.code == "chained"


def test_a_loan_of_an_exchange_ends_in_time_for_the_next(loan, after, owner, copy):
    after = take_over(after, by=owner, now=NOW)
    loan.refresh_from_db()
    limit = longest(loan)

    with pytest.raises(Refused) as no:
        change_end(loan, until=limit + dt.timedelta(1), by=owner, now=NOW, today=TODAY)
    assert no.value.code == "taken"
    loan = change_end(loan, until=limit, by=owner, now=NOW, today=TODAY)
    assert loan.free_on == after.departs_on
    assert free_of_overlap(copy)


@pytest.mark.parametrize("cancelled", ["first", "second"])
def test_cancelling_one_loan_of_an_exchange_frees_the_other(
    loan, after, owner, copy, cancelled
):
    home, away = loan.free_on, after.departs_on
    after = take_over(after, by=owner, now=NOW)
    gone, left = (loan, after) if cancelled == "first" else (after, loan)

    cancel(gone, reason="Travaux", by=owner, now=NOW)

    left.refresh_from_db()
    assert left.comes_from is None
    assert not Loan.objects.filter(comes_from=gone).exists()
    if cancelled == "first":
        assert left.departs_on == away
    else:
        assert left.free_on == home
    assert left.km == pytest.approx(
        2 * km_between(copy.depot.position, left.host.position), abs=0.2
    )
    assert Hold.objects.get(loan=left).starts_on == left.departs_on


def test_a_copy_leaves_for_the_next_host_from_the_one_before(loan, after, owner):
    after = take_over(after, by=owner, now=NOW)
    depart(loan, at=at("10-02"), by=owner)

    after = depart(after, at=at("11-05"), by=owner)

    loan.refresh_from_db()
    assert (loan.state, after.state) == (LoanState.RETURNED, LoanState.DEPARTED)
    assert loan.left_at == after.departed_at


def test_only_the_owner_exchanges(loan, after):
    with pytest.raises(Refused) as no:
        take_over(after, by=after.host.created_by, now=NOW)
    assert no.value.code == "forbidden"
