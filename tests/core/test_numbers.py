"""Numbers of addresses: any text gives a number that a database takes."""

import pytest
from hypothesis import given, strategies as st

from maillage.core.numbers import number_in


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("007", 7),
        ("999999999999999", 999_999_999_999_999),
        ("1" * 16, 0),  # longer than any key
        ("9" * 5000, 0),
        (None, 0),
        ("", 0),
        ("-3", 0),
        ("+3", 0),
        ("1.5", 0),
        ("1_000", 0),
        (" 12", 0),
        ("12\n", 0),
        ("²", 0),  # a digit for str.isdigit, no number for int
        ("١٢", 0),  # a number for int, never written by our pages
        ("12\x00", 0),
    ],
)
def test_only_a_plain_whole_number_is_one(text, number):
    assert number_in(text) == number


@given(st.text())
def test_whatever_is_sent_gives_a_key_or_nothing(text):
    assert 0 <= number_in(text) < 2**63


@given(st.integers(0, 10**15 - 1))
def test_a_key_comes_back(key):
    assert number_in(str(key)) == key
