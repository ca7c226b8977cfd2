"""Laws of payments: no cent is lost, order plays no part, more never gives less."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from maillage.passport.choices import SettlementKind
from maillage.passport.services.settling_counts import applied, shared
from maillage.passport.services.settling_rules import Counts, Group, Rule

DUES = st.lists(st.integers(0, 10**12), min_size=1, max_size=12)
BUDGETS = st.integers(0, 10**12)
CENTS = st.integers(0, 1_000_00)
RULES = st.one_of(
    st.builds(Rule, st.just("flat"), cents=CENTS, per=st.sampled_from(["person", "holder", "passage"])),
    st.builds(Rule, st.just("price_share"), share=st.integers(1, 100),
              of=st.sampled_from(["full", "lost"]), unpriced_cents=CENTS),
    st.builds(Rule, st.just("equity"), cents=CENTS, bonus_cents=CENTS, km=st.just(30)),
)  # fmt: skip


@st.composite
def groups(draw):
    people = draw(st.integers(1, 10**6))
    companions = draw(st.integers(0, people - 1))
    visits = draw(st.integers(1, people))
    return Group(
        Counts(visits, people, companions),
        normal_cents=draw(st.none() | st.integers(0, 50_00)),
        paid_cents=draw(st.integers(0, 10**6)),
        is_flagged=draw(st.booleans()),
        far={30: Counts(visits // 2, people // 2, companions // 2)},
    )


REGIONS = st.dictionaries(
    st.integers(1, 60), st.lists(groups(), min_size=1, max_size=3), max_size=8
)


@given(dues=DUES, budget=BUDGETS)
def test_the_whole_budget_is_shared(dues, budget):
    paid = shared(dues, budget_cents=budget, is_capped=False)

    assert sum(paid) == (budget if sum(dues) else 0)
    assert all(cents == 0 for cents, due in zip(paid, dues, strict=True) if not due)


@given(dues=DUES, budget=BUDGETS)
def test_what_is_capped_exceeds_neither_budget_nor_rule(dues, budget):
    paid = shared(dues, budget_cents=budget, is_capped=True)

    assert sum(paid) == min(budget, sum(dues))
    assert all(cents <= due for cents, due in zip(paid, dues, strict=True))


@given(dues=DUES, budget=BUDGETS)
def test_who_is_due_more_never_gets_less(dues, budget):
    pairs = sorted(
        zip(dues, shared(dues, budget_cents=budget, is_capped=False), strict=True)
    )

    for (due, cents), (more, other) in pairwise(pairs):
        assert due == more or cents <= other
        assert due != more or abs(cents - other) <= 1


@given(dues=DUES, budget=BUDGETS)
def test_each_is_within_a_cent_of_its_exact_part(dues, budget):
    whole = sum(dues)
    for due, cents in zip(
        dues, shared(dues, budget_cents=budget, is_capped=False), strict=True
    ):
        assert abs(cents * whole - budget * due) < max(whole, 1)


@given(dues=DUES, budget=BUDGETS, more=st.integers(0, 10**9))
def test_a_larger_budget_takes_no_more_than_a_cent_from_anybody(dues, budget, more):
    before = shared(dues, budget_cents=budget, is_capped=False)
    after = shared(dues, budget_cents=budget + more, is_capped=False)

    assert all(b - a <= 1 for b, a in zip(before, after, strict=True))


def test_odd_cents_go_to_the_largest_remainders_then_to_the_first():
    assert shared([1, 1, 1], budget_cents=100, is_capped=False) == [34, 33, 33]
    assert shared([1, 3, 3], budget_cents=10, is_capped=False) == [2, 4, 4]
    assert shared([5, 3, 1], budget_cents=10, is_capped=False) == [6, 3, 1]


@given(
    rule=RULES, region=REGIONS, budget=BUDGETS, capped=st.booleans(), pays=st.booleans()
)
def test_paid_and_left_are_the_budget(rule, region, budget, capped, pays):
    found = applied(
        rule, region, budget_cents=budget, is_capped=capped, pays_flagged=pays
    )

    assert found.paid_cents + found.left_cents == budget
    assert found.left_cents >= 0
    assert capped or not found.due_cents or found.left_cents == 0
    assert [line.place for line in found.lines] == sorted(region)


@given(rule=RULES, region=REGIONS, budget=BUDGETS, data=st.data())
def test_the_order_of_passages_and_places_plays_no_part(rule, region, budget, data):
    mixed = data.draw(st.permutations(list(region.items())))
    turned = {place: rows[::-1] for place, rows in mixed}

    assert applied(rule, region, budget_cents=budget) == applied(
        rule, turned, budget_cents=budget
    )


@given(rule=RULES, region=REGIONS, extra=groups())
def test_one_more_passage_never_lowers_what_a_place_is_due(rule, region, extra):
    # Nobody pays more at the door than the full price of who comes in.
    price = extra.normal_cents or 0
    extra = Group(
        extra.counts,
        normal_cents=extra.normal_cents,
        paid_cents=min(extra.paid_cents, price * extra.counts.people),
        far=extra.far,
    )
    region = {1: [], **region}
    fuller = region | {1: [*region[1], extra]}

    before = applied(rule, region, budget_cents=None, pays_flagged=True)
    after = applied(rule, fuller, budget_cents=None, pays_flagged=True)

    assert after.cents[1] >= before.cents[1]
    assert {k: v for k, v in after.cents.items() if k != 1} == {
        k: v for k, v in before.cents.items() if k != 1
    }


@given(rule=RULES, region=REGIONS)
def test_who_has_the_inputs_finds_what_is_due(rule, region):
    for line in applied(rule, region, budget_cents=None).lines:
        assert Rule.read(rule.kind, rule.numbers).due(line.inputs) == line.due_cents


def test_a_share_of_the_price_is_rounded_once_half_a_cent_up():
    rule = Rule(SettlementKind.PRICE_SHARE, share=50)

    assert rule.due({"prices": [[5, 1, 0], [5, 1, 0]]}) == 5
    assert rule.due({"prices": [[5, 1, 0]]}) == 3
    assert rule.due({"prices": []}) == 0


@pytest.mark.parametrize(
    ("per", "units"), [("person", 5), ("holder", 3), ("passage", 1)]
)
def test_a_flat_rate_counts_people_holders_or_passages(per, units):
    group = Group(Counts(visits=1, people=5, companions=2))
    rule = Rule(SettlementKind.FLAT, cents=200, per=per)

    assert applied(rule, {7: [group]}, budget_cents=None).due_cents == 200 * units


def test_numbers_beyond_64_bits_are_shared_without_loss():
    paid = shared([10**18, 10**18 + 1, 3], budget_cents=10**19 + 7, is_capped=False)

    assert sum(paid) == 10**19 + 7
