"""Answering: loans, other dates, the season plan, refusals; their codes and mails."""

import datetime as dt

import pytest

from maillage.circulation.choices import (
    CopyState,
    HoldKind,
    LoanState,
    OfferState,
    RequestState,
    SeasonState,
)
from maillage.circulation.models import Hold, LendingRules, Loan, Offer
from maillage.circulation.services.answers import (
    Choice,
    accept_request,
    leave_to_season,
    refuse_request,
)
from maillage.circulation.services.holding import hold
from maillage.circulation.services.offers import (
    accept_offer,
    decline_offer,
    offer_dates,
)
from maillage.circulation.services.proposals import alternatives_to, answers_for
from maillage.core.errors import Refused
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import (
    CopyFactory,
    HostFactory,
    LoanFactory,
    LoanRequestFactory,
    SeasonFactory,
)
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 7)
NOW = dt.datetime(2026, 9, 7, 10, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 10, 5)


def day(text):
    return dt.date.fromisoformat(text)


@pytest.fixture
def copy():
    return CopyFactory(resource__lent=True)


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner).user


@pytest.fixture
def asked(copy):
    return LoanRequestFactory(resource=copy.resource)


def accept(asked, copies, by, start=MONDAY, **facts):
    copies = copies if isinstance(copies, list) else [copies]
    return accept_request(
        asked, choice=Choice(copies, start), by=by, now=NOW, today=TODAY, **facts
    )


def offer(asked, copy, by, *starts):
    choices = [Choice([copy], day(start)) for start in starts]
    return offer_dates(asked, choices=choices, by=by, now=NOW, today=TODAY)


def take(one, by):
    return accept_offer(one, by=by, now=NOW, today=TODAY)


def code_of(call, *args, **kwargs):
    with pytest.raises(Refused) as no:
        call(*args, **kwargs)
    return no.value.code


# Accepting ----------------------------------------------------------------------


def test_an_accepted_request_is_a_loan_that_holds_its_copy(asked, copy, owner):
    asked.host.commune = CommuneFactory(amiens=True)
    asked.host.save()

    (loan,) = accept(asked, copy, owner, answer="Avec plaisir")

    asked.refresh_from_db()
    assert asked.state == RequestState.ACCEPTED
    assert (asked.answer, asked.answered_by_user) == ("Avec plaisir", owner)
    assert (loan.state, loan.request) == (LoanState.CONFIRMED, asked)
    assert (loan.starts_on, loan.ends_on) == (MONDAY, day("2026-10-26"))
    assert (loan.hold.starts_on, loan.hold.ends_on) == (loan.departs_on, loan.free_on)
    assert loan.owner_confirmed_at == loan.host_confirmed_at == NOW
    assert (loan.fee_cents, loan.deposit_cents) == (24_000, 50_000)
    assert loan.insurance_value_cents == 1_200_000
    assert loan.transport_cents == round(loan.km * 60 / 100) * 100 > 0
    lines = {charge.kind: charge.cents for charge in loan.charges.all()}
    assert lines == {"fee": loan.fee_cents, "transport": loan.transport_cents}


def test_a_host_that_comes_itself_pays_no_transport_and_what_is_free_has_no_line(copy):
    host = HostFactory(kind="ecole", commune=CommuneFactory(amiens=True))
    asked = LoanRequestFactory(resource=copy.resource, host=host, needs_transport=False)

    (loan,) = accept(asked, copy, UserFactory(agency=True))

    assert (loan.fee_cents, loan.transport_cents) == (0, 0)
    assert not loan.charges.exists()


def test_both_sides_learn_that_it_is_done(asked, copy, owner):
    accept(asked, copy, owner)

    mails = {mail.to: mail for mail in Mail.objects.all()}
    assert set(mails) == {owner.email, asked.asked_by.email}
    assert "5 au 25 octobre 2026" in mails[asked.asked_by.email].body


def test_a_second_click_makes_no_second_loan(asked, copy, owner):
    accept(asked, copy, owner)

    assert code_of(accept, asked, copy, owner) == "decided"
    assert Loan.objects.count() == Hold.objects.count() == 1


