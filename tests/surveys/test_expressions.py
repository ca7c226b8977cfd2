"""The language of conditions: what it says, what it refuses, and never more work than said."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from maillage.surveys.expressions import (
    FUNCTIONS,
    MAX_DEPTH,
    BadExpression,
    Scope,
    evaluate,
    is_true,
    parse,
    references,
    repeated,
    tree_json,
)
from maillage.surveys.patterns import BadPattern, machine_of, matches

TABLE = json.loads(Path(__file__).with_name("expressions.json").read_text("utf-8"))
SCOPE = Scope(
    TABLE["values"],
    TABLE["rows"],
    TABLE["own"],
    dt.date.fromisoformat(TABLE["today"]),
)


@pytest.mark.parametrize(("text", "gives"), TABLE["cases"])
def test_an_expression_gives_what_the_shared_table_says(text, gives):
    value = evaluate(parse(text), SCOPE)
    assert value == gives
    assert isinstance(value, bool) == isinstance(gives, bool)


def test_the_table_uses_every_function():
    said = " ".join(text for text, _gives in TABLE["cases"])
    assert [name for name in FUNCTIONS if f"{name}(" not in said] == []


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("", "end", 1),
        ("1 +", "end", 4),
        ("(1", "open_parenthesis", 1),
        ("1)", "unexpected", 2),
        ("1 2", "unexpected", 3),
        ("'lille", "open_text", 1),
        ("${n", "reference", 1),
        ("${a b}", "reference", 1),
        ("$n", "reference", 1),
        ("../n", "path", 1),
        ("1 + /data/n", "path", 5),
        ("n > 1", "name", 1),
        ("foo(1)", "function", 1),
        ("if(1, 2)", "arguments", 1),
        ("today(1)", "arguments", 1),
        ("sum(1)", "aggregate", 1),
        ("1 ? 2", "character", 3),
        ("__import__('os')", "character", 1),
    ],
)
def test_a_bad_expression_says_where_it_goes_wrong(text, code, at):
    with pytest.raises(BadExpression) as caught:
        parse(text)
    assert (caught.value.code, caught.value.at) == (code, at)
    assert f"(caractère {at})" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "1" + ")" * 5_000,
        "-" * 1_900 + "1",
        "(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1),
        "1" + "+1" * 900,
        "not(" * 60 + "1" + ")" * 60,
    ],
)
def test_an_expression_without_end_is_refused_not_computed(text):
    with pytest.raises(BadExpression) as caught:
        parse(text)
    assert caught.value.code in {"too_long", "too_deep"}


def test_the_longest_chain_is_computed():
    assert evaluate(parse("1" + "+1" * 149), Scope()) == 150


def test_references_come_in_their_order_and_say_which_are_over_rows():
    node = parse("${a} > sum(${b}) and selected(${c}, 'x')")
    assert [ref.value for ref in references(node)] == ["a", "b", "c"]
    assert repeated(node) == {"b"}


def test_an_empty_condition_holds():
    assert is_true("", Scope())
    assert is_true("  ", Scope())
    assert not is_true("", Scope(), otherwise=False)


def test_the_tree_of_the_browser_is_plain_json():
    tree = tree_json(parse("if(${a} = 'x', 1, .)"))
    assert json.loads(json.dumps(tree)) == [
        "call",
        "if",
        ["op", "=", ["ref", "a"], ["text", "x"]],
        ["number", 1.0],
        ["self", ""],
    ]


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_is_refused(text):
    at, value = 1, None
    try:
        value = evaluate(parse(text), SCOPE)
    except BadExpression as bad:
        at = bad.at
    assert 1 <= at <= len(text) + 1
    assert value == value


def test_a_pattern_that_would_stall_others_is_read_at_once():
    assert not matches("(a+)+b", "a" * 5_000)
    assert not matches("(a|a)*b", "a" * 5_000)
    assert matches("(x?){90}x*", "x" * 90)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "a)",
        "[",
        "[z-a]",
        "*",
        "a**",
        "a{3,1}",
        "a{999}",
        "(?=a)",
        "\\1",
        "\\",
    ],
)
def test_a_bad_pattern_is_refused_and_matches_nothing(pattern):
    with pytest.raises(BadPattern):
        machine_of(pattern)
    assert not matches(pattern, "a")


def test_a_pattern_too_large_is_refused():
    with pytest.raises(BadPattern):
        machine_of("(a{50}){50}")
