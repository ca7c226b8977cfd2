"""The envelope against every set of small calls."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from maillage.kernels.envelope import (
    FREE,
    GRANTED,
    REFUSED,
    Envelope,
    EnvelopeError,
    choose,
    costs,
    value_of,
)

AMOUNTS = st.sampled_from([0, 1, 99, 100_000, 250_000, 250_001, 999_999])


def envelope(amount, worth, budget, *, part=(), minimum=(), lock=None):
    n = len(amount)
    return Envelope(
        amount=np.array(amount, np.int64),
        worth=np.array(worth, np.int64),
        budget=budget,
        part=np.array(part, np.bool_).reshape(len(minimum), n),
        minimum=np.array(minimum, np.int64),
        lock=np.array(lock if lock is not None else [FREE] * n, np.int64),
    )


@st.composite
def questions(draw, most=7):
    n, k = draw(st.integers(0, most)), draw(st.integers(0, 3))
    lists = {"min_size": n, "max_size": n}
    amount = draw(st.lists(AMOUNTS, **lists))
    lock = draw(
        st.lists(st.sampled_from([FREE, FREE, FREE, GRANTED, REFUSED]), **lists)
    )
    held = sum(each for each, say in zip(amount, lock, strict=True) if say == GRANTED)
    return envelope(
        amount,
        draw(st.lists(st.integers(0, 20), **lists)),
        held + draw(st.integers(0, 2_000_000)),
        part=draw(st.lists(st.lists(st.booleans(), **lists), min_size=k, max_size=k)),
        minimum=draw(st.lists(AMOUNTS, min_size=k, max_size=k)),
        lock=lock,
    )


def every(question):
    """Every set that people's decisions and the budget leave: value, spent, short."""
    choices = [
        (False, True) if say == FREE else (say == GRANTED,) for say in question.lock
    ]
    for chosen in product(*choices):
        value, spent, short = value_of(question, np.array(chosen, np.bool_))
        if spent <= question.budget:
            yield value, spent, int(short.sum())


def best(question):
    """(least missing, most worth, least spent) of all sets."""
    found = ((short, -value, spent) for value, spent, short in every(question))
    short, value, spent = min(found)
    return short, -value, spent


@settings(max_examples=150, deadline=None)
@given(question=questions())
def test_no_set_is_better_and_of_equal_ones_none_is_cheaper(question):
    found = choose(question)
    short, value, spent = best(question)
    if short == 0:
        assert (found.short.sum(), found.value, found.spent) == (0, value, spent)
        assert found.clash == ()
        assert found.bound == found.value
    else:
        assert found.short.sum() == short
        assert found.clash != ()
    assert value_of(question, found.granted)[0] == found.value
    assert found.spent <= question.budget


@pytest.mark.parametrize("seed", range(6))
def test_fifteen_applications_with_all_constraints_as_by_trying_every_set(seed):
    question = drawn(15, seed=seed)
    found = choose(question, seconds=60)
    short, value, spent = best(question)
    assert short == 0
    assert (found.value, found.spent, found.bound) == (value, spent, value)
    told = costs(question, found, seconds=60)
    for rank in range(len(question.minimum)):
        dropped = question.minimum.copy()
        dropped[rank] = 0
        without = best(replace(question, minimum=dropped))[1]
        assert told.minimum[rank] == without - value


def drawn(n, *, seed):
    """A call like those of a region: five departments, rural ones, three themes."""
    random = np.random.default_rng(seed)
    amount = random.integers(1_000_00, 20_000_00, n)
    budget = int(amount.sum() * 0.5)
    department, theme = random.integers(5, size=n), random.integers(3, size=n)
    part = np.vstack(
        [
            *[department == each for each in range(5)],
            random.random(n) < 0.3,
            *[theme == each for each in range(3)],
        ]
    )
    could = (part * amount).sum(axis=1)
    return envelope(
        amount,
        random.integers(500, 2000, n),
        budget,
        part=part,
        minimum=np.minimum(could, budget) // 4,
    )


@settings(max_examples=60, deadline=None)
@given(question=questions())
def test_a_clash_cannot_be_met_and_could_be_without_any_one_of_it(question):
    clash = choose(question).clash

    def is_met(kept):
        minimum = np.zeros_like(question.minimum)
        minimum[list(kept)] = question.minimum[list(kept)]
        return best(replace(question, minimum=minimum))[0] == 0

    if clash:
        assert not is_met(clash)
        assert all(is_met(set(clash) - {each}) for each in clash)


@settings(max_examples=60, deadline=None)
@given(question=questions(most=6))
def test_the_cost_of_a_constraint_is_what_dropping_it_gains(question):
    found = choose(question)
    short, value, _spent = best(question)
    if short:
        return
    told = costs(question, found)
    for rank in range(len(question.minimum)):
        dropped = question.minimum.copy()
        dropped[rank] = 0
        assert told.minimum[rank] == best(replace(question, minimum=dropped))[1] - value
    free = replace(question, lock=np.full_like(question.lock, FREE))
    assert told.locks == best(free)[1] - value
    for rank in np.flatnonzero(question.lock != FREE):
        freed = question.lock.copy()
        freed[rank] = FREE
        assert told.lock[rank] == best(replace(question, lock=freed))[1] - value


def test_a_minimum_beyond_what_was_asked_is_named_and_the_rest_is_granted():
    question = envelope(
        [500_00, 300_00],
        [5, 9],
        1_000_00,
        part=[[True, False], [False, True]],
        minimum=[800_00, 300_00],
    )
    found = choose(question)
    assert found.clash == (0,)
    assert found.short.tolist() == [300_00, 0]
    assert found.granted.all()


def test_two_minimums_that_the_budget_cannot_pay_together_are_both_named():
    question = envelope(
        [600_00, 600_00, 10_00],
        [5, 9, 1],
        1_000_00,
        part=[[True, False, False], [False, True, False], [False, False, True]],
        minimum=[600_00, 600_00, 10_00],
    )
    found = choose(question)
    assert found.clash == (0, 1)
    assert found.granted.tolist() == [False, True, True]


def test_one_cent_over_the_budget_is_too_much():
    assert choose(envelope([100_01], [5], 100_00)).spent == 0
    assert choose(envelope([100_00], [5], 100_00)).spent == 100_00


def test_large_amounts_keep_their_cents():
    amount = [900_000_000_01, 900_000_000_02]
    found = choose(envelope(amount, [1, 1], 900_000_000_01))
    assert found.spent == 900_000_000_01


def test_the_same_question_gives_the_same_set():
    question = drawn(60, seed=3)
    assert (choose(question).granted == choose(question).granted).all()


def test_a_larger_budget_is_never_worth_less():
    question = drawn(40, seed=4)
    question = replace(question, minimum=np.zeros_like(question.minimum))
    values = [
        choose(replace(question, budget=question.budget * step // 4)).value
        for step in range(1, 6)
    ]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"worth": np.ones(3, np.int64)}, "misshaped"),
        ({"amount": np.array([-1, 2])}, "negative"),
        ({"budget": 2**60}, "too_large"),
        ({"lock": np.array([4, FREE])}, "unknown_lock"),
        ({"lock": np.array([GRANTED, FREE]), "budget": 50}, "locks_over_budget"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(change, code):
    with pytest.raises(EnvelopeError) as no:
        replace(envelope([100, 200], [1, 1], 300), **change)
    assert no.value.code == code