def test_dates_that_are_taken_are_refused_and_nothing_changes(asked, copy, owner):
    LoanFactory(copy=copy)

    assert code_of(accept, asked, copy, owner) == "taken"
    asked.refresh_from_db()
    assert asked.state == RequestState.WAITING
    assert Loan.objects.count() == 1
    assert not Mail.objects.exists()


def test_days_around_the_loan_count_too(asked, copy, owner):
    """The other loan holds the copy up to 29 October, after its last public day."""
    LoanFactory(copy=copy)

    assert code_of(accept, asked, copy, owner, day("2026-10-27")) == "taken"
    assert accept(asked, copy, owner, day("2026-11-02"))


@pytest.mark.parametrize(
    ("start", "code"), [("2026-09-28", "window"), ("2026-12-14", "window")]
)
def test_dates_that_the_host_did_not_name_are_not_accepted_for_it(
    asked, copy, owner, start, code
):
    assert code_of(accept, asked, copy, owner, day(start)) == code


def test_a_departure_in_the_past_is_refused(asked, copy, owner):
    with pytest.raises(Refused) as no:
        accept_request(
            asked, choice=Choice([copy], MONDAY), by=owner, now=NOW, today=MONDAY
        )
    assert no.value.code == "past"


def test_only_the_owner_and_the_agency_answer(asked, copy):
    for person in (UserFactory(), asked.asked_by, UserFactory(observer=True)):
        assert code_of(accept, asked, copy, person) == "forbidden"
        assert code_of(refuse_request, asked, answer="x", by=person, now=NOW) == (
            "forbidden"
        )
    assert accept(asked, copy, UserFactory(agency=True))


def test_a_copy_of_something_else_does_not_do(asked, owner):
    other = CopyFactory(resource=ResourceFactory(owner=asked.resource.owner))

    assert code_of(accept, asked, other, owner) == "copy"


def test_a_copy_of_the_same_theme_does_if_the_host_said_so(asked, owner):
    other = CopyFactory(resource=ResourceFactory(owner=asked.resource.owner))
    foreign = CopyFactory()
    asked.accepts_similar = True
    asked.save()

    assert code_of(accept, asked, foreign, owner) == "copy"
    assert accept(asked, other, owner)[0].copy == other


def test_a_broken_copy_does_not_leave(asked, copy, owner):
    copy.state = CopyState.BROKEN
    copy.save()

    assert code_of(accept, asked, copy, owner) == "copy"


def test_the_quota_holds_when_the_owner_accepts_too(asked, copy, owner):
    LendingRules.objects.create(structure=copy.resource.owner, loans_per_host=1)
    accept(asked, copy, owner)
    again = LoanRequestFactory(resource=copy.resource, host=asked.host)

    assert code_of(accept, again, copy, owner, day("2026-11-16")) == "quota"


def test_a_request_for_a_theme_is_answered_by_the_agency(copy):
    asked = LoanRequestFactory(resource=None, theme="physics")
    agency = UserFactory(agency=True)

    found = answers_for(asked, by=agency, today=TODAY)
    assert found.copies == [copy]
    assert accept(asked, copy, agency)[0].copy == copy


# Modules ------------------------------------------------------------------------


@pytest.fixture
def series():
    """Three modules in one depot, one of them with two copies; 100 € in all."""
    structure = StructureFactory()
    fees = [{"borrower": "tous", "days": 30, "cents": 10_000}]
    whole = ResourceFactory(owner=structure, fees=fees)
    depot = PlaceFactory(structure=structure, commune=CommuneFactory(amiens=True))
    for count in (1, 2, 1):
        module = ResourceFactory(owner=structure, parent=whole)
        for rank in range(count):
            CopyFactory(resource=module, depot=depot, rank=rank + 1)
    return whole


