"""Payments of places: what counts, drafts, the decision, who may."""

import datetime as dt

import pytest

from maillage.core.errors import Refused
from maillage.core.merging import merge
from maillage.passport.models import CheckIn, Settlement, SettlementLine, SettlementRule
from maillage.passport.services import settling
from maillage.passport.services.settling_counts import in_days, passages, simulate
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory
from tests.factories.passport import BenefitFactory
from tests.factories.settling import (
    DAY,
    END,
    START,
    CheckInFactory,
    SettlementFactory,
    SettlementRuleFactory,
)

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def places():
    return [PlaceFactory(name=name) for name in ("Musée", "Planétarium", "Jardin")]


def run(*rules, budget=100_00, capped=False, pays_flagged=False):
    return simulate(
        rules, start=START, end=END, budget_cents=budget, is_capped=capped,
        pays_flagged=pays_flagged,
    )  # fmt: skip


def decide(draft, by, seen=None, today=TODAY):
    if seen is None:
        seen = settling.digest_of(draft, settling.computed(draft))
    return settling.decide(draft, seen=seen, by=by, now=NOW, today=today)


def test_only_accepted_passages_of_the_period_count(places):
    CheckInFactory(place=places[0], people=3)
    CheckInFactory(place=places[0], refused=True)
    CheckInFactory(place=places[0], happened_on=END)
    CheckInFactory(place=places[0], happened_on=START - dt.timedelta(1))
    CheckInFactory(place=places[1], happened_on=START)

    (found,) = run(SettlementRuleFactory(), budget=None)

    assert found.cents == {places[0].pk: 600, places[1].pk: 200}


def test_flagged_passages_are_shown_apart_and_paid_only_when_told(places):
    CheckInFactory(place=places[0])
    CheckInFactory(place=places[0], flagged=True, people=4)
    CheckInFactory(place=places[1], flagged=True)
    rule = SettlementRuleFactory()

    (without,) = run(rule, budget=None)
    (paid,) = run(rule, budget=None, pays_flagged=True)

    assert without.cents == {places[0].pk: 200, places[1].pk: 0}
    assert (without.flagged.visits, without.flagged.people) == (2, 5)
    assert paid.cents == {places[0].pk: 1000, places[1].pk: 200}
    assert paid.flagged.visits == 0


def test_a_share_is_of_the_full_price_of_the_benefit(places):
    nine = BenefitFactory(place=places[0], normal_cents=900, price_cents=200)
    CheckInFactory(place=places[0], benefit=nine, people=2, paid_cents=400)
    CheckInFactory(place=places[0], people=1)  # no price known
    full = SettlementRuleFactory(share=True)
    lost = SettlementRuleFactory(
        share=True, numbers={"share": 50, "of": "lost", "unpriced_cents": 100}
    )

    first, second = run(full, lost, budget=None)

    assert first.due_cents == 900  # half of 2 × 9 €
    assert second.due_cents == 750  # half of 18 € − 4 € + 1 €


def test_who_comes_from_afar_brings_a_bonus(places):
    CheckInFactory(place=places[0], distance_km=30.0, people=2)
    CheckInFactory(place=places[0], distance_km=29.9)
    CheckInFactory(place=places[1], distance_km=None)

    (found,) = run(SettlementRuleFactory(equity=True), budget=None)

    assert found.cents == {places[0].pk: 300 + 600, places[1].pk: 100}


def test_rules_with_other_distances_stand_side_by_side(places):
    CheckInFactory(place=places[0], distance_km=40.0)
    near = SettlementRuleFactory(equity=True)
    far = SettlementRuleFactory(
        equity=True,
        numbers={"cents": 100, "per": "person", "bonus_cents": 300, "km": 50},
    )

    first, second = run(near, far, budget=None)

    assert (first.due_cents, second.due_cents) == (400, 100)
    assert second.budget_cents == 400  # what the first rule costs
    assert second.paid_cents == 400


@pytest.mark.parametrize(
    ("budget", "capped", "paid", "left"),
    [
        (100_00, False, 100_00, 0),  # twice the rule
        (100_00, True, 8_00, 92_00),
        (5_01, True, 5_01, 0),
        (5_01, False, 5_01, 0),
    ],
)
def test_lines_and_what_is_left_are_the_budget(places, budget, capped, paid, left):
    for place in (places[0], places[0], places[1], places[2]):
        CheckInFactory(place=place)

    (found,) = run(SettlementRuleFactory(), budget=budget, capped=capped)

    assert sum(found.cents.values()) == found.paid_cents == paid
    assert found.left_cents == left


