"""A copy breaks: what follows moves to another copy or is cancelled with a choice."""

import datetime as dt

import pytest

from maillage.circulation.choices import CopyState, HoldKind, LoanState
from maillage.circulation.models import Copy, Hold, Loan
from maillage.circulation.services import breakdown
from maillage.circulation.services.breakdown import break_copy, mend, preview_break
from maillage.circulation.services.holding import hold
from maillage.core.errors import Refused
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import CopyFactory, HostFactory, LoanFactory
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 28, 10, tzinfo=dt.UTC)
TODAY = NOW.date()


def day(text):
    return dt.date.fromisoformat(f"2026-{text}")


@pytest.fixture
def loan():
    return LoanFactory()  # held from 2 to 29 October


@pytest.fixture
def copy(loan):
    return loan.copy


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner).user


@pytest.fixture
def later(copy):
    return LoanFactory(
        copy=copy, host=HostFactory(), departs_on=day("11-02"), starts_on=day("11-05"),
        ends_on=day("11-20"), free_on=day("11-25"),
    )  # fmt: skip


def go(copy, owner, until=None, verb=break_copy):
    return verb(
        copy, until=until and day(until), reason="Écran cassé", by=owner, now=NOW,
        today=TODAY,
    )  # fmt: skip


def state_of_things():
    loans = Loan.objects.order_by("pk").values_list(
        "pk", "copy", "state", "departs_on", "free_on", "sequence"
    )
    holds = Hold.objects.order_by("copy", "starts_on").values_list(
        "copy", "kind", "starts_on", "ends_on", "loan"
    )
    copies = Copy.objects.order_by("pk").values_list("pk", "state")
    return [*loans], [*holds], [*copies], Mail.objects.count()


def test_loans_move_to_a_free_copy_on_the_same_days(loan, later, copy, owner):
    spare = CopyFactory(resource=copy.resource, depot=copy.depot)
    fates = go(copy, owner)

    assert [fate.moved_to for fate in fates] == [spare, spare]
    for row in (loan, later):
        before = row.starts_on, row.ends_on
        row.refresh_from_db()
        assert (row.copy_id, row.starts_on, row.ends_on) == (spare.pk, *before)
        assert (row.state, row.sequence) == (LoanState.CONFIRMED, 1)
        assert Hold.objects.get(loan=row).copy_id == spare.pk
    copy.refresh_from_db()
    assert copy.state == CopyState.BROKEN
    assert not copy.holds.exists()
    assert {mail.to for mail in Mail.objects.all()} == {
        loan.host.created_by.email, later.host.created_by.email,
    }  # fmt: skip


def test_what_cannot_move_is_cancelled_with_a_choice(loan, later, copy, owner):
    spare = CopyFactory(resource=copy.resource, depot=copy.depot)
    hold(spare, kind=HoldKind.OWN_USE, start=day("10-10"), end=day("10-12"), by=None)
    other = CopyFactory(resource=ResourceFactory(themes=["physics"]))
    CopyFactory(resource=ResourceFactory(themes=["biology"]))

    fates = go(copy, owner)

    loan.refresh_from_db()
    assert (fates[0].moved_to, fates[1].moved_to) == (None, spare)
    assert loan.state == LoanState.CANCELLED
    assert "Écran cassé" in loan.cancel_reason
    found = {(one.resource, one.same_resource) for one in fates[0].alternatives}
    assert found == {(copy.resource, True), (other.resource, False)}
    letter = Mail.objects.get(to=loan.host.created_by.email)
    assert letter.subject.startswith("Prêt annulé")
    assert other.resource.name in letter.body
    # The same resource is offered on days when the spare copy is really free.
    (again,) = [one for one in fates[0].alternatives if one.same_resource]
    assert again.starts_on >= day("10-12")


def test_a_breakdown_until_a_day_leaves_later_loans_alone(loan, later, copy, owner):
    fates = go(copy, owner, until="10-20")

    assert [fate.loan.pk for fate in fates] == [loan.pk]
    later.refresh_from_db()
    copy.refresh_from_db()
    assert (later.state, copy.state) == (LoanState.CONFIRMED, CopyState.IN_SERVICE)
    out = copy.holds.get(kind=HoldKind.BREAKDOWN)
    assert (out.starts_on, out.ends_on) == (TODAY, day("10-20"))


def test_a_breakdown_goes_around_what_else_holds_the_copy(copy, owner, loan):
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.ON_SITE)

    assert go(copy, owner, until="11-10") == []

    kept = copy.holds.filter(kind=HoldKind.BREAKDOWN).order_by("starts_on")
    assert [(row.starts_on, row.ends_on) for row in kept] == [
        (TODAY, day("10-02")), (day("10-29"), day("11-10")),
    ]  # fmt: skip


@pytest.mark.parametrize("until", [None, "11-10"])
def test_the_preview_says_it_all_and_changes_nothing(loan, later, copy, owner, until):
    spare = CopyFactory(resource=copy.resource, depot=copy.depot)
    hold(spare, kind=HoldKind.OWN_USE, start=day("10-10"), end=day("10-12"), by=None)
    before = state_of_things()

    shown = go(copy, owner, until, verb=preview_break)
    assert state_of_things() == before

    done = go(copy, owner, until)
    assert [(f.loan.pk, f.moved_to, f.alternatives) for f in shown] == [
        (f.loan.pk, f.moved_to, f.alternatives) for f in done
    ]


def test_nothing_is_half_done(loan, later, copy, owner, monkeypatch):
    before = state_of_things()
    calls = []

    def broken(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise ConnectionAbortedError
        return real(*args, **kwargs)

    real = breakdown.call_off
    monkeypatch.setattr(breakdown, "call_off", broken)
    with pytest.raises(ConnectionAbortedError):
        go(copy, owner)

    assert len(calls) == 2
    assert state_of_things() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"until": TODAY}, "past"),
        ({"reason": "  "}, "reason"),
        ({"by": "stranger"}, "forbidden"),
    ],
)
def test_what_a_breakdown_needs(copy, owner, change, code):
    wanted = {"until": None, "reason": "x", "by": owner, "now": NOW, "today": TODAY}
    if change.get("by"):
        change = {"by": UserFactory()}
    with pytest.raises(Refused) as no:
        break_copy(copy, **wanted | change)
    assert no.value.code == code


def test_a_copy_out_of_service_does_not_break_twice(copy, owner):
    go(copy, owner)
    with pytest.raises(Refused) as no:
        go(copy, owner)
    assert no.value.code == "state"


@pytest.mark.parametrize("until", [None, "11-10"])
def test_a_mended_copy_is_free_again(copy, owner, loan, until):
    go(copy, owner, until)

    copy = mend(copy, by=owner, today=day("10-12"))

    assert copy.state == CopyState.IN_SERVICE
    assert not copy.holds.filter(ends_on__gt=day("10-12")).exists()
    with pytest.raises(Refused) as no:
        mend(copy, by=owner, today=day("10-12"))
    assert no.value.code == "nothing"