def test_a_whole_takes_one_copy_of_each_module(series):
    agency = UserFactory(agency=True)
    asked = LoanRequestFactory(resource=series)
    (slot, *_others) = answers_for(asked, by=agency, today=TODAY).slots

    loans = accept(asked, slot.copies, agency, slot.span.starts_on)

    assert len({loan.copy.resource_id for loan in loans}) == len(loans) == 3
    assert sum(loan.fee_cents for loan in loans) == 10_000  # to the cent
    assert sorted(loan.fee_cents for loan in loans) == [3333, 3333, 3334]
    assert [bool(loan.transport_cents) for loan in loans] == [True, False, False]


def test_one_module_that_is_taken_keeps_all_the_others_free(series):
    agency = UserFactory(agency=True)
    asked = LoanRequestFactory(resource=series)
    first = series.modules.order_by("pk").first().copies.get()
    hold(first, kind=HoldKind.OWN_USE, start=MONDAY, end=day("2026-10-06"), by=None)
    copies = [module.copies.first() for module in series.modules.all()]

    assert code_of(accept, asked, copies, agency) == "taken"
    assert Hold.objects.count() == 1
    assert not Loan.objects.exists()
    starts = [
        s.span.starts_on for s in answers_for(asked, by=agency, today=TODAY).slots
    ]
    assert min(starts) > MONDAY


def test_some_modules_only_if_the_host_chose_them(series):
    agency = UserFactory(agency=True)
    one, two, three = series.modules.order_by("pk")
    asked = LoanRequestFactory(resource=series)
    asked.modules.set([one, three])

    two_of_three = [one.copies.get(), two.copies.first()]
    assert code_of(accept, asked, two_of_three, agency) == "copy"
    assert code_of(accept, asked, one.copies.get(), agency) == "copy"
    assert len(accept(asked, [one.copies.get(), three.copies.get()], agency)) == 2


def test_an_offer_of_a_whole_brings_all_its_modules(series):
    agency = UserFactory(agency=True)
    asked = LoanRequestFactory(resource=series)
    copies = [module.copies.first() for module in series.modules.all()]
    (one,) = offer_dates(
        asked, choices=[Choice(copies, day("2027-01-11"))], by=agency, now=NOW,
        today=TODAY,
    )  # fmt: skip

    assert len(take(one, asked.asked_by)) == 3


# Other dates --------------------------------------------------------------------


def test_offered_dates_hold_nothing_and_wait_for_the_host(asked, copy, owner):
    offer(asked, copy, owner, "2027-01-11", "2027-02-08")

    asked.refresh_from_db()
    assert asked.state == RequestState.OFFERED
    assert not Hold.objects.exists()
    body = Mail.objects.get(to=asked.asked_by.email).body
    assert "11 au 31 janvier 2027" in body
    assert "8 au 28 février 2027" in body


def test_three_dates_at_most_wait_and_the_same_counts_once(asked, copy, owner):
    starts = ["2027-01-11", "2027-02-08", "2027-03-08"]
    offer(asked, copy, owner, *starts[:2])
    offer(asked, copy, owner, *starts)

    assert code_of(offer, asked, copy, owner, "2027-04-12") == "many_offers"
    assert asked.offers.count() == 3
    assert code_of(offer, LoanRequestFactory(resource=copy.resource), copy, owner) == (
        "offer"
    )


def test_dates_that_are_taken_are_not_offered(asked, copy, owner):
    LoanFactory(copy=copy)

    assert code_of(offer, asked, copy, owner, "2026-10-12") == "taken"


def test_the_host_accepts_one_and_the_others_are_no_more(asked, copy, owner):
    one, two = offer(asked, copy, owner, "2027-01-11", "2027-02-08")

    (loan,) = take(one, asked.asked_by)

    asked.refresh_from_db()
    two.refresh_from_db()
    assert loan.starts_on == day("2027-01-11")
    assert asked.state == RequestState.ACCEPTED
    assert two.state == OfferState.DECLINED
    assert code_of(take, one, asked.asked_by) == "decided"


