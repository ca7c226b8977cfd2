import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given, strategies as st

from maillage.core.money import EurosField, format_cents, parse_cents, plain_cents
from maillage.core.templatetags.texts import euros


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1250,5", 125050),
        ("1250.50", 125050),
        ("1 250 €", 125000),
        ("1\u202f250,50\xa0€", 125050),
        ("1.250,50", 125050),
        ("80 euros", 8000),
        ("0", 0),
        ("", None),
        ("  ", None),
    ],
)
def test_amounts_are_read_as_people_write_them(text, cents):
    assert parse_cents(text) == cents


@pytest.mark.parametrize(
    "text", ["-5", "NaN", "inf", "1e9", "1,234", "1.250", "douze", "١٢", "1;2", "5$"]
)
def test_what_is_not_an_amount_is_refused(text):
    with pytest.raises(ValidationError) as no:
        parse_cents(text)
    assert no.value.code == "amount"


def test_an_amount_that_no_resource_is_worth_is_refused():
    assert parse_cents("100 000 000") == 10_000_000_000
    with pytest.raises(ValidationError) as no:
        parse_cents("100 000 001")
    assert no.value.code == "too_much"


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (None, ""),
        (0, "0\xa0€"),
        (125050, "1\u202f250,50\xa0€"),
        (5, "0,05\xa0€"),
        (100000000, "1\u202f000\u202f000\xa0€"),
        (-1200, "\u221212\xa0€"),
        (-150, "\u22121,50\xa0€"),
    ],
)
def test_amounts_are_shown_the_french_way(cents, shown):
    assert format_cents(cents) == shown
    assert euros(cents) == shown


@given(st.integers(0, 10_000_000_000))
def test_what_is_shown_is_read_back(cents):
    assert parse_cents(format_cents(cents)) == cents
    assert parse_cents(plain_cents(cents)) == cents


class PriceForm(forms.Form):
    price = EurosField(required=False)


def test_a_box_shows_the_amount_and_gives_cents():
    assert 'value="12,50"' in str(PriceForm(initial={"price": 1250})["price"])
    assert 'value=""' not in str(PriceForm(initial={"price": None})["price"])
    assert PriceForm({"price": "12,5"}).fields["price"].clean("12,5") == 1250


def test_a_mistake_in_a_box_keeps_what_was_typed():
    form = PriceForm({"price": "douze"})
    assert not form.is_valid()
    assert 'value="douze"' in str(form["price"])


@pytest.mark.parametrize(
    ("typed", "changed"), [("12,50 €", False), ("13", True), ("douze", True)]
)
def test_the_same_amount_written_otherwise_is_no_change(typed, changed):
    form = PriceForm({"price": typed}, initial={"price": 1250})
    assert form.has_changed() is changed