def test_a_period_without_passage_pays_nobody():
    (found,) = run(SettlementRuleFactory())

    assert found.lines == ()
    assert (found.paid_cents, found.left_cents) == (0, 100_00)


@pytest.mark.parametrize("number", [1, 3])
def test_passages_cost_one_query_whatever_their_number(
    places, number, django_assert_num_queries
):
    for place in places[:number]:
        CheckInFactory.create_batch(number, place=place)

    with django_assert_num_queries(1):
        found = passages(in_days(START, END), distances=[10, 30])

    assert len(found) == number


def test_large_groups_at_a_high_price_do_not_overflow(places):
    price = 2_000_000_000
    dear = BenefitFactory(place=places[0], normal_cents=price)
    CheckInFactory.create_batch(3, place=places[0], benefit=dear, people=200)

    (found,) = run(SettlementRuleFactory(share=True), budget=None)

    assert found.due_cents == 300 * price


def test_a_decision_writes_lines_that_sum_to_the_budget(places, agency):
    for rank, place in enumerate(places):
        CheckInFactory.create_batch(rank + 1, place=place)
    CheckInFactory(place=places[0], flagged=True)
    draft = SettlementFactory(budget_cents=100_01)

    done = decide(draft, agency)

    lines = list(SettlementLine.objects.order_by("place_id"))
    assert sum(line.cents for line in lines) == 100_01
    assert [line.visits for line in lines] == [1, 2, 3]
    assert lines[0].inputs == {"units": 1, "flagged": 1}
    assert (done.decided_by, done.decided_at) == (agency, NOW)
    assert done.numbers == {"cents": 200, "per": "person"}
    assert settling.digest_of(done, settling.kept(done)) == done.digest


def test_what_was_decided_stays_when_passages_come_in_late(places, agency):
    CheckInFactory(place=places[0])
    done = decide(SettlementFactory(), agency)
    CheckInFactory(place=places[1], received_at=NOW + dt.timedelta(1))

    assert settling.result_of(done).cents == {places[0].pk: 100_00}
    assert settling.late_of(done) == (1, [])
    assert settling.waiting_late(today=TODAY) == 1


def test_a_draft_follows_its_passages(places):
    CheckInFactory(place=places[0])
    draft = SettlementFactory()
    CheckInFactory(place=places[1])

    assert settling.result_of(draft).cents == {places[0].pk: 5000, places[1].pk: 5000}
    assert not SettlementLine.objects.exists()


def test_a_second_click_decides_nothing_more(places, agency):
    CheckInFactory(place=places[0])
    draft = SettlementFactory()
    seen = settling.digest_of(draft, settling.computed(draft))
    decide(draft, agency, seen)

    with pytest.raises(Refused) as no:
        decide(draft, UserFactory(agency=True), seen)

    assert no.value.code == "decided"
    assert SettlementLine.objects.count() == 1
    assert Settlement.objects.get().decided_by == agency


def test_amounts_that_changed_since_they_were_shown_are_not_decided(places, agency):
    CheckInFactory(place=places[0])
    draft = SettlementFactory()
    seen = settling.digest_of(draft, settling.computed(draft))
    CheckInFactory(place=places[1])

    with pytest.raises(Refused) as no:
        decide(draft, agency, seen)

    assert no.value.code == "changed"
    assert not SettlementLine.objects.exists()


def test_a_rule_that_was_changed_meanwhile_is_not_decided(places, agency):
    CheckInFactory(place=places[0])
    draft = SettlementFactory(is_capped=True)
    seen = settling.digest_of(draft, settling.computed(draft))
    rule = SettlementRule.objects.get()
    rule.numbers = {"cents": 300, "per": "person"}
    settling.save_rule(rule, by=agency)

    with pytest.raises(Refused) as no:
        decide(draft, agency, seen)

    assert no.value.code == "changed"


@pytest.mark.parametrize(
    ("start", "end", "refused"),
    [
        ("2026-03-31", "2026-04-30", True),
        ("2025-12-01", "2026-01-02", True),
        ("2026-01-10", "2026-01-11", True),
        ("2026-04-01", "2026-04-30", False),
        ("2025-12-01", "2026-01-01", False),
    ],
)
def test_no_day_is_paid_twice(places, agency, start, end, refused):
    CheckInFactory(place=places[0])
    decide(SettlementFactory(), agency)
    start, end = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    CheckInFactory(place=places[0], happened_on=start)
    other = SettlementFactory(name="Autre", starts_on=start, ends_on=end)

    if refused:
        with pytest.raises(Refused) as no:
            decide(other, agency)
        assert no.value.code == "overlap"
    else:
        assert decide(other, agency).digest


