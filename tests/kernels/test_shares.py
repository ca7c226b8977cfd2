import numpy as np
import pytest
from hypothesis import given, strategies as st

from maillage.kernels.shares import split_cents, split_exactly

AMOUNTS = st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=5)
PARTS = st.lists(st.integers(0, 100_000), min_size=1, max_size=6).filter(any)


@given(cents=AMOUNTS, parts=PARTS)
def test_no_cent_is_lost(cents, parts):
    shares = split_cents(np.array(cents), np.array(parts))

    assert shares.sum(axis=1).tolist() == cents
    exact = np.array(cents)[:, None] * np.array(parts) / sum(parts)
    assert (np.abs(shares - exact) < 1 + 1e-3).all()


@given(cents=AMOUNTS, parts=PARTS)
def test_a_refund_undoes_a_payment(cents, parts):
    amounts, weights = np.array(cents), np.array(parts)
    assert (split_cents(amounts, weights) == -split_cents(-amounts, weights)).all()


def test_the_largest_remainders_get_the_odd_cents():
    assert split_cents(np.array([100]), np.array([1, 1, 1])).tolist() == [[34, 33, 33]]
    assert split_cents(np.array([10]), np.array([2, 1])).tolist() == [[7, 3]]
    assert split_cents(np.array([5]), np.array([0, 3])).tolist() == [[0, 5]]


@pytest.mark.parametrize("parts", [[], [0, 0], [-1, 2]])
def test_parts_must_say_something(parts):
    with pytest.raises(ValueError, match="parts"):
        split_cents(np.array([100]), np.array(parts, np.int64))


@given(
    cents=st.integers(0, 10**30),
    parts=st.lists(st.integers(0, 10**30), min_size=1, max_size=8).filter(any),
)
def test_amounts_of_any_size_are_split_without_loss(cents, parts):
    shares = split_exactly(cents, parts)

    assert sum(shares) == cents
    whole = sum(parts)
    for share, part in zip(shares, parts, strict=True):
        assert cents * part // whole <= share <= -(-cents * part // whole)


@given(cents=st.integers(0, 10**10), parts=PARTS)
def test_both_ways_to_split_agree(cents, parts):
    arrays = split_cents(np.array([cents]), np.array(parts))

    assert split_exactly(cents, parts) == arrays[0].tolist()


@pytest.mark.parametrize(
    ("cents", "parts"), [(1, []), (1, [0, 0]), (1, [-1, 2]), (-1, [1])]
)
def test_what_cannot_be_split_is_refused(cents, parts):
    with pytest.raises(ValueError, match="parts"):
        split_exactly(cents, parts)