def test_dates_that_went_meanwhile_are_refused_and_the_owner_is_asked_again(
    asked, copy, owner
):
    (one,) = offer(asked, copy, owner, "2027-01-11")
    start, end = day("2027-01-18"), day("2027-01-25")
    hold(copy, kind=HoldKind.OWN_USE, start=start, end=end, by=None)
    Mail.objects.all().delete()

    assert code_of(take, one, asked.asked_by) == "taken"

    asked.refresh_from_db()
    one.refresh_from_db()
    assert asked.state == RequestState.WAITING
    assert one.state == OfferState.DECLINED
    assert Mail.objects.get().to == owner.email
    # new proposals wait for the owner at once
    assert answers_for(asked, by=owner, today=TODAY).slots


def test_the_last_date_declined_gives_the_request_back_to_the_owner(asked, copy, owner):
    one, two = offer(asked, copy, owner, "2027-01-11", "2027-02-08")

    decline_offer(one, by=asked.asked_by, now=NOW)
    asked.refresh_from_db()
    assert asked.state == RequestState.OFFERED
    decline_offer(two, by=asked.asked_by, now=NOW)
    asked.refresh_from_db()
    assert asked.state == RequestState.WAITING


def test_the_owner_does_not_accept_for_the_host(asked, copy, owner):
    (one,) = offer(asked, copy, owner, "2027-01-11")

    assert code_of(take, one, owner) == "forbidden"
    assert code_of(decline_offer, one, by=owner, now=NOW) == "forbidden"
    assert Offer.objects.get().state == OfferState.WAITING


# The season, and no -------------------------------------------------------------


def test_a_request_is_left_to_the_plan_of_a_season(asked, copy, owner):
    season = SeasonFactory()
    leave_to_season(asked, season=season, by=owner, now=NOW)

    asked.refresh_from_db()
    assert (asked.state, asked.season) == (RequestState.SEASON, season)
    assert Mail.objects.get().to == asked.asked_by.email


@pytest.mark.parametrize(
    "facts",
    [
        {"state": SeasonState.PUBLISHED},
        {"state": SeasonState.CLOSED},
        {"starts_on": day("2027-09-01"), "ends_on": day("2028-09-01")},
    ],
)
def test_a_season_that_is_over_or_elsewhere_takes_no_request(asked, owner, facts):
    season = SeasonFactory(**facts)

    assert code_of(leave_to_season, asked, season=season, by=owner, now=NOW) == "season"


def test_a_refusal_has_a_reason_that_the_host_reads(asked, owner):
    assert code_of(refuse_request, asked, answer=" ", by=owner, now=NOW) == "reason"

    refuse_request(asked, answer="En réparation", by=owner, now=NOW)

    asked.refresh_from_db()
    assert asked.state == RequestState.REFUSED
    assert "En réparation" in Mail.objects.get().body


# What can be proposed -----------------------------------------------------------


def test_free_days_next_to_another_loan_come_first(asked, copy, owner):
    LoanFactory(copy=copy)  # held from 2 to 29 October

    slots = answers_for(asked, by=owner, today=TODAY).slots

    assert slots[0].span.departs_on == day("2026-10-29")
    spans = [slot.span for slot in slots]
    assert all(
        span.departs_on >= day("2026-10-29") or span.free_on <= day("2026-10-02")
        for span in spans
    )


def test_without_a_free_day_in_the_windows_the_next_ones_are_offered(
    asked, copy, owner
):
    start, end = day("2026-09-01"), day("2027-01-01")
    hold(copy, kind=HoldKind.OWN_USE, start=start, end=end, by=None)

    found = answers_for(asked, by=owner, today=TODAY)

    assert found.slots == []
    (other,) = {slot.span.starts_on for slot in found.others}
    assert other > day("2027-01-01")


def test_alternatives_are_of_the_theme_free_and_lent_as_long(asked):
    good = CopyFactory(resource__themes=["physics"])
    CopyFactory(resource__themes=["history"])
    CopyFactory(resource__themes=["physics"], resource__loan_days_max=7)
    busy = CopyFactory(resource__themes=["physics"])
    hold(
        busy, kind=HoldKind.OWN_USE, by=None,
        start=day("2026-09-01"), end=day("2027-02-01"),
    )  # fmt: skip

    found = alternatives_to(asked, today=TODAY)

    assert [one.resource for one in found] == [good.resource]
