"""Confirming, cancelling, handing over: the rules, as tables."""

import datetime as dt

import pytest

from maillage.circulation.choices import CopyState, LoanState, Party
from maillage.circulation.models import Hold, Loan
from maillage.circulation.services.letters import period
from maillage.circulation.services.loans import (
    arrive,
    cancel,
    confirm,
    depart,
    give_back,
    leave,
)
from maillage.core.errors import Refused
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.circulation import HostFactory, LoanFactory
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 7, 10, tzinfo=dt.UTC)
VERBS = {"depart": depart, "arrive": arrive, "leave": leave, "give_back": give_back}


def day(text):
    return dt.date.fromisoformat(text)


def at(text):
    return dt.datetime.fromisoformat(f"{text}T09:00+00:00")


@pytest.fixture
def loan():
    return LoanFactory()


@pytest.fixture
def owner(loan):
    return MembershipFactory(structure=loan.copy.resource.owner).user


@pytest.fixture
def borrower(loan):
    return loan.host.created_by


def mails():
    return [(mail.to, mail.subject.partition(" :")[0]) for mail in Mail.objects.all()]


def test_a_loan_is_confirmed_once_both_sides_have_said_yes(owner, borrower, loan):
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.PROPOSED)

    first = confirm(loan, party=Party.LENDER, by=owner, now=NOW)
    again = confirm(loan, party=Party.LENDER, by=owner, now=NOW)
    assert (first.state, again.state) == (LoanState.PROPOSED, LoanState.PROPOSED)
    assert mails() == [(borrower.email, "Prêt à confirmer")]

    done = confirm(loan, party=Party.BORROWER, by=borrower, now=NOW)
    confirm(loan, party=Party.BORROWER, by=borrower, now=NOW)
    assert done.state == LoanState.CONFIRMED
    assert mails()[0] != mails()[1]
    assert {*mails()} == {
        (borrower.email, "Prêt à confirmer"), (owner.email, "Prêt confirmé"),
    }  # fmt: skip


def test_nobody_confirms_for_the_other_side(owner, borrower, loan):
    for party, person in [(Party.BORROWER, owner), (Party.LENDER, borrower)]:
        with pytest.raises(Refused) as no:
            confirm(loan, party=party, by=person, now=NOW)
        assert no.value.code == "forbidden"


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        (LoanState.PROPOSED, "Travaux", None),
        (LoanState.CONFIRMED, "Travaux", None),
        (LoanState.CONFIRMED, "  ", "reason"),
        (LoanState.DEPARTED, "Travaux", "out"),
        (LoanState.ON_SITE, "Travaux", "out"),
        (LoanState.RETURNING, "Travaux", "out"),
        (LoanState.RETURNED, "Travaux", "returned"),
    ],
)
def test_a_loan_that_has_left_is_not_cancelled(
    loan, borrower, owner, state, reason, code
):
    Loan.objects.filter(pk=loan.pk).update(state=state)
    if code:
        with pytest.raises(Refused) as no:
            cancel(loan, reason=reason, by=borrower, now=NOW)
        assert no.value.code == code
        assert Hold.objects.filter(loan=loan).exists()
        return
    cancel(loan, reason=reason, by=borrower, now=NOW)
    cancel(loan, reason="Autre", by=owner, now=NOW)  # a second click

    loan.refresh_from_db()
    assert (loan.state, loan.cancel_reason) == (LoanState.CANCELLED, reason)
    assert loan.sequence == 1
    assert not Hold.objects.filter(loan=loan).exists()
    assert mails() == [(owner.email, "Prêt annulé")]


def test_a_stranger_changes_nothing(loan):
    stranger = UserFactory()
    for verb in VERBS.values():
        with pytest.raises(Refused) as no:
            verb(loan, at=NOW, by=stranger, now=NOW)
        assert no.value.code == "forbidden"
    with pytest.raises(Refused):
        cancel(loan, reason="x", by=stranger, now=NOW)


def test_a_loan_goes_through_its_life(loan, owner, borrower):
    seen = []
    for verb, when, who in [
        (depart, "2026-10-02", owner),
        (arrive, "2026-10-03", borrower),
        (leave, "2026-10-27", borrower),
        (give_back, "2026-10-28", owner),
    ]:
        for _twice in range(2):
            loan = verb(loan, at=at(when), by=who, now=at("2026-10-29"))
        seen.append(loan.state)

    assert seen == ["departed", "on_site", "returning", "returned"]
    assert len(mails()) == 4  # one each, to the side that did not act


