"""Handovers and what follows from them: whatever the order, the same end."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from maillage.circulation.choices import LoanState
from maillage.circulation.custody_chain import head
from maillage.circulation.models import Hold, Incident, Loan
from maillage.circulation.services.custody import lines_of, log_of, verify
from maillage.circulation.services.handover import receive, receive_all
from maillage.circulation.services.loans import arrive, depart
from maillage.circulation.services.luggage import MOST_LOANS, luggage, moving, nearest
from maillage.core.models import Mail
from tests.circulation.lines import DEPARTURE, NOW, handover, report
from tests.factories.accounts import UserFactory
from tests.factories.circulation import (
    ComponentFactory,
    HostFactory,
    LoanFactory,
)
from tests.factories.directory import MembershipFactory

HOUR = dt.timedelta(hours=1)
TODAY = dt.date(2026, 10, 1)
MOMENTS = ["departure", "arrival", "leaving", "return"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def loan():
    return LoanFactory()


@pytest.fixture
def lender(loan):
    return MembershipFactory(structure=loan.copy.resource.owner).user


@pytest.fixture
def borrower(loan):
    return loan.host.created_by


@pytest.fixture
def next_loan(loan):
    """A second host of the same copy, in November."""
    return LoanFactory(
        copy=loan.copy, host=HostFactory(created_by=loan.host.created_by),
        departs_on=dt.date(2026, 11, 2), starts_on=dt.date(2026, 11, 3),
        ends_on=dt.date(2026, 11, 20), free_on=dt.date(2026, 11, 24),
    )  # fmt: skip


def states(answers):
    return [each.state for each in answers]


# One loan ---------------------------------------------------------------------


def test_each_handover_leads_to_the_next_state(loan, lender):
    for rank, state in enumerate(["departed", "on_site", "returning", "returned"]):
        line = handover(loan, MOMENTS[rank], at=DEPARTURE + rank * HOUR)
        receive(line, by=lender, now=NOW)
        loan.refresh_from_db()
        assert loan.state == state
    assert loan.returned_at == DEPARTURE + 3 * HOUR


def test_an_arrival_that_is_told_before_its_departure_ends_in_the_same_state(
    loan, lender, borrower
):
    arrival = handover(loan, "arrival", party="borrower", at=DEPARTURE + HOUR)
    receive(arrival, by=borrower, now=NOW)
    loan.refresh_from_db()
    assert (loan.state, loan.departed_at) == ("on_site", None)

    receive(handover(loan), by=lender, now=NOW)
    loan.refresh_from_db()
    assert (loan.state, loan.departed_at) == ("on_site", DEPARTURE)


def test_the_first_handover_told_for_a_moment_counts(loan, lender, borrower):
    late = handover(loan, at=DEPARTURE + HOUR)
    receive(late, by=lender, now=NOW)
    receive(handover(loan, party="borrower"), by=borrower, now=NOW)

    loan.refresh_from_db()
    assert loan.departed_at == DEPARTURE


def test_both_parties_are_told_once(loan, lender, borrower):
    line = handover(loan)
    receive(line, by=lender, now=NOW)
    receive(line, by=lender, now=NOW)
    receive(handover(loan, party="borrower"), by=borrower, now=NOW)

    assert [mail.to for mail in Mail.objects.all()] == [borrower.email]


@pytest.mark.parametrize("state", [LoanState.CANCELLED, LoanState.PROPOSED])
def test_what_happened_is_kept_even_if_the_loan_does_not_follow(loan, lender, state):
    Loan.objects.filter(pk=loan.pk).update(state=state)

    [answer] = receive_all([handover(loan)], by=lender, now=NOW)

    loan.refresh_from_db()
    assert (answer.state, loan.state) == ("kept", state)
    assert answer.message
    assert len(log_of(loan.copy)) == 1


def test_the_days_after_a_return_are_given_back(loan, lender):
    before = Hold.objects.get(loan=loan).ends_on
    early = dt.datetime(2026, 10, 12, 9, tzinfo=dt.UTC)

    receive(handover(loan, "return", at=early), by=lender, now=NOW)

    assert Hold.objects.get(loan=loan).ends_on < before


def test_a_copy_that_is_still_elsewhere_does_not_leave(loan, next_loan, lender):
    depart(loan, at=DEPARTURE, by=lender, now=NOW)
    line = handover(next_loan, at=DEPARTURE + HOUR)

    [answer] = receive_all([line], by=lender, now=NOW)

    next_loan.refresh_from_db()
    assert (answer.state, next_loan.state) == ("kept", "confirmed")
    assert loan.host.name in answer.message


@pytest.mark.parametrize("order", [("departure", "arrival"), ("arrival", "departure")])
def test_who_has_received_the_copy_ends_the_loan_before(
    loan, next_loan, lender, borrower, order
):
    depart(loan, at=DEPARTURE - HOUR, by=lender, now=NOW)
    at = {"departure": DEPARTURE, "arrival": DEPARTURE + HOUR}
    for moment in order:
        receive(handover(next_loan, moment, at=at[moment]), by=lender, now=NOW)

    loan.refresh_from_db()
    next_loan.refresh_from_db()
    assert (loan.state, loan.returned_at) == ("returned", at["arrival"])
    assert (next_loan.state, next_loan.departed_at) == ("on_site", DEPARTURE)


def test_a_handover_noted_on_the_page_of_the_loan_stays(loan, lender, borrower):
    depart(loan, at=DEPARTURE, by=lender, now=NOW)
    arrive(loan, at=DEPARTURE + HOUR, by=borrower, now=NOW)

    receive(handover(loan, at=DEPARTURE), by=lender, now=NOW)

    loan.refresh_from_db()
    assert loan.state == "on_site"


# Any order ---------------------------------------------------------------------

event = st.tuples(
    st.sampled_from(["lender", "borrower"]),
    st.integers(0, 1),
    st.sampled_from(MOMENTS),
    st.integers(0, 40),
)


def phones(events, *, loans):
    """What each phone keeps: every line names the one before it on this phone."""
    last, found = {}, []
    for party, which, moment, minutes in events:
        line = handover(
            loans[which], moment, party=party, parents=last.get(party, []),
            at=DEPARTURE + dt.timedelta(minutes=minutes),
        )  # fmt: skip
        last[party] = [line["digest"]]
        found.append((party, line))
    return found


def outcome(batches, *, people, loans):
    """The log and the loans after these batches, in this order; then undone."""
    with transaction.atomic():
        late = []
        for party, lines in batches:
            answers = receive_all(lines, by=people[party], now=NOW)
            late += [(party, line) for line, each in zip(lines, answers, strict=True)
                     if each.state == "later"]  # fmt: skip
        while late:  # a phone sends again what could not be kept
            party, line = late.pop(0)
            [again] = receive_all([line], by=people[party], now=NOW)
            assert again.state in {"kept", "known", "later"}
            if again.state == "later":
                late.append((party, line))
        copy = loans[0].copy
        told = [entry.digest for entry in log_of(copy)], head(lines_of(copy))
        rows = Loan.objects.filter(copy=copy).order_by("pk").values_list(
            "pk", "state", "departed_at", "arrived_at", "left_at", "returned_at"
        )  # fmt: skip
        found = told, list(rows), verify(copy)
        transaction.set_rollback(True)
    return found


@settings(
    max_examples=30,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
    ],
)  # fmt: skip
@given(data=st.data(), events=st.lists(event, min_size=1, max_size=7))
def test_any_order_and_any_repetition_of_sync_ends_the_same(
    loan, next_loan, lender, borrower, data, events
):
    loans, people = [loan, next_loan], {"lender": lender, "borrower": borrower}
    sent = phones(events, loans=loans)
    straight = outcome(
        [(party, [line]) for party, line in sent], people=people, loans=loans
    )
    twice = data.draw(st.permutations([*sent, *sent[: len(sent) // 2]]), label="sent")
    mixed = outcome(
        [(party, [line]) for party, line in twice], people=people, loans=loans
    )

    assert mixed == straight
    assert straight[2] == []


@pytest.mark.parametrize("first", ["lender", "borrower"])
def test_two_phones_that_were_offline_end_in_the_same_log(
    loan, lender, borrower, first
):
    people = {"lender": lender, "borrower": borrower}
    start = handover(loan)
    receive(start, by=lender, now=NOW)
    queues = {
        party: [
            handover(loan, "arrival", party=party, at=DEPARTURE + step * HOUR,
                     parents=[start["digest"]], uuid=f"00000000-0000-4000-8000-00000000000{step}")
        ]
        for step, party in enumerate(people, 1)
    }  # fmt: skip
    for party in sorted(people, key=lambda each: each != first):
        assert states(receive_all(queues[party], by=people[party], now=NOW)) == ["kept"]

    loan.refresh_from_db()
    assert [entry.party for entry in log_of(loan.copy)] == [
        "lender", "lender", "borrower",
    ]  # fmt: skip
    assert loan.arrived_at == DEPARTURE + HOUR
    assert verify(loan.copy) == []


def test_one_batch_may_hold_a_child_before_its_parent(loan, lender):
    first = handover(loan)
    second = handover(loan, "arrival", parents=[first["digest"]], at=DEPARTURE + HOUR)
    third = handover(loan, "leaving", parents=[second["digest"]], at=DEPARTURE + HOUR)

    answers = receive_all([third, second, first, None], by=lender, now=NOW)

    assert states(answers) == ["kept", "kept", "kept", "refused"]


def test_a_refused_line_does_not_keep_the_others_out(loan, lender):
    answers = receive_all(
        [handover(loan, party="borrower"), handover(loan)], by=lender, now=NOW
    )

    assert [(each.state, each.code) for each in answers] == [
        ("refused", "not_yours"), ("kept", ""),
    ]  # fmt: skip


# Incidents ---------------------------------------------------------------------


def test_what_is_damaged_or_missing_is_followed_up_once(loan, lender, borrower):
    crate = ComponentFactory(copy=loan.copy, name="Caisse", label="C1")
    lines = [("C1", "damaged", "Coin enfoncé", []), ("AUTRE", "missing", "", [])]
    for party, user in {"borrower": borrower, "lender": lender}.items():
        receive(
            report(loan, lines=[*lines, ("C2", "worn", "", [])], party=party),
            by=user,
            now=NOW,
        )

    one, two = Incident.objects.order_by("severity")
    assert (one.component, one.severity, one.reported_by) == (crate, "major", borrower)
    assert "Coin enfoncé" in one.text
    assert (two.component, two.severity) == (None, "total")
    [mail] = Mail.objects.filter(subject__startswith="À suivre")
    assert mail.to == lender.email


# What a phone takes along -----------------------------------------------------------


def test_a_phone_takes_along_the_loans_of_its_person_with_their_check_lists(
    loan, lender, borrower
):
    crate = ComponentFactory(copy=loan.copy, kind="crate", label="C1", position=1)
    ComponentFactory(copy=loan.copy, crate=crate, label="P1", position=3)
    ComponentFactory(copy=loan.copy, label="SEUL", position=2)
    ComponentFactory(copy=loan.copy, label="VIEUX", retired_on=TODAY)
    LoanFactory()
    entry, _new, _why = receive(handover(loan), by=lender, now=NOW)

    [mine] = luggage(borrower, today=TODAY)

    assert mine["loan"] == loan.pk
    assert mine["parties"] == ["borrower"]
    assert [part["label"] for part in mine["parts"]] == ["C1", "P1", "SEUL"]
    assert mine["parents"] == [entry.digest]
    assert mine["next"] == "arrival"
    assert luggage(lender, today=TODAY)[0]["parties"] == ["lender"]
    agency = luggage(UserFactory(agency=True), today=TODAY)
    assert [set(each["parties"]) for each in agency] == [{"lender", "borrower"}] * 2


@pytest.mark.parametrize(
    ("today", "found"),
    [
        ("2026-09-10", False),  # leaves in 22 days
        ("2026-09-11", True),
        ("2026-10-20", True),
    ],
)
def test_only_what_moves_about_now_is_taken_along(loan, lender, today, found):
    assert moving(lender, today=dt.date.fromisoformat(today)).exists() is found


def test_a_loan_that_is_over_stays_some_days(loan, lender):
    Loan.objects.filter(pk=loan.pk).update(state="returned", returned_at=NOW)

    assert moving(lender, today=NOW.date() + dt.timedelta(5)).exists()
    assert not moving(lender, today=NOW.date() + dt.timedelta(6)).exists()


def test_a_phone_takes_no_more_than_it_can_carry(loan):
    rows = [Loan(pk=pk, departs_on=TODAY, state="confirmed") for pk in range(1, 90)]

    assert len(nearest(rows, today=TODAY)) == MOST_LOANS


@pytest.mark.parametrize("more", [0, 3])
def test_taking_along_costs_the_same_for_one_loan_or_four(
    loan, lender, more, django_assert_max_num_queries
):
    ComponentFactory(copy=loan.copy)
    for _ in range(more):
        other = LoanFactory(copy__resource=loan.copy.resource)
        ComponentFactory(copy=other.copy)

    with django_assert_max_num_queries(7):
        assert len(luggage(lender, today=TODAY)) == more + 1