def test_a_period_is_decided_once_it_is_over(places, agency):
    CheckInFactory(place=places[0])
    draft = SettlementFactory()

    with pytest.raises(Refused) as no:
        decide(draft, agency, today=END - dt.timedelta(1))
    assert no.value.code == "not_over"
    assert decide(draft, agency, today=END).digest


def test_nothing_due_is_not_decided(places, agency):
    CheckInFactory(place=places[0], flagged=True)

    with pytest.raises(Refused) as no:
        decide(SettlementFactory(), agency)

    assert no.value.code == "nothing"


@pytest.mark.parametrize("role", ["observer", "member"])
def test_only_the_agency_keeps_and_decides(places, role):
    CheckInFactory(place=places[0])
    person = UserFactory(role=role)
    draft = SettlementFactory()

    for verb in (
        lambda: decide(draft, person),
        lambda: settling.drop_draft(draft, by=person),
        lambda: settling.drop_rule(draft.rule, by=person),
        lambda: settling.save_rule(draft.rule, by=person),
        lambda: keep(draft.rule, person),
    ):
        with pytest.raises(Refused) as no:
            verb()
        assert no.value.code == "forbidden"


def keep(rule, by):
    return settling.keep_draft(
        rule, name="Projet", start=START, end=END, budget_cents=5_00,
        is_capped=False, pays_flagged=False, by=by,
    )  # fmt: skip


def test_keeping_twice_keeps_once(agency):
    rule = SettlementRuleFactory()

    assert keep(rule, agency) == keep(rule, agency)
    assert Settlement.objects.count() == 1


def test_a_rule_that_has_served_does_not_change(places, agency):
    CheckInFactory(place=places[0])
    done = decide(SettlementFactory(), agency)

    for verb in (settling.save_rule, settling.drop_rule):
        with pytest.raises(Refused) as no:
            verb(done.rule, by=agency)
        assert no.value.code == "used"


def test_a_rule_goes_with_its_drafts_but_what_was_decided_stays(places, agency):
    draft = SettlementFactory()
    settling.drop_rule(draft.rule, by=agency)
    assert not Settlement.objects.exists()

    CheckInFactory(place=places[0])
    done = decide(SettlementFactory(), agency)
    with pytest.raises(Refused) as no:
        settling.drop_draft(done, by=agency)
    assert no.value.code == "decided"
    with pytest.raises(Refused) as no:
        settling.drop_draft(draft, by=agency)
    assert no.value.code == "gone"
    with pytest.raises(Refused) as no:
        settling.save_rule(draft.rule.__class__(pk=10**6, name="x"), by=agency)
    assert no.value.code == "gone"


def test_places_that_are_merged_keep_their_cents(places, agency):
    for place in places:
        CheckInFactory(place=place, people=2)
    nine = BenefitFactory(place=places[0], normal_cents=900)
    CheckIn.objects.filter(place=places[0]).update(benefit=nine)
    rule = SettlementRuleFactory(
        share=True, numbers={"share": 50, "of": "full", "unpriced_cents": 100}
    )
    done = decide(SettlementFactory(rule=rule), agency)

    merge(places[0], dropped=places[1], take=[], by=agency, now=NOW)

    found = settling.result_of(done)
    assert found.paid_cents == 100_00
    assert len(found.lines) == 2
    assert found.lines[0].counts.people == 4
    assert found.rule.due(found.lines[0].inputs) == found.lines[0].due_cents
    assert settling.digest_of(done, found) != done.digest


@pytest.mark.parametrize(("number", "told"), [(2, None), (5, 10_00)])
def test_sums_are_told_to_places_only_where_others_stay_hidden(agency, number, told):
    for place in PlaceFactory.create_batch(number):
        CheckInFactory(place=place)
    done = decide(SettlementFactory(budget_cents=10_00), agency)

    row = settling.totals_told(done)["settlement"].row()

    assert row["cents"].value == told


def test_what_comes_next_goes_on_from_the_last_payment(places, agency):
    assert settling.next_period(today=dt.date(2026, 2, 10)) == (
        dt.date(2025, 11, 1), dt.date(2026, 1, 31),
    )  # fmt: skip
    CheckInFactory(place=places[0])
    decide(SettlementFactory(), agency)

    assert settling.next_period(today=dt.date(2026, 6, 1)) == (
        END, dt.date(2026, 5, 31),
    )  # fmt: skip
    assert settling.span() == (DAY, DAY)