@pytest.mark.parametrize(
    "order",
    [
        ["depart", "arrive", "leave", "give_back"],
        ["give_back", "leave", "arrive", "depart"],
        ["arrive", "depart", "give_back", "leave"],
    ],
)
def test_handovers_tell_the_same_story_in_any_order(loan, owner, order):
    days = {"depart": "02", "arrive": "03", "leave": "26", "give_back": "27"}
    for name in order:
        VERBS[name](
            loan, at=at(f"2026-10-{days[name]}"), by=owner, now=at("2026-11-01")
        )

    loan.refresh_from_db()
    assert loan.state == LoanState.RETURNED
    assert [
        moment.day
        for moment in (
            loan.departed_at,
            loan.arrived_at,
            loan.left_at,
            loan.returned_at,
        )
    ] == [2, 3, 26, 27]


@pytest.mark.parametrize(
    ("state", "copy_state", "when", "code"),
    [
        (LoanState.PROPOSED, CopyState.IN_SERVICE, "2026-10-02", "unconfirmed"),
        (LoanState.CANCELLED, CopyState.IN_SERVICE, "2026-10-02", "cancelled"),
        (LoanState.CONFIRMED, CopyState.BROKEN, "2026-10-02", "broken"),
        (LoanState.CONFIRMED, CopyState.IN_SERVICE, "2026-10-03", "future"),
        (LoanState.CONFIRMED, CopyState.IN_SERVICE, "2026-10-02", None),
    ],
)
def test_what_keeps_a_copy_from_leaving(loan, owner, state, copy_state, when, code):
    Loan.objects.filter(pk=loan.pk).update(state=state)
    loan.copy.state = copy_state
    loan.copy.save(update_fields=["state"])

    def go():
        return depart(loan, at=at(when), by=owner, now=at("2026-10-02"))

    if code is None:
        assert go().state == LoanState.DEPARTED
        return
    with pytest.raises(Refused) as no:
        go()
    assert no.value.code == code


def test_a_copy_that_is_not_back_does_not_leave_again(loan, owner):
    depart(loan, at=at("2026-10-02"), by=owner)
    arrive(loan, at=at("2026-10-03"), by=owner)
    after = LoanFactory(
        copy=loan.copy, host=HostFactory(commune=CommuneFactory(amiens=True)),
        departs_on=day("2026-11-02"), starts_on=day("2026-11-05"),
        ends_on=day("2026-11-20"), free_on=day("2026-11-24"),
    )  # fmt: skip

    with pytest.raises(Refused) as no:
        depart(after, at=at("2026-11-02"), by=owner)
    assert no.value.code == "not_back"
    assert loan.host.name in no.value.message
    assert "Lille" in no.value.message

    give_back(loan, at=at("2026-11-02"), by=owner)
    assert depart(after, at=at("2026-11-02"), by=owner).state == LoanState.DEPARTED


def test_who_receives_the_copy_proves_that_the_one_before_has_it_no_more(loan, owner):
    depart(loan, at=at("2026-10-02"), by=owner)
    after = LoanFactory(
        copy=loan.copy, departs_on=day("2026-11-02"), starts_on=day("2026-11-05"),
        ends_on=day("2026-11-20"), free_on=day("2026-11-24"),
    )  # fmt: skip

    arrive(after, at=at("2026-11-03"), by=owner)

    loan.refresh_from_db()
    assert loan.state == LoanState.RETURNED
    assert not Loan.objects.filter(pk=loan.pk).overdue(day("2027-01-01")).exists()


def test_a_copy_that_comes_home_early_is_free_after_its_checks(loan, owner):
    depart(loan, at=at("2026-10-02"), by=owner)
    give_back(loan, at=at("2026-10-16"), by=owner)  # a Friday

    # One open day of checks: Monday. Free on Tuesday.
    assert Hold.objects.get(loan=loan).ends_on == day("2026-10-20")


def test_a_copy_that_leaves_early_is_taken_from_then_on(loan, owner):
    depart(loan, at=at("2026-09-30"), by=owner)

    assert Hold.objects.get(loan=loan).starts_on == day("2026-09-30")


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-10-05", "2026-10-06", "le 5 octobre 2026"),
        ("2026-10-01", "2026-10-26", "du 1er au 25 octobre 2026"),
        ("2026-10-05", "2026-11-02", "du 5 octobre au 1er novembre 2026"),
        ("2026-12-01", "2027-01-12", "du 1er décembre 2026 au 11 janvier 2027"),
    ],
)
def test_periods_are_said_with_their_last_day(start, end, text):
    assert period(day(start), day(end)) == text
