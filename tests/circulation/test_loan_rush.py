"""Many clicks at once: numbers without a gap, one fate for a loan, no day taken twice."""

import datetime as dt
from functools import partial
from itertools import pairwise

import pytest

from maillage.circulation.choices import CopyState, LoanState
from maillage.circulation.models import Copy, Hold, Loan
from maillage.circulation.services.breakdown import break_copy
from maillage.circulation.services.changes import change_end
from maillage.circulation.services.loans import cancel, depart
from maillage.circulation.services.papers import issue_invoice, write_charge
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.circulation import CopyFactory, LoanFactory
from tests.together import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("on_a_file"),
]
NOW = dt.datetime(2026, 9, 28, 10, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture
def agency():
    return UserFactory(agency=True)


def test_invoices_made_at_once_have_numbers_without_a_gap(agency):
    first = LoanFactory()
    loans = [first] + [
        LoanFactory(copy=CopyFactory(resource=first.copy.resource)) for _ in range(7)
    ]
    for loan in loans:
        write_charge(loan, kind="fee", text="x", cents=100, by=agency, charge=None)

    numbers = at_once(
        [
            partial(issue_invoice, loan, by=agency, now=NOW, today=TODAY)
            for loan in loans
            for _twice in range(2)
        ]
    )

    assert sorted(set(numbers) - {"nothing"}) == [f"2026-{n:04d}" for n in range(1, 9)]
    assert numbers.count("nothing") == 8


def test_a_loan_that_is_cancelled_and_sent_at_once_has_one_fate(agency):
    loan = LoanFactory()
    calls = [partial(cancel, loan, reason="Travaux", by=agency, now=NOW)] * 4
    calls += [partial(depart, loan, at=NOW, by=agency, now=NOW)] * 4

    at_once(calls)

    loan.refresh_from_db()
    is_held = Hold.objects.filter(loan=loan).exists()
    assert (loan.state, is_held) in [
        (LoanState.CANCELLED, False), (LoanState.DEPARTED, True),
    ]  # fmt: skip
    # Whichever it was, it was told once.
    assert Mail.objects.count() == 1


def test_two_copies_that_break_at_once_leave_no_day_taken_twice(agency):
    loan = LoanFactory()
    other = CopyFactory(resource=loan.copy.resource, depot=loan.copy.depot)
    LoanFactory(
        copy=other, departs_on=dt.date(2026, 11, 2), starts_on=dt.date(2026, 11, 5),
        ends_on=dt.date(2026, 11, 20), free_on=dt.date(2026, 11, 25),
    )  # fmt: skip
    what = {"until": None, "reason": "x", "by": agency, "now": NOW, "today": TODAY}

    found = at_once([partial(break_copy, copy, **what) for copy in (loan.copy, other)])

    assert all(isinstance(fates, list) for fates in found)
    assert {*Copy.objects.values_list("state", flat=True)} == {CopyState.BROKEN}
    # The second to break had nowhere left to go.
    assert {*Loan.objects.values_list("state", flat=True)} == {LoanState.CANCELLED}
    assert not Hold.objects.exists()


def test_loans_that_grow_at_once_stop_at_each_other(agency):
    loan = LoanFactory()
    after = LoanFactory(
        copy=loan.copy, departs_on=dt.date(2026, 11, 16),
        starts_on=dt.date(2026, 11, 19), ends_on=dt.date(2026, 11, 27),
        free_on=dt.date(2026, 12, 2),
    )  # fmt: skip
    ends = [dt.date(2026, 10, 26) + dt.timedelta(n) for n in range(1, 30, 3)]

    at_once(
        [
            partial(change_end, loan, until=end, by=agency, now=NOW, today=TODAY)
            for end in ends
        ]
        + [partial(cancel, after, reason="x", by=agency, now=NOW)]
    )

    rows = list(Hold.objects.order_by("starts_on"))
    assert all(a.ends_on <= b.starts_on for a, b in pairwise(rows))
    loan.refresh_from_db()
    assert Hold.objects.get(loan=loan).ends_on == loan.free_on
